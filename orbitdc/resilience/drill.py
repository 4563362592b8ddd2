"""Drill: jobs, the plan they had and a damage → the plan they get, and what that costs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..scheduler import NOWHERE, Schedule, check
from ..scheduler.schedule import COMPLETED
from ..workload import Jobs

if TYPE_CHECKING:
    from ..scheduler import Policy
    from .damage import Damage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Drill:
    """What an event costs the jobs of its window."""

    availability_frac: float
    """Of the jobs that would be served while it lasts, those that still are, and in time."""
    hot_availability_frac: float
    """The same for hot jobs."""
    n_displaced: int
    """Jobs that would run where and when it strikes."""
    n_late: int
    """Of the displaced that would be in time, those that run late."""
    n_lost: int
    """Of the displaced, those that do not run at all."""
    displaced_op: float
    """Work of the displaced [op]."""
    repeated_op: float
    """Work done before it began and lost with the site, to be done again [op]."""
    lost_op: float
    """Work that the whole window does less, late or in time, than it would [op]; 0 if none: a plan that is
    made again may happen to hold more."""
    recovery_s: float
    """From the beginning until nobody notices it any more [s]: the last job that it stopped is done again,
    and the last of the displaced that it cost would have been done; 0 if it costs none."""


def drill(policy: Policy, jobs: Jobs, plan: Schedule, damage: Damage, failover_s: float) -> Drill:
    """Return what becomes of the jobs of a window when an event strikes it.

    What runs at a lost site when it strikes loses the work done so far, all of it or, where its class keeps a
    replica elsewhere, that of the last slot; it may start again after the failover, by the deadline that it
    had. Then the same policy plans all jobs on the sites as they are.

    Parameters
    ----------
    policy : what made the plan.
    jobs : of the window.
    plan : Schedule without the event.
    damage : Damage
    failover_s : from the loss until displaced work may start elsewhere [s].

    Returns
    -------
    Drill

    Assumptions
    -----------
    The plan with the event knows how long it lasts, and what comes after it in the window. A class with
    replicas saves its state there once a slot.
    """
    slot_s, n = damage.sites.slot_s, damage.sites.n_slots
    ran = plan.site != NOWHERE
    since = (plan.start_slot - damage.first_slot) % n
    until = since + (plan.end_slot - plan.start_slot)  # counted from the event's beginning
    met = ran & ((since < damage.n_slots) | (until >= n))
    hit = met & np.any(damage.touched, axis=1).take(plan.site)
    running = hit & damage.killed[plan.site] & (until >= n)
    done_frac = np.where(running, (n - since) / (until - since + 1), 0.0)
    kept_slots = np.where(jobs.replicas[jobs.job_class] > 1, np.maximum(n - since - 1, 0), 0)
    kept_frac = np.where(running, kept_slots / (until - since + 1), 0.0)
    came = ((jobs.arrival_s / slot_s).astype(np.int64) - damage.first_slot) % n
    waiting = hit & ~running & (came > since)  # asked for before it began, to start while it lasts
    asked, order = _asked_again(jobs, running, waiting, kept_frac, damage, failover_s)
    after = policy(asked, damage.sites)
    check(asked, damage.sites, after)
    back = np.empty_like(order)
    back[order] = np.arange(order.size)  # row of each job in the new plan
    outcome, site = after.outcome[back], after.site[back]
    start, end = after.start_slot[back], after.end_slot[back]
    ends = (start - damage.first_slot) % n + end - start + 1
    would_end = np.where(until >= n, until - n, until) + 1
    runs = site != NOWHERE
    hot = np.array([name == "hot" for name in jobs.temperature], np.bool_)[jobs.job_class]
    in_time = plan.outcome == COMPLETED
    still = outcome == COMPLETED
    again, cost = running & runs, hit & in_time & ~still
    return Drill(
        availability_frac=_share(jobs.n_jobs, met & in_time, still),
        hot_availability_frac=_share(jobs.n_jobs, met & in_time & hot, still),
        n_displaced=int(jobs.n_jobs[hit].sum()),
        n_late=int(jobs.n_jobs[cost & runs].sum()),
        n_lost=int(jobs.n_jobs[hit & ~runs].sum()),
        displaced_op=float(jobs.work_op[hit].sum()),
        repeated_op=float(((done_frac - kept_frac) * jobs.work_op)[running].sum()),
        lost_op=max(float(jobs.work_op[ran].sum()) - float(jobs.work_op[runs].sum()), 0.0),
        recovery_s=slot_s * float(max(ends[again].max(initial=0), would_end[cost].max(initial=0))),
    )


def _share(n_jobs: Ints, of: Flags, still: Flags) -> float:
    whole = int(n_jobs[of].sum())
    return float(n_jobs[of & still].sum()) / whole if whole else 1.0


def _asked_again(
    jobs: Jobs, running: Flags, waiting: Flags, kept_frac: Floats, damage: Damage, failover_s: float
) -> tuple[Jobs, Ints]:
    """Return the jobs by arrival, those running or waiting when it began asked again, and their numbers."""
    begin_s = damage.first_slot * damage.sites.slot_s
    again_s = np.where(running, (begin_s + failover_s) % jobs.window_s, begin_s)
    moved = running | waiting
    spent_s = (again_s - jobs.arrival_s) % jobs.window_s
    arrival_s = np.where(moved, again_s, jobs.arrival_s)
    # a deadline that has passed is no longer than an instant: such a job can only be late
    left_s = np.where(moved, np.maximum(jobs.deadline_s - spent_s, 1e-3), jobs.deadline_s)
    left_op = jobs.work_op * (1.0 - kept_frac)
    order = np.argsort(arrival_s, kind="stable")
    asked = replace(jobs, arrival_s=arrival_s, deadline_s=left_s, work_op=left_op)
    return asked.take(order), order
