"""List scheduling: jobs by priority, sites by preference → site, first and last slot, what each slot gives.

Slots lie on a circle of n: slot k >= n is slot k - n of the next, equal window. Rows of `capacity` and
`used`: the operations of each site, then the bits that can go up to each, then those that can come down, then
those of lines that sites share. Data go through all rows of their way in the same slot.
`skip[row, k]` points from a full slot toward the next one with room (n = none before the window's end), with
path halving, so that a full row costs no walk.

Work takes the earliest of its slots or, told apart by how full they are, the emptiest: then what is left lies
flat over the window, and a gang late in the line still finds its width in many slots.
"""

import numpy as np

from . import inline, kernel

NOT_PLACED = -1
LACKED_CAPACITY = 1
LACKED_LINK = 2
LACKED_FIBRE = 7

ALMOST = 1.0 - 1e-12
"""So much of a rate or a need is all of it: the rest is what rounding takes off."""

ROUNDING = 1e-9
"""Share of a site's capacity that a sum over all jobs may be wrong by."""

AT_LEAST = 1e-6
"""So little below the next level is at it: gangs often fill a slot to just there, or miss it by rounding."""


@inline
def _open_slot(skip, row, k):
    """Return the first slot from k on with room, n if there is none before the window's end."""
    while skip[row, k] != k:
        skip[row, k] = skip[row, skip[row, k]]
        k = skip[row, k]
    return k


@inline
def _open_from(skip, row, slot, n):
    """Return the first slot from `slot` on with room, and its place on the circle, n where it begins anew."""
    base = n if slot >= n else 0
    k = _open_slot(skip, row, slot - base)
    return base + k, k


@inline
def _finish(capacity, used, skip, row, first, last, need, most, closed, mask):
    """Return the slot, `first` to `last`, in which `need` is met at `most` a slot; NOT_PLACED if in none."""
    if need <= 0.0:
        return first
    n = capacity.shape[1]
    slot = first
    left = need
    while slot <= last:
        slot, k = _open_from(skip, row, slot, n)
        if k == n:
            continue
        if slot > last:
            break
        if not closed[mask, k]:
            give = min(capacity[row, k] - used[row, k], most)
            if left <= give:
                return slot
            left -= give
        slot += 1
    return NOT_PLACED


@inline
def _room(capacity, used, row, k, way, place, city, here):
    """Return what the row of a site's own link has left in slot k, or the fullest line on the way there."""
    room = capacity[row, k] - used[row, k]
    at = place[city, here, k]
    if at >= 0:
        for hop in range(way.shape[2]):
            line = way[city, at, hop]
            if line < 0:
                break
            room = min(room, capacity[line, k] - used[line, k])
    return room


@inline
def _pass(capacity, used, skip, row, way, place, city, here, first, last, need):
    """Return the slot, `first` to `last`, in which `need` has passed own link and lines, or NOT_PLACED."""
    if need <= 0.0:
        return first
    n = capacity.shape[1]
    slot = first
    left = need
    while slot <= last:
        slot, k = _open_from(skip, row, slot, n)
        if k == n:
            continue
        if slot > last:
            break
        give = _room(capacity, used, row, k, way, place, city, here)
        if left <= give:
            return slot
        left -= give
        slot += 1
    return NOT_PLACED


@inline
def _use(capacity, used, skip, row, k, give):
    """Take `give` of a slot, which has it."""
    if give < capacity[row, k] - used[row, k]:
        used[row, k] = min(used[row, k] + give, capacity[row, k])
    else:
        used[row, k] = capacity[row, k]
        skip[row, k] = k + 1


@inline
def _send(capacity, used, skip, row, way, place, city, here, first, last, need):
    """Take `need`, which has passed in slot `last`, from own link and lines, from slot `first` on."""
    n = capacity.shape[1]
    slot = first
    left = need
    while left > 0.0 and slot <= last:
        slot, k = _open_from(skip, row, slot, n)
        if k == n:
            continue
        if slot > last:  # rounding alone is left
            break
        give = min(left, _room(capacity, used, row, k, way, place, city, here))
        _use(capacity, used, skip, row, k, give)
        at = place[city, here, k]
        if at >= 0:
            for hop in range(way.shape[2]):
                line = way[city, at, hop]
                if line < 0:
                    break
                _use(capacity, used, skip, line, k, give)
        left -= give
        slot += 1


@inline
def _level(capacity, used, row, k, n_levels):
    """Return how full a slot is, 0 .. n_levels - 1."""
    level = n_levels * used[row, k] / capacity[row, k]
    return min(int(level + AT_LEAST), n_levels - 1)


