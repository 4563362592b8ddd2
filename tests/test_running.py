"""Jobs that really run: checkpoints, gangs over links, eclipses, against closed forms and seeded events."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import lambertw

from orbitdc.scheduler.running import (
    Level,
    daly_interval_s,
    narrowest_s,
    parallel_efficiency_frac,
    pause_frac,
    poisson_failures,
    ring_all_reduce_frac,
    run_through,
    useful_frac,
    wall_s,
    young_interval_s,
)

MIN_S, HOUR_S = 60.0, 3600.0


# --- validation: values from outside ------------------------------------------------------------------------


@pytest.mark.parametrize(("mtbi_h", "best_min"), [(24.0, 117.0), (6.0, 57.0), (0.25, 9.1)])
def test_best_interval_is_dalys(mtbi_h: float, best_min: float) -> None:
    # Daly, FGCS 22 (2006) 303, captions of figures 3, 4 and 5: writing takes 5 min
    ours_min = float(daly_interval_s(5 * MIN_S, mtbi_h * HOUR_S)) / MIN_S
    assert ours_min == pytest.approx(best_min, rel=0.006)


@pytest.mark.parametrize("write_over_mtbi", [1e-6, 1e-4, 1e-2, 0.1, 0.3])
def test_best_interval_is_the_root_of_dalys_cost(write_over_mtbi: float) -> None:
    # d/dtau of Daly's eq. 20 vanishes at tau = M (1 + W(-exp(-1 - delta / M))), W Lambert's function
    exact = 1.0 + float(lambertw(-math.exp(-1.0 - write_over_mtbi)).real)
    ours = float(daly_interval_s(write_over_mtbi, 1.0))
    assert ours == pytest.approx(exact, rel=0.02)
    costs = [float(useful_frac(tau, write_over_mtbi, 0.0, 1.0)) for tau in (ours, exact)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-4)
    assert float(young_interval_s(write_over_mtbi, 1.0)) == pytest.approx(
        exact, rel=1.2 * math.sqrt(write_over_mtbi)
    )


def test_llama_3_kept_over_90_percent_of_its_time() -> None:
    # 466 interruptions in 54 days on 16,384 cards, effective time > 90 % (Meta's report,
    # datacenterdynamics.com); at most 4 GB a card at 7 TB/s over all cards of a cluster of 24,576
    mtbi_s = 54 * 24 * HOUR_S / 466
    write_s = 4e9 / (7e12 / 24_576)
    share = float(useful_frac(daly_interval_s(write_s, mtbi_s), write_s, 7 * MIN_S + write_s, mtbi_s))
    assert 0.90 < share < 0.95


def test_a_ring_sends_the_lower_bound() -> None:
    # Patarasuk and Yuan, JPDC 69 (2009) 117: 2 (n - 1) / n of the message
    assert ring_all_reduce_frac([1, 2, 4, 16_384]).tolist() == [0.0, 1.0, 1.5, 2 * 16_383 / 16_384]


# --- the closed form is the mean of the events --------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval_s", "write_s", "restart_s", "mtbi_s"),
    [
        (7000.0, 300.0, 600.0, 86_400.0),
        (540.0, 300.0, 600.0, 900.0),
        (170.0, 4.0, 420.0, 4_100.0),
        (9.0, 0.0, 40.0, 600.0),
    ],
)
def test_events_agree_with_the_closed_form(
    interval_s: float, write_s: float, restart_s: float, mtbi_s: float
) -> None:
    n_gangs, n_pieces = 400, 40
    work_s = interval_s * n_pieces
    children = np.random.SeedSequence(20251127).spawn(n_gangs)
    runs = [
        run_through(
            work_s, interval_s, write_s, restart_s, poisson_failures(np.random.default_rng(child), mtbi_s)
        )
        for child in children
    ]
    # the form counts a checkpoint after the last piece, which is not written: that piece alone is exact
    whole_s = (n_pieces - 1) * interval_s
    expected_s = float(wall_s(whole_s, interval_s, write_s, restart_s, mtbi_s)) + float(
        wall_s(interval_s, interval_s, 0.0, restart_s, mtbi_s)
    )
    total_s = np.array([ran.total_s for ran in runs])
    error_s = total_s.std(ddof=1) / math.sqrt(n_gangs)
    assert abs(total_s.mean() - expected_s) < 3.3 * error_s  # 99.9 % of all seeds
    assert error_s < 0.02 * expected_s
    assert all(ran.finished and ran.worked_s == pytest.approx(work_s) for ran in runs)


def test_same_seed_same_events() -> None:
    def one(seed: int) -> object:
        return run_through(1e5, 500.0, 5.0, 60.0, poisson_failures(np.random.default_rng(seed), 2e3))

    assert one(3) == one(3) != one(4)


def test_a_job_longer_than_its_luck_is_given_up() -> None:
    ran = run_through(600.0, math.inf, 0.0, 0.0, itertools.repeat((300.0, 300.0)), n_most=10)
    assert not ran.finished and ran.worked_s == 0.0 and ran.n_interruptions == 10


positive = st.floats(1.0, 1e5)


@given(positive, st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(1.0, 1e9))
def test_useful_share_is_a_share_and_falls_with_every_cost(
    interval_s: float, write_s: float, restart_s: float, mtbi_s: float
) -> None:
    share = float(useful_frac(interval_s, write_s, restart_s, mtbi_s))
    assert 0.0 <= share <= 1.0
    assert float(useful_frac(interval_s, write_s + 10.0, restart_s, mtbi_s)) <= share
    assert float(useful_frac(interval_s, write_s, restart_s + 10.0, mtbi_s)) <= share
    assert float(useful_frac(interval_s, write_s, restart_s, 2.0 * mtbi_s)) >= share


@given(st.lists(st.tuples(st.floats(1.0, 2e3), st.floats(0.0, 500.0)), max_size=20))
def test_time_of_a_gang_adds_up(failures: list[tuple[float, float]]) -> None:
    ran = run_through(5_000.0, 400.0, 10.0, 60.0, failures)
    assert ran.finished and ran.worked_s == 5_000.0 and ran.n_checkpoints == 12
    struck = sum(up for up, _ in failures[: ran.n_interruptions])
    repaired = sum(down for _, down in failures[: ran.n_interruptions])
    assert ran.down_s == pytest.approx(repaired)
    assert ran.total_s >= struck + repaired - 1e-6
    assert ran.lost_s + ran.restarted_s <= struck + 60.0 + 1e-6


# --- gangs over links ---------------------------------------------------------------------------------------

SATELLITES = [Level("card", 1, 8, 3e12), Level("laser", 8, 100, 1e11)]


def test_a_gang_inside_a_node_never_sees_the_laser() -> None:
    assert narrowest_s(SATELLITES, 8, 1e-6)[0] == "card"
    assert narrowest_s(SATELLITES, 9, 1e-6)[0] == "laser"
    assert narrowest_s(SATELLITES, 1, 1e-6) == ("none", 0.0)
    assert narrowest_s(SATELLITES, 64, 0.0) == ("none", 0.0)


def test_the_narrowest_link_sets_the_speed_and_only_it() -> None:
    slow = parallel_efficiency_frac(SATELLITES, 64, 1e-6, 1e16)
    wide_bus = [Level("card", 1, 8, 3e15), SATELLITES[1]]
    assert parallel_efficiency_frac(wide_bus, 64, 1e-6, 1e16) == slow
    twice = [SATELLITES[0], Level("laser", 8, 100, 2e11)]
    assert parallel_efficiency_frac(twice, 64, 1e-6, 1e16) == pytest.approx(2.0 * slow)
    # by hand: 8 satellites send 2 x 7/8 of 8 cards' 8e-6 bit an operation through 1e11 bit/s
    assert slow == pytest.approx(1e11 / (1.75 * 8 * 8e-6 * 1e16))


def test_no_laser_no_gang() -> None:
    cut = [SATELLITES[0], Level("laser", 8, 100, 0.0)]
    assert parallel_efficiency_frac(cut, 64, 1e-6, 1e15) == 0.0
    assert parallel_efficiency_frac(cut, 8, 1e-6, 1e15) == 1.0


@given(st.integers(1, 2_000), st.floats(1e-12, 1e-3), st.floats(1e12, 1e18))
def test_efficiency_is_a_share_that_falls_with_traffic_and_speed(
    n: int, byte_per_op: float, rate: float
) -> None:
    share = parallel_efficiency_frac(SATELLITES, n, byte_per_op, rate)
    assert 0.0 < share <= 1.0
    assert parallel_efficiency_frac(SATELLITES, n, 2 * byte_per_op, rate) <= share
    assert parallel_efficiency_frac(SATELLITES, n, byte_per_op, 2 * rate) <= share


# --- eclipses -----------------------------------------------------------------------------------------------

ORBIT = {"period_s": 6000.0, "dark_s": 1000.0}
COSTS = {"write_s": 60.0, "resume_s": 300.0, "warm_up_s": 120.0}


def test_without_dark_nothing_is_paused() -> None:
    found = pause_frac(6000.0, 0.0, 3, 81, transfer_s=1.0, **COSTS)
    assert (found.choice, found.lost_frac) == ("none", 0.0)


def test_waiting_costs_saving_and_restarting_by_hand() -> None:
    found = pause_frac(**ORBIT, n_members=1, n_places=1, transfer_s=1.0, **COSTS)
    assert found.choice == "wait"
    assert found.lost_frac == pytest.approx(360.0 / 5000.0)
    assert found.migrate_frac == 1.0  # nowhere to go


def test_large_state_waits_small_state_moves() -> None:
    def choice(transfer_s: float) -> str:
        return pause_frac(**ORBIT, n_members=1, n_places=81, transfer_s=transfer_s, **COSTS).choice

    assert [choice(transfer_s) for transfer_s in (1.0, 239.0, 241.0, 1e4, math.inf)] == [
        "migrate", "migrate", "wait", "wait", "wait",
    ]  # fmt: skip


def test_a_gang_over_neighbours_waits_for_all_of_them() -> None:
    alone = pause_frac(**ORBIT, n_members=1, n_places=10, transfer_s=math.inf, **COSTS)
    four = pause_frac(**ORBIT, n_members=4, n_places=10, transfer_s=math.inf, **COSTS)
    assert four.wait_frac - alone.wait_frac == pytest.approx(3 * 600.0 / 5000.0)


def test_a_gang_of_the_whole_ring_has_no_sunlit_place_to_go() -> None:
    assert pause_frac(**ORBIT, n_members=10, n_places=10, transfer_s=1.0, **COSTS).migrate_frac == 1.0
    assert pause_frac(**ORBIT, n_members=9, n_places=10, transfer_s=1.0, **COSTS).migrate_frac == 1.0
    assert pause_frac(**ORBIT, n_members=8, n_places=10, transfer_s=1.0, **COSTS).migrate_frac < 1.0


def test_waiting_and_moving_against_a_ring_turned_step_by_step() -> None:
    period_s, dark_s, n_places, n_members, step_s = 6000.0, 1000.0, 300, 4, 1.0
    angle = np.arange(n_places) / n_places

    def lit(t_s: float) -> np.ndarray:
        return (t_s / period_s + angle) % 1.0 >= dark_s / period_s

    members = np.arange(n_members)
    hosts = members + n_places // 6  # just out of the shadow
    n_running = n_moves = 0
    n_steps = int(10 * period_s / step_s)
    for k in range(n_steps):
        light = lit(k * step_s)
        n_running += bool(light[members].all())
        for i in np.flatnonzero(~light[hosts]):  # to the satellite that has just come out of the shadow
            since = (k * step_s / period_s + angle - dark_s / period_s) % 1.0
            free = np.setdiff1d(np.flatnonzero(light), hosts)
            hosts[i] = free[np.argmin(since[free])]
            n_moves += 1
    found = pause_frac(
        period_s, dark_s, n_members, n_places, write_s=0.0, resume_s=0.0, transfer_s=1.0, warm_up_s=0.0
    )
    sunlit_frac = 1.0 - dark_s / period_s
    assert 1.0 - n_running / n_steps / sunlit_frac == pytest.approx(found.wait_frac, abs=2e-3)
    # a gang that moves never stops but to move, a second each time
    assert n_moves / (n_steps * step_s) == pytest.approx(found.migrate_frac, rel=0.02)


@given(st.floats(0.0, 5_999.0), st.integers(1, 50), st.integers(0, 50), st.floats(0.0, 1e4))
def test_the_cheaper_answer_is_taken(dark_s: float, members: int, more: int, transfer_s: float) -> None:
    found = pause_frac(6000.0, dark_s, members, members + more, transfer_s=transfer_s, **COSTS)
    assert 0.0 <= found.lost_frac <= 1.0
    assert found.choice == "none" or found.lost_frac == min(found.wait_frac, found.migrate_frac)
