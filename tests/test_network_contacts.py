"""Contacts: volumes against Skyfield's own geometry, the share-out against an exact program, none twice."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from orbitdc.errors import InvariantError
from orbitdc.kernels.vector import unpack
from orbitdc.links import air_of, link_table, rate_bit_per_s
from orbitdc.network import Contacts, offers_of
from orbitdc.network import plan_contacts as share_out_offers
from orbitdc.network.contacts import _share_out, _split, check_plan, interval_volumes
from orbitdc.orbit import design, elements
from orbitdc.orbit.ephemeris import Satellite
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.site import Sites
from orbitdc.orbit.time import TimeGrid
from orbitdc.scenario.models import Antenna, Radio, Station

START = datetime(2026, 6, 1, 20, tzinfo=UTC)  # four in the morning over China: the dawn ring comes by
SPAN_S = 6 * 3600.0
MINIMUM_RAD = np.radians(10.0)
RADIO = Radio.model_construct(
    band="x", frequency_hz=8.2e9, symbol_rate_hz=300e6, eirp_dbw=0.0, implementation_db=1.0
)
DISH = Antenna.model_construct(g_over_t_db_per_k=37.3)


def station(
    lat_deg: float, lon_deg: float, altitude_m: float, n_antennas: int = 1, band: str = "x"
) -> Station:
    return Station.model_construct(
        full_name="", lat_deg=lat_deg, lon_deg=lon_deg, altitude_m=altitude_m, n_antennas=n_antennas,
        band={band: DISH},
    )  # fmt: skip


STATIONS = {
    "miyun": station(40.45, 116.86, 100.0),
    "mohe": station(52.971, 122.5263, 560.0, n_antennas=2),
    "kashi": station(39.4672, 75.9868, 1380.0),
}


def ring(n: int) -> tuple[Satellite, ...]:
    axis_m = design.semi_major_axis_m(750e3)
    tilt_rad = design.sun_synchronous_inclination_rad(axis_m)
    node_rad = design.raan_rad(6.0, START)
    return tuple(
        elements.synthetic(
            f"s{i}", START, axis_m, tilt_rad, node_rad, mean_anomaly_rad=i * 2.0 * np.pi / n
        )
        for i in range(n)
    )  # fmt: skip


def skyfield_geometry(satellite: Satellite, place: Station, grid: TimeGrid) -> tuple[Any, Any]:
    """Elevation [rad] and range [m] by Skyfield's own topocentric machinery."""
    from skyfield.api import EarthSatellite, wgs84

    theirs = EarthSatellite.from_satrec(satellite.satrec, grid.skyfield.ts)
    where = wgs84.latlon(place.lat_deg, place.lon_deg, elevation_m=place.altitude_m)
    elevation, _, distance = (theirs - where).at(grid.skyfield).altaz()
    return elevation.radians, distance.m


def sampled_passes(satellites: tuple[Satellite, ...], stations: dict[str, Station]) -> Any:
    """Passes on a 10 s grid, by Skyfield: good enough for a plan."""
    rows = []
    grid = TimeGrid.span(START, SPAN_S, 10.0)
    for s, satellite in enumerate(satellites):
        for g, place in enumerate(stations.values()):
            up = skyfield_geometry(satellite, place, grid)[0] > MINIMUM_RAD
            edges = np.flatnonzero(np.diff(np.concatenate([[False], up, [False]])))
            rows += [(s, g, 10.0 * a, 10.0 * (b - 1)) for a, b in edges.reshape(-1, 2) if b - 1 > a]
    table = np.array(sorted(rows, key=lambda row: row[2]))
    return SimpleNamespace(
        satellite=table[:, 0].astype(np.int64), station=table[:, 1].astype(np.int64),
        rise_s=table[:, 2], set_s=table[:, 3],
    )  # fmt: skip


