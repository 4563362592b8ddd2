"""Propagation against the published SGP4 states and Skyfield, and what becomes of satellites that fail."""

import json
import pathlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sgp4
from skyfield.api import EarthSatellite, wgs84
from skyfield.sgp4lib import TEME

from orbitdc.orbit.elements import nearest_sets, read_elements, synthetic
from orbitdc.orbit.propagate import death_utc, propagate
from orbitdc.orbit.time import TimeGrid, timescale
from orbitdc.orbit.tle import read_tle

TLE = pathlib.Path(__file__).parent.parent / "tle"
START = datetime(2026, 8, 23, tzinfo=UTC)

# Object 28872 of the SGP4 verification set (AIAA 2006-6753): decays within the hour.
DECAYED = """\
1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534
2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708
"""


def test_validation_published_states():
    # AIAA 2006-6753: SGP4-VER.TLE and tcppver.out, shipped with the package sgp4; some checksums in it are
    # wrong. Two sets were made up to provoke errors (33333: eccentricity 0.995; 33334: 1e-5 rev/day).
    folder = pathlib.Path(sgp4.__file__).parent
    lines = (folder / "SGP4-VER.TLE").read_text().splitlines()
    text = "\n".join(line[:69] for line in lines if not line.startswith("#"))
    satellites, problems = read_tle(text, "SGP4-VER.TLE", checksum=False)
    assert [problem.found.split(" of ")[0][:12] for problem in problems] == ["a perigee 63", "a mean motio"]
    known = {satellite.norad_id: satellite for satellite in satellites}
    n_states, worst_km, current = 0, 0.0, None
    for line in (folder / "tcppver.out").read_text().splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[1] == "xx":
            current = known.get(int(fields[0]))
        elif current is not None and len(fields) >= 7:
            code, r_km, _ = current.satrec.sgp4_tsince(float(fields[0]))
            if code == 0:
                n_states += 1
                expected_km = np.array([float(x) for x in fields[1:4]])
                worst_km = max(worst_km, float(np.abs(np.array(r_km) - expected_km).max()))
    assert n_states > 600
    assert worst_km < 2e-7


def test_validation_teme_to_earth_frame():
    # AIAA 2006-6753 appendix C; without polar motion and with UT1 of the built-in table.
    start = datetime(2004, 4, 6, 7, 51, 28, 386000, tzinfo=UTC)
    grid = TimeGrid(start, 60.0, 1)
    angle_rad = grid.gmst_rad[0]
    x, y, z = 5094.18016210, 6127.64465950, 6380.34453270
    found_km = (
        x * np.cos(angle_rad) + y * np.sin(angle_rad),
        y * np.cos(angle_rad) - x * np.sin(angle_rad),
        z,
    )
    np.testing.assert_allclose(found_km, (-1033.47938300, 7901.29527540, 6380.35659580), atol=0.5)


@pytest.mark.parametrize("step_s", [60.0, 37.77])
def test_same_positions_as_skyfield(step_s):
    text = (TLE / "dawn-dusk.tle").read_text()
    lines = [line for line in text.splitlines() if line[:2] in ("1 ", "2 ")]
    satellites = read_elements(TLE / "dawn-dusk.tle")[:4]
    grid = TimeGrid(START, step_s, 300)
    ephemeris = propagate(satellites, grid)
    for i in range(4):
        peer = EarthSatellite(lines[2 * i], lines[2 * i + 1], ts=timescale()).at(grid.skyfield)
        position, velocity = peer.frame_xyz_and_velocity(TEME)
        np.testing.assert_allclose(ephemeris.r_teme_km[i], position.km.T, rtol=0.0, atol=2e-5)
        np.testing.assert_allclose(ephemeris.v_teme_km_per_s[i], velocity.km_per_s.T, rtol=0.0, atol=2e-8)


def test_earth_angle_is_skyfields():
    satellite = read_elements(TLE / "tianlian.tle")[0]
    grid = TimeGrid(START, 3600.0, 48)
    x, y, _ = propagate([satellite], grid).r_teme_km[0].T
    longitude_deg = np.degrees(np.arctan2(y, x) - grid.gmst_rad)
    peer = wgs84.subpoint_of(EarthSatellite.from_satrec(satellite.satrec, timescale()).at(grid.skyfield))
    np.testing.assert_allclose((longitude_deg - peer.longitude.degrees + 180.0) % 360.0, 180.0, atol=1e-7)


def test_parts_of_a_grid_are_the_whole():
    satellites = read_elements(TLE / "dawn-dusk.tle")[:2]
    grid = TimeGrid(START, 60.0, 100)
    whole = propagate(satellites, grid)
    part = propagate(satellites, grid.part(60, 40))
    np.testing.assert_allclose(part.r_teme_km, whole.r_teme_km[:, 60:], rtol=0.0, atol=1e-5)


def test_order_of_satellites_changes_nothing():
    satellites = read_elements(TLE / "three-body.tle")
    grid = TimeGrid(START, 60.0, 20)
    forwards = propagate(satellites, grid).r_teme_km
    assert np.array_equal(propagate(satellites[::-1], grid).r_teme_km[::-1], forwards)


