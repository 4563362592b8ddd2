"""Hot, warm or cold: how often data is used and how soon its answer is due → temperature class."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..constants import DAY_S
from ..errors import InputError, Problem, nearest
from ..scenario.quantities import show

if TYPE_CHECKING:
    from ..scenario.models import Scenario, Workload

Temperature = Literal["hot", "warm", "cold", "space"]

Classify = Callable[[float, float], str]
"""Uses of the data in a day and the longest latency [s] → hot, warm, cold or space."""

WARMTHS = ("hot", "warm", "cold", "space")


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

    @classmethod
    def of(cls, workload: Workload) -> Thresholds:
        """Return the limits that a scenario sets."""
        return cls(
            hot_latency_s=workload.hot_latency_s,
            cold_latency_s=workload.cold_latency_s,
            hot_access_per_day=workload.hot_access_per_day,
            cold_access_per_day=workload.cold_access_per_day,
        )


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


def temperatures(scenario: Scenario) -> dict[str, str]:
    """Return the temperature of each job class: its own, or the one that its access and latency give.

    Parameters
    ----------
    scenario : gives the classes and, in `workload`, the thresholds.

    Returns
    -------
    Name of the class → hot, warm, cold or space.

    Examples
    --------
    >>> import orbitdc
    >>> scenario = orbitdc.load("beijing-2035")
    >>> temperatures(scenario)["ai-inference"], temperatures(scenario)["backup"]
    ('hot', 'cold')
    """
    thresholds = Thresholds.of(scenario.workload)
    return {
        name: job.temperature or classify(job.access_per_day or 0.0, job.latency_s, thresholds)
        for name, job in scenario.job.items()
    }


def classified(scenario: Scenario, function: Classify) -> Scenario:
    """Return the scenario with the temperature of its classes decided by a function of the user.

    It is asked about every class that states its access; those that state a temperature keep it. The answers
    become part of the scenario, so that the run folder repeats them without the function.

    Parameters
    ----------
    scenario : stays as it is.
    function : (uses a day, longest latency [s]) → `hot`, `warm`, `cold` or `space`.

    Returns
    -------
    Scenario.

    Raises
    ------
    InputError if the function returns anything else.

    Examples
    --------
    >>> import orbitdc
    >>> scenario = orbitdc.load("beijing-2035")
    >>> colder = classified(scenario, lambda access_per_day, latency_s: "cold" if latency_s > 1.0 else "hot")
    >>> scenario.job["analytics"].temperature, temperatures(scenario)["analytics"]
    (None, 'warm')
    >>> temperatures(colder)["analytics"]
    'cold'
    """
    answers = {
        name: function(job.access_per_day, job.latency_s)
        for name, job in scenario.job.items()
        if job.access_per_day is not None
    }
    problems = [
        Problem(
            f"job.{name}.temperature", show(answer), ", ".join(WARMTHS), nearest(str(answer)[:80], WARMTHS)
        )
        for name, answer in answers.items()
        if answer not in WARMTHS
    ]
    if problems:
        raise InputError(*problems)
    jobs = {
        name: job.model_copy(update={"temperature": answers[name], "access_per_day": None})
        if name in answers
        else job
        for name, job in scenario.job.items()
    }
    return scenario.model_copy(update={"job": jobs})
