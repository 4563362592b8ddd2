"""Collectives: a gang over nested links → its narrowest link and the share of its speed that is left.

A gang exchanges what its members have computed by all-reduce over rings: among the cards of a node, among
the nodes or docked modules of a place, among satellites. The rings of all levels run at the same time, so
the slowest sets the pace, and sending hides behind computing until it takes longer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BIT_PER_BYTE = 8.0


@dataclass(frozen=True)
class Level:
    """Groups of cards that one kind of link joins into a ring."""

    name: str
    n_cards: float
    """Cards behind one link: 1 on the card's own link, those of a satellite on its laser."""
    n_groups: float
    """Groups that can join: cards of a node, satellites of a ring."""
    rate_bit_per_s: float
    """Bit rate of the link of one group, one way."""

    def groups_of(self, width: float) -> float:
        """Return how many of the groups a gang of `width` cards takes part in."""
        return float(min(max(math.ceil(width / self.n_cards - 1e-9), 1), max(self.n_groups, 1.0)))


def ring_all_reduce_frac(n: ArrayLike) -> Floats:
    """Return what each member of a ring sends to sum one message over all: its length times this.

    Parameters
    ----------
    n : array_like
        Members, >= 1.

    Returns
    -------
    ndarray
        2 (n - 1) / n: a reduce-scatter and an all-gather; 0 for one member, 2 for many.

    Assumptions
    -----------
    Messages long enough that the time of flight does not count.

    Source
    ------
    Patarasuk and Yuan, J. Parallel and Distributed Computing 69 (2009) 117: the lower bound of any
    all-reduce, and the ring that reaches it.

    Examples
    --------
    >>> ring_all_reduce_frac([1, 2, 8]).tolist()
    [0.0, 1.0, 1.75]
    """
    members = np.asarray(n, np.float64)
    return np.asarray(2.0 * (members - 1.0) / members)


def narrowest_s(levels: Sequence[Level], width: float, collective_byte_per_op: float) -> tuple[str, float]:
    """Return the link that holds a gang up and the time it needs for the data of one card operation.

    Parameters
    ----------
    levels : sequence of Level
        From the card outward.
    width : float
        Cards that run together.
    collective_byte_per_op : float [B/op]
        Data that each card puts into all-reduces per useful operation it does.

    Returns
    -------
    (str, float [s/op])
        Name of the slowest level, "none" where no link is crossed, and seconds per operation of one card.

    Assumptions
    -----------
    Cards hold different parts of the model, so all data of a group passes its one link; each level has
    twice the neighbours and the same rate both ways.

    Source
    ------
    Patarasuk and Yuan (2009) at each level; Thakur, Rabenseifner and Gropp, Int. J. High Performance
    Computing Applications 19 (2005) 49, for levels that overlap.

    Examples
    --------
    Sixteen cards on two satellites; the laser carries the data of eight cards:

    >>> levels = [Level("card", 1, 8, 1e12), Level("laser", 8, 100, 1e11)]
    >>> name, second = narrowest_s(levels, 16, 1e-6)
    >>> name, round(second * 1e18, 3)
    ('laser', 640.0)
    """
    worst, longest_s = "none", 0.0
    for level in levels:
        n = level.groups_of(width)
        if n <= 1.0:
            continue
        sent_byte = float(ring_all_reduce_frac(n)) * collective_byte_per_op * min(level.n_cards, width)
        needed_s = BIT_PER_BYTE * sent_byte / level.rate_bit_per_s if level.rate_bit_per_s > 0.0 else math.inf
        if sent_byte > 0.0 and needed_s > longest_s:
            worst, longest_s = level.name, needed_s
    return worst, longest_s


def parallel_efficiency_frac(
    levels: Sequence[Level], width: float, collective_byte_per_op: float, card_op_per_s: float
) -> float:
    """Return the share of its own speed that a card keeps in a gang.

    Parameters
    ----------
    levels, width, collective_byte_per_op :
        As in `narrowest_s`.
    card_op_per_s : float [op/s]
        Useful operations of one card while it computes: peak times model-FLOP utilisation.

    Returns
    -------
    float
        In [0, 1].

    Assumptions
    -----------
    Sending overlaps computing (the roofline), so nothing is lost until the link is slower than the card.
    The measured utilisation of a class holds what its own cluster's network costs.

    Source
    ------
    Williams, Waterman and Patterson, Communications of the ACM 52 (2009) 65: the lower of the two rates.

    Examples
    --------
    >>> levels = [Level("card", 1, 8, 1e12), Level("laser", 8, 100, 1e11)]
    >>> [round(parallel_efficiency_frac(levels, width, 1e-6, 4e15), 4) for width in (8, 16)]
    [1.0, 0.3906]
    """
    _, needed_s = narrowest_s(levels, width, collective_byte_per_op)
    return min(1.0, 1.0 / (card_op_per_s * needed_s)) if needed_s * card_op_per_s > 0.0 else 1.0
