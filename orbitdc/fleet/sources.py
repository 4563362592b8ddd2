"""Sources: a path, a shipped scenario or the stem of a file in `tle/` → satellites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, Problem, nearest
from ..orbit.elements import examine, nearest_sets, read_elements
from ..orbit.time import format_utc
from ..scenario.catalogue import element_file, scenario_names, shipped_elements

if TYPE_CHECKING:
    from ..orbit.ephemeris import Satellite

Tell = Callable[[str], None]


def element_sets(name: str, place: str, start: datetime) -> tuple[list[Satellite], list[str]]:
    """Return the satellites a scenario's orbit names, of each the element set nearest to `start`, and notes.

    Raises
    ------
    InputError
        No such file; every problem of the file.
    """
    path = element_file(name)
    if not path.is_file():
        allowed = "a file, or the stem of one in tle/"
        raise InputError(Problem(place, repr(name), allowed, nearest(name, shipped_elements())))
    return nearest_sets(read_elements(path), start)


def satellites_from(
    source: str,
    start: datetime | None = None,
    *,
    checksum: bool = True,
    skip_bad: bool = False,
    allow_outside: bool = False,
    tell: Tell = lambda note: None,
) -> list[Satellite]:
    """Return the satellites a SOURCE of the command line names.

    Parameters
    ----------
    source : str
        Path of a file (TLE, 3LE, OMM, or a scenario in TOML), name of a shipped scenario, or stem of a file
        in `tle/`; a file in the working folder goes before a shipped name.
    start : datetime or None
        Of a scenario, only what flies then; None: everything it ever launches.
    checksum, skip_bad : bool
        False: take TLE lines whatever their checksum. True: leave bad records out, and tell how many.
    allow_outside : bool
        Let a scenario name files outside its folder.
    tell : callable
        Receives notes.

    Returns
    -------
    list of Satellite
        In the source's order; an object of a file may come several times, with other epochs.

    Raises
    ------
    InputError
        No such source, with the nearest name; every problem of its file; nothing in flight at `start`.
    """
    scenarios, stems = scenario_names(), shipped_elements()
    is_file = Path(source).is_file()
    if Path(source).suffix.lower() == ".toml" if is_file else source in scenarios:
        return _of_scenario(source, start, allow_outside)
    if not is_file and source not in stems:
        allowed = "a file, a shipped scenario or a file of tle/ by its stem"
        raise InputError(Problem("SOURCE", repr(source), allowed, nearest(source, (*scenarios, *stems))))
    path = Path(source) if is_file else stems[source]
    if not skip_bad:
        return read_elements(path, checksum=checksum)
    satellites = read_elements(path, checksum=checksum, skip_bad=True)
    problems = examine(path, checksum=checksum)[1]
    if problems:
        tell(f"{path}: {len(problems)} problems skipped, the first: {problems[0]}")
    return satellites


def _of_scenario(source: str, start: datetime | None, allow_outside: bool) -> list[Satellite]:
    """Return the entities of a scenario that fly at an instant, or all."""
    from ..scenario.reader import load
    from .launch import build

    fleet = build(load(source, allow_outside=allow_outside), allow_stale=True)
    if start is None:
        return list(fleet.satellites)
    flying = fleet.active(start)
    if not flying.any():
        launches = [fleet.launch(i) for i in range(len(fleet))]
        allowed = f"an instant with satellites in flight, the first from {format_utc(min(launches))} on"
        raise InputError(Problem(source, f"nothing in flight at {format_utc(start)}", allowed))
    return list(fleet.subset(flying).satellites)
