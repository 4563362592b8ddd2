"""One satellite's power, battery and heat over a window: supply, plan → envelope or replay, with ledgers.

`envelope` and `replay` advance the same two functions, `thermal.heat_step` and `battery_step`, over time.
Time runs outside, the lanes of a block inside. Arrays over time are (block, step, rows x LANES), the others
(block, rows x LANES); the rows are the offsets below and those of `thermal`. `radio_frac` (block, step,
LANES) is the share of the step spent sending. Series that nobody asks for have room for a single step,
which is written over: what a run needs of them are the sums and extremes made on the way.

Order of who is served: housekeeping, radio, pumps, heaters, battery, then the cards.
"""

import numpy as np

from . import LANES, inline, kernel
from .lanes import folded, highest
from .thermal import (
    D_LEFT_W_PER_J,
    D_LOAD_PER_SPENT,
    D_OVER_CONVERSION,
    D_OVER_DISCHARGE,
    D_OVER_KEPT,
    D_ROOM_W_PER_J,
    N_WORK,
    P_ALIVE_W,
    P_CAPACITY_J,
    P_CHARGE_FRAC,
    P_CONVERSION_FRAC,
    P_COOLANT_MIN_K,
    P_DIE_LIMIT_K,
    P_DIE_W_PER_K,
    P_EMIT_W_PER_K4,
    P_FLOOR_J,
    P_HOUSEKEEPING_W,
    P_PLATE_W_PER_K,
    P_PUMP_FRAC,
    P_RADIATOR_W_PER_K,
    P_RADIO_W,
    P_RATE_W,
    S_DIE_K,
    S_PLATE_K,
    S_RADIATOR_K,
    S_STORED_J,
    W_ABSORBED_W,
    W_BUS_HEAT_W,
    W_DIE_K,
    W_HEATER_W,
    W_LIMIT_W,
    W_LOAD_W,
    W_PLATE_K,
    W_RADIATOR_K,
    heat_step,
    largest_load,
)

# Rows of the supply.
Q_ARRAY_W = 0 * LANES  # array power had it full sunlight, at its terminals
Q_LIGHT_FRAC = 1 * LANES  # visible share of the Sun
Q_ABSORBED_W = 2 * LANES  # heat of the Earth on the radiator
N_SUPPLY = 3

# Rows of the course of a satellite.
C_STORED_J = 0 * LANES
C_DIE_K = 1 * LANES
C_PLATE_K = 2 * LANES
C_RADIATOR_K = 3 * LANES
C_LOAD_W = 4 * LANES  # of the cards
N_COURSE = 5

# Rows of the extremes over time.
E_DIE_MAX_K = 0 * LANES
E_PLATE_MIN_K = 1 * LANES
E_STORED_MIN_J = 2 * LANES
N_EXTREMES = 3

# Rows of the weights with which satellites are added up, and columns of the sums of a block in each step.
G_UNITS = 0 * LANES  # number of units; 0 for a lane without a satellite
G_SHARE = 1 * LANES  # share of all units that compute
G_SHARE_PER_J = 2 * LANES  # the same over the battery's capacity
N_WEIGHTS = 3
T_LOAD_W, T_HEATER_W, T_SOC_FRAC, T_RADIATOR_K, T_DIE_MAX_K = range(5)
N_SUMS = 5

# Rows of the losses of the envelope, and of its sums over slots [W].
X_POWER_W = 0 * LANES
X_ECLIPSE_W = 1 * LANES
X_BATTERY_W = 2 * LANES
X_THERMAL_W = 3 * LANES
N_LOSSES = 4
X_LOAD_W = 4 * LANES  # the load itself, in the sums
N_SLOT_SUMS = 5

# Rows of the ledgers [J].
L_ARRAY_J = 0 * LANES  # energy: in
L_HOUSEKEEPING_J = 1 * LANES  # used
L_RADIO_J = 2 * LANES
L_PUMP_J = 3 * LANES
L_HEATER_J = 4 * LANES
L_COMPUTE_J = 5 * LANES
L_CONVERSION_J = 6 * LANES  # lost
L_BATTERY_J = 7 * LANES
L_SPILLED_J = 8 * LANES  # array power not drawn
L_STORED_J = 9 * LANES  # charge at the end less charge at the start
L_EARTH_J = 10 * LANES  # heat: absorbed by the radiator
L_RADIATED_J = 11 * LANES  # out
L_WARMED_J = 12 * LANES  # stored in die, plate and radiator
N_LEDGER = 13

