"""One satellite's power, battery and heat over a window: supply, plan → envelope or replay, with ledgers.

`envelope` and `replay` advance the same two functions, `thermal.heat_step` and `battery_step`, over time.
Time runs outside, the lanes of a block inside. Arrays over time are (block, step, rows x LANES), the others
(block, rows x LANES); the rows are the offsets below and those of `thermal`.

Order of who is served: housekeeping, radio, pumps, heaters, battery, then the cards.
"""

import numpy as np

from . import LANES, inline, kernel
from .thermal import (
    N_WORK,
    P_ALIVE_W,
    P_CAPACITY_J,
    P_CHARGE_FRAC,
    P_CONVERSION_FRAC,
    P_COOLANT_MIN_K,
    P_DIE_LIMIT_K,
    P_DIE_PLATE_W_PER_K,
    P_DIE_W_PER_K,
    P_DISCHARGE_FRAC,
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

# Rows of the supply, one flat row of 4 x LANES per step.
Q_ARRAY_W = 0 * LANES  # array power had it full sunlight, at its terminals
Q_LIGHT_FRAC = 1 * LANES  # visible share of the Sun
Q_ABSORBED_W = 2 * LANES  # heat of the Earth on the radiator
Q_RADIO_FRAC = 3 * LANES  # share of the step spent sending
N_SUPPLY = 4

# Rows of the course of a satellite.
C_STORED_J = 0 * LANES
C_DIE_K = 1 * LANES
C_PLATE_K = 2 * LANES
C_RADIATOR_K = 3 * LANES
C_HEATER_W = 4 * LANES
N_COURSE = 5

# Rows of the losses of the envelope [W].
X_POWER_W = 0 * LANES
X_ECLIPSE_W = 1 * LANES
X_BATTERY_W = 2 * LANES
X_THERMAL_W = 3 * LANES
N_LOSSES = 4

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
def charge_power(par, j, stored, spare, step_s):
    """Return the power the battery takes from `spare` (>= 0): its C-rate, then the room left in it."""
    room = (par[P_CAPACITY_J + j] - stored) / (par[P_CHARGE_FRAC + j] * step_s)
    charge = spare if spare < par[P_RATE_W + j] else par[P_RATE_W + j]
    charge = charge if charge < room else room
    return charge if charge > 0.0 else 0.0


@inline
def battery_step(par, j, stored, net, step_s):
    """Advance the charge under `net` bus power; return charge, charging and discharging power."""
    charge = charge_power(par, j, stored, net, step_s)
    left = (stored - par[P_FLOOR_J + j]) * par[P_DISCHARGE_FRAC + j] / step_s
    discharge = -net if -net < par[P_RATE_W + j] else par[P_RATE_W + j]
    discharge = discharge if discharge < left else left
    discharge = discharge if discharge > 0.0 else 0.0
    new = stored + (par[P_CHARGE_FRAC + j] * charge - discharge / par[P_DISCHARGE_FRAC + j]) * step_s
    return new, charge, discharge


@inline
def base_power(par, j, radio_frac):
    """Return what the bus draws before heaters and cards: housekeeping, radio, and pumps for their heat."""
    return (par[P_HOUSEKEEPING_W + j] + par[P_RADIO_W + j] * radio_frac) * (1.0 + par[P_PUMP_FRAC + j])


@inline
def kept_frac(par, j):
    """Return the share of a card's heat that the die keeps during the step: it spares the heater nothing."""
    return par[P_DIE_W_PER_K + j] / (par[P_DIE_W_PER_K + j] + par[P_DIE_PLATE_W_PER_K + j])


@inline
def most_demand(par, j, load, idle_heater):
    """Return the most that cards, their pumping and the heater draw under any load from 0 to `load`.

    Heat of the cards that reaches the plate spares the heater as much. The coldest satellite there can be
    is the idle one, so the heater needs at most max(0, idle heater - heat arriving); with the cards' own
    power that is convex in the load, and so largest at an end of the range.
    """
    busy = load * (1.0 + par[P_PUMP_FRAC + j])
    heated = load * kept_frac(par, j) + idle_heater
    return busy if busy > heated else heated


@kernel
def envelope(
    parameters,
    supply,
    idle_heater_w,
    reserve_j,
    ceiling_w,
    policy,
    step_s,
    first,
    last,
    state,
    load_w,
    lost_w,
    course,
):
    """Largest load of the cards, step by step, that keeps every limit whatever part of it is used.

    The heater power set aside is the most that any part of the load may need, and the battery followed is
    the one that pays for it: every plan in [0, 1] of this load is then feasible. The hot chain is followed
    with its own heater. Writes steps `first` to `last`; returns the number not converged.
    """
    n_failed = 0
    work = np.zeros(N_WORK * LANES)
    scratch = np.zeros(3 * LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        now = state[b]
        ceilings = ceiling_w[b]
        for k in range(first, last):
            given = supply[b, k]
            idle_heater = idle_heater_w[b, k]
            reserve = reserve_j[b, k]
            lost = lost_w[b, k]
            out = course[b, k]
            for j in range(LANES):
                share = 1.0 / (1.0 + par[P_PUMP_FRAC + j])  # of a watt spent on cards and on pumping its heat
                base = base_power(par, j, given[Q_RADIO_FRAC + j])
                in_sun = given[Q_ARRAY_W + j] * par[P_CONVERSION_FRAC + j]
                here = in_sun * given[Q_LIGHT_FRAC + j]
                spare = here - base - idle_heater[j]
                charge = charge_power(par, j, now[S_STORED_J + j], spare if spare > 0.0 else 0.0, step_s)
                usable = now[S_STORED_J + j] - par[P_FLOOR_J + j] - reserve[j]
                usable = (usable if usable > 0.0 else 0.0) * par[P_DISCHARGE_FRAC + j] / step_s
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
                heated = (spare + battery) / kept_frac(par, j)
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
            use = load_w[b, k]
            for j in range(LANES):
                load = work[W_LOAD_W + j]
                demand = base_power(par, j, given[Q_RADIO_FRAC + j])
                demand += most_demand(par, j, load, idle_heater[j])
                stored, _, _ = battery_step(
                    par, j, now[S_STORED_J + j], scratch[R_ARRAY_W + j] - demand, step_s
                )
                now[S_STORED_J + j] = stored
                now[S_DIE_K + j] = work[W_DIE_K + j]
                now[S_PLATE_K + j] = work[W_PLATE_K + j]
                now[S_RADIATOR_K + j] = work[W_RADIATOR_K + j]
                use[j] = load
                lost[X_THERMAL_W + j] = scratch[R_LEVEL_W + j] - load
                out[C_STORED_J + j] = stored
                out[C_DIE_K + j] = work[W_DIE_K + j]
                out[C_PLATE_K + j] = work[W_PLATE_K + j]
                out[C_RADIATOR_K + j] = work[W_RADIATOR_K + j]
                out[C_HEATER_W + j] = work[W_HEATER_W + j]
    return n_failed


@kernel
def replay(parameters, supply, load_w, step_s, first, last, state, course, ledger, broken):
    """Follow power, battery and heat under a given load of the cards; note every limit it breaks.

    Nothing is clipped: a demand that neither array nor battery meets is written down in `broken`, as is a
    die above or a plate below its limit. Adds to `ledger`; returns the number not converged.
    """
    n_failed = 0
    work = np.zeros(N_WORK * LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        now = state[b]
        book = ledger[b]
        worst = broken[b]
        for k in range(first, last):
            given = supply[b, k]
            load = load_w[b, k]
            out = course[b, k]
            for j in range(LANES):
                work[W_LOAD_W + j] = load[j]
                work[W_BUS_HEAT_W + j] = base_power(par, j, given[Q_RADIO_FRAC + j])
                work[W_ABSORBED_W + j] = given[Q_ABSORBED_W + j]
            n_failed += heat_step(par, now, work)
            for j in range(LANES):
                conversion = par[P_CONVERSION_FRAC + j]
                array = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j]
                housekeeping = par[P_HOUSEKEEPING_W + j]
                talking = par[P_RADIO_W + j] * given[Q_RADIO_FRAC + j]
                pumping = par[P_PUMP_FRAC + j] * (housekeeping + talking + load[j])
                heater = work[W_HEATER_W + j]
                demand = housekeeping + talking + pumping + heater + load[j]
                was = now[S_STORED_J + j]
                stored, charge, discharge = battery_step(par, j, was, array * conversion - demand, step_s)
                drawn = (demand + charge - discharge) / conversion
                drawn = drawn if drawn < array else array
                unmet = demand + charge - discharge - array * conversion
                unmet = unmet if unmet > 0.0 else 0.0
                at_rate = discharge >= par[P_RATE_W + j]

                book[L_ARRAY_J + j] += array * step_s
                book[L_HOUSEKEEPING_J + j] += housekeeping * step_s
                book[L_RADIO_J + j] += talking * step_s
                book[L_PUMP_J + j] += pumping * step_s
                book[L_HEATER_J + j] += heater * step_s
                book[L_COMPUTE_J + j] += load[j] * step_s
                book[L_CONVERSION_J + j] += drawn * (1.0 - conversion) * step_s
                book[L_BATTERY_J + j] += (
                    charge * (1.0 - par[P_CHARGE_FRAC + j])
                    + discharge * (1.0 / par[P_DISCHARGE_FRAC + j] - 1.0)
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
                now[S_STORED_J + j] = stored
                now[S_DIE_K + j] = die
                now[S_PLATE_K + j] = plate
                now[S_RADIATOR_K + j] = radiator
                out[C_STORED_J + j] = stored
                out[C_DIE_K + j] = die
                out[C_PLATE_K + j] = plate
                out[C_RADIATOR_K + j] = radiator
                out[C_HEATER_W + j] = heater
    return n_failed


@inline
def note(worst, row, j, k, excess):
    """Keep the largest excess over a limit and the step it happened in."""
    is_worse = excess > worst[row + j]
    worst[row + j] = excess if is_worse else worst[row + j]
    worst[B_STEP + row + j] = k if is_worse else worst[B_STEP + row + j]


@kernel
def reserves(parameters, supply, idle_heater_w, step_s, after_j, reserve_j):
    """Charge above the floor that the idle satellite needs after each step to come through the dark ahead.

    Backwards in time from `after_j` (block, LANES), what is needed behind the last step; holds what is
    needed before the first one on return.
    """
    for b in range(parameters.shape[0]):
        par = parameters[b]
        after = after_j[b]
        for k in range(supply.shape[1] - 1, -1, -1):
            given = supply[b, k]
            idle_heater = idle_heater_w[b, k]
            out = reserve_j[b, k]
            for j in range(LANES):
                out[j] = after[j]
                here = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j] * par[P_CONVERSION_FRAC + j]
                net = here - base_power(par, j, given[Q_RADIO_FRAC + j]) - idle_heater[j]
                gain = net if net < par[P_RATE_W + j] else par[P_RATE_W + j]
                change = gain * par[P_CHARGE_FRAC + j] if net > 0.0 else net / par[P_DISCHARGE_FRAC + j]
                need = after[j] - change * step_s
                after[j] = need if need > 0.0 else 0.0


@kernel
def ride(parameters, supply, idle_heater_w, load_w, step_s, first, last, stored_j, highest_j, unmet_w):
    """Follow the battery under a constant load per lane (block, LANES), idle heater included.

    Notes the largest demand not met, and the highest charge before and after the middle of the span
    (`highest_j`, (block, 2 x LANES)): a battery that loses from orbit to orbit shows there.
    """
    middle = first + (last - first) // 2
    for b in range(parameters.shape[0]):
        par = parameters[b]
        stored = stored_j[b]
        highest = highest_j[b]
        unmet = unmet_w[b]
        load = load_w[b]
        for k in range(first, last):
            given = supply[b, k]
            idle_heater = idle_heater_w[b, k]
            half = 0 if k < middle else LANES
            for j in range(LANES):
                demand = base_power(par, j, given[Q_RADIO_FRAC + j])
                demand += most_demand(par, j, load[j], idle_heater[j])
                net = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j] * par[P_CONVERSION_FRAC + j] - demand
                new, _, discharge = battery_step(par, j, stored[j], net, step_s)
                missing = -net - discharge
                unmet[j] = missing if missing > unmet[j] else unmet[j]
                highest[half + j] = new if new > highest[half + j] else highest[half + j]
                stored[j] = new


@kernel
def hottest(parameters, supply, load_w, first, last, state, die_k):
    """Follow the heat chain under a constant load per lane and keep the hottest die.

    Returns the number not converged.
    """
    n_failed = 0
    work = np.zeros(N_WORK * LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        now = state[b]
        load = load_w[b]
        hot = die_k[b]
        for k in range(first, last):
            given = supply[b, k]
            for j in range(LANES):
                work[W_LOAD_W + j] = load[j]
                work[W_BUS_HEAT_W + j] = base_power(par, j, given[Q_RADIO_FRAC + j])
                work[W_ABSORBED_W + j] = given[Q_ABSORBED_W + j]
            n_failed += heat_step(par, now, work)
            for j in range(LANES):
                die = work[W_DIE_K + j]
                hot[j] = die if die > hot[j] else hot[j]
                now[S_DIE_K + j] = die
                now[S_PLATE_K + j] = work[W_PLATE_K + j]
                now[S_RADIATOR_K + j] = work[W_RADIATOR_K + j]
    return n_failed


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
