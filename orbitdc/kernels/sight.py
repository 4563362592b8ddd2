"""One satellite over one station: a run of grid nodes → passes with their edges, tops and azimuths.

g = d.u - sin(minimum) |d| (d: station to satellite, u: the station's vertical) is above zero within a pass.
Edges are roots of g on the arc between two nodes; a pass shorter than a step shows as an elevation that turns
from up to down, a gap shorter than a step as the contrary.
"""

import math

from . import inline, kernel
from .arc import load, load_turned, position, state, turned, velocity
from .eclipse import LOOK, shaded
from .vector import root

EARTH_GM_KM3_PER_S2 = 398600.4418  # WGS84, NIMA TR8350.2
LOWEST_KM = 6000.0  # under any satellite

# columns of a station: place [km], vertical, east and north in the rotating Earth frame
SITE_R, SITE_UP, SITE_EAST, SITE_NORTH = 0, 3, 6, 9
N_SITE = 12

# state of a pass under way, one row each
OPEN, RISE_S, RISE_AZIMUTH, CLIPPED, TOP_SIN, TOP_S, TOP_AZIMUTH, DARK_S, LAST_AZIMUTH = range(9)
N_STATE = 9

# columns of a pass found
SATELLITE, STATION, RISE, TOP, SET, MAX_SIN, CUT, AZ_RISE, AZ_TOP, AZ_SET, DARK = range(11)
N_COLUMN = 11


@inline
def row_of(sites, station):
    """Return the columns of one station (g, N_SITE) as a tuple."""
    return (
        sites[station, 0], sites[station, 1], sites[station, 2], sites[station, 3], sites[station, 4],
        sites[station, 5], sites[station, 6], sites[station, 7], sites[station, 8], sites[station, 9],
        sites[station, 10], sites[station, 11],
    )  # fmt: skip


@inline
def view(site, x, y, z, u, v, w):
    """Return height over the station's horizontal and distance [km], and the rate of each [km/s]."""
    x = x - site[SITE_R]
    y = y - site[SITE_R + 1]
    z = z - site[SITE_R + 2]
    height = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    climb = u * site[SITE_UP] + v * site[SITE_UP + 1] + w * site[SITE_UP + 2]
    distance = math.sqrt(x * x + y * y + z * z)
    return height, distance, climb, (x * u + y * v + z * w) / distance


@inline
def view_along(site, arcs, i, after_s):
    """Return `view` at an instant of arc `i`."""
    x, y, z = position(arcs, i, after_s)
    u, v, w = velocity(arcs, i, after_s)
    return view(site, x, y, z, u, v, w)


@inline
def lift(arguments, after_s):
    """Rate of sin(elevation) times the cube of the distance, nearly linear in time."""
    site, arcs, i = arguments
    x, y, z = position(arcs, i, after_s)
    u, v, w = velocity(arcs, i, after_s)
    x = x - site[SITE_R]
    y = y - site[SITE_R + 1]
    z = z - site[SITE_R + 2]
    height = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    climb = u * site[SITE_UP] + v * site[SITE_UP + 1] + w * site[SITE_UP + 2]
    return climb * (x * x + y * y + z * z) - height * (x * u + y * v + z * w)


@inline
def look(site, x, y, z):
    """Return sin(elevation) and azimuth [rad, 0..2 pi, from north through east] of a place."""
    x = x - site[SITE_R]
    y = y - site[SITE_R + 1]
    z = z - site[SITE_R + 2]
    up = x * site[SITE_UP] + y * site[SITE_UP + 1] + z * site[SITE_UP + 2]
    east = x * site[SITE_EAST] + y * site[SITE_EAST + 1] + z * site[SITE_EAST + 2]
    north = x * site[SITE_NORTH] + y * site[SITE_NORTH + 1] + z * site[SITE_NORTH + 2]
    azimuth = math.atan2(east, north)
    return up / math.sqrt(x * x + y * y + z * z), azimuth if azimuth >= 0.0 else azimuth + 2.0 * math.pi


# Entry points rather than inlined helpers: they run a few times a pass, and inlining every root would double
# the time to compile.


