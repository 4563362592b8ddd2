"""Earliest deadline first, each job on the first site it prefers that can meet it: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.dispatch import dispatch
from ..workload import Jobs
from .schedule import CLASS, COMPLETED, LATE, LATENCY, NONE, NOWHERE, REJECTED, Schedule
from .sites import ORBIT, Sites

Ints = NDArray[np.int64]

PREFERENCE = {
    "hot": (("east", "west"),),
    "warm": (("west",), ("east",), ("orbit",)),
    "cold": (("orbit",), ("west",), ("east",)),
    "space": (("orbit",),),
}
"""Groups of sides in the order tried, the nearest hub of a group first: hot work stays near its users, cold
work goes up or west, data taken in orbit stays there."""


def greedy(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline or, where that is worth more, dearest first, each on its first fit.

    Sites are tried in the order of `PREFERENCE`; a job takes the earliest free capacity of one site. Earliest
    deadline first wastes least; once work must be turned away it turns away the wrong jobs, so the plan is
    then made again by value per operation (ties by deadline), and the one that completes more value is kept.
    Jobs that may be late are tried again at the end, with the whole window for their time, in what is left.

    Parameters
    ----------
    jobs : of one window.
    sites : with their capacity in each slot of that window.

    Returns
    -------
    Schedule. No job is unfinished: the window is a circle, and what does not fit is rejected.

    Assumptions
    -----------
    Times are resolved to a slot: a job may use all of its arrival's slot, and must end with the last slot
    that ends by its deadline (with the arrival's slot if the deadline is sooner). A deadline past one window
    is cut to it. Orbit's link carries input and output in turn, up as fast as down; fibre is never short.

    Source
    ------
    Graham, SIAM J. Appl. Math. 17 (1969) 416: list scheduling; Jackson, Management Science Research Report
    43, UCLA (1955): earliest deadline first; Dantzig, Operations Research 5 (1957) 266: value density.

    Examples
    --------
    `POLICIES["greedy"](jobs, sites).n_by_outcome(jobs)`.
    """
    release, span = slots_allowed(jobs, sites)
    past_last = release + span
    _, cheapness = np.unique(-jobs.value, return_inverse=True)
    by_deadline = past_last * (cheapness.max(initial=0) + 1) + cheapness
    plan = _plan(jobs, sites, release, span, in_order(jobs, by_deadline))
    if np.all(plan.site != NOWHERE) or not np.any(cheapness):
        return plan
    by_value = cheapness * (past_last.max() + 1) + past_last
    other = _plan(jobs, sites, release, span, in_order(jobs, by_value))
    return other if other.completed_value(jobs) > plan.completed_value(jobs) else plan


def _plan(jobs: Jobs, sites: Sites, release: Ints, span: Ints, order: Ints) -> Schedule:
    """Place the jobs in this order; then, in what is left, those that missed but may be late."""
    n_slot, n_site = sites.n_slots, len(sites.names)
    ranked, group_reason = preferences(jobs, sites)
    group = group_of(jobs)
    capacity = np.vstack([sites.op, sites.link_bit])
    used = np.zeros_like(capacity)
    skip = np.tile(np.arange(n_slot + 1), (n_site + 1, 1))
    skip[:, :n_slot] += capacity == 0.0
    site = np.full(jobs.n_entries, NOWHERE)
    start, end = site.copy(), site.copy()
    reason = group_reason[group]

    def place(chosen: Ints, chosen_span: Ints) -> Ints:
        *placed, lacked = [site[chosen], start[chosen], end[chosen], reason[chosen]]
        data = jobs.card_op[chosen], jobs.input_bit[chosen], jobs.output_bit[chosen]
        where = group[chosen], ranked, ORBIT, capacity, used, skip
        dispatch(release[chosen], chosen_span, *data, *where, *placed, lacked)
        site[chosen], start[chosen], end[chosen] = placed
        return lacked

    reason[order] = place(order, span[order])
    outcome = np.where(site != NOWHERE, COMPLETED, REJECTED)
    again = order[(site[order] == NOWHERE) & jobs.late_ok[order]]
    place(again, np.full(again.size, n_slot))  # the reason stays what made it late
    outcome[again[site[again] != NOWHERE]] = LATE

    share = np.divide(used[ORBIT], sites.op[ORBIT], out=np.zeros(n_slot), where=sites.op[ORBIT] > 0.0)
    return Schedule(
        policy="greedy",
        site=site,
        start_slot=start,
        end_slot=end,
        outcome=outcome,
        reason=reason,
        used_op=used[:n_site].copy(),
        used_bit=used[n_site].copy(),
        share_frac=share,
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


def in_order(jobs: Jobs, key: Ints) -> Ints:
    """Return the jobs by key, then first come; two are equal only if nothing tells them apart.

    Deadline and value make one small whole number, so that a stable integer sort does the work of many keys.
    """
    if key.max(initial=0) < 2**16:
        key = key.astype(np.uint16)  # sorted by digits, 10 times faster
    if np.all(np.diff(jobs.arrival_s) > 0.0):
        return np.argsort(key, kind="stable")
    content = (jobs.output_bit, jobs.input_bit, jobs.card_op, jobs.deadline_s, jobs.origin, jobs.job_class)
    first_come = np.lexsort((*content, jobs.arrival_s))
    return first_come[np.argsort(key[first_come], kind="stable")]


def group_of(jobs: Jobs) -> Ints:
    """Return (j,) the row of `preferences` that each job uses: one per class and origin."""
    return jobs.job_class * len(jobs.cities) + jobs.origin


def preferences(jobs: Jobs, sites: Sites) -> tuple[Ints, Ints]:
    """Return (group, site) sites by preference, -1 after the last, and why a group has none."""
    n_city = len(jobs.cities)
    ranked = np.full((len(jobs.class_names) * n_city, len(sites.names)), -1)
    reason = np.full(len(ranked), NONE)
    for group in range(len(ranked)):
        job_class, city = divmod(group, n_city)
        latency = sites.latency_s[:, city]
        tried = _sites_in_order(jobs.temperature[job_class], sites, latency)
        met = [k for k in tried if latency[k] <= jobs.latency_s[job_class]]
        ranked[group, : len(met)] = met
        reason[group] = NONE if met else LATENCY if tried else CLASS
    return ranked, reason


def _sites_in_order(temperature: str, sites: Sites, latency: NDArray[np.float64]) -> list[int]:
    tried: list[int] = []
    for sides in PREFERENCE[temperature]:
        members = [k for k, side in enumerate(sites.sides) if side in sides]
        # equal latencies are settled by name, so that the order of the hubs does not matter
        tried.extend(sorted(members, key=lambda k: (latency[k], sites.names[k])))
    return tried
