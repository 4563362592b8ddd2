"""Lines of fibre that sites share: what fits, what waits, what is turned away; which lines can be full."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scheduler import COLD, HOT, WARM, flat, job_list, one, outcomes

from orbitdc.errors import InvariantError
from orbitdc.network import Lines
from orbitdc.scheduler import POLICIES, Narrow, bound_share_frac, check, replay
from orbitdc.scheduler.lines import narrow, places_of
from orbitdc.scheduler.tenancy import Tenancy, with_guarantees

N_SLOTS = 6


def shared_line(bit, n_slots=N_SLOTS, back_bit=None):
    """One line to both clusters, and one back; the centre in orbit is reached without."""
    bits = np.array([[bit], [bit if back_bit is None else back_bit]], float)
    bits, way = np.repeat(bits, n_slots, axis=1), np.zeros((1, 2, 1), np.int64)
    return Narrow(("city - core", "core - city"), bits, way, way + 1, still(n_slots))


def still(n_slots=N_SLOTS):
    """The place of each site in every slot: none, the first, the second."""
    return np.repeat(np.array([[[-1], [0], [1]]]), n_slots, axis=2)


def on(bit, back_bit=None, **more):
    return replace(flat(**more), narrow=shared_line(bit, back_bit=back_bit))


def test_data_wait_for_a_line_that_is_full():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=6, up=25.0)])
    _, schedule = outcomes(jobs, on(10.0))
    assert schedule.used_line_bit.tolist() == [[10, 10, 5, 0, 0, 0], [0] * 6]
    assert schedule.start_slot.tolist() == [2]  # its last bit is there in the third slot
    assert schedule.used_up_bit[1].tolist() == [10, 10, 5, 0, 0, 0]


def test_sites_share_a_line_and_the_reason_is_fibre():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=1, up=6.0), one(WARM, deadline=1, up=6.0)])
    placed, _ = outcomes(jobs, on(10.0, orbit=0.0))
    assert placed == [("completed", "none", "delta"), ("rejected", "fibre", None)]
    placed, _ = outcomes(jobs, on(12.0, orbit=0.0))
    assert [site for *_, site in placed] == ["delta", "plateau"]


def test_each_direction_has_its_own_room():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=1, up=9.0, down=9.0)])
    assert outcomes(jobs, on(10.0))[0][0][0] == "completed"
    assert outcomes(jobs, on(10.0, back_bit=8.0, orbit=0.0))[0][0][:2] == ("rejected", "fibre")


def test_what_the_fibre_does_not_carry_goes_up():
    jobs = job_list(N_SLOTS, [one(WARM, deadline=1, up=20.0)])
    assert outcomes(jobs, on(10.0))[0][0] == ("completed", "none", "orbit")


def test_what_is_late_for_want_of_a_line_says_so():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=1, up=20.0, late=True)])
    assert outcomes(jobs, on(10.0, orbit=0.0))[0][0][:2] == ("late", "fibre")


def test_replay_follows_the_lines():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=6, up=25.0)])
    sites = on(10.0)
    schedule = POLICIES["greedy"](jobs, sites)
    replay(jobs, sites, schedule)
    later = np.roll(schedule.used_line_bit, 2, axis=1)
    with pytest.raises(InvariantError, match="line city - core, slot"):
        replay(jobs, sites, replace(schedule, used_line_bit=later))
    with pytest.raises(InvariantError, match="no line of fibre carries more"):
        check(jobs, sites, replace(schedule, used_line_bit=2.0 * schedule.used_line_bit))


def test_an_owner_has_its_share_of_a_line():
    jobs = job_list(N_SLOTS, [one(HOT, deadline=1, up=4.0, value=9.0) for _ in range(3)])
    jobs = replace(jobs, tenants=("a", "b"), tenant=np.array([0, 0, 1]))
    rights = Tenancy(np.ones(2), np.array([0.0, 0.5]), np.ones(2), np.zeros(2, np.int64), 1.0)
    policy = with_guarantees(POLICIES["greedy"], POLICIES["greedy"], rights)
    sites = on(8.0, orbit=0.0)
    schedule = policy(jobs, sites)
    check(jobs, sites, schedule)
    assert (schedule.site >= 0).tolist() == [True, False, True]
    assert schedule.used_line_bit[0].tolist() == [8, 0, 0, 0, 0, 0]


@st.composite
def worlds(draw):
    """Jobs, and sites behind three lines there and three back, of which any may be on the way."""
    rows = [
        one(
            draw(st.sampled_from([HOT, WARM, COLD])),
            draw(st.integers(0, N_SLOTS - 1)),
            draw(st.integers(1, 4)),
            draw(st.integers(1, 5)),
            draw(st.integers(0, 9)),
            draw(st.integers(0, 9)),
            draw(st.integers(1, 4)),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 9)))
    ]
    bit = np.array(draw(st.lists(st.integers(0, 12), min_size=6, max_size=6)), float)

    def way(first):
        lines = draw(st.permutations([first, first + 1, first + 2]))
        n = draw(st.integers(0, 3))
        return [*lines[:n], *[-1] * (3 - n)]

    there, home = (np.array([[way(first) for _ in range(3)]]) for first in (0, 3))
    stations = draw(st.lists(st.integers(-1, 2), min_size=N_SLOTS, max_size=N_SLOTS))
    place = still()
    place[0, 0] = stations  # orbit by another way in every slot
    lines = Narrow(tuple("abcdef"), np.repeat(bit[:, None], N_SLOTS, axis=1), there, home, place)
    return job_list(N_SLOTS, rows), replace(flat(orbit=draw(st.integers(0, 4))), narrow=lines)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.sampled_from(sorted(set(POLICIES) - {"optimal"})))
def test_no_policy_overfills_a_line(world, name):
    jobs, sites = world
    schedule = POLICIES[name](jobs, sites)
    check(jobs, sites, schedule)
    replay(jobs, sites, schedule)
    assert bound_share_frac(jobs, sites, schedule) <= 1.0


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_lines_with_room_for_everything_change_nothing(world):
    jobs, sites = world
    wide = replace(sites.narrow, bit=np.full((6, N_SLOTS), 1e3))
    open_ = POLICIES["greedy"](jobs, replace(sites, narrow=Narrow.none(1, 3, N_SLOTS)))
    limited = POLICIES["greedy"](jobs, replace(sites, narrow=wide))
    assert np.array_equal(open_.site, limited.site) and np.array_equal(open_.end_slot, limited.end_slot)


# --- which lines can be full --------------------------------------------------------------------------------


def lines(bit_per_s):
    """Two cities, two clusters and a station: city - core (one each), core - cluster (one each)."""
    ends = [("p", "core"), ("q", "core"), ("core", "h"), ("core", "i"), ("core", "g")]
    way = np.array([[[0, 4], [0, 6], [0, 8]], [[2, 4], [2, 6], [2, 8]]])
    both = tuple(each for a, b in ends for each in ((a, b), (b, a)))
    return Lines(both, np.asarray(bit_per_s, float), way)


def asked(up, down):
    return SimpleNamespace(
        origin=np.array([0, 1]), cities=("p", "q"), input_bit=np.array(up), output_bit=np.array(down)
    )


def places(n_orbit):
    """Two clusters, before them centres reached by the station."""
    return places_of(np.zeros((n_orbit, 2, 4), np.int64), 2)


def test_a_line_that_can_take_everything_in_one_slot_is_left_out():
    found = narrow(lines([1.0] * 10), asked([10.0, 20.0], [0.0, 5.0]), places(0), 10.0)
    # p alone asks for 10 in 10 s; both together for 30 at each place; the way back carries 5
    assert found.names == ("q - core", "core - h", "core - i", "core - g")
    assert found.bit.tolist() == [[10.0] * 4] * 4
    assert found.way.tolist() == [[[1, -1], [2, -1], [3, -1]], [[0, 1], [0, 2], [0, 3]]]
    assert found.way_back.shape == (2, 3, 0)
    assert found.limited.tolist() == [True, True]


def test_the_answer_takes_the_lines_the_other_way():
    found = narrow(lines([1.0] * 10), asked([0.0, 0.0], [0.0, 15.0]), places(1), 10.0)
    assert found.names == ("core - q", "h - core", "i - core", "g - core")
    assert found.way.shape == (2, 3, 0)
    assert found.way_back.tolist() == [[[1, -1], [2, -1], [3, -1]], [[0, 1], [0, 2], [0, 3]]]


def test_orbit_is_reached_through_its_station():
    found = narrow(lines([1.0] * 10), asked([10.0, 20.0], [0.0, 5.0]), places(1), 10.0)
    assert found.place[:, :, 0].tolist() == [[2, 0, 1]] * 2
    some, every = found.crossed(found.way)
    assert some[1].astype(int).tolist() == [[1, 0, 0, 1], [1, 1, 0, 0], [1, 0, 1, 0]]
    assert np.array_equal(some, every) and found.limited.all()


def test_a_line_to_the_station_limits_what_goes_up():
    jobs = job_list(N_SLOTS, [one(COLD, deadline=6, up=25.0)])
    by_way = still()
    by_way[0, 0] = [0, 0, -1, -1, -1, -1]  # over the line in two slots, then by another station
    sites = on(10.0, east=0.0, west=0.0)
    sites = replace(sites, narrow=replace(sites.narrow, place=by_way))
    placed, schedule = outcomes(jobs, sites)
    assert placed == [("completed", "none", "orbit")]
    assert schedule.used_up_bit[0].tolist() == [10, 10, 5, 0, 0, 0]
    assert schedule.used_line_bit[0].tolist() == [10, 10, 0, 0, 0, 0]
    short = replace(jobs, deadline_s=np.array([2 * 600.0]))
    assert outcomes(short, sites)[0][0][:2] == ("rejected", "fibre")
    no_link = replace(sites, up_bit=np.full_like(sites.up_bit, 5.0), down_bit=sites.down_bit.copy())
    assert outcomes(short, no_link)[0][0][:2] == ("rejected", "link")


def test_nothing_asked_limits_nothing():
    assert narrow(lines([1.0] * 10), asked([0.0, 0.0], [0.0, 0.0]), places(1), 10.0).names == ()
