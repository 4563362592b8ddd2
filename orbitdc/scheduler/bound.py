"""What no policy can beat: jobs and sites → the most value that fits, and a schedule's share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..workload import Jobs
from .schedule import ROUNDING, Schedule
from .sites import Sites
from .terms import Terms, terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """Upper limit of the value of work completed on time, given the sites' capacity."""

    value_op: float
    """Operations weighted by their worth [op]."""
    all_op: float
    """The same for every job submitted [op]."""


@dataclass(frozen=True)
class _Groups:
    """Jobs that may run at the same sites and are alike per operation; axes: group, site."""

    work_op: Floats
    value: Floats
    allowed: NDArray[np.bool_]
    per_op: tuple[Floats, Floats, Floats]
    """(group, site) card operations, bits up and bits down for a useful operation."""


def bound(jobs: Jobs, sites: Sites) -> Bound:
    """Return the most value of on-time work that the sites could hold, by a linear programme.

    Jobs of one class that could run alone at the same sites form a group; a group's work is divided freely
    among those sites, each within its capacity and its links summed over the window. Every rule that is left
    out only makes the true optimum smaller. The limit is evaluated from the dual prices, so it holds whatever
    the solver's tolerance.

    Parameters
    ----------
    jobs, sites : as given to a policy. Capacity is that of the envelope: a bound given the envelope policy.

    Returns
    -------
    Bound.

    Assumptions
    -----------
    Relaxed: the times of jobs against each other, whole jobs, one site each, their width.

    Source
    ------
    Any prices y >= 0 give the bound sum(capacity y) + sum over groups of work x max(0, value - cheapest
    price): weak duality, Dantzig, Linear Programming and Extensions (1963), ch. 6. Solver: HiGHS.

    Examples
    --------
    `bound_share_frac(jobs, sites, schedule)` divides what a schedule achieves by it.
    """
    all_op = float(jobs.value @ jobs.work_op)
    groups = _groups(jobs, sites)
    capacity = np.stack([sites.op.sum(axis=1), sites.up_bit.sum(axis=1), sites.down_bit.sum(axis=1)])
    total = float(groups.work_op @ groups.value)
    prices = np.zeros(capacity.shape)
    if not _uncontended(groups, capacity):
        prices = _prices(groups, capacity)
    costs = sum(
        per_op * np.where(price > 0.0, price, 0.0)
        for per_op, price in zip(groups.per_op, prices, strict=True)
    )
    gain = np.where(groups.allowed, groups.value[:, None] - costs, 0.0).max(axis=1, initial=0.0)
    paid = np.where(prices > 0.0, capacity, 0.0) * prices
    return Bound(min(total, float(paid.sum() + groups.work_op @ gain)), all_op)


def bound_share_frac(jobs: Jobs, sites: Sites, schedule: Schedule) -> float:
    """Return what a schedule achieves over what no schedule can beat; 1 if nothing can be achieved.

    Raises
    ------
    InvariantError if the schedule beats the bound: one of the two is wrong.
    """
    limit = bound(jobs, sites).value_op
    achieved = schedule.completed_value(jobs)
    if achieved > limit * (1.0 + ROUNDING):
        raise InvariantError(f"policy '{schedule.policy}': {achieved:.9g} op of {limit:.9g} op possible")
    return min(1.0, achieved / limit) if limit > 0.0 else 1.0


