"""Clusters: hubs of a scenario at a date + their weather → capacity, power and its price, slot by slot.

Everything scales with the part of a cluster that is open to this system: racks, plants, own demand.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import JULIAN_YEAR_S
from ..scenario.cluster import STANDARD_RACK_W
from .climate import ambient_k, pue, water_stress_frac, year_frac
from .dispatch import Dispatch, Supplies, dispatch
from .renewables import solar_frac, wind_frac

if TYPE_CHECKING:
    from ..scenario.models import Hub, Precision, Scenario

Floats = NDArray[np.float64]

RATE_OVER_INT8: dict[Precision, float] = {"int8": 1.0, "fp16": 0.5, "fp4": 1.0}
"""Ground rate at a precision over its int8 rate: halves with twice the width (dense matrix units); cards
installed on the ground have no fp4 unit, so fp4 work runs there at the int8 rate (assumption)."""

SUPPLIERS = ("wind", "solar", "grid", "backup")
"""Who may supply a site, cheapest first."""


@dataclass(frozen=True)
class Clusters:
    """The open part of each cluster in one window; axes site, slot `k`."""

    slot_s: float
    names: tuple[str, ...]
    installed_op: Floats
    """(site, k) operations that all cards could do in each slot."""
    own_op: Floats
    """(site, k) operations that the site's own province takes first."""
    op: Floats
    """(site, k) operations left for jobs: what is installed and can be powered, less the own demand."""
    it_w: Floats
    """(site,) power of the computers at full load."""
    idle_frac: float
    """Power of a rack that is on and idle over its full power."""
    powered_frac: Floats
    """(site, k) share of the racks that wind, Sun, grid and thermal unit can carry at full load."""
    pue: Floats
    """(site, k) power of the site over that of its computers."""
    supplies: Supplies
    price_usd_per_j: dict[str, Floats]
    """(site,) by who supplies: wind, solar, grid, backup."""
    carbon_kg_per_j: dict[str, Floats]
    """(site,) of grid and backup; wind and Sun have none."""
    price_usd_per_op: Floats
    """(site, k) electricity of one more operation, the mean over all that is open in the slot."""
    carbon_kg_per_op: Floats
    """(site, k) carbon of that electricity."""
    water_l_per_op: Floats
    """(site, k) water used up on site by one more operation."""
    wue_l_per_j: Floats
    """(site,) water per energy of the computers."""
    water_stress_frac: Floats
    """(site,) 1 where water is in absolute scarcity, 0 where it is plenty."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def it_load_w(self, used_op: Floats) -> Floats:
        """Return (site, k) the power of the computers when jobs use these operations of each slot."""
        busy = (self.own_op + used_op) / self.installed_op
        idle_w = self.idle_frac * self.powered_frac * self.it_w[:, None]
        return np.asarray(idle_w + (1.0 - self.idle_frac) * busy * self.it_w[:, None])

    def dispatch(self, used_op: Floats) -> Dispatch:
        """Return who supplies the sites when jobs use these operations of each slot."""
        return dispatch(self.pue * self.it_load_w(used_op), self.supplies, self.slot_s)


def growth(rate_per_yr_frac: float, year: int, when: datetime) -> float:
    """Return the factor of growth from the middle of a year to an instant."""
    years = (when - datetime(year, 7, 2, tzinfo=UTC)).total_seconds() / JULIAN_YEAR_S
    return float((1.0 + rate_per_yr_frac) ** years)


def clusters_of(
    scenario: Scenario, start: datetime, duration_s: float, seed: np.random.SeedSequence
) -> Clusters:
    """Return the scenario's clusters in one window.

    Parameters
    ----------
    scenario : Scenario
        Names the hubs, the open part, the slot and the precision.
    start : datetime
        Of the window, UTC; capacity is that of its middle.
    duration_s : float [s]
        Of the window.
    seed : numpy SeedSequence
        Of the window; each site's weather derives its own from it by name.

    Returns
    -------
    Clusters
        In the order of `ground.hubs`.

    Assumptions
    -----------
    Steady capacity through a window; a capacity of year Y stands for its middle. Wind, Sun, grid and
    thermal unit serve the own demand first; racks that they cannot carry together are off, whatever the
    battery holds. The price of a slot is that of running all that is open in it.

    Source
    ------
    Compound growth; power of a standard rack: 2.5 kW.

    Examples
    --------
    `clusters_of(scenario, window.start, window.duration_s, seed).op.sum(axis=1)`.
    """
    hubs = [scenario.hub[name] for name in scenario.ground.hubs]
    slot_s = scenario.time.slot_s
    n_slot = round(duration_s / slot_s)
    middle_s = np.asarray((np.arange(n_slot) + 0.5) * slot_s, dtype=np.float64)
    when = datetime.fromtimestamp(start.timestamp() + 0.5 * duration_s, UTC)
    frac = year_frac(start, middle_s)
    overhead = _table(
        [pue(ambient_k(hub.temperature_k, frac), scenario.cooling[hub.cooling]) for hub in hubs], n_slot
    )
    share = scenario.ground.open_frac
    rate = RATE_OVER_INT8[scenario.report_precision] * share * slot_s
    racks = [share * growth(hub.rack_growth_per_yr_frac, hub.year, when) for hub in hubs]
    grown = [rate * growth(hub.growth_per_yr_frac, hub.year, when) for hub in hubs]
    it_w = _row([hub.racks * STANDARD_RACK_W * more for hub, more in zip(hubs, racks, strict=True)])
    supplies = _supplies(hubs, scenario.ground.hubs, racks, start, middle_s, seed)
    available_w = supplies.wind_w + supplies.solar_w + (supplies.grid_w + supplies.backup_w)[:, None]
    powered = np.minimum(available_w / (overhead * it_w[:, None]), 1.0)
    installed = np.tile(
        _row([hub.int8_op_per_s * more for hub, more in zip(hubs, grown, strict=True)])[:, None], n_slot
    )
    wanted = _row([hub.own_demand_op_per_s * more for hub, more in zip(hubs, grown, strict=True)])
    own = np.minimum(wanted[:, None], powered * installed)
    idle_frac = scenario.ground.idle_frac
    it_j_per_op = (1.0 - idle_frac) * (it_w * slot_s)[:, None] / installed
    base_w = overhead * (idle_frac * powered * it_w[:, None] + own * it_j_per_op / slot_s)
    price_usd_per_j = {name: _rates(hubs, name, "price_usd_per_j") for name in SUPPLIERS}
    carbon_kg_per_j = {name: _rates(hubs, name, "carbon_kg_per_j") for name in ("grid", "backup")}
    taken_w = _taken_w(supplies, base_w, overhead * powered * it_w[:, None])
    total_w = np.sum(list(taken_w.values()), axis=0)
    price, carbon = (
        np.sum([taken_w[name] * rate[:, None] for name, rate in rates.items()], axis=0) / total_w
        for rates in (price_usd_per_j, carbon_kg_per_j)
    )
    wue = _row([scenario.cooling[hub.cooling].wue_l_per_j for hub in hubs])
    return Clusters(
        slot_s=slot_s,
        names=tuple(scenario.ground.hubs),
        installed_op=installed,
        own_op=own,
        op=np.maximum(powered * installed - own, 0.0),
        it_w=it_w,
        idle_frac=idle_frac,
        powered_frac=powered,
        pue=overhead,
        supplies=supplies,
        price_usd_per_j=price_usd_per_j,
        carbon_kg_per_j=carbon_kg_per_j,
        price_usd_per_op=price * overhead * it_j_per_op,
        carbon_kg_per_op=carbon * overhead * it_j_per_op,
        water_l_per_op=wue[:, None] * it_j_per_op,
        wue_l_per_j=wue,
        water_stress_frac=_row([water_stress_frac(hub.water_per_person_m3) for hub in hubs]),
    )


def _row(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _table(rows: list[Floats], n_slot: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), n_slot)


def _supplies(
    hubs: list[Hub],
    names: tuple[str, ...],
    racks: list[float],
    start: datetime,
    middle_s: Floats,
    seed: np.random.SeedSequence,
) -> Supplies:
    """Return the plants of each site, grown with its racks, in the weather of its own."""
    wind, solar = [], []
    for name, hub, more in zip(names, hubs, racks, strict=True):
        own = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, zlib.crc32(name.encode())))
        of_wind, of_sun = (np.random.default_rng(one) for one in own.spawn(2))
        wind.append(
            hub.wind.power_w * more * wind_frac(hub.wind.capacity_factor_frac, start, middle_s, of_wind)
        )
        sun = solar_frac(hub.lat_deg, hub.lon_deg, hub.solar.capacity_factor_frac, start, middle_s, of_sun)
        solar.append(hub.solar.power_w * more * sun)
    grown = np.array(racks, dtype=np.float64)
    return Supplies(
        wind_w=_table(wind, len(middle_s)),
        solar_w=_table(solar, len(middle_s)),
        storage_w=_row([hub.storage.power_w for hub in hubs]) * grown,
        storage_j=_row([hub.storage.energy_j for hub in hubs]) * grown,
        storage_efficiency_frac=_row([hub.storage.efficiency_frac for hub in hubs]),
        grid_w=_row([hub.grid.power_w for hub in hubs]) * grown,
        backup_w=_row([hub.backup.power_w for hub in hubs]) * grown,
    )


def _rates(hubs: list[Hub], supplier: str, of: str) -> Floats:
    return _row([getattr(getattr(hub, supplier), of) for hub in hubs])


def _taken_w(supplies: Supplies, base_w: Floats, full_w: Floats) -> dict[str, Floats]:
    """Return (site, k) what jobs draw from each supplier when a site is full.

    Wind and Sun go to what runs anyway first, then the grid; jobs have what is left of each, in that order.
    Where nothing is open, the next watt would be the grid's.
    """
    jobs_w = np.maximum(full_w - base_w, 0.0)
    own_w = supplies.wind_w + supplies.solar_w
    green_w = np.minimum(np.maximum(own_w - base_w, 0.0), jobs_w)
    before_w = np.maximum(base_w - own_w, 0.0)
    grid_w = np.minimum(np.maximum(supplies.grid_w[:, None] - before_w, 0.0), jobs_w - green_w)
    of_wind = np.divide(supplies.wind_w, own_w, out=np.zeros_like(own_w), where=own_w > 0.0)
    return {
        "wind": green_w * of_wind,
        "solar": green_w * (1.0 - of_wind),
        "grid": np.where(jobs_w > 0.0, grid_w, 1.0),
        "backup": jobs_w - green_w - grid_w,
    }
