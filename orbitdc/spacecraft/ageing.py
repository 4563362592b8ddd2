"""Ageing: time in orbit and cycles → the share of array, battery and cards that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import JULIAN_YEAR_S

if TYPE_CHECKING:
    from ..scenario.models import Accelerator, Array, Battery, Spacecraft

Floats = NDArray[np.float64]

REFERENCE_DEPTH_FRAC = 0.3
"""Depth of the cycle that `cycle_fade_frac` is stated for."""

DEPTH_EXPONENT = 1.6
"""Growth of fade with depth; an estimate, see Source of `battery_frac`."""


def array_frac(array: Array, age_s: ArrayLike) -> Floats:
    """Return the share of the array's first power that is left: a constant loss per year, compounding.

    Parameters
    ----------
    array : Array
        The model.
    age_s : array_like [s]
        Time since launch, >= 0.

    Returns
    -------
    ndarray
        In (0, 1], shape of `age_s`.

    Source
    ------
    Retention of III-V cells after 1e15 1-MeV electrons per cm2, spread evenly over the years.
    """
    return _compound(array.loss_per_yr_frac, age_s)


def battery_frac(battery: Battery, age_s: ArrayLike, n_cycles: ArrayLike, depth_frac: ArrayLike) -> Floats:
    """Return the share of the nameplate capacity that is left after calendar time and cycles.

    Parameters
    ----------
    battery : Battery
        The model.
    age_s : array_like [s]
        Time since launch, >= 0.
    n_cycles : array_like
        Cycles behind it.
    depth_frac : array_like
        Their mean depth over the nameplate energy.

    Returns
    -------
    ndarray
        In (0, 1], shapes broadcast.

    Assumptions
    -----------
    The two kinds of fade multiply; each cycle takes (1 - c (depth / 0.3)^1.6) of what is left.

    Source
    ------
    Estimate that keeps two thirds of the capacity after 30,000 cycles at 30 %, the figure the Japanese
    space agency reports for large lithium-ion cells in low-orbit cycling.
    """
    depth = np.asarray(depth_frac, dtype=np.float64) / REFERENCE_DEPTH_FRAC
    loss = np.minimum(battery.cycle_fade_frac * depth**DEPTH_EXPONENT, 1.0)
    kept: Floats = _compound(battery.calendar_fade_per_yr_frac, age_s) * (1.0 - loss) ** np.asarray(n_cycles)
    return kept


def eclipse_depth_frac(spacecraft: Spacecraft, eclipse_s: ArrayLike, policy: str) -> Floats:
    """Return how deep an eclipse of a given length discharges the battery, over its nameplate energy.

    Parameters
    ----------
    spacecraft : Spacecraft
        The model.
    eclipse_s : array_like [s]
        Time without sunlight.
    policy : {"shed", "ride-through", "deplete"}
        Whether the cards run in the dark.

    Returns
    -------
    ndarray
        In [0, 1 - floor], shape of `eclipse_s`.

    Assumptions
    -----------
    Housekeeping with its pumps all through the dark; cards, where they run, at full load until the floor.
    Radio and heaters are left out: they draw for a part of the eclipse only.

    Source
    ------
    Energy balance of the discharge: E depth efficiency = P t.
    """
    battery, bus = spacecraft.battery, spacecraft.bus
    it_w = spacecraft.compute.it_power_w if spacecraft.compute and policy != "shed" else 0.0
    load_w = (bus.housekeeping_w + it_w) * (1.0 + bus.pump_frac)
    withdrawn_j = load_w * np.asarray(eclipse_s, dtype=np.float64) / battery.discharge_efficiency_frac
    depth: Floats = np.minimum(withdrawn_j / battery.capacity_j, 1.0 - battery.min_soc_frac)
    return depth


def cards_alive_frac(accelerator: Accelerator, age_s: ArrayLike) -> Floats:
    """Return the expected share of cards that still work: a constant loss for good per year, compounding.

    Parameters
    ----------
    accelerator : Accelerator
        The card.
    age_s : array_like [s]
        Time since launch, >= 0.

    Returns
    -------
    ndarray
        In (0, 1], shape of `age_s`.

    Assumptions
    -----------
    The expectation stands for the number: cards are many, and none is repaired.
    """
    return _compound(accelerator.loss_per_yr_frac, age_s)


def _compound(loss_per_yr_frac: float, age_s: ArrayLike) -> Floats:
    years = np.asarray(age_s, dtype=np.float64) / JULIAN_YEAR_S
    left: Floats = (1.0 - loss_per_yr_frac) ** years
    return left
