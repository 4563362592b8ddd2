"""Earliest deadline first and, where not all work fits, by what it is worth: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from ..canonical import in_canonical_order
from ..placing import Board, by_key, first_come, place, ranked_by
from ..prices import Prices, costs, divide, limit_op
from ..schedule import COMPLETED, Schedule
from ..sites import Sites
from ..terms import Terms, terms
from .preference import nearness, side_rank

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PREFERENCE = {
    "hot": (("east", "west"), ("orbit",)),
    "warm": (("west",), ("east",), ("orbit",)),
    "cold": (("orbit",), ("west",), ("east",)),
    "space": (("orbit",),),
}
"""Groups of sides in the order tried, the nearest site of a group first: hot work stays near its users, cold
work goes up or west, data taken in orbit stays there."""

LIKE = 1e-6
"""Costs and densities that differ by less are alike: the last digits of a capacity must not make a plan."""

ENOUGH = 0.995
"""Share of the bound at which the search for a better plan ends."""

N_ROUNDS, N_PLACED = 60, 120_000
"""Plans made at most, and jobs placed in all of them; three plans are made of any number."""

FAIR, N_STALLED, N_STALLED_YET = 0.99, 5, 20
"""Plans made in a row without a better one: few where this share of the bound is reached, more below it."""

CHEAP = 1e100
"""Largest value over price."""

HASTES = (1.0, 2.0)
"""Head start of jobs without slack, in the logarithm of value over price; the second if one is not enough."""

IDLE_FRAC = 0.3
"""Part of the mean price that orders work at sites with room to spare, which pays nothing."""

N_LEVELS = 32
"""Degrees of fullness that slots are told apart by."""

PUSH = 0.2
"""By how much a job that was left out moves up, in the logarithm of value over price."""


def greedy(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline or, if not all fit, by value density; each on its first fit.

    Earliest deadline first, sites in the order of `PREFERENCE`, wastes least. Once work must be turned away
    it turns away the wrong jobs: then a linear programme says what capacity is worth and which site each job
    suits best. Jobs come in the order of their value over what they would pay, those with little slack
    earlier and those that the programme leaves out later; each tries the programme's site first, then the
    others, cheapest first, and fills the emptiest of its slots, so that what is left lies flat and a wide
    gang still finds its width. Jobs that were left out although they are worth their price move up, and the
    plan is made again.

    Parameters
    ----------
    jobs : of one window.
    sites : with their capacity in each slot of that window.

    Returns
    -------
    Schedule, the best of the plans made.

    Source
    ------
    Jackson, Management Science Research Report 43, UCLA (1955): earliest deadline first; Dantzig, Operations
    Research 5 (1957) 266: value density; Joslin and Clements, J. Artificial Intelligence Research 10 (1999)
    353: moving up what was left out; Lenstra, Shmoys and Tardos, Mathematical Programming 46 (1990) 259:
    sites from a programme.

    Examples
    --------
    `POLICIES["greedy"](jobs, sites).n_by_outcome(jobs)`.
    """
    given = terms(jobs, sites)
    ranked = ranked_by(sites, given.allowed, side_rank(jobs, sites, PREFERENCE), nearness(jobs, sites))
    _, cheapness = np.unique(-jobs.value, return_inverse=True)
    by_deadline = (given.release + given.span) * (cheapness.max(initial=0) + 1) + cheapness
    plan = place("greedy", jobs, sites, given, by_key(jobs, by_deadline), ranked)
    if np.all(plan.outcome == COMPLETED):
        return plan
    other = in_canonical_order(_contended, jobs, sites)
    return other if other.completed_value(jobs) > plan.completed_value(jobs) * (1.0 + LIKE) else plan


def _contended(jobs: Jobs, sites: Sites) -> Schedule:
    """Return the best plan found when not all work fits."""
    given = terms(jobs, sites)
    alone = costs(jobs, sites, given, Prices.none(sites))
    found = divide(jobs, sites, given, alone)
    cost = costs(jobs, sites, given, found.prices)
    return plan_by_prices("greedy", jobs, sites, given, found.prices, cost, found.home)


