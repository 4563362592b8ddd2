"""Hot, warm or cold: how often data is used and how soon its answer is due → temperature class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ..constants import DAY_S
from ..errors import InputError, Problem


@dataclass(frozen=True)
class Thresholds:
    """Where hot ends and cold begins.

    The plan names the classes but no figures, and no Chinese standard gives any. These are estimates: 0.1 s
    is the server bound of an interactive answer (MLPerf Inference rules: 15 to 250 ms), a minute is past any
    user's patience; data used daily is live, data not used for 90 days is archived by common storage tiers.
    """

    hot_latency_s: float = 0.1
    """Answers due at least this soon are hot whatever their use."""
    cold_latency_s: float = 60.0
    """Only answers that may take this long can be cold."""
    hot_access_per_day: float = 1.0
    """Data used at least this often is never cold."""
    cold_access_per_day: float = 1.0 / 90.0
    """Data used at most this often is cold if its answer may wait."""


ESTIMATED = Thresholds()


def classify(
    access_per_day: float, latency_s: float, thresholds: Thresholds = ESTIMATED
) -> Literal["hot", "warm", "cold"]:
    """Return the temperature of data from its use and from the latency its users need.

    Parameters
    ----------
    access_per_day : mean uses a day [1/d], >= 0.
    latency_s : longest time from request to response [s], > 0.
    thresholds : the limits of the classes.

    Returns
    -------
    `hot`: due within the hot latency, or used at least daily and due within the cold latency.
    `cold`: may take longer than the cold latency, and is rarely used or may even wait a day.
    `warm`: everything between.

    Raises
    ------
    InputError for a negative or non-finite frequency, or a latency that is not positive.

    Assumptions
    -----------
    Frequency and latency decide alone; volume and legal place of storage do not count.

    Source
    ------
    National Development and Reform Commission, computing-hub plan (2021): the notion of hot and cold data;
    thresholds: estimates, see `Thresholds`.

    >>> classify(500.0, 0.02), classify(0.2, 5.0), classify(0.001, 3600.0)
    ('hot', 'warm', 'cold')
    """
    if not (access_per_day >= 0.0 and math.isfinite(access_per_day)):
        raise InputError(Problem("access_per_day", f"{access_per_day:g}", "a finite frequency >= 0 per day"))
    if not latency_s > 0.0:
        raise InputError(Problem("latency_s", f"{latency_s:g}", "a latency > 0 s"))
    if latency_s <= thresholds.hot_latency_s:
        return "hot"
    if latency_s < thresholds.cold_latency_s:
        return "hot" if access_per_day >= thresholds.hot_access_per_day else "warm"
    if access_per_day <= thresholds.cold_access_per_day or latency_s >= DAY_S:
        return "cold"
    return "warm"
