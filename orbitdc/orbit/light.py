"""Light on every day: one satellite and a run of days → sunlit share, irradiance and eclipses of each day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S, EARTH_RADIUS_KM, SUN_RADIUS_KM
from ..kernels import eclipse as columns
from .bulk import propagate_bulk
from .chunks import Chunk, Propagator, by_step
from .eclipse import EclipseSearch
from .ephemeris import Satellite
from .sun import beta_rad, solar_flux_w_per_m2, sun_teme_km
from .time import Floats, TimeGrid

if TYPE_CHECKING:
    from ..scenario.models import Shadow

_EARTH_GM_KM3_PER_S2 = 398600.4418  # WGS84, NIMA TR8350.2
_COARSE_S = 3600.0
_DAYS_AT_ONCE = 16
_STEPS_AT_ONCE = 2  # an edge may be 1 ms off here: nodes twice as far apart as where passes are looked for
# Beyond the closed form of a circular orbit: oblateness turns directions by up to f/2 (0.1 deg) and moves the
# limb by less, short-period motion lifts or lowers the orbit by some 20 km.
_SAFE_RAD = np.radians(0.5)
_SAFE_KM = 30.0


@dataclass(frozen=True)
class DailyLight:
    """Light of one satellite on each day (d,), the days counted in 24 h from `first_day`.

    `sunlit_frac`: time mean of the visible share of the Sun's disc; `flux_w_per_m2`: mean irradiance on a
    plane facing a visible Sun; `beta_deg`: at the middle of the day; `n_eclipses`, `max_eclipse_s`,
    `max_umbra_s`: of the eclipses that begin on the day. A day on which the satellite is dead is NaN, and
    so is its share of light.
    """

    first_day: datetime
    shadow: Shadow
    sunlit_frac: Floats
    flux_w_per_m2: Floats
    beta_deg: Floats
    n_eclipses: NDArray[np.int64]
    max_eclipse_s: Floats
    max_umbra_s: Floats

    @property
    def day(self) -> tuple[datetime, ...]:
        """The instant each day begins (d,)."""
        return tuple(self.first_day + timedelta(days=i) for i in range(len(self.sunlit_frac)))

    def between(self, start: datetime, end: datetime) -> DailyLight:
        """Return the days that overlap a span, at least one."""
        first = max(0, int((start - self.first_day).total_seconds() // DAY_S))
        last = -int(-(end - self.first_day).total_seconds() // DAY_S)
        part = slice(first, max(first + 1, last))
        return DailyLight(
            self.first_day + timedelta(days=first),
            self.shadow,
            self.sunlit_frac[part],
            self.flux_w_per_m2[part],
            self.beta_deg[part],
            self.n_eclipses[part],
            self.max_eclipse_s[part],
            self.max_umbra_s[part],
        )

    def cycled(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Return the eclipses from start to end, and the mean of the longest of each day that has any [s].

        Days before the first known one count at the mean rate of those known.
        """
        known = self.between(max(start, self.first_day), max(end, self.first_day))
        dark = known.n_eclipses > 0
        n_known = float(known.n_eclipses.sum())
        days = max((end - start).total_seconds(), 0.0) / DAY_S
        longest_s = float(known.max_eclipse_s[dark].mean()) if dark.any() else 0.0
        return n_known * max(
            1.0, days / len(known.n_eclipses)
        ) if start < self.first_day else n_known, longest_s


