"""Ordinary passes, 64 at a time: runs of grid nodes → passes with their edges, tops and azimuths.

A run is *ordinary* if within it g rises above zero once, falls once, and the elevation turns once in between;
nearly all are. What `sight.search` does for one run is a long chain of operations that each wait for the one
before; 64 such chains side by side fill the processor. Every stage is a gather of what the runs need, then
loops over whole vectors; what turns out not to be ordinary is left to `sight.search`.
"""

import numpy as np

from . import LANES, inline, kernel
from .arc import ARC, acceleration, load, position, rotated, set_right, span, turned, velocity
from .eclipse import LOOK, shaded
from .sight import (
    AZ_RISE,
    AZ_SET,
    AZ_TOP,
    CUT,
    DARK,
    MAX_SIN,
    N_SITE,
    RISE,
    SATELLITE,
    SET,
    SITE_R,
    SITE_UP,
    STATION,
    TOP,
    look,
    may_rise,
    row_of,
    search,
    view,
    view_along,
)  # fmt: skip

LONGEST = 24
"""Steps of a run up to which it may be ordinary."""

N_ROUNDS = 5
SETTLED_S = 1e-5
"""Change in the last round below which a root is found: what remains is its square."""

FIRST, LAST, LANE, PLACE = range(4)
"""Rows of the queue (4, LANES) of runs: nodes, lane and station."""

LOW, HIGH, F_LOW, F_HIGH, AT, MOVED = range(6)
N_ROOT = 6
"""Rows of roots: the bracket, the function at its ends, the place and its last change."""

G, G_RATE, LIFT, DISTANCE = range(4)
N_KNOWN = 4
"""Rows of what is known at the nodes of a run."""


@kernel
def _gather(r, v, turn, block, queue, pick, step, states, side):
    """Copy states and angles at one end of each chosen step: states (side x 8 x LANES,)."""
    for i in range(LANES):
        run = pick[i]
        lane = queue[LANE, run]
        node = queue[FIRST, run] + step[i] + side
        for axis in range(3):
            states[(side * 8 + axis) * LANES + i] = r[block, node, axis, lane]
            states[(side * 8 + 3 + axis) * LANES + i] = v[block, node, axis, lane]
        states[(side * 8 + 6) * LANES + i] = turn[node, 0]
        states[(side * 8 + 7) * LANES + i] = turn[node, 1]


@inline
def _end(states, side, i):
    """Return the position and velocity gathered for one run."""
    at = side * 8 * LANES + i
    return (
        states[at], states[at + LANES], states[at + 2 * LANES],
        states[at + 3 * LANES], states[at + 4 * LANES], states[at + 5 * LANES],
    )  # fmt: skip


@kernel
def _nodes(r, v, turn, spin, block, queue, longest, sites, sin_minimum, states, pick, step, known):
    """Fill `known` ((LONGEST + 1) x N_KNOWN x LANES,) at the nodes of every run, the last one repeated."""
    for k in range(longest + 1):
        for i in range(LANES):
            last = queue[LAST, i] - queue[FIRST, i]
            step[i] = k if k < last else last
        _gather(r, v, turn, block, queue, pick, step, states, 0)
        for i in range(LANES):
            x, y, z, u, w, q = turned(_end(states, 0, i), states[6 * LANES + i], states[7 * LANES + i], spin)
            height, distance, climb, recede = view(column_of(sites, i), x, y, z, u, w, q)
            known[(k * N_KNOWN + G) * LANES + i] = height - sin_minimum * distance
            known[(k * N_KNOWN + G_RATE) * LANES + i] = climb - sin_minimum * recede
            known[(k * N_KNOWN + DISTANCE) * LANES + i] = distance
            known[(k * N_KNOWN + LIFT) * LANES + i] = (climb * distance - height * recede) * distance


