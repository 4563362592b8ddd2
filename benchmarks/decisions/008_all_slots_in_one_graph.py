"""Why all slots of a window are searched in one graph: rings of satellites → CPU seconds of both ways.

Every slot has its own links, so its quickest ways want a search of their own from each station, and a
matrix to build and check: with a few hundred satellites most of a slot's time goes into that. Side by side
in one matrix the slots cost one search a station: it begins at a node that leads to the station in each
slot at no cost, and never passes from one slot to the other. Small fleets gain most; at a thousand
satellites the search itself is what costs, and its longer queue takes a little more. What comes before and
after (links in sight, beams of relays, pools, the parts of each way) is then one sweep over all slots as
well, where a loop in Python cost a millisecond a slot.

A window is gone through in parts of 250,000 states, so that neither its length nor the plan's decide the
memory. The whole network of a day of 1,000 satellites, states included, takes 0.15 s on one core.

Run: python benchmarks/decisions/008_all_slots_in_one_graph.py
CPU seconds, one core, a day of 10-minute slots over six stations, each pass in the slot of its culmination:

    satellites   slot by slot   all at once
            50          0.016         0.002
           250          0.022         0.015
          1000          0.040         0.061
"""

import time
from datetime import UTC, datetime

import numpy as np

from orbitdc.network.space import space_graph, space_ways
from orbitdc.network.topology import mesh
from orbitdc.orbit import design
from orbitdc.orbit.access import passes_of
from orbitdc.orbit.bulk import propagate_bulk
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.time import TimeGrid

START = datetime(2030, 6, 1, tzinfo=UTC)
SLOT_S, N_SLOTS = 600.0, 144
STATIONS = (
    ("miyun", 40.45, 116.86), ("kashi", 39.47, 75.99), ("sanya", 18.25, 109.51),
    ("lijiang", 26.7, 100.03), ("mohe", 52.97, 122.53), ("jiamusi", 46.8, 130.32),
)  # fmt: skip


def ring(n):
    axis_m = design.semi_major_axis_m(750e3)
    tilt_rad = design.sun_synchronous_inclination_rad(axis_m)
    node_rad = design.raan_rad(6.0, START)
    turns = 2.0 * np.pi * np.arange(n) / n
    return [synthetic(f"{t:.4f}", START, axis_m, tilt_rad, node_rad, mean_anomaly_rad=t) for t in turns]


def links_of(satellites):
    """Return links in space and to the ground of all slots, ordered by slot."""
    states = propagate_bulk(satellites, TimeGrid(START, SLOT_S, N_SLOTS + 1))
    sites = Sites.at(Site(name, lat, lon, 0.0) for name, lat, lon in STATIONS)
    passes = passes_of(states, sites, np.radians(10.0), shadow="oblate-cone")
    slot, edges = mesh("ring", satellites).over(states.r_teme_km[:, :N_SLOTS].swapaxes(0, 1))
    in_space = (slot, edges.a, edges.b, edges.length_km, np.ones(len(slot)))
    at = (passes.culmination_s / SLOT_S).astype(np.int64)
    order = np.argsort(at, kind="stable")
    order = order[at[order] < N_SLOTS]
    n = len(order)
    ground = (at[order], passes.station[order], passes.satellite[order], np.full(n, 1500.0), np.zeros(n))
    return in_space, ground


def slot_by_slot(n, in_space, ground):
    found = []
    for k in range(N_SLOTS):
        rows, up = (slice(*np.searchsorted(each[0], [k, k + 1])) for each in (in_space, ground))
        one = tuple(column[rows] for column in in_space[1:])
        other = tuple(column[up] for column in ground[1:])
        here, there = np.zeros(len(one[0]), np.int64), np.zeros(len(other[0]), np.int64)
        graph = space_graph(n, len(STATIONS), (here, *one), (there, *other), 1e-4)
        found.append(space_ways(graph).to_space_s[:, 0])
    return np.stack(found, axis=1)


def at_once(n, in_space, ground):
    return space_ways(space_graph(n, len(STATIONS), in_space, ground, 1e-4, N_SLOTS)).to_space_s


def seconds(run, *arguments):
    best = np.inf
    for _ in range(3):
        begin = time.process_time()
        found = run(*arguments)
        best = min(best, time.process_time() - begin)
    return best, found


def main():
    print("satellites   slot by slot   all at once")
    for n in (50, 250, 1000):
        arguments = (n, *links_of(ring(n)))
        (one_s, one), (all_s, both) = seconds(slot_by_slot, *arguments), seconds(at_once, *arguments)
        assert np.allclose(one, both, rtol=1e-12, equal_nan=True)
        print(f"{n:10d} {one_s:14.3f} {all_s:13.3f}")


if __name__ == "__main__":
    main()
