"""Heat chain die → cold plate → radiator, one implicit step of a block: state, loads → new state, heater.

Implicit Euler. The die and the plate are linear and are eliminated by hand, so that one scalar equation
`a T + s T^4 = c` is left for the radiator; Halley's iteration runs to convergence (one Newton step from the
old temperature is 50 K wrong at 600 s). Each lane stops by itself, so that its neighbours in the block
cannot change its last bit.

These functions work on a whole block and are compiled once, as calls: inlined seven times into the envelope
they cost seconds of compiling and gain nothing.

A block is flat: row `X` of lane `j` is element `X + j`, so every offset is known when compiling.
"""

import math

from . import LANES, inline, kernel

# Rows of the parameters.
P_DIE_W_PER_K = 0 * LANES  # heat capacity over step
P_PLATE_W_PER_K = 1 * LANES
P_RADIATOR_W_PER_K = 2 * LANES
P_DIE_PLATE_W_PER_K = 3 * LANES  # conductance
P_PLATE_RADIATOR_W_PER_K = 4 * LANES
P_EMIT_W_PER_K4 = 5 * LANES  # emissivity x sigma x radiating area
P_DIE_LIMIT_K = 6 * LANES
P_COOLANT_MIN_K = 7 * LANES
P_HEATER_MAX_W = 8 * LANES
P_PUMP_FRAC = 9 * LANES
P_HOUSEKEEPING_W = 10 * LANES
P_RADIO_W = 11 * LANES
P_CONVERSION_FRAC = 12 * LANES
P_ALIVE_W = 13 * LANES  # full power of the cards that still work
P_CAPACITY_J = 14 * LANES
P_FLOOR_J = 15 * LANES
P_RATE_W = 16 * LANES
P_CHARGE_FRAC = 17 * LANES
P_DISCHARGE_FRAC = 18 * LANES
N_PARAMETERS = 19

# Rows that `derive` fills from those above: no step divides by a constant.
D_THROUGH_FRAC = 19 * LANES  # share of the die's heat that reaches the plate within the step
D_DIE_K_PER_W = 20 * LANES
D_PLATE_W_PER_K = 21 * LANES
D_PLATE_K_PER_W = 22 * LANES
D_SLOPE_W_PER_K = 23 * LANES  # of the radiator's equation with the plate free
D_ROOM_W_PER_J = 24 * LANES  # charging power that fills so much room within the step
D_LEFT_W_PER_J = 25 * LANES  # discharging power that empties so much charge within the step
D_OVER_DISCHARGE = 26 * LANES
D_OVER_CONVERSION = 27 * LANES
D_LOAD_PER_SPENT = 28 * LANES  # of a watt spent on cards and on pumping its heat
D_OVER_KEPT = 29 * LANES  # heat of a card over that which its die keeps: it spares the heater nothing
N_ROWS = 30

# Rows of the work space of a block. The state comes first and is what stays from step to step.
S_DIE_K = 0 * LANES
S_PLATE_K = 1 * LANES
S_RADIATOR_K = 2 * LANES
S_STORED_J = 3 * LANES
N_STATES = 4
W_LOAD_W = 4 * LANES  # in: power of the cards
W_BUS_HEAT_W = 5 * LANES  # in: electric power that ends in the plate, without heater and pumps for the cards
W_ABSORBED_W = 6 * LANES  # in: heat of the Earth on the radiator
W_DIE_K = 7 * LANES  # out
W_PLATE_K = 8 * LANES  # out
W_RADIATOR_K = 9 * LANES  # out
W_HEATER_W = 10 * LANES  # out
W_LIMIT_W = 11 * LANES  # out of `largest_load`
W_SLOPE = 12 * LANES
W_RIGHT = 13 * LANES
W_PLATE_IN = 14 * LANES
W_PLATE_SUM = 15 * LANES
W_FREE_K = 16 * LANES  # of the radiator, with the plate free
W_HELD_K = 17 * LANES  # of the radiator, with the plate held at its minimum
W_HELD_W = 18 * LANES  # heater power that holds it there
N_WORK = 19

