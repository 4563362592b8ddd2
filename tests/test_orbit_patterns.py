"""Ring, Walker and docked patterns: spacing, closure, planes, and what is refused."""

import math
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.orbit import design
from orbitdc.orbit.patterns import satellites
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.time import TimeGrid

REFERENCE = datetime(2025, 12, 1, tzinfo=UTC)


def batch(count=12, name="b", **orbit):
    known = {
        "pattern": "ring",
        "altitude_m": 750e3,
        "ltan_h": 18.0,
        "n_planes": 1,
        "phasing": 0,
        "node_span_rad": 0.0,
        "phase_rad": 0.0,
        "elements": None,
    }
    return SimpleNamespace(name=name, count=count, orbit=SimpleNamespace(**(known | orbit)))


def turn_rad(satellite):
    """Return the argument of latitude at the epoch."""
    return (satellite.satrec.argpo + satellite.satrec.mo) % math.tau


@settings(deadline=None, max_examples=25)
@given(count=st.integers(1, 60), phase_rad=st.floats(0.0, math.tau))
def test_a_ring_is_evenly_spaced_and_closes(count, phase_rad):
    fleet, plane = satellites(batch(count, phase_rad=phase_rad), REFERENCE)
    assert len(fleet) == count
    assert not plane.any()
    turns = np.array([turn_rad(satellite) for satellite in fleet])
    steps = np.diff(np.append(turns, turns[0] + math.tau)) % math.tau
    expected = math.tau / count if count > 1 else 0.0
    np.testing.assert_allclose((steps - expected + 1.0) % math.tau, 1.0, atol=1e-9)
    assert (turns[0] - phase_rad + 1.0) % math.tau == pytest.approx(1.0, abs=1e-9)
    assert len({satellite.name for satellite in fleet}) == count


def test_neighbours_of_a_ring_keep_their_distance_for_ten_years():
    fleet, _ = satellites(batch(10), REFERENCE)
    axis_km = design.semi_major_axis_m(750e3) / 1e3
    for year in (2025, 2035):
        grid = TimeGrid(datetime(year, 12, 1, tzinfo=UTC), 60.0, 100)
        r_km = propagate(fleet, grid).r_teme_km
        apart_km = np.linalg.norm(r_km - np.roll(r_km, 1, axis=0), axis=-1)
        np.testing.assert_allclose(apart_km, 2.0 * axis_km * math.sin(math.pi / 10), rtol=0.005)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_walker(data):
    n_planes = data.draw(st.integers(1, 6))
    per_plane = data.draw(st.integers(1, 5))
    phasing = data.draw(st.integers(0, n_planes - 1))
    span_rad = data.draw(st.floats(0.1, math.tau))
    count = n_planes * per_plane
    fleet, plane = satellites(
        batch(count, pattern="walker", n_planes=n_planes, phasing=phasing, node_span_rad=span_rad), REFERENCE
    )
    assert np.bincount(plane).tolist() == [per_plane] * n_planes
    middle_rad = design.raan_rad(18.0, REFERENCE)
    offsets = [(s.satrec.nodeo - middle_rad + math.pi) % math.tau - math.pi for s in fleet]
    expected = (np.arange(n_planes) + 0.5) * span_rad / n_planes - span_rad / 2.0
    np.testing.assert_allclose(offsets, np.repeat(expected, per_plane), atol=1e-9)
    firsts = [turn_rad(fleet[k * per_plane]) for k in range(n_planes)]
    shift = math.tau * phasing / count
    np.testing.assert_allclose(
        (np.array(firsts) - shift * np.arange(n_planes) + 1.0) % math.tau, 1.0, atol=1e-9
    )


def test_every_plane_of_a_walker_is_sun_synchronous():
    fleet, _ = satellites(batch(6, pattern="walker", n_planes=3, node_span_rad=math.radians(30)), REFERENCE)
    hours = [design.ltan_h(satellite, datetime(2035, 6, 1, tzinfo=UTC)) for satellite in fleet]
    np.testing.assert_allclose(hours, np.repeat([18 - 2 / 3, 18.0, 18 + 2 / 3], 2), atol=1e-4)


def test_docked_modules_are_one_satellite():
    fleet, plane = satellites(batch(400, pattern="docked", phase_rad=1.0), REFERENCE)
    assert [satellite.name for satellite in fleet] == ["b"]
    assert plane.tolist() == [0]
    assert turn_rad(fleet[0]) == pytest.approx(1.0)
    assert fleet[0].maintained


def test_batches_of_one_orbit_line_up_whatever_their_launch():
    first, _ = satellites(batch(4), REFERENCE)
    second, _ = satellites(batch(4, name="c", phase_rad=math.pi / 4), REFERENCE)
    assert first[0].satrec.nodeo == second[0].satrec.nodeo
    turns = sorted(turn_rad(satellite) for satellite in (*first, *second))
    np.testing.assert_allclose(np.diff(turns), math.pi / 4, atol=1e-9)


@pytest.mark.parametrize(
    ("orbit", "message"),
    [
        ({"altitude_m": None}, "batch b: orbit.altitude: found nothing"),
        ({"ltan_h": None}, "batch b: orbit.ltan: found nothing"),
        ({"pattern": "elements"}, "batch b: orbit.pattern: found 'elements'"),
        ({"pattern": "walker", "n_planes": 5, "node_span_rad": 1.0}, "5 planes for 12 satellites"),
        ({"pattern": "walker", "n_planes": 3, "phasing": 3, "node_span_rad": 1.0}, "allowed: 0 to 2"),
        ({"pattern": "walker", "n_planes": 3}, "orbit.node_span: found 0 with several planes"),
        ({"altitude_m": None, "ltan_h": None}, "2 problems"),
    ],
)
def test_orbits_that_do_not_fit(orbit, message):
    with pytest.raises(InputError) as caught:
        satellites(batch(**orbit), REFERENCE)
    assert message in str(caught.value)