@inline
def _shape(known, i, n_step):
    """Return the steps in which a run rises, turns and sets, or -1; rise = -2 if it is not ordinary."""
    rises, turns, sets = -1, -1, -1
    n_rise, n_turn, n_set = 0, 0, 0
    for k in range(n_step):
        low, high = known[(k * N_KNOWN + G) * LANES + i], known[((k + 1) * N_KNOWN + G) * LANES + i]
        if low <= 0.0 < high:
            rises = k
            n_rise += 1
        elif high <= 0.0 < low:
            sets = k
            n_set += 1
        low, high = known[(k * N_KNOWN + LIFT) * LANES + i], known[((k + 1) * N_KNOWN + LIFT) * LANES + i]
        if high <= 0.0 < low:
            turns = k
            n_turn += 1
        elif low < 0.0 <= high:
            n_turn += 2
    is_low = known[G * LANES + i] <= 0.0 and known[(n_step * N_KNOWN + G) * LANES + i] <= 0.0
    if is_low and n_rise == 0 and n_set == 0 and n_turn <= 1:
        return -1, turns, -1
    if is_low and n_rise == 1 and n_set == 1 and n_turn == 1 and rises <= turns <= sets:
        return rises, turns, sets
    return -2, turns, -2


@kernel
def _span_all(r, v, turn, spin, block, queue, pick, step, step_s, states, arcs):
    """Set the arcs (ARC, LANES) of the chosen steps in the rotating Earth frame."""
    _gather(r, v, turn, block, queue, pick, step, states, 0)
    _gather(r, v, turn, block, queue, pick, step, states, 1)
    for i in range(LANES):
        a, b = set_right(_end(states, 0, i), _end(states, 1, i), step_s)
        a = rotated(a, states[6 * LANES + i], states[7 * LANES + i], spin)
        b = rotated(b, states[14 * LANES + i], states[15 * LANES + i], spin)
        span(arcs, i, a, b, step_s)


@inline
def column_of(sites, i):
    """Return the columns of the station of run `i` as a tuple."""
    return (
        sites[i], sites[LANES + i], sites[2 * LANES + i], sites[3 * LANES + i], sites[4 * LANES + i],
        sites[5 * LANES + i], sites[6 * LANES + i], sites[7 * LANES + i], sites[8 * LANES + i],
        sites[9 * LANES + i], sites[10 * LANES + i], sites[11 * LANES + i],
    )  # fmt: skip


@inline
def _lift(sites, arcs, i, after_s):
    """Return `lift` and its rate."""
    site = column_of(sites, i)
    x, y, z = position(arcs, i, after_s)
    u, v, w = velocity(arcs, i, after_s)
    a, b, c = acceleration(arcs, i, after_s)
    x = x - site[SITE_R]
    y = y - site[SITE_R + 1]
    z = z - site[SITE_R + 2]
    height = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    climb = u * site[SITE_UP] + v * site[SITE_UP + 1] + w * site[SITE_UP + 2]
    bend = a * site[SITE_UP] + b * site[SITE_UP + 1] + c * site[SITE_UP + 2]
    square = x * x + y * y + z * z
    along = x * u + y * v + z * w
    spread = u * u + v * v + w * w + x * a + y * b + z * c
    return climb * square - height * along, bend * square + climb * along - height * spread


@inline
def _advance(roots, i, f, slope):
    """One step of Newton's iteration, halving the bracket where it would leave it."""
    at = roots[AT * LANES + i]
    is_late = (f > 0.0) == (roots[F_HIGH * LANES + i] > 0.0)
    low = roots[LOW * LANES + i] if is_late else at
    high = at if is_late else roots[HIGH * LANES + i]
    newton = at - f / slope
    to = newton if (newton >= low) & (newton <= high) else 0.5 * (low + high)
    roots[LOW * LANES + i] = low
    roots[HIGH * LANES + i] = high
    roots[MOVED * LANES + i] = abs(to - at)
    roots[AT * LANES + i] = to


@kernel
def _tops(sites, arcs, roots):
    """Find where the elevation turns within each arc."""
    for i in range(LANES):
        roots[AT * LANES + i] = (
            roots[LOW * LANES + i] * roots[F_HIGH * LANES + i]
            - roots[HIGH * LANES + i] * roots[F_LOW * LANES + i]
        ) / (roots[F_HIGH * LANES + i] - roots[F_LOW * LANES + i])
    for _ in range(N_ROUNDS):
        for i in range(LANES):
            f, slope = _lift(sites, arcs, i, roots[AT * LANES + i])
            _advance(roots, i, f, slope)


