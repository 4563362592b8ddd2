"""Events of a span: SOURCE and options → passes or eclipses as CSV, JSON, text and picture."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..constants import DAY_S
from ..errors import InputError, Problem, nearest
from ..orbit.ephemeris import Satellite
from ..orbit.time import Floats, TimeGrid, format_utc, parse_utc
from . import tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..orbit.access import Passes, StationStatistics
    from ..orbit.chunks import Propagator
    from ..orbit.eclipse import Eclipses
    from ..orbit.site import Site, Sites
    from ..scenario.models import Shadow

Tell = Callable[[str], None]

MAX_DAYS = 36525.0
_SHOWN_ROWS = 24
_DEGREES = re.compile(r"\s*(\d{1,2}(?:\.\d*)?)\s*deg\s*", re.ASCII)


@dataclass(frozen=True)
class Span:
    """Satellites over a stretch of time, and who moves them: `kernel` or `skyfield`."""

    source: str
    satellites: tuple[Satellite, ...]
    start: datetime
    duration_s: float
    propagator: str = "kernel"

    @property
    def end(self) -> datetime:
        """The last instant."""
        return self.start + timedelta(seconds=self.duration_s)

    @property
    def propagate(self) -> Propagator:
        """What gives the positions."""
        from ..orbit.bulk import propagate_bulk
        from ..orbit.propagate import propagate

        return propagate if self.propagator == "skyfield" else propagate_bulk

    @property
    def moved_by(self) -> str:
        """Who gives the positions, in words."""
        from ..orbit.bulk import coefficients

        if self.propagator == "skyfield":
            return "SGP4 by Skyfield"
        n = sum(coefficients(satellite) is None for satellite in self.satellites)
        others = f", {n} of {len(self.satellites)} by Skyfield's" if n else ""
        return f"compiled SGP4, checked against Skyfield's{others}"

    def __str__(self) -> str:
        n = len(self.satellites)
        return (
            f"{self.source}: {n} satellite{'s' * (n != 1)}, {short_utc(self.start)} to {short_utc(self.end)}"
        )


def short_utc(when: datetime) -> str:
    """Return an instant for a person: to the second, without the second if it is zero."""
    return when.strftime("%Y-%m-%d %H:%M" + (":%S" if when.second or when.microsecond else "") + "Z")


def span_of(
    source: str,
    start: str | None,
    days: float,
    *,
    checksum: bool,
    skip_bad: bool,
    allow_outside: bool,
    allow_stale: bool,
    propagator: str,
    tell: Tell,
) -> Span:
    """Return the satellites of a SOURCE over a span; a span without start begins at the newest epoch.

    Parameters
    ----------
    source : str
        Path, shipped scenario, or stem of a file in `tle/`.
    start : str or None
        ISO 8601 with Z.
    days : float [d]
        Length.
    checksum, skip_bad, allow_outside, allow_stale : bool
        How strictly to read.
    propagator : {"kernel", "skyfield"}
        Who moves the satellites: the compiled SGP4, checked against Skyfield's, or Skyfield's in every step.
    tell : callable
        Receives notes and warnings.

    Raises
    ------
    InputError
        A source that does not exist or cannot be read, stale elements, a bad start or length.
    """
    from ..fleet.sources import satellites_from
    from ..orbit.elements import check_age, nearest_sets
    from ..orbit.propagate import failure_before

    if not (math.isfinite(days) and 0 < days <= MAX_DAYS):
        raise InputError(Problem("--days", f"{days:g}", f"more than 0, at most {MAX_DAYS:g} days"))
    begin = None if start is None else parse_utc(start, "--start")
    every = satellites_from(
        source, begin, checksum=checksum, skip_bad=skip_bad, allow_outside=allow_outside, tell=tell
    )
    if begin is None:
        begin = max(satellite.epoch for satellite in every)
        tell(f"start: {format_utc(begin)}, the newest epoch in {source}")
    chosen, notes = nearest_sets(every, begin)
    end = begin + timedelta(seconds=days * DAY_S)
    for note in [*notes, *check_age(chosen, begin, end, allow_stale=allow_stale)]:
        tell(note)
    for satellite in chosen:
        failure = failure_before(satellite, end)
        if failure is not None:
            tell(f"{satellite.name}: dead from {format_utc(failure[1])} on, SGP4 error {failure[0]}")
    return Span(Path(source).name, tuple(chosen), begin, days * DAY_S, propagator)


def station_sites(texts: Sequence[str]) -> list[Site]:
    """Return sites for station keys (any case), full names or `LAT,LON[,ALT]`, named by the key or the text.

    Raises
    ------
    InputError
        Every station that does not exist, with the nearest.
    """
    from ..orbit.site import Site, site_from_text
    from ..scenario.catalogue import catalogue
    from ..scenario.models import Station

    known = catalogue().tables["station"]
    by_name = {key.lower(): key for key in known}
    by_name |= {table["full_name"].lower(): key for key, table in known.items()}
    sites, problems = [], []
    for text in texts:
        key = by_name.get(text.strip().lower())
        if key is not None:
            station = Station.model_validate(known[key])
            sites.append(Site(key, station.lat_deg, station.lon_deg, station.altitude_m))
        elif "," in text or text.strip()[:1] in "+-0123456789":
            sites.append(site_from_text(text))
        else:
            allowed = "a station of the catalogue, or LAT,LON[,ALT]"
            problems.append(Problem("--station", repr(text), allowed, nearest(text, known)))
    if problems:
        raise InputError(*problems)
    twice = {site.name for site in sites if sum(other.name == site.name for other in sites) > 1}
    if twice:
        raise InputError(Problem("--station", f"{', '.join(sorted(twice))} twice", "each station once"))
    return sites


@dataclass(frozen=True)
class Coverage:
    """Passes over stations, ready to be written."""

    span: Span
    sites: Sites
    min_elevation_deg: float
    shadow: Shadow
    passes: Passes
    statistics: StationStatistics

    def __len__(self) -> int:
        return len(self.passes)

    def _columns(self, passes: Passes) -> tables.Columns:
        return tables.coverage_columns(passes, self.span.satellites, self.sites.names, self.span.start)

    def csv(self) -> str:
        """Return the passes as CSV, columns as `tables.COVERAGE_COLUMNS`."""
        return tables.to_csv(self._columns(self.passes))

    def json(self) -> dict[str, Any]:
        """Return passes and stations as one object."""
        return {
            "start_utc": format_utc(self.span.start),
            "end_utc": format_utc(self.span.end),
            "min_elevation_deg": round(self.min_elevation_deg, 9),
            "shadow": self.shadow,
            "stations": self._stations(),
            "passes": tables.rows_of(self._columns(self.passes)),
        }

    def _stations(self) -> list[tables.Row]:
        found = self.statistics
        return [
            {
                "station": name,
                "lat_deg": float(self.sites.lat_deg[g]),
                "lon_deg": float(self.sites.lon_deg[g]),
                "alt_m": float(self.sites.alt_m[g]),
                "n_passes": int(np.count_nonzero(self.passes.station == g)),
                "covered_frac": float(found.covered_frac[g]),
                "n_most_in_view": int(found.n_most_in_view[g]),
                "longest_gap_s": float(found.longest_gap_s[g]),
                "mean_gap_s": float(found.mean_gap_s[g]),
            }
            for g, name in enumerate(self.sites.names)
        ]

    def text(self) -> str:
        """Return what a person wants to know first: the stations, then the first passes."""
        stations = [
            [
                row["station"],
                str(row["n_passes"]),
                f"{row['covered_frac']:.1%}",
                str(row["n_most_in_view"]),
                tables.duration_text(row["longest_gap_s"]),
                tables.duration_text(row["mean_gap_s"]),
            ]
            for row in self._stations()
        ]
        header = ("station", "passes", "covered", "most at once", "longest gap", "mean gap")
        lines = [
            str(self.span),
            f"elevation at least {self.min_elevation_deg:g} deg, geometric, over the WGS84 horizon",
            "",
            tables.to_text(header, stations, right=range(1, 6)),
        ]
        if len(self.passes):
            lines += ["", *self._first_passes()]
        return "\n".join(lines)

    def _first_passes(self) -> list[str]:
        header = ("rise (UTC)", "set", "min:s", "max deg", "station", "satellite")
        first = self.passes.take(np.arange(min(len(self.passes), _SHOWN_ROWS)))
        shown = [
            [
                row["rise_utc"][5:10] + " " + row["rise_utc"][11:19],
                row["set_utc"][11:19],
                f"{round(row['duration_s']) // 60}:{round(row['duration_s']) % 60:02d}",
                f"{row['max_elevation_deg']:.1f}",
                row["station"][:16],
                row["satellite"][:16] + (" *" if row["clipped"] else ""),
            ]
            for row in tables.rows_of(self._columns(first))
        ]
        left = len(self.passes) - len(shown)
        more = ["* cut by an edge of the span"] if first.clipped.any() else []
        more += [f"... and {left} more: --csv FILE has them all"] if left else []
        return [tables.to_text(header, shown, right=[2, 3]), *more]

    def figure(self) -> Figure:
        """Draw the passes over time and across each station's sky."""
        from .sky import coverage_figure

        return coverage_figure(self)


