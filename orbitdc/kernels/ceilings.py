"""What bounds a load over a whole window: supply, idle heater → charge to keep for the dark, load that rides.

Layouts and rows as in `operate`, whose battery and power balance these kernels share.
"""

import numpy as np

from . import LANES, kernel
from .operate import Q_ABSORBED_W, Q_ARRAY_W, Q_LIGHT_FRAC, base_power, battery_step, most_demand, put, take
from .thermal import (
    D_OVER_DISCHARGE,
    N_WORK,
    P_CHARGE_FRAC,
    P_CONVERSION_FRAC,
    P_RATE_W,
    S_DIE_K,
    S_PLATE_K,
    S_RADIATOR_K,
    W_ABSORBED_W,
    W_BUS_HEAT_W,
    W_DIE_K,
    W_LOAD_W,
    W_PLATE_K,
    W_RADIATOR_K,
    heat_step,
)


@kernel
def reserves(parameters, supply, radio_frac, idle_heater_w, step_s, after_j, reserve_j):
    """Charge above the floor that the idle satellite needs after each step to come through the dark ahead.

    Backwards in time from `after_j` (block, LANES), what is needed behind the last step; holds what is
    needed before the first one on return.
    """
    for b in range(parameters.shape[0]):
        par = parameters[b]
        after = after_j[b]
        for k in range(supply.shape[1] - 1, -1, -1):
            given = supply[b, k]
            sending = radio_frac[b, k]
            idle_heater = idle_heater_w[b, k]
            out = reserve_j[b, k]
            for j in range(LANES):
                out[j] = after[j]
                here = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j] * par[P_CONVERSION_FRAC + j]
                net = here - base_power(par, j, sending[j]) - idle_heater[j]
                gain = net if net < par[P_RATE_W + j] else par[P_RATE_W + j]
                change = gain * par[P_CHARGE_FRAC + j] if net > 0.0 else net * par[D_OVER_DISCHARGE + j]
                need = after[j] - change * step_s
                after[j] = need if need > 0.0 else 0.0


@kernel
def ride(
    parameters, supply, radio_frac, idle_heater_w, load_w, step_s, first, last, stored_j, highest_j, unmet_w
):
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
            sending = radio_frac[b, k]
            idle_heater = idle_heater_w[b, k]
            half = 0 if k < middle else LANES
            for j in range(LANES):
                demand = base_power(par, j, sending[j])
                demand += most_demand(par, j, load[j], idle_heater[j])
                net = given[Q_ARRAY_W + j] * given[Q_LIGHT_FRAC + j] * par[P_CONVERSION_FRAC + j] - demand
                new, _, discharge = battery_step(par, j, stored[j], net, step_s)
                missing = -net - discharge
                unmet[j] = missing if missing > unmet[j] else unmet[j]
                highest[half + j] = new if new > highest[half + j] else highest[half + j]
                stored[j] = new


@kernel
def hottest(parameters, supply, radio_frac, load_w, first, last, state, die_k):
    """Follow the heat chain under a constant load per lane and keep the hottest die.

    Returns the number not converged.
    """
    n_failed = 0
    work = np.zeros(N_WORK * LANES)
    for b in range(parameters.shape[0]):
        par = parameters[b]
        load = load_w[b]
        hot = die_k[b]
        put(work, 0, state[b])
        for k in range(first, last):
            given = supply[b, k]
            sending = radio_frac[b, k]
            for j in range(LANES):
                work[W_LOAD_W + j] = load[j]
                work[W_BUS_HEAT_W + j] = base_power(par, j, sending[j])
                work[W_ABSORBED_W + j] = given[Q_ABSORBED_W + j]
            n_failed += heat_step(par, work)
            for j in range(LANES):
                die = work[W_DIE_K + j]
                hot[j] = die if die > hot[j] else hot[j]
                work[S_DIE_K + j] = die
                work[S_PLATE_K + j] = work[W_PLATE_K + j]
                work[S_RADIATOR_K + j] = work[W_RADIATOR_K + j]
        take(work, 0, state[b])
    return n_failed
