"""Radio link kernels: geometry and link tables → Es/N0, bit rates and bits over intervals.

A link is a table row: `constant_db` holds everything that does not move (EIRP, G/T, carrier, Boltzmann,
symbol rate), so that Es/N0 [dB] = constant - 20 lg(range) - attenuation(1 / sin elevation).
"""

import math

import numpy as np

from . import LANES, contracted_inline, inline, kernel
from .vector import SEGMENT, position, rotate

BELOW_LADDER = -1
EDGE_SLACK = 1.002  # a rise root lies within 1 ms of its elevation, on either side


@contracted_inline
def mantissa(x):
    """Return e and f of a number above zero, x = 2^e (1 + f), 1 + f between the root of 1/2 and that of 2."""
    bits = np.float64(x).view(np.int64)
    shifted = bits + 0x0009_5F62_0000_0000
    one_and_f = np.int64((shifted & 0x000F_FFFF_FFFF_FFFF) + 0x3FE6_A09E_0000_0000).view(np.float64)
    return (shifted >> 52) - 1023, one_and_f - 1.0


@contracted_inline
def log10_of(exponent, f, ratio):
    """Decimal logarithm of 2^e (1 + f), to 2e-16, given f / (2 + f) (fdlibm)."""
    z = ratio * ratio
    series = z * (
        6.666666666666735130e-01
        + z
        * (
            3.999999999940941908e-01
            + z
            * (
                2.857142874366239149e-01
                + z
                * (
                    2.222219843214978396e-01
                    + z
                    * (
                        1.818357216161805012e-01
                        + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01)
                    )
                )
            )
        )
    )
    half = 0.5 * f * f
    natural = f - (half - ratio * (half + series))
    return exponent * 3.01029995663981195e-01 + natural * 4.34294481903251828e-01


@contracted_inline
def log10(x):
    """Decimal logarithm of a number above zero, to 2e-16, without a call."""
    exponent, f = mantissa(x)
    return log10_of(exponent, f, f / (2.0 + f))


@inline
def attenuation_db(cosecant, near, cosecant_nodes, attenuation_nodes_db):
    """Return attenuation at 1/sin(elevation), linear between nodes (increasing), and its interval.

    NaN at or below the horizon and below the lowest elevation. The search begins at interval `near`, that
    of the sample before.
    """
    last = cosecant_nodes.shape[0] - 1
    if not (1.0 <= cosecant * EDGE_SLACK and cosecant <= cosecant_nodes[last] * EDGE_SLACK):
        return np.nan, near
    i = near
    while i < last - 1 and cosecant > cosecant_nodes[i + 1]:
        i += 1
    while i > 0 and cosecant <= cosecant_nodes[i]:
        i -= 1
    span = cosecant_nodes[i + 1] - cosecant_nodes[i]
    slope = (attenuation_nodes_db[i + 1] - attenuation_nodes_db[i]) / span
    return attenuation_nodes_db[i] + slope * (cosecant - cosecant_nodes[i]), i


@inline
def rung(level_db, near, threshold_db):
    """Index of the highest threshold (increasing) not above the level, BELOW_LADDER if none; NaN: none.

    The search begins at rung `near`, that of the sample before.
    """
    i = near
    while i + 1 < threshold_db.shape[0] and level_db >= threshold_db[i + 1]:
        i += 1
    while i > BELOW_LADDER and not level_db >= threshold_db[i]:
        i -= 1
    return i


@inline
def area_to(level_db, i, threshold_db, rate_bit_per_s, area):
    """Integral of the rate staircase from the lowest threshold up to a level on rung i [bit/s x dB]."""
    if i == BELOW_LADDER:
        return 0.0
    return area[i] + rate_bit_per_s[i] * (level_db - threshold_db[i])


@inline
def mean_rate(a_db, rung_a, b_db, rung_b, threshold_db, rate_bit_per_s, area):
    """Mean of the rate staircase while the level moves evenly from a to b: exact at every rung crossed."""
    if not (a_db == a_db and b_db == b_db):
        return 0.0
    rate_a = 0.0 if rung_a == BELOW_LADDER else rate_bit_per_s[rung_a]
    if rung_a == rung_b:
        return rate_a
    rate_b = 0.0 if rung_b == BELOW_LADDER else rate_bit_per_s[rung_b]
    above = area_to(b_db, rung_b, threshold_db, rate_bit_per_s, area)
    below = area_to(a_db, rung_a, threshold_db, rate_bit_per_s, area)
    mean = (above - below) / (b_db - a_db)
    return min(max(mean, min(rate_a, rate_b)), max(rate_a, rate_b))  # a hair apart, the quotient is noise


@inline
def load_turned(segment, node, step_s, r_km, v_km_per_s, block, lane, turn):
    """Fill a segment with one satellite's states at `node` and the next, turned into the Earth's frame.

    turn (node, 3): cosine, sine and angle from the inertial to the rotating frame.
    """
    for axis in range(3):
        segment[axis] = r_km[block, node, axis, lane]
        segment[3 + axis] = v_km_per_s[block, node, axis, lane]
        segment[6 + axis] = r_km[block, node + 1, axis, lane]
        segment[9 + axis] = v_km_per_s[block, node + 1, axis, lane]
    segment[12] = step_s
    spin = (turn[node + 1, 2] - turn[node, 2]) / step_s
    rotate(segment, turn[node, 0], turn[node, 1], turn[node + 1, 0], turn[node + 1, 1], spin)


