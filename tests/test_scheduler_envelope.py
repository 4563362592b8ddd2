"""What the envelope policy costs: the best plan inside it against one with the charge as a variable."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks/decisions/009_envelope_policy_against_free_charge.py"


@pytest.fixture(scope="module")
def record():
    spec = importlib.util.spec_from_file_location("record", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_envelope_policy_beats_free_charge_and_shed_loses_what_it_sheds(record):
    """Shed rests in the dark: a sixth of the orbit, of which free charge can carry a part."""
    found = record.shares(0.5)
    assert all(0.0 < share <= 1.0 + 1e-9 for share in found.values())
    assert 1.0 - record.DARK / record.ORBIT < found["shed"] < 0.95
    assert found["deplete"] > found["shed"]


def test_a_battery_that_carries_the_night_makes_riding_through_best(record):
    """Worked by hand: with power and charge in plenty all work is done all the time."""
    plenty = {"spacecraft.integrator-100kw.battery.capacity": "600 kWh"}
    plenty["spacecraft.integrator-100kw.array.area"] = "900 m2"
    hard, supply = record.satellite(**plenty)
    alive_w = float(hard.alive_w[0])
    assert record.free_w(hard, supply, 0.5 * alive_w) == pytest.approx(2.0 * alive_w, rel=1e-6)
    assert record.best_w(np.full(supply.n_steps, alive_w), 0.5 * alive_w, alive_w) == pytest.approx(
        2.0 * alive_w
    )
    assert record.shares(0.5, **plenty)["ride-through"] > record.shares(0.5)["ride-through"]
