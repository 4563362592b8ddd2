"""List scheduling: jobs by priority, sites by preference → site, first and last slot, what each slot gives.

Slots lie on a circle of n: slot k >= n is slot k - n of the next, equal window. Row `site` of `capacity` and
`used` holds operations; the row after the sites holds the bits of the link to orbit. `skip[row, k]` points
from a full slot toward the next one with room (n = none before the window's end), with path halving, so that
a full site costs no walk.
"""

from . import inline, kernel

NOT_PLACED = -1
LACKED_CAPACITY = 1
LACKED_LINK = 2


@inline
def _open_slot(skip, row, k):
    """Return the first slot from k on with room, n if there is none before the window's end."""
    while skip[row, k] != k:
        skip[row, k] = skip[row, skip[row, k]]
        k = skip[row, k]
    return k


@inline
def _finish(capacity, used, skip, row, first, last, need, held):
    """Return the slot, `first` to `last`, in which `need` is met, and how much of that slot it takes.

    `held` is promised out of slot `first` already. NOT_PLACED if the slots do not hold enough.
    """
    if need <= 0.0:
        return first, 0.0
    n = capacity.shape[1]
    slot = first
    left = need
    while slot <= last:
        base = n if slot >= n else 0
        k = _open_slot(skip, row, slot - base)
        slot = base + k
        if k == n:  # go on at the beginning of the circle
            continue
        if slot > last:
            break
        room = capacity[row, k] - used[row, k]
        if slot == first:
            room = max(room - held, 0.0)
        if left <= room:
            return slot, left
        left -= room
        slot += 1
    return NOT_PLACED, 0.0


@inline
def _take(capacity, used, skip, row, first, last, need):
    """Use `need`, met in slot `last`, from slot `first` on; return the first slot that gave any."""
    n = capacity.shape[1]
    slot = first
    begin = NOT_PLACED
    left = need
    while left > 0.0 and slot <= last:
        base = n if slot >= n else 0
        k = _open_slot(skip, row, slot - base)
        slot = base + k
        if k == n:
            continue
        if slot > last:  # rounding alone is left
            break
        if begin < 0:
            begin = slot
        room = capacity[row, k] - used[row, k]
        if slot == last and left < room:
            used[row, k] = min(used[row, k] + left, capacity[row, k])
            break
        used[row, k] = capacity[row, k]
        skip[row, k] = k + 1
        left -= room
        slot += 1
    return begin


@kernel
def dispatch(
    release, span, work, up, down, group, ranked, orbit, capacity, used, skip, site, start, end, lacked
):
    """Place each job, in the order given, on the first of its sites that finishes it in its slots.

    Work may use any slots with room from its release on, never two sites. In orbit the input comes up first,
    then the work is done, then the output goes down, through one pool of link bits; each may begin in the
    slot in which the one before ends. Nothing is taken unless all of it fits.

    Parameters
    ----------
    release : (j,) int64, first slot, 0 .. n-1. span : (j,) int64, slots it may use, 1 .. n.
    work : (j,) > 0 [op]. up, down : (j,) data to and from orbit [bit].
    group : (j,) int64, row of `ranked`. ranked : (group, site) int64, by preference, -1 after the last.
    orbit : the site that needs the link.
    capacity, used : (site + 1, n) operations, last row bits; `used` changes in place.
    skip : (site + 1, n + 1) int64, changes in place; at first k, or k + 1 where slot k has no capacity.
    site, start, end : (j,) int64, results; untouched where nothing fits.
    lacked : (j,) int64, 0 if placed, else what the sites tried did not have; untouched if none was tried.
    """
    link = capacity.shape[0] - 1
    for j in range(release.size):
        first = release[j]
        last = first + span[j] - 1
        missing = lacked[j]
        for choice in range(ranked.shape[1]):
            here = ranked[group[j], choice]
            if here < 0:
                break
            fed = first
            held = 0.0
            if here == orbit:
                fed, held = _finish(capacity, used, skip, link, first, last, up[j], 0.0)
            worked = NOT_PLACED
            if fed >= 0:
                worked, _ = _finish(capacity, used, skip, here, fed, last, work[j], 0.0)
            sent = worked
            if here == orbit and worked >= 0:
                if worked != fed:
                    held = 0.0
                sent, _ = _finish(capacity, used, skip, link, worked, last, down[j], held)
            if sent >= 0:
                if here == orbit:
                    _take(capacity, used, skip, link, first, fed, up[j])
                    _take(capacity, used, skip, link, worked, sent, down[j])
                start[j] = _take(capacity, used, skip, here, fed, worked, work[j])
                site[j] = here
                end[j] = sent
                missing = 0
                break
            if here == orbit:  # the work alone would fit: its data does not
                alone, _ = _finish(capacity, used, skip, here, first, last, work[j], 0.0)
                if alone >= 0:
                    missing = LACKED_LINK
            if missing != LACKED_LINK:
                missing = LACKED_CAPACITY
        lacked[j] = missing