def setting(n: int, n_units: int = 1, stations: dict[str, Station] = STATIONS) -> dict[str, Any]:
    satellites = ring(n)
    return {
        "fleet": SimpleNamespace(
            spacecraft_names=("a",),
            spacecraft=np.zeros(n, dtype=np.int64),
            n_units=np.full(n, n_units, dtype=np.int64),
        ),
        "ephemeris": propagate(satellites, TimeGrid.span(START, SPAN_S, 60.0)),
        "passes": sampled_passes(satellites, stations),
        "sites": Sites.of(stations),
        "scenario": SimpleNamespace(
            station=stations,
            ground=SimpleNamespace(stations=tuple(stations)),
            spacecraft={"a": SimpleNamespace(radio=RADIO)},
        ),
        "duration_s": SPAN_S,
        "slot_s": 600.0,
    }


def plan_contacts(
    fleet: Any, ephemeris: Any, passes: Any, sites: Any, scenario: Any, *, duration_s: float, slot_s: float
) -> Contacts:
    """The offers of all satellites at once, shared out."""
    stations = list(scenario.station.values())
    links = link_table([model.radio for model in scenario.spacecraft.values()], stations)
    span = {"duration_s": duration_s, "slot_s": slot_s}
    offers = offers_of(ephemeris, passes, sites, links, fleet.spacecraft, **span)
    n_antennas = np.array([each.n_antennas for each in stations])
    return share_out_offers(offers, fleet.n_units, n_antennas, **span)


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    return setting(12)


@pytest.fixture(scope="module")
def plan(world: dict[str, Any]) -> Contacts:
    return plan_contacts(**world)


# --- validation -------------------------------------------------------------------------------------------


def test_volumes_are_the_sum_of_rates_over_skyfields_geometry(world: dict[str, Any]) -> None:
    # Brute force at 0.5 s with Skyfield's range and elevation; 60 s states and 10 s samples must agree.
    passes = world["passes"]
    links = link_table([RADIO], list(STATIONS.values()))
    radio = world["fleet"].spacecraft
    ours = interval_volumes(
        links, world["ephemeris"], world["sites"], passes.satellite, passes.station, passes.rise_s,
        passes.set_s, radio,
    )  # fmt: skip
    theirs = []
    columns = (passes.satellite, passes.station, passes.rise_s, passes.set_s)
    for s, g, rise_s, set_s in zip(*columns, strict=True):
        grid = TimeGrid(world["ephemeris"].grid.at(rise_s + 0.25), 0.5, int((set_s - rise_s) / 0.5))
        place = list(STATIONS.values())[g]
        elevation_rad, range_m = skyfield_geometry(world["ephemeris"].satellites[s], place, grid)
        air = air_of(list(STATIONS)[g])
        theirs.append(rate_bit_per_s(range_m, elevation_rad, RADIO, DISH, air).sum() * 0.5)
    assert len(ours) > 20
    assert ours.sum() == pytest.approx(sum(theirs), rel=2e-4)
    np.testing.assert_allclose(ours, theirs, rtol=5e-3)


def exact(case: tuple[Any, ...]) -> float:
    """The best total weight, by integer programming over the cliques of the intervals."""
    satellite, station, start_s, end_s, weight, n_antennas, n_units = case
    rows, limits = [], []
    for key, capacity in ((station, n_antennas), (satellite, n_units)):
        for i in range(len(weight)):
            rows.append((key == key[i]) & (start_s <= start_s[i]) & (end_s > start_s[i]))
            limits.append(capacity[key[i]])
    most = np.minimum(n_units[satellite], n_antennas[station])
    solution = milp(
        -weight, constraints=LinearConstraint(np.array(rows, dtype=float), ub=np.array(limits, dtype=float)),
        bounds=Bounds(0, most), integrality=np.ones(len(weight)),
    )  # fmt: skip
    return float(-solution.fun)


