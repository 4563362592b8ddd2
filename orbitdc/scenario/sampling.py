"""Sampling: which stretches of the horizon are simulated in full. Scenario → windows with weights.

Light is computed on every day elsewhere; windows sample contacts and scheduling only. A year is cut into
equal segments of whole days, and one window stands in the middle of each; its weight is the length of the
segment, so the weights of a phase add up to the phase.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..constants import DAY_S
from .models import Phase, Scenario


@dataclass(frozen=True, slots=True)
class Window:
    """One simulated stretch and the segment of the plan that it stands for."""

    index: int
    phase: int
    start: datetime
    duration_s: float
    segment_start: datetime
    segment_end: datetime

    @property
    def weight_d(self) -> float:
        """Days that the window stands for."""
        return (self.segment_end - self.segment_start).total_seconds() / DAY_S

    @property
    def middle(self) -> datetime:
        """The instant at which the fleet of the whole window is taken."""
        return self.segment_start + (self.segment_end - self.segment_start) / 2


def windows(scenario: Scenario) -> tuple[Window, ...]:
    """Return the windows of all phases in order of time.

    Parameters
    ----------
    scenario : Scenario
        `time.sampling = "every-day"` makes one window a day, `"representative"` makes
        `time.windows_per_year` a year.

    Returns
    -------
    tuple of Window
        Their weights add up to the length of the phases [d].
    """
    found: list[Window] = []
    for number, phase in enumerate(scenario.phase):
        for start, end in _segments(phase, scenario):
            duration_s = DAY_S if scenario.time.sampling == "every-day" else scenario.time.window_s
            middle = start + (end - start) / 2
            first = _whole_minute(middle - timedelta(seconds=duration_s / 2))
            found.append(Window(len(found), number, first, duration_s, start, end))
    return tuple(found)


def _segments(phase: Phase, scenario: Scenario) -> Iterator[tuple[datetime, datetime]]:
    for year in range(phase.start.year, phase.end.year + 1):
        new_year = datetime(year, 1, 1, tzinfo=UTC)
        n_days = (datetime(year + 1, 1, 1, tzinfo=UTC) - new_year).days
        n = n_days if scenario.time.sampling == "every-day" else scenario.time.windows_per_year
        edges = [new_year + timedelta(days=round(i * n_days / n)) for i in range(n + 1)]
        for a, b in itertools.pairwise(edges):
            start, end = max(a, phase.start), min(b, phase.end)
            if start < end:
                yield start, end


def _whole_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
