"""Ground control kernel: passes over command antennas, demand → who is commanded when."""

import numpy as np

from . import kernel


@kernel
def command(
    satellite,
    station,
    start_s,
    end_s,
    by_start,
    n_antennas,
    slew_s,
    acquisition_s,
    demand_s,
    step_s,
    out_pass,
    out_antenna,
    out_start_s,
    out_end_s,
):
    """Give antennas that are free to the satellite in view that has waited longest; returns the contacts.

    Antennas are given out every `step_s`; a contact lasts until the satellite's demand of the window (s,) is
    met or it sets. `by_start` (p,) orders the passes. Rows of the outputs: pass, antenna number within its
    station, start and end. Ties go to the pass that ends first, then to the lower number.
    """
    n_pass = satellite.shape[0]
    n_station = n_antennas.shape[0]
    n_most = 0
    for g in range(n_station):
        n_most = max(n_most, n_antennas[g])
    free_s = np.full((n_station, max(n_most, 1)), -np.inf)
    left_s = demand_s.copy()
    heard_s = np.full(demand_s.shape[0], -np.inf)
    active = np.empty(n_pass, dtype=np.int64)
    n_active = 0
    following = 0
    n_out = 0
    last_s = 0.0
    for p in range(n_pass):
        last_s = max(last_s, end_s[p])
    for k in range(int(np.ceil(last_s / step_s)) + 1):
        now_s = k * step_s
        while following < n_pass and start_s[by_start[following]] <= now_s:
            active[n_active] = by_start[following]
            n_active += 1
            following += 1
        kept = 0
        for i in range(n_active):
            p = active[i]
            if end_s[p] - acquisition_s[station[p]] > now_s and left_s[satellite[p]] > 0.0:
                active[kept] = p
                kept += 1
        n_active = kept
        for g in range(n_station):
            for a in range(n_antennas[g]):
                if free_s[g, a] > now_s or n_out == out_pass.shape[0]:
                    continue
                best = -1
                for i in range(n_active):
                    p = active[i]
                    s = satellite[p]
                    if station[p] != g or heard_s[s] > now_s or not left_s[s] > 0.0:
                        continue
                    if best < 0:
                        best = p
                        continue
                    other = heard_s[satellite[best]]
                    if heard_s[s] < other or (heard_s[s] == other and end_s[p] < end_s[best]):
                        best = p
                if best < 0:
                    continue
                s = satellite[best]
                stop_s = min(end_s[best], now_s + acquisition_s[g] + left_s[s])
                left_s[s] -= stop_s - now_s - acquisition_s[g]
                if left_s[s] < 1e-6:
                    left_s[s] = 0.0
                heard_s[s] = stop_s
                free_s[g, a] = stop_s + slew_s[g]
                out_pass[n_out] = best
                out_antenna[n_out] = a
                out_start_s[n_out] = now_s
                out_end_s[n_out] = stop_s
                n_out += 1
    return n_out
