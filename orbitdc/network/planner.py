"""Planner: intervals that contend for antennas → who gets one, and what no plan could beat.

Weighted intervals on identical machines (Kolen, Lenstra, Papadimitriou and Spieksma 2007): a station's
antennas are the machines, a satellite's terminals a second kind that the same intervals need.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.antennas import assign, best_alone, room, take
from ..orbit.time import Floats

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Integers = NDArray[np.int64]

N_EXACT = 300
"""Intervals up to which an integer programme is solved to the end."""

N_LINEAR = 10_000
"""Intervals up to which a linear programme leads the way: a fifth of a second; beyond, antenna by antenna."""

FIXED_AT_ONCE_FRAC = 0.03
"""Share of the undecided intervals that is decided before the linear programme is solved again."""

_WHOLE = 1e-6  # a share so near to a whole number is one


@dataclass(frozen=True)
class Intervals:
    """What contends, sorted by satellite (i,): both ends, seconds, and the worth of being taken."""

    satellite: Integers
    station: Integers
    start_s: Floats
    end_s: Floats
    weight: Floats


@dataclass(frozen=True)
class Machines:
    """What can be tracked at once.

    Shapes (g,): `n` antennas of each station, `slew_s` from one contact to the next; (s,): `n_units`
    terminals of each satellite; (o,), times at which one antenna is out: `out_station`, `out_number`,
    `out_start_s`, `out_end_s`.
    """

    n: Integers
    slew_s: Floats
    n_units: Integers
    out_station: Integers
    out_number: Integers
    out_start_s: Floats
    out_end_s: Floats

    @classmethod
    def of(cls, n: Integers, n_units: Integers, slew_s: Floats | float = 0.0) -> Machines:
        """Return machines that are never out of service.

        >>> Machines.of(np.array([2]), np.array([1])).out_station.size
        0
        """
        none, never = np.zeros(0, dtype=np.int64), np.zeros(0)
        slew = np.broadcast_to(np.asarray(slew_s, dtype=np.float64), n.shape).copy()
        return cls(n, slew, n_units, none, none, never, never)


@dataclass(frozen=True)
class Share:
    """Who gets an antenna.

    `taken` (c,), numbers of intervals, one for each antenna that tracks it, and `antenna` (c,), its number
    within the station; `bound`, total weight that no plan beats.
    """

    taken: Integers
    antenna: Integers
    bound: float


def share_out(intervals: Intervals, machines: Machines) -> Share:
    """Return which intervals are taken, each by an antenna of its station and a terminal of its satellite.

    Parameters
    ----------
    intervals : Intervals
    machines : Machines

    Returns
    -------
    Share

    Assumptions
    -----------
    A pass is taken from rise to set or not at all. Antennas of a station are alike.

    Source
    ------
    Up to `N_EXACT` intervals, the integer programme over the maximal cliques (HiGHS). Up to `N_LINEAR`, its
    linear relaxation, which is the bound: where its solution is whole, it is the best; where it is not, the
    largest shares are made whole a few at a time and the rest is solved again. Beyond, antenna by antenna,
    each exactly (weighted interval scheduling by dynamic programming: Kleinberg and Tardos, Algorithm
    Design, 6.1); no antenna can have more than the first would have alone, and that is the bound.
    """
    useful = np.flatnonzero(intervals.weight > 0.0)
    if not len(useful):
        none = np.zeros(0, dtype=np.int64)
        return Share(none, none, 0.0)
    if len(useful) > N_LINEAR:
        return antenna_by_antenna(intervals, machines)
    some = Intervals(*(column[useful] for column in vars(intervals).values()))
    times, bound = _programme(some, machines)
    taken, antenna = _label(some, machines, times)
    return Share(useful[taken], antenna, bound)


def antenna_by_antenna(intervals: Intervals, machines: Machines) -> Share:
    """Return the share of antennas that choose one after the other from what is left, for any number."""
    by_end = np.lexsort((intervals.satellite, intervals.start_s, intervals.end_s))
    most = int(np.minimum(machines.n_units[intervals.satellite], machines.n[intervals.station]).sum())
    taken, antenna = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    columns = (intervals.station, intervals.start_s, intervals.end_s, intervals.weight, by_end)
    out = (machines.out_station, machines.out_number, machines.out_start_s, machines.out_end_s)
    n = assign(
        intervals.satellite, *columns, machines.n, machines.n_units, machines.slew_s, *out, taken, antenna
    )
    alone = np.empty(len(machines.n))
    best_alone(*columns, machines.slew_s, alone)
    return Share(taken[:n], antenna[:n], float(alone @ machines.n))


def _programme(intervals: Intervals, machines: Machines) -> tuple[Integers, float]:
    """Return by how many antennas each interval is taken, and the bound."""
    most = np.minimum(machines.n_units[intervals.satellite], machines.n[intervals.station])
    matrix, limit = _cliques(intervals, machines, most)
    scale = float(intervals.weight.max())
    worth = intervals.weight / scale
    if len(worth) <= N_EXACT:
        times, value = _integer(worth, matrix, limit, most)
        return times, value * scale
    share, value = _linear(worth, matrix, limit, most)
    return made_whole(share, worth, matrix, limit, most), value * scale


def _cliques(intervals: Intervals, machines: Machines, most: Integers) -> tuple[csc_matrix, Floats]:
    """Return the largest sets of intervals that contend at one instant, a row each, and their limits."""
    from scipy.sparse import csc_matrix

    rows: list[int] = []
    columns: list[int] = []
    limits: list[int] = []

    def add(members: Integers, end_s: Floats, outages: list[tuple[float, float]], capacity: int) -> None:
        # ends before starts at one instant: a contact may begin when another stops
        events = [(float(end_s[i]), 0, int(i)) for i in members]
        events += [(float(intervals.start_s[i]), 1, int(i)) for i in members]
        for start_s, stop_s in outages:
            events += [(stop_s, 0, -1), (start_s, 1, -1)]
        active: dict[int, None] = {}
        n_wanted, n_out, grown = 0, 0, False
        for _, starts, i in sorted(events):
            if starts:
                grown = True
                n_out += i < 0
                if i >= 0:
                    active[i] = None
                    n_wanted += int(most[i])
                continue
            if grown and n_wanted > max(capacity - n_out, 0):
                rows.extend([len(limits)] * len(active))
                columns.extend(active)
                limits.append(max(capacity - n_out, 0))
            grown = False
            n_out -= i < 0
            if i >= 0:
                del active[i]
                n_wanted -= int(most[i])

    for key, end_s, capacity in (
        (intervals.station, intervals.end_s + machines.slew_s[intervals.station], machines.n),
        (intervals.satellite, intervals.end_s, machines.n_units),
    ):
        order = np.argsort(key, kind="stable")
        edges = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
        for first, last in itertools.pairwise(edges.tolist()):
            g = int(key[order[first]])
            outages = []
            if key is intervals.station:
                here = np.flatnonzero(machines.out_station == g)
                outages = [(float(machines.out_start_s[o]), float(machines.out_end_s[o])) for o in here]
            add(order[first:last], end_s, outages, int(capacity[g]))
    shape = (len(limits), len(most))
    return csc_matrix((np.ones(len(rows)), (rows, columns)), shape=shape), np.array(limits, dtype=np.float64)


def _integer(worth: Floats, matrix: csc_matrix, limit: Floats, most: Integers) -> tuple[Integers, float]:
    """Return the best whole solution and its value."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    constraints = LinearConstraint(matrix, ub=limit) if len(limit) else ()
    solved: Any = milp(
        -worth, constraints=constraints, bounds=Bounds(0, most), integrality=np.ones(len(worth)),
        options={"mip_rel_gap": 1e-9},
    )  # fmt: skip
    return np.round(solved.x).astype(np.int64), float(-solved.fun)