CONVERGED_K = 3e-3
"""Last step of the iteration; the error left is 1.25 times its cube over T squared, 4e-12 K at 100 K."""

SOLVED_K = 1e-9
"""A step of less changes nothing: the lane was solved before, and stays as it is while others are."""

MOST_ITERATIONS = 64
"""Far away, each step of Halley's iteration changes T by two fifths or more of what is missing."""


@kernel
def derive(par, step_s):
    """Fill the rows that follow from the others and from the step."""
    for j in range(LANES):
        die = par[P_DIE_W_PER_K + j]
        g_die = par[P_DIE_PLATE_W_PER_K + j]
        g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
        through = g_die / (die + g_die)
        plate = par[P_PLATE_W_PER_K + j] + through * die + g_radiator
        par[D_THROUGH_FRAC + j] = through
        par[D_DIE_K_PER_W + j] = 1.0 / (die + g_die)
        par[D_PLATE_W_PER_K + j] = plate
        par[D_PLATE_K_PER_W + j] = 1.0 / plate
        par[D_SLOPE_W_PER_K + j] = par[P_RADIATOR_W_PER_K + j] + g_radiator - g_radiator * g_radiator / plate
        par[D_ROOM_W_PER_J + j] = 1.0 / (par[P_CHARGE_FRAC + j] * step_s)
        par[D_LEFT_W_PER_J + j] = par[P_DISCHARGE_FRAC + j] / step_s
        par[D_OVER_DISCHARGE + j] = 1.0 / par[P_DISCHARGE_FRAC + j]
        par[D_OVER_CONVERSION + j] = 1.0 / par[P_CONVERSION_FRAC + j]
        par[D_LOAD_PER_SPENT + j] = 1.0 / (1.0 + par[P_PUMP_FRAC + j])
        par[D_OVER_KEPT + j] = (die + g_die) / die


@inline
def halley(par, j, slope, right, t):
    """Return Halley's step for `slope T + emit T^4 = right` at T = t, to be taken off."""
    emit_t2 = par[P_EMIT_W_PER_K4 + j] * t * t
    emit_t3 = emit_t2 * t
    miss = t * (slope + emit_t3) - right
    rate = slope + 4.0 * emit_t3
    return miss * rate / (rate * rate - 6.0 * miss * emit_t2)


@inline
def begin_radiator(par, work, j, slope, right):
    """Take two of Halley's steps from the old temperature, enough in nearly every step; return 1 if not."""
    t = work[S_RADIATOR_K + j]
    t = t - halley(par, j, slope, right, t)
    change = halley(par, j, slope, right, t)
    work[W_RADIATOR_K + j] = t - change
    return 1 if math.fabs(change) > CONVERGED_K else 0


@inline
def pose(work, j, slope, right):
    """Write down a lane's equation for those that `begin_radiator` leaves open."""
    work[W_SLOPE + j] = slope
    work[W_RIGHT + j] = right


@kernel
def finish_radiator(par, work):
    """Solve the equations `slope T + emit T^4 = right` that are open; return the number not converged."""
    n_open = 0
    for _ in range(MOST_ITERATIONS):
        n_open = 0
        for j in range(LANES):
            t = work[W_RADIATOR_K + j]
            change = halley(par, j, work[W_SLOPE + j], work[W_RIGHT + j], t)
            work[W_RADIATOR_K + j] = t - change if math.fabs(change) > SOLVED_K else t
            n_open += 1 if math.fabs(change) > CONVERGED_K else 0
        if n_open == 0:
            break
    return n_open


@inline
def inflow(par, work, j, load):
    """Return what the plate's balance has on its right side: heat stored, brought by the die, and drawn."""
    return (
        par[P_PLATE_W_PER_K + j] * work[S_PLATE_K + j]
        + par[D_THROUGH_FRAC + j] * (par[P_DIE_W_PER_K + j] * work[S_DIE_K + j] + load)
        + par[P_PUMP_FRAC + j] * load
        + work[W_BUS_HEAT_W + j]
    )


