"""Tables of contacts and eclipses: columns → CSV, JSON rows and aligned text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..orbit.access import Passes
    from ..orbit.eclipse import Eclipses
    from ..orbit.ephemeris import Satellite
    from ..orbit.time import Floats

COVERAGE_COLUMNS = (
    "satellite",
    "norad_id",
    "station",
    "rise_utc",
    "culmination_utc",
    "set_utc",
    "duration_s",
    "max_elevation_deg",
    "clipped",
    "rise_azimuth_deg",
    "culmination_azimuth_deg",
    "set_azimuth_deg",
    "sunlit_frac",
)
ECLIPSE_COLUMNS = ("satellite", "norad_id", "enter_utc", "exit_utc", "eclipse_s", "umbra_s", "clipped")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBERS = re.compile(r"[-+]?\d+(\.\d*)?(,\s*[-+]?\d+(\.\d*)?)*")
# What a cell of lines joined by line feeds must not hold or begin with, to be written as it is.
_SUSPECT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]|^\s*[=+\-@]", re.MULTILINE)

Row = dict[str, Any]
Columns = dict[str, Sequence[Any]]
"""Values of each column, in the order of a table: one kind a column, `None` where there is none."""


def coverage_columns(
    passes: Passes, satellites: Sequence[Satellite], stations: Sequence[str], start: datetime
) -> Columns:
    """Return passes as `COVERAGE_COLUMNS`, times as ISO text.

    Parameters
    ----------
    passes : Passes
        Contact windows in seconds since `start`.
    satellites, stations : sequences
        What the numbers in `passes` point to.
    start : datetime
        Zero of the times.
    """
    columns = (
        *_satellites(passes.satellite, satellites),
        [stations[g] for g in passes.station.tolist()],
        instants(start, passes.rise_s),
        instants(start, passes.culmination_s),
        instants(start, passes.set_s),
        _numbers(passes.set_s - passes.rise_s),
        _numbers(passes.max_elevation_deg),
        passes.clipped.tolist(),
        _numbers(passes.rise_azimuth_deg),
        _numbers(passes.culmination_azimuth_deg),
        _numbers(passes.set_azimuth_deg),
        _numbers(passes.sunlit_frac),
    )
    return dict(zip(COVERAGE_COLUMNS, columns, strict=True))


def eclipse_columns(eclipses: Eclipses, satellites: Sequence[Satellite], start: datetime) -> Columns:
    """Return eclipses as `ECLIPSE_COLUMNS`."""
    columns = (
        *_satellites(eclipses.satellite, satellites),
        instants(start, eclipses.enter_s),
        instants(start, eclipses.exit_s),
        _numbers(eclipses.eclipse_s),
        _numbers(eclipses.umbra_s),
        eclipses.clipped.tolist(),
    )
    return dict(zip(ECLIPSE_COLUMNS, columns, strict=True))


def rows_of(columns: Columns) -> list[Row]:
    """Return the rows of a table, numbers to six decimals.

    >>> rows_of({"a": [1, 2], "b": ["x", "y"], "c": [0.12345678, None]})
    [{'a': 1, 'b': 'x', 'c': 0.123457}, {'a': 2, 'b': 'y', 'c': None}]
    """
    rounded = [
        [round(value, 6) if isinstance(value, float) else value for value in values]
        for values in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*rounded, strict=True)]


def _satellites(number: NDArray[np.int64], satellites: Sequence[Satellite]) -> tuple[list[str], list[int]]:
    found = [satellites[i] for i in number.tolist()]
    return [satellite.name for satellite in found], [satellite.norad_id for satellite in found]


def instants(start: datetime, offset_s: Floats) -> list[str]:
    """Return the UTC instants `offset_s` after `start`, six decimals and Z.

    >>> instants(datetime(2026, 1, 1, tzinfo=UTC), np.array([0.5]))
    ['2026-01-01T00:00:00.500000Z']
    """
    zero = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "us")
    whole = zero + np.rint(offset_s * 1e6).astype(np.int64).astype("timedelta64[us]")
    return [text + "Z" for text in np.datetime_as_string(whole, unit="us").tolist()]


def _numbers(values: Floats) -> list[float | None]:
    if np.isfinite(values).all():
        return list(values.tolist())
    return [value if math.isfinite(value) else None for value in values.tolist()]


def to_csv(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return CSV whose text cells no spreadsheet takes for a formula.

    Parameters
    ----------
    columns : mapping
        Header to values of one kind. Missing values become empty cells, truth values `true` and `false`.

    Examples
    --------
    >>> print(to_csv({"name": ["=1+1"], "x": [-2.0]}), end="")
    name,x
    '=1+1,-2.000000
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(_cells(values) for values in columns.values()), strict=True))
    return buffer.getvalue()


def _cells(values: Sequence[Any]) -> Sequence[str]:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, float):
        return ["" if value is None else f"{value:.6f}" for value in values]
    if isinstance(first, str) and None not in values:
        joined = "\n".join(values)
        if joined.count("\n") == len(values) - 1 and not _SUSPECT.search(joined):
            return values
    cells = {value: _cell(value) for value in set(values)}
    return [cells[value] for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = _CONTROL.sub(" ", str(value))
    # a spreadsheet runs what begins like this; coordinates such as -33.1,70.7 are harmless and stay
    if text.lstrip()[:1] in ("=", "+", "-", "@") and not _NUMBERS.fullmatch(text):
        return "'" + text
    return text


def to_text(header: Sequence[str], rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows in columns two spaces apart; the columns numbered in `right` are set to the right.

    >>> print(to_text(("a", "n"), [("x", "10")], right=[1]))
    a   n
    x  10
    """
    to_right = set(right)
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for row in [header, *rows]:
        cells = [
            c.rjust(w) if i in to_right else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def phase_lines(
    phase: Mapping[str, Any],
    what: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Iterable[int],
    width: int = 28,
) -> list[str]:
    """Return a table of a phase, or of the total, whose first column is headed by both, as lines.

    >>> phase_lines({"name": "2022"}, "fibre", ("used",), [("a - b", "29%")], right=[1])
    ['2022: fibre  used', 'a - b         29%']
    """
    title = f"{phase.get('name', 'in all')}: {what}"[:width]
    return to_text((title, *header), rows, right).splitlines()


def duration_text(seconds: float) -> str:
    """Return a duration as a person says it.

    >>> duration_text(75), duration_text(7260), duration_text(200000)
    ('1 min 15 s', '2 h 01 min', '2 d 7 h')
    """
    if not math.isfinite(seconds):
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def quantity_text(value: float, unit: str) -> str:
    """Return a value with an SI prefix and three digits.

    >>> quantity_text(2.005e5, "W"), quantity_text(0.0, "W"), quantity_text(1.2e18, "op/s")
    ('200 kW', '0 W', '1.20 Eop/s')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    prefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"]
    power = min(max(math.floor(math.log10(abs(value)) / 3 + 1e-12), 0), len(prefixes) - 1)
    scaled = value / 1000.0**power
    if abs(scaled) >= 999.5 and power + 1 < len(prefixes):
        power, scaled = power + 1, scaled / 1000.0
    digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:.{digits}f} {prefixes[power]}{unit}"
