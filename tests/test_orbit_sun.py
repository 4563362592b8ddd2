"""The Sun against DE421 by Skyfield, an independent series, and published figures."""

from datetime import UTC, datetime, timedelta

import erfa
import numpy as np
import pytest

from orbitdc.constants import AU_KM
from orbitdc.errors import InputError
from orbitdc.orbit.sun import beta_rad, solar_flux_w_per_m2, sun_teme_km
from orbitdc.orbit.time import TimeGrid, timescale


def angle_deg(a, b):
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(cross, np.sum(a * b, axis=-1)))


def gcrs_km(grid):
    """Return the Sun turned back from TEME to GCRS axes by Skyfield."""
    from skyfield.sgp4lib import TEME

    return np.einsum("jit,tj->ti", TEME.rotation_at(grid.skyfield), sun_teme_km(grid))


@pytest.mark.parametrize("year", [2020, 2026, 2035, 2046])
def test_validation_direction_of_sofa_epv00(year):
    # VSOP2000 in ERFA, which shares nothing with DE421: geometric, so light time and aberration are added.
    grid = TimeGrid(datetime(year, 1, 1, 5, tzinfo=UTC), 10 * 86400.0 + 1234.5, 36)
    time = grid.skyfield
    heliocentric, barycentric = erfa.epv00(time.whole, time.tdb_fraction)
    geometric_km = -heliocentric["p"] * AU_KM
    # First-order annual aberration. The Sun itself moves 13 m/s about the barycentre: 0.0025" of light time.
    velocity_per_c = barycentric["v"] * AU_KM / 86400.0 / 299792.458
    direction = geometric_km / np.linalg.norm(geometric_km, axis=1)[:, None] + velocity_per_c
    assert angle_deg(direction, gcrs_km(grid)).max() < 1e-4
    distance_km = np.linalg.norm(geometric_km, axis=1)
    np.testing.assert_allclose(np.linalg.norm(sun_teme_km(grid), axis=1), distance_km, rtol=1e-6)


@pytest.mark.parametrize(
    ("day", "ra_deg", "dec_deg", "flux_w_per_m2"),
    [
        # Skyfield 1.55 with the full DE421, agreed by astropy 8.0.2 within 7e-6 deg.
        ((2026, 3, 20), 359.43878, -0.24323, 1372.65),
        ((2026, 6, 21), 89.63554, 23.43752, 1318.023),
        ((2026, 12, 21), 269.03673, -23.43447, 1406.207),
        ((2030, 1, 3), 283.73675, -22.83427, 1407.501),
        ((2035, 6, 21), 89.4562, 23.43119, 1318.075),
        ((2035, 12, 22), 269.92995, -23.43204, 1406.293),
    ],
)
def test_validation_place_and_irradiance(day, ra_deg, dec_deg, flux_w_per_m2):
    grid = TimeGrid(datetime(*day, tzinfo=UTC), 60.0, 1)
    sun_km = sun_teme_km(grid)
    time = grid.skyfield
    equation_rad = (time.gast - time.gmst) * np.pi / 12.0  # from the mean to the true equinox
    x, y, z = sun_km[0]
    found_ra_deg = np.degrees(np.arctan2(y, x) + equation_rad[0]) % 360.0
    assert found_ra_deg == pytest.approx(ra_deg, abs=1e-4)
    assert np.degrees(np.arctan2(z, np.hypot(x, y))) == pytest.approx(dec_deg, abs=1e-4)
    assert solar_flux_w_per_m2(sun_km)[0] == pytest.approx(flux_w_per_m2, abs=0.01)


def test_interpolation_follows_skyfield_between_the_days():
    from skyfield.sgp4lib import TEME

    from orbitdc.orbit.sun import _ephemeris

    grid = TimeGrid(datetime(2031, 5, 7, 0, 17, tzinfo=UTC), 9.3 * 3600.0, 300)
    ephemeris = _ephemeris()
    apparent = ephemeris["earth"].at(grid.skyfield).observe(ephemeris["sun"]).apparent(deflectors=())
    np.testing.assert_allclose(sun_teme_km(grid), apparent.frame_xyz(TEME).km.T, rtol=0.0, atol=0.05)


def test_an_instant_has_one_sun_in_whatever_grid():
    start = datetime(2026, 12, 31, 12, tzinfo=UTC)
    grid = TimeGrid(start, 3600.0, 100)
    late = grid.part(40, 7)
    np.testing.assert_allclose(sun_teme_km(late), sun_teme_km(grid)[40:47], rtol=1e-14)


def test_both_ends_of_the_shipped_years_and_no_further():
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2047, 1, 1, tzinfo=UTC)
    assert np.isfinite(sun_teme_km(TimeGrid(first, 60.0, 2))).all()
    assert np.isfinite(sun_teme_km(TimeGrid(last - timedelta(hours=1), 60.0, 61))).all()
    for grid in (TimeGrid(first - timedelta(days=1), 60.0, 2), TimeGrid(last, 60.0, 2)):
        with pytest.raises(InputError, match="2020-01-01 to 2047-01-01"):
            sun_teme_km(grid)


def test_beta_is_positive_on_the_side_of_the_momentum():
    x, y, z = np.eye(3)
    beta = beta_rad(np.stack([7e3 * x, 7e3 * x]), np.stack([7 * y, -7 * y]), np.stack([1.5e8 * z] * 2))
    np.testing.assert_allclose(np.degrees(beta), [90.0, -90.0])


def test_dawn_dusk_beta_range_of_2026():
    # Full-year SGP4 at 10 s with DE421: 700 km LTAN 18:00, 58.34 to 86.90 deg; at noon of each day here.
    from orbitdc.orbit.design import raan_rad, semi_major_axis_m, sun_synchronous_inclination_rad
    from orbitdc.orbit.elements import synthetic
    from orbitdc.orbit.propagate import propagate

    start = datetime(2026, 1, 1, tzinfo=UTC)
    axis_m = semi_major_axis_m(700e3)
    inclination_rad = sun_synchronous_inclination_rad(axis_m)
    grid = TimeGrid(start, 86400.0, 365)
    ephemeris = propagate([synthetic("a", start, axis_m, inclination_rad, raan_rad(18.0, start))], grid)
    beta = np.degrees(beta_rad(ephemeris.r_teme_km[0], ephemeris.v_teme_km_per_s[0], sun_teme_km(grid)))
    assert beta.min() == pytest.approx(58.34, abs=0.05)
    assert beta.max() == pytest.approx(86.90, abs=0.05)


def test_the_timescale_is_built_in():
    assert timescale() is timescale()
