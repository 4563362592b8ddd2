"""007: rows of a block begin where the compiler knows, in one flat array; stages of a step are inlined.

Found while the whole step was brought together, 512 satellites over 20 stations from 380 to 30 ns a
satellite-step. None of it is said by the compiler:

* a loop over the 64 lanes that begins at a number worked out at run time (`range(at, at + LANES)`) is
  compiled without vectors, for that number might be below zero and count from the end; a loop from 0 with
  the row's offset, a constant, added to the index is not;
* a function that is not inlined takes every array apart into some eight numbers and counts it in and out:
  a hundred nanoseconds for a dozen arrays, as much as the work on a block of 64;
* a loop that writes to several arrays is compiled with a check whether any two overlap, and without vectors
  where that would take too many checks; with all rows of a block in one array there is nothing to check.

Run: python benchmarks/decisions/007_rows_the_compiler_knows.py
Measured on a busy virtual machine with AVX-512: 1.04 and 0.14 ns a lane.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from orbitdc.kernels import LANES, kernel

N_ROW = 3


@kernel
def from_a_number(n, work):
    """Work on rows that begin at a number."""
    for k in range(n):
        at = (k % 8) * N_ROW * LANES
        run_from(work, at)


@kernel
def run_from(work, at):
    """Do one row's work."""
    for i in range(at, at + LANES):
        x = work[i]
        work[LANES + i] = x * x + 1.0 / (1.0 + x * x)
        work[2 * LANES + i] += 1.0 if work[LANES + i] > 1.5 else 0.0


@kernel
def from_zero(n, work):
    """Work on rows that begin where the compiler knows."""
    for k in range(n):
        run_row(work, k % 8)


@kernel
def run_row(work, row):
    """Do one row's work."""
    for i in range(LANES):
        x = work[row, i]
        work[row, LANES + i] = x * x + 1.0 / (1.0 + x * x)
        work[row, 2 * LANES + i] += 1.0 if work[row, LANES + i] > 1.5 else 0.0


def main() -> None:
    n = 20_000
    start = np.random.default_rng(1).random(8 * N_ROW * LANES)
    ways = {
        "rows from a number": lambda: from_a_number(n, start),
        "rows from a constant": lambda: from_zero(n, start.reshape(8, -1)),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(12):
        for name, way in ways.items():
            began = time.process_time()
            way()
            took[name].append((time.process_time() - began) / n / LANES)
    for name, each in took.items():
        print(f"{name:<22}{1e9 * statistics.median(each[1:]):6.2f} ns a lane")


if __name__ == "__main__":
    main()
