"""Shadow of the Earth, five definitions: positions of satellite and Sun → visible share of the Sun's disc.

All five are one piece of geometry with three settings, so that they run without a branch:

===============  =======  ====  =======  ==========================================================
name             stretch  disc  diverge  meaning
===============  =======  ====  =======  ==========================================================
oblate-cone      yes      yes   yes      z of satellite and Sun times 1/(1-f): the ellipsoid is a sphere
cone             no       yes   yes      spherical Earth, penumbra and umbra cones
oblate-point     yes      no    yes      ellipsoid, Sun a point at its true distance
point            no       no    yes      sphere, Sun a point at its true distance
cylinder         no       no    no       sphere, parallel rays
===============  =======  ====  =======  ==========================================================

Seen from the satellite, a and b are the angular radii of Sun and Earth and c the angle between their
centres: first contact is c = a + b, the umbra begins at c = b - a. Both are carried as differences of
cosines, which need no trigonometric function and stay smooth where c = 0.
Source: Montenbruck and Gill, Satellite Orbits, section 3.4.2.
"""

import math

from ..constants import EARTH_FLATTENING, EARTH_RADIUS_KM, PI, SUN_RADIUS_KM
from . import LANES, inline, kernel
from .angles import angle, arcsin

SHADOWS = ("oblate-cone", "cone", "oblate-point", "point", "cylinder")
"""Names in the order of their integer codes, which is the order of `scenario.models.Shadow`."""


@inline
def settings(code):
    """Return (z stretch, radius of the Sun [km], 1 if rays meet at the Sun or 0 if parallel)."""
    stretch = 1.0 / (1.0 - EARTH_FLATTENING) if code == 0 or code == 2 else 1.0
    disc_km = SUN_RADIUS_KM if code <= 1 else 0.0
    diverge = 0.0 if code == 4 else 1.0
    return stretch, disc_km, diverge


@inline
def apparent(setting, x, y, z, sun_x, sun_y, sun_z):
    """Return sin a, sin b and cos c: radii of Sun and Earth and their separation, from the satellite."""
    stretch, disc_km, diverge = setting
    z = z * stretch
    to_sun_x = sun_x - diverge * x
    to_sun_y = sun_y - diverge * y
    to_sun_z = sun_z * stretch - diverge * z
    r = math.sqrt(x * x + y * y + z * z)
    sun = math.sqrt(to_sun_x * to_sun_x + to_sun_y * to_sun_y + to_sun_z * to_sun_z)
    over_both = 1.0 / (r * sun)  # one division for three
    sin_b = EARTH_RADIUS_KM * (sun * over_both)
    sin_b = 1.0 if sin_b > 1.0 else sin_b
    cos_c = -(x * to_sun_x + y * to_sun_y + z * to_sun_z) * over_both
    return disc_km * (r * over_both), sin_b, cos_c


@inline
def edges(setting, x, y, z, sun_x, sun_y, sun_z):
    """Return the two signed edges: above zero outside the shadow, and above zero outside the umbra.

    cos(a + b) - cos c and cos(b - a) - cos c; equal for a point Sun. Beyond the tip of the umbra (b < a)
    the second never falls to zero.
    """
    sin_a, sin_b, cos_c = apparent(setting, x, y, z, sun_x, sun_y, sun_z)
    level = math.sqrt((1.0 - sin_a * sin_a) * (1.0 - sin_b * sin_b))
    both = sin_a * sin_b
    umbra = level + both - cos_c
    umbra = umbra if (sin_b > sin_a) | (sin_a == 0.0) else 2.0 - cos_c - level - both
    return level - both - cos_c, umbra


