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

from . import BOUNDSCHECK, LANES, kernel
from . import contracted_inline as inline
from .lanes import blank, lined_up
from .link import log10_of, mantissa
from .operate import (
    A_BATTERY_MOST_W,
    A_DIE_MOST_W,
    A_IDLE_HEATER_W,
    A_RESERVE_J,
    A_UNTIL,
    K_EXTREMES,
    K_SLOT_SUMS,
    N_SPACE,
    N_SUPPLY,
    Q_ARRAY_W,
    Q_LIGHT_FRAC,
    SHED,
    bid,
    cool_down,
    idle_block,
    is_hot,
    promise,
    put,
    receive,
    settle,
    take,
)
from .sgp4 import H_R, H_RADIUS, N_PLACE, begin_near_circular, put_places
from .sgp4 import N_WORK as N_SGP4
from .shadow import settings
from .surroundings import surround
from .thermal import W_DIE_K, W_LOAD_W, mend, unheated

spread = numba.njit(cache=True, nogil=True, parallel=True, error_model="numpy", boundscheck=BOUNDSCHECK)
"""Decorator of entry points whose outermost loop, over blocks, is shared out over threads."""

# Rows of the sums of a window, for each satellite.
L_LIGHT_S = 0 * LANES  # time in sunlight, penumbra in part
L_ARRAY_J = 1 * LANES  # energy of the array, all of it drawn
L_VIEW_S = 2 * LANES  # time with a station in view
L_SEEN_S = 3 * LANES  # the same, each station counted
L_LINK_BIT = 4 * LANES
N_SUMS = 5

# Rows of the work space of `operate` that serve for the one sum and the one extreme there are here.
K_SUM = K_SLOT_SUMS
K_HOTTEST = K_EXTREMES

MIDDLE = LANES // 2

STRETCH = 128
"""Steps that are worked on at a time: what they need of one another stays in the processor's caches."""

# rows of the stations: place [km], vertical, height of the place over the plane through the Earth's centre
# across the vertical, and the least height over the horizontal at which any satellite is above the mask
SITE_R, SITE_UP, SITE_LEVEL, SITE_LEAST = 0, 3, 6, 7
N_SITE = 8

# rows of what is known of a block at one node, behind those of `sgp4.put_places`; of one station but for the
# last ones
TIME_S = (N_PLACE + 0) * LANES  # seconds of the step in its sight
COSECANT = (N_PLACE + 1) * LANES  # of the elevation
LEVEL = (N_PLACE + 2) * LANES  # Es/N0 [dB]
IS_SEEN = (N_PLACE + 3) * LANES  # by any station so far
SUMS = (N_PLACE + 4) * LANES  # the sums of the window so far
N_SKY = N_PLACE + 4 + N_SUMS

PART = 16
"""Lanes whose links are worked out together if a station sees any of them."""

RAMPS, STEPS = 5, 6
"""How many nodes of the air and steps of the ladder are taken at a time."""


@inline
def reach_of(sky):
    """Return the largest distance of a block from its middle lane; NaN if a lane is NaN."""
    x = sky[H_R + MIDDLE]
    y = sky[H_R + LANES + MIDDLE]
    z = sky[H_R + 2 * LANES + MIDDLE]
    farthest = np.int64(0)  # distances above zero are ordered as their bits are
    for j in range(LANES):
        dx = sky[H_R + j] - x
        dy = sky[H_R + LANES + j] - y
        dz = sky[H_R + 2 * LANES + j] - z
        bits = np.float64(dx * dx + dy * dy + dz * dz).view(np.int64)
        farthest = bits if bits > farthest else farthest
    return math.sqrt(np.int64(farthest).view(np.float64))


@inline
def wake(sky, sites, cosine, sine, missing_km, awake):
    """Fill `awake` with the stations over which a lane may be above the mask; return how many they are."""
    reach = reach_of(sky)
    x = cosine * sky[H_R + MIDDLE] + sine * sky[H_R + LANES + MIDDLE]
    y = cosine * sky[H_R + LANES + MIDDLE] - sine * sky[H_R + MIDDLE]
    z = sky[H_R + 2 * LANES + MIDDLE]
    for g in range(sites.shape[1]):
        height = x * sites[SITE_UP, g] + y * sites[SITE_UP + 1, g] + z * sites[SITE_UP + 2, g]
        missing_km[g] = sites[SITE_LEVEL, g] + sites[SITE_LEAST, g] - height - reach
    n = np.uint64(0)
    for g in range(sites.shape[1]):
        awake[n] = g
        n += np.uint64(0) if missing_km[g] > 0.0 else np.uint64(1)
    return np.int64(n)