def coverage(
    span: Span, stations: Sequence[str], min_elevation: str, shadow: Shadow, *, tell: Tell
) -> Coverage:
    """Find every pass of a span over stations.

    Parameters
    ----------
    span : Span
        Satellites and time.
    stations : sequence of str
        Keys, names or coordinates.
    min_elevation : str
        Angle with its unit, `10deg`.
    shadow : str
        Definition of the Earth's shadow.
    tell : callable
        Receives the note on the defaults used.
    """
    from ..orbit.access import find_passes, station_statistics
    from ..orbit.site import Sites
    from ..warmup import say_if_cold

    mask_rad = angle_rad(min_elevation, "--min-elevation")
    sites = Sites.at(station_sites(stations))
    tell(
        f"span: {span.duration_s / DAY_S:g} d; lowest elevation: {math.degrees(mask_rad):g} deg; "
        f"shadow: {shadow}; propagator: {span.moved_by}"
    )
    say_if_cold(tell)
    passes = find_passes(
        span.satellites,
        sites,
        span.start,
        span.duration_s,
        mask_rad,
        shadow=shadow,
        propagate=span.propagate,
    )
    statistics = station_statistics(passes, len(sites), span.duration_s)
    return Coverage(span, sites, math.degrees(mask_rad), shadow, passes, statistics)


