"""Policies by name, one file each: jobs and sites → schedule."""

from collections.abc import Callable

from ...workload import Jobs
from ..schedule import Schedule
from ..sites import Sites
from .carbon import carbon
from .east_west import east_west, east_west_orbit
from .greedy import greedy
from .market import market
from .optimal import optimal
from .price import price

Policy = Callable[[Jobs, Sites], Schedule]
"""A policy sees the jobs of one window and the sites, and returns the whole plan."""

POLICIES: dict[str, Policy] = {
    "market": market,
    "east-west": east_west,
    "east-west-orbit": east_west_orbit,
    "greedy": greedy,
    "carbon": carbon,
    "price": price,
    "optimal": optimal,
}

# it reads the table above
from .own import policy_of  # noqa: E402

__all__ = ["POLICIES", "Policy", "policy_of"]
