"""Strict first come, first served on equal processors: arrivals, run times, widths → when each job starts."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def first_come_first_served(arrival_s: Floats, run_s: Floats, width: Ints, n_cards: int) -> Floats:
    """Return when each job starts if nobody starts before one who came earlier, even if there is room.

    What a real cluster's log is held against: no window, no slots, no deadlines, every job runs.

    Parameters
    ----------
    arrival_s : (j,) in the order of the line [s].
    run_s : (j,) time each job holds its cards [s].
    width : (j,) cards it holds.
    n_cards : cards of the cluster.

    Returns
    -------
    (j,) start [s].

    Raises
    ------
    InputError if a job is wider than the cluster.

    Source
    ------
    Feitelson, Rudolph and Schwiegelshohn, Parallel job scheduling: a status report (JSSPP 2004).

    Examples
    --------
    The second job needs both cards and waits; the third would fit beside the first, but came later:

    >>> first_come_first_served(np.zeros(3), np.array([5.0, 2.0, 1.0]), np.array([1, 2, 1]), 2).tolist()
    [0.0, 5.0, 7.0]
    """
    if np.any(width > n_cards):
        raise InputError(Problem("width", f"{int(width.max())} cards", f"at most the cluster's {n_cards}"))
    start_s = np.empty(len(arrival_s))
    running: list[tuple[float, int]] = []
    free, now_s = n_cards, 0.0
    for j, (came_s, takes_s, n) in enumerate(
        zip(arrival_s.tolist(), run_s.tolist(), width.tolist(), strict=True)
    ):
        now_s = max(now_s, came_s)
        while running and (running[0][0] <= now_s or free < n):
            ended_s, cards = heapq.heappop(running)
            now_s = max(now_s, ended_s)
            free += cards
        start_s[j] = now_s
        free -= n
        heapq.heappush(running, (now_s + takes_s, n))
    return start_s
