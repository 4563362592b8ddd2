"""The whole step, streamed: elements, stations, hardware → sums and slots of a window, block by block.

Propagation, Earth rotation, stations in view and their links, shadow, sunlight, array, heat, battery and the
envelope of the load, for one block of satellites after the other; what a block needs of its window stays in the
processor's caches, and only sums, extremes and slots leave. Every satellite sends to every station in view: the
most that links allow, were antennas no limit.

Blocks are independent and shared out over threads; each is added up by itself, so that no bit depends on how
many threads there are.
"""

import math

import numba
import numpy as np

from . import BOUNDSCHECK, LANES, inline
from .link import log10
from .operate import (
    N_BROKEN,
    N_CEILINGS,
    N_COURSE,
    N_EXTREMES,
    N_LOSSES,
    N_SPACE,
    N_SUPPLY,
    Q_ARRAY_W,
    Q_LIGHT_FRAC,
    envelope_block,
    idle_block,
)
from .sgp4 import N_WORK as N_SGP4
from .sgp4 import begin_near_circular, put_states
from .shadow import settings
from .surroundings import heat_and_light, light_of

spread = numba.njit(
    cache=True, nogil=True, parallel=True, error_model="numpy", boundscheck=BOUNDSCHECK
)
"""Decorator of entry points whose outermost loop, over blocks, is shared out over threads."""

kernel = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=BOUNDSCHECK)

# Rows of the sums of a window, for each satellite.
L_LIGHT_S = 0 * LANES  # time in sunlight, penumbra in part
L_ARRAY_J = 1 * LANES  # energy of the array, all of it drawn
L_VIEW_S = 2 * LANES  # time with a station in view
L_SEEN_S = 3 * LANES  # the same, each station counted
L_LINK_BIT = 4 * LANES
N_SUMS = 5

GROUP = 8
"""Lanes looked at together for one that a station sees: one vector of the widest processors."""

# columns of a station: place [km], vertical, height of the place over the plane through the Earth's centre
# across the vertical, and the least height over the horizontal at which any satellite is above the mask
SITE_R, SITE_UP, SITE_LEVEL, SITE_LEAST = 0, 3, 6, 7
N_SITE = 8

# rows of the queue of one station: square of the range [km2], height [km], lane
RANGE2, HEIGHT, OWNER = range(3)
N_QUEUE = 3


@kernel
def middle_of(place):
    """Return the mean position of a block and its largest distance from it; NaN if a lane is NaN."""
    x = 0.0
    y = 0.0
    z = 0.0
    for j in range(LANES):
        x += place[j]
        y += place[LANES + j]
        z += place[2 * LANES + j]
    x /= LANES
    y /= LANES
    z /= LANES
    farthest = np.int64(0)  # distances above zero are ordered as their bits are
    for j in range(LANES):
        dx = place[j] - x
        dy = place[LANES + j] - y
        dz = place[2 * LANES + j] - z
        bits = np.float64(dx * dx + dy * dy + dz * dz).view(np.int64)
        farthest = bits if bits > farthest else farthest
    return x, y, z, math.sqrt(np.int64(farthest).view(np.float64))


@kernel
def send(queue, n, step_s, constant_db, cosecants, slopes, thresholds_db, gains_bit_per_s, sums):
    """Send what one station's link carries from the satellites in its queue; empty it.

    The attenuation is the polygon of `links` as a sum of ramps, the ladder's staircase a sum of steps.
    """
    level_db = np.empty(LANES)
    rate = np.empty(LANES)
    for i in range(LANES):
        cosecant = math.sqrt(queue[RANGE2, i]) / queue[HEIGHT, i]
        loss_db = slopes[0] + slopes[1] * (cosecant - cosecants[0])
        for a in range(1, cosecants.shape[0] - 1):
            over = cosecant - cosecants[a]
            loss_db += slopes[a + 1] * (over if over > 0.0 else 0.0)
        level_db[i] = constant_db - 10.0 * log10(1e6 * queue[RANGE2, i]) - loss_db
        rate[i] = 0.0
    for m in range(thresholds_db.shape[0]):
        threshold_db = thresholds_db[m]
        gain = gains_bit_per_s[m]
        for i in range(LANES):
            rate[i] += gain if level_db[i] >= threshold_db else 0.0
    for i in range(n):
        sums[L_LINK_BIT + np.int64(queue[OWNER, i])] += rate[i] * step_s


