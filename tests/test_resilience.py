"""Resilience: transfers by hand, replicas that fall behind, drills on small plans, longer ways round."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_scheduler import COLD, HOT, SLOT_S, WARM, flat, job_list, one

from orbitdc.errors import InputError
from orbitdc.network.fibre import Place, fibre_graph
from orbitdc.resilience import damage_of, drill, recovery_of, transfer_s
from orbitdc.resilience.damage import Damage, World, detour_s, station_share_frac
from orbitdc.resilience.replicas import Copy, lag_s
from orbitdc.scenario.sampling import Window
from orbitdc.scenario.vault import Dataset, Event
from orbitdc.scheduler import POLICIES

greedy = POLICIES["greedy"]
DAY = datetime(2035, 6, 1, tzinfo=UTC)

# --- transfers and replicas -------------------------------------------------------------------------------


@given(st.floats(0.1, 1e3), st.lists(st.floats(0.0, 10.0), min_size=1, max_size=12))
def test_a_transfer_carries_exactly_its_size(size: float, rates: list[float]) -> None:
    rate = np.array(rates)
    needs_s = transfer_s(size, rate, 600.0)
    if not rate.sum() > 1e-6:
        assert needs_s > 1e7
        return
    rounds, rest_s = divmod(needs_s, 600.0 * rate.size)
    k = int(rest_s // 600.0)
    moved = (
        rounds * rate.sum()
        + rate[:k].sum()
        + (rate[k] * (rest_s - 600.0 * k) / 600.0 if k < rate.size else 0.0)
    )
    assert moved == pytest.approx(size, rel=1e-6)


def test_a_link_of_nothing_never_delivers() -> None:
    assert transfer_s(1.0, np.zeros(4), 600.0) == math.inf


def test_twenty_petabytes_through_a_hundred_gigabits() -> None:
    """20 PB = 1.6e17 bit at 100 Gbit/s: 1.6e6 s, 18.5 days."""
    assert transfer_s(1.6e17, np.full(144, 100e9 * 600.0), 600.0) == pytest.approx(1.6e6, rel=1e-12)


def test_a_replica_is_old_by_an_interval_and_its_way() -> None:
    up = np.full(144, 1e9 * 600.0)
    assert lag_s(0.0, 3600.0, up, 600.0) == 0.0
    assert lag_s(0.25e9, 3600.0, up, 600.0) == pytest.approx(3600.0 * 1.25)
    assert lag_s(1e9, 3600.0, up, 600.0) == math.inf


def data(**changes: object) -> Dataset:
    keys = {
        "name": "d",
        "size": "1 Tbit",
        "change": "10 Mbit/s",
        "home": "delta",
        "replicas": ["plateau"],
        "sync": "1 h",
    }
    return Dataset.model_validate({**keys, **changes})


def test_the_first_to_answer_serves_and_the_quickest_restores() -> None:
    n = 6
    fast = Copy("plateau", 0.0, np.full(n, 6e12), np.full(n, 6e12))
    orbit = Copy("orbit", 1200.0, np.full(n, 6e10), np.full(n, 6e10))
    both = recovery_of(data(), [orbit, fast], SLOT_S, 600.0)
    assert both.source == "plateau"
    assert (both.answers_s, both.restored_s) == (600.0, 600.0 + 100.0)
    assert both.missing_bit == pytest.approx(1e7 * 3600.0 * (1 + 1e7 / 1e10))
    left = recovery_of(data(), [orbit], SLOT_S, 600.0)
    assert (left.source, left.answers_s) == ("orbit", 1800.0)
    assert left.restored_s == 600.0 + 1e12 / 1e8
    assert left.fill_s == 1e4
    full = Copy("plateau", 0.0, np.full(n, 6e12), np.zeros(n))  # no room on the ground for a second copy
    mixed = recovery_of(data(), [full, orbit], SLOT_S, 600.0)
    assert (mixed.source, mixed.answers_s, mixed.restored_s) == ("plateau", 600.0, left.restored_s)
    gone = recovery_of(data(), [], SLOT_S, 600.0)
    assert gone.source == "" and gone.answers_s == math.inf and gone.missing_bit == 1e12


def test_a_replica_that_cannot_follow_is_worth_nothing() -> None:
    slow = Copy("orbit", 0.0, np.full(6, 1e6), np.full(6, 1e12))
    assert recovery_of(data(), [slow], SLOT_S, 0.0).missing_bit == 1e12


# --- drills -----------------------------------------------------------------------------------------------


def lost(sites, site: int, first: int, n: int, *, kills: bool = True) -> Damage:
    touched = np.zeros(sites.op.shape, bool)
    touched[site, (first + np.arange(n)) % sites.n_slots] = True
    killed = np.zeros(len(sites.names), bool)
    killed[site] = kills
    return Damage(replace(sites, op=np.where(touched, 0.0, sites.op)), touched, killed, first, n)


def test_an_event_elsewhere_costs_nothing() -> None:
    jobs, sites = job_list(6, [one(HOT), one(WARM)]), flat()
    found = drill(greedy, jobs, greedy(jobs, sites), lost(sites, 0, 0, 6), 0.0)
    assert (found.n_displaced, found.n_lost, found.repeated_op, found.recovery_s) == (0, 0, 0.0, 0.0)
    assert found.availability_frac == found.hot_availability_frac == 1.0


def test_hot_work_moves_to_the_other_side_while_its_own_is_lost() -> None:
    rows = [one(HOT, arrival=k, deadline=1.0, work=4.0) for k in range(6)]
    jobs, sites = job_list(6, rows), flat()
    plan = greedy(jobs, sites)
    assert set(plan.site.tolist()) == {1}
    moved = drill(greedy, jobs, plan, lost(sites, 1, 2, 2), 0.0)
    assert (moved.n_displaced, moved.displaced_op, moved.hot_availability_frac) == (2, 8.0, 1.0)
    assert moved.recovery_s == 0.0  # nobody notices
    nowhere = flat(west=0.0)
    gone = drill(greedy, jobs, greedy(jobs, nowhere), lost(nowhere, 1, 2, 2), 0.0)
    assert (gone.n_lost, gone.lost_op, gone.availability_frac) == (2, 8.0, 0.0)
    assert gone.recovery_s == 2 * SLOT_S


def test_what_runs_at_a_lost_site_is_done_again() -> None:
    """30 operations over slots 0, 1, 2; the site is lost for slot 2: two thirds are done again, after it."""
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    jobs = job_list(6, [one(WARM, deadline=6.0, work=30.0)])
    plan = greedy(jobs, sites)
    assert (plan.start_slot[0], plan.end_slot[0]) == (0, 2)
    found = drill(greedy, jobs, plan, lost(sites, 2, 2, 1), 0.0)
    assert found.repeated_op == pytest.approx(20.0)
    assert (found.n_lost, found.n_late, found.availability_frac) == (0, 0, 1.0)
    assert found.recovery_s == 4 * SLOT_S  # slots 3, 4 and 5


def test_a_replica_elsewhere_saves_all_but_the_last_slot() -> None:
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    jobs = replace(job_list(6, [one(WARM, deadline=6.0, work=40.0)]), replicas=np.full(4, 2))
    found = drill(greedy, jobs, greedy(jobs, sites), lost(sites, 2, 3, 1), 0.0)
    assert found.repeated_op == pytest.approx(10.0)
    assert found.recovery_s == 3 * SLOT_S


def test_what_waits_cannot_start_before_it_was_known() -> None:
    """The second job of slot 0 would run in slots 2 and 3, lost from 2 on: it is asked again in slot 2."""
    sites = flat(orbit=0.0, east=0.0, west=10.0)
    jobs = job_list(6, [one(WARM, deadline=5.0, work=20.0), one(WARM, deadline=6.0, work=20.0)])
    plan = greedy(jobs, sites)
    assert plan.start_slot.tolist() == [0, 2]
    seen = []

    def policy(asked, left):
        seen.append(asked)
        return greedy(asked, left)

    found = drill(policy, jobs, plan, lost(sites, 2, 2, 2), SLOT_S)
    assert (found.n_displaced, found.repeated_op) == (1, 0.0)
    assert seen[0].arrival_s.tolist() == [0.0, 2 * SLOT_S]
    assert seen[0].deadline_s.tolist() == [5 * SLOT_S, 4 * SLOT_S]


def test_failover_takes_time_that_a_deadline_may_not_have() -> None:
    sites = flat(orbit=0.0, east=10.0, west=10.0)
    jobs = job_list(6, [one(WARM, deadline=4.0, work=30.0, late=True)])
    plan = greedy(jobs, sites)
    assert drill(greedy, jobs, plan, lost(sites, 2, 1, 5), 0.0).n_late == 0
    slow = drill(greedy, jobs, plan, lost(sites, 2, 1, 5), SLOT_S)
    assert (slow.n_late, slow.n_lost, slow.availability_frac) == (1, 0, 0.0)


# --- damage -----------------------------------------------------------------------------------------------

WINDOW = Window(0, 0, DAY, 6 * SLOT_S, DAY - timedelta(days=10), DAY + timedelta(days=10))


def world(**changes: object) -> World:
    contacts = SimpleNamespace(
        n_slots=6, station=np.array([0, 1, 0]), owner=np.array([0, 1, 1, 2]), slot=np.array([0, 0, 1, 2]),
        slot_down_bit=np.array([6.0, 3.0, 3.0, 5.0]), slot_up_bit=np.array([1.0, 1.0, 1.0, 0.0]),
    )  # fmt: skip
    places = [Place("beijing", 39.9, 116.4), Place("delta", 31.2, 121.1), Place("plateau", 26.4, 106.5)]
    keys = {
        "clusters": ("delta", "plateau"), "hubs": ("yangtze", "guizhou"), "stations": ("kashi", "sanya"),
        "contacts": contacts, "fibre": fibre_graph(places, date(2035, 6, 1)), "n_cities": 1,
        "overhead_frac": 0.45,
    }  # fmt: skip
    return World(**{**keys, **changes})


def event(kind: str, target: str, start_slot: float = 1.0, n_slots: float = 2.0) -> Event:
    start = DAY + timedelta(days=3, seconds=start_slot * SLOT_S)
    end = start + timedelta(seconds=n_slots * SLOT_S)
    return Event.model_validate({"name": "e", "kind": kind, "target": target, "start": start, "end": end})


@pytest.mark.parametrize("target", ["plateau", "guizhou"])
def test_a_lost_cluster_or_hub_is_dark_while_it_lasts(target: str) -> None:
    found = damage_of(event("hub-lost", target), WINDOW, flat(), world())
    assert found.sites.op[2].tolist() == [10, 0, 0, 10, 10, 10]
    assert found.sites.op[:2].tolist() == flat().op[:2].tolist()
    assert found.killed.tolist() == [False, False, True]
    assert (found.first_slot, found.n_slots) == (1, 2)


def test_an_event_longer_than_the_window_fills_it_and_one_may_wrap() -> None:
    whole = damage_of(event("hub-lost", "delta", n_slots=99.0), WINDOW, flat(), world())
    assert not whole.sites.op[1].any() and whole.n_slots == 6
    round_ = damage_of(event("hub-lost", "delta", start_slot=5.0), WINDOW, flat(), world())
    assert round_.sites.op[1].tolist() == [0, 10, 10, 10, 10, 0]


def test_safe_mode_silences_a_centre() -> None:
    found = damage_of(event("safe-mode", "orbit"), WINDOW, flat(), world())
    for name, left in (("op", 10), ("up_bit", 100), ("down_bit", 100)):
        assert getattr(found.sites, name)[0].tolist() == [left, 0, 0, left, left, left]


def test_a_lost_station_takes_its_share_of_the_bits() -> None:
    down, up = station_share_frac(world().contacts, 0)
    np.testing.assert_allclose(down, [6 / 9, 0.0, 1.0, 0, 0, 0], rtol=1e-12)
    np.testing.assert_allclose(up, [0.5, 0.0, 0.0, 0, 0, 0], rtol=1e-12)
    found = damage_of(event("station-lost", "kashi", 0.0, 3.0), WINDOW, flat(), world())
    np.testing.assert_allclose(found.sites.down_bit[0], [100 / 3, 100, 0, 100, 100, 100], rtol=1e-12)
    np.testing.assert_allclose(found.sites.up_bit[0], [50, 100, 100, 100, 100, 100], rtol=1e-12)
    assert np.isinf(found.sites.up_bit[1:]).all() and not found.killed.any()
    assert found.touched[0].tolist() == [True, False, True, False, False, False]


def test_a_cut_exchange_makes_ways_longer_and_never_shorter() -> None:
    graph = world().fibre
    for exchange in ("Beijing", "shanghai", "Guiyang"):
        longer = detour_s(graph, exchange, 1, 2, 0.45)
        assert longer.shape == (1, 2) and np.all(longer >= 0.0)
    assert detour_s(graph, "Beijing", 1, 2, 0.45).max() > 5e-4  # two lines more in one city
    found = damage_of(event("exchange-cut", "Beijing"), WINDOW, flat(), world())
    added = found.sites.latency_s - flat().latency_s
    np.testing.assert_allclose(added[1:, 0, 1], detour_s(graph, "Beijing", 1, 2, 0.45)[0], rtol=1e-9)
    assert not added[:, :, [0, 3, 4, 5]].any() and not added[0].any()


# --- bad input --------------------------------------------------------------------------------------------

EVENT = 'event=[{{name="e", kind="{}", target="{}", start=2026-12-01T00:00:00Z, end=2026-12-01T0{}:00:00Z}}]'

DATASET = (
    'vault.dataset=[{{name="d", size="1 Tbit", change="0 bit/s", sync="1 h", '
    'home="horinger", replicas=["{}"]}}]'
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (EVENT.format("hub-lost", "atlantis", 3), "atlantis"),
        (EVENT.format("station-lost", "sanya", 3), "sanya"),
        (EVENT.format("safe-mode", "relay", 3), "relay"),
        (EVENT.format("hub-lost", "horinger", 0), "after the start"),
        (EVENT.format("meteor", "horinger", 3), "meteor"),
        (DATASET.format("mars"), "mars"),
        (DATASET.format("horinger"), "place of its own"),
    ],
)
def test_a_place_that_does_not_exist_is_refused(line: str, words: str) -> None:
    import mini

    from orbitdc.scenario.reader import load

    with pytest.raises(InputError, match=words):
        load(mini.MINI, [line])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (EVENT.format("exchange-cut", "Atlantis", 3), "exchange point in service"),
        (EVENT.format("safe-mode", "walker", 3).replace("walker", "ring-9"), "ring-9"),
        (EVENT.format("hub-lost", "horinger", 3).replace("2026-12", "2029-12"), "within a phase"),
    ],
)
def test_what_only_the_plan_knows_is_refused_before_the_run(line: str, words: str) -> None:
    import mini

    from orbitdc import simulate
    from orbitdc.scenario.reader import load

    with pytest.raises(InputError, match=words):
        simulate.prepare(load(mini.MINI, [line]))


def test_cold_data_of_orbit_is_back_when_its_centre_is() -> None:
    """Work in orbit while its centre is in safe mode waits for another or for the ground."""
    sites = flat(east=0.0, west=0.0)
    jobs = job_list(6, [one(COLD, deadline=6.0, work=2.0)])
    found = drill(greedy, jobs, greedy(jobs, sites), lost(sites, 0, 0, 3), 0.0)
    assert (found.n_lost, found.n_late, found.n_displaced, found.recovery_s) == (0, 0, 1, 0.0)
