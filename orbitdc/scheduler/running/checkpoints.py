"""Checkpoints: time to save, to restart and between interruptions → best interval, useful share of the time.

Interruptions are a Poisson process; one of them throws away what was done since the last checkpoint. A
class that saves nothing loses the request it was serving: its interval is the request and saving is free.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def young_interval_s(write_s: ArrayLike, mtbi_s: ArrayLike) -> Floats:
    """Return the time of work between checkpoints that costs least, to first order.

    Parameters
    ----------
    write_s : array_like [s]
        Time to write a checkpoint, > 0.
    mtbi_s : array_like [s]
        Mean time between interruptions of the gang.

    Returns
    -------
    ndarray [s]
        Shapes broadcast.

    Assumptions
    -----------
    Saving takes much less than the time between interruptions.

    Source
    ------
    Young, Communications of the ACM 17 (1974) 530: sqrt(2 write mtbi).

    Examples
    --------
    >>> float(young_interval_s(300.0, 86400.0))
    7200.0
    """
    return np.asarray(np.sqrt(2.0 * np.asarray(write_s, np.float64) * np.asarray(mtbi_s, np.float64)))


def daly_interval_s(write_s: ArrayLike, mtbi_s: ArrayLike) -> Floats:
    """Return the time of work between checkpoints that costs least, to third order.

    Parameters
    ----------
    write_s, mtbi_s : array_like [s]
        As in `young_interval_s`.

    Returns
    -------
    ndarray [s]
        Shapes broadcast; the mean time between interruptions itself where saving takes twice as long.

    Source
    ------
    Daly, Future Generation Computer Systems 22 (2006) 303, eq. 37.

    Examples
    --------
    Saving takes 5 min, interruptions come once a day: every 117 min (his figure 3).

    >>> round(float(daly_interval_s(5.0, 24 * 60.0)))
    117
    """
    write, mtbi = np.broadcast_arrays(np.asarray(write_s, np.float64), np.asarray(mtbi_s, np.float64))
    part = np.minimum(write / (2.0 * mtbi), 1.0)
    near = np.sqrt(2.0 * write * mtbi) * (1.0 + np.sqrt(part) / 3.0 + part / 9.0) - write
    return np.where(write < 2.0 * mtbi, near, mtbi)


def wall_s(
    work_s: ArrayLike, interval_s: ArrayLike, write_s: ArrayLike, restart_s: ArrayLike, mtbi_s: ArrayLike
) -> Floats:
    """Return the expected time on the clock of work that is interrupted and restarted.

    Parameters
    ----------
    work_s : array_like [s]
        Time that the work takes undisturbed.
    interval_s : array_like [s]
        Time of work between checkpoints, > 0.
    write_s : array_like [s]
        Time to write one.
    restart_s : array_like [s]
        From an interruption until work goes on: notice, reload, warm up. It can be interrupted too.
    mtbi_s : array_like [s]
        Mean time between interruptions of the gang; inf if there are none.

    Returns
    -------
    ndarray [s]
        Shapes broadcast.

    Assumptions
    -----------
    Interruptions are a Poisson process; work is a whole number of intervals or very many of them.

    Source
    ------
    Daly (2006), eq. 20: T = M exp(R / M) (exp((tau + delta) / M) - 1) Ts / tau.

    Examples
    --------
    Never interrupted, an hour takes an hour and its six checkpoints of 10 s:

    >>> float(wall_s(3600.0, 600.0, 10.0, 300.0, np.inf))
    3660.0
    """
    share = useful_frac(interval_s, write_s, restart_s, mtbi_s)
    work = np.asarray(work_s, np.float64)
    return np.asarray(
        np.divide(work, share, out=np.full(np.broadcast(work, share).shape, np.inf), where=share > 0.0)
    )


def useful_frac(interval_s: ArrayLike, write_s: ArrayLike, restart_s: ArrayLike, mtbi_s: ArrayLike) -> Floats:
    """Return the share of a gang's time that becomes work which is never lost.

    Parameters
    ----------
    interval_s, write_s, restart_s, mtbi_s : array_like [s]
        As in `wall_s`.

    Returns
    -------
    ndarray
        In [0, 1], shapes broadcast; the share falls to 0 where a restart outlasts the time between
        interruptions many times.

    Assumptions
    -----------
    As in `wall_s`.

    Source
    ------
    Daly (2006), eq. 20, solved for Ts / T.

    Examples
    --------
    >>> float(useful_frac(600.0, 10.0, 300.0, 86400.0).round(4))
    0.9767
    """
    interval, write, restart, mtbi = (
        np.asarray(value, np.float64) for value in (interval_s, write_s, restart_s, mtbi_s)
    )
    per_s = 1.0 / mtbi
    # (exp(x) - 1) / x is 1 where nothing ever happens
    x = np.minimum((interval + write) * per_s, 700.0)
    stretch = np.divide(np.expm1(x), x, out=np.ones_like(x), where=x > 0.0)
    return np.asarray(interval / (interval + write) * np.exp(-restart * per_s) / stretch)
