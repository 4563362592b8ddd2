"""Replay on paper: jobs, sites and a schedule → every slot of every site derived again, and compared.

A schedule says of each job where, from and until when, and of each slot how much is done. The two must fit:
work lies between a job's first and last slot, input before it, output after it, no faster than its cards. The
window is a circle, so amounts are followed around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..workload import Jobs
from .schedule import COMPLETED, NOWHERE, ROUNDING, Schedule
from .sites import Sites
from .terms import slots_allowed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Flow:
    """One thing that jobs need of a site: the slots in which each may get it, and how much."""

    name: str
    site: Ints
    first: Ints
    """(j,) counted from the window's start; past its end they wrap to its beginning."""
    last: Ints
    amount: Floats
    most: Floats
    """(j,) in one slot."""
    used: Floats
    """(site, k) what the schedule says."""
    places: tuple[str, ...]
    """Names of the sites, or of the lines that stand for them."""


def replay(jobs: Jobs, sites: Sites, schedule: Schedule) -> None:
    """Hold what each slot does against the jobs that it does it for.

    Parameters
    ----------
    jobs, sites, schedule : what was asked, what there is, what was decided.

    Raises
    ------
    InvariantError naming site and slot, or the jobs, and what does not fit.

    Assumptions
    -----------
    Jobs of a site are followed as one amount: what is done by a slot is no less than all work that ends by it
    and no more than all that has begun.

    Source
    ------
    Necessary conditions of a flow through time: Ford and Fulkerson, Flows in Networks (1962), ch. III.

    Examples
    --------
    Called on every window, after `check`: `replay(jobs, sites, policy(jobs, sites))`.
    """
    ran = np.flatnonzero(schedule.site != NOWHERE)
    release, span = (part[ran] for part in slots_allowed(jobs, sites))
    start, end, site = schedule.start_slot[ran], schedule.end_slot[ran], schedule.site[ran]
    job_class = jobs.job_class[ran]
    need_op = jobs.work_op[ran] / sites.useful_frac[job_class, site]
    most_op = jobs.width[job_class] * jobs.n_jobs[ran] * sites.card_op_per_s[site] * sites.slot_s
    on_time = schedule.outcome[ran] == COMPLETED
    allowed = np.where(on_time, span, sites.n_slots)
    _hold_jobs(schedule, ran, "begins before it arrives", start < release)
    _hold_jobs(schedule, ran, "ends before it begins", end < start)
    _hold_jobs(schedule, ran, "ends after its deadline", end > release + allowed - 1)
    lasts = (end - start + 1) * most_op * (1.0 + ROUNDING)
    _hold_jobs(schedule, ran, "is done faster than its cards can", need_op > lasts)
    whole = np.full(ran.size, np.inf)
    at = tuple(f"site {name}" for name in sites.names)
    for flow in (
        _Flow("operations", site, start, end, need_op, most_op, schedule.used_op, at),
        _Flow("bits up", site, release, start, jobs.input_bit[ran], whole, schedule.used_up_bit, at),
        _Flow("bits down", site, start, end, jobs.output_bit[ran], whole, schedule.used_down_bit, at),
        _over_lines(jobs, sites, schedule, ran, release),
    ):
        _hold_slots(schedule, flow)
    _hold_share(sites, schedule)


def _over_lines(jobs: Jobs, sites: Sites, schedule: Schedule, ran: Ints, release: Ints) -> _Flow:
    """Return what the jobs that run send over lines that could be full and whose ways do not change."""
    start, end, narrow = schedule.start_slot[ran], schedule.end_slot[ran], sites.narrow
    city, site = jobs.origin[ran], schedule.site[ran]
    parts, steady = [], np.ones(len(narrow.names), np.bool_)
    for way, first, last, bit in (
        (narrow.way, release, start, jobs.input_bit[ran]),
        (narrow.way_back, start, end, jobs.output_bit[ran]),
    ):
        some, every = narrow.crossed(way)
        steady &= (some == every).all(axis=(0, 1))
        job, line = np.nonzero(every[city, site])
        parts.append((line, first[job], last[job], bit[job]))
    line, first, last, bit = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    kept, row = steady[line], np.cumsum(steady) - 1
    names = tuple(f"line {name}" for name, still in zip(narrow.names, steady, strict=True) if still)
    most = np.full(int(kept.sum()), np.inf)
    used = schedule.used_line_bit[steady]
    return _Flow("bits", row[line[kept]], first[kept], last[kept], bit[kept], most, used, names)


def _hold_jobs(schedule: Schedule, ran: Ints, what: str, broken: NDArray[np.bool_]) -> None:
    if broken.any():
        number = int(ran[np.argmax(broken)])
        raise InvariantError(f"schedule of policy '{schedule.policy}': job entry {number} {what}")


def _hold_slots(schedule: Schedule, flow: _Flow) -> None:
    """Hold each slot against what its jobs can take in it, and each boundary against work in progress."""
    n_site, n_slot = flow.used.shape
    ended = np.zeros((n_site, n_slot))
    np.add.at(ended, (flow.site, flow.last % n_slot), flow.amount)
    in_progress = _around(flow, flow.amount, flow.first, flow.last)  # across the end of each slot
    can_take = _around(flow, np.minimum(flow.most, flow.amount), flow.first, flow.last + 1)
    total = np.maximum(flow.used.sum(axis=1, keepdims=True), 1.0)
    over = flow.used - can_take * (1.0 + ROUNDING) - ROUNDING * total
    _hold(schedule, flow, over > 0.0, "more than the jobs there can take")
    # done by the end of a slot, of all that ends later: between nothing and all of it, for some beginning
    done = np.cumsum(flow.used - ended, axis=1)
    least = -done.min(axis=1, keepdims=True)
    short = done + np.minimum(least, (in_progress - done).min(axis=1, keepdims=True)) < -ROUNDING * total
    _hold(schedule, flow, short, "work ends that was not done, or is done before it begins")


def _around(flow: _Flow, amount: Floats, first: Ints, past_last: Ints) -> Floats:
    """Return (site, k) the amounts of all jobs from their first slot to before the last, round the circle."""
    n_site, n_slot = flow.used.shape
    change = np.zeros((n_site, 3 * n_slot + 1))
    np.add.at(change, (flow.site, first), amount)
    np.add.at(change, (flow.site, past_last), -amount)
    level = np.cumsum(change, axis=1)[:, : 3 * n_slot]
    return np.asarray(level.reshape(n_site, 3, n_slot).sum(axis=1))


def _hold(schedule: Schedule, flow: _Flow, broken: NDArray[np.bool_], what: str) -> None:
    if broken.any():
        i, k = np.argwhere(broken)[0]
        raise InvariantError(
            f"schedule of policy '{schedule.policy}': {flow.name} of {flow.places[i]}, slot {k}: {what}"
        )


def _hold_share(sites: Sites, schedule: Schedule) -> None:
    """Hold what satellites will fly, a share of their centre, against the operations planned there."""
    orbit = slice(sites.n_orbit)
    flown = schedule.share_frac * sites.op[orbit]
    broken = np.abs(flown - schedule.used_op[orbit]) > ROUNDING * np.maximum(sites.op[orbit], 1.0)
    if broken.any():
        i, k = np.argwhere(broken)[0]
        raise InvariantError(
            f"schedule of policy '{schedule.policy}': site {sites.names[i]}, slot {k}: the share that is "
            "flown is not what is planned"
        )
