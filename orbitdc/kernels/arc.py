"""The path between two grid nodes: states of both → position and velocity at any instant between them.

An *arc* is a quintic in time for each axis with the positions of both nodes, their velocities, and the
accelerations that gravity gives there (point mass and J2). SGP4's velocity is not quite the rate of its
position (up to 0.3 m/s), nor its acceleration quite gravity: both velocities are shifted to what carries the
satellite from node to node, and both accelerations to what turns one velocity into the other. In low, near-
circular orbit an arc errs by 0.3 m over 90 s (benchmarks/decisions/005).
"""

import math

from . import LANES, inline

# WGS72, as in SGP4 (AIAA 2006-6753, appendix).
EARTH_GM_KM3_PER_S2 = 398600.8
J2_RADIUS2_KM2 = 1.082616e-3 * 6378.135**2

STEP = 18
ARC = 19
"""Rows of 64 arcs side by side (ARC x LANES,): six coefficients in the elapsed share of the step for x, y and
z [km], then the step [s]. Flat, with rows of a length that the compiler knows, so that it sees them apart."""


@inline
def gravity(x, y, z, u, v, w):
    """Return the acceleration of a point mass with J2 [km/s2], pole along z, and the rate of the first."""
    over_r2 = 1.0 / (x * x + y * y + z * z)
    bulge = 1.5 * J2_RADIUS2_KM2 * over_r2
    flat = 5.0 * z * z * over_r2
    pull = -EARTH_GM_KM3_PER_S2 * over_r2 * math.sqrt(over_r2)
    across = pull * (1.0 + bulge * (1.0 - flat))
    out = 3.0 * (x * u + y * v + z * w) * over_r2
    return (
        across * x, across * y, pull * (1.0 + bulge * (3.0 - flat)) * z,
        pull * (u - out * x), pull * (v - out * y), pull * (w - out * z),
    )  # fmt: skip


@inline
def slip(r0, v0, a0, j0, r1, v1, a1, j1, step_s):
    """Return by how much the velocities at both ends are too large for the path between them [km/s].

    Hermite's quadrature of the velocity with its first two derivatives, an error of (n h)^6 / 50400 of it.
    """
    way = (r1 - r0) / step_s - 0.1 * step_s * (a0 - a1) - step_s * step_s / 120.0 * (j0 + j1)
    return 0.5 * (v0 + v1) - way


@inline
def surplus(v0, a0, j0, v1, a1, j1, step_s):
    """Return by how much the accelerations are too large for what the velocity gains [km/s2]."""
    return 0.5 * (a0 + a1) + step_s / 12.0 * (j0 - j1) - (v1 - v0) / step_s


@inline
def fit(arcs, i, axis, step_s, r0, v0, a0, r1, v1, a1):
    """Set the quintic of one axis from position, velocity and acceleration at both ends."""
    v0 = v0 * step_s
    a0 = a0 * step_s * step_s
    gap = r1 - r0 - v0 - 0.5 * a0
    turn = v1 * step_s - v0 - a0
    bend = 0.5 * (a1 * step_s * step_s - a0)
    at = 6 * axis
    arcs[at * LANES + i] = r0
    arcs[(at + 1) * LANES + i] = v0
    arcs[(at + 2) * LANES + i] = 0.5 * a0
    arcs[(at + 3) * LANES + i] = 10.0 * gap - 4.0 * turn + bend
    arcs[(at + 4) * LANES + i] = 7.0 * turn - 15.0 * gap - 2.0 * bend
    arcs[(at + 5) * LANES + i] = 6.0 * gap - 3.0 * turn + bend


@inline
def set_right(a, b, step_s):
    """Return both ends of a step as position, velocity and acceleration: two tuples of nine, km and s.

    a, b: position and velocity; velocities and accelerations are corrected by `slip` and `surplus`.
    """
    x0, y0, z0, u0, v0, w0 = a
    x1, y1, z1, u1, v1, w1 = b
    ax0, ay0, az0, jx0, jy0, jz0 = gravity(x0, y0, z0, u0, v0, w0)
    ax1, ay1, az1, jx1, jy1, jz1 = gravity(x1, y1, z1, u1, v1, w1)
    du = slip(x0, u0, ax0, jx0, x1, u1, ax1, jx1, step_s)
    dv = slip(y0, v0, ay0, jy0, y1, v1, ay1, jy1, step_s)
    dw = slip(z0, w0, az0, jz0, z1, w1, az1, jz1, step_s)
    ax = surplus(u0, ax0, jx0, u1, ax1, jx1, step_s)
    ay = surplus(v0, ay0, jy0, v1, ay1, jy1, step_s)
    az = surplus(w0, az0, jz0, w1, az1, jz1, step_s)
    return (
        (x0, y0, z0, u0 - du, v0 - dv, w0 - dw, ax0 - ax, ay0 - ay, az0 - az),
        (x1, y1, z1, u1 - du, v1 - dv, w1 - dw, ax1 - ax, ay1 - ay, az1 - az),
    )


