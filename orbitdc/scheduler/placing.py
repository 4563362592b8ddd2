"""Place: jobs in an order, sites by preference → the whole plan, by list scheduling.

What a policy of this house decides is who comes first and which site a job tries first; that nothing is
overfull, that data precedes work and that gangs keep their width is the kernel's business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.dispatch import dispatch
from ..workload import Jobs
from .schedule import COMPLETED, LATE, NOWHERE, REJECTED, Schedule
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def place(
    policy: str,
    jobs: Jobs,
    sites: Sites,
    given: Terms,
    order: Ints,
    ranked: Ints,
    row: Ints | None = None,
) -> Schedule:
    """Place jobs in an order, each on the first of its sites that finishes it in time.

    A job takes the earliest free capacity of one site. Those that miss but may be late are tried again at the
    end, with the whole window for their time, in what is left.

    Parameters
    ----------
    policy : name that the schedule carries.
    jobs, sites, given : what is asked, what there is, and on what terms.
    order : (j,) numbers of the jobs, first come first.
    ranked : (row, choice) sites by preference, -1 after the last; only allowed ones.
    row : (j,) row of `ranked` of each job; its group if not given.

    Returns
    -------
    Schedule. No job is unfinished: the window is a circle, and what does not fit is rejected.

    Source
    ------
    Graham, SIAM J. Appl. Math. 17 (1969) 416: list scheduling.

    Examples
    --------
    First come, first served, sites by name:
    `place("fcfs", jobs, sites, given, np.arange(jobs.n_entries), ranked_by(sites, given.allowed))`.
    """
    n_slot, n_site = sites.n_slots, len(sites.names)
    row = given.group if row is None else row
    capacity = np.vstack([sites.op, sites.up_bit, sites.down_bit])
    used = np.zeros_like(capacity)
    skip = np.tile(np.arange(n_slot + 1), (len(capacity), 1))
    skip[:, :n_slot] += capacity == 0.0
    site = np.full(jobs.n_entries, NOWHERE)
    start, end = site.copy(), site.copy()
    reason = given.reason[given.group]
    linked = sites.linked

    def try_(chosen: Ints, span: Ints) -> Ints:
        *placed, lacked = [site[chosen], start[chosen], end[chosen], reason[chosen]]
        asked = (jobs.work_op, jobs.input_bit, jobs.output_bit, jobs.n_jobs, jobs.job_class, given.group, row)
        dispatch(
            given.release[chosen], span, *(column[chosen] for column in asked), ranked, given.per_op,
            given.most_op, given.whole, given.mask, given.closed, linked, capacity, used, skip, *placed,
            lacked,
        )  # fmt: skip
        site[chosen], start[chosen], end[chosen] = placed
        return lacked

    reason[order] = try_(order, given.span[order])
    outcome = np.where(site != NOWHERE, COMPLETED, REJECTED)
    again = order[(site[order] == NOWHERE) & jobs.late_ok[order]]
    try_(again, np.full(again.size, n_slot))  # the reason stays what made it late
    outcome[again[site[again] != NOWHERE]] = LATE

    used_op, used_up_bit, used_down_bit = used.reshape(3, n_site, n_slot)
    _book_free_data(jobs, linked, site, start % n_slot, jobs.input_bit, used_up_bit)
    _book_free_data(jobs, linked, site, end % n_slot, jobs.output_bit, used_down_bit)
    n_orbit = sites.n_orbit
    share = np.divide(
        used_op[:n_orbit], sites.op[:n_orbit], out=np.zeros((n_orbit, n_slot)), where=sites.op[:n_orbit] > 0.0
    )
    return Schedule(
        policy=policy,
        site=site,
        start_slot=start,
        end_slot=end,
        outcome=outcome,
        reason=reason,
        used_op=used_op.copy(),
        used_up_bit=used_up_bit.copy(),
        used_down_bit=used_down_bit.copy(),
        share_frac=share,
    )


def by_key(jobs: Jobs, key: Ints) -> Ints:
    """Return the jobs by key, then first come; two are equal only if nothing tells them apart.

    Deadline and value make one small whole number, so that a stable integer sort does the work of many keys.
    """
    if key.max(initial=0) < 2**16:
        key = key.astype(np.uint16)  # sorted by digits, 10 times faster
    if np.all(np.diff(jobs.arrival_s) > 0.0):
        return np.argsort(key, kind="stable")
    order = np.lexsort(first_come(jobs))
    return order[np.argsort(key[order], kind="stable")]


def first_come(jobs: Jobs) -> tuple[NDArray[Any], ...]:
    """Return the keys, last one first, that put jobs in order of arrival, or of what tells them apart."""
    content = (jobs.tenant, jobs.n_jobs, jobs.value, jobs.output_bit, jobs.input_bit, jobs.work_op)
    return (*content, jobs.deadline_s, jobs.origin, jobs.job_class, jobs.arrival_s)


def ranked_by(sites: Sites, allowed: NDArray[np.bool_], *keys: Floats) -> Ints:
    """Return (group, site) the allowed sites by keys, the first one first, then by name; -1 after the last.

    Parameters
    ----------
    sites : for their names: equal keys are settled by name, so that the order of the hubs does not matter.
    allowed : (group, site).
    keys : each (group, site), smallest first.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> allowed = np.array([[True, True, False], [True, True, True]])
    >>> ranked_by(N(names=("b", "a", "c")), allowed, np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])).tolist()
    [[1, 0, -1], [2, 1, 0]]
    """
    alphabetic = np.argsort(np.argsort(np.array(sites.names, dtype=object), kind="stable"), kind="stable")
    by_name = np.broadcast_to(alphabetic, allowed.shape)
    order = np.lexsort((by_name, *reversed(keys), ~allowed), axis=1)
    ranked: Ints = np.where(np.take_along_axis(allowed, order, axis=1), order, NOWHERE)
    return ranked


def _book_free_data(
    jobs: Jobs, linked: NDArray[np.bool_], site: Ints, slot: Ints, bit: Floats, used_bit: Floats
) -> None:
    """Book, in place, the data of jobs at sites whose link nothing limits."""
    free = np.flatnonzero(site != NOWHERE)
    free = free[~linked[site[free]]]
    np.add.at(used_bit, (site[free], slot[free]), bit[free])
