"""One machine, many owners: quotas hold, guaranteed shares survive any flood, turns follow shares and use."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scheduler import COLD, HOT, WARM, flat, job_list, one

from orbitdc.scheduler import POLICIES, REASONS, bound, check
from orbitdc.scheduler.schedule import COMPLETED
from orbitdc.scheduler.tenancy import SHARING, Tenancy, owed_op, turns

greedy = POLICIES["greedy"]
N_SLOTS = 6


def owned(rows, owners, names=("a", "b", "c"), priority=None):
    """Jobs with an owner each, in order of arrival."""
    order = np.argsort([row[1] for row in rows], kind="stable")
    jobs = job_list(N_SLOTS, [rows[i] for i in order])
    tenant = np.array(owners, np.int64)[order]
    rank = np.zeros_like(tenant) if priority is None else np.array(priority, np.int64)[order]
    return replace(jobs, tenants=names, tenant=tenant, priority=rank)


def rights(
    shares=(1.0, 1.0, 1.0), guaranteed=(0.0, 0.0, 0.0), quota=(1.0, 1.0, 1.0), priority=(0, 0, 0), half=1e9
):
    return Tenancy(
        np.array(shares), np.array(guaranteed), np.array(quota), np.array(priority, np.int64), half
    )


def done_op(jobs, schedule):
    kept = schedule.outcome == COMPLETED
    return np.bincount(jobs.tenant[kept], jobs.work_op[kept], len(jobs.tenants))


def plan(jobs, sites, sharing, tenancy, policy=greedy):
    schedule = SHARING[sharing](policy, tenancy)(jobs, sites)
    check(jobs, sites, schedule)
    return schedule


def test_where_all_is_served_sharing_changes_nothing():
    jobs = owned([one(HOT), one(WARM), one(COLD)], [0, 1, 2])
    alone = greedy(jobs, flat())
    for sharing in SHARING:
        shared = plan(jobs, flat(), sharing, rights(guaranteed=(0.2, 0.2, 0.2)))
        for name in ("site", "start_slot", "end_slot", "outcome", "used_op", "share_frac"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))


def test_a_flood_does_not_take_a_guaranteed_share():
    """Owner a asks for 5 of a day's 60 at the east; b floods with work ten times dearer."""
    mine = [one(HOT, arrival=k, deadline=2.0, work=1.0) for k in range(5)]
    flood = [one(HOT, arrival=k / 4, deadline=2.0, work=2.0, value=10.0) for k in range(24)] * 3
    sites = flat(orbit=0.0, west=0.0)
    jobs = owned(mine + flood, [0] * 5 + [1] * 72)
    lost = done_op(jobs, plan(jobs, sites, "pooled", rights()))
    kept = done_op(jobs, plan(jobs, sites, "guaranteed", rights(guaranteed=(0.1, 0.0, 0.0))))
    assert lost[0] == 0.0
    assert kept[0] == 5.0
    assert kept[1] > 0.9 * (lost[1] - 5.0)  # and the rest is used


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["guaranteed", "fair"]))
def test_nobody_does_worse_than_on_its_own_slice(seed, sharing):
    """The isolation law: whatever others ask, an owner completes what its slice would let it complete."""
    rng = np.random.default_rng(seed)
    n = 60
    rows = [
        one(
            int(rng.integers(0, 4)), float(rng.uniform(0, N_SLOTS)), float(rng.uniform(1, N_SLOTS)),
            float(rng.uniform(0.2, 6.0)), float(rng.uniform(0, 3)), float(rng.uniform(0, 3)),
            float(rng.choice([1.0, 3.0, 9.0])), bool(rng.random() < 0.3),
        )
        for _ in range(n)
    ]  # fmt: skip
    jobs = owned(rows, rng.choice(3, n, p=[0.2, 0.2, 0.6]))
    sites = flat(orbit=5.0, east=5.0, west=3.0, bit=6.0)
    guaranteed = (0.3, 0.2, 0.1)
    schedule = plan(jobs, sites, sharing, rights(guaranteed=guaranteed))
    assert schedule.completed_value(jobs) <= bound(jobs, sites).value_op * (1 + 1e-9)
    for tenant, share in enumerate(guaranteed):
        own = np.flatnonzero(jobs.tenant == tenant)
        small = replace(
            sites, op=sites.op * share, up_bit=sites.up_bit * share, down_bit=sites.down_bit * share
        )
        alone = replace(jobs.take(own), late_ok=np.zeros(own.size, bool))
        least = greedy(alone, small).completed_value(alone)
        got = own[schedule.outcome[own] == COMPLETED]
        assert float(jobs.value[got] @ jobs.work_op[got]) >= least * (1 - 1e-9)


