"""Topology: which satellites hold a laser on which. Satellites → `Mesh`; mesh + positions → links in sight.

A mesh says who may hold a link on whom and does not change while a fleet keeps its formation; which of these
links are up, and how long they are, is worked out for one instant at a time, so that memory does not grow
with the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ..constants import DEG, TAU
from ..errors import InputError, Problem
from ..orbit.ephemeris import Satellite
from ..orbit.geometry import grazing_altitude_km
from ..orbit.propagate import propagate
from ..orbit.time import Floats, TimeGrid

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

CLEARANCE_KM = 80.0
"""Height that a laser keeps over the Earth, clear of air and weather (Kassing et al., Hypatia, IMC 2020)."""

CLUSTER_KM = 1.0
"""Radius of a cluster."""

MAX_CLUSTER = 512
"""Satellites of a cluster: every one is linked to every other."""

TOPOLOGIES = ("none", "docked", "ring", "grid", "cluster")

N_ALONG = 2
"""Terminals that a satellite points along its orbit."""

N_GRID = 4
"""Terminals of a satellite in a grid, two of them to the planes beside it."""

_TURN_STEPS = 1e9
_REAL_PLANE_DEG = 2.0
_REAL_ALTITUDE_KM = 20.0
_SHELL_KM = 5.0
_SHELL_DEG = 0.5
_SEAM_RAD = 45.0 * DEG
_TIE_RAD = 1e-6


@dataclass(frozen=True)
class Edges:
    """Links up at one instant (e,): both ends, length, and whether it is the internal bus of a centre."""

    a: Integers
    b: Integers
    length_km: Floats
    bus: Flags

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.a)


@dataclass(frozen=True)
class Mesh:
    """Who may hold a link on whom.

    `a`, `b`, `bus` (e,): satellites whose partners stay, and whether they are docked to each other;
    `seams`: pairs of counter-rotating planes (arrays of satellites) whose partners change all the time: at
    each instant the nearest one is taken.
    """

    n_satellites: int
    a: Integers
    b: Integers
    bus: Flags
    seams: tuple[tuple[Integers, Integers], ...] = ()

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def at(self, r_km: Floats, *, clearance_km: float = CLEARANCE_KM, max_range_km: float = np.inf) -> Edges:
        """Return the links up at one instant.

        Parameters
        ----------
        r_km : array (s, 3) [km]
            Positions in TEME; NaN for a dead satellite, which holds no link.
        clearance_km : float [km]
            Height over the Earth that a link keeps.
        max_range_km : float [km]
            What the terminals reach.

        Returns
        -------
        Edges
        """
        return self.over(r_km[None], clearance_km=clearance_km, max_range_km=max_range_km)[1]

    def over(
        self, r_km: Floats, *, clearance_km: float = CLEARANCE_KM, max_range_km: float = np.inf
    ) -> tuple[Integers, Edges]:
        """Return the links up at instants with positions (k, s, 3): number of the instant, and link."""
        n_instants = len(r_km)
        slot = [np.repeat(np.arange(n_instants), len(self.a))]
        a, b, bus = ([np.tile(each, n_instants)] for each in (self.a, self.b, self.bus))
        for one, other in self.seams:
            for k in range(n_instants):
                first, second = _nearest_pairs(r_km[k], one, other)
                slot.append(np.full(len(first), k))
                a.append(first)
                b.append(second)
                bus.append(np.zeros(len(first), dtype=np.bool_))
        when, one_end, other_end, is_bus = (np.concatenate(each) for each in (slot, a, b, bus))
        order = np.argsort(when, kind="stable")
        when, one_end, other_end, is_bus = (each[order] for each in (when, one_end, other_end, is_bus))
        start_km, end_km = r_km[when, one_end], r_km[when, other_end]
        length_km = np.linalg.norm(start_km - end_km, axis=-1)
        clear = (grazing_altitude_km(start_km, end_km) >= clearance_km) & (length_km <= max_range_km)
        up = (clear | is_bus) & np.isfinite(length_km)
        return when[up], Edges(one_end[up], other_end[up], length_km[up], is_bus[up])


@dataclass(frozen=True)
class Slots:
    """Where satellites fly in their shells at one instant (s,): mean elements, and the plane of each."""

    axis_km: Floats
    inclination_rad: Floats
    node_rad: Floats
    latitude_rad: Floats
    plane: Integers

    @property
    def normal(self) -> Floats:
        """Unit vectors along the orbits' angular momentum (s, 3)."""
        sine = np.sin(self.inclination_rad)
        parts = [sine * np.sin(self.node_rad), -sine * np.cos(self.node_rad), np.cos(self.inclination_rad)]
        return np.stack(parts, axis=-1)


