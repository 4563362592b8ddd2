"""Where work can run: orbital centres and ground hubs → capacity, links and latency by slot."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..constants import JULIAN_YEAR_S
from ..errors import InputError, Problem
from ..network.fibre import FIBRE_S_PER_KM, fibre_length_km, great_circle_km
from ..spacecraft.cards import ground_card

if TYPE_CHECKING:
    from ..scenario.models import Hub, Precision, Scenario
    from ..workload import Jobs
    from .centres import Centres

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Side = Literal["orbit", "west", "east"]

SIDES: tuple[Side, ...] = ("orbit", "west", "east")
"""Sides of the system, in the order of the codes that results keep."""

RATE_OVER_INT8: dict[Precision, float] = {"int8": 1.0, "fp16": 0.5, "fp4": 1.0}
"""Ground rate at a precision over its int8 rate: halves with twice the width (dense matrix units); cards
installed on the ground have no fp4 unit, so fp4 work runs there at the int8 rate (assumption)."""


@dataclass(frozen=True)
class Sites:
    """All places that run jobs, orbital centres first. Axes: site, slot `k`, job class `c`, city."""

    slot_s: float
    names: tuple[str, ...]
    sides: tuple[Side, ...]
    """(site,) orbit, west or east."""
    op: Floats
    """(site, k) operations that the cards can do in each slot, at the report precision."""
    card_op_per_s: Floats
    """(site,) peak rate of one card; inf where cards are not told apart."""
    up_bit: Floats
    """(site, k) bits that can reach the site in each slot; inf where nothing limits them."""
    down_bit: Floats
    """(site, k) bits that can leave it."""
    latency_s: Floats
    """(site, city, k) request to response on an idle site [s]; inf where none is to be had."""
    useful_frac: Floats
    """(c, site) useful operations over card operations: what the model, the gang and restarts leave."""
    price_usd_per_op: Floats
    """(site, k) price of one more card operation, electricity only."""
    carbon_kg_per_op: Floats
    """(site, k) carbon dioxide of one more card operation, electricity only."""
    water_l_per_op: Floats
    """(site, k) water of one more card operation."""
    paired: Flags
    """(city, site) whether the plan sends the city's cold work there."""

    def __post_init__(self) -> None:
        """Refuse what no schedule can be made of, and make the arrays read-only."""
        problems = _problems(self)
        if problems:
            raise InputError(*problems)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def n_slots(self) -> int:
        """Slots of the window."""
        return int(self.op.shape[1])

    @property
    def n_orbit(self) -> int:
        """Orbital centres; they are the sites 0 .. n_orbit - 1."""
        return self.sides.count("orbit")

    @property
    def linked(self) -> Flags:
        """Whether data to or from each site is limited (site,)."""
        limited = np.isfinite(self.up_bit) | np.isfinite(self.down_bit)
        return np.asarray(limited.any(axis=1))


def _problems(sites: Sites) -> list[Problem]:
    n_site, n_slot = sites.op.shape
    n_class, n_city = len(sites.useful_frac), len(sites.paired)
    shapes = {
        "names": (n_site,),
        "sides": (n_site,),
        "card_op_per_s": (n_site,),
        "latency_s": (n_site, n_city, n_slot),
        "useful_frac": (n_class, n_site),
        "paired": (n_city, n_site),
        **dict.fromkeys(
            ("up_bit", "down_bit", "price_usd_per_op", "carbon_kg_per_op", "water_l_per_op"), (n_site, n_slot)
        ),
    }
    problems = [] if n_slot else [Problem("sites.op", "no slot", "at least one slot")]
    for name, shape in shapes.items():
        found = np.shape(getattr(sites, name))
        if found != shape:
            problems.append(Problem(f"sites.{name}", f"the shape {found}", f"{shape}"))
    for name in ("op", "price_usd_per_op", "carbon_kg_per_op", "water_l_per_op", "useful_frac"):
        if not np.all(np.isfinite(getattr(sites, name))):
            problems.append(Problem(f"sites.{name}", "a non-finite value", "finite values"))
    for name in ("op", "up_bit", "down_bit", "latency_s", "useful_frac", "card_op_per_s"):
        if not np.all(getattr(sites, name) >= 0.0):
            problems.append(Problem(f"sites.{name}", "a negative value or none", "values >= 0"))
    if any(side != "orbit" for side in sites.sides[: sites.n_orbit]):
        problems.append(Problem("sites.sides", "an orbital centre after a hub", "orbital centres first"))
    repeated = sorted({name for name in sites.names if sites.names.count(name) > 1})
    problems += [Problem("sites.names", f"{name} twice", "a name of its own for each") for name in repeated]
    return problems


