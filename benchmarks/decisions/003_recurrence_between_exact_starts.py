"""Decision: on a uniform grid SGP4's four angles are carried by rotations and set afresh every 64 steps.

    python benchmarks/decisions/003_recurrence_between_exact_starts.py

The direct form computes sine and cosine of four angles at every step; the recurrence turns the last ones by
a constant angle, which costs four products and two sums each, but rounding grows with the number of turns
since the last exact start. Measured (AVX-512, million states with velocity per second and core): direct 61; a
start every 16 steps 87, every 64 steps 91, never again 91. All stay within 9e-9 km of the reference over a
week, so 64 keeps the whole gain and bounds the rounding whatever the length of the run.
"""

import pathlib
import sys
import time
from datetime import UTC, datetime

import numba
import numpy as np
from sgp4.api import SatrecArray

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1])]

import objects  # noqa: E402

from orbitdc.kernels import LANES  # noqa: E402
from orbitdc.kernels import sgp4 as shipped  # noqa: E402
from orbitdc.orbit.bulk import coefficients  # noqa: E402

START = datetime(2026, 11, 27, tzinfo=UTC)
N, DAYS, ROUNDS = 64, 7, 5
ROWS = ("R_ANOMALY", "R_PERIGEE", "R_NODE", "R_LATITUDE")


def variant(resync, direct=False):
    """Return the kernel with another number of steps between exact starts, or without any rotation."""
    source = pathlib.Path(shipped.__file__).read_text(encoding="utf-8")
    source = source.replace("from . import BOUNDSCHECK, LANES\n", "").replace("cache=True, ", "")
    source = source.replace("RESYNC = 64\n", f"RESYNC = {resync}\n")
    names = {"__name__": "variant", "BOUNDSCHECK": False, "LANES": LANES}
    exec(compile(source, shipped.__file__, "exec"), names)
    if direct:
        angles, drag_longitude, drag, motion = (
            names[name] for name in ("angles", "drag_longitude", "R_DRAG", "NO")
        )
        anomaly, perigee, node, latitude = (names[name] for name in ROWS)
        turns = names["R_TURN"]

        @numba.njit(forceinline=True, error_model="numpy")
        def start(C, t0, step, W):
            for j in range(LANES):
                sx, cx, sp, cp, sn, cn, sl, cl = angles(C, j, t0[j])
                W[anomaly + j], W[anomaly + LANES + j] = sx, cx
                W[perigee + j], W[perigee + LANES + j] = sp, cp
                W[node + j], W[node + LANES + j] = sn, cn
                W[latitude + j], W[latitude + LANES + j] = sl, cl
                W[drag + j] = C[motion + j] * drag_longitude(C, j, t0[j])
                W[drag + LANES + j] = 0.0
                for a in range(4):
                    W[turns + 2 * a * LANES + j], W[turns + (2 * a + 1) * LANES + j] = 0.0, 1.0

        names["start_recurrence"] = start
    return names["grid_near_circular"]


def main():
    every = objects.satellites(objects.shell_lines(N, START))
    rows = np.array([coefficients(one) for one in every])
    packed = np.ascontiguousarray(rows.reshape(-1, LANES, rows.shape[1]).transpose(0, 2, 1)).reshape(
        N // LANES, -1
    )
    n_steps = DAYS * 1440
    first = every[0].satrec
    fraction_d = first.jdsatepochF + np.arange(n_steps) / 1440.0
    _, theirs_km, _ = SatrecArray([one.satrec for one in every]).sgp4(
        np.full(n_steps, first.jdsatepoch), fraction_d
    )
    r_km = np.empty((N // LANES, n_steps, 3 * LANES))
    v_km_per_s = np.empty_like(r_km)
    minute = np.zeros((N // LANES, LANES))
    kernels = {"direct, four angles every step": variant(1, direct=True)}
    kernels |= {f"exact start every {k} steps": variant(k) for k in (16, 64, 256, 1024, 10080)}
    apart_km, took_s = {}, {name: [] for name in kernels}
    for name, kernel in kernels.items():
        kernel(packed, minute, 1.0, r_km, v_km_per_s)
        in_order = r_km.reshape(-1, n_steps, 3, LANES).transpose(0, 3, 1, 2).reshape(-1, n_steps, 3)
        apart_km[name] = np.abs(in_order[:N] - theirs_km).max()
    for _ in range(ROUNDS):
        for name, kernel in kernels.items():
            began = time.process_time()
            kernel(packed, minute, 1.0, r_km, v_km_per_s)
            took_s[name].append(time.process_time() - began)
    print(f"{'form':32s} {'M states/s':>10s} {'largest difference over a week':>32s}")
    for name in kernels:
        print(f"{name:32s} {N * n_steps / np.median(took_s[name]) / 1e6:10.1f} {apart_km[name]:28.1e} km")


if __name__ == "__main__":
    main()
