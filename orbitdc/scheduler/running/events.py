"""One gang event by event: work, checkpoints, failures, repairs, restarts → where its time went.

The closed forms of `checkpoints` are the mean of this; scenarios use them, tests hold the two together, and
traces of other simulators are played through it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

Failure = tuple[float, float]
"""Time up since the last repair, time down [s]."""


@dataclass(frozen=True)
class Ran:
    """Where the time of one gang went; the five parts add up to `total_s`."""

    finished: bool
    worked_s: float
    """Work that counts."""
    lost_s: float
    """Work done and thrown away, and checkpoints that an interruption cut short."""
    written_s: float
    """Checkpoints completed."""
    down_s: float
    """Waiting for repair."""
    restarted_s: float
    """Restarts, the ones interrupted too."""
    n_checkpoints: int
    n_interruptions: int

    @property
    def total_s(self) -> float:
        """Time on the clock."""
        return self.worked_s + self.lost_s + self.written_s + self.down_s + self.restarted_s


def run_through(
    work_s: float,
    interval_s: float,
    write_s: float,
    restart_s: float,
    failures: Iterable[Failure],
    n_most: int | None = None,
) -> Ran:
    """Run one gang through failures until its work is done.

    Parameters
    ----------
    work_s : float [s]
        Time that the work takes undisturbed.
    interval_s, write_s : float [s]
        Work between checkpoints, and the time to write one; none is written at the end. An interval of inf
        saves nothing.
    restart_s : float [s]
        From the end of a repair until work goes on; it can fail too.
    failures : iterable of (up, down) [s]
        Time until the next failure since the last repair, and how long its repair takes; when they run out,
        nothing fails any more.
    n_most : int, optional
        Give up at this many interruptions: a job longer than the time between failures never ends.

    Returns
    -------
    Ran
        Of everything until the work was done or given up.

    Assumptions
    -----------
    Nothing fails during a repair. Work done stays done only once its checkpoint is complete.

    Source
    ------
    The model of Daly (2006), section 3.

    Examples
    --------
    Ten minutes of work fail after five, for five: all is done again.

    >>> run_through(600.0, math.inf, 0.0, 0.0, [(300.0, 300.0)]).total_s
    1200.0
    """
    upcoming = iter(failures)
    up_s, repair_s = next(upcoming, (math.inf, 0.0))
    saved_s = lost_s = written_s = down_s = restarted_s = 0.0
    n_checkpoints = n_interruptions = 0
    owed_s = 0.0  # restart still to do before work goes on
    while saved_s < work_s:
        piece_s = min(interval_s, work_s - saved_s)
        last = saved_s + piece_s >= work_s
        busy_s = piece_s + (0.0 if last else write_s)
        if up_s >= owed_s + busy_s:
            up_s -= owed_s + busy_s
            restarted_s += owed_s
            owed_s = 0.0
            saved_s = work_s if last else saved_s + piece_s
            if not last:
                n_checkpoints += 1
                written_s += write_s
            continue
        n_interruptions += 1
        restarted_s += min(up_s, owed_s)
        lost_s += max(up_s - owed_s, 0.0)
        if n_most is not None and n_interruptions >= n_most:
            return Ran(False, saved_s, lost_s, written_s, down_s, restarted_s, n_checkpoints, n_interruptions)
        down_s += repair_s
        owed_s = restart_s
        up_s, repair_s = next(upcoming, (math.inf, 0.0))
    return Ran(True, saved_s, lost_s, written_s, down_s, restarted_s, n_checkpoints, n_interruptions)


def poisson_failures(rng: np.random.Generator, mtbi_s: float, down_s: float = 0.0) -> Iterator[Failure]:
    """Yield failures without end: exponential times between them, each repaired in `down_s`.

    Parameters
    ----------
    rng : numpy Generator
    mtbi_s : float [s]
        Mean time between interruptions; inf yields none.
    down_s : float [s]
        Time of one repair.

    Returns
    -------
    iterator of (up, down) [s]

    Examples
    --------
    >>> up_s, down_s = next(poisson_failures(np.random.default_rng(1), 3600.0, 60.0))
    >>> up_s > 0.0, down_s
    (True, 60.0)
    """
    while math.isfinite(mtbi_s):
        for up_s in rng.exponential(mtbi_s, 256):
            yield float(up_s), down_s
