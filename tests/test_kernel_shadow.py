"""Shadow kernels: closed forms, published cases, and a disc of rays as an oracle."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.constants import AU_KM, EARTH_FLATTENING, EARTH_RADIUS_KM, SUN_RADIUS_KM
from orbitdc.kernels import LANES, eclipse, shadow
from orbitdc.kernels.vector import pack, unpack

CODES = {name: code for code, name in enumerate(shadow.SHADOWS)}
SUN_KM = np.array([AU_KM, 0.0, 0.0])


def light(name, r_km, sun_km=SUN_KM):
    r_km = np.atleast_2d(np.asarray(r_km, dtype=float))
    out = np.empty((-(-len(r_km) // LANES), 1, LANES))
    shadow.light(CODES[name], pack(r_km[:, None, :]), np.atleast_2d(np.asarray(sun_km, dtype=float)), out)
    return unpack(out, len(r_km))[:, 0]


def disc_of_rays(r_km, sun_km, oblate, n=20000):
    """Visible share by rays from the satellite to points of the Sun's disc."""
    k = np.arange(n) + 0.5
    radius, turn = np.sqrt(k / n) * SUN_RADIUS_KM, k * math.pi * (3.0 - math.sqrt(5.0))
    stretch = np.array([1.0, 1.0, 1.0 / (1.0 - EARTH_FLATTENING) if oblate else 1.0])
    toward = (sun_km - r_km) / np.linalg.norm(sun_km - r_km)
    side = np.cross(toward, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    up = np.cross(toward, side)
    points = sun_km + radius[:, None] * (np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up)
    rays = (points - r_km) * stretch
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    here = r_km * stretch
    ahead = -(rays @ here)
    miss_km = np.sqrt(np.maximum(here @ here - ahead**2, 0.0))
    return 1.0 - np.mean((ahead > 0.0) & (miss_km < EARTH_RADIUS_KM))


def test_published_points():
    # Vallado example 5-6 (lit), Curtis example 12.8 (dark), GEO umbra: CelesTrak, test_sun.py
    lit = light(
        "cone", [0, -4464.696, -5102.509], [122233179.72368076, -76150708.25425531, -33016373.913704105]
    )
    dark = light("cone", [2817.899, -14110.473, -7502.672], [-11747041, 139486985, 60472278])
    geo = light(
        "oblate-cone",
        [-41260.1818237031, 8684.15782134066, 0],
        [148470363.19330865, -9449738.11151353, -4096753.810182002],
    )
    assert (lit[0], dark[0], geo[0]) == (1.0, 0.0, 0.0)


def test_neta_vallado_cylinder_and_stk_oblate_cone():
    # Neta and Vallado, J. Astronautical Sciences 46(1), 1998; STK values as given in CelesTrak's test_sun.py
    sun_km = np.array([67029379.328701, -120206236.987781, -52109013.709624])
    nu = np.radians(np.arange(0.0, 360.0, 0.002))
    p_km = 1.029 * EARTH_RADIUS_KM
    r = p_km / (1.0 + 0.002 * np.cos(nu))
    i = math.radians(63.4)
    r_km = r[:, None] * np.stack([np.cos(nu), np.sin(nu) * math.cos(i), np.sin(nu) * math.sin(i)], axis=1)
    cylinder, cone = light("cylinder", r_km, sun_km), light("oblate-cone", r_km, sun_km)
    for share, level, expected_deg in (
        (cylinder, 0.5, (50.0434179, 196.4726914)),
        (cone, 0.999999, (50.061, 196.692)),
        (cone, 1e-6, (50.747, 196.025)),
    ):
        inside = np.flatnonzero(share < level)
        found_deg = np.degrees(nu[[inside[0], inside[-1]]])
        np.testing.assert_allclose(found_deg, expected_deg, atol=0.05)


@pytest.mark.parametrize("name", ["oblate-cone", "cone"])
def test_visible_share_is_that_of_a_disc_of_rays(name):
    rng = np.random.default_rng(7)
    n_partial = 0
    for _ in range(12):
        axis = rng.normal(size=3)
        sun_km = AU_KM * axis / np.linalg.norm(axis)
        side = np.cross(axis, rng.normal(size=3))
        side /= np.linalg.norm(side)
        radius_km = rng.choice([6900.0, 7128.0, 26560.0, 42164.0])
        across_km = EARTH_RADIUS_KM + rng.uniform(-0.004, 0.004) * radius_km - 10.0
        along_km = math.sqrt(radius_km**2 - across_km**2)
        r_km = across_km * side - along_km * sun_km / AU_KM
        ours = light(name, r_km, sun_km)[0]
        n_partial += 0.0 < ours < 1.0
        assert ours == pytest.approx(disc_of_rays(r_km, sun_km, name == "oblate-cone"), abs=2e-3)
    assert n_partial >= 3


def test_beyond_the_tip_of_the_umbra_the_sun_is_a_ring():
    tip_km = AU_KM * EARTH_RADIUS_KM / (SUN_RADIUS_KM - EARTH_RADIUS_KM)
    far_km = 1.5 * tip_km
    share = light("cone", [[-far_km, 0.0, 0.0], [-0.9 * tip_km, 0.0, 0.0]])
    a, b = math.asin(SUN_RADIUS_KM / (AU_KM + far_km)), math.asin(EARTH_RADIUS_KM / far_km)
    assert share[0] == pytest.approx(1.0 - (b / a) ** 2, rel=1e-9)
    assert share[1] == 0.0


def test_no_satellite_gives_no_light():
    share = light("oblate-cone", [[np.nan, 0.0, 0.0], [7000.0, 0.0, 0.0]])
    assert np.isnan(share[0]) and share[1] == 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.0, 2.0 * math.pi), st.floats(-1.5, 1.5), st.floats(6500.0, 45000.0), st.floats(-0.41, 0.41)
)
def test_umbra_lies_within_point_within_penumbra(longitude, latitude, radius_km, declination):
    r_km = radius_km * np.array(
        [
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        ]
    )
    sun_km = AU_KM * np.array([math.cos(declination), 0.0, math.sin(declination)])
    cone, point = light("cone", r_km, sun_km)[0], light("point", r_km, sun_km)[0]
    assert 0.0 <= cone <= 1.0
    assert point in (0.0, 1.0)
    assert not (cone == 0.0 and point == 1.0) and not (cone == 1.0 and point == 0.0)
    mirrored = light("oblate-cone", r_km * [1, 1, -1], sun_km * [1, 1, -1])[0]
    assert mirrored == pytest.approx(light("oblate-cone", r_km, sun_km)[0], abs=1e-12)


