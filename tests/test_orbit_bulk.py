"""The compiled SGP4 against Skyfield's: same places, same deaths, and a check that notices a difference."""

from __future__ import annotations

import pathlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from geometry_objects import REAL, satellite
from skyfield.api import EarthSatellite
from skyfield.sgp4lib import TEME

from orbitdc.errors import InvariantError
from orbitdc.orbit import bulk
from orbitdc.orbit.bulk import propagate_bulk
from orbitdc.orbit.elements import read_elements, synthetic
from orbitdc.orbit.ephemeris import Satellite
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.time import TimeGrid, timescale

START = datetime(2026, 8, 23, tzinfo=UTC)
CATALOGUE = pathlib.Path(__file__).parents[2] / "shared" / "data" / "catalog_large.tle"

# Objects of the SGP4 verification set (AIAA 2006-6753): one that decays, one with a perigee under 220 km.
DECAYED = (
    "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534",
    "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708",
)
LOW_PERIGEE = (
    "1 28350U 04020A   06167.21788666  .16154492  76267-5  18678-3 0  8894",
    "2 28350  64.9977 345.6130 0024870 260.7578  99.9590 16.47856722116490",
)


def ring(n: int, eccentricity: float = 1e-3, epoch: datetime = START) -> list[Satellite]:
    axis_m = 7128137.0 / (1.0 - eccentricity)
    return [
        synthetic(f"r-{i}", epoch, axis_m, 1.7177, 0.3, eccentricity=eccentricity, mean_anomaly_rad=0.7 * i)
        for i in range(n)
    ]


def skyfield_km(one: Satellite, grid: TimeGrid) -> tuple[np.ndarray, np.ndarray]:
    track = EarthSatellite.from_satrec(one.satrec, timescale()).at(grid.skyfield)
    position, velocity = track.frame_xyz_and_velocity(TEME)
    return position.km.T, velocity.km_per_s.T


# --- validation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("years", "allowed_mm"), [(0.0, 1.0), (1.0, 1.0), (10.9, 20.0)])
def test_positions_are_skyfield_s(years: float, allowed_mm: float) -> None:
    grid = TimeGrid(START + timedelta(days=365.25 * years), 60.0, 1440)
    satellites = [*ring(3), *ring(2, 0.3)]
    found = propagate_bulk(satellites, grid)
    for i, one in enumerate(satellites):
        r_km, v_km_per_s = skyfield_km(one, grid)
        assert np.linalg.norm(found.r_teme_km[i] - r_km, axis=1).max() * 1e6 < allowed_mm
        assert np.abs(found.v_teme_km_per_s[i] - v_km_per_s).max() * 1e6 < 1e-2 * allowed_mm
    assert 0.0 < found.skyfield_difference_m * 1e3 < allowed_mm


def test_real_satellites_for_a_month() -> None:
    satellites = read_elements(pathlib.Path(__file__).parents[1] / "tle" / "dawn-dusk.tle")
    grid = TimeGrid(max(each.epoch for each in satellites), 3600.0, 30 * 24)
    apart_km = propagate_bulk(satellites, grid).r_teme_km - propagate(satellites, grid).r_teme_km
    assert np.nanmax(np.linalg.norm(apart_km, axis=-1)) < 1e-7


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the large catalogue is not part of the repository")
def test_a_sample_of_the_catalogue() -> None:
    everything = read_elements(CATALOGUE)
    chosen = np.random.default_rng(5).permutation(len(everything))[:600]
    satellites = [everything[i] for i in chosen]
    start = max(each.epoch for each in satellites)
    grid = TimeGrid(start, 600.0, 7 * 144)
    ours, theirs = propagate_bulk(satellites, grid), propagate(satellites, grid)
    assert np.array_equal(ours.first_dead, theirs.first_dead)
    assert np.array_equal(ours.error_code, theirs.error_code)
    apart_km = np.linalg.norm(ours.r_teme_km - theirs.r_teme_km, axis=-1)
    assert np.nanmax(apart_km) < 1e-7
    assert np.array_equal(np.isnan(ours.r_teme_km), np.isnan(theirs.r_teme_km))


# --- who is left to Skyfield --------------------------------------------------------------------------------


