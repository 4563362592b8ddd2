"""Rhythm: profile of day and week, growth, satellites in service → how much demand falls when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import JULIAN_YEAR_S

if TYPE_CHECKING:
    from ..scenario.models import Batch, Job, Phase, Profile, Scenario

Floats = NDArray[np.float64]

HOUR_S = 3600.0
CLOCK_AHEAD_H = {"UTC": 0, "UTC+8": 8}
EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday, counted from Monday = 0."""
SATURDAY = 5


@dataclass(frozen=True)
class Rhythm:
    """How demand is spread over a stretch of time; axis: ends of pieces of steady demand."""

    time_s: Floats
    """Since the start of the stretch [s], from 0 to its length."""
    share: Floats
    """Demand up to then over the whole stretch, from 0 to 1."""

    def times(self, share: Floats) -> Floats:
        """Return when these shares of the demand have come [s].

        Notes
        -----
        The time change that makes a steady Poisson process one of changing rate: Kingman, Poisson Processes
        (1993), §4.5, the mapping theorem.

        >>> Rhythm(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.75, 1.0])).times(np.array([0.375, 0.875]))
        array([0.5, 1.5])
        """
        return np.interp(share, self.share, self.time_s)


def rhythm(profile: Profile | None, start: datetime, duration_s: float) -> Rhythm:
    """Return how demand of a profile is spread over a stretch that starts at a date.

    Parameters
    ----------
    profile : of the class; None for steady demand.
    start : UTC; the hour and the weekday of the profile's clock follow from it.
    duration_s : length of the stretch [s], > 0.

    Returns
    -------
    Rhythm.

    Assumptions
    -----------
    Demand is steady within an hour; public holidays are days like others. A stretch on days without any
    demand, such as a Sunday that stands for a month, keeps the hours of the profile.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> night = N(hours=(3.0,) * 12 + (1.0,) * 12, clock="UTC", weekend=1.0)
    >>> start = datetime.fromisoformat("2035-01-01T00:00:00Z")
    >>> float(rhythm(night, start, 86400.0).times(np.array([0.5]))[0])
    28800.0
    """
    if profile is None:
        return Rhythm(np.array([0.0, duration_s]), np.array([0.0, 1.0]))
    edge_s, hourly, daily = _pieces(profile, start, duration_s)
    demand = hourly * daily * np.diff(edge_s)
    if not demand.any():
        demand = hourly * np.diff(edge_s)
    if not demand.any():
        return rhythm(None, start, duration_s)
    come = np.concatenate([[0.0], np.cumsum(demand)])
    return Rhythm(edge_s, come / come[-1])


def level(scenario: Scenario, phase: Phase, job: Job, start: datetime, end: datetime) -> float:
    """Return the mean demand of a stretch of a phase over the phase's mean.

    Parameters
    ----------
    scenario : gives the profiles and, with its batches, the satellites in service.
    phase : the stretch lies in it.
    job : class of work.
    start, end : UTC; the stretch.

    Returns
    -------
    Factor, >= 0. Growth and satellites average to 1 over the phase, weekdays over whole weeks.

    Assumptions
    -----------
    Growth is exponential. Satellites serve from launch to the end of their lifetime, as planned.

    Source
    ------
    Mean of exp(r t) from a to b: (exp(r b) - exp(r a)) / (r (b - a)).

    Examples
    --------
    Demand that doubles in a year is 2 (sqrt 2 - 1) of its mean in one half, 2 (2 - sqrt 2) in the other:

    >>> from types import SimpleNamespace as N
    >>> year = N(start=datetime.fromisoformat("2030-01-01T00:00:00Z"),
    ...          end=datetime.fromisoformat("2031-01-01T06:00:00Z"))
    >>> job = N(profile=None, per_satellite=False, growth_per_yr_frac=1.0)
    >>> middle = datetime.fromisoformat("2030-07-02T15:00:00Z")
    >>> halves = level(N(), year, job, year.start, middle), level(N(), year, job, middle, year.end)
    >>> [round(half, 4) for half in halves]
    [0.8284, 1.1716]
    """
    of_weekdays = 1.0
    if job.profile is not None:
        length_s = (end - start).total_seconds()
        edge_s, hourly, daily = _pieces(scenario.profile[job.profile], start, length_s)
        of_weekdays = float((hourly * daily) @ np.diff(edge_s)) / length_s
    if job.per_satellite:
        usual = _mean_takers(scenario, phase.start, phase.end)
        return of_weekdays * (_mean_takers(scenario, start, end) / usual if usual > 0.0 else 0.0)
    rate_per_yr = math.log1p(job.growth_per_yr_frac)
    usual = _mean_growth(rate_per_yr, phase.start, phase.start, phase.end)
    return of_weekdays * _mean_growth(rate_per_yr, phase.start, start, end) / usual


def _pieces(profile: Profile, start: datetime, duration_s: float) -> tuple[Floats, Floats, Floats]:
    """Return ends of hours within a stretch [s], and the demand by hour and by weekday over the mean's."""
    clock_s = start.timestamp() + CLOCK_AHEAD_H[profile.clock] * HOUR_S
    hour = np.arange(math.floor(clock_s / HOUR_S), math.ceil((clock_s + duration_s) / HOUR_S))
    edge_s = np.clip(np.append(hour, hour[-1] + 1) * HOUR_S - clock_s, 0.0, duration_s)
    by_hour = np.array(profile.hours) / np.mean(profile.hours)
    weekday = (hour // 24 + EPOCH_WEEKDAY) % 7
    workday = (7.0 - 2.0 * profile.weekend) / 5.0
    return edge_s, by_hour[hour % 24], np.where(weekday >= SATURDAY, profile.weekend, workday)


def _mean_growth(rate_per_yr: float, origin: datetime, start: datetime, end: datetime) -> float:
    """Return the mean of exp(rate x time since the origin) over a stretch."""
    first = rate_per_yr * (start - origin).total_seconds() / JULIAN_YEAR_S
    span = rate_per_yr * (end - start).total_seconds() / JULIAN_YEAR_S
    return math.exp(first) * (math.expm1(span) / span if span else 1.0)


def _mean_takers(scenario: Scenario, start: datetime, end: datetime) -> float:
    """Return the mean number of compute satellites in service over a stretch."""
    serving: dict[object, list[Batch]] = {}
    for phase in scenario.phase:
        for batch in phase.batch:
            if batch.role == "compute":
                orbit = batch.orbit
                docked = orbit.pattern == "docked"
                centre = (orbit.altitude_m, orbit.ltan_h, orbit.phase_rad) if docked else batch.name
                serving.setdefault(centre, []).append(batch)
    taken_s = 0.0
    for batches in serving.values():
        first = max(start, min(batch.launch for batch in batches))
        last = min(end, max(batch.launch + timedelta(seconds=batch.lifetime_s) for batch in batches))
        n = 1 if batches[0].orbit.pattern == "docked" else batches[0].count
        taken_s += n * max(0.0, (last - first).total_seconds())
    return taken_s / (end - start).total_seconds()
