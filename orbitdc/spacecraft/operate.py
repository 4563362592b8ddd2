"""Operate: hardware and what reaches it over a window → the envelope of its load, and the replay of a plan.

The window is taken as repeating: every trajectory is first run for `SPIN_UP_S` through the end of the
window, so that no result depends on a guessed starting temperature or charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError, LimitError
from ..kernels import LANES, thermal
from ..kernels import operate as kernel
from .hardware import Hardware

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Policy = Literal["shed", "ride-through", "deplete"]

POLICIES: dict[str, int] = {"shed": kernel.SHED, "ride-through": kernel.RIDE, "deplete": kernel.DEPLETE}

LOSSES = ("power", "eclipse", "battery", "thermal")
"""Limits that cost load inside a satellite, in the order in which they are charged."""

SPIN_UP_S = 8 * 3600.0
"""Some five low orbits; the slowest thermal node settles in one."""

BISECTIONS = 40
"""Halvings of the riding load: to 1e-12 of the installed load."""

RESIDUAL_FRAC = 1e-9
"""Largest share of energy or heat that may be unaccounted for."""

_LEDGER = (
    "array", "housekeeping", "radio", "pump", "heater", "compute", "conversion", "battery", "spilled",
    "stored", "earth", "radiated", "warmed",
)  # fmt: skip
_SPENT = _LEDGER[1:10]
_HEATING = ("housekeeping", "radio", "pump", "heater", "compute", "earth")


@dataclass(frozen=True)
class Supply:
    """What reaches the satellites in each step of a window; shapes (s, t).

    `array_w` is what the array would make in full sunlight, at its terminals; `light_frac` the visible share
    of the Sun; `absorbed_w` Earth's heat on the radiator; `radio_frac` the share of the step spent sending.
    After its end a satellite (`alive` False) has no load and no limit.
    """

    start: datetime
    step_s: float
    array_w: Floats
    light_frac: Floats
    absorbed_w: Floats
    radio_frac: Floats
    alive: Flags


@dataclass(frozen=True)
class Trajectory:
    """Course of the satellites over a window, per unit; shapes (s, t), `ledger_j` (s,) by name."""

    compute_w: Floats
    heater_w: Floats
    soc_frac: Floats
    die_k: Floats
    plate_k: Floats
    radiator_k: Floats
    ledger_j: dict[str, Floats]

    @property
    def energy_residual_frac(self) -> float:
        """Largest share of the electric energy that is neither used, lost, stored nor spilled."""
        book = self.ledger_j
        gone = sum((book[name] for name in _SPENT), np.zeros_like(book["array"]))
        scale = np.maximum(book["array"], book["housekeeping"] + book["compute"])
        return _worst(book["array"] - gone, scale)

    @property
    def heat_residual_frac(self) -> float:
        """Largest share of the heat that is neither radiated nor stored."""
        book = self.ledger_j
        made = sum((book[name] for name in _HEATING), np.zeros_like(book["earth"]))
        return _worst(made - book["radiated"] - book["warmed"], np.maximum(made, book["radiated"]))


@dataclass(frozen=True)
class Envelope:
    """Load that the cards may draw in every step, whole or in part; shapes (s, t), per unit.

    `installed_w` is that of the cards still working while the satellite lives, and `lost_w` what each limit
    takes off it: installed = load + losses. `soc_frac` is the lowest charge any plan inside it can reach,
    the temperatures are the highest. `idle` is the course with all cards off.
    """

    load_w: Floats
    installed_w: Floats
    lost_w: dict[str, Floats]
    soc_frac: Floats
    die_k: Floats
    plate_k: Floats
    radiator_k: Floats
    idle: Trajectory
    start_state: Floats


def envelope(hardware: Hardware, supply: Supply, policy: Policy = "shed") -> Envelope:
    """Return the largest load, step by step, of which any part may be used without breaking a limit.

    First the idle satellite is followed: it is the coldest there can be, so its heater takes the most. The
    load is then what is left after housekeeping, radio, pumps, heater and the charging of the battery that
    pays for them, capped where the die would pass its limit; for the heater the most is set aside that it
    can take under any part of the load. A plan that uses any share of the load in any step thus runs cooler
    than this trajectory, warmer than the idle one, and with more charge.

    Parameters
    ----------
    hardware : Hardware
        Satellites (s,).
    supply : Supply
        What reaches them (s, t).
    policy : {"shed", "ride-through", "deplete"}
        `shed`: cards run on sunlight alone. `ride-through`: the largest constant load that the battery
        carries through the dark, orbit after orbit. `deplete`: in any shadow the cards also run on what the
        battery holds above its floor and above what the idle satellite needs until it is charged again.

    Returns
    -------
    Envelope

    Raises
    ------
    LimitError
        If the satellite cannot even stay idle.

    Assumptions
    -----------
    Charging comes before the cards, except that a riding load is sized for both.

    Source
    ------
    Energy balance of bus and battery; heat balance of die, plate and radiator, implicit Euler.
    """
    block = _Block.of(hardware, supply)
    idle = _run(block, block.empty(1), block.start_state(), spin_up=True)
    _check(hardware, supply, idle, "with all cards off")
    idle_heater_w = np.ascontiguousarray(_part(idle.series, kernel.C_HEATER_W))
    reserve_j = _reserve(block, idle_heater_w) if policy == "deplete" else block.empty(1)
    if policy == "ride-through":
        ceiling_w = _ride(block, idle_heater_w)
    else:
        ceiling_w = np.full((block.n, kernel.N_CEILINGS * LANES), np.inf)
    load_w, lost_w, course = block.empty(1), block.empty(kernel.N_LOSSES), block.empty(kernel.N_COURSE)
    state = start_state = block.start_state()
    n_failed = 0
    for first, last in [*block.spin_up(), (0, block.n_steps)]:
        start_state = state.copy()
        n_failed += kernel.envelope(
            block.rows, block.supply, idle_heater_w, reserve_j, ceiling_w, POLICIES[policy], supply.step_s,
            first, last, state, load_w, lost_w, course,
        )  # fmt: skip
    _require_converged(n_failed)
    alive = supply.alive
    n = len(hardware)
    stored, die, plate, radiator, _ = _unpack_rows(course, n)
    return Envelope(
        load_w=_unpack_rows(load_w, n)[0] * alive,
        installed_w=hardware.alive_w[:, None] * alive,
        lost_w={name: lost * alive for name, lost in zip(LOSSES, _unpack_rows(lost_w, n), strict=True)},
        soc_frac=stored / hardware.capacity_j[:, None],
        die_k=die,
        plate_k=plate,
        radiator_k=radiator,
        idle=_trajectory(hardware, np.zeros_like(alive, dtype=np.float64), idle),
        start_state=start_state,
    )


def replay(hardware: Hardware, supply: Supply, plan: Envelope, busy_frac: Floats) -> Trajectory:
    """Return the course of the satellites when a plan uses a share of the envelope in each step.

    Parameters
    ----------
    hardware, supply
        As given to `envelope`.
    plan : Envelope
        What the plan was made against.
    busy_frac : ndarray (s, t)
        Share of the envelope's load that works, in [0, 1]; the rest of it is on and idle.

    Returns
    -------
    Trajectory
        Loads include idle cards.

    Raises
    ------
    LimitError
        A limit was broken: which satellite, when, by how much, and what to enlarge.
    ValueError
        A share is outside [0, 1].
    InvariantError
        Energy or heat is not conserved to 1e-9.

    Assumptions
    -----------
    Starts as hot as the envelope and with its lowest charge.

    Source
    ------
    The same step function as `envelope`.
    """
    busy = np.asarray(busy_frac, dtype=np.float64)
    if not bool(np.all((busy >= 0.0) & (busy <= 1.0 + 1e-12))):
        raise ValueError("a plan uses a share of the envelope between 0 and 1 in every step")
    idle = hardware.idle_frac[:, None]
    load_w = plan.load_w * (idle + (1.0 - idle) * np.minimum(busy, 1.0))
    block = _Block.of(hardware, supply)
    course = _run(block, _pack_rows(load_w[..., None]), plan.start_state.copy(), spin_up=False)
    _check(hardware, supply, course, "replaying the plan")
    return _trajectory(hardware, load_w, course)


def n_swings(series: Floats, at_least: float) -> tuple[NDArray[np.int64], Floats]:
    """Return how often each row falls and rises again by at least so much, and the mean depth of the falls.

    Parameters
    ----------
    series : ndarray (s, t)
        State of charge, or a temperature [K].
    at_least : float
        Smaller movements are not counted.

    Returns
    -------
    n : ndarray (s,)
        Cycles.
    depth : ndarray (s,)
        Mean fall, 0 where there is none.

    Examples
    --------
    >>> n, depth = n_swings(np.array([[1.0, 0.7, 1.0, 0.9, 0.95, 0.5, 1.0]]), 0.2)
    >>> int(n[0]), float(depth[0])
    (2, 0.4)
    """
    count = np.zeros(series.shape[0], dtype=np.int64)
    depth = np.zeros(series.shape[0])
    kernel.swings(np.ascontiguousarray(series, dtype=np.float64), at_least, count, depth)
    return count, depth / np.maximum(count, 1)


# --- driving the kernels -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """Inputs in the kernels' layout, (n_block, t, LANES)."""

    rows: Floats
    supply: Floats
    step_s: float

    @classmethod
    def of(cls, hardware: Hardware, supply: Supply) -> _Block:
        """Pack; lanes without a satellite repeat the last one."""
        given = (supply.array_w, supply.light_frac, supply.absorbed_w, supply.radio_frac)
        for name, values in zip(("array power", "light", "absorbed heat", "radio"), given, strict=True):
            bad = np.argwhere(~(np.isfinite(values) & (values >= 0.0)))
            if len(bad):
                s, k = bad[0]
                raise InvariantError(f"{name} of {hardware.names[s]} in step {k} is {values[s, k]}")
        rows = hardware.rows.copy()
        rows[:, : thermal.P_DIE_PLATE_W_PER_K // LANES] /= supply.step_s  # heat capacities
        return cls(
            _pack_rows(rows[:, None])[:, 0].copy(), _pack_rows(np.stack(given, axis=-1)), supply.step_s
        )

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def n_steps(self) -> int:
        return int(self.supply.shape[1])

    def empty(self, n_rows: int) -> Floats:
        return np.zeros((self.n, self.n_steps, n_rows * LANES))

    def row(self, offset: int) -> Floats:
        return self.rows[:, offset : offset + LANES]

    def start_state(self) -> Floats:
        """Battery full, everything at the lowest coolant temperature."""
        cold = self.row(thermal.P_COOLANT_MIN_K)
        return np.concatenate([cold, cold, cold, self.row(thermal.P_CAPACITY_J)], axis=1)

    def spin_up(self) -> list[tuple[int, int]]:
        """Return spans of steps that lead up to the start of the window."""
        n_wanted = math.ceil(SPIN_UP_S / self.step_s)
        if n_wanted <= self.n_steps:
            return [(self.n_steps - n_wanted, self.n_steps)]
        return [(0, self.n_steps)] * math.ceil(n_wanted / self.n_steps)


@dataclass(frozen=True)
class _Course:
    series: Floats
    ledger: Floats
    broken: Floats


def _run(block: _Block, load_w: Floats, state: Floats, *, spin_up: bool) -> _Course:
    series = block.empty(kernel.N_COURSE)
    spans = [*(block.spin_up() if spin_up else []), (0, block.n_steps)]
    n_failed = 0
    ledger = broken = np.empty(0)
    for first, last in spans:  # a limit broken while spinning up is broken again in the window itself
        ledger = np.zeros((block.n, kernel.N_LEDGER * LANES))
        broken = np.zeros((block.n, kernel.N_BROKEN * LANES))
        n_failed += kernel.replay(
            block.rows, block.supply, load_w, block.step_s, first, last, state, series, ledger, broken
        )
    _require_converged(n_failed)
    return _Course(series, ledger, broken)


def _reserve(block: _Block, idle_heater_w: Floats) -> Floats:
    after_j = np.zeros((block.n, LANES))
    reserve_j = block.empty(1)
    for _ in range(2):  # the second time from what the repeated window asks for at its end
        kernel.reserves(block.rows, block.supply, idle_heater_w, block.step_s, after_j, reserve_j)
    return reserve_j


def _ride(block: _Block, idle_heater_w: Floats) -> Floats:
    """Return the largest constant loads that the battery and that the die allow, by bisection."""
    alive_w = block.row(thermal.P_ALIVE_W).copy()

    def carries(load_w: Floats) -> Flags:
        stored_j = block.row(thermal.P_CAPACITY_J).copy()
        for first, last in [*block.spin_up(), (0, block.n_steps)]:
            highest_j = np.zeros((block.n, 2 * LANES))
            unmet_w = np.zeros((block.n, LANES))
            kernel.ride(
                block.rows, block.supply, idle_heater_w, load_w, block.step_s, first, last, stored_j,
                highest_j, unmet_w,
            )  # fmt: skip
        recovers = highest_j[:, LANES:] >= highest_j[:, :LANES] - 1e-3 * block.row(thermal.P_CAPACITY_J)
        met: Flags = recovers & (unmet_w <= _slack_w(alive_w))
        return met

    def stays_cool(load_w: Floats) -> Flags:
        state = block.start_state()
        for first, last in [*block.spin_up(), (0, block.n_steps)]:
            die_k = np.zeros((block.n, LANES))
            _require_converged(kernel.hottest(block.rows, block.supply, load_w, first, last, state, die_k))
        cool: Flags = die_k <= block.row(thermal.P_DIE_LIMIT_K)
        return cool

    return np.concatenate([_largest(carries, alive_w), _largest(stays_cool, alive_w)], axis=1)


def _largest(holds: Any, most_w: Floats) -> Floats:
    """Return the largest load in [0, most] that holds, per lane."""
    if bool(np.all(holds(most_w))):
        return most_w
    low, high = np.zeros_like(most_w), most_w.copy()
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        good = holds(middle)
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.where(holds(most_w), most_w, low)


def _check(hardware: Hardware, supply: Supply, course: _Course, doing: str) -> None:
    """Raise LimitError with the worst broken limit of the first satellite that breaks one."""
    broken = _unpack_rows(course.broken[:, None], len(hardware))[:, :, 0].T
    slack = np.column_stack([np.full((len(hardware), 2), 1e-6), *2 * [_slack_w(hardware.it_power_w)]])
    excess = broken[:, : kernel.B_STEP // LANES]
    for s, limit in np.argwhere(excess > slack):
        step = int(broken[s, kernel.B_STEP // LANES + limit])
        when = (supply.start + timedelta(seconds=step * supply.step_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        by = excess[s, limit]
        what = (
            f"die {by:.3g} K above its limit; enlarge radiator.area or lower compute.it_power",
            f"coolant {by:.3g} K below its minimum; enlarge thermal.heater_max or lower thermal.coolant_min",
            f"{by:.3g} W not met with the battery at its floor; enlarge "
            + ("array.area" if supply.light_frac[s, step] >= 1.0 else "battery.capacity"),
            f"{by:.3g} W not met at the largest discharge power; enlarge battery.max_c_rate",
        )[limit]
        raise LimitError(f"spacecraft.{hardware.names[s]} at {when}, {doing}: {what}")


def _trajectory(hardware: Hardware, load_w: Floats, course: _Course) -> Trajectory:
    n = len(hardware)
    stored, die, plate, radiator, heater = _unpack_rows(course.series, n)
    book = _unpack_rows(course.ledger[:, None], n)[:, :, 0]
    trajectory = Trajectory(
        compute_w=load_w,
        heater_w=heater,
        soc_frac=stored / hardware.capacity_j[:, None],
        die_k=die,
        plate_k=plate,
        radiator_k=radiator,
        ledger_j=dict(zip(_LEDGER, book, strict=True)),
    )
    for name in ("energy", "heat"):
        residual = getattr(trajectory, f"{name}_residual_frac")
        if not residual < RESIDUAL_FRAC:
            raise InvariantError(f"{name} is not conserved: {residual:.2e} of it is unaccounted for")
    return trajectory


def _require_converged(n_failed: int) -> None:
    if n_failed:
        raise InvariantError(f"the radiator's heat balance did not converge in {n_failed} satellite-steps")


def _slack_w(power_w: Floats) -> Floats:
    # rounding of a power balance
    slack: Floats = 1e-6 + 1e-10 * power_w
    return slack


def _worst(residual: Floats, scale: Floats) -> float:
    return float(np.max(np.abs(residual) / np.maximum(scale, 1e-300), initial=0.0))


def _pack_rows(values: Floats) -> Floats:
    """Return (s, t, rows) as (n_block, t, rows x LANES)."""
    n, n_steps, n_rows = values.shape
    n_block = -(-n // LANES)
    filled = np.concatenate([values, np.repeat(values[-1:], -n % LANES, axis=0)])
    by_block = filled.reshape(n_block, LANES, n_steps, n_rows).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(by_block).reshape(n_block, n_steps, n_rows * LANES)


def _unpack_rows(packed: Floats, n: int) -> Floats:
    """Return (n_block, t, rows x LANES) as (rows, s, t)."""
    n_block, n_steps, width = packed.shape
    by_row = packed.reshape(n_block, n_steps, width // LANES, LANES).transpose(2, 0, 3, 1)
    return np.ascontiguousarray(by_row.reshape(width // LANES, n_block * LANES, n_steps)[:, :n])


def _part(packed: Floats, row: int) -> Floats:
    return packed[..., row : row + LANES]
