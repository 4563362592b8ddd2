"""Eclipses: satellites, span and shadow definition → when each enters and leaves the Earth's shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem, nearest
from ..kernels import LANES
from ..kernels import eclipse as columns
from ..kernels.eclipse import eclipses as eclipse_kernel
from ..kernels.shadow import SHADOWS
from ..kernels.vector import unpack
from .bulk import propagate_bulk
from .chunks import Chunk, Propagator, by_step, chunks, span_grid
from .ephemeris import Satellite
from .sun import beta_rad
from .time import Floats

if TYPE_CHECKING:
    from ..scenario.models import Shadow

_BETA_EVERY_S = 600.0
_ECLIPSES_PER_LANE = 20  # in one chunk, a day at most


@dataclass(frozen=True)
class Eclipses:
    """Every eclipse of a span, and what they add up to for each satellite.

    Rows, ordered by entry: `satellite` (index), `enter_s` and `exit_s` (first and last penumbra, seconds
    after `start`), `eclipse_s` (their difference), `umbra_s` (nothing of the disc visible), `clipped` (cut
    by an edge of the span or by the satellite's death). Per satellite: `sunlit_frac` (time mean of the
    visible share of the disc, over the time alive), `n_eclipses`, the longest, and the range of beta.
    """

    start: datetime
    shadow: Shadow
    satellite: NDArray[np.int64]
    enter_s: Floats
    exit_s: Floats
    umbra_s: Floats
    clipped: NDArray[np.bool_]
    sunlit_frac: Floats
    n_eclipses: NDArray[np.int64]
    max_eclipse_s: Floats
    max_umbra_s: Floats
    beta_min_deg: Floats
    beta_max_deg: Floats

    def __len__(self) -> int:
        return len(self.satellite)

    @property
    def eclipse_s(self) -> Floats:
        """Seconds from first to last penumbra (n,)."""
        return self.exit_s - self.enter_s


def shadow_code(shadow: str) -> int:
    """Return the kernel's number of a shadow definition.

    Raises
    ------
    InputError
        No such definition.

    Examples
    --------
    >>> shadow_code("cone")
    1
    """
    if shadow not in SHADOWS:
        raise InputError(
            Problem("shadow", repr(shadow), "one of " + ", ".join(SHADOWS), nearest(str(shadow), SHADOWS))
        )
    return SHADOWS.index(shadow)


class EclipseSearch:
    """Feeds chunks in order of time to the kernel and carries eclipses under way across their borders."""

    def __init__(self, n_satellites: int, shadow: str) -> None:
        self._code = shadow_code(shadow)
        n_block = -(-n_satellites // LANES)
        self._state = np.zeros((n_block, columns.N_STATE, LANES))
        self._n_rows = _ECLIPSES_PER_LANE * n_block * LANES
        self._rows: list[Floats] = []
        self._end_s = 0.0

    def extend(self, chunk: Chunk) -> Floats:
        """Search one chunk; return the dark seconds of each step (n_block, t - 1, LANES)."""
        dark_s = np.empty((chunk.r_km.shape[0], chunk.r_km.shape[1] - 1, LANES))
        before = self._state.copy()
        while True:
            rows = np.empty((self._n_rows, columns.N_COLUMN))
            n_found = eclipse_kernel(
                self._code,
                chunk.r_km,
                chunk.v_km_per_s,
                chunk.sun_km,
                chunk.first_s,
                chunk.grid.step_s,
                self._state,
                dark_s,
                rows,
            )
            if n_found <= self._n_rows:
                break
            self._n_rows = (
                2 * n_found
            )  # and so for the chunks to come: a search too many costs as much as one
            self._state[:] = before
        self._rows.append(rows[:n_found])
        self._end_s = chunk.first_s + (chunk.grid.n - 1) * chunk.grid.step_s
        return dark_s

    def finish(self) -> Floats:
        """Cut what is still under way at the end of the span; return all rows, ordered by entry."""
        block, lane = np.nonzero(self._state[:, columns.OPEN, :])
        open_rows = np.empty((len(block), columns.N_COLUMN))
        open_rows[:, columns.SATELLITE] = block * LANES + lane
        open_rows[:, columns.ENTER] = self._state[block, columns.ENTER_S, lane]
        open_rows[:, columns.EXIT] = self._end_s
        open_rows[:, columns.UMBRA] = self._state[block, columns.UMBRA_S, lane]
        open_rows[:, columns.DARK] = self._state[block, columns.DARK_S, lane]
        open_rows[:, columns.CUT] = 1.0
        return _ordered(np.concatenate([*self._rows, open_rows]))


def _ordered(rows: Floats) -> Floats:
    rows = rows[rows[:, columns.EXIT] > rows[:, columns.ENTER]]
    ordered: Floats = rows[np.lexsort((rows[:, columns.SATELLITE], rows[:, columns.ENTER]))]
    return ordered


def _beta_rad(chunk: Chunk, every: int) -> Floats:
    """Return beta (s, n) at every so many nodes of a chunk, and at its last."""
    at = np.unique(np.append(np.arange(0, chunk.grid.n, every), chunk.grid.n - 1))
    n = len(chunk.ephemeris.satellites)
    return beta_rad(unpack(chunk.r_km[:, at], n), unpack(chunk.v_km_per_s[:, at], n), chunk.sun_km[at])


def find_eclipses(
    satellites: Sequence[Satellite],
    start: datetime,
    duration_s: float,
    shadow: Shadow = "oblate-cone",
    *,
    step_s: float | None = None,
    propagate: Propagator = propagate_bulk,
) -> Eclipses:
    """Find every passage of every satellite through the Earth's shadow.

    Parameters
    ----------
    satellites : sequence of Satellite (s,)
        Whose eclipses.
    start : datetime
        First instant, UTC.
    duration_s : float [s]
        Length of the span.
    shadow : str
        Definition of the shadow, one of `kernels.shadow.SHADOWS`.
    step_s : float, optional [s]
        Longest step of the grid between whose nodes edges are refined; by default that of `chunks.by_step`,
        which keeps them within 1 ms.
    propagate : callable
        Satellites and grid to an `Ephemeris`.

    Returns
    -------
    Eclipses

    Raises
    ------
    InputError
        Unknown shadow, empty span, or a time the Sun's ephemeris does not cover.

    Assumptions
    -----------
    No refraction by the atmosphere. Eclipses under way at an edge are kept, cut there and marked.

    Source
    ------
    Montenbruck and Gill, Satellite Orbits, section 3.4.2; edges as roots on quintic arcs between nodes.

    Examples
    --------
    >>> from datetime import UTC
    >>> from .elements import synthetic
    >>> noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    >>> body = synthetic("a", noon, 7128137.0, 1.7177, 1.57)
    >>> found = find_eclipses([body], noon, 7200.0, "cone")
    >>> len(found), found.shadow
    (1, 'cone')
    """
    n = len(satellites)
    dark_s, alive_s = np.zeros(n), np.zeros(n)
    beta_min, beta_max = np.full(n, np.nan), np.full(n, np.nan)
    found = []
    for which, longest_s in by_step(satellites, step_s):
        search = EclipseSearch(len(which), shadow)
        grid = span_grid(start, duration_s, longest_s)
        every = max(1, round(_BETA_EVERY_S / grid.step_s))
        for chunk in chunks([satellites[i] for i in which], grid, propagate):
            step_dark_s = search.extend(chunk)
            dark_s[which] += np.nansum(step_dark_s, axis=1).reshape(-1)[: len(which)]
            alive_s[which] += np.sum(np.isfinite(step_dark_s), axis=1).reshape(-1)[: len(which)] * grid.step_s
            beta = _beta_rad(chunk, every)
            beta_min[which] = np.fmin(beta_min[which], np.fmin.reduce(beta, axis=1))
            beta_max[which] = np.fmax(beta_max[which], np.fmax.reduce(beta, axis=1))
        part = search.finish()
        part[:, columns.SATELLITE] = which[part[:, columns.SATELLITE].astype(np.int64)]
        found.append(part)
    rows = _ordered(np.concatenate([np.empty((0, columns.N_COLUMN)), *found]))
    satellite = rows[:, columns.SATELLITE].astype(np.int64)
    longest, longest_umbra = np.zeros(n), np.zeros(n)
    np.maximum.at(longest, satellite, rows[:, columns.EXIT] - rows[:, columns.ENTER])
    np.maximum.at(longest_umbra, satellite, rows[:, columns.UMBRA])
    with np.errstate(invalid="ignore"):  # a satellite dead from the start has no share: NaN
        sunlit_frac = 1.0 - dark_s / alive_s
    return Eclipses(
        start=start,
        shadow=shadow,
        satellite=satellite,
        enter_s=rows[:, columns.ENTER],
        exit_s=rows[:, columns.EXIT],
        umbra_s=rows[:, columns.UMBRA],
        clipped=rows[:, columns.CUT] > 0.0,
        sunlit_frac=sunlit_frac,
        n_eclipses=np.bincount(satellite, minlength=n).astype(np.int64),
        max_eclipse_s=longest,
        max_umbra_s=longest_umbra,
        beta_min_deg=np.degrees(beta_min),
        beta_max_deg=np.degrees(beta_max),
    )