def test_the_share_out_is_exact_for_one_antenna_and_near_it_for_many() -> None:
    rng = np.random.default_rng(7)
    ratios = []
    for n_antennas in ([1], [2], [4], [2, 3, 1]):
        n = 60
        satellite = np.sort(rng.integers(0, 20, n))
        place = rng.integers(0, len(n_antennas), n)
        start_s = rng.uniform(0.0, 10_000.0, n)
        order = np.lexsort((start_s, satellite))
        start_s = start_s[order]
        end_s = start_s + rng.uniform(200.0, 720.0, n)
        if n_antennas == [1]:
            satellite = np.arange(n)
        weight = (end_s - start_s) * rng.uniform(0.5, 2.0, n)
        case = (satellite, place, start_s, end_s, weight, np.array(n_antennas), np.ones(n, dtype=np.int64))
        taken, _ = _share_out(*case)
        ratios.append(weight[taken].sum() / exact(case))
    assert ratios[0] == pytest.approx(1.0, abs=1e-9)
    assert min(ratios) > 0.95


# --- properties -------------------------------------------------------------------------------------------


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Any, ...]:
    n = draw(st.integers(1, 30))
    pick = {"min_size": n, "max_size": n}
    satellite = np.sort(np.array(draw(st.lists(st.integers(0, 5), **pick)), dtype=np.int64))
    place = np.array(draw(st.lists(st.integers(0, 2), **pick)), dtype=np.int64)
    start_s = np.array(draw(st.lists(st.integers(0, 100), **pick)), dtype=np.float64)
    length_s = np.array(draw(st.lists(st.integers(1, 40), **pick)), dtype=np.float64)
    weight = np.array(draw(st.lists(st.integers(0, 9), **pick)), dtype=np.float64)
    n_antennas = np.array(draw(st.lists(st.integers(1, 3), min_size=3, max_size=3)), dtype=np.int64)
    n_units = np.array(draw(st.lists(st.integers(1, 3), min_size=6, max_size=6)), dtype=np.int64)
    return satellite, place, start_s, start_s + length_s, weight, n_antennas, n_units


@settings(deadline=None, max_examples=200)
@given(crowd=crowds())
def test_no_antenna_and_no_radio_is_used_twice(crowd: tuple[Any, ...]) -> None:
    satellite, place, start_s, end_s, weight, n_antennas, n_units = crowd
    taken, antenna = _share_out(*crowd)
    assert np.all(antenna < n_antennas[place[taken]])
    assert np.all(weight[taken] > 0.0)
    for t_s in np.arange(0.0, 141.0):
        now = taken[(start_s[taken] <= t_s) & (t_s < end_s[taken])]
        used = list(zip(place[now], antenna[(start_s[taken] <= t_s) & (t_s < end_s[taken])], strict=True))
        assert len(used) == len(set(used))
        assert np.all(np.bincount(satellite[now], minlength=6) <= n_units)
    assert weight[taken].sum() <= exact(crowd) + 1e-9


@settings(deadline=None)
@given(crowd=crowds())
def test_stations_that_share_no_satellite_get_63_percent_of_the_best(crowd: tuple[Any, ...]) -> None:
    # Nemhauser, Wolsey and Fisher 1978: antenna by antenna, at least 1 - 1/e.
    _, place, start_s, end_s, weight, n_antennas, _ = crowd
    n = len(place)
    apart = (np.arange(n), place, start_s, end_s, weight, n_antennas, np.ones(n, dtype=np.int64))
    taken, _ = _share_out(*apart)
    assert weight[taken].sum() >= (1.0 - np.exp(-1.0)) * exact(apart) - 1e-9


@given(
    start_s=st.lists(st.floats(0.0, 9e4), min_size=1, max_size=5),
    length_s=st.floats(0.0, 5e3),
    width_s=st.sampled_from([60.0, 600.0, 777.0]),
)
def test_pieces_fill_their_interval_and_stay_in_their_cell(
    start_s: list[float], length_s: float, width_s: float
) -> None:
    begin = np.array(start_s)
    owner, cell, piece_start_s, piece_end_s = _split(begin, begin + length_s, width_s)
    assert np.bincount(owner, piece_end_s - piece_start_s) == pytest.approx(length_s, abs=1e-6)
    assert np.all(piece_start_s >= cell * width_s) and np.all(piece_end_s <= (cell + 1) * width_s)