@kernel
def edge(site, arcs, sin_minimum, low, high, g_low, g_high, slope_low, slope_high):
    """Return where g changes sign in [low, high] of an arc, from its values and rates at both ends.

    Newton on the cubic with those values gives a start within some 30 ms; Newton on the arc itself, kept
    inside the bracket, squares that.
    """
    width = high - low
    c1 = slope_low * width
    gap = g_high - g_low
    c2 = 3.0 * gap - 2.0 * c1 - slope_high * width
    c3 = slope_high * width + c1 - 2.0 * gap
    share = g_low / (g_low - g_high)
    for _ in range(4):
        g = g_low + share * (c1 + share * (c2 + share * c3))
        share = share - g / (c1 + share * (2.0 * c2 + share * 3.0 * c3))
        share = share if (share >= 0.0) & (share <= 1.0) else 0.5
    at = low + share * width
    rises = g_high > 0.0
    for _ in range(60):
        height, distance, climb, recede = view_along(site, arcs, 0, at)
        g = height - sin_minimum * distance
        if (g > 0.0) == rises:
            high = at
        else:
            low = at
        newton = at - g / (climb - sin_minimum * recede)
        if not ((newton >= low) & (newton <= high)):
            newton = 0.5 * (low + high)
        moved = abs(newton - at)
        at = newton
        if moved < 1e-5:  # what remains is its square
            break
    return at


@kernel
def _culminate(track, lane, site, arcs, after_s, start_s):
    """Keep the highest point seen so far."""
    x, y, z = position(arcs, 0, after_s)
    sin_elevation, azimuth = look(site, x, y, z)
    if sin_elevation > track[TOP_SIN, lane]:
        track[TOP_SIN, lane] = sin_elevation
        track[TOP_S, lane] = start_s + after_s
        track[TOP_AZIMUTH, lane] = azimuth


@kernel
def _open(track, lane, site, arcs, after_s, start_s):
    """Begin a pass; its first point is the highest so far."""
    x, y, z = position(arcs, 0, after_s)
    track[OPEN, lane] = 1.0
    track[RISE_S, lane] = start_s + after_s
    track[TOP_SIN, lane], track[RISE_AZIMUTH, lane] = look(site, x, y, z)
    track[CLIPPED, lane] = 1.0 if start_s + after_s == 0.0 else 0.0
    track[TOP_S, lane] = track[RISE_S, lane]
    track[TOP_AZIMUTH, lane] = track[RISE_AZIMUTH, lane]
    track[DARK_S, lane] = 0.0


@kernel
def emit(out, n, satellite, station, track, lane, set_s, set_azimuth, clipped):
    """Write down the pass of one lane and close it; return the number of rows."""
    if n < out.shape[0]:
        out[n, SATELLITE] = satellite
        out[n, STATION] = station
        out[n, RISE] = track[RISE_S, lane]
        out[n, TOP] = track[TOP_S, lane]
        out[n, SET] = set_s
        out[n, MAX_SIN] = track[TOP_SIN, lane]
        out[n, CUT] = clipped
        out[n, AZ_RISE] = track[RISE_AZIMUTH, lane]
        out[n, AZ_TOP] = track[TOP_AZIMUTH, lane]
        out[n, AZ_SET] = set_azimuth
        out[n, DARK] = track[DARK_S, lane]
    track[OPEN, lane] = 0.0
    return n + 1


@inline
def _parts(site, arcs, sin_minimum, step_s, low, high, top_s):
    """Return up to two intervals (a, b), (c, d) of a step above the mask; start = -1 where there is none.

    low, high: g and its rate at the ends; top_s: where the elevation turns, -1 if it does not.
    """
    a, b, c, d = -1.0, -1.0, -1.0, -1.0
    g_low, slope_low = low
    g_high, slope_high = high
    g_top, slope_top = g_low, slope_low
    if top_s >= 0.0:
        height, distance, climb, recede = view_along(site, arcs, 0, top_s)
        g_top = height - sin_minimum * distance
        slope_top = climb - sin_minimum * recede
    if g_low > 0.0 and g_high > 0.0:
        a, b = 0.0, step_s
        if g_top < 0.0:
            b = edge(site, arcs, sin_minimum, 0.0, top_s, g_low, g_top, slope_low, slope_top)
            c = edge(site, arcs, sin_minimum, top_s, step_s, g_top, g_high, slope_top, slope_high)
            d = step_s
    elif g_low > 0.0 or g_high > 0.0:
        crossing = 0.0
        if top_s < 0.0:
            crossing = edge(site, arcs, sin_minimum, 0.0, step_s, g_low, g_high, slope_low, slope_high)
        elif (g_top > 0.0) == (g_low > 0.0):
            crossing = edge(site, arcs, sin_minimum, top_s, step_s, g_top, g_high, slope_top, slope_high)
        else:
            crossing = edge(site, arcs, sin_minimum, 0.0, top_s, g_low, g_top, slope_low, slope_top)
        a = 0.0 if g_low > 0.0 else crossing
        b = crossing if g_low > 0.0 else step_s
    elif g_top > 0.0:
        a = edge(site, arcs, sin_minimum, 0.0, top_s, g_low, g_top, slope_low, slope_top)
        b = edge(site, arcs, sin_minimum, top_s, step_s, g_top, g_high, slope_top, slope_high)
    return a, b, c, d


