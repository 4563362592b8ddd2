"""How cost grows with satellites, days and stations: measured sizes → exponents, fitted in log-log."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import objects
from step_rows import Case as Step
from timing import seconds
from windows_case import Case
from windows_rows import ours

START = datetime(2026, 1, 15, tzinfo=UTC)
ROUNDS = 3


@dataclass(frozen=True)
class Growth:
    """CPU seconds at some sizes, and the exponent of the power law through them by least squares.

    `last_exponent` is that between the two largest sizes, where fixed costs no longer flatten it.
    """

    work: str
    axis: str
    sizes: tuple[int, ...]
    took_s: tuple[float, ...]
    exponent: float
    last_exponent: float


def growths(quick: bool) -> list[Growth]:
    """Return how the search for windows and the whole step grow along each axis."""
    satellites = (10, 100, 1000) if quick else (10, 100, 1000, 10_000)
    days = (1, 3, 10) if quick else (1, 7, 30, 100, 365)
    stations = (1, 10, 100)
    n, n_days = (128, 1.0) if quick else (512, 1.0)
    return [
        _grown(
            "windows",
            "satellites",
            satellites,
            lambda k: Case(objects.shell_lines(k, START), 10, START, 1.0, 10.0),
        ),
        _grown(
            "windows", "days", days, lambda k: Case(objects.shell_lines(64, START), 10, START, float(k), 10.0)
        ),
        _grown(
            "windows",
            "stations",
            stations,
            lambda k: Case(objects.shell_lines(n, START), k, START, n_days, 10.0),
        ),
        _grown("whole step", "satellites", satellites[1:], lambda k: _step(k, 1440, 20), _ready),
        _grown("whole step", "minutes", (180, 360, 720, 1440), lambda k: _step(512, k, 20), _ready),
        _grown("whole step", "stations", stations, lambda k: _step(512, 1440, k), _ready),
    ]


def _step(n: int, n_steps: int, n_stations: int) -> Step:
    return Step(objects.shell_lines(n, START), START, 60.0, n_steps, n_stations)


def _ready(step: Step) -> Callable[[], Any]:
    return step.ready()


def _grown(
    work: str,
    axis: str,
    sizes: tuple[int, ...],
    case: Callable[[int], Any],
    way: Callable[[Any], Callable[[], Any]] = ours,
) -> Growth:
    runs = [way(case(size)) for size in sizes]
    runs[0]()
    rounds = [[seconds(run) for run in runs] for _ in range(ROUNDS)]
    took_s = tuple(statistics.median(column) for column in zip(*rounds, strict=True))
    log_size, log_s = np.log(sizes), np.log(took_s)
    exponent = float(np.polyfit(log_size, log_s, 1)[0])
    last = math.log(took_s[-1] / took_s[-2]) / math.log(sizes[-1] / sizes[-2])
    return Growth(work, axis, sizes, took_s, exponent, last)
