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
from .programme import Capacity, Programme, block_of
from .schedule import NOWHERE
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_VARIABLES = 3_000
"""Size of the programme: a tenth of a second; four times as many lower the bound by less than 1e-4."""

N_SAMPLE = 20_000
"""Jobs that the programme sees: of more, every second, third and so on stands for its neighbours."""


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
        sites.up_bit, sites.down_bit, prices.op, np.argsort(prices.op, axis=1, kind="stable"), prices.up_bit,
        prices.down_bit, *space, cost,
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


@dataclass(frozen=True)
class Division:
    """What a programme makes of a window."""

    prices: Prices
    home: Ints | None
    """(j,) where each job's part of its bundle went, -1 for nowhere; None unless all jobs were seen."""


def divide(jobs: Jobs, sites: Sites, given: Terms, cost: Floats, n_variables: int = N_VARIABLES) -> Division:
    """Return prices, and who goes where, from a linear programme on bundles of like jobs and blocks of slots.

    Parameters
    ----------
    jobs, sites, given : of one window.
    cost : (j, site) finite where a job could run alone.
    n_variables : the finest blocks are taken with which the programme is no larger.

    Returns
    -------
    Division; no prices if the solver fails.

    Source
    ------
    Dual values of the programme's capacity rows; solver: HiGHS, dual simplex.
    """
    runs = np.flatnonzero(np.isfinite(cost).any(axis=1))
    if runs.size == 0 or _plenty(jobs, sites, given, cost):
        return Division(Prices.none(sites), None)
    chosen = runs[:: -(-runs.size // N_SAMPLE)]
    each = runs.size / chosen.size
    programme = Programme.finest(jobs, sites, given, cost, chosen, n_variables, each)
    whole = Capacity.of(sites, programme.n_blocks)
    found = programme.solve(whole, whole)
    block = block_of(sites.n_slots, programme.n_blocks)
    prices = Prices(np.ascontiguousarray(found.op_price[:, block]), found.up_price, found.down_price)
    if found.status != "solved" or chosen.size < runs.size:
        return Division(prices, None)
    home = np.full(jobs.n_entries, NOWHERE)
    home[runs] = programme.homes(jobs, found.share)
    return Division(prices, home)


def _plenty(jobs: Jobs, sites: Sites, given: Terms, cost: Floats) -> bool:
    """Return whether each site could hold over the window all work that may run at it."""
    may = np.isfinite(cost)
    need = jobs.work_op[:, None] * np.where(may, given.per_op[jobs.job_class], 0.0)
    return bool(
        np.all(need.sum(axis=0) <= sites.op.sum(axis=1))
        and np.all(jobs.input_bit @ may <= sites.up_bit.sum(axis=1))
        and np.all(jobs.output_bit @ may <= sites.down_bit.sum(axis=1))
    )
