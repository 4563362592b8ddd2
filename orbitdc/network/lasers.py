"""Lasers of a fleet: terminals of each satellite → bit rate by range of any pair, and power drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..links.crosslink import max_range_m
from ..links.optical import Terminal
from ..orbit.time import Floats

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Laser, Scenario

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Lasers:
    """Terminals of satellites (s,), and what any two kinds of them reach.

    `kind` (s,), -1 without a laser; `n_terminals` (s,); by kind (q,): `power_w` from the bus and
    `acquisition_s`; `rate_bit_per_s` (q, q, m), rising, and `reach_km` (q, q, m): how far each closes both
    ways.
    """

    kind: Integers
    n_terminals: Integers
    power_w: Floats
    acquisition_s: Floats
    rate_bit_per_s: Floats
    reach_km: Floats

    def __post_init__(self) -> None:
        for value in vars(self).values():
            value.flags.writeable = False

    @classmethod
    def endless(cls, n: int, n_terminals: int = 4) -> Lasers:
        """Return lasers of n satellites that reach any distance at any rate and need no power."""
        kind, count = np.zeros(n, dtype=np.int64), np.full(n, n_terminals)
        return cls(kind, count, np.zeros(1), np.zeros(1), *(np.full((1, 1, 1), np.inf) for _ in range(2)))

    @property
    def max_range_km(self) -> float:
        """How far the farthest-reaching pair closes at its slowest rate."""
        return float(self.reach_km.max(initial=0.0))

    def between(self, a: Integers, b: Integers, length_km: Floats) -> Floats:
        """Return the bit rate of each pair (e,), the slower of both directions; 0 out of reach."""
        one, other = self.kind[a], self.kind[b]
        closes = length_km[:, None] <= self.reach_km[one, other]
        rate: Floats = np.max(np.where(closes, self.rate_bit_per_s[one, other], 0.0), axis=1, initial=0.0)
        return rate

    def acquiring_s(self, a: Integers, b: Integers) -> Floats:
        """Return how long each pair takes to point at each other, the slower end (e,)."""
        slower: Floats = np.maximum(self.acquisition_s[self.kind[a]], self.acquisition_s[self.kind[b]])
        return slower


def lasers_of(scenario: Scenario, fleet: Fleet) -> Lasers:
    """Return the lasers of a fleet.

    Parameters
    ----------
    scenario : Scenario
        Spacecraft and their terminals.
    fleet : Fleet
        Entities (s,); a docked place has the terminals of one module.

    Returns
    -------
    Lasers

    Assumptions
    -----------
    In front of a dark sky: the Sun's light behind a partner is left out. Modems of two kinds use a rate that
    both have.

    Source
    ------
    `links.crosslink.max_range_m`.
    """
    crafts = [scenario.spacecraft[name] for name in fleet.spacecraft_names]
    names = list(dict.fromkeys(craft.lasers.terminal for craft in crafts if craft.lasers is not None))
    kinds = [scenario.laser[name] for name in names]
    of_craft = [-1 if craft.lasers is None else names.index(craft.lasers.terminal) for craft in crafts]
    counts = [0 if craft.lasers is None else craft.lasers.count for craft in crafts]
    terminals = [_terminal(kind) for kind in kinds]
    pairs = [(i, j) for i in range(len(kinds)) for j in range(len(kinds))]
    common = [sorted({*kinds[i].rates_bit_per_s} & {*kinds[j].rates_bit_per_s}) for i, j in pairs]
    shape = (len(kinds), len(kinds), max(map(len, common), default=0))
    rate_bit_per_s, reach_km = np.zeros(shape), np.zeros(shape)
    for (i, j), rates in zip(pairs, common, strict=True):
        for m, rate in enumerate(rates):
            ends = (terminals[i], terminals[j])
            rate_bit_per_s[i, j, m] = rate
            reach_km[i, j, m] = min(max_range_m(rate, *ends), max_range_m(rate, *ends[::-1])) / 1e3
    return Lasers(
        kind=np.array(of_craft, dtype=np.int64)[fleet.spacecraft],
        n_terminals=np.array(counts, dtype=np.int64)[fleet.spacecraft],
        power_w=np.array([kind.power_w for kind in kinds]),
        acquisition_s=np.array([kind.acquisition_s for kind in kinds]),
        rate_bit_per_s=rate_bit_per_s,
        reach_km=reach_km,
    )


def _terminal(laser: Laser) -> Terminal:
    return Terminal(
        wavelength_m=laser.wavelength_m,
        power_w=laser.beam_w,
        aperture_m=laser.aperture_m,
        divergence_rad=laser.divergence_rad,
        jitter_rad=laser.jitter_rad,
        transmit_loss_db=laser.transmit_loss_db,
        receive_loss_db=laser.receive_loss_db,
        photons_per_bit=laser.photons_needed,
        field_of_view_rad=laser.divergence_rad,  # against a dark sky nothing depends on these three
        filter_m=1e-9,
        rates_bit_per_s=laser.rates_bit_per_s,
        acquisition_s=laser.acquisition_s,
        sun_exclusion_rad=0.0,
    )
