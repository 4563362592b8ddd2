"""On what terms work may run: jobs and sites → who may run where, how fast, in which slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..workload import Jobs
from .schedule import CLASS, LATENCY, NONE, NOWHERE, ROUNDING, WIDTH, Schedule
from .sites import Sites

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Terms:
    """What each group of jobs, one per class and city, may use of each site, whatever the policy prefers."""

    release: Ints
    """(j,) first slot of each job."""
    span: Ints
    """(j,) slots it may use, 1 .. n."""
    group: Ints
    """(j,) class times the number of cities, plus the city."""
    allowed: Flags
    """(group, site) whether the site could run such a job in some slot."""
    reason: Ints
    """(group,) why no site could, as in REASONS."""
    closed: Flags
    """(mask, k) slots in which the latency is too long; row 0 closes none."""
    mask: Ints
    """(group, site) row of `closed`."""
    per_op: Floats
    """(class, site) card operations for a useful one; inf where none is useful."""
    most_op: Floats
    """(class, site) card operations that one job can use in a slot; inf without a width."""
    whole: Flags
    """(class,) runs without a gap."""


def terms(jobs: Jobs, sites: Sites) -> Terms:
    """Return who may run where, how fast and in which slots.

    Space data is computed only where it is taken, in orbit, and orbit computes what the plan lets it. A site
    must have as many cards as a gang needs at once: those its best slot keeps busy, the last maybe in
    part. Hot work is many requests side by side, whose width only says how fast they can be answered. A
    class that is answered within a slot may be worked only in slots in which the site meets its latency; for
    one that may wait longer, the wait for contact is already in the link's bits by slot, so that the site's
    best slot decides.

    Parameters
    ----------
    jobs, sites : of one window.

    Returns
    -------
    Terms.

    Assumptions
    -----------
    Times are resolved to a slot: a job may use all of its arrival's slot, and must end with the last slot
    that ends by its deadline (with the arrival's slot if the deadline is sooner). A deadline past one window
    is cut to it.

    Examples
    --------
    `terms(jobs, sites).allowed[group]` lists the sites that a policy may rank.
    """
    release, span = slots_allowed(jobs, sites)
    n_class, n_city = len(jobs.class_names), len(jobs.cities)
    bound_s = jobs.latency_s[:, None, None, None]
    met = sites.latency_s.transpose(1, 0, 2)[None] <= bound_s  # class, city, site, slot
    waits = _waits(jobs, sites)
    met = np.where(waits[:, None, None, None], met.any(axis=3, keepdims=True), met)
    met = met.reshape(n_class * n_city, len(sites.names), sites.n_slots)
    reached = met.any(axis=2)
    per_op = np.divide(
        1.0, sites.useful_frac, out=np.full(sites.useful_frac.shape, np.inf), where=sites.useful_frac > 0.0
    )
    rate_op = jobs.width[:, None] * sites.card_op_per_s * sites.slot_s
    peak_op = sites.op.max(axis=1)
    # what has no capacity at all lacks capacity, not width
    gang = np.array([name != "hot" for name in jobs.temperature], np.bool_)[:, None]
    card_op = sites.card_op_per_s * sites.slot_s
    busy = np.ceil(
        (1.0 - ROUNDING) * np.divide(peak_op, card_op, out=np.zeros_like(peak_op), where=card_op > 0.0)
    )
    wide = ~gang | ~np.isfinite(rate_op) | (jobs.width[:, None] <= busy) | (peak_op == 0.0)
    in_orbit = np.array([side == "orbit" for side in sites.sides], np.bool_)
    from_space = np.array([name == "space" for name in jobs.temperature], np.bool_)
    runs = np.isfinite(per_op) & np.where(in_orbit, jobs.in_orbit[:, None], ~from_space[:, None])
    of_group = np.arange(n_class * n_city) // max(n_city, 1)
    allowed = reached & (runs & wide)[of_group]
    reason = np.where(
        allowed.any(axis=1),
        NONE,
        np.where(
            ~runs.any(axis=1)[of_group],
            CLASS,
            np.where((reached & runs[of_group]).any(axis=1), WIDTH, LATENCY),
        ),
    )
    closed, mask = _masks(met, allowed)
    return Terms(
        release=release,
        span=span,
        group=jobs.job_class * n_city + jobs.origin,
        allowed=allowed,
        reason=reason,
        closed=closed,
        mask=mask,
        per_op=per_op,
        most_op=np.where(peak_op > 0.0, np.minimum(rate_op, peak_op), rate_op),
        whole=~jobs.preemptible,
    )


def slots_allowed(jobs: Jobs, sites: Sites) -> tuple[Ints, Ints]:
    """Return the first slot of each job and how many slots it may use, 1 .. n.

    >>> from types import SimpleNamespace as N
    >>> jobs = N(arrival_s=np.array([0.0, 899.0, 899.0]), deadline_s=np.array([1.0, 901.0, 1e9]))
    >>> [part.tolist() for part in slots_allowed(jobs, N(slot_s=600.0, n_slots=144))]
    [[0, 1, 1], [1, 2, 144]]
    """
    release = np.minimum((jobs.arrival_s / sites.slot_s).astype(np.int64), sites.n_slots - 1)
    # the deadline is cut first: a huge one would overflow the integer
    allowed_s = np.minimum(jobs.deadline_s, (sites.n_slots + 1) * sites.slot_s)
    past_last = ((jobs.arrival_s + allowed_s) / sites.slot_s).astype(np.int64)
    return release, np.maximum(1, np.minimum(past_last - release, sites.n_slots))


def latency_met_s(jobs: Jobs, sites: Sites, schedule: Schedule) -> Floats:
    """Return (j,) the latency that each job is served with [s], NaN where it does not run.

    That of the slot in which it starts or, for a class that may wait longer than a slot, of the best one.
    """
    ran = np.flatnonzero(schedule.site != NOWHERE)
    site, city = schedule.site[ran], jobs.origin[ran]
    then_s = sites.latency_s[site, city, schedule.start_slot[ran] % sites.n_slots]
    best_s = sites.latency_s.min(axis=2)[site, city]
    latency_s = np.full(jobs.n_entries, np.nan)
    latency_s[ran] = np.where(_waits(jobs, sites)[jobs.job_class[ran]], best_s, then_s)
    return latency_s


def _waits(jobs: Jobs, sites: Sites) -> Flags:
    """Return (c,) whether a class may wait longer than a slot for its answer."""
    return np.asarray(jobs.latency_s > sites.slot_s)


def _masks(met: Flags, allowed: Flags) -> tuple[Flags, Ints]:
    """Return the distinct sets of closed slots, none closed first, and which one each pair has."""
    mask = np.zeros(allowed.shape, np.int64)
    partly = allowed & ~met.all(axis=2)
    if not partly.any():
        return np.zeros((1, met.shape[2]), np.bool_), mask
    distinct, number = np.unique(~met[partly], axis=0, return_inverse=True)
    mask[partly] = number.reshape(-1) + 1
    return np.vstack([np.zeros((1, met.shape[2]), np.bool_), distinct]), mask