def daily_light(
    satellite: Satellite,
    first_day: datetime,
    n_days: int,
    shadow: Shadow = "oblate-cone",
    *,
    propagate: Propagator = propagate_bulk,
) -> DailyLight:
    """Return how much Sun a satellite sees on every single day of a long span.

    Parameters
    ----------
    satellite : Satellite
        Stands for its whole plane where the orbit is a maintained ring.
    first_day : datetime
        Beginning of the first day, UTC.
    n_days : int
        Days of 24 h.
    shadow : str
        Definition of the Earth's shadow.
    propagate : callable
        Satellites and grid to an `Ephemeris`.

    Returns
    -------
    DailyLight (d,)

    Raises
    ------
    InputError
        Unknown shadow, or days outside the years of the shipped Sun.

    Assumptions
    -----------
    A day whose Sun stands too far from the orbit plane for any eclipse, by a safe margin, has a share of
    one; on all others every eclipse is found and integrated. The Sun is linear over an hour (1e-7).

    Source
    ------
    An orbit whose lowest point is r meets the shadow only if |beta| < asin(R/r) + the Sun's radius;
    Montenbruck and Gill, section 3.4.

    Examples
    --------
    >>> from datetime import UTC
    >>> from .elements import synthetic
    >>> noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    >>> body = synthetic("a", noon, 7128137.0, 1.7177, 1.57)
    >>> daily_light(body, noon, 2).n_eclipses.tolist()
    [15, 14]
    """
    coarse = TimeGrid(first_day, _COARSE_S, n_days * round(DAY_S / _COARSE_S) + 1)
    sun_km = sun_teme_km(coarse)
    dark_s, alive_s = np.zeros(n_days), np.zeros(n_days)
    n_eclipses = np.zeros(n_days, dtype=np.int64)
    longest_s, longest_umbra_s = np.zeros(n_days), np.zeros(n_days)
    [(_, step_s)] = by_step([satellite])
    step_s *= _STEPS_AT_ONCE
    beta, can_be_dark, alive = _geometry(satellite, coarse, sun_km, propagate)
    for first, n_run in _runs(can_be_dark):
        search = EclipseSearch(1, shadow)
        for at in range(0, n_run, _DAYS_AT_ONCE):
            n_part = min(_DAYS_AT_ONCE, n_run - at)
            chunk = _chunk(satellite, first_day, step_s, first, at, n_part, coarse, sun_km, propagate)
            lost_s = search.extend(chunk)[0, :, 0].reshape(n_part, -1)
            days = slice(first + at, first + at + n_part)
            dark_s[days] = np.nansum(lost_s, axis=1)
            alive_s[days] = np.isfinite(lost_s).sum(axis=1) * step_s
        rows = search.finish()
        day = first + np.minimum((rows[:, columns.ENTER] // DAY_S).astype(np.int64), n_run - 1)
        np.add.at(n_eclipses, day, 1)
        np.maximum.at(longest_s, day, rows[:, columns.EXIT] - rows[:, columns.ENTER])
        np.maximum.at(longest_umbra_s, day, rows[:, columns.UMBRA])
    alive_s[~can_be_dark & alive] = DAY_S
    with np.errstate(invalid="ignore"):
        sunlit_frac = np.where(alive_s > 0.0, 1.0 - dark_s / alive_s, np.nan)
    per_day = round(DAY_S / _COARSE_S)
    flux = solar_flux_w_per_m2(sun_km)
    return DailyLight(
        first_day=first_day,
        shadow=shadow,
        sunlit_frac=sunlit_frac,
        flux_w_per_m2=0.5 * (flux[:-1] + flux[1:]).reshape(n_days, per_day).mean(axis=1),
        beta_deg=np.degrees(beta[per_day // 2 :: per_day]),
        n_eclipses=n_eclipses,
        max_eclipse_s=longest_s,
        max_umbra_s=longest_umbra_s,
    )


def _geometry(
    satellite: Satellite, coarse: TimeGrid, sun_km: Floats, propagate: Propagator
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return beta at the coarse instants, the days that may hold an eclipse, the days lived through."""
    every = 6  # the plane turns slowly: 6 h apart, and the largest turn between two of them is allowed for
    sparse = TimeGrid(coarse.start, every * coarse.step_s, (coarse.n - 1) // every + 1)
    ephemeris = propagate([satellite], sparse)
    r_km, v_km_per_s = ephemeris.r_teme_km[0], ephemeris.v_teme_km_per_s[0]
    at_sparse = beta_rad(r_km, v_km_per_s, sun_km[::every])
    momentum = np.cross(r_km, v_km_per_s)
    radius_km = np.linalg.norm(r_km, axis=-1)
    eccentricity = np.linalg.norm(
        np.cross(v_km_per_s, momentum) / _EARTH_GM_KM3_PER_S2 - r_km / radius_km[:, None], axis=-1
    )
    lowest_km = np.sum(momentum**2, axis=-1) / _EARTH_GM_KM3_PER_S2 / (1.0 + eccentricity) - _SAFE_KM
    sun_rad = SUN_RADIUS_KM / np.linalg.norm(sun_km[::every], axis=-1)
    reach = np.arcsin(np.minimum(1.0, EARTH_RADIUS_KM / np.maximum(lowest_km, 1.0))) + sun_rad + _SAFE_RAD
    turn = np.abs(np.diff(at_sparse))
    near = np.minimum(np.abs(at_sparse[1:]), np.abs(at_sparse[:-1])) - turn
    near = np.where(np.isnan(near), -np.inf, near)
    dark = near < np.fmax(reach[1:], reach[:-1])
    per_day = round(DAY_S / sparse.step_s)
    alive = np.isfinite(at_sparse[:-1]).reshape(-1, per_day).all(axis=1) & np.isfinite(
        at_sparse[per_day::per_day]
    )
    beta = np.interp(coarse.offset_s, sparse.offset_s, at_sparse)
    return beta, dark.reshape(-1, per_day).any(axis=1), alive


def _runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield (first, length) of each stretch of true values."""
    at = 0
    for value, group in itertools.groupby(mask.tolist()):
        n = len(list(group))
        if value:
            yield at, n
        at += n


def _chunk(
    satellite: Satellite,
    first_day: datetime,
    step_s: float,
    run: int,
    at: int,
    n_days: int,
    coarse: TimeGrid,
    sun_km: Floats,
    propagate: Propagator,
) -> Chunk:
    """States of `n_days` days, `at` days into the run that begins on day number `run`."""
    per_day = round(DAY_S / step_s)
    grid = TimeGrid(first_day + timedelta(days=run + at), step_s, n_days * per_day + 1)
    ephemeris = propagate([satellite], grid)
    after_s = (run + at) * DAY_S + grid.offset_s
    sun = np.stack([np.interp(after_s, coarse.offset_s, sun_km[:, axis]) for axis in range(3)], axis=1)
    return Chunk(grid, at * per_day, ephemeris, ephemeris.r_packed_km, ephemeris.v_packed_km_per_s, sun)
