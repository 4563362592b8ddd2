"""What no policy can beat: jobs and sites → the most value that fits, and a schedule's share of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvariantError
from ..workload import Jobs
from .prices import Prices, costs, divide, limit_op
from .schedule import ROUNDING, Schedule
from .sites import Sites
from .terms import terms
from .whole import whole_limit_op


@dataclass(frozen=True)
class Bound:
    """Upper limit of the value of work completed on time, given the sites' capacity."""

    value_op: float
    """Useful operations weighted by their worth [op]."""
    all_op: float
    """The same for every job submitted [op]."""


def bound(jobs: Jobs, sites: Sites) -> Bound:
    """Return the most value of on-time work that the sites could hold.

    A linear programme prices the capacity of each site and slot and the bits of each link; each job is then
    weighed at these prices with its own release, deadline, width, data and latency. Every rule that is left
    out only makes the true optimum smaller, and the limit holds whatever prices the solver finds. Few jobs
    are also told apart whole, by branch and bound.

    Parameters
    ----------
    jobs, sites : as given to a policy. Capacity is that of the envelope: a bound given the envelope policy.

    Returns
    -------
    Bound.

    Assumptions
    -----------
    Relaxed: runs without a gap and, of many jobs, that they are whole, have one site each, and that data
    precedes work and output follows it.

    Source
    ------
    `prices.limit_op`: weak duality; `whole.whole_limit_op`: mixed integer programme.

    Examples
    --------
    `bound_share_frac(jobs, sites, schedule)` divides what a schedule achieves by it.
    """
    given = terms(jobs, sites)
    free = Prices.none(sites)
    alone = costs(jobs, sites, given, free)
    limit = limit_op(jobs, sites, free, alone)
    if limit > 0.0:
        prices = divide(jobs, sites, given, alone).prices
        limit = min(limit, limit_op(jobs, sites, prices, costs(jobs, sites, given, prices)))
        limit = min(limit, whole_limit_op(jobs, sites, given, alone))
    return Bound(limit, float(jobs.value @ jobs.work_op))


def bound_share_frac(jobs: Jobs, sites: Sites, schedule: Schedule) -> float:
    """Return what a schedule achieves over what no schedule can beat; 1 if nothing can be achieved.

    Raises
    ------
    InvariantError if the schedule beats the bound: one of the two is wrong.
    """
    limit = min(bound(jobs, sites).value_op, schedule.limit_op)
    achieved = schedule.completed_value(jobs)
    if achieved > limit * (1.0 + ROUNDING):
        raise InvariantError(f"policy '{schedule.policy}': {achieved:.9g} op of {limit:.9g} op possible")
    return min(1.0, achieved / limit) if limit > 0.0 else 1.0
