"""Envelope and replay of whole satellites: what each limit costs, what is conserved, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import CARD_APART, OUTLAY

from orbitdc.errors import InvariantError, LimitError
from orbitdc.kernels import LANES
from orbitdc.kernels import operate as rows
from orbitdc.kernels.vector import unpack
from orbitdc.scenario.models import Accelerator, Spacecraft
from orbitdc.spacecraft.course import LOSSES, Envelope, Supply
from orbitdc.spacecraft.drive import Policy
from orbitdc.spacecraft.hardware import Hardware, hardware
from orbitdc.spacecraft.operate import account, envelope, n_swings, potential, replay

STEP_S = 60.0
ORBIT, DARK = 100, 18  # steps

BASE: dict[str, dict[str, Any]] = {
    "array": {
        "area": "400 m2", "efficiency": "32 %", "packing": "85 %", "loss": "1 %/yr", "conversion": "95 %",
        "attitude": "sun", "specific_power": "100 W/kg",
    },
    "battery": {
        "capacity": "60 kWh", "min_soc": "30 %", "charge_efficiency": "97 %", "discharge_efficiency": "96 %",
        "max_c_rate": "1 / h", "calendar_fade": "1.5 %/yr", "cycle_fade": "8e-4 %",
        "specific_energy": "150 Wh/kg",
    },
    "radiator": {
        "area": "160 m2", "n_sides": 2, "emissivity": "88 %", "absorptivity": "25 %",
        "attitude": "along-track", "areal_mass": "5 kg/m2",
    },
    "thermal": {
        "die_limit": "85 deg_C", "coolant_min": "-40 deg_C", "heater_max": "60 kW", "die_plate": "0.1 K/kW",
        "plate_radiator": "0.1 K/kW", "die": "100 kJ/K", "plate": "500 kJ/K", "radiator": "400 kJ/K",
    },
    "bus": {"housekeeping": "3 kW", "radio": "500 W", "pump": "1 %", "dry_mass": "800 kg"},
    "compute": {"it_power": "100 kW", "accelerator": "card", "idle": "20 %", "mass_per_power": "6 kg/kW"},
    "radio": {
        "band": "ka", "frequency": "26 GHz", "symbol_rate": "500 Mbaud", "eirp": "40 dBW",
        "implementation": "1 dB",
    },
}  # fmt: skip
CARD = CARD_APART | {
    "all_in_power": "1.25 kW", "int8": "1.5 Pop/s", "fp16": "750 Top/s", "fp4": "0 Top/s", "loss": "9 %/yr",
    "unrestricted": "card",
}  # fmt: skip


def model_of(change: dict[str, dict[str, Any]]) -> Spacecraft:
    """Return the satellite of `BASE` with some of its values changed."""
    parts = {key: part | change.get(key, {}) for key, part in BASE.items()}
    return Spacecraft.model_validate(parts | OUTLAY)


def build(*changes: dict[str, dict[str, Any]], age_s: float = 0.0) -> Hardware:
    """One satellite per set of changes to the base model."""
    models = {f"sat-{i}": model_of(change) for i, change in enumerate(changes or ({},))}
    scenario = SimpleNamespace(
        spacecraft=models, accelerator={"card": Accelerator.model_validate(CARD)}, accelerators="domestic"
    )
    return hardware(scenario, list(models), age_s)  # type: ignore[arg-type]


def supply_of(
    hard: Hardware,
    *,
    n: int = 600,
    dark: int = DARK,
    flux: float = 1361.0,
    step_s: float = STEP_S,
    light: Any = None,
    radio: Any = None,
    n_alive: Any = None,
) -> Supply:
    shape = (len(hard), n)
    if light is None:
        light = np.ones(shape)
        light[:, np.arange(n) % ORBIT >= ORBIT - dark] = 0.0
    if radio is None:
        radio = np.zeros(shape)
        radio[:, np.arange(n) % 250 < 8] = 1.0
    return Supply.of(
        start=datetime(2031, 6, 21, tzinfo=UTC),
        step_s=step_s,
        array_w=np.broadcast_to(hard.array_m2[:, None] * flux, shape).copy(),
        light_frac=light,
        absorbed_w=np.broadcast_to(hard.infrared_m2[:, None] * 237.0 * 0.226, shape).copy(),
        radio_frac=radio,
        n_alive=n_alive,
    )


def adds_up(hard: Hardware, found: Envelope) -> None:
    total = found.load_w + sum(found.lost_w[name] for name in LOSSES)
    assert total == pytest.approx(found.installed_w, rel=1e-12, abs=1e-6)
    for name in LOSSES:
        assert found.lost_w[name].min() >= -1e-6
    assert found.load_w.min() >= 0.0
    assert np.all(found.load_w <= hard.alive_w[:, None] * (1 + 1e-12))


# --- what each limit costs ----------------------------------------------------------------------------------


def test_shed_works_in_the_sun_and_rests_in_the_dark() -> None:
    hard = build()
    supply = supply_of(hard)
    found = envelope(hard, supply)
    adds_up(hard, found)
    dark = supply.light_frac[0] == 0.0
    assert np.all(found.load_w[0, dark] == 0.0)
    assert found.lost_w["eclipse"][0, dark] == pytest.approx(100e3)
    assert np.median(found.load_w[0, ~dark]) == pytest.approx(100e3)
    assert found.most.die_k.max() <= 358.15 + 1e-6
    assert found.most.soc_frac.min() > 0.3
    # By hand: idle dark draws (3 kW + radio) x 1.01 + heater; the charge comes back first, booked on battery.
    assert found.lost_w["battery"][0, ~dark].sum() > 0.0


def test_no_shadow_no_loss() -> None:
    hard = build({"array": {"area": "600 m2"}, "radiator": {"area": "200 m2"}})
    found = envelope(hard, supply_of(hard, dark=0))
    assert found.load_w == pytest.approx(np.full_like(found.load_w, 100e3))


def test_small_array_is_a_power_loss_even_in_the_dark() -> None:
    hard = build({"array": {"area": "200 m2"}})
    supply = supply_of(hard)
    found = envelope(hard, supply)
    adds_up(hard, found)
    # 200 x .32 x .85 x 1361 x .95 less 3 kW x 1.01 (and radio), over 1.01 for the pumps
    sun_w = (200 * 0.32 * 0.85 * 1361 * 0.95 - (3e3 + 500 * unpack(supply.radio_frac, 1)[0]) * 1.01) / 1.01
    assert found.lost_w["power"][0] == pytest.approx(100e3 - sun_w)


def test_small_radiator_is_a_thermal_loss_and_the_die_sits_on_its_limit() -> None:
    large, small = ({"radiator": {"area": area}} for area in ("160 m2", "50 m2"))
    hard = build(large, small)
    found = envelope(hard, supply_of(hard, dark=0))
    adds_up(hard, found)
    assert found.lost_w["thermal"][1].mean() > 10 * found.lost_w["thermal"][0].mean()
    assert found.most.die_k[1].max() == pytest.approx(358.15, abs=1e-6)
    # In balance: sigma eps A T^4 = 1.01 P + 3030 W + Earth, with the drops from die to plate to radiator.
    load, radiator = found.load_w[1, -1], found.most.radiator_k[1, -1]
    rejected = 5.670374419e-8 * 0.88 * 100.0 * radiator**4 - 88.0 * 237.0 * 0.226
    assert rejected == pytest.approx(load * 1.01 + 3030.0, rel=1e-6)
    assert radiator + rejected * 1e-4 + load * 1e-4 == pytest.approx(358.15, abs=1e-4)


def test_ageing_and_lost_cards_lower_the_load() -> None:
    new, old = (envelope(hard, supply_of(hard)) for hard in (build(), build(age_s=5 * 365.25 * 86400.0)))
    assert old.installed_w[0, 0] == pytest.approx(100e3 * 0.91**5)
    assert old.load_w.sum() < new.load_w.sum()


def test_policies_rank_as_they_should() -> None:
    hard = build({"battery": {"capacity": "200 kWh"}, "array": {"area": "600 m2"}})
    supply = supply_of(hard)
    dark = supply.light_frac[0] == 0.0
    shed, ride, deplete = (envelope(hard, supply, name) for name in ("shed", "ride-through", "deplete"))
    for found in (shed, ride, deplete):
        adds_up(hard, found)
        assert found.most.soc_frac.min() >= 0.3 - 1e-9
    assert shed.load_w[0, dark].max() == 0.0
    assert deplete.load_w[0, dark].mean() > 0.3 * 100e3
    assert np.ptp(ride.load_w) <= 1e-6 * 100e3
    assert ride.load_w[0, 0] > 0.5 * 100e3
    assert deplete.load_w.sum() > shed.load_w.sum()
    assert deplete.lost_w["eclipse"].sum() < shed.lost_w["eclipse"].sum()


def test_riding_load_by_hand() -> None:
    # What limits is the charge above the floor, which cards and idle demand draw for 18 min.
    hard = build(
        {"battery": {"capacity": "40 kWh", "max_c_rate": "9 / h"}, "array": {"area": "900 m2"},
         "thermal": {"coolant_min": "-120 deg_C"}, "bus": {"radio": "0 W"}}
    )  # fmt: skip
    found = envelope(hard, supply_of(hard), "ride-through")
    energy_j = 0.7 * 40e3 * 3600.0 * 0.96
    assert found.load_w[0, 0] * 1.01 + 3030.0 == pytest.approx(energy_j / (18 * 60.0), rel=1e-6)
    assert found.most.soc_frac.min() == pytest.approx(0.3, abs=1e-6)


def test_riding_load_respects_the_die() -> None:
    hard = build(
        {"battery": {"capacity": "400 kWh"}, "array": {"area": "900 m2"}, "radiator": {"area": "50 m2"}}
    )
    found = envelope(hard, supply_of(hard), "ride-through")
    adds_up(hard, found)
    assert np.ptp(found.load_w) < 1e-6 * 100e3
    assert found.lost_w["thermal"].sum() > 0.0
    assert found.most.die_k.max() == pytest.approx(358.15, abs=1e-4)


def test_idle_heater_is_set_aside() -> None:
    # A satellite that idles cold needs its heater; the same one with a lower coolant limit does not.
    cold, free = ({"thermal": {"coolant_min": limit}} for limit in ("-20 deg_C", "-120 deg_C"))
    hard = build(cold, free)
    found = envelope(hard, supply_of(hard))
    assert found.idle.heater_w[0].max() > 1e3
    assert found.idle.heater_w[1].max() == 0.0
    assert found.idle.plate_k[0].min() >= 253.15 - 1e-9
    # Busy cards heat the plate themselves: what is set aside for the heater costs a warm satellite nothing.
    sunny = slice(50, 80)
    assert found.load_w[0, sunny] == pytest.approx(found.load_w[1, sunny])
    assert found.load_w[0].sum() <= found.load_w[1].sum()


# --- any plan inside the envelope holds ---------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["shed", "ride-through", "deplete"]))
def test_any_share_of_the_envelope_keeps_every_limit(seed: int, policy: Policy) -> None:
    rng = np.random.default_rng(seed)
    hard = build(
        {"battery": {"capacity": "45 kWh"}, "thermal": {"coolant_min": "-25 deg_C"}},
        {"radiator": {"area": "60 m2"}},
        {"array": {"area": "300 m2"}, "battery": {"capacity": "90 kWh"}},
    )
    supply = supply_of(hard, n=400)
    plan = envelope(hard, supply, policy)
    slots = np.repeat(rng.integers(0, 3, (3, 40)) / 2.0, 10, axis=1)  # off, half, full in 10 min slots
    course = replay(hard, supply, plan, slots)
    assert course.account.energy_residual_frac < 1e-9
    assert course.account.heat_residual_frac < 1e-9
    assert np.all(course.soc_frac >= plan.most.soc_frac - 1e-9)
    assert np.all(course.soc_frac <= 1.0 + 1e-12)
    for name in ("die_k", "plate_k", "radiator_k"):
        found = getattr(course, name)
        assert np.all(found <= getattr(plan.most, name) + 1e-6)
        assert np.all(found >= getattr(plan.idle, name) - 1e-6)


def test_full_plan_follows_the_envelope() -> None:
    hard = build({"thermal": {"coolant_min": "-120 deg_C"}})  # no heater: the two trajectories are one
    supply = supply_of(hard)
    plan = envelope(hard, supply)
    course = replay(hard, supply, plan, np.ones_like(plan.load_w))
    assert np.array_equal(course.compute_w, plan.load_w)
    for name in ("soc_frac", "die_k", "plate_k", "radiator_k"):
        assert getattr(course, name) == pytest.approx(getattr(plan.most, name), rel=1e-12)


def test_idle_cards_draw_power() -> None:
    hard = build()
    supply = supply_of(hard)
    plan = envelope(hard, supply)
    course = replay(hard, supply, plan, np.full_like(plan.load_w, 0.25))
    assert course.compute_w == pytest.approx(plan.load_w * (0.2 + 0.8 * 0.25))


def test_ledger_by_hand() -> None:
    # Always sunlit, full battery: array = used + conversion + spilled, and nothing else moves.
    hard = build({"bus": {"radio": "0 W"}})
    supply = supply_of(hard, dark=0)
    plan = envelope(hard, supply)
    book = replay(hard, supply, plan, np.ones_like(plan.load_w)).account.ledger_j
    span = 600 * STEP_S
    load_j = float(plan.load_w.sum()) * STEP_S
    assert book["array"][0] == pytest.approx(148_076.8 * span)
    assert book["housekeeping"][0] == pytest.approx(3e3 * span)
    assert book["compute"][0] == pytest.approx(load_j)
    assert book["pump"][0] == pytest.approx(0.01 * (3e3 * span + load_j))
    used = book["housekeeping"][0] + book["compute"][0] + book["pump"][0] + book["heater"][0]
    assert book["conversion"][0] == pytest.approx(used * (1 / 0.95 - 1))
    assert book["battery"][0] == book["stored"][0] == 0.0


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "supply", "words"),
    [
        ({"battery": {"capacity": "2 kWh", "max_c_rate": "9 / h"}}, {}, ("floor", "battery.capacity")),
        ({"battery": {"max_c_rate": "0.01 / h"}}, {}, ("discharge", "battery.max_c_rate")),
        ({"thermal": {"heater_max": "1 W", "coolant_min": "0 deg_C"}}, {}, ("coolant", "thermal.heater_max")),
        ({"array": {"area": "5 m2"}}, {"dark": 0}, ("floor", "array.area")),
        ({"bus": {"housekeeping": "150 kW"}, "radiator": {"area": "10 m2"}, "array": {"area": "900 m2"}},
         {"dark": 0}, ("die", "radiator.area")),
    ],
    ids=["floor", "C-rate", "coolant", "array", "die"],
)  # fmt: skip
def test_a_design_that_cannot_idle_is_named(
    change: dict[str, Any], supply: dict[str, Any], words: tuple[str, ...]
) -> None:
    hard = build({}, change)
    with pytest.raises(LimitError) as caught:
        envelope(hard, supply_of(hard, **supply))
    message = str(caught.value)
    assert message.startswith("spacecraft.sat-1 at 2031-06-21T")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_plan_beyond_the_envelope_is_refused() -> None:
    hard = build({"battery": {"capacity": "20 kWh"}, "thermal": {"coolant_min": "-120 deg_C"}})
    supply = supply_of(hard)
    plan = envelope(hard, supply)
    with pytest.raises(ValueError, match="between 0 and 1"):
        replay(hard, supply, plan, np.full_like(plan.load_w, 1.5))
    greedy = replace(
        plan, packed_load_w=np.full_like(plan.packed_load_w, 100e3)
    )  # full load through the dark
    with pytest.raises(LimitError, match="replaying the plan"):
        replay(hard, supply, greedy, np.ones_like(plan.load_w))


def test_not_a_number_is_caught_at_the_door() -> None:
    hard = build()
    light = np.ones((1, 600))
    light[0, 7] = np.nan
    supply = supply_of(hard, light=light)
    with pytest.raises(InvariantError, match="light of sat-0 in step 7"):
        envelope(hard, supply)


def test_the_dead_have_no_load_and_no_limit() -> None:
    hard = build({}, {})
    supply = supply_of(hard, n_alive=np.array([600, 300]))
    plan = envelope(hard, supply)
    assert plan.load_w[1, 300:].sum() == plan.installed_w[1, 300:].sum() == 0.0
    assert np.array_equal(plan.load_w[0, :300], plan.load_w[1, :300])
    course = replay(hard, supply, plan, np.ones_like(plan.load_w))
    assert course.compute_w[1, 300:].sum() == 0.0


# --- invariance ---------------------------------------------------------------------------------------------


def test_order_and_company_change_nothing() -> None:
    changes = [{"radiator": {"area": f"{40 + 3 * i} m2"}} for i in range(70)]  # more than one block
    hard = build(*changes)
    found = envelope(hard, supply_of(hard, n=200))
    turned = build(*changes[::-1])
    back = envelope(turned, supply_of(turned, n=200))
    alone = build(changes[65])
    single = envelope(alone, supply_of(alone, n=200))
    assert np.array_equal(found.load_w, back.load_w[::-1])
    assert np.array_equal(found.most.radiator_k[65], single.most.radiator_k[0])


def test_sums_on_the_way_are_those_of_the_series() -> None:
    hard = build(*({"radiator": {"area": f"{45 + 2 * i} m2"}} for i in range(70)))
    supply = supply_of(hard, n=205, n_alive=np.where(np.arange(70) == 3, 101, 205))
    busy = np.linspace(0.0, 1.0, 205)
    whole, short = envelope(hard, supply), potential(hard, supply, "shed", 600.0)
    assert np.array_equal(short.packed_load_w, whole.packed_load_w)
    first = np.arange(0, 205, 10)
    assert short.loads.load_w == pytest.approx(np.add.reduceat(whole.load_w, first, axis=1), rel=1e-12)
    for name in LOSSES:
        series = np.add.reduceat(whole.lost_w[name], first, axis=1)
        assert short.loads.lost_w[name] == pytest.approx(series, rel=1e-12, abs=1e-6)
    assert np.array_equal(
        short.loads.n_up, np.add.reduceat(whole.installed_w > 0.0, first, axis=1, dtype=int)
    )
    assert np.array_equal(short.max_die_k, whole.most.die_k.max(axis=1))
    assert np.array_equal(short.min_soc_frac, whole.most.soc_frac.min(axis=1))

    weights = np.zeros((2, rows.N_WEIGHTS, LANES))
    weights[0] = [[2.0], [0.01], [0.01 / hard.capacity_j[0]]]
    weights[1, :, :6] = weights[0, :, :6]
    course = replay(hard, supply, whole, busy)
    found = account(hard, supply, short, busy, weights.reshape(2, -1))
    total = found.sums.sum(axis=0)
    assert total[:, rows.T_LOAD_W] == pytest.approx(2.0 * course.compute_w.sum(axis=0), rel=1e-12)
    assert total[:, rows.T_HEATER_W] == pytest.approx(2.0 * course.heater_w.sum(axis=0), rel=1e-12)
    assert total[:, rows.T_SOC_FRAC] == pytest.approx(0.01 * course.soc_frac.sum(axis=0), rel=1e-12)
    assert total[:, rows.T_RADIATOR_K] == pytest.approx(0.01 * course.radiator_k.sum(axis=0), rel=1e-12)
    assert np.array_equal(found.sums[..., rows.T_DIE_MAX_K].max(axis=0), course.die_k.max(axis=0))
    assert np.array_equal(found.min_plate_k, course.plate_k.min(axis=1))
    for name, ledger in found.ledger_j.items():
        assert np.array_equal(ledger, course.account.ledger_j[name])


def test_half_the_step_converges() -> None:
    # Total work of six orbits at 120, 60, 30 s: first order, so that the difference halves.
    totals = []
    for step_s in (120.0, 60.0, 30.0):
        hard = build({"radiator": {"area": "60 m2"}})
        n = round(600 * 60.0 / step_s)
        t = np.arange(n) * step_s
        light = np.where(t % 6000.0 >= 4800.0, 0.0, 1.0)[None]
        supply = supply_of(hard, n=n, step_s=step_s, light=light, radio=np.zeros_like(light))
        totals.append(float(envelope(hard, supply).load_w.sum()) * step_s)
    assert abs(totals[2] - totals[1]) < 0.7 * abs(totals[1] - totals[0])
    assert totals[2] == pytest.approx(totals[1], rel=5e-3)


def test_swings_by_hand() -> None:
    series = np.array([[1.0, 0.6, 0.9, 0.85, 0.9, 0.3, 1.0, 0.5], [1.0, 0.9, 1.0, 0.9, 1.0, 0.9, 1.0, 0.9]])
    n, depth = n_swings(series, 0.2)
    assert n.tolist() == [2, 0]
    assert depth.tolist() == pytest.approx([(0.4 + 0.6) / 2, 0.0])
