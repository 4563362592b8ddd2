"""What reaches a satellite: packed states, Sun and hardware → light, power and heat in every step.

One pass over the states fills the supply that `operate` reads. Lanes without a living satellite are given
full sunlight and the Earth's infrared, so that no limit of a machine that is gone can break.
"""

import math

import numpy as np

from ..constants import EARTH_ALBEDO_FRAC, EARTH_INFRARED_W_PER_M2, EARTH_RADIUS_KM, PI
from . import LANES, kernel
from . import contracted_inline as inline
from .angles import angle
from .lanes import folded
from .operate import G_SHARE, G_UNITS, Q_ABSORBED_W, Q_ARRAY_W, Q_LIGHT_FRAC
from .sgp4 import H_NORMAL, H_R, H_RADIUS, N_PLACE
from .shadow import apparent, overlap, settings, sides

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
def view_frac(faces_nadir, sin_rho):
    """Return the view factor of the Earth, of angular radius rho, for a plate that faces it or is edge-on.

    Source: Howell, A Catalog of Radiation Heat Transfer Configuration Factors, plane element to sphere.
    """
    cos_rho = math.sqrt((1.0 - sin_rho) * (1.0 + sin_rho))
    edge = (angle(sin_rho, cos_rho) - sin_rho * cos_rho) / PI
    return sin_rho * sin_rho if faces_nadir > 0.0 else edge


@inline
def shade(setting, end, place, sun_x, sun_y, sun_z, supply, k, step):
    """Fill the light in row `k` of the supply; a NaN position and a dead lane count as lit.

    Neighbours in a block pass the penumbra together.
    """
    first = LANES
    last = -1
    for j in range(LANES):
        x, y, z = place[H_R + j], place[H_R + LANES + j], place[H_R + 2 * LANES + j]
        outside, umbra = sides(setting, x, y, z, sun_x, sun_y, sun_z)
        is_partial = (outside < 0.0) & (umbra > 0.0) & (step < end[j])
        is_dark = (umbra <= 0.0) & (step < end[j])
        supply[k, Q_LIGHT_FRAC + j] = 0.0 if is_dark else (PARTLY if is_partial else 1.0)
        early = j if is_partial else LANES
        late = j if is_partial else -1
        first = early if early < first else first
        last = late if late > last else last
    for j in range(first, last + 1):
        if supply[k, Q_LIGHT_FRAC + j] == PARTLY:
            sin_a, sin_b, cos_c = apparent(
                setting, place[H_R + j], place[H_R + LANES + j], place[H_R + 2 * LANES + j], sun_x, sun_y,
                sun_z,
            )  # fmt: skip
            supply[k, Q_LIGHT_FRAC + j] = overlap(sin_a, sin_b, cos_c)


@inline
def surround(setting, size, end, place, sun_x, sun_y, sun_z, shine, supply, k, step):
    """Fill row `k` of the supply, of power, light and heat; dead lanes get fillers.

    place: rows `H_...` of `sgp4`; step: number of the step, to compare with the end of each lane. Most blocks
    are all in the light most of the time: whether they are shows without a square root.
    """
    over_sun = 1.0 / math.sqrt(sun_x * sun_x + sun_y * sun_y + sun_z * sun_z)
    to_x, to_y, to_z = sun_x * over_sun, sun_y * over_sun, sun_z * over_sun
    n_behind = 0
    for j in range(LANES):
        radius = place[H_RADIUS + j]
        over_r = 1.0 / radius
        along = place[H_R + j] * to_x + place[H_R + LANES + j] * to_y + place[H_R + 2 * LANES + j] * to_z
        wide = EARTH_RADIUS_KM + 1.0 - WIDENS * along
        is_behind = (along < BEFORE_KM) & (radius * radius - along * along < wide * wide)
        n_behind += 1 if is_behind else 0
        normal = (
            place[H_NORMAL + j] * to_x
            + place[H_NORMAL + LANES + j] * to_y
            + place[H_NORMAL + 2 * LANES + j] * to_z
        )
        cosine = 1.0 if size[A_TRACKS_SUN + j] > 0.0 else math.fabs(normal)
        sin_rho = EARTH_RADIUS_KM * over_r
        sin_rho = sin_rho if sin_rho < 1.0 else 1.0  # an orbit below the sphere sees nothing but Earth
        infrared = size[A_INFRARED_M2 + j] * EARTH_INFRARED_W_PER_M2
        noon = along * over_r
        albedo = size[A_ALBEDO_M2 + j] * EARTH_ALBEDO_FRAC * shine * (noon if noon > 0.0 else 0.0)
        absorbed = view_frac(size[A_FACES_NADIR + j], sin_rho) * (infrared + albedo)
        full = size[A_ARRAY_M2 + j] * shine
        is_alive = step < end[j]
        supply[k, Q_ARRAY_W + j] = full * cosine if is_alive else full
        supply[k, Q_ABSORBED_W + j] = absorbed if is_alive else infrared
        supply[k, Q_LIGHT_FRAC + j] = 1.0
    if n_behind > 0:
        shade(setting, end, place, sun_x, sun_y, sun_z, supply, k, step)


@inline
def put_place(here, going, place):
    """Fill the rows of `sgp4.put_places` from position and velocity."""
    for j in range(LANES):
        x, y, z = here[j], here[LANES + j], here[2 * LANES + j]
        u, v, w = going[j], going[LANES + j], going[2 * LANES + j]
        h_x = y * w - z * v
        h_y = z * u - x * w
        h_z = x * v - y * u
        over_h = 1.0 / math.sqrt(h_x * h_x + h_y * h_y + h_z * h_z)
        place[H_R + j] = x
        place[H_R + LANES + j] = y
        place[H_R + 2 * LANES + j] = z
        place[H_NORMAL + j] = h_x * over_h
        place[H_NORMAL + LANES + j] = h_y * over_h
        place[H_NORMAL + 2 * LANES + j] = h_z * over_h
        place[H_RADIUS + j] = math.sqrt(x * x + y * y + z * z)


@kernel
def surroundings(code, r, v, sun, flux, surfaces, until, supply):
    """Fill `supply` (block, step, N_SUPPLY x LANES) of `operate`.

    code: index into `shadow.SHADOWS`; r, v (block, node, 3 x LANES) [km, km/s] and sun (node, 3) [km] in
    one inertial frame; flux (node,) [W/m2]; surfaces (block, N_SURFACES x LANES); until (block, LANES):
    number of the first step in which the satellite is dead, 0 for lanes without one. Nodes beyond the steps
    are ignored.
    """
    setting = settings(code)
    place = np.empty(N_PLACE * LANES)
    for b in range(r.shape[0]):
        size, end, given = surfaces[b], until[b], supply[b]
        for k in range(supply.shape[1]):
            put_place(r[b, k], v[b, k], place)
            surround(setting, size, end, place, sun[k, 0], sun[k, 1], sun[k, 2], flux[k], given, k, k)


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
