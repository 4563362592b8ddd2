"""What is asked of every library that searches access windows, and how two answers are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import objects
from numpy.typing import NDArray

from orbitdc.orbit.time import timescale

Floats = NDArray[np.float64]
Window = tuple[int, int, float, float]
"""Satellite, station, rise and set in seconds since the start."""

MATCH_S = 60.0
"""Windows of one pair whose middles are closer than that, or that overlap, are the same."""

EDGE_S = 1.0
"""Windows that begin or end closer to an edge of the span are left out of comparisons."""


@dataclass(frozen=True)
class Case:
    """What is asked: TLE lines, the first `n_stations` places, a span and a mask."""

    lines: tuple[tuple[str, str], ...]
    n_stations: int
    start: datetime
    days: float
    mask_deg: float

    @property
    def end(self) -> datetime:
        """The last instant."""
        return self.start + timedelta(days=self.days)

    def first(self, n: int) -> Case:
        """Return the case of the first `n` satellites."""
        return Case(self.lines[:n], self.n_stations, self.start, self.days, self.mask_deg)


def whole(windows: Sequence[Window], case: Case) -> list[Window]:
    """Return the windows that no edge of the span cuts."""
    last_s = case.days * 86400.0 - EDGE_S
    return [window for window in windows if window[2] > EDGE_S and window[3] < last_s]


def matched(mine: Sequence[Window], reference: Sequence[Window]) -> tuple[Floats, list[Window], list[Window]]:
    """Return errors of rise and set [s], windows of the reference not found, and those found beyond it."""
    left: dict[tuple[int, int], list[Window]] = {}
    for window in mine:
        left.setdefault(window[:2], []).append(window)
    errors_s, missed = [], []
    for window in reference:
        same = [other for other in left.get(window[:2], []) if is_same(other, window)]
        if not same:
            missed.append(window)
            continue
        best = min(same, key=lambda other: abs(other[2] - window[2]))
        left[window[:2]].remove(best)
        errors_s += [abs(best[2] - window[2]), abs(best[3] - window[3])]
    return np.array(errors_s), missed, [window for rest in left.values() for window in rest]


def is_same(one: Window, other: Window) -> bool:
    """Return whether two windows of a pair are the same pass."""
    overlap = one[2] < other[3] and other[2] < one[3]
    return overlap or abs(one[2] + one[3] - other[2] - other[3]) < 2.0 * MATCH_S


def spread(errors_s: Floats) -> str:
    """Return median, 99th percentile and largest of errors in words."""
    if not errors_s.size:
        return "nothing to compare"
    median, high, most = np.percentile(errors_s, [50, 99, 100]) * 1e3
    return f"{median:.2g} ms (median), {high:.2g} ms (99 %), {most:.2g} ms (largest)"


def refined(case: Case, windows: Sequence[Window]) -> list[Window]:
    """Return the windows with each edge moved to where Skyfield's altaz meets the mask."""
    from skyfield.api import EarthSatellite, wgs84

    scale = timescale()
    first = scale.from_datetime(case.start)
    pairs: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for satellite, station, rise_s, set_s in windows:
        pairs.setdefault((satellite, station), []).append((rise_s, set_s))
    places = [
        wgs84.latlon(place.lat_deg, place.lon_deg, place.alt_m) for place in objects.places(case.n_stations)
    ]
    out: list[Window] = []
    for (satellite, station), edges in pairs.items():
        sight = EarthSatellite(*case.lines[satellite], None, scale) - places[station]
        at_s = np.array(edges).ravel()
        for step_s in (0.5, 0.05, 0.05):
            both = np.stack([at_s, at_s + step_s])
            instants = scale.tt_jd(first.whole, first.tt_fraction + both.ravel() / 86400.0)
            above, next_above = (sight.at(instants).altaz()[0].degrees - case.mask_deg).reshape(2, -1)
            at_s = at_s - np.clip(above * step_s / (next_above - above), -20.0, 20.0)
        out += [(satellite, station, rise_s, set_s) for rise_s, set_s in at_s.reshape(-1, 2).tolist()]
    return out


def is_up(case: Case, window: Window) -> bool:
    """Return whether by Skyfield's altaz the satellite stands above the mask in the middle of the window."""
    from skyfield.api import EarthSatellite, wgs84

    scale = timescale()
    first = scale.from_datetime(case.start)
    place = objects.places(case.n_stations)[window[1]]
    middle = scale.tt_jd(first.whole, first.tt_fraction + 0.5 * (window[2] + window[3]) / 86400.0)
    sight = EarthSatellite(*case.lines[window[0]], None, scale) - wgs84.latlon(
        place.lat_deg, place.lon_deg, place.alt_m
    )
    return bool(sight.at(middle).altaz()[0].degrees > case.mask_deg)