def _linear(
    worth: Floats, matrix: csc_matrix, limit: Floats, most: Floats | Integers
) -> tuple[Floats, float]:
    """Return the best solution in shares and its value."""
    from scipy.optimize import linprog

    bounds = np.stack([np.zeros(len(worth)), most], axis=1)
    rows = (matrix, limit) if len(limit) else (None, None)
    solved: Any = linprog(-worth, A_ub=rows[0], b_ub=rows[1], bounds=bounds, method="highs-ds")
    return np.asarray(solved.x, dtype=np.float64), float(-solved.fun)


def made_whole(share: Floats, worth: Floats, matrix: csc_matrix, limit: Floats, most: Integers) -> Integers:
    """Return whole numbers near the shares that keep the limits; what is undecided is decided in lots."""
    times = np.floor(share + _WHOLE)
    left = limit - matrix @ times
    state = (matrix.indptr, matrix.indices, most.astype(np.float64), left, times)
    undecided = np.flatnonzero(share - times > _WHOLE)
    part = (share - times)[undecided]
    while len(undecided):
        order = np.lexsort((-worth[undecided], -part))
        n_first = max(1, round(FIXED_AT_ONCE_FRAC * len(undecided)))
        take(undecided[order[:n_first]], np.ones(n_first), *state)
        able = np.empty(len(undecided))
        room(undecided, *state, able)
        undecided = undecided[able >= 1.0]
        if not len(undecided):
            break
        some = matrix[:, undecided]
        bind = np.unique(some.indices)
        spare = most[undecided] - times[undecided]
        part, _ = _linear(worth[undecided], some[bind], left[bind], spare)
        take(undecided, np.floor(part + _WHOLE), *state)
        open_ = part - np.floor(part + _WHOLE) > _WHOLE
        undecided, part = undecided[open_], part[open_]
    # what still fits is taken
    take(np.argsort(-worth, kind="stable"), np.full(len(worth), np.inf), *state)
    return times.astype(np.int64)


def _label(intervals: Intervals, machines: Machines, times: Integers) -> tuple[Integers, Integers]:
    """Return the intervals taken and an antenna of the station for each: first come, first free.

    As many overlap as there are antennas at most, so that one is free for each; only next to an outage of one
    antenna may a pass fit the number and no single antenna, and is then given up.
    """
    wanted = np.repeat(np.arange(len(times)), times)
    wanted = wanted[np.lexsort((wanted, intervals.start_s[wanted]))]
    free_s = [np.full(n, -np.inf) for n in machines.n]
    outages: dict[int, list[tuple[int, float, float]]] = {}
    rows = (machines.out_station, machines.out_number, machines.out_start_s, machines.out_end_s)
    for g, number, start_s, end_s in zip(*(row.tolist() for row in rows), strict=True):
        outages.setdefault(g, []).append((number, start_s, end_s))
    taken, antenna = [], []
    for i in wanted.tolist():
        g, start_s, end_s = int(intervals.station[i]), intervals.start_s[i], intervals.end_s[i]
        out = {
            number for number, begin_s, stop_s in outages.get(g, ()) if begin_s < end_s and start_s < stop_s
        }
        free = [a for a in np.flatnonzero(free_s[g] <= start_s).tolist() if a not in out]
        if free:
            free_s[g][free[0]] = end_s + machines.slew_s[g]
            taken.append(i)
            antenna.append(free[0])
    return np.array(taken, dtype=np.int64), np.array(antenna, dtype=np.int64)
