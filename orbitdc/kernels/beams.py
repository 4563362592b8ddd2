"""Beam kernel: pairs of users and relays that see each other → which pairs are given a beam."""

import numpy as np

from . import kernel


@kernel
def hand_out(slot_first, run_first, run_work, user, relay, n_users, n_beams, n_per_group, out):
    """Give beams to groups by highest averages, in each group to its next pair; returns the number given.

    Pairs (p,) of one slot and one group make a run, in the order of their turns: run r has the pairs
    run_first[r] .. run_first[r + 1] - 1 and the work `run_work`; slot k has the runs slot_first[k] ..
    slot_first[k + 1] - 1. A relay has `n_beams`, of them at most `n_per_group` for one group; a user takes
    one. Entry i of `out`: number of a pair.
    """
    n_relays = n_beams.shape[0]
    n_runs = run_work.shape[0]
    here = run_first.copy()
    n_given = np.zeros(n_runs, dtype=np.int64)
    of_relay = np.zeros((n_runs, n_relays), dtype=np.int64)
    left = np.empty(n_relays, dtype=np.int64)
    served = np.full(n_users, -1, dtype=np.int64)
    n_out = 0
    for k in range(slot_first.shape[0] - 1):
        n_left = 0
        for r in range(n_relays):
            left[r] = n_beams[r]
            n_left += n_beams[r]
        while n_left > 0:
            best = -1
            highest = -1.0
            for run in range(slot_first[k], slot_first[k + 1]):
                average = run_work[run] / (n_given[run] + 1.0)
                if here[run] < run_first[run + 1] and average > highest:
                    best = run
                    highest = average
            if best < 0:
                break
            while here[best] < run_first[best + 1]:
                p = here[best]
                here[best] += 1
                r = relay[p]
                if left[r] > 0 and served[user[p]] != k and of_relay[best, r] < n_per_group:
                    left[r] -= 1
                    n_left -= 1
                    served[user[p]] = k
                    of_relay[best, r] += 1
                    n_given[best] += 1
                    out[n_out] = p
                    n_out += 1
                    break
    return n_out
