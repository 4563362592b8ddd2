"""Jobs: what is asked of the system in one window, one entry for each job or bundle of equal jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..scenario.models import Job, Phase

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    in_orbit: NDArray[np.bool_]
    """(c,) the plan lets orbit compute it."""
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

    @classmethod
    def of(
        cls,
        classes: dict[str, Job],
        temperature: Sequence[str],
        phase: Phase,
        *,
        window_s: float,
        cities: tuple[str, ...],
        tenants: tuple[str, ...],
        job_class: Ints,
        origin: Ints,
        tenant: Ints,
        arrival_s: Floats,
        n_jobs: Ints,
        size: Floats | None = None,
    ) -> Jobs:
        """Return entries of so many jobs of these classes, in order of arrival.

        Parameters
        ----------
        classes : by name, in the order that `job_class` counts.
        temperature : of each class.
        phase : says what the plan lets orbit compute.
        window_s, cities, tenants, job_class, origin, tenant, arrival_s, n_jobs : as the fields, in any order
            of arrival; entries that arrive at the same instant keep theirs.
        size : work and data of each entry over those of `n_jobs` mean ones; none: all are as the mean.
        """
        order = np.argsort(arrival_s, kind="stable")
        job_class, n_jobs = job_class[order], n_jobs[order]
        n_mean = n_jobs if size is None else n_jobs * size[order]

        def of_class(values: list[float]) -> Floats:
            return np.array(values, np.float64)[job_class]

        jobs = list(classes.values())
        # what is taken in orbit need not be sent there
        raised = [
            0.0 if warmth == "space" else job.input_bit for job, warmth in zip(jobs, temperature, strict=True)
        ]
        return cls(
            window_s=window_s,
            class_names=tuple(classes),
            temperature=tuple(temperature),
            latency_s=np.array([job.latency_s for job in jobs], np.float64),
            precision=tuple(job.precision for job in jobs),
            mfu_frac=np.array([job.mfu_frac for job in jobs], np.float64),
            width=np.array([job.width for job in jobs], np.int64),
            collective_byte_per_op=np.array([job.collective_byte_per_op for job in jobs], np.float64),
            preemptible=np.array([job.preemptible for job in jobs], np.bool_),
            replicas=np.array([job.replicas for job in jobs], np.int64),
            in_orbit=np.array([warmth in phase.in_orbit for warmth in temperature], np.bool_),
            cities=cities,
            tenants=tenants,
            job_class=job_class,
            origin=origin[order],
            arrival_s=arrival_s[order],
            deadline_s=of_class([job.deadline_s for job in jobs]),
            work_op=of_class([job.work_op for job in jobs]) * n_mean,
            input_bit=of_class(raised) * n_mean,
            output_bit=of_class([job.output_bit for job in jobs]) * n_mean,
            value=of_class([job.value for job in jobs]),
            late_ok=np.array([job.late == "run" for job in jobs], np.bool_)[job_class],
            n_jobs=n_jobs,
            tenant=tenant[order],
            priority=np.array([job.priority for job in jobs], np.int64)[job_class],
        )

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