# --- the plan ---------------------------------------------------------------------------------------------


def test_bits_of_slots_and_contacts_agree_and_stay_inside_windows(plan: Contacts) -> None:
    assert plan.slot_bit.shape == (36,)
    assert plan.slot_bit.sum() == pytest.approx(plan.volume_bit.sum(), rel=1e-12)
    assert 0.0 < plan.volume_bit.sum() <= plan.offered_bit
    assert plan.contact_s <= plan.offered_s
    for k in np.flatnonzero(plan.slot_bit > 0.0):
        assert np.any((plan.start_s < (k + 1) * 600.0) & (plan.end_s > k * 600.0))


def test_transmitters_are_on_during_contacts_only(plan: Contacts, world: dict[str, Any]) -> None:
    radio = plan.transmissions(world["fleet"].n_units, 60.0, 360)
    on_frac = unpack(radio.packed(0, 12), 12)
    assert on_frac.shape == (12, 360)
    assert np.array_equal(unpack(radio.packed(7, 5), 5), on_frac[7:])
    assert on_frac.max() <= 1.0 + 1e-12
    assert on_frac.sum() * 60.0 == pytest.approx(plan.contact_s)


def test_planning_twice_gives_the_same_bytes(plan: Contacts, world: dict[str, Any]) -> None:
    again = plan_contacts(**world)
    assert again.volume_bit.tobytes() == plan.volume_bit.tobytes()
    assert again.antenna.tobytes() == plan.antenna.tobytes()


def test_docked_modules_use_several_antennas_at_once() -> None:
    one, three = setting(1, n_units=1), setting(1, n_units=3)
    alone, docked = plan_contacts(**one), plan_contacts(**three)
    at_mohe = docked.station == 1
    assert len(docked) > len(alone)
    assert set(docked.antenna[at_mohe]) == {0, 1}
    radio = docked.transmissions(three["fleet"].n_units, 60.0, 360)
    assert radio.packed(0, 1).max() <= 1.0 + 1e-12


def test_without_passes_or_band_nothing_comes_down() -> None:
    deaf = {"deaf": station(52.971, 122.5263, 560.0, band="s")}
    assert plan_contacts(**setting(1, stations=deaf)).volume_bit.sum() == 0.0
    empty = setting(1)
    nothing = np.zeros(0)
    empty["passes"] = SimpleNamespace(
        satellite=nothing.astype(np.int64), station=nothing.astype(np.int64), rise_s=nothing, set_s=nothing
    )
    assert len(plan_contacts(**empty)) == 0


def test_a_pass_is_cut_at_the_end_of_the_window(world: dict[str, Any], plan: Contacts) -> None:
    middle_s = float((plan.start_s[0] + plan.end_s[0]) / 2.0)
    short = plan_contacts(**{**world, "duration_s": middle_s})
    assert short.end_s.max() == middle_s
    assert short.volume_bit.sum() < plan.volume_bit.sum()


def test_a_broken_plan_is_found(plan: Contacts, world: dict[str, Any]) -> None:
    fields = {name: getattr(plan, name) for name in vars(plan)}
    twice = Contacts(**{**fields, "start_s": np.zeros(len(plan)), "end_s": np.full(len(plan), 100.0)})
    with pytest.raises(InvariantError, match="an antenna tracks two satellites"):
        check_plan(twice, world["fleet"].n_units)
    lost = Contacts(**{**fields, "slot_bit": 0.5 * plan.slot_bit})
    with pytest.raises(InvariantError, match="bits of the slots"):
        check_plan(lost, world["fleet"].n_units)
    with pytest.raises(InvariantError, match="more antennas at once"):
        check_plan(plan, 0 * world["fleet"].n_units)
