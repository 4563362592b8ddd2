"""Relays: satellites that carry what others send. Longitudes and beams + positions → who is relayed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DEG, EARTH_RADIUS_KM
from ..errors import InputError, Problem
from ..kernels.beams import hand_out
from ..orbit.geometry import grazing_altitude_km
from ..orbit.time import Floats
from .topology import CLEARANCE_KM

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

GEO_ALTITUDE_KM = 35786.0
"""Of a geostationary orbit over the equatorial radius."""


@dataclass(frozen=True)
class Relay:
    """A geostationary relay: where it stands, how many satellites it serves at once, and how fast each."""

    name: str
    lon_deg: float
    n_beams: int
    down_bit_per_s: float = 0.0
    up_bit_per_s: float = 0.0

    def __post_init__(self) -> None:
        problems = []
        if not (math.isfinite(self.lon_deg) and -180.0 <= self.lon_deg <= 360.0):
            allowed = "a longitude from -180 to 360 deg east"
            problems.append(Problem(f"relay {self.name}: lon", f"{self.lon_deg:g} deg", allowed))
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


@dataclass(frozen=True)
class Users:
    """Satellites that relays may serve: positions (k, u, 3) [km], groups (k, u) and weights (u,).

    Users that reach one another anyway have one number in `group`; `weight` is the part of each in the work.
    """

    r_km: Floats
    group: Integers
    weight: Floats


def relayed(
    users: Users,
    relay_km: Floats,
    n_beams: Integers,
    *,
    n_per_group: int,
    clearance_km: float = CLEARANCE_KM,
    max_range_km: float = np.inf,
    allowed: Flags | None = None,
) -> tuple[Integers, Integers, Integers, Floats]:
    """Return which users which relays serve at some instants.

    Parameters
    ----------
    users : Users
    relay_km : array (k, r, 3) [km]
        Positions in the frame of the users; NaN for the dead.
    n_beams : array (r,)
        Users that each relay serves at once.
    n_per_group : int
        Of them, the most in one group.
    clearance_km, max_range_km : float [km]
        Height over the Earth that a link keeps; what the terminals reach.
    allowed : array (u, r) of bool, optional
        Pairs that may link at all; all of them by default.

    Returns
    -------
    slot, user, relay : arrays (l,)
        Instant and link, each user on at most one relay at a time; by instant, in the order in which they
        were given out.
    length_km : array (l,) [km]

    Assumptions
    -----------
    A user has one terminal for relays. Beams go one by one to the group with most work for each beam that it
    would then have, and there to the pair that is nearest: groups share the beams in proportion to their
    work. No pair could be added.

    Source
    ------
    Highest averages: D'Hondt 1882.

    Examples
    --------
    Two satellites that reach each other do four sevenths of the work, a third one alone the rest:

    >>> r_km = np.array([[[7000.0, 0.0, 0.0], [7100.0, 0.0, 0.0], [7200.0, 0.0, 0.0]]])
    >>> users = Users(r_km, np.array([[0, 0, 1]]), np.array([1.0, 1.0, 1.5]))
    >>> slot, user, relay, _ = relayed(users, np.array([[[42164.0, 0.0, 0.0]]]), np.array([2]), n_per_group=2)
    >>> user.tolist()
    [1, 2]
    """
    r_km = users.r_km
    apart2_km2 = np.zeros((len(r_km), r_km.shape[1], relay_km.shape[1]))
    for axis in range(3):
        apart2_km2 += (r_km[:, :, None, axis] - relay_km[:, None, :, axis]) ** 2
    with np.errstate(invalid="ignore"):
        near = (apart2_km2 > 0.0) & (apart2_km2 <= max_range_km**2)
    slot, user, relay = np.nonzero(near if allowed is None else near & allowed)
    clear = grazing_altitude_km(r_km[slot, user], relay_km[slot, relay]) >= clearance_km
    slot, user, relay = slot[clear], user[clear], relay[clear]
    length_km: Floats = np.sqrt(apart2_km2[slot, user, relay])
    group = users.group[slot, user]
    run = slot * (int(users.group.max(initial=0)) + 1) + group
    # nearest first in each group of an instant; equals stay in their order, by user and relay
    order = np.lexsort((length_km, run))
    slot, user, relay, length_km = slot[order], user[order], relay[order], length_km[order]
    starts = np.flatnonzero(np.diff(run[order], prepend=-1))
    work = np.bincount(users.group.ravel(), np.tile(users.weight, len(r_km)))
    taken = np.empty(min(len(slot), len(r_km) * int(n_beams.sum())), dtype=np.int64)
    n_taken = hand_out(
        np.searchsorted(slot[starts], np.arange(len(r_km) + 1)),
        np.append(starts, len(slot)),
        work[group[order[starts]]],
        user,
        relay,
        r_km.shape[1],
        n_beams,
        n_per_group,
        taken,
    )
    chosen = taken[:n_taken]
    return slot[chosen], user[chosen], relay[chosen], length_km[chosen]
