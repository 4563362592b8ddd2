"""Decayed usage: charges of many users on a circle of time → what each had used just before each charge."""

import math

from . import kernel


@kernel
def usage_before(user, time_s, charge, half_life_s, window_s, carried, before):
    """Fill `before` (j,) for charges in order of time; `carried` (u,) is scratch, left at the window's end.

    What was used fades by half each `half_life_s`. The window repeats, so usage at its start is that of its
    end: the geometric series of all windows before it.
    """
    rate = math.log(2.0) / half_life_s
    carried[:] = 0.0
    for j in range(user.size):
        carried[user[j]] += charge[j] * math.exp(rate * (time_s[j] - window_s))
    for u in range(carried.size):
        carried[u] /= -math.expm1(-rate * window_s)
    # from here on `carried` is the usage at the instant `last`, one clock for all users
    last = 0.0
    for j in range(user.size):
        fade = math.exp(rate * (last - time_s[j]))
        if fade != 1.0:
            for u in range(carried.size):
                carried[u] *= fade
        last = time_s[j]
        before[j] = carried[user[j]]
        carried[user[j]] += charge[j]
