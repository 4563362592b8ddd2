"""Connections in words: a scenario → stations, links, relays, topology and fibre, 80 columns."""

from __future__ import annotations

import math
import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING

from ..links.attenuation import BANDS
from .tables import quantity_text, to_text

if TYPE_CHECKING:
    from datetime import datetime

    from ..scenario.models import Scenario, Spacecraft

WIDTH = 80


def connections(scenario: Scenario) -> list[str]:
    """Return how satellites, stations, clusters and cities are joined.

    Parameters
    ----------
    scenario : Scenario
        Read and valid.

    Returns
    -------
    list of str
        Lines of at most 80 columns.

    Raises
    ------
    InputError
        A network on the ground in two pieces, or a table of fibre that cannot be read.
    """
    lines = []
    if scenario.ground.stations:
        lines += [*_stations(scenario), "", *_links(scenario), ""]
    if scenario.network.relays:
        lines += [*_relays(scenario), ""]
    words = [*([_between(scenario)] if scenario.ground.stations else []), _fibre(scenario)]
    return [*lines, *(line for text in words for line in textwrap.wrap(text, WIDTH))]


def _stations(scenario: Scenario) -> list[str]:
    rows = []
    for name in scenario.ground.stations:
        station = scenario.station[name]
        bands = ", ".join(band.capitalize() for band in BANDS if band in station.band)
        telescopes = f"{station.n_telescopes} x {station.telescope}" if station.telescope else "-"
        n_antennas = station.n_antennas if station.band else "-"
        rows.append([name[:22], str(n_antennas), bands or "-", str(station.n_command or "-"), telescopes])
    header = ("station", "antennas", "bands", "command", "telescopes")
    return to_text(header, rows, right=(1, 3)).splitlines()


def _links(scenario: Scenario) -> list[str]:
    used = dict.fromkeys(batch.spacecraft for phase in scenario.phase for batch in phase.batch)
    rows = [_link(name, scenario.spacecraft[name]) for name in used]
    header = ("spacecraft", "radio", "up", "TT&C", "laser down", "lasers between", "relay")
    return to_text(header, rows).splitlines()


def _link(name: str, craft: Spacecraft) -> list[str]:
    lasers = f"{craft.lasers.count} x {craft.lasers.terminal}" if craft.lasers else "-"
    return [
        name[:20],
        craft.radio.band.capitalize(),
        "yes" if craft.radio.uplink else "-",
        craft.telemetry.band.capitalize() if craft.telemetry else "-",
        craft.downlaser or "-",
        lasers,
        "yes" if craft.relay_terminal else "-",
    ]


def _relays(scenario: Scenario) -> list[str]:
    relays = [(name, scenario.relay[name]) for name in scenario.network.relays]
    rows = [
        [
            name[:22],
            f"{abs(relay.lon_deg):g} {'E' if relay.lon_deg >= 0.0 else 'W'}",
            str(relay.n_beams),
            quantity_text(relay.down_bit_per_s, "bit/s"),
            quantity_text(relay.up_bit_per_s, "bit/s"),
        ]
        for name, relay in relays
    ]
    return to_text(("relay", "over", "beams", "down", "up"), rows, right=(1, 2, 3, 4)).splitlines()


_TOPOLOGIES = {
    "none": "no links between satellites",
    "docked": "docked modules only, by their bus",
    "ring": "each satellite and the next in its plane",
    "grid": "each satellite, the next in its plane and the nearest beside it",
    "cluster": "each satellite and all within 1 km",
}


def _between(scenario: Scenario) -> str:
    said = scenario.network
    elevation_deg = math.degrees(scenario.ground.min_elevation_rad)
    against = "" if said.counter_rotating else ", never to one that flies against it"
    return (
        f"Topology {said.topology}: {_TOPOLOGIES[said.topology]}{against}; lasers clear of "
        f"{said.clearance_m / 1e3:g} km. Stations see from {elevation_deg:g} deg up."
    )


def _fibre(scenario: Scenario) -> str:
    """Return which fibre joins the places on the ground, and what its lines carry, from first to last day."""
    said = scenario.network
    own = [key for key in ("fibre_nodes", "fibre_lines") if getattr(said, key) is not None]
    which = "the scenario's own tables" if len(own) == 2 else f"its own {own[0]}" if own else "China's"
    if said.fibre_as_of is not None:
        dates = f"as of {said.fibre_as_of:%Y-%m-%d}: {_counted(scenario, said.fibre_as_of)}"
    else:
        first, last = scenario.phase[0].start, scenario.phase[-1].end - timedelta(seconds=1)
        dates = f"of each day: {_counted(scenario, first)}"
        if first.date() != last.date():
            dates += f"; {_counted(scenario, last)}"
    open_ = f"{100.0 * said.line_open_frac:.3g}%"
    return f"Fibre: {which}, {dates}. Open to this system: {open_} of each line."


def _counted(scenario: Scenario, when: datetime) -> str:
    from ..network.fibre import default_capacity_bit_per_s, fibre_of

    graph = fibre_of(scenario, when)
    day = graph.when
    usual = quantity_text(default_capacity_bit_per_s(day), "bit/s")
    n_nodes = len(graph.names) - graph.n_places
    return f"on {day} {len(graph.a)} lines, {n_nodes} exchanges and towns, {usual} where none is published"
