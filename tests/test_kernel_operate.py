"""The battery step and the counters of the operations kernel, against published and hand-worked cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitdc.kernels import LANES, ceilings, kernel, operate, thermal


@kernel
def step(par, stored, net, step_s):  # type: ignore[no-untyped-def]
    thermal.derive(par, step_s)
    return operate.battery_step(par, 0, stored, net, step_s)


def inert() -> np.ndarray:
    """A block in which nothing flows and no division is by zero."""
    par = np.zeros(thermal.N_ROWS * LANES)
    for row in ("DIE_W_PER_K", "PLATE_W_PER_K", "CONVERSION_FRAC", "CHARGE_FRAC", "DISCHARGE_FRAC"):
        first = getattr(thermal, f"P_{row}")
        par[first : first + LANES] = 1.0
    return par


def battery(
    capacity_j: float, floor_j: float = 0.0, rate_w: float = 1e9, charge: float = 1.0, discharge: float = 1.0
) -> np.ndarray:
    par = inert()
    par[thermal.P_CAPACITY_J], par[thermal.P_FLOOR_J], par[thermal.P_RATE_W] = capacity_j, floor_j, rate_w
    par[thermal.P_CHARGE_FRAC], par[thermal.P_DISCHARGE_FRAC] = charge, discharge
    return par


def test_paseos_battery() -> None:
    # validation case battery-paseos (aidotse/PASEOS, power_test.py): 42 s at 1 W, in and then out
    par = battery(10_000.0)
    assert step(par, 500.0, 1.0, 42.0)[0] == pytest.approx(542.0, abs=1e-9)
    assert step(par, 10_000.0, -1.0, 42.0)[0] == pytest.approx(9958.0, abs=1e-9)


def test_efficiencies_by_hand() -> None:
    par = battery(1e6, charge=0.9, discharge=0.8)
    assert step(par, 5e5, 100.0, 10.0) == pytest.approx((5e5 + 900.0, 100.0, 0.0))
    assert step(par, 5e5, -100.0, 10.0) == pytest.approx((5e5 - 1250.0, 0.0, 100.0))


def test_limits_by_hand() -> None:
    par = battery(1000.0, floor_j=300.0, rate_w=50.0, discharge=0.5)
    assert step(par, 990.0, 10.0, 10.0) == pytest.approx((1000.0, 1.0, 0.0))  # room for 10 J
    assert step(par, 500.0, 90.0, 1.0) == pytest.approx((550.0, 50.0, 0.0))  # C-rate
    assert step(par, 900.0, -90.0, 1.0) == pytest.approx((800.0, 0.0, 50.0))  # C-rate
    assert step(par, 310.0, -90.0, 1.0) == pytest.approx((300.0, 0.0, 5.0))  # floor: 10 J deliver 5


@given(
    st.floats(0.3, 1.0), st.floats(-1e4, 1e4), st.floats(1.0, 600.0), st.floats(0.5, 1.0), st.floats(0.5, 1.0)
)
def test_charge_stays_between_floor_and_capacity(
    soc: float, net: float, step_s: float, charge_frac: float, discharge_frac: float
) -> None:
    par = battery(1e6, 3e5, 5e3, charge_frac, discharge_frac)
    new, charge, discharge = step(par, soc * 1e6, net, step_s)
    assert 3e5 - 1e-6 <= new <= 1e6 + 1e-6
    assert 0.0 <= charge <= min(5e3, max(net, 0.0))
    assert 0.0 <= discharge <= min(5e3, max(-net, 0.0))
    kept = soc * 1e6 + (charge_frac * charge - discharge / discharge_frac) * step_s
    assert new == pytest.approx(kept, rel=1e-12)


def test_reserve_is_what_the_dark_ahead_takes() -> None:
    # 3 sunlit steps, 4 dark ones, 3 sunlit: 80 W for 4 x 10 s at 0.8 is 4000 J before the dark.
    par = inert()[None]
    for row, value in {
        thermal.P_HOUSEKEEPING_W: 80.0, thermal.P_CONVERSION_FRAC: 1.0, thermal.P_RATE_W: 1e3,
        thermal.P_CHARGE_FRAC: 0.5, thermal.P_DISCHARGE_FRAC: 0.8,
    }.items():  # fmt: skip
        par[:, row : row + LANES] = value
    thermal.derive(par[0], 10.0)
    supply = np.zeros((1, 10, operate.N_SUPPLY * LANES))
    supply[:, :, operate.Q_ARRAY_W : operate.Q_ARRAY_W + LANES] = 280.0
    supply[:, [0, 1, 2, 7, 8, 9], operate.Q_LIGHT_FRAC : operate.Q_LIGHT_FRAC + LANES] = 1.0
    after, reserve = np.zeros((1, LANES)), np.zeros((1, 10, LANES))
    idle, radio = np.zeros((1, 10, LANES)), np.zeros((1, 10, LANES))
    ceilings.reserves(par, supply, radio, idle, 10.0, after, reserve)
    # needed after each step; a sunlit step stores 200 W x 0.5 x 10 s = 1000 J
    assert reserve[0, :, 0].tolist() == pytest.approx([2000, 3000, 4000, 3000, 2000, 1000, 0, 0, 0, 0])
    assert after[0, 0] == pytest.approx(1000.0)