def _groups(jobs: Jobs, sites: Sites) -> _Groups:
    """Group the jobs by what the programme sees of them, leaving out jobs that could not run even alone."""
    given = terms(jobs, sites)
    allowed = given.allowed[given.group] & _alone(jobs, sites, given)
    runs = np.flatnonzero(allowed.any(axis=1))
    keys = (jobs.value[runs], jobs.job_class[runs], *allowed[runs].T)
    number = np.zeros(runs.size, np.int64)
    for key in keys:
        parts, part = np.unique(key, return_inverse=True)
        _, number = np.unique(number * max(len(parts), 1) + part, return_inverse=True)
    work = np.asarray(np.bincount(number, jobs.work_op[runs]), np.float64)
    first = np.zeros(work.size, np.int64)
    first[number] = runs
    card_op = np.where(allowed[first], given.per_op[jobs.job_class[first]], 0.0)
    bits = [
        np.where(sites.linked, _least(number, bit[runs] / jobs.work_op[runs], work.size)[:, None], 0.0)
        for bit in (jobs.input_bit, jobs.output_bit)
    ]
    return _Groups(work, jobs.value[first], allowed[first], (card_op, bits[0], bits[1]))


def _least(number: Ints, values: Floats, n: int) -> Floats:
    least = np.full(n, np.inf)
    np.minimum.at(least, number, values)
    return least


def _alone(jobs: Jobs, sites: Sites, given: Terms) -> NDArray[np.bool_]:
    """Return (j, site) whether a job, all others away, would have its capacity and links in its slots."""
    slack = 1.0 + ROUNDING
    card_op = jobs.work_op[:, None] * given.per_op[jobs.job_class]
    fits: NDArray[np.bool_] = card_op <= slack * _sum_over_slots(sites.op, given).T
    for bit, limit in ((jobs.input_bit, sites.up_bit), (jobs.output_bit, sites.down_bit)):
        fits &= bit[:, None] <= slack * _sum_over_slots(limit, given).T
    return fits


def _sum_over_slots(amount: Floats, given: Terms) -> Floats:
    """Return (row, j) the amount in each job's slots, around the circle; inf where there is no limit."""
    unlimited = np.asarray(np.isinf(amount).any(axis=1))[:, None]
    twice = np.hstack([np.zeros((len(amount), 1)), amount, amount])
    before = np.cumsum(np.where(unlimited, 0.0, twice), axis=1)
    return np.where(unlimited, np.inf, before[:, given.release + given.span] - before[:, given.release])


def _uncontended(groups: _Groups, capacity: Floats) -> bool:
    """Return whether sites hold all work that may run at them, so that all of it can be done."""
    for per_op, limit in zip(groups.per_op, capacity, strict=True):
        if np.any(groups.work_op @ np.where(groups.allowed, per_op, 0.0) > limit):
            return False
    return True


def _prices(groups: _Groups, capacity: Floats) -> Floats:
    """Return (3, site) the worth of one more operation, bit up and bit down at each site."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    group, site = np.nonzero(groups.allowed)
    n_group, n_variable, n_site = len(groups.work_op), group.size, capacity.shape[1]
    # each row and variable in units near one: operations and bits differ by many powers of ten
    limited = np.isfinite(capacity)
    unit = np.where(limited, np.maximum(capacity, np.finfo(float).tiny), 1.0)
    work = groups.work_op[group]
    column = np.arange(n_variable)
    rows, columns, entries = [3 * n_site + group], [column], [np.ones(n_variable)]
    for kind, per_op in enumerate(groups.per_op):
        entry = work * per_op[group, site] / unit[kind, site]
        kept = np.flatnonzero((entry > 0.0) & limited[kind, site])
        rows.append(kind * n_site + site[kept])
        columns.append(column[kept])
        entries.append(entry[kept])
    matrix = csr_matrix(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
        shape=(3 * n_site + n_group, n_variable),
    )
    worth = groups.value[group] * work
    scale = worth.max()
    limits = np.concatenate([np.where(capacity > 0.0, 1.0, 0.0).ravel(), np.ones(n_group)])
    solved = linprog(-worth / scale, A_ub=matrix, b_ub=limits, method="highs")
    if solved.status != 0:
        return np.zeros(capacity.shape)  # no prices: the bound is then all work that could run alone
    marginals = np.asarray(solved.ineqlin.marginals, np.float64)[: 3 * n_site].reshape(3, n_site)
    return np.where(limited, np.maximum(-marginals, 0.0) * scale / unit, 0.0)
