"""Access windows: satellites, stations and span → every pass with rise, culmination and set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..kernels import LANES
from ..kernels import sight as columns
from ..kernels.access import passes as pass_kernel
from .bulk import propagate_bulk
from .chunks import Chunk, Propagator, by_step, chunk_of, chunks, span_grid
from .eclipse import shadow_code
from .ephemeris import Ephemeris, Satellite
from .time import Floats

if TYPE_CHECKING:
    from ..scenario.models import Shadow
    from .site import Sites


_PASSES_PER_PAIR = 16  # in one chunk, a day at most


@dataclass(frozen=True)
class Passes:
    """Every pass of a span, ordered by rise; times are seconds after `start`.

    `satellite` and `station` are indices; `clipped` marks a pass cut by an edge of the span or by the
    satellite's death; elevations and azimuths are geometric (no refraction) over the WGS84 horizon,
    azimuths from north through east; `sunlit_frac` is the time mean of the visible share of the Sun's disc.
    """

    start: datetime
    satellite: NDArray[np.int64]
    station: NDArray[np.int64]
    rise_s: Floats
    culmination_s: Floats
    set_s: Floats
    max_elevation_deg: Floats
    clipped: NDArray[np.bool_]
    rise_azimuth_deg: Floats
    culmination_azimuth_deg: Floats
    set_azimuth_deg: Floats
    sunlit_frac: Floats

    def __len__(self) -> int:
        return len(self.satellite)

    @property
    def duration_s(self) -> Floats:
        """Seconds from rise to set (n,)."""
        return self.set_s - self.rise_s

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Passes:
        """Return the passes of a mask or of indices, in that order."""
        rows = {
            field.name: getattr(self, field.name)[which] for field in fields(self) if field.name != "start"
        }
        return Passes(start=self.start, **rows)


@dataclass(frozen=True)
class StationStatistics:
    """What the passes of a span mean for each station (g,).

    `covered_frac`: share of time with any satellite in view; `n_most_in_view`: most at once;
    `longest_gap_s` and `mean_gap_s`: of the stretches without any, the edges of the span included (0 where
    there is no gap).
    """

    covered_frac: Floats
    n_most_in_view: NDArray[np.int64]
    longest_gap_s: Floats
    mean_gap_s: Floats


class _PassSearch:
    """Feeds chunks in order of time to the kernel and carries passes under way across their borders."""

    def __init__(self, n_satellites: int, sites: Sites, min_elevation_rad: float, shadow: str) -> None:
        self._code = shadow_code(shadow)
        self._sites = np.ascontiguousarray(np.hstack([sites.r_itrs_km, sites.up, sites.east, sites.north]))
        self._sin_minimum = float(np.sin(min_elevation_rad))
        n_block = -(-n_satellites // LANES)
        self._state = np.zeros((n_block, len(self._sites), columns.N_STATE, LANES))
        self._n_rows = _PASSES_PER_PAIR * n_block * LANES * len(self._sites)
        self._rows: list[Floats] = []
        self._last: Chunk | None = None

    def extend(self, chunk: Chunk) -> None:
        """Search one chunk."""
        theta_rad = np.unwrap(chunk.grid.gmst_rad)
        before = self._state.copy()
        while True:
            rows = np.empty((self._n_rows, columns.N_COLUMN))
            n_found = pass_kernel(
                self._code,
                chunk.r_km,
                chunk.v_km_per_s,
                chunk.sun_km,
                theta_rad,
                self._sites,
                self._sin_minimum,
                chunk.first_s,
                chunk.grid.step_s,
                self._state,
                rows,
            )
            if n_found <= self._n_rows:
                break
            self._n_rows = (
                2 * n_found
            )  # and so for the chunks to come: a search too many costs as much as one
            self._state[:] = before
        self._rows.append(rows[:n_found].copy())
        self._last = chunk

    def _under_way(self) -> Floats:
        """Return the passes that the end of the span cuts, as rows."""
        block, station, lane = np.nonzero(self._state[:, :, columns.OPEN, :])
        rows = np.empty((len(block), columns.N_COLUMN))
        if self._last is None or not len(block):
            return rows
        track = self._state[block, station, :, lane]
        rows[:, columns.SATELLITE] = block * LANES + lane
        rows[:, columns.STATION] = station
        rows[:, columns.RISE] = track[:, columns.RISE_S]
        rows[:, columns.TOP] = track[:, columns.TOP_S]
        rows[:, columns.SET] = self._last.first_s + (self._last.grid.n - 1) * self._last.grid.step_s
        rows[:, columns.MAX_SIN] = track[:, columns.TOP_SIN]
        rows[:, columns.CUT] = 1.0
        rows[:, columns.AZ_RISE] = track[:, columns.RISE_AZIMUTH]
        rows[:, columns.AZ_TOP] = track[:, columns.TOP_AZIMUTH]
        rows[:, columns.AZ_SET] = track[:, columns.LAST_AZIMUTH]
        rows[:, columns.DARK] = track[:, columns.DARK_S]
        return rows

    def finish(self) -> Floats:
        """Return all passes as rows, those still under way cut at the end of the span."""
        return np.concatenate([*self._rows, self._under_way()])


def _table(start: datetime, rows: Floats) -> Passes:
    rows = rows[rows[:, columns.SET] > rows[:, columns.RISE]]
    rows = rows[np.lexsort((rows[:, columns.STATION], rows[:, columns.SATELLITE], rows[:, columns.RISE]))]
    rise_s, set_s = rows[:, columns.RISE], rows[:, columns.SET]
    return Passes(
        start=start,
        satellite=rows[:, columns.SATELLITE].astype(np.int64),
        station=rows[:, columns.STATION].astype(np.int64),
        rise_s=rise_s,
        culmination_s=rows[:, columns.TOP],
        set_s=set_s,
        max_elevation_deg=np.degrees(np.arcsin(np.clip(rows[:, columns.MAX_SIN], -1.0, 1.0))),
        clipped=rows[:, columns.CUT] > 0.0,
        rise_azimuth_deg=np.degrees(rows[:, columns.AZ_RISE]),
        culmination_azimuth_deg=np.degrees(rows[:, columns.AZ_TOP]),
        set_azimuth_deg=np.degrees(rows[:, columns.AZ_SET]),
        sunlit_frac=np.clip(1.0 - rows[:, columns.DARK] / (set_s - rise_s), 0.0, 1.0),
    )


def find_passes(
    satellites: Sequence[Satellite],
    sites: Sites,
    start: datetime,
    duration_s: float,
    min_elevation_rad: float,
    *,
    step_s: float | None = None,
    shadow: Shadow = "oblate-cone",
    propagate: Propagator = propagate_bulk,
) -> Passes:
    """Find every pass of every satellite over every station.

    Parameters
    ----------
    satellites : sequence of Satellite (s,)
        What passes.
    sites : Sites (g,)
        Where it is watched from.
    start : datetime
        First instant, UTC.
    duration_s : float [s]
        Length of the span.
    min_elevation_rad : float [rad]
        Mask: a pass is where the elevation is above it.
    step_s : float, optional [s]
        Longest step of the grid between whose nodes edges are refined; by default that of `chunks.by_step`,
        which keeps them within 1 ms.
    shadow : str
        Definition of the Earth's shadow for `sunlit_frac`.
    propagate : callable
        Satellites and grid to an `Ephemeris`.

    Returns
    -------
    Passes

    Raises
    ------
    InputError
        Unknown shadow, empty span, or a time the Sun's ephemeris does not cover.

    Assumptions
    -----------
    Geometric elevation, no refraction; Earth rotation by GMST 1982 of UT1, no polar motion (under 15 m).

    Source
    ------
    Vallado, 4th ed., section 11.4; quintic arcs between nodes, see benchmarks/decisions/005.

    Examples
    --------
    >>> from datetime import UTC
    >>> from .elements import synthetic
    >>> noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    >>> body = synthetic("a", noon, 7128137.0, 1.7177, 1.57)
    >>> from .site import Site, Sites
    >>> pole = Sites.at([Site("pole", 90.0, 0.0, 0.0)])
    >>> len(find_passes([body], pole, noon, 86400.0, 0.17))
    15
    """
    found = []
    for which, longest_s in by_step(satellites, step_s):
        search = _PassSearch(len(which), sites, min_elevation_rad, shadow)
        members = [satellites[i] for i in which]
        for chunk in chunks(members, span_grid(start, duration_s, longest_s), propagate):
            search.extend(chunk)
        rows = search.finish()
        rows[:, columns.SATELLITE] = which[rows[:, columns.SATELLITE].astype(np.int64)]
        found.append(rows)
    return _table(start, np.concatenate([np.empty((0, columns.N_COLUMN)), *found]))


def passes_of(
    ephemeris: Ephemeris, sites: Sites, min_elevation_rad: float, *, shadow: Shadow = "oblate-cone"
) -> Passes:
    """Find the passes within an ephemeris already made; its grid is the span.

    Parameters
    ----------
    ephemeris : Ephemeris (s, t)
        States on a uniform grid; 0.04 m between nodes 60 s apart, low orbit.
    sites : Sites (g,)
        Stations.
    min_elevation_rad : float [rad]
        Mask.
    shadow : str
        Definition of the Earth's shadow for `sunlit_frac`.

    Returns
    -------
    Passes
        Times in seconds after the first instant of the grid.

    Raises
    ------
    InputError
        Unknown shadow.

    Assumptions
    -----------
    As `find_passes`.

    Source
    ------
    As `find_passes`.
    """
    search = _PassSearch(len(ephemeris.satellites), sites, min_elevation_rad, shadow)
    search.extend(chunk_of(ephemeris))
    return _table(ephemeris.grid.start, search.finish())


def station_statistics(passes: Passes, n_stations: int, duration_s: float) -> StationStatistics:
    """Return coverage, crowding and gaps of each station.

    Parameters
    ----------
    passes : Passes
        All passes of a span that begins at `passes.start`.
    n_stations : int
        Number of stations, those without a pass included.
    duration_s : float [s]
        Length of the span.

    Returns
    -------
    StationStatistics (g,)

    Raises
    ------
    Nothing.

    Assumptions
    -----------
    A satellite that sets at the instant another rises leaves no gap and does not count twice.

    Source
    ------
    Sweep over the sorted edges of the intervals.
    """
    covered_s, longest_s, mean_s = np.zeros(n_stations), np.zeros(n_stations), np.zeros(n_stations)
    n_most = np.zeros(n_stations, dtype=np.int64)
    for station in range(n_stations):
        here = passes.station == station
        rise_s, set_s = passes.rise_s[here], passes.set_s[here]  # ordered by rise
        reach_s = np.concatenate([[0.0], np.maximum.accumulate(set_s)])
        gap_s = np.maximum(np.append(rise_s, duration_s) - reach_s, 0.0)
        edge_s = np.concatenate([set_s, rise_s])
        change = np.concatenate([np.full(len(set_s), -1), np.full(len(rise_s), 1)])
        in_view = np.cumsum(change[np.argsort(edge_s, kind="stable")])
        n_most[station] = in_view.max(initial=0)
        covered_s[station] = duration_s - gap_s.sum()
        longest_s[station] = gap_s.max()
        mean_s[station] = gap_s.sum() / max(1, np.count_nonzero(gap_s))
    return StationStatistics(covered_s / duration_s, n_most, longest_s, mean_s)


def in_view_s(passes: Passes, n_satellites: int) -> Floats:
    """Return how long each satellite has at least one station in view.

    Parameters
    ----------
    passes : Passes
        All passes of a span, ordered by rise.
    n_satellites : int
        Number of satellites, those without a pass included.

    Returns
    -------
    ndarray (s,) [s]
    """
    seen_s = np.zeros(n_satellites)
    until_s = np.full(n_satellites, -np.inf)
    for satellite, rise_s, set_s in zip(passes.satellite, passes.rise_s, passes.set_s, strict=True):
        seen_s[satellite] += max(0.0, set_s - max(rise_s, until_s[satellite]))
        until_s[satellite] = max(until_s[satellite], set_s)
    return seen_s
