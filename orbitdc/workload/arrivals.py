"""Seeded arrivals: mean demand by class, city and owner → the jobs of one window in the order they arrive."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from .classes import temperatures
from .jobs import Jobs
from .owners import owners_of, shares_of
from .rhythm import Rhythm, level, rhythm

if TYPE_CHECKING:
    from ..scenario.models import Job, Scenario
    from ..scenario.sampling import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FINEST_PER_WINDOW = 300.0
"""Weight of a class that must be served at once: two entries a slot of a day of 144 slots."""

MAX_JOBS = 1e15
"""Jobs of one class in a window: counts stay exact in 64 bits."""


class _Stream(NamedTuple):
    """Jobs of one class, city and owner: a Poisson process of its own (thinning keeps it exact)."""

    job_class: int
    city: int
    tenant: int
    mean_jobs: float
    key: tuple[int, ...]


def draw(scenario: Scenario, window: Window, seed: np.random.SeedSequence) -> Jobs:
    """Draw the jobs of one window: each class, city and owner is a Poisson process of changing rate.

    A class asked for at `demand` op/s in jobs of `work_op` each arrives at demand / work_op a second on the
    phase's average, split by the shares of its cities and owners. The window has the mean demand of the days
    it stands for, growth included, and the hours and weekdays of its own date. Where that makes more than
    `max_entries`, consecutive arrivals of one process are drawn as one entry, finest where deadlines are
    short or work is plenty; the number of jobs and the spread of their arrivals keep their Poisson law (in
    steady demand the wait for the b-th arrival is a Gamma(b)).

    Parameters
    ----------
    scenario : gives the classes, their demand, profiles and cities.
    window : its phase, date, length, and the days it stands for.
    seed : of this window; each process derives its own from it by name.

    Returns
    -------
    Jobs in order of arrival.

    Raises
    ------
    InputError if the jobs of a window are too many to count.

    Assumptions
    -----------
    The window repeats: arrivals lie on a circle. An entry of many jobs arrives with the last of them. Jobs of
    a class have the same work, or a log-normal one.

    Source
    ------
    Kingman, Poisson Processes (1993), §2.1, 4.1, 4.5: counts, thinning, Gamma waiting times, change of time.

    Examples
    --------
    Four thousand jobs a day are four thousand entries; four thousand million are some 6,000 bundles:

    >>> _bundles(4_000, 6_000).size, int(_bundles(4_000_000_000, 6_000).sum())
    (4000, 4000000000)
    """
    phase = scenario.phase[window.phase]
    window_s = window.duration_s
    classes = {name: scenario.job[name] for name in sorted(phase.demand)}
    mean_op = {
        name: phase.demand[name]
        * window_s
        * level(scenario, phase, job, window.segment_start, window.segment_end)
        for name, job in classes.items()
    }
    _refuse_uncountable(classes, mean_op, phase.name)
    cities = tuple(scenario.city)
    tenants = owners_of(scenario)
    streams = [
        stream
        for number, (name, job) in enumerate(classes.items())
        for stream in _streams(number, name, job, mean_op[name], cities, tenants, shares_of(job, scenario))
    ]
    jobs = list(classes.values())
    budget = _budget(streams, jobs, window_s, scenario.workload.max_entries)
    spread = [
        rhythm(scenario.profile[job.profile] if job.profile else None, window.start, window_s) for job in jobs
    ]
    counts: list[Ints] = []
    arrivals: list[Floats] = []
    sizes: list[Floats] = []
    for stream, n_most in zip(streams, budget, strict=True):
        own = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *stream.key))
        rng = np.random.default_rng(own)
        count, arrival_s = _arrivals(rng, stream, int(n_most), spread[stream.job_class])
        counts.append(count)
        arrivals.append(arrival_s)
        sizes.append(_sizes(rng, count, jobs[stream.job_class].work_cv))
    n_entries = [count.size for count in counts]
    return Jobs.of(
        classes,
        [temperatures(scenario)[name] for name in classes],
        phase,
        window_s=window_s,
        cities=cities,
        tenants=tenants,
        job_class=np.repeat(np.array([stream.job_class for stream in streams], np.int64), n_entries),
        origin=np.repeat(np.array([stream.city for stream in streams], np.int64), n_entries),
        tenant=np.repeat(np.array([stream.tenant for stream in streams], np.int64), n_entries),
        arrival_s=np.concatenate([np.zeros(0), *arrivals]),
        n_jobs=np.concatenate([np.zeros(0, np.int64), *counts]),
        size=np.concatenate([np.zeros(0), *sizes]),
    )


def _refuse_uncountable(classes: dict[str, Job], mean_op: dict[str, float], phase: str) -> None:
    problems = [
        Problem(
            f"phase.{phase}.demand.{name}",
            f"{mean_op[name]:g} op a window in jobs of {job.work_op:g} op",
            f"at most {MAX_JOBS:g} jobs a window",
            "make the demand smaller or its jobs larger",
        )
        for name, job in classes.items()
        if mean_op[name] > MAX_JOBS * job.work_op
    ]
    if problems:
        raise InputError(*problems)


def _streams(
    number: int,
    name: str,
    job: Job,
    mean_op: float,
    cities: tuple[str, ...],
    tenants: tuple[str, ...],
    owners: dict[str, float],
) -> list[_Stream]:
    mean_jobs = mean_op / job.work_op / sum(job.origins.values()) / sum(owners.values())
    # the only owner of a class adds nothing to the seed
    own = {owner: (_number(owner),) if len(owners) > 1 else () for owner in owners}
    found = [
        _Stream(
            job_class=number,
            city=cities.index(city),
            tenant=tenants.index(owner),
            mean_jobs=mean_jobs * from_city * of_owner,
            key=(_number(name), _number(city), *own[owner]),
        )
        for city, from_city in job.origins.items()
        for owner, of_owner in owners.items()
    ]
    return sorted(found, key=lambda stream: (stream.city, stream.tenant))


def _number(name: str) -> int:
    return zlib.crc32(name.encode())


def _budget(streams: list[_Stream], classes: list[Job], window_s: float, max_entries: int) -> Ints:
    """Return the entries that each process may have.

    A third of them goes by urgency, a third by work, a third to each class alike: so that no answer due at
    once waits long for the last job of its bundle, no bundle is a large part of a site, and a small class
    has more than a few. What a process cannot use goes to the others.
    """
    mean_jobs = np.array([stream.mean_jobs for stream in streams])
    of = [classes[stream.job_class] for stream in streams]
    urgency = np.clip(window_s / np.array([job.deadline_s for job in of]), 1.0, FINEST_PER_WINDOW)
    work = mean_jobs * np.array([job.work_op / job.mfu_frac for job in of])
    number = np.array([stream.job_class for stream in streams], np.int64)
    of_class = np.maximum(np.bincount(number, mean_jobs), 1.0)[number] * len(classes)
    weight = urgency / max(urgency.sum(), 1.0) + work / max(work.sum(), 1.0) + mean_jobs / of_class
    enough = np.ceil(mean_jobs + 6.0 * np.sqrt(mean_jobs) + 1.0)
    budget = np.minimum(enough, 2.0**62)
    short = np.full(budget.size, enough.sum() > max_entries)
    while short.any():
        left = max_entries - enough[~short].sum()
        budget[short] = np.maximum(1.0, np.floor(left * weight[short] / weight[short].sum()))
        served = short & (enough <= budget)
        if not served.any():
            break
        budget[served] = enough[served]
        short &= ~served
    return np.asarray(budget, np.int64)


def _arrivals(rng: np.random.Generator, stream: _Stream, n_most: int, spread: Rhythm) -> tuple[Ints, Floats]:
    """Return (n,) jobs of each entry of a process and (n,) its arrival [s]."""
    count = _bundles(int(rng.poisson(stream.mean_jobs)), n_most)
    gap = rng.standard_gamma(count)
    turn = (np.cumsum(gap) / max(gap.sum(), np.finfo(float).tiny) + rng.random()) % 1.0
    return count, spread.times(turn)


def _sizes(rng: np.random.Generator, count: Ints, cv: float) -> Floats:
    """Return (n,) the work of each entry over that of as many mean jobs.

    A sum of log-normal jobs is taken as log-normal with its mean and variance: Fenton, IRE Transactions on
    Communications Systems 8 (1960) 57.
    """
    if cv == 0.0:
        return np.ones(count.size)
    variance = np.log1p(cv**2 / np.maximum(count, 1))
    return np.exp(rng.standard_normal(count.size) * np.sqrt(variance) - variance / 2.0)


def _bundles(n_jobs: int, n_most: int) -> Ints:
    """Return `n_jobs` split over at most `n_most` entries, none differing by more than one."""
    n = min(n_jobs, n_most)
    if n == 0:
        return np.zeros(0, np.int64)
    least, more = divmod(n_jobs, n)
    return least + (np.arange(n) < more).astype(np.int64)