@inline
def turned(sites, row, g, cosine, sine):
    """Return a place or a vertical of a station in the inertial frame."""
    x, y = sites[row, g], sites[row + 1, g]
    return cosine * x - sine * y, sine * x + cosine * y, sites[row + 2, g]


@inline
def near(sky, up, least):
    """Return the first and the last lane that are higher than `least` along a station's vertical.

    Neighbours in a block fly close to one another, so that those near lie between two that are not far apart.
    """
    up_x, up_y, up_z = up
    first = LANES
    last = -1
    for j in range(LANES):
        height = sky[H_R + j] * up_x + sky[H_R + LANES + j] * up_y + sky[H_R + 2 * LANES + j] * up_z
        early = j if height > least else LANES
        late = j if height > least else -1
        first = early if early < first else first
        last = late if late > last else last
    return first, last


@inline
def above(x):
    """Return x where it is above zero, 0 elsewhere."""
    return x if x > 0.0 else 0.0


@inline
def send(sky, at, g, place, up, sin_mask2, step_s, air, ladder):
    """Send what the links of a part of the lanes, from lane `at` on, carry to station `g`.

    The attenuation is the polygon of `links` as a sum of ramps, the rate the ladder's staircase as a sum of
    steps.
    """
    level_db, slope, c0, lowest = air[g + 1, 0], air[g + 1, 1], air[0, 1], ladder[1, 0]
    x, y, z = place
    up_x, up_y, up_z = up
    for i in range(np.uint64(PART)):
        dx = sky[at + np.uint64(H_R) + i] - x
        dy = sky[at + np.uint64(H_R + LANES) + i] - y
        dz = sky[at + np.uint64(H_R + 2 * LANES) + i] - z
        range2 = dx * dx + dy * dy + dz * dz
        height = dx * up_x + dy * up_y + dz * up_z
        is_above = (height > 0.0) & (height * height > sin_mask2 * range2)
        time_s = step_s if is_above else 0.0
        exponent, f = mantissa(range2)
        over = 1.0 / (height * (2.0 + f))  # one division for two
        cosecant = math.sqrt(range2) * (2.0 + f) * over
        log_range2 = log10_of(exponent, f, f * height * over)
        sky[at + np.uint64(TIME_S) + i] = time_s
        sky[at + np.uint64(COSECANT) + i] = cosecant
        sky[at + np.uint64(LEVEL) + i] = level_db - slope * (cosecant - c0) - 10.0 * log_range2
        sky[at + np.uint64(IS_SEEN) + i] = 1.0 if is_above else sky[at + np.uint64(IS_SEEN) + i]
        sky[at + np.uint64(SUMS + L_SEEN_S) + i] += time_s
        sky[at + np.uint64(SUMS + L_LINK_BIT) + i] += lowest * time_s
    for a in range(2, air.shape[1], RAMPS):
        c0, c1, c2, c3, c4 = air[0, a], air[0, a + 1], air[0, a + 2], air[0, a + 3], air[0, a + 4]
        s0, s1, s2 = air[g + 1, a], air[g + 1, a + 1], air[g + 1, a + 2]
        s3, s4 = air[g + 1, a + 3], air[g + 1, a + 4]
        for i in range(np.uint64(PART)):
            cosecant = sky[at + np.uint64(COSECANT) + i]
            loss = s0 * above(cosecant - c0) + s1 * above(cosecant - c1)
            more = s2 * above(cosecant - c2) + s3 * above(cosecant - c3)
            sky[at + np.uint64(LEVEL) + i] -= loss + (more + s4 * above(cosecant - c4))
    for m in range(1, ladder.shape[1], STEPS):
        t0, t1, t2 = ladder[0, m], ladder[0, m + 1], ladder[0, m + 2]
        t3, t4, t5 = ladder[0, m + 3], ladder[0, m + 4], ladder[0, m + 5]
        g0, g1, g2 = ladder[1, m], ladder[1, m + 1], ladder[1, m + 2]
        g3, g4, g5 = ladder[1, m + 3], ladder[1, m + 4], ladder[1, m + 5]
        for i in range(np.uint64(PART)):
            level = sky[at + np.uint64(LEVEL) + i]
            gain = (g0 if level >= t0 else 0.0) + (g1 if level >= t1 else 0.0)
            more = (g2 if level >= t2 else 0.0) + (g3 if level >= t3 else 0.0)
            rate = gain + more + ((g4 if level >= t4 else 0.0) + (g5 if level >= t5 else 0.0))
            sky[at + np.uint64(SUMS + L_LINK_BIT) + i] += rate * sky[at + np.uint64(TIME_S) + i]