@inline
def place(segment, after_s, site_km, up):
    """Return square of the range [km2] and height over the horizontal plane [km] of a turned segment."""
    x, y, z = position(segment, after_s)
    x -= site_km[0]
    y -= site_km[1]
    z -= site_km[2]
    return x * x + y * y + z * z, x * up[0] + y * up[1] + z * up[2]


@kernel
def levels(range_m, sin_elevation, constant_db, cosecant_nodes, attenuation_nodes_db, out_db):
    """Es/N0 of each (range, elevation) pair of one link."""
    near = 0
    for i in range(range_m.shape[0]):
        cosecant = 1.0 / sin_elevation[i] if sin_elevation[i] > 0.0 else np.nan
        loss_db, near = attenuation_db(cosecant, near, cosecant_nodes, attenuation_nodes_db)
        out_db[i] = constant_db - 20.0 * log10(range_m[i]) - loss_db


@kernel
def rates(level_db, threshold_db, rate_bit_per_s, out_bit_per_s):
    """Bit rate of the highest rung that each level reaches, 0 where it reaches none."""
    k = BELOW_LADDER
    for i in range(level_db.shape[0]):
        k = rung(level_db[i], k, threshold_db)
        out_bit_per_s[i] = 0.0 if k == BELOW_LADDER else rate_bit_per_s[k]


@kernel
def volumes(
    satellite,
    station,
    start_s,
    end_s,
    radio,
    r_km,
    v_km_per_s,
    gmst_rad,
    step_s,
    site_itrs_km,
    site_up,
    constant_db,
    cosecant_nodes,
    attenuation_nodes_db,
    threshold_db,
    rate_bit_per_s,
    max_sample_s,
    out_bit,
):
    """Bits that each interval (satellite, station, start, end) can carry, in seconds of the grid.

    Between samples no further apart than `max_sample_s` the level is taken as linear and the staircase of
    rates is integrated exactly along it. Shapes: intervals (i,); radio (s,); states (block, t, 3, LANES);
    gmst (t,), unwrapped; sites (g, 3); constant (radio, g); nodes (a,); attenuation (radio, g, a); ladders
    (radio, m).
    """
    n_rung = threshold_db.shape[1]
    segment = np.empty(SEGMENT)
    area = np.zeros(threshold_db.shape)
    for q in range(area.shape[0]):
        for k in range(1, n_rung):
            width_db = threshold_db[q, k] - threshold_db[q, k - 1]
            area[q, k] = area[q, k - 1] + rate_bit_per_s[q, k - 1] * width_db
    turn = np.empty((gmst_rad.shape[0], 3))
    for node in range(gmst_rad.shape[0]):
        turn[node, 0] = math.cos(gmst_rad[node])
        turn[node, 1] = math.sin(gmst_rad[node])
        turn[node, 2] = gmst_rad[node]
    longest_s = 0.0
    for i in range(start_s.shape[0]):
        longest_s = max(longest_s, end_s[i] - start_s[i])
    range2_km2 = np.empty(math.ceil(longest_s / max_sample_s) + 2)
    up_km = np.empty(range2_km2.shape[0])
    for i in range(satellite.shape[0]):
        g = station[i]
        q = radio[satellite[i]]
        out_bit[i] = 0.0
        duration_s = end_s[i] - start_s[i]
        if not (duration_s > 0.0 and constant_db[q, g] > -np.inf):
            continue
        n = max(1, math.ceil(duration_s / max_sample_s))
        sample_s = duration_s / n
        loaded = -1
        for k in range(n + 1):
            t_s = start_s[i] + k * sample_s
            node = min(max(math.floor(t_s / step_s), 0), gmst_rad.shape[0] - 2)
            if node != loaded:
                block, lane = satellite[i] // LANES, satellite[i] % LANES
                load_turned(segment, node, step_s, r_km, v_km_per_s, block, lane, turn)
                loaded = node
            range2_km2[k], up_km[k] = place(segment, t_s - node * step_s, site_itrs_km[g], site_up[g])
        for k in range(n + 1):  # level without the air in place of the range, cosecant in place of the height
            range2 = range2_km2[k]
            cosecant = math.sqrt(range2) / up_km[k]
            up_km[k] = cosecant if up_km[k] > 0.0 else np.nan
            range2_km2[k] = constant_db[q, g] - 10.0 * log10(1e6 * range2)
        total_bit = 0.0
        before_db = 0.0
        here = BELOW_LADDER
        near = 0
        for k in range(n + 1):
            loss_db, near = attenuation_db(up_km[k], near, cosecant_nodes, attenuation_nodes_db[q, g])
            now_db = range2_km2[k] - loss_db
            last = here
            here = rung(now_db, here, threshold_db[q])
            if k > 0:
                rate = mean_rate(before_db, last, now_db, here, threshold_db[q], rate_bit_per_s[q], area[q])
                total_bit += rate * sample_s
            before_db = now_db
        out_bit[i] = total_bit
