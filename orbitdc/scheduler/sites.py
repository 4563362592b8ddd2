"""Where work can run: orbital centres and ground hubs → capacity, links and latency by slot."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..fleet import centre_names
from ..spacecraft.cards import ground_card
from .lines import Narrow, narrow, places_of

if TYPE_CHECKING:
    from ..ground import Clusters
    from ..network import Lines
    from ..scenario.models import Scenario
    from ..workload import Jobs
    from .centres import Centres

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Side = Literal["orbit", "west", "east"]

SIDES: tuple[Side, ...] = ("orbit", "west", "east")
"""Sides of the system, in the order of the codes that results keep."""


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
    narrow: Narrow
    """Lines of fibre on the ways between cities and clusters that could be full."""

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

    def take(self, order: NDArray[np.int64]) -> Sites:
        """Return these sites in this order."""
        by_row = (
            "op card_op_per_s up_bit down_bit latency_s price_usd_per_op carbon_kg_per_op water_l_per_op"
        ).split()
        return replace(
            self,
            names=tuple(self.names[k] for k in order),
            sides=tuple(self.sides[k] for k in order),
            useful_frac=self.useful_frac[:, order],
            paired=self.paired[:, order],
            narrow=self.narrow.take(order),
            **{name: getattr(self, name)[order] for name in by_row},
        )

    @property
    def linked(self) -> Flags:
        """Whether data to or from each site is limited (site,)."""
        limited = np.isfinite(self.up_bit) | np.isfinite(self.down_bit)
        return np.asarray(limited.any(axis=1) | self.narrow.limited)


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


def site_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all sites of a plan in their order; a cluster named like a centre says `hub`."""
    centres = centre_names(scenario)
    return (*centres, *(f"{name} hub" if name in centres else name for name in scenario.ground.hubs))


def sites_of(
    scenario: Scenario,
    jobs: Jobs,
    centres: Centres,
    clusters: Clusters,
    ground_latency_s: Floats,
    lines: Lines,
    station: NDArray[np.int64],
) -> Sites:
    """Return the orbital centres and the clusters on the ground as sites of one window.

    Parameters
    ----------
    scenario : names the hubs, the cities and the pairs of the plan.
    jobs : of the window: its classes.
    centres : what the orbital centres offer in it.
    clusters : what the clusters offer in it, and at what price.
    ground_latency_s : (city, cluster) request to response over fibre, clusters in the scenario's order [s].
    lines : of fibre, on the ways from the cities to the clusters, in the same order, then to the stations.
    station : (centre, city, k) that of the quickest route to each orbital centre, -1 without one.

    Returns
    -------
    Sites, the centres first, then the clusters in the scenario's order.

    Raises
    ------
    InputError if a capacity is negative or not finite.

    Assumptions
    -----------
    Data take the lines of the quickest way to a cluster, or to the station at which the slot's quickest route
    goes up, all in the same slot. Energy in orbit has no price, carbon or water: it is paid for at the
    launch. Hubs have cards of one kind.

    Source
    ------
    Latency: `network.routes.ground_latency`.

    Examples
    --------
    `sites_of(scenario, jobs, centres_of(...), clusters_of(...)).names` begins with the centres.
    """
    hubs = [scenario.hub[name] for name in clusters.names]
    cities = tuple(scenario.city.values())
    n_orbit, n_slot = centres.op.shape
    n_hub = len(hubs)
    latency_s = ground_latency_s.T[:, :, None].copy()
    closed = [[bool(hub.serves) and city not in hub.serves for city in scenario.city] for hub in hubs]
    latency_s[np.array(closed, np.bool_).reshape(n_hub, len(cities))] = np.inf
    unlimited = np.full((n_hub, n_slot), np.inf)
    free = np.zeros((n_orbit, n_slot))
    pairs = [[city in hub.pairs for hub in hubs] for city in scenario.city]
    card = float(getattr(ground_card(scenario), f"{scenario.report_precision}_op_per_s"))
    return Sites(
        slot_s=clusters.slot_s,
        names=site_names(scenario),
        sides=("orbit",) * n_orbit + tuple(hub.side for hub in hubs),
        op=np.vstack([centres.op, clusters.op]),
        card_op_per_s=np.concatenate([centres.card_op_per_s, np.full(n_hub, card)]),
        up_bit=np.vstack([centres.up_bit, unlimited]),
        down_bit=np.vstack([centres.down_bit, unlimited]),
        latency_s=np.concatenate([centres.latency_s, np.repeat(latency_s, n_slot, axis=2)]),
        useful_frac=np.repeat(jobs.mfu_frac[:, None], n_orbit + n_hub, axis=1),
        price_usd_per_op=np.vstack([free, clusters.price_usd_per_op]),
        carbon_kg_per_op=np.vstack([free, clusters.carbon_kg_per_op]),
        water_l_per_op=np.vstack([free, clusters.water_l_per_op]),
        paired=np.hstack(
            [
                np.zeros((len(cities), n_orbit), np.bool_),
                np.array(pairs, np.bool_).reshape(len(cities), n_hub),
            ]
        ),
        narrow=narrow(lines, jobs, places_of(station, n_hub), clusters.slot_s),
    )
