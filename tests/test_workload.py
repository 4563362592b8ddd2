"""Workload: classes, cities and demand → jobs; the Poisson law, seeds, bundles, refusals."""

import doctest
import importlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.scenario.models import City, Job, Phase, Scenario
from orbitdc.workload import classify, draw

DAY_S = 86400.0
JOB = {
    "temperature": "warm",
    "work": "1e15 op",
    "precision": "int8",
    "mfu": "40 %",
    "input": "8 Mbit",
    "output": "1 Mbit",
    "latency": "100 ms",
    "deadline": "1 h",
    "late": "reject",
    "value": 2.0,
    "origins": {"beijing": 3.0, "shanghai": 1.0},
}


def scenario(**jobs):
    return Scenario.model_construct(
        job={name: Job.model_validate(JOB | changes) for name, changes in jobs.items()},
        city={
            "beijing": City.model_validate({"lat": "39.9 deg", "lon": "116.4 deg"}),
            "shanghai": City.model_validate({"lat": "31.2 deg", "lon": "121.5 deg"}),
        },
    )


def phase(**n_per_day):
    return Phase.model_construct(name="one", demand={name: n * 1e15 / DAY_S for name, n in n_per_day.items()})


def drawn(jobs, n_per_day, seed=1):
    return draw(scenario(**jobs), phase(**n_per_day), DAY_S, np.random.SeedSequence(seed))


def test_a_job_carries_its_class():
    jobs = drawn({"a": {}, "space": {"temperature": "space", "late": "run"}}, {"a": 50, "space": 50})
    assert jobs.class_names == ("a", "space") and jobs.temperature == ("warm", "space")
    ours, space = jobs.job_class == 0, jobs.job_class == 1
    assert set(jobs.origin[ours]) == {0, 1}
    assert np.all(jobs.work_op == 1e15) and np.all(jobs.output_bit == 1e6) and np.all(jobs.value == 2.0)
    assert np.all(jobs.input_bit[ours] == 8e6) and np.all(jobs.input_bit[space] == 0.0)
    assert np.all(jobs.deadline_s == 3600.0) and np.all(jobs.n_jobs == 1)
    assert not jobs.late_ok[ours].any() and jobs.late_ok[space].all()
    assert np.all(np.diff(jobs.arrival_s) >= 0.0)
    with pytest.raises(ValueError, match="read-only"):
        jobs.work_op[0] = 1.0


def test_counts_keep_the_poisson_law_with_and_without_bundles():
    """Kingman, Poisson Processes, 2.1: mean and variance of the count are equal, shares thin it."""
    for n_per_day in (30, 300_000):
        counts = np.array([drawn({"a": {}}, {"a": n_per_day}, seed).n_jobs.sum() for seed in range(300)])
        spread = math.sqrt(n_per_day / 300)
        assert abs(counts.mean() - n_per_day) < 4 * spread
        assert 0.75 < counts.var() / n_per_day < 1.3
    jobs = drawn({"a": {}}, {"a": 1_000_000})
    beijing = jobs.n_jobs[jobs.origin == 0].sum() / jobs.n_jobs.sum()
    assert abs(beijing - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 1e6)


def test_gaps_are_exponential_and_those_of_bundles_gamma():
    """The wait for the b-th arrival has coefficient of variation 1/sqrt(b)."""
    for n_per_day, expected in ((4000, 1.0), (600_000, 0.1)):
        jobs = drawn({"a": {"origins": {"beijing": 1.0}}}, {"a": n_per_day})
        gap = np.diff(jobs.arrival_s)
        assert gap.std() / gap.mean() == pytest.approx(expected, rel=0.08)


def test_bundles_stay_few_whole_and_equal():
    jobs = drawn({"a": {}, "b": {"deadline": "1 s"}}, {"a": 1e9, "b": 1e12})
    assert 5900 < jobs.n_entries <= 6000
    assert jobs.n_jobs.dtype == np.int64 and abs(jobs.n_jobs.sum() / 1.001e12 - 1.0) < 1e-5
    assert np.allclose(jobs.work_op, jobs.n_jobs * 1e15) and np.allclose(jobs.output_bit, jobs.n_jobs * 1e6)
    short = jobs.job_class == 1
    assert short.sum() > 10 * (~short).sum()  # finest where deadlines are short
    for job_class in (0, 1):
        for city in (0, 1):
            mine = jobs.n_jobs[(jobs.job_class == job_class) & (jobs.origin == city)]
            assert mine.max() - mine.min() <= 1


def test_another_seed_changes_the_jobs_and_the_same_does_not():
    once, again, other = (drawn({"a": {}}, {"a": 100}, seed) for seed in (1, 1, 2))
    assert np.array_equal(once.arrival_s, again.arrival_s)
    assert once.n_entries != other.n_entries or not np.array_equal(once.arrival_s, other.arrival_s)


def test_another_class_leaves_the_jobs_of_the_first():
    alone = drawn({"b": {}}, {"b": 100})
    both = drawn({"a": {}, "b": {}}, {"a": 100, "b": 100})
    assert np.array_equal(alone.arrival_s, both.arrival_s[both.job_class == 1])


def test_no_demand_gives_no_jobs():
    for demand in ({}, {"a": 0.0}):
        assert drawn({"a": {}}, demand).n_entries == 0


def test_demand_beyond_counting_is_refused():
    with pytest.raises(InputError, match=r"phase.one.demand.a: .* at most 1e\+15 jobs a window"):
        drawn({"a": {}}, {"a": 1e17})


@given(
    access=st.floats(0.0, 1e6),
    more=st.floats(1.0, 100.0),
    latency=st.floats(1e-3, 1e7),
    slower=st.floats(1.0, 100.0),
)
@settings(max_examples=60, deadline=None)
def test_more_use_or_less_patience_never_cools(access, more, latency, slower):
    warmth = ("cold", "warm", "hot").index
    assert warmth(classify(access * more, latency)) >= warmth(classify(access, latency))
    assert warmth(classify(access, latency)) >= warmth(classify(access, latency * slower))


@pytest.mark.parametrize("bad", [(-1.0, 1.0), (math.nan, 1.0), (math.inf, 1.0), (1.0, 0.0), (1.0, math.nan)])
def test_classify_refuses_nonsense(bad):
    with pytest.raises(InputError):
        classify(*bad)


@pytest.mark.parametrize("module", ["workload.classes", "workload.arrivals"])
def test_examples_in_the_documentation(module):
    assert doctest.testmod(importlib.import_module(f"orbitdc.{module}")).failed == 0
