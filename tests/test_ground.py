"""Clusters on the ground: climate and PUE of named sites, wind and Sun, who supplies a load, capacity."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitdc.ground import ambient_k, clusters_of, dispatch, pue
from orbitdc.ground.climate import water_stress_frac
from orbitdc.ground.dispatch import Supplies
from orbitdc.ground.renewables import clear_sky_frac, solar_frac, wind_frac
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

DAYS = (np.arange(365) + 0.5) / 365.0
HOURS_S = (np.arange(365 * 24) + 0.5) * 3600.0
START = datetime(2027, 1, 1, tzinfo=UTC)
SEED = np.random.SeedSequence(5)


@pytest.fixture(scope="module")
def plan() -> Scenario:
    return load("beijing-2035")


def yearly_pue(plan: Scenario, name: str) -> float:
    hub = plan.hub[name]
    return float(pue(ambient_k(hub.temperature_k, DAYS), plan.cooling[hub.cooling]).mean())


# --- climate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "published", "within", "source"),
    [
        ("horinger", 1.18, 0.04, "a bank's centre in Horinger, goinnermongolia.com.cn"),
        ("guian", 1.12, 0.04, "Gui'an, chinawuxiaworld.com"),
        ("zhongwei", 1.15, 0.04, "Zhongwei, dig.watch"),
        ("zhangjiakou", 1.19, 0.04, "Zhangbei, chaxiaohao.com"),
        ("shaoguan", 1.25, 0.04, "eastern start areas at most 1.25, NDRC reply of 2022"),
        ("yangtze", 1.25, 0.04, "eastern start areas at most 1.25, NDRC reply of 2022"),
    ],
)
def test_yearly_pue_is_that_of_named_sites(
    plan: Scenario, name: str, published: float, within: float, source: str
) -> None:
    assert yearly_pue(plan, name) == pytest.approx(published, abs=within), source


@pytest.mark.parametrize(
    ("name", "mean_degc"), [("horinger", 7.7), ("chongqing", 18.75), ("guian", 14.5), ("zhongwei", 8.8)]
)
def test_yearly_temperature_is_published(plan: Scenario, name: str, mean_degc: float) -> None:
    """Annual means of the statistical yearbooks, 2008 and 2009; Zhongwei 8.8 degC (163.com KL6DM9C9)."""
    assert ambient_k(plan.hub[name].temperature_k, DAYS).mean() - 273.15 == pytest.approx(mean_degc, abs=0.1)


def test_pue_is_dearer_in_summer_and_never_below_that_of_free_cooling(plan: Scenario) -> None:
    for name in plan.ground.hubs:
        hub = plan.hub[name]
        months = pue(hub.temperature_k, plan.cooling[hub.cooling])
        assert months[6] == months.max() or months[7] == months.max()
        assert months.min() >= plan.cooling[hub.cooling].pue_free


def test_scarcity_follows_the_lines_of_the_united_nations() -> None:
    assert [water_stress_frac(x) for x in (499.0, 500.0, 1699.0, 1700.0)] == [1.0, 0.5, 0.5, 0.0]


# --- wind and Sun -----------------------------------------------------------------------------------------


def test_wind_and_sun_have_the_published_mean_of_a_year() -> None:
    """Zhongwei: 970 GWh of 500 MW solar, 0.221; Inner Mongolia: 2,305 h of wind, 0.263."""
    years = [np.random.default_rng(seed) for seed in range(12)]
    solar = [solar_frac(37.5, 105.2, 0.221, START, HOURS_S, rng).mean() for rng in years]
    wind = [wind_frac(0.263, START, HOURS_S, rng).mean() for rng in years]
    assert np.mean(solar) == pytest.approx(0.221, rel=0.03)
    assert np.mean(wind) == pytest.approx(0.263, rel=0.03)


def test_the_sun_rises_on_both_sides_of_noon() -> None:
    """At Greenwich the Sun culminates at 12:04 UTC on 1 April (equation of time -4 min, almanacs)."""
    minutes = (np.arange(1440) + 0.5) / 1440.0
    sky = clear_sky_frac(37.5, 0.0, np.full(1440, 90.5 / 365.0), minutes)
    up = np.flatnonzero(sky)
    middle_h = 24.0 * minutes[up].mean()
    assert middle_h == pytest.approx(12.0 + 4.0 / 60.0, abs=0.03)
    assert len(up) / 60.0 == pytest.approx(12.0, abs=0.1)  # a plane along the polar axis sees it half a day


def test_wind_remembers_and_stays_within_its_nameplate() -> None:
    wind = wind_frac(0.3, START, HOURS_S, np.random.default_rng(1))
    assert wind.min() >= 0.0 and wind.max() <= 1.0
    assert np.corrcoef(wind[:-1], wind[1:])[0, 1] > 0.8


# --- who supplies -----------------------------------------------------------------------------------------


def one_site(**changes: float) -> Supplies:
    given_w = {"wind": 0.0, "solar": 0.0, "storage_w": 2.0, "storage_j": 7200.0, "efficiency": 0.81}
    values = {**given_w, "grid": 10.0, "backup": 5.0, **changes}
    return Supplies(
        np.full((1, 4), values["wind"]),
        np.full((1, 4), values["solar"]),
        *(np.array([values[name]]) for name in ("storage_w", "storage_j", "efficiency", "grid", "backup")),
    )


def test_merit_order_by_hand() -> None:
    """Wind 6 W; loads 2, 2, 10, 30 W in hours. The battery takes at most 2 W and returns 81 %."""
    load_w = np.array([[2.0, 2.0, 10.0, 30.0]])
    found = dispatch(load_w, one_site(wind=6.0), 3600.0)
    # two hours of 2 W charge 2 x 2 W h x 0.9 = 3.6 W h, of which 2 W h fit; the rest is spilled
    assert found.spilled_w[0, 0] == pytest.approx(4.0 - found.charge_w[0, 0])
    assert found.charge_w[0].sum() == pytest.approx(2.0 / 0.9)
    assert found.discharge_w[0].tolist() == pytest.approx([0.0, 0.0, 1.8, 0.0])
    assert found.grid_w[0].tolist() == pytest.approx([0.0, 0.0, 2.2, 10.0])
    assert found.backup_w[0].tolist() == pytest.approx([0.0, 0.0, 0.0, 5.0])
    assert found.unserved_w[0].tolist() == pytest.approx([0.0, 0.0, 0.0, 9.0])
    assert found.lost_j[0] == pytest.approx((2.0 / 0.9 - 1.8) * 3600.0)
    assert found.stored_j[0] == pytest.approx(0.0, abs=1e-9)  # a cycle: the window ends as it began


numbers = st.floats(0.0, 1e9)


@given(
    st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12),
    st.tuples(numbers, numbers, st.floats(0.05, 1.0), numbers, numbers),
)
def test_energy_closes(slots: list[tuple[float, float, float]], plants: tuple[float, ...]) -> None:
    load_w, wind_w, solar_w = (np.array([row]) for row in zip(*slots, strict=True))
    found = dispatch(load_w, Supplies(wind_w, solar_w, *(np.array([x]) for x in plants)), 600.0)
    assert found.residual_frac <= 1e-9
    assert min(getattr(found, f"{name}_w").min() for name in ("charge", "grid", "backup", "unserved")) >= 0.0
    assert found.lost_j.min() >= -1e-9 * max(float(wind_w.sum() + solar_w.sum()) * 600.0, 1.0)
    assert found.unserved_w.sum() == 0.0 or (found.backup_w == plants[4]).any()


# --- clusters ---------------------------------------------------------------------------------------------


def test_capacity_is_what_is_installed_open_and_grown(plan: Scenario) -> None:
    """Horinger: 252 Eop/s of int8 in mid-2025, 38 % a year, 4.96 % open, less 9.2 Eop/s of its own."""
    row = plan.ground.hubs.index("horinger")
    for year in (2025, 2030):
        start = datetime(year, 7, 1, 12, tzinfo=UTC)
        found = clusters_of(plan, start, 86400.0, SEED)
        factor = 0.0496 * 1.38 ** (year - 2025)
        assert found.installed_op[row, 0] / 600.0 == pytest.approx(252e18 * factor, rel=2e-3)
        assert found.op[row, 0] / 600.0 == pytest.approx((252e18 - 9.2e18) * factor, rel=2e-3)
        assert found.it_w[row] == pytest.approx(76_400 * 2500.0 * 0.0496 * 1.18 ** (year - 2025), rel=2e-3)
    half = clusters_of(plan.replace({"report_precision": "fp16"}), start, 86400.0, SEED)
    assert half.op[row, 0] / found.op[row, 0] == pytest.approx(0.5)


def test_the_price_of_an_operation_by_hand(plan: Scenario) -> None:
    """Shaoguan without plants in winter: 2.5 kW x 12,100 racks over 40 Eop/s, 75 % of it for the work."""
    bare = plan.replace({"hub.shaoguan.wind.power": "0 MW", "hub.shaoguan.solar.power": "0 MW"})
    start, row = datetime(2025, 1, 16, tzinfo=UTC), plan.ground.hubs.index("shaoguan")
    found = clusters_of(bare, start, 86400.0, SEED)
    hub = bare.hub["shaoguan"]
    growth = (1.18 / 1.38) ** (-167 / 365.25)
    j_per_op = 0.75 * 2500.0 * hub.racks / 40e18 * growth
    assert found.price_usd_per_op[row].mean() == pytest.approx(
        j_per_op * found.pue[row].mean() * hub.grid.price_usd_per_j, rel=2e-3
    )
    assert found.carbon_kg_per_op[row].mean() == pytest.approx(
        j_per_op * found.pue[row].mean() * 0.4403 / 3.6e6, rel=2e-3
    )
    assert found.water_l_per_op[row].mean() == pytest.approx(j_per_op * 1.8 / 3.6e6, rel=2e-3)


def test_a_weak_grid_takes_capacity_and_brings_in_the_thermal_unit(plan: Scenario) -> None:
    start, row = datetime(2026, 1, 10, tzinfo=UTC), plan.ground.hubs.index("zhangjiakou")
    changes = {"hub.zhangjiakou.grid.power": "150 MW", "hub.zhangjiakou.backup.power": "100 MW"}
    strong, weak = (clusters_of(one, start, 86400.0, SEED) for one in (plan, plan.replace({**changes})))
    assert weak.op[row].min() < 0.8 * strong.op[row].min()
    assert weak.price_usd_per_op[row].max() > strong.price_usd_per_op[row].max()
    found = weak.dispatch(weak.op)
    assert found.backup_w[row].max() > 0.0 and found.unserved_w.max() <= 1e-6
    assert strong.dispatch(strong.op).backup_w[row].max() == 0.0


def test_weather_belongs_to_the_site_and_the_seed(plan: Scenario) -> None:
    start = datetime(2026, 4, 10, tzinfo=UTC)
    found = clusters_of(plan, start, 86400.0, SEED)
    fewer = clusters_of(plan.replace({"ground.hubs": ["horinger"]}), start, 86400.0, SEED)
    row = plan.ground.hubs.index("horinger")
    assert np.array_equal(found.supplies.wind_w[row], fewer.supplies.wind_w[0])
    other = clusters_of(plan, start, 86400.0, np.random.SeedSequence(6))
    assert not np.array_equal(found.supplies.wind_w[row], other.supplies.wind_w[row])
