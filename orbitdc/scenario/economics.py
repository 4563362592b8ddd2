"""Economics: what money, matter and years are taken to cost → the section `economics` of a scenario."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..constants import JULIAN_YEAR_S
from .hardware import Model
from .quantities import Duration, FractionPerYear, MassPerPower, PricePerPower


class Economics(Model):
    """How spending, carbon and lifetimes are counted."""

    discount_per_yr_frac: FractionPerYear = Field(default=0.08, ge=0, le=1)
    """What money costs a year; none found for Chinese data centres: 8 % assumed, range 5 to 12 %."""
    launch_boundary: Literal["flight", "life-cycle", "worst"] = "life-cycle"
    """Carbon of a launch: of the flight alone, of the whole life cycle, or with soot and water vapour high up
    too (arXiv 2309.02338); the choice moves the answer thirtyfold."""
    satellite_operation_per_yr_frac: FractionPerYear = Field(default=0.02, ge=0, le=1)
    """Control, stations and insurance a year over the price of the satellites; assumed, range 1 to 5 %."""
    building_operation_per_yr_frac: FractionPerYear = Field(default=0.04, ge=0, le=1)
    """Staff and upkeep on the ground a year over the price of the building, power apart; range 3 to 5 %."""
    building_life_s: Duration = Field(default=20.0 * JULIAN_YEAR_S, gt=0)
    """Years over which a building is paid; assumed, range 15 to 25."""
    hardware_life_s: Duration = Field(default=5.0 * JULIAN_YEAR_S, gt=0)
    """Years over which computers on the ground are paid and their making counted; assumed, range 4 to 6."""
    hardware_price_usd_per_w: PricePerPower = Field(default=14.7)
    """Computers on the ground per power at full load: 8.2 MUSD for the 559 kW of a CloudMatrix 384
    (capacitymedia.com 2025-07-28); 23 USD/W at Colossus (arXiv 2504.16026)."""
    hardware_carbon_kg_per_w: MassPerPower = Field(default=0.49)
    """Carbon of making them per power at full load: 318 kg for an A100 with its share of the server (Chien
    2023), 650 W all-in; range 0.3 to 1 kg/W."""
    building_carbon_kg_per_w: MassPerPower = Field(default=1.0)
    """Carbon of the building per power of the computers; not found: assumed, range 0.5 to 2 kg/W."""
