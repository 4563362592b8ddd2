"""Centres: batches that share one orbit → the orbital data centres of a plan and who belongs to which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..scenario.models import Batch, Scenario
    from .entities import Fleet

Integers = NDArray[np.int64]

NO_CENTRE = -1
"""Number of the centre of a satellite that does not compute."""


def centre_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the orbital centres of a plan, each that of its first batch.

    Computing batches in one orbit (pattern, altitude and local time, or file of elements) are one centre. A
    centre exists in every window of a run, with no capacity before its first launch.
    """
    return _centres(batch for phase in scenario.phase for batch in phase.batch)[0]


def centre_of(fleet: Fleet) -> Integers:
    """Return (s,) the number in `centre_names` of each entity's centre, NO_CENTRE for relays."""
    return np.asarray(_centres(launched.model for launched in fleet.batches)[1][fleet.batch])


def _centres(batches: Iterable[Batch]) -> tuple[tuple[str, ...], Integers]:
    number: dict[object, int] = {}
    names: list[str] = []
    centre: list[int] = []
    for batch in batches:
        orbit = batch.orbit
        place = (orbit.pattern, orbit.altitude_m, orbit.ltan_h, orbit.elements)
        if batch.role == "relay":
            centre.append(NO_CENTRE)
            continue
        if place not in number:
            number[place] = len(names)
            names.append(batch.name)
        centre.append(number[place])
    return tuple(names), np.array(centre, np.int64)