@inline
def free_plate(par, work, j, plate_in):
    """Return the right side of the radiator's equation with the plate eliminated."""
    return (
        par[P_RADIATOR_W_PER_K + j] * work[S_RADIATOR_K + j]
        + par[P_PLATE_RADIATOR_W_PER_K + j] * plate_in * par[D_PLATE_K_PER_W + j]
        + work[W_ABSORBED_W + j]
    )


@inline
def held_plate(par, work, j):
    """Return slope and right side of the radiator's equation with the plate at its minimum."""
    g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
    right = (
        par[P_RADIATOR_W_PER_K + j] * work[S_RADIATOR_K + j]
        + g_radiator * par[P_COOLANT_MIN_K + j]
        + work[W_ABSORBED_W + j]
    )
    return par[P_RADIATOR_W_PER_K + j] + g_radiator, right


@inline
def holding(par, j, plate_in, radiator):
    """Return the heater power that keeps the plate at its minimum, from the plate's balance."""
    carried = par[P_PLATE_RADIATOR_W_PER_K + j] * radiator
    return par[P_COOLANT_MIN_K + j] * par[D_PLATE_W_PER_K + j] - plate_in - carried


@inline
def end_of_plate(par, j, plate_in, radiator):
    """Return the free plate's temperature at the end of the step, given the radiator's."""
    return (plate_in + par[P_PLATE_RADIATOR_W_PER_K + j] * radiator) * par[D_PLATE_K_PER_W + j]


@inline
def end_of_die(par, work, j, load, plate):
    """Return the die's temperature at the end of the step, given the plate's."""
    heat = par[P_DIE_W_PER_K + j] * work[S_DIE_K + j] + load + par[P_DIE_PLATE_W_PER_K + j] * plate
    return heat * par[D_DIE_K_PER_W + j]


@inline
def unheated(par, work, j):
    """Advance one lane by a step with its heater off; return 1 where that is not yet the answer.

    It is not where the radiator has not converged or the plate is too cold: `mend` does the rest.
    """
    plate_in = inflow(par, work, j, work[W_LOAD_W + j])
    n_open = begin_radiator(par, work, j, par[D_SLOPE_W_PER_K + j], free_plate(par, work, j, plate_in))
    return n_open | rest_on(par, work, j, plate_in)


@inline
def rest_on(par, work, j, plate_in):
    """Set plate and die from the radiator, with the heater off; return 1 where the plate is too cold."""
    plate = end_of_plate(par, j, plate_in, work[W_RADIATOR_K + j])
    work[W_PLATE_K + j] = plate
    work[W_HEATER_W + j] = 0.0
    work[W_DIE_K + j] = end_of_die(par, work, j, work[W_LOAD_W + j], plate)
    return 1 if plate < par[P_COOLANT_MIN_K + j] else 0


@kernel
def heat_step(par, work):
    """Advance the chain by one step under the loads in `work`; hold the plate with the heater.

    First without heater; where the plate ends below its minimum, the heater power that holds it there
    follows from the balance with the plate fixed, and is capped. The state stays as it is: what comes out
    are the rows `W_...`. Returns the number of lanes not converged.
    """
    n_left = 0
    for j in range(LANES):
        n_left += unheated(par, work, j)
    return mend(par, work) if n_left > 0 else 0


@kernel
def mend(par, work):
    """Finish what `unheated` has left; return the number of lanes not converged."""
    for j in range(LANES):
        plate_in = inflow(par, work, j, work[W_LOAD_W + j])
        work[W_PLATE_IN + j] = plate_in
        pose(work, j, par[D_SLOPE_W_PER_K + j], free_plate(par, work, j, plate_in))
    n_failed = finish_radiator(par, work)
    n_cold = 0
    for j in range(LANES):
        n_cold += rest_on(par, work, j, work[W_PLATE_IN + j])
    if n_cold > 0:
        n_failed += hold_plate(par, work)
    return n_failed


