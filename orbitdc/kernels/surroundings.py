"""What reaches a satellite: packed states, Sun and hardware → light, power and heat in every step.

One pass over the states fills the supply that `operate` reads. Lanes without a living satellite are given
full sunlight and the Earth's infrared, so that no limit of a machine that is gone can break.
"""

import math

import numpy as np

from ..constants import EARTH_ALBEDO_FRAC, EARTH_INFRARED_W_PER_M2, EARTH_RADIUS_KM, PI
from . import LANES, inline, kernel
from .lanes import folded
from .operate import G_SHARE, G_UNITS, Q_ABSORBED_W, Q_ARRAY_W, Q_LIGHT_FRAC
from .shadow import edges, settings, visible_frac

# Rows of the surfaces.
A_ARRAY_M2 = 0 * LANES  # cells times efficiency, packing and age
A_TRACKS_SUN = 1 * LANES  # 1 if the array faces the Sun, 0 if it lies in the orbit's plane
A_INFRARED_M2 = 2 * LANES  # radiator times emissivity
A_ALBEDO_M2 = 3 * LANES  # radiator times absorptivity
A_FACES_NADIR = 4 * LANES  # 1 if the radiator faces the Earth, 0 if it is edge-on to it
N_SURFACES = 5

# Columns of the sums of a block in each step.
T_LIGHT_FRAC, T_ARRAY_W = range(2)
N_SUMS = 2


PARTLY = 0.5
"""Marks the lanes in penumbra until their share is worked out."""

WIDENS = 0.007
"""By how much the cone around all shadows widens with the distance behind the Earth: the penumbra does by
0.0047, and the stretch turns its axis by up to 0.0013."""

BEFORE_KM = 100.0
"""How far before the terminator's plane that cone begins: a stretched Earth and Sun turn it a little."""