def slots_of(satellites: Sequence[Satellite], when: datetime) -> Slots:
    """Return where satellites fly at an instant, by their mean elements, and which share a plane.

    Parameters
    ----------
    satellites : sequence of Satellite (s,)
    when : datetime
        Mean elements are carried there at SGP4's own rates.

    Returns
    -------
    Slots

    Assumptions
    -----------
    Maintained satellites share a plane if their elements agree; real ones if each is within 2 deg and 20 km
    of another, drag left out.

    Source
    ------
    Secular rates of Spacetrack Report 3, as in the package sgp4.
    """
    records = [satellite.satrec for satellite in satellites]
    minutes = np.array([(when - satellite.epoch) / timedelta(minutes=1) for satellite in satellites])
    axis_km = np.array([record.a * record.radiusearthkm for record in records])
    inclination = np.array([record.inclo for record in records])
    node = np.mod([record.nodeo for record in records] + minutes * [r.nodedot for r in records], TAU)
    turn = (
        np.array([record.argpo + record.mo for record in records])
        + minutes * [record.argpdot + record.mdot for record in records]
    ) / TAU
    latitude = np.mod(np.round(turn * _TURN_STEPS) / _TURN_STEPS, 1.0) * TAU
    maintained = np.array([satellite.maintained for satellite in satellites], dtype=np.bool_)
    slots = Slots(axis_km, inclination, node, latitude, np.zeros(len(satellites), dtype=np.int64))
    exact = np.column_stack([axis_km, inclination, np.cos(node), np.sin(node)]).round(7)
    plane = np.unique(exact, axis=0, return_inverse=True)[1].astype(np.int64).reshape(-1)
    near = np.column_stack([slots.normal / (_REAL_PLANE_DEG * DEG), axis_km / _REAL_ALTITUDE_KM])
    plane[~maintained] = len(satellites) + _chained(near[~maintained])
    plane = np.unique(plane, return_inverse=True)[1].astype(np.int64)
    return Slots(axis_km, inclination, node, latitude, plane)


