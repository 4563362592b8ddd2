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

# Rows of the state.
S_DIE_K = 0 * LANES
S_PLATE_K = 1 * LANES
S_RADIATOR_K = 2 * LANES
S_STORED_J = 3 * LANES
N_STATES = 4

# Rows of the work space: in, out, inner.
W_LOAD_W = 0 * LANES  # in: power of the cards
W_BUS_HEAT_W = 1 * LANES  # in: electric power that ends in the plate, without heater and pumps for the cards
W_ABSORBED_W = 2 * LANES  # in: heat of the Earth on the radiator
W_DIE_K = 3 * LANES  # out
W_PLATE_K = 4 * LANES  # out
W_RADIATOR_K = 5 * LANES  # out
W_HEATER_W = 6 * LANES  # out
W_LIMIT_W = 7 * LANES  # out of `largest_load`
W_SLOPE = 8 * LANES
W_RIGHT = 9 * LANES
W_PLATE_IN = 10 * LANES
W_PLATE_SUM = 11 * LANES
W_OPEN = 12 * LANES
N_WORK = 13

CONVERGED_K = 3e-3
"""Last step of the iteration; the error left is 1.25 times its cube over T squared, 4e-12 K at 100 K."""

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
def radiator_step(par, j, slope, right, t):
    """Return Halley's step for `slope T + emit T^4 = right` at T = t, to be taken off."""
    emit_t2 = par[P_EMIT_W_PER_K4 + j] * t * t
    emit_t3 = emit_t2 * t
    miss = t * (slope + emit_t3) - right
    rate = slope + 4.0 * emit_t3
    return miss * rate / (rate * rate - 6.0 * miss * emit_t2)


@kernel
def solve_radiator(par, work):
    """Solve `slope T + emit T^4 = right` in the lanes that are open; return the number not converged."""
    for _ in range(MOST_ITERATIONS):
        n_open = 0
        for j in range(LANES):
            t = work[W_RADIATOR_K + j]
            is_open = work[W_OPEN + j]
            step = radiator_step(par, j, work[W_SLOPE + j], work[W_RIGHT + j], t)
            work[W_RADIATOR_K + j] = t - step if is_open > 0.0 else t
            still = is_open if math.fabs(step) > CONVERGED_K else 0.0
            work[W_OPEN + j] = still
            n_open += still > 0.0
        if n_open == 0:
            break
    return n_open


@kernel
def heat_step(par, state, work):
    """Advance the chain by one step under the loads in `work`; hold the plate with the heater.

    First without heater; where the plate ends below its minimum, the heater power that holds it there
    follows from the balance with the plate fixed, and is capped.
    """
    n_failed = 0
    for j in range(LANES):
        load = work[W_LOAD_W + j]
        plate_in = (
            par[P_PLATE_W_PER_K + j] * state[S_PLATE_K + j]
            + par[D_THROUGH_FRAC + j] * (par[P_DIE_W_PER_K + j] * state[S_DIE_K + j] + load)
            + par[P_PUMP_FRAC + j] * load
            + work[W_BUS_HEAT_W + j]
        )
        t = state[S_RADIATOR_K + j]
        right = (
            par[P_RADIATOR_W_PER_K + j] * t
            + par[P_PLATE_RADIATOR_W_PER_K + j] * plate_in * par[D_PLATE_K_PER_W + j]
            + work[W_ABSORBED_W + j]
        )
        slope = par[D_SLOPE_W_PER_K + j]
        step = radiator_step(par, j, slope, right, t)
        still = 1.0 if math.fabs(step) > CONVERGED_K else 0.0
        work[W_PLATE_IN + j] = plate_in
        work[W_SLOPE + j] = slope
        work[W_RIGHT + j] = right
        work[W_RADIATOR_K + j] = t - step
        work[W_OPEN + j] = still
        n_failed += still > 0.0
    if n_failed > 0:
        n_failed = solve_radiator(par, work)
    n_cold = 0
    for j in range(LANES):
        carried = par[P_PLATE_RADIATOR_W_PER_K + j] * work[W_RADIATOR_K + j]
        plate = (work[W_PLATE_IN + j] + carried) * par[D_PLATE_K_PER_W + j]
        work[W_PLATE_K + j] = plate
        work[W_HEATER_W + j] = 0.0
        work[W_DIE_K + j] = end_of_die(par, j, state, work[W_LOAD_W + j], plate)
        n_cold += plate < par[P_COOLANT_MIN_K + j]
    if n_cold > 0:
        n_failed += hold_plate(par, state, work)
        for j in range(LANES):
            work[W_DIE_K + j] = end_of_die(par, j, state, work[W_LOAD_W + j], work[W_PLATE_K + j])
    return n_failed


@inline
def end_of_die(par, j, state, load, plate):
    """Return the die's temperature at the end of the step, given the plate's."""
    heat = par[P_DIE_W_PER_K + j] * state[S_DIE_K + j] + load + par[P_DIE_PLATE_W_PER_K + j] * plate
    return heat * par[D_DIE_K_PER_W + j]


