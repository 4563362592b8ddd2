"""Access windows between grid nodes: packed states and stations → rise, culmination and set of every pass.

Two storeys. Over whole blocks, a plane: a satellite can only be above the mask of a station if it stands
higher over the plane through the Earth's centre than the mask allows at its distance: one dot product and one
comparison a lane. Where a lane comes near the mask and leaves it again, the nodes in between are a *run*, and
only runs are looked at closely: ordinary ones 64 at a time (`batch`), all others one by one (`sight`).
"""

import math

import numpy as np

from . import LANES, inline, kernel
from .arc import ARC
from .batch import FIRST, LANE, LAST, LONGEST, PLACE, solve, workspace
from .eclipse import shade_of_steps
from .shadow import settings
from .sight import EARTH_GM_KM3_PER_S2, LAST_AZIMUTH, LOWEST_KM, OPEN, emit, row_of, search

DEFLECTION_RAD = 0.0035  # most that the vertical departs from the direction of the Earth's centre


@inline
def _prepare(at, going, cos_turn, sin_turn, spin, mask, step_s, place, level):
    """Turn 64 satellites into the Earth frame; find the height each must have to be near the mask.

    A satellite of radius r stands on a mask e of a station of radius R where its height over the plane
    through the Earth's centre is R cos^2 e + sin e sqrt(r^2 - R^2 cos^2 e). Within a step the height can
    exceed that of both nodes by a h^2 / 8, a the acceleration, and the radius changes by as much as its
    rates allow.
    """
    sin_mask, cos_mask, radius_station = mask
    reach2 = (radius_station * cos_mask) ** 2
    base = radius_station * cos_mask * cos_mask
    for lane in range(LANES):
        x = at[0, lane]
        y = at[1, lane]
        z = at[2, lane]
        u = going[0, lane]
        v = going[1, lane]
        w = going[2, lane]
        place[0, lane] = cos_turn * x + sin_turn * y
        place[1, lane] = cos_turn * y - sin_turn * x
        place[2, lane] = z
        r2 = x * x + y * y + z * z
        v2 = u * u + v * v + w * w
        radius = math.sqrt(r2)
        outward = (x * u + y * v + z * w) / radius
        bend = abs((v2 - outward * outward) / radius - EARTH_GM_KM3_PER_S2 / r2)
        drift = step_s * (abs(outward) + step_s * bend)
        near = radius - drift
        near = near if near > LOWEST_KM else LOWEST_KM
        far = near if sin_mask > 0.0 else radius + drift
        square = far * far - reach2
        pull = EARTH_GM_KM3_PER_S2 / (near * near) + spin * (2.0 * math.sqrt(v2) + 3.0 * spin * radius)
        sag = pull * step_s * step_s * 0.125
        level[lane] = base + sin_mask * math.sqrt(square if square > 0.0 else 0.0) - sag


@inline
def _compare(place, level, toward, now, was):
    """Mark the lanes that are near one station, and count those that were not, or no longer are."""
    n_change = 0
    x = toward[0]
    y = toward[1]
    z = toward[2]
    for lane in range(LANES):
        is_near = place[0, lane] * x + place[1, lane] * y + place[2, lane] * z > level[lane]
        now[lane] = 1.0 if is_near else 0.0
        n_change += 1 if is_near != (was[lane] > 0.0) else 0
    return n_change


@inline
def _bury(out, n, block, station, x_first, track, first_s):
    """End the passes of satellites that died between two chunks."""
    for lane in range(LANES):
        if track[OPEN, lane] > 0.0 and x_first[lane] != x_first[lane]:
            n = emit(
                out, n, block * LANES + lane, station, track, lane, first_s, track[LAST_AZIMUTH, lane], 1.0
            )
    return n


