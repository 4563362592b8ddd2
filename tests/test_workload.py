"""Workload: classes, cities and demand → jobs; the Poisson law, seeds, bundles, refusals."""

import doctest
import importlib
import itertools
import math
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orbitdc.errors import InputError
from orbitdc.scenario.models import City, Job, Phase, Profile, Scenario, Workload
from orbitdc.scenario.reader import load
from orbitdc.scenario.sampling import Window
from orbitdc.workload import classified, classify, draw, temperatures
from orbitdc.workload.rhythm import level, rhythm

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


START = datetime(2035, 3, 7, tzinfo=UTC)  # a Wednesday


def scenario(phase, jobs, profiles=None, **workload):
    return Scenario.model_construct(
        phase=(phase,),
        workload=Workload.model_validate(workload),
        profile={name: Profile.model_validate(one) for name, one in (profiles or {}).items()},
        job={name: Job.model_validate(JOB | changes) for name, changes in jobs.items()},
        city={
            "beijing": City.model_validate({"lat": "39.9 deg", "lon": "116.4 deg"}),
            "shanghai": City.model_validate({"lat": "31.2 deg", "lon": "121.5 deg"}),
        },
    )


def phase(**n_per_day):
    return Phase.model_construct(
        name="one",
        start=START,
        end=START + timedelta(days=364),
        batch=(),
        demand={name: n * 1e15 / DAY_S for name, n in n_per_day.items()},
    )


def window(start=START, days=1.0, stands_for=None):
    """A window that stands for these days, or for its own."""
    first, last = stands_for or (start, start + timedelta(days=days))
    return Window(0, 0, start, days * DAY_S, first, last)


def drawn(jobs, n_per_day, seed=1, when=None, profiles=None, **workload):
    asked = scenario(phase(**n_per_day), jobs, profiles, **workload)
    return draw(asked, when or window(), np.random.SeedSequence(seed))


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
    assert short.sum() > 2 * (~short).sum()  # finest where deadlines are short
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


# --- day, week and years ------------------------------------------------------------------------------------

CHAT = load("beijing-2035").profile["chat"]
STEEP = {"hours": [1.0] * 12 + [5.0] * 12, "clock": "UTC+8", "weekend": 0.5}


