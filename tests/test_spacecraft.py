"""The satellite as the sum of its parts: sizes, masses, ageing, cards. Outside values: closed forms."""

import doctest
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import CARD_APART, OUTLAY

from orbitdc.constants import EARTH_RADIUS_KM, JULIAN_YEAR_S
from orbitdc.scenario.models import Accelerator, Spacecraft
from orbitdc.spacecraft import (
    accelerator_of,
    ageing,
    array_bol_power_w,
    array_eol_power_w,
    array_frac,
    battery_frac,
    bus_power_w,
    cards_alive_frac,
    it_power_w,
    mass_kg,
    mass_parts_kg,
    n_cards,
    op_per_s,
    operate,
    power,
    view,
)
from orbitdc.spacecraft.ageing import eclipse_depth_frac
from orbitdc.spacecraft.hardware import hardware

MODULE = {
    "array": {
        "area": "400 m2", "efficiency": "32 %", "packing": "85 %", "loss": "1 %/yr", "conversion": "95 %",
        "attitude": "sun", "specific_power": "100 W/kg",
    },
    "battery": {
        "capacity": "60 kWh", "min_soc": "30 %", "charge_efficiency": "97 %", "discharge_efficiency": "96 %",
        "max_c_rate": "0.5 / h", "calendar_fade": "1.5 %/yr", "cycle_fade": "8e-4 %",
        "specific_energy": "150 Wh/kg",
    },
    "radiator": {
        "area": "120 m2", "n_sides": 2, "emissivity": "88 %", "absorptivity": "25 %",
        "attitude": "along-track", "areal_mass": "5 kg/m2",
    },
    "thermal": {
        "die_limit": "85 deg_C", "coolant_min": "-40 deg_C", "heater_max": "20 kW", "die_plate": "0.1 K/kW",
        "plate_radiator": "0.1 K/kW", "die": "100 kJ/K", "plate": "500 kJ/K", "radiator": "400 kJ/K",
    },
    "bus": {"housekeeping": "3 kW", "radio": "500 W", "pump": "1 %", "dry_mass": "800 kg"},
    "compute": {
        "it_power": "100 kW", "accelerator": "card-a", "idle": "20 %", "mass_per_power": "6 kg/kW",
    },
    "radio": {
        "band": "ka", "frequency": "26 GHz", "symbol_rate": "500 Mbaud", "eirp": "40 dBW",
        "implementation": "1 dB",
    },
}  # fmt: skip
CARD = CARD_APART | {
    "all_in_power": "1.25 kW", "int8": "1.5 Pop/s", "fp16": "750 Top/s", "fp4": "0 Top/s", "loss": "9 %/yr",
    "unrestricted": "card-b",
}  # fmt: skip


@pytest.fixture(scope="module")
def module() -> Spacecraft:
    return Spacecraft.model_validate(MODULE | OUTLAY)


@pytest.fixture(scope="module")
def cards() -> dict[str, Accelerator]:
    other = CARD | {"all_in_power": "1 kW", "int8": "4.5 Pop/s", "unrestricted": "card-b"}
    return {"card-a": Accelerator.model_validate(CARD), "card-b": Accelerator.model_validate(other)}


def scenario_of(module: Spacecraft, cards: dict[str, Accelerator], rule: str = "domestic") -> SimpleNamespace:
    return SimpleNamespace(spacecraft={"m": module}, accelerator=cards, accelerators=rule)


@pytest.mark.parametrize("part", [power, view, operate, ageing])
def test_examples_in_docstrings(part: object) -> None:
    assert doctest.testmod(part).failed == 0


def test_four_powers_by_hand(module: Spacecraft) -> None:
    # 400 m2 x 0.32 x 0.85 x 1361 W/m2
    assert array_bol_power_w(module) == pytest.approx(148_076.8)
    assert array_eol_power_w(module, 5 * JULIAN_YEAR_S) == pytest.approx(148_076.8 * 0.99**5)
    assert it_power_w(module) == 100e3
    assert bus_power_w(module) == pytest.approx((100e3 + 3e3 + 500.0) * 1.01)


def test_mass_is_the_sum_of_the_parts(module: Spacecraft) -> None:
    parts = mass_parts_kg(module)
    assert parts == pytest.approx(
        {"array": 1480.768, "battery": 400.0, "radiator": 600.0, "compute": 600.0, "bus": 800.0}
    )
    assert mass_kg(module) == pytest.approx(sum(parts.values()))


@pytest.mark.parametrize(
    ("dark_min", "energy_wh"), [(18.888, 1104561.4), (16.728, 978245.61)], ids=["power-213", "power-214"]
)
def test_battery_sizing(dark_min: float, energy_wh: float) -> None:
    found = power.battery_for_eclipse_j(1e6, dark_min * 60.0, 0.3, 0.95) / 3600.0
    assert found == pytest.approx(energy_wh, rel=1e-5)


@pytest.mark.parametrize(
    ("flux", "incidence_deg", "area_m2"), [(1361.0, 0.0, 2449.18), (1317.0, 31.66, 2973.533)],
    ids=["power-215", "power-216"],
)  # fmt: skip
def test_array_sizing(flux: float, incidence_deg: float, area_m2: float) -> None:
    assert power.array_for_load_m2(1e6, flux, 0.3, np.radians(incidence_deg)) == pytest.approx(
        area_m2, rel=1e-5
    )


