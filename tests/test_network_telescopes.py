"""Telescopes: laser offers against budgets worked one by one; Sun, cloud and acquisition; radio behind."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from orbitdc.errors import InputError
from orbitdc.links import weather as clouds
from orbitdc.links.lasers import DOWNLINK, TELESCOPE
from orbitdc.links.optical import laser_budget
from orbitdc.links.turbulence import ClearSky, sky_radiance_w_per_m3_sr
from orbitdc.network import Lit, fallback_bit, laser_offers, plan_both, planner
from orbitdc.network.offers import LASER, RADIO, Offers
from orbitdc.network.telescopes import Optics
from orbitdc.orbit import design, elements
from orbitdc.orbit.access import Passes, passes_of
from orbitdc.orbit.ephemeris import Ephemeris
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.sun import sun_teme_km
from orbitdc.orbit.time import TimeGrid

START = datetime(2026, 6, 1, 20, tzinfo=UTC)
SPAN_S = 12 * 3600.0
SITES = Sites.at([Site("ngari", 32.3261, 80.0262, 5047.0), Site("kashi", 39.4672, 75.9868, 1380.0)])
OPTICS = Optics(
    (DOWNLINK,), (TELESCOPE, None), (ClearSky.over(5047.0), ClearSky.over(1380.0)), np.array([0, -1])
)  # fmt: skip


@functools.cache
def sky() -> tuple[Ephemeris, Passes, Any]:
    axis_m = design.semi_major_axis_m(750e3)
    tilt_rad = design.sun_synchronous_inclination_rad(axis_m)
    node_rad = design.raan_rad(6.0, START)
    ring = [
        elements.synthetic(f"s{i}", START, axis_m, tilt_rad, node_rad, mean_anomaly_rad=i * 1.5)
        for i in range(4)
    ]
    states = propagate(ring, TimeGrid.span(START, SPAN_S, 60.0))
    passes = passes_of(states, SITES, np.radians(10.0))
    return states, passes, sun_teme_km(states.grid)


def weather(cloudy_hours: tuple[int, ...] = ()) -> clouds.Weather:
    cloudy = np.zeros((13, 1), dtype=np.bool_)
    cloudy[list(cloudy_hours)] = True
    return clouds.Weather(("ngari",), START, 3600.0, cloudy)


def lit(optics: Optics = OPTICS, cloudy_hours: tuple[int, ...] = ()) -> Lit:
    states, passes, sun_km = sky()
    return laser_offers(
        states, passes, SITES, optics, np.zeros(4, dtype=np.int64), sun_km, weather(cloudy_hours),
        duration_s=SPAN_S, slot_s=600.0,
    )  # fmt: skip


def changed(**ends: Any) -> Optics:
    return replace(OPTICS, senders=(replace(DOWNLINK, **ends),))


def test_a_pass_carries_the_sum_of_its_budgets() -> None:
    # the budget of a laser, line by line at every second, is the outside of this vectorised sum
    from skyfield.api import EarthSatellite, wgs84

    states, _, _ = sky()
    offers = lit().offers
    assert len(offers) > 4 and np.all(offers.kind == LASER) and np.all(offers.station == 0)
    longest = int(np.argmax(offers.end_s - offers.start_s))
    locked_s = offers.start_s[longest] + DOWNLINK.acquisition_s
    grid = TimeGrid(states.grid.at(locked_s + 0.5), 1.0, int(offers.end_s[longest] - locked_s))
    theirs = EarthSatellite.from_satrec(
        states.satellites[int(offers.satellite[longest])].satrec, grid.skyfield.ts
    )
    place = wgs84.latlon(32.3261, 80.0262, elevation_m=5047.0)
    elevation, _, distance = (theirs - place).at(grid.skyfield).altaz()
    dark = float(sky_radiance_w_per_m3_sr(np.radians(90.0), np.radians(-18.0)))
    budgets = [
        laser_budget(m, DOWNLINK, TELESCOPE, OPTICS.skies[0], max(rad, np.radians(20.0)), dark).rate_bit_per_s
        for m, rad in zip(distance.m, elevation.radians, strict=True)
    ]
    assert offers.volume_bit[0][longest] == pytest.approx(sum(budgets), rel=0.01)


def test_offers_begin_above_twenty_degrees_inside_passes() -> None:
    _, passes, _ = sky()
    found = lit().offers
    for s, start_s, end_s in zip(found.satellite, found.start_s, found.end_s, strict=True):
        mine = (passes.satellite == s) & (passes.station == 0)
        assert np.any(mine & (passes.rise_s < start_s) & (end_s < passes.set_s))


def test_cloud_closes_hours_and_is_reported() -> None:
    clear = lit()
    hour = int(clear.offers.start_s[0] // 3600.0)
    cloudy = lit(cloudy_hours=(hour, hour + 1))
    assert clear.cloud_s.sum() == 0.0 < cloudy.cloud_s.sum()
    assert np.array_equal(cloudy.view_s, clear.view_s)
    opens_s, closes_s = (hour + 2) * 3600.0, hour * 3600.0
    assert not np.any((cloudy.offers.start_s < opens_s) & (cloudy.offers.end_s > closes_s))
    assert (cloudy.blocked_end_s - cloudy.blocked_start_s).sum() == pytest.approx(cloudy.cloud_s.sum())
    assert len(lit(cloudy_hours=tuple(range(13))).offers) == 0


def test_sun_exclusion_takes_time_and_acquisition_costs_each_contact() -> None:
    free, shy = lit(changed(sun_exclusion_rad=0.0)), lit(changed(sun_exclusion_rad=np.radians(60.0)))
    assert shy.sun_s.sum() > free.sun_s.sum()
    assert shy.offers.down_bit.sum() < free.offers.down_bit.sum()
    slow = lit(changed(acquisition_s=100.0))
    assert slow.acquiring_s.sum() > free.acquiring_s.sum()
    assert slow.offers.down_bit.sum() < free.offers.down_bit.sum()


def test_a_satellite_under_a_telescope_leaves_the_antennas_to_others() -> None:
    one = np.ones(1)
    radio = Offers(
        np.array([0, 1]), np.array([0, 0]), np.full(2, RADIO), np.zeros(2), np.full(2, 500.0),
        np.arange(2), np.zeros(2, dtype=np.int64), np.array([9.0, 1.0]), np.zeros(2),
    )  # fmt: skip
    laser = Offers(
        np.array([0]), np.array([0]), np.array([LASER]), 100.0 * one, 200.0 * one,
        np.array([0]), np.array([0]), 50.0 * one, 0.0 * one,
    )  # fmt: skip
    machines = planner.Machines.of(np.array([1]), np.ones(2, dtype=np.int64))
    span = {"duration_s": 600.0, "slot_s": 600.0}
    plan = plan_both(radio, laser, machines, machines, np.ones(2), **span)
    assert list(zip(plan.satellite.tolist(), plan.kind.tolist(), strict=True)) == [(1, RADIO), (0, LASER)]
    none = laser.where(np.array([False]))
    assert plan_both(radio, none, machines, machines, np.ones(2), **span).satellite.tolist() == [0]


def test_fallback_is_what_radio_carries_under_cloud() -> None:
    found = lit(cloudy_hours=(int(lit().offers.start_s[0] // 3600.0),))
    s, begin_s = int(found.blocked_satellite[0]), float(found.blocked_start_s[0])
    end_s = float(found.blocked_end_s[0])
    columns = (np.array([s]), np.array([begin_s]), np.array([2.0 * end_s - begin_s]), np.array([8.0]))
    others = found.blocked_satellite == s
    assert others.sum() == 1
    assert fallback_bit(found, *columns) == pytest.approx(4.0)


def test_a_telescope_without_statistics_of_cloud_is_refused() -> None:
    from orbitdc.network import segment_of
    from orbitdc.scenario.reader import load

    scenario = load("coverage-demo", ["station.kashi.telescope=aircas-500mm", "station.kashi.n_telescopes=1"])
    with pytest.raises(InputError, match="cloud statistics"):
        segment_of(scenario, tuple(scenario.spacecraft))
