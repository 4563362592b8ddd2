"""Speed that is silent when lost: ratios within one process, wide of what the machine's mood can do.

Non-regression. The ratios measured are some 40 (kernel), 120 (windows) and 45 (whole step) on AVX-512; a
helper no longer inlined, or an error model changed, costs 4 to 8 times and fails here.
"""

import math
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import SatrecArray
from skyfield.api import EarthSatellite, wgs84

from orbitdc import kernels
from orbitdc.kernels import LANES
from orbitdc.kernels import sgp4 as kernel
from orbitdc.orbit.access import find_passes
from orbitdc.orbit.bulk import coefficients, propagate_bulk
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.time import timescale

import numba  # isort: skip

pytestmark = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT) or kernels.BOUNDSCHECK, reason="measures the kernels as users run them"
)

START = datetime(2026, 11, 27, tzinfo=UTC)
N, ROUNDS = 64, 5


def shell():
    return [
        synthetic(
            f"s{k}",
            START,
            7128e3,
            1.7177,
            0.1 * (k % 5),
            eccentricity=1e-3,
            mean_anomaly_rad=2.0 * np.pi * k / N,
        )
        for k in range(N)
    ]


def ratio(ours, theirs):
    """Median over rounds of their CPU seconds over ours; both have run once before."""
    ours(), theirs()
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        ours()
        between = time.process_time()
        theirs()
        found.append((time.process_time() - between) / (between - began))
    return statistics.median(found)


def test_kernel_is_ten_times_the_reference():
    """Positions and velocities of both, on any machine with AVX2."""
    every, n_steps = shell(), 1440
    rows = np.array([coefficients(one) for one in every])
    packed = np.ascontiguousarray(rows.T).reshape(1, -1)
    r_km, v_km_per_s = np.empty((1, n_steps, 3 * LANES)), np.empty((1, n_steps, 3 * LANES))
    array = SatrecArray([one.satrec for one in every])
    first = every[0].satrec
    whole_jd, fraction_d = np.full(n_steps, first.jdsatepoch), first.jdsatepochF + np.arange(n_steps) / 1440.0
    minute = np.zeros((1, LANES))

    def ours():
        for _ in range(4):  # long enough for the clock
            kernel.grid_near_circular(packed, minute, 1.0, r_km, v_km_per_s)

    assert 4.0 * ratio(ours, lambda: array.sgp4(whole_jd, fraction_d)) > 10.0


def test_windows_are_fifteen_times_find_events():
    """A day over ten stations; Skyfield's search does two of the satellites, its seconds are scaled."""
    every, days, n_few = shell(), 1.0, 2
    places = [
        Site(f"g{k}", lat, 30.0 * k, 100.0)
        for k, lat in enumerate((-70, -40, -20, 0, 15, 30, 45, 60, 70, 80))
    ]
    sites = Sites.at(places)
    scale = timescale()
    first, last = scale.from_datetime(START), scale.utc(2026, 11, 28)
    tracks = [EarthSatellite.from_satrec(one.satrec, scale) for one in every[:n_few]]
    marks = [wgs84.latlon(place.lat_deg, place.lon_deg, place.alt_m) for place in places]

    def ours():
        return find_passes(every, sites, START, days * 86400.0, math.radians(10.0), propagate=propagate_bulk)

    def theirs():
        return [
            track.find_events(mark, first, last, altitude_degrees=10.0) for track in tracks for mark in marks
        ]

    assert N / n_few * ratio(ours, theirs) > 15.0


def test_whole_step_is_fifteen_times_numpy(monkeypatch):
    """Everything in it, in eclipse season, against Skyfield's positions and NumPy for all else."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
    import objects
    import step_rows
    import step_twin

    start, n = step_rows.DAYS["eclipse season"], 128
    case = step_rows.Case(objects.shell_lines(n, start), start, 60.0, 720)
    assert ratio(case.ready(), step_twin.best(case.question(n))) > 15.0