@inline
def state(r, v, block, node, lane):
    """Return position and velocity of one lane at a node."""
    return (
        r[block, node, 0, lane], r[block, node, 1, lane], r[block, node, 2, lane],
        v[block, node, 0, lane], v[block, node, 1, lane], v[block, node, 2, lane],
    )  # fmt: skip


@inline
def span(arcs, i, a, b, step_s):
    """Set arc `i` from its two ends."""
    fit(arcs, i, 0, step_s, a[0], a[3], a[6], b[0], b[3], b[6])
    fit(arcs, i, 1, step_s, a[1], a[4], a[7], b[1], b[4], b[7])
    fit(arcs, i, 2, step_s, a[2], a[5], a[8], b[2], b[5], b[8])
    arcs[STEP * LANES + i] = step_s


@inline
def load(arcs, i, r, v, block, node, lane, step_s):
    """Set arc `i` to the path of one lane from `node` to the next, in the inertial frame of the states."""
    a, b = set_right(state(r, v, block, node, lane), state(r, v, block, node + 1, lane), step_s)
    span(arcs, i, a, b, step_s)


@inline
def rotated(end, c, s, spin):
    """Turn one end of an arc into the frame that rotates by `spin`; c, s: cosine and sine of its angle."""
    x, y = c * end[0] + s * end[1], c * end[1] - s * end[0]
    u, v = c * end[3] + s * end[4] + spin * y, c * end[4] - s * end[3] - spin * x
    a = c * end[6] + s * end[7] + spin * (2.0 * v + spin * x)
    b = c * end[7] - s * end[6] - spin * (2.0 * u - spin * y)
    return x, y, end[2], u, v, end[5], a, b, end[8]


@inline
def load_turned(arcs, i, r, v, block, node, lane, step_s, turn, spin):
    """Set arc `i` to the path of one lane in the rotating Earth frame; turn (t, 2): cosine and sine."""
    a, b = set_right(state(r, v, block, node, lane), state(r, v, block, node + 1, lane), step_s)
    a = rotated(a, turn[node, 0], turn[node, 1], spin)
    b = rotated(b, turn[node + 1, 0], turn[node + 1, 1], spin)
    span(arcs, i, a, b, step_s)


@inline
def turned(a, c, s, spin):
    """Turn position and velocity into the rotating Earth frame; c, s: cosine and sine of its angle."""
    x, y = c * a[0] + s * a[1], c * a[1] - s * a[0]
    return x, y, a[2], c * a[3] + s * a[4] + spin * y, c * a[4] - s * a[3] - spin * x, a[5]


@inline
def _value(arcs, i, at, p):
    high = arcs[(at + 3) * LANES + i] + p * (arcs[(at + 4) * LANES + i] + p * arcs[(at + 5) * LANES + i])
    return arcs[at * LANES + i] + p * (
        arcs[(at + 1) * LANES + i] + p * (arcs[(at + 2) * LANES + i] + p * high)
    )


@inline
def _slope(arcs, i, at, p):
    high = 3.0 * arcs[(at + 3) * LANES + i] + p * (
        4.0 * arcs[(at + 4) * LANES + i] + p * 5.0 * arcs[(at + 5) * LANES + i]
    )
    return arcs[(at + 1) * LANES + i] + p * (2.0 * arcs[(at + 2) * LANES + i] + p * high)


@inline
def position(arcs, i, after_s):
    """Return x, y, z [km] `after_s` seconds into arc `i`."""
    p = after_s / arcs[STEP * LANES + i]
    return _value(arcs, i, 0, p), _value(arcs, i, 6, p), _value(arcs, i, 12, p)


@inline
def velocity(arcs, i, after_s):
    """Return the rate of `position` [km/s]: the derivative of the same curve, so that roots agree."""
    over = 1.0 / arcs[STEP * LANES + i]
    p = after_s * over
    return _slope(arcs, i, 0, p) * over, _slope(arcs, i, 6, p) * over, _slope(arcs, i, 12, p) * over


@inline
def _curvature(arcs, i, at, p):
    high = 12.0 * arcs[(at + 4) * LANES + i] + p * 20.0 * arcs[(at + 5) * LANES + i]
    return 2.0 * arcs[(at + 2) * LANES + i] + p * (6.0 * arcs[(at + 3) * LANES + i] + p * high)


@inline
def acceleration(arcs, i, after_s):
    """Return the rate of `velocity` [km/s2]."""
    over = 1.0 / arcs[STEP * LANES + i]
    p = after_s * over
    over2 = over * over
    return (
        _curvature(arcs, i, 0, p) * over2,
        _curvature(arcs, i, 6, p) * over2,
        _curvature(arcs, i, 12, p) * over2,
    )
