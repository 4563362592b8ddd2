"""A plan that no order of the input changes: jobs and sites sorted, planned, and put back in their places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..workload import Jobs
from .placing import first_come
from .schedule import NOWHERE, Schedule
from .sites import Sites

Planner = Callable[[Jobs, Sites], Schedule]


def in_canonical_order(planner: Planner, jobs: Jobs, sites: Sites) -> Schedule:
    """Return the plan made of jobs in order of arrival and content, orbital centres and hubs by name.

    Sums and the solver's choice among equal solutions follow the order of rows; the order in which somebody
    happens to list jobs or sites must not.
    """
    sorted_already = bool(np.all(np.diff(jobs.arrival_s) > 0.0))
    job_order = np.arange(jobs.n_entries) if sorted_already else np.lexsort(first_come(jobs))
    site_order = np.lexsort((np.array(sites.names), np.arange(len(sites.names)) >= sites.n_orbit))
    plan = planner(jobs.take(job_order), sites.take(site_order))
    job_place, site_place = np.argsort(job_order), np.argsort(site_order)
    site = plan.site[job_place]
    return replace(
        plan,
        site=np.where(site != NOWHERE, site_order[site], NOWHERE),
        start_slot=plan.start_slot[job_place],
        end_slot=plan.end_slot[job_place],
        outcome=plan.outcome[job_place],
        reason=plan.reason[job_place],
        used_op=plan.used_op[site_place],
        used_up_bit=plan.used_up_bit[site_place],
        used_down_bit=plan.used_down_bit[site_place],
        share_frac=plan.share_frac[site_place[: sites.n_orbit]],
    )
