"""What no policy can beat: jobs and sites → the most value that fits, and a schedule's share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..workload import Jobs
from .greedy import group_of, preferences, slots_allowed
from .schedule import ROUNDING, Schedule
from .sites import ORBIT, Sites

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
    bit_per_op: Floats
    allowed: NDArray[np.bool_]


def bound(jobs: Jobs, sites: Sites) -> Bound:
    """Return the most value of on-time work that the sites could hold, by a linear programme.

    Jobs of one class that could run alone at the same sites form a group; a group's work is divided freely
    among those sites, each within its capacity summed over the window, orbit also within its link. Every rule
    that is left out only makes the true optimum smaller. The limit is evaluated from the dual prices, so it
    holds whatever the solver's tolerance.

    Parameters
    ----------
    jobs, sites : as given to a policy. Capacity is that of the envelope: a bound given the envelope policy.

    Returns
    -------
    Bound.

    Assumptions
    -----------
    Relaxed: the times of jobs against each other, whole jobs, one site each.

    Source
    ------
    Any prices y >= 0 give the bound sum(capacity y) + sum over groups of work x max(0, value - cheapest
    price): weak duality, Dantzig, Linear Programming and Extensions (1963), ch. 6. Solver: HiGHS.

    Examples
    --------
    `bound_share_frac(jobs, sites, schedule)` divides what a schedule achieves by it.
    """
    all_op = float(jobs.value @ jobs.card_op)
    groups = _groups(jobs, sites)
    capacity = np.append(sites.op.sum(axis=1), sites.link_bit.sum())
    total = float(groups.work_op @ groups.value)
    prices = np.zeros(capacity.size)
    if not _uncontended(groups, capacity):
        prices = _prices(groups, capacity)
    net = groups.value[:, None] - prices[:-1]
    net[:, ORBIT] -= groups.bit_per_op * prices[-1]
    gain = np.where(groups.allowed, net, 0.0).max(axis=1, initial=0.0)
    return Bound(min(total, float(capacity @ prices + groups.work_op @ gain)), all_op)


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
    n_site = len(sites.names)
    release, span = slots_allowed(jobs, sites)
    alone_op = _sum_over_slots(sites.op, release, span)
    alone_bit = _sum_over_slots(sites.link_bit[None], release, span)[0]
    ranked, _ = preferences(jobs, sites)
    listed = np.zeros((len(ranked), n_site + 1), np.bool_)
    listed[np.arange(len(ranked))[:, None], ranked] = True  # -1, no site, falls in the last column
    group = group_of(jobs)
    slack = 1.0 + ROUNDING
    allowed = listed[group, :n_site] & (jobs.card_op <= slack * alone_op).T
    data_bit = jobs.input_bit + jobs.output_bit
    allowed[:, ORBIT] &= data_bit <= slack * alone_bit
    runs = np.flatnonzero(allowed.any(axis=1))
    keys = (jobs.value[runs], jobs.job_class[runs], *allowed[runs].T)
    number = np.zeros(runs.size, np.int64)
    for key in keys:
        parts, part = np.unique(key, return_inverse=True)
        _, number = np.unique(number * max(len(parts), 1) + part, return_inverse=True)
    work = np.asarray(np.bincount(number, jobs.card_op[runs]), np.float64)
    first = np.zeros(work.size, np.int64)
    first[number] = runs
    lightest = np.full(work.size, np.inf)
    np.minimum.at(lightest, number, data_bit[runs] / jobs.card_op[runs])
    return _Groups(work, jobs.value[first], lightest, allowed[first])


def _sum_over_slots(amount: Floats, release: Ints, span: Ints) -> Floats:
    """Return (row, j) the amount in each job's slots, around the circle."""
    before = np.cumsum(np.hstack([np.zeros((len(amount), 1)), amount, amount]), axis=1)
    return np.asarray(before[:, release + span] - before[:, release])


def _uncontended(groups: _Groups, capacity: Floats) -> bool:
    """Return whether sites hold all work that may run at them, so that all of it can be done."""
    wanted = groups.work_op @ groups.allowed
    bits = groups.work_op[groups.allowed[:, ORBIT]] @ groups.bit_per_op[groups.allowed[:, ORBIT]]
    return bool(np.all(wanted <= capacity[:-1]) and bits <= capacity[-1])


def _prices(groups: _Groups, capacity: Floats) -> Floats:
    """Return the worth of one more operation at each site and of one more bit of the link."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    group, site = np.nonzero(groups.allowed)
    n_group, n_variable, n_row = len(groups.work_op), group.size, capacity.size
    column = np.arange(n_variable)
    in_orbit = site == ORBIT
    # each row and variable in units near one: operations and bits differ by many powers of ten
    unit = np.maximum(capacity, np.finfo(float).tiny)
    work = groups.work_op[group]
    rows = np.concatenate([site, np.full(int(in_orbit.sum()), n_row - 1), n_row + group])
    columns = np.concatenate([column, column[in_orbit], column])
    per_link = work[in_orbit] * groups.bit_per_op[group[in_orbit]] / unit[-1]
    entries = np.concatenate([work / unit[site], per_link, np.ones(n_variable)])
    matrix = csr_matrix((entries, (rows, columns)), shape=(n_row + n_group, n_variable))
    worth = groups.value[group] * work
    scale = worth.max()
    limits = np.concatenate([np.where(capacity > 0.0, 1.0, 0.0), np.ones(n_group)])
    solved = linprog(-worth / scale, A_ub=matrix, b_ub=limits, method="highs")
    if solved.status != 0:
        return np.zeros(n_row)  # no prices: the bound is then all work that could run alone
    marginals = np.asarray(solved.ineqlin.marginals, np.float64)[:n_row]
    return np.asarray(np.maximum(-marginals, 0.0) * scale / unit)
