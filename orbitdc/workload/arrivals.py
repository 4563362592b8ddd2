"""Seeded arrivals: mean demand by class and city over one window → jobs in the order they arrive."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem

if TYPE_CHECKING:
    from ..scenario.models import Job, Phase, Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_ENTRIES = 6_000
"""Entries of one window, about: beyond it, equal jobs of one class and city are drawn in bundles."""

FINEST_PER_WINDOW = 300.0
"""Weight of a class that must be served at once: two entries a slot of a day of 144 slots."""

MAX_JOBS = 1e15
"""Jobs of one class and city in a window: counts stay exact in 64 bits."""


@dataclass(frozen=True)
class Jobs:
    """The jobs of one window in order of arrival; axes: job entry `j`, class `c`."""

    window_s: float
    """Length of the window; it repeats, so a job alive at its end goes on at its beginning."""
    class_names: tuple[str, ...]
    temperature: tuple[str, ...]
    """(c,) hot, warm, cold or space."""
    latency_s: Floats
    """(c,) longest request-to-response time of a site [s]."""
    precision: tuple[str, ...]
    """(c,) int8, fp16 or fp4."""
    mfu_frac: Floats
    """(c,) model-FLOP utilisation: useful operations per peak operation of a card busy with the job alone."""
    width: Ints
    """(c,) cards that must run together; one job uses no more, an entry of n jobs no more than n times it."""
    collective_byte_per_op: Floats
    """(c,) bytes that a card exchanges with the others of its job per useful operation that it does."""
    preemptible: NDArray[np.bool_]
    """(c,) may be stopped and go on later."""
    replicas: Ints
    """(c,) sites that hold the job's data."""
    cities: tuple[str, ...]
    tenants: tuple[str, ...]
    job_class: Ints
    """(j,) number of the class."""
    origin: Ints
    """(j,) number of the city; of space data, the city that asks for the result."""
    arrival_s: Floats
    """(j,) since the window's start [s], non-decreasing."""
    deadline_s: Floats
    """(j,) from arrival to the last bit of the output [s]."""
    work_op: Floats
    """(j,) useful operations of the whole entry: the model's own, at its class's precision."""
    input_bit: Floats
    """(j,) data that must reach the site before the work starts; 0 for space data in orbit."""
    output_bit: Floats
    """(j,) data that must come back before the work counts."""
    value: Floats
    """(j,) worth per operation, relative."""
    late_ok: NDArray[np.bool_]
    """(j,) run it even if it cannot meet its deadline."""
    n_jobs: Ints
    """(j,) jobs that the entry stands for."""
    tenant: Ints
    """(j,) number of the owner."""
    priority: Ints
    """(j,) of one owner's jobs, higher goes first."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def n_entries(self) -> int:
        """Entries, each one job or a bundle of equal jobs."""
        return int(self.job_class.size)

    @property
    def card_op(self) -> Floats:
        """(j,) operations of a card's peak that the whole entry takes."""
        return np.asarray(self.work_op / self.mfu_frac[self.job_class], np.float64)

    def take(self, index: NDArray[np.int64]) -> Jobs:
        """Return these entries in this order."""
        per_job = {
            field.name: getattr(self, field.name)[index] for field in fields(self) if field.name in _PER_JOB
        }
        rest = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _PER_JOB}
        return Jobs(**rest, **per_job)


_PER_JOB = frozenset(
    "job_class origin arrival_s deadline_s work_op input_bit output_bit value late_ok n_jobs tenant "
    "priority".split()
)


class _Stream(NamedTuple):
    """Jobs of one class, city and owner: a Poisson process of its own (thinning keeps it exact)."""

    job_class: int
    city: int
    tenant: int
    mean_jobs: float
    key: tuple[int, ...]


def draw(scenario: Scenario, phase: Phase, window_s: float, seed: np.random.SeedSequence) -> Jobs:
    """Draw the jobs of one window: each class and city is a Poisson process with the phase's mean demand.

    A class asked for at `demand` op/s in jobs of `work_op` each arrives at demand / work_op a second, split
    by the shares of its cities. Where that makes more than some 6,000 entries in all, consecutive arrivals of
    one process are drawn as one entry, finest where deadlines are short; the number of jobs and the spread
    of their arrivals keep their Poisson law (the wait for the b-th arrival is a Gamma(b)).

    Parameters
    ----------
    scenario : gives the classes and cities.
    phase : gives the demand by class [op/s].
    window_s : length of the window [s].
    seed : of this window; each class and city derives its own from it by name.

    Returns
    -------
    Jobs in order of arrival.

    Raises
    ------
    InputError if the jobs of a window are too many to count.

    Assumptions
    -----------
    Demand is steady through the window and the window repeats: arrivals lie on a circle. An entry of many
    jobs arrives with the last of them.

    Source
    ------
    Kingman, Poisson Processes (1993), §2.1, 4.1: counts, thinning, Gamma waiting times.

    Examples
    --------
    Four thousand jobs a day are four thousand entries; four thousand million are some 6,000 bundles:

    >>> _bundles(4_000, 6_000).size, int(_bundles(4_000_000_000, 6_000).sum())
    (4000, 4000000000)
    """
    names = tuple(sorted(phase.demand))
    cities = tuple(scenario.city)
    _refuse_uncountable(scenario, phase, window_s)
    classes = [scenario.job[name] for name in names]
    tenants = tuple(sorted({tenant for job in classes for tenant in _owners(job)}))
    streams = [
        stream
        for number, (name, job) in enumerate(zip(names, classes, strict=True))
        for stream in _streams(number, name, job, phase.demand[name] * window_s, cities, tenants)
    ]
    deadline_s = np.array([classes[stream.job_class].deadline_s for stream in streams])
    weight = np.clip(window_s / deadline_s, 1.0, FINEST_PER_WINDOW)
    budget = np.maximum(1.0, np.floor(MAX_ENTRIES * weight / max(weight.sum(), 1.0))).astype(np.int64)
    counts: list[Ints] = []
    arrivals: list[Floats] = []
    for stream, n_most in zip(streams, budget, strict=True):
        rng = np.random.default_rng(
            np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *stream.key))
        )
        count = _bundles(int(rng.poisson(stream.mean_jobs)), int(n_most))
        gap = rng.standard_gamma(count)
        turn = (np.cumsum(gap) / max(gap.sum(), np.finfo(float).tiny) + rng.random()) % 1.0
        counts.append(count)
        arrivals.append(turn * window_s)
    return _assemble(names, classes, cities, tenants, window_s, streams, counts, arrivals)