@kernel
def _edges(sites, arcs, sin_minimum, roots):
    """Find where g changes sign within each bracket."""
    for i in range(LANES):
        roots[AT * LANES + i] = (
            roots[LOW * LANES + i] * roots[F_HIGH * LANES + i]
            - roots[HIGH * LANES + i] * roots[F_LOW * LANES + i]
        ) / (roots[F_HIGH * LANES + i] - roots[F_LOW * LANES + i])
    for _ in range(N_ROUNDS):
        for i in range(LANES):
            height, distance, climb, recede = view_along(column_of(sites, i), arcs, i, roots[AT * LANES + i])
            _advance(roots, i, height - sin_minimum * distance, climb - sin_minimum * recede)


@inline
def _dark_s(shade, first, steps, edges_s, sky, states, block, lane, step_s):
    """Return the dark seconds of a pass, from an edge in its first step to one in its last."""
    sun, setting, inertial = sky
    total = 0.0
    for k in range(steps[0], steps[1] + 1):
        dark = shade[first + k, lane]
        if dark != 0.0:
            low = edges_s[0] if k == steps[0] else 0.0
            high = edges_s[1] if k == steps[1] else step_s
            if dark == LOOK:
                load(inertial, 0, states[0], states[1], block, first + k, lane, step_s)
                total += shaded((inertial, sun, first + k, setting), low, high)[3]
            else:
                total += high - low
    return total


@kernel
def _alone(out, n, queue, i, block, span_s, states, turn, spin, table, sin_minimum, sky, track):
    """Leave one run to `sight.search`."""
    lane, station = queue[LANE, i], queue[PLACE, i]
    return search(
        out, n, (block * LANES + lane, station, block, lane),
        (queue[FIRST, i], queue[LAST, i], span_s[0], span_s[1]), states, turn, spin, row_of(table, station),
        sin_minimum, sky, track[station],
    )  # fmt: skip


