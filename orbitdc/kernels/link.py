"""Radio link kernels: geometry and link tables → Es/N0, bit rates and bits over intervals.

A link is a table row: `constant_db` holds everything that does not move (EIRP, G/T, carrier, Boltzmann,
symbol rate), so that Es/N0 [dB] = constant - 20 lg(range) - attenuation(1 / sin elevation).
"""

import math

import numpy as np

from . import inline, kernel
from .vector import SEGMENT, position, rotate

BELOW_LADDER = -1
EDGE_SLACK = 1.002  # a rise root lies within 1 ms of its elevation, on either side


@inline
def attenuation_db(cosecant, cosecant_nodes, attenuation_nodes_db):
    """Attenuation at 1/sin(elevation), linear between nodes (increasing); NaN below the lowest elevation."""
    last = cosecant_nodes.shape[0] - 1
    if not (1.0 <= cosecant * EDGE_SLACK and cosecant <= cosecant_nodes[last] * EDGE_SLACK):
        return np.nan
    i = 0
    while i < last - 1 and cosecant > cosecant_nodes[i + 1]:
        i += 1
    span = cosecant_nodes[i + 1] - cosecant_nodes[i]
    slope = (attenuation_nodes_db[i + 1] - attenuation_nodes_db[i]) / span
    return attenuation_nodes_db[i] + slope * (cosecant - cosecant_nodes[i])


@inline
def esn0_db(range_m, sin_elevation, constant_db, cosecant_nodes, attenuation_nodes_db):
    """Energy per symbol over noise density; NaN at or below the horizon and below the attenuation table."""
    if not sin_elevation > 0.0:
        return np.nan
    loss_db = attenuation_db(1.0 / sin_elevation, cosecant_nodes, attenuation_nodes_db)
    return constant_db - 20.0 * math.log10(range_m) - loss_db


@inline
def rung(level_db, threshold_db):
    """Index of the highest threshold (increasing) not above the level, BELOW_LADDER if none; NaN: none."""
    low = 0
    high = threshold_db.shape[0]
    while low < high:
        middle = (low + high) // 2
        if level_db >= threshold_db[middle]:
            low = middle + 1
        else:
            high = middle
    return low - 1


@inline
def area_to(level_db, threshold_db, rate_bit_per_s, area):
    """Integral of the rate staircase from the lowest threshold up to a level [bit/s x dB]."""
    i = rung(level_db, threshold_db)
    if i == BELOW_LADDER:
        return 0.0
    return area[i] + rate_bit_per_s[i] * (level_db - threshold_db[i])


@inline
def mean_rate(a_db, b_db, threshold_db, rate_bit_per_s, area):
    """Mean of the rate staircase while the level moves evenly from a to b: exact at every rung crossed."""
    if not (a_db == a_db and b_db == b_db):
        return 0.0
    rung_a = rung(a_db, threshold_db)
    rung_b = rung(b_db, threshold_db)
    rate_a = 0.0 if rung_a == BELOW_LADDER else rate_bit_per_s[rung_a]
    if rung_a == rung_b:
        return rate_a
    rate_b = 0.0 if rung_b == BELOW_LADDER else rate_bit_per_s[rung_b]
    above = area_to(b_db, threshold_db, rate_bit_per_s, area)
    below = area_to(a_db, threshold_db, rate_bit_per_s, area)
    mean = (above - below) / (b_db - a_db)
    return min(max(mean, min(rate_a, rate_b)), max(rate_a, rate_b))  # a hair apart, the quotient is noise


@inline
def load_turned(segment, node, step_s, r_km, v_km_per_s, gmst_rad):
    """Fill a segment with one satellite's states at `node` and the next, turned into the Earth's frame."""
    for axis in range(3):
        segment[axis] = r_km[node, axis]
        segment[3 + axis] = v_km_per_s[node, axis]
        segment[6 + axis] = r_km[node + 1, axis]
        segment[9 + axis] = v_km_per_s[node + 1, axis]
    segment[12] = step_s
    theta_0 = gmst_rad[node]
    theta_1 = gmst_rad[node + 1]
    spin = (theta_1 - theta_0) / step_s
    rotate(segment, math.cos(theta_0), math.sin(theta_0), math.cos(theta_1), math.sin(theta_1), spin)


@inline
def level_at(segment, after_s, site_km, up, constant_db, cosecant_nodes, attenuation_nodes_db):
    """Es/N0 of a turned segment's satellite over one site."""
    x, y, z = position(segment, after_s)
    x -= site_km[0]
    y -= site_km[1]
    z -= site_km[2]
    range_km = math.sqrt(x * x + y * y + z * z)
    sin_elevation = (x * up[0] + y * up[1] + z * up[2]) / range_km
    return esn0_db(1e3 * range_km, sin_elevation, constant_db, cosecant_nodes, attenuation_nodes_db)


@kernel
def levels(range_m, sin_elevation, constant_db, cosecant_nodes, attenuation_nodes_db, out_db):
    """Es/N0 of each (range, elevation) pair of one link."""
    for i in range(range_m.shape[0]):
        out_db[i] = esn0_db(range_m[i], sin_elevation[i], constant_db, cosecant_nodes, attenuation_nodes_db)


@kernel
def rates(level_db, threshold_db, rate_bit_per_s, out_bit_per_s):
    """Bit rate of the highest rung that each level reaches, 0 where it reaches none."""
    for i in range(level_db.shape[0]):
        k = rung(level_db[i], threshold_db)
        out_bit_per_s[i] = 0.0 if k == BELOW_LADDER else rate_bit_per_s[k]


@kernel
def volumes(
    satellite,
    station,
    start_s,
    end_s,
    radio,
    r_teme_km,
    v_teme_km_per_s,
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
    rates is integrated exactly along it. Shapes: intervals (i,); radio (s,); states (s, t, 3); gmst (t,),
    unwrapped; sites (g, 3); constant (radio, g); nodes (a,); attenuation (radio, a); ladders (radio, m).
    """
    n_rung = threshold_db.shape[1]
    segment = np.empty(SEGMENT)
    area = np.zeros(threshold_db.shape)
    for q in range(area.shape[0]):
        for k in range(1, n_rung):
            width_db = threshold_db[q, k] - threshold_db[q, k - 1]
            area[q, k] = area[q, k - 1] + rate_bit_per_s[q, k - 1] * width_db
    for i in range(satellite.shape[0]):
        s = satellite[i]
        g = station[i]
        q = radio[s]
        out_bit[i] = 0.0
        duration_s = end_s[i] - start_s[i]
        if not (duration_s > 0.0 and constant_db[q, g] > -np.inf):
            continue
        n = max(1, math.ceil(duration_s / max_sample_s))
        sample_s = duration_s / n
        total_bit = 0.0
        before_db = 0.0
        loaded = -1
        for k in range(n + 1):
            t_s = start_s[i] + k * sample_s
            node = min(max(math.floor(t_s / step_s), 0), gmst_rad.shape[0] - 2)
            if node != loaded:
                load_turned(segment, node, step_s, r_teme_km[s], v_teme_km_per_s[s], gmst_rad)
                loaded = node
            now_db = level_at(
                segment,
                t_s - node * step_s,
                site_itrs_km[g],
                site_up[g],
                constant_db[q, g],
                cosecant_nodes,
                attenuation_nodes_db[q],
            )
            if k > 0:
                rate = mean_rate(before_db, now_db, threshold_db[q], rate_bit_per_s[q], area[q])
                total_bit += rate * sample_s
            before_db = now_db
        out_bit[i] = total_bit
