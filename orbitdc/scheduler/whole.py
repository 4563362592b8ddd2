"""Few jobs, each done whole or not at all: jobs and sites → the most value that fits, by branch and bound.

A linear programme counts parts of jobs, and work done after the last pass that could return it: where a
window holds ten jobs, its bound can be twice what is possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..workload import Jobs
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

N_PAIRS = 40
"""Jobs times sites they could run at up to which whole jobs are told apart."""

N_NODES = 1_000
"""Of the search: a count, not a time, ends it alike on every machine; the bound holds wherever it ends."""

TOLERANCE = 1e-6
"""Share of what all jobs are worth, at all sites, by which the solver's sums may be wrong."""

ENOUGH = 1.0 - 1e-9
"""Share of a need that counts as all of it."""


@dataclass(frozen=True)
class _Flow:
    """One thing that jobs take of sites; axes: pair `p` of a job and a site, slot `k`."""

    need: Floats
    """(p,)"""
    open: Flags
    """(p, k) slots in which it may be taken."""
    most: Floats
    """(p, k) what one job may take of each."""
    capacity: Floats
    """(site, k)"""

    @property
    def met(self) -> Flags:
        """Whether a pair, all alone, gets what it needs (p,)."""
        return np.asarray(np.where(self.open, self.most, 0.0).sum(axis=1) >= ENOUGH * self.need)


@dataclass(frozen=True)
class _Lots:
    """Lots: the slots of a site that are open to the same pairs. Axis: variable `v`, a pair in a lot.

    A variable counts in what its pair needs or in what the lot has, whichever is less.
    """

    n: int
    pair: Ints
    """(v,)"""
    lot: Ints
    """(v,)"""
    of_need: Floats
    """(v,) part of what the pair needs that one is."""
    of_lot: Floats
    """(v,) part of what the lot has that one is."""
    upto: Floats
    """(v,) most that the pair can take of the lot."""

    @classmethod
    def of(cls, flow: _Flow, site: Ints) -> _Lots:
        """Return the lots of a flow; what nothing limits, or nobody needs, is left out."""
        pair, lot = np.zeros((2, 0), np.int64)
        of_need, of_lot, upto = np.zeros((3, 0))
        n = 0
        for here in np.unique(site):
            pairs = np.flatnonzero((site == here) & (flow.need > 0.0) & flow.met)
            capacity = flow.capacity[here]
            if pairs.size == 0 or np.isinf(capacity).any():
                continue
            openings, number = np.unique(flow.open[pairs], axis=1, return_inverse=True)
            total, *taken = (
                np.bincount(number.ravel(), each, openings.shape[1]) for each in (capacity, *flow.most[pairs])
            )
            p, k = np.nonzero(openings & (total > 0.0))
            need = flow.need[pairs][p]
            unit = np.minimum(need, total[k])
            pair, lot = np.append(pair, pairs[p]), np.append(lot, n + k)
            of_need, of_lot = np.append(of_need, unit / need), np.append(of_lot, unit / total[k])
            upto = np.append(upto, np.minimum(np.array(taken)[p, k] / unit, 1.0))
            n += openings.shape[1]
        return cls(n, pair, lot, of_need, of_lot, upto)