@inline
def look(place, here, turn_k, sites, sin_mask2, n_lanes, links, queue, n_queued, step_s, seen, sums):
    """Find who is seen by which station at one node, and queue what they may send; `seen`: 1 where any.

    links: (constant_db (g,), cosecants (a,), slopes (g, a), thresholds_db (m,), gains (m,)).
    """
    constant_db, cosecants, slopes, thresholds_db, gains = links
    c = turn_k[0]
    s = turn_k[1]
    for j in range(LANES):
        x = here[j]
        y = here[LANES + j]
        place[j] = c * x + s * y
        place[LANES + j] = c * y - s * x
        place[2 * LANES + j] = here[2 * LANES + j]
        seen[j] = 0.0
    x, y, z, reach = middle_of(place)
    for g in range(sites.shape[0]):
        up_x = sites[g, SITE_UP]
        up_y = sites[g, SITE_UP + 1]
        up_z = sites[g, SITE_UP + 2]
        level = sites[g, SITE_LEVEL] + sites[g, SITE_LEAST]
        if x * up_x + y * up_y + z * up_z + reach < level:
            continue  # nobody in the block is near
        for first in range(0, LANES, GROUP):
            n_near = 0
            for j in range(first, first + GROUP):
                height = place[j] * up_x + place[LANES + j] * up_y + place[2 * LANES + j] * up_z
                n_near += 1 if height > level else 0
            if n_near == 0:
                continue
            for j in range(first, first + GROUP):
                dx = place[j] - sites[g, SITE_R]
                dy = place[LANES + j] - sites[g, SITE_R + 1]
                dz = place[2 * LANES + j] - sites[g, SITE_R + 2]
                height = dx * up_x + dy * up_y + dz * up_z
                range2 = dx * dx + dy * dy + dz * dz
                if height > 0.0 and height * height > sin_mask2 * range2 and j < n_lanes:
                    seen[j] = 1.0
                    sums[L_SEEN_S + j] += step_s
                    n = n_queued[g]
                    queue[g, RANGE2, n] = range2
                    queue[g, HEIGHT, n] = height
                    queue[g, OWNER, n] = j
                    n_queued[g] = n + 1
                    if n + 1 == LANES:
                        send(
                            queue[g], LANES, step_s, constant_db[g], cosecants, slopes[g], thresholds_db, gains,
                            sums,
                        )  # fmt: skip
                        n_queued[g] = 0


@inline
def add(given, seen, end, k, step_s, sums):
    """Add one step to the sums of a block."""
    for j in range(LANES):
        lives = step_s if k < end[j] else 0.0
        light = given[Q_LIGHT_FRAC + j] * lives
        sums[L_LIGHT_S + j] += light
        sums[L_ARRAY_J + j] += light * given[Q_ARRAY_W + j]
        sums[L_VIEW_S + j] += lives * seen[j]


@inline
def bury(here, end, k):
    """Note the step in which a satellite's position is no longer a number."""
    for j in range(LANES):
        is_dead = here[j] != here[j]
        end[j] = k if is_dead & (k < end[j]) else end[j]


@spread
def survey(
    coefficients, minute, step_s, code, sky, surfaces, sites, sin_mask, links, parameters, policy, spin_up,
    slot_of_step, n_lanes, until, state, sums, extremes, broken, slots,
):  # fmt: skip
    """Survey a window of every block; return the heat balances not converged, block by block.

    Shapes: coefficients and minute as in `sgp4.grid_near_circular`; sky: sun (t, 3) [km], flux (t,), and
    cosine and sine of the Earth's turn (t, 2); surfaces, parameters, extremes, broken: rows of `surroundings`,
    `thermal` and `operate`; sites (g, N_SITE); links: as in `look`; spin_up (n, 2): spans of steps that lead
    up to the window's start; n_lanes (block,): lanes with a satellite; until (block, LANES): number of steps
    on entry, of the first dead one on return; state (block, 2 x N_STATES x LANES), idle and busy: at the
    start on entry, at the end on return; sums (block, N_SUMS x LANES); slots as in `operate.envelope`.
    """
    n_failed = np.zeros(coefficients.shape[0], np.int64)
    for b in numba.prange(coefficients.shape[0]):
        n_failed[b] = survey_block(
            coefficients[b], minute[b], step_s, code, sky, surfaces[b], sites, sin_mask, links, parameters[b],
            policy, spin_up, slot_of_step, n_lanes[b], until[b], state[b], sums[b], extremes[b], broken[b],
            slots[b],
        )  # fmt: skip
    return n_failed


