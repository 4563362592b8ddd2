"""One satellite's power, battery and heat under a plan: part of the envelope → ledgers, broken limits.

Nothing is clipped here: what a limit would have forbidden is written down. Rows, and who is served first, are
those of `operate`.
"""

import numpy as np

from . import LANES, inline, kernel
from .lanes import blank, folded, highest, lined_up
from .operate import (
    A_ARRAY_W,
    A_ON_FRAC,
    A_SENDING_FRAC,
    G_SHARE,
    G_SHARE_PER_J,
    G_UNITS,
    K_BROKEN,
    K_EXTREMES,
    K_LEDGER,
    L_ARRAY_J,
    L_BATTERY_J,
    L_COMPUTE_J,
    L_CONVERSION_J,
    L_EARTH_J,
    L_HEATER_J,
    L_HOUSEKEEPING_J,
    L_PUMP_J,
    L_RADIATED_J,
    L_RADIO_J,
    L_SPILLED_J,
    L_STORED_J,
    L_WARMED_J,
    N_SPACE,
    R_AT_RATE,
    R_STORED_J,
    R_UNMET_W,
    T_DIE_MAX_K,
    T_HEATER_W,
    T_LOAD_W,
    T_RADIATOR_K,
    T_SOC_FRAC,
    battery_step,
    is_over,
    mark,
    note,
    put,
    receive,
    settle,
    show,
    take,
    take_step,
)
from .thermal import (
    D_OVER_CONVERSION,
    D_OVER_DISCHARGE,
    P_CHARGE_FRAC,
    P_CONVERSION_FRAC,
    P_DIE_W_PER_K,
    P_EMIT_W_PER_K4,
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
    W_DIE_K,
    W_HEATER_W,
    W_LOAD_W,
    W_PLATE_K,
    W_RADIATOR_K,
    mend,
    unheated,
)


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
    n_busy = busy_frac.shape[0]
    work = blank(N_SPACE // LANES)
    work[:] = 0.0
    for b in range(parameters.shape[0]):
        n_failed += replay_block(
            lined_up(parameters[b]), supply[b], radio_frac[b], most_w[b], idle_frac[b],
            busy_frac[min(b, n_busy - 1)], step_s, first, last, state[b], heater_w[b], course[b], ledger[b],
            broken[b], extremes[b], weights[b], sums[b], work,
        )  # fmt: skip
    return n_failed


@inline
def spend(par, work, step_s, j):
    """Pay for the load of a lane from array and battery, and enter it all in the ledger."""
    load = work[W_LOAD_W + j]
    conversion = par[P_CONVERSION_FRAC + j]
    array = work[A_ARRAY_W + j]
    housekeeping = par[P_HOUSEKEEPING_W + j]
    talking = par[P_RADIO_W + j] * work[A_SENDING_FRAC + j]
    pumping = par[P_PUMP_FRAC + j] * (housekeeping + talking + load)
    heater = work[W_HEATER_W + j]
    demand = housekeeping + talking + pumping + heater + load
    was = work[S_STORED_J + j]
    stored, charge, discharge = battery_step(par, j, was, array * conversion - demand, step_s)
    drawn = (demand + charge - discharge) * par[D_OVER_CONVERSION + j]
    drawn = drawn if drawn < array else array
    work[R_STORED_J + j] = stored
    work[R_UNMET_W + j] = demand + charge - discharge - array * conversion
    work[R_AT_RATE + j] = 1.0 if discharge >= par[P_RATE_W + j] else 0.0
    work[K_LEDGER + L_ARRAY_J + j] += array * step_s
    work[K_LEDGER + L_HOUSEKEEPING_J + j] += housekeeping * step_s
    work[K_LEDGER + L_RADIO_J + j] += talking * step_s
    work[K_LEDGER + L_PUMP_J + j] += pumping * step_s
    work[K_LEDGER + L_HEATER_J + j] += heater * step_s
    work[K_LEDGER + L_COMPUTE_J + j] += load * step_s
    work[K_LEDGER + L_CONVERSION_J + j] += drawn * (1.0 - conversion) * step_s
    lost = charge * (1.0 - par[P_CHARGE_FRAC + j]) + discharge * (par[D_OVER_DISCHARGE + j] - 1.0)
    work[K_LEDGER + L_BATTERY_J + j] += lost * step_s
    work[K_LEDGER + L_SPILLED_J + j] += (array - drawn) * step_s
    work[K_LEDGER + L_STORED_J + j] += stored - was


@inline
def warm(par, work, step_s, j):
    """Enter the heat of a lane in the ledger."""
    radiator = work[W_RADIATOR_K + j]
    radiated = par[P_EMIT_W_PER_K4 + j] * radiator * radiator * radiator * radiator
    warmed = (
        par[P_DIE_W_PER_K + j] * (work[W_DIE_K + j] - work[S_DIE_K + j])
        + par[P_PLATE_W_PER_K + j] * (work[W_PLATE_K + j] - work[S_PLATE_K + j])
        + par[P_RADIATOR_W_PER_K + j] * (radiator - work[S_RADIATOR_K + j])
    )
    work[K_LEDGER + L_EARTH_J + j] += work[W_ABSORBED_W + j] * step_s
    work[K_LEDGER + L_RADIATED_J + j] += radiated * step_s
    work[K_LEDGER + L_WARMED_J + j] += warmed * step_s


@kernel
def replay_block(
    par, supply, radio_frac, most_w, idle_frac, busy_frac, step_s, first, last, state, heater_w, course,
    ledger, broken, extremes, weight, sums, work,
):  # fmt: skip
    """Do for one block what `replay` does for all."""
    n_failed = 0
    n_most, n_busy = most_w.shape[0], busy_frac.shape[0]
    lanes = np.empty(LANES)
    put(work, 0, state)
    put(work, K_EXTREMES, extremes)
    put(work, K_LEDGER, ledger)
    put(work, K_BROKEN, broken)
    put(work, A_ON_FRAC, idle_frac)
    for k in range(first, last):
        most, busy = min(k, n_most - 1), min(k, n_busy - 1)
        n_left = 0
        for j in range(LANES):
            receive(par, work, supply, radio_frac, k, j)
            work[A_SENDING_FRAC + j] = radio_frac[k, j]
            on = work[A_ON_FRAC + j]
            work[W_LOAD_W + j] = most_w[most, j] * (on + (1.0 - on) * busy_frac[busy, j])
            n_left += unheated(par, work, j)
        if n_left > 0:
            n_failed += mend(par, work)
        n_over = 0
        for j in range(LANES):
            spend(par, work, step_s, j)
            warm(par, work, step_s, j)
            n_over += is_over(par, work, j)
        if n_over > 0:
            note(par, work, k)
        for j in range(LANES):
            settle(work, j, work[R_STORED_J + j])
            mark(work, j)
        if k < heater_w.shape[0]:
            take_step(work, W_HEATER_W, heater_w, k)
        if k < course.shape[0]:
            show(work, course[k])
        if k < sums.shape[0]:
            add_up(weight, work, lanes, sums[k])
    take(work, 0, state)
    take(work, K_EXTREMES, extremes)
    take(work, K_LEDGER, ledger)
    take(work, K_BROKEN, broken)
    return n_failed


@inline
def add_up(weight, work, lanes, sums):
    """Fill the sums of one block in one step."""
    for j in range(LANES):
        lanes[j] = weight[G_UNITS + j] * work[W_LOAD_W + j]
    sums[T_LOAD_W] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_UNITS + j] * work[W_HEATER_W + j]
    sums[T_HEATER_W] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_SHARE_PER_J + j] * work[S_STORED_J + j]
    sums[T_SOC_FRAC] = folded(lanes)
    for j in range(LANES):
        lanes[j] = weight[G_SHARE + j] * work[S_RADIATOR_K + j]
    sums[T_RADIATOR_K] = folded(lanes)
    for j in range(LANES):
        lanes[j] = work[S_DIE_K + j] if weight[G_SHARE + j] > 0.0 else 0.0
    sums[T_DIE_MAX_K] = highest(lanes)


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
