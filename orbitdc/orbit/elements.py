"""Element sets: files or six mean elements → satellites; the age of the sets judged against a time span."""

from __future__ import annotations

import difflib
import pathlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..errors import InputError, Problem
from .ephemeris import Satellite
from .mean import drag_free_satrec, satellite_of
from .time import format_utc

WARN_AGE_D = 14.0
MAX_AGE_D = 60.0
_MAX_FILE_BYTES = 64 * 1024 * 1024
_MAX_PROBLEMS = 50
_OMM_WORDS = ("NORAD_CAT_ID", "MEAN_MOTION", "ECCENTRICITY")


def synthetic(
    name: str,
    epoch: datetime,
    semi_major_axis_m: float,
    inclination_rad: float,
    raan_rad: float,
    *,
    eccentricity: float = 0.0,
    argp_rad: float = 0.0,
    mean_anomaly_rad: float = 0.0,
    source: str = "synthetic, drag-free",
) -> Satellite:
    """Return a maintained satellite: drag-free SGP4 with the given Brouwer mean elements, which do not age.

    Parameters
    ----------
    name : str
    epoch : datetime
        UTC.
    semi_major_axis_m : float [m]
        SGP4's mean semi-major axis.
    inclination_rad, raan_rad, argp_rad, mean_anomaly_rad : float [rad]
        Mean elements in TEME.
    eccentricity : float [-]
    source : str
        Said in results.

    Returns
    -------
    Satellite

    Raises
    ------
    InputError
        An impossible orbit.

    Assumptions
    -----------
    Station keeping holds the mean orbit.

    Source
    ------
    Spacetrack Report 3; AIAA 2006-6753.

    Examples
    --------
    >>> from datetime import UTC
    >>> synthetic("a", datetime(2026, 1, 1, tzinfo=UTC), 7128137.0, 1.7177, 0.0).maintained
    True
    """
    satrec = drag_free_satrec(
        epoch, semi_major_axis_m, eccentricity, inclination_rad, raan_rad, argp_rad, mean_anomaly_rad
    )
    return satellite_of(satrec, name, 0, source, name, maintained=True)


def read_elements(
    path: str | pathlib.Path, *, checksum: bool = True, skip_bad: bool = False
) -> list[Satellite]:
    """Return the satellites of a file of TLE, 3LE or OMM (CSV, JSON, XML); the content tells which.

    Parameters
    ----------
    path : path
    checksum : bool
        False reads TLE lines whatever their checksum.
    skip_bad : bool
        True leaves bad records out; `examine` tells which they are.

    Returns
    -------
    list of Satellite
        In the file's order; an object may come several times with other epochs: see `nearest_sets`.

    Raises
    ------
    InputError
        Every problem of the file with its line, or no good set left at all.
    """
    satellites, problems = examine(path, checksum=checksum)
    if problems and not (skip_bad and satellites):
        raise InputError(*problems[:_MAX_PROBLEMS], *_cut(str(path), len(problems)))
    return satellites


def examine(path: str | pathlib.Path, *, checksum: bool = True) -> tuple[list[Satellite], list[Problem]]:
    """Return the good sets of a file and everything wrong with the others.

    Raises
    ------
    InputError
        The file cannot be read as text at all.
    """
    from .omm import read_omm
    from .tle import read_tle

    file = pathlib.Path(path)
    place = str(path)
    text = _text_of(file, place)
    start = text.lstrip()
    header = start.split("\n", 1)[0]
    if start[:1] in ("{", "[", "<") or any(word in header for word in _OMM_WORDS):
        return read_omm(text, place)
    return read_tle(text, place, checksum=checksum)


