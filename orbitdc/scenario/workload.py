"""Workload keys: profiles of day and week, entries, hot and cold, a trace → frozen objects.

The docstring under a field is its documentation. In TOML a key carries no unit (`hot_latency = "100 ms"`);
here the attribute does (`hot_latency_s`), and the alias generator strips that ending.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .hardware import Model
from .quantities import Count, Duration, Instant, Name, Number, OperationRate, PerDay, Text, problem


class Profile(Model):
    """How demand varies over the hours of a day and the days of a week."""

    hours: tuple[Number, ...] = Field(min_length=24, max_length=24)
    """Demand in each hour of a day, 0 to 23, relative to each other."""
    clock: Literal["UTC", "UTC+8"]
    """The clock by which hours and days are counted; China's legal time is UTC+8 everywhere."""
    weekend: Number = Field(ge=0, le=3.5)
    """Demand of a Saturday or a Sunday over that of the week's mean day; 1 for no difference."""

    @model_validator(mode="after")
    def _hours_are_a_demand(self) -> Self:
        for hour, demand in enumerate(self.hours):
            if demand < 0.0:
                raise problem(f"{demand:g}", "at least 0", key=f"hours.{hour}")
        if not sum(self.hours) > 0.0:
            raise problem("no hour above zero", "the demand of 24 hours", key="hours")
        return self


class TraceFile(Model):
    """A log of real jobs that takes the place of the demand."""

    file: Text = Field(min_length=1)
    """Standard Workload Format (.swf, .swf.gz) or the pod list of Alibaba's GPU clusters (.csv), a path from
    the scenario's folder."""
    like: Name
    """Job class that gives what a log does not say: data, latency, precision, utilisation, value, cities."""
    processor_op_per_s: OperationRate = Field(gt=0)
    """Useful operations per second of one processor of the log while its job ran."""
    start: Instant | None = None
    """Date of the log's first job; none: the plan's start. After its last day the log begins again."""
    copies: Count = Field(default=1, ge=1, le=1_000_000)
    """Jobs that each row stands for."""
    bad_rows: Literal["refuse", "skip"] = "refuse"
    """What happens to rows that cannot be read."""


class Workload(Model):
    """How demand becomes jobs."""

    max_entries: Count = Field(default=6_000, ge=1, le=20_000_000)
    """Entries of a window, about: beyond it, equal jobs of one class, city and owner are drawn in bundles."""
    hot_latency_s: Duration = Field(default=0.1, gt=0)
    """Answers due at least this soon are hot whatever their use."""
    cold_latency_s: Duration = Field(default=60.0, gt=0)
    """Only answers that may take this long can be cold."""
    hot_access_per_day: PerDay = 1.0
    """Data used at least this often is never cold."""
    cold_access_per_day: PerDay = 1.0 / 90.0
    """Data used at most this often is cold if its answer may wait."""
    trace: TraceFile | None = None
    """Absent where jobs are drawn from the phases' demand."""

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> Self:
        if self.hot_latency_s > self.cold_latency_s:
            raise problem(
                f"{self.hot_latency_s:g} s",
                f"at most cold_latency, {self.cold_latency_s:g} s",
                key="hot_latency",
            )
        if self.cold_access_per_day > self.hot_access_per_day:
            raise problem(
                f"{self.cold_access_per_day:g} /d",
                f"at most hot_access, {self.hot_access_per_day:g} /d",
                key="cold_access",
            )
        return self
