"""Few jobs, each whole: the bound against exact algorithms for one machine and cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scheduler import COLD, SPACE_DATA, flat, greedy, job_list, one, site_list

from orbitdc.scheduler import bound, check, replay, whole
from orbitdc.scheduler.prices import Prices, costs
from orbitdc.scheduler.terms import terms

N_SLOTS = 16
NEAR = 1e-5
"""Share of all work asked for: the bound lies so much above the optimum, for the solver's tolerances."""


def alone(bit=np.inf, n_slots=N_SLOTS, op=1.0):
    """One machine in orbit, which does an operation a slot; its link `bit` (k,)."""
    op = np.vstack([np.full(n_slots, op), np.zeros((2, n_slots))])
    return site_list(op, np.broadcast_to(bit, n_slots))


def equal(n_slots, rows):
    """Jobs of (release, deadline, slots of work), each worth 1."""
    return job_list(
        n_slots, [one(COLD, first, last - first, work, value=1.0 / work) for first, last, work in rows]
    )


def moore_hodgson(rows):
    """Return how many jobs (work, deadline), all there at once, one machine can do in time.

    Moore, Management Science 15 (1968) 102: by deadline; where one is missed, the longest so far goes.
    """
    kept = []
    for work, deadline in sorted(rows, key=lambda row: row[1]):
        kept.append(work)
        if sum(kept) > deadline:
            kept.remove(max(kept))
    return len(kept)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, N_SLOTS)), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_as_many_jobs_as_moore_and_hodgson_find(rows):
    jobs = equal(N_SLOTS, [(0, deadline, work) for work, deadline in rows])
    found = bound(jobs, alone()).value_op
    assert found == pytest.approx(moore_hodgson(rows), rel=NEAR, abs=NEAR * len(rows))


def fits(rows):
    """Return whether one machine can do all jobs (first slot, slot after the last, work), cut at will.

    Horn, Naval Research Logistics Quarterly 21 (1974) 177: earliest deadline first, of those that are there.
    """
    left = [work for *_, work in rows]
    for k in range(N_SLOTS):
        here = [i for i, (first, _, _) in enumerate(rows) if first <= k and left[i] > 0]
        if here:
            left[min(here, key=lambda i: rows[i][1])] -= 1
        if any(left[i] > 0 and last <= k + 1 for i, (_, last, _) in enumerate(rows)):
            return False
    return True


small_jobs = st.tuples(
    st.integers(0, N_SLOTS - 2),
    st.integers(2, N_SLOTS),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
)


@given(
    rows=st.lists(small_jobs, min_size=1, max_size=6),
    passes=st.lists(st.booleans(), min_size=N_SLOTS, max_size=N_SLOTS),
)
@settings(max_examples=100, deadline=None)
def test_the_best_of_all_sets_of_jobs_whose_data_wait_for_a_pass(rows, passes):
    """Passes carry all there is: work lies between the first and the last one if it has input and output."""
    asked, windows = [], []
    for first, length, work, has_input, has_output, value in rows:
        end = min(first + length, N_SLOTS)
        asked.append(one(COLD, first, end - first, work, float(has_input), float(has_output), float(value)))
        seen = [k for k in range(first, end) if passes[k]]
        fed = min(seen, default=end) if has_input else first
        leaves = max(seen, default=-1) + 1 if has_output else end
        windows.append((fed, leaves, work))
    jobs = job_list(N_SLOTS, asked)
    worth = jobs.value * jobs.work_op
    best = max(
        worth[list(chosen)].sum()
        for chosen in product([False, True], repeat=len(rows))
        if fits(list(compress(windows, chosen)))
    )
    sites = alone(np.where(passes, 100.0, 0.0))
    found = bound(jobs, sites).value_op
    assert best <= found <= best + NEAR * worth.sum()
    plan = greedy(jobs, sites)
    check(jobs, sites, plan)
    replay(jobs, sites, plan)
    assert plan.completed_value(jobs) <= best * (1.0 + 1e-9)


def test_two_thirds_of_a_window_fit_once():
    jobs = equal(6, [(0, 6, 4)] * 3)
    assert bound(jobs, alone(n_slots=6)).value_op == pytest.approx(1.0, rel=NEAR)


def test_work_after_the_last_pass_counts_for_nothing():
    """A pass in slots 1 and 3 of 6: four slots of work; without output all six count."""
    jobs = job_list(6, [one(SPACE_DATA, 0, 6, 1.0, down=1.0) for _ in range(6)])
    sites = alone([0.0, 10.0, 0.0, 10.0, 0.0, 0.0], 6)
    assert bound(jobs, sites).value_op == pytest.approx(4.0, rel=NEAR)
    free = replace(jobs, output_bit=np.zeros(6))
    assert bound(free, sites).value_op == pytest.approx(6.0, rel=NEAR)


def test_output_of_several_jobs_shares_the_passes_that_are_left():
    """Three jobs in plenty of slots; a pass takes the output of one, and of the last job both are needed."""
    jobs = job_list(6, [one(SPACE_DATA, 0, 6, 1.0, down=down) for down in (1.0, 1.0, 2.0)])
    sites = alone([0.0, 0.0, 1.0, 0.0, 1.0, 0.0], 6)
    assert bound(jobs, sites).value_op == pytest.approx(2.0, rel=NEAR)


def test_each_job_has_one_site():
    """Two sites with half the time for it each do not make one that does the job."""
    jobs = job_list(6, [one(COLD, 0, 6, 8.0), one(COLD, 0, 6, 5.0)])
    assert bound(jobs, flat(1.0, 0.0, 1.0)).value_op == pytest.approx(5.0, rel=NEAR)
    assert bound(jobs, flat(2.0, 0.0, 1.0)).value_op == pytest.approx(13.0, rel=NEAR)


def test_the_window_is_a_circle():
    """A job that comes in slot 5 of 6 and has four slots goes on at the beginning."""
    jobs = job_list(6, [one(COLD, 5, 4, 4.0), one(COLD, 0, 2, 2.0, value=3.0)])
    assert bound(jobs, alone(n_slots=6)).value_op == pytest.approx(6.0, rel=NEAR)


def limit(jobs, sites):
    given_terms = terms(jobs, sites)
    return whole.whole_limit_op(jobs, sites, given_terms, costs(jobs, sites, given_terms, Prices.none(sites)))


def test_many_jobs_are_not_told_apart():
    row = one(COLD, 0, N_SLOTS, 1.0)
    assert limit(job_list(N_SLOTS, [row] * whole.N_PAIRS), alone()) == pytest.approx(N_SLOTS, rel=NEAR)
    assert limit(job_list(N_SLOTS, [row] * (whole.N_PAIRS + 1)), alone()) == np.inf


def test_a_search_that_ends_early_still_bounds(monkeypatch):
    """Of 30 jobs of nearly equal worth half the work and data fit: a knapsack of three dimensions."""
    draw = np.random.default_rng(1)
    work, up, down = draw.uniform(1.0, 2.0, (3, 30))
    value = draw.uniform(1.0, 1.1, 30) / work
    jobs = job_list(6, [one(COLD, 0, 6, *row) for row in zip(work, up, down, value, strict=True)])
    sites = alone(3.75, 6, op=3.75)
    proved = limit(jobs, sites)
    monkeypatch.setattr(whole, "N_NODES", 1)
    assert 1.001 * proved < limit(jobs, sites) < 1.1 * proved