@inline
def arctan(x):
    """Angle of a tangent >= 0, to 2e-16, without a branch or a call (Cephes `atan`)."""
    is_steep = x > 2.41421356237309504880
    is_middle = (x > 0.66) & (not is_steep)
    start = 0.5 * PI if is_steep else (0.25 * PI if is_middle else 0.0)
    above = -1.0 if is_steep else (x - 1.0 if is_middle else x)
    below = x if is_steep else (x + 1.0 if is_middle else 1.0)
    u = above / below
    z = u * u
    p = (((-8.750608600031904122785e-1 * z - 1.615753718733365076637e1) * z - 7.500855792314704667340e1) * z
         - 1.228866684490136173410e2) * z - 6.485021904942025371773e1  # fmt: skip
    q = ((((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z + 4.328810604912902668951e2)
    * z
         + 4.853903996359136964868e2) * z + 1.945506571482613964425e2  # fmt: skip
    return start + (u * (z * p / q) + u)


@inline
def view_frac(faces_nadir, h2):
    """Return the view factor of the Earth at (r / R)^2 = h2, for a plate that faces it or is edge-on to it.

    Source: Howell, A Catalog of Radiation Heat Transfer Configuration Factors, plane element to sphere.
    """
    root = math.sqrt(h2 - 1.0)
    over_h2 = 1.0 / h2
    edge = (0.5 * PI - arctan(root) - root * over_h2) / PI
    return over_h2 if faces_nadir > 0.0 else edge


@inline
def n_behind(here, sun_x, sun_y, sun_z):
    """Count the lanes that lie behind the Earth, within a cone no narrower than any penumbra's."""
    over_sun = 1.0 / math.sqrt(sun_x * sun_x + sun_y * sun_y + sun_z * sun_z)
    x_sun, y_sun, z_sun = sun_x * over_sun, sun_y * over_sun, sun_z * over_sun
    n = 0
    for j in range(LANES):
        x = here[j]
        y = here[LANES + j]
        z = here[2 * LANES + j]
        along = x * x_sun + y * y_sun + z * z_sun
        wide = EARTH_RADIUS_KM + 1.0 - WIDENS * along
        across2 = x * x + y * y + z * z - along * along
        n += 1 if (along < BEFORE_KM) & (across2 < wide * wide) else 0
    return n


@inline
def light_of(setting, here, sun_x, sun_y, sun_z, supply, k):
    """Fill the row of the light of step `k`; a NaN position counts as lit.

    Most blocks are all in the light most of the time, which takes no square root to see.
    """
    if n_behind(here, sun_x, sun_y, sun_z) == 0:
        for j in range(LANES):
            supply[k, Q_LIGHT_FRAC + j] = 1.0
        return
    n_partial = 0
    for j in range(LANES):
        outside, umbra = edges(setting, here[j], here[LANES + j], here[2 * LANES + j], sun_x, sun_y, sun_z)
        share = PARTLY if outside < 0.0 else 1.0
        supply[k, Q_LIGHT_FRAC + j] = 0.0 if umbra <= 0.0 else share
        n_partial += 1 if (outside < 0.0) & (umbra > 0.0) else 0
    if n_partial > 0:
        for j in range(LANES):
            if supply[k, Q_LIGHT_FRAC + j] == PARTLY:
                supply[k, Q_LIGHT_FRAC + j] = visible_frac(
                    setting, here[j], here[LANES + j], here[2 * LANES + j], sun_x, sun_y, sun_z
                )


@inline
def heat_and_light(size, end, here, going, sun_x, sun_y, sun_z, shine, supply, k):
    """Fill the rows of power and heat of step `k`, the light's being there; dead lanes get fillers."""
    over_sun = 1.0 / math.sqrt(sun_x * sun_x + sun_y * sun_y + sun_z * sun_z)
    for j in range(LANES):
        x = here[j]
        y = here[LANES + j]
        z = here[2 * LANES + j]
        u = going[j]
        w = going[LANES + j]
        q = going[2 * LANES + j]
        r2 = x * x + y * y + z * z
        noon = (x * sun_x + y * sun_y + z * sun_z) * over_sun / math.sqrt(r2)
        h_x = y * q - z * w
        h_y = z * u - x * q
        h_z = x * w - y * u
        normal = (h_x * sun_x + h_y * sun_y + h_z * sun_z) * over_sun
        sideways = math.fabs(normal) / math.sqrt(h_x * h_x + h_y * h_y + h_z * h_z)
        cosine = 1.0 if size[A_TRACKS_SUN + j] > 0.0 else sideways
        h2 = r2 * (1.0 / (EARTH_RADIUS_KM * EARTH_RADIUS_KM))
        h2 = h2 if h2 > 1.0 else 1.0  # an orbit below the sphere sees nothing but Earth
        infrared = size[A_INFRARED_M2 + j] * EARTH_INFRARED_W_PER_M2
        albedo = size[A_ALBEDO_M2 + j] * EARTH_ALBEDO_FRAC * shine * (noon if noon > 0.0 else 0.0)
        absorbed = view_frac(size[A_FACES_NADIR + j], h2) * (infrared + albedo)
        full = size[A_ARRAY_M2 + j] * shine
        is_alive = k < end[j]
        supply[k, Q_ARRAY_W + j] = full * cosine if is_alive else full
        supply[k, Q_ABSORBED_W + j] = absorbed if is_alive else infrared
        supply[k, Q_LIGHT_FRAC + j] = supply[k, Q_LIGHT_FRAC + j] if is_alive else 1.0


@kernel
def surroundings(code, r, v, sun, flux, surfaces, until, supply):
    """Fill `supply` (block, step, N_SUPPLY x LANES) of `operate`.

    code: index into `shadow.SHADOWS`; r, v (block, node, 3 x LANES) [km, km/s] and sun (node, 3) [km] in
    one inertial frame; flux (node,) [W/m2]; surfaces (block, N_SURFACES x LANES); until (block, LANES):
    number of the first step in which the satellite is dead, 0 for lanes without one. Nodes beyond the steps
    are ignored.
    """
    setting = settings(code)
    for b in range(r.shape[0]):
        size, end, given = surfaces[b], until[b], supply[b]
        for k in range(supply.shape[1]):
            here, going = r[b, k], v[b, k]
            light_of(setting, here, sun[k, 0], sun[k, 1], sun[k, 2], given, k)
            heat_and_light(size, end, here, going, sun[k, 0], sun[k, 1], sun[k, 2], flux[k], given, k)


@kernel
def light_sums(supply, weights, until, lit, sums):
    """Sum light over time, and light and array power over the satellites of each block.

    lit (block, LANES): steps' worth of full light before step `until` (block, LANES); sums (block, step,
    2): the visible share of the Sun, weighted with `G_SHARE` of `operate`, and the power made of it, times
    `G_UNITS`.
    """
    shares = np.empty(LANES)
    powers = np.empty(LANES)
    for b in range(supply.shape[0]):
        weight = weights[b]
        end = until[b]
        total = lit[b]
        total[:] = 0.0
        for k in range(supply.shape[1]):
            given = supply[b, k]
            for j in range(LANES):
                light = given[Q_LIGHT_FRAC + j]
                lives = 1.0 if k < end[j] else 0.0
                total[j] += light * lives
                shares[j] = weight[G_SHARE + j] * light
                powers[j] = weight[G_UNITS + j] * lives * (given[Q_ARRAY_W + j] * light)
            sums[b, k, T_LIGHT_FRAC] = folded(shares)
            sums[b, k, T_ARRAY_W] = folded(powers)
