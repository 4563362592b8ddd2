"""Logged jobs: a trace in place of the demand → the jobs of one window as the log has them, day after day."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S
from .classes import temperatures
from .jobs import Jobs
from .owners import NOBODY, owners_of, shares_of
from .traces import Trace, trace_of

if TYPE_CHECKING:
    from ..scenario.models import Job, Scenario, TraceFile
    from ..scenario.sampling import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
"""Multiples of it, modulo 1, fill the interval evenly however many there are (Weyl)."""

SHORTEST_S = 1.0
"""Logs count whole seconds: a run of none lasted less than one."""


def class_names(scenario: Scenario, phase: int) -> tuple[str, ...]:
    """Return the job classes of a phase: those of its demand or, of a log, one for each width.

    >>> import orbitdc
    >>> class_names(orbitdc.load("coverage-demo"), 0)
    ('imagery',)
    """
    asked = scenario.workload.trace
    if asked is None:
        return tuple(sorted(scenario.phase[phase].demand))
    return tuple(f"{asked.like}-x{width}" for width in np.unique(_widths(trace_of(asked))))


def job_of(scenario: Scenario, name: str) -> Job:
    """Return the model of a job class as `class_names` names it; of a log, with its width."""
    asked = scenario.workload.trace
    if asked is None:
        return scenario.job[name]
    width = int(name.removeprefix(f"{asked.like}-x"))
    return scenario.job[asked.like].model_copy(update={"width": width})


def logged_jobs(scenario: Scenario, window: Window) -> Jobs:
    """Return the jobs that a log has in one window.

    The log's first job falls on the `start` of the trace; when its last day is over it begins again. A job
    keeps its run time and its width: its work is what the processors that it held can do meanwhile. Its
    deadline is that of the class after the time it ran. What a log does not say, the class `like` gives.

    Parameters
    ----------
    scenario : names the log in `workload.trace`.
    window : its date and length.

    Returns
    -------
    Jobs, each row of the log an entry of `copies` jobs; a class for each width; none before the start.

    Raises
    ------
    InputError for a log that cannot be read, has bad rows that are not to be skipped, or no jobs.

    Assumptions
    -----------
    All jobs of one owner come from one city; owners are spread over the cities by the shares of the class,
    single jobs where the log knows one owner only.

    Examples
    --------
    `logged_jobs(scenario, windows(scenario)[0]).n_entries`.
    """
    asked = scenario.workload.trace
    assert asked is not None
    trace = trace_of(asked)
    like = scenario.job[asked.like]
    row, arrival_s = _in_window(trace, asked, scenario, window)
    _, job_class = np.unique(_widths(trace), return_inverse=True)
    classes = {name: job_of(scenario, name) for name in class_names(scenario, window.phase)}
    warmth = temperatures(scenario)[asked.like]
    copies = np.full(row.size, asked.copies, np.int64)
    jobs = Jobs.of(
        classes,
        [warmth] * len(classes),
        scenario.phase[window.phase],
        window_s=window.duration_s,
        cities=tuple(scenario.city),
        tenants=owners_of(scenario),
        job_class=job_class[row],
        origin=_spread(trace, like.origins, tuple(scenario.city))[row],
        tenant=_tenants(trace, like, scenario)[row],
        arrival_s=arrival_s,
        n_jobs=copies,
    )
    ran_s = np.maximum(trace.run_s, SHORTEST_S)[row]
    order = np.argsort(arrival_s, kind="stable")
    work_op = ran_s * trace.n_processors[row] * asked.processor_op_per_s * copies
    return replace(jobs, work_op=work_op[order], deadline_s=(like.deadline_s + ran_s)[order])


def most_entries(scenario: Scenario, window: Window) -> float:
    """Return about how many entries of jobs a window has at most."""
    asked, phase = scenario.workload.trace, scenario.phase[window.phase]
    if asked is not None:
        return float(trace_of(asked).n_jobs)
    n_jobs = sum(rate * window.duration_s / scenario.job[name].work_op for name, rate in phase.demand.items())
    return min(float(scenario.workload.max_entries), n_jobs)


def notes(scenario: Scenario) -> tuple[str, ...]:
    """Return what a user should know of a log: rows left out and why; nothing without a log."""
    asked = scenario.workload.trace
    if asked is None:
        return ()
    return (repr(trace_of(asked)),)


def _widths(trace: Trace) -> Ints:
    """Return (j,) cards that must run together: a shared one is one."""
    return np.maximum(1, np.ceil(trace.n_processors)).astype(np.int64)


def _in_window(trace: Trace, asked: TraceFile, scenario: Scenario, window: Window) -> tuple[Ints, Floats]:
    """Return rows of the log and when each arrives after the window's start, turn by turn of the log."""
    since_first_s = trace.submit_s - trace.submit_s[0]
    turn_s = DAY_S * (math.floor(since_first_s[-1] / DAY_S) + 1)
    first = asked.start or scenario.phase[0].start
    from_s = (window.start - first).total_seconds()
    turns = range(max(0, math.floor(from_s / turn_s)), math.floor((from_s + window.duration_s) / turn_s) + 1)
    rows, arrivals = [np.zeros(0, np.int64)], [np.zeros(0)]
    for turn in turns:
        begin_s = from_s - turn * turn_s
        low, high = np.searchsorted(since_first_s, [begin_s, begin_s + window.duration_s])
        rows.append(np.arange(low, high))
        arrivals.append(since_first_s[low:high] - begin_s)
    return np.concatenate(rows), np.concatenate(arrivals)


def _tenants(trace: Trace, like: Job, scenario: Scenario) -> Ints:
    """Return (j,) the owner of each job: the log's own, or one of the scenario's for each of them."""
    shares = shares_of(like, scenario)
    if set(shares) == {NOBODY}:
        return trace.user
    return _spread(trace, shares, owners_of(scenario))


def _spread(trace: Trace, shares: dict[str, float], names: tuple[str, ...]) -> Ints:
    """Return (j,) the number of a name for each job, by shares; the same for all jobs of a known owner."""
    whose = trace.user if len(trace.users) > 1 else np.arange(trace.n_jobs)
    upper = np.cumsum(list(shares.values())) / sum(shares.values())
    chosen = np.searchsorted(upper, (whose * GOLDEN) % 1.0, side="right")
    number = np.array([names.index(name) for name in shares], np.int64)
    return number[np.minimum(chosen, len(number) - 1)]
