"""Factors of classes on hosts and one course of events: by hand, and against the closed form."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import mini
import numpy as np
import pytest

from orbitdc import simulate
from orbitdc.scheduler.running import realised
from orbitdc.scheduler.running.factors import Factors, factors, gang_on
from orbitdc.scheduler.running.hosts import SUNLIT, Dark, Host, ground_host, orbital_hosts
from orbitdc.scheduler.running.realised import realise

SCENARIO = mini.scenario()
GROUND = ground_host(SCENARIO)


def hosts_of(batch: str, changes: dict[str, object] | None = None) -> list[Host]:
    """Hosts of the entities of one batch in the second phase of the mini scenario."""
    scenario = SCENARIO.replace(changes) if changes else SCENARIO
    plan = simulate.prepare(scenario)
    window = plan.windows[-1]
    names = [launched.model.name for launched in plan.fleet.batches]
    mask = plan.fleet.active(window.middle) & (plan.fleet.batch == names.index(batch))
    fleet = plan.fleet.subset(mask)
    light = [plan.light[plan.fleet.plane[i]] for i in np.flatnonzero(mask)]
    op = np.ones(len(fleet))
    return orbital_hosts(scenario, fleet, op, light, window.segment_start, window.segment_end)


def gang(host: Host, name: str = "training", **changes: object):
    job = SCENARIO.job[name].model_copy(update=changes)
    return gang_on(SCENARIO, job, host)


# --- hosts --------------------------------------------------------------------------------------------------


def test_hosts_follow_the_fleet() -> None:
    (ring,) = hosts_of("ring")
    (centre,) = hosts_of("centre")
    per_satellite = 10_000 / 1456  # kW over the power of a 910C
    assert ring.cards_per_place == pytest.approx(per_satellite) and ring.n_places == 6
    assert centre.cards_per_place == pytest.approx(3 * 250_000 / 667, rel=1e-3) and centre.n_places == 1
    assert [level.name for level in ring.levels] == ["card", "network", "laser"]
    assert [level.name for level in centre.levels] == ["card", "network", "dock"]
    assert ring.n_cards == pytest.approx(6 * per_satellite)
    assert GROUND.n_cards == math.inf


def test_a_ring_of_few_satellites_has_the_earth_between_them() -> None:
    # at 750 km the chord to the next of n clears 80 km of air from n = 8 on: 7128 cos(180/n) - 6378 km
    assert hosts_of("ring")[0].laser_bit_per_s == 0.0
    assert hosts_of("ring", {"phase.one.batch.ring.count": 7})[0].laser_bit_per_s == 0.0
    eight = {"phase.one.batch.ring.count": 8}
    assert hosts_of("ring", eight)[0].laser_bit_per_s in SCENARIO.laser["crosslink-100g"].rates_bit_per_s
    assert hosts_of("ring", {**eight, "network.topology": "none"})[0].laser_bit_per_s == 0.0
    assert hosts_of("ring", {**eight, "network.clearance": "250 km"})[0].laser_bit_per_s == 0.0


def test_radiation_strikes_in_orbit_only() -> None:
    (ring,) = hosts_of("ring")
    assert ring.upsets_per_s * 86_400 == pytest.approx(0.02)
    assert ring.faults_per_s == GROUND.faults_per_s > 0.0
    assert GROUND.upsets_per_s == GROUND.lost_per_s == 0.0


def test_batteries_that_carry_the_cards_leave_nothing_to_pause_for() -> None:
    assert hosts_of("ring")[0].dark.days_frac > 0.0  # LTAN 06 in December and January
    assert hosts_of("ring", {"operations.envelope": "ride-through"})[0].dark == SUNLIT


def test_the_dark_is_that_of_the_season() -> None:
    dark = hosts_of("ring")[0].dark
    assert dark.period_s == pytest.approx(99.8 * 60, rel=0.05)
    assert 5 * 60 < dark.length_s < 19 * 60


# --- gangs --------------------------------------------------------------------------------------------------


def test_a_gang_is_no_larger_than_its_width_nor_its_host() -> None:
    (ring,) = hosts_of("ring")
    assert gang(GROUND, width=512).n_cards == 512
    assert gang(ring, width=512).n_cards == pytest.approx(ring.n_cards)


def test_restart_by_hand() -> None:
    job = {"width": 1000, "state_bit": 2.3e9 * 1000 * 20, "preemptible": True}
    found = gang(GROUND, **job)
    mtbi_s = 86_400 / (1000 * 4.74e-4)
    assert found.mtbi_s == pytest.approx(mtbi_s)
    assert found.write_s == pytest.approx(20.0)  # its thousandth of the state at 2.3 Gbit/s
    assert found.restart_s == pytest.approx(300.0 + 20.0 + 120.0)
    # Young's first order: half an interval and a restart are lost each time, and the writing
    about = 1.0 - math.sqrt(2 * 20.0 / mtbi_s) - 440.0 / mtbi_s
    assert found.kept_frac == pytest.approx(about, abs=3e-3)


def test_what_may_not_be_stopped_loses_its_request_only() -> None:
    found = gang(GROUND, preemptible=False, request_s=10.0, width=1000)
    assert found.write_s == 0.0 and found.interval_s == 10.0
    longer = gang(GROUND, preemptible=False, request_s=3600.0, width=1000)
    assert longer.kept_frac < found.kept_frac


def test_a_wider_gang_stops_more_often_and_keeps_less() -> None:
    kept = [gang(GROUND, width=width).kept_frac for width in (64, 1024, 16_384)]
    assert kept == sorted(kept, reverse=True)
    upset = dataclasses.replace(GROUND, upsets_per_s=0.02 / 86_400)
    assert gang(upset, width=1024).kept_frac < gang(GROUND, width=1024).kept_frac


def test_collectives_over_the_dock_by_hand() -> None:
    (centre,) = hosts_of("centre")
    found = gang(centre, "batch", width=10_000, collective_byte_per_op=5e-5, mfu_frac=0.3)
    # three modules: two thirds of 5e-5 x 8 bit an operation, of 375 cards of 0.6 Pop/s, through 40 Tbit/s
    per_module = 250_000 / 667
    by_hand = 40e12 / (2 / 3 * 4e-4 * per_module * 0.3 * 2e15)
    assert found.link == "dock"
    assert found.parallel_frac == pytest.approx(by_hand, rel=1e-3)
    assert gang(centre, width=300, collective_byte_per_op=5e-5).link == "card"


def test_an_eclipse_is_waited_for_where_there_is_nowhere_to_go() -> None:
    dark = Dark(6000.0, 1000.0, 0.5)
    one = dataclasses.replace(
        GROUND, cards_per_place=8.0, n_places=1.0, together=False, laser_bit_per_s=0.0, dark=dark
    )
    ring = dataclasses.replace(one, n_places=40.0, laser_bit_per_s=1e11)
    stays, moves = (gang(host, "batch", width=8, state_bit=8e11) for host in (one, ring))
    assert (stays.pause.choice, moves.pause.choice) == ("wait", "migrate")
    # half the days, 5000 s of light: a checkpoint and a reload of 43.5 s, 120 s to warm up
    load_s = 8e11 / 8 / 2.3e9
    assert stays.pause_frac == pytest.approx(0.5 * (2 * load_s + 120.0) / 5000.0)
    assert moves.pause_frac == pytest.approx(0.5 * (8e11 / 1e11 + 120.0) / 5000.0)
    big = gang(ring, "batch", width=8, state_bit=8e12)
    assert big.pause.choice == "migrate" and big.pause.wait_frac < 1.0
    slow = gang(dataclasses.replace(ring, laser_bit_per_s=1e9), "batch", width=8, state_bit=8e11)
    assert slow.pause.choice == "wait"


# --- factors ------------------------------------------------------------------------------------------------


def test_factors_multiply_and_average_by_operations() -> None:
    good = dataclasses.replace(GROUND, weight=3.0)
    bad = dataclasses.replace(GROUND, weight=1.0, upsets_per_s=1.0 / 86_400)
    names = ["training", "batch"]
    both = factors(SCENARIO, names, [[good, bad], [good], [bad], []])
    useful = both.useful_frac
    assert useful[:, 0] == pytest.approx(0.75 * useful[:, 1] + 0.25 * useful[:, 2])
    mfu = [SCENARIO.job[name].mfu_frac for name in names]
    assert useful[:, 3] == pytest.approx(mfu)  # nothing flies yet: nothing is lost
    product = both.utilisation_frac * both.parallel_frac * both.restart_frac * both.precision_ratio
    assert np.allclose(product, useful) and np.all(useful <= np.array(mfu)[:, None])


def test_a_precision_that_a_card_lacks_is_of_no_use_there() -> None:
    report = SCENARIO.replace({"report_precision": "fp16", "job.training.precision": "fp4"})
    in_orbit = hosts_of("ring")  # a 910C has no fp4 unit; the same card on the ground does it in int8
    useful = factors(report, ["training"], [in_orbit, [GROUND]]).precision_ratio
    assert useful.tolist() == [[0.0, 2.0]]
    twice = factors(SCENARIO.replace({"report_precision": "fp16"}), ["batch", "training"], [[GROUND]])
    assert twice.precision_ratio[:, 0].tolist() == [2.0, 1.0]  # int8 work counted on cards rated in fp16


# --- one course of events -----------------------------------------------------------------------------------


def one_class(work_op: list[float], n_jobs: list[int]) -> SimpleNamespace:
    """Return of jobs what the course of events needs to know."""
    return SimpleNamespace(
        class_names=("training",),
        job_class=np.zeros(len(work_op), np.int64),
        work_op=np.array(work_op),
        n_jobs=np.array(n_jobs),
    )


def sites(*names: str) -> SimpleNamespace:
    return SimpleNamespace(names=names, card_op_per_s=np.full(len(names), 1e15))


def upset_site() -> Factors:
    host = dataclasses.replace(GROUND, upsets_per_s=0.02 / 86_400, lost_per_s=1e-9)
    job = {"job.training.width": 1024, "job.training.collective": "0 byte/op"}
    return factors(SCENARIO.replace(job), ["training"], [[host]])


def course(seed: int, work_op: list[float], n_jobs: list[int], found: Factors):
    site = np.zeros(len(work_op), np.int64)
    return realise(np.random.SeedSequence(seed), one_class(work_op, n_jobs), site, sites("orbit"), found)


def test_the_course_adds_up_and_is_seeded() -> None:
    found = upset_site()
    one = course(1, [2e23, 1e23], [1, 10], found)
    parts = one.paused_s + one.worked_s + one.written_s + one.lost_s + one.restarted_s
    assert parts[0, 0] == pytest.approx(one.span_s[0, 0])
    assert one.span_s[0, 0] == pytest.approx(3e23 / found.useful_frac[0, 0] / 1e15 / 1024)
    assert one.n_interruptions[0, 0] > 0
    assert one.n_upsets[0, 0] + one.n_cards_lost[0, 0] <= one.n_interruptions[0, 0]
    assert 1 <= one.n_jobs_interrupted[0, 0] <= 11
    again, other = course(1, [2e23, 1e23], [1, 10], found), course(2, [2e23, 1e23], [1, 10], found)
    assert again.lost_s == one.lost_s != other.lost_s


def test_the_course_agrees_with_the_closed_form() -> None:
    found = upset_site()
    kept = np.array([course(seed, [5e24], [1], found).kept_frac[0, 0] for seed in range(200)])
    error = kept.std(ddof=1) / math.sqrt(kept.size)
    assert abs(kept.mean() - found.kept_frac[0, 0]) < 3.3 * error  # 99.9 % of all seeds
    assert error < 2e-3


def test_the_course_of_one_site_does_not_depend_on_another() -> None:
    found = upset_site()
    double = Factors(**{
        field.name: np.hstack([getattr(found, field.name)] * 2) for field in dataclasses.fields(Factors)
    })  # fmt: skip
    jobs = one_class([2e23, 1e23], [1, 1])
    alone = course(5, [2e23], [1], found)
    both = realise(np.random.SeedSequence(5), jobs, np.array([0, 1]), sites("orbit", "other"), double)
    assert both.lost_s[0, 0] == alone.lost_s[0, 0]


def test_a_storm_of_upsets_is_drawn_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    found = upset_site()
    whole = course(3, [5e24], [1], found)
    monkeypatch.setattr(realised, "MOST_DRAWN", 100)
    part = course(3, [5e24], [1], found)
    assert part.n_interruptions == whole.n_interruptions > 100
    parts = part.paused_s + part.worked_s + part.written_s + part.lost_s + part.restarted_s
    assert parts[0, 0] == pytest.approx(part.span_s[0, 0])
    assert part.kept_frac[0, 0] == pytest.approx(whole.kept_frac[0, 0], abs=0.1)


def test_nothing_runs_nothing_happens() -> None:
    found = upset_site()
    idle = realise(np.random.SeedSequence(1), one_class([1e23], [1]), np.array([-1]), sites("orbit"), found)
    assert idle.span_s.sum() == idle.n_interruptions.sum() == 0 and idle.kept_frac.tolist() == [[1.0]]
