"""Orbit: satellites of a batch, their cards and launches → what they cost for every second in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..constants import JULIAN_YEAR_S
from ..spacecraft import accelerator_of, n_cards
from ..spacecraft.mass import mass_parts_kg
from .account import Account
from .annuity import annuity_per_s

if TYPE_CHECKING:
    from ..scenario.models import Batch, Launcher, Scenario


def launch_carbon_kg_per_kg(launcher: Launcher, boundary: str) -> float:
    """Return the carbon of lifting a kilogram, drawn around the flight, the life cycle or the worst case."""
    return {
        "flight": launcher.flight_carbon_kg_per_kg,
        "life-cycle": launcher.life_cycle_carbon_kg_per_kg,
        "worst": launcher.worst_carbon_kg_per_kg,
    }[boundary]


def orbit_rate(scenario: Scenario, batch: Batch) -> Account:
    """Return what a batch costs a second, from its launch to the end of its life.

    Parameters
    ----------
    scenario : Scenario
        Catalogue and `economics`.
    batch : Batch

    Returns
    -------
    Account
        Per second [USD/s], [kg/s]; no energy, water or work.

    Assumptions
    -----------
    The batch pays for the mass it lifts: the rest of a vehicle is sold. Launch, satellite and cards are paid
    over the batch's life at the discount rate; their carbon is spread evenly over it. No residual value, no
    cost of removal, no water.

    Source
    ------
    Levelised cost: NREL/TP-462-5173 (1995), section 3.

    Examples
    --------
    `orbit_rate(scenario, batch).times(86400.0).usd["launch"]` is a day's share of the launches.
    """
    model, launcher = scenario.spacecraft[batch.spacecraft], scenario.launcher[batch.launcher]
    money = scenario.economics
    parts_kg = mass_parts_kg(model)
    mass = sum(parts_kg.values())
    bare_kg = mass - parts_kg["compute"]
    card = accelerator_of(scenario, model)
    cards = batch.count * n_cards(model, card)
    card_usd, card_kg = (cards * card.price_usd, cards * card.carbon_kg) if card else (0.0, 0.0)
    price_usd = {
        "launch": batch.count * mass * launcher.price_usd_per_kg,
        "satellite": batch.count * bare_kg * model.price_usd_per_kg,
        "card": card_usd,
    }
    carbon_kg = {
        "launch": batch.count * mass * launch_carbon_kg_per_kg(launcher, money.launch_boundary),
        "satellite": batch.count * bare_kg * model.carbon_kg_per_kg,
        "card": card_kg,
    }
    yearly_usd = money.satellite_operation_per_yr_frac * (price_usd["satellite"] + card_usd)
    return Account(
        {
            **{
                part: annuity_per_s(usd, money.discount_per_yr_frac, batch.lifetime_s)
                for part, usd in price_usd.items()
            },
            "operation": yearly_usd / JULIAN_YEAR_S,
        },
        {part: kg / batch.lifetime_s for part, kg in carbon_kg.items()},
    )
