"""Ends: what the command line names → the budget of a link, or a route, as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import InputError, Problem, nearest
from ..orbit.time import parse_utc
from .events import angle_rad

BANDS = ("s", "x", "ka", "optical")
SHOWN = {"optical": ("20deg", "45deg", "90deg")}
"""Elevations shown where none is asked for: a laser is not pointed below 20 deg."""


def link_text(station: str, band: str, elevation: Sequence[str] | None, availability: str) -> str:
    """Return the budget of the reference link of a band between a station and a satellite at 750 km.

    Parameters
    ----------
    station : str
        Catalogue key, any case.
    band : str
        One of `BANDS`.
    elevation : sequence of str, optional
        Angles with unit.
    availability : str
        Share of an average year, such as "99.5 %".

    Raises
    ------
    InputError
        A station, band, angle or share that is none.
    """
    from pydantic_core import PydanticCustomError

    from ..links import report
    from ..scenario.catalogue import catalogue
    from ..scenario.models import Station
    from ..scenario.quantities import SHARE

    known = catalogue().tables["station"]
    key = {name.lower(): name for name in known}.get(station.lower())
    if key is None:
        raise InputError(
            Problem("STATION", repr(station), "a station of the catalogue", nearest(station, known))
        )
    if band.lower() not in BANDS:
        raise InputError(Problem("--band", repr(band), ", ".join(BANDS), nearest(band, BANDS)))
    try:
        part = float(SHARE.parse(availability))
    except PydanticCustomError as error:
        raise InputError(Problem("--availability", repr(availability), 'a share such as "99 %"')) from error
    asked = elevation or SHOWN.get(band.lower(), ("10deg", "30deg", "90deg"))
    degrees = [math.degrees(_angle_rad(text)) for text in asked]
    return report.link_text(Station.model_validate(known[key]), band.lower(), degrees, part)


def _angle_rad(text: str) -> float:
    # the zenith itself is an elevation of a link, though no mask
    return math.pi / 2 if text.replace(" ", "") == "90deg" else angle_rad(text, "--elevation")


def route_text(
    scenario: str,
    source: str,
    target: str,
    at: str,
    overrides: Sequence[str],
    *,
    allow_outside: bool,
    allow_stale: bool = False,
) -> str:
    """Return the quickest route between two ends at an instant, and its latency by part.

    Parameters
    ----------
    scenario : str
        File or name of a shipped one.
    source, target : str
        Names of ends.
    at : str
        ISO 8601 with Z.
    overrides : sequence of str
        `path=value`.
    allow_outside : bool
        Let the scenario name files outside its folder.
    allow_stale : bool
        Take real element sets however old.

    Raises
    ------
    InputError
        A scenario, an end or an instant that is none.
    """
    from ..network import report
    from ..scenario.reader import load

    when = parse_utc(at, "--at")
    plan = load(scenario, overrides, allow_outside=allow_outside)
    return report.route_text(plan, source, target, when, allow_stale=allow_stale)
