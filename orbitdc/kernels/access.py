"""Access windows between grid nodes: packed states and stations → rise, culmination and set of every pass.

A pass is where g = d.u - sin(minimum) |d| is above zero (d: station to satellite, u: the station's vertical).
On the grid only signs of g are looked at; edges are roots on the curve between two nodes. g is concave
near the mask, so a pass shorter than a step shows as a slope that turns from up to down, and its top is
tested; a gap shorter than a step likewise.
"""

import math

import numpy as np

from ..constants import EARTH_RADIUS_KM
from . import LANES, inline, kernel
from .eclipse import shaded
from .shadow import settings
from .vector import SEGMENT, load, position, root, rotate, velocity

EARTH_GM_KM3_PER_S2 = 398600.4418  # WGS84, NIMA TR8350.2

# columns of a station: place [km], vertical, east and north in the rotating Earth frame
SITE_R, SITE_UP, SITE_EAST, SITE_NORTH = 0, 3, 6, 9
N_SITE = 12

# state of a pass under way, one row each
OPEN, RISE_S, RISE_AZIMUTH, CLIPPED, TOP_SIN, TOP_S, TOP_AZIMUTH, DARK_S = range(8)
N_STATE = 8

# columns of a pass found
SATELLITE, STATION, RISE, TOP, SET, MAX_SIN, CUT, AZ_RISE, AZ_TOP, AZ_SET, DARK = range(11)
N_COLUMN = 11


@inline
def _reach(arguments, after_s):
    """Vector from station to satellite."""
    segment, site, _ = arguments
    x, y, z = position(segment, after_s)
    return x - site[0], y - site[1], z - site[2]


@inline
def margin_km(arguments, after_s):
    """Height of the satellite over the cone of the mask, signed; arguments: segment, site, sin(minimum)."""
    x, y, z = _reach(arguments, after_s)
    _, site, sin_minimum = arguments
    up = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    return up - sin_minimum * math.sqrt(x * x + y * y + z * z)


@inline
def margin_rate(arguments, after_s):
    """Rate of `margin_km`."""
    x, y, z = _reach(arguments, after_s)
    segment, site, sin_minimum = arguments
    vx, vy, vz = velocity(segment, after_s)
    rising = vx * site[SITE_UP] + vy * site[SITE_UP + 1] + vz * site[SITE_UP + 2]
    return rising - sin_minimum * (x * vx + y * vy + z * vz) / math.sqrt(x * x + y * y + z * z)


@inline
def climb(arguments, after_s):
    """Rate of sin(elevation), times the distance: its sign and its zero are those of the elevation's rate."""
    x, y, z = _reach(arguments, after_s)
    segment, site, _ = arguments
    vx, vy, vz = velocity(segment, after_s)
    up = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    rising = vx * site[SITE_UP] + vy * site[SITE_UP + 1] + vz * site[SITE_UP + 2]
    return rising - up * (x * vx + y * vy + z * vz) / (x * x + y * y + z * z)


@inline
def look(arguments, after_s):
    """Return sin(elevation) and azimuth [rad, 0..2 pi, from north through east]."""
    x, y, z = _reach(arguments, after_s)
    site = arguments[1]
    up = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    east = x * site[SITE_EAST] + y * site[SITE_EAST + 1] + z * site[SITE_EAST + 2]
    north = x * site[SITE_NORTH] + y * site[SITE_NORTH + 1] + z * site[SITE_NORTH + 2]
    azimuth = math.atan2(east, north)
    return up / math.sqrt(x * x + y * y + z * z), azimuth if azimuth >= 0.0 else azimuth + 2.0 * math.pi


# Entry points rather than inlined helpers: they run a few times a pass, and inlining every root would double
# the time to compile.


@kernel
def _margin_root(arguments, low, high, g_low, g_high):
    return root(margin_km, arguments, low, high, g_low, g_high)


@kernel
def _turning(arguments, low, high):
    """Where the margin turns within [low, high], if it rises at one end and falls at the other, else -1."""
    slope_low = margin_rate(arguments, low)
    slope_high = margin_rate(arguments, high)
    if slope_low * slope_high < 0.0:
        return root(margin_rate, arguments, low, high, slope_low, slope_high)
    return -1.0


