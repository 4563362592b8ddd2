"""East Data, West Compute, with and without orbit: hot near its users, cold west: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np

from ...workload import Jobs
from ..placing import by_key, place, ranked_by
from ..schedule import Schedule
from ..sites import Sites
from ..terms import terms
from .preference import Preference, nearness, side_rank

PLAN: Preference = {
    "hot": (("east", "west"),),
    "warm": (("east", "west"),),
    "cold": (("west",), ("east",)),
    "space": (("orbit",),),
}
"""Groups of sides in the order tried, the nearest site of a group first; data taken in orbit stays there."""

PLAN_WITH_ORBIT: Preference = {
    "hot": (("east", "west"), ("orbit",)),
    "warm": (("east", "west"), ("orbit",)),
    "cold": (("orbit",), ("west",), ("east",)),
    "space": (("orbit",),),
}
"""The same with cold work offered to orbit before it goes west, and what the ground cannot hold after it."""


def east_west(jobs: Jobs, sites: Sites) -> Schedule:
    """Keep hot and warm work near its users and send cold work west, by the plan's pairs of regions first.

    Parameters
    ----------
    jobs, sites : of one window; `sites.paired` names the western site of each city, for Beijing that of Inner
        Mongolia.

    Returns
    -------
    Schedule, jobs by earliest deadline.

    Source
    ------
    National Development and Reform Commission, replies on the computing hubs (2021-22).

    Examples
    --------
    `POLICIES["east-west"](jobs, sites)`.
    """
    return _planned("east-west", PLAN, jobs, sites)


def east_west_orbit(jobs: Jobs, sites: Sites) -> Schedule:
    """Keep hot and warm work near its users and send cold work up, then west by the plan's pairs.

    Parameters, returns, source and example as of `east_west`.
    """
    return _planned("east-west-orbit", PLAN_WITH_ORBIT, jobs, sites)


def _planned(name: str, preference: Preference, jobs: Jobs, sites: Sites) -> Schedule:
    given = terms(jobs, sites)
    side = side_rank(jobs, sites, preference)
    cold = np.array([temperature == "cold" for temperature in jobs.temperature], np.bool_)
    paired = np.repeat(cold, len(jobs.cities))[:, None] & np.tile(sites.paired, (len(cold), 1))
    ranked = ranked_by(
        sites, given.allowed & np.isfinite(side), side, np.where(paired, 0.0, 1.0), nearness(jobs, sites)
    )
    return place(name, jobs, sites, given, by_key(jobs, given.release + given.span), ranked)
