"""Course of satellites over a window: packed series of the kernels → series by satellite on request.

Series stay as the kernels wrote them, (block, t, rows x LANES); what a property returns is unpacked when
asked for, so that a run, which only needs sums and extremes, never pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..kernels import LANES
from ..kernels import operate as kernel
from ..kernels.vector import pack, unpack

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LOSSES = ("power", "eclipse", "battery", "thermal")
"""Limits that cost load inside a satellite, in the order in which they are charged."""

SILENCE = "link"
"""Limit on which the load of satellites in safe mode is booked: nobody commanded them."""

LOSS_ROWS = dict(
    zip(LOSSES, (kernel.X_POWER_W, kernel.X_ECLIPSE_W, kernel.X_BATTERY_W, kernel.X_THERMAL_W), strict=True)
)

LEDGER = (
    "array", "housekeeping", "radio", "pump", "heater", "compute", "conversion", "battery", "spilled",
    "stored", "earth", "radiated", "warmed",
)  # fmt: skip
"""Names of the rows `L_...` of `kernels.operate`."""

_SPENT = LEDGER[1:10]
_HEATING = ("housekeeping", "radio", "pump", "heater", "compute", "earth")


@dataclass(frozen=True)
class Supply:
    """What reaches the satellites in each step of a window.

    Packed (block, t, ...) for the kernels: `around` has the rows `Q_...` of `kernels.operate`, `radio_frac`
    the share of the step spent sending; by satellite (s, t): `array_w`, what the array would make in full
    sunlight, at its terminals; `light_frac`, the visible share of the Sun; `absorbed_w`, Earth's heat on
    the radiator. From step `n_alive` (s,) on a satellite is dead: it has no load and no limit.
    """

    start: datetime
    step_s: float
    around: Floats
    radio_frac: Floats
    n_alive: Integers

    @classmethod
    def of(
        cls,
        start: datetime,
        step_s: float,
        array_w: Floats,
        light_frac: Floats,
        absorbed_w: Floats,
        radio_frac: Floats,
        n_alive: Integers | None = None,
    ) -> Supply:
        """Return the supply of series by satellite (s, t); lanes without one repeat the last."""
        n, n_steps = array_w.shape
        around = np.concatenate([packed(each) for each in (array_w, light_frac, absorbed_w)], axis=-1)
        ends = np.full(n, n_steps) if n_alive is None else n_alive
        return cls(start, step_s, around, packed(radio_frac), ends)

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return int(self.around.shape[1])

    @property
    def array_w(self) -> Floats:
        """Array power in full sunlight (s, t)."""
        return _row(self.around, kernel.Q_ARRAY_W, len(self.n_alive))

    @property
    def light_frac(self) -> Floats:
        """Visible share of the Sun (s, t)."""
        return _row(self.around, kernel.Q_LIGHT_FRAC, len(self.n_alive))

    @property
    def absorbed_w(self) -> Floats:
        """Earth's heat on the radiator (s, t)."""
        return _row(self.around, kernel.Q_ABSORBED_W, len(self.n_alive))


@dataclass(frozen=True)
class SlotLoads:
    """Largest loads summed over the steps that start in each slot, per unit; shapes (s, k).

    `n_up`: steps with cards at work; `load_w` and `lost_w`, what each limit takes off: sums of powers, so
    that times the step they are energies.
    """

    n_up: Integers
    load_w: Floats
    lost_w: dict[str, Floats]

    @classmethod
    def joined(cls, parts: Sequence[SlotLoads]) -> SlotLoads:
        """Return the loads of groups of satellites, one after the other."""
        return cls(
            np.concatenate([part.n_up for part in parts]),
            np.concatenate([part.load_w for part in parts]),
            {name: np.concatenate([part.lost_w[name] for part in parts]) for name in (*LOSSES, SILENCE)},
        )


@dataclass(frozen=True)
class Potential:
    """What satellites could do in a window, per unit: all that a run keeps of their envelope.

    Packed: `packed_load_w` (block, t, LANES), the largest load of the cards, and `start_state` (block, ...)
    with the rows `S_...` of `kernels.thermal`. `loads` is that load by slot. Under it, `max_die_k` and
    `min_soc_frac` (s,) are the highest temperature and the lowest charge.
    """

    packed_load_w: Floats
    start_state: Floats
    loads: SlotLoads
    max_die_k: Floats
    min_soc_frac: Floats

    def awake(self, asleep_frac: Floats, step_s: float, slot_s: float) -> Potential:
        """Return what is left when satellites spend a share of each step in safe mode.

        Parameters
        ----------
        asleep_frac : array (block, t, LANES)
            Packed shares; the cards are off meanwhile, which no limit forbids.
        step_s, slot_s : float [s]
            Lengths of a step and of a slot.
        """
        if not asleep_frac.any():
            return self
        n, n_slots = self.loads.load_w.shape
        silent_w = np.zeros((n, n_slots))
        step_w = unpack(self.packed_load_w * asleep_frac, n)
        np.add.at(silent_w.T, slot_of(step_w.shape[1], step_s, slot_s), step_w.T)
        loads = replace(
            self.loads,
            load_w=self.loads.load_w - silent_w,
            lost_w={**self.loads.lost_w, SILENCE: silent_w},
        )
        return replace(self, packed_load_w=self.packed_load_w * (1.0 - asleep_frac), loads=loads)


