"""SGP4: the same satellites and minutes by every library → rows, largest difference from the reference."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import objects
from numpy.typing import NDArray
from timing import DisagreementError, Side, Work

from orbitdc.kernels import LANES
from orbitdc.kernels import sgp4 as kernel
from orbitdc.kernels.lanes import blank
from orbitdc.orbit.bulk import coefficients, propagate_bulk
from orbitdc.orbit.time import TimeGrid, timescale

Floats = NDArray[np.float64]

START = datetime(2026, 11, 27, tzinfo=UTC)
WHOLE_JD = START.toordinal() + 1721424.5
STEP_S = 60.0


def works(quick: bool) -> list[Work]:
    """Return the rows: the bare kernel, and the checked propagation that the product uses."""
    n, n_steps = (256, 720) if quick else (1024, 1440)
    lines = objects.shell_lines(n, START)
    every = objects.satellites(lines)
    grid = TimeGrid(START, STEP_S, n_steps)
    packed = packed_rows(every)
    r_km, v_km_per_s = (blank(3 * len(packed) * n_steps).reshape(len(packed), n_steps, -1) for _ in range(2))
    minute = np.zeros((len(packed), LANES))
    minute += (WHOLE_JD - every[0].satrec.jdsatepoch - every[0].satrec.jdsatepochF) * 1440.0

    def in_blocks() -> Floats:
        kernel.grid_near_circular(packed, minute, STEP_S / 60.0, r_km, v_km_per_s)
        return r_km

    def positions() -> Floats:
        kernel.positions_near_circular(packed, minute, STEP_S / 60.0, r_km)
        return r_km

    def in_order(r: Floats) -> Floats:
        return r.reshape(len(packed), n_steps, 3, LANES).transpose(0, 3, 1, 2).reshape(-1, n_steps, 3)[:n]

    def checked() -> Floats:
        return propagate_bulk(every, grid).r_teme_km

    size = f"{n} satellites x {n_steps} minutes"
    blocks = _peers(lines, n_steps, in_order)
    rows = _peers(lines, n_steps, lambda r: r)
    moving = {name: peer for name, peer in blocks.items() if name != "astroz, position"}
    still = {
        name: blocks[name]
        for name in ("sgp4 SatrecArray", "Skyfield, shared Time", "astroz, position", "heyoka")
    }
    whole = {name: rows[name] for name in ("sgp4 SatrecArray", "Skyfield, shared Time")}
    return [
        Work(f"SGP4 position and velocity, kernel, {size}", in_blocks, moving, _rate(n * n_steps)),
        Work(f"SGP4 position, kernel, {size}", positions, still, _rate(n * n_steps)),
        Work(f"SGP4 states, checked and put in order, {size}", checked, whole, _rate(n * n_steps)),
    ]


def packed_rows(every: list[Any]) -> Floats:
    """Return the kernel's coefficients in whole blocks (block, N_ROWS x LANES)."""
    rows = np.array([coefficients(satellite) for satellite in every])
    rows = np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % LANES, axis=0)])
    return np.ascontiguousarray(rows.reshape(-1, LANES, kernel.N_ROWS).transpose(0, 2, 1)).reshape(
        -1, kernel.N_ROWS * LANES
    )


def _rate(n_states: int) -> Callable[[Any, float], str]:
    return lambda found, took_s: f"{n_states / took_s / 1e6:.1f} million states per CPU second"


# --- peers -------------------------------------------------------------------------------------------------


def _peers(lines: Any, n_steps: int, in_order: Callable[[Floats], Floats]) -> dict[str, Callable[[], Side]]:
    """Return how to make each peer; slow ones do the first few satellites."""
    fraction_d = np.arange(n_steps) * STEP_S / 86400.0
    given = (lines, n_steps, fraction_d)

    def side(run: Callable[[], Any], n_done: int, to_km: Callable[[Any], Floats], allowed_km: float) -> Side:
        def compare(ours: Floats, theirs: Any) -> str:
            there = to_km(theirs)
            apart_km = float(np.abs(in_order(ours)[: len(there)] - there).max())
            if not apart_km < allowed_km:
                raise DisagreementError(f"{apart_km:.2g} km")
            return f"largest difference {apart_km:.1e} km"

        return Side(run, n_done / len(lines), compare)

    makers = {
        "sgp4 SatrecArray": _satrec_array,
        "Skyfield, shared Time": _skyfield_shared,
        "Skyfield, a new Time each": _skyfield_new,
        "astroz, position and velocity": functools.partial(_astroz, velocities=True),
        "astroz, position": functools.partial(_astroz, velocities=False),
        "heyoka": _heyoka,
        "satkit": _satkit,
        "pyorbital": _pyorbital,
        "brahe": _brahe,
    }
    return {name: functools.partial(lambda make: side(*make(*given)), make) for name, make in makers.items()}


