"""Workload: a million jobs of a day, drawn by the hour → rows.

The peer is thinning job by job, as Lewis and Shedler (1979) wrote it, in plain Python: it draws the same law
with other numbers.
"""

from __future__ import annotations

import functools
import random
from datetime import timedelta
from typing import Any

import numpy as np
from timing import DisagreementError, Side, Work

from orbitdc.scenario.reader import load
from orbitdc.scenario.sampling import Window, windows
from orbitdc.workload import draw
from orbitdc.workload.rhythm import HOUR_S

NAMES = {"batch": "office", "video": "evening"}
FEW = 20_000


def works(quick: bool) -> list[Work]:
    """Return the drawing of a day's jobs."""
    n = 100_000 if quick else 1_000_000
    day = Day(n)
    return [
        Work(
            f"jobs of a day by the hour, {n:.0e} entries",
            day.run,
            {"thinning in plain Python": functools.partial(day.plain_side, n)},
            lambda jobs, took_s: f"{jobs.n_entries / took_s / 1e6:.1f} million jobs per CPU second",
        ),
    ]


class Day:
    """A day on which two classes of jobs are asked for, one by the office's hours, one in the evening."""

    def __init__(self, n: int) -> None:
        scenario = load("beijing-2035")
        phase = scenario.phase[2]
        demand = {name: scenario.job[name].work_op * n / 2.0 / 86_400.0 for name in NAMES}
        level = {name: scenario.job[name].model_copy(update={"growth_per_yr_frac": 0.0}) for name in NAMES}
        one = phase.model_copy(update={"demand": demand})
        self.scenario = scenario.model_copy(
            update={
                "phase": (*scenario.phase[:2], one),
                "job": {**scenario.job, **level},
                "workload": scenario.workload.model_copy(update={"max_entries": 2 * n}),
            }
        )
        last: Window = windows(scenario)[-1]
        midnight = last.start.replace(hour=0, minute=0)
        monday = midnight + timedelta(days=(7 - midnight.weekday()) % 7)
        self.window = Window(last.index, last.phase, monday, 86_400.0, monday, monday + timedelta(days=1))

    def run(self) -> Any:
        """Return the jobs, each an entry of its own."""
        return draw(self.scenario, self.window, np.random.SeedSequence(1))

    def plain_side(self, n: int) -> Side:
        """Return the thinning of a part of the jobs."""
        rates = {}
        for name, profile in NAMES.items():
            found = self.scenario.profile[profile]
            # both count by China's clock: 0 h UTC is 8 h there
            hours = np.roll(np.array(found.hours) / np.mean(found.hours), -8)
            monday = (7.0 - 2.0 * found.weekend) / 5.0
            rates[name] = (hours * monday * FEW / 2.0 / 86_400.0).tolist()

        def plain() -> list[tuple[float, str, int]]:
            draws = random.Random(1)
            shares = {name: self.scenario.job[name].origins for name in rates}
            found = []
            for name, rate in rates.items():
                most, now = max(rate), 0.0
                cities, weights = list(shares[name]), list(shares[name].values())
                while (now := now + draws.expovariate(most)) < 86_400.0:
                    if draws.random() * most < rate[int(now / HOUR_S)]:
                        found.append((now, name, cities.index(draws.choices(cities, weights)[0])))
            return sorted(found)

        def compare(jobs: Any, theirs: list[tuple[float, str, int]]) -> str:
            ours = np.bincount((jobs.arrival_s // HOUR_S).astype(int), minlength=24) / jobs.n_entries
            same = np.bincount([int(now / HOUR_S) for now, _, _ in theirs], minlength=24) / len(theirs)
            if np.abs(ours - same).max() > 6.0 * np.sqrt(ours.max() / FEW):
                raise DisagreementError(f"shares of the hours differ by {np.abs(ours - same).max():.3f}")
            return ""

        return Side(plain, FEW / n, compare)