def whole_limit_op(jobs: Jobs, sites: Sites, given: Terms, cost: Floats) -> float:
    """Return what no schedule of whole jobs can achieve more of, weighted by their worth; inf for many jobs.

    All of a job is done at one of its sites, or nothing. Its work lies after the slots that its input needs
    at least and before those that its output needs; how work and bits are spread over them is free. Slots
    that are open to the same jobs count as one.

    Parameters
    ----------
    jobs, sites, given : of one window.
    cost : (j, site) finite where a job could run alone.

    Returns
    -------
    Upper bound [op], inf beyond `N_PAIRS` pairs of a job and a site.

    Assumptions
    -----------
    Relaxed, which makes the bound larger: runs without a gap, lines of fibre, the width of a job in each slot
    of a lot, and that the work waits for the input in a shared link.

    Source
    ------
    The most valuable jobs with release times and deadlines that fit on one machine, cut at will: Lawler,
    Annals of Operations Research 26 (1990) 125; here, with several sites, slots of any capacity and data, a
    mixed integer programme. Solver: HiGHS, branch and bound; its dual bound holds when it ends early.

    Examples
    --------
    Called by `bound`: of three jobs that take two thirds of a window each, one can be done, not 1.5.
    """
    job, site = np.nonzero(np.isfinite(cost))
    if job.size > N_PAIRS:
        return np.inf
    flows = _flows(jobs, sites, given, job, site)
    able = np.all([flow.met for flow in flows], axis=0)
    if not able.any():
        return 0.0
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    n_job, n_pair = jobs.n_entries, job.size
    worth = (jobs.value * jobs.work_op)[job]
    scale = float(worth[able].max())
    # variables: whether each pair is chosen; then, of each flow, what each pair takes of each lot of slots
    rows, columns, entries = [job], [np.arange(n_pair)], [np.ones(n_pair)]
    least, most, upto = [np.full(n_job, -np.inf)], [np.ones(n_job)], [able.astype(np.float64)]
    n_row, n_column = n_job, n_pair
    for flow in flows:
        lots = _Lots.of(flow, site)
        column = n_column + np.arange(lots.pair.size)
        asked = np.unique(lots.pair)
        rows += [n_row + lots.pair, n_row + asked, n_row + n_pair + lots.lot]
        columns += [column, asked, column]
        entries += [lots.of_need, -np.ones(asked.size), lots.of_lot]
        least += [np.zeros(n_pair), np.full(lots.n, -np.inf)]
        most += [np.zeros(n_pair), np.ones(lots.n)]
        upto.append(lots.upto)
        n_row, n_column = n_row + n_pair + lots.n, n_column + column.size
    matrix = csr_matrix(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), shape=(n_row, n_column)
    )
    solved = milp(
        -np.concatenate([np.where(able, worth, 0.0) / scale, np.zeros(n_column - n_pair)]),
        constraints=LinearConstraint(matrix, np.concatenate(least), np.concatenate(most)),
        integrality=np.arange(n_column) < n_pair,
        bounds=Bounds(0.0, np.concatenate(upto)),
        options={"node_limit": N_NODES, "mip_rel_gap": 0.0},
    )
    if solved.mip_dual_bound is None:
        return np.inf
    return -float(solved.mip_dual_bound) * scale + TOLERANCE * float(worth[able].sum())


def _flows(jobs: Jobs, sites: Sites, given: Terms, job: Ints, site: Ints) -> tuple[_Flow, _Flow, _Flow]:
    """Return the operations, bits up and bits down of each pair of a job and a site.

    The first slot of work is the one by which the input can have come, were the job alone; the last one that
    from which its output can still leave.
    """
    slot = (given.release[job, None] + np.arange(sites.n_slots)) % sites.n_slots  # in the order of time
    within = np.arange(sites.n_slots) < given.span[job, None]
    up, down = jobs.input_bit[job], jobs.output_bit[job]
    up_bit, down_bit = (
        np.where(within, bit[site[:, None], slot], 0.0) for bit in (sites.up_bit, sites.down_bit)
    )
    fed = within & (np.cumsum(up_bit, axis=1) >= ENOUGH * up[:, None])
    leaves = within & (np.cumsum(down_bit[:, ::-1], axis=1)[:, ::-1] >= ENOUGH * down[:, None])

    def by_slot(flags: Flags) -> Flags:
        placed = np.zeros_like(flags)
        np.put_along_axis(placed, slot, flags, axis=1)
        return placed

    shut = given.closed[given.mask[given.group[job], site]]
    kind = jobs.job_class[job]
    rate_op = (given.most_op[kind, site] * jobs.n_jobs[job])[:, None]
    need_op = jobs.work_op[job] * given.per_op[kind, site]
    return (
        _Flow(need_op, by_slot(fed & leaves) & ~shut, np.minimum(rate_op, sites.op[site]), sites.op),
        _Flow(up, by_slot(leaves), sites.up_bit[site], sites.up_bit),
        _Flow(down, by_slot(fed), sites.down_bit[site], sites.down_bit),
    )
