"""Place: jobs in an order, sites by preference → the whole plan, by list scheduling.

What a policy of this house decides is who comes first and which site a job tries first; that nothing is
overfull, that data precedes work and that gangs keep their width is the kernel's business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.dispatch import dispatch
from ..network.lines import NO_LINE
from ..workload import Jobs
from .programme import NOTHING
from .schedule import CLASS, COMPLETED, LATE, NONE, NOWHERE, REJECTED, Schedule
from .sites import Sites
from .terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def place(
    policy: str,
    jobs: Jobs,
    sites: Sites,
    given: Terms,
    order: Ints,
    ranked: Ints,
    row: Ints | None = None,
) -> Schedule:
    """Place jobs in an order, each on the first of its sites that finishes it in time.

    A job takes the earliest free capacity of one site. Those that miss but may be late are tried again at the
    end, with the whole window for their time, in what is left.

    Parameters
    ----------
    policy : name that the schedule carries.
    jobs, sites, given : what is asked, what there is, and on what terms.
    order : (j,) numbers of the jobs, first come first.
    ranked : (row, choice) sites by preference, -1 after the last; only allowed ones.
    row : (j,) row of `ranked` of each job; its group if not given.

    Returns
    -------
    Schedule. No job is unfinished: the window is a circle, and what does not fit is rejected.

    Source
    ------
    Graham, SIAM J. Appl. Math. 17 (1969) 416: list scheduling.

    Examples
    --------
    First come, first served, sites by name:
    `place("fcfs", jobs, sites, given, np.arange(jobs.n_entries), ranked_by(sites, given.allowed))`.
    """
    row = given.group if row is None else row
    board = Board(jobs, sites, given)
    board.offer(order, ranked, row)
    return board.finish(policy, order, ranked, row)


class Board:
    """A plan in the making: what is taken of each slot and who has a place.

    A job takes the earliest of its slots or, told apart by `n_levels` degrees of fullness, the emptiest.
    """

    def __init__(self, jobs: Jobs, sites: Sites, given: Terms, n_levels: int = 1) -> None:
        self._jobs, self._sites, self._given = jobs, sites, given
        self._n_levels = n_levels
        self._linked = sites.linked
        self._capacity = np.vstack([sites.op, sites.up_bit, sites.down_bit, sites.narrow.bit])
        first_line = 3 * len(sites.names)
        both = (sites.narrow.way, sites.narrow.way_back)
        self._ways = [np.where(way == NO_LINE, NO_LINE, first_line + way) for way in both]
        self._used = np.zeros_like(self._capacity)
        self._skip = np.tile(np.arange(sites.n_slots + 1), (len(self._capacity), 1))
        # what subtracting one plan from another leaves of a full slot is no room
        most = self._capacity.max(axis=1, initial=0.0, where=np.isfinite(self._capacity), keepdims=True)
        self._skip[:, : sites.n_slots] += self._capacity <= NOTHING * most
        self._site = np.full(jobs.n_entries, NOWHERE)
        self._start, self._end = self._site.copy(), self._site.copy()
        self._reason = given.reason[given.group]

    @property
    def placed(self) -> Flags:
        """Which jobs have a place (j,)."""
        return np.asarray(self._site != NOWHERE)

    @property
    def value_op(self) -> float:
        """The work that has a place, weighted by its worth per operation [op]."""
        return float(self._jobs.value[self.placed] @ self._jobs.work_op[self.placed])

    def offer(
        self, order: Ints, ranked: Ints, row: Ints, shut: Flags | None = None, *, by_deadline: bool = True
    ) -> Ints:
        """Place, in this order, those jobs that have no place yet; return the ones tried.

        `shut` (site, k) closes slots to all work. Jobs end by their deadline, or at any time in the window.
        """
        jobs, sites, given = self._jobs, self._sites, self._given
        chosen = order[self._site[order] == NOWHERE]
        span = given.span[chosen] if by_deadline else np.full(chosen.size, sites.n_slots)
        closed, mask = (given.closed, given.mask) if shut is None else _shut_too(given, shut)
        data = (jobs.input_bit, jobs.output_bit)
        asked = (jobs.work_op, *data, jobs.n_jobs, jobs.job_class, jobs.origin, given.group, row)
        n_levels = self._n_levels if by_deadline else 1  # what is late already is done as soon as can be
        found = (self._site[chosen], self._start[chosen], self._end[chosen], self._reason[chosen])
        dispatch(
            given.release[chosen], span, *(column[chosen] for column in asked), ranked, given.per_op,
            given.most_op, given.whole, mask, closed, self._linked, *self._ways, sites.narrow.place,
            n_levels, self._capacity, self._used, self._skip, *found,
        )  # fmt: skip
        self._site[chosen], self._start[chosen], self._end[chosen], lacked = found
        if by_deadline:
            self._reason[chosen] = lacked
        return np.asarray(chosen)

    def finish(self, policy: str, order: Ints, ranked: Ints, row: Ints) -> Schedule:
        """Place those that may be late in what is left, and return the whole plan."""
        jobs, sites = self._jobs, self._sites
        outcome = np.where(self._site != NOWHERE, COMPLETED, REJECTED)
        # the reason stays what made it late
        again = self.offer(order[jobs.late_ok[order]], ranked, row, by_deadline=False)
        outcome[again[self._site[again] != NOWHERE]] = LATE
        # a policy may leave a job no site at all, of those that could take it
        refused = (self._site == NOWHERE) & (self._reason == NONE)
        reason = np.where(refused, CLASS, self._reason)
        n_site = len(sites.names)
        used_op, up_bit, down_bit, line_bit = np.split(self._used, [n_site, 2 * n_site, 3 * n_site])
        _book_free_data(jobs, self._linked, self._site, self._start % sites.n_slots, jobs.input_bit, up_bit)
        _book_free_data(jobs, self._linked, self._site, self._end % sites.n_slots, jobs.output_bit, down_bit)
        orbit_op = sites.op[: sites.n_orbit]
        share = np.divide(
            used_op[: sites.n_orbit], orbit_op, out=np.zeros_like(orbit_op), where=orbit_op > 0.0
        )
        return Schedule(
            policy=policy,
            site=self._site.copy(),
            start_slot=self._start.copy(),
            end_slot=self._end.copy(),
            outcome=outcome,
            reason=reason,
            used_op=used_op.copy(),
            used_up_bit=up_bit.copy(),
            used_down_bit=down_bit.copy(),
            used_line_bit=line_bit.copy(),
            share_frac=share,
        )


def _shut_too(given: Terms, shut: Flags) -> tuple[Flags, Ints]:
    """Return closed slots, none closed first, with those shut at a site, and the row of each pair."""
    n_site, n_slot = shut.shape
    both = (given.closed[:, None, :] | shut).reshape(-1, n_slot)
    closed = np.vstack([np.zeros((1, n_slot), np.bool_), both])
    return closed, 1 + given.mask * n_site + np.arange(n_site)


def by_key(jobs: Jobs, key: Ints) -> Ints:
    """Return the jobs by key, then first come; two are equal only if nothing tells them apart.

    Deadline and value make one small whole number, so that a stable integer sort does the work of many keys.
    """
    if key.max(initial=0) < 2**16:
        key = key.astype(np.uint16)  # sorted by digits, 10 times faster
    if np.all(np.diff(jobs.arrival_s) > 0.0):
        return np.argsort(key, kind="stable")
    order = np.lexsort(first_come(jobs))
    return order[np.argsort(key[order], kind="stable")]


def first_come(jobs: Jobs) -> tuple[NDArray[Any], ...]:
    """Return the keys, last one first, that put jobs in order of arrival, or of what tells them apart."""
    terms = (jobs.late_ok, jobs.priority, jobs.tenant)
    content = (jobs.n_jobs, jobs.value, jobs.output_bit, jobs.input_bit, jobs.work_op)
    return (*terms, *content, jobs.deadline_s, jobs.origin, jobs.job_class, jobs.arrival_s)


def ranked_by(sites: Sites, allowed: NDArray[np.bool_], *keys: Floats) -> Ints:
    """Return (group, site) the allowed sites by keys, the first one first, then by name; -1 after the last.

    Parameters
    ----------
    sites : for their names: equal keys are settled by name, so that the order of the hubs does not matter.
    allowed : (group, site).
    keys : each (group, site), smallest first.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> allowed = np.array([[True, True, False], [True, True, True]])
    >>> ranked_by(N(names=("b", "a", "c")), allowed, np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])).tolist()
    [[1, 0, -1], [2, 1, 0]]
    """
    alphabetic = np.argsort(np.argsort(np.array(sites.names, dtype=object), kind="stable"), kind="stable")
    by_name = np.broadcast_to(alphabetic, allowed.shape)
    order = np.lexsort((by_name, *reversed(keys), ~allowed), axis=1)
    ranked: Ints = np.where(np.take_along_axis(allowed, order, axis=1), order, NOWHERE)
    return ranked


def _book_free_data(
    jobs: Jobs, linked: NDArray[np.bool_], site: Ints, slot: Ints, bit: Floats, used_bit: Floats
) -> None:
    """Book, in place, the data of jobs at sites whose link nothing limits."""
    free = np.flatnonzero(site != NOWHERE)
    free = free[~linked[site[free]]]
    np.add.at(used_bit, (site[free], slot[free]), bit[free])
