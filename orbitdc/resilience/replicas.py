"""Replicas: data, its copies and what still joins them → when it answers again, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..scenario.vault import Dataset

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recovery:
    """How data comes back after the loss of its home."""

    source: str
    """Place of the replica that serves it first; empty if its home stands, or no replica is left."""
    answers_s: float
    """From the loss until the replica answers; inf if never."""
    restored_s: float
    """From the loss until a whole second copy lies on the ground again; inf if never."""
    missing_bit: float
    """Changes that the replica had not yet received."""
    fill_s: float
    """Time in which that replica would be filled from nothing; inf if never."""


@dataclass(frozen=True)
class Copy:
    """A replica that survives.

    `first_s`: from the loss until its place can be reached; `up_bit`, `down_bit` (k,): what can be carried to
    it and from it in each slot, beginning with the loss, around the circle.
    """

    name: str
    first_s: float
    up_bit: Floats
    down_bit: Floats


def transfer_s(size_bit: float, rate_bit: Floats, slot_s: float) -> float:
    """Return how long it takes to carry data over a link whose slots repeat.

    Parameters
    ----------
    size_bit : float [bit]
    rate_bit : array (k,) [bit]
        What each slot carries, from the first one on, around the circle.
    slot_s : float [s]

    Returns
    -------
    float [s]
        inf over a link that carries nothing.

    Examples
    --------
    Ten bits, four in every second slot of 600 s: two whole rounds, then half of a slot.

    >>> transfer_s(10.0, np.array([4.0, 0.0]), 600.0)
    2700.0
    """
    whole = float(rate_bit.sum())
    if not whole > 1e-12 * size_bit:  # longer than all rounds that could matter
        return math.inf
    rounds = max(math.ceil(size_bit / whole) - 1, 0)
    left = size_bit - rounds * whole
    moved = np.cumsum(rate_bit)
    k = min(int(np.searchsorted(moved, left * (1.0 - 1e-12))), len(rate_bit) - 1)
    part = float((left - (moved[k] - rate_bit[k])) / rate_bit[k]) if rate_bit[k] > 0.0 else 1.0
    return (rounds * len(rate_bit) + k + min(max(part, 0.0), 1.0)) * slot_s


def lag_s(change_bit_per_s: float, sync_s: float, up_bit: Floats, slot_s: float) -> float:
    """Return by how much a replica is behind when the loss strikes at the worst moment.

    That is just before an update of a whole interval is through; a link that carries less than what changes
    never catches up.

    Examples
    --------
    1 bit/s over a link of 4 bit/s, every 100 s: 100 s old, and 25 s under way.

    >>> lag_s(1.0, 100.0, np.full(3, 2400.0), 600.0)
    125.0
    """
    mean = float(up_bit.sum()) / (len(up_bit) * slot_s)
    if change_bit_per_s == 0.0:
        return 0.0
    if not mean > change_bit_per_s:
        return math.inf
    return sync_s * (1.0 + change_bit_per_s / mean)


def recovery_of(data: Dataset, copies: Sequence[Copy], slot_s: float, failover_s: float) -> Recovery:
    """Return how data comes back from its surviving replicas.

    The one that answers first serves; the second copy comes from the one that is through with it first.

    Parameters
    ----------
    data : Dataset
        Whose home is lost.
    copies : sequence of Copy
        What survives; none: the data is lost.
    slot_s : float [s]
    failover_s : float [s]
        Until the loss is noticed and the replica is told to serve.

    Returns
    -------
    Recovery

    Assumptions
    -----------
    Recovery has the links to itself. The loss strikes just before an update is through.
    """
    found = [_from(data, copy, slot_s, failover_s) for copy in copies]
    if not found:
        return Recovery("", math.inf, math.inf, data.size_bit, math.inf)
    first = min(found, key=lambda one: one.answers_s)
    return replace(first, restored_s=min(one.restored_s for one in found))


def _from(data: Dataset, copy: Copy, slot_s: float, failover_s: float) -> Recovery:
    lag = lag_s(data.change_bit_per_s, data.sync_s, copy.up_bit, slot_s)
    late = int(failover_s / slot_s)
    after = np.roll(copy.down_bit, -late)
    return Recovery(
        source=copy.name,
        answers_s=failover_s + copy.first_s,
        restored_s=failover_s + transfer_s(data.size_bit, after, slot_s),
        missing_bit=min(data.change_bit_per_s * lag if math.isfinite(lag) else data.size_bit, data.size_bit),
        fill_s=transfer_s(data.size_bit, copy.up_bit, slot_s),
    )