def sites_of(scenario: Scenario, when: datetime, jobs: Jobs, centres: Centres) -> Sites:
    """Return the orbital centres and the ground hubs as sites of one window.

    A hub's capacity grows by a constant factor a year; the clusters of one hub add up, and its latency from a
    city is that of its farthest cluster, so that no placement inside the hub breaks a promise.

    Parameters
    ----------
    scenario : names the hubs, the cities, the slot and the report precision.
    when : UTC; the hubs' capacity is that of this instant.
    jobs : of the window: its classes.
    centres : what the orbital centres offer in it.

    Returns
    -------
    Sites, the centres first, then the hubs in the scenario's order.

    Raises
    ------
    InputError if clusters of one hub lie on different sides, or a capacity is negative or not finite.

    Assumptions
    -----------
    Steady ground capacity through a window; a capacity of year Y stands for its middle; precisions by
    `RATE_OVER_INT8`; fibre never short; hubs have cards of one kind.

    Source
    ------
    Compound growth; latency: `fibre_round_trip_s`.

    Examples
    --------
    `sites_of(scenario, window.middle, jobs, centres_of(...)).names` begins with the centres.
    """
    clusters: dict[str, list[Hub]] = {}
    for key in scenario.ground.hubs:
        clusters.setdefault(scenario.hub[key].hub, []).append(scenario.hub[key])
    cities = tuple(scenario.city.values())
    city_lat = np.array([city.lat_deg for city in cities], np.float64)
    city_lon = np.array([city.lon_deg for city in cities], np.float64)
    slot_s = scenario.time.slot_s
    n_orbit, n_slot = centres.op.shape
    n_hub = len(clusters)
    sides: list[Side] = ["orbit"] * n_orbit
    op = np.zeros((n_hub, n_slot))
    latency_s = np.zeros((n_hub, len(cities), n_slot))
    for row, (name, members) in enumerate(clusters.items()):
        side = {cluster.side for cluster in members}
        if len(side) > 1:
            raise InputError(Problem(f"hub of {name}", "clusters east and west", "one side for one hub"))
        sides.append(side.pop())
        rate = sum(_rate_op_per_s(cluster, when) for cluster in members)
        op[row] = rate * slot_s * RATE_OVER_INT8[scenario.report_precision]
        reach = [fibre_round_trip_s(city_lat, city_lon, hub.lat_deg, hub.lon_deg) for hub in members]
        latency_s[row] = np.max(reach, axis=0)[:, None]
    unlimited = np.full((n_hub, n_slot), np.inf)
    shape = (n_orbit + n_hub, n_slot)
    card = float(getattr(ground_card(scenario), f"{scenario.report_precision}_op_per_s"))
    return Sites(
        slot_s=slot_s,
        names=(*centres.names, *clusters),
        sides=tuple(sides),
        op=np.vstack([centres.op, op]),
        card_op_per_s=np.concatenate([centres.card_op_per_s, np.full(n_hub, card)]),
        up_bit=np.vstack([centres.up_bit, unlimited]),
        down_bit=np.vstack([centres.down_bit, unlimited]),
        latency_s=np.concatenate([centres.latency_s, latency_s]),
        useful_frac=np.repeat(jobs.mfu_frac[:, None], shape[0], axis=1),
        price_usd_per_op=np.zeros(shape),
        carbon_kg_per_op=np.zeros(shape),
        water_l_per_op=np.zeros(shape),
        paired=np.zeros((len(cities), shape[0]), np.bool_),
    )


def fibre_round_trip_s(lat_deg: Floats, lon_deg: Floats, to_lat_deg: float, to_lon_deg: float) -> Floats:
    """Return the time light needs through fibre to a place and back.

    Parameters
    ----------
    lat_deg, lon_deg : (n,) places [deg].
    to_lat_deg, to_lon_deg : the other end [deg].

    Returns
    -------
    (n,) round trip [s].

    Assumptions
    -----------
    Great circle times a detour of 1.4 below 300 km and 1.8 above; no routers, no queues.

    Source
    ------
    Haversine: Sinnott, Sky and Telescope 68 (1984) 159; detours: China Academy of Information and
    Communications Technology, bulletin of 2024, fitted over the ten clusters.

    Examples
    --------
    Beijing to Gui'an and back, 1,760 km apart:

    >>> beijing = np.array([39.9075]), np.array([116.3972])
    >>> float(np.round(1e3 * fibre_round_trip_s(*beijing, 26.4, 106.45)[0], 1))
    31.1
    """
    distance_km = great_circle_km(lat_deg, lon_deg, to_lat_deg, to_lon_deg)
    return np.asarray(2.0 * fibre_length_km(distance_km) * FIBRE_S_PER_KM, np.float64)


def _rate_op_per_s(cluster: Hub, when: datetime) -> float:
    middle = datetime(cluster.year, 7, 2, tzinfo=UTC)
    years = (when - middle).total_seconds() / JULIAN_YEAR_S
    return float(cluster.int8_op_per_s * (1.0 + cluster.growth_per_yr_frac) ** years)
