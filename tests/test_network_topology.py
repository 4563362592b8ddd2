"""Topologies: seams, shells, docked centres, relays, and the air that links keep clear of."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.network.relays import Relay, Users, geostationary_teme_km, relayed
from orbitdc.network.topology import Mesh, mesh
from orbitdc.orbit import design, elements
from orbitdc.orbit.ephemeris import Satellite
from orbitdc.orbit.geometry import grazing_altitude_km, line_of_sight
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.time import TimeGrid

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
TAU = 2.0 * np.pi


def plane(
    n: int,
    node_deg: float = 0.0,
    *,
    altitude_m: float = 750e3,
    inclination_deg: float = 98.42,
    shift: float = 0.0,
    name: str = "s",
) -> list[Satellite]:
    """One plane of n satellites, the first `shift` slots on."""
    return [
        elements.synthetic(
            f"{name}{node_deg:g}-{i}", EPOCH, design.semi_major_axis_m(altitude_m),
            np.radians(inclination_deg), np.radians(node_deg), mean_anomaly_rad=TAU * (i + shift) / n,
        )
        for i in range(n)
    ]  # fmt: skip


def pairs(found: Mesh) -> set[tuple[int, int]]:
    listed = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert len(set(listed)) == len(listed) and all(a < b for a, b in listed)
    return set(listed)


def positions_km(satellites: list[Satellite]) -> np.ndarray:
    return propagate(satellites, TimeGrid(EPOCH, 60.0, 1)).r_teme_km[:, 0]


@pytest.mark.parametrize("inclination_deg", [51.9, 80.0, 98.42, 100.0])
@pytest.mark.parametrize("topology", ["ring", "grid"])
def test_a_ring_closes_at_any_inclination_and_alone_in_its_shell(
    inclination_deg: float, topology: str
) -> None:
    """StarPerf leaves the last orbit at 80 to 100 deg, and shells of one plane, without links (PR 18)."""
    found = mesh(topology, plane(12, inclination_deg=inclination_deg))
    assert pairs(found) == {tuple(sorted((i, (i + 1) % 12))) for i in range(12)}


@pytest.mark.parametrize(
    ("n", "expected"), [(0, set()), (1, set()), (2, {(0, 1)}), (3, {(0, 1), (1, 2), (0, 2)})]
)
def test_small_rings(n: int, expected: set[tuple[int, int]]) -> None:
    assert pairs(mesh("ring", plane(n))) == expected


def test_the_order_is_that_along_the_orbit_not_that_of_the_list() -> None:
    satellites = plane(6)
    shuffled = [satellites[i] for i in (3, 0, 5, 1, 4, 2)]
    place = {3: 0, 0: 1, 5: 2, 1: 3, 4: 4, 2: 5}
    expected = {tuple(sorted((place[i], place[(i + 1) % 6]))) for i in range(6)}
    assert pairs(mesh("ring", shuffled)) == expected


def test_batches_of_one_orbit_share_its_ring() -> None:
    both = plane(4, name="a") + plane(4, shift=0.5, name="b")
    assert pairs(mesh("ring", both)) == {(0, 4), (1, 4), (1, 5), (2, 5), (2, 6), (3, 6), (3, 7), (0, 7)}


@pytest.mark.parametrize(("n", "n_up"), [(7, 0), (8, 8)])
def test_links_keep_clear_of_eighty_kilometres(n: int, n_up: int) -> None:
    """At 750 km two satellites see each other over 80 km up to 50.1 deg apart: seven do not close a ring."""
    satellites = plane(n)
    assert len(mesh("ring", satellites).at(positions_km(satellites))) == n_up


def test_terminals_have_a_reach_and_the_dead_hold_no_link() -> None:
    satellites = plane(12)
    r_km = positions_km(satellites).copy()
    ring = mesh("ring", satellites)
    spacing_km = 2.0 * 7128.137 * np.sin(np.pi / 12)
    assert len(ring.at(r_km, max_range_km=0.98 * spacing_km)) == 0
    assert ring.at(r_km, max_range_km=1.02 * spacing_km).length_km == pytest.approx(spacing_km, rel=0.01)
    r_km[5] = np.nan
    up = ring.at(r_km)
    assert len(up) == 10 and 5 not in up.a and 5 not in up.b


def test_a_grid_links_neighbouring_planes_and_no_others() -> None:
    planes = [satellite for p in range(3) for satellite in plane(10, 10.0 * p)]
    found = pairs(mesh("grid", planes))
    across = {(a, b) for a, b in found if a // 10 != b // 10}
    assert across == {(i, i + 10) for i in range(20)}  # not from the last plane back to the first
    assert len(found) == 30 + 20


def test_a_walker_delta_closes_around_the_earth() -> None:
    """Kuiper-630: 34 planes of 34, each satellite with four links (Hypatia: 2,312)."""
    satellites = [
        satellite
        for p in range(34)
        for satellite in plane(
            34, 360.0 * p / 34, inclination_deg=51.9, altitude_m=630e3, shift=0.5 * (p % 2)
        )
    ]
    found = mesh("grid", satellites)
    assert len(pairs(found)) == 2312
    assert np.bincount(np.concatenate([found.a, found.b])).tolist() == [4] * 1156


def test_the_nearest_in_phase_is_the_partner() -> None:
    satellites = plane(12) + plane(12, 5.0, shift=3.2)
    across = {(a, b) for a, b in pairs(mesh("grid", satellites)) if a < 12 <= b}
    assert across == {(i, 12 + (i - 3) % 12) for i in range(12)}


def test_planes_of_other_sizes_share_no_terminal() -> None:
    found = mesh("grid", plane(12) + plane(5, 5.0))
    across = [(a, b) for a, b in pairs(found) if a < 12 <= b]
    assert len(across) == 5 == len({a for a, _ in across}) == len({b for _, b in across})


def test_other_shells_are_not_linked() -> None:
    found = mesh("grid", plane(8) + plane(8, 5.0, altitude_m=800e3))
    assert all((a < 8) == (b < 8) for a, b in pairs(found))


def test_the_seam_between_counter_rotating_planes_is_off_unless_asked() -> None:
    star = [satellite for p in range(6) for satellite in plane(20, 30.0 * p)]
    off = mesh("grid", star)
    assert off.seams == () and len(off.a) == 6 * 20 + 5 * 20
    on = mesh("grid", star, counter_rotating=True)
    assert pairs(on) == pairs(off)
    assert [tuple(sorted({int(i) // 20 for i in side}.pop() for side in seam)) for seam in on.seams] == [
        (0, 5)
    ]
    grid = TimeGrid(EPOCH, 600.0, 3)
    states = propagate(star, grid)
    partners = []
    for k in range(3):
        up = on.at(states.r_teme_km[:, k])
        seam = [
            (a, b) for a, b in zip(up.a.tolist(), up.b.tolist(), strict=True) if abs(a // 20 - b // 20) == 5
        ]
        assert len(seam) == len({a for a, _ in seam}) == len({b for _, b in seam}) > 0
        partners.append(set(seam))
    assert partners[0] != partners[1]


def test_dawn_and_dusk_rings_meet_head_on() -> None:
    both = plane(12, 0.0) + plane(12, 180.0)
    assert all((a < 12) == (b < 12) for a, b in pairs(mesh("grid", both)))
    assert len(mesh("grid", both, counter_rotating=True).seams) == 1


def test_a_docked_centre_is_one_node_of_its_ring() -> None:
    ring = plane(8, name="r")
    docked = [plane(8, name=name)[2] for name in "abc"]
    found = mesh("ring", ring + docked)
    buses = {(2, 8), (2, 9), (2, 10)}
    assert pairs(found) == {tuple(sorted((i, (i + 1) % 8))) for i in range(8)} | buses
    up = found.at(positions_km(ring + docked))
    assert int(up.bus.sum()) == 3 and up.length_km[up.bus] == pytest.approx(0.0, abs=1e-6)
    assert pairs(mesh("none", ring + docked)) == buses


def test_a_cluster_links_all_and_is_no_larger_than_it_says() -> None:
    axis_m = design.semi_major_axis_m(750e3)

    def cluster(spacing_km: float) -> list[Satellite]:
        turns = [i * spacing_km * 1e3 / axis_m for i in range(5)]
        return [elements.synthetic(f"c{x}", EPOCH, axis_m, 1.7, 0.0, mean_anomaly_rad=x) for x in turns]

    near = cluster(0.4)
    assert len(pairs(mesh("cluster", near))) == 10
    assert len(mesh("cluster", near).at(positions_km(near))) == 10
    with pytest.raises(InputError, match=r"satellites 2\.4 km apart"):
        mesh("cluster", cluster(0.6))
    with pytest.raises(InputError, match="at most 512"):
        mesh("cluster", plane(513))


def test_a_topology_that_is_none() -> None:
    with pytest.raises(InputError, match="none, docked, ring, grid, cluster"):
        mesh("star", plane(3))


def test_real_satellites_of_one_launch_make_a_ring() -> None:
    """Three-Body: twelve sets of 2026-08, nodes 303 to 312 deg, 436 to 500 km (tle/three-body.tle)."""
    import orbitdc.fleet.sources as sources

    satellites = sources.satellites_from("three-body", datetime(2026, 8, 22, tzinfo=UTC))
    found = mesh("ring", satellites, when=datetime(2026, 8, 22, 12, tzinfo=UTC))
    assert np.bincount(np.concatenate([found.a, found.b]), minlength=12).min() >= 1


def test_memory_does_not_grow_with_the_horizon() -> None:
    satellites = plane(10_000)
    ring = mesh("ring", satellites)
    assert len(ring.a) == 10_000
    r_km = positions_km(satellites)

    def peak_bytes(n_slots: int) -> int:
        tracemalloc.start()
        for _ in range(n_slots):
            assert len(ring.at(r_km)) == 10_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few = peak_bytes(2)
    assert few < 10e6
    assert peak_bytes(20) < 1.05 * few + 1e5


# --- relays -------------------------------------------------------------------------------------------------


def test_geostationary_relays_stand_over_their_longitude() -> None:
    """Two-body radius of a sidereal day, 42,164.17 km; Tianlian at seven longitudes."""
    lon_deg = [10.6, 16.8, 20.4, 77.0, 79.9, 171.0, 177.0]
    relays = [Relay(f"{lon:g}", lon, 4) for lon in lon_deg]
    grid = TimeGrid(EPOCH, 3600.0, 5)
    r_km = geostationary_teme_km(relays, grid.gmst_rad)
    assert np.linalg.norm(r_km, axis=-1) == pytest.approx(42164.17, abs=0.05)
    lon_rad = np.arctan2(r_km[..., 1], r_km[..., 0]) - grid.gmst_rad
    assert np.cos(lon_rad - np.radians(lon_deg)[:, None]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("lon_deg", "n_beams", "message"),
    [
        (float("nan"), 2, "relay x: lon: found nan deg; allowed: a longitude"),
        (400.0, 2, "400 deg"),
        (77.0, 0, "beams: found 0"),
    ],
)
def test_a_relay_at_no_longitude_or_without_beams(lon_deg: float, n_beams: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Relay("x", lon_deg, n_beams)


def test_beams_are_limited_and_go_to_the_nearest() -> None:
    users = positions_km(plane(100))
    relays = geostationary_teme_km([Relay("a", 10.0, 3), Relay("b", 190.0, 5)], np.zeros(1))[:, 0]
    alike = Users(users[None], np.zeros((1, 100), dtype=np.int64), np.ones(100))
    _, user, relay, length_km = relayed(alike, relays[None], np.array([3, 5]), n_per_group=5)
    assert np.bincount(relay).tolist() == [3, 5]
    assert len(set(user.tolist())) == 8
    assert np.all(grazing_altitude_km(users[user], relays[relay]) >= 80.0)
    apart_km = np.linalg.norm(users - relays[0], axis=1)
    assert sorted(length_km[relay == 0]) == pytest.approx(np.sort(apart_km)[:3])


def test_groups_share_beams_in_proportion_to_their_work() -> None:
    """D'Hondt 1882: seats for 100,000, 80,000, 30,000 and 20,000 votes, eight seats: 4, 3, 1 and none."""
    votes = np.array([100.0, 80.0, 30.0, 20.0])
    group = np.repeat(np.arange(4), 10)
    users = Users(positions_km(plane(40))[None], group[None], np.repeat(votes / 10.0, 10))
    relays = geostationary_teme_km([Relay("a", 0.0, 4), Relay("b", 180.0, 4)], np.zeros(1))[:, 0]
    _, user, _, _ = relayed(users, relays[None], np.array([4, 4]), n_per_group=4)
    assert np.bincount(group[user], minlength=4).tolist() == [4, 3, 1, 0]