def _refuse_uncountable(scenario: Scenario, phase: Phase, window_s: float) -> None:
    problems = [
        Problem(
            f"phase.{phase.name}.demand.{name}",
            f"{rate:g} op/s in jobs of {scenario.job[name].work_op:g} op",
            f"at most {MAX_JOBS:g} jobs a window",
            "make the demand smaller or its jobs larger",
        )
        for name, rate in phase.demand.items()
        if rate * window_s > MAX_JOBS * scenario.job[name].work_op
    ]
    if problems:
        raise InputError(*problems)


def _owners(job: Job) -> dict[str, float]:
    return job.tenants or {"all": 1.0}


def _streams(
    number: int, name: str, job: Job, window_op: float, cities: tuple[str, ...], tenants: tuple[str, ...]
) -> list[_Stream]:
    owners = _owners(job)
    mean_jobs = window_op / job.work_op / sum(job.origins.values()) / sum(owners.values())
    # the only owner of a class adds nothing to the seed
    own = {owner: (_number(owner),) if len(owners) > 1 else () for owner in owners}
    return [
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


def _number(name: str) -> int:
    return zlib.crc32(name.encode())


def _bundles(n_jobs: int, n_most: int) -> Ints:
    """Return `n_jobs` split over at most `n_most` entries, none differing by more than one."""
    n = min(n_jobs, n_most)
    if n == 0:
        return np.zeros(0, np.int64)
    least, more = divmod(n_jobs, n)
    return least + (np.arange(n) < more).astype(np.int64)


def _assemble(
    names: tuple[str, ...],
    classes: list[Job],
    cities: tuple[str, ...],
    tenants: tuple[str, ...],
    window_s: float,
    streams: list[_Stream],
    counts: list[Ints],
    arrivals: list[Floats],
) -> Jobs:
    sizes = [count.size for count in counts]
    job_class = np.repeat(np.array([stream.job_class for stream in streams], np.int64), sizes)
    origin = np.repeat(np.array([stream.city for stream in streams], np.int64), sizes)
    tenant = np.repeat(np.array([stream.tenant for stream in streams], np.int64), sizes)
    arrival_s = np.concatenate([np.zeros(0), *arrivals])
    n_jobs = np.concatenate([np.zeros(0, np.int64), *counts])
    order = np.lexsort((tenant, origin, job_class, arrival_s))
    job_class, origin, tenant = job_class[order], origin[order], tenant[order]
    arrival_s, n_jobs = arrival_s[order], n_jobs[order]

    def of_class(values: list[float]) -> Floats:
        return np.array(values, np.float64)[job_class]

    raised = [0.0 if job.temperature == "space" else job.input_bit for job in classes]
    return Jobs(
        window_s=window_s,
        class_names=names,
        temperature=tuple(job.temperature for job in classes),
        latency_s=np.array([job.latency_s for job in classes], np.float64),
        precision=tuple(job.precision for job in classes),
        mfu_frac=np.array([job.mfu_frac for job in classes], np.float64),
        width=np.array([job.width for job in classes], np.int64),
        collective_byte_per_op=np.array([job.collective_byte_per_op for job in classes], np.float64),
        preemptible=np.array([job.preemptible for job in classes], np.bool_),
        replicas=np.array([job.replicas for job in classes], np.int64),
        cities=cities,
        tenants=tenants,
        job_class=job_class,
        origin=origin,
        arrival_s=arrival_s,
        deadline_s=of_class([job.deadline_s for job in classes]),
        work_op=of_class([job.work_op for job in classes]) * n_jobs,
        input_bit=of_class(raised) * n_jobs,
        output_bit=of_class([job.output_bit for job in classes]) * n_jobs,
        value=of_class([job.value for job in classes]),
        late_ok=np.array([job.late == "run" for job in classes], np.bool_)[job_class],
        n_jobs=n_jobs,
        tenant=tenant,
        priority=np.array([job.priority for job in classes], np.int64)[job_class],
    )