@kernel
def hold_plate(par, work):
    """Heat the lanes whose plate is too cold: power from the balance with the plate at its minimum."""
    n_failed = 0
    for j in range(LANES):
        work[W_FREE_K + j] = work[W_RADIATOR_K + j]
        slope, right = held_plate(par, work, j)
        pose(work, j, slope, right)
        n_failed += begin_radiator(par, work, j, slope, right)
    if n_failed > 0:
        n_failed = finish_radiator(par, work)
    n_capped = 0
    for j in range(LANES):
        coolant_min = par[P_COOLANT_MIN_K + j]
        heater_max = par[P_HEATER_MAX_W + j]
        is_cold = work[W_PLATE_K + j] < coolant_min
        radiator = work[W_RADIATOR_K + j] if is_cold else work[W_FREE_K + j]
        needed = holding(par, j, work[W_PLATE_IN + j], radiator)
        is_capped = is_cold & (needed > heater_max)
        heater = heater_max if is_capped else needed
        heater = heater if heater > 0.0 else 0.0
        work[W_RADIATOR_K + j] = radiator
        work[W_HEATER_W + j] = heater if is_cold else 0.0
        plate = coolant_min if is_cold else work[W_PLATE_K + j]
        work[W_PLATE_K + j] = plate
        work[W_DIE_K + j] = end_of_die(par, work, j, work[W_LOAD_W + j], plate)
        work[W_LIMIT_W + j] = 1.0 if is_capped else 0.0
        n_capped += 1 if is_capped else 0
    if n_capped > 0:
        n_failed += slip_plate(par, work)
    return n_failed


@kernel
def slip_plate(par, work):
    """Let the plate slip below its minimum in the lanes marked by `W_LIMIT_W`, with all their heater has."""
    for j in range(LANES):
        plate_in = work[W_PLATE_IN + j] + work[W_HEATER_W + j]
        pose(work, j, par[D_SLOPE_W_PER_K + j], free_plate(par, work, j, plate_in))
        work[W_FREE_K + j] = work[W_RADIATOR_K + j]
    n_failed = finish_radiator(par, work)
    for j in range(LANES):
        is_slipped = work[W_LIMIT_W + j] > 0.0
        work[W_RADIATOR_K + j] = work[W_RADIATOR_K + j] if is_slipped else work[W_FREE_K + j]
        slipped = end_of_plate(par, j, work[W_PLATE_IN + j] + work[W_HEATER_W + j], work[W_RADIATOR_K + j])
        plate = slipped if is_slipped else work[W_PLATE_K + j]
        work[W_PLATE_K + j] = plate
        work[W_DIE_K + j] = end_of_die(par, work, j, work[W_LOAD_W + j], plate)
    return n_failed


@inline
def held(par, work, j):
    """Advance one idle lane by a step with its plate held; return 1 where that is not yet the answer.

    An idle satellite is heated in nearly every step: one solution instead of two. It is not the answer where
    the radiator has not converged, or the heater needed is below zero or more than there is: `mend_idle`
    does the rest.
    """
    plate_in = inflow(par, work, j, 0.0)
    slope, right = held_plate(par, work, j)
    n_open = begin_radiator(par, work, j, slope, right)
    return n_open | lean_on(par, work, j, plate_in)


@inline
def lean_on(par, work, j, plate_in):
    """Set heater and die from the radiator, with the plate held; return 1 where the heater cannot do it."""
    coolant_min = par[P_COOLANT_MIN_K + j]
    heater = holding(par, j, plate_in, work[W_RADIATOR_K + j])
    work[W_HEATER_W + j] = heater
    work[W_PLATE_K + j] = coolant_min
    work[W_DIE_K + j] = end_of_die(par, work, j, 0.0, coolant_min)
    return 0 if (heater > 0.0) & (heater <= par[P_HEATER_MAX_W + j]) else 1


