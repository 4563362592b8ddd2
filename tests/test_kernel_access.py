"""Access kernel alone, on orbits with a closed form: a circle over an Earth at rest, and one that turns."""

import math

import numpy as np
import pytest

from orbitdc.constants import EARTH_RADIUS_KM
from orbitdc.kernels import LANES, access, sight
from orbitdc.kernels.vector import pack, unpack

RATE_S = 2.0 * math.pi / 86164.1


def search(r_km, v_km_per_s, theta, mask_rad, step_s=60.0, n_rows=16):
    n_node = r_km.shape[1]
    site = np.array([[EARTH_RADIUS_KM, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]])
    state = np.zeros((1, 1, sight.N_STATE, LANES))
    rows = np.empty((n_rows, sight.N_COLUMN))
    sun_km = np.tile([1.5e8, 0.0, 0.0], (n_node, 1))
    n = access.passes(
        1,
        pack(r_km),
        pack(v_km_per_s),
        sun_km,
        theta,
        site,
        math.sin(mask_rad),
        0.0,
        step_s,
        state,
        rows,
    )
    return n, rows[:n], state


def polar(radius_km, n_node, step_s, top_s, off_rad=0.0):
    """A polar circle whose plane misses the station's zenith by an angle, highest at `top_s`."""
    rate = math.sqrt(398600.4418 / radius_km**3)
    turn = rate * (step_s * np.arange(n_node) - top_s)
    out = np.array([math.cos(off_rad), math.sin(off_rad), 0.0])
    north = np.array([0.0, 0.0, 1.0])
    r_km = radius_km * (np.cos(turn)[:, None] * out + np.sin(turn)[:, None] * north)
    v_km_per_s = radius_km * rate * (-np.sin(turn)[:, None] * out + np.cos(turn)[:, None] * north)
    return r_km[None], v_km_per_s[None], rate


@pytest.mark.parametrize(("mask_deg", "off_deg"), [(10.0, 0.0), (0.0, 8.0), (30.0, 3.0), (85.0, 0.0)])
def test_pass_of_a_circle_has_the_closed_form(mask_deg, off_deg):
    radius_km, top_s = EARTH_RADIUS_KM + 700.0, 905.0
    r_km, v_km_per_s, rate = polar(radius_km, 31, 60.0, top_s, math.radians(off_deg))
    _, rows, _ = search(r_km, v_km_per_s, np.zeros(31), math.radians(mask_deg))
    mask = math.radians(mask_deg)
    reach = math.acos(EARTH_RADIUS_KM * math.cos(mask) / radius_km) - mask
    half_s = math.acos(math.cos(reach) / math.cos(math.radians(off_deg))) / rate
    assert len(rows) == 1
    assert rows[0, sight.RISE] == pytest.approx(top_s - half_s, abs=1e-3)
    assert rows[0, sight.SET] == pytest.approx(top_s + half_s, abs=1e-3)
    assert rows[0, sight.TOP] == pytest.approx(top_s, abs=1e-3)
    assert rows[0, sight.CUT] == 0.0
    if off_deg == 0.0:
        assert rows[0, sight.MAX_SIN] == pytest.approx(1.0, abs=1e-9)
        assert rows[0, sight.AZ_RISE] == pytest.approx(math.pi, abs=1e-6)
        assert math.sin(rows[0, sight.AZ_SET]) == pytest.approx(0.0, abs=1e-6)


def test_a_satellite_that_turns_with_the_earth_never_sets():
    n_node = 12
    theta = RATE_S * 60.0 * np.arange(n_node)
    zero = np.zeros(n_node)
    r_km = 42164.0 * np.stack([np.cos(theta), np.sin(theta), zero], axis=1)[None]
    v_km_per_s = 42164.0 * RATE_S * np.stack([-np.sin(theta), np.cos(theta), zero], axis=1)[None]
    n, _, state = search(r_km, v_km_per_s, theta, math.radians(80.0))
    assert n == 0
    assert state[0, 0, sight.OPEN].sum() == 1.0
    assert state[0, 0, sight.CLIPPED, 0] == 1.0
    assert state[0, 0, sight.TOP_SIN, 0] == pytest.approx(1.0, abs=1e-9)


def test_rows_that_do_not_fit_are_counted():
    r_km, v_km_per_s, _ = polar(EARTH_RADIUS_KM + 700.0, 31, 60.0, 905.0)
    n, rows, _ = search(
        np.repeat(r_km, 3, axis=0), np.repeat(v_km_per_s, 3, axis=0), np.zeros(31), 0.1, n_rows=2
    )
    assert n == 3 and len(rows) == 2


def test_pack_is_undone_by_unpack():
    values = np.arange(70 * 5 * 3, dtype=float).reshape(70, 5, 3)
    packed = pack(values)
    assert packed.shape == (2, 5, 3, LANES) and packed.flags.c_contiguous
    assert np.isnan(packed[1, :, :, 70 - LANES :]).all()
    np.testing.assert_array_equal(unpack(packed, 70), values)
    np.testing.assert_array_equal(unpack(pack(values[:, :, 0]), 70), values[:, :, 0])
