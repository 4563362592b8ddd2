"""Who is owed how much: demands, weights and past use → fair shares, and in which order to serve.

Pure arithmetic on arrays; `tenancy` puts it to work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.usage import usage_before

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FULL_FRAC = 1e-12
"""A resource with less than this share left is taken as used up: rounding, not room."""


def dominant_share_frac(demand: Floats, capacity: Floats) -> Floats:
    """Return the largest share of any resource that each user asks for.

    Parameters
    ----------
    demand : (user, resource) in each resource's unit.
    capacity : (resource,) of the whole system.

    Returns
    -------
    (user,) share; inf where something is asked of a resource that does not exist.

    Source
    ------
    Ghodsi et al., Dominant Resource Fairness, NSDI 2011, section 4.

    Examples
    --------
    >>> dominant_share_frac(np.array([[1.0, 4.0], [3.0, 1.0]]), np.array([9.0, 18.0])).round(3).tolist()
    [0.222, 0.333]
    """
    share = np.divide(demand, capacity, out=np.full_like(demand, np.inf), where=capacity > 0.0)
    return np.asarray(np.where(demand > 0.0, share, 0.0).max(axis=1, initial=0.0))


def dominant_resource_fairness(demand: ArrayLike, capacity: ArrayLike, weight: ArrayLike) -> Floats:
    """Return the part of each user's demand that weighted dominant resource fairness grants.

    All users' dominant shares, each over its weight, rise together; a user stops when its demand is met or
    a resource that it needs is used up, and the others go on.

    Parameters
    ----------
    demand : (user, resource), all of it wanted in this proportion.
    capacity : (resource,)
    weight : (user,) > 0.

    Returns
    -------
    (user,) granted part of the demand, 0 .. 1; 1 for a user that asks for nothing.

    Assumptions
    -----------
    Work is divisible and needs its resources in fixed proportion (Leontief).

    Source
    ------
    Ghodsi et al., Dominant Resource Fairness, NSDI 2011; weights and demands of zero: Parkes, Procaccia and
    Shah, Beyond Dominant Resource Fairness, EC 2012, section 3.

    Examples
    --------
    The example of Ghodsi et al., 9 CPUs and 18 GB, tasks of (1, 4) and (3, 1), a hundred of each wanted:
    three of the first run and two of the second.

    >>> tasks = 100.0 * np.array([[1.0, 4.0], [3.0, 1.0]])
    >>> (100 * dominant_resource_fairness(tasks, [9.0, 18.0], [1.0, 1.0])).round(6).tolist()
    [3.0, 2.0]
    """
    wanted = np.asarray(demand, np.float64)
    limit, worth = np.asarray(capacity, np.float64), np.asarray(weight, np.float64)
    dominant = dominant_share_frac(wanted, limit)
    granted = np.where(dominant > 0.0, 0.0, 1.0)
    rising = (dominant > 0.0) & np.isfinite(dominant)
    while rising.any():
        pace = np.where(rising, worth / np.where(rising, dominant, 1.0), 0.0)
        taken = pace @ wanted
        left = np.maximum(limit - granted @ wanted, 0.0)
        until_full = np.divide(left, taken, out=np.full_like(left, np.inf), where=taken > 0.0)
        until_met = np.divide(1.0 - granted, pace, out=np.full_like(pace, np.inf), where=rising)
        step = min(until_full.min(initial=np.inf), until_met.min())
        granted = np.where(rising, np.minimum(granted + step * pace, 1.0), granted)
        granted[rising & (until_met <= step)] = 1.0
        full = (until_full <= step) | (limit - granted @ wanted <= FULL_FRAC * limit)
        rising &= (granted < 1.0) & ~np.any((wanted > 0.0) & full, axis=1)
    return granted


def weighted_max_min(demand: ArrayLike, capacity: float, weight: ArrayLike) -> Floats:
    """Return the weighted max-min fair division of one resource: nobody gets more while another lacks.

    Parameters
    ----------
    demand : (user,) in the resource's unit.
    capacity : what there is, same unit.
    weight : (user,) > 0.

    Returns
    -------
    (user,) granted, same unit.

    Source
    ------
    Bertsekas and Gallager, Data Networks (1992), section 6.5.2: progressive filling.

    Examples
    --------
    >>> weighted_max_min([2.0, 2.6, 4.0, 5.0], 10.0, [1.0, 1.0, 1.0, 1.0]).round(6).tolist()
    [2.0, 2.6, 2.7, 2.7]
    """
    wanted = np.asarray(demand, np.float64)
    return wanted * dominant_resource_fairness(wanted[:, None], np.array([capacity]), weight)


def fairness_index(got_over_owed: ArrayLike) -> float:
    """Return Jain's index of how evenly users are treated: 1 all alike, 1/n one has everything.

    Parameters
    ----------
    got_over_owed : (user,) what each got over what it was owed, >= 0.

    Source
    ------
    Jain, Chiu and Hawe, DEC Research Report TR-301 (1984).

    Examples
    --------
    >>> fairness_index([1.0, 1.0, 1.0]), fairness_index([1.0, 0.0, 0.0, 0.0])
    (1.0, 0.25)
    """
    ratio = np.asarray(got_over_owed, np.float64)
    squares = float(ratio @ ratio)
    return float(ratio.sum()) ** 2 / (ratio.size * squares) if squares > 0.0 else 1.0


def decayed_usage(user: Ints, slot: Ints, charge: Floats, n_users: int, fade: Floats) -> Floats:
    """Return what each charge's user has used of late by the charges before it in order, old use fading.

    Parameters
    ----------
    user : (j,) number of the user, 0 .. n_users - 1, in the order in which charges are made.
    slot : (j,) when on the circle of slots each is felt.
    charge : (j,) in any unit.
    n_users : users in all.
    fade : (k,) part of a charge still felt so many slots later, `half_life_fade`.

    Returns
    -------
    (j,) usage in the unit of the charge.

    Assumptions
    -----------
    The window repeats: a charge is felt around the whole circle. All windows before it would add the same
    factor for everybody, and are left out, so that a window needs no other to be computed.

    Source
    ------
    Slurm Workload Manager, multifactor priority plugin: half-life decay of fair-share usage.

    Examples
    --------
    Four slots, half forgotten in one: the second charge feels half of the first, the third an eighth of it.

    >>> fade = half_life_fade(4, slot_s=1.0, half_life_s=1.0)
    >>> decayed_usage(np.zeros(3, int), np.array([0, 1, 3]), np.ones(3), 1, fade).tolist()
    [0.0, 0.5, 0.375]
    """
    before = np.empty(charge.size)
    usage_before(user, slot, charge, fade, np.zeros((n_users, fade.size)), before)
    return before


def half_life_fade(n_slots: int, slot_s: float, half_life_s: float) -> Floats:
    """Return the part (k,) of a use that is still felt k slots later: half of it after each half-life.

    Examples
    --------
    >>> half_life_fade(3, 600.0, 1200.0).round(3).tolist()
    [1.0, 0.707, 0.5]
    """
    return np.asarray(np.exp2(-np.arange(n_slots) * (slot_s / half_life_s)))
