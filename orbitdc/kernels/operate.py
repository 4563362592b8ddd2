"""One satellite's power, battery and heat over a window: supply → idle course and envelope of the load.

`idle`, `envelope` and `replay.replay` advance the same two, the heat of `thermal` and `battery_step`, over
time. Time runs outside, the lanes of a block inside. Arrays over time are (block, step, rows x LANES), the
others (block, rows x LANES); the rows are the offsets below and those of `thermal`. `radio_frac` (block,
step, LANES) is the share of the step spent sending.

All that a block works with lies in one flat array, `work`, in rows that begin where the compiler knows
(benchmarks/decisions/007). Series leave it by plain copies, and only where the array given for them has a
place for every step: what a run needs of them are the sums and extremes made on the way.

Order of who is served: housekeeping, radio, pumps, heaters, battery, then the cards.
"""

from . import LANES, inline, kernel
from .lanes import blank, lined_up
from .thermal import (
    D_LEFT_W_PER_J,
    D_LOAD_PER_SPENT,
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
    P_FLOOR_J,
    P_HOUSEKEEPING_W,
    P_PUMP_FRAC,
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
    held,
    largest_load,
    mend,
    mend_idle,
    unheated,
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

# Rows of the work space of a block, behind those of `thermal`.
A_ARRAY_W = (N_WORK + 0) * LANES  # what reaches the block in a step: array power in the light there is
A_SENDING_FRAC = (N_WORK + 1) * LANES
A_IDLE_HEATER_W = (N_WORK + 2) * LANES
A_RESERVE_J = (N_WORK + 3) * LANES
A_MOST_W = (N_WORK + 4) * LANES
A_UNTIL = (N_WORK + 5) * LANES
A_BATTERY_MOST_W = (N_WORK + 6) * LANES  # ceilings of a riding load
A_DIE_MOST_W = (N_WORK + 7) * LANES
A_ON_FRAC = (N_WORK + 8) * LANES
R_LEVEL_W = (N_WORK + 9) * LANES  # load before thermal limits
R_HOT = (N_WORK + 10) * LANES
R_STORED_J = (N_WORK + 11) * LANES  # at the end of the step
R_UNMET_W = (N_WORK + 12) * LANES  # demand that neither array nor battery meets
R_AT_RATE = (N_WORK + 13) * LANES  # 1 where the battery gives all its rate allows
K_LOSSES = (N_WORK + 14) * LANES  # then rows kept over a span
K_SLOT_SUMS = K_LOSSES + N_LOSSES * LANES
K_EXTREMES = K_SLOT_SUMS + N_SLOT_SUMS * LANES
K_LEDGER = K_EXTREMES + N_EXTREMES * LANES
K_BROKEN = K_LEDGER + N_LEDGER * LANES
N_SPACE = K_BROKEN + N_BROKEN * LANES

ROUNDING = 1e-7
"""Excess [K, W] up to which a limit counts as held: less is rounding of the balance."""

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


@kernel
def put(work, at, row):
    """Copy one row or several, side by side, into the work space."""
    for i in range(row.shape[0]):
        work[at + i] = row[i]


@kernel
def take(work, at, row):
    """Copy one row or several, side by side, out of the work space."""
    for i in range(row.shape[0]):
        row[i] = work[at + i]


@inline
def put_step(work, at, series, k):
    """Copy step `k` of a series (t, LANES) into the work space."""
    for j in range(LANES):
        work[at + j] = series[k, j]


@inline
def take_step(work, at, series, k):
    """Copy step `k` of a series (t, LANES) out of the work space."""
    for j in range(LANES):
        series[k, j] = work[at + j]


@inline
def receive(par, work, supply, radio_frac, k, j):
    """Take in what reaches one lane in step `k`, and what its bus then draws and heats.

    Returns the array's power in full sunlight, and the light there is.
    """
    in_sun = supply[k, Q_ARRAY_W + j]
    light = supply[k, Q_LIGHT_FRAC + j]
    work[W_ABSORBED_W + j] = supply[k, Q_ABSORBED_W + j]
    work[W_BUS_HEAT_W + j] = base_power(par, j, radio_frac[k, j])
    work[A_ARRAY_W + j] = in_sun * light
    return in_sun, light


@inline
def settle(work, j, stored):
    """Carry one lane to the end of the step, and its charge with it."""
    work[S_STORED_J + j] = stored
    work[S_DIE_K + j] = work[W_DIE_K + j]
    work[S_PLATE_K + j] = work[W_PLATE_K + j]
    work[S_RADIATOR_K + j] = work[W_RADIATOR_K + j]


@inline
def mark(work, j):
    """Carry the extremes of one lane along."""
    die, plate, stored = work[S_DIE_K + j], work[S_PLATE_K + j], work[S_STORED_J + j]
    most, least = work[K_EXTREMES + E_DIE_MAX_K + j], work[K_EXTREMES + E_PLATE_MIN_K + j]
    work[K_EXTREMES + E_DIE_MAX_K + j] = die if die > most else most
    work[K_EXTREMES + E_PLATE_MIN_K + j] = plate if plate < least else least
    least = work[K_EXTREMES + E_STORED_MIN_J + j]
    work[K_EXTREMES + E_STORED_MIN_J + j] = stored if stored < least else least


@inline
def show(work, out):
    """Copy the course of a step out of the work space."""
    for j in range(LANES):
        out[C_STORED_J + j] = work[S_STORED_J + j]
        out[C_DIE_K + j] = work[S_DIE_K + j]
        out[C_PLATE_K + j] = work[S_PLATE_K + j]
        out[C_RADIATOR_K + j] = work[S_RADIATOR_K + j]
        out[C_LOAD_W + j] = work[W_LOAD_W + j]


@inline
def is_over(par, work, j):
    """Return 1 where a lane breaks a limit in this step."""
    is_hot = work[W_DIE_K + j] - par[P_DIE_LIMIT_K + j] > ROUNDING
    is_cold = par[P_COOLANT_MIN_K + j] - work[W_PLATE_K + j] > ROUNDING
    return 1 if is_hot | is_cold | (work[R_UNMET_W + j] > ROUNDING) else 0


@kernel
def note(par, work, k):
    """Keep the largest excess over each limit and the step it happened in."""
    for j in range(LANES):
        unmet = work[R_UNMET_W + j]
        at_rate = work[R_AT_RATE + j] > 0.0
        keep(work, K_BROKEN + B_DIE_K, j, k, work[W_DIE_K + j] - par[P_DIE_LIMIT_K + j])
        keep(work, K_BROKEN + B_COOLANT_K, j, k, par[P_COOLANT_MIN_K + j] - work[W_PLATE_K + j])
        keep(work, K_BROKEN + B_FLOOR_W, j, k, 0.0 if at_rate else unmet)
        keep(work, K_BROKEN + B_RATE_W, j, k, unmet if at_rate else 0.0)


@inline
def keep(work, row, j, k, excess):
    """Keep an excess and its step if it is the largest so far."""
    is_worse = excess > work[row + j]
    work[row + j] = excess if is_worse else work[row + j]
    work[B_STEP + row + j] = k if is_worse else work[B_STEP + row + j]


@kernel
def idle(parameters, supply, radio_frac, step_s, first, last, state, heater_w, broken):
    """Follow the satellites with all cards off; note the heater they need and every limit they break.

    Fills `heater_w` (block, step, LANES) and adds to `broken`; returns the number not converged.
    """
    n_failed = 0
    work = blank(N_SPACE // LANES)
    work[:] = 0.0
    for b in range(parameters.shape[0]):
        n_failed += idle_block(
            lined_up(parameters[b]), supply[b], radio_frac[b], step_s, first, last, state[b], heater_w[b],
            broken[b], work,
        )  # fmt: skip
    return n_failed


@inline
def rest(par, work, step_s, j):
    """Pay for housekeeping and heater from array and battery; carry the idle lane to the step's end."""
    demand = work[W_BUS_HEAT_W + j] + work[W_HEATER_W + j]
    here = work[A_ARRAY_W + j] * par[P_CONVERSION_FRAC + j]
    stored, charge, discharge = battery_step(par, j, work[S_STORED_J + j], here - demand, step_s)
    work[R_UNMET_W + j] = demand + charge - discharge - here
    work[R_AT_RATE + j] = 1.0 if discharge >= par[P_RATE_W + j] else 0.0
    settle(work, j, stored)


@kernel
def idle_block(par, supply, radio_frac, step_s, first, last, state, heater_w, broken, work):
    """Do for one block what `idle` does for all."""
    n_failed = 0
    put(work, 0, state)
    put(work, K_BROKEN, broken)
    for k in range(first, last):
        n_left = 0
        for j in range(LANES):
            receive(par, work, supply, radio_frac, k, j)
            n_left += held(par, work, j)
        if n_left > 0:
            n_failed += mend_idle(par, work)
        n_over = 0
        for j in range(LANES):
            rest(par, work, step_s, j)
            n_over += is_over(par, work, j)
            heater_w[k, j] = work[W_HEATER_W + j]
        if n_over > 0:
            note(par, work, k)
    take(work, 0, state)
    take(work, K_BROKEN, broken)
    return n_failed


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
    work = blank(N_SPACE // LANES)
    work[:] = 0.0
    for b in range(parameters.shape[0]):
        n_failed += envelope_block(
            lined_up(parameters[b]), supply[b], radio_frac[b], idle_heater_w[b], reserve_j[b], ceiling_w[b],
            policy, step_s, first, last, until[b], slot_of_step, state[b], load_w[b], lost_w[b], course[b],
            extremes[b], slots[b], work,
        )  # fmt: skip
    return n_failed


@inline
def bid(par, work, policy, in_sun, light, j):
    """Leave the largest load of a lane before thermal limits in `W_LOAD_W`.

    Returns what the array in full sunlight allows, the array in the light there is, and the battery too.
    """
    share = par[D_LOAD_PER_SPENT + j]
    base = work[W_BUS_HEAT_W + j]
    in_sun = in_sun * par[P_CONVERSION_FRAC + j]
    here = work[A_ARRAY_W + j] * par[P_CONVERSION_FRAC + j]
    spare = here - base - work[A_IDLE_HEATER_W + j]
    charge = charge_power(par, j, work[S_STORED_J + j], spare if spare > 0.0 else 0.0)
    usable = work[S_STORED_J + j] - par[P_FLOOR_J + j] - work[A_RESERVE_J + j]
    usable = (usable if usable > 0.0 else 0.0) * par[D_LEFT_W_PER_J + j]
    usable = usable if usable < par[P_RATE_W + j] else par[P_RATE_W + j]
    is_offered = (policy == RIDE) | ((policy == DEPLETE) & (light < 1.0))
    battery = usable if is_offered else -charge

    sun_level = (in_sun - base) * share
    sun_level = sun_level if sun_level > 0.0 else 0.0
    alive = par[P_ALIVE_W + j]
    sun_level = sun_level if sun_level < alive else alive
    stored_level = (here - base + battery) * share
    ceiling = work[A_BATTERY_MOST_W + j]
    stored_level = stored_level if stored_level < ceiling else ceiling
    stored_level = stored_level if stored_level < sun_level else sun_level
    stored_level = stored_level if stored_level > 0.0 else 0.0
    light_level = (here - base) * share
    light_level = light_level if light_level < sun_level else sun_level
    light_level = light_level if light_level > stored_level else stored_level
    load = (here - base + battery) * share
    heated = (spare + battery) * par[D_OVER_KEPT + j]
    load = load if load < heated else heated
    ceiling = work[A_DIE_MOST_W + j]
    load = load if load < ceiling else ceiling
    load = load if load < stored_level else stored_level
    load = load if load > 0.0 else 0.0

    work[W_LOAD_W + j] = load
    return sun_level, light_level, stored_level


@kernel
def cool_down(par, work):
    """Cut the load where it would take the die past its limit; return the number not converged."""
    n_hot = 0
    for j in range(LANES):
        hot = is_hot(par, work, j)
        work[R_HOT + j] = hot
        n_hot += hot
    if n_hot == 0:
        return 0
    n_failed = largest_load(par, work)
    for j in range(LANES):
        load = work[W_LOAD_W + j]
        limit = work[W_LIMIT_W + j]
        clipped = limit if limit < load else load
        work[W_LOAD_W + j] = clipped if work[R_HOT + j] > 0.0 else load
    return n_failed + heat_step(par, work)


@inline
def is_hot(par, work, j):
    """Return 1 where a lane's die ends the step above its limit."""
    return 1 if work[W_DIE_K + j] > par[P_DIE_LIMIT_K + j] else 0


@inline
def promise(par, work, step_s, j):
    """Return the charge that is left when the most is paid for that any part of the load may need."""
    demand = work[W_BUS_HEAT_W + j] + most_demand(par, j, work[W_LOAD_W + j], work[A_IDLE_HEATER_W + j])
    net = work[A_ARRAY_W + j] * par[P_CONVERSION_FRAC + j] - demand
    stored, _, _ = battery_step(par, j, work[S_STORED_J + j], net, step_s)
    return stored


@inline
def blame(par, work, levels, j):
    """Leave what power, eclipse and battery each take from the load of a lane."""
    sun_level, light_level, stored_level = levels
    work[K_LOSSES + X_POWER_W + j] = par[P_ALIVE_W + j] - sun_level
    work[K_LOSSES + X_ECLIPSE_W + j] = sun_level - light_level
    work[K_LOSSES + X_BATTERY_W + j] = light_level - stored_level
    work[R_LEVEL_W + j] = stored_level


@inline
def add_up_slot(work, k, j):
    """Add load and losses of a lane to the sums of the slot."""
    lives = 1.0 if k < work[A_UNTIL + j] else 0.0
    load = work[W_LOAD_W + j]
    work[A_MOST_W + j] = load * lives
    work[K_SLOT_SUMS + X_LOAD_W + j] += load * lives
    work[K_LOSSES + X_THERMAL_W + j] = work[R_LEVEL_W + j] - load
    lose(work, X_POWER_W, j, lives)
    lose(work, X_ECLIPSE_W, j, lives)
    lose(work, X_BATTERY_W, j, lives)
    lose(work, X_THERMAL_W, j, lives)


@inline
def lose(work, row, j, lives):
    """Add what one limit takes from a lane to the sums of the slot."""
    lost = work[K_LOSSES + row + j] * lives
    work[K_LOSSES + row + j] = lost
    work[K_SLOT_SUMS + row + j] += lost


@kernel
def envelope_block(
    par, supply, radio_frac, idle_heater_w, reserve_j, ceiling_w, policy, step_s, first, last, until,
    slot_of_step, state, load_w, lost_w, course, extremes, slots, work,
):  # fmt: skip
    """Do for one block what `envelope` does for all."""
    n_failed = 0
    n_reserve = reserve_j.shape[0]
    put(work, 0, state)
    put(work, K_EXTREMES, extremes)
    put(work, A_BATTERY_MOST_W, ceiling_w[H_BATTERY_W : H_BATTERY_W + LANES])
    put(work, A_DIE_MOST_W, ceiling_w[H_DIE_W : H_DIE_W + LANES])
    put(work, A_UNTIL, until)
    put_step(work, A_RESERVE_J, reserve_j, 0)
    slot = slot_of_step[first] if first < last else 0
    put(work, K_SLOT_SUMS, slots[slot])
    for k in range(first, last):
        if slot_of_step[k] != slot:
            take(work, K_SLOT_SUMS, slots[slot])
            slot = slot_of_step[k]
            put(work, K_SLOT_SUMS, slots[slot])
        if n_reserve > 1:
            put_step(work, A_RESERVE_J, reserve_j, k)
        n_left = 0
        for j in range(LANES):
            in_sun, light = receive(par, work, supply, radio_frac, k, j)
            work[A_IDLE_HEATER_W + j] = idle_heater_w[k, j]
            blame(par, work, bid(par, work, policy, in_sun, light, j), j)
            n_left += unheated(par, work, j) | is_hot(par, work, j)
        if n_left > 0:
            n_failed += mend(par, work)
            n_failed += cool_down(par, work)
        for j in range(LANES):
            add_up_slot(work, k, j)
            settle(work, j, promise(par, work, step_s, j))
            mark(work, j)
        take_step(work, A_MOST_W, load_w, k)
        if k < lost_w.shape[0]:
            take(work, K_LOSSES, lost_w[k])
        if k < course.shape[0]:
            show(work, course[k])
    take(work, K_SLOT_SUMS, slots[slot])
    take(work, K_EXTREMES, extremes)
    take(work, 0, state)
    return n_failed
