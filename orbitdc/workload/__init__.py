"""What is asked of the system: demand by class and city, or a log of jobs → jobs, classified and dated.

The plan serves data in three steps. *Classify*: how often data is used and how late its answer may come makes
it hot, warm or cold (`classes`). *Transmit*: each job brings what must reach the site before it starts and
what must come back before it counts (`Jobs.input_bit`, `Jobs.output_bit`). *Serve*: its work in useful
operations, on so many cards at once, by its deadline (`Jobs.work_op`, `width`, `deadline_s`). The last two
are for the scheduler to place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arrivals import draw
from .classes import Classify, Thresholds, classified, classify, temperatures
from .jobs import Jobs
from .logged import class_names, job_of, logged_jobs, most_entries, notes
from .owners import owners_of
from .traces import Trace, read_trace

if TYPE_CHECKING:
    from numpy.random import SeedSequence

    from ..scenario.models import Scenario
    from ..scenario.sampling import Window

__all__ = [
    "Classify",
    "Jobs",
    "Thresholds",
    "Trace",
    "class_names",
    "classified",
    "classify",
    "draw",
    "job_of",
    "jobs_of",
    "logged_jobs",
    "most_entries",
    "notes",
    "owners_of",
    "read_trace",
    "temperatures",
]


def jobs_of(scenario: Scenario, window: Window, seed: SeedSequence) -> Jobs:
    """Return the jobs of one window: drawn from the demand, or those of the log that takes its place."""
    return draw(scenario, window, seed) if scenario.workload.trace is None else logged_jobs(scenario, window)