def mesh(
    topology: str,
    satellites: Sequence[Satellite],
    *,
    counter_rotating: bool = False,
    when: datetime | None = None,
    n_terminals: Integers | None = None,
) -> Mesh:
    """Return who may hold a link on whom.

    Satellites of a docked centre share its internal bus, and one of them carries the lasers of all. Those
    without lasers are left out, and the next ones along the orbit link past them.

    Parameters
    ----------
    topology : str
        `none`, `docked`: the buses of docked centres only. `ring`: each satellite and the next ones in its
        plane, the seam closed. `grid`: also the nearest in the plane to the east and to the west, of the
        same shell. `cluster`: every satellite and every other.
    satellites : sequence of Satellite (s,)
    counter_rotating : bool
        grid: also across the seam, where the satellites of neighbouring planes meet head-on; the partner is
        then the nearest at each instant.
    when : datetime, optional
        Instant whose formation counts; the earliest epoch by default. Maintained fleets keep theirs.
    n_terminals : array (s,), optional
        Lasers of each satellite; enough for any topology by default. With fewer than four, a satellite in a
        grid has links along its orbit only.

    Returns
    -------
    Mesh

    Raises
    ------
    InputError
        A topology that is none; a cluster too wide, or too large to link every satellite with every other.

    Assumptions
    -----------
    Planes are neighbours where no
    other lies between them, within half a turn; shells are as thick as 5 km and 0.5 deg.

    Source
    ------
    +grid: Kassing et al., Hypatia, IMC 2020; Bhattacherjee and Singla, CoNEXT 2019.

    Examples
    --------
    >>> from datetime import UTC
    >>> from ..orbit.elements import synthetic
    >>> epoch = datetime(2026, 1, 1, tzinfo=UTC)
    >>> turns = [0.0, 0.25, 0.5, 0.75]
    >>> four = [synthetic(f"{t}", epoch, 7128137.0, 1.7, 0.0, mean_anomaly_rad=t * TAU) for t in turns]
    >>> ring = mesh("ring", four)
    >>> list(zip(ring.a.tolist(), ring.b.tolist()))
    [(0, 1), (1, 2), (2, 3), (0, 3)]
    """
    if topology not in TOPOLOGIES:
        raise InputError(Problem("topology", f"'{topology}'", ", ".join(TOPOLOGIES)))
    n = len(satellites)
    none = np.zeros(0, dtype=np.int64)
    if n == 0:
        return Mesh(0, none, none, none.astype(np.bool_))
    when = when or min(satellite.epoch for satellite in satellites)
    slots = slots_of(satellites, when)
    maintained = np.array([satellite.maintained for satellite in satellites], dtype=np.bool_)
    has = np.full(n, N_GRID) if n_terminals is None else n_terminals
    leader = _leaders(slots, maintained, has)
    docked = np.flatnonzero(leader != np.arange(n))
    a, b = [leader[docked]], [docked]
    members = np.flatnonzero((leader == np.arange(n)) & (has > 0))
    seams: list[tuple[Integers, Integers]] = []
    if topology == "cluster":
        first, second = _every_pair(members)
        _check_cluster(propagate(satellites, TimeGrid(when, 60.0, 1)).r_teme_km[:, 0])
        a.append(first)
        b.append(second)
    elif topology in ("ring", "grid"):
        planes = [members[slots.plane[members] == plane] for plane in np.unique(slots.plane)]
        planes = [plane[np.lexsort((plane, slots.latitude_rad[plane]))] for plane in planes]
        pairs = [_along(plane) for plane in planes]
        if topology == "grid":
            wide = [plane[has[plane] >= N_GRID] for plane in planes]
            neighbours, seams = _neighbours(slots, [plane for plane in wide if len(plane)], counter_rotating)
            pairs += [_across(slots.latitude_rad, one, other) for one, other in neighbours]
        a += [first for first, _ in pairs]
        b += [second for _, second in pairs]
    first, second = np.concatenate(a), np.concatenate(b)
    bus = np.arange(len(first)) < len(docked)
    return Mesh(n, np.minimum(first, second), np.maximum(first, second), bus, tuple(seams))


def _check_cluster(r_km: Floats) -> None:
    """Raise InputError unless all satellites of a cluster, (s, 3) [km], are within a kilometre."""
    spread_km = float(np.max(np.linalg.norm(r_km[:, None] - r_km, axis=-1), initial=0.0))
    if spread_km > 2.0 * CLUSTER_KM:
        raise InputError(
            Problem(
                "topology",
                f"cluster, with satellites {spread_km:.1f} km apart",
                f"satellites within {CLUSTER_KM:g} km of their middle",
                "use ring or grid",
            )
        )


def _leaders(slots: Slots, maintained: Flags, n_terminals: Integers) -> Integers:
    """Return for each satellite the one of its place with most terminals; real ones are alone."""
    n = len(maintained)
    order = np.argsort(-n_terminals, kind="stable")
    place = np.column_stack([slots.plane, np.round(slots.latitude_rad / TAU * _TURN_STEPS)])
    alone = np.column_stack([np.full(n, -1.0), np.arange(n)])
    _, first, which = np.unique(
        np.where(maintained[:, None], place, alone)[order], axis=0, return_index=True, return_inverse=True
    )
    leader = np.empty(n, dtype=np.int64)
    leader[order] = order[first[which.reshape(-1)]]
    return leader


def _every_pair(members: Integers) -> tuple[Integers, Integers]:
    if len(members) > MAX_CLUSTER:
        found = f"cluster, with {len(members)} satellites"
        raise InputError(Problem("topology", found, f"at most {MAX_CLUSTER}", "use ring or grid"))
    i, j = np.triu_indices(len(members), 1)
    return members[i], members[j]


def _along(plane: Integers) -> tuple[Integers, Integers]:
    """Link each satellite of a plane, in order along the orbit, to the next, the last to the first."""
    if len(plane) < 3:
        return plane[:-1], plane[1:]
    return plane, np.roll(plane, -1)