def angle_rad(text: str, place: str) -> float:
    """Return an elevation given as text with its unit.

    Raises
    ------
    InputError
        No angle, no unit, or not within 0 .. 90 deg.
    """
    plain = _DEGREES.fullmatch(text)
    value = math.radians(float(plain[1])) if plain else _any_angle_rad(text, place)
    if not 0 <= value < math.pi / 2:
        raise InputError(Problem(place, repr(text), "an angle from 0 to less than 90 deg"))
    return value


def _any_angle_rad(text: str, place: str) -> float:
    """Return an angle in any unit; this imports astropy, which takes longer than finding the passes."""
    from pydantic_core import PydanticCustomError

    from ..scenario.quantities import ANGLE

    try:
        return float(ANGLE.parse(text))
    except PydanticCustomError as error:
        example = 'write it like "10deg"'
        raise InputError(
            Problem(place, repr(text), "an angle with its unit, 0 to 90 deg", example)
        ) from error


@dataclass(frozen=True)
class Sunlight:
    """Eclipses of satellites, ready to be written."""

    span: Span
    shadow: Shadow
    eclipses: Eclipses

    def __len__(self) -> int:
        return len(self.eclipses)

    def csv(self) -> str:
        """Return the eclipses as CSV, columns as `tables.ECLIPSE_COLUMNS`."""
        return tables.to_csv(tables.eclipse_columns(self.eclipses, self.span.satellites, self.span.start))

    def json(self) -> dict[str, Any]:
        """Return the satellites as one object."""
        found = self.eclipses
        return {
            "satellites": [
                {
                    "satellite": satellite.name,
                    "norad_id": satellite.norad_id,
                    "sunlit_frac": _number(found.sunlit_frac[i]),
                    "n_eclipses": int(found.n_eclipses[i]),
                    "max_eclipse_s": _number(found.max_eclipse_s[i]),
                    "max_umbra_s": _number(found.max_umbra_s[i]),
                    "beta_min_deg": _number(found.beta_min_deg[i]),
                    "beta_max_deg": _number(found.beta_max_deg[i]),
                    "shadow": self.shadow,
                }
                for i, satellite in enumerate(self.span.satellites)
            ]
        }

    def text(self) -> str:
        """Return a line per satellite."""
        header = ("satellite", "sunlit", "eclipses", "longest", "its umbra", "beta (deg)")
        rows = [
            [
                row["satellite"][:24],
                "dead" if row["sunlit_frac"] is None else f"{row['sunlit_frac']:.2%}",
                str(row["n_eclipses"]),
                tables.duration_text(row["max_eclipse_s"] or 0.0),
                tables.duration_text(row["max_umbra_s"] or 0.0),
                "-"
                if row["beta_min_deg"] is None
                else f"{row['beta_min_deg']:.1f} to {row['beta_max_deg']:.1f}",
            ]
            for row in self.json()["satellites"]
        ]
        shown = rows[: 4 * _SHOWN_ROWS]
        left = len(rows) - len(shown)
        more = [f"... and {left} more satellites: --json has them all"] if left else []
        notes = [
            str(self.span),
            f"Earth's shadow: {self.shadow}; enter and exit are first and last penumbra",
            "",
        ]
        return "\n".join([*notes, tables.to_text(header, shown, right=range(1, 6)), *more])

    def beta(self, n: int = 400) -> tuple[Floats, Floats]:
        """Return times after the start [s] (t,) and the beta angle of each satellite [deg] (s, t)."""
        from ..orbit.sun import beta_rad, sun_teme_km

        grid = TimeGrid(self.span.start, self.span.duration_s / (n - 1), n)
        ephemeris = self.span.propagate(self.span.satellites, grid)
        beta = beta_rad(ephemeris.r_teme_km, ephemeris.v_teme_km_per_s, sun_teme_km(grid))
        return grid.offset_s, np.degrees(beta)

    def figure(self) -> Figure:
        """Draw beta and a calendar of the eclipses."""
        from .sky import sunlight_figure

        return sunlight_figure(self)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def sunlight(span: Span, shadow: Shadow, *, tell: Tell) -> Sunlight:
    """Find every eclipse of a span.

    Parameters
    ----------
    span : Span
        Satellites and time.
    shadow : str
        Definition of the Earth's shadow.
    tell : callable
        Receives the note on the defaults used.
    """
    from ..orbit.eclipse import find_eclipses
    from ..warmup import say_if_cold

    tell(f"span: {span.duration_s / DAY_S:g} d; shadow: {shadow}; propagator: {span.moved_by}")
    say_if_cold(tell)
    return Sunlight(
        span,
        shadow,
        find_eclipses(span.satellites, span.start, span.duration_s, shadow, propagate=span.propagate),
    )
