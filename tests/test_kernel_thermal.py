"""The implicit heat step against closed forms and an independent solution of the same equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq

from orbitdc.constants import STEFAN_BOLTZMANN_W_PER_M2_K4 as SIGMA
from orbitdc.kernels import LANES, kernel, thermal

Floats = NDArray[np.float64]

PLAIN = {
    thermal.P_DIE_W_PER_K: 1e5 / 60.0,
    thermal.P_PLATE_W_PER_K: 5e5 / 60.0,
    thermal.P_RADIATOR_W_PER_K: 4e5 / 60.0,
    thermal.P_DIE_PLATE_W_PER_K: 1e4,
    thermal.P_PLATE_RADIATOR_W_PER_K: 1e4,
    thermal.P_EMIT_W_PER_K4: 0.88 * SIGMA * 240.0,
    thermal.P_DIE_LIMIT_K: 358.15,
    thermal.P_COOLANT_MIN_K: 233.15,
    thermal.P_HEATER_MAX_W: 1e6,
    thermal.P_PUMP_FRAC: 0.01,
}
"""A 100 kW satellite, 60 s steps."""


@kernel
def step(par, work):  # type: ignore[no-untyped-def]
    thermal.derive(par, 60.0)
    return thermal.heat_step(par, work)


@kernel
def idle(par, work):  # type: ignore[no-untyped-def]
    thermal.derive(par, 60.0)
    n_left = 0
    for j in range(LANES):
        n_left += thermal.held(par, work, j)
    return thermal.mend_idle(par, work) if n_left > 0 else 0


@kernel
def limit(par, work):  # type: ignore[no-untyped-def]
    thermal.derive(par, 60.0)
    return thermal.largest_load(par, work)


def rows(n: int, values: dict[int, float | Floats]) -> Floats:
    flat = np.zeros(n * LANES)
    for offset, value in values.items():
        flat[offset : offset + LANES] = value
    return flat


def parameters(**changed: float) -> Floats:
    return rows(thermal.N_ROWS, PLAIN | {getattr(thermal, "P_" + key): v for key, v in changed.items()})


def state_of(die: float | Floats, plate: float | Floats, radiator: float | Floats) -> Floats:
    return rows(
        thermal.N_STATES,
        {thermal.S_DIE_K: die, thermal.S_PLATE_K: plate, thermal.S_RADIATOR_K: radiator},
    )


def advance(
    par: Floats, state: Floats, load: float | Floats, bus: float = 0.0, absorbed: float = 0.0, run=step
) -> dict[str, Floats]:
    """One step; the state is overwritten with what comes out."""
    work = rows(
        thermal.N_WORK,
        {thermal.W_LOAD_W: load, thermal.W_BUS_HEAT_W: bus, thermal.W_ABSORBED_W: absorbed},
    )
    work[: 3 * LANES] = state[: 3 * LANES]
    assert run(par, work) == 0
    out = {
        name: work[offset : offset + LANES].copy()
        for name, offset in {
            "die": thermal.W_DIE_K, "plate": thermal.W_PLATE_K, "radiator": thermal.W_RADIATOR_K,
            "heater": thermal.W_HEATER_W,
        }.items()
    }  # fmt: skip
    for offset, name in enumerate(("die", "plate", "radiator")):
        state[offset * LANES : (offset + 1) * LANES] = out[name]
    return out


# --- validation ---------------------------------------------------------------------------------------------


def cool(n_steps: int, heat_j_per_k: float) -> float:
    """A lone radiator, 1 m2 black, 300 K, no input, one hour in `n_steps`."""
    tiny = 1e-12
    dt = 3600.0 / n_steps
    par = parameters(
        DIE_W_PER_K=tiny, PLATE_W_PER_K=tiny, RADIATOR_W_PER_K=heat_j_per_k / dt, EMIT_W_PER_K4=SIGMA,
        PUMP_FRAC=0.0, COOLANT_MIN_K=0.0,
    )  # fmt: skip
    state = state_of(300.0, 300.0, 300.0)
    for _ in range(n_steps):
        out = advance(par, state, 0.0)
    return float(out["radiator"][0])


def test_cooling_closed_form() -> None:
    # validation case thermal-cooling: T = (T0^-3 + 3 sigma eps A t / C)^(-1/3), tolerance 0.01 K
    assert cool(60, 1e6) == pytest.approx(298.364514, abs=0.01)


def test_order_one_in_the_step() -> None:
    # Same case with C = 1e3 J/K: half the step, half the error; extrapolated, it hits the closed form.
    exact = 115.474889
    coarse, fine = cool(400, 1e3), cool(800, 1e3)
    assert (coarse - exact) / (fine - exact) == pytest.approx(2.0, rel=0.02)
    assert 2.0 * fine - coarse == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(
    ("absorbed", "emitting", "expected_k"),
    [(1361.0 * np.pi, 4.0 * np.pi, 278.3214), (1361.0, 1.0, 393.6059), (1361.0, 2.0, 330.9818)],
    ids=["sphere", "plate insulated", "plate two sides"],
)
def test_equilibria_are_fixed_points(absorbed: float, emitting: float, expected_k: float) -> None:
    # validation cases thermal-isothermal_sphere, thermal-flat_plate: closed forms, relative 1e-5
    par = parameters(
        DIE_W_PER_K=1e-3, PLATE_W_PER_K=1e-3, RADIATOR_W_PER_K=1e-3, EMIT_W_PER_K4=SIGMA * emitting,
        COOLANT_MIN_K=0.0,
    )  # fmt: skip
    state = state_of(300.0, 300.0, 300.0)
    for _ in range(20):
        out = advance(par, state, 0.0, absorbed=absorbed)
    assert out["radiator"][0] == pytest.approx(expected_k, rel=1e-5)
    assert out["die"][0] == pytest.approx(expected_k, rel=1e-5)


def test_one_newton_iteration_would_be_wrong() -> None:
    # The trap this guards: at 600 s a single iteration from the old temperature misses by tens of kelvins.
    heat, emit, t0, dt = 2e4, 0.9 * SIGMA * 2.0, 350.0, 600.0
    par = parameters(
        DIE_W_PER_K=1e-12, PLATE_W_PER_K=1e-12, RADIATOR_W_PER_K=heat / 20.0 / dt, EMIT_W_PER_K4=emit,
        PUMP_FRAC=0.0, COOLANT_MIN_K=0.0,
    )  # fmt: skip
    a = heat / 20.0 / dt
    true_k = brentq(lambda t: a * (t - t0) + emit * t**4, 1.0, t0, xtol=1e-10)
    once_k = t0 - emit * t0**4 / (a + 4.0 * emit * t0**3)
    assert abs(once_k - true_k) > 50.0
    assert advance(par, state_of(t0, t0, t0), 0.0)["radiator"][0] == pytest.approx(true_k, abs=1e-8)


# --- the step against an independent solution --------------------------------------------------------------


def solve_apart(
    par: Floats, state: Floats, load: float, bus: float, absorbed: float, heater: float
) -> Floats:
    """Solve the three balances for given loads: two linear ones by matrix, the radiator's by bracketing."""
    p = [float(par[i * LANES]) for i in range(thermal.N_PARAMETERS)]
    die, plate, radiator = (float(state[i * LANES]) for i in range(3))
    cd, cp, cr, gd, gr, emit = p[:6]
    pump = p[thermal.P_PUMP_FRAC // LANES]

    def nodes(t_radiator: float) -> Floats:
        matrix = np.array([[cd + gd, -gd], [-gd, cp + gd + gr]])
        right = np.array([cd * die + load, cp * plate + bus + pump * load + heater + gr * t_radiator])
        return np.append(np.linalg.solve(matrix, right), t_radiator)

    def balance(t: float) -> float:
        t_plate = nodes(t)[1]
        return cr * (t - radiator) + emit * t**4 - gr * (t_plate - t) - absorbed

    return nodes(brentq(balance, 1.0, 2000.0, xtol=1e-11, rtol=1e-15))


temperatures = st.floats(200.0, 400.0)
watts = st.floats(0.0, 3e5)


@settings(max_examples=40, deadline=None)
@given(temperatures, temperatures, temperatures, watts, st.floats(0.0, 1e4), st.floats(0.0, 3e4))
def test_step_solves_the_three_balances(
    die: float, plate: float, radiator: float, load: float, bus: float, absorbed: float
) -> None:
    par, start = parameters(), state_of(die, plate, radiator)
    out = advance(par, start.copy(), load, bus, absorbed)
    heater = float(out["heater"][0])
    expected = solve_apart(par, start, load, bus, absorbed, heater)
    found = [out["die"][0], out["plate"][0], out["radiator"][0]]
    assert found == pytest.approx(list(expected), abs=1e-7)
    unheated = solve_apart(par, start, load, bus, absorbed, 0.0)[1]
    if unheated > 233.15 + 1e-6:
        assert heater == 0.0
    else:  # it is cold: the heater holds the plate exactly
        assert heater >= 0.0
        assert out["plate"][0] == pytest.approx(233.15, abs=1e-9)


def test_a_small_heater_lets_the_plate_slip() -> None:
    par = parameters(HEATER_MAX_W=500.0)
    start = state_of(234.0, 233.2, 220.0)
    out = advance(par, start.copy(), 0.0, 0.0, 0.0)
    assert out["heater"][0] == 500.0
    assert out["plate"][0] < 233.15
    assert [out["die"][0], out["plate"][0], out["radiator"][0]] == pytest.approx(
        list(solve_apart(par, start, 0.0, 0.0, 0.0, 500.0)), abs=1e-7
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(240.0, 358.0), st.floats(240.0, 350.0), st.floats(200.0, 340.0), st.floats(0.0, 2e4))
def test_largest_load_puts_the_die_on_its_limit(
    die: float, plate: float, radiator: float, bus: float
) -> None:
    par, start = parameters(), state_of(die, plate, radiator)
    work = rows(thermal.N_WORK, {thermal.W_BUS_HEAT_W: bus, thermal.W_ABSORBED_W: 1e4})
    work[: 3 * LANES] = start[: 3 * LANES]
    assert limit(par, work) == 0
    load = float(work[thermal.W_LIMIT_W])
    end = advance(par, start.copy(), load, bus, 1e4)["die"][0]
    assert end == pytest.approx(358.15, abs=1e-8) if load > 0.0 else end >= 358.15 - 1e-8


@settings(max_examples=40, deadline=None)
@given(
    temperatures, temperatures, temperatures, st.floats(0.0, 1e4), st.floats(0.0, 3e4), st.floats(1e2, 1e5)
)
def test_idle_step_is_the_step_without_load(
    die: float, plate: float, radiator: float, bus: float, absorbed: float, heater_max: float
) -> None:
    # another order of the same equations; mixed lanes, some free, some held, some slipping
    par = parameters(HEATER_MAX_W=heater_max)
    spread = np.linspace(-40.0, 40.0, LANES)
    start = state_of(die + spread, plate + spread, radiator + spread)
    found = advance(par, start.copy(), 0.0, bus, absorbed, run=idle)
    expected = advance(par, start.copy(), 0.0, bus, absorbed)
    for name, tolerance in (("die", 1e-9), ("plate", 1e-9), ("radiator", 1e-9), ("heater", 1e-4)):
        assert found[name] == pytest.approx(expected[name], abs=tolerance)


# --- properties (validation.md section 3, item 6) -----------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(temperatures, temperatures, temperatures, watts, st.floats(1.0, 1e5))
def test_more_heat_is_never_colder(
    die: float, plate: float, radiator: float, load: float, more: float
) -> None:
    par = parameters()
    less, extra = (advance(par, state_of(die, plate, radiator), w, 1e3, 1e3) for w in (load, load + more))
    for name in ("die", "plate", "radiator"):
        assert extra[name][0] >= less[name][0] - 1e-9
    assert extra["heater"][0] <= less["heater"][0] + 1e-6


def test_equilibrium_does_not_depend_on_heat_capacity() -> None:
    ends = []
    for scale in (0.1, 1.0, 10.0):
        par = parameters(
            DIE_W_PER_K=scale * 1e5 / 6000,
            PLATE_W_PER_K=scale * 5e5 / 6000,
            RADIATOR_W_PER_K=scale * 4e5 / 6000,
        )
        state = state_of(300.0, 300.0, 300.0)
        for _ in range(80):
            out = advance(par, state, 8e4, 3e3, 1e4)
        ends.append([out[name][0] for name in ("die", "plate", "radiator")])
    assert ends[0] == pytest.approx(ends[1], abs=1e-6)
    assert ends[2] == pytest.approx(ends[1], abs=1e-6)
    radiated = 0.88 * SIGMA * 240.0 * ends[1][2] ** 4
    assert radiated == pytest.approx(8e4 * 1.01 + 3e3 + 1e4, rel=1e-9)


def test_no_input_falls_to_the_sink_and_not_below() -> None:
    par = parameters(COOLANT_MIN_K=0.0, PLATE_W_PER_K=5e5 / 600, RADIATOR_W_PER_K=4e5 / 600)
    sink = (1e4 / (0.88 * SIGMA * 240.0)) ** 0.25
    state = state_of(330.0, 320.0, 310.0)
    last = 330.0
    for _ in range(150):
        out = advance(par, state, 0.0, 0.0, 1e4)
        assert sink - 1e-9 <= out["radiator"][0] <= last + 1e-9
        last = float(out["radiator"][0])
    assert last == pytest.approx(sink, abs=0.05)


@pytest.mark.parametrize("run", [step, idle])
def test_lanes_do_not_see_each_other(run) -> None:
    # Neighbours in a block must not change the last bit: results may not depend on how satellites are packed.
    rng = np.random.default_rng(5)
    die, plate, radiator = rng.uniform(210.0, 300.0, (3, LANES))
    load = rng.uniform(0.0, 2e5, LANES) * rng.integers(0, 2, LANES) * (run is step)
    par = parameters(HEATER_MAX_W=2e3)
    mixed = advance(par, state_of(die, plate, radiator), load, 100.0, 1e3, run)
    assert len({*(mixed["heater"] == 0.0), *(mixed["heater"] == 2e3)}) == 2  # hot, heated and slipping lanes
    for j in range(0, LANES, 7):
        alone = advance(par, state_of(die[j], plate[j], radiator[j]), load[j], 100.0, 1e3, run)
        for name, values in mixed.items():
            assert values[j] == alone[name][j]
