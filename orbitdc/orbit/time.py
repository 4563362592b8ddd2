"""Time: UTC in, ISO 8601 with Z out, and the uniform grids everything is computed on."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S, TAU
from ..errors import InputError, Problem

Floats = NDArray[np.float64]

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?Z")


def parse_utc(text: str, place: str) -> datetime:
    """Return the UTC instant written as ISO 8601 with Z; naive and local times are refused.

    >>> parse_utc("2026-08-23T00:00:00Z", "--start").isoformat()
    '2026-08-23T00:00:00+00:00'
    """
    problem = Problem(place, repr(text), "an instant in UTC with Z", "write it like 2026-08-23T00:00:00Z")
    if not _ISO.fullmatch(text.strip()):
        raise InputError(problem)
    try:
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).astimezone(UTC)
    except ValueError as error:
        raise InputError(problem) from error


def format_utc(instant: datetime) -> str:
    """Return ISO 8601 with six decimals and Z, the only way a time leaves the program.

    >>> format_utc(datetime(2026, 8, 23, tzinfo=UTC))
    '2026-08-23T00:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@functools.cache
def timescale() -> Any:
    """Return Skyfield's builtin timescale, read once from the package's own files, never downloaded."""
    from skyfield.api import load

    return load.timescale(builtin=True)


@dataclass(frozen=True)
class TimeGrid:
    """Uniform instants `start + k * step_s`, k = 0 .. n-1, in UTC (no leap second is assumed inside).

    One grid carries one shared Skyfield `Time`: a new one per satellite costs 65 times more.
    """

    start: datetime
    step_s: float
    n: int

    @classmethod
    def span(cls, start: datetime, duration_s: float, step_s: float) -> TimeGrid:
        """Return the grid whose nodes cover `start` .. `start + duration_s`, both ends included."""
        return cls(start, step_s, math.ceil(duration_s / step_s - 1e-9) + 1)

    def part(self, first: int, n: int) -> TimeGrid:
        """Return `n` instants of this grid from number `first` on."""
        return TimeGrid(self.start + timedelta(seconds=first * self.step_s), self.step_s, n)

    @property
    def end(self) -> datetime:
        """The last instant."""
        return self.at(self.step_s * (self.n - 1))

    def at(self, offset_s: float) -> datetime:
        """Return the instant `offset_s` after the start, to the microsecond."""
        return self.start + timedelta(microseconds=round(offset_s * 1e6))

    @functools.cached_property
    def offset_s(self) -> Floats:
        """Seconds since the start, shape (n,)."""
        offset_s: Floats = np.arange(self.n, dtype=np.float64) * self.step_s
        return offset_s

    @functools.cached_property
    def jd_utc(self) -> tuple[Floats, Floats]:
        """UTC Julian date split in midnight-based whole (....5) and fraction, shape (n,) each, for SGP4."""
        midnight = self.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        whole_0 = midnight.toordinal() + 1721424.5
        seconds = (self.start - midnight).total_seconds() + self.offset_s
        days = np.floor(seconds / DAY_S)
        return whole_0 + days, (seconds - days * DAY_S) / DAY_S

    @functools.cached_property
    def skyfield(self) -> Any:
        """The Skyfield `Time` of the whole grid."""
        whole, fraction = self.jd_utc
        return timescale().tai_jd(whole, fraction + self._leap_days)

    @functools.cached_property
    def gmst_rad(self) -> Floats:
        """Angle from TEME to the rotating Earth: GMST 1982 of UT1, in [0, 2 pi), shape (n,).

        Polar motion is left out, as in Skyfield's default (under 15 m on the ground).
        Source: Vallado et al., AIAA 2006-6753, appendix C; Aoki et al. 1982.
        """
        from skyfield.sgp4lib import theta_GMST1982

        whole, fraction = self.jd_utc
        # UT1 - UTC moves by about 1 ms a day: interpolate between a few Skyfield times.
        nodes = np.unique(np.append(np.arange(0, self.n, max(1, int(21600 / self.step_s))), self.n - 1))
        coarse = timescale().tai_jd(whole[nodes], fraction[nodes] + self._leap_days)
        ut1_minus_utc_d = (coarse.whole - whole[nodes]) + (coarse.ut1_fraction - fraction[nodes])
        offset_d = np.interp(np.arange(self.n), nodes, ut1_minus_utc_d)
        theta_rad, _ = theta_GMST1982(whole, fraction + offset_d)
        return np.asarray(np.mod(theta_rad, TAU), dtype=np.float64)

    @functools.cached_property
    def _leap_days(self) -> float:
        # Skyfield keeps TAI inside: UTC + leap seconds, looked up once per grid (none are announced).
        return float(timescale().utc(self.start)._leap_seconds()) / DAY_S
