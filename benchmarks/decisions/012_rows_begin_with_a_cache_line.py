"""012: rows begin with a cache line; work is done a stretch of steps at a time, in few passes over the lanes.

Found while the whole step went from 27 to 16 ns a satellite-step (512 satellites over 20 stations):

* a vector of eight numbers is as wide as a cache line. NumPy's arrays begin anywhere (16 bytes past a line
  more often than not), Numba's at half a line: then every load and store touches two lines, and the same
  kernel is fast in one process and a quarter slower in the next. `kernels.lanes.blank` and `lined_up` begin
  rows with a line;
* a day of one block is 3 MB. Taken 128 steps at a time, what one part of the step leaves for the next stays
  in the second cache, and a busy neighbour on the machine costs nothing;
* a step of a lane is some hundred operations and, in several loops, as many loads and stores of what the loop
  before has left. Two loops are enough, one up to the heat balance, one from there on; the rare lane that is
  not solved by then (heater at its limit, die too hot) sends its block through the careful functions again;
* what holds for all in sight of a station (its lowest rung of the ladder, the nodes of its air above the
  mask) is worked out once, not tried by each;
* a branch that hangs on a search over the lanes makes the processor wait for the end of the search: it is
  begun early.

Run: python benchmarks/decisions/012_rows_begin_with_a_cache_line.py
Measured on a virtual machine with AVX-512: half a line late, 1.7 times as long.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import time

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from orbitdc.kernels import LANES, kernel

N_ROW = 24
LINE = 8


@kernel
def pass_over(n, rows):
    """Work on rows as a kernel does: many are read, some are written."""
    for _ in range(n):
        for j in range(LANES):
            total = 0.0
            for row in range(N_ROW - 4):
                total += rows[row * LANES + j]
            rows[(N_ROW - 4) * LANES + j] = total
            rows[(N_ROW - 3) * LANES + j] = total * 0.5
            rows[(N_ROW - 2) * LANES + j] = total * 0.25
            rows[(N_ROW - 1) * LANES + j] = total * 0.125


def begun(after: int) -> NDArray[np.float64]:
    """Return rows that begin so many numbers after a cache line does."""
    room = np.zeros(N_ROW * LANES + 2 * LINE)
    first = -(room.ctypes.data // 8) % LINE + after
    return room[first : first + N_ROW * LANES]


def main() -> None:
    """Print how long rows take that begin half a line late, over those that do not."""
    with_line, late = begun(0), begun(LINE // 2)
    ratios = []
    for _ in range(15):
        took = []
        for rows in (with_line, late):
            pass_over(10, rows)
            before = time.process_time()
            pass_over(100_000, rows)
            took.append(time.process_time() - before)
        ratios.append(took[1] / took[0])
    print(f"half a line late: {statistics.median(ratios):.2f} times as long")


if __name__ == "__main__":
    main()
