"""Orbit Mean-Elements Messages: text in CSV, JSON or XML → satellites and everything wrong with the rest.

The three layouts become records of text fields; one strict reader judges the fields, and `sgp4.omm` turns
them into SGP4, so that the numbers are those of Skyfield's `EarthSatellite.from_omm`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sgp4 import omm as sgp4_omm
from sgp4.api import Satrec

from ..errors import InputError, Problem, nearest
from .ephemeris import Satellite
from .mean import MAX_SGP4_NUMBER, satellite_of

MAX_NORAD_ID = 999_999_999
"""Nine digits: CCSDS 502.0-B-3."""

# Field and its bounds; a bound is None where any finite number will do.
_NUMBERS: dict[str, tuple[float | None, float | None]] = {
    "MEAN_MOTION": (0.0, 18.0),
    "ECCENTRICITY": (0.0, 0.9999999),
    "INCLINATION": (0.0, 180.0),
    "RA_OF_ASC_NODE": (-360.0, 360.0),
    "ARG_OF_PERICENTER": (-360.0, 360.0),
    "MEAN_ANOMALY": (-360.0, 360.0),
    "BSTAR": (-10.0, 10.0),
    "MEAN_MOTION_DOT": (None, None),
    "MEAN_MOTION_DDOT": (None, None),
}
_REQUIRED = (
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "NORAD_CAT_ID",
    "BSTAR",
)
_OPTIONAL = {
    "OBJECT_NAME": "",
    "OBJECT_ID": "",
    "CLASSIFICATION_TYPE": "U",
    "EPHEMERIS_TYPE": "0",
    "ELEMENT_SET_NO": "0",
    "REV_AT_EPOCH": "0",
    "MEAN_MOTION_DOT": "0",
    "MEAN_MOTION_DDOT": "0",
}
# What the message must say of itself, if it says it.
_MEANINGS = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
}
_WHOLE = {"EPHEMERIS_TYPE": 9, "ELEMENT_SET_NO": 999_999, "REV_AT_EPOCH": 999_999}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_EPOCH = re.compile(r"(\d{4})-(\d{2}-\d{2}|\d{3})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z?", re.ASCII)


@dataclass(frozen=True)
class _Record:
    place: str
    fields: dict[str, str]


def read_omm(text: str, place: str) -> tuple[list[Satellite], list[Problem]]:
    r"""Return the good sets of an OMM in CSV, JSON or XML, and one problem for each field that is not good.

    Parameters
    ----------
    text : str
        The layouts of CelesTrak and Space-Track; the first character tells JSON and XML.
    place : str
        File, for messages: `place:line` in CSV, `place: record n` otherwise.

    Returns
    -------
    satellites : list of Satellite
    problems : list of Problem

    Assumptions
    -----------
    UTC, TEME and SGP4, and an error if the message says otherwise. Catalogue numbers up to nine digits, which
    sgp4 itself refuses above 339999.

    Source
    ------
    CCSDS 502.0-B-3, Orbit Data Messages, section 4.

    Examples
    --------
    >>> header = "OBJECT_NAME,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER"
    >>> row = "VANGUARD 1,2020-10-13T04:52:48.472320,10.84869164,.1845686,34.2443,225.5254,162.2516"
    >>> text = f"{header},MEAN_ANOMALY,NORAD_CAT_ID,BSTAR\n{row},205.2356,100000005,-.22483E-4\n"
    >>> satellites, problems = read_omm(text, "v.csv")
    >>> satellites[0].norad_id, satellites[0].epoch.isoformat(), problems
    (100000005, '2020-10-13T04:52:48.472320+00:00', [])
    """
    satellites: list[Satellite] = []
    problems: list[Problem] = []
    start = text.removeprefix("\ufeff").lstrip()
    if start[:1] == "<":
        records = _xml_records(start, place)
    elif start[:1] in ("{", "["):
        records = _json_records(start, place)
    else:
        records = _csv_records(start, place)
    for item in records:
        if isinstance(item, Problem):
            problems.append(item)
            continue
        try:
            satellites.append(_satellite(item))
        except InputError as error:
            problems.extend(error.problems)
    if not satellites and not problems:
        problems.append(Problem(place, "no element set", "at least one OMM"))
    return satellites, problems


def _csv_records(text: str, place: str) -> Iterator[_Record | Problem]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(f"{place}:{rows.line_num}", str(error), "comma-separated values")
            return
        where = f"{place}:{rows.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            header = [cell.strip() for cell in row]
            problems = _header_problems(header, where)
            yield from problems
            if problems:
                return
        elif len(row) != len(header):
            yield Problem(where, f"{len(row)} values", f"{len(header)}, as in the header")
        else:
            yield _Record(where, {key: cell.strip() for key, cell in zip(header, row, strict=True)})


def _header_problems(header: list[str], where: str) -> list[Problem]:
    problems = [
        Problem(where, f"no column {name}", "a column for each element", nearest(name, header))
        for name in _REQUIRED
        if name not in header
    ]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    return problems + [Problem(where, f"column {name} twice", "each column once") for name in twice]


def _json_records(text: str, place: str) -> Iterator[_Record | Problem]:
    try:
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refused, parse_float=str, parse_int=str
        )
    except json.JSONDecodeError as error:
        yield Problem(f"{place}:{error.lineno}", error.msg, "JSON", f"see column {error.colno}")
        return
    except (ValueError, RecursionError) as error:
        yield Problem(place, str(error), "JSON with each key once and finite numbers")
        return
    for number, item in enumerate(document if isinstance(document, list) else [document], start=1):
        where = f"{place}: record {number}"
        if not isinstance(item, dict):
            yield Problem(where, type(item).__name__, "an object with the fields of an OMM")
            continue
        nested = [key for key, value in item.items() if isinstance(value, (dict, list, bool))]
        if nested:
            yield Problem(f"{where}: {nested[0]}", type(item[nested[0]]).__name__, "text or a number")
            continue
        yield _Record(where, {key: "" if value is None else str(value) for key, value in item.items()})


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError("key " + next(key for key in keys if keys.count(key) > 1) + " twice")
    return fields


def _refused(constant: str) -> object:
    raise ValueError(constant)


def _xml_records(text: str, place: str) -> Iterator[_Record | Problem]:
    # No OMM has a document type; refusing it closes the door to entity bombs.
    if "<!DOCTYPE" in text:
        yield Problem(place, "<!DOCTYPE", "XML without a document type")
        return
    try:
        root = ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text))
    except ElementTree.ParseError as error:
        yield Problem(f"{place}:{error.position[0]}", str(error), "well-formed XML")
        return
    segments = [element for element in root.iter() if _tag(element) == "segment"]
    if not segments:
        yield Problem(place, f"<{_tag(root)}> without a <segment>", "an <ndm> or <omm> with segments")
    for number, segment in enumerate(segments, start=1):
        where = f"{place}: segment {number}"
        leaves = [element for element in segment.iter() if len(element) == 0]
        names = [_tag(leaf) for leaf in leaves]
        twice = next((name for name in names if names.count(name) > 1 and name in _KNOWN), None)
        if twice is not None:
            yield Problem(f"{where}: {twice}", "the field twice", "each field once")
            continue
        yield _Record(where, {_tag(leaf): (leaf.text or "").strip() for leaf in leaves})


_KNOWN = {*_REQUIRED, *_OPTIONAL, *_MEANINGS}


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _satellite(record: _Record) -> Satellite:
    fields = {key: value for key, value in record.fields.items() if key in _KNOWN}
    problems = [
        Problem(f"{record.place}: {name}", "nothing", "a value", nearest(name, record.fields))
        for name in _REQUIRED
        if not fields.get(name)
    ]
    for name, value in list(fields.items()):
        if not value:
            del fields[name]
        elif (problem := _field_problem(name, value, f"{record.place}: {name}")) is not None:
            problems.append(problem)
    if problems:
        raise InputError(*problems)
    norad_id = int(fields["NORAD_CAT_ID"])
    known = {**_OPTIONAL, **fields}
    known["EPOCH"] = _epoch_text(fields["EPOCH"])
    known["NORAD_CAT_ID"] = str(norad_id if norad_id <= MAX_SGP4_NUMBER else 0)
    satrec = Satrec()
    try:
        sgp4_omm.initialize(satrec, known)
    except (ValueError, OverflowError) as error:
        raise InputError(Problem(record.place, str(error), "an element set that SGP4 reads")) from None
    return satellite_of(
        satrec, known["OBJECT_NAME"] or f"NORAD {norad_id}", norad_id, record.place, record.place
    )


def _field_problem(name: str, value: str, where: str) -> Problem | None:
    """Return what is wrong with one field that has a value."""
    if name in _MEANINGS:
        allowed = _MEANINGS[name]
        return None if value.upper() in allowed else Problem(where, repr(value), " or ".join(allowed))
    if name in _NUMBERS:
        return _number_problem(value, *_NUMBERS[name], where)
    if name == "EPOCH":
        return (
            None if _epoch_text(value) else Problem(where, repr(value[:40]), "UTC like 2026-08-23T00:00:00")
        )
    if name == "NORAD_CAT_ID":
        good = _INTEGER.fullmatch(value) and int(value) >= 1
        return None if good else Problem(where, repr(value[:40]), f"a whole number, 1 to {MAX_NORAD_ID}")
    if name in _WHOLE:
        if not (_INTEGER.fullmatch(value) and int(value) <= _WHOLE[name]):
            return Problem(where, repr(value[:40]), f"a whole number, 0 to {_WHOLE[name]}")
        if name == "EPHEMERIS_TYPE" and value not in ("0", "2"):
            return Problem(
                where, value, "0, the elements of SGP4", "type 4 is SGP4-XP, which SGP4 flies wrong"
            )
        return None
    if name == "CLASSIFICATION_TYPE":
        return None if value in ("U", "C", "S") else Problem(where, repr(value[:40]), "U, C or S")
    if not value.isprintable():
        return Problem(where, repr(value[:40]), "printable characters")
    return None


def _number_problem(value: str, low: float | None, high: float | None, where: str) -> Problem | None:
    hint = "write '-'" if "\u2212" in value else ""
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        return Problem(where, repr(value[:40]), "a decimal number", hint)
    if low is not None and high is not None and not low <= float(value) <= high:
        return Problem(where, value, f"{low:g} to {high:.7g}")
    return None


def _epoch_text(value: str) -> str:
    """Return the epoch as sgp4 wants it, to the microsecond; empty if it is not an instant."""
    match = _EPOCH.fullmatch(value)
    if match is None:
        return ""
    year, day, clock, decimals = match.groups()
    layout = "%Y-%m-%dT%H:%M:%S" if "-" in day else "%Y-%jT%H:%M:%S"
    try:
        instant = datetime.strptime(f"{year}-{day}T{clock}", layout)
    except ValueError:
        return ""
    if not 1957 <= instant.year <= 2056:
        return ""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{(decimals or '0')[:6]:<06}"