def plan_by_prices(
    policy: str,
    jobs: Jobs,
    sites: Sites,
    given: Terms,
    prices: Prices,
    cost: Floats,
    home: Ints | None = None,
    enough: float = ENOUGH,
) -> Schedule:
    """Return the best of several plans, jobs in the order of their value over what they would pay.

    `cost` (j, site) is what they would pay at these prices; `home` (j,) the site that a job tries first, -1
    where it should not run, which then tries as others do, after them; `enough` the share of the bound at
    which the search ends.
    """
    limit = limit_op(jobs, sites, prices, cost)
    paid = np.round(np.where(np.isfinite(cost), cost / jobs.value[:, None], np.inf) / LIKE)
    if home is not None:
        paid[home >= 0, home[home >= 0]] = -1.0
    side = side_rank(jobs, sites, PREFERENCE)[given.group]
    ranked = ranked_by(sites, given.allowed[given.group], paid, side, nearness(jobs, sites)[given.group])
    tied = np.lexsort((*first_come(jobs), given.release + given.span))
    rows = np.arange(jobs.n_entries)
    best: tuple[Board, Ints] | None = None
    best_op = 0.0
    for haste in HASTES:
        push, density = _density(jobs, sites, given, prices, cost, haste)
        if home is not None:
            density = density - np.where(home < 0, np.int64(1.0 / LIKE), 0)
        here_op, n_stalled = -1.0, 0
        for _ in range(max(3, min(N_ROUNDS, N_PLACED // max(jobs.n_entries, 1)))):
            order = tied[np.argsort(-density[tied], kind="stable")]
            board = Board(jobs, sites, given, N_LEVELS)
            board.offer(order, ranked, rows)
            reached = board.value_op
            n_stalled += 1
            if reached > here_op * (1.0 + LIKE):
                here_op, n_stalled = reached, 0
            if best is None or reached > best_op * (1.0 + LIKE):
                best, best_op = (board, order), reached
            patience = N_STALLED if best_op >= FAIR * limit else N_STALLED_YET
            if best_op >= enough * limit or n_stalled >= patience:
                break
            density = density + np.where(board.placed, 0, push)
        if best_op >= FAIR * limit:
            break
    assert best is not None
    board, order = best
    return board.finish(policy, order, ranked, rows)


def _density(
    jobs: Jobs, sites: Sites, given: Terms, prices: Prices, cost: Floats, haste: float
) -> tuple[Ints, Ints]:
    """Return (j,) by how much a job left out moves up, and its place, the logarithm of value over price.

    Both in steps of `LIKE`. Jobs with little slack have a head start; those that do not pay for what they
    take hardly move up. Work at sites with room to spare pays nothing: a part of the mean price orders it.
    """
    able = np.isfinite(cost)
    per_op = np.where(able, given.per_op[jobs.job_class], np.inf)
    rate_op = given.most_op[jobs.job_class] * jobs.n_jobs[:, None]
    run_slots = np.full(able.shape, np.inf)
    with np.errstate(over="ignore"):  # a site that can do next to nothing takes for ever
        np.divide(per_op * jobs.work_op[:, None], rate_op, out=run_slots, where=able & (rate_op > 0.0))
    least_per_op, least_slots = per_op.min(axis=1, initial=np.inf), run_slots.min(axis=1, initial=np.inf)
    runs = np.isfinite(least_per_op)
    capacity = float(sites.op.sum())
    mean_price = float((prices.op * sites.op).sum()) / capacity if capacity > 0.0 else 0.0
    base = IDLE_FRAC * mean_price if mean_price > 0.0 else 1.0
    price = cost.min(axis=1, initial=np.inf)
    ratio = np.zeros(jobs.n_entries)
    value = jobs.value[runs]
    ratio[runs] = value / np.maximum(price[runs] + base * least_per_op[runs], value / CHEAP)
    slack = np.zeros(jobs.n_entries)
    slack[runs] = np.maximum(given.span[runs] - least_slots[runs], 0.0) / np.maximum(least_slots[runs], 0.5)
    density = np.log(np.maximum(ratio, np.finfo(float).tiny)) + haste / (1.0 + slack)
    push = PUSH * np.minimum(1.0, ratio) ** 4
    return np.round(push / LIKE).astype(np.int64), np.round(density / LIKE).astype(np.int64)
