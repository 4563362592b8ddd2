"""Access windows against Skyfield: every pass, its edges, its top; and what must hold for any satellite."""

import itertools
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, wgs84

from orbitdc.errors import InputError
from orbitdc.orbit.access import Passes, find_passes, passes_of, station_statistics
from orbitdc.orbit.chunks import span_grid
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.site import Site, Sites

sys.path.insert(0, str(Path(__file__).parent))
from geometry_objects import REAL, SITES, START, instants, satellite

MASK_DEG = 10.0


SAMPLED_S = np.arange(0.0, 86400.0 + 1.0, 20.0)


@pytest.fixture(scope="module")
def sampled():
    """One Skyfield `Time` for all: its nutation costs more than the positions."""
    return instants(START, SAMPLED_S)


def look(lines, site, when):
    place = wgs84.latlon(SITES.lat_deg[site], SITES.lon_deg[site], elevation_m=SITES.alt_m[site])
    elevation, azimuth, _ = (EarthSatellite(*lines, "x", when.ts) - place).at(when).altaz()
    return elevation.degrees, azimuth.degrees


def sampled_passes(lines, site, when):
    """Rise and set by sampling every 20 s and linear interpolation: rough, but it misses nothing longer."""
    above = look(lines, site, when)[0] - MASK_DEG
    edges = np.flatnonzero((above[1:] > 0) != (above[:-1] > 0))
    at = SAMPLED_S[edges] - above[edges] * 20.0 / (above[edges + 1] - above[edges])
    rising = above[edges + 1] > 0
    rises = np.concatenate([[0.0] if above[0] > 0 else [], at[rising]])
    sets = np.concatenate([at[~rising], SAMPLED_S[-1:] if above[-1] > 0 else []])
    return rises, sets


CATALOGUE = Path(__file__).parents[2] / "shared" / "data" / "catalog_large.tle"


def catalogue_sets(n_each):
    """Random sets of a large catalogue: low, eccentric and geostationary."""
    lines = [line.rstrip() for line in CATALOGUE.read_text().splitlines()]
    everything = [pair for pair in itertools.pairwise(lines) if pair[0][:2] == "1 " and pair[1][:2] == "2 "]
    per_day = np.array([float(second[52:63]) for _, second in everything])
    eccentricity = np.array([float("0." + second[26:33]) for _, second in everything])
    rng = np.random.default_rng(20260823)
    kinds = ((per_day > 11.0) & (eccentricity < 0.05), eccentricity > 0.3, np.abs(per_day - 1.0) < 0.02)
    return [everything[i] for kind in kinds for i in rng.permutation(np.flatnonzero(kind))[:n_each]]


@pytest.mark.slow
@pytest.mark.skipif(not CATALOGUE.exists(), reason="the large catalogue is not part of the repository")
def test_random_satellites_of_a_catalogue(sampled):
    for lines in catalogue_sets(8):
        compare_with_skyfield(lines, sampled)


@pytest.mark.parametrize("kind", list(REAL))
def test_passes_are_those_of_skyfield(kind, sampled):
    assert compare_with_skyfield(REAL[kind], sampled) > 0


def compare_with_skyfield(lines, sampled):
    """Validation: Skyfield 1.55 `altaz`; 0.1 s and 0.01 deg are promised, 10 ms and 0.0002 deg met."""
    duration_s = 86400.0
    passes = find_passes([satellite(lines)], SITES, START, duration_s, np.radians(MASK_DEG))
    for site in range(len(SITES)):
        here = passes.take(passes.station == site)
        rises, sets = sampled_passes(lines, site, sampled)
        assert len(here) == len(rises)
        if not len(here):
            continue
        np.testing.assert_allclose(here.rise_s, rises, atol=3.0)
        np.testing.assert_allclose(here.set_s, sets, atol=3.0)
        for edge_s, inner, azimuth_deg in (
            (here.rise_s, here.rise_s > 0.0, here.rise_azimuth_deg),
            (here.set_s, here.set_s < duration_s, here.set_azimuth_deg),
        ):
            elevation, azimuth = look(lines, site, instants(START, edge_s))
            rate = look(lines, site, instants(START, edge_s + 0.5))[0] - elevation
            late_s = np.abs((elevation - MASK_DEG) / (2.0 * rate))[inner]
            assert np.all(late_s < 0.01)
            assert np.all(np.abs((azimuth - azimuth_deg + 180.0) % 360.0 - 180.0) < 1e-3)
        top = look(lines, site, instants(START, here.culmination_s))[0]
        np.testing.assert_allclose(here.max_elevation_deg, top, atol=2e-4)
        elevation = look(lines, site, sampled)[0]
        for one in range(len(here)):
            within = (SAMPLED_S >= here.rise_s[one]) & (SAMPLED_S <= here.set_s[one])
            assert elevation[within].max(initial=MASK_DEG) <= here.max_elevation_deg[one] + 2e-4
    return len(passes)


