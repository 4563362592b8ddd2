"""SGP4 for near-Earth orbits: coefficients of blocks of satellites → states in TEME at any minute.

The same equations as the reference implementation, arranged for whole vectors of satellites. Four sines and
cosines remain (mean anomaly, perigee, node, argument of latitude); everything else, Kepler's equation
included, is a rotation by a small angle from one of them. On a uniform grid even these four are carried from
step to step by a constant rotation, and set afresh every `RESYNC` steps.

Left to Skyfield: deep space (period of 225 minutes and more) and perigees under 220 km, where the reference
switches equations.
Source: Vallado, Crawford, Hujsak and Kelso, AIAA 2006-6753, Revisiting Spacetrack Report #3.
"""

import math

import numpy as np

from . import LANES
from . import contracted_inline as inline
from . import contracted_kernel as kernel
from .lanes import blank, lined_up

# WGS72, the constants SGP4 elements are fitted with (AIAA 2006-6753, appendix).
EARTH_RADIUS_KM = 6378.135
XKE = 0.0743669161331734132  # sqrt(GM) in Earth radii^1.5 per minute
J2 = 1.082616e-3
KM_PER_S = EARTH_RADIUS_KM * XKE / 60.0

# pi/2 in three parts (Cody and Waite), so that an angle of many turns loses no digits.
TWO_OVER_PI = 6.36619772367581382433e-01
HALF_PI_1 = 1.57079632673412561417e00
HALF_PI_2 = 6.07710050630396597660e-11
HALF_PI_3 = 2.02226624879595063154e-21

RESYNC = 64
"""Steps between two exact starts of the recurrence: rounding stays below 1e-9 km."""

FIELDS = (
    "mo mdot argpo argpdot nodeo nodedot nodecf cc1 cc4 cc5 t2cof t3cof t4cof t5cof d2 d3 d4 omgcof xmcof "
    "eta delmo sinmao no_unkozai ecco aycof xlcof con41 x1mth2 x7thm1 bstar"
).split()
"""Attributes of `sgp4.model.Satrec` in the order of the rows."""

(
    MO, MDOT, ARGPO, ARGPDOT, NODEO, NODEDOT, NODECF, CC1, CC4, CC5, T2COF, T3COF, T4COF, T5COF, D2, D3, D4,
    OMGCOF, XMCOF, ETA, DELMO, SINMAO, NO, ECCO, AYCOF, XLCOF, CON41, X1MTH2, X7THM1, BSTAR,
) = range(0, 30 * LANES, LANES)  # fmt: skip
A0 = 30 * LANES  # semi-major axis in Earth radii
SIN_I = 31 * LANES
COS_I = 32 * LANES
N_ROWS = 33

# Rows of the work space. Recurrence: sines and cosines (0-7), their rotation per step (8-15), longitude
# gained by drag at the start and its rate (16-17). Handed from stage to stage of one step: the rest.
R_ANOMALY, R_PERIGEE, R_NODE, R_LATITUDE = 0, 2 * LANES, 4 * LANES, 6 * LANES
R_TURN = 8 * LANES
R_DRAG = 16 * LANES
R_AXIS, R_AXN, R_AYN, R_SIN, R_COS = range(18 * LANES, 23 * LANES, LANES)
N_WORK = 23

# Rows of the place of a block: position [km], normal of the orbit's plane, and distance from the centre [km].
H_R = 0 * LANES
H_NORMAL = 3 * LANES
H_RADIUS = 6 * LANES
N_PLACE = 7

NEAR_CIRCULAR = 0.02
"""Eccentricity up to which one Newton step solves Kepler's equation to 1e-15 rad."""


@inline
def turn(angle):
    """Sine and cosine of an angle below pi/4, to 2e-16 (fdlibm minimax, without reduction)."""
    z = angle * angle
    sine = angle + angle * z * (
        -1.66666666666666324348e-01
        + z
        * (
            8.33333333332248946124e-03
            + z
            * (
                -1.98412698298579493134e-04
                + z
                * (
                    2.75573137070700676789e-06
                    + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
                )
            )
        )
    )
    cosine = (
        1.0
        - 0.5 * z
        + z
        * z
        * (
            4.16666666666666019037e-02
            + z
            * (
                -1.38888888888741095749e-03
                + z
                * (
                    2.48015872894767294178e-05
                    + z
                    * (
                        -2.75573143513906633035e-07
                        + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)
                    )
                )
            )
        )
    )
    return sine, cosine


