"""Tables of contacts and eclipses: columns → CSV, JSON rows and aligned text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..orbit.time import format_utc

if TYPE_CHECKING:
    from ..orbit.access import Passes
    from ..orbit.eclipse import Eclipses
    from ..orbit.ephemeris import Satellite

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

Row = dict[str, Any]


def coverage_rows(
    passes: Passes, satellites: Sequence[Satellite], stations: Sequence[str], start: datetime
) -> list[Row]:
    """Return passes as rows of `COVERAGE_COLUMNS`, times as ISO text, numbers to six decimals.

    Parameters
    ----------
    passes : Passes
        Contact windows in seconds since `start`.
    satellites, stations : sequences
        What the numbers in `passes` point to.
    start : datetime
        Zero of the times.
    """
    rows = []
    for i in range(len(passes.rise_s)):
        satellite = satellites[int(passes.satellite[i])]
        rows.append(
            {
                "satellite": satellite.name,
                "norad_id": satellite.norad_id,
                "station": stations[int(passes.station[i])],
                "rise_utc": instant(start, passes.rise_s[i]),
                "culmination_utc": instant(start, passes.culmination_s[i]),
                "set_utc": instant(start, passes.set_s[i]),
                "duration_s": _six(passes.set_s[i] - passes.rise_s[i]),
                "max_elevation_deg": _six(passes.max_elevation_deg[i]),
                "clipped": bool(passes.clipped[i]),
                "rise_azimuth_deg": _six(passes.rise_azimuth_deg[i]),
                "culmination_azimuth_deg": _six(passes.culmination_azimuth_deg[i]),
                "set_azimuth_deg": _six(passes.set_azimuth_deg[i]),
                "sunlit_frac": _six(passes.sunlit_frac[i]),
            }
        )
    return rows


def eclipse_rows(eclipses: Eclipses, satellites: Sequence[Satellite], start: datetime) -> list[Row]:
    """Return eclipses as rows of `ECLIPSE_COLUMNS`."""
    rows = []
    for i in range(len(eclipses.enter_s)):
        satellite = satellites[int(eclipses.satellite[i])]
        rows.append(
            {
                "satellite": satellite.name,
                "norad_id": satellite.norad_id,
                "enter_utc": instant(start, eclipses.enter_s[i]),
                "exit_utc": instant(start, eclipses.exit_s[i]),
                "eclipse_s": _six(eclipses.eclipse_s[i]),
                "umbra_s": _six(eclipses.umbra_s[i]),
                "clipped": bool(eclipses.clipped[i]),
            }
        )
    return rows


def instant(start: datetime, offset_s: float) -> str:
    """Return the UTC instant `offset_s` after `start`, six decimals and Z."""
    return format_utc(start + timedelta(microseconds=round(float(offset_s) * 1e6)))


def _six(value: float) -> float | None:
    return None if not math.isfinite(value) else round(float(value), 6)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return CSV whose text cells no spreadsheet takes for a formula.

    Parameters
    ----------
    columns : sequence of str
        Header and order.
    rows : iterable of mapping
        Missing values become empty cells, truth values `true` and `false`.

    Examples
    --------
    >>> print(to_csv(("name", "x"), [{"name": "=1+1", "x": -2.0}]), end="")
    name,x
    '=1+1,-2.000000
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
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
