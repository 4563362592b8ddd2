"""Drive: hardware and supply → the kernels run over a window, spun up and checked against every limit.

The window is taken as repeating: every trajectory is first run for `SPIN_UP_S` through the end of the
window, so that no result depends on a guessed starting temperature or charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError, LimitError
from ..kernels import LANES, ceilings, thermal
from ..kernels import operate as kernel
from ..kernels import replay as replaying
from ..kernels.lanes import n_improper
from ..kernels.vector import unpack
from .course import Supply, packed, slot_of, table
from .hardware import Hardware

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Policy = Literal["shed", "ride-through", "deplete"]

POLICIES: dict[str, int] = {"shed": kernel.SHED, "ride-through": kernel.RIDE, "deplete": kernel.DEPLETE}

SPIN_UP_S = 8 * 3600.0
"""Some five low orbits; the slowest thermal node settles in one."""

BISECTIONS = 40
"""Halvings of the riding load: to 1e-12 of the installed load."""


def derived_rows(hardware: Hardware, step_s: float) -> Floats:
    """Return the hardware packed (block, N_ROWS x LANES), with what follows from it and the step."""
    given = packed(hardware.rows)
    rows = np.zeros((len(given), thermal.N_ROWS, LANES))
    rows[:, : thermal.N_PARAMETERS] = given
    rows[:, : thermal.P_DIE_PLATE_W_PER_K // LANES] /= step_s  # heat capacities
    flat = rows.reshape(len(rows), thermal.N_ROWS * LANES)
    for block in flat:
        thermal.derive(block, step_s)
    return flat


@dataclass(frozen=True)
class _Block:
    """Inputs in the kernels' layout."""

    rows: Floats
    around: Floats
    radio_frac: Floats
    step_s: float

    @classmethod
    def of(cls, hardware: Hardware, supply: Supply) -> _Block:
        """Pack the hardware and work out what follows from it and the step."""
        rows = derived_rows(hardware, supply.step_s)
        return cls(rows, supply.around, supply.radio_frac, supply.step_s)

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def n_steps(self) -> int:
        return int(self.around.shape[1])

    def empty(self, n_rows: int, n_kept: int | None = None) -> Floats:
        return np.empty((self.n, self.n_steps if n_kept is None else n_kept, n_rows * LANES))

    def extremes(self) -> Floats:
        found = np.full((self.n, kernel.N_EXTREMES, LANES), np.inf)
        found[:, kernel.E_DIE_MAX_K // LANES] = -np.inf
        return found.reshape(self.n, kernel.N_EXTREMES * LANES)

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
class Followed:
    """Satellites followed through a window: packed series, ledgers, broken limits, extremes and sums.

    Rows are those of `kernels.operate`.
    """

    heater_w: Floats
    course: Floats
    ledger: Floats
    broken: Floats
    extremes: Floats
    sums: Floats


@dataclass(frozen=True)
class Solved:
    """The largest load of satellites in a window, packed, and where they start idle; `slots` of `slot_s`."""

    load_w: Floats
    lost_w: Floats
    course: Floats
    extremes: Floats
    slots: Floats
    slot_s: float
    start_state: Floats
    idle_state: Floats


def solve(hardware: Hardware, supply: Supply, policy: Policy, slot_s: float, n_kept: int) -> Solved:
    """Follow the idle satellites, then the largest load; series for every step or (`n_kept` 0) none."""
    _require_proper(hardware, supply)
    block = _Block.of(hardware, supply)
    idle_heater_w, idle_state = _idle(hardware, supply, block)
    nothing = np.zeros((block.n, 1, LANES))
    reserve_j = _reserve(block, idle_heater_w) if policy == "deplete" else nothing
    if policy == "ride-through":
        ceiling_w = _ride(block, idle_heater_w)
    else:
        ceiling_w = np.full((block.n, kernel.N_CEILINGS * LANES), np.inf)
    load_w = block.empty(1)
    lost_w, course = block.empty(kernel.N_LOSSES, n_kept), block.empty(kernel.N_COURSE, n_kept)
    slot = slot_of(block.n_steps, block.step_s, slot_s)
    until = _lanes(supply.n_alive.astype(np.float64))
    state = start_state = block.start_state()
    n_failed = 0
    extremes = slots = np.empty(0)
    for first, last in [*block.spin_up(), (0, block.n_steps)]:
        start_state, extremes = state.copy(), block.extremes()
        slots = np.zeros((block.n, slot[-1] + 1, kernel.N_SLOT_SUMS * LANES))
        n_failed += kernel.envelope(
            block.rows, block.around, block.radio_frac, idle_heater_w, reserve_j, ceiling_w, POLICIES[policy],
            block.step_s, first, last, until, slot, state, load_w, lost_w, course, extremes, slots,
        )  # fmt: skip
    _require_converged(n_failed)
    return Solved(load_w, lost_w, course, extremes, slots, slot_s, start_state, idle_state)


def _idle(hardware: Hardware, supply: Supply, block: _Block) -> tuple[Floats, Floats]:
    """Return the heater power of the idle satellites in each step, and their state at the window's start."""
    heater_w, state = block.empty(1), block.start_state()
    start_state, broken = state, np.empty(0)
    n_failed = 0
    for first, last in [*block.spin_up(), (0, block.n_steps)]:
        # a limit broken while spinning up is broken again in the window itself
        start_state, broken = state.copy(), np.zeros((block.n, kernel.N_BROKEN * LANES))
        n_failed += kernel.idle(
            block.rows, block.around, block.radio_frac, block.step_s, first, last, state, heater_w, broken
        )
    _require_converged(n_failed)
    _check(hardware, supply, broken, "with all cards off")
    return heater_w, start_state


def follow(
    hardware: Hardware,
    supply: Supply,
    load_w: Floats,
    start_state: Floats,
    busy_frac: Floats,
    weights: Floats | None,
    n_kept: int,
) -> Followed:
    """Follow satellites under a share of a load; series are kept for every step or (`n_kept` 0) none."""
    busy = np.asarray(busy_frac, dtype=np.float64)
    if not bool(np.all((busy >= 0.0) & (busy <= 1.0 + 1e-12))):
        raise ValueError("a plan uses a share of the envelope between 0 and 1 in every step")
    busy = np.minimum(busy, 1.0)
    in_lanes = packed(busy) if busy.ndim == 2 else np.repeat(busy, LANES).reshape(1, -1, LANES)
    block = _Block.of(hardware, supply)
    course, heater_w = block.empty(kernel.N_COURSE, n_kept), block.empty(1, n_kept)
    sums = np.empty((block.n, 0 if weights is None else block.n_steps, kernel.N_SUMS))
    share = np.zeros((block.n, kernel.N_WEIGHTS * LANES)) if weights is None else weights
    ledger = np.zeros((block.n, kernel.N_LEDGER * LANES))
    broken = np.zeros((block.n, kernel.N_BROKEN * LANES))
    extremes = block.extremes()
    n_failed = replaying.replay(
        block.rows, block.around, block.radio_frac, load_w, _lanes(hardware.idle_frac), in_lanes,
        block.step_s, 0, block.n_steps, start_state.copy(), heater_w, course, ledger, broken, extremes, share,
        sums,
    )  # fmt: skip
    _require_converged(n_failed)
    _check(hardware, supply, broken, "replaying the plan")
    return Followed(heater_w, course, ledger, broken, extremes, sums)


def _reserve(block: _Block, idle_heater_w: Floats) -> Floats:
    after_j = np.zeros((block.n, LANES))
    reserve_j = block.empty(1)
    for _ in range(2):  # the second time from what the repeated window asks for at its end
        ceilings.reserves(
            block.rows, block.around, block.radio_frac, idle_heater_w, block.step_s, after_j, reserve_j
        )
    return reserve_j


def _ride(block: _Block, idle_heater_w: Floats) -> Floats:
    """Return the largest constant loads that the battery and that the die allow, by bisection."""
    alive_w = block.row(thermal.P_ALIVE_W).copy()

    def carries(load_w: Floats) -> Flags:
        stored_j = block.row(thermal.P_CAPACITY_J).copy()
        for first, last in [*block.spin_up(), (0, block.n_steps)]:
            highest_j = np.zeros((block.n, 2 * LANES))
            unmet_w = np.zeros((block.n, LANES))
            ceilings.ride(
                block.rows, block.around, block.radio_frac, idle_heater_w, load_w, block.step_s, first, last,
                stored_j, highest_j, unmet_w,
            )  # fmt: skip
        recovers = highest_j[:, LANES:] >= highest_j[:, :LANES] - 1e-3 * block.row(thermal.P_CAPACITY_J)
        met: Flags = recovers & (unmet_w <= _slack_w(alive_w))
        return met

    def stays_cool(load_w: Floats) -> Flags:
        state = block.start_state()
        for first, last in [*block.spin_up(), (0, block.n_steps)]:
            die_k = np.zeros((block.n, LANES))
            _require_converged(
                ceilings.hottest(
                    block.rows, block.around, block.radio_frac, load_w, first, last, state, die_k
                )
            )
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


def _check(hardware: Hardware, supply: Supply, broken_limits: Floats, doing: str) -> None:
    """Raise LimitError with the worst broken limit of the first satellite that breaks one."""
    broken = table(broken_limits, len(hardware))
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


def _require_converged(n_failed: int) -> None:
    if n_failed:
        raise InvariantError(f"the radiator's heat balance did not converge in {n_failed} satellite-steps")


def _slack_w(power_w: Floats) -> Floats:
    # rounding of a power balance
    slack: Floats = 1e-6 + 1e-10 * power_w
    return slack


def _lanes(values: Floats) -> Floats:
    """Return one value a satellite (s,) as (block, LANES); lanes without one repeat the last."""
    return packed(values[:, None])[:, 0].copy()


def _require_proper(hardware: Hardware, supply: Supply) -> None:
    """Raise InvariantError if something that reaches a satellite is negative or not a finite number."""
    if n_improper(supply.around) + n_improper(supply.radio_frac) == 0:
        return
    n = len(hardware)
    given = (supply.array_w, supply.light_frac, supply.absorbed_w, unpack(supply.radio_frac, n))
    for name, values in zip(("array power", "light", "absorbed heat", "radio"), given, strict=True):
        bad = np.argwhere(~(np.isfinite(values) & (values >= 0.0)))
        if len(bad):
            s, k = bad[0]
            raise InvariantError(f"{name} of {hardware.names[s]} in step {k} is {values[s, k]}")
