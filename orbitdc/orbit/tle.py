"""Two-line element sets: text of TLE or 3LE → satellites and everything wrong with the rest.

sgp4 and Skyfield accept wrong checksums, swapped, mixed and truncated lines in silence. Here every column
and both checksums are verified first; what passes goes to `Satrec.twoline2rv` untouched, so that the numbers
are Skyfield's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sgp4.alpha5 import from_alpha5
from sgp4.api import WGS72, Satrec

from ..errors import InputError, Problem
from .ephemeris import Satellite
from .mean import satellite_of

LINE_LENGTH = 69

_NUMBER = r"(?: {4}\d| {3}\d\d| {2}\d{3}| \d{4}|\d{5}|[A-HJ-NP-Z]\d{4})"
_EXPONENTIAL = r"[ +-][ \d]{5}[ +-]\d"
_ANGLE = r"[ \d]{2}\d\.\d{4}"

# First column, what the field is, its pattern. Source: CelesTrak, "NORAD Two-Line Element Set Format".
_COLUMNS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "1": (
        (1, "line number", "1 "),
        (3, "catalogue number", _NUMBER),
        (8, "classification", "[UCS ] "),
        (10, "international designator", r"(?: {8}|\d{2}\d{3}[A-Z]{1,3} {0,2}|\d{5} {3}) "),
        (19, "epoch year", r"\d{2}"),
        (21, "epoch day", r"[ \d]{2}\d\.\d{8} "),
        (34, "first derivative of the mean motion", r"[ +-]\.\d{8} "),
        (45, "second derivative of the mean motion", _EXPONENTIAL + " "),
        (54, "drag term", _EXPONENTIAL + " "),
        (63, "ephemeris type", "[02 ] "),
        (65, "element set number", r"(?: {3}\d| {2}\d\d| \d{3}|\d{4})"),
    ),
    "2": (
        (1, "line number", "2 "),
        (3, "catalogue number", _NUMBER + " "),
        (9, "inclination", _ANGLE + " "),
        (18, "right ascension of the node", _ANGLE + " "),
        (27, "eccentricity", r"\d{7} "),
        (35, "argument of perigee", _ANGLE + " "),
        (44, "mean anomaly", _ANGLE + " "),
        (53, "mean motion", r"[ \d]\d\.\d{8}"),
        (64, "revolution number", r"[ \d]{4}\d"),
    ),
}
_FIELDS = {
    number: tuple((column, what, re.compile(pattern, re.ASCII)) for column, what, pattern in columns)
    for number, columns in _COLUMNS.items()
}
_BOUNDED = (
    (9, "inclination", 180.0),
    (18, "right ascension of the node", 360.0),
    (35, "argument of perigee", 360.0),
    (44, "mean anomaly", 360.0),
)


@dataclass(frozen=True)
class _Line:
    at: int
    text: str

    @property
    def kind(self) -> str:
        """`1` or `2` for an element line, however damaged; `name` for any other text."""
        start = self.text.lstrip()
        if start[:2] in ("1 ", "2 ") or start in ("1", "2"):
            return start[0]
        return "name"


@dataclass(frozen=True)
class _Record:
    name: _Line | None
    line_1: _Line
    line_2: _Line


def read_tle(text: str, place: str, *, checksum: bool = True) -> tuple[list[Satellite], list[Problem]]:
    """Return the good sets of a TLE or 3LE text, and one problem for each line or record that is not good.

    Parameters
    ----------
    text : str
        Pairs of element lines, each with or without a line with the name (a leading "0 " is not part of it).
        Blank lines, and lines that begin with `#`, are comments. Line ends of any system.
    place : str
        File, for messages: `place:line`.
    checksum : bool
        False takes lines whose checksum is wrong or missing; columns are verified all the same.

    Returns
    -------
    satellites : list of Satellite
    problems : list of Problem

    Assumptions
    -----------
    Years 57-99 are 1957-1999. Alpha-5 catalogue numbers are read; ephemeris type 4 (SGP4-XP) is refused,
    because SGP4 would fly it wrong.

    Source
    ------
    CelesTrak, "NORAD Two-Line Element Set Format"; Space-Track, "Alpha-5".

    Examples
    --------
    >>> text = '''ISS
    ... 1 25544U 98067A   18184.80969102  .00001614  00000-0  31745-4 0  9993
    ... 2 25544  51.6414 295.8524 0003435 262.6267 204.2868 15.54005638121105'''
    >>> satellites, problems = read_tle(text, "iss.tle")
    >>> print(*problems)
    iss.tle:3: found checksum 5; allowed: 6 for these digits; the line is damaged
    """
    satellites: list[Satellite] = []
    problems: list[Problem] = []
    for item in _records(text, place):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        found = _problems_of(item, place, checksum)
        if found:
            problems.extend(found)
            continue
        try:
            satellites.append(_satellite(item, place))
        except InputError as error:
            problems.extend(error.problems)
    if not satellites and not problems:
        problems.append(
            Problem(place, "no element set", "lines of TLE or 3LE, or an OMM in CSV, JSON or XML")
        )
    return satellites, problems


def _records(text: str, place: str) -> Iterator[_Record | Problem]:
    """Yield records, or what keeps lines from being one."""
    lines = [
        _Line(at, line.rstrip())
        for at, line in enumerate(re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if lines and all(line.kind == "name" for line in lines):
        yield Problem(
            f"{place}:{lines[0].at}",
            repr(lines[0].text[:40]),
            "element lines, which begin with '1 ' and '2 '",
            "is this a file of element sets?",
        )
        return
    name: _Line | None = None
    k = 0
    while k < len(lines):
        line = lines[k]
        follower = lines[k + 1] if k + 1 < len(lines) else None
        where = f"{place}:{line.at}"
        k += 1
        if line.kind == "name":
            if _looks_like_elements(line.text) or follower is None or follower.kind == "name":
                yield Problem(where, repr(line.text[:40]), "a name followed by its two element lines")
            else:
                name = line
            continue
        if follower is not None and {line.kind, follower.kind} == {"1", "2"}:
            k += 1
            if line.kind == "1":
                yield _Record(name, line, follower)
            else:
                yield Problem(where, "line 2 before line 1", "line 1, then line 2", "the lines are swapped")
        else:
            other = "2" if line.kind == "1" else "1"
            yield Problem(where, f"line {line.kind} without its line {other}", "line 1, then line 2")
            # Text in the place of a line 2 is its damaged remains, not the name of the next object.
            if line.kind == "1" and follower is not None and follower.kind == "name":
                k += _looks_like_elements(follower.text)
        name = None


def _looks_like_elements(text: str) -> bool:
    return len(text) > 50 and sum(character.isdigit() for character in text) > 30


def _problems_of(record: _Record, place: str, checksum: bool) -> list[Problem]:
    problems = _name_problems(record.name, place)
    for number, line in (("1", record.line_1), ("2", record.line_2)):
        problem = _line_problem(number, line.text, f"{place}:{line.at}", checksum)
        if problem is not None:
            problems.append(problem)
    first, second = record.line_1.text[2:7], record.line_2.text[2:7]
    if not problems and first.strip() != second.strip():
        problems.append(
            Problem(
                f"{place}:{record.line_2.at}",
                f"catalogue number {second.strip()} under a line 1 of {first.strip()}",
                "the same number on both lines",
                "the lines belong to two objects",
            )
        )
    return problems


def _name_problems(name: _Line | None, place: str) -> list[Problem]:
    if name is None or name.text.isprintable():
        return []
    culprit = next(character for character in name.text if not character.isprintable())
    return [Problem(f"{place}:{name.at}", f"{_describe(culprit)} in a name", "printable characters")]


def _line_problem(number: str, text: str, where: str, checksum: bool) -> Problem | None:
    """Return the first thing wrong with an element line, or None."""
    foreign = next((k for k, character in enumerate(text) if not " " <= character <= "~"), None)
    if foreign is not None:
        hint = "write '-'" if unicodedata.category(text[foreign]) == "Pd" or text[foreign] == "\u2212" else ""
        return Problem(where, f"{_describe(text[foreign])} in column {foreign + 1}", "ASCII characters", hint)
    shortest = LINE_LENGTH if checksum else LINE_LENGTH - 1
    if not shortest <= len(text) <= LINE_LENGTH:
        return Problem(where, f"line {number} of {len(text)} characters", f"{LINE_LENGTH} characters")
    for column, what, pattern in _FIELDS[number]:
        if not pattern.match(text, column - 1):
            field = text[column - 1 : column + 11].rstrip()
            return Problem(where, f"'{field}' in column {column}", f"the {what} in its own columns")
    if checksum and (problem := _checksum_problem(text, where)) is not None:
        return problem
    return _range_problem(number, text, where)


def _checksum_problem(text: str, where: str) -> Problem | None:
    total = sum(int(character) if character.isdigit() else character == "-" for character in text[:68])
    if text[68] == str(total % 10):
        return None
    return Problem(where, f"checksum {text[68]}", f"{total % 10} for these digits", "the line is damaged")


def _range_problem(number: str, text: str, where: str) -> Problem | None:
    if number == "1":
        day = float(text[20:32])
        if not 1.0 <= day < 367.0:
            return Problem(where, f"epoch day {day:g}", "1 to 366.99999999")
        return None
    for column, what, high_deg in _BOUNDED:
        field = text[column - 1 : column + 7]
        if not 0.0 <= float(field) <= high_deg:
            return Problem(where, f"{what} {field.strip()}", f"0 to {high_deg:g} deg")
    return None


def _satellite(record: _Record, place: str) -> Satellite:
    where = f"{place}:{record.line_1.at}"
    try:
        satrec = Satrec.twoline2rv(record.line_1.text, record.line_2.text, WGS72)
        norad_id = from_alpha5(record.line_1.text[2:7].strip())
    except ValueError as error:
        raise InputError(Problem(where, str(error), "an element set that SGP4 reads")) from None
    name = record.name.text.strip().removeprefix("0 ").strip() if record.name is not None else ""
    return satellite_of(satrec, name or f"NORAD {norad_id}", norad_id, where, where)


def _describe(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