@inline
def may_rise(step_s, low, high, sin_minimum, spin, distance):
    """Whether g may be above zero between two nodes where it is not; low, high: g and its rate at each.

    With M a bound of its second derivative, g - M t (t - h) / 2 is concave and nowhere under g, so that it
    lies under its tangents at both ends. g bends upwards by the pull along the line of sight and by the
    forces of the rotating frame; under the horizon the passing of the satellite adds to it: no bound is used.
    """
    bend = sin_minimum * EARTH_GM_KM3_PER_S2 / LOWEST_KM**2 + 2.0e-3 + 3.0 * spin * spin * distance
    slope_low = low[1] + 0.5 * bend * step_s
    slope_high = high[1] - 0.5 * bend * step_s
    meet = (high[0] - low[0] - slope_high * step_s) / (slope_low - slope_high)
    top = low[0] + slope_low * meet if (meet > 0.0) & (meet < step_s) else max(low[0], high[0])
    return (top > 0.0) | (sin_minimum < 0.0)


@kernel
def search(out, n, who, span, states, turn, spin, site, sin_minimum, sky, track):
    """Find the passes within one run of nodes of one satellite and station; return the number of rows so far.

    who: (satellite, station, block, lane); span: (first node, last node, first_s, step_s); states: (r, v);
    site: the N_SITE columns as a tuple; sky: (shade of every step, sun, settings of the shadow, two arcs to
    work with); track (N_STATE, LANES): the pass under way of each lane.
    """
    satellite, station, block, lane = who
    first, last, first_s, step_s = span
    r, v = states
    shade, sun, setting, inertial, arcs = sky
    x, y, z, u, w, q = turned(state(r, v, block, first, lane), turn[first, 0], turn[first, 1], spin)
    height, distance, climb, recede = view(site, x, y, z, u, w, q)
    low = (height - sin_minimum * distance, climb - sin_minimum * recede)
    lift_low = (climb * distance - height * recede) * distance
    for node in range(first, last):
        start_s = first_s + node * step_s
        x0, y0, z0 = x, y, z
        x, y, z, u, w, q = turned(
            state(r, v, block, node + 1, lane), turn[node + 1, 0], turn[node + 1, 1], spin
        )
        height, distance, climb, recede = view(site, x, y, z, u, w, q)
        high = (height - sin_minimum * distance, climb - sin_minimum * recede)
        lift_high = (climb * distance - height * recede) * distance
        if high[0] != high[0]:  # dead: the last good node ends the pass
            if track[OPEN, lane] > 0.0:
                n = emit(out, n, satellite, station, track, lane, start_s, look(site, x0, y0, z0)[1], 1.0)
            return n
        peak = lift_low > 0.0 and lift_high <= 0.0
        dip = lift_low < 0.0 and lift_high >= 0.0
        either = low[0] > 0.0 or high[0] > 0.0
        both = low[0] > 0.0 and high[0] > 0.0
        if either or (peak and may_rise(step_s, low, high, sin_minimum, spin, distance)):
            top_s = -1.0
            is_new = track[OPEN, lane] == 0.0
            # the chunk may end on the next node, or the satellite die on the one after
            at_end = both and node + 1 >= last - 1
            if peak or dip or is_new or at_end or not both:
                load_turned(arcs, 0, r, v, block, node, lane, step_s, turn, spin)
            if peak or dip:
                top_s = root(lift, (site, arcs, 0), 0.0, step_s, lift_low, lift_high)
            a, b, c, d = 0.0, step_s, -1.0, -1.0
            if not both or dip:
                a, b, c, d = _parts(site, arcs, sin_minimum, step_s, low, high, top_s)
            for part in range(2):
                if part == 1:
                    a, b = c, d
                if a < 0.0:
                    break
                if track[OPEN, lane] == 0.0:
                    _open(track, lane, site, arcs, a, start_s)
                if peak and a <= top_s <= b:
                    _culminate(track, lane, site, arcs, top_s, start_s)
                dark_s = shade[node, lane]
                if dark_s == LOOK:
                    load(inertial, 0, r, v, block, node, lane, step_s)
                    dark_s = shaded((inertial, sun, node, setting), a, b)[3]
                elif dark_s > 0.0:
                    dark_s = b - a
                track[DARK_S, lane] += dark_s
                if b < step_s or high[0] <= 0.0:
                    x1, y1, z1 = position(arcs, 0, b)
                    n = emit(
                        out, n, satellite, station, track, lane, start_s + b, look(site, x1, y1, z1)[1],
                        track[CLIPPED, lane],
                    )  # fmt: skip
                elif at_end:
                    _culminate(track, lane, site, arcs, step_s, start_s)
        low = high
        lift_low = lift_high
    if track[OPEN, lane] > 0.0:
        track[LAST_AZIMUTH, lane] = look(site, x, y, z)[1]
    return n