@kernel
def solve(out, n, queue, n_waiting, block, span_s, states, turn, spin, table, sin_minimum, sky, track, work):
    """Find the passes within the runs that wait; return the number of rows so far.

    queue (4, LANES): runs; span_s: (time of node 0, step); states: (r, v); table (g, N_SITE): stations;
    sky: as in `sight.search`; track (g, N_STATE, LANES) of the block;
    work: from `workspace`.
    """
    first_s, step_s = span_s
    r, v = states
    shade, sun, setting, inertial, _ = sky
    sites, known, ends_at, arcs, rise_arcs, set_arcs, top, rise, fall, pick, step, shape = work
    longest = np.int64(0)
    for i in range(LANES):
        run = i if i < n_waiting else 0
        for row in range(4):
            queue[row, i] = queue[row, run]
        pick[i] = i
        for row in range(N_SITE):
            sites[row * LANES + i] = table[queue[PLACE, i], row]
        longest = max(longest, queue[LAST, i] - queue[FIRST, i])
    _nodes(r, v, turn, spin, block, queue, longest, sites, sin_minimum, ends_at, pick, step, known)
    n_ordinary = np.int64(0)
    for i in range(n_waiting):
        rises, turns, sets = _shape(known, i, queue[LAST, i] - queue[FIRST, i])
        if rises == -1 and turns >= 0:
            low = (known[(turns * N_KNOWN + G) * LANES + i], known[(turns * N_KNOWN + G_RATE) * LANES + i])
            high = (
                known[((turns + 1) * N_KNOWN + G) * LANES + i],
                known[((turns + 1) * N_KNOWN + G_RATE) * LANES + i],
            )
            if may_rise(
                step_s, low, high, sin_minimum, spin, known[(turns * N_KNOWN + DISTANCE) * LANES + i]
            ):
                rises = -2
        if rises >= 0:
            shape[0, n_ordinary], shape[1, n_ordinary], shape[2, n_ordinary] = rises, turns, sets
            pick[n_ordinary] = i
            n_ordinary += 1
        elif rises == -2:
            n = _alone(out, n, queue, i, block, span_s, states, turn, spin, table, sin_minimum, sky, track)
    if n_ordinary == 0:
        return n
    for i in range(n_ordinary, LANES):
        pick[i] = pick[0]
        for row in range(3):
            shape[row, i] = shape[row, 0]
    for i in range(LANES):
        for row in range(N_SITE):
            sites[row * LANES + i] = table[queue[PLACE, pick[i]], row]
    _span_all(r, v, turn, spin, block, queue, pick, shape[1], step_s, ends_at, arcs)
    _span_all(r, v, turn, spin, block, queue, pick, shape[0], step_s, ends_at, rise_arcs)
    _span_all(r, v, turn, spin, block, queue, pick, shape[2], step_s, ends_at, set_arcs)
    for i in range(LANES):
        top[LOW * LANES + i], top[HIGH * LANES + i] = 0.0, step_s
        top[F_LOW * LANES + i] = known[(shape[1, i] * N_KNOWN + LIFT) * LANES + pick[i]]
        top[F_HIGH * LANES + i] = known[((shape[1, i] + 1) * N_KNOWN + LIFT) * LANES + pick[i]]
    _tops(sites, arcs, top)
    for i in range(LANES):
        height, distance, _, _ = view_along(column_of(sites, i), arcs, i, top[AT * LANES + i])
        top[F_LOW * LANES + i] = height - sin_minimum * distance
        top[F_HIGH * LANES + i] = height / distance
    for i in range(LANES):
        is_same = shape[0, i] == shape[1, i]
        rise[LOW * LANES + i], rise[HIGH * LANES + i] = 0.0, top[AT * LANES + i] if is_same else step_s
        rise[F_LOW * LANES + i] = known[(shape[0, i] * N_KNOWN + G) * LANES + pick[i]]
        rise[F_HIGH * LANES + i] = (
            top[F_LOW * LANES + i] if is_same else known[((shape[0, i] + 1) * N_KNOWN + G) * LANES + pick[i]]
        )
        is_same = shape[2, i] == shape[1, i]
        fall[LOW * LANES + i], fall[HIGH * LANES + i] = top[AT * LANES + i] if is_same else 0.0, step_s
        fall[F_LOW * LANES + i] = (
            top[F_LOW * LANES + i] if is_same else known[(shape[2, i] * N_KNOWN + G) * LANES + pick[i]]
        )
        fall[F_HIGH * LANES + i] = known[((shape[2, i] + 1) * N_KNOWN + G) * LANES + pick[i]]
    _edges(sites, rise_arcs, sin_minimum, rise)
    _edges(sites, set_arcs, sin_minimum, fall)
    for i in range(n_ordinary):
        run = pick[i]
        lane, first, station = queue[LANE, run], queue[FIRST, run], queue[PLACE, run]
        moved = max(top[MOVED * LANES + i], max(rise[MOVED * LANES + i], fall[MOVED * LANES + i]))
        if not (moved < SETTLED_S and top[F_LOW * LANES + i] > 0.0):
            n = _alone(out, n, queue, run, block, span_s, states, turn, spin, table, sin_minimum, sky, track)
            continue
        if n < out.shape[0]:
            steps = (shape[0, i], shape[2, i])
            edges_s = (rise[AT * LANES + i], fall[AT * LANES + i])
            x, y, z = position(rise_arcs, i, rise[AT * LANES + i])
            out[n, AZ_RISE] = look(column_of(sites, i), x, y, z)[1]
            x, y, z = position(arcs, i, top[AT * LANES + i])
            out[n, AZ_TOP] = look(column_of(sites, i), x, y, z)[1]
            x, y, z = position(set_arcs, i, fall[AT * LANES + i])
            out[n, AZ_SET] = look(column_of(sites, i), x, y, z)[1]
            out[n, SATELLITE] = block * LANES + lane
            out[n, STATION] = station
            out[n, RISE] = first_s + (first + steps[0]) * step_s + edges_s[0]
            out[n, TOP] = first_s + (first + shape[1, i]) * step_s + top[AT * LANES + i]
            out[n, SET] = first_s + (first + steps[1]) * step_s + edges_s[1]
            out[n, MAX_SIN] = top[F_HIGH * LANES + i]
            out[n, CUT] = 0.0
            out[n, DARK] = _dark_s(
                shade, first, steps, edges_s, (sun, setting, inertial), states, block, lane, step_s
            )
        n += 1
    return n


@inline
def workspace():
    """Return the arrays that `solve` works in."""
    return (
        np.empty(N_SITE * LANES), np.empty((LONGEST + 1) * N_KNOWN * LANES), np.empty(16 * LANES),
        np.empty(ARC * LANES), np.empty(ARC * LANES), np.empty(ARC * LANES),
        np.empty(N_ROOT * LANES), np.empty(N_ROOT * LANES), np.empty(N_ROOT * LANES),
        np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty((3, LANES), np.int64),
    )  # fmt: skip