@inline
def sincos(angle):
    """Sine and cosine of an angle below 1e5 rad in magnitude, to 2e-16, without a branch or a call."""
    turns = angle * TWO_OVER_PI
    quarter = np.int64(turns + (0.5 if turns >= 0.0 else -0.5))
    whole = np.float64(quarter)
    sine, cosine = turn(((angle - whole * HALF_PI_1) - whole * HALF_PI_2) - whole * HALF_PI_3)
    odd = (quarter & 1) != 0
    first = cosine if odd else sine
    second = sine if odd else cosine
    first = -first if (quarter & 2) != 0 else first
    second = -second if ((quarter + 1) & 2) != 0 else second
    return first, second


@inline
def nudge(angle):
    """Sine and cosine of an angle below 0.01, to 1e-16 (Taylor)."""
    z = angle * angle
    return angle * (1.0 - z * (1.0 / 6.0 - z * (1.0 / 120.0))), 1.0 - z * (
        0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0))
    )


@inline
def small(angle):
    """Sine and cosine of an angle below 0.05, to 1e-16 (Taylor)."""
    z = angle * angle
    sine = angle * (1.0 - z * (1.0 / 6.0 - z * (1.0 / 120.0 - z * (1.0 / 5040.0))))
    return sine, 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0 - z * (1.0 / 40320.0))))


@inline
def drag_longitude(C, j, t):
    """Mean longitude gained by drag over mean motion [min]."""
    return t * t * (C[T2COF + j] + t * (C[T3COF + j] + t * (C[T4COF + j] + t * C[T5COF + j])))


@inline
def drag_rate(C, j, t):
    """Rate of `drag_longitude`."""
    return t * (
        2.0 * C[T2COF + j] + t * (3.0 * C[T3COF + j] + t * (4.0 * C[T4COF + j] + t * 5.0 * C[T5COF + j]))
    )


@inline
def angles(C, j, t):
    """Return sine and cosine of mean anomaly, perigee, node and mean latitude at any time."""
    anomaly = C[MO + j] + C[MDOT + j] * t
    perigee = C[ARGPO + j] + C[ARGPDOT + j] * t
    sx, cx = sincos(anomaly)
    sp, cp = sincos(perigee - C[OMGCOF + j] * t)
    sn, cn = sincos(C[NODEO + j] + t * (C[NODEDOT + j] + C[NODECF + j] * t))
    sl, cl = sincos(anomaly + perigee + C[NO + j] * drag_longitude(C, j, t))
    return sx, cx, sp, cp, sn, cn, sl, cl


@inline
def start_recurrence(C, t0, step, W):
    """Set the four angles at minute `t0` (LANES) exactly, and their rotation per step."""
    for j in range(LANES):
        t = t0[j]
        sx, cx, sp, cp, sn, cn, sl, cl = angles(C, j, t)
        W[R_ANOMALY + j] = sx
        W[R_ANOMALY + LANES + j] = cx
        W[R_PERIGEE + j] = sp
        W[R_PERIGEE + LANES + j] = cp
        W[R_NODE + j] = sn
        W[R_NODE + LANES + j] = cn
        W[R_LATITUDE + j] = sl
        W[R_LATITUDE + LANES + j] = cl
        rate = drag_rate(C, j, t)
        W[R_DRAG + j] = C[NO + j] * drag_longitude(C, j, t)
        W[R_DRAG + LANES + j] = C[NO + j] * rate
        W[R_TURN + j], W[R_TURN + LANES + j] = sincos(C[MDOT + j] * step)
        W[R_TURN + 2 * LANES + j], W[R_TURN + 3 * LANES + j] = sincos((C[ARGPDOT + j] - C[OMGCOF + j]) * step)
        W[R_TURN + 4 * LANES + j], W[R_TURN + 5 * LANES + j] = sincos(
            (C[NODEDOT + j] + 2.0 * C[NODECF + j] * t) * step
        )
        W[R_TURN + 6 * LANES + j], W[R_TURN + 7 * LANES + j] = sincos(
            (C[MDOT + j] + C[ARGPDOT + j] + C[NO + j] * rate) * step
        )


