"""The product as one uses it: `orbitdc coverage` as a process of its own, and a second core → rows."""

from __future__ import annotations

import csv
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import numba
import objects
from sgp4_rows import START
from step_rows import Case as Step
from timing import DisagreementError, Row, Side, Work, compare_walls
from windows_case import Case
from windows_peers import find_events


def works(quick: bool) -> list[Work]:
    """Return the row of the command line against the loop over pairs, imports and output included."""
    n, days = (32, 1.0) if quick else (100, 7.0)
    case = Case(objects.shell_lines(n, START), 10, START, days, 10.0)
    n_few = max(2, n // 10)

    def peer() -> Side:
        def compare(n_ours: int, theirs: list[Any]) -> str:
            few = [row for row in coverage(case.first(n_few))]
            if abs(len(few) - len(theirs)) > 0.002 * len(theirs):
                raise DisagreementError(f"{len(few)} windows against {len(theirs)} of {n_few} satellites")
            return ""

        return Side(find_events(case.first(n_few)), n_few / n, compare)

    name = f"orbitdc coverage, whole process, {n} satellites x 10 stations x {days:g} d"
    return [Work(name, lambda: len(coverage(case)), {"Skyfield find_events, in a loop": peer})]


def coverage(case: Case) -> list[dict[str, str]]:
    """Return the rows that `orbitdc coverage` writes for a case."""
    with tempfile.TemporaryDirectory() as folder:
        source, table = pathlib.Path(folder) / "shell.tle", pathlib.Path(folder) / "windows.csv"
        source.write_text("".join(f"{one}\n{two}\n" for one, two in case.lines), encoding="utf-8")
        words = [sys.executable, "-m", "orbitdc", "coverage", str(source), "--csv", str(table)]
        words += ["--start", case.start.strftime("%Y-%m-%dT%H:%M:%SZ"), "--days", f"{case.days:g}"]
        words += ["--min-elevation", f"{case.mask_deg:g}deg"]
        for place in objects.places(case.n_stations):
            words += ["--station", f"{place.lat_deg},{place.lon_deg},{place.alt_m}"]
        environment = {**os.environ, "PYTHONPATH": str(objects.ROOT)}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise SystemExit(f"orbitdc coverage failed: {done.stderr}")
        with table.open(encoding="utf-8") as file:
            return list(csv.DictReader(file))


def two_cores(quick: bool) -> list[Row]:
    """Return the row of wall seconds of the whole step with one thread against two."""
    n, n_steps = (512, 720) if quick else (2048, 1440)
    run = Step(objects.shell_lines(n, START), START, 60.0, n_steps).ready()
    before = numba.get_num_threads()

    def on(n_threads: int) -> Callable[[], None]:
        def go() -> None:
            numba.set_num_threads(min(n_threads, numba.config.NUMBA_NUM_THREADS))
            run()

        return go

    name = f"whole step on two threads, {n} satellites x 20 stations x {n_steps} minutes, wall"
    row = compare_walls(name, "one thread", on(2), on(1), rounds=15)
    numba.set_num_threads(before)
    return [row]