@pytest.mark.parametrize("n_per_day", [3000, 400_000], ids=["single", "bundled"])
def test_arrivals_of_changing_rate_keep_the_poisson_law(n_per_day):
    """Kingman, Poisson Processes, 4.5: counts of hours are independent Poisson, (n - m)^2 / m chi-square."""
    hours = np.array(STEEP["hours"])
    expected = np.roll(hours / hours.sum(), -8) * n_per_day * (7 - 2 * 0.5) / 5  # UTC midnight is 8 in China
    one = {"a": {"profile": "steep", "origins": {"beijing": 1.0}}}
    excess = []
    for seed in range(40):
        jobs = drawn(one, {"a": n_per_day}, seed, profiles={"steep": STEEP}, max_entries=400_000)
        counts = np.bincount((jobs.arrival_s // 3600).astype(int), jobs.n_jobs, minlength=24)
        excess.append(((counts - expected) ** 2 / expected).sum())
    assert stats.chi2(40 * 24).cdf(sum(excess)) == pytest.approx(0.5, abs=0.499)


def test_within_an_hour_arrivals_are_uniform():
    """Given their number, the points of a Poisson process are independent and uniform (Kingman, 2.4)."""
    one = {"a": {"profile": "steep", "origins": {"beijing": 1.0}}}
    jobs = drawn(one, {"a": 5000}, profiles={"steep": STEEP})
    assert stats.kstest(jobs.arrival_s % 3600 / 3600, "uniform").pvalue > 1e-3
    late = jobs.arrival_s[(jobs.arrival_s > 4 * 3600) & (jobs.arrival_s < 16 * 3600)]  # 12 to 24 in China
    gap = np.diff(late)
    assert stats.kstest(gap / gap.mean(), "expon").pvalue > 1e-3


def test_bundles_follow_the_same_day_as_single_jobs():
    one = {"a": {"profile": "steep"}}
    jobs = drawn(one, {"a": 1e9}, profiles={"steep": STEEP})
    evening = jobs.n_jobs[(jobs.arrival_s > 4 * 3600) & (jobs.arrival_s < 16 * 3600)].sum()
    assert jobs.n_entries < 6001 and evening / jobs.n_jobs.sum() == pytest.approx(5 / 6, abs=2e-3)


def test_the_published_week_of_a_chat_service():
    """AzurePublicDataset 2024, chat: weekend 0.65 of the mean, weekday peak at 14 h UTC; 1.66 peak to mean
    and 3.5 peak to trough in single hours, which a day that repeats five times stays below."""
    monday = datetime(2035, 3, 5, tzinfo=UTC)
    asked = {"a": {"profile": "chat", "origins": {"beijing": 1.0}}}
    jobs = drawn(
        asked, {"a": 3e9}, when=window(monday, 7.0), profiles={"chat": CHAT.model_dump()}, max_entries=60_000
    )
    hourly = np.bincount((jobs.arrival_s // 3600).astype(int), jobs.n_jobs, minlength=168)
    daily = hourly.reshape(7, 24).sum(axis=1)
    assert daily[5:] / daily.mean() == pytest.approx([0.65, 0.65], rel=0.01)
    weekday = hourly[:120].reshape(5, 24).sum(axis=0)
    assert weekday.argmax() == 14 and weekday.argmin() == 22
    assert weekday.max() / weekday.mean() == pytest.approx(1.34, rel=0.01)
    assert 1.34 < hourly.max() / hourly.mean() < 1.66
    assert 2.5 < hourly.max() / hourly.min() < 3.6


def test_the_published_ratios_of_the_office_day():
    """AzurePublicDataset 2024, code: weekday peak to trough 9.6, peak to mean of the week 3.0."""
    office = load("beijing-2035").profile["office"]
    hours = np.array(office.hours)
    assert hours.max() / hours.min() == pytest.approx(9.6, rel=0.02)
    assert hours.max() / hours.mean() * (7 - 2 * office.weekend) / 5 == pytest.approx(3.0, rel=0.06)


def test_a_window_has_the_demand_of_the_days_it_stands_for():
    """A Sunday that stands for its month has the month's mean demand, spread over the hours of a Sunday."""
    sunday = datetime(2035, 3, 11, tzinfo=UTC)
    four_weeks = (datetime(2035, 2, 25, 16, tzinfo=UTC), datetime(2035, 3, 25, 16, tzinfo=UTC))
    one = {"a": {"profile": "closed"}}
    closed = {"closed": STEEP | {"weekend": 0.0}}
    alone = drawn(one, {"a": 1e6}, when=window(sunday), profiles=closed)
    # 16 of its 24 hours are the Sunday of China's clock, the last 8 the Monday's first, of low demand
    assert alone.n_jobs.sum() == pytest.approx(1e6 * 7 / 5 * 8 / 72, rel=0.01)
    month = drawn(one, {"a": 1e6}, when=window(sunday, stands_for=four_weeks), profiles=closed)
    assert month.n_jobs.sum() == pytest.approx(1e6, rel=0.01)
    all_sunday = drawn(
        one, {"a": 1e6}, when=window(sunday - timedelta(hours=8), 1.0, four_weeks), profiles=closed
    )
    assert all_sunday.n_jobs.sum() == pytest.approx(1e6, rel=0.01)
    evening = all_sunday.n_jobs[all_sunday.arrival_s > 43200.0].sum() / all_sunday.n_jobs.sum()
    assert evening == pytest.approx(5 / 6, rel=0.01)


def test_growth_moves_demand_within_the_phase_and_adds_none():
    grows = Job.model_validate(JOB | {"growth": "60 %/yr"})
    one = phase(a=1)
    edges = [one.start + timedelta(days=52 * i) for i in range(8)]
    levels = [level(None, one, grows, a, b) for a, b in itertools.pairwise(edges)]
    assert np.mean(levels) == pytest.approx(1.0, rel=1e-12)
    assert np.divide(levels[1:], levels[:-1]) == pytest.approx(1.6 ** (52 / 365.25), rel=1e-9)


def test_demand_per_satellite_follows_those_in_service():
    """Six then 22 satellites: the test satellite alone does a twenty-second of what all do."""
    scenario = load("beijing-2035")
    first, imagery = scenario.phase[0], scenario.job["imagery"]
    at = [
        level(scenario, first, imagery, day, day + timedelta(days=1))
        for day in (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 8, 12))
    ]
    last = level(scenario, first, imagery, first.end - timedelta(days=1), first.end)
    assert at[0] == 0.0 and last / at[1] == pytest.approx(22.0) and last / at[2] == pytest.approx(22 / 7)
    months = [datetime(2025 + (11 + i) // 12, (11 + i) % 12 + 1, 1, tzinfo=UTC) for i in range(26)]
    spans = [(b - a).days for a, b in itertools.pairwise(months)]
    levels = [level(scenario, first, imagery, a, b) for a, b in itertools.pairwise(months)]
    assert np.average(levels, weights=spans) == pytest.approx(1.0, rel=1e-12)


def test_a_docked_centre_takes_pictures_as_one():
    scenario = load("beijing-2035")
    last, imagery = scenario.phase[2], scenario.job["imagery"]
    day = timedelta(days=1)
    earlier, later = (
        level(scenario, last, imagery, when, when + day)
        for when in (datetime(2034, 12, 1, tzinfo=UTC), datetime(2035, 12, 1, tzinfo=UTC))
    )
    assert 0.0 < later <= earlier  # a thousand modules more, no new centre


@given(
    hours=st.lists(st.floats(0.0, 10.0), min_size=24, max_size=24).filter(lambda x: sum(x) > 0.1),
    weekend=st.floats(0.0, 3.5),
    offset_h=st.integers(0, 10_000),
    days=st.floats(0.05, 9.0),
)
@settings(max_examples=60, deadline=None)
def test_a_rhythm_is_a_distribution(hours, weekend, offset_h, days):
    profile = Profile.model_validate({"hours": hours, "clock": "UTC+8", "weekend": weekend})
    found = rhythm(profile, START + timedelta(hours=offset_h), days * DAY_S)
    assert np.all(np.diff(found.share) >= 0.0) and np.all(np.diff(found.time_s) >= 0.0)
    assert found.share[0] == 0.0 and found.share[-1] == 1.0
    assert found.time_s[0] == 0.0 and found.time_s[-1] == pytest.approx(days * DAY_S, rel=1e-12)
    times = found.times(np.linspace(0.0, 1.0, 50, endpoint=False))
    assert np.all(np.diff(times) >= 0.0) and times[0] >= 0.0 and times[-1] <= days * DAY_S


def test_a_whole_week_averages_to_one_whatever_the_profile():
    job = Job.model_validate(JOB | {"profile": "steep"})
    asked = scenario(phase(a=1), {"a": {"profile": "steep"}}, {"steep": STEEP})
    for days in (7, 28, 364):
        start = START + timedelta(hours=5)
        assert level(asked, asked.phase[0], job, start, start + timedelta(days=days)) == pytest.approx(1.0)


# --- size of jobs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cv", [0.5, 1.3, 3.0])
def test_single_jobs_are_log_normal_about_their_mean(cv):
    """Mean m, coefficient of variation c: median m / sqrt(1 + c^2), variance of the logarithm ln(1 + c^2)."""
    jobs = drawn({"a": {"work_cv": cv, "origins": {"beijing": 1.0}}}, {"a": 20_000}, max_entries=50_000)
    log = np.log(jobs.work_op / 1e15)
    sigma = math.sqrt(math.log1p(cv**2))
    assert np.all(jobs.n_jobs == 1) and stats.kstest(log, "norm", (-(sigma**2) / 2, sigma)).pvalue > 1e-3
    assert np.median(jobs.work_op) == pytest.approx(1e15 / math.sqrt(1 + cv**2), rel=0.05)
    assert jobs.work_op.mean() == pytest.approx(1e15, abs=4 * cv * 1e15 / math.sqrt(20_000))
    assert np.allclose(jobs.input_bit / jobs.work_op, 8e6 / 1e15)  # data go with the work


def test_bundles_of_unequal_jobs_spread_as_their_sum():
    """The sum of n independent jobs has a coefficient of variation of c / sqrt(n)."""
    one = {"a": {"work_cv": 2.0, "origins": {"beijing": 1.0}}}
    jobs = drawn(one, {"a": 1e6}, max_entries=10_000)
    per_job = jobs.work_op / jobs.n_jobs
    assert per_job.std() / per_job.mean() == pytest.approx(2.0 / math.sqrt(1e6 / jobs.n_entries), rel=0.05)


def test_the_size_of_jobs_leaves_their_arrivals_alone():
    equal, spread = (drawn({"a": {"work_cv": cv}}, {"a": 500}) for cv in (0.0, 2.0))
    assert np.array_equal(equal.arrival_s, spread.arrival_s)


# --- entries ------------------------------------------------------------------------------------------------


def test_a_million_entries_are_drawn_in_about_a_second():
    jobs, asked = {name: {} for name in "abcd"}, dict.fromkeys("abcd", 300_000)
    drawn(jobs, asked, max_entries=10)
    start = time.perf_counter()
    found = drawn(jobs, asked, max_entries=2_000_000)
    elapsed_s = time.perf_counter() - start
    assert found.n_entries == found.n_jobs.sum() > 1_190_000 and np.all(found.n_jobs == 1)
    assert elapsed_s < 3.0  # 0.4 s on an idle core


@pytest.mark.parametrize("max_entries", [1, 7, 300, 5000])
def test_entries_stay_within_their_number(max_entries):
    found = drawn({"a": {}, "b": {}}, {"a": 1e5, "b": 1e7}, max_entries=max_entries)
    assert found.n_entries <= max(max_entries, 4)  # one for each class and city at least
    assert found.n_entries > 0.8 * max_entries
    assert abs(found.n_jobs.sum() / 1.01e7 - 1.0) < 2e-3


def test_owners_share_the_demand():
    found = drawn({"a": {"tenants": {"casc": 3.0, "aircas": 1.0}}, "b": {}}, {"a": 1e6, "b": 1e4})
    assert found.tenants == ("aircas", "all", "casc")
    jobs = [found.n_jobs[(found.tenant == k) & (found.job_class == 0)].sum() for k in range(3)]
    assert jobs[1] == 0 and abs(jobs[2] / sum(jobs) - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 1e6)
    assert set(found.tenant[found.job_class == 1]) == {1}


# --- what is hot and cold -----------------------------------------------------------------------------------


def test_access_gives_the_temperature_unless_it_is_stated():
    by_use = {
        "stated": {},
        "rare": {"temperature": None, "access": "0.001 /d", "latency": "1 h"},
        "live": {"temperature": None, "access": "5 /d", "latency": "5 s"},
    }
    asked = scenario(phase(), by_use)
    assert temperatures(asked) == {"stated": "warm", "rare": "cold", "live": "hot"}
    patient = scenario(phase(), by_use, hot_access="50 /d", cold_latency="2 h")
    assert temperatures(patient) == {"stated": "warm", "rare": "warm", "live": "warm"}


def test_a_function_of_the_user_decides_what_is_cold():
    asked = scenario(phase(rare=5), {"rare": {"temperature": None, "access": "0.001 /d"}, "stated": {}})
    seen = []

    def mine(access_per_day, latency_s):
        seen.append((access_per_day, latency_s))
        return "cold"

    colder = classified(asked, mine)
    assert seen == [(0.001, 0.1)] and temperatures(colder) == {"rare": "cold", "stated": "warm"}
    assert draw(colder, window(), np.random.SeedSequence(1)).temperature == ("cold",)
    with pytest.raises(
        InputError, match=r"job.rare.temperature: found \"tepid\"; allowed: hot, warm, cold, space"
    ):
        classified(asked, lambda access_per_day, latency_s: "tepid")


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


@pytest.mark.parametrize("module", ["workload.classes", "workload.arrivals", "workload.rhythm"])
def test_examples_in_the_documentation(module):
    assert doctest.testmod(importlib.import_module(f"orbitdc.{module}")).failed == 0
