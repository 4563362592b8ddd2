"""Decayed usage: charges of many users on a circle of slots → what each had used when a charge is made."""

from . import kernel


@kernel
def usage_before(user, slot, charge, fade, lately, before):
    """Fill `before` (j,) with what the user has used of late when charge j is made, charges in order.

    `fade` (k,) is what is left of a charge so many slots later; the circle closes. `lately` (user, k) is the
    use felt in each slot, zero to begin with.
    """
    n = fade.size
    for j in range(user.size):
        row = lately[user[j]]
        first = slot[j]
        before[j] = row[first]
        for d in range(n - first):
            row[first + d] += charge[j] * fade[d]
        for d in range(n - first, n):
            row[first + d - n] += charge[j] * fade[d]