def test_published_list_of_passes():
    """Validation: case dd700-06-2026-Kashgar, Skyfield `find_events`, 14 days, whole passes only."""
    lines = (
        "1 90076U 26001A   26001.00000000  .00000000  00000-0  00000+0 0    13",
        "2 90076  98.2130 190.6666 0001000  90.0000   0.0000 14.56987941    16",
    )
    site = Sites.at([Site("kashgar", 39.4704, 75.9898, 1290.0)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    passes = find_passes([satellite(lines)], site, start, 14 * 86400.0, np.radians(10.0))
    whole = passes.take(~passes.clipped)
    assert (len(whole), len(passes)) == (52, 53)
    assert whole.duration_s.sum() == pytest.approx(23524.3, rel=1e-3)
    assert whole.duration_s.max() == pytest.approx(572.0, abs=0.5)
    expected = datetime(2026, 1, 1, 1, 20, 50, 300000, tzinfo=UTC)
    first = whole.take(whole.rise_s > 3600.0)
    assert first.rise_s[0] == pytest.approx((expected - start).total_seconds(), abs=0.5)
    assert first.max_elevation_deg[0] == pytest.approx(23.88, abs=0.05)
    assert passes.clipped.sum() == 1


RING = [
    synthetic(f"s{i}", START, 7128137.0, np.radians(98.4), 0.7, mean_anomaly_rad=i * 0.31) for i in range(70)
]


def rows(passes):
    return np.stack(
        [
            passes.satellite,
            passes.station,
            passes.rise_s,
            passes.culmination_s,
            passes.set_s,
            passes.max_elevation_deg,
            passes.clipped,
            passes.set_azimuth_deg,
            passes.sunlit_frac,
        ],
        axis=1,
    )


def test_chunks_blocks_and_padding_change_nothing(monkeypatch):
    whole = find_passes(RING, SITES, START, 20000.0, 0.1)
    alone = find_passes(RING[66:67], SITES, START, 20000.0, 0.1)
    monkeypatch.setattr("orbitdc.orbit.chunks._STATES", 70 * 7)
    pieces = find_passes(RING, SITES, START, 20000.0, 0.1)
    np.testing.assert_allclose(rows(pieces), rows(whole), atol=2e-5)
    np.testing.assert_allclose(rows(alone)[:, 1:], rows(whole.take(whole.satellite == 66))[:, 1:], atol=1e-9)
    assert np.all(np.diff(whole.rise_s) >= 0.0)


def test_passes_of_an_ephemeris_are_the_same():
    ephemeris = propagate(RING[:5], span_grid(START, 30000.0, 60.0))
    np.testing.assert_allclose(
        rows(passes_of(ephemeris, SITES, 0.1)),
        rows(find_passes(RING[:5], SITES, START, 30000.0, 0.1, step_s=60.0)),
        atol=2e-5,
    )


def test_edges_of_the_span_clip():
    whole = find_passes(RING[:1], SITES, START, 40000.0, 0.1)
    one = whole.take(np.flatnonzero(~whole.clipped)[:1])
    middle_s = float(one.culmination_s[0])
    late = find_passes(RING[:1], SITES, START + timedelta(seconds=middle_s + 20.0), 3600.0, 0.1)
    early = find_passes(RING[:1], SITES, START, middle_s - 20.0, 0.1)
    after, before = late.take(late.rise_s == 0.0), early.take(early.station == one.station[0])
    before = before.take(before.set_s == middle_s - 20.0)
    assert after.clipped.all() and before.clipped.all() and len(after) == len(before) == 1
    assert after.culmination_s[0] == 0.0
    assert before.culmination_s[0] == pytest.approx(middle_s - 20.0)
    assert after.set_s[0] + middle_s + 20.0 == pytest.approx(one.set_s[0], abs=1e-3)
    assert before.rise_s[0] == pytest.approx(one.rise_s[0], abs=1e-3)


def test_a_pass_shorter_than_a_step_is_found():
    whole = find_passes(RING[:1], SITES, START, 86400.0, 0.1)
    for one in np.flatnonzero(~whole.clipped):
        top_rad = np.radians(whole.max_elevation_deg[one])
        if top_rad > np.radians(85.0):
            continue
        for under_deg in (1e-6, 1e-4, 0.01):
            grazing = find_passes(RING[:1], SITES, START, 86400.0, top_rad - np.radians(under_deg))
            match = np.abs(grazing.culmination_s - whole.culmination_s[one]) < 1.0
            found = grazing.take(match & (grazing.station == whole.station[one]))
            assert len(found) == 1
            assert 0.0 < found.duration_s[0] < 60.0
            assert found.rise_s[0] <= found.culmination_s[0] <= found.set_s[0]


def test_a_dead_satellite_ends_its_pass():
    whole = find_passes(RING[:2], SITES, START, 40000.0, 0.1)
    one = whole.take(np.flatnonzero((whole.satellite == 0) & ~whole.clipped)[:1])
    death = int(one.culmination_s[0] // 60.0) + 1

    def deadly(satellites, grid):
        ephemeris = propagate(satellites, grid)
        first = max(0, death - round((grid.start - START).total_seconds() / 60.0))
        if first >= grid.n:
            return ephemeris
        r_km, first_dead = ephemeris.r_packed_km.copy(), ephemeris.first_dead.copy()
        r_km[0, first:, :, 0], first_dead[0] = np.nan, first
        return replace(ephemeris, r_packed_km=r_km, first_dead=first_dead)

    cut = find_passes(RING[:2], SITES, START, 40000.0, 0.1, step_s=60.0, propagate=deadly)
    last = cut.take(cut.satellite == 0)
    assert last.set_s[-1] == pytest.approx((death - 1) * 40000.0 / 667, abs=60.0)
    assert last.clipped[-1] and np.isfinite(rows(cut)).all()
    assert (cut.satellite == 1).sum() == (whole.satellite == 1).sum()


def test_a_higher_mask_only_shrinks_windows():
    low = find_passes(RING[:3], SITES, START, 86400.0, np.radians(5.0))
    high = find_passes(RING[:3], SITES, START, 86400.0, np.radians(25.0))
    for one in range(len(high)):
        around = (
            (low.satellite == high.satellite[one])
            & (low.station == high.station[one])
            & (low.rise_s <= high.rise_s[one])
            & (low.set_s >= high.set_s[one])
        )
        assert around.sum() == 1
        assert low.max_elevation_deg[around][0] == pytest.approx(high.max_elevation_deg[one], abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(0.0, 80.0))
def test_any_place_and_mask(lat_deg, lon_deg, mask_deg):
    passes = find_passes(
        RING[:4], Sites.at([Site("x", lat_deg, lon_deg, 0.0)]), START, 21600.0, np.radians(mask_deg)
    )
    assert np.all(passes.rise_s <= passes.culmination_s) and np.all(passes.culmination_s <= passes.set_s)
    assert np.all(passes.max_elevation_deg >= mask_deg - 1e-9)
    assert np.all((passes.sunlit_frac >= 0.0) & (passes.sunlit_frac <= 1.0))
    for azimuth_deg in (passes.rise_azimuth_deg, passes.culmination_azimuth_deg, passes.set_azimuth_deg):
        assert np.all((azimuth_deg >= 0.0) & (azimuth_deg <= 360.0))


def test_nothing_in_view_and_no_satellite():
    geostationary = [satellite(REAL["geostationary"])]
    pole = Sites.at([Site("pole", 90.0, 0.0, 0.0)])
    assert len(find_passes(geostationary, pole, START, 86400.0, 0.1)) == 0
    with pytest.raises(InputError, match="length of the span"):
        find_passes(geostationary, pole, START, 0.0, 0.1)
    with pytest.raises(InputError, match="oblate-cone"):
        find_passes(geostationary, pole, START, 60.0, 0.1, shadow="oblate-cones")


def test_station_statistics():
    empty = find_passes(RING[:1], SITES, START, 60.0, 1.5)
    passes = Passes(
        START,
        satellite=np.array([0, 1, 0]),
        station=np.array([0, 0, 0]),
        rise_s=np.array([100.0, 150.0, 400.0]),
        set_s=np.array([200.0, 300.0, 500.0]),
        clipped=np.zeros(3, dtype=bool),
        **{
            name: np.zeros(3)
            for name in (
                "culmination_s",
                "max_elevation_deg",
                "rise_azimuth_deg",
                "culmination_azimuth_deg",
                "set_azimuth_deg",
                "sunlit_frac",
            )
        },
    )
    found = station_statistics(passes, 2, 1000.0)
    assert found.covered_frac.tolist() == [0.3, 0.0]
    assert found.n_most_in_view.tolist() == [2, 0]
    assert found.longest_gap_s.tolist() == [500.0, 1000.0]
    assert found.mean_gap_s.tolist() == pytest.approx([700.0 / 3.0, 1000.0])
    assert station_statistics(empty, 1, 60.0).covered_frac[0] == 0.0


def is_within(one, other):
    """Whether a pass is among others, its edges where the promise of 0.1 s has them."""
    same = (other.satellite == one.satellite[0]) & (other.station == one.station[0])
    near = (np.abs(other.rise_s - one.rise_s) < 0.1) & (np.abs(other.set_s - one.set_s) < 0.1)
    return (same & near).any()


@settings(max_examples=25, deadline=None)
@given(
    st.floats(350.0, 36000.0),
    st.floats(0.0, 0.7),
    st.floats(1e-3, np.pi - 1e-3),
    st.floats(0.0, 6.28),
    st.sampled_from([-2.0, 0.0, 10.0, 30.0, 70.0, 88.0]),
)
def test_long_steps_miss_nothing_that_short_ones_find(
    perigee_km, eccentricity, inclination, anomaly, mask_deg
):
    axis_m = (6378.137 + perigee_km) * 1e3 / (1.0 - eccentricity)
    body = synthetic(
        "any", START, axis_m, inclination, 1.0, eccentricity=eccentricity, mean_anomaly_rad=anomaly
    )
    mask_rad = np.radians(mask_deg)
    default = find_passes([body], SITES, START, 43200.0, mask_rad)
    fine = find_passes([body], SITES, START, 43200.0, mask_rad, step_s=15.0)
    for one, others in ((fine, default), (default, fine)):
        for i in range(len(one)):
            pass_ = one.take(np.array([i]))
            # a graze of the mask has no edges to speak of
            assert is_within(pass_, others) or pass_.duration_s[0] < 5.0 or pass_.clipped[0]


@pytest.mark.slow
@pytest.mark.skipif(not CATALOGUE.exists(), reason="the large catalogue is not part of the repository")
def test_a_thousand_real_satellites_have_the_passes_of_short_steps():
    satellites = [satellite(lines, str(i)) for i, lines in enumerate(catalogue_sets(1000)[:1000])]
    default = find_passes(satellites, SITES, START, 43200.0, np.radians(25.0))
    fine = find_passes(satellites, SITES, START, 43200.0, np.radians(25.0), step_s=20.0)
    assert len(default) == len(fine) > 1000
    order = [np.lexsort((p.rise_s, p.station, p.satellite)) for p in (default, fine)]
    late_s = np.abs(default.rise_s[order[0]] - fine.rise_s[order[1]])
    assert np.percentile(late_s, 99) < 2e-4