def _neighbours(
    slots: Slots, planes: list[Integers], counter_rotating: bool
) -> tuple[list[tuple[Integers, Integers]], list[tuple[Integers, Integers]]]:
    """Return pairs of neighbouring planes that turn alike and, if asked for, those that turn against."""
    lead = np.array([plane[0] for plane in planes])
    shape = np.column_stack(
        [slots.axis_km[lead] / _SHELL_KM, slots.inclination_rad[lead] / (_SHELL_DEG * DEG)]
    )
    normal = slots.normal[lead]
    alike: list[tuple[int, int]] = []
    free: list[int] = []
    shell = _chained(shape)
    for number in np.unique(shell):
        members = np.flatnonzero(shell == number)
        members = members[np.argsort(slots.node_rad[lead[members]], kind="stable")]
        n_sides = dict.fromkeys(members.tolist(), 0)
        for one, other in zip(members.tolist(), np.roll(members, -1).tolist(), strict=True):
            gap_rad = np.mod(slots.node_rad[lead[other]] - slots.node_rad[lead[one]], TAU)
            if one != other and gap_rad < 0.5 * TAU and float(normal[one] @ normal[other]) > 0.0:
                alike.append((one, other))
                n_sides[one] += 1
                n_sides[other] += 1
        free += [plane for plane, sides in n_sides.items() if sides < 2]
    against: list[tuple[int, int]] = []
    if counter_rotating:
        angle = np.arccos(np.clip(-normal @ normal.T, -1.0, 1.0))
        choices = [
            (angle[one, other], one, other)
            for i, one in enumerate(free)
            for other in free[i + 1 :]
            if shell[one] == shell[other] and angle[one, other] < _SEAM_RAD
        ]
        for _, one, other in sorted(choices):
            if one in free and other in free:
                against.append((one, other))
                free.remove(one)
                free.remove(other)
    pick = [[(planes[one], planes[other]) for one, other in pairs] for pairs in (alike, against)]
    return pick[0], pick[1]


def _across(latitude_rad: Floats, one: Integers, other: Integers) -> tuple[Integers, Integers]:
    """Link each satellite of a plane to the one nearest in phase of the next plane, none of them twice.

    Both planes come in order along the orbit. Of two equally near, the one with the same number is taken.
    """
    if len(one) > len(other):
        second, first = _across(latitude_rad, other, one)
        return first, second
    phase, choices = latitude_rad[one], latitude_rad[other]
    right = np.searchsorted(choices, phase)
    candidates = np.stack([right - 1, right], axis=1) % len(other)
    offset = np.mod(choices[candidates] - phase[:, None] + 0.5 * TAU, TAU) - 0.5 * TAU
    away_rad = np.round(np.abs(offset) / _TIE_RAD)
    shift = np.mod(candidates - np.arange(len(one))[:, None], len(other))
    shift = np.minimum(shift, len(other) - shift)
    better = (away_rad[:, 1] < away_rad[:, 0]) | (
        (away_rad[:, 1] == away_rad[:, 0]) & (shift[:, 1] < shift[:, 0])
    )
    row = np.arange(len(one))
    column = better.astype(np.int64)
    partner, distance = candidates[row, column], away_rad[row, column]
    order = np.lexsort((row, distance, partner))
    kept = order[np.append(True, np.diff(partner[order]) != 0)] if len(order) else order
    return one[kept], other[partner[kept]]


def _nearest_pairs(r_km: Floats, one: Integers, other: Integers) -> tuple[Integers, Integers]:
    """Return for each satellite of a plane the nearest of another plane; of rivals the nearer stays."""
    from scipy.spatial import cKDTree

    one, other = (plane[np.isfinite(r_km[plane]).all(axis=1)] for plane in (one, other))
    if len(one) > len(other):
        one, other = other, one
    if len(one) == 0:
        return one, one
    distance_km, partner = cKDTree(r_km[other]).query(r_km[one])
    order = np.lexsort((distance_km, partner))
    kept = order[np.append(True, np.diff(partner[order]) != 0)]
    return one[kept], other[partner[kept]]


def _chained(points: Floats) -> Integers:
    """Return the group of each point (n, d): groups hang together by steps of at most 1 a coordinate."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    unique, which = np.unique(points, axis=0, return_inverse=True)
    pairs = cKDTree(unique).query_pairs(1.0, p=np.inf, output_type="ndarray")
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    _, group = connected_components(joined, directed=False)
    numbers: Integers = group[which.reshape(-1)].astype(np.int64)
    return numbers