# Rows of the broken limits: worst excess, and the step of it.
B_DIE_K = 0 * LANES
B_COOLANT_K = 1 * LANES
B_FLOOR_W = 2 * LANES  # demand not met: battery at its floor
B_RATE_W = 3 * LANES  # demand not met: largest discharge power reached
B_STEP = 4 * LANES  # + one of the rows above
N_BROKEN = 8

# Rows of the constant ceilings of a riding load.
H_BATTERY_W = 0 * LANES
H_DIE_W = 1 * LANES
N_CEILINGS = 2

# Rows that `envelope` keeps between its two passes over the lanes.
R_ARRAY_W = 0 * LANES  # array power that reaches the bus
R_LEVEL_W = 1 * LANES  # load before thermal limits
R_HOT = 2 * LANES

SHED, RIDE, DEPLETE = 0, 1, 2


@inline
def charge_power(par, j, stored, spare):
    """Return the power the battery takes from `spare` (>= 0): its C-rate, then the room left in it."""
    room = (par[P_CAPACITY_J + j] - stored) * par[D_ROOM_W_PER_J + j]
    charge = spare if spare < par[P_RATE_W + j] else par[P_RATE_W + j]
    charge = charge if charge < room else room
    return charge if charge > 0.0 else 0.0


@inline
def battery_step(par, j, stored, net, step_s):
    """Advance the charge under `net` bus power; return charge, charging and discharging power."""
    charge = charge_power(par, j, stored, net)
    left = (stored - par[P_FLOOR_J + j]) * par[D_LEFT_W_PER_J + j]
    discharge = -net if -net < par[P_RATE_W + j] else par[P_RATE_W + j]
    discharge = discharge if discharge < left else left
    discharge = discharge if discharge > 0.0 else 0.0
    new = stored + (par[P_CHARGE_FRAC + j] * charge - discharge * par[D_OVER_DISCHARGE + j]) * step_s
    return new, charge, discharge


@inline
def base_power(par, j, radio_frac):
    """Return what the bus draws before heaters and cards: housekeeping, radio, and pumps for their heat."""
    return (par[P_HOUSEKEEPING_W + j] + par[P_RADIO_W + j] * radio_frac) * (1.0 + par[P_PUMP_FRAC + j])


@inline
def most_demand(par, j, load, idle_heater):
    """Return the most that cards, their pumping and the heater draw under any load from 0 to `load`.

    Heat of the cards that reaches the plate spares the heater as much. The coldest satellite there can be
    is the idle one, so the heater needs at most max(0, idle heater - heat arriving); with the cards' own
    power that is convex in the load, and so largest at an end of the range.
    """
    busy = load * (1.0 + par[P_PUMP_FRAC + j])
    heated = load / par[D_OVER_KEPT + j] + idle_heater
    return busy if busy > heated else heated


@inline
def advance(now, work, out, most, j, stored):
    """Carry a lane to the end of the step: its state, its course, and its extremes so far."""
    die = work[W_DIE_K + j]
    plate = work[W_PLATE_K + j]
    now[S_STORED_J + j] = stored
    now[S_DIE_K + j] = die
    now[S_PLATE_K + j] = plate
    now[S_RADIATOR_K + j] = work[W_RADIATOR_K + j]
    out[C_STORED_J + j] = stored
    out[C_DIE_K + j] = die
    out[C_PLATE_K + j] = plate
    out[C_RADIATOR_K + j] = work[W_RADIATOR_K + j]
    out[C_LOAD_W + j] = work[W_LOAD_W + j]
    most[E_DIE_MAX_K + j] = die if die > most[E_DIE_MAX_K + j] else most[E_DIE_MAX_K + j]
    most[E_PLATE_MIN_K + j] = plate if plate < most[E_PLATE_MIN_K + j] else most[E_PLATE_MIN_K + j]
    most[E_STORED_MIN_J + j] = stored if stored < most[E_STORED_MIN_J + j] else most[E_STORED_MIN_J + j]


