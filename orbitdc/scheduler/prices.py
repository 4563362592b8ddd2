"""What capacity is worth: jobs and sites → prices of operations and bits, what each job would pay, the bound.

A linear programme on bundles of like jobs and blocks of slots finds the prices; whatever they are, they bound
from above what any schedule can achieve, because each job is then weighed exactly on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import cheapest
from ..workload import Jobs
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_VALUES = 24
"""Kinds of worth that the programme tells apart in a class."""

N_VARIABLES = 3_000
"""Size of the programme: a tenth of a second; four times as many lower the bound by less than 1e-4."""

N_SAMPLE = 20_000
"""Jobs that the programme sees: of more, every second, third and so on stands for its neighbours."""

NOTHING = 1e-12
"""Share of the largest capacity that the programme takes for none."""


@dataclass(frozen=True)
class Prices:
    """Worth of one more unit of what limits the value of the work; axes: site, slot `k`."""

    op: Floats
    """(site, k) of a card operation."""
    up_bit: Floats
    """(site,) of a bit up, in any slot."""
    down_bit: Floats
    """(site,) of a bit down."""

    @classmethod
    def none(cls, sites: Sites) -> Prices:
        """Return prices of nothing: as if all were to be had in plenty."""
        return cls(np.zeros(sites.op.shape), np.zeros(len(sites.names)), np.zeros(len(sites.names)))

    def paid(self, sites: Sites) -> float:
        """Return what all capacity is worth together."""
        bits = (
            np.where(price > 0.0, limit.sum(axis=1), 0.0) @ price
            for price, limit in ((self.up_bit, sites.up_bit), (self.down_bit, sites.down_bit))
        )
        return float((self.op * sites.op).sum() + sum(bits))


def costs(jobs: Jobs, sites: Sites, given: Terms, prices: Prices) -> Floats:
    """Return (j, site) what a job would pay per useful operation, the others away; inf where it cannot run.

    Its operations are bought in the cheapest of its slots, no more in each than its width and the site allow;
    its bits at one price a site. That work comes after its data, and without a gap where it may not be cut,
    is left out, which makes the cost smaller.
    """
    cost = np.empty((jobs.n_entries, len(sites.names)))
    space = np.empty((2, sites.n_slots))
    cheapest(
        given.release, given.span, jobs.work_op, jobs.input_bit, jobs.output_bit, jobs.n_jobs, jobs.job_class,
        given.group, given.allowed, given.per_op, given.most_op, given.mask, given.closed, sites.op,
        sites.up_bit, sites.down_bit, prices.op, prices.up_bit, prices.down_bit, *space, cost,
    )  # fmt: skip
    return cost


def limit_op(jobs: Jobs, sites: Sites, prices: Prices, cost: Floats) -> float:
    """Return what no schedule can achieve more of, in operations weighted by their worth.

    Source
    ------
    Any prices y >= 0 give the bound sum(capacity y) + sum over jobs of work x max(0, value - cheapest cost):
    weak duality, Dantzig, Linear Programming and Extensions (1963), ch. 6.
    """
    gain = np.maximum(jobs.value - cost.min(axis=1, initial=np.inf), 0.0)
    return prices.paid(sites) + float(jobs.work_op @ gain)


def find_prices(
    jobs: Jobs, sites: Sites, given: Terms, cost: Floats, n_variables: int = N_VARIABLES
) -> Prices:
    """Return prices from a linear programme on bundles of like jobs and blocks of slots.

    Parameters
    ----------
    jobs, sites, given : of one window.
    cost : (j, site) finite where a job could run alone.
    n_variables : the finest blocks are taken with which the programme is no larger.

    Returns
    -------
    Prices; none if the solver fails.

    Source
    ------
    Dual values of the programme's capacity rows; solver: HiGHS, dual simplex.
    """
    runs = np.flatnonzero(np.isfinite(cost).any(axis=1))
    if runs.size == 0 or _plenty(jobs, sites, given, cost):
        return Prices.none(sites)
    runs = runs[:: -(-runs.size // N_SAMPLE)]
    programme = None
    for n_blocks in _resolutions(sites.n_slots):
        programme = _Programme.of(jobs, sites, given, cost, runs, n_blocks)
        if programme.n_variables <= n_variables:
            break
    assert programme is not None
    return programme.prices(sites)


def _plenty(jobs: Jobs, sites: Sites, given: Terms, cost: Floats) -> bool:
    """Return whether each site could hold over the window all work that may run at it."""
    may = np.isfinite(cost)
    need = jobs.work_op[:, None] * np.where(may, given.per_op[jobs.job_class], 0.0)
    return bool(
        np.all(need.sum(axis=0) <= sites.op.sum(axis=1))
        and np.all(jobs.input_bit @ may <= sites.up_bit.sum(axis=1))
        and np.all(jobs.output_bit @ may <= sites.down_bit.sum(axis=1))
    )


def _resolutions(n_slots: int) -> list[int]:
    """Return numbers of blocks, finest first."""
    wanted = (1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48)
    return sorted({-(-n_slots // size) for size in wanted} | {1}, reverse=True)


@dataclass(frozen=True)
class _Programme:
    """Bundles (b,) of like jobs and their variables (v,): share of a bundle's work by site and block."""

    n_blocks: int
    block_of: Ints
    """(k,) block of each slot."""
    worth: Floats
    """(b,) value of all work of a bundle."""
    need_op: Floats
    """(b, site) card operations of all of it."""
    bits: tuple[Floats, Floats]
    """(b,) up and down."""
    bundle: Ints
    """(v,)"""
    site: Ints
    """(v,)"""
    block: Ints
    """(v,)"""
    most: Floats
    """(v,) largest share that fits into the block at the width of the jobs."""

    @property
    def n_variables(self) -> int:
        return int(self.bundle.size)

    @classmethod
    def of(
        cls, jobs: Jobs, sites: Sites, given: Terms, cost: Floats, runs: Ints, n_blocks: int
    ) -> _Programme:
        n_slot = sites.n_slots
        block_of = np.arange(n_slot) * n_blocks // n_slot
        last = given.release[runs] + given.span[runs] - 1
        begin = block_of[given.release[runs]]
        n_wide = np.minimum(block_of[last % n_slot] + n_blocks * (last // n_slot) - begin + 1, n_blocks)
        where = np.isfinite(cost[runs])
        keys = (jobs.job_class[runs], given.group[runs], begin, n_wide, _levels(jobs.value[runs]), *where.T)
        if not _city_matters(given, len(jobs.cities)):
            keys = (keys[0], *keys[2:])
        number = _number_alike(keys)
        n = int(number.max()) + 1
        first = np.zeros(n, np.int64)
        first[number[::-1]] = np.arange(runs.size)[::-1]

        stands_for = np.isfinite(cost).any(axis=1).sum() / runs.size

        def total(values: Floats) -> Floats:
            return np.asarray(stands_for * np.bincount(number, values, n), np.float64)

        work = total(jobs.work_op[runs])
        kind = jobs.job_class[runs[first]]
        per_op = np.where(where[first], given.per_op[kind], 0.0)
        bundle, site = np.nonzero(where[first])
        wide = n_wide[first][bundle]
        variable = np.repeat(np.arange(bundle.size), wide)
        step = np.arange(variable.size) - np.repeat(np.cumsum(wide) - wide, wide)
        bundle, site = bundle[variable], site[variable]
        block = (begin[first][bundle] + step) % n_blocks
        # a job that needs r slots at full width can do 1 / r of its work in each; the bundle's mean
        most_op = np.minimum(given.most_op[kind], sites.op.max(axis=1))
        n_jobs = total(jobs.n_jobs[runs].astype(np.float64))
        mean_span = total(given.span[runs].astype(np.float64)) / total(np.ones(runs.size))
        slots = np.minimum(n_slot / n_blocks, mean_span[bundle])
        need = work[:, None] * per_op
        share = np.divide(
            most_op[bundle, site] * n_jobs[bundle], need[bundle, site],
            out=np.ones(bundle.size), where=need[bundle, site] > 0.0,
        ) * slots  # fmt: skip
        return cls(
            n_blocks, block_of, total(jobs.value[runs] * jobs.work_op[runs]), need,
            (total(jobs.input_bit[runs]), total(jobs.output_bit[runs])), bundle, site, block,
            np.minimum(share, 1.0),
        )  # fmt: skip

    def prices(self, sites: Sites) -> Prices:
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix

        n_site = len(sites.names)
        op = np.zeros((n_site, self.n_blocks))
        np.add.at(op.T, self.block_of, sites.op.T)
        limits = [op.ravel(), sites.up_bit.sum(axis=1), sites.down_bit.sum(axis=1)]
        column = np.arange(self.n_variables)
        amounts = [
            (self.site * self.n_blocks + self.block, self.need_op[self.bundle, self.site]),
            *((self.site, bit[self.bundle]) for bit in self.bits),
        ]
        # each row and variable in units near one: operations and bits differ by many powers of ten
        rows, columns, entries, bounds = [], [], [], []
        n_row, units = 0, []
        for limit, (row, amount) in zip(limits, amounts, strict=True):
            finite = np.isfinite(limit)
            some = finite & (limit > NOTHING * limit.max(initial=0.0, where=finite))
            unit = np.where(some, limit, 1.0)
            kept = np.flatnonzero(finite[row] & (amount > 0.0))
            rows.append(n_row + row[kept])
            columns.append(column[kept])
            entries.append(np.where(some[row[kept]], amount[kept] / unit[row[kept]], 1.0))
            bounds.append(np.where(some, 1.0, 0.0))
            units.append(unit)
            n_row += limit.size
        rows.append(n_row + self.bundle)
        columns.append(column)
        entries.append(np.ones(column.size))
        bounds.append(np.ones(self.worth.size))
        matrix = csr_matrix(
            (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
            shape=(n_row + self.worth.size, column.size),
        )
        scale = float(self.worth.max())
        solved = linprog(
            -self.worth[self.bundle] / scale,
            A_ub=matrix,
            b_ub=np.concatenate(bounds),
            bounds=np.column_stack([np.zeros(column.size), self.most]),
            method="highs-ds",
        )
        if solved.status != 0:
            return Prices.none(sites)
        marginal = np.maximum(-np.asarray(solved.ineqlin.marginals, np.float64)[:n_row], 0.0) * scale
        op_price, up_price, down_price = np.split(marginal, np.cumsum([op.size, n_site]))
        op_price, up_price, down_price = (
            _rounded(price) / unit
            for price, unit in zip((op_price, up_price, down_price), units, strict=True)
        )
        return Prices(op_price.reshape(n_site, self.n_blocks)[:, self.block_of], up_price, down_price)


def _rounded(worth: Floats) -> Floats:
    """Return the worth of whole capacities in steps of a millionth of the largest.

    A plan that follows prices must not change with the last digits of a capacity.
    """
    step = float(worth.max(initial=0.0)) / 2.0**20
    return np.asarray(np.round(worth / step) * step, np.float64) if step > 0.0 else worth


def _city_matters(given: Terms, n_city: int) -> bool:
    """Return whether a class from different cities has different closed slots; who may run where is told."""
    return bool(given.mask.any()) and n_city > 1


def _levels(values: Floats) -> Ints:
    """Return the number of each value among at most `N_VALUES` kinds."""
    distinct, number = np.unique(values, return_inverse=True)
    if distinct.size <= N_VALUES:
        return np.asarray(number, np.int64)
    edges = np.quantile(values, np.linspace(0.0, 1.0, N_VALUES + 1)[1:-1])
    return np.asarray(np.searchsorted(edges, values), np.int64)


def _number_alike(keys: tuple[NDArray[np.generic], ...]) -> Ints:
    """Return the number of each row among the distinct ones."""
    number = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        parts, part = np.unique(key, return_inverse=True)
        _, number = np.unique(number * max(len(parts), 1) + part, return_inverse=True)
    return number
