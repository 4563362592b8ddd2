"""Where work can run: the constellation and the ground hubs → capacity by slot and latency from each city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import JULIAN_YEAR_S
from ..errors import InputError, Problem
from ..network.fibre import FIBRE_S_PER_KM, fibre_length_km, great_circle_km

if TYPE_CHECKING:
    from ..scenario.models import Hub, Precision, Scenario

Floats = NDArray[np.float64]

ORBIT = 0
"""Number of the constellation among the sites."""

SIDES = ("orbit", "west", "east")
"""Sides of the system, in the order of the codes that results keep."""

ORBIT_LATENCY_S = 1.0
"""Orbit is not offered to work that needs its answer sooner: a pass must come first."""

RATE_OVER_INT8: dict[Precision, float] = {"int8": 1.0, "fp16": 0.5, "fp4": 1.0}
"""Ground rate at a precision over its int8 rate: halves with twice the width (dense matrix units); cards
installed on the ground have no fp4 unit, so fp4 work runs there at the int8 rate (assumption)."""


@dataclass(frozen=True)
class Sites:
    """All places that run jobs; the constellation is number `ORBIT`. Axes: site, slot `k`, city."""

    slot_s: float
    names: tuple[str, ...]
    sides: tuple[str, ...]
    """(site,) orbit, west or east."""
    op: Floats
    """(site, k) operations that fit in each slot."""
    link_bit: Floats
    """(k,) bits that the constellation exchanges with the ground in each slot."""
    latency_s: Floats
    """(site, city) request to response on an idle site [s]."""

    def __post_init__(self) -> None:
        """Refuse what no schedule can be made of, and make the arrays read-only."""
        n_site, n_slot = self.op.shape
        if n_slot == 0 or self.link_bit.shape != (n_slot,) or len(self.names) != n_site:
            found = f"capacity {self.op.shape}, link {self.link_bit.shape}, {len(self.names)} names"
            raise InputError(
                Problem("sites", found, "one row per site, one column per slot, at least one slot")
            )
        for name, array in (("op", self.op), ("link_bit", self.link_bit)):
            if not (np.all(np.isfinite(array)) and np.all(array >= 0.0)):
                raise InputError(Problem(f"sites.{name}", "a negative or non-finite value", ">= 0, finite"))
        for array in (self.op, self.link_bit, self.latency_s):
            array.flags.writeable = False

    @property
    def n_slots(self) -> int:
        """Slots of the window."""
        return int(self.op.shape[1])


def sites_of(scenario: Scenario, when: datetime, orbit_op: Floats, orbit_bit: Floats) -> Sites:
    """Return the constellation and the ground hubs as sites of one window.

    A hub's capacity grows by a constant factor a year; the clusters of one hub add up, and its latency from a
    city is that of its farthest cluster, so that no placement inside the hub breaks a promise.

    Parameters
    ----------
    scenario : names the hubs, the cities, the slot and the report precision.
    when : UTC; the hubs' capacity is that of this instant.
    orbit_op : (k,) operations the constellation can do in each slot [op].
    orbit_bit : (k,) bits it can exchange with the ground in each slot [bit].

    Returns
    -------
    Sites, the constellation first, then the hubs in the scenario's order.

    Raises
    ------
    InputError if clusters of one hub lie on different sides, or a capacity is negative or not finite.

    Assumptions
    -----------
    Steady ground capacity through a window; a capacity of year Y stands for its middle; precisions by
    `RATE_OVER_INT8`.

    Source
    ------
    Compound growth; latency: `fibre_round_trip_s`.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> scenario = N(hub={}, city={}, ground=N(hubs=()), time=N(slot_s=600.0), report_precision="int8")
    >>> sites_of(scenario, datetime(2035, 1, 1, tzinfo=UTC), np.full(144, 1e20), np.full(144, 1e12)).names
    ('orbit',)
    """
    clusters: dict[str, list[Hub]] = {}
    for key in scenario.ground.hubs:
        clusters.setdefault(scenario.hub[key].hub, []).append(scenario.hub[key])
    cities = tuple(scenario.city.values())
    city_lat = np.array([city.lat_deg for city in cities], np.float64)
    city_lon = np.array([city.lon_deg for city in cities], np.float64)
    slot_s = scenario.time.slot_s
    n_slot = orbit_op.size
    op = [np.array(orbit_op, np.float64)]
    sides = ["orbit"]
    latency = [np.full(len(cities), ORBIT_LATENCY_S)]
    for name, members in clusters.items():
        side = {cluster.side for cluster in members}
        if len(side) > 1:
            raise InputError(Problem(f"hub of {name}", "clusters east and west", "one side for one hub"))
        rate = sum(_rate_op_per_s(cluster, when) for cluster in members)
        op.append(np.full(n_slot, rate * slot_s * RATE_OVER_INT8[scenario.report_precision]))
        sides.append(side.pop())
        reach = [fibre_round_trip_s(city_lat, city_lon, hub.lat_deg, hub.lon_deg) for hub in members]
        latency.append(np.max(reach, axis=0))
    return Sites(
        slot_s=slot_s,
        names=("orbit", *clusters),
        sides=tuple(sides),
        op=np.array(op),
        link_bit=np.array(orbit_bit, np.float64),
        latency_s=np.array(latency),
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