def test_contended_capacity_follows_the_shares():
    """Three owners ask without end; 3 : 2 : 1 is what they get, a turn's work more or less."""
    rows = [one(WARM, arrival=5.9 * i / 600, deadline=6.0, work=0.4) for i in range(600)]
    jobs = owned(rows, [i % 3 for i in range(600)])
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    got = done_op(jobs, plan(jobs, sites, "fair", rights(shares=(3.0, 2.0, 1.0))))
    np.testing.assert_allclose(got / got.sum(), [3 / 6, 2 / 6, 1 / 6], atol=0.02)
    np.testing.assert_allclose(got, owed_op(jobs, sites, rights(shares=(3.0, 2.0, 1.0))), rtol=0.06)


def test_past_use_is_forgiven_in_time():
    """Owner a asks for much in the morning, both ask in the evening: with a short memory a is b's equal."""
    morning = [one(WARM, arrival=0.001 * i, deadline=1.0, work=0.1) for i in range(100)]
    evening = [one(WARM, arrival=3.0 + 0.001 * i, deadline=1.0, work=0.1) for i in range(400)]
    jobs = owned(morning + evening, [0] * 100 + [i % 2 for i in range(400)])
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    late = jobs.arrival_s > 1000.0

    def evening_op(half_life_s):
        schedule = plan(jobs, sites, "fair", rights(half=half_life_s))
        kept = (schedule.outcome == COMPLETED) & late
        return np.bincount(jobs.tenant[kept], jobs.work_op[kept], 3)

    # long remembered: two in three of a's jobs are of the evening, all of b's are
    np.testing.assert_allclose(evening_op(1e9), [4.0, 6.0, 0.0], atol=0.35)
    np.testing.assert_allclose(evening_op(200.0), [5.0, 5.0, 0.0], atol=0.35)


def test_priority_goes_first_between_owners_and_within_one():
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    rows = [one(WARM, arrival=0.01 * i, deadline=1.0, work=1.0) for i in range(30)]
    jobs = owned(rows, [i % 3 for i in range(30)])
    got = done_op(jobs, plan(jobs, sites, "fair", rights(priority=(0, 0, 5))))
    assert got[2] == 10.0 and got[:2].sum() < 11.0
    urgent = [int(i >= 20) for i in range(30)]
    jobs = owned(rows, [i % 2 for i in range(30)], priority=urgent)
    schedule = plan(jobs, sites, "fair", rights())
    served = schedule.outcome == COMPLETED
    assert served[jobs.priority == 1].mean() > 0.8 > 0.2 > served[jobs.priority == 0].mean()


def test_a_quota_turns_away_the_least_of_ones_own_work():
    sites = flat()  # 180 operations in all: 5 % are 9
    rows = [one(WARM, arrival=0.1 * i, work=2.0, deadline=4.0, value=1.0 + (i == 5)) for i in range(6)]
    jobs = owned([*rows, one(WARM, work=2.0)], [0] * 6 + [1])
    schedule = plan(jobs, sites, "pooled", rights(quota=(0.05, 1.0, 1.0)))
    assert done_op(jobs, schedule).tolist() == [8.0, 2.0, 0.0]
    assert schedule.outcome[jobs.value == 2.0].tolist() == [COMPLETED]
    words = [list(REASONS)[reason] for reason in schedule.reason]
    assert words.count("quota") == 2 and words.count("none") == 5
    assert schedule.n_by_reason(jobs)["quota"] == 2


def test_jobs_that_may_be_late_are_tried_last():
    sites = flat(orbit=0.0, east=0.0, west=2.0)
    rows = [one(WARM, deadline=1.0, work=2.0, late=True), one(WARM, arrival=2.0, deadline=1.0, work=2.0)]
    jobs = owned([rows[0], rows[0], rows[1]], [0, 1, 0])
    schedule = plan(jobs, sites, "fair", rights())
    assert sorted(schedule.outcome.tolist()) == [0, 0, 1]
    assert schedule.outcome[2] == COMPLETED


def test_each_turn_holds_about_as_much():
    rows = [one(WARM, arrival=0.01 * i) for i in range(240)]
    jobs = owned(rows, [i % 3 for i in range(240)])
    parts = turns(jobs, flat(), np.ones(240), rights())
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(240))
    assert {part.size for part in parts} == {20}
    assert all(np.all(np.diff(part) > 0) for part in parts)


def test_rights_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        rights().shares[0] = 2.0
