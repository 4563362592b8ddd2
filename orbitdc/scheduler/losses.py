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
    """Idle because data could not pass: the same policy would use it if the links had no limit."""
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
    The link's share is a counterfactual: the same policy on the same jobs, nothing limiting the links.

    Examples
    --------
    `orbit_use(POLICIES[schedule.policy], jobs, sites, schedule).link_op`.
    """
    orbit = slice(sites.n_orbit)
    capacity = float(sites.op[orbit].sum())
    delivered = float(schedule.used_op[orbit].sum())
    if not sites.linked[orbit].any():
        return OrbitUse(delivered, 0.0, capacity - delivered)
    unlimited = np.full_like(sites.op, np.inf)
    freed = policy(jobs, replace(sites, up_bit=unlimited, down_bit=unlimited))
    link = float(np.clip(freed.used_op[orbit].sum() - delivered, 0.0, capacity - delivered))
    return OrbitUse(delivered, link, capacity - delivered - link)
