"""What a job would pay: prices by site and slot → its cheapest cost at each site it could run at, all alone.

Slots lie on a circle of n, as in `dispatch`.
"""

from . import inline, kernel

ENOUGH = 1.0 - 1e-9
"""Share of a need that counts as all of it: what rounding takes off a sum over slots."""

WIDE = 24
"""Slots of a span beyond which those of the whole window, sorted once, are gone through."""


@inline
def _list_offers(price, capacity, closed, mask, here, first, span, rate, offer, amount):
    """List what each open slot of a span asks and gives, cheapest first; return how many there are."""
    n = price.shape[1]
    count = 0
    for slot in range(first, first + span):
        k = slot - n if slot >= n else slot
        give = min(rate, capacity[here, k])
        if closed[mask, k] or give <= 0.0:
            continue
        asked = price[here, k]
        i = count
        while i > 0 and offer[i - 1] > asked:
            offer[i] = offer[i - 1]
            amount[i] = amount[i - 1]
            i -= 1
        offer[i] = asked
        amount[i] = give
        count += 1
    return count


@kernel
def _buy_in_many(price, by_price, capacity, closed, mask, here, first, span, rate, left):
    """Return the same of a wide span, all slots of the window being sorted already."""
    n = price.shape[1]
    paid = 0.0
    for i in range(n):
        k = by_price[here, i]
        after = k - first if k >= first else k - first + n
        if after >= span or closed[mask, k]:
            continue
        taken = min(left, rate, capacity[here, k])
        paid += taken * price[here, k]
        left -= taken
        if left <= 0.0:
            break
    return paid, left


@inline
def _holds(limit, row, first, span, need):
    """Return whether the slots of a row hold so many bits."""
    if need <= 0.0:
        return True
    n = limit.shape[1]
    total = 0.0
    for slot in range(first, first + span):
        total += limit[row, slot - n if slot >= n else slot]
        if total >= need * ENOUGH:
            return True
    return False


@kernel
def cheapest(
    release, span, work, up, down, n_jobs, job_class, group, allowed, per_op, most, mask, closed, capacity,
    up_bit, down_bit, price, by_price, up_price, down_price, offer, amount, cost,
):  # fmt: skip
    """Fill in what each job would pay at each site per useful operation, inf where it could not run alone.

    Parameters
    ----------
    release, span, work, up, down, n_jobs, job_class, group, per_op, most, mask, closed : as for `dispatch`.
    allowed : (group, site) bool. capacity, up_bit, down_bit : (site, n).
    price : (site, n) of a card operation. by_price : (site, n) int64, slots of each site, cheapest first.
    up_price, down_price : (site,) of a bit.
    offer, amount : (n,) work space. cost : (j, site) result.
    """
    for j in range(release.size):
        for here in range(capacity.shape[0]):
            cost[j, here] = float("inf")
            if not allowed[group[j], here]:
                continue
            if not _holds(up_bit, here, release[j], span[j], up[j]):
                continue
            if not _holds(down_bit, here, release[j], span[j], down[j]):
                continue
            left = work[j] * per_op[job_class[j], here]
            enough = left * (1.0 - ENOUGH)
            rate = most[job_class[j], here] * n_jobs[j]
            shut = mask[group[j], here]
            paid = up[j] * up_price[here] + down[j] * down_price[here]
            if span[j] > WIDE:
                more, left = _buy_in_many(
                    price, by_price, capacity, closed, shut, here, release[j], span[j], rate, left
                )
                paid += more
            else:
                count = _list_offers(
                    price, capacity, closed, shut, here, release[j], span[j], rate, offer, amount
                )
                for i in range(count):
                    taken = min(left, amount[i])
                    paid += taken * offer[i]
                    left -= taken
                    if left <= 0.0:
                        break
            if left <= enough:
                cost[j, here] = paid / work[j]
