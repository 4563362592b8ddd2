"""Relays: satellites that carry what others send. Longitudes and beams + positions → who is relayed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DEG, EARTH_RADIUS_KM
from ..errors import InputError, Problem
from ..orbit.geometry import grazing_altitude_km
from ..orbit.time import Floats
from .topology import CLEARANCE_KM

Integers = NDArray[np.int64]

GEO_ALTITUDE_KM = 35786.0
"""Of a geostationary orbit over the equatorial radius."""

TIANLIAN_LON_DEG = {
    "tianlian-2-03": 10.6,
    "tianlian-1-05": 16.8,
    "tianlian-2-05": 20.4,
    "tianlian-2-01": 77.0,
    "tianlian-2-04": 79.9,
    "tianlian-2-02": 171.0,
    "tianlian-1-04": 177.0,
}
"""East longitudes of the Tianlian relays, from element sets of 2026-05-30 and 2026-08-22 (CelesTrak)."""


@dataclass(frozen=True)
class Relay:
    """A geostationary relay: where it stands, and how many satellites it serves at once."""

    name: str
    lon_deg: float
    n_beams: int

    def __post_init__(self) -> None:
        problems = []
        if not (math.isfinite(self.lon_deg) and -180.0 <= self.lon_deg <= 360.0):
            allowed = "a longitude from -180 to 360 deg east"
            known = ", ".join(f"{name} {lon_deg:g}" for name, lon_deg in TIANLIAN_LON_DEG.items())
            place = f"relay {self.name}: lon"
            problems.append(
                Problem(place, f"{self.lon_deg:g} deg", allowed, f"Tianlian stand at {known} deg")
            )
        if self.n_beams < 1:
            problems.append(Problem(f"relay {self.name}: beams", str(self.n_beams), "1 or more"))
        if problems:
            raise InputError(*problems)


def geostationary_teme_km(relays: Sequence[Relay], gmst_rad: Floats) -> Floats:
    """Return the positions of geostationary relays, which turn with the Earth.

    Parameters
    ----------
    relays : sequence of Relay (r,)
    gmst_rad : array (t,) [rad]
        Angle from TEME to the rotating Earth.

    Returns
    -------
    ndarray (r, t, 3) [km]

    Assumptions
    -----------
    On the equator, at rest over their longitude; the Tianlian satellites keep within 0.5 to 4.5 deg of it.

    Examples
    --------
    >>> r_km = geostationary_teme_km([Relay("a", 90.0, 1)], np.zeros(1))
    >>> r_km[0, 0].round(0).tolist()
    [0.0, 42164.0, 0.0]
    """
    angle_rad = np.array([relay.lon_deg for relay in relays])[:, None] * DEG + gmst_rad
    radius_km = EARTH_RADIUS_KM + GEO_ALTITUDE_KM
    return radius_km * np.stack([np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)], axis=-1)


def relayed(
    user_km: Floats,
    relay_km: Floats,
    n_beams: Integers,
    *,
    clearance_km: float = CLEARANCE_KM,
    max_range_km: float = np.inf,
) -> tuple[Integers, Integers, Floats]:
    """Return which users which relays serve at one instant, the nearest pairs first.

    Parameters
    ----------
    user_km, relay_km : arrays (u, 3), (r, 3) [km]
        Positions in one frame; NaN for the dead.
    n_beams : array (r,)
        Users that each relay serves at once.
    clearance_km, max_range_km : float [km]
        Height over the Earth that a link keeps; what the terminals reach.

    Returns
    -------
    user, relay : arrays (l,)
        Links, each user on at most one relay; in the order in which they were given out.
    length_km : array (l,) [km]

    Assumptions
    -----------
    A user has one terminal for relays. A pair is given out if both are still free when its turn comes,
    shortest first: no pair could be added, and no relay serves a farther user in place of a nearer.

    Examples
    --------
    >>> users = np.array([[7000.0, 0.0, 0.0], [7100.0, 0.0, 0.0], [-7000.0, 0.0, 0.0]])
    >>> user, relay, _ = relayed(users, np.array([[42164.0, 0.0, 0.0]]), np.array([1]))
    >>> user.tolist(), relay.tolist()
    ([1], [0])
    """
    apart_km = np.linalg.norm(user_km[:, None] - relay_km, axis=-1)
    with np.errstate(invalid="ignore"):
        fits = (apart_km > 0.0) & (apart_km <= max_range_km)
        fits &= grazing_altitude_km(user_km[:, None], relay_km[None]) >= clearance_km
    users, relays = np.nonzero(fits)
    lengths = apart_km[users, relays]
    order = np.lexsort((relays, users, lengths))
    left = n_beams.tolist()
    served: set[int] = set()
    links: list[int] = []
    for link in order.tolist():
        user, relay = int(users[link]), int(relays[link])
        if left[relay] > 0 and user not in served:
            left[relay] -= 1
            served.add(user)
            links.append(link)
            if not any(left):
                break
    taken = np.array(links, dtype=np.int64)
    return users[taken], relays[taken], lengths[taken]
