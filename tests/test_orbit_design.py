"""Sun-synchronous design against the case table and ten years of SGP4."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.orbit import design
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.time import TimeGrid

EPOCH = datetime(2025, 12, 1, tzinfo=UTC)


def sun_synchronous(altitude_m, ltan_h, epoch=EPOCH):
    axis_m = design.semi_major_axis_m(altitude_m)
    return synthetic(
        "a",
        epoch,
        axis_m,
        design.sun_synchronous_inclination_rad(axis_m),
        design.raan_rad(ltan_h, epoch),
        eccentricity=design.NEAR_FROZEN_ECCENTRICITY,
        argp_rad=design.NEAR_FROZEN_ARGP_RAD,
    )


@pytest.mark.parametrize(
    ("altitude_km", "inclination_deg"),
    [
        # SGP4 node rate = 360 deg in 365.2421897 d, solved apart with scipy on TLE-made records.
        (400, 97.0538), (500, 97.4260), (600, 97.8123), (650, 98.0108), (693, 98.1844), (700, 98.2130),
        (750, 98.4189), (800, 98.6285), (850, 98.8419), (900, 99.0592), (1000, 99.5054),
    ],
)  # fmt: skip
def test_validation_inclination(altitude_km, inclination_deg):
    inclination_rad = design.sun_synchronous_inclination_rad(design.semi_major_axis_m(altitude_km * 1e3))
    assert math.degrees(inclination_rad) == pytest.approx(inclination_deg, abs=1e-4)


def test_validation_sentinel_1():
    # ESA: 693 km, 98.18 deg.
    inclination_rad = design.sun_synchronous_inclination_rad(design.semi_major_axis_m(693e3))
    assert math.degrees(inclination_rad) == pytest.approx(98.18, abs=0.01)


@pytest.mark.parametrize("altitude_m", [700e3, 750e3, 800e3])
@pytest.mark.parametrize("ltan_h", [6.0, 18.0])
def test_altitude_and_local_time_hold_for_ten_years(altitude_m, ltan_h):
    satellite = sun_synchronous(altitude_m, ltan_h)
    mean_radius_km, local_time_h = [], []
    for day in np.linspace(0.0, 3652.0, 11):
        grid = TimeGrid(EPOCH + timedelta(days=float(day)), 20.0, 1000)
        r_km = propagate([satellite], grid).r_teme_km[0]
        northwards = np.flatnonzero((r_km[:-1, 2] < 0.0) & (r_km[1:, 2] >= 0.0))
        first, last = northwards[0], northwards[-1]
        mean_radius_km.append(np.linalg.norm(r_km[first:last], axis=1).mean())
        share = -r_km[first, 2] / (r_km[first + 1, 2] - r_km[first, 2])
        node_km = r_km[first] * (1.0 - share) + r_km[first + 1] * share
        crossing = grid.at((first + share) * grid.step_s)
        angle_rad = math.atan2(node_km[1], node_km[0]) - design.mean_sun_rad(crossing)
        local_time_h.append((12.0 + math.degrees(angle_rad) / 15.0) % 24.0)
    assert np.ptp(mean_radius_km) < 0.5
    assert np.abs(np.array(local_time_h) - ltan_h).max() * 60.0 < 0.01
    assert design.altitude_m(satellite) == pytest.approx(altitude_m, abs=1e-3)


@settings(deadline=None)
@given(
    ltan_h=st.floats(0.0, 23.99),
    days=st.floats(-4000.0, 4000.0),
    altitude_m=st.sampled_from([500e3, 700e3, 1200e3]),
)
def test_local_time_round_trip(ltan_h, days, altitude_m):
    satellite = sun_synchronous(altitude_m, ltan_h, EPOCH + timedelta(days=days))
    found_h = design.ltan_h(satellite, satellite.epoch)
    assert (found_h - ltan_h + 12.0) % 24.0 - 12.0 == pytest.approx(0.0, abs=1e-8)


@settings(deadline=None, max_examples=30)
@given(altitude_m=st.floats(200e3, 5.9e6))
def test_node_follows_the_mean_sun_at_any_altitude(altitude_m):
    satellite = sun_synchronous(altitude_m, 6.0)
    rate_deg_per_d = math.degrees(satellite.satrec.nodedot * 1440.0)
    assert rate_deg_per_d == pytest.approx(360.0 / 365.2421897, abs=1e-6)


def test_local_time_of_real_dawn_dusk_satellites():
    # RADARSAT-2, elements of 2026-08-22: LTAN 17.98 h by an independent script.
    from sgp4.api import Satrec

    from orbitdc.orbit.mean import satellite_of

    line_1 = "1 32382U 07061A   26234.30023544  .00000126  00000+0  65774-4 0  9991"
    line_2 = "2 32382  98.5815 240.2954 0001283  84.1869 275.9459 14.29982649975402"
    radarsat_2 = satellite_of(Satrec.twoline2rv(line_1, line_2), "RADARSAT-2", 32382, "", "")
    assert design.ltan_h(radarsat_2, radarsat_2.epoch) == pytest.approx(17.98, abs=0.01)
    # Kepler's third law on the mean motion as printed (Kozai's) gives 792 km; Brouwer's is J2 lower.
    assert design.altitude_m(radarsat_2) == pytest.approx(788.9e3, abs=0.1e3)


@pytest.mark.parametrize("altitude_m", [6.2e6, -100e3, math.nan, math.inf])
def test_no_sun_synchronous_orbit_is_one_clear_message(altitude_m):
    with pytest.raises(InputError, match="sun-synchronous"):
        design.sun_synchronous_inclination_rad(design.semi_major_axis_m(altitude_m))
