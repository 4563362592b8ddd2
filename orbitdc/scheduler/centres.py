"""The orbital half of the sites: capacity by satellite, network → what each centre offers in each slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..fleet import centre_names, centre_of
from ..spacecraft.cards import accelerator_of, n_cards, op_per_s

if TYPE_CHECKING:
    from ..capacity import Capacity
    from ..fleet import Fleet
    from ..network import Service
    from ..scenario.models import Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Centres:
    """What the orbital centres offer in one window; axes: centre, slot `k`, city."""

    names: tuple[str, ...]
    op: Floats
    """(centre, k) operations of all satellites of a centre."""
    card_op_per_s: Floats
    """(centre,) peak rate of one card, the mean of those that fly."""
    up_bit: Floats
    """(centre, k) bits that can come up."""
    down_bit: Floats
    """(centre, k) bits that can come down."""
    latency_s: Floats
    """(centre, city, k) request to response [s]."""


def centres_of(scenario: Scenario, fleet: Fleet, offered: Capacity, service: Service) -> Centres:
    """Return what the orbital centres offer in one window.

    Parameters
    ----------
    scenario : names the batches, the cards and the cities.
    fleet : the entities (s,) that fly.
    offered : their operations (s, k).
    service : the bits that they can exchange with the ground, and how long cities wait for them.

    Returns
    -------
    Centres, all of the plan; one that does not fly yet has no capacity.

    Assumptions
    -----------
    A centre of mixed cards counts with their mean.
    """
    names = centre_names(scenario)
    centre = centre_of(fleet)
    computes = centre >= 0
    n_slot = offered.op.shape[1]
    op = np.zeros((len(names), n_slot))
    np.add.at(op, centre[computes], offered.op[computes])
    return Centres(
        names=names,
        op=op,
        card_op_per_s=_card_op_per_s(scenario, fleet, names),
        up_bit=service.up_bit,
        down_bit=service.down_bit,
        latency_s=service.latency.total_s,
    )


def _card_op_per_s(scenario: Scenario, fleet: Fleet, names: tuple[str, ...]) -> Floats:
    """Return the mean rate of the cards of each centre; before its launch, that of its first batch."""
    batches = [batch for phase in scenario.phase for batch in phase.batch]
    first = {batch.name: batch.spacecraft for batch in batches}
    rates = np.zeros((len(names), 2))
    centre = centre_of(fleet)
    for i in np.flatnonzero(centre >= 0):
        rates[centre[i]] += fleet.n_units[i] * np.array(
            _rate_and_cards(scenario, fleet.spacecraft_names[fleet.spacecraft[i]])
        )
    for number, name in enumerate(names):
        if not rates[number, 1] > 0.0:
            rates[number] = _rate_and_cards(scenario, first[name])
    cards = rates[:, 1]
    return np.divide(rates[:, 0], cards, out=np.zeros(len(names)), where=cards > 0.0)


def _rate_and_cards(scenario: Scenario, spacecraft: str) -> tuple[float, float]:
    model = scenario.spacecraft[spacecraft]
    card = accelerator_of(scenario, model)
    return op_per_s(model, card, scenario.report_precision), n_cards(model, card)