def test_decayed_satellite_is_dead_from_its_first_error():
    satellites, problems = read_tle(DECAYED, "decayed.tle")
    assert not problems
    epoch = satellites[0].epoch
    grid = TimeGrid(epoch, 60.0, 600)
    codes, _, _ = satellites[0].satrec.sgp4_array(*grid.jd_utc)
    first = int(np.flatnonzero(codes)[0])
    assert (codes[first:] == 0).any(), "the library's own code returns to 0: latching matters"
    ephemeris = propagate(satellites, grid)
    assert ephemeris.first_dead.tolist() == [first]
    assert ephemeris.error_code.tolist() == [6]
    assert np.isfinite(ephemeris.r_teme_km[0, :first]).all()
    assert np.isnan(ephemeris.r_teme_km[0, first:]).all()
    assert np.isnan(ephemeris.v_teme_km_per_s[0, first:]).all()
    assert death_utc(ephemeris) == (grid.at(60.0 * first),)


@pytest.mark.parametrize("hours", [2.0, 5.0, 24.0, 24.0 * 40])
def test_nothing_rises_from_the_dead_between_epoch_and_start(hours):
    satellites, _ = read_tle(DECAYED, "decayed.tle")
    epoch = satellites[0].epoch
    ephemeris = propagate(satellites, TimeGrid(epoch + timedelta(hours=hours), 60.0, 10))
    assert ephemeris.first_dead.tolist() == [0]
    assert np.isnan(ephemeris.r_teme_km).all()
    (death,) = death_utc(ephemeris)
    assert death is not None
    assert epoch < death < epoch + timedelta(hours=1)


def test_a_living_satellite_has_no_date_of_death():
    satellite = synthetic("a", START, 7128137.0, 1.7177, 0.0)
    ephemeris = propagate([satellite], TimeGrid(START + timedelta(days=3650), 60.0, 5))
    assert death_utc(ephemeris) == (None,)
    assert ephemeris.error_code.tolist() == [0]
    assert not ephemeris.r_teme_km.flags.writeable


def test_no_satellites_is_an_empty_ephemeris():
    ephemeris = propagate([], TimeGrid(START, 60.0, 5))
    assert ephemeris.r_teme_km.shape == (0, 5, 3)


def test_times_before_the_epoch():
    satellites = read_elements(TLE / "dawn-dusk.tle")[:3]
    ephemeris = propagate(satellites, TimeGrid(datetime(2026, 8, 1, tzinfo=UTC), 60.0, 5))
    assert ephemeris.first_dead.tolist() == [5, 5, 5]


def test_manoeuvre_shows_between_two_epochs():
    # SENTINEL-1A lowered its orbit by 1.8 km between these sets: 1,157 km apart along the track (measured).
    data = pathlib.Path(__file__).parent / "data"
    old = read_elements(data / "dawn-dusk-2026-08-11.tle")
    new, notes = nearest_sets([*old, *read_elements(TLE / "dawn-dusk.tle")], START)
    assert len(notes) == 1
    before = next(satellite for satellite in old if satellite.norad_id == 39634)
    after = next(satellite for satellite in new if satellite.norad_id == 39634)
    states = propagate([before, after], TimeGrid(after.epoch, 60.0, 1)).r_teme_km[:, 0]
    assert np.linalg.norm(states[0] - states[1]) == pytest.approx(1157.0, rel=0.02)


def test_case_file_states_are_reproduced():
    cases = pathlib.Path(__file__).parent.parent / "orbitdc" / "validation" / "cases.json"
    for case in json.loads(cases.read_text())["cases"]:
        if case["part"] != "propagation" or "tle" not in case["inputs"]:
            continue
        (satellite,), _ = read_tle("\n".join(case["inputs"]["tle"]), case["id"], checksum=False)
        _, r_km, _ = satellite.satrec.sgp4_tsince(case["inputs"]["tsince_min"])
        np.testing.assert_allclose(r_km, case["expected"]["r_teme_km"], atol=case["tolerance"]["km"])


def test_death_is_the_same_seen_from_its_day_and_from_a_later_one():
    # B* raised a hundredfold: this satellite comes down three weeks after its epoch.
    lines = (TLE / "three-body.tle").read_text().splitlines()
    k = next(k for k, line in enumerate(lines) if line.startswith("1 63983"))
    text = f"{lines[k].replace('72531-3', '72531-1')}\n{lines[k + 1]}"
    (satellite,), _ = read_tle(text, "f.tle", checksum=False)
    whole = TimeGrid(satellite.epoch, 60.0, 1440 * 25)
    (death,) = death_utc(propagate([satellite], whole))
    assert death is not None
    for days in (1, 20, 3000):
        later = propagate([satellite], TimeGrid(death + timedelta(days=days), 60.0, 3))
        assert later.first_dead.tolist() == [0]
        (seen,) = death_utc(later)
        assert seen is not None
        assert abs(seen - death) < timedelta(hours=3)
    before = propagate([satellite], TimeGrid(death - timedelta(hours=6), 60.0, 3))
    assert before.first_dead.tolist() == [3]
