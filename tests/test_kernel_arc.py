"""Arcs between grid nodes: the positions of SGP4 between them, and those of a path with a closed form."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from orbitdc.kernels import LANES, arc, kernel
from orbitdc.kernels.vector import pack

sys.path.insert(0, str(Path(__file__).parent))
from geometry_objects import REAL, satellite


@kernel
def along(r, v, step_s, turn, spin, out):
    """Positions and velocities at the eighths of every step, inertial and turned."""
    path = np.empty(arc.ARC * LANES)
    for node in range(r.shape[1] - 1):
        for is_turned in range(2):
            if is_turned == 1:
                arc.load_turned(path, 0, r, v, 0, node, 0, step_s, turn, spin)
            else:
                arc.load(path, 0, r, v, 0, node, 0, step_s)
            for k in range(9):
                x, y, z = arc.position(path, 0, step_s * k / 8.0)
                u, w, q = arc.velocity(path, 0, step_s * k / 8.0)
                out[is_turned, node, k, 0], out[is_turned, node, k, 1], out[is_turned, node, k, 2] = x, y, z
                out[is_turned, node, k, 3], out[is_turned, node, k, 4], out[is_turned, node, k, 5] = u, w, q


def walk(r_km, v_km_per_s, step_s, spin=7.292115e-5):
    theta = spin * step_s * np.arange(len(r_km))
    out = np.empty((2, len(r_km) - 1, 9, 6))
    along(
        pack(r_km[None]),
        pack(v_km_per_s[None]),
        step_s,
        np.stack([np.cos(theta), np.sin(theta)], axis=1),
        spin,
        out,
    )
    return out


def sgp4_states(lines, after_s):
    record = satellite(lines).satrec
    codes, r_km, v_km_per_s = record.sgp4_array(
        np.full(after_s.size, record.jdsatepoch), record.jdsatepochF + after_s / 86400.0
    )
    assert not codes.any()
    return r_km, v_km_per_s


@pytest.mark.parametrize(
    ("kind", "step_s", "off_m"),
    [
        ("low", 90.0, 0.3),
        ("geostationary", 90.0, 0.05),
        ("eccentric", 60.0, 5.0),
        ("very eccentric", 60.0, 5.0),
    ],
)
def test_arcs_follow_sgp4(kind, step_s, off_m):
    """Validation: the package sgp4 2.24 and later, at the eighths of the steps of a day."""
    n_step = int(86400.0 / step_s)
    r_km, v_km_per_s = sgp4_states(REAL[kind], np.arange(8 * n_step + 1) * step_s / 8.0)
    found = walk(r_km[::8], v_km_per_s[::8], step_s)[0]
    true_km = np.stack([r_km[k : 8 * n_step + k : 8] for k in range(8)], axis=1)
    assert np.linalg.norm(found[:, :8, :3] - true_km, axis=-1).max() * 1e3 < off_m


def test_turned_arcs_are_the_same_path_from_the_turning_earth():
    spin, step_s = 7.292115e-5, 120.0
    r_km, v_km_per_s = sgp4_states(REAL["low"], step_s * np.arange(60))
    fixed, turned = walk(r_km, v_km_per_s, step_s, spin)
    theta = spin * step_s * (np.arange(59)[:, None] + np.arange(9) / 8.0)
    c, s = np.cos(theta), np.sin(theta)
    x, y = c * fixed[..., 0] + s * fixed[..., 1], c * fixed[..., 1] - s * fixed[..., 0]
    u = c * fixed[..., 3] + s * fixed[..., 4] + spin * y
    w = c * fixed[..., 4] - s * fixed[..., 3] - spin * x
    expected = np.stack([x, y, fixed[..., 2], u, w, fixed[..., 5]], axis=-1)
    # two quintics of one path in two frames: apart by their own error, here under a decimetre
    np.testing.assert_allclose(turned[..., :3], expected[..., :3], atol=1e-4)
    np.testing.assert_allclose(turned[..., 3:], expected[..., 3:], atol=1e-5)


def test_a_wrong_mean_velocity_is_set_right():
    """A constant error in the velocities, as SGP4's is over a short time, leaves the path where it was."""
    rate = math.sqrt(398600.8 / 7100.0**3)
    turn = rate * 90.0 * np.arange(30)
    zero = np.zeros_like(turn)
    r_km = 7100.0 * np.stack([np.cos(turn), np.sin(turn), zero], axis=1)
    v_km_per_s = 7100.0 * rate * np.stack([-np.sin(turn), np.cos(turn), zero], axis=1)
    wrong = v_km_per_s + np.array([1e-4, -2e-4, 1e-4])
    right = walk(r_km, v_km_per_s, 90.0)[0, :, :, :3]
    np.testing.assert_allclose(walk(r_km, wrong, 90.0)[0, :, :, :3], right, atol=1e-6)
