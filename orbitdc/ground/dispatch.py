"""Dispatch: load, wind and Sun of each site, slot by slot → who supplies it: plants, battery, grid, engines.

Wind and Sun first, what they have too much into the battery and then nowhere; what they lack from the
battery, then from the grid, then from the thermal unit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError

Floats = NDArray[np.float64]

CLOSED_FRAC = 1e-9
"""Largest share of the energy that rounding may lose."""


@dataclass(frozen=True)
class Supplies:
    """What each site has; axes site, slot `k`."""

    wind_w: Floats
    """(site, k) output."""
    solar_w: Floats
    """(site, k) output."""
    storage_w: Floats
    """(site,) largest charge or discharge."""
    storage_j: Floats
    """(site,) what the battery holds."""
    storage_efficiency_frac: Floats
    """(site,) out over in; half of the loss each way."""
    grid_w: Floats
    """(site,) largest draw."""
    backup_w: Floats
    """(site,) nameplate of the thermal unit."""


@dataclass(frozen=True)
class Dispatch:
    """Mean powers of each slot, (site, k) each; `stored_j` (site,): what the battery gained in all."""

    slot_s: float
    load_w: Floats
    wind_w: Floats
    solar_w: Floats
    charge_w: Floats
    discharge_w: Floats
    grid_w: Floats
    backup_w: Floats
    spilled_w: Floats
    unserved_w: Floats
    stored_j: Floats

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def energy_j(self, name: str) -> Floats:
        """Return (site,) the energy of one of the powers over the window."""
        return np.asarray(getattr(self, f"{name}_w").sum(axis=1) * self.slot_s)

    @property
    def lost_j(self) -> Floats:
        """Energy lost in the battery (site,)."""
        return self.energy_j("charge") - self.energy_j("discharge") - self.stored_j

    @property
    def residual_frac(self) -> float:
        """What does not close: in = used + spilled + lost + stored, of the energy in."""
        sources = ("wind", "solar", "grid", "backup", "unserved")
        into = np.sum([self.energy_j(name) for name in sources], axis=0)
        out = self.energy_j("load") + self.energy_j("spilled") + self.lost_j + self.stored_j
        return float(np.max(np.abs(into - out) / np.maximum(into, 1e-300), initial=0.0))


def dispatch(load_w: Floats, supplies: Supplies, slot_s: float) -> Dispatch:
    """Return who supplies each site, the battery ending a window as it began.

    Parameters
    ----------
    load_w : ndarray (site, k) [W]
        Of the whole site.
    supplies : Supplies
    slot_s : float [s]

    Returns
    -------
    Dispatch

    Raises
    ------
    InvariantError
        If energy does not close to `CLOSED_FRAC`.

    Assumptions
    -----------
    The window repeats: it is run through twice, the second time from the charge at the end of the first. The
    battery takes only what wind and Sun have too much; its losses are split evenly between in and out.

    Source
    ------
    Conservation of energy; merit order by running cost.

    Examples
    --------
    A windless night on a weak grid; the thermal unit covers what is missing:

    >>> one = np.ones((1, 2))
    >>> weak = Supplies(0 * one, 0 * one, *(np.array([x]) for x in (0.0, 0.0, 1.0, 6.0, 5.0)))
    >>> dispatch(8 * one, weak, 600.0).backup_w.tolist()
    [[2.0, 2.0]]
    """
    half = np.minimum(supplies.storage_j, 0.5 * supplies.storage_j)
    _, charged_j = _pass(load_w, supplies, slot_s, half)
    found, _ = _pass(load_w, supplies, slot_s, charged_j)
    if found.residual_frac > CLOSED_FRAC:
        raise InvariantError(f"energy of the sites does not close: {found.residual_frac:.3g} is missing")
    return found


def _pass(load_w: Floats, supplies: Supplies, slot_s: float, first_j: Floats) -> tuple[Dispatch, Floats]:
    """Run through the slots from a charge; return what happened and the charge at the end."""
    way_frac = np.sqrt(supplies.storage_efficiency_frac)
    charge, discharge, grid, backup, spilled, unserved = (np.zeros_like(load_w) for _ in range(6))
    stored_j = first_j.copy()
    excess_w = supplies.wind_w + supplies.solar_w - load_w
    for k in range(load_w.shape[1]):
        over, lacking = np.maximum(excess_w[:, k], 0.0), np.maximum(-excess_w[:, k], 0.0)
        room_w = (supplies.storage_j - stored_j) / (way_frac * slot_s)
        charge[:, k] = np.minimum(np.minimum(over, supplies.storage_w), room_w)
        spilled[:, k] = over - charge[:, k]
        discharge[:, k] = np.minimum(np.minimum(lacking, supplies.storage_w), stored_j * way_frac / slot_s)
        lacking = lacking - discharge[:, k]
        grid[:, k] = np.minimum(lacking, supplies.grid_w)
        backup[:, k] = np.minimum(lacking - grid[:, k], supplies.backup_w)
        unserved[:, k] = lacking - grid[:, k] - backup[:, k]
        stored_j = stored_j + (charge[:, k] * way_frac - discharge[:, k] / way_frac) * slot_s
        stored_j = np.clip(stored_j, 0.0, supplies.storage_j)
    supplied = (load_w.copy(), supplies.wind_w.copy(), supplies.solar_w.copy())
    passed = (charge, discharge, grid, backup, spilled, unserved)
    found = Dispatch(slot_s, *supplied, *passed, stored_j - first_j)
    return found, stored_j
