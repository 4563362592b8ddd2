"""The whole step, streamed: elements, stations, hardware → sums and slots of a window, block by block.

Propagation, Earth rotation, stations in view and their links, shadow, sunlight, array, heat, battery and
the envelope of the load, for one block of satellites after the other; what a block needs of its window stays
in the processor's caches, and only sums, extremes and slots leave. Every satellite sends to every station in
view: the most that links allow, were antennas no limit.

Blocks are independent and shared out over threads; each is added up by itself, so that no bit depends on how
many threads there are.
"""

import math

import numba
import numpy as np

from . import BOUNDSCHECK, LANES, inline, kernel
from .link import log10
from .operate import (
    N_CEILINGS,
    N_COURSE,
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

spread = numba.njit(cache=True, nogil=True, parallel=True, error_model="numpy", boundscheck=BOUNDSCHECK)
"""Decorator of entry points whose outermost loop, over blocks, is shared out over threads."""

# Rows of the sums of a window, for each satellite.
L_LIGHT_S = 0 * LANES  # time in sunlight, penumbra in part
L_ARRAY_J = 1 * LANES  # energy of the array, all of it drawn
L_VIEW_S = 2 * LANES  # time with a station in view
L_SEEN_S = 3 * LANES  # the same, each station counted
L_LINK_BIT = 4 * LANES
N_SUMS = 5

MIDDLE = LANES // 2

# columns of a station: place [km], vertical, height of the place over the plane through the Earth's centre
# across the vertical, and the least height over the horizontal at which any satellite is above the mask
SITE_R, SITE_UP, SITE_LEVEL, SITE_LEAST = 0, 3, 6, 7
N_SITE = 8

# rows of the queue of one station: square of the range [km2], height [km] and lane of up to two blocks of
# sights, then what is worked out for the first of the two
RANGE2, HEIGHT, OWNER = 0, 2 * LANES, 4 * LANES
COSECANT, LEVEL, RATE = 6 * LANES, 7 * LANES, 8 * LANES
N_QUEUE = 9


# rows of what is known of a block at one node: places in the Earth's frame [km], then of one station
ABOVE = 3 * LANES  # height over its horizontal [km]
FAR2 = 4 * LANES  # square of the range [km2]
IS_ABOVE = 5 * LANES
IS_SEEN = 6 * LANES  # by any station so far
N_SKY = 7


@kernel
def reach_of(place):
    """Return the largest distance of a block from its middle lane; NaN if a lane is NaN."""
    x = place[MIDDLE]
    y = place[LANES + MIDDLE]
    z = place[2 * LANES + MIDDLE]
    farthest = np.int64(0)  # distances above zero are ordered as their bits are
    for j in range(LANES):
        dx = place[j] - x
        dy = place[LANES + j] - y
        dz = place[2 * LANES + j] - z
        bits = np.float64(dx * dx + dy * dy + dz * dz).view(np.int64)
        farthest = bits if bits > farthest else farthest
    return math.sqrt(np.int64(farthest).view(np.float64))


@inline
def above(x):
    """Return x where it is above zero, 0 elsewhere."""
    return x if x > 0.0 else 0.0


@kernel
def send(queue, g, n, step_s, constant_db, cosecants, slopes, thresholds_db, gains_bit_per_s, sums):
    """Send what a station's link carries from the first `n` satellites in its queue.

    The attenuation is the polygon of `links` as a sum of ramps, the ladder's staircase a sum of steps.
    """
    first_db = constant_db[g] - slopes[g, 0] - 60.0
    for i in range(LANES):
        range2 = queue[g, RANGE2 + i]
        cosecant = math.sqrt(range2) / queue[g, HEIGHT + i]
        queue[g, COSECANT + i] = cosecant
        queue[g, LEVEL + i] = first_db - slopes[g, 1] * (cosecant - cosecants[0]) - 10.0 * log10(range2)
        queue[g, RATE + i] = 0.0
    for a in range(1, cosecants.shape[0], 4):
        c0, c1, c2, c3 = cosecants[a], cosecants[a + 1], cosecants[a + 2], cosecants[a + 3]
        s0, s1, s2, s3 = slopes[g, a + 1], slopes[g, a + 2], slopes[g, a + 3], slopes[g, a + 4]
        for i in range(LANES):
            cosecant = queue[g, COSECANT + i]
            loss = s0 * above(cosecant - c0) + s1 * above(cosecant - c1)
            queue[g, LEVEL + i] -= loss + (s2 * above(cosecant - c2) + s3 * above(cosecant - c3))
    for m in range(0, thresholds_db.shape[0], 4):
        t0, t1, t2, t3 = thresholds_db[m], thresholds_db[m + 1], thresholds_db[m + 2], thresholds_db[m + 3]
        g0, g1 = gains_bit_per_s[m], gains_bit_per_s[m + 1]
        g2, g3 = gains_bit_per_s[m + 2], gains_bit_per_s[m + 3]
        for i in range(LANES):
            level = queue[g, LEVEL + i]
            gain = (g0 if level >= t0 else 0.0) + (g1 if level >= t1 else 0.0)
            queue[g, RATE + i] += gain + ((g2 if level >= t2 else 0.0) + (g3 if level >= t3 else 0.0))
    for i in range(n):
        owner = np.int64(queue[g, OWNER + i])
        sums[L_SEEN_S + owner] += step_s
        sums[L_LINK_BIT + owner] += queue[g, RATE + i] * step_s


@inline
def rise(sky, up_x, up_y, up_z, level, least):
    """Leave the lanes' heights over a station's horizontal in `sky`; return how many are near the mask."""
    n_near = 0
    for j in range(LANES):
        height = sky[j] * up_x + sky[LANES + j] * up_y + sky[2 * LANES + j] * up_z - level
        sky[ABOVE + j] = height
        n_near += 1 if height > least else 0
    return n_near


@kernel
def sight(sky, x, y, z, sin_mask2):
    """Leave the square of the range and whether it is above the mask; return first and last lane that is."""
    first = LANES
    last = -1
    for j in range(LANES):
        dx = sky[j] - x
        dy = sky[LANES + j] - y
        dz = sky[2 * LANES + j] - z
        range2 = dx * dx + dy * dy + dz * dz
        height = sky[ABOVE + j]
        is_above = (height > 0.0) & (height * height > sin_mask2 * range2)
        sky[FAR2 + j] = range2
        sky[IS_ABOVE + j] = 1.0 if is_above else 0.0
        sky[IS_SEEN + j] = 1.0 if is_above else sky[IS_SEEN + j]
        early = j if is_above else LANES
        late = j if is_above else -1
        first = early if early < first else first
        last = late if late > last else last
    return first, last


@kernel
def enqueue(sky, first, end, queue, g, n_queued):
    """Append the lanes that a station sees to its queue; return its new length, below 2 x LANES.

    Without a branch, for none can tell which they are. Neighbours in a block fly close to one another, so
    that those seen lie between a first and a last one that are not far apart.
    """
    m = np.uint64(n_queued)
    for j in range(np.uint64(first), np.uint64(end)):
        queue[g, m + np.uint64(RANGE2)] = sky[j + np.uint64(FAR2)]
        queue[g, m + np.uint64(HEIGHT)] = sky[j + np.uint64(ABOVE)]
        queue[g, m + np.uint64(OWNER)] = j
        m += np.uint64(sky[j + np.uint64(IS_ABOVE)])
    return np.int64(m)


@inline
def look(
    here, turn, k, sites, sin_mask2, n_lanes, constant_db, cosecants, slopes, thresholds_db, gains, queue,
    n_queued, step_s, sky, seen, sums,
):  # fmt: skip
    """Find who is seen by which station at node `k`, and queue what they may send.

    seen (t, LANES): 1 where any station sees it; sky (N_SKY x LANES,): to work in.
    """
    c = turn[k, 0]
    s = turn[k, 1]
    for j in range(LANES):
        x = here[j]
        y = here[LANES + j]
        sky[j] = c * x + s * y
        sky[LANES + j] = c * y - s * x
        sky[2 * LANES + j] = here[2 * LANES + j]
        sky[IS_SEEN + j] = 0.0
    reach = reach_of(sky)
    x = sky[MIDDLE]
    y = sky[LANES + MIDDLE]
    z = sky[2 * LANES + MIDDLE]
    for g in range(sites.shape[0]):
        up_x = sites[g, SITE_UP]
        up_y = sites[g, SITE_UP + 1]
        up_z = sites[g, SITE_UP + 2]
        level = sites[g, SITE_LEVEL]
        least = sites[g, SITE_LEAST]
        if x * up_x + y * up_y + z * up_z + reach < level + least:
            continue  # nobody in the block is near
        if rise(sky, up_x, up_y, up_z, level, least) == 0:
            continue
        first, last = sight(sky, sites[g, SITE_R], sites[g, SITE_R + 1], sites[g, SITE_R + 2], sin_mask2)
        if last < 0:
            continue
        n_now = enqueue(sky, first, min(last + 1, n_lanes), queue, g, n_queued[g])
        if n_now >= LANES:
            send(queue, g, LANES, step_s, constant_db, cosecants, slopes, thresholds_db, gains, sums)
            n_now -= LANES
            for i in range(n_now):
                queue[g, RANGE2 + i] = queue[g, RANGE2 + LANES + i]
                queue[g, HEIGHT + i] = queue[g, HEIGHT + LANES + i]
                queue[g, OWNER + i] = queue[g, OWNER + LANES + i]
        n_queued[g] = n_now
    for j in range(LANES):
        seen[k, j] = sky[IS_SEEN + j]


@inline
def add(supply, seen, end, k, step_s, sums):
    """Add one step to the sums of a block."""
    for j in range(LANES):
        lives = step_s if k < end[j] else 0.0
        light = supply[k, Q_LIGHT_FRAC + j] * lives
        sums[L_LIGHT_S + j] += light
        sums[L_ARRAY_J + j] += light * supply[k, Q_ARRAY_W + j]
        sums[L_VIEW_S + j] += lives * seen[k, j]


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
    cosine and sine of the Earth's turn (t, 2); surfaces, parameters, extremes, broken: rows of
    `surroundings`, `thermal` and `operate`; sites (g, N_SITE); links: as in `look`; spin_up (n, 2): spans
    of steps that lead up to the window's start; n_lanes (block,): lanes with a satellite; until (block,
    LANES): number of steps on entry, of the first dead one on return; state (block, 2 x N_STATES x LANES),
    idle and busy: at the start on entry, at the end on return; sums (block, N_SUMS x LANES); slots as in
    `operate.envelope`.
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
    overhead = np.empty(N_SKY * LANES)
    queue = np.ones((sites.shape[0], N_QUEUE * LANES))
    n_queued = np.zeros(sites.shape[0], np.int64)
    W = np.empty(N_SGP4 * LANES)
    t0 = np.empty(LANES)
    for k in range(n_steps):
        since = begin_near_circular(C, minute, k, step_min, t0, W)
        put_states(C, since, W, here, going)
        bury(here, until, k)
        light_of(setting, here, sun[k, 0], sun[k, 1], sun[k, 2], supply, k)
        heat_and_light(size, until, here, going, sun[k, 0], sun[k, 1], sun[k, 2], flux[k], supply, k)
        look(
            here, turn, k, sites, sin_mask * sin_mask, n_lanes, constant_db, cosecants, slopes, thresholds_db,
            gains, queue, n_queued, step_s, overhead, radio_frac, sums,
        )  # fmt: skip
        add(supply, radio_frac, until, k, step_s, sums)
    for g in range(sites.shape[0]):
        send(
            queue, g, n_queued[g], step_s, constant_db, cosecants, slopes, thresholds_db,
            gains, sums,
        )  # fmt: skip
    return run_block(
        par, policy, step_s, spin_up, slot_of_step, supply, radio_frac, until, state, extremes, broken, slots
    )


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
            par,
            supply,
            radio_frac,
            step_s,
            spin_up[i, 0],
            spin_up[i, 1],
            state[:half],
            heater_w,
            broken,
            work,
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