@kernel
def passes(code, r, v, sun, theta, sites, sin_minimum, first_s, step_s, state, out):
    """Find every pass of a chunk; return how many rows there are, even beyond the end of `out`.

    code: index into SHADOWS; r, v (n_block, t, 3, LANES) TEME [km, km/s]; sun (t, 3) TEME [km]; theta (t,):
    angle from TEME to the rotating Earth, unwrapped [rad]; sites (g, N_SITE); first_s: time of node 0; state
    (n_block, g, N_STATE, LANES): passes under way, handed from chunk to chunk; out (n, N_COLUMN).
    """
    setting = settings(code)
    n_found = np.int64(0)  # a literal would have every callee compiled twice
    n_node = r.shape[1]
    n_site = sites.shape[0]
    turn = np.empty((n_node, 2))
    for node in range(n_node):
        turn[node, 0] = math.cos(theta[node])
        turn[node, 1] = math.sin(theta[node])
    spin = (theta[n_node - 1] - theta[0]) / ((n_node - 1) * step_s)
    toward = np.empty((n_site, 3))
    lowest = np.inf
    for station in range(n_site):
        radius = math.sqrt(sites[station, 0] ** 2 + sites[station, 1] ** 2 + sites[station, 2] ** 2)
        lowest = min(lowest, radius)
        for axis in range(3):
            toward[station, axis] = sites[station, axis] / radius
    mask_rad = max(math.asin(sin_minimum) - DEFLECTION_RAD, -0.5 * math.pi)
    mask = (math.sin(mask_rad), math.cos(mask_rad), lowest)
    shade = np.empty((n_node - 1, LANES))
    place = np.empty((3, LANES))
    level = np.empty(LANES)
    near = np.zeros((2, n_site, LANES))
    since = np.zeros((n_site, LANES), np.int64)
    sky = (shade, sun, setting, np.empty(ARC * LANES), np.empty(ARC * LANES))
    span = (first_s, step_s)
    work = workspace()
    queue = np.empty((4, LANES), np.int64)
    for block in range(r.shape[0]):
        shade_of_steps(setting, r[block], v[block], sun, step_s, shade)
        near[1] = 0.0
        n_waiting = np.int64(0)
        for station in range(n_site):
            n_found = _bury(out, n_found, block, station, r[block, 0, 0], state[block, station], first_s)
        for node in range(n_node):
            is_last = node == n_node - 1
            _prepare(
                r[block, node], v[block, node], turn[node, 0], turn[node, 1], spin, mask, step_s, place, level
            )
            for station in range(n_site):
                now = near[node % 2, station]
                was = near[1 - node % 2, station]
                n_change = _compare(place, level, toward[station], now, was)
                if n_change == 0 and not is_last:
                    continue
                for lane in range(LANES):
                    if now[lane] > was[lane]:
                        since[station, lane] = max(0, node - 1)
                    if not (now[lane] < was[lane] or (is_last and now[lane] > 0.0)):
                        continue
                    first = since[station, lane]
                    is_whole = first > 0 and not is_last and level[lane] == level[lane]
                    if is_whole and node - first <= LONGEST:
                        queue[FIRST, n_waiting], queue[LAST, n_waiting] = first, node
                        queue[LANE, n_waiting], queue[PLACE, n_waiting] = lane, station
                        n_waiting += 1
                    else:
                        n_found = search(
                            out, n_found, (block * LANES + lane, station, block, lane),
                            (first, node, first_s, step_s), (r, v), turn, spin, row_of(sites, station),
                            sin_minimum, sky, state[block, station],
                        )  # fmt: skip
                    if n_waiting == LANES:
                        n_found = solve(
                            out, n_found, queue, n_waiting, block, span, (r, v), turn, spin, sites,
                            sin_minimum, sky, state[block], work,
                        )  # fmt: skip
                        n_waiting = np.int64(0)
        if n_waiting > 0:
            n_found = solve(
                out, n_found, queue, n_waiting, block, span, (r, v), turn, spin, sites, sin_minimum,
                sky, state[block], work,
            )  # fmt: skip
    return n_found