def circular(radius_km, beta_rad, n_node, step_s):
    """A circular orbit whose Sun stands `beta_rad` over its plane: r, v (1, t, 3), Sun (t, 3)."""
    rate = math.sqrt(398600.4418 / radius_km**3)
    turn = 0.5 + rate * step_s * np.arange(n_node)
    zero = np.zeros_like(turn)
    r_km = radius_km * np.stack([np.cos(turn), np.sin(turn), zero], axis=1)
    v_km_per_s = radius_km * rate * np.stack([-np.sin(turn), np.cos(turn), zero], axis=1)
    sun_km = np.tile(AU_KM * np.array([math.cos(beta_rad), 0.0, math.sin(beta_rad)]), (n_node, 1))
    return r_km[None], v_km_per_s[None], sun_km, rate


def search(name, r_km, v_km_per_s, sun_km, step_s):
    r, v = pack(r_km), pack(v_km_per_s)
    state = np.zeros((1, eclipse.N_STATE, LANES))
    dark = np.empty((1, r.shape[1] - 1, LANES))
    rows = np.empty((64, eclipse.N_COLUMN))
    n = eclipse.eclipses(CODES[name], r, v, sun_km, 0.0, step_s, state, dark, rows)
    return rows[:n], dark[0, :, 0]


@pytest.mark.parametrize(
    ("altitude_km", "beta_deg"),
    [(700, 58.34), (750, 58.14), (800, 57.93), (800, 0.0), (700, 0.0), (693, 58.3)],
)
def test_cylinder_has_the_closed_form(altitude_km, beta_deg):
    radius_km, beta = EARTH_RADIUS_KM + altitude_km, math.radians(beta_deg)
    r_km, v_km_per_s, sun_km, rate = circular(radius_km, beta, 120, 60.0)
    rows, dark = search("cylinder", r_km, v_km_per_s, sun_km, 60.0)
    share = math.acos(math.sqrt(radius_km**2 - EARTH_RADIUS_KM**2) / (radius_km * math.cos(beta))) / math.pi
    expected_s = 2.0 * math.pi / rate * share
    whole = rows[rows[:, eclipse.CUT] == 0.0]
    assert whole[0, eclipse.EXIT] - whole[0, eclipse.ENTER] == pytest.approx(expected_s, abs=2e-3)
    assert whole[0, eclipse.DARK] == pytest.approx(expected_s, abs=2e-3)
    assert dark.sum() == pytest.approx(rows[:, eclipse.DARK].sum(), abs=1e-9)


def test_no_eclipse_at_high_beta():
    r_km, v_km_per_s, sun_km, _ = circular(EARTH_RADIUS_KM + 700.0, math.radians(70.0), 120, 60.0)
    rows, dark = search("oblate-cone", r_km, v_km_per_s, sun_km, 60.0)
    assert len(rows) == 0 and dark.sum() == 0.0


def test_an_eclipse_shorter_than_a_step_is_found():
    radius_km = EARTH_RADIUS_KM + 700.0
    limit = math.asin(EARTH_RADIUS_KM / radius_km)
    for inside_rad in (1e-6, 1e-5, 3e-4):
        r_km, v_km_per_s, sun_km, rate = circular(radius_km, limit - inside_rad, 120, 60.0)
        rows, dark = search("cylinder", r_km, v_km_per_s, sun_km, 60.0)
        half = math.acos(
            math.sqrt(radius_km**2 - EARTH_RADIUS_KM**2) / (radius_km * math.cos(limit - inside_rad))
        )
        assert len(rows) == 1
        # grazing: a metre of height is a second of duration
        assert rows[0, eclipse.EXIT] - rows[0, eclipse.ENTER] == pytest.approx(2.0 * half / rate, abs=1.5)
        assert dark.sum() == pytest.approx(rows[0, eclipse.DARK])


def test_dark_seconds_do_not_depend_on_the_step():
    radius_km, beta = EARTH_RADIUS_KM + 750.0, math.radians(40.0)
    totals = []
    for step_s in (20.0, 60.0):
        r_km, v_km_per_s, sun_km, _ = circular(radius_km, beta, round(12000 / step_s) + 1, step_s)
        totals.append(search("cone", r_km, v_km_per_s, sun_km, step_s)[1].sum())
    assert totals[0] == pytest.approx(totals[1], abs=2e-3)
