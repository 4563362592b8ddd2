"""Launch plan: batches with vehicles and dates → the fleet, and what cannot be launched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..links import air_problems, link_problems
from ..orbit.elements import check_age
from ..orbit.ephemeris import Satellite
from ..orbit.patterns import satellites as pattern_satellites
from ..orbit.propagate import failure_before
from ..orbit.time import format_utc
from ..spacecraft import mass_kg
from .entities import Fleet, Launched
from .sources import element_sets

if TYPE_CHECKING:
    from ..scenario.models import Batch, Phase, Scenario


def satellites_per_launch(spacecraft_mass_kg: float, payload_kg: float) -> int:
    """Return how many satellites one vehicle lifts: payload over mass, whole ones.

    Examples
    --------
    >>> satellites_per_launch(1500.0, 7000.0)
    4
    """
    return math.floor(payload_kg / spacecraft_mass_kg * (1.0 + 1e-12))


def plan_problems(scenario: Scenario) -> list[Problem]:
    """Return what cannot be: a batch too heavy for its vehicle, a radio that nobody receives, unknown air."""
    problems = []
    for phase, batch in _batches(scenario):
        payload_kg = scenario.launcher[batch.launcher].payload_kg
        mass = mass_kg(scenario.spacecraft[batch.spacecraft])
        if satellites_per_launch(mass, payload_kg) < 1:
            place = f"phase.{phase.name}.batch.{batch.name}"
            found = f"{batch.spacecraft} of {mass:,.0f} kg on {batch.launcher}"
            allowed = f"at most {payload_kg:,.0f} kg"
            problems.append(Problem(place, found, allowed, "take a larger launcher or a smaller module"))
    for name in scenario.ground.stations:
        station = scenario.station[name]
        if station.band:
            here = (station.lat_deg, station.lon_deg, station.altitude_m)
            problems += air_problems(*here, f"station.{name}")
    received = {band for name in scenario.ground.stations for band in scenario.station[name].band}
    for name in _spacecraft_names(scenario):
        radio = scenario.spacecraft[name].radio
        place = f"spacecraft.{name}.radio"
        problems += link_problems(radio, place)
        telemetry = scenario.spacecraft[name].telemetry
        if telemetry is not None:
            problems += link_problems(telemetry, f"spacecraft.{name}.telemetry")
        if radio.band not in received:
            allowed = "a band of the stations: " + ", ".join(sorted(received))
            problems.append(Problem(f"{place}.band", repr(radio.band), allowed, "or add a station to ground"))
    return problems


def build(scenario: Scenario, *, allow_stale: bool = False) -> Fleet:
    """Return the fleet of the whole plan, all phases at once: each batch flies from launch to end of life.

    Parameters
    ----------
    scenario : Scenario
        Phases with dated batches.
    allow_stale : bool
        Take real element sets more than 60 days from the plan's dates.

    Returns
    -------
    Fleet
        Entities in the order of phases and batches; `reference` is the start of the first phase, the
        epoch of all synthetic elements, so that batches of one orbit line up.

    Raises
    ------
    InputError
        Every batch that cannot be launched; element sets missing, too few or stale.

    Assumptions
    -----------
    A batch arrives whole on its date, whatever number of launches it takes. A real satellite whose elements
    decay leaves service on that date.

    Source
    ------
    Phases as one mask, start <= t < start + lifetime: PyPSA's multi-period investment.
    """
    problems = plan_problems(scenario)
    if problems:
        raise InputError(*problems)
    reference = scenario.phase[0].start
    satellites: list[Satellite] = []
    warnings: list[str] = []
    sizes: list[int] = []
    for phase, batch in _batches(scenario):
        start = max(batch.launch, reference)
        end = min(_end(batch), scenario.phase[-1].end)
        place = f"phase.{phase.name}.batch.{batch.name}"
        members, said = _members(batch, reference, start, end, place, allow_stale)
        satellites += members
        warnings += said
        sizes.append(len(members))
    plane, representative = _planes(satellites)
    columns = {name: np.repeat(values, sizes) for name, values in _columns(scenario).items()}
    warnings += _cut_at_decay(satellites, columns["end_s"], reference)
    return Fleet(
        reference=reference,
        satellites=tuple(satellites),
        batches=tuple(_launched(scenario, phase, batch) for phase, batch in _batches(scenario)),
        spacecraft_names=_spacecraft_names(scenario),
        plane=np.array(plane, dtype=np.int64),
        plane_representative=np.array(representative, dtype=np.int64),
        warnings=tuple(warnings),
        **columns,
    )


def _end(batch: Batch) -> datetime:
    return batch.launch + timedelta(seconds=batch.lifetime_s)


def _cut_at_decay(satellites: list[Satellite], end_s: NDArray[np.float64], reference: datetime) -> list[str]:
    """End the service of each satellite that decays before its time, in place; return what is to be said."""
    said = []
    for i, satellite in enumerate(satellites):
        failure = failure_before(satellite, reference + timedelta(seconds=float(end_s[i])))
        if failure is not None:
            code, when = failure
            end_s[i] = (when - reference).total_seconds()
            said.append(f"{satellite.name}: out of service from {format_utc(when)}, SGP4 error {code}")
    return said


def _launched(scenario: Scenario, phase: Phase, batch: Batch) -> Launched:
    mass = mass_kg(scenario.spacecraft[batch.spacecraft])
    per_launch = satellites_per_launch(mass, scenario.launcher[batch.launcher].payload_kg)
    return Launched(phase.name, batch, mass, -(-batch.count // per_launch))


def _columns(scenario: Scenario) -> dict[str, NDArray[Any]]:
    """Return what all entities of a batch share, one row per batch."""
    reference = scenario.phase[0].start
    names = _spacecraft_names(scenario)
    batches = [batch for _, batch in _batches(scenario)]
    phases = [i for i, phase in enumerate(scenario.phase) for _ in phase.batch]
    n_units = [batch.count if batch.orbit.pattern == "docked" else 1 for batch in batches]
    return {
        "batch": np.arange(len(batches), dtype=np.int64),
        "phase": np.array(phases, dtype=np.int64),
        "spacecraft": np.array([names.index(batch.spacecraft) for batch in batches], dtype=np.int64),
        "relay": np.array([batch.role == "relay" for batch in batches], dtype=np.bool_),
        "n_units": np.array(n_units, dtype=np.int64),
        "launch_s": np.array([(batch.launch - reference).total_seconds() for batch in batches]),
        "end_s": np.array([(_end(batch) - reference).total_seconds() for batch in batches]),
    }


def _batches(scenario: Scenario) -> Iterator[tuple[Phase, Batch]]:
    for phase in scenario.phase:
        for batch in phase.batch:
            yield phase, batch


def _spacecraft_names(scenario: Scenario) -> tuple[str, ...]:
    return tuple(dict.fromkeys(batch.spacecraft for _, batch in _batches(scenario)))


def _members(
    batch: Batch, reference: datetime, start: datetime, end: datetime, place: str, allow_stale: bool
) -> tuple[list[Satellite], list[str]]:
    """Return the entities of a batch and what is to be said of real element sets used from start to end."""
    if batch.orbit.pattern != "elements":
        return pattern_satellites(batch, reference)[0], []
    found, notes = element_sets(str(batch.orbit.elements), f"{place}.orbit.elements", start)
    if len(found) < batch.count:
        allowed = f"at least {batch.count}, the batch's count"
        raise InputError(Problem(f"{place}.orbit.elements", f"{len(found)} satellites", allowed))
    members = found[: batch.count]
    return members, [*notes, *check_age(members, start, end, allow_stale=allow_stale)]


def _planes(satellites: list[Satellite]) -> tuple[list[int], list[int]]:
    """Give one number to satellites that share their light: maintained in one orbit; real ones are alone."""
    number: dict[object, int] = {}
    representative: list[int] = []
    plane: list[int] = []
    for i, satellite in enumerate(satellites):
        orbit = satellite.satrec
        shape = (orbit.no_kozai, orbit.ecco, orbit.inclo, orbit.nodeo, orbit.argpo)
        key: object = (satellite.epoch, *(round(value, 10) for value in shape)) if satellite.maintained else i
        if key not in number:
            number[key] = len(number)
            representative.append(i)
        plane.append(number[key])
    return plane, representative