@inline
def _finish_whole(capacity, used, skip, row, first, last, need, most, closed, mask, n_levels):
    """Return first and last slot of the emptiest run at full rate without a gap; NOT_PLACED if there is none.

    The run may begin within a slot; from the next one on it takes `most` a slot, in its last what is left. Of
    equals, and with one level all are, the earliest.
    """
    n = capacity.shape[1]
    begin = first
    found, until, least = NOT_PLACED, NOT_PLACED, np.inf
    while begin <= last:
        begin, k = _open_from(skip, row, begin, n)
        if k == n:
            continue
        if begin > last:
            break
        if closed[mask, k]:
            begin += 1
            continue
        give = min(capacity[row, k] - used[row, k], most)
        left = need - give
        filled = give * _level(capacity, used, row, k, n_levels)
        slot = begin
        while left > 0.0 and slot < last:
            slot += 1
            k = slot - n if slot >= n else slot
            give = min(left, most)
            if closed[mask, k] or capacity[row, k] - used[row, k] < give * ALMOST:
                break
            left -= give
            filled += give * _level(capacity, used, row, k, n_levels)
        if left <= 0.0:
            if filled < least * (1.0 - ROUNDING):
                found, until, least = begin, slot, filled
            if least == 0.0:
                break
            begin += 1
        else:
            begin = max(slot, begin + 1)  # a start between would still lack in this slot
    return found, until


@inline
def _emptiest(
    capacity, used, skip, row, first, last, need, most, closed, mask, n_levels, slots, gives, levels, sums
):
    """List the slots that meet `need` at `most` a slot, the emptiest ones, and what each gives.

    `sums` (level,) is zero before and after.

    Return how many there are, in order of time, NOT_PLACED if all together do not meet it.
    """
    n = capacity.shape[1]
    count = 0
    total = 0.0
    slot = first
    while slot <= last:
        slot, k = _open_from(skip, row, slot, n)
        if k == n:
            continue
        if slot > last:
            break
        if not closed[mask, k]:
            give = min(capacity[row, k] - used[row, k], most)
            level = _level(capacity, used, row, k, n_levels)
            slots[count], gives[count], levels[count] = slot, give, level
            sums[level] += give
            total += give
            count += 1
        slot += 1
    highest = 0
    left = need
    nothing = need * (1.0 - ALMOST)
    if total >= need - nothing:
        while highest < n_levels - 1 and sums[highest] < left - nothing:
            left -= sums[highest]
            highest += 1
    for i in range(count):
        sums[levels[i]] = 0.0
    if total < need - nothing:
        return NOT_PLACED
    n_taken = 0
    for i in range(count):
        give = gives[i]
        if levels[i] == highest:
            give = min(give, left)
            left -= give
        if levels[i] <= highest and give > nothing:
            slots[n_taken], gives[n_taken] = slots[i], give
            n_taken += 1
    return n_taken


@inline
def _take(capacity, used, skip, row, first, last, need, most, closed, mask):
    """Use `need`, met in slot `last`, from slot `first` on; return the first slot that gave any."""
    n = capacity.shape[1]
    slot = first
    begin = NOT_PLACED
    left = need
    while left > 0.0 and slot <= last:
        slot, k = _open_from(skip, row, slot, n)
        if k == n:
            continue
        if slot > last:  # rounding alone is left
            break
        if closed[mask, k]:
            slot += 1
            continue
        if begin < 0:
            begin = slot
        give = min(left, most, capacity[row, k] - used[row, k])
        _use(capacity, used, skip, row, k, give)
        left -= give
        slot += 1
    return begin


@kernel
def _cause(capacity, used, skip, sending, returning, closed, times, up, down):
    """Return what kept the data of a job away whose work alone would fit: a line, or the site's own link."""
    first, last, fed, worked = times
    arrives = _finish(capacity, used, skip, sending, first, last, up, up, closed, 0)
    if arrives < 0:
        return LACKED_LINK
    if arrives != fed:
        return LACKED_FIBRE
    if worked < 0 or _finish(capacity, used, skip, returning, worked, last, down, down, closed, 0) < 0:
        return LACKED_LINK
    return LACKED_FIBRE


