"""Cloud over telescopes: ten drawn years against the statistics they were drawn from, alone and together."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.links.copula import normal_cdf, pair_cdf
from orbitdc.links.weather import (
    Climate,
    CloudSite,
    Weather,
    climate,
    cloud_site,
    cloud_sites,
    draw,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
TEN_YEARS_H = 87_648
MONTH = np.array([(START + timedelta(hours=k)).month - 1 for k in range(TEN_YEARS_H)])
NAMES = tuple(cloud_sites())


@pytest.fixture(scope="module")
def land() -> Climate:
    return climate([cloud_site(name) for name in NAMES])


@pytest.fixture(scope="module")
def decade(land: Climate) -> Weather:
    return draw(land, START, TEN_YEARS_H, np.random.SeedSequence(20251127))


def site(name: str, cloudy_frac: float, persistence_h: float = 12.0) -> CloudSite:
    return CloudSite(name, 30.0, 90.0, "night", (cloudy_frac,) * 12, 0.2, 3600.0 * persistence_h, "estimate")


def deviations(seen: np.ndarray, expected: np.ndarray, n_hours: np.ndarray) -> np.ndarray:
    """How many of its own standard deviations a mean of correlated hours lies off."""
    independent = n_hours / 24.0  # persistence 12 h: two persistence times make one independent look
    return (seen - expected) / np.sqrt(expected * (1.0 - expected) / independent)


# --- ten years agree with what they were given --------------------------------------------------------------


def test_availability_of_each_site_and_month_is_the_given_one(land: Climate, decade: Weather) -> None:
    hours = np.bincount(MONTH, minlength=12)
    seen = np.array([decade.cloudy[MONTH == month].mean(axis=0) for month in range(12)])
    off = deviations(seen, land.cloudy_frac, hours[:, None])
    assert np.abs(off).max() < 4.0
    assert np.mean(off**2) == pytest.approx(1.0, abs=0.5)
    whole = np.average(land.cloudy_frac, axis=0, weights=hours)
    assert decade.cloudy.mean(axis=0) == pytest.approx(whole, abs=0.02)


def test_sites_are_closed_together_as_often_as_given(land: Climate, decade: Weather) -> None:
    hours = np.bincount(MONTH, minlength=12)
    off = []
    for i in range(len(NAMES)):
        for j in range(i):
            seen = np.array(
                [(decade.cloudy[MONTH == m, i] & decade.cloudy[MONTH == m, j]).mean() for m in range(12)]
            )
            expected = np.array([land.both_cloudy_frac(m, i, j) for m in range(12)])
            off.append(deviations(seen, expected, hours))
            year = np.average(expected, weights=hours)
            assert np.average(seen, weights=hours) == pytest.approx(year, abs=0.02)
    assert np.abs(off).max() < 4.5
    assert np.mean(np.square(off)) < 1.5


def test_the_correlation_asked_for_is_the_one_given(land: Climate) -> None:
    assert land.achieved == pytest.approx(np.broadcast_to(land.correlation, (12, 7, 7)), abs=1e-6)
    near, far = NAMES.index("daocheng"), NAMES.index("xinglong")
    here = NAMES.index("lijiang-gaomeigu")
    assert land.correlation[here, near] > 0.4 > 0.02 > land.correlation[here, far]


def test_networks_are_open_as_often_as_published(decade: Weather) -> None:
    # Qian et al., ntec1.com 34066552: Ali, Delingha and Xinglong together in over 85 % of the year; with
    # Daocheng 91 to 96 % from May to August and over 98 % in other months (cover under 60 %).
    three = decade.cloudy[:, [NAMES.index(name) for name in ("ngari", "delingha", "xinglong")]].all(axis=1)
    assert 1.0 - three.mean() > 0.85
    rows = [NAMES.index(name) for name in ("ngari", "delingha", "xinglong", "daocheng")]
    four = decade.cloudy[:, rows].all(axis=1)
    summer = np.isin(MONTH, [4, 5, 6, 7])
    assert 0.91 <= 1.0 - four[summer].mean() <= 0.97
    assert 1.0 - four[~summer].mean() > 0.98


def test_ngari_and_lijiang_are_as_published() -> None:
    # MNRAS 2024 stae582: cover under 40 % in > 70 % of nights, under 70 % in some 80 %, worst in July, August
    ngari = cloud_site("ngari").cloudy_frac
    assert 0.70 < 1.0 - np.mean(ngari) < 0.80
    assert sorted(np.argsort(ngari)[-2:].tolist()) == [6, 7]
    # china.org.cn 122048: 254 clear nights a year
    assert 365.25 * (1.0 - np.mean(cloud_site("lijiang-gaomeigu").cloudy_frac)) == pytest.approx(254, abs=5)


def test_cloud_lasts_as_long_as_given() -> None:
    weather = draw(climate([site("a", 0.4)]), START, 200_000, np.random.SeedSequence(2))
    cloudy = weather.cloudy[:, 0].astype(float) - 0.4
    for lag_h in (1, 6, 12):
        kept = np.mean(cloudy[lag_h:] * cloudy[:-lag_h]) / 0.24
        assert kept == pytest.approx(math.exp(-lag_h / 12.0), abs=0.03)


# --- the draw -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_weather(land: Climate) -> None:
    one, same, other = (draw(land, START, 500, np.random.SeedSequence(seed)).cloudy for seed in (7, 7, 8))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_short_windows_have_the_statistics_of_the_month(land: Climate) -> None:
    january = [draw(land, START, 24, np.random.SeedSequence(seed)).cloudy.mean(axis=0) for seed in range(400)]
    off = deviations(np.mean(january, axis=0), land.cloudy_frac[0], np.full(7, 400 * 24.0))
    assert np.abs(off).max() < 4.0


def test_a_state_holds_for_its_hour() -> None:
    weather = Weather(("a",), START, 3600.0, np.array([[True], [False], [True]]))
    assert weather.clear_at(np.array([0.0, 3599.0, 3600.0, 7200.0, 1e9]), 0).tolist() == [
        False, False, True, False, False,
    ]  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.0, 1.0), st.floats(2.0, 48.0))
def test_a_pair_gets_the_correlation_it_can_have(a: float, b: float, wanted: float, hours: float) -> None:
    pair = climate([site("a", a), site("b", b, hours)], np.array([[1.0, wanted], [wanted, 1.0]]))
    got = pair.achieved[0, 0, 1]
    both = pair.both_cloudy_frac(0, 0, 1)
    assert max(0.0, a + b - 1.0) - 1e-6 <= both <= min(a, b) + 1e-6
    assert got == pytest.approx(wanted, abs=1e-6) or pair.latent[0, 0, 1] > 0.999


def test_twins_share_their_weather() -> None:
    twins = climate([site("a", 0.3), site("b", 0.3)], np.ones((2, 2)))
    weather = draw(twins, START, 20_000, np.random.SeedSequence(3))
    assert np.mean(weather.cloudy[:, 0] == weather.cloudy[:, 1]) > 0.97


# --- diversity, hours ---------------------------------------------------------------------------------------


def test_diversity_gain_is_what_all_have_over_the_best(decade: Weather) -> None:
    gain = decade.diversity()
    assert gain.together_frac == pytest.approx(1.0 - decade.cloudy.all(axis=1).mean())
    assert gain.gain_frac == pytest.approx(gain.together_frac - max(gain.alone_frac))
    assert gain.gain_frac > 0.2 and gain.outage_ratio > 10.0
    only = Weather(("a",), START, 3600.0, np.zeros((5, 1), dtype=bool)).diversity()
    assert only.outage_ratio == math.inf and only.gain_frac == 0.0


def test_twilight_widens_the_spread() -> None:
    for name in NAMES:
        night = cloud_site(name)
        assert night.hour == "night"
        dawn, dusk = night.at("dawn"), night.at("dusk")
        assert dawn.cloudy_frac == night.cloudy_frac and dawn.spread_frac == 2.0 * night.spread_frac
        assert np.array(dusk.cloudy_frac) == pytest.approx(1.08 * np.array(night.cloudy_frac), abs=1e-6)
        clear, cloudy = (night.at("dawn", case).cloudy_frac for case in ("clear", "cloudy"))
        assert all(a < b < c for a, b, c in zip(clear, dawn.cloudy_frac, cloudy, strict=True))
        assert np.mean(clear) < np.mean(night.at("night", "clear").cloudy_frac)


@settings(deadline=None)
@given(st.floats(-4.0, 4.0), st.floats(-4.0, 4.0), st.floats(-0.95, 0.95))
def test_pairs_of_normal_variates(h: float, k: float, rho: float) -> None:
    from scipy.stats import multivariate_normal

    theirs = float(multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([h, k]))
    assert float(pair_cdf(h, k, rho)) == pytest.approx(theirs, abs=1e-6)
    assert float(pair_cdf(h, k, 0.0)) == pytest.approx(float(normal_cdf(h) * normal_cdf(k)))


# --- what cannot be -----------------------------------------------------------------------------------------


def test_a_site_without_statistics_is_refused() -> None:
    with pytest.raises(InputError, match="no statistics of ngary; allowed: one of ngari"):
        cloud_site("ngary")


@pytest.mark.parametrize("matrix", [np.eye(3), np.array([[1.0, -0.1], [-0.1, 1.0]])])
def test_a_correlation_that_is_none_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(InputError, match="correlation"):
        climate([site("a", 0.3), site("b", 0.3)], matrix)