@kernel
def above(arguments, g_low, g_high, high, beyond):
    """Return up to two intervals (a, b), (c, d) of [0, high] above the mask; start = -1 where there is none.

    `beyond` bounds how far g can leave the range of its two ends.
    """
    a, b, c, d = -1.0, -1.0, -1.0, -1.0
    if g_low > 0.0 and g_high > 0.0:
        a, b = 0.0, high
        if min(g_low, g_high) < beyond:
            dip = _turning(arguments, 0.0, high)
            if dip > 0.0:
                g_dip = margin_km(arguments, dip)
                if g_dip < 0.0:
                    b = _margin_root(arguments, 0.0, dip, g_low, g_dip)
                    c = _margin_root(arguments, dip, high, g_dip, g_high)
                    d = high
    elif g_low > 0.0:
        a, b = 0.0, _margin_root(arguments, 0.0, high, g_low, g_high)
    elif g_high > 0.0:
        a, b = _margin_root(arguments, 0.0, high, g_low, g_high), high
    else:
        top = _turning(arguments, 0.0, high)
        if top > 0.0:
            g_top = margin_km(arguments, top)
            if g_top > 0.0:
                a = _margin_root(arguments, 0.0, top, g_low, g_top)
                b = _margin_root(arguments, top, high, g_top, g_high)
    return a, b, c, d


@kernel
def _top(track, lane, arguments, after_s, start_s):
    """Keep the highest point seen so far."""
    sin_elevation, azimuth = look(arguments, after_s)
    if sin_elevation > track[TOP_SIN, lane]:
        track[TOP_SIN, lane] = sin_elevation
        track[TOP_S, lane] = start_s + after_s
        track[TOP_AZIMUTH, lane] = azimuth


@kernel
def follow(track, lane, arguments, low, high, start_s):
    """Extend the pass of one lane over [low, high] of a segment, opening it where it is new."""
    if track[OPEN, lane] == 0.0:
        track[OPEN, lane] = 1.0
        track[RISE_S, lane] = start_s + low
        track[CLIPPED, lane] = 1.0 if start_s == 0.0 and low == 0.0 else 0.0
        track[RISE_AZIMUTH, lane] = look(arguments, low)[1]
        track[TOP_SIN, lane] = -2.0
        track[DARK_S, lane] = 0.0
        _top(track, lane, arguments, low, start_s)
    climb_low = climb(arguments, low)
    climb_high = climb(arguments, high)
    if climb_high < 0.0 < climb_low:
        _top(track, lane, arguments, root(climb, arguments, low, high, climb_low, climb_high), start_s)
    _top(track, lane, arguments, high, start_s)


@kernel
def _emit(out, n, satellite, station, track, lane, arguments, after_s, start_s, clipped):
    if n < out.shape[0]:
        out[n, SATELLITE] = satellite
        out[n, STATION] = station
        out[n, RISE] = track[RISE_S, lane]
        out[n, TOP] = track[TOP_S, lane]
        out[n, SET] = start_s + after_s
        out[n, MAX_SIN] = track[TOP_SIN, lane]
        out[n, CUT] = clipped
        out[n, AZ_RISE] = track[RISE_AZIMUTH, lane]
        out[n, AZ_TOP] = track[TOP_AZIMUTH, lane]
        out[n, AZ_SET] = look(arguments, after_s)[1]
        out[n, DARK] = track[DARK_S, lane]
    track[OPEN, lane] = 0.0
    return n + 1


@kernel
def turn_segment(segment, turn, node, step_s):
    """Turn a segment that begins at `node` into the Earth frame; turn (t, 3): cosine, sine, angle."""
    spin = (turn[node + 1, 2] - turn[node, 2]) / step_s
    rotate(segment, turn[node, 0], turn[node, 1], turn[node + 1, 0], turn[node + 1, 1], spin)


@kernel
def dark_part(arguments, step_dark_s, low, high):
    """Dark seconds within [low, high] of a step whose whole has `step_dark_s` of them."""
    step_s = arguments[0][12]
    if step_dark_s == 0.0 or (low == 0.0 and high == step_s):
        return step_dark_s
    if step_dark_s == step_s:
        return high - low
    return shaded(arguments, low, high)[3]


@kernel
def _visit(out, n, satellite, track, lane, views, step, ends, beyond):
    """Carry one satellite over one step of one station; return the number of rows so far.

    views: (fixed segment, inertial segment, site, sin(minimum), sun, node, shadow settings, station);
    step: (start_s, step_s, dark_s); ends: margin at both nodes.
    """
    fixed, inertial, site, sin_minimum, sun, node, setting, station = views
    start_s, step_s, step_dark_s = step
    view = (fixed, site, sin_minimum)
    a, b, c, d = above(view, ends[0], ends[1], step_s, beyond)
    for part in range(2):
        if part == 1:
            a, b = c, d
        if a < 0.0:
            break
        follow(track, lane, view, a, b, start_s)
        track[DARK_S, lane] += dark_part((inertial, sun, node, setting), step_dark_s, a, b)
        if b < step_s:
            n = _emit(out, n, satellite, station, track, lane, view, b, start_s, track[CLIPPED, lane])
    return n


