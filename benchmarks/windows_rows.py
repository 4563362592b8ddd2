"""Access windows by orbitdc and every peer → rows, edge errors, windows missed and extra.

The reference for edges is Skyfield's own altaz: from each of `find_events`' times Newton's iteration goes to
where the elevation equals the mask.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from datetime import datetime

import objects
from timing import DisagreementError, Side, Work
from windows_case import Case, Window, is_up, matched, refined, spread, whole
from windows_peers import PEERS, find_events

from orbitdc.orbit.access import Passes, find_passes
from orbitdc.orbit.bulk import propagate_bulk
from orbitdc.orbit.site import Sites


def works(quick: bool) -> list[Work]:
    """Return a week of a dawn-dusk shell, and a day of real objects."""
    start = datetime(2026, 11, 27, tzinfo=objects.UTC)
    n, days = (64, 1.0) if quick else (100, 7.0)
    shell = Case(objects.shell_lines(n, start), 10, start, days, 10.0)
    n_real = 128 if quick else 1000
    lines, day, kind = objects.catalogue_lines(n_real)
    real = Case(lines, 10, day, 1.0, 25.0)
    return [
        _work(
            f"windows, {n} dawn-dusk satellites x 10 stations x {days:g} d, 10 deg", shell, 4 if quick else n
        ),
        _work(
            f"windows, {len(lines)} {kind} objects x 10 stations x 1 d, 25 deg", real, 16 if quick else 200
        ),
    ]


def _work(name: str, case: Case, n_checked: int) -> Work:
    few = {
        "Skyfield find_events": max(1, len(case.lines) // 10),
        "Skyfield altaz, shared Time": 4,
        "brahe": 10,
    }
    sides: dict[str, Callable[[], Side]] = {}
    for peer, make in PEERS.items():
        sides[peer] = functools.partial(_side, case, few.get(peer, 1), make)
    first = sides["Skyfield find_events"]
    sides["Skyfield find_events"] = lambda: _checked_side(first(), case.first(n_checked))
    return Work(
        name,
        functools.partial(ours(case)),
        sides,
        lambda found, took_s: f"{len(found)} windows in {took_s:.3f} s",
    )


def ours(case: Case) -> Callable[[], Passes]:
    """Return our search, element sets already read."""
    every = objects.satellites(case.lines)
    places = Sites.at(objects.places(case.n_stations))
    mask_rad = math.radians(case.mask_deg)
    return lambda: find_passes(
        every, places, case.start, case.days * 86400.0, mask_rad, propagate=propagate_bulk
    )


def windows_of(passes: Passes) -> list[Window]:
    """Return our windows as the comparison has them."""
    columns = passes.satellite, passes.station, passes.rise_s, passes.set_s
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _side(case: Case, n: int, make: Callable[[Case], Callable[[], list[Window]]]) -> Side:
    return Side(make(case.first(n)), n / len(case.lines), functools.partial(_remark, n, case))


def _remark(n: int, case: Case, found: Passes, theirs: list[Window]) -> str:
    mine = [window for window in windows_of(found) if window[0] < n]
    errors_s, missed, extra = matched(whole(theirs, case), whole(mine, case))
    return f"{spread(errors_s)} apart; {len(extra)} of its windows we lack, {len(missed)} of ours it lacks"


def _checked_side(side: Side, case: Case) -> Side:
    """Return the side of `find_events` with the accuracy of our edges over the satellites of a case."""

    def compare(found: Passes, theirs: list[Window]) -> str:
        reference = refined(case, whole(find_events(case)(), case))
        mine = [window for window in windows_of(found) if window[0] < len(case.lines)]
        errors_s, missed, extra = matched(whole(mine, case), whole(reference, case))
        real = sum(is_up(case, window) for window in extra)
        if missed or len(extra) > real:
            raise DisagreementError(f"{len(missed)} windows missed, {len(extra) - real} that are none")
        return (
            f"edges {spread(errors_s)} from Skyfield's altaz over {len(reference)} windows "
            f"of {len(case.lines)} satellites; none missed, none extra"
            + (f" ({real} that find_events lacks are there by altaz)" if real else "")
        )

    return Side(side.run, side.part, compare)