# A step is three loops over the lanes rather than one: each so short that several of its turns are in
# flight at once. In one loop the processor waits for the long chain of operations that a single state is,
# twice as long.


@inline
def secular(C, j, t, since, W):
    """Leave axis, eccentricity vector and mean longitude at `t` in `W`; NaN where SGP4 reports an error.

    Then turn anomaly, perigee and latitude by a step.
    """
    sx, cx = W[R_ANOMALY + j], W[R_ANOMALY + LANES + j]
    sp, cp = W[R_PERIGEE + j], W[R_PERIGEE + LANES + j]
    sl, cl = W[R_LATITUDE + j], W[R_LATITUDE + LANES + j]
    q = 1.0 + C[ETA + j] * cx
    delm = C[XMCOF + j] * (q * q * q - C[DELMO + j])
    ds, dc = turn(C[OMGCOF + j] * t + delm)
    sin_m = sx * dc + cx * ds
    tempa = 1.0 - t * (C[CC1 + j] + t * (C[D2 + j] + t * (C[D3 + j] + t * C[D4 + j])))
    tempe = C[BSTAR + j] * (C[CC4 + j] * t + C[CC5 + j] * (sin_m - C[SINMAO + j]))
    am = C[A0 + j] * tempa * tempa
    em = C[ECCO + j] - tempe
    is_valid = (em < 1.0) & (em >= -0.001)
    em = em if em > 1e-6 else 1e-6
    over_p = 1.0 / (am * (1.0 - em * em))
    ds, dc = turn(-delm)
    axnl = em * (cp * dc - sp * ds)
    W[R_AXIS + j] = am if is_valid else np.nan
    W[R_AXN + j] = axnl
    W[R_AYN + j] = em * (sp * dc + cp * ds) + over_p * C[AYCOF + j]
    extra = C[NO + j] * drag_longitude(C, j, t) - (W[R_DRAG + j] + W[R_DRAG + LANES + j] * since)
    ds, dc = turn(extra + over_p * C[XLCOF + j] * axnl)
    W[R_SIN + j] = sl * dc + cl * ds
    W[R_COS + j] = cl * dc - sl * ds
    ds, dc = W[R_TURN + j], W[R_TURN + LANES + j]
    W[R_ANOMALY + j] = sx * dc + cx * ds
    W[R_ANOMALY + LANES + j] = cx * dc - sx * ds
    ds, dc = W[R_TURN + 2 * LANES + j], W[R_TURN + 3 * LANES + j]
    W[R_PERIGEE + j] = sp * dc + cp * ds
    W[R_PERIGEE + LANES + j] = cp * dc - sp * ds
    ds, dc = W[R_TURN + 6 * LANES + j], W[R_TURN + 7 * LANES + j]
    W[R_LATITUDE + j] = sl * dc + cl * ds
    W[R_LATITUDE + LANES + j] = cl * dc - sl * ds


@inline
def kepler_near_circular(W, j):
    """Turn the mean longitude into the eccentric one: a series to e^3, then a Newton step of e^4 at most."""
    axnl, aynl = W[R_AXN + j], W[R_AYN + j]
    s0, c0 = W[R_SIN + j], W[R_COS + j]
    e_sin = axnl * s0 - aynl * c0
    e_cos = axnl * c0 + aynl * s0
    d1 = e_sin * (1.0 + e_cos * (1.0 + e_cos) - 0.5 * e_sin * e_sin)
    ds, dc = small(d1)
    s = s0 * dc + c0 * ds
    c = c0 * dc - s0 * ds
    d2 = (axnl * s - aynl * c - d1) / (1.0 - c * axnl - s * aynl)
    half = 0.5 * d2 * d2
    W[R_SIN + j] = s + c * d2 - s * half
    W[R_COS + j] = c - s * d2 - c * half


@inline
def kepler_eccentric(W, j):
    """Turn the mean longitude into the eccentric one: six Newton steps, for eccentricities up to 0.6."""
    axnl, aynl = W[R_AXN + j], W[R_AYN + j]
    s0, c0 = W[R_SIN + j], W[R_COS + j]
    s = s0
    c = c0
    d = 0.0
    for _ in range(6):
        d = d + (axnl * s - aynl * c - d) / (1.0 - c * axnl - s * aynl)
        ds, dc = turn(d)
        s = s0 * dc + c0 * ds
        c = c0 * dc - s0 * ds
    W[R_SIN + j] = s
    W[R_COS + j] = c


