"""Policies: where each sends what, on cases worked by hand; what holds for all of them."""

from dataclasses import replace

import mini
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scheduler import (
    COLD,
    HOT,
    SPACE_DATA,
    WARM,
    bound_share_frac,
    capacities,
    contended,
    flat,
    job_list,
    job_rows,
    many_jobs,
    one,
    sites_like,
)

from orbitdc import simulate
from orbitdc.errors import InputError
from orbitdc.results.summary import summarise
from orbitdc.scheduler import POLICIES, check, policy_of
from orbitdc.scheduler.policies.optimal import optimal
from orbitdc.scheduler.schedule import REASONS

ALL = sorted(POLICIES)


def placed(policy, jobs, sites):
    schedule = POLICIES[policy](jobs, sites)
    check(jobs, sites, schedule)
    assert schedule.policy == policy
    return [sites.names[site] if site >= 0 else None for site in schedule.site]


@pytest.mark.parametrize(
    ("policy", "where"),
    [
        ("market", ["delta", "delta", "delta", "orbit"]),
        ("east-west", ["delta", "delta", "plateau", "orbit"]),
        ("east-west-orbit", ["delta", "delta", "orbit", "orbit"]),
        ("greedy", ["delta", "plateau", "orbit", "orbit"]),
    ],
)
def test_each_policy_sends_each_temperature_its_way(policy, where):
    jobs = job_list(6, [one(HOT), one(WARM), one(COLD), one(SPACE_DATA)])
    assert placed(policy, jobs, flat()) == where


def grounds(latency_s=(0.01, 0.03, 0.02), **more):
    """A site in the east and two in the west, the second one nearer."""
    names, sides = ("delta", "far-west", "near-west"), ("east", "west", "west")
    return sites_like(names, sides, np.full((3, 6), 10.0), 0.0, latency_s, **more)


def test_cold_work_goes_to_the_pair_of_its_city_before_a_nearer_site_in_the_west():
    jobs = job_list(6, [one(COLD)])
    assert placed("east-west", jobs, grounds()) == ["near-west"]
    pair = np.array([[False, True, False]])
    assert placed("east-west", jobs, grounds(paired=pair)) == ["far-west"]
    assert placed("east-west-orbit", jobs, grounds(paired=pair)) == ["far-west"]
    full = replace(grounds(paired=pair), op=np.outer([10.0, 0.0, 10.0], np.ones(6)))
    assert placed("east-west", jobs, full) == ["near-west"]


def test_the_market_serves_who_came_first_and_of_equal_distance_the_faster_site():
    jobs = job_list(6, [one(WARM, 0.0, 6, 50.0), one(WARM, 1.0, 1, 10.0, value=9.0)])
    sites = grounds(latency_s=(0.01, 5.0, 5.0))
    assert placed("market", jobs, sites) == ["delta", None]
    equal = grounds((0.02,) * 3, card_op_per_s=np.array([0.004, 0.004, 0.008]))
    assert placed("market", job_list(6, [one(WARM)]), equal) == ["near-west"]


def test_price_takes_the_cheapest_site_that_is_near_enough_but_the_nearest_for_hot_work():
    """Useful operations cost 3, 1 and 2; the cheapest site is 30 ms away."""
    price = np.repeat([[3.0], [1.0], [2.0]], 6, axis=1)
    sites = grounds(price_usd_per_op=price)
    assert placed("price", job_list(6, [one(WARM), one(COLD), one(HOT)]), sites) == [
        "far-west",
        "far-west",
        "delta",
    ]
    far = grounds(latency_s=(0.01, 5.0, 0.02), price_usd_per_op=price)
    assert placed("price", job_list(6, [one(WARM)]), far) == ["near-west"]
    half = grounds(price_usd_per_op=price, useful_frac=np.array([[1.0, 0.4, 1.0]] * 4))
    assert placed("price", job_list(6, [one(COLD)]), half) == ["near-west"]  # 2.5, against 2


def test_carbon_waits_for_a_clean_grid_and_else_takes_the_cleanest_site():
    carbon = np.outer([3.0, 2.0, 4.0], np.ones(6))
    carbon[1, 4] = 0.5
    sites = grounds(carbon_kg_per_op=carbon)
    jobs = job_list(6, [one(COLD, deadline=6, work=8.0), one(COLD, deadline=2, work=8.0)])
    schedule = POLICIES["carbon"](jobs, sites)
    check(jobs, sites, schedule)
    assert schedule.site.tolist() == [1, 1] and schedule.start_slot.tolist() == [4, 0]
    urgent = job_list(6, [one(HOT, deadline=1)])
    assert placed("carbon", urgent, grounds((0.01, 0.03, 0.09), carbon_kg_per_op=carbon)) == ["far-west"]