@kernel
def envelope(
    parameters,
    supply,
    radio_frac,
    idle_heater_w,
    reserve_j,
    ceiling_w,
    policy,
    step_s,
    first,
    last,
    until,
    slot_of_step,
    state,
    load_w,
    lost_w,
    course,
    extremes,
    slots,
):
    """Largest load of the cards, step by step, that keeps every limit whatever part of it is used.

    The heater power set aside is the most that any part of the load may need, and the battery followed is
    the one that pays for it: every plan in [0, 1] of this load is then feasible. The hot chain is followed
    with its own heater. `reserve_j` has one step for all times where nothing is reserved. Sums over the
    steps of each slot go to `slots`, number by number of `slot_of_step`; from step `until` on (block,
    LANES) there is no load and no loss. Writes steps `first` to `last`; returns the number not converged.
    """
    n_failed = 0
    n_reserve = reserve_j.shape[1]
    n_kept = course.shape[1]
    work = np.zeros(N_WORK * LANES)
    scratch = np.zeros(3 * LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        now = state[b]
        end = until[b]
        most = extremes[b]
        ceilings = ceiling_w[b]
        for k in range(first, last):
            given = supply[b, k]
            sending = radio_frac[b, k]
            idle_heater = idle_heater_w[b, k]
            reserve = reserve_j[b, min(k, n_reserve - 1)]
            lost = lost_w[b, min(k, n_kept - 1)]
            out = course[b, min(k, n_kept - 1)]
            for j in range(LANES):
                share = par[D_LOAD_PER_SPENT + j]
                base = base_power(par, j, sending[j])
                in_sun = given[Q_ARRAY_W + j] * par[P_CONVERSION_FRAC + j]
                here = in_sun * given[Q_LIGHT_FRAC + j]
                spare = here - base - idle_heater[j]
                charge = charge_power(par, j, now[S_STORED_J + j], spare if spare > 0.0 else 0.0)
                usable = now[S_STORED_J + j] - par[P_FLOOR_J + j] - reserve[j]
                usable = (usable if usable > 0.0 else 0.0) * par[D_LEFT_W_PER_J + j]
                usable = usable if usable < par[P_RATE_W + j] else par[P_RATE_W + j]
                offered = policy == RIDE or (policy == DEPLETE and given[Q_LIGHT_FRAC + j] < 1.0)
                battery = usable if offered else -charge

                sun_level = (in_sun - base) * share
                sun_level = sun_level if sun_level > 0.0 else 0.0
                alive = par[P_ALIVE_W + j]
                sun_level = sun_level if sun_level < alive else alive
                stored_level = (here - base + battery) * share
                ceiling = ceilings[H_BATTERY_W + j]
                stored_level = stored_level if stored_level < ceiling else ceiling
                stored_level = stored_level if stored_level < sun_level else sun_level
                stored_level = stored_level if stored_level > 0.0 else 0.0
                light_level = (here - base) * share
                light_level = light_level if light_level < sun_level else sun_level
                light_level = light_level if light_level > stored_level else stored_level
                load = (here - base + battery) * share
                heated = (spare + battery) * par[D_OVER_KEPT + j]
                load = load if load < heated else heated
                ceiling = ceilings[H_DIE_W + j]
                load = load if load < ceiling else ceiling
                load = load if load < stored_level else stored_level
                load = load if load > 0.0 else 0.0

                scratch[R_ARRAY_W + j] = here
                scratch[R_LEVEL_W + j] = stored_level
                lost[X_POWER_W + j] = alive - sun_level
                lost[X_ECLIPSE_W + j] = sun_level - light_level
                lost[X_BATTERY_W + j] = light_level - stored_level
                work[W_LOAD_W + j] = load
                work[W_BUS_HEAT_W + j] = base
                work[W_ABSORBED_W + j] = given[Q_ABSORBED_W + j]
            n_failed += heat_step(par, now, work)
            n_hot = 0
            for j in range(LANES):
                is_hot = work[W_DIE_K + j] > par[P_DIE_LIMIT_K + j]
                scratch[R_HOT + j] = 1.0 if is_hot else 0.0
                n_hot += is_hot
            if n_hot > 0:
                n_failed += largest_load(par, now, work)
                for j in range(LANES):
                    load = work[W_LOAD_W + j]
                    limit = work[W_LIMIT_W + j]
                    clipped = limit if limit < load else load
                    work[W_LOAD_W + j] = clipped if scratch[R_HOT + j] > 0.0 else load
                n_failed += heat_step(par, now, work)
            for j in range(LANES):
                load = work[W_LOAD_W + j]
                lost[X_THERMAL_W + j] = scratch[R_LEVEL_W + j] - load
                demand = base_power(par, j, sending[j])
                demand += most_demand(par, j, load, idle_heater[j])
                stored, _, _ = battery_step(
                    par, j, now[S_STORED_J + j], scratch[R_ARRAY_W + j] - demand, step_s
                )
                advance(now, work, out, most, j, stored)
            use = load_w[b, k]
            total = slots[b, slot_of_step[k]]
            for j in range(LANES):
                lives = 1.0 if k < end[j] else 0.0
                use[j] = work[W_LOAD_W + j] * lives
                total[X_LOAD_W + j] += use[j]
            for row in range(N_LOSSES):
                for j in range(LANES):
                    lives = 1.0 if k < end[j] else 0.0
                    lost[row * LANES + j] *= lives
                    total[row * LANES + j] += lost[row * LANES + j]
    return n_failed


@kernel
def replay(
    parameters,
    supply,
    radio_frac,
    most_w,
    idle_frac,
    busy_frac,
    step_s,
    first,
    last,
    state,
    heater_w,
    course,
    ledger,
    broken,
    extremes,
    weights,
    sums,
):
    """Follow power, battery and heat under a part of the largest load; note every limit it breaks.

    `busy_frac` of the cards that `most_w` allows work (one block or all, step, LANES), the others are on
    and idle and draw `idle_frac` (block, LANES). Nothing is clipped: a demand that neither array nor
    battery meets is written down in `broken`, as is a die above or a plate below its limit. Adds to
    `ledger`; weighted sums over the lanes of each block go to `sums` (block, step, N_SUMS), as far as it
    reaches. Returns the number not converged.
    """
    n_failed = 0
    n_most, n_kept, n_heater = most_w.shape[1], course.shape[1], heater_w.shape[1]
    work = np.zeros(N_WORK * LANES)
    lanes = np.empty(LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        now = state[b]
        book = ledger[b]
        worst = broken[b]
        extreme = extremes[b]
        on = idle_frac[b]
        for k in range(first, last):
            given = supply[b, k]
            sending = radio_frac[b, k]
            most = most_w[b, min(k, n_most - 1)]
            busy = busy_frac[min(b, busy_frac.shape[0] - 1), min(k, busy_frac.shape[1] - 1)]
            heated = heater_w[b, min(k, n_heater - 1)]
            out = course[b, min(k, n_kept - 1)]
            for j in range(LANES):
                work[W_LOAD_W + j] = most[j] * (on[j] + (1.0 - on[j]) * busy[j])
                work[W_BUS_HEAT_W + j] = base_power(par, j, sending[j])
                work[W_ABSORBED_W + j] = given[Q_ABSORBED_W + j]
            n_failed += heat_step(par, now, work)
            for j in range(LANES):
                load = work[W_LOAD_W + j]
                conversion = par[P_CONVERSION_FRAC + j]
                array = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j]
                housekeeping = par[P_HOUSEKEEPING_W + j]
                talking = par[P_RADIO_W + j] * sending[j]
                pumping = par[P_PUMP_FRAC + j] * (housekeeping + talking + load)
                heater = work[W_HEATER_W + j]
                demand = housekeeping + talking + pumping + heater + load
                was = now[S_STORED_J + j]
                stored, charge, discharge = battery_step(par, j, was, array * conversion - demand, step_s)
                drawn = (demand + charge - discharge) * par[D_OVER_CONVERSION + j]
                drawn = drawn if drawn < array else array
                unmet = demand + charge - discharge - array * conversion
                unmet = unmet if unmet > 0.0 else 0.0
                at_rate = discharge >= par[P_RATE_W + j]

                book[L_ARRAY_J + j] += array * step_s
                book[L_HOUSEKEEPING_J + j] += housekeeping * step_s
                book[L_RADIO_J + j] += talking * step_s
                book[L_PUMP_J + j] += pumping * step_s
                book[L_HEATER_J + j] += heater * step_s
                book[L_COMPUTE_J + j] += load * step_s
                book[L_CONVERSION_J + j] += drawn * (1.0 - conversion) * step_s
                book[L_BATTERY_J + j] += (
                    charge * (1.0 - par[P_CHARGE_FRAC + j]) + discharge * (par[D_OVER_DISCHARGE + j] - 1.0)
                ) * step_s
                book[L_SPILLED_J + j] += (array - drawn) * step_s
                book[L_STORED_J + j] += stored - was
                die = work[W_DIE_K + j]
                plate = work[W_PLATE_K + j]
                radiator = work[W_RADIATOR_K + j]
                book[L_EARTH_J + j] += given[Q_ABSORBED_W + j] * step_s
                book[L_RADIATED_J + j] += (
                    par[P_EMIT_W_PER_K4 + j] * radiator * radiator * radiator * radiator * step_s
                )
                book[L_WARMED_J + j] += (
                    par[P_DIE_W_PER_K + j] * (die - now[S_DIE_K + j])
                    + par[P_PLATE_W_PER_K + j] * (plate - now[S_PLATE_K + j])
                    + par[P_RADIATOR_W_PER_K + j] * (radiator - now[S_RADIATOR_K + j])
                ) * step_s

                note(worst, B_DIE_K, j, k, die - par[P_DIE_LIMIT_K + j])
                note(worst, B_COOLANT_K, j, k, par[P_COOLANT_MIN_K + j] - plate)
                note(worst, B_FLOOR_W, j, k, 0.0 if at_rate else unmet)
                note(worst, B_RATE_W, j, k, unmet if at_rate else 0.0)
                heated[j] = heater
                advance(now, work, out, extreme, j, stored)
            if k < sums.shape[1]:
                add_up(weights[b], out, heated, lanes, sums[b, k])
    return n_failed


@inline
def add_up(weight, out, heated, lanes, sums):
    """Fill the sums of one block in one step."""
    for j in range(LANES):
        lanes[j] = weight[G_UNITS + j] * out[C_LOAD_W + j]
    sums[T_LOAD_W] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_UNITS + j] * heated[j]
    sums[T_HEATER_W] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_SHARE_PER_J + j] * out[C_STORED_J + j]
    sums[T_SOC_FRAC] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_SHARE + j] * out[C_RADIATOR_K + j]
    sums[T_RADIATOR_K] = folded(lanes)
    for j in range(LANES):
        lanes[j] = out[C_DIE_K + j] if weight[G_SHARE + j] > 0.0 else 0.0
    sums[T_DIE_MAX_K] = highest(lanes)


@inline
def note(worst, row, j, k, excess):
    """Keep the largest excess over a limit and the step it happened in."""
    is_worse = excess > worst[row + j]
    worst[row + j] = excess if is_worse else worst[row + j]
    worst[B_STEP + row + j] = k if is_worse else worst[B_STEP + row + j]


@kernel
def swings(series, least, n_swings, sum_frac):
    """Count falls of at least `least` that are followed by a rise as large; series (s, t), lanes not needed.

    Adds up the depth of each fall in `sum_frac` (s,).
    """
    for s in range(series.shape[0]):
        high = series[s, 0]
        low = high
        is_falling = False
        for k in range(1, series.shape[1]):
            value = series[s, k]
            if is_falling:
                if value < low:
                    low = value
                elif value - low >= least:
                    n_swings[s] += 1
                    sum_frac[s] += high - low
                    is_falling = False
                    high = value
            elif value > high:
                high = value
            elif high - value >= least:
                is_falling = True
                low = value
