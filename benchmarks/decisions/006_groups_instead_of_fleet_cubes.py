"""Why a window is computed in groups of satellites that leave sums behind: size of a group → time, memory.

A window needs the whole fleet twice: to share out antennas, and to schedule. Both want little of each
satellite: its passes with the bits they carry, and its operations in each slot. Everything else (states,
light, loads, losses, temperatures: some 300 bytes a satellite and step) is used once, by the next stage.
Three ways:

* cubes of the whole fleet, NumPy between the kernels: 790 ns of CPU a satellite and step, of which the
  kernels took 200; the rest was packing, unpacking, cross products and page faults. 620 MB for a day of
  1,000 satellites, and ten times that for 10,000;
* groups that keep nothing, states and envelope computed again for the replay: the least memory, but the idle
  course and the envelope are the dearest stages, 45 ns;
* groups that keep what the replay reads again, array power, light, Earth's heat, share of sending and largest
  load: 40 bytes a satellite and step, 58 MB for that day. This is what `stream` does; the kernels sum over
  slots and satellites on the way, so that courses and losses are never written out.

The size of a group hardly matters to the time (below), only to the work space. Sums over the fleet are made
block by block in order: neither a group's size nor the number of threads changes a bit of the result
(tests/test_stream.py).

Run: python benchmarks/decisions/006_groups_instead_of_fleet_cubes.py [SATELLITES]
Measured on two busy cores of a virtual machine with AVX-512, a day of minutes of 1,000 satellites over six
stations, passes and links included: 167 to 172 ns a satellite and step, in groups of 64 as of 1,024; peak of
the process 335, 343, 363, 414 and 448 MB. 10,000 satellites: 161 to 193 ns, 1.1 GB.
"""

import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from orbitdc import load, simulate
from orbitdc.kernels import LANES


def ring(n):
    """Return the plan of a ring of `n` satellites over the six stations of the shipped scenario."""
    scenario = load("beijing-2035")
    phase = scenario.phase[1]
    batch = phase.batch[0].model_copy(update={"count": n, "launch": phase.start})
    only = phase.model_copy(update={"batch": (batch,), "end": phase.start.replace(year=phase.start.year + 1)})
    return simulate.prepare(scenario.model_copy(update={"phase": (only,)}))


def measure(plan, size, n_rounds=5):
    """Return the least CPU time of a window [s]."""
    found = []
    for _ in range(n_rounds):
        before = time.process_time()
        simulate.simulate_window(plan, 0, size)
        found.append(time.process_time() - before)
    return min(found)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    plan = ring(n)
    n_states = n * plan.windows[0].duration_s / plan.scenario.time.step_s
    simulate.simulate_window(plan, 0, LANES)
    print(f"{'group':>8s} {'ns a satellite-step':>20s} {'peak MB so far':>15s}")
    for size in (LANES, 2 * LANES, 4 * LANES, 8 * LANES, -(-n // LANES) * LANES):
        took_s = measure(plan, size)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:8d} {1e9 * took_s / n_states:20.0f} {peak_mb:15.0f}")


if __name__ == "__main__":
    main()
