"""What a gang runs on: flying fleet, cards, lasers, light → hosts, each the links and hazards of one kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...constants import DAY_S, EARTH_RADIUS_KM, JULIAN_YEAR_S, TAU
from ...fleet import centre_names, centre_of
from ...network.lasers import Lasers, lasers_of
from ...spacecraft.cards import accelerator_of, ground_card, n_cards
from .collectives import Level

if TYPE_CHECKING:
    from ...fleet import Fleet
    from ...orbit.light import DailyLight
    from ...scenario.models import Accelerator, Precision, Scenario

Floats = NDArray[np.float64]

TOGETHER = ("docked", "cluster")
"""Patterns whose satellites are so near each other that all are in the dark at once."""


@dataclass(frozen=True)
class Dark:
    """Eclipses of a host on the days that a window stands for."""

    period_s: float
    """From one to the next on a day that has any."""
    length_s: float
    """Mean of the longest of each such day."""
    days_frac: float
    """Share of the days that have any."""


SUNLIT = Dark(DAY_S, 0.0, 0.0)


@dataclass(frozen=True)
class Host:
    """Cards of one kind in one place of one kind: what they are linked by and what stops them."""

    card: Accelerator
    levels: tuple[Level, ...]
    """From the card outward."""
    faults_per_s: float
    """Interruptions of one card by anything that also happens on the ground."""
    upsets_per_s: float
    """Interruptions by radiation."""
    lost_per_s: float
    """Cards lost for good, a card."""
    cards_per_place: float
    """Cards of one satellite, or of all modules docked together; inf on the ground."""
    n_places: float
    """Satellites in the plane."""
    together: bool
    """All places are in the dark at once."""
    laser_bit_per_s: float
    dark: Dark
    weight: float
    """Card operations that stand for it, against the other hosts of a site."""

    @property
    def stops_per_s(self) -> float:
        """Interruptions of one card."""
        return self.faults_per_s + self.upsets_per_s + self.lost_per_s

    def op_per_s(self, precision: Precision) -> float:
        """Return the peak rate of one card."""
        return float(getattr(self.card, f"{precision}_op_per_s"))

    @property
    def n_cards(self) -> float:
        """Cards that a gang can draw on; 0 to inf."""
        return self.cards_per_place * self.n_places


def hosts_at(
    scenario: Scenario,
    fleet: Fleet,
    op: Floats,
    light: Sequence[DailyLight],
    start: datetime,
    end: datetime,
    n_sites: int,
) -> list[list[Host]]:
    """Return the hosts of every site: the orbital centres of the plan first, then hubs.

    Parameters
    ----------
    scenario, fleet, op, light, start, end :
        As in `orbital_hosts`, for all entities (s,) that fly.
    n_sites : int
        Centres and hubs.

    Returns
    -------
    list of list of Host
        None for a centre of which nothing flies.
    """
    centre = centre_of(fleet)
    n_orbit = len(centre_names(scenario))
    hosts = []
    for number in range(n_orbit):
        mine = centre == number
        own = [light[int(i)] for i in np.flatnonzero(mine)]
        hosts.append(orbital_hosts(scenario, fleet.subset(mine), op[mine], own, start, end))
    return hosts + [[ground_host(scenario)]] * (n_sites - n_orbit)


def ground_host(scenario: Scenario) -> Host:
    """Return the host that every hub is: nodes of cards on a network of racks, no eclipse, no upsets."""
    card = ground_card(scenario)
    return Host(
        card=card,
        levels=(_card_level(card, math.inf), _network_level(card, math.inf)),
        faults_per_s=scenario.running.faults_per_day / DAY_S,
        upsets_per_s=0.0,
        lost_per_s=0.0,
        cards_per_place=math.inf,
        n_places=1.0,
        together=True,
        laser_bit_per_s=0.0,
        dark=SUNLIT,
        weight=1.0,
    )


def orbital_hosts(
    scenario: Scenario,
    fleet: Fleet,
    op: Floats,
    light: Sequence[DailyLight],
    start: datetime,
    end: datetime,
) -> list[Host]:
    """Return the hosts of one orbital centre.

    Parameters
    ----------
    scenario : Scenario
    fleet : Fleet
        Its entities (s,) that fly, all of one centre.
    op : ndarray (s,)
        Card operations each offers in the window.
    light : sequence of DailyLight
        Of each entity.
    start, end : datetime
        The days that the window stands for.

    Returns
    -------
    list of Host
        One for each kind of satellite in each plane.

    Assumptions
    -----------
    Satellites of a plane are evenly spaced, each with a laser to the next, cut where the Earth stands
    between. Faults of the ground also happen in orbit; upsets and cards lost for good come on top.
    """
    kinds, first, kind = np.unique(
        np.stack([fleet.spacecraft, fleet.plane]), axis=1, return_index=True, return_inverse=True
    )
    n_docked = float(fleet.n_units.sum())
    lasers = lasers_of(scenario, fleet)
    hosts = []
    for number, (craft, plane) in enumerate(kinds.T):
        model = scenario.spacecraft[fleet.spacecraft_names[craft]]
        card = accelerator_of(scenario, model)
        if card is None or model.compute is None:
            continue
        i = int(first[number])
        pattern = fleet.batches[fleet.batch[i]].model.orbit.pattern
        docked = pattern == "docked"
        per_unit = n_cards(model, card)
        n_places = 1.0 if docked else float((fleet.plane == plane).sum())
        radius_km, period_s = _orbit(fleet.satellites[i].satrec)
        laser = 0.0
        if n_places > 1.0 and _linked(scenario, lasers, i):
            laser = _laser_bit_per_s(
                scenario, lasers, i, _apart(radius_km, n_places, near=pattern in TOGETHER)
            )
        levels = [_card_level(card, per_unit), _network_level(card, per_unit)]
        if docked:
            levels.append(Level("dock", per_unit, n_docked, model.compute.dock_bit_per_s))
        else:
            levels.append(Level("laser", per_unit, n_places, laser))
        hosts.append(
            Host(
                card=card,
                levels=tuple(levels),
                faults_per_s=scenario.running.faults_per_day / DAY_S,
                upsets_per_s=card.upsets_per_day / DAY_S,
                lost_per_s=-math.log1p(-card.loss_per_yr_frac) / JULIAN_YEAR_S,
                cards_per_place=per_unit * (n_docked if docked else 1.0),
                n_places=n_places,
                together=pattern in TOGETHER,
                laser_bit_per_s=laser,
                dark=_dark(scenario, light[i].between(start, end), period_s),
                weight=float(op[kind.reshape(-1) == number].sum()),
            )
        )
    return hosts


def _card_level(card: Accelerator, n_cards: float) -> Level:
    return Level("card", 1.0, min(float(card.n_per_node), n_cards), card.link_bit_per_s)


def _network_level(card: Accelerator, n_cards: float) -> Level:
    """Return the ring among the nodes of one place: each card has a port of its own."""
    size = float(card.n_per_node)
    return Level("network", size, max(n_cards / size, 1.0), card.network_bit_per_s * size)


def _orbit(satrec: object) -> tuple[float, float]:
    """Return the mean radius [km] and the period [s] of an initialised element set."""
    period_s = TAU / float(satrec.no_kozai) * 60.0  # type: ignore[attr-defined]
    return float(satrec.a) * float(satrec.radiusearthkm), period_s  # type: ignore[attr-defined]


def _linked(scenario: Scenario, lasers: Lasers, i: int) -> bool:
    """Tell whether a satellite has lasers for both of its neighbours, and the network uses them."""
    return scenario.network.topology not in ("none", "docked") and bool(lasers.n_terminals[i] >= 2)


def _apart(radius_km: float, n_places: float, *, near: bool) -> tuple[float, float]:
    """Return how far the next satellite of an even ring is, and how high the line to it passes [km]."""
    half_rad = 0.0 if near else math.pi / n_places
    return 2.0 * radius_km * math.sin(half_rad), radius_km * math.cos(half_rad) - EARTH_RADIUS_KM


def _laser_bit_per_s(scenario: Scenario, lasers: Lasers, i: int, apart: tuple[float, float]) -> float:
    """Return the rate to such a neighbour, 0 where the Earth stands between or it is out of reach."""
    length_km, height_km = apart
    if height_km * 1e3 < scenario.network.clearance_m:
        return 0.0
    pair = np.array([i])
    return float(lasers.between(pair, pair, np.array([length_km]))[0])


def _dark(scenario: Scenario, days: DailyLight, period_s: float) -> Dark:
    """Return the eclipses that stop cards: none where the batteries carry them through."""
    known = np.isfinite(days.sunlit_frac)
    has_any = known & (days.n_eclipses > 0)
    if scenario.operations.envelope == "ride-through" or not has_any.any():
        return SUNLIT
    n_per_day = float(days.n_eclipses[has_any].mean())
    return Dark(
        period_s=max(DAY_S / n_per_day, period_s),
        length_s=float(days.max_eclipse_s[has_any].mean()),
        days_frac=float(has_any.sum() / known.sum()),
    )
