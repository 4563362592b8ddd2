"""Cases from outside: assignment and knapsack optima, a real cluster's log served first come first."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from orbitdc import validation
from orbitdc.errors import InputError
from orbitdc.scheduler.assignment import assign
from orbitdc.scheduler.fcfs import first_come_first_served
from orbitdc.workload.traces import read_trace

DATA = Path(__file__).parents[2] / "shared" / "data" / "scheduling"
at_hand = pytest.mark.skipif(not DATA.exists(), reason="public instances are not beside this checkout")
CASES = {case.id: case for case in validation.load() if case.part == "scheduling"}


def gap(name):
    """OR-Library: agents and jobs, worth by agent, resource by agent, capacities."""
    numbers = list(map(int, (DATA / "gap" / f"{name}.txt").read_text().split()))
    n_agent, n_job = numbers[:2]
    worth, needs = np.array(numbers[2 : 2 + 2 * n_agent * n_job], float).reshape(2, n_agent, n_job)
    return worth.T, needs.T[None], np.array(numbers[2 + 2 * n_agent * n_job :][:n_agent], float)[None]


def solved(name, sense, time_limit_s):
    worth, needs, capacity = gap(name)
    sign = 1.0 if sense == "Max" else -1.0
    found = assign(sign * worth, needs, capacity, must_run=True, time_limit_s=time_limit_s)
    load = np.zeros(capacity.shape[1])
    np.add.at(load, found.place, needs[0, np.arange(len(found.place)), found.place])
    assert np.all(load <= capacity[0]) and np.all(found.place >= 0)
    return sign * found.value, sign * found.bound, found


@at_hand
@pytest.mark.parametrize(
    "case", [key for key in CASES if key.startswith("gap-") and key[4:10] not in ("d05100", "e05100")]
)
def test_generalised_assignment_reaches_the_published_optimum(case):
    """OR-Library, Beasley; optima through AssignmentProblems.jl."""
    given = CASES[case].inputs
    value, _, found = solved(given["instance"], given["sense"], 60.0)
    assert found.status == "proved" and value == pytest.approx(CASES[case].expected["optimum"], abs=1e-6)
    assert found.gap_frac == 0.0


@at_hand
@pytest.mark.parametrize("name", ["d05100", "e05100"])
def test_hard_instances_state_best_bound_and_gap_when_time_is_up(name):
    """The published optimum, which HiGHS does not prove in a minute for d05100, lies between the two."""
    optimum = CASES[f"gap-{name}-Min"].expected["optimum"]
    value, least, found = solved(name, "Min", 2.0)
    assert found.status == "time limit" and found.gap_frac > 0.0
    assert least <= optimum <= value <= optimum * 1.02
    assert least >= optimum * 0.99


@at_hand
@pytest.mark.parametrize("number", range(1, 8))
def test_multidimensional_knapsack_reaches_the_published_optimum(number):
    """OR-Library mknap1: seven problems of Petersen (1967)."""
    words = iter((DATA / "mknap1.txt").read_text().split())
    for _ in range(int(next(words))):
        n, m, optimum = int(next(words)), int(next(words)), float(next(words))
        worth = np.array([float(next(words)) for _ in range(n)])
        needs = np.array([float(next(words)) for _ in range(n * m)]).reshape(m, n)
        capacity = np.array([float(next(words)) for _ in range(m)])
        number -= 1
        if number == 0:
            break
    found = assign(worth[:, None], needs[:, :, None], capacity[:, None])
    assert found.status == "proved" and found.value == pytest.approx(optimum, abs=1e-6)


def test_nothing_fits_and_nothing_is_found():
    alone = np.array([[[5.0]]])
    found = assign(np.array([[1.0]]), alone, np.array([[3.0]]))
    assert (found.place.tolist(), found.value, found.status) == ([-1], 0.0, "proved")
    found = assign(np.array([[1.0]]), alone, np.array([[3.0]]), must_run=True)
    assert found.status == "none" and found.place.tolist() == [-1]


# --- first come, first served -----------------------------------------------------------------------------


@at_hand
@pytest.mark.parametrize("row", [0, 1])
def test_a_real_log_first_come_first_served(row):
    """NASA Ames iPSC/860, 1993 (B. Nitzberg; Parallel Workloads Archive, D. Feitelson), case trace-nasa.

    256 processors never make a job wait; on its own 128 the cleaned log asks for 176 at once, and 11 wait.
    """
    expected = CASES["trace-nasa"].expected
    log = DATA / "NASA-iPSC-1993-3.1-cln.swf.gz"
    rows = [line.split() for line in gzip.decompress(log.read_bytes()).decode().splitlines()]
    rows = [cells for cells in rows if cells and not cells[0].startswith(";")]
    submit_s, run_s, width = (np.array([float(cells[k]) for cells in rows]) for k in (1, 3, 4))
    order = np.argsort(submit_s, kind="stable")
    assert order.size == expected["jobs_used"]
    theirs = expected["fcfs"][row]
    width = width[order].astype(np.int64)
    start_s = first_come_first_served(submit_s[order], run_s[order], width, theirs["procs"])
    wait_s = start_s - submit_s[order]
    assert round(float(wait_s.mean()), 4) == theirs["mean_wait_s"]
    assert wait_s.max() == theirs["max_wait_s"] and int((wait_s > 0).sum()) == theirs["jobs_that_waited"]
    assert (start_s + run_s[order]).max() == theirs["makespan_s"]
    trace = read_trace(log)
    assert trace.n_jobs == expected["jobs_used"] and trace.processor_s == expected["proc_seconds"]


def test_nobody_passes_the_one_before_even_where_there_is_room():
    """Worked by hand: two processors; the wide job waits for both, the narrow one behind it."""
    start_s = first_come_first_served(
        np.array([0.0, 1.0, 1.0, 20.0]), np.array([5.0, 2.0, 1.0, 1.0]), np.array([1, 2, 1, 2]), 2
    )
    assert start_s.tolist() == [0.0, 5.0, 7.0, 20.0]
    with pytest.raises(InputError, match="3 cards"):
        first_come_first_served(np.zeros(1), np.ones(1), np.array([3]), 2)
