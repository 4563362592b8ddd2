"""The linear programme of a window: bundles of like jobs, sites, blocks of slots → shares and prices.

Its solution is where a plan begins and what prices its capacity; as a bound it is not used itself, because
bundles blur their jobs (`prices.limit_op` weighs each job on its own).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..workload import Jobs
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Status = Literal["solved", "time limit", "failed"]

N_VALUES = 24
"""Kinds of worth that the programme tells apart in a class."""

N_BITS = 22
"""Binary digits of capacities and needs in a programme: a relative error of 1e-7."""

N_FLAGS = 62
"""Flags that fit into a whole number."""

NOTHING = 1e-12
"""Share of a site's largest capacity that counts as none."""


@dataclass(frozen=True)
class Solution:
    """What the solver found; without a solution all shares and prices are zero."""

    status: Status
    share: Floats
    """(v,) of a bundle's work."""
    op_price: Floats
    """(site, block) worth of one more card operation."""
    up_price: Floats
    """(site,) worth of one more bit up."""
    down_price: Floats
    """(site,) worth of one more bit down."""


@dataclass(frozen=True)
class Capacity:
    """What there is to share out: operations (site, block), bits up and down (site,)."""

    op: Floats
    up_bit: Floats
    down_bit: Floats

    @classmethod
    def of(cls, sites: Sites, n_blocks: int) -> Capacity:
        """Return all that the sites have, in round figures."""
        op = np.zeros((len(sites.names), n_blocks))
        np.add.at(op.T, block_of(sites.n_slots, n_blocks), sites.op.T)
        return cls(
            *(round_figures(each) for each in (op, sites.up_bit.sum(axis=1), sites.down_bit.sum(axis=1)))
        )


def round_figures(values: Floats) -> Floats:
    """Return values to `N_BITS` binary digits: of many equal solutions, the last digits must not choose.

    >>> round_figures(np.array([1.0 + 1e-12, 0.0, np.inf])).tolist()
    [1.0, 0.0, inf]
    """
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(mantissa * 2.0**N_BITS), exponent - N_BITS), np.float64)


