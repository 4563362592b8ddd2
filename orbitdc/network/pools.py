"""Pools: satellites that reach one another share their contacts. Groups, links, contacts → bits of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..orbit.time import Floats

Integers = NDArray[np.int64]

_HALVINGS = 60
"""Of the bisection: what is left of the widest bracket is less than rounding."""


def groups_of(n: int, a: Integers, b: Integers) -> Integers:
    """Return the number of the group that each of n nodes is in, joined by links a - b.

    >>> groups_of(4, np.array([0, 2]), np.array([2, 3])).tolist()
    [0, 1, 0, 0]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    group: Integers = connected_components(pairs, directed=False)[1].astype(np.int64)
    return group


def pool(
    group: Integers, centre: Integers, weight: Floats, contact_bit: Floats, carried_bit: Floats
) -> tuple[Floats, Floats]:
    """Return what centres can exchange with the ground when satellites that reach one another pool contacts.

    Parameters
    ----------
    group : array (n,)
        Parts of centres, and relays, that reach one another have one number.
    centre : array (n,)
        Number of the centre of which this is the part in its group, negative for a relay.
    weight : array (n,)
        Work of each part, unscaled.
    contact_bit : array (n,)
        Bits that each can exchange with the ground itself.
    carried_bit : array (n,)
        Bits that its links to the others carry, all together.

    Returns
    -------
    own_bit, through_bit : arrays (n,)
        Bits for the work of each, and bits that pass through it.

    Assumptions
    -----------
    Which of the satellites of a centre works on data that must move is chosen by who can move them. A relay
    brings what both its contacts and its links carry. The parts in a group share in proportion to their work
    as far as their links carry what one has too much of to another.

    Source
    ------
    The level x at which the shares min(max(w x, contact - links), contact + links) add up to all that comes,
    by bisection.

    Examples
    --------
    Two centres of equal work, one of them in contact for 10 bits, 4 bits between them: without the link all
    would be its own.

    >>> ends = np.array([0, 1])
    >>> own, _ = pool(np.zeros(2, int), ends, np.ones(2), np.array([10.0, 0.0]), np.array([4.0, 4.0]))
    >>> own.round(9).tolist()
    [6.0, 4.0]
    """
    n_groups = int(group.max(initial=-1)) + 1
    works = centre >= 0
    served = np.bincount(group, np.where(works, weight, 0.0), n_groups)[group] > 0.0
    through = np.where(served, np.where(works, contact_bit, np.minimum(contact_bit, carried_bit)), 0.0)
    brought = np.bincount(group, through, n_groups).astype(np.float64)
    part = np.flatnonzero(works & served)
    own_group, own_weight = group[part], weight[part]
    least = np.maximum(through[part] - carried_bit[part], 0.0)
    most = through[part] + carried_bit[part]
    low = np.zeros(n_groups)
    smallest = np.full(n_groups, np.inf)
    np.minimum.at(smallest, own_group, np.where(own_weight > 0.0, own_weight, np.inf))
    high = np.divide(brought, smallest, out=np.zeros(n_groups), where=np.isfinite(smallest))
    for _ in range(_HALVINGS):
        level = 0.5 * (low + high)
        share = np.clip(own_weight * level[own_group], least, most)
        enough = np.bincount(own_group, share, n_groups) >= brought
        low, high = np.where(enough, low, level), np.where(enough, level, high)
    own = np.zeros(len(group))
    own[part] = np.clip(own_weight * high[own_group], least, most)
    total = np.bincount(group, own, n_groups).astype(np.float64)
    exact = np.minimum(np.divide(brought, total, out=np.ones(n_groups), where=total > 0.0), 1.0)
    return own * exact[group], through
