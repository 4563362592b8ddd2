"""Why edges are roots on a cubic between 60 s nodes: real element sets → error of the curve against SGP4.

Between two nodes a position is needed some ten times for each rise, set and eclipse edge. Three candidates:

* cubic Hermite on the positions and velocities that SGP4 gives anyway: two nodes, no neighbours, so that
  it works up to the last sample before a satellite dies and across the border of a chunk;
* quintic Hermite with a gravity + J2 acceleration: more arithmetic and no better, because SGP4's velocity is
  not exactly the derivative of its position (up to 2 cm/s in its deep-space part), and that error stays;
* calling SGP4 at every iterate: exact, but ties the geometry to one propagator, and 30 times the price.

Run: python benchmarks/decisions/001_hermite_between_grid_nodes.py [FILE.tle]
Without a file the sets are those of the package's own `tle/dawn-dusk.tle`. Measured on a catalogue of 16,069
sets: 60 s cubic, random low orbits 0.4 m; geostationary 3 mm; the 37 orbits with e > 0.5 at most 3 m, at
perigee; error over speed never above 0.3 ms. 120 s: 6 m and 20 m. So 60 s everywhere and no rule by orbit.
"""

import itertools
import pathlib
import sys

import numpy as np
from sgp4.api import Satrec

GM_KM3_PER_S2 = 398600.8  # WGS72, as in SGP4
J2 = 1.082616e-3
RADIUS_KM = 6378.135


def records(path):
    lines = [line.rstrip() for line in path.read_text().splitlines()]
    pairs = itertools.pairwise(lines)
    return [Satrec.twoline2rv(a, b) for a, b in pairs if a.startswith("1 ") and b.startswith("2 ")]


def acceleration(r_km):
    x, y, z = r_km.T
    r2 = np.sum(r_km**2, axis=1)
    factor = 1.5 * J2 * RADIUS_KM**2 / r2
    flat = 5.0 * z**2 / r2
    over = -GM_KM3_PER_S2 / r2**1.5
    return np.stack(
        [
            over * x * (1 + factor * (1 - flat)),
            over * y * (1 + factor * (1 - flat)),
            over * z * (1 + factor * (3 - flat)),
        ],
        axis=1,
    )


def errors(record, step_s):
    """Largest errors at the middle of the steps of a day: cubic [m], quintic [m], cubic over speed [ms]."""
    after_s = np.arange(0.0, 86400.0 + 1.0, step_s / 2.0)
    codes, r, v = record.sgp4_array(
        np.full(after_s.size, record.jdsatepoch), record.jdsatepochF + after_s / 86400.0
    )
    if codes.any():
        return None
    true, speed = r[1:-1:2], np.linalg.norm(v[1:-1:2], axis=1)
    r0, r1, v0, v1 = r[:-2:2], r[2::2], v[:-2:2], v[2::2]
    cubic = (r0 + r1) / 2 + step_s / 8 * (v0 - v1)
    bend = (acceleration(r0) + acceleration(r1)) * step_s**2
    quintic = (r0 + r1) / 2 + step_s * 5 / 32 * (v0 - v1) + bend / 64
    miss = np.linalg.norm(cubic - true, axis=1)
    return miss.max() * 1e3, np.linalg.norm(quintic - true, axis=1).max() * 1e3, (miss / speed).max() * 1e3


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "tle" / "dawn-dusk.tle"
    everything = records(path)
    few = np.random.default_rng(1)
    groups = {
        "low": [s for s in everything if s.no_kozai > 0.048 and s.ecco < 0.05],
        "eccentric": [s for s in everything if s.ecco > 0.3],
        "geostationary": [s for s in everything if abs(s.no_kozai * 229.18312 - 1.0) < 0.02],
    }
    print(f"{'orbits':14s} {'n':>4s} {'step':>5s} {'cubic m':>9s} {'quintic m':>10s} {'cubic ms':>9s}")
    for name, members in groups.items():
        chosen = [members[i] for i in few.permutation(len(members))[:100]]
        for step_s in (30.0, 60.0, 120.0):
            found = [error for record in chosen if (error := errors(record, step_s)) is not None]
            if found:
                cubic, quintic, late = np.max(found, axis=0)
                print(f"{name:14s} {len(found):4d} {step_s:4.0f}s {cubic:9.4f} {quintic:10.4f} {late:9.4f}")


if __name__ == "__main__":
    main()
