"""Lasers: far-field closed forms, turbulence of published models, the Sun, links between satellites."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.constants import DEG
from orbitdc.errors import InputError
from orbitdc.kernels.link import levels, rates
from orbitdc.links.crosslink import clear_of_earth, counter_rotating, crosslink_rate_bit_per_s, max_range_m
from orbitdc.links.exclusion import sun_angles, usable_spans
from orbitdc.links.lasers import CROSSLINK, DOWNLINK, TBIRD, TBIRD_TELESCOPE, TELESCOPE
from orbitdc.links.optical import (
    Terminal,
    background_w,
    diffraction_divergence_rad,
    jitter_loss_db,
    laser_budget,
    laser_table,
    photons_per_s,
    required_photons_per_s,
)
from orbitdc.links.turbulence import ELEVATION_DEG, ClearSky, sky_radiance_w_per_m3_sr
from orbitdc.orbit.geometry import line_of_sight, slant_range_m

PAMIR = ClearSky.over(3100.0)


def ideal(power_w: float, aperture_m: float, wavelength_m: float) -> Terminal:
    return replace(
        CROSSLINK,
        power_w=power_w,
        aperture_m=aperture_m,
        wavelength_m=wavelength_m,
        divergence_rad=diffraction_divergence_rad(aperture_m, wavelength_m),
        jitter_rad=0.0,
        transmit_loss_db=0.0,
        receive_loss_db=0.0,
    )


# --- validation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power_w", "sender_m", "receiver_m", "wavelength_m", "range_m", "received_dbm"),
    [
        (1.0, 0.1, 0.1, 1550e-9, 1e6, -15.905),
        (1.0, 0.1, 0.1, 1550e-9, 5e6, -29.884),
        (0.5, 0.02, 1.0, 1550e-9, 1e6, -12.895),
        (5.0, 0.08, 0.08, 1064e-9, 45e6, -42.588),
    ],
)
def test_far_field_of_uniform_apertures(
    power_w: float,
    sender_m: float,
    receiver_m: float,
    wavelength_m: float,
    range_m: float,
    received_dbm: float,
) -> None:
    # P (pi Dt/lam)^2 (pi Dr/lam)^2 (lam/4 pi L)^2
    ends = ideal(power_w, sender_m, wavelength_m), ideal(0.0, receiver_m, wavelength_m)
    budget = laser_budget(range_m, *ends)
    assert budget.received_dbw + 30.0 == pytest.approx(received_dbm, abs=2e-3)
    theirs_w = power_w * (math.pi * sender_m * receiver_m / (4.0 * wavelength_m * range_m)) ** 2
    assert budget.photons_per_s == pytest.approx(float(photons_per_s(theirs_w, wavelength_m)), rel=1e-9)


def test_hufnagel_valley_5_7() -> None:
    # The model is named for 5 cm of coherence and 7 urad of isoplanatic angle at 0.5 um
    # (Andrews and Phillips, 2nd ed., section 12.2.1).
    sky = ClearSky.over(0.0)
    assert sky.fried_m(500e-9) == pytest.approx(0.05, abs=0.003)
    height_m = np.geomspace(0.1, 30e3, 20001)
    moment = np.trapezoid(sky.cn2_m23(height_m) * height_m ** (5.0 / 3.0), height_m)
    assert (2.914 * (2 * math.pi / 500e-9) ** 2 * moment) ** -0.6 == pytest.approx(7e-6, rel=0.05)
    # coherence grows as wavelength^(6/5) and falls as sec(z)^(3/5): Fried 1966
    assert sky.fried_m(1550e-9) / sky.fried_m(500e-9) == pytest.approx(3.1**1.2)
    assert sky.fried_m(500e-9, math.radians(30.0)) / sky.fried_m(500e-9) == pytest.approx(2.0**-0.6)


def test_a_point_receiver_sees_the_rytov_variance() -> None:
    # Plane wave: 2.25 k^(7/6) sec^(11/6) integral Cn2 h^(5/6) dh (Andrews and Phillips, equation 12.38)
    height_m = np.geomspace(0.1, 30e3, 20001)
    moment = np.trapezoid(PAMIR.cn2_m23(height_m) * height_m ** (5.0 / 6.0), height_m)
    theirs = 2.25 * (2 * math.pi / 1550e-9) ** (7.0 / 6.0) * 2.0 ** (11.0 / 6.0) * moment
    assert PAMIR.scintillation(math.radians(30.0), 1e-4, 1550e-9) == pytest.approx(theirs, rel=3e-3)


def test_tbird_brings_down_what_it_brought_down() -> None:
    # doi 10.48577/jpl.VE1MUY: 200 Gbit/s, 4.8 TB in a pass of about five minutes, so 192 s at full rate
    sky = ClearSky.over(2286.0)
    for deg in (30.0, 45.0, 90.0):
        range_m = float(slant_range_m(530e3, deg * DEG))
        assert laser_budget(range_m, TBIRD, TBIRD_TELESCOPE, sky, deg * DEG).rate_bit_per_s == 200e9


def test_links_between_satellites_reach_as_far_as_flown() -> None:
    # 100 Gbit/s over more than 5,000 km: Starlink (computerworld.pl)
    assert max_range_m(100e9, CROSSLINK, CROSSLINK) > 5000e3


# --- properties -------------------------------------------------------------------------------------------


def test_jitter_is_the_quantile_of_drawn_angles() -> None:
    angle = np.random.default_rng(1).standard_normal((200_000, 2)) * 5e-6
    lost_db = 10.0 / math.log(10.0) * 8.0 * (angle**2).sum(axis=1) / 50e-6**2
    assert np.quantile(lost_db, 0.99) == pytest.approx(jitter_loss_db(5e-6, 50e-6), rel=0.02)


@settings(deadline=None)
@given(rate=st.floats(1e6, 1e12), photons=st.floats(1.0, 1e3), bright=st.floats(0.0, 1e16))
def test_background_costs_signal(rate: float, photons: float, bright: float) -> None:
    dark = float(required_photons_per_s(rate, photons, 0.0))
    lit = float(required_photons_per_s(rate, photons, bright))
    assert dark == pytest.approx(rate * photons) and lit >= dark * (1.0 - 1e-12)
    # signal over its own shot noise and the background's, a bit: as in the dark
    n, b = lit / rate, bright / rate
    assert n * n / (n + 2.0 * b) == pytest.approx(photons, rel=1e-6)


@settings(deadline=None)
@given(
    low=st.floats(20.0, 90.0), high=st.floats(20.0, 90.0), aperture_m=st.floats(0.05, 2.0),
    altitude_m=st.floats(0.0, 5500.0),
)  # fmt: skip
def test_more_air_costs_more(low: float, high: float, aperture_m: float, altitude_m: float) -> None:
    low, high = sorted((low, high))
    sky = ClearSky.over(altitude_m)
    below = sky.losses_db(low * DEG, aperture_m, 1550e-9)
    above = sky.losses_db(high * DEG, aperture_m, 1550e-9)
    assert below[0] >= above[0] and below[1] >= above[1] - 1e-9
    assert sky.fade_db(low * DEG, 2.0 * aperture_m, 1550e-9) <= below[1]


def test_a_bright_sky_enters_the_margin() -> None:
    wide = replace(TELESCOPE, field_of_view_rad=200e-6, photons_per_bit=1000.0)
    slow = replace(DOWNLINK, rates_bit_per_s=(1e9,))
    night, day = (laser_budget(1e6, slow, wide, PAMIR, 1.0, radiance) for radiance in (0.0, 1e8))
    assert night.background_per_s == 0.0 and day.background_per_s > 0.0
    assert day.margin_db < night.margin_db
    angle_rad, sun_rad = np.meshgrid(np.radians([5.0, 20.0, 90.0]), np.radians([-12.0, 0.0, 10.0]))
    bright = sky_radiance_w_per_m3_sr(angle_rad, sun_rad)
    assert np.all(np.diff(bright, axis=1) < 0.0) and np.all(np.diff(bright, axis=0) > 0.0)
    assert background_w(wide, 2e7) > background_w(TELESCOPE, 2e7)


def test_the_table_of_lasers_says_what_the_budget_says() -> None:
    bright = 2e7
    links = laser_table([DOWNLINK, TBIRD], [TELESCOPE, None], [PAMIR, PAMIR], bright)
    assert links.attenuation_db.shape == (2, 2, len(ELEVATION_DEG))
    assert np.all(np.isneginf(links.constant_db[:, 1]))
    for q, sender in enumerate((DOWNLINK, TBIRD)):
        deg = np.array(ELEVATION_DEG)
        range_m = slant_range_m(750e3, deg * DEG)
        level_db, out = np.empty(len(deg)), np.empty(len(deg))
        levels(
            range_m, np.sin(deg * DEG), links.constant_db[q, 0], links.cosecant, links.attenuation_db[q, 0],
            level_db,
        )  # fmt: skip
        rates(level_db, links.threshold_db[q], links.rate_bit_per_s[q], out)
        theirs = [
            laser_budget(float(r), sender, TELESCOPE, PAMIR, float(d * DEG), bright)
            for r, d in zip(range_m, deg, strict=True)
        ]
        photons_db = [10.0 * math.log10(one.photons_per_s) for one in theirs]
        assert level_db == pytest.approx(photons_db, abs=1e-9)
        assert out.tolist() == [one.rate_bit_per_s for one in theirs]


def test_a_laser_near_the_horizon_is_refused() -> None:
    with pytest.raises(InputError, match="elevation: found 10 deg; allowed: 20 to 90 deg"):
        laser_budget(1e6, DOWNLINK, TELESCOPE, PAMIR, 10.0 * DEG)


def test_budget_of_a_laser_adds_up() -> None:
    rows = {
        name: value for name, value, _ in laser_budget(1e6, DOWNLINK, TELESCOPE, PAMIR, 45.0 * DEG, 1e6).rows
    }
    names = (
        "laser power", "transmit gain", "transmit optics", "pointing", "free-space loss", "extinction",
        "turbulence", "receive gain", "receive optics",
    )  # fmt: skip
    assert sum(rows[name] for name in names) == pytest.approx(rows["received power"], abs=1e-9)
    assert rows["photons"] - rows["required"] == pytest.approx(rows["margin"], abs=1e-9)


# --- the Sun ------------------------------------------------------------------------------------------------


def test_sun_beside_the_link() -> None:
    up = np.array([0.0, 0.0, 1.0])
    site, satellite = 6378.137 * up, 7128.137 * up
    # the Sun behind the satellite blinds the telescope; the satellite looks away from it
    behind = sun_angles(site, satellite, 1.5e8 * up, up)
    assert behind.telescope_rad == pytest.approx(0.0, abs=1e-12)
    assert behind.terminal_rad == pytest.approx(math.pi)
    assert behind.excluded(5.0 * DEG, 5.0 * DEG)
    # under the station's feet: nobody sees it
    below = sun_angles(site, satellite, -1.5e8 * up, up)
    assert below.sun_behind_earth and not below.excluded(180.0 * DEG, 180.0 * DEG)
    # a satellite low over the horizon with the Sun just beyond: the terminal is blinded, the telescope is not
    low_km = site + 2500.0 * np.array([math.cos(2 * DEG), 0.0, math.sin(2 * DEG)])
    from_orbit = site - low_km + np.array([0.0, 0.0, 400.0])
    low = sun_angles(site, low_km, low_km + 1.5e8 * from_orbit / np.linalg.norm(from_orbit), up)
    assert low.terminal_rad < 10.0 * DEG and not low.sun_behind_earth
    assert low.excluded(10.0 * DEG, 10.0 * DEG) and not low.excluded(10.0 * DEG, 1.0 * DEG)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(0.0, 30.0))
def test_spans_blocked_and_acquiring_make_up_the_contact(open_now: list[bool], acquisition_s: float) -> None:
    time_s = 100.0 + 10.0 * np.arange(len(open_now))
    start_s, end_s, blocked_s, acquiring_s = usable_spans(time_s, np.array(open_now), 10.0, acquisition_s)
    assert np.all(end_s >= start_s)
    total_s = float((end_s - start_s).sum()) + blocked_s + acquiring_s
    assert total_s == pytest.approx(10.0 * len(open_now))


# --- between satellites -------------------------------------------------------------------------------------

coordinate = st.floats(-45000.0, 45000.0)
points = st.tuples(coordinate, coordinate, coordinate).filter(lambda place: math.hypot(*place) > 6600.0)


@settings(deadline=None)
@given(points, points)
def test_sight_over_the_air_is_that_of_the_geometry(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    sight = line_of_sight(a, b, clearance_km=80.0)
    if abs(sight.grazing_altitude_km - 80.0) > 1e-6:
        assert bool(clear_of_earth(a, b)) is sight.visible
    assert bool(clear_of_earth(a, b)) is bool(clear_of_earth(b, a))


def test_neighbours_of_a_ring_see_each_other_as_far_as_the_air_allows() -> None:
    # 750 km: the chord passes 80 km over a sphere at 2 acos((R + 80) / (R + 750)) = 50.08 deg
    angle = np.radians([0.1, 45.0, 50.0, 50.2, 90.0, 180.0])
    ring_km = 7128.137 * np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=-1)
    assert clear_of_earth([7128.137, 0.0, 0.0], ring_km).tolist() == [True, True, True, False, False, False]
    speed = np.stack([-np.sin(angle), np.cos(angle), 0.0 * angle], axis=-1) * 7.5
    here = [7128.137, 0.0, 0.0], [0.0, 7.5, 0.0]
    assert not counter_rotating(*here, ring_km, speed).any()
    assert counter_rotating(*here, ring_km, -speed).all()


@settings(deadline=None)
@given(st.floats(1e3, 1e8), st.floats(1.0, 10.0))
def test_rate_falls_with_range(range_m: float, factor: float) -> None:
    near, far = crosslink_rate_bit_per_s([range_m, range_m * factor], CROSSLINK, CROSSLINK)
    assert near >= far
    budget = laser_budget(range_m, CROSSLINK, CROSSLINK)
    if abs(budget.margin_db) > 1e-6:
        assert near == budget.rate_bit_per_s