@inline
def sides(setting, x, y, z, sun_x, sun_y, sun_z):
    """Return on which side of both edges a position is: the signs of `edges`, for one root and no division.

    They are `edges` times the distances of both centres, which are never below zero.
    """
    stretch, disc_km, diverge = setting
    z = z * stretch
    to_sun_x = sun_x - diverge * x
    to_sun_y = sun_y - diverge * y
    to_sun_z = sun_z * stretch - diverge * z
    r2 = x * x + y * y + z * z
    sun2 = to_sun_x * to_sun_x + to_sun_y * to_sun_y + to_sun_z * to_sun_z
    over2 = r2 - EARTH_RADIUS_KM * EARTH_RADIUS_KM
    over2 = 0.0 if over2 < 0.0 else over2
    level = math.sqrt((sun2 - disc_km * disc_km) * over2)
    cos_c = -(x * to_sun_x + y * to_sun_y + z * to_sun_z)
    both = disc_km * EARTH_RADIUS_KM
    umbra = level + both - cos_c
    has_umbra = EARTH_RADIUS_KM * EARTH_RADIUS_KM * sun2 > disc_km * disc_km * r2
    return level - both - cos_c, umbra if has_umbra else 1.0


@inline
def overlap(sin_a, sin_b, cos_c):
    """Visible share of a disc of radius a behind one of radius b, their centres c apart (partly covered).

    a is that of the Sun, below 30 degrees.
    """
    cos_c = 1.0 if cos_c > 1.0 else cos_c
    a = arcsin(sin_a)
    b = angle(sin_b, math.sqrt((1.0 - sin_b) * (1.0 + sin_b)))
    c = angle(math.sqrt((1.0 - cos_c) * (1.0 + cos_c)), cos_c)
    c = c if c > 1e-150 else 1e-150
    over_all = 1.0 / (a * b * c)  # one division for three
    over_a, over_b, over_c = b * c * over_all, a * c * over_all, a * b * over_all
    x = 0.5 * (c + (a - b) * (a + b) * over_c)
    y2 = (a - x) * (a + x)
    y = math.sqrt(y2 if y2 > 0.0 else 0.0)
    hidden = a * a * angle(y * over_a, x * over_a) + b * b * angle(y * over_b, (c - x) * over_b) - c * y
    share = 1.0 - hidden * (over_a * over_a / PI)
    share = 1.0 if share > 1.0 else share
    share = 0.0 if share < 0.0 else share
    return share if c > a - b else 1.0 - b * b * (over_a * over_a)


@inline
def visible_frac(setting, x, y, z, sun_x, sun_y, sun_z):
    """Visible share of the Sun's disc, 0 or 1 for the point definitions; NaN for a NaN position."""
    outside, umbra = edges(setting, x, y, z, sun_x, sun_y, sun_z)
    if outside >= 0.0:
        return 1.0
    if umbra <= 0.0:
        return 0.0
    sin_a, sin_b, cos_c = apparent(setting, x, y, z, sun_x, sun_y, sun_z)
    if not outside < 0.0:
        return cos_c
    return overlap(sin_a, sin_b, cos_c)


@kernel
def light(code, r, sun, out):
    """Fill `out` (n_block, t, LANES) with the visible share of the Sun at every sample.

    code: index into SHADOWS; r (n_block, t, 3, LANES) and sun (t, 3) in one inertial frame [km].
    """
    setting = settings(code)
    for block in range(r.shape[0]):
        for node in range(r.shape[1]):
            sun_x = sun[node, 0]
            sun_y = sun[node, 1]
            sun_z = sun[node, 2]
            here = r[block, node]
            share = out[block, node]
            n_partial = 0
            for lane in range(LANES):
                outside, umbra = edges(
                    setting, here[0, lane], here[1, lane], here[2, lane], sun_x, sun_y, sun_z
                )
                # outside - outside carries a NaN (no satellite) into the answer
                share[lane] = (0.0 if umbra <= 0.0 else 1.0) + (outside - outside)
                n_partial += 1 if (outside < 0.0) & (umbra > 0.0) else 0
            if n_partial == 0:
                continue
            for lane in range(LANES):
                share[lane] = visible_frac(
                    setting, here[0, lane], here[1, lane], here[2, lane], sun_x, sun_y, sun_z
                )