@kernel
def hold_plate(par, state, work):
    """Heat the lanes whose plate is too cold: power from the balance with the plate at its minimum."""
    for j in range(LANES):
        g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
        coolant_min = par[P_COOLANT_MIN_K + j]
        is_cold = 1.0 if work[W_PLATE_K + j] < coolant_min else 0.0
        work[W_OPEN + j] = is_cold
        work[W_SLOPE + j] = par[P_RADIATOR_W_PER_K + j] + g_radiator
        work[W_RIGHT + j] = (
            par[P_RADIATOR_W_PER_K + j] * state[S_RADIATOR_K + j]
            + g_radiator * coolant_min
            + work[W_ABSORBED_W + j]
        )
    n_failed = solve_radiator(par, work)
    n_capped = 0
    for j in range(LANES):
        g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
        coolant_min = par[P_COOLANT_MIN_K + j]
        heater_max = par[P_HEATER_MAX_W + j]
        is_cold = work[W_PLATE_K + j] < coolant_min
        needed = (
            coolant_min * par[D_PLATE_W_PER_K + j]
            - work[W_PLATE_IN + j]
            - g_radiator * work[W_RADIATOR_K + j]
        )
        is_capped = is_cold and needed > heater_max
        heater = heater_max if is_capped else needed
        work[W_HEATER_W + j] = heater if is_cold and heater > 0.0 else 0.0
        work[W_PLATE_K + j] = coolant_min if is_cold and not is_capped else work[W_PLATE_K + j]
        work[W_OPEN + j] = 1.0 if is_capped else 0.0
        n_capped += is_capped
    if n_capped > 0:  # the plate slips below its minimum: solve these lanes again with all the heater has
        for j in range(LANES):
            plate_in = work[W_PLATE_IN + j] + work[W_HEATER_W + j]
            work[W_SLOPE + j] = par[D_SLOPE_W_PER_K + j]
            work[W_RIGHT + j] = (
                par[P_RADIATOR_W_PER_K + j] * state[S_RADIATOR_K + j]
                + par[P_PLATE_RADIATOR_W_PER_K + j] * plate_in * par[D_PLATE_K_PER_W + j]
                + work[W_ABSORBED_W + j]
            )
            # A lane in need of all its heater is marked by being open: keep the mark across the solution.
            work[W_LIMIT_W + j] = work[W_OPEN + j]
        n_failed += solve_radiator(par, work)
        for j in range(LANES):
            slipped = (
                work[W_PLATE_IN + j]
                + work[W_HEATER_W + j]
                + par[P_PLATE_RADIATOR_W_PER_K + j] * work[W_RADIATOR_K + j]
            ) * par[D_PLATE_K_PER_W + j]
            work[W_PLATE_K + j] = slipped if work[W_LIMIT_W + j] > 0.0 else work[W_PLATE_K + j]
    return n_failed


@kernel
def largest_load(par, state, work):
    """Put in `W_LIMIT_W` the load that ends the step with the die exactly at its limit.

    The same chain with the die's end temperature given and its load unknown, so that the limit holds by
    construction. A plate that would be heated is taken at its minimum, which errs on the safe side.
    """
    for j in range(LANES):
        die = par[P_DIE_W_PER_K + j]
        g_radiator = par[P_PLATE_RADIATOR_W_PER_K + j]
        pump = par[P_PUMP_FRAC + j]
        limit = par[P_DIE_LIMIT_K + j]
        from_die = (1.0 + pump) * par[P_DIE_PLATE_W_PER_K + j]
        plate_sum = par[P_PLATE_W_PER_K + j] + from_die + g_radiator
        plate_in = (
            par[P_PLATE_W_PER_K + j] * state[S_PLATE_K + j]
            + from_die * limit
            + pump * die * (limit - state[S_DIE_K + j])
            + work[W_BUS_HEAT_W + j]
        )
        work[W_PLATE_SUM + j] = plate_sum
        work[W_PLATE_IN + j] = plate_in
        work[W_SLOPE + j] = par[P_RADIATOR_W_PER_K + j] + g_radiator - g_radiator * g_radiator / plate_sum
        work[W_RIGHT + j] = (
            par[P_RADIATOR_W_PER_K + j] * state[S_RADIATOR_K + j]
            + g_radiator * plate_in / plate_sum
            + work[W_ABSORBED_W + j]
        )
        work[W_RADIATOR_K + j] = state[S_RADIATOR_K + j]
        work[W_OPEN + j] = 1.0
    n_failed = solve_radiator(par, work)
    for j in range(LANES):
        plate = (work[W_PLATE_IN + j] + par[P_PLATE_RADIATOR_W_PER_K + j] * work[W_RADIATOR_K + j]) / work[
            W_PLATE_SUM + j
        ]
        coolant_min = par[P_COOLANT_MIN_K + j]
        plate = plate if plate > coolant_min else coolant_min
        limit = par[P_DIE_LIMIT_K + j]
        load = par[P_DIE_W_PER_K + j] * (limit - state[S_DIE_K + j]) + par[P_DIE_PLATE_W_PER_K + j] * (
            limit - plate
        )
        work[W_LIMIT_W + j] = load if load > 0.0 else 0.0
    return n_failed