def test_a_relay_gives_a_group_no_more_beams_than_it_may() -> None:
    users = Users(positions_km(plane(20))[None], np.zeros((1, 20), dtype=np.int64), np.ones(20))
    relays = geostationary_teme_km([Relay("a", 0.0, 4), Relay("b", 180.0, 4)], np.zeros(1))[:, 0]
    _, user, relay, _ = relayed(users, relays[None], np.array([4, 4]), n_per_group=1)
    assert sorted(relay.tolist()) == [0, 1] and len(set(user.tolist())) == 2


# --- properties ---------------------------------------------------------------------------------------------

points = st.tuples(*[st.floats(-45000.0, 45000.0) for _ in range(3)]).filter(
    lambda point: np.linalg.norm(point) > 6400.0
)


@given(points, points)
def test_sight_is_symmetric_and_the_same_one_by_one(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    there = grazing_altitude_km(np.array([a]), np.array([b]))
    back = grazing_altitude_km(np.array([b]), np.array([a]))
    assert there == pytest.approx(back, abs=1e-6)
    assert line_of_sight(a, b).grazing_altitude_km == pytest.approx(float(there[0]), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(24)), st.sampled_from(["ring", "grid"]))
def test_permuting_satellites_changes_only_names(order: list[int], topology: str) -> None:
    satellites = plane(12) + plane(12, 8.0, shift=0.5)
    straight = {frozenset(pair) for pair in pairs(mesh(topology, satellites))}
    permuted = pairs(mesh(topology, [satellites[i] for i in order]))
    assert {frozenset(order[i] for i in pair) for pair in permuted} == straight