@inline
def shape_near_circular(e2):
    """Return the axis ratio b = sqrt(1 - e2) and 1 / (1 + b), to 1e-16 for e2 below 0.001 (series)."""
    half = 0.5 + e2 * (0.125 + e2 * (0.0625 + e2 * (5.0 / 128.0 + e2 * (7.0 / 256.0))))
    return 1.0 - e2 * half, half


@inline
def shape_eccentric(e2):
    """Return the axis ratio b = sqrt(1 - e2) and 1 / (1 + b)."""
    ratio = math.sqrt(1.0 - e2)
    return ratio, 1.0 / (1.0 + ratio)


def _state(shape):
    """Return the third stage, with this way to find the shape of the ellipse."""

    @inline
    def state(C, j, since, W):
        """Return position [km], velocity [km/s], normal of the orbit and radius [km] in TEME; turn the node.

        NaN where SGP4 reports an error.
        """
        am, axnl, aynl = W[R_AXIS + j], W[R_AXN + j], W[R_AYN + j]
        s, c = W[R_SIN + j], W[R_COS + j]
        e_sin = axnl * s - aynl * c
        el2 = axnl * axnl + aynl * aynl
        p_frac = 1.0 - el2
        r_frac = 1.0 - axnl * c - aynl * s
        over = 1.0 / (am * p_frac * r_frac)  # one division for three
        over_r = over * p_frac
        over_pl = over * r_frac
        over_am = over_r * r_frac
        pl = am * p_frac
        rl = am * r_frac
        beta, over_plus = shape(el2)
        part = e_sin * over_plus
        ratio = am * over_r
        sin_u = ratio * (s - aynl - axnl * part)
        cos_u = ratio * (c - axnl + aynl * part)
        sin_2u = 2.0 * cos_u * sin_u
        cos_2u = 1.0 - 2.0 * sin_u * sin_u
        k1 = 0.5 * J2 * over_pl
        k2 = k1 * over_pl
        mrt = rl * (1.0 - 1.5 * k2 * beta * C[CON41 + j]) + 0.5 * k1 * C[X1MTH2 + j] * cos_2u
        is_valid = (pl >= 0.0) & (mrt >= 1.0)
        sin_i0 = C[SIN_I + j]
        cos_i0 = C[COS_I + j]
        ds, dc = nudge(-0.25 * k2 * C[X7THM1 + j] * sin_2u)
        ss = sin_u * dc + cos_u * ds
        cs = cos_u * dc - sin_u * ds
        sn, cn = W[R_NODE + j], W[R_NODE + LANES + j]
        ds, dc = nudge(1.5 * k2 * cos_i0 * sin_2u + C[NODECF + j] * since * since)
        s_node = sn * dc + cn * ds
        c_node = cn * dc - sn * ds
        ds, dc = nudge(1.5 * k2 * cos_i0 * sin_i0 * cos_2u)
        s_inc = sin_i0 * dc + cos_i0 * ds
        c_inc = cos_i0 * dc - sin_i0 * ds
        mx = -s_node * c_inc
        my = c_node * c_inc
        root_a = math.sqrt(am)
        k3 = k1 * over_am * over_am * root_a
        outward = (root_a * e_sin * over_r - k3 * C[X1MTH2 + j] * sin_2u) * KM_PER_S
        along = root_a * beta * over_r + k3 * (C[X1MTH2 + j] * cos_2u + 1.5 * C[CON41 + j])
        along *= KM_PER_S
        r = mrt * EARTH_RADIUS_KM
        r = r if is_valid else np.nan
        outward = outward if is_valid else np.nan
        ds, dc = W[R_TURN + 4 * LANES + j], W[R_TURN + 5 * LANES + j]
        W[R_NODE + j] = sn * dc + cn * ds
        W[R_NODE + LANES + j] = cn * dc - sn * ds
        ux = mx * ss + c_node * cs
        uy = my * ss + s_node * cs
        uz = s_inc * ss
        return (
            r * ux, r * uy, r * uz,
            outward * ux + along * (mx * cs - c_node * ss),
            outward * uy + along * (my * cs - s_node * ss),
            outward * uz + along * (s_inc * cs),
            s_node * s_inc, -c_node * s_inc, c_inc, r,
        )  # fmt: skip

    return state


