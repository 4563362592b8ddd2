"""Where orbit's capacity went: jobs, sites, schedule → done, blocked by the link, without work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..workload import Jobs
from .schedule import Schedule
from .sites import Sites

if TYPE_CHECKING:
    from .policies import Policy


@dataclass(frozen=True)
class OrbitUse:
    """Operations of the orbital centres in one window; the three add up to their capacity."""

    delivered_op: float
    """Done."""
    link_op: float
    """Idle because data could not pass: the same policy would use it as well if the links had no limit."""
    queue_op: float
    """Idle because no job could use it."""


def orbit_use(policy: Policy, jobs: Jobs, sites: Sites, schedule: Schedule) -> OrbitUse:
    """Split the capacity of the orbital centres into work done, work the links kept away, and no work.

    Parameters
    ----------
    policy, jobs, sites, schedule : the schedule and what made it.

    Returns
    -------
    OrbitUse.

    Assumptions
    -----------
    The link's share is a counterfactual: what is in orbit stays there; the same policy plans all other jobs
    anew on the ground, its fibre theirs alone, and in what is idle in orbit, nothing limiting orbit's links.

    Examples
    --------
    `orbit_use(POLICIES[schedule.policy], jobs, sites, schedule).link_op`.
    """
    orbit = slice(sites.n_orbit)
    capacity = float(sites.op[orbit].sum())
    delivered = float(schedule.used_op[orbit].sum())
    if not sites.linked[orbit].any():
        return OrbitUse(delivered, 0.0, capacity - delivered)
    elsewhere = np.flatnonzero((schedule.site < 0) | (schedule.site >= sites.n_orbit))
    idle_op, unlimited = sites.op.copy(), np.full_like(sites.op, np.inf)
    idle_op[orbit] = np.maximum(sites.op[orbit] - schedule.used_op[orbit], 0.0)
    freed = policy(jobs.take(elsewhere), replace(sites, op=idle_op, up_bit=unlimited, down_bit=unlimited))
    link = min(float(freed.used_op[orbit].sum()), capacity - delivered)
    return OrbitUse(delivered, link, capacity - delivered - link)
