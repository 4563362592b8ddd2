"""Blocks of satellites and the curve between two grid nodes: packed states → positions at any instant.

Packed layout: `(n_block, t, 3, LANES)`: 64 satellites of one instant and one coordinate lie side by side,
so that the innermost loop of every kernel runs over whole vectors. Lanes without a satellite are NaN, which
every comparison answers with "no", exactly like a satellite that has decayed.

A *segment* is the flat record of one satellite between two nodes: positions and velocities at both ends and
the step. Between the nodes the position is the cubic with those values (Hermite), within 2 m over 60 s in low
orbit: enough for a range. Edges are sought on the better curve of `arc`.
"""

import numpy as np
from numpy.typing import NDArray

from . import LANES, inline

SEGMENT = 13
"""Floats of a segment: r0 (0-2), v0 (3-5), r1 (6-8), v1 (9-11) [km, km/s], step (12) [s]."""


def pack(values: NDArray[np.float64], fill: float = np.nan) -> NDArray[np.float64]:
    """Return rows `(s, t, 3)` or `(s, t)` as whole blocks `(n_block, t, 3, LANES)` or `(n_block, t, LANES)`.

    Parameters
    ----------
    values : array (s, t, ...)
        One row per satellite.
    fill : float
        Value of the lanes that hold no satellite.

    Examples
    --------
    >>> pack(np.zeros((3, 5, 3))).shape
    (1, 5, 3, 64)
    """
    values = np.asarray(values, dtype=np.float64)
    n_satellite = values.shape[0]
    n_block = -(-n_satellite // LANES)
    packed = np.full((n_block, *values.shape[1:], LANES), fill)
    for block in range(n_block):
        rows = values[block * LANES : (block + 1) * LANES]
        packed[block, ..., : rows.shape[0]] = np.moveaxis(rows, 0, -1)
    return packed


def unpack(packed: NDArray[np.float64], n_satellite: int) -> NDArray[np.float64]:
    """Return the rows `(s, ...)` of packed blocks, padding dropped: the inverse of `pack`.

    Parameters
    ----------
    packed : array (n_block, ..., LANES)
        Whole blocks.
    n_satellite : int
        Rows to return.

    Examples
    --------
    >>> unpack(pack(np.ones((3, 5))), 3).shape
    (3, 5)
    """
    rows = np.moveaxis(packed, -1, 1)
    return np.ascontiguousarray(rows.reshape(-1, *rows.shape[2:])[:n_satellite])


@inline
def rotate(segment, cos_0, sin_0, cos_1, sin_1, spin):
    """Turn a segment from TEME into the rotating Earth frame: v' = R v - spin x r', at both ends."""
    for end in range(2):
        c = cos_0 if end == 0 else cos_1
        s = sin_0 if end == 0 else sin_1
        at = 6 * end
        x = c * segment[at] + s * segment[at + 1]
        y = c * segment[at + 1] - s * segment[at]
        u = c * segment[at + 3] + s * segment[at + 4] + spin * y
        w = c * segment[at + 4] - s * segment[at + 3] - spin * x
        segment[at] = x
        segment[at + 1] = y
        segment[at + 3] = u
        segment[at + 4] = w


@inline
def position(segment, after_s):
    """Return x, y, z [km] `after_s` seconds into a segment: the cubic Hermite interpolant."""
    h = segment[12]
    p = after_s / h
    q = 1.0 - p
    b = p * p * (3.0 - 2.0 * p)
    a = 1.0 - b
    c = p * q * q * h
    d = -p * p * q * h
    x = a * segment[0] + c * segment[3] + b * segment[6] + d * segment[9]
    y = a * segment[1] + c * segment[4] + b * segment[7] + d * segment[10]
    z = a * segment[2] + c * segment[5] + b * segment[8] + d * segment[11]
    return x, y, z


@inline
def root(function, arguments, low, high, f_low, f_high):
    """Return where `function(arguments, x)` changes sign in [low, high], to 0.1 us in x.

    Illinois regula falsi: never leaves the bracket, and the halved weight of an end that stays twice makes
    both ends close in. Source: Dowell and Jarratt, BIT 11 (1971) 168.
    """
    middle = high
    kept = 0
    for _ in range(100):
        previous = middle
        middle = (low * f_high - high * f_low) / (f_high - f_low)
        f = function(arguments, middle)
        if f == 0.0 or abs(middle - previous) < 1e-7:
            break
        if (f > 0.0) == (f_high > 0.0):
            high = middle
            f_high = f
            if kept == -1:
                f_low *= 0.5
            kept = -1
        else:
            low = middle
            f_low = f
            if kept == 1:
                f_high *= 0.5
            kept = 1
    return middle


@inline
def lowest(function, arguments, low, high):
    """Return where `function` is least in [low, high], or the first place found below zero.

    Golden section: needs no derivative and bears the kink of a shadow crossed through its axis.
    Source: Kiefer, Proc. AMS 4 (1953) 502.
    """
    ratio = 0.6180339887498949
    x1 = high - ratio * (high - low)
    x2 = low + ratio * (high - low)
    f1 = function(arguments, x1)
    f2 = function(arguments, x2)
    while high - low > 1e-4 and f1 >= 0.0 and f2 >= 0.0:
        if f1 < f2:
            high = x2
            x2 = x1
            f2 = f1
            x1 = high - ratio * (high - low)
            f1 = function(arguments, x1)
        else:
            low = x1
            x1 = x2
            f1 = f2
            x2 = low + ratio * (high - low)
            f2 = function(arguments, x2)
    return x1 if f1 < f2 else x2