def check_age(
    satellites: Iterable[Satellite], start: datetime, end: datetime, *, allow_stale: bool = False
) -> list[str]:
    """Return warnings on element sets more than 14 days from the span; refuse those beyond 60.

    Parameters
    ----------
    satellites : iterable of Satellite
        Maintained ones are exempt.
    start, end : datetime
        The span computed. The wall clock does not matter.
    allow_stale : bool
        Warn only, however old.

    Returns
    -------
    list of str
        None or one line, whatever the number of satellites.

    Raises
    ------
    InputError
        Sets older than 60 days, without `allow_stale`.

    Assumptions
    -----------
    Age = the largest distance of the span from the epoch, before or after.

    Source
    ------
    Measured on 30 dawn-dusk satellites: 2.7 km median, 25 km 90th percentile after 11 days.
    """
    aged = sorted(
        ((_age_d(satellite, start, end), satellite) for satellite in satellites if not satellite.maintained),
        key=lambda pair: -pair[0],
    )
    old = [pair for pair in aged if pair[0] > WARN_AGE_D]
    if not old:
        return []
    age_d, worst = old[0]
    found = (
        f"{worst.name or worst.norad_id}: element set of {format_utc(worst.epoch)}, up to {age_d:.1f} days"
    )
    n_stale = sum(age_d > MAX_AGE_D for age_d, _ in old)
    if n_stale and not allow_stale:
        others = f" ({n_stale} sets are that old)" if n_stale > 1 else ""
        raise InputError(
            Problem(
                f"{format_utc(start)} to {format_utc(end)}",
                f"{found} away{others}",
                f"at most {MAX_AGE_D:.0f} days",
                "use fresher elements or times nearer the epoch, or say --allow-stale",
            )
        )
    return [
        f"{len(old)} of {len(aged)} element sets are more than {WARN_AGE_D:.0f} days from the times computed "
        f"(worst {found} away): positions may be many kilometres off"
    ]


def nearest_sets(satellites: Sequence[Satellite], start: datetime) -> tuple[list[Satellite], list[str]]:
    """Return one set per object, the one with its epoch nearest the start, and a note if there was a choice.

    Objects are the same if their catalogue numbers are; without a number, if their names are. Order is kept.

    Parameters
    ----------
    satellites : sequence of Satellite
    start : datetime
        Start of the span computed.

    Returns
    -------
    satellites : list of Satellite
    notes : list of str
        None or one line.
    """
    chosen: dict[tuple[int, str], Satellite] = {}
    chosen_from: dict[tuple[int, str], int] = {}
    for satellite in satellites:
        key = (satellite.norad_id, "" if satellite.norad_id else satellite.name)
        chosen_from[key] = chosen_from.get(key, 0) + 1
        known = chosen.get(key)
        if known is None or abs(satellite.epoch - start) < abs(known.epoch - start):
            chosen[key] = satellite
    several = [chosen[key] for key, count in chosen_from.items() if count > 1]
    if not several:
        return list(chosen.values()), []
    first = several[0]
    note = (
        f"{len(several)} objects have several element sets; the epoch nearest {format_utc(start)} is used"
        f" (for {first.name or first.norad_id}: {format_utc(first.epoch)})"
    )
    return list(chosen.values()), [note]


def _age_d(satellite: Satellite, start: datetime, end: datetime) -> float:
    return max(abs(start - satellite.epoch), abs(end - satellite.epoch)) / timedelta(days=1)


def _text_of(file: pathlib.Path, place: str) -> str:
    try:
        if file.is_file() and file.stat().st_size > _MAX_FILE_BYTES:
            raise InputError(
                Problem(place, f"{file.stat().st_size} bytes", f"at most {_MAX_FILE_BYTES} bytes")
            )
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(Problem(place, reason, "a file of element sets", _neighbours(file))) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            Problem(f"{place}:{line}", f"byte 0x{data[error.start]:02x}, not UTF-8", "text in UTF-8")
        ) from None


def _neighbours(file: pathlib.Path) -> str:
    try:
        close = difflib.get_close_matches(file.name, [entry.name for entry in file.parent.iterdir()], n=1)
    except (OSError, ValueError):
        return ""
    return f"did you mean '{file.with_name(close[0])}'?" if close else ""


def _cut(place: str, n_problems: int) -> list[Problem]:
    if n_problems <= _MAX_PROBLEMS:
        return []
    return [Problem(place, f"{n_problems - _MAX_PROBLEMS} more problems", "none")]
