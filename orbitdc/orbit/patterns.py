"""Patterns: a batch of the scenario + reference date → its satellites, and the plane each flies in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import TAU
from ..errors import InputError, Problem
from .design import (
    NEAR_FROZEN_ARGP_RAD,
    NEAR_FROZEN_ECCENTRICITY,
    raan_rad,
    semi_major_axis_m,
    sun_synchronous_inclination_rad,
)
from .elements import synthetic
from .ephemeris import Satellite

if TYPE_CHECKING:
    from ..scenario.models import Batch, Orbit


def satellites(batch: Batch, reference: datetime) -> tuple[list[Satellite], NDArray[np.int64]]:
    """Return the maintained satellites of a ring, Walker or docked batch, evenly spaced in each plane.

    Parameters
    ----------
    batch : Batch
        Count and orbit; `docked` gives one satellite for all its modules.
    reference : datetime
        Epoch of the elements, the same for all batches of a plan, so that batches of the same orbit and
        pattern line up whenever they are launched. The first satellite is then at the batch's phase.

    Returns
    -------
    satellites : list of Satellite
    plane : ndarray
        Plane of each, 0 .. P-1, shape (s,).

    Raises
    ------
    InputError
        Altitude or local time missing; Walker numbers that do not fit; a pattern that is not synthetic.

    Assumptions
    -----------
    Circular to 1e-4, sun-synchronous at any local time; the argument of latitude is perigee + mean anomaly.
    Walker T/P/F: planes spaced by span / P and centred on the local time; satellites of neighbouring planes
    shifted by F / T of a turn.

    Source
    ------
    Walker 1984, J. British Interplanetary Society 37, 559.
    """
    altitude_m, ltan_h = _designed(batch)
    orbit = batch.orbit
    axis_m = semi_major_axis_m(altitude_m)
    inclination_rad = sun_synchronous_inclination_rad(axis_m)
    node_rad = raan_rad(ltan_h, reference)
    fleet = []
    planes = []
    slots = list(_slots(orbit, batch.count))
    digits = max(2, len(str(len(slots))))
    for k, (plane, node_offset_rad, latitude_argument_rad) in enumerate(slots):
        name = batch.name if len(slots) == 1 else f"{batch.name}-{k + 1:0{digits}d}"
        fleet.append(
            synthetic(
                name,
                reference,
                axis_m,
                inclination_rad,
                node_rad + node_offset_rad,
                eccentricity=NEAR_FROZEN_ECCENTRICITY,
                argp_rad=NEAR_FROZEN_ARGP_RAD,
                mean_anomaly_rad=latitude_argument_rad - NEAR_FROZEN_ARGP_RAD,
                source=f"synthetic {orbit.pattern}, drag-free",
            )
        )
        planes.append(plane)
    return fleet, np.array(planes, dtype=np.int64)


def _slots(orbit: Orbit, count: int) -> Iterator[tuple[int, float, float]]:
    """Yield plane, node offset [rad] and argument of latitude [rad] of each satellite."""
    if orbit.pattern == "docked":
        yield 0, 0.0, orbit.phase_rad
        return
    n_planes = orbit.n_planes if orbit.pattern == "walker" else 1
    phasing = orbit.phasing if orbit.pattern == "walker" else 0
    per_plane = count // n_planes
    for plane in range(n_planes):
        node_offset_rad = orbit.node_span_rad * ((plane + 0.5) / n_planes - 0.5)
        for k in range(per_plane):
            turn = k / per_plane + phasing * plane / count
            yield plane, node_offset_rad, orbit.phase_rad + TAU * turn


def _designed(batch: Batch) -> tuple[float, float]:
    """Return altitude [m] and local time [h], or raise with every problem of the orbit."""
    orbit = batch.orbit
    place = f"batch {batch.name}: orbit"
    problems = []
    if orbit.pattern not in ("ring", "walker", "docked"):
        problems.append(Problem(f"{place}.pattern", f"'{orbit.pattern}'", "ring, walker or docked here"))
    if orbit.altitude_m is None:
        problems.append(Problem(f"{place}.altitude", "nothing", "an altitude", 'write altitude = "750 km"'))
    if orbit.ltan_h is None:
        problems.append(Problem(f"{place}.ltan", "nothing", "a local time", 'write ltan = "18:00"'))
    if orbit.pattern == "walker":
        if batch.count % orbit.n_planes:
            problems.append(
                Problem(
                    f"{place}.n_planes",
                    f"{orbit.n_planes} planes for {batch.count} satellites",
                    "a number of planes that divides the count",
                )
            )
        if orbit.phasing >= orbit.n_planes:
            problems.append(
                Problem(f"{place}.phasing", str(orbit.phasing), f"0 to {orbit.n_planes - 1} (planes - 1)")
            )
        if orbit.n_planes > 1 and orbit.node_span_rad == 0.0:
            problems.append(
                Problem(
                    f"{place}.node_span",
                    "0 with several planes",
                    "the right ascension that the planes cover",
                    'write node_span = "30 deg"',
                )
            )
    if problems or orbit.altitude_m is None or orbit.ltan_h is None:
        raise InputError(*problems)
    return orbit.altitude_m, orbit.ltan_h
