"""Earliest deadline first or, where that is worth more, dearest first: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np

from ...workload import Jobs
from ..placing import by_key, place, ranked_by
from ..schedule import NOWHERE, Schedule
from ..sites import Sites
from ..terms import terms
from .preference import nearness, side_rank

PREFERENCE = {
    "hot": (("east", "west"), ("orbit",)),
    "warm": (("west",), ("east",), ("orbit",)),
    "cold": (("orbit",), ("west",), ("east",)),
    "space": (("orbit",),),
}
"""Groups of sides in the order tried, the nearest site of a group first: hot work stays near its users, cold
work goes up or west, data taken in orbit stays there."""


def greedy(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline or, where that is worth more, dearest first, each on its first fit.

    Sites are tried in the order of `PREFERENCE`. Earliest deadline first wastes least; once work must be
    turned away it turns away the wrong jobs, so the plan is then made again by value per operation (ties by
    deadline), and the one that completes more value is kept.

    Parameters
    ----------
    jobs : of one window.
    sites : with their capacity in each slot of that window.

    Returns
    -------
    Schedule.

    Source
    ------
    Jackson, Management Science Research Report 43, UCLA (1955): earliest deadline first; Dantzig, Operations
    Research 5 (1957) 266: value density.

    Examples
    --------
    `POLICIES["greedy"](jobs, sites).n_by_outcome(jobs)`.
    """
    given = terms(jobs, sites)
    ranked = ranked_by(sites, given.allowed, side_rank(jobs, sites, PREFERENCE), nearness(jobs, sites))
    past_last = given.release + given.span
    _, cheapness = np.unique(-jobs.value, return_inverse=True)
    by_deadline = past_last * (cheapness.max(initial=0) + 1) + cheapness
    plan = place("greedy", jobs, sites, given, by_key(jobs, by_deadline), ranked)
    if np.all(plan.site != NOWHERE) or not np.any(cheapness):
        return plan
    by_value = cheapness * (past_last.max() + 1) + past_last
    other = place("greedy", jobs, sites, given, by_key(jobs, by_value), ranked)
    return other if other.completed_value(jobs) > plan.completed_value(jobs) else plan
