"""A linear programme on a rolling horizon, rounded to whole jobs: jobs, sites → schedule near the best."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from ..assignment import assign
from ..bound import bound
from ..canonical import in_canonical_order
from ..prices import Prices, costs, divide, limit_op
from ..programme import Capacity, Programme, Status, block_of, resolutions
from ..schedule import COMPLETED, Schedule
from ..sites import Sites
from ..terms import Terms, terms
from .greedy import greedy, plan_by_prices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_VARIABLES = 180_000
"""Size up to which the programme of a window is solved whole: 200 classes, 6 sites, 144 slots."""

N_BLOCKS = 12
"""Blocks in the window below which it is rather cut into spans."""

N_WHOLE = 4_000
"""Jobs times sites up to which whole jobs are assigned by branch and bound as well."""

WHOLE_LIMIT_S = 2.0
"""For that."""

NEAR = 0.999
"""Share of the bound at which a plan is left as it is."""

TIME_LIMIT_S = 100.0
"""For all solving in a window."""


def optimal(
    jobs: Jobs, sites: Sites, *, n_variables: int = N_VARIABLES, time_limit_s: float = TIME_LIMIT_S
) -> Schedule:
    """Divide the work by a linear programme, round it to whole jobs, and place them slot by slot.

    The programme divides bundles of like jobs among sites and slots. Each job then goes to the site where its
    part of the bundle went; jobs that the programme leaves out come last. Where list scheduling by prices has
    come within a thousandth of the bound already, nothing more is solved. Few jobs are also assigned whole,
    by branch and bound over the window, and the better plan is kept. If the programme is too large to be
    solved whole, the window is cut into spans by arrival: each is solved with the next one in view, and what
    it takes is gone for those after it.

    Parameters
    ----------
    jobs, sites : of one window.
    n_variables : largest programme.
    time_limit_s : for the solver, all spans together.

    Returns
    -------
    Schedule
        Never worth less than that of `greedy`. `solver` says whether every programme was solved or time was
        up; `limit_op` is the bound that was proved: value over bound says how far from the best the plan can
        be at most. Even a solved programme makes no optimal plan, because rounding costs something.

    Source
    ------
    HiGHS; rounding shares of machines to whole jobs: Lenstra, Shmoys and Tardos, Mathematical Programming 46
    (1990) 259; here by list scheduling.

    Examples
    --------
    `POLICIES["optimal"](jobs, sites).solver`.
    """
    first = replace(greedy(jobs, sites), policy="optimal", solver="solved")
    reached = first.completed_value(jobs)
    if np.all(first.outcome == COMPLETED):
        return replace(first, limit_op=reached)
    limit = bound(jobs, sites).value_op
    if reached >= NEAR * limit:
        return replace(first, limit_op=limit)

    def rounded(jobs: Jobs, sites: Sites) -> Schedule:
        return _rounded(jobs, sites, n_variables, time_limit_s)

    plan = in_canonical_order(rounded, jobs, sites)
    better = plan if plan.completed_value(jobs) > reached else first
    return replace(better, policy="optimal", solver=plan.solver, limit_op=min(limit, plan.limit_op))


def _rounded(jobs: Jobs, sites: Sites, n_variables: int, time_limit_s: float) -> Schedule:
    given = terms(jobs, sites)
    free = Prices.none(sites)
    alone = costs(jobs, sites, given, free)
    prices = divide(jobs, sites, given, alone).prices
    cost = costs(jobs, sites, given, prices)
    limit = min(limit_op(jobs, sites, free, alone), limit_op(jobs, sites, prices, cost))
    home, status, finer = _divide(jobs, sites, given, alone, n_variables, time_limit_s)
    if finer is not None:
        finer_cost = costs(jobs, sites, given, finer)
        finer_limit = limit_op(jobs, sites, finer, finer_cost)
        if finer_limit < limit:
            prices, cost, limit = finer, finer_cost, finer_limit
    homes = [home]
    if alone.size <= N_WHOLE:
        homes.append(_whole_homes(jobs, sites, given, alone))
    plans = [plan_by_prices("optimal", jobs, sites, given, prices, cost, one, NEAR) for one in homes]
    best = max(plans, key=lambda plan: plan.completed_value(jobs))
    return replace(best, solver=status, limit_op=limit)


def _whole_homes(jobs: Jobs, sites: Sites, given: Terms, alone: Floats) -> Ints:
    """Return (j,) the site of each job when whole jobs share what each site has in the whole window."""
    able = np.isfinite(alone)
    needs = np.stack(
        [
            jobs.work_op[:, None] * np.where(able, given.per_op[jobs.job_class], 0.0),
            np.repeat(jobs.input_bit[:, None], able.shape[1], axis=1),
            np.repeat(jobs.output_bit[:, None], able.shape[1], axis=1),
        ]
    )
    capacity = np.stack([sites.op.sum(axis=1), sites.up_bit.sum(axis=1), sites.down_bit.sum(axis=1)])
    unit = np.where(np.isfinite(capacity) & (capacity > 0.0), capacity, 1.0)
    worth = np.where(able, (jobs.value * jobs.work_op)[:, None], -np.inf)
    scale = float(worth.max(initial=0.0, where=able)) or 1.0
    return assign(worth / scale, needs / unit[:, None, :], capacity / unit, time_limit_s=WHOLE_LIMIT_S).place


def _divide(
    jobs: Jobs, sites: Sites, given: Terms, alone: Floats, n_variables: int, time_limit_s: float
) -> tuple[Ints, Status, Prices | None]:
    """Return (j,) the site that the programme gives each job, -1 if none; how it ended; prices if whole."""
    n_slot = sites.n_slots
    home = np.full(jobs.n_entries, -1)
    runs = np.flatnonzero(np.isfinite(alone).any(axis=1))
    n_blocks, n_spans = _cut(jobs, sites, given, alone, runs, n_variables)
    span = given.release[runs] * n_spans // n_slot
    whole = left = Capacity.of(sites, n_blocks)
    prices: Prices | None = None
    status: Status = "solved"
    until_s = time.monotonic() + time_limit_s
    for number in range(n_spans):
        seen = runs[(span == number) | (span == number + 1)]
        if seen.size == 0:
            continue
        programme = Programme.of(jobs, sites, given, alone, seen, n_blocks)
        found = programme.solve(whole, left, max(until_s - time.monotonic(), 0.0))
        if found.status != "solved":
            status = found.status
            continue
        now = given.release[seen] * n_spans // n_slot == number
        sent = programme.homes(jobs, found.share)
        home[seen[now]] = sent[now]
        # the part of each bundle that arrives now takes its share; a bundle lies in one span or the next
        of_now = np.zeros(programme.worth.size, np.bool_)
        of_now[programme.bundle_of[now]] = True
        taken = programme.used(np.where(of_now[programme.bundle], found.share, 0.0))
        left = Capacity(
            np.maximum(left.op - taken.op, 0.0),
            np.maximum(left.up_bit - taken.up_bit, 0.0),
            np.maximum(left.down_bit - taken.down_bit, 0.0),
        )
        if n_spans == 1:
            op_price = found.op_price[:, block_of(n_slot, n_blocks)]
            prices = Prices(op_price, found.up_price, found.down_price)
    return home, status, prices


def _cut(
    jobs: Jobs, sites: Sites, given: Terms, alone: Floats, runs: Ints, n_variables: int
) -> tuple[int, int]:
    """Return the number of blocks and the number of spans with which no programme is too large."""
    n_blocks = Programme.finest(jobs, sites, given, alone, runs, n_variables).n_blocks
    fewest = min(n for n in resolutions(sites.n_slots) if n >= min(N_BLOCKS, sites.n_slots))
    if n_blocks >= fewest:
        return n_blocks, 1
    size = Programme.of(jobs, sites, given, alone, runs, fewest).n_variables
    # two spans are in view at once
    return fewest, int(min(np.ceil(2.0 * size / n_variables), fewest))
