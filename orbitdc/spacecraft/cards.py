"""Cards: scenario and satellite model → which accelerator it flies, how many, and their operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .power import it_power_w

if TYPE_CHECKING:
    from ..scenario.models import Accelerator, Precision, Scenario, Spacecraft


def accelerator_of(scenario: Scenario, spacecraft: Spacecraft) -> Accelerator | None:
    """Return the card a satellite flies under the scenario's export rule; None on a relay.

    With `accelerators = "unrestricted"` each card is replaced by the one it names for that case.
    """
    if spacecraft.compute is None:
        return None
    return _allowed(scenario, spacecraft.compute.accelerator)


def ground_card(scenario: Scenario) -> Accelerator:
    """Return the card of the hubs under the scenario's export rule.

    Without an fp4 unit it does fp4 work at its int8 rate: on the ground the card is there anyway.
    """
    card = _allowed(scenario, scenario.ground.accelerator)
    return card.model_copy(update={"fp4_op_per_s": card.fp4_op_per_s or card.int8_op_per_s})


def _allowed(scenario: Scenario, name: str) -> Accelerator:
    card = scenario.accelerator[name]
    return scenario.accelerator[card.unrestricted] if scenario.accelerators == "unrestricted" else card


def n_cards(spacecraft: Spacecraft, accelerator: Accelerator | None) -> float:
    """Return how many cards the satellite's full power feeds.

    Not rounded: the power per card includes its share of host, network and conversion, and a rounded number
    would make operations jump when that share moves by a watt.
    """
    return it_power_w(spacecraft) / accelerator.all_in_power_w if accelerator else 0.0


def op_per_s(spacecraft: Spacecraft, accelerator: Accelerator | None, precision: Precision) -> float:
    """Return the installed peak rate of all cards at one precision [op/s]; never a sum over precisions."""
    if accelerator is None:
        return 0.0
    per_card: float = getattr(accelerator, f"{precision}_op_per_s")
    return n_cards(spacecraft, accelerator) * per_card
