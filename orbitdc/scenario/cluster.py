"""Clusters on the ground: capacity, climate, water, power of one site → the entries `hub` and `cooling`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .hardware import Model
from .quantities import (
    AngleDeg,
    Count,
    Energy,
    Fraction,
    FractionPerYear,
    MassPerEnergy,
    Name,
    Number,
    OperationRate,
    Power,
    PricePerEnergy,
    PricePerPower,
    Temperature,
    Text,
    Volume,
    WaterPerEnergy,
)

STANDARD_RACK_W = 2500.0
"""Power of a standard rack at full load: 3,500 dense cabinets are counted as 30,000 of them in Qingyang
(lzrb.com.cn 2024-09-04)."""


class Cooling(Model):
    """How a site is cooled: what that costs in power and water as the air warms."""

    pue_free: Number = Field(ge=1, le=3)
    """Power of the whole site over that of its computers while outside air cools alone."""
    pue_chiller: Number = Field(ge=1, le=3)
    """The same with chillers carrying all heat; between the two temperatures it rises in a straight line."""
    free_below_k: Temperature
    """Outside air up to which chillers stand still."""
    chiller_above_k: Temperature
    """Outside air from which chillers carry all heat."""
    wue_l_per_j: WaterPerEnergy
    """Water used up on site per energy of the computers (water usage effectiveness)."""


class Grid(Model):
    """The public grid at a site."""

    power_w: Power
    """Largest draw of the whole site, in the catalogue's year."""
    price_usd_per_j: PricePerEnergy
    """What the site pays."""
    carbon_kg_per_j: MassPerEnergy
    """Carbon dioxide of what the grid delivers."""


class Plant(Model):
    """Wind or solar power of a site's own."""

    power_w: Power
    """Nameplate, in the catalogue's year."""
    capacity_factor_frac: Fraction
    """Mean output of a year over the nameplate."""
    price_usd_per_j: PricePerEnergy
    """What the site pays for energy that it uses."""


class Storage(Model):
    """Stationary battery of a site: takes what wind and solar have too much."""

    power_w: Power
    """Largest charge or discharge, in the catalogue's year."""
    energy_j: Energy
    """What it holds, in the catalogue's year."""
    efficiency_frac: Fraction = Field(gt=0)
    """Energy out over energy in."""


class Backup(Model):
    """Thermal unit of a site: runs when all else falls short."""

    power_w: Power
    """Nameplate, in the catalogue's year."""
    price_usd_per_j: PricePerEnergy
    """Fuel and operation."""
    carbon_kg_per_j: MassPerEnergy
    """Carbon dioxide of its fuel."""


class Hub(Model):
    """A ground cluster of East Data, West Compute: a site of its own."""

    full_name: Text = Field(min_length=1)
    hub: Name
    """The hub it belongs to; clusters of one hub are told apart, and summed in the report."""
    operator: Text
    """Who runs it."""
    side: Literal["east", "west"]
    lat_deg: AngleDeg = Field(ge=-90, le=90)
    lon_deg: AngleDeg = Field(ge=-180, le=360)
    pairs: tuple[Name, ...] = ()
    """Cities whose cold work the plan sends here."""
    serves: tuple[Name, ...] = ()
    """Cities whose work it takes; none named: all."""
    int8_op_per_s: OperationRate = Field(gt=0)
    """Installed capacity, in the catalogue's year."""
    growth_per_yr_frac: FractionPerYear
    """Growth of that capacity and of the own demand."""
    racks: Count = Field(ge=1)
    """Standard racks of 2.5 kW, in the catalogue's year."""
    rack_growth_per_yr_frac: FractionPerYear
    """Growth of the racks and of the power plants behind them."""
    year: Count = Field(ge=2000, le=2060)
    """Year of capacity, racks and powers."""
    own_demand_op_per_s: OperationRate
    """Work of the site's own province, in the catalogue's year: it runs here before anything else."""
    building_usd_per_w: PricePerPower
    """Building, power and cooling per power of the computers."""
    temperature_k: tuple[Temperature, ...] = Field(min_length=12, max_length=12)
    """Monthly means of the outside air, January to December."""
    cooling: Name
    """Catalogue key of the cooling."""
    water_per_person_m3: Volume
    """Renewable water a person and year in the province: it decides whether water is scarce."""
    grid: Grid
    wind: Plant
    solar: Plant
    storage: Storage
    backup: Backup