@kernel
def survey_block(
    C, minute, step_s, code, sky, size, sites, sin_mask, links, par, policy, spin_up, slot_of_step, n_lanes,
    until, state, sums, extremes, broken, slots,
):  # fmt: skip
    """Do for one block what `survey` does for all."""
    sun, flux, turn = sky
    constant_db, cosecants, slopes, thresholds_db, gains = links
    n_steps = slot_of_step.shape[0]
    setting = settings(code)
    step_min = step_s / 60.0
    supply = np.empty((n_steps, N_SUPPLY * LANES))
    radio_frac = np.empty((n_steps, LANES))
    here = np.empty(3 * LANES)
    going = np.empty(3 * LANES)
    place = np.empty(3 * LANES)
    queue = np.ones((sites.shape[0], N_QUEUE, LANES))
    n_queued = np.zeros(sites.shape[0], np.int64)
    W = np.empty(N_SGP4 * LANES)
    t0 = np.empty(LANES)
    for k in range(n_steps):
        since = begin_near_circular(C, minute, k, step_min, t0, W)
        put_states(C, since, W, here, going)
        given = supply[k]
        bury(here, until, k)
        light_of(setting, here, sun[k, 0], sun[k, 1], sun[k, 2], given)
        heat_and_light(size, until, k, here, going, sun[k, 0], sun[k, 1], sun[k, 2], flux[k], given)
        look(
            place, here, turn[k], sites, sin_mask * sin_mask, n_lanes, links, queue, n_queued, step_s,
            radio_frac[k], sums,
        )  # fmt: skip
        add(given, radio_frac[k], until, k, step_s, sums)
    for g in range(sites.shape[0]):
        if n_queued[g] > 0:
            send(
                queue[g], n_queued[g], step_s, constant_db[g], cosecants, slopes[g], thresholds_db, gains, sums
            )
    return run_block(par, policy, step_s, spin_up, slot_of_step, supply, radio_frac, until, state, extremes, broken, slots)


@kernel
def run_block(
    par, policy, step_s, spin_up, slot_of_step, supply, radio_frac, until, state, extremes, broken, slots
):
    """Follow one block idle and under its largest load through a window that is known."""
    n_steps = slot_of_step.shape[0]
    half = state.shape[0] // 2
    work = np.zeros(N_SPACE)
    heater_w = np.empty((n_steps, LANES))
    load_w = np.empty((n_steps, LANES))
    reserve_j = np.zeros((1, LANES))
    ceiling_w = np.full(N_CEILINGS * LANES, np.inf)
    lost_w = np.empty((0, N_LOSSES * LANES))
    course = np.empty((0, N_COURSE * LANES))
    n_failed = 0
    for i in range(spin_up.shape[0]):
        n_failed += idle_block(
            par, supply, radio_frac, step_s, spin_up[i, 0], spin_up[i, 1], state[:half], heater_w, broken, work
        )
    broken[:] = 0.0  # a limit broken while spinning up is broken again in the window itself
    n_failed += idle_block(par, supply, radio_frac, step_s, 0, n_steps, state[:half], heater_w, broken, work)
    kept = extremes.copy()
    for i in range(spin_up.shape[0]):
        n_failed += envelope_block(
            par, supply, radio_frac, heater_w, reserve_j, ceiling_w, policy, step_s, spin_up[i, 0],
            spin_up[i, 1], until, slot_of_step, state[half:], load_w, lost_w, course, extremes, slots, work,
        )  # fmt: skip
    extremes[:] = kept
    slots[:] = 0.0
    return n_failed + envelope_block(
        par, supply, radio_frac, heater_w, reserve_j, ceiling_w, policy, step_s, 0, n_steps, until,
        slot_of_step, state[half:], load_w, lost_w, course, extremes, slots, work,
    )  # fmt: skip
