"""Check: a valid scenario → what follows from it before anything runs: orbits, masses, size, sources."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from ..constants import DAY_S
from ..errors import InputError
from .connections import connections
from .tables import duration_text, quantity_text, to_text

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Scenario

WIDTH = 80


def describe(scenario: Scenario, *, allow_stale: bool = False) -> str:
    """Return what follows from a scenario, and every value that nobody chose, with its source.

    Parameters
    ----------
    scenario : Scenario
        Read and valid.
    allow_stale : bool
        Take real element sets more than 60 days from the plan's dates.

    Returns
    -------
    str
        Lines of 80 columns (long names and sources may pass).

    Raises
    ------
    InputError
        If a batch cannot fly: too heavy for its launcher, elements missing or stale.
    """
    from ..fleet import build

    fleet = build(scenario, allow_stale=allow_stale)
    first, last = scenario.phase[0].start, scenario.phase[-1].end
    lines = [
        f"{scenario.name}: valid",
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {_count(len(scenario.phase), 'phase')}",
        "",
    ]
    if fleet.batches:
        lines += [*_batches(fleet), *_warnings(fleet), "", *_spacecraft(scenario), ""]
    lines += [
        *connections(scenario),
        "",
        *_ground(scenario),
        "",
        *_work(scenario),
        "",
        *_owners_and_events(scenario),
        *_size(scenario, fleet),
        "",
    ]
    return "\n".join(lines + _sources(scenario))


def _owners_and_events(scenario: Scenario) -> list[str]:
    """Return who shares the machine, what is kept twice and what will happen; nothing if nobody says."""
    from ..resilience import event_problems
    from ..scenario.sampling import windows

    if problems := event_problems(scenario, windows(scenario)):
        raise InputError(*problems)
    lines = []
    if scenario.tenants:
        reserved = sum(one.guaranteed_frac for one in scenario.tenants.values())
        how = (
            f"{len(scenario.tenants)} owners, sharing {scenario.scheduler.sharing}, guaranteed {reserved:.0%}"
        )
        named = ", ".join(
            f"{one.name} x {one.count}" if one.count > 1 else one.name for one in scenario.tenant
        )
        lines += textwrap.wrap(f"{how}. {named}.", WIDTH)
    for data in scenario.vault.dataset:
        size, copies = quantity_text(data.size_bit, "bit"), ", ".join(data.replicas)
        words = f"Vault: {data.name}, {size}, at {data.home}, copies at {copies}."
        lines += textwrap.wrap(words, WIDTH, subsequent_indent="  ")
    for event in scenario.event:
        lasts = duration_text((event.end - event.start).total_seconds())
        words = f"Event: {event.name}, {event.kind} {event.target}, {event.start:%Y-%m-%d %H:%M} for {lasts}."
        lines += textwrap.wrap(words, WIDTH, subsequent_indent="  ")
    return [*lines, ""] if lines else []


def _batches(fleet: Fleet) -> list[str]:
    from ..orbit.design import altitude_m, ltan_h

    rows = []
    for number, batch in enumerate(fleet.batches):
        i = int(np.flatnonzero(fleet.batch == number)[0])
        satellite, model = fleet.satellites[i], batch.model
        minutes = round(60 * ltan_h(satellite, fleet.launch(i))) % 1440
        rows.append(
            [
                model.name[:22],
                f"{model.launch:%Y-%m-%d}",
                f"{model.count:,}",
                model.orbit.pattern,
                f"{altitude_m(satellite) / 1e3:.0f} km",
                f"{math.degrees(satellite.satrec.inclo):.3f}°",
                f"{minutes // 60:02d}:{minutes % 60:02d}",
                str(batch.n_launches),
            ]
        )
    header = ("batch", "launch", "count", "pattern", "altitude", "incl", "LTAN", "launches")
    return to_text(header, rows, right=(2, 4, 5, 6, 7)).splitlines()


def _warnings(fleet: Fleet) -> list[str]:
    """Return what is to be said of real element sets: their age, and which of several was taken."""
    return [line for said in fleet.warnings for line in textwrap.wrap(f"Warning: {said}.", WIDTH)]


def _spacecraft(scenario: Scenario) -> list[str]:
    from ..spacecraft import (
        accelerator_of,
        array_bol_power_w,
        array_eol_power_w,
        bus_power_w,
        it_power_w,
        mass_kg,
        n_cards,
    )

    lives: dict[str, float] = {}
    for batch in (batch for phase in scenario.phase for batch in phase.batch):
        lives[batch.spacecraft] = max(lives.get(batch.spacecraft, 0.0), batch.lifetime_s)
    rows = []
    for name, model in scenario.spacecraft.items():
        if name not in lives:
            continue
        rows.append(
            [
                name[:22],
                f"{mass_kg(model):,.0f} kg",
                quantity_text(array_bol_power_w(model), "W"),
                quantity_text(array_eol_power_w(model, lives[name]), "W"),
                quantity_text(bus_power_w(model), "W"),
                quantity_text(it_power_w(model), "W") if model.compute else "-",
                f"{n_cards(model, accelerator_of(scenario, model)):,.0f}" if model.compute else "-",
            ]
        )
    header = ("spacecraft", "mass", "array new", "array old", "bus", "IT", "cards")
    return to_text(header, rows, right=range(1, 7)).splitlines()


def _ground(scenario: Scenario) -> list[str]:
    words = [
        *([] if scenario.ground.stations else ["Nothing flies."]),
        f"Ground clusters: {', '.join(scenario.ground.hubs) or 'none'}.",
        f"Precision: {scenario.report_precision}. Accelerators: {scenario.accelerators}. Envelope: "
        f"{scenario.operations.envelope}. Shadow: {scenario.operations.shadow}. Scheduler: "
        f"{scenario.scheduler.policy}.",
    ]
    return [line for text in words for line in textwrap.wrap(text, WIDTH)]


def _work(scenario: Scenario) -> list[str]:
    from ..workload import notes

    lines = [line for note in notes(scenario) for line in textwrap.wrap(f"Jobs: {note}.", WIDTH)]
    if lines:
        return lines
    rows = []
    for phase in scenario.phase:
        n_jobs = sum(rate * DAY_S / scenario.job[name].work_op for name, rate in phase.demand.items())
        rows.append(
            [
                phase.name[:22],
                str(len(phase.demand)),
                f"{n_jobs:,.0f}",
                ", ".join(phase.in_orbit),
            ]
        )
    header = ("phase", "job classes", "jobs a day", "orbit may compute")
    return to_text(header, rows, right=(1, 2)).splitlines()


def _size(scenario: Scenario, fleet: Fleet) -> list[str]:
    from ..estimate import estimate
    from ..scenario.sampling import windows

    found = windows(scenario)
    expected = estimate(scenario, fleet)
    days = sum(window.weight_d for window in found)
    text = (
        f"{_count(len(found), 'window')} of {duration_text(found[0].duration_s)} for {days:,.0f} days; "
        f"{_count(fleet.n_satellites, 'satellite or module', 'satellites and modules')} at "
        f"{_count(len(fleet), 'place')} in orbit, at most {expected.n_flying:,} at once; "
        f"{_count(len(fleet.plane_representative), 'light plane')}, every day computed. Estimated: "
        f"{expected}."
    )
    return textwrap.wrap(text, WIDTH)


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _sources(scenario: Scenario) -> list[str]:
    from ..scenario.describe import provenance

    rows = provenance(scenario)
    count = {
        kind: sum(row.confidence == kind for row in rows)
        for kind in ("cited", "measured", "estimate", "assumed", "default")
    }
    n_chosen = sum(row.confidence == "scenario" for row in rows)
    lines = textwrap.wrap(
        f"Values: {n_chosen} set by the scenario, " + ", ".join(f"{n} {kind}" for kind, n in count.items()),
        WIDTH,
    )
    for kind, title in (
        ("default", "Defaults nobody set"),
        ("assumed", "Assumed: no source found"),
        ("estimate", "Estimates"),
        ("measured", "Measured"),
        ("cited", "Cited"),
    ):
        chosen = [row for row in rows if row.confidence == kind]
        if chosen:
            lines += ["", title]
        for row in chosen:
            why = f"  ({row.source}{f', {row.year}' if row.year else ''})" if row.source else ""
            lines += textwrap.wrap(
                f"{row.path} = {row.value}{why}", WIDTH, initial_indent="  ", subsequent_indent="      ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    return lines
