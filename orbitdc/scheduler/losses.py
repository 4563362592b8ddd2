"""Where orbit's capacity went: jobs, sites, schedule → done, blocked by the link, without work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..workload import Jobs
from .schedule import Schedule
from .sites import ORBIT, Sites

if TYPE_CHECKING:
    from . import Policy


@dataclass(frozen=True)
class OrbitUse:
    """Operations of the constellation in one window; the three add up to its capacity."""

    delivered_op: float
    """Done."""
    link_op: float
    """Idle because data could not pass: the same policy would use it if the link had no limit."""
    queue_op: float
    """Idle because no job could use it."""


def orbit_use(policy: Policy, jobs: Jobs, sites: Sites, schedule: Schedule) -> OrbitUse:
    """Split the constellation's capacity into work done, work the link kept away, and no work.

    Parameters
    ----------
    policy, jobs, sites, schedule : the schedule and what made it.

    Returns
    -------
    OrbitUse.

    Assumptions
    -----------
    The link's share is a counterfactual: the same policy on the same jobs, the link large enough for all.

    Examples
    --------
    `orbit_use(POLICIES[schedule.policy], jobs, sites, schedule).link_op`.
    """
    capacity = float(sites.op[ORBIT].sum())
    delivered = float(schedule.used_op[ORBIT].sum())
    enough = np.full(sites.n_slots, 1.0 + float((jobs.input_bit + jobs.output_bit).sum()))
    unlimited = policy(jobs, replace(sites, link_bit=enough))
    link = float(np.clip(unlimited.used_op[ORBIT].sum() - delivered, 0.0, capacity - delivered))
    return OrbitUse(delivered, link, capacity - delivered - link)