def test_view_factors_against_a_direct_integral() -> None:
    # Every direction that meets the Earth counts with its cosine to the plate's normal, over pi.
    r = 1.0 + 750.0 / EARTH_RADIUS_KM
    n = 2000
    cone = np.arcsin(1.0 / r)
    polar = (np.arange(n) + 0.5) / n * cone
    d_omega = np.sin(polar) * cone / n
    nadir = 2.0 * np.pi * np.sum(np.cos(polar) * d_omega) / np.pi
    edge = 2.0 * np.sum(np.sin(polar) * d_omega) / np.pi  # the half turn of azimuth in front of one side
    assert float(view.nadir_view_frac(750e3)) == pytest.approx(nadir, rel=1e-6)
    assert float(view.edge_view_frac(750e3)) == pytest.approx(edge, rel=1e-6)


@pytest.mark.parametrize(("altitude_km", "factor"), [(700, 0.811988), (800, 0.789522)])
def test_nadir_view_factor_published(altitude_km: float, factor: float) -> None:
    assert float(view.nadir_view_frac(altitude_km * 1e3)) == pytest.approx(factor, rel=1e-5)


@given(st.floats(1e3, 4e7), st.floats(1.001, 2.0))
def test_a_higher_plate_sees_less_earth(altitude_m: float, ratio: float) -> None:
    for factor in (view.nadir_view_frac, view.edge_view_frac):
        assert 0.0 < float(factor(altitude_m * ratio)) < float(factor(altitude_m)) < 1.0


def test_ageing_compounds(module: Spacecraft, cards: dict[str, Accelerator]) -> None:
    years = np.array([0.0, 1.0, 10.0])
    assert array_frac(module.array, years * JULIAN_YEAR_S) == pytest.approx(0.99**years)
    assert cards_alive_frac(cards["card-a"], years * JULIAN_YEAR_S) == pytest.approx(0.91**years)


def test_battery_keeps_the_documented_share(module: Spacecraft) -> None:
    # The estimate behind the model: ten years of 1,200 cycles keep 0.75 at 30 % depth and 0.56 at 60 %.
    ten = 10 * JULIAN_YEAR_S
    shallow, deep = (float(battery_frac(module.battery, ten, 12_000, depth)) for depth in (0.3, 0.6))
    assert shallow == pytest.approx(0.985**10 * (1 - 8e-6) ** 12_000)
    assert 0.75 < shallow < 0.80
    assert 0.56 < deep < 0.66
    assert float(battery_frac(module.battery, ten, 0, 0.0)) == pytest.approx(0.985**10)


def test_eclipse_depth(module: Spacecraft) -> None:
    # 3 kW x 1.01 x 1000 s / 0.96 over 60 kWh
    expected = 3030.0 * 1000.0 / 0.96 / 216e6
    assert float(eclipse_depth_frac(module, 1000.0, "shed")) == pytest.approx(expected)
    assert float(eclipse_depth_frac(module, 1e5, "deplete")) == pytest.approx(0.7)
    assert float(eclipse_depth_frac(module, 0.0, "ride-through")) == 0.0


def test_cards_follow_the_export_rule(module: Spacecraft, cards: dict[str, Accelerator]) -> None:
    home = accelerator_of(scenario_of(module, cards), module)
    abroad = accelerator_of(scenario_of(module, cards, "unrestricted"), module)
    assert (home, abroad) == (cards["card-a"], cards["card-b"])
    assert n_cards(module, home) == pytest.approx(80.0)
    assert op_per_s(module, home, "int8") == pytest.approx(80 * 1.5e15)
    assert op_per_s(module, home, "fp16") == pytest.approx(80 * 750e12)
    assert op_per_s(module, home, "fp4") == 0.0
    assert op_per_s(module, abroad, "int8") == pytest.approx(100 * 4.5e15)


def test_a_relay_has_no_cards(module: Spacecraft, cards: dict[str, Accelerator]) -> None:
    relay = module.model_copy(update={"compute": None})
    assert accelerator_of(scenario_of(relay, cards), relay) is None
    assert n_cards(relay, None) == op_per_s(relay, None, "int8") == it_power_w(relay) == 0.0
    assert mass_parts_kg(relay)["compute"] == 0.0
    assert hardware(scenario_of(relay, cards), ["m"]).alive_w[0] == 0.0


def test_hardware_ages(module: Spacecraft, cards: dict[str, Accelerator]) -> None:
    new, old, unborn = (
        hardware(scenario_of(module, cards), ["m"], years * JULIAN_YEAR_S, 1000 * max(years, 0), 0.3)
        for years in (0, 5, -1)
    )
    assert old.array_m2[0] == pytest.approx(new.array_m2[0] * 0.99**5)
    assert old.alive_w[0] == pytest.approx(100e3 * 0.91**5)
    assert old.capacity_j[0] < new.capacity_j[0] == pytest.approx(216e6)
    assert np.array_equal(new.rows, unborn.rows)


def test_which_side_sees_the_earth(module: Spacecraft, cards: dict[str, Accelerator]) -> None:
    facing = module.model_copy(update={"radiator": module.radiator.model_copy(update={"attitude": "nadir"})})
    edge, nadir = (hardware(scenario_of(model, cards), ["m"]) for model in (module, facing))
    assert edge.infrared_m2[0] == pytest.approx(2 * 120 * 0.88)
    assert nadir.infrared_m2[0] == pytest.approx(120 * 0.88)
    assert nadir.albedo_m2[0] == pytest.approx(120 * 0.25)