@inline
def _bounds(at, going, cos_turn, sin_turn, spin, sin_minimum, step_s, place, sag, bend, travel, height):
    """Turn 64 satellites into the Earth frame, and bound how far g can leave the range of its ends.

    Between two nodes that is at most M h^2 / 8, M the largest second derivative: (1 + s) times gravity and
    Coriolis (`sag`), and s v^2 / |d| (`bend` over the distance, which is at least `height` and shrinks by at
    most `travel`); half as much again, as all of them change within the step.
    """
    share = 1.5 * step_s * step_s / 8.0
    for lane in range(LANES):
        x = at[0, lane]
        y = at[1, lane]
        z = at[2, lane]
        place[0, lane] = cos_turn * x + sin_turn * y
        place[1, lane] = cos_turn * y - sin_turn * x
        place[2, lane] = z
        u = going[0, lane] + spin * y
        w = going[1, lane] - spin * x
        speed = math.sqrt(u * u + w * w + going[2, lane] * going[2, lane])
        radius = math.sqrt(x * x + y * y + z * z)
        pull = EARTH_GM_KM3_PER_S2 / (radius * radius) + 2.0 * spin * speed + spin * spin * radius
        sag[lane] = share * (1.0 + abs(sin_minimum)) * pull
        bend[lane] = share * abs(sin_minimum) * speed * speed
        travel[lane] = speed * step_s
        height[lane] = 0.7 * max(radius - EARTH_RADIUS_KM, 50.0)


@kernel
def passes(code, r, v, sun, theta, dark, sites, sin_minimum, first_s, step_s, state, out):
    """Find every pass of a chunk; return how many rows there are, even beyond the end of `out`.

    code: index into SHADOWS; r, v (n_block, t, 3, LANES) TEME [km, km/s]; sun (t, 3) TEME [km]; theta (t,):
    angle from TEME to the rotating Earth, unwrapped [rad]; dark (n_block, t - 1, LANES): dark seconds of
    every step (`eclipse.eclipses`); sites (g, N_SITE); first_s: time of node 0; state
    (n_block, g, N_STATE, LANES): passes under way, handed from chunk to chunk; out (n, N_COLUMN).
    """
    setting = settings(code)
    n_found = 0
    n_node = r.shape[1]
    turn = np.empty((n_node, 3))
    for node in range(n_node):
        turn[node, 0] = math.cos(theta[node])
        turn[node, 1] = math.sin(theta[node])
        turn[node, 2] = theta[node]
    spin = (theta[n_node - 1] - theta[0]) / ((n_node - 1) * step_s)
    margin = np.full((2, sites.shape[0], LANES), np.nan)
    place = np.empty((3, LANES))
    sag = np.empty(LANES)
    bend = np.empty(LANES)
    travel = np.empty(LANES)
    height = np.empty(LANES)
    beyond = np.empty(LANES)
    fixed = np.empty(SEGMENT)
    inertial = np.empty(SEGMENT)
    for block in range(r.shape[0]):
        for node in range(n_node):
            _bounds(
                r[block, node], v[block, node], turn[node, 0], turn[node, 1], spin, sin_minimum, step_s,
                place, sag, bend, travel, height,
            )  # fmt: skip
            start_s = first_s + (node - 1) * step_s
            for station in range(sites.shape[0]):
                site = sites[station]
                track = state[block, station]
                g_now = margin[node % 2, station]
                g_old = margin[1 - node % 2, station]
                n_busy = 0
                for lane in range(LANES):
                    x = place[0, lane] - site[0]
                    y = place[1, lane] - site[1]
                    z = place[2, lane] - site[2]
                    distance = math.sqrt(x * x + y * y + z * z)
                    g = x * site[3] + y * site[4] + z * site[5] - sin_minimum * distance
                    g_now[lane] = g
                    beyond[lane] = sag[lane] + bend[lane] / max(distance - travel[lane], height[lane])
                    near = max(g, g_old[lane]) + beyond[lane] > 0.0
                    n_busy += 1 if near | (track[OPEN, lane] > 0.0) else 0
                if n_busy == 0 or node == 0:
                    continue
                for lane in range(LANES):
                    died = (g_now[lane] != g_now[lane]) & (track[OPEN, lane] > 0.0)
                    if not (died or max(g_old[lane], g_now[lane]) + beyond[lane] > 0.0):
                        continue
                    satellite = block * LANES + lane
                    load(inertial, r, v, block, node - 1, lane, step_s)
                    fixed[:] = inertial
                    turn_segment(fixed, turn, node - 1, step_s)
                    if died:  # the last good node ends the pass; the far end is not a number
                        fixed[6:12] = fixed[0:6]
                        view = (fixed, site, sin_minimum)
                        n_found = _emit(
                            out, n_found, satellite, station, track, lane, view, 0.0, start_s, 1.0
                        )
                        continue
                    n_found = _visit(
                        out, n_found, satellite, track, lane,
                        (fixed, inertial, site, sin_minimum, sun, node - 1, setting, station),
                        (start_s, step_s, dark[block, node - 1, lane]),
                        (g_old[lane], g_now[lane]),
                        beyond[lane],
                    )  # fmt: skip
    return n_found