def block_of(n_slots: int, n_blocks: int) -> Ints:
    """Return (k,) the block that each slot lies in."""
    return np.asarray(np.arange(n_slots) * n_blocks // n_slots, np.int64)


def resolutions(n_slots: int) -> list[int]:
    """Return numbers of blocks, finest first.

    >>> resolutions(6)
    [6, 3, 2, 1]
    """
    wanted = (1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48)
    return sorted({-(-n_slots // size) for size in wanted} | {1}, reverse=True)


@dataclass(frozen=True)
class Programme:
    """Bundles `b` of like jobs and their variables `v`: share of a bundle's work by site and block."""

    n_blocks: int
    job: Ints
    """(i,) the jobs in it."""
    bundle_of: Ints
    """(i,) bundle of each of them."""
    worth: Floats
    """(b,) value of all work of a bundle."""
    need_op: Floats
    """(b, site) card operations of all of it."""
    up_bit: Floats
    """(b,)"""
    down_bit: Floats
    """(b,)"""
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
        """Shares to be found."""
        return int(self.bundle.size)

    @classmethod
    def of(
        cls,
        jobs: Jobs,
        sites: Sites,
        given: Terms,
        cost: Floats,
        chosen: Ints,
        n_blocks: int,
        each: float = 1.0,
    ) -> Programme:
        """Return the programme of these jobs, each of which stands for `each` like it.

        `cost` (j, site) is finite where a job could run alone.
        """
        n_slot = sites.n_slots
        block = block_of(n_slot, n_blocks)
        last = given.release[chosen] + given.span[chosen] - 1
        begin = block[given.release[chosen]]
        n_wide = np.minimum(block[last % n_slot] + n_blocks * (last // n_slot) - begin + 1, n_blocks)
        where = np.isfinite(cost[chosen])
        keys = [jobs.job_class[chosen], begin, n_wide, _levels(jobs.value[chosen]), *_sets(where)]
        if given.mask.any():
            keys.append(given.group[chosen])
        number = _number_alike(keys)
        n = int(number.max(initial=-1)) + 1
        first = np.zeros(n, np.int64)
        first[number[::-1]] = np.arange(chosen.size)[::-1]

        def total(values: NDArray[np.generic]) -> Floats:
            return np.asarray(each * np.bincount(number, values, n), np.float64)

        kind = jobs.job_class[chosen[first]]
        per_op = round_figures(np.where(where[first], given.per_op[kind], 0.0))
        need = total(jobs.work_op[chosen])[:, None] * per_op
        bundle, site = np.nonzero(where[first])
        wide = n_wide[first][bundle]
        variable = np.repeat(np.arange(bundle.size), wide)
        step = np.arange(variable.size) - np.repeat(np.cumsum(wide) - wide, wide)
        bundle, site = bundle[variable], site[variable]
        # a job that needs r slots at full width can do 1 / r of its work in each; the bundle's mean
        most_op = round_figures(np.minimum(given.most_op[kind], sites.op.max(axis=1)))[bundle, site]
        mean_span = total(given.span[chosen]) / np.maximum(total(np.ones(chosen.size)), 1.0)
        slots = np.minimum(n_slot / n_blocks, mean_span[bundle])
        rate_op = most_op * total(jobs.n_jobs[chosen])[bundle] * slots
        at_once = np.divide(
            rate_op, need[bundle, site], out=np.ones(bundle.size), where=need[bundle, site] > 0.0
        )
        return cls(
            n_blocks=n_blocks,
            job=chosen,
            bundle_of=number,
            worth=total(jobs.value[chosen] * jobs.work_op[chosen]),
            need_op=need,
            up_bit=total(jobs.input_bit[chosen]),
            down_bit=total(jobs.output_bit[chosen]),
            bundle=bundle,
            site=site,
            block=(begin[first][bundle] + step) % n_blocks,
            most=np.minimum(at_once, 1.0),
        )

    @classmethod
    def finest(
        cls,
        jobs: Jobs,
        sites: Sites,
        given: Terms,
        cost: Floats,
        chosen: Ints,
        n_variables: int,
        each: float = 1.0,
    ) -> Programme:
        """Return the programme in the finest blocks with which it is no larger, in one block if in none."""
        coarsest, *finer = reversed(resolutions(sites.n_slots))
        programme = cls.of(jobs, sites, given, cost, chosen, coarsest, each)
        for n_blocks in finer:  # coarse ones first: they are made in no time
            larger = cls.of(jobs, sites, given, cost, chosen, n_blocks, each)
            if larger.n_variables > n_variables:
                break
            programme = larger
        return programme

    def used(self, share: Floats) -> Capacity:
        """Return what these shares (v,) take."""
        n_site = self.need_op.shape[1]
        op = np.zeros((n_site, self.n_blocks))
        np.add.at(op, (self.site, self.block), share * self.need_op[self.bundle, self.site])
        bits = (
            np.bincount(self.site, share * bit[self.bundle], n_site) for bit in (self.up_bit, self.down_bit)
        )
        return Capacity(op, *(np.asarray(bit, np.float64) for bit in bits))

    def homes(self, jobs: Jobs, share: Floats) -> Ints:
        """Return (i,) the site of each job, -1 if none: a bundle's jobs, dearest first, fill its shares."""
        n_bundle, n_site = self.need_op.shape
        by_site = np.zeros((n_bundle, n_site))
        np.add.at(by_site, (self.bundle, self.site), share)
        upto = np.cumsum(by_site, axis=1)
        work = jobs.work_op[self.job]
        order = np.lexsort((-jobs.value[self.job], self.bundle_of))
        bundle = self.bundle_of[order]
        whole = np.bincount(bundle, work[order], n_bundle)
        before = np.cumsum(work[order]) - work[order]
        before -= np.concatenate([[0.0], np.cumsum(whole)])[bundle]
        middle = (before + 0.5 * work[order]) / whole[bundle]
        site = (middle[:, None] >= upto[bundle]).sum(axis=1)
        home = np.full(order.size, -1)
        home[order] = np.where(site < n_site, site, -1)
        return home

    def solve(self, whole: Capacity, left: Capacity, time_limit_s: float = np.inf) -> Solution:
        """Return the shares of most worth within what is left of a capacity, and what more would be worth.

        Source
        ------
        HiGHS, dual simplex (Huangfu and Hall, Mathematical Programming Computation 10 (2018) 119).
        """
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix

        n_site = self.need_op.shape[1]
        limits = (
            (whole.op.ravel(), left.op.ravel()),
            (whole.up_bit, left.up_bit),
            (whole.down_bit, left.down_bit),
        )
        column = np.arange(self.n_variables)
        amounts = (
            (self.site * self.n_blocks + self.block, self.need_op[self.bundle, self.site]),
            (self.site, self.up_bit[self.bundle]),
            (self.site, self.down_bit[self.bundle]),
        )
        # each row and variable in units near one: operations and bits differ by many powers of ten
        rows, columns, entries, bounds, units = [], [], [], [], []
        n_row = 0
        for (limit, rest), (row, amount) in zip(limits, amounts, strict=True):
            finite = np.isfinite(limit)
            some = finite & (limit > NOTHING * limit.max(initial=0.0, where=finite))
            unit = np.where(some, limit, 1.0)
            kept = np.flatnonzero(finite[row] & (amount > 0.0))
            rows.append(n_row + row[kept])
            columns.append(column[kept])
            entries.append(np.where(some[row[kept]], amount[kept] / unit[row[kept]], 1.0))
            bounds.append(np.where(some, rest / unit, 0.0))
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
        scale = float(self.worth.max(initial=0.0)) or 1.0
        solved = linprog(
            -self.worth[self.bundle] / scale,
            A_ub=matrix,
            b_ub=np.concatenate(bounds),
            bounds=np.column_stack([np.zeros(column.size), self.most]),
            method="highs-ds",
            options={"time_limit": time_limit_s},
        )
        if solved.status != 0:
            nothing = np.zeros((n_site, self.n_blocks)), np.zeros(n_site), np.zeros(n_site)
            status: Status = "time limit" if solved.status == 1 else "failed"
            return Solution(status, np.zeros(self.n_variables), *nothing)
        marginal = np.maximum(-np.asarray(solved.ineqlin.marginals, np.float64)[:n_row], 0.0) * scale
        parts = np.split(marginal, np.cumsum([unit.size for unit in units])[:-1])
        prices = [_rounded(part) / unit for part, unit in zip(parts, units, strict=True)]
        shape = n_site, self.n_blocks
        return Solution(
            "solved", np.asarray(solved.x, np.float64), prices[0].reshape(shape), prices[1], prices[2]
        )


def _rounded(worth: Floats) -> Floats:
    """Return the worth of whole capacities in steps of a millionth of the largest.

    A plan that follows prices must not change with the last digits of a capacity.
    """
    step = float(worth.max(initial=0.0)) / 2.0**20
    return np.asarray(np.round(worth / step) * step, np.float64) if step > 0.0 else worth


def _levels(values: Floats) -> Ints:
    """Return the number of each value among at most `N_VALUES` kinds."""
    distinct, number = np.unique(values, return_inverse=True)
    if distinct.size <= N_VALUES:
        return np.asarray(number, np.int64)
    edges = np.quantile(values, np.linspace(0.0, 1.0, N_VALUES + 1)[1:-1])
    return np.asarray(np.searchsorted(edges, values), np.int64)


def _sets(flags: NDArray[np.bool_]) -> list[Ints]:
    """Return whole numbers that tell sets of flags apart, one a row, as many as needed.

    >>> [sets.tolist() for sets in _sets(np.array([[True, False], [True, True], [True, False]]))]
    [[0, 1, 0]]
    """
    n = flags.shape[1]
    codes = [
        flags[:, first : first + N_FLAGS] @ (1 << np.arange(min(N_FLAGS, n - first)))
        for first in range(0, n, N_FLAGS)
    ]
    return [np.asarray(np.unique(code, return_inverse=True)[1], np.int64) for code in codes]


def _number_alike(keys: list[Ints]) -> Ints:
    """Return the number of each row among the distinct ones; keys are small numbers from 0 on.

    >>> _number_alike([np.array([1, 0, 1, 1]), np.array([2, 5, 2, 0])]).tolist()
    [2, 0, 2, 1]
    """
    number, n = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        n_kinds = int(key.max(initial=0)) + 1
        if n * n_kinds >= 2**62:
            kinds, number = np.unique(number, return_inverse=True)
            n = len(kinds)
        number, n = number * n_kinds + key, n * n_kinds
    return np.asarray(np.unique(number, return_inverse=True)[1], np.int64)
