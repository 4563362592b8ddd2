"""Eclipses between grid nodes: packed states and the Sun → enter and exit times, umbra, dark seconds.

The edges are roots of the signed edges of `shadow` on the arc between two nodes, not grid samples, and the
dark seconds of a step are integrals over the visible share of the disc, so that sums over a year do not
depend on the step. An eclipse that begins and ends inside one step is found by its lowest point.
"""

import math

import numpy as np

from ..constants import EARTH_RADIUS_KM
from . import LANES, inline, kernel
from .arc import ARC, STEP, load, position
from .shadow import edges, settings, visible_frac
from .vector import lowest, root

LOOK = -1.0
"""Mark of a step that an edge of the shadow may cross."""

GRAZE = 1e-7
"""Height of an edge from which it cannot reach zero within a thousandth of a step."""

# state of an eclipse under way, one row each
OPEN, ENTER_S, UMBRA_S, DARK_S, CLIPPED = range(5)
N_STATE = 5

# columns of an eclipse found
SATELLITE, ENTER, EXIT, UMBRA, DARK, CUT = range(6)
N_COLUMN = 6

# Gauss-Legendre points and weights on [-1, 1], order 8. Abramowitz and Stegun, table 25.4.
_POINT = (0.183434642495650, 0.525532409916329, 0.796666477413627, 0.960289856497536)
_WEIGHT = (0.362683783378362, 0.313706645877887, 0.222381034453374, 0.101228536290376)


@inline
def _where(arguments, after_s):
    arcs, sun, node, _ = arguments
    x, y, z = position(arcs, 0, after_s)
    p = after_s / arcs[STEP * LANES]
    sun_x = sun[node, 0] + p * (sun[node + 1, 0] - sun[node, 0])
    sun_y = sun[node, 1] + p * (sun[node + 1, 1] - sun[node, 1])
    sun_z = sun[node, 2] + p * (sun[node + 1, 2] - sun[node, 2])
    return x, y, z, sun_x, sun_y, sun_z


@inline
def outside_shadow(arguments, after_s):
    """Signed edge of the shadow `after_s` into the first arc; arguments: arcs, sun (t, 3), node, setting."""
    x, y, z, sun_x, sun_y, sun_z = _where(arguments, after_s)
    return edges(arguments[3], x, y, z, sun_x, sun_y, sun_z)[0]


@inline
def outside_umbra(arguments, after_s):
    """Signed edge of the umbra `after_s` into the first arc."""
    x, y, z, sun_x, sun_y, sun_z = _where(arguments, after_s)
    return edges(arguments[3], x, y, z, sun_x, sun_y, sun_z)[1]


@inline
def below(function, arguments, low, high):
    """Return the part of [low, high] where `function` is at or below zero; start = end where nowhere."""
    f_low = function(arguments, low)
    f_high = function(arguments, high)
    last, f_last = high, f_high
    first, f_first = low, f_low
    if f_low > 0.0 and f_high > 0.0:
        little = 1e-3 * (high - low)
        falls = f_low < GRAZE or function(arguments, low + little) < f_low
        rises = f_high < GRAZE or function(arguments, high - little) < f_high
        if not (falls and rises):
            return low, low
        dip = lowest(function, arguments, low, high)
        f_dip = function(arguments, dip)
        if f_dip >= 0.0:
            return low, low
        last, f_last = dip, f_dip
        first, f_first = dip, f_dip
    start = root(function, arguments, low, last, f_low, f_last) if f_low > 0.0 else low
    end = root(function, arguments, first, high, f_first, f_high) if f_high > 0.0 else high
    return start, end


# Entry points rather than inlined helpers from here on: they run a few times an orbit, and inlining their
# roots and integrals at every call would double the time to compile.


@kernel
def shadow_part(arguments, low, high):
    """Part of [low, high] of an arc in the shadow, as (start, end)."""
    return below(outside_shadow, arguments, low, high)


@kernel
def umbra_part(arguments, low, high):
    """Part of [low, high] of an arc in the umbra, as (start, end)."""
    return below(outside_umbra, arguments, low, high)