Made = tuple[Callable[[], Any], int, Callable[[Any], Floats], float]
"""What to run, how many satellites it does, how to read positions [km] from it, and how far off it may be."""


def _satrec_array(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    from sgp4.api import WGS72, Satrec, SatrecArray

    array = SatrecArray([Satrec.twoline2rv(*pair, WGS72) for pair in lines])
    whole_jd = np.full(n_steps, WHOLE_JD)
    return lambda: array.sgp4(whole_jd, fraction_d), len(lines), lambda found: found[1], 1e-6


def _skyfield_shared(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    from skyfield.api import EarthSatellite
    from skyfield.sgp4lib import TEME

    scale = timescale()
    tracks = [EarthSatellite(*pair, None, scale) for pair in lines[:64]]
    shared = scale.utc(START.year, START.month, START.day, 0, np.arange(n_steps))
    return (
        lambda: [track.at(shared) for track in tracks],
        len(tracks),
        lambda found: np.array([at.frame_xyz(TEME).km.T for at in found]),
        1e-5,
    )


def _skyfield_new(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    from skyfield.api import EarthSatellite
    from skyfield.sgp4lib import TEME

    scale = timescale()
    tracks = [EarthSatellite(*pair, None, scale) for pair in lines[:2]]

    def run() -> list[Any]:
        minutes = np.arange(n_steps)
        return [track.at(scale.utc(START.year, START.month, START.day, 0, minutes)) for track in tracks]

    return run, len(tracks), lambda found: np.array([at.frame_xyz(TEME).km.T for at in found]), 1e-5


def _astroz(lines: Any, n_steps: int, fraction_d: Floats, *, velocities: bool) -> Made:
    from astroz.api import WGS72, Satrec, SatrecArray

    array = SatrecArray([Satrec.twoline2rv(*pair, WGS72) for pair in lines])
    whole_jd = np.full(n_steps, WHOLE_JD)

    def run() -> Any:
        return array.sgp4(whole_jd, fraction_d, velocities=velocities)

    return run, len(lines), lambda found: np.asarray(found[1]).reshape(len(lines), n_steps, 3), 1e-2


def _heyoka(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    import heyoka
    from sgp4.api import WGS72, Satrec

    heyoka.set_nthreads(1)
    records = [Satrec.twoline2rv(*pair, WGS72) for pair in lines]
    propagator = heyoka.model.sgp4_propagator(records)
    late_min = (WHOLE_JD - records[0].jdsatepoch - records[0].jdsatepochF) * 1440.0
    minute = np.ascontiguousarray(np.repeat(late_min + fraction_d[:, None] * 1440.0, len(lines), axis=1))
    out = np.empty((n_steps, 7, len(lines)))
    return lambda: propagator(minute, out=out), len(lines), lambda found: out[:, :3].transpose(2, 0, 1), 1e-6


def _satkit(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    import satkit

    sets = [satkit.TLE.from_lines(list(pair)) for pair in lines[:128]]
    sets = [each[0] if isinstance(each, list) else each for each in sets]
    first = satkit.time(START.year, START.month, START.day)
    instants = [first + satkit.duration(seconds=STEP_S * k) for k in range(n_steps)]

    def run() -> Any:
        return satkit.sgp4(sets, instants, gravconst=satkit.sgp4_gravconst.wgs72)

    return run, len(sets), lambda found: np.asarray(found[0]).reshape(len(sets), n_steps, 3) / 1e3, 1e-5


def _pyorbital(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    from pyorbital.orbital import Orbital

    orbits = [Orbital(f"s{k}", line1=one, line2=two) for k, (one, two) in enumerate(lines[:32])]
    instants = np.datetime64(START.replace(tzinfo=None)) + np.arange(n_steps) * np.timedelta64(
        int(STEP_S), "s"
    )

    def run() -> Any:
        return [orbit.get_position(instants, normalize=False)[0] for orbit in orbits]

    return run, len(orbits), lambda found: np.array(found).transpose(0, 2, 1), 1e-3


def _brahe(lines: Any, n_steps: int, fraction_d: Floats) -> Made:
    import brahe

    brahe.set_global_eop_provider(brahe.StaticEOPProvider.from_zero())
    orbits = [brahe.SGPPropagator.from_tle(*pair, STEP_S) for pair in lines[:8]]
    first = brahe.Epoch.from_datetime(
        START.year, START.month, START.day, 0, 0, 0.0, 0.0, brahe.TimeSystem.UTC
    )
    instants = [first + STEP_S * k for k in range(n_steps)]

    def run() -> Any:
        return [orbit.states(instants) for orbit in orbits]

    return run, len(orbits), lambda found: np.array(found)[:, :, :3] / 1e3, 1.0
