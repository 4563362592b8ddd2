"""Pools: satellites that reach one another share their contacts. Groups, links, contacts → bits of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..orbit.time import Floats

Integers = NDArray[np.int64]


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


def pool(group: Integers, weight: Floats, contact_bit: Floats, carried_bit: Floats) -> tuple[Floats, Floats]:
    """Return what satellites can exchange with the ground when those of a group pool their contacts.

    Parameters
    ----------
    group : array (n,)
        Satellites and relays that reach one another have one number.
    weight : array (n,)
        Part of each in the work of its group, unscaled; 0 for relays.
    contact_bit : array (n,)
        Bits that each can exchange with the ground itself.
    carried_bit : array (n,)
        Bits that its links to the others carry, all together.

    Returns
    -------
    own_bit, through_bit : arrays (n,)
        Bits for the work of each, and bits that pass through it; sums over a group are equal.

    Assumptions
    -----------
    Work is spread over a group in proportion to `weight`. Of what passes through a satellite, its own part
    needs no link; the rest is at most what its links carry. Within a group no other link is narrower than
    those at its ends.

    Source
    ------
    The largest T with T = sum over satellites of min(contact, links + share x T), by Newton's method from
    above on a concave function: exact after finitely many steps.

    Examples
    --------
    Two satellites of equal weight, one of them in contact for 10 bits, 4 bits between them: 8 pass, half of
    them its own.

    >>> both = pool(np.zeros(2, int), np.ones(2), np.array([10.0, 0.0]), np.array([4.0, 4.0]))
    >>> [bit.tolist() for bit in both]
    [[4.0, 4.0], [8.0, 0.0]]
    """
    n_groups = int(group.max(initial=-1)) + 1
    group_weight = np.bincount(group, weight, n_groups)
    works = group_weight[group] > 0.0
    share = np.divide(weight, group_weight[group], out=np.zeros(len(group)), where=works)
    bit = np.where(works, contact_bit, 0.0)
    total = np.bincount(group, bit, n_groups).astype(np.float64)  # of nobody, numpy counts in whole numbers
    while True:
        narrow = bit > carried_bit + share * total[group]
        wide = np.bincount(group, np.where(narrow, carried_bit, bit), n_groups)
        own = np.bincount(group, np.where(narrow, share, 0.0), n_groups)
        lower = np.divide(wide, 1.0 - own, out=total.copy(), where=own < 1.0)
        if not np.any(lower < total * (1.0 - 1e-12)):
            break
        total = np.minimum(lower, total)
    return share * total[group], np.minimum(bit, carried_bit + share * total[group])
