"""Sites against Skyfield's WGS84, and the text of a place."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import wgs84

from orbitdc.errors import InputError
from orbitdc.orbit.site import Site, Sites, site_from_text

LATITUDE = st.floats(-90.0, 90.0)
LONGITUDE = st.floats(-180.0, 360.0)


@settings(deadline=None)
@given(lat_deg=LATITUDE, lon_deg=LONGITUDE, alt_m=st.floats(-500.0, 9000.0))
def test_places_and_axes_are_skyfields(lat_deg, lon_deg, alt_m):
    sites = Sites.at([Site("a", lat_deg, lon_deg, alt_m)])
    peer = wgs84.latlon(lat_deg, lon_deg, elevation_m=alt_m)
    np.testing.assert_allclose(sites.r_itrs_km[0], peer.itrs_xyz.km, rtol=0.0, atol=1e-8)
    axes = np.stack([sites.east[0], sites.north[0], sites.up[0]])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(np.cross(sites.east[0], sites.north[0]), sites.up[0], atol=1e-15)
    # Skyfield's local frame is (north, east, up).
    np.testing.assert_allclose(peer._R_latlon[2], sites.up[0], atol=1e-12)


def test_of_stations():
    stations = {
        "kashi": SimpleNamespace(lat_deg=39.4672, lon_deg=75.9868, altitude_m=1380.0),
        "south": SimpleNamespace(lat_deg=-90.0, lon_deg=0.0, altitude_m=0.0),
    }
    sites = Sites.of(stations)
    assert sites.names == ("kashi", "south")
    assert len(sites) == 2
    assert sites.r_itrs_km.shape == sites.north.shape == (2, 3)
    assert not sites.r_itrs_km.flags.writeable
    np.testing.assert_allclose(sites.up[1], [0.0, 0.0, -1.0], atol=1e-15)


@given(lat_deg=LATITUDE, lon_deg=LONGITUDE)
def test_text_round_trip(lat_deg, lon_deg):
    lat_text, lon_text = f"{lat_deg:.6f}", f"{lon_deg:.6f}"
    text = f"{lat_text},{lon_text}"
    assert site_from_text(text) == Site(text, float(lat_text), float(lon_text), 0.0)


def test_height_and_signs():
    assert site_from_text(" -33.45, -70.67 ,520.5") == Site("-33.45, -70.67 ,520.5", -33.45, -70.67, 520.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("95,20", "--station 95,20: found latitude 95; allowed: -90 to 90 deg"),
        ("-90.1,20", "found latitude -90.1"),
        ("10,400", "found longitude 400; allowed: -180 to 360 deg"),
        ("10,20,99999", "found height 99999; allowed: -500 to 9000 m"),
        ("95,400", "2 problems"),
        ("10", "allowed: LAT,LON or LAT,LON,ALT"),
        ("10,20,30,40", "allowed: LAT,LON or LAT,LON,ALT"),
        ("nan,20", "allowed: LAT,LON"),
        ("1e1,20", "allowed: LAT,LON"),
        ("\u221210,20", "allowed: LAT,LON"),
        ("", "allowed: LAT,LON"),
    ],
)
def test_text_that_is_no_place(text, message):
    with pytest.raises(InputError) as caught:
        site_from_text(text)
    assert message in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_one_message(text):
    try:
        assert -90.0 <= site_from_text(text).lat_deg <= 90.0
    except InputError as error:
        assert str(error)
