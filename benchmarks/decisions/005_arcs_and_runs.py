"""Why passes are sought on arcs between nodes 90 s apart: real element sets → errors of three curves, cost.

A search costs nodes (propagation, a comparison with every station) and events (some ten positions for each
rise, set and top). Fewer nodes need a better curve between them. Candidates, all on the states of two nodes:

* the cubic of decision 001. That record looked at the middle of a step, where errors of the two velocities
  cancel; a quarter into it they do not, and SGP4's velocity is not the rate of its position: it leaves out
  parts in eccentricity times J2, 1 cm/s in low near-circular orbit, 0.3 m/s far out;
* the quintic with accelerations of gravity and J2: as bad, for it believes the same velocities;
* the *arc*: the quintic with both velocities shifted by the same amount, such that their quadrature
  (Hermite's, with accelerations and their rates) is the way from node to node, and both accelerations such
  that theirs is the velocity gained. What remains falls with the square of the step.

So 90 s for near-circular orbits (edges within 0.07 ms of Skyfield's altaz at the 99th percentile; 0.02 ms at
60 s, 0.16 ms at 120 s, 0.5 ms at 180 s) and 60 s for eccentric ones. A neighbour on either side would allow
longer steps, but neither the borders of chunks nor a death have one. Roots on SGP4 itself would be exact, and
tie the search to one propagator.

Nodes: a lane and station cost one dot product and one comparison with the height that any point above the
mask must have (0.4 ns); only the few nodes that may matter, in runs, are then looked at closely. The test of
whole blocks at their exact elevation that this replaced cost 13 ns.

Runs: one by one a pass takes 1.2 us, nearly all of it waiting, as each operation needs the one before. The
ordinary ones, 64 at a time and stage by stage, take 0.5 us, half of that for light and shadow within them.

Run: python benchmarks/decisions/005_arcs_and_runs.py [FILE.tle]
Measured on a catalogue of 16,069 sets; largest error over a day of up to 60 sets of each kind, at a quarter,
a half and three quarters of the steps:

    orbits                    step    cubic   quintic      arc
    e < 0.005, low             90 s   3.0 m     2.8 m    0.3 m   (0.04 ms of motion)
    0.005 < e < 0.02, low      90 s   2.3 m     2.2 m    0.4 m   (0.06 ms)
    0.02 < e < 0.3, near       60 s   7.5 m      12 m    0.9 m   (0.11 ms)
    e > 0.3, deep              60 s    16 m      24 m    3.1 m   (0.30 ms)
    geostationary              90 s   1.1 m     1.7 m   0.01 m
"""

import itertools
import pathlib
import sys
import time
from datetime import UTC, datetime

import numpy as np
from sgp4.api import Satrec

from orbitdc.orbit.access import find_passes
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.site import Site, Sites

GM_KM3_PER_S2 = 398600.8  # WGS72, as in SGP4
J2 = 1.082616e-3
RADIUS_KM = 6378.135
QUARTERS = ((1, 0.25), (2, 0.5), (3, 0.75))


def records(path):
    lines = [line.rstrip() for line in path.read_text().splitlines()]
    pairs = itertools.pairwise(lines)
    return [Satrec.twoline2rv(a, b) for a, b in pairs if a.startswith("1 ") and b.startswith("2 ")]


def acceleration(r_km):
    z = r_km[:, 2]
    r2 = np.sum(r_km**2, axis=1)
    factor = 1.5 * J2 * RADIUS_KM**2 / r2
    flat = 5.0 * z**2 / r2
    over = -GM_KM3_PER_S2 / r2**1.5
    bulge = np.stack([1 + factor * (1 - flat), 1 + factor * (1 - flat), 1 + factor * (3 - flat)], axis=1)
    return over[:, None] * r_km * bulge


def jerk(r_km, v_km_per_s):
    r2 = np.sum(r_km**2, axis=1)
    out = 3.0 * np.sum(r_km * v_km_per_s, axis=1) / r2
    return (-GM_KM3_PER_S2 / r2**1.5)[:, None] * (v_km_per_s - out[:, None] * r_km)


def quintic(p, h, r0, v0, a0, r1, v1, a1):
    v0, a0 = v0 * h, a0 * h * h
    gap = r1 - r0 - v0 - 0.5 * a0
    turn = v1 * h - v0 - a0
    bend = 0.5 * (a1 * h * h - a0)
    high = 10 * gap - 4 * turn + bend + p * (7 * turn - 15 * gap - 2 * bend + p * (6 * gap - 3 * turn + bend))
    return r0 + p * (v0 + p * (0.5 * a0 + p * high))


