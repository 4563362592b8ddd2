"""Operation: how time is sampled, satellites and gangs are run, and who decides → frozen objects in SI."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ..constants import DAY_S
from .hardware import Model
from .quantities import BitRate, Count, Duration, PerDay, problem

Shadow = Literal["oblate-cone", "cone", "oblate-point", "point", "cylinder"]


class Time(Model):
    """How the horizon is sampled."""

    sampling: Literal["representative", "every-day"] = "representative"
    """representative: some windows a year stand for all. every-day: each day is simulated."""
    windows_per_year: Count = Field(default=12, ge=1, le=366)
    """Windows for contacts and scheduling; light is computed on every day whatever this says."""
    window_s: Duration = Field(default=86400.0, ge=3600.0, le=31 * DAY_S)
    """Length of a window."""
    step_s: Duration = Field(default=60.0, ge=1.0, le=600.0)
    """Step of light, heat and battery."""
    slot_s: Duration = Field(default=600.0, ge=1.0)
    """Step of the scheduler."""

    @model_validator(mode="after")
    def _steps_nest(self) -> Self:
        if not _divides(self.step_s, self.slot_s):
            raise problem(f"{self.slot_s:g} s", f"a whole number of steps of {self.step_s:g} s", key="slot")
        if not _divides(self.slot_s, self.window_s):
            raise problem(
                f"{self.window_s:g} s", f"a whole number of slots of {self.slot_s:g} s", key="window"
            )
        if self.windows_per_year * self.window_s > 366 * DAY_S:
            raise problem(
                f"{self.windows_per_year} windows of {self.window_s / DAY_S:g} days",
                "windows that fit into a year",
                key="windows_per_year",
            )
        return self


def _divides(part: float, whole: float) -> bool:
    return whole >= part and abs(whole / part - round(whole / part)) < 1e-9


class Operation(Model):
    """How the satellites are run."""

    envelope: Literal["shed", "ride-through", "deplete"] = "shed"
    """shed: full load in sunlight, housekeeping in shadow. ride-through: the largest load held through the
    orbit. deplete: full load until the battery is at its floor."""
    shadow: Shadow = "oblate-cone"
    """Shape of the Earth's shadow."""


class Running(Model):
    """What interrupts a gang of cards, and what it takes to save and to restart one."""

    faults_per_day: PerDay = 4.74e-4
    """Interruptions of one card and day by anything but radiation, on the ground and in orbit: 419 unexpected
    ones in 54 days on 16,384 cards (Meta, datacenterdynamics.com 2024)."""
    storage_bit_per_s: BitRate = Field(default=2.3e9, gt=0)
    """To and from the store, each card: 7 TB/s at peak over a cluster of 24,576 cards (Llama 3 report,
    arXiv 2407.21783)."""
    restart_s: Duration = 300.0
    """From an interruption to the reload: notice, give out another card, start the program (estimate, 1 to 10
    min: Llama 3 kept over 90 % of its time, so that 466 interruptions cost 17 min each at most, work lost and
    reload included)."""
    warm_up_s: Duration = 120.0
    """From the reload to full speed: compile, connect, fill caches (estimate, 0.5 to 5 min, same basis)."""


class Scheduler(Model):
    """Who decides what runs where."""

    policy: Literal["market", "east-west", "east-west-orbit", "greedy", "carbon", "price", "optimal"] = (
        "greedy"
    )
    """market: nearest and fastest. price: hot nearest, the rest where power is cheapest. east-west: hot near
    its users, cold west; with orbit: or up. greedy: the most worth on time. carbon: where and when power is
    cleanest. optimal: by a linear programme."""
    sharing: Literal["pooled", "guaranteed", "fair"] = "fair"
    """pooled: one line for all owners. guaranteed: around what each has reserved. fair: and by turns."""
    half_life_s: Duration = Field(default=6 * 3600.0, gt=0)
    """fair: in which an owner's past use fades to a half."""