@pytest.mark.parametrize("policy", ALL)
@given(rows=job_rows, numbers=capacities, seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_no_policy_breaks_a_law_beats_the_bound_or_depends_on_the_order(policy, rows, numbers, seed):
    jobs, sites = contended(rows, numbers)
    schedule = POLICIES[policy](jobs, sites)
    check(jobs, sites, schedule)
    assert 0.0 <= bound_share_frac(jobs, sites, schedule) <= 1.0
    jumbled = np.random.default_rng(seed).permutation(jobs.n_entries)
    again = POLICIES[policy](jobs.take(jumbled), sites.take(np.array([0, 2, 1])))
    assert np.array_equal(again.used_op[[0, 2, 1]], schedule.used_op)
    assert again.completed_value(jobs.take(jumbled)) == pytest.approx(
        schedule.completed_value(jobs), rel=1e-12
    )


# --- a user's own policy ----------------------------------------------------------------------------------


def nothing_in_orbit(jobs, sites):
    grounded = replace(
        sites, op=np.where(np.arange(len(sites.names))[:, None] < sites.n_orbit, 0.0, sites.op)
    )
    return replace(POLICIES["greedy"](jobs, grounded), policy="nothing-in-orbit")


def test_a_users_own_function_decides():
    plan = simulate.prepare(mini.scenario(), policy=nothing_in_orbit)
    assert plan.policy_name == "nothing_in_orbit"
    summary = summarise(plan, [simulate.simulate_window(plan, 0)])
    first = summary["phases"][0]
    assert first["scheduler"]["policy"] == "nothing_in_orbit"
    assert first["delivered_op_per_s"] == 0.0 and first["jobs"]["n_completed"] > 0


def test_what_is_wrong_with_a_users_own_function_is_said():
    jobs, sites = job_list(6, [one(HOT)]), flat()
    for bad, said in (
        (lambda jobs, sites: None, "a NoneType returned; allowed: a Schedule"),
        (
            lambda jobs, sites: replace(POLICIES["greedy"](jobs, sites), used_op=2.0 * sites.op),
            "no slot does more than it can",
        ),
    ):
        with pytest.raises(InputError, match=said):
            policy_of(bad)[1](jobs, sites)
    with pytest.raises(InputError, match="one of market, east-west"):
        policy_of("best")
    with pytest.raises(InputError, match="a name or a function"):
        policy_of(3)


# --- the linear programme ---------------------------------------------------------------------------------


def test_the_programme_is_rounded_near_its_bound_whole_or_on_a_rolling_horizon():
    """Non-regression: a contended day; cut into spans, it is still no worse than greedy."""
    jobs, sites = many_jobs(1500, 1.3, 2)
    listed = POLICIES["greedy"](jobs, sites)
    for n_variables in (180_000, 3_000):
        plan = optimal(jobs, sites, n_variables=n_variables)
        check(jobs, sites, plan)
        assert plan.solver == "solved" and plan.policy == "optimal"
        assert plan.completed_value(jobs) >= listed.completed_value(jobs)
        assert 0.98 < plan.completed_value(jobs) / plan.limit_op <= 1.0


def test_a_solver_out_of_time_says_so_with_its_best_and_its_bound():
    jobs, sites = many_jobs(1500, 1.3, 2)
    plan = optimal(jobs, sites, time_limit_s=0.0)
    check(jobs, sites, plan)
    assert plan.solver == "time limit"
    assert 0.0 < plan.completed_value(jobs) < plan.limit_op  # best and bound: the gap is between them
    assert plan.limit_op <= jobs.value @ jobs.work_op * (1.0 + 1e-12)


def test_all_that_fits_is_proved_best():
    jobs, sites = many_jobs(300, 0.5)
    plan = POLICIES["optimal"](jobs, sites)
    assert plan.solver == "solved" and plan.limit_op == plan.completed_value(jobs) > 0.0


def test_the_summary_counts_the_windows_whose_programme_was_not_solved():
    def hurried(jobs, sites):
        return optimal(jobs, sites, time_limit_s=0.0)

    for policy, n_unsolved in ((hurried, 1), ("greedy", 0)):
        plan = simulate.prepare(mini.scenario(), policy=policy)
        summary = summarise(plan, [simulate.simulate_window(plan, 0)])
        assert summary["total"]["scheduler"]["n_windows_unsolved"] == n_unsolved


@pytest.mark.parametrize("policy", ["east-west", "market", "price"])
def test_work_that_a_policy_sends_nowhere_is_turned_away_with_a_reason(policy):
    # cold work and orbit alone: the plan offers it to the ground, of which there is none
    up = sites_like(("orbit",), ("orbit",), np.full((1, 6), 10.0), 1e3, (0.01,))
    jobs = job_list(6, [one(COLD)])
    schedule = POLICIES[policy](jobs, up)
    check(jobs, up, schedule)
    assert schedule.site[0] >= 0 or list(REASONS)[schedule.reason[0]] == "class"
