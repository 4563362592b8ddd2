"""Lanes of a block brought together: values of 64 satellites → one sum or extreme.

The order is that of the lanes folded in halves, so that a sum depends on the block alone and not on who
computes it or in which company.
"""

import numpy as np

from . import LANES, inline, kernel

LINE = 8
"""Numbers in a cache line."""


@inline
def folded(lanes):
    """Return the sum of the lanes; their content is lost."""
    for j in range(LANES // 2):
        lanes[j] += lanes[LANES // 2 + j]
    for j in range(LANES // 4):
        lanes[j] += lanes[LANES // 4 + j]
    for j in range(LANES // 8):
        lanes[j] += lanes[LANES // 8 + j]
    total = 0.0
    for j in range(LANES // 8):
        total += lanes[j]
    return total


@inline
def highest(lanes):
    """Return the largest of the lanes; their content is lost."""
    for j in range(LANES // 2):
        lanes[j] = lanes[j] if lanes[j] > lanes[LANES // 2 + j] else lanes[LANES // 2 + j]
    for j in range(LANES // 4):
        lanes[j] = lanes[j] if lanes[j] > lanes[LANES // 4 + j] else lanes[LANES // 4 + j]
    most = lanes[0]
    for j in range(LANES // 4):
        most = lanes[j] if lanes[j] > most else most
    return most


@kernel
def blank(n):
    """Return `n` rows of anything, flat, that begin where a cache line does.

    A vector of eight numbers is one line wide: from anywhere else, each of them would take two
    (benchmarks/decisions/012_rows_begin_with_a_cache_line.py).
    """
    room = np.empty(n * LANES + LINE)
    first = (LINE - room.ctypes.data // 8 % LINE) % LINE
    return room[first : first + n * LANES]


@kernel
def lined_up(rows):
    """Return a copy of flat rows that begins where a cache line does."""
    copied = blank(rows.shape[0] // LANES)
    copied[:] = rows
    return copied


@kernel
def weighted(series, weight, out):
    """Sum a series (block, step, LANES), weighted (block, LANES), over each block: out (block, step)."""
    lanes = np.empty(LANES)
    for b in range(series.shape[0]):
        share = weight[b]
        for k in range(series.shape[1]):
            values = series[b, k]
            for j in range(LANES):
                lanes[j] = share[j] * values[j]
            out[b, k] = folded(lanes)


@kernel
def n_improper(series):
    """Count lanes of (block, step, rows x LANES) with a value below zero, infinite or not a number."""
    n = 0
    least = np.empty(LANES)
    unlike = np.empty(LANES)
    for b in range(series.shape[0]):
        least[:] = 0.0
        unlike[:] = 0.0
        for k in range(series.shape[1]):
            for row in range(series.shape[2] // LANES):
                values = series[b, k, row * LANES : (row + 1) * LANES]
                for j in range(LANES):
                    least[j] = values[j] if values[j] < least[j] else least[j]
                    unlike[j] += values[j] - values[j]  # 0, but for what is infinite or not a number
        for j in range(LANES):
            n += (least[j] < 0.0) | (unlike[j] != 0.0)
    return n