def cubic(p, h, r0, v0, r1, v1):
    b = p * p * (3.0 - 2.0 * p)
    return (1 - b) * r0 + b * r1 + p * (1 - p) * h * ((1 - p) * v0 - p * v1)


def errors(record, h):
    """Largest errors within the steps of a day [m]: cubic, quintic, arc; and the arc's over speed [ms]."""
    after_s = np.arange(0.0, 86400.0 + 1.0, h / 4.0)
    codes, r, v = record.sgp4_array(
        np.full(after_s.size, record.jdsatepoch), record.jdsatepochF + after_s / 86400.0
    )
    if codes.any():
        return None
    n = (after_s.size - 1) // 4
    r0, v0, r1, v1 = r[: 4 * n : 4], v[: 4 * n : 4], r[4 : 4 * n + 1 : 4], v[4 : 4 * n + 1 : 4]
    a0, a1 = acceleration(r0), acceleration(r1)
    way = (r1 - r0) / h - h / 10.0 * (a0 - a1) - h * h / 120.0 * (jerk(r0, v0) + jerk(r1, v1))
    slip = 0.5 * (v0 + v1) - way
    surplus = 0.5 * (a0 + a1) + h / 12.0 * (jerk(r0, v0) - jerk(r1, v1)) - (v1 - v0) / h
    found = []
    for offset, p in QUARTERS:
        true, speed = r[offset : 4 * n : 4], np.linalg.norm(v[offset : 4 * n : 4], axis=1)
        curves = (
            cubic(p, h, r0, v0, r1, v1),
            quintic(p, h, r0, v0, a0, r1, v1, a1),
            quintic(p, h, r0, v0 - slip, a0 - surplus, r1, v1 - slip, a1 - surplus),
        )
        miss_km = [np.linalg.norm(curve - true, axis=1) for curve in curves]
        found.append([*(1e3 * miss.max() for miss in miss_km), 1e3 * (miss_km[2] / speed).max()])
    return np.max(found, axis=0)


def curves(path):
    everything = records(path)
    order = np.random.default_rng(3).permutation(len(everything))
    groups = {
        "e < 0.005, low": lambda s: s.no_kozai > 0.048 and s.ecco < 0.005,
        "0.005 < e < 0.02, low": lambda s: s.no_kozai > 0.048 and 0.005 < s.ecco < 0.02,
        "0.02 < e < 0.3, near": lambda s: s.no_kozai > 0.028 and 0.02 < s.ecco < 0.3,
        "e > 0.3, deep": lambda s: s.no_kozai < 0.028 and s.ecco > 0.3,
        "geostationary": lambda s: abs(s.no_kozai * 229.18312 - 1.0) < 0.1 and s.ecco < 0.02,
    }
    print(f"{'orbits':22s} {'n':>3s}  step {'cubic m':>9s} {'quintic m':>9s} {'arc m':>8s} {'arc ms':>8s}")
    for name, belongs in groups.items():
        chosen = [everything[i] for i in order if belongs(everything[i])][:60]
        for step_s in (60.0, 90.0, 120.0, 180.0):
            found = [error for record in chosen if (error := errors(record, step_s)) is not None]
            if found:
                a, b, c, late = np.max(found, axis=0)
                print(f"{name:22s} {len(found):3d} {step_s:4.0f}s {a:9.2f} {b:9.2f} {c:8.2f} {late:8.3f}")


def cost():
    """CPU seconds of a search by step: 64 satellites, ten stations, two days."""
    start = datetime(2026, 8, 23, tzinfo=UTC)
    ring = [
        synthetic(f"s{i}", start, 7128137.0, 1.7, 0.1 * i, mean_anomaly_rad=0.7 * i, eccentricity=1e-3)
        for i in range(64)
    ]
    sites = Sites.at([Site(str(i), 60.0 - 12.0 * i, 36.0 * i, 0.0) for i in range(10)])
    for step_s in (60.0, 90.0, 120.0, 180.0):
        took_s = []
        for _ in range(6):
            before = time.process_time()
            passes = find_passes(ring, sites, start, 2 * 86400.0, 0.17, step_s=step_s)
            took_s.append(time.process_time() - before)
        print(f"{step_s:4.0f} s: {len(passes)} passes in {1e3 * np.median(took_s[1:]):.1f} ms")


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    curves(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "tle" / "dawn-dusk.tle")
    cost()


if __name__ == "__main__":
    main()
