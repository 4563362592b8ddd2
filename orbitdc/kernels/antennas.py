"""Antenna scheduling kernel: passes with weights → which antenna tracks which pass."""

import numpy as np

from . import inline, kernel


@inline
def busiest(p, first, last, start_s, end_s, n_taken):
    """Most links of one satellite in use at once within pass p, over its passes first .. last - 1."""
    worst = 0
    for i in range(first, last):
        at_s = max(start_s[i], start_s[p])
        if at_s >= end_s[p] or at_s >= end_s[i]:
            continue
        in_use = 0
        for j in range(first, last):
            if start_s[j] <= at_s and at_s < end_s[j]:
                in_use += n_taken[j]
        worst = max(worst, in_use)
    return worst


@inline
def ended_before(t_s, order, n, end_s):
    """Count those of the first `n` passes, ordered by end, that are over at a time."""
    low = 0
    high = n
    while low < high:
        middle = (low + high) // 2
        if end_s[order[middle]] <= t_s:
            low = middle + 1
        else:
            high = middle
    return low


@inline
def choose(order, n, start_s, end_s, weight, slew_s, before, best):
    """Fill `best` (n + 1,): the largest weight of disjoint passes among the first i, ordered by end."""
    best[0] = 0.0
    for i in range(n):
        before[i] = ended_before(start_s[order[i]] - slew_s, order, i, end_s)
        best[i + 1] = max(best[i], best[before[i]] + weight[order[i]])


@kernel
def best_alone(station, start_s, end_s, weight, by_end, slew_s, out_weight):
    """Largest total weight that one antenna of each station could have, had it all passes to itself (g,)."""
    n_pass = station.shape[0]
    order = np.empty(n_pass, dtype=np.int64)
    best = np.zeros(n_pass + 1)
    before = np.empty(n_pass, dtype=np.int64)
    for g in range(slew_s.shape[0]):
        n = 0
        for k in range(n_pass):
            p = by_end[k]
            if station[p] == g and weight[p] > 0.0:
                order[n] = p
                n += 1
        choose(order, n, start_s, end_s, weight, slew_s[g], before, best)
        out_weight[g] = best[n]


@inline
def is_out(g, antenna, start_s, end_s, out_station, out_number, out_start_s, out_end_s):
    """Whether an antenna is out of service at some time of a pass."""
    for o in range(out_station.shape[0]):
        if (
            out_station[o] == g
            and out_number[o] == antenna
            and out_start_s[o] < end_s
            and start_s < out_end_s[o]
        ):
            return True
    return False


@kernel
def assign(
    satellite,
    station,
    start_s,
    end_s,
    weight,
    by_end,
    n_antennas,
    n_units,
    slew_s,
    out_station,
    out_number,
    out_start_s,
    out_end_s,
    out_pass,
    out_antenna,
):
    """Give each antenna in turn the disjoint passes of the largest total weight; returns the number given.

    Passes are sorted by satellite; `by_end` (p,) orders them by end. One antenna's choice is exact (weighted
    interval scheduling by dynamic programming); round after round the next antenna of each station chooses
    from what is left. A satellite serves at most `n_units` antennas at once; an antenna turns for `slew_s`
    (g,) between two passes and is idle where it is out of service, entries (o,). Entry r of the outputs:
    pass and antenna number within its station.
    """
    n_pass = satellite.shape[0]
    n_station = n_antennas.shape[0]
    first = np.zeros(n_units.shape[0] + 1, dtype=np.int64)
    for p in range(n_pass):
        first[satellite[p] + 1] += 1
    for s in range(n_units.shape[0]):
        first[s + 1] += first[s]
    n_taken = np.zeros(n_pass, dtype=np.int64)
    order = np.empty(n_pass, dtype=np.int64)
    best = np.zeros(n_pass + 1)
    before = np.empty(n_pass, dtype=np.int64)
    n_rounds = 0
    for g in range(n_station):
        n_rounds = max(n_rounds, n_antennas[g])
    n_out = 0
    for antenna in range(n_rounds):
        for g in range(n_station):
            if antenna >= n_antennas[g]:
                continue
            n = 0
            for k in range(n_pass):
                p = by_end[k]
                s = satellite[p]
                if station[p] != g or not weight[p] > 0.0:
                    continue
                if is_out(g, antenna, start_s[p], end_s[p], out_station, out_number, out_start_s, out_end_s):
                    continue
                if busiest(p, first[s], first[s + 1], start_s, end_s, n_taken) < n_units[s]:
                    order[n] = p
                    n += 1
            choose(order, n, start_s, end_s, weight, slew_s[g], before, best)
            i = n
            while i > 0:
                if best[before[i - 1]] + weight[order[i - 1]] > best[i - 1]:
                    p = order[i - 1]
                    n_taken[p] += 1
                    out_pass[n_out] = p
                    out_antenna[n_out] = antenna
                    n_out += 1
                    i = before[i - 1]
                else:
                    i -= 1
    return n_out


@inline
def room_for(j, first, row, most, left, times):
    """How often column j could still be taken."""
    n = most[j] - times[j]
    for k in range(first[j], first[j + 1]):
        n = min(n, left[row[k]])
    return n


@kernel
def room(chosen, first, row, most, left, times, out):
    """Fill `out` (c,): how often each of the chosen columns could be taken, all alone.

    Column j has the rows row[first[j]] .. row[first[j + 1] - 1]; it is taken `times` (j,) of at most `most`
    (j,) already, and its rows have `left` (r,) to give.
    """
    for i in range(chosen.shape[0]):
        out[i] = room_for(chosen[i], first, row, most, left, times)


@kernel
def take(chosen, wanted, first, row, most, left, times):
    """Take each of the chosen columns, one after the other, as often as wanted (c,) and as there is room."""
    for i in range(chosen.shape[0]):
        j = chosen[i]
        n = np.floor(min(wanted[i], room_for(j, first, row, most, left, times)) + 1e-9)
        if n >= 1.0:
            times[j] += n
            for k in range(first[j], first[j + 1]):
                left[row[k]] -= n
