"""Who decides what runs where: jobs and sites → schedule, its share of the possible, orbit's losses."""

from collections.abc import Callable

from ..workload import Jobs
from .bound import Bound, bound, bound_share_frac
from .greedy import greedy
from .losses import OrbitUse, orbit_use
from .schedule import NOWHERE, OUTCOMES, REASONS, Schedule, check
from .sites import ORBIT, Sites, sites_of

Policy = Callable[[Jobs, Sites], Schedule]
"""A policy sees the jobs of one window and the sites, and returns the whole plan."""

POLICIES: dict[str, Policy] = {"greedy": greedy}

__all__ = [
    "NOWHERE",
    "ORBIT",
    "OUTCOMES",
    "POLICIES",
    "REASONS",
    "Bound",
    "OrbitUse",
    "Policy",
    "Schedule",
    "Sites",
    "bound",
    "bound_share_frac",
    "check",
    "greedy",
    "orbit_use",
    "sites_of",
]
