"""Operations by slot: they add up to what is installed, and follow the light of the days they stand for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitdc.capacity import LIMITS, Capacity, capacity, per_step, reweight
from orbitdc.spacecraft.course import SlotLoads

RATE = 1e15  # op/s of one unit, all cards


def made(load_w: list[float], lost_w: dict[str, list[float]], alive_frac: float = 1.0) -> Capacity:
    """One place of two units of 100 W, steps of 60 s, slots of 120 s."""
    card = SimpleNamespace(all_in_power_w=50.0, int8_op_per_s=RATE / 2.0)
    model = SimpleNamespace(compute=SimpleNamespace(it_power_w=100.0, accelerator="card"))
    scenario: Any = SimpleNamespace(
        spacecraft={"m": model}, accelerator={"card": card}, accelerators="domestic", report_precision="int8",
        time=SimpleNamespace(step_s=60.0),
    )  # fmt: skip
    hard: Any = SimpleNamespace(
        names=("m",), it_power_w=np.array([100.0]), alive_w=np.array([100.0 * alive_frac])
    )
    zero = [0.0] * len(load_w)
    first = np.arange(0, len(load_w), 2)
    loads = SlotLoads(
        n_up=np.diff(np.append(first, len(load_w)))[None],
        load_w=np.add.reduceat([load_w], first, axis=1),
        lost_w={name: np.add.reduceat([lost_w.get(name, zero)], first, axis=1) for name in LIMITS[1:]},
    )
    return capacity(scenario, SimpleNamespace(n_units=np.array([2])), hard, loads, 120.0)  # type: ignore[arg-type]


def adds_up(found: Capacity) -> None:
    total = found.op + sum(found.lost_op.values())
    assert total == pytest.approx(found.installed_op, rel=1e-12)
    assert found.op.min() >= 0.0
    for lost in found.lost_op.values():
        assert lost.min() >= 0.0


def test_by_hand() -> None:
    found = made([90.0, 45.0, 0.0, 0.0, 90.0], {"eclipse": [0.0, 45.0, 90.0, 90.0, 0.0]}, alive_frac=0.9)
    adds_up(found)
    unit = 2 * RATE * 60.0  # both units, a step at full power
    assert found.installed_op[0].tolist() == pytest.approx(
        [2 * unit, 2 * unit, unit]
    )  # the last slot is half
    assert found.op[0].tolist() == pytest.approx([1.35 * unit, 0.0, 0.9 * unit])
    assert found.lost_op["radiation"][0].tolist() == pytest.approx([0.2 * unit, 0.2 * unit, 0.1 * unit])
    assert found.binding[0].tolist() == ["eclipse", "eclipse", "radiation"]
    assert found.levels() == pytest.approx(
        {"installed": 5 * unit, "radiation": 4.5 * unit, "power": 4.5 * unit, "eclipse": 2.25 * unit,
         "battery": 2.25 * unit, "thermal": 2.25 * unit, "link": 2.25 * unit}
    )  # fmt: skip
    assert list(found.levels().values()) == sorted(found.levels().values(), reverse=True)


def test_nothing_lost_nothing_binds() -> None:
    assert made([100.0] * 4, {}).binding.tolist() == [["none", "none"]]


def test_reweight_by_hand() -> None:
    found = made([100.0, 100.0, 0.0, 0.0], {"eclipse": [0.0, 0.0, 100.0, 100.0]})
    unit = 2 * RATE * 60.0
    darker, brighter, full = (reweight(found, ratio) for ratio in (0.8, 1.5, 9.0))
    assert darker.op[0].tolist() == pytest.approx([1.6 * unit, 0.0])
    assert darker.lost_op["eclipse"][0].tolist() == pytest.approx([0.4 * unit, 2 * unit])
    assert brighter.op.sum() == pytest.approx(1.5 * found.op.sum())
    assert full.op == pytest.approx(found.installed_op)
    for each in (darker, brighter, full):
        adds_up(each)


def test_irradiance_moves_only_what_the_array_limits() -> None:
    found = made([100.0, 100.0, 50.0, 50.0], {"power": [0.0, 0.0, 50.0, 50.0]})
    dim = reweight(found, 1.0, 0.9)
    assert dim.op[0] == pytest.approx(found.op[0] * [1.0, 0.9])
    adds_up(dim)


shares = st.lists(st.floats(0.0, 100.0), min_size=6, max_size=6)


@given(shares, shares, st.floats(0.0, 3.0), st.floats(0.9, 1.1))
def test_reweighting_keeps_the_books(
    load: list[float], dark: list[float], sunlit: float, flux: float
) -> None:
    eclipse = [min(d, 100.0 - w) for w, d in zip(load, dark, strict=True)]
    power = [100.0 - w - e for w, e in zip(load, eclipse, strict=True)]
    found = made(load, {"eclipse": eclipse, "power": power})
    new = reweight(found, sunlit, flux)
    total = new.op + sum(new.lost_op.values())
    assert total == pytest.approx(found.installed_op, rel=1e-9)
    floor = -1e-9 * found.installed_op.max()
    assert new.op.min() >= floor
    assert min(lost.min() for lost in new.lost_op.values()) >= floor
    assert np.array_equal(new.installed_op, found.installed_op)


def test_slots_to_steps() -> None:
    assert per_step(np.array([1.0, 2.0, 3.0]), 120.0, 60.0, 5).tolist() == [1.0, 1.0, 2.0, 2.0, 3.0]
    assert per_step(np.array([1.0, 2.0]), 600.0, 60.0, 20).tolist() == [1.0] * 10 + [2.0] * 10
