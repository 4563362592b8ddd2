"""Trips: how long a request takes, part by part. Network service, jobs, schedule → latency of hot work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..network.latency import PARTS, Latency
from .schedule import NOWHERE

if TYPE_CHECKING:
    from ..network import Service
    from ..workload import Jobs
    from .schedule import Schedule
    from .sites import Sites

Floats = NDArray[np.float64]

NETWORK_PARTS = ("access", "propagation", "hops", "wait")
"""Parts of a latency that the network makes; the rest is the site's."""


@dataclass(frozen=True)
class MeanTrip:
    """Mean of many requests: seconds by part, and what they are the mean of."""

    part_s: dict[str, float]
    weight: float
    """Number of requests, or share of them that is answered at all."""


def trips_of(service: Service) -> Latency:
    """Return the latency to every site, the orbital centres first, then the clusters (site, city, k)."""
    n_slots = service.down_bit.shape[1]
    parts = {}
    for part in PARTS:
        over_fibre = np.repeat(getattr(service.ground, f"{part}_s").T[:, :, None], n_slots, axis=2)
        parts[f"{part}_s"] = np.concatenate([getattr(service.latency, f"{part}_s"), over_fibre])
    return Latency(**parts)


def demand_of(jobs: Jobs) -> Floats:
    """Return the share of the hot jobs that each city asks for (city,); all alike where none are hot."""
    hot = _is_hot(jobs)
    n_jobs: Floats = np.bincount(jobs.origin[hot], jobs.n_jobs[hot], len(jobs.cities)).astype(np.float64)
    return n_jobs / n_jobs.sum() if n_jobs.any() else np.full(len(jobs.cities), 1.0 / len(jobs.cities))


def to_orbit(trips: Latency, n_orbit: int, demand: Floats) -> MeanTrip:
    """Return the trip of a request to whichever orbital centre answers first, idle.

    Parameters
    ----------
    trips : Latency (site, city, k)
    n_orbit : int
        The first so many sites are in orbit.
    demand : array (city,)
        Shares of the requests, which come evenly through the window.

    Returns
    -------
    MeanTrip
        Its weight is the share that is answered within the window.
    """
    total_s = trips.total_s[:n_orbit]
    if not n_orbit:
        return MeanTrip(dict.fromkeys(NETWORK_PARTS, 0.0), 0.0)
    first = np.argmin(total_s, axis=0)[None]
    weight = np.where(np.isfinite(np.min(total_s, axis=0)), demand[:, None], 0.0) / total_s.shape[2]
    answered = float(weight.sum())
    part_s = {}
    for part in NETWORK_PARTS:
        seconds = np.take_along_axis(getattr(trips, f"{part}_s")[:n_orbit], first, axis=0)[0]
        part_s[part] = float((weight * np.where(weight > 0.0, seconds, 0.0)).sum()) / max(answered, 1e-300)
    return MeanTrip(part_s, answered)


def of_hot_jobs(jobs: Jobs, sites: Sites, schedule: Schedule, trips: Latency) -> MeanTrip:
    """Return the trip of the hot jobs that ran, to the sites where they ran.

    Parameters
    ----------
    jobs, sites, schedule : what was asked, what there is, what was decided.
    trips : Latency (site, city, k)

    Returns
    -------
    MeanTrip
        All parts; its weight is the number of jobs.

    Assumptions
    -----------
    The network is that of the slot in which the job starts. It queues from its arrival to that slot, and is
    worked on by as many cards as it runs on together, at their full rate.
    """
    ran = np.flatnonzero(_is_hot(jobs) & (schedule.site != NOWHERE))
    site, city = schedule.site[ran], jobs.origin[ran]
    k = schedule.start_slot[ran] % sites.n_slots
    n_jobs = jobs.n_jobs[ran].astype(np.float64)
    n = float(n_jobs.sum())
    seconds = {part: getattr(trips, f"{part}_s")[site, city, k] for part in NETWORK_PARTS}
    seconds["queue"] = np.maximum(schedule.start_slot[ran] * sites.slot_s - jobs.arrival_s[ran], 0.0)
    rate_op_per_s = jobs.width[jobs.job_class[ran]] * sites.card_op_per_s[site]
    useful_frac = sites.useful_frac[jobs.job_class[ran], site]
    seconds["processing"] = jobs.work_op[ran] / n_jobs / (rate_op_per_s * useful_frac)
    return MeanTrip({part: float(n_jobs @ seconds[part]) / max(n, 1.0) for part in PARTS}, n)


def _is_hot(jobs: Jobs) -> NDArray[np.bool_]:
    """Return which entries are of a hot class (j,)."""
    hot: NDArray[np.bool_] = np.array(jobs.temperature)[jobs.job_class] == "hot"
    return hot