@kernel
def dispatch(
    release, span, work, up, down, n_jobs, job_class, city, group, row, ranked, per_op, most, whole, mask,
    closed, linked, way, way_back, place, n_levels, capacity, used, skip, site, start, end, lacked,
):  # fmt: skip
    """Place each job, in the order given, on the first of its sites that finishes it in its slots.

    Work may use any open slots with room from its release on, never two sites, and never more of a slot than
    its width allows; a whole job runs at that rate without a gap. The input comes up first, then the work is
    done, then the output goes down; each may begin in the slot in which the one before ends. Nothing is taken
    unless all of it fits. Data take the earliest slots, and so does work if, in the emptiest, it would end
    too late for its output.

    Parameters
    ----------
    release : (j,) int64, first slot, 0 .. n-1. span : (j,) int64, slots it may use, 1 .. n.
    work : (j,) > 0 useful operations. up, down : (j,) data to and from the site [bit].
    n_jobs : (j,) int64, equal jobs of the entry.
    job_class : (j,) int64, row of `per_op`, `most`, `whole`. city : (j,) int64, row of `way`.
    group : (j,) int64, row of `mask`.
    row : (j,) int64, row of `ranked`. ranked : (row, choice) int64, sites by preference, -1 after the last.
    per_op : (class, site) card operations for a useful one. most : (class, site) what a slot gives one job.
    whole : (class,) bool, runs without a gap. mask : (group, site) int64, row of `closed`.
    closed : (mask, n) bool, slots that may not be worked in; row 0 closes none.
    linked : (site,) bool, whether data to and from the site is limited.
    way, way_back : (city, place, hop) int64, rows of the lines to and from a place, -1 after the last.
    place : (city, site, n) int64, that at which data of a site leave the lines in each slot, -1 for none.
    n_levels : how many degrees of fullness slots are told apart by; 1 takes the earliest.
    capacity, used : (row, n) operations, bits up, bits down, bits of lines; `used` changes in place.
    skip : (row, n + 1) int64, changes in place; at first k, or k + 1 where slot k has no capacity.
    site, start, end : (j,) int64, results; untouched where nothing fits.
    lacked : (j,) int64, 0 if placed, else what the sites tried did not have; untouched if none was tried.
    """
    n_site, n_slot = linked.size, capacity.shape[1]
    slots, levels = np.empty(n_slot, np.int64), np.empty(n_slot, np.int64)
    gives, sums = np.empty(n_slot), np.zeros(n_levels)
    left = np.zeros(n_site)  # of the whole window: what asks for more need not look
    for here in range(n_site):
        for k in range(n_slot):
            left[here] += capacity[here, k] * (1.0 + ROUNDING) - used[here, k]
    for j in range(release.size):
        first = release[j]
        last = first + span[j] - 1
        missing = lacked[j]
        # what the first site lacked that had room for the work alone, now or when it was tried before
        short = missing if missing == LACKED_LINK or missing == LACKED_FIBRE else 0
        c = job_class[j]
        p = city[j]
        g = group[j]
        for choice in range(ranked.shape[1]):
            here = ranked[row[j], choice]
            if here < 0:
                break
            need = work[j] * per_op[c, here]
            if need > left[here]:
                missing = short if short > 0 else LACKED_CAPACITY
                continue
            rate = most[c, here] * n_jobs[j]
            shut = mask[g, here]
            # of many jobs shorter than a slot each runs on its own: only their sum is spread
            in_one = whole[c] and (n_jobs[j] == 1 or need > rate)
            sending = n_site + here
            returning = sending + n_site
            fed = first
            if linked[here]:
                fed = _pass(capacity, used, skip, sending, way, place, p, here, first, last, up[j])
            begun, worked, sent = fed, NOT_PLACED, NOT_PLACED
            count = NOT_PLACED
            told_apart = n_levels
            while fed >= 0:
                if in_one:
                    begun, worked = _finish_whole(
                        capacity, used, skip, here, fed, last, need, rate, closed, shut, told_apart
                    )
                elif told_apart == 1:
                    begun, count = fed, NOT_PLACED
                    worked = _finish(capacity, used, skip, here, fed, last, need, rate, closed, shut)
                else:
                    count = _emptiest(
                        capacity, used, skip, here, fed, last, need, rate, closed, shut, told_apart,
                        slots, gives, levels, sums,
                    )  # fmt: skip
                    worked = slots[count - 1] if count > 0 else NOT_PLACED
                sent = worked
                if linked[here] and worked >= 0:
                    sent = _pass(
                        capacity, used, skip, returning, way_back, place, p, here, worked, last, down[j]
                    )
                if sent >= 0 or worked < 0 or told_apart == 1:
                    break
                told_apart = 1
            if sent >= 0:
                if linked[here]:
                    _send(capacity, used, skip, sending, way, place, p, here, first, fed, up[j])
                    _send(capacity, used, skip, returning, way_back, place, p, here, worked, sent, down[j])
                if count > 0:
                    start[j] = slots[0]
                    for i in range(count):
                        _use(capacity, used, skip, here, slots[i] % n_slot, gives[i])
                else:
                    start[j] = _take(capacity, used, skip, here, begun, worked, need, rate, closed, shut)
                left[here] -= need
                site[j] = here
                end[j] = sent
                missing = 0
                break
            # the work alone may fit where its data does not
            if linked[here] and short == 0 and (worked >= 0 or fed != first):
                alone = worked
                if worked < 0:
                    if in_one:
                        _, alone = _finish_whole(
                            capacity, used, skip, here, first, last, need, rate, closed, shut, 1
                        )
                    else:
                        alone = _finish(capacity, used, skip, here, first, last, need, rate, closed, shut)
                if alone >= 0:
                    times = (first, last, fed, worked)
                    short = _cause(capacity, used, skip, sending, returning, closed, times, up[j], down[j])
            missing = short if short > 0 else LACKED_CAPACITY
        lacked[j] = missing
