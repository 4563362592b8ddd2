"""Routes: against the whole graph, against closed forms, and the properties of quickest ways."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitdc
from orbitdc.errors import InputError
from orbitdc.network.fibre import Place, fibre_graph, shortest
from orbitdc.network.lasers import Lasers
from orbitdc.network.latency import LIGHT_ONLY, PARTS, Delays, Latency
from orbitdc.network.moments import Access, Moments, Network
from orbitdc.network.path import find_route
from orbitdc.network.relays import Relay
from orbitdc.network.report import route_text
from orbitdc.network.routes import NOWHERE, Routes, RouteSearch, find_routes, ground_latency
from orbitdc.network.settings import network_of
from orbitdc.network.space import KM_PER_S, space_graph, space_ways
from orbitdc.network.topology import mesh
from orbitdc.orbit import design, elements
from orbitdc.orbit.access import Passes, passes_of
from orbitdc.orbit.ephemeris import Ephemeris, Satellite
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.time import TimeGrid

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
MINIMUM_RAD = np.radians(10.0)
CITIES = [
    Place("beijing", 39.9075, 116.3972),
    Place("guangzhou", 23.1167, 113.25),
    Place("guian", 26.4, 106.45),
]
STATIONS = [
    Place("kashi", 39.4672, 75.9868),
    Place("mohe", 52.971, 122.5263),
    Place("sanya", 18.2528, 109.5119),
]
TAU = 2.0 * np.pi


def satellites_of(n: int, n_planes: int = 1, ltan_h: float = 6.0) -> list[Satellite]:
    axis_m = design.semi_major_axis_m(750e3)
    tilt_rad = design.sun_synchronous_inclination_rad(axis_m)
    node_rad = design.raan_rad(ltan_h, EPOCH)
    per_plane = n // n_planes
    return [
        elements.synthetic(
            f"s{p}-{i}", EPOCH, axis_m, tilt_rad, node_rad + np.radians(15.0 * p),
            mean_anomaly_rad=TAU * (i + 0.3 * p) / per_plane,
        )
        for p in range(n_planes) for i in range(per_plane)
    ]  # fmt: skip


def network(
    satellites: list[Satellite], topology: str = "ring", delays: Delays | None = None, **changes: object
) -> Network:
    delays = Delays() if delays is None else delays
    places = [*CITIES, *STATIONS]
    n = len(satellites)
    made = Network(
        paths=shortest(fibre_graph(places, date(2026, 6, 1)), delays.line_overhead_frac),
        demand=np.arange(len(CITIES)),
        station=np.arange(len(CITIES), len(places)),
        hubs=np.array([2]),
        sites=Sites.at(Site(place.name, place.lat_deg, place.lon_deg, 0.0) for place in STATIONS),
        mesh=mesh(topology, satellites),
        lasers=Lasers.endless(n),
        centre=np.zeros(n, dtype=np.int64),
        n_beams=np.zeros(n, dtype=np.int64),
        weight=np.ones(n),
        user=np.ones(n, dtype=np.bool_),
        caller=np.ones(n, dtype=np.bool_),
        caller_w=np.zeros(n),
        normal=np.zeros((n, 3)),
        delays=delays,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def states_and_passes(satellites: list[Satellite], hours: float) -> tuple[Ephemeris, Passes]:
    states = propagate(satellites, TimeGrid.span(EPOCH, hours * 3600.0, 60.0))
    sites = Sites.at(Site(place.name, place.lat_deg, place.lon_deg, 0.0) for place in STATIONS)
    return states, passes_of(states, sites, MINIMUM_RAD)


def routed(satellites: list[Satellite], hours: float = 4.0, **changes: object) -> Routes:
    states, passes = states_and_passes(satellites, hours)
    return find_routes(
        network(satellites, **changes), states, Access.of_passes(passes),  # type: ignore[arg-type]
        slot_s=600.0, n_slots=round(hours * 6),
    )  # fmt: skip


@pytest.fixture(scope="module")
def ring() -> Routes:
    return routed(satellites_of(12), 24.0)


# --- against other ways to know it --------------------------------------------------------------------------


@pytest.mark.parametrize(("topology", "n", "n_planes"), [("none", 6, 1), ("ring", 12, 1), ("grid", 24, 2)])
def test_routes_are_those_of_the_whole_graph(topology: str, n: int, n_planes: int) -> None:
    """The whole graph at once, satellites and fibre together, knows nothing of stations first."""
    satellites = satellites_of(n, n_planes, ltan_h=9.0)
    states, passes = states_and_passes(satellites, 3.0)
    net = network(satellites, topology)
    access = Access.of_passes(passes)
    found = find_routes(net, states, access, slot_s=600.0, n_slots=18)
    moments = Moments(net, states, access, 600.0, 18)
    names = [satellite.name for satellite in satellites]
    for p, city in enumerate(CITIES):
        whole = find_route(moments, names, city.name, "orbit")
        assert whole is not None
        total_s = float(found.latency.total_s[0, p, 0])
        assert float(whole.latency.total_s) == pytest.approx(total_s, rel=1e-12)
        for part in PARTS:
            ours, theirs = getattr(found.latency, f"{part}_s")[0, p, 0], getattr(whole.latency, f"{part}_s")
            assert ours == pytest.approx(float(theirs), abs=1e-12), part
        assert whole.legs[-1].target == names[found.satellite[0, p, 0]]


def test_a_way_may_come_down_and_go_up_again() -> None:
    """Fibre between the stations is slow here, and no station sees both satellites."""
    satellites = satellites_of(2)
    none = np.zeros(0, np.int64)
    one_hop = (none, none, none, np.zeros(0), np.zeros(0))
    ends = np.zeros(3, np.int64), np.array([0, 1, 1]), np.array([0, 0, 1])
    access = (*ends, np.array([900.0, 900.0, 900.0]), np.zeros(3))
    ways = space_ways(space_graph(2, 3, one_hop, access, hop_s=0.0))
    assert ways.to_station_s[0, 0, 1] == pytest.approx(1800.0 / KM_PER_S)
    assert np.isinf(ways.to_space_s[0, 0, 1])
    states = propagate(satellites, TimeGrid.span(EPOCH, 600.0, 60.0))
    net = network(satellites, "none", LIGHT_ONLY, centre=np.array([-1, 0]))
    r_km = states.r_teme_km[:, 0]
    contacts = Access(*(np.array(x) for x in ([0, 1, 1], [0, 0, 1])), np.zeros(3), np.full(3, 600.0))
    found = find_routes(net, states, contacts, slot_s=600.0, n_slots=1)
    whole = find_route(Moments(net, states, contacts, 600.0, 1), ["a", "b"], "beijing", "orbit")
    assert whole is not None and np.isfinite(r_km).all()
    assert found.latency.total_s[0, 0, 0] == pytest.approx(float(whole.latency.total_s), rel=1e-12)


def test_a_satellite_overhead_is_as_far_as_light_takes() -> None:
    """Range by Skyfield from Sanya to the satellite in view, and the fibre from the city, nothing else."""
    from skyfield.api import EarthSatellite, wgs84

    satellites = satellites_of(1)
    states, passes = states_and_passes(satellites, 12.0)
    net = network(satellites, "none", LIGHT_ONLY)
    found = find_routes(net, states, Access.of_passes(passes), slot_s=60.0, n_slots=720)
    k = int(np.flatnonzero(found.latency.wait_s[0, 0] == 0.0)[0])
    station = STATIONS[int(found.station[0, 0, k])]
    when = TimeGrid(states.grid.at(60.0 * k), 60.0, 1).skyfield
    theirs = EarthSatellite.from_satrec(satellites[0].satrec, when.ts)
    range_km = (theirs - wgs84.latlon(station.lat_deg, station.lon_deg)).at(when).distance().km[0]
    fibre_s = net.paths.propagation_s[0, len(CITIES) + int(found.station[0, 0, k])]
    assert found.latency.total_s[0, 0, k] == pytest.approx(2.0 * (range_km / KM_PER_S + fibre_s), abs=2e-9)


def test_waits_are_the_gaps_between_contacts() -> None:
    satellites = satellites_of(1)
    states, passes = states_and_passes(satellites, 24.0)
    net = network(satellites, "none", LIGHT_ONLY)
    found = find_routes(net, states, Access.of_passes(passes), slot_s=600.0, n_slots=144)
    start_s = 600.0 * np.arange(144)
    rises_s = np.concatenate([passes.rise_s, passes.rise_s + 86400.0])
    sets_s = np.concatenate([passes.set_s, passes.set_s + 86400.0])
    expected_s = np.array([np.maximum(rises_s[sets_s > t].min() - t, 0.0) for t in start_s])
    assert found.latency.wait_s[0, 0] == pytest.approx(
        expected_s, abs=0.5
    )  # a nearer pass may be worth 0.1 s
    assert found.n_solved <= 3 * len(passes)


# --- what a ring does ---------------------------------------------------------------------------------------


def test_a_ring_reaches_all_through_any(ring: Routes) -> None:
    in_contact = ring.reachable_frac[0] > 0.0
    assert ring.reachable_frac[0, in_contact] == pytest.approx(1.0)
    assert 0 < ring.n_solved <= in_contact.sum() < 144
    alone = routed(satellites_of(12), 24.0, topology="none")
    assert alone.reachable_frac.max() < 0.5


def test_relays_shorten_the_wait() -> None:
    satellites = satellites_of(12)
    relays = (Relay("tianlian-2-01", 77.0, 2, 6e8, 5e7),)
    without, having = routed(satellites, 6.0), routed(satellites, 6.0, relays=relays)
    assert without.latency.wait_s.max() > 600.0 and having.latency.wait_s.max() == 0.0
    assert np.all(having.latency.total_s <= without.latency.total_s + 1e-9)
    by_relay = having.latency.total_s[without.latency.wait_s > 0.0]
    assert np.all(by_relay > 4.0 * 35786.0 / KM_PER_S)  # up and down to 35,786 km, twice


def test_relays_of_the_fleet_carry_and_do_not_compute() -> None:
    satellites = satellites_of(13)
    role = np.arange(13) == 12
    changes = {"centre": np.where(role, -1, 0), "n_beams": np.where(role, 2, 0), "user": ~role}
    found = routed(satellites, 2.0, topology="none", **changes)
    assert not np.any(found.satellite == 12)


def test_a_search_in_parts_is_the_search_at_once() -> None:
    satellites = satellites_of(12)
    states, passes = states_and_passes(satellites, 6.0)
    net, access = network(satellites), Access.of_passes(passes)
    whole = find_routes(net, states, access, slot_s=600.0, n_slots=36)
    search = RouteSearch(net, 600.0)
    for first in range(0, 36, 12):
        part = propagate(satellites, TimeGrid.span(states.grid.at(600.0 * first), 7200.0, 60.0))
        search.add(Moments(net, part, access.since(600.0 * first), 600.0, 12))
    parts = search.finish()
    assert parts.latency.total_s == pytest.approx(whole.latency.total_s, rel=1e-9)
    assert np.array_equal(parts.satellite, whole.satellite)


def test_no_contact_no_route() -> None:
    satellites = satellites_of(2)
    states = propagate(satellites, TimeGrid.span(EPOCH, 3600.0, 60.0))
    none = np.zeros(0, dtype=np.int64)
    nothing = Access(none, none, np.zeros(0), np.zeros(0))
    found = find_routes(network(satellites), states, nothing, slot_s=600.0, n_slots=6)
    assert np.all(np.isinf(found.latency.total_s)) and np.all(found.satellite == NOWHERE)
    assert found.n_solved == 0 and found.reachable_frac.max() == 0.0
    with pytest.raises(InputError, match="7 slots of 600 s on 61 states"):
        find_routes(network(satellites), states, nothing, slot_s=600.0, n_slots=7)


def test_latency_of_the_ground_and_of_a_busy_site() -> None:
    net = network(satellites_of(2))
    found = ground_latency(net.paths, net.demand, np.array([2]), net.delays)
    assert found.total_s.shape == (3, 1)
    assert float(found.total_s[2, 0]) == 2.0 * net.delays.access_s
    assert np.all(found.hops_s == pytest.approx(0.45 * found.propagation_s))
    assert np.all(found.at_site(1.0, 2.0).total_s == pytest.approx(found.total_s + 3.0))
    assert Latency.of(0.0, 1.0, 0.0, np.inf).total_s == np.inf


@pytest.mark.parametrize(
    "bad", [{"access_s": -1.0}, {"space_hop_s": float("nan")}, {"line_overhead_frac": 2.0}]
)
def test_delays_that_are_none(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="0 to 1"):
        Delays(**bad)


def test_a_day_of_a_thousand_satellites_takes_under_a_second() -> None:
    """Of one core; measured 0.15 s, states, beams and pools included."""
    satellites = satellites_of(1000)
    states, passes = states_and_passes(satellites, 4.0)
    net, access = network(satellites), Access.of_passes(passes)
    find_routes(net, states, access, slot_s=600.0, n_slots=1)
    start_s = time.process_time()
    found = find_routes(net, states, access, slot_s=600.0, n_slots=24)
    assert 6.0 * (time.process_time() - start_s) < 1.0
    assert found.n_solved >= 4


# --- properties ---------------------------------------------------------------------------------------------

N, G = 8, 3
link_lists = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.floats(1.0, 9000.0)).filter(
        lambda link: link[0] != link[1]
    ),
    max_size=16,
)  # fmt: skip
up_lists = st.lists(
    st.tuples(st.integers(0, G - 1), st.integers(0, N - 1), st.floats(700.0, 3000.0)), max_size=8
)


def ways_of(links: list[tuple[int, int, float]], ups: list[tuple[int, int, float]]):
    a, b, km = (np.array([row[i] for row in links], dtype=d) for i, d in enumerate((int, int, float)))
    g, s, range_km = (np.array([row[i] for row in ups], dtype=d) for i, d in enumerate((int, int, float)))
    in_space = (np.zeros_like(a), a, b, km, np.ones(len(a)))
    to_space = (np.zeros_like(g), g, s, range_km, np.zeros(len(g)))
    return space_ways(space_graph(N, G, in_space, to_space, 1e-4))


@given(link_lists, up_lists, st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.floats(1.0, 9000.0)))
def test_a_link_more_never_raises_latency(links, ups, more) -> None:
    before, after = ways_of(links, ups), ways_of([*links, more] if more[0] != more[1] else links, ups)
    assert np.all(after.to_space_s <= before.to_space_s + 1e-12)
    assert np.all(after.to_station_s <= before.to_station_s + 1e-12)


@given(link_lists, up_lists)
def test_ways_through_space_obey_the_triangle(links, ups) -> None:
    ways = ways_of(links, ups)
    between, to_space_s = ways.to_station_s[0], ways.to_space_s[:, 0]
    assert np.allclose(between, between.T, rtol=1e-12)
    for a, b, km in links:
        step_s = km / KM_PER_S + 1e-4
        assert np.all(to_space_s[:, b] <= to_space_s[:, a] + step_s + 1e-12)
        assert np.all(to_space_s[:, a] <= to_space_s[:, b] + step_s + 1e-12)
    g, s = np.nonzero(np.isfinite(to_space_s))
    light_s, hops_s, wait_s = ways.parts_s(np.zeros_like(g), g, s)
    assert light_s + hops_s + 0.5 * wait_s == pytest.approx(to_space_s[g, s], rel=1e-12)


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(12)))
def test_permuting_satellites_changes_only_names(ring: Routes, order: list[int]) -> None:
    satellites = satellites_of(12)
    states, passes = states_and_passes([satellites[i] for i in order], 24.0)
    net = network([satellites[i] for i in order])
    found = find_routes(net, states, Access.of_passes(passes), slot_s=600.0, n_slots=144)
    assert found.latency.total_s == pytest.approx(ring.latency.total_s, rel=1e-12)
    assert np.array_equal(np.array(order)[found.satellite], ring.satellite)


# --- the text -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scenario():
    return orbitdc.load("beijing-2035")


AT = datetime(2028, 6, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("beijing", "orbit"),
        ("Shanghai", "guian"),
        ("guian", "dusk-ring-03"),
        ("dusk-ring-03", "tianlian-2-01"),
    ],
)
def test_the_text_fits_and_adds_up(scenario, source: str, target: str) -> None:
    text = route_text(scenario.replace({"network.relays": ["tianlian-2-01"]}), source, target, AT)
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 80 and lines[0].startswith(f"Route from {source} to {target}")
    amounts = {
        line.split()[0]: line.split()[1:3] for line in lines if line.split()[:1] and line.startswith("  ")
    }
    seconds = {
        name: float(value) * {"ms": 1e-3, "min": 60.0}[unit]
        for name, (value, unit) in amounts.items() if name in (*PARTS, "total")
    }  # fmt: skip
    assert set(seconds) == {*PARTS, "total"}
    assert sum(seconds[part] for part in PARTS) == pytest.approx(seconds["total"], abs=5e-6, rel=1e-4)


def test_the_text_of_a_day_on_which_nothing_flies(scenario) -> None:
    text = route_text(scenario, "beijing", "orbit", datetime(2025, 12, 2, tzinfo=UTC))
    assert "No route within 24 hours: nothing flies on that day." in text


def test_names_that_are_none(scenario) -> None:
    with pytest.raises(InputError, match=r"FROM: found 'bejing'.*did you mean 'beijing'"):
        route_text(scenario, "bejing", "orbit", AT)
    with pytest.raises(InputError, match="another end than FROM"):
        route_text(scenario, "beijing", "BEIJING", AT)


def test_a_scenario_before_the_backbone(scenario) -> None:
    from orbitdc.fleet import build

    fleet = build(scenario)
    with pytest.raises(InputError, match="1999-05-05"):
        network_of(scenario, fleet, datetime(1999, 5, 5, tzinfo=UTC))