@dataclass(frozen=True)
class Account:
    """What satellites did in a window, per unit: all that a run keeps of their course.

    `ledger_j` (s,) by name; extremes (s,); `sums` (block, t, `kernels.operate.N_SUMS`), weighted, over
    satellites.
    """

    ledger_j: dict[str, Floats]
    min_soc_frac: Floats
    min_plate_k: Floats
    sums: Floats

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
class Course:
    """Course of the satellites step by step, per unit; by satellite (s, t), unpacked when asked for.

    `course` (block, t, ...) is packed, with the rows `C_...` of `kernels.operate`.
    """

    course: Floats
    capacity_j: Floats

    @property
    def compute_w(self) -> Floats:
        """Power of the cards."""
        return self._row(kernel.C_LOAD_W)

    @property
    def soc_frac(self) -> Floats:
        """State of charge at the end of each step."""
        return self._row(kernel.C_STORED_J) / self.capacity_j[:, None]

    @property
    def die_k(self) -> Floats:
        """Temperature of the die."""
        return self._row(kernel.C_DIE_K)

    @property
    def plate_k(self) -> Floats:
        """Temperature of the cold plate."""
        return self._row(kernel.C_PLATE_K)

    @property
    def radiator_k(self) -> Floats:
        """Temperature of the radiator."""
        return self._row(kernel.C_RADIATOR_K)

    def _row(self, row: int) -> Floats:
        return _row(self.course, row, len(self.capacity_j))


@dataclass(frozen=True)
class Trajectory(Course):
    """Course of the satellites with their heaters and what it adds up to."""

    packed_heater_w: Floats
    account: Account

    @property
    def heater_w(self) -> Floats:
        """Power of the heater."""
        return _row(self.packed_heater_w, 0, len(self.capacity_j))


@dataclass(frozen=True)
class Envelope(Potential):
    """Load that the cards may draw in every step, whole or in part, per unit.

    `most` is the course under that load: the lowest charge that any plan inside it can reach, the highest
    temperatures. `idle` is the course with all cards off. `packed_lost_w` (block, t, ...) has the rows
    `X_...` of `kernels.operate`. `alive_w` (s,) is what the cards still working take while the satellite
    lives, up to step `n_alive`; what each limit takes off it is lost: installed = load + losses.
    """

    most: Course
    idle: Trajectory
    packed_lost_w: Floats
    alive_w: Floats
    n_alive: Integers

    @property
    def load_w(self) -> Floats:
        """Largest load (s, t)."""
        return _row(self.packed_load_w, 0, len(self.n_alive))

    @property
    def installed_w(self) -> Floats:
        """Load of all cards still working (s, t)."""
        alive = np.arange(self.packed_lost_w.shape[1]) < self.n_alive[:, None]
        installed: Floats = self.alive_w[:, None] * alive
        return installed

    @property
    def lost_w(self) -> dict[str, Floats]:
        """What each limit takes off the load (s, t)."""
        return {name: _row(self.packed_lost_w, row, len(self.n_alive)) for name, row in LOSS_ROWS.items()}


def slot_of(n_steps: int, step_s: float, slot_s: float) -> Integers:
    """Return the number of the slot in which each step starts (t,)."""
    slot: Integers = np.floor(np.arange(n_steps) * step_s / slot_s + 1e-9).astype(np.int64)
    return slot


def packed(values: Floats) -> Floats:
    """Return (s, t) as (block, t, LANES); lanes without a satellite repeat the last one."""
    return pack(np.pad(values, ((0, -len(values) % LANES), (0, 0)), "edge"))


def _row(packed: Floats, row: int, n: int) -> Floats:
    """Return one row of (block, t, rows x LANES) by satellite (s, t)."""
    return unpack(packed[..., row : row + LANES], n)


def table(packed: Floats, n: int) -> Floats:
    """Return (block, rows x LANES) by satellite (s, rows)."""
    return unpack(packed.reshape(len(packed), packed.shape[1] // LANES, LANES), n)


def _worst(residual: Floats, scale: Floats) -> float:
    return float(np.max(np.abs(residual) / np.maximum(scale, 1e-300), initial=0.0))
