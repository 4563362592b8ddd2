"""Policies by name, one file each: jobs and sites → schedule."""

from collections.abc import Callable

from ...workload import Jobs
from ..schedule import Schedule
from ..sites import Sites
from .greedy import greedy

Policy = Callable[[Jobs, Sites], Schedule]
"""A policy sees the jobs of one window and the sites, and returns the whole plan."""

POLICIES: dict[str, Policy] = {"greedy": greedy}

__all__ = ["POLICIES", "Policy"]
