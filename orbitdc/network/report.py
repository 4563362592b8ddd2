"""Text of one route: scenario, two ends and an instant → the path and its latency by part, 80 columns."""

from __future__ import annotations

import math
import textwrap
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ..fleet import build
from ..orbit.access import passes_of
from ..orbit.propagate import propagate
from ..orbit.time import TimeGrid
from .latency import PARTS
from .moments import Access, Moments
from .path import ORBIT, Route, find_route
from .settings import network_of

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Scenario

_WIDTH = 80
_LOOK_AHEAD_S = (7200.0, 86400.0)
_SAID_OF = {
    "access": "users to the network of their city",
    "propagation": "light, in fibre and through space",
    "hops": "switches on the way",
    "queue": "not counted: the site is taken as idle",
    "processing": "not counted: it is the job's own",
    "wait": "until a contact",
}


def route_text(
    scenario: Scenario, source: str, target: str, at: datetime, *, allow_stale: bool = False
) -> str:
    """Return the quickest route between two ends at an instant, and its latency by part.

    Parameters
    ----------
    scenario : Scenario
    source, target : str
        Cities, hubs, stations, satellites, relays or exchanges; `orbit` as the target: any computing
        satellite.
    at : datetime
        UTC.
    allow_stale : bool
        Take real element sets more than 60 days from the plan's dates.

    Returns
    -------
    str
        Lines of at most 80 columns.

    Raises
    ------
    InputError
        A name that is none, a network on the ground in pieces on that day.

    Assumptions
    -----------
    Any satellite that a station sees may talk to it: antennas that others have taken are not considered.
    """
    fleet = build(scenario, allow_stale=allow_stale)
    fleet = fleet.subset(fleet.active(at))
    route = None
    for ahead_s in _LOOK_AHEAD_S:
        moments = _moments(scenario, fleet, at, ahead_s)
        route = find_route(moments, [satellite.name for satellite in fleet.satellites], source, target)
        if route is not None:
            break
    lines = [
        *_wrapped(f"Route from {source} to {target} at {at.strftime('%Y-%m-%dT%H:%M:%SZ')}: {scenario.name}"),
        *_wrapped(
            f"{len(fleet)} places in orbit, topology {scenario.network.topology}, "
            f"{len(scenario.network.relays)} geostationary relays, fibre as of that day"
        ),
        "",
    ]
    if route is None:
        hours = _LOOK_AHEAD_S[-1] / 3600.0
        reason = "no station sees a satellite that leads there" if len(fleet) else "nothing flies on that day"
        return "\n".join([*lines, *_wrapped(f"No route within {hours:.0f} hours: {reason}.")])
    return "\n".join([*lines, *_legs(route), "", *_parts(route, target)])


def _moments(scenario: Scenario, fleet: Fleet, at: datetime, ahead_s: float) -> Moments:
    network = network_of(scenario, fleet, at)
    states = propagate(fleet.satellites, TimeGrid.span(at, ahead_s, scenario.time.step_s))
    nothing = np.zeros(0, dtype=np.int64)
    access = Access(nothing, nothing, np.zeros(0), np.zeros(0))
    if len(fleet):
        access = Access.of_passes(
            passes_of(states, network.sites, network.min_elevation_rad, shadow=scenario.operations.shadow)
        )
    slot_s = scenario.time.slot_s
    return Moments(network, states, access, slot_s, max(1, math.floor(ahead_s / slot_s + 1e-9)))


def _legs(route: Route) -> list[str]:
    lines = [f"    {'from':<22} {'to':<22} {'link':<6}{'km':>8}{'light':>11}"]
    for number, leg in enumerate(route.legs, 1):
        ends = " ".join(f"{_cut(name):<22}" for name in (leg.source, leg.target))
        lines.append(f"{number:>2}  {ends} {leg.kind:<6}{leg.length_km:>8.0f}{_time(leg.light_s):>11}")
    return lines


def _parts(route: Route, target: str) -> list[str]:
    answered = f"{route.legs[-1].target} answers; " if target == ORBIT else ""
    lines = _wrapped(f"{answered}from request to response, {len(route.legs)} links each way:")
    for part in PARTS:
        seconds = float(getattr(route.latency, f"{part}_s"))
        lines.append(f"  {part:<12}{_time(seconds):>12}   {_SAID_OF[part]}")
    return [*lines, f"  {'total':<12}{_time(float(route.latency.total_s)):>12}"]


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms" if seconds < 10.0 else f"{seconds / 60.0:.2f} min"


def _cut(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:19]}..."


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)
