"""Eclipses and daily light: the year's published figures, Skyfield and brute force."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite
from skyfield.sgp4lib import TEME

from orbitdc.constants import EARTH_FLATTENING, EARTH_RADIUS_KM, SUN_RADIUS_KM
from orbitdc.errors import InputError
from orbitdc.orbit.eclipse import find_eclipses
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.light import daily_light
from orbitdc.orbit.sun import sun_teme_km
from orbitdc.orbit.time import TimeGrid

sys.path.insert(0, str(Path(__file__).parent))
from geometry_objects import REAL, instants, satellite

# LTAN 06:00, 700 km and 18:00, 750 km: cases dd700-06-2026 and dd750-18-2026, brute force at 10 s on Skyfield
DAWN_700 = (
    "1 90076U 26001A   26001.00000000  .00000000  00000-0  00000+0 0    13",
    "2 90076  98.2130 190.6666 0001000  90.0000   0.0000 14.56987941    16",
)
DUSK_750 = (
    "1 90093U 26001A   26001.00000000  .00000000  00000-0  00000+0 0    12",
    "2 90093  98.4189  10.6666 0001000  90.0000   0.0000 14.41700228    17",
)
YEAR_S = 365 * 86400.0
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shadow", "eclipse_min", "umbra_min"),
    [
        ("oblate-cone", 19.002, 18.074),  # DESIGN, section 4
        ("cone", 19.332, 18.436),
        ("oblate-point", 18.543, 18.543),
        ("point", 18.888, 18.888),
    ],
)
def test_longest_eclipse_of_the_winter_solstice(shadow, eclipse_min, umbra_min):
    found = find_eclipses(
        [satellite(DAWN_700, maintained=True)], datetime(2026, 12, 21, tzinfo=UTC), 86400.0, shadow
    )
    assert found.max_eclipse_s[0] / 60.0 == pytest.approx(eclipse_min, abs=1.5e-3)
    assert found.max_umbra_s[0] / 60.0 == pytest.approx(umbra_min, abs=1.5e-3)


@pytest.mark.parametrize(
    ("lines", "n", "hours", "share", "beta_deg"),
    [
        (DAWN_700, 1207, 303.11, 0.965399, (-89.99, -58.341)),
        (DUSK_750, 1149, 269.67, 0.969216, (58.135, 86.877)),
    ],
)
def test_year_of_a_point_sun(lines, n, hours, share, beta_deg):
    found = find_eclipses([satellite(lines, maintained=True)], NEW_YEAR, YEAR_S, "point", step_s=120.0)
    assert abs(len(found) - n) <= 1  # one graze more or less
    assert found.eclipse_s.sum() / 3600.0 == pytest.approx(hours, rel=1e-3)
    assert found.sunlit_frac[0] == pytest.approx(share, abs=1e-4)
    assert (found.beta_min_deg[0], found.beta_max_deg[0]) == pytest.approx(beta_deg, abs=0.01)
    assert found.eclipse_s == pytest.approx(found.umbra_s)


def disc_edges_s(lines, start, enter_s, exit_s, oblate):
    """First and last instant with any of the disc hidden, at 20 Hz on Skyfield positions."""
    found = []
    for edge_s, sign in ((enter_s, 1.0), (exit_s, -1.0)):
        after_s = edge_s + sign * np.arange(-2.0, 2.0, 0.05)
        when = instants(start, after_s)
        r_km = EarthSatellite(*lines, "x", when.ts).at(when).frame_xyz(TEME).km
        grid = TimeGrid(start, 60.0, 1441)
        sun_km = np.stack([np.interp(after_s, grid.offset_s, axis) for axis in sun_teme_km(grid).T])
        stretch = np.array([1.0, 1.0, 1.0 / (1.0 - EARTH_FLATTENING) if oblate else 1.0])[:, None]
        r_km, to_sun = r_km * stretch, (sun_km - r_km) * stretch
        far, near = np.linalg.norm(to_sun, axis=0), np.linalg.norm(r_km, axis=0)
        apart = np.arccos(-np.sum(r_km * to_sun, axis=0) / far / near)
        hidden = apart < np.arcsin(SUN_RADIUS_KM / far) + np.arcsin(EARTH_RADIUS_KM / near)
        found.append(after_s[np.argmax(hidden)])
    return found


@pytest.mark.parametrize("kind", ["low", "very eccentric", "geostationary"])
def test_edges_of_real_satellites(kind):
    """Validation: within 1 s of a brute-force disc on Skyfield positions (found: 0.05 s, its sampling)."""
    start = datetime(2026, 9, 10, tzinfo=UTC)
    found = find_eclipses([satellite(REAL[kind])], start, 86400.0)
    whole = np.flatnonzero(~found.clipped)[:3]
    assert len(whole) or kind != "geostationary"
    for one in whole:
        expected = disc_edges_s(REAL[kind], start, found.enter_s[one], found.exit_s[one], True)
        assert (found.enter_s[one], found.exit_s[one]) == pytest.approx(expected, abs=0.06)


def test_chunks_change_nothing(monkeypatch):
    objects = [satellite(lines) for lines in REAL.values()]
    start = datetime(2026, 9, 20, tzinfo=UTC)
    whole = find_eclipses(objects, start, 86400.0)
    monkeypatch.setattr("orbitdc.orbit.chunks._STATES", 4 * 11)
    pieces = find_eclipses(objects, start, 86400.0)
    for name in ("satellite", "enter_s", "exit_s", "umbra_s", "clipped", "sunlit_frac", "max_eclipse_s"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), atol=1e-5)


def test_sums_agree():
    objects = [
        synthetic("a", NEW_YEAR, 7078137.0, np.radians(60.0), 1.0),
        satellite(DAWN_700, maintained=True),
    ]
    found = find_eclipses(objects, NEW_YEAR, 3 * 86400.0, "cone")
    for one in range(2):
        here = found.satellite == one
        dark = 1.0 - found.sunlit_frac[one]
        assert found.umbra_s[here].sum() < dark * 3 * 86400.0 < found.eclipse_s[here].sum()
        assert found.n_eclipses[one] == here.sum()
    assert np.all(found.umbra_s <= found.eclipse_s)
    assert found.clipped.sum() <= 4


def test_daily_light_is_the_light_of_every_day():
    """The days settled from beta alone and the days searched add up to the search of the whole span."""
    for body in (
        satellite(DAWN_700, maintained=True),
        synthetic("inclined", NEW_YEAR, 6878137.0, np.radians(53.0), 0.3, eccentricity=0.01),
    ):
        start, n_days = datetime(2026, 1, 15, tzinfo=UTC), 40
        daily = daily_light(body, start, n_days)
        whole = find_eclipses([body], start, n_days * 86400.0)
        assert daily.sunlit_frac.mean() == pytest.approx(whole.sunlit_frac[0], abs=2e-6)
        assert daily.n_eclipses.sum() == whole.n_eclipses[0]
        assert daily.max_eclipse_s.max() == pytest.approx(whole.max_eclipse_s[0], abs=0.02)
        day = find_eclipses([body], daily.day[7], 86400.0)
        assert daily.sunlit_frac[7] == pytest.approx(day.sunlit_frac[0], abs=2e-6)
        assert day.beta_min_deg[0] - 0.1 <= daily.beta_deg[7] <= day.beta_max_deg[0] + 0.1


def test_daily_flux_follows_the_distance_of_the_sun():
    # validation.md 2.1: 1318.0 W/m2 on 21 June, 1407.5 on 3 January
    january = daily_light(satellite(DUSK_750, maintained=True), datetime(2026, 1, 3, tzinfo=UTC), 1)
    june = daily_light(satellite(DAWN_700, maintained=True), datetime(2026, 6, 21, tzinfo=UTC), 1)
    assert january.flux_w_per_m2[0] == pytest.approx(1407.5, abs=0.3)
    assert june.flux_w_per_m2[0] == pytest.approx(1318.0, abs=0.3)
    assert january.sunlit_frac[0] == 1.0 and june.sunlit_frac[0] == 1.0


def test_unknown_shadow():
    with pytest.raises(InputError, match="did you mean 'cylinder'"):
        find_eclipses([satellite(DAWN_700)], NEW_YEAR, 60.0, "cilinder")