@kernel
def mend_idle(par, work):
    """Finish what `held` has left; return the number of lanes not converged."""
    for j in range(LANES):
        work[W_LOAD_W + j] = 0.0
        work[W_PLATE_IN + j] = inflow(par, work, j, 0.0)
        slope, right = held_plate(par, work, j)
        pose(work, j, slope, right)
    n_failed = finish_radiator(par, work)
    n_other = 0
    for j in range(LANES):
        n_other += lean_on(par, work, j, work[W_PLATE_IN + j])
        work[W_HELD_K + j] = work[W_RADIATOR_K + j]
        work[W_HELD_W + j] = work[W_HEATER_W + j]
    if n_other > 0:
        n_failed += other_idle(par, work)
    return n_failed


@kernel
def other_idle(par, work):
    """Advance the idle lanes that need no heater, or more than there is, by `heat_step`; keep the others."""
    n_failed = heat_step(par, work)
    for j in range(LANES):
        heater = work[W_HELD_W + j]
        is_held = (heater > 0.0) & (heater <= par[P_HEATER_MAX_W + j])
        coolant_min = par[P_COOLANT_MIN_K + j]
        plate = coolant_min if is_held else work[W_PLATE_K + j]
        work[W_PLATE_K + j] = plate
        work[W_HEATER_W + j] = heater if is_held else work[W_HEATER_W + j]
        work[W_RADIATOR_K + j] = work[W_HELD_K + j] if is_held else work[W_RADIATOR_K + j]
        work[W_DIE_K + j] = end_of_die(par, work, j, 0.0, plate)
    return n_failed


@kernel
def largest_load(par, work):
    """Put in `W_LIMIT_W` the load that ends the step with the die exactly at its limit.

    The same chain with the die's end temperature given and its load unknown, so that the limit holds by
    construction. A plate that would be heated is taken at its minimum, which errs on the safe side.
    """
    n_failed = 0
    for j in range(LANES):
        die = par[P_DIE_W_PER_K + j]
        g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
        pump = par[P_PUMP_FRAC + j]
        limit = par[P_DIE_LIMIT_K + j]
        from_die = (1.0 + pump) * par[P_DIE_PLATE_W_PER_K + j]
        plate_sum = par[P_PLATE_W_PER_K + j] + from_die + g_radiator
        plate_in = (
            par[P_PLATE_W_PER_K + j] * work[S_PLATE_K + j]
            + from_die * limit
            + pump * die * (limit - work[S_DIE_K + j])
            + work[W_BUS_HEAT_W + j]
        )
        work[W_PLATE_SUM + j] = plate_sum
        work[W_PLATE_IN + j] = plate_in
        slope = par[P_RADIATOR_W_PER_K + j] + g_radiator - g_radiator * g_radiator / plate_sum
        right = (
            par[P_RADIATOR_W_PER_K + j] * work[S_RADIATOR_K + j]
            + g_radiator * plate_in / plate_sum
            + work[W_ABSORBED_W + j]
        )
        pose(work, j, slope, right)
        n_failed += begin_radiator(par, work, j, slope, right)
    if n_failed > 0:
        n_failed = finish_radiator(par, work)
    for j in range(LANES):
        carried = par[P_PLATE_RADIATOR_W_PER_K + j] * work[W_RADIATOR_K + j]
        plate = (work[W_PLATE_IN + j] + carried) / work[W_PLATE_SUM + j]
        coolant_min = par[P_COOLANT_MIN_K + j]
        plate = plate if plate > coolant_min else coolant_min
        limit = par[P_DIE_LIMIT_K + j]
        stored = par[P_DIE_W_PER_K + j] * (limit - work[S_DIE_K + j])
        load = stored + par[P_DIE_PLATE_W_PER_K + j] * (limit - plate)
        work[W_LIMIT_W + j] = load if load > 0.0 else 0.0
    return n_failed