@inline
def look(sky, sites, cosine, sine, sin_mask2, air, ladder, step_s, awake, n_awake):
    """Find who is seen by which station at a node, and send what the links carry.

    air (1 + g, 2 + n): cosecants of the nodes, and of each station the level at 1 km and a cosecant of 1,
    and how much more each unit of the cosecant takes from each node on; ladder (2, 1 + m): thresholds and
    gains, after the rate that all have who are seen; awake: what `wake` has filled.
    """
    for n in range(n_awake):
        g = awake[n]
        place = turned(sites, SITE_R, g, cosine, sine)
        up = turned(sites, SITE_UP, g, cosine, sine)
        first, last = near(sky, up, sites[SITE_LEVEL, g] + sites[SITE_LEAST, g])
        for part in range(first // PART, last // PART + 1):
            send(sky, np.uint64(part * PART), g, place, up, sin_mask2, step_s, air, ladder)


@inline
def add(supply, seen, end, k, step, step_s, sky):
    """Add step `step`, row `k` of what is known, to the sums of a block; keep who is seen in `seen`."""
    for j in range(LANES):
        lives = step_s if step < end[j] else 0.0
        light = supply[k, Q_LIGHT_FRAC + j] * lives
        is_seen = sky[IS_SEEN + j]
        seen[k, j] = is_seen
        sky[IS_SEEN + j] = 0.0
        sky[SUMS + L_LIGHT_S + j] += light
        sky[SUMS + L_ARRAY_J + j] += light * supply[k, Q_ARRAY_W + j]
        sky[SUMS + L_VIEW_S + j] += lives * is_seen


@inline
def bury(place, end, step):
    """Note the step in which a satellite's position is no longer a number."""
    for j in range(LANES):
        is_dead = place[H_RADIUS + j] != place[H_RADIUS + j]
        end[j] = step if is_dead & (step < end[j]) else end[j]


@spread
def survey(
    coefficients, minute, step_s, code, sky, surfaces, sites, sin_mask, air, ladder, parameters, n_lead,
    n_rounds, slot_of_step, until, state, sums, hottest_k, broken, load_w,
):  # fmt: skip
    """Survey a window of every block; return the heat balances not converged, block by block.

    Shapes: coefficients and minute as in `sgp4.grid_near_circular`; sky: sun (t, 3) [km], flux (t,), and
    cosine and sine of the Earth's turn (t, 2); surfaces, parameters, broken: rows of `surroundings`,
    `thermal` and `operate`, the step of a broken limit being that of its stretch; sites (N_SITE, g); air and
    ladder: as in `look`; the first `n_lead` steps lead up to the window's start `n_rounds` times; until
    (block, LANES): number of steps on entry, of the first dead one on return; state (block, 2 x N_STATES x
    LANES), idle and busy: at the start on entry, at the end on return; sums (block, N_SUMS x LANES);
    hottest_k (block, LANES): the hottest die; load_w (block, slot, LANES): the largest load of the cards,
    summed over the steps of each slot.
    """
    sun, flux, turn = sky
    n_failed = np.zeros(coefficients.shape[0], np.int64)
    for b in numba.prange(coefficients.shape[0]):
        n_failed[b] = survey_block(
            lined_up(coefficients[b]), minute[b], step_s, code, sun, flux, turn, lined_up(surfaces[b]), sites,
            sin_mask, air, ladder, lined_up(parameters[b]), n_lead, n_rounds, slot_of_step, until[b],
            state[b], sums[b], hottest_k[b], broken[b], load_w[b],
        )  # fmt: skip
    return n_failed


@kernel
def survey_block(
    C, minute, step_s, code, sun, flux, turn, size, sites, sin_mask, air, ladder, par, n_lead, n_rounds,
    slot_of_step, until, state, sums, hottest_k, broken, load_w,
):  # fmt: skip
    """Do for one block what `survey` does for all, a stretch of steps after the other."""
    n_steps = slot_of_step.shape[0]
    first, last = 0, n_lead if n_rounds > 0 else min(n_steps, STRETCH)
    n_most = max(last, STRETCH)
    setting = settings(code)
    step_min = step_s / 60.0
    supply = blank(n_most * N_SUPPLY).reshape((n_most, N_SUPPLY * LANES))
    seen = blank(n_most).reshape((n_most, LANES))
    heater_w = blank(n_most).reshape((n_most, LANES))
    sky = blank(N_SKY)
    sky[:] = 0.0
    missing_km = np.empty(sites.shape[1])
    awake = np.empty(sites.shape[1] + 1, np.int64)
    W, t0 = blank(N_SGP4), blank(1)
    work, left = blank(N_SPACE // LANES), blank(1)
    work[:] = 0.0
    n_failed = 0
    while first < n_steps:
        for k in range(last - first):
            step = first + k
            since = begin_near_circular(C, minute, step, step_min, t0, W)
            put_places(C, since, W, sky)
            # first: a search takes long to end, and all that waits for its end is work that cannot begin
            cosine, sine = turn[step, 0], turn[step, 1]
            n_awake = wake(sky, sites, cosine, sine, missing_km, awake)
            bury(sky, until, step)
            x, y, z = sun[step, 0], sun[step, 1], sun[step, 2]
            surround(setting, size, until, sky, x, y, z, flux[step], supply, k, step)
            look(sky, sites, cosine, sine, sin_mask * sin_mask, air, ladder, step_s, awake, n_awake)
            add(supply, seen, until, k, step, step_s, sky)
        for j in range(LANES):
            left[j] = until[j] - first
        n_failed += run_stretch(
            par, step_s, n_rounds, supply, seen, heater_w, left, slot_of_step[first:last], state,
            hottest_k, broken, load_w, work,
        )  # fmt: skip
        first, last = last, min(n_steps, last + STRETCH)
        n_rounds = 0
    sums[:] = sky[SUMS:]
    return n_failed


@kernel
def run_stretch(
    par, step_s, n_rounds, supply, radio_frac, heater_w, until, slot_of_step, state, hottest_k, broken,
    load_w, work,
):  # fmt: skip
    """Follow one block idle and under its largest load through a stretch that is known.

    Before, through the same `n_rounds` times: what they reach and break, they reach and break again.
    """
    n = slot_of_step.shape[0]
    half = state.shape[0] // 2
    idle, busy = state[:half], state[half:]
    n_failed = 0
    for _ in range(n_rounds):
        n_failed += idle_block(
            par, supply, radio_frac, step_s, 0, n, idle, heater_w, broken.copy(), work
        )  # fmt: skip
    n_failed += idle_block(par, supply, radio_frac, step_s, 0, n, idle, heater_w, broken, work)
    for _ in range(n_rounds):
        n_failed += load_block(
            par, step_s, supply, radio_frac, heater_w, until, slot_of_step, busy, hottest_k.copy(),
            load_w.copy(), work,
        )  # fmt: skip
    return n_failed + load_block(
        par, step_s, supply, radio_frac, heater_w, until, slot_of_step, busy, hottest_k, load_w, work
    )


@kernel
def load_block(
    par, step_s, supply, radio_frac, heater_w, until, slot_of_step, state, hottest_k, load_w, work
):
    """Follow one block under its largest load, as `operate.envelope` does, for sums of that load by slot.

    Nothing is kept in reserve, and no ceiling holds a riding load down.
    """
    n_failed = 0
    put(work, 0, state)
    put(work, A_UNTIL, until)
    put(work, K_HOTTEST, hottest_k)
    for j in range(LANES):
        work[A_RESERVE_J + j] = 0.0
        work[A_BATTERY_MOST_W + j] = np.inf
        work[A_DIE_MOST_W + j] = np.inf
    first = 0
    while first < slot_of_step.shape[0]:
        slot = slot_of_step[first]
        put(work, K_SUM, load_w[slot])
        k = first
        while k < slot_of_step.shape[0] and slot_of_step[k] == slot:
            n_left = 0
            for j in range(LANES):
                in_sun, light = receive(par, work, supply, radio_frac, k, j)
                work[A_IDLE_HEATER_W + j] = heater_w[k, j]
                bid(par, work, SHED, in_sun, light, j)
                n_left += unheated(par, work, j) | is_hot(par, work, j)
            if n_left > 0:
                n_failed += mend(par, work)
                n_failed += cool_down(par, work)
            for j in range(LANES):
                work[K_SUM + j] += work[W_LOAD_W + j] if k < work[A_UNTIL + j] else 0.0
                die, most = work[W_DIE_K + j], work[K_HOTTEST + j]
                work[K_HOTTEST + j] = die if die > most else most
                settle(work, j, promise(par, work, step_s, j))
            k += 1
        take(work, K_SUM, load_w[slot])
        first = k
    take(work, K_HOTTEST, hottest_k)
    take(work, 0, state)
    return n_failed