@kernel
def hidden_s(arguments, low, high):
    """Seconds of full-Sun light lost within [low, high]: Gauss-Legendre over the hidden share."""
    middle = 0.5 * (low + high)
    half = 0.5 * (high - low)
    total = 0.0
    for i in range(8):
        offset = half * _POINT[i // 2] * (1.0 if i % 2 == 0 else -1.0)
        x, y, z, sun_x, sun_y, sun_z = _where(arguments, middle + offset)
        total += _WEIGHT[i // 2] * (1.0 - visible_frac(arguments[3], x, y, z, sun_x, sun_y, sun_z))
    return half * total


@kernel
def shaded(arguments, low, high):
    """Return (start, end, umbra_s, dark_s) of the shadow within [low, high] of an arc."""
    start, end = shadow_part(arguments, low, high)
    umbra_s = end - start
    dark_s = umbra_s
    if end > start and arguments[3][1] > 0.0:  # a Sun with a disc
        umbra_start, umbra_end = umbra_part(arguments, start, end)
        umbra_s = umbra_end - umbra_start
        if umbra_s > 0.0:
            dark_s = umbra_s + hidden_s(arguments, start, umbra_start) + hidden_s(arguments, umbra_end, end)
        else:
            dark_s = hidden_s(arguments, start, end)
    return start, end, umbra_s, dark_s


@inline
def _emit(out, n, satellite, state, lane, exit_s, clipped):
    if n < out.shape[0]:
        out[n, SATELLITE] = satellite
        out[n, ENTER] = state[ENTER_S, lane]
        out[n, EXIT] = exit_s
        out[n, UMBRA] = state[UMBRA_S, lane]
        out[n, DARK] = state[DARK_S, lane]
        out[n, CUT] = clipped
    state[OPEN, lane] = 0.0
    return n + 1


@kernel
def shade_of_steps(setting, r, v, sun, step_s, shade):
    """Fill `shade` (t - 1, LANES): 0 lit throughout, `step_s` dark throughout, LOOK, NaN no satellite.

    r, v (t, 3, LANES) and sun (t, 3) in one inertial frame. No shadow reaches a step unless one of its nodes
    is behind the Earth, or less than a step's motion before that, and no farther from the axis than the
    penumbra and what a curved path can miss; where a block has no such lane, one dot product settles it.
    """
    stretch, _, _ = setting
    outside = np.empty((2, LANES))
    umbra = np.empty((2, LANES))
    sag = np.empty((2, LANES))
    share = step_s * step_s / 8.0
    was_near = 0
    for node in range(r.shape[0]):
        now = node % 2
        old = 1 - now
        at = r[node]
        going = v[node]
        sun_x = sun[node, 0]
        sun_y = sun[node, 1]
        sun_z = sun[node, 2]
        over = 1.0 / math.sqrt(sun_x * sun_x + sun_y * sun_y + stretch * stretch * sun_z * sun_z)
        toward_x = sun_x * over
        toward_y = sun_y * over
        toward_z = sun_z * over * stretch
        n_near = 0
        for lane in range(LANES):
            x = at[0, lane]
            y = at[1, lane]
            z = at[2, lane] * stretch
            along = x * toward_x + y * toward_y + z * toward_z
            moved2 = (going[0, lane] ** 2 + going[1, lane] ** 2 + going[2, lane] ** 2) * step_s * step_s
            rim = EARTH_RADIUS_KM + 0.005 * abs(along) + moved2 / (2.0 * EARTH_RADIUS_KM)
            behind = (along < 0.0) | (along * along < moved2)
            n_near += 1 if behind & (x * x + y * y + z * z - along * along < rim * rim) else 0
        if n_near > 0:
            for lane in range(LANES):
                x = at[0, lane]
                y = at[1, lane]
                z = at[2, lane]
                outside[now, lane], umbra[now, lane] = edges(setting, x, y, z, sun_x, sun_y, sun_z)
                speed2 = going[0, lane] ** 2 + going[1, lane] ** 2 + going[2, lane] ** 2
                # An edge's second derivative stays below ten times (v/r)^2, even low over the ground, so that
                # between two nodes it cannot dip deeper than this under the lower one.
                sag[now, lane] = 10.0 * speed2 / (x * x + y * y + z * z) * share
        else:
            for lane in range(LANES):
                outside[now, lane] = 1.0 + (at[0, lane] - at[0, lane])  # lit, or NaN
                umbra[now, lane] = 1.0
                sag[now, lane] = 0.0
        if node == 0:
            was_near = n_near
            continue
        row = shade[node - 1]
        if n_near == 0 and was_near == 0:
            for lane in range(LANES):
                row[lane] = outside[now, lane] + outside[old, lane] - 2.0
        else:
            for lane in range(LANES):
                lower = outside[old, lane] if outside[old, lane] < outside[now, lane] else outside[now, lane]
                deepest = sag[old, lane] if sag[old, lane] > sag[now, lane] else sag[now, lane]
                dark = (umbra[old, lane] <= 0.0) & (umbra[now, lane] <= 0.0)
                kind = step_s if dark else (LOOK if lower < deepest else 0.0)
                both = outside[now, lane] + outside[old, lane]
                row[lane] = kind + (both - both)
        was_near = n_near


@kernel
def eclipses(code, r, v, sun, first_s, step_s, state, dark, out):
    """Find every eclipse of a chunk; return how many rows there are, even beyond the end of `out`.

    code: index into SHADOWS; r, v (n_block, t, 3, LANES) [km, km/s]; sun (t, 3) [km]; first_s: time of
    node 0; state (n_block, N_STATE, LANES): eclipses under way, handed from chunk to chunk;
    dark (n_block, t - 1, LANES): filled with the dark seconds of every step (NaN: no satellite);
    out (n, N_COLUMN): filled with the eclipses that ended here.
    """
    setting = settings(code)
    n_found = 0
    arcs = np.empty(ARC * LANES)
    for block in range(r.shape[0]):
        here = state[block]
        lost = dark[block]
        shade_of_steps(setting, r[block], v[block], sun, step_s, lost)
        for node in range(r.shape[1] - 1):
            row = lost[node]
            n_busy = 0
            for lane in range(LANES):
                full = (row[lane] == step_s) & (here[OPEN, lane] > 0.0)
                gained = step_s if full else 0.0
                here[UMBRA_S, lane] += gained
                here[DARK_S, lane] += gained
                enters = (row[lane] == LOOK) | (row[lane] == step_s)
                n_busy += 1 if (enters | (here[OPEN, lane] > 0.0)) & (not full) else 0
            if n_busy == 0:
                continue
            start_s = first_s + node * step_s
            for lane in range(LANES):
                satellite = block * LANES + lane
                is_open = here[OPEN, lane] > 0.0
                if row[lane] == step_s and is_open:
                    continue
                low, high, umbra_s, dark_s = 0.0, 0.0, 0.0, row[lane]
                if row[lane] == LOOK or row[lane] == step_s:
                    load(arcs, 0, r, v, block, node, lane, step_s)
                    low, high, umbra_s, dark_s = shaded((arcs, sun, node, setting), 0.0, step_s)
                    row[lane] = dark_s
                if not high > low:
                    if is_open:  # it ended exactly on the node, or the satellite died
                        cut = here[CLIPPED, lane] if row[lane] == row[lane] else 1.0
                        n_found = _emit(out, n_found, satellite, here, lane, start_s, cut)
                    continue
                if not is_open:
                    here[OPEN, lane] = 1.0
                    here[ENTER_S, lane] = start_s + low
                    here[UMBRA_S, lane] = 0.0
                    here[DARK_S, lane] = 0.0
                    here[CLIPPED, lane] = 1.0 if start_s == 0.0 and low == 0.0 else 0.0
                here[UMBRA_S, lane] += umbra_s
                here[DARK_S, lane] += dark_s
                if high < step_s:
                    n_found = _emit(out, n_found, satellite, here, lane, start_s + high, here[CLIPPED, lane])
    return n_found