state_near_circular = _state(shape_near_circular)
state_eccentric = _state(shape_eccentric)


def _begin(kepler):
    """Return the first two stages, with this way to solve Kepler's equation."""

    @inline
    def begin(C, minute, k, step_min, t0, W):
        """Carry the block to the eccentric longitude at step `k`; return the minutes since the last start."""
        if k % RESYNC == 0:
            for j in range(LANES):
                t0[j] = minute[j] + k * step_min
            start_recurrence(C, t0, step_min, W)
        since = (k % RESYNC) * step_min
        for j in range(LANES):
            secular(C, j, t0[j] + since, since, W)
        for j in range(LANES):
            kepler(W, j)
        return since

    return begin


begin_near_circular = _begin(kepler_near_circular)
begin_eccentric = _begin(kepler_eccentric)


def _put_states(state):
    """Return what writes the states that this third stage finds."""

    @inline
    def put_states(C, since, W, r, v):
        """Write positions and velocities of a block whose first two stages are done."""
        for j in range(LANES):
            x, y, z, vx, vy, vz, _, _, _, _ = state(C, j, since, W)
            r[j] = x
            r[LANES + j] = y
            r[2 * LANES + j] = z
            v[j] = vx
            v[LANES + j] = vy
            v[2 * LANES + j] = vz

    return put_states


put_near_circular = _put_states(state_near_circular)
put_eccentric = _put_states(state_eccentric)


@inline
def put_positions(C, since, W, r):
    """Write positions alone; what only velocities need is not computed."""
    for j in range(LANES):
        x, y, z, _, _, _, _, _, _, _ = state_near_circular(C, j, since, W)
        r[j] = x
        r[LANES + j] = y
        r[2 * LANES + j] = z


@inline
def put_places(C, since, W, place):
    """Write positions, normals of the orbits' planes and radii, rows `H_...`; no velocity is computed."""
    for j in range(LANES):
        x, y, z, _, _, _, normal_x, normal_y, normal_z, radius = state_near_circular(C, j, since, W)
        place[H_R + j] = x
        place[H_R + LANES + j] = y
        place[H_R + 2 * LANES + j] = z
        place[H_NORMAL + j] = normal_x
        place[H_NORMAL + LANES + j] = normal_y
        place[H_NORMAL + 2 * LANES + j] = normal_z
        place[H_RADIUS + j] = radius


# The entry points are no closures: Numba names a closure's compiled code after what it closes over, compiled
# functions of this very process, and would find it again in no other.


@kernel
def grid_near_circular(coefficients, minute, step_min, r_km, v_km_per_s):
    """Fill states at `minute + k * step_min` of every block, for eccentricities up to `NEAR_CIRCULAR`.

    Shapes: coefficients (block, N_ROWS x LANES); minute (block, LANES) since each epoch; states
    (block, n, 3 x LANES) [km], [km/s] in TEME, NaN where SGP4 reports an error.
    """
    W, t0 = blank(N_WORK), blank(1)
    for b in range(coefficients.shape[0]):
        C = lined_up(coefficients[b])
        for k in range(r_km.shape[1]):
            since = begin_near_circular(C, minute[b], k, step_min, t0, W)
            put_near_circular(C, since, W, r_km[b, k], v_km_per_s[b, k])


@kernel
def grid_eccentric(coefficients, minute, step_min, r_km, v_km_per_s):
    """Fill the states of `grid_near_circular` for eccentricities up to 0.6."""
    W, t0 = blank(N_WORK), blank(1)
    for b in range(coefficients.shape[0]):
        C = lined_up(coefficients[b])
        for k in range(r_km.shape[1]):
            since = begin_eccentric(C, minute[b], k, step_min, t0, W)
            put_eccentric(C, since, W, r_km[b, k], v_km_per_s[b, k])


@kernel
def positions_near_circular(coefficients, minute, step_min, r_km):
    """Fill the positions of `grid_near_circular`."""
    W, t0 = blank(N_WORK), blank(1)
    for b in range(coefficients.shape[0]):
        C = lined_up(coefficients[b])
        for k in range(r_km.shape[1]):
            since = begin_near_circular(C, minute[b], k, step_min, t0, W)
            put_positions(C, since, W, r_km[b, k])