def test_deep_space_and_low_perigees_are_skyfield_s_own() -> None:
    others = [satellite(REAL["geostationary"], "far"), satellite(REAL["very eccentric"], "long")]
    mixed = [others[0], *ring(70), others[1]]
    for one in others:
        assert bulk.coefficients(one) is None
    grid = TimeGrid(START, 600.0, 144)
    ours, theirs = propagate_bulk(mixed, grid), propagate(mixed, grid)
    for i in (0, len(mixed) - 1):
        assert np.array_equal(ours.r_teme_km[i], theirs.r_teme_km[i])
    assert bulk.coefficients(satellite(LOW_PERIGEE, "low")) is None


def test_no_neighbour_changes_a_satellite() -> None:
    grid = TimeGrid(START, 60.0, 200)
    eccentric = ring(3, 0.3)
    alone = propagate_bulk(eccentric, grid)
    mixed = propagate_bulk([*ring(40), eccentric[1], satellite(REAL["geostationary"]), *ring(40)], grid)
    assert np.array_equal(mixed.r_teme_km[40], alone.r_teme_km[1])
    assert np.array_equal(mixed.r_teme_km[42:], mixed.r_teme_km[:40])


def test_a_fleet_without_a_near_circular_orbit() -> None:
    grid = TimeGrid(START, 600.0, 20)
    for satellites in ([satellite(REAL["geostationary"])], ring(2, 0.3), []):
        ours, theirs = propagate_bulk(satellites, grid), propagate(satellites, grid)
        assert ours.r_teme_km.shape == theirs.r_teme_km.shape
        assert ours.r_teme_km == pytest.approx(theirs.r_teme_km, abs=1e-7)


def test_lanes_without_a_satellite_are_not_a_number() -> None:
    found = propagate_bulk(ring(70), TimeGrid(START, 60.0, 10))
    assert found.r_packed_km.shape == (2, 10, 3, 64)
    assert np.isfinite(found.r_packed_km[1, ..., :6]).all()
    assert np.isnan(found.r_packed_km[1, ..., 6:]).all()
    assert np.isnan(found.v_packed_km_per_s[1, ..., 6:]).all()


# --- death and the check ------------------------------------------------------------------------------------


@pytest.mark.parametrize("late_min", [0.0, 30.0, 6000.0])
def test_the_dead_are_dead_alike(late_min: float) -> None:
    dying = satellite(DECAYED, "dying")
    grid = TimeGrid(dying.epoch + timedelta(minutes=late_min), 60.0, 120)
    both = [dying, *ring(2, epoch=dying.epoch)]
    ours, theirs = propagate_bulk(both, grid), propagate(both, grid)
    assert ours.first_dead.tolist() == theirs.first_dead.tolist()
    assert ours.error_code.tolist() == theirs.error_code.tolist()
    assert ours.first_dead[0] < 120
    assert np.array_equal(np.isnan(ours.r_teme_km), np.isnan(theirs.r_teme_km))


def test_the_check_notices_wrong_coefficients(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = bulk.coefficients

    def wrong(one: Satellite) -> np.ndarray | None:
        row = honest(one)
        assert row is not None
        return row * (1.0 + 1e-9)

    monkeypatch.setattr(bulk, "coefficients", wrong)
    with pytest.raises(InvariantError, match=r"r-0: the compiled SGP4 is .* m from Skyfield's"):
        propagate_bulk(ring(2, 2e-3), TimeGrid(START, 60.0, 10))


def test_older_than_what_is_allowed() -> None:
    with pytest.raises(InvariantError, match="years from the epoch"):
        propagate_bulk(ring(1), TimeGrid(START + timedelta(days=365.25 * 12), 60.0, 10))


def test_an_old_set_is_taken_by_the_kernel_that_suits_it() -> None:
    # 400 days of drag: what counts is the age on the grid, not that of a fresh set
    fresh = satellite(REAL["low"], "old")
    old = replace(fresh, name="older")
    grid = TimeGrid(fresh.epoch + timedelta(days=400), 60.0, 100)
    ours, theirs = propagate_bulk([old], grid), propagate([old], grid)
    assert np.abs(ours.r_teme_km - theirs.r_teme_km).max() < 1e-6
