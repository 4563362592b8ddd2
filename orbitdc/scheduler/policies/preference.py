"""Which side work of each temperature is offered first: groups of jobs and sites → ranks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from ..sites import Sites

Floats = NDArray[np.float64]

Preference = Mapping[str, tuple[tuple[str, ...], ...]]
"""Temperature → groups of sides in the order tried."""


def side_rank(jobs: Jobs, sites: Sites, preference: Preference) -> Floats:
    """Return (group, site) the place of a site's side in the order tried, inf if it is not tried."""
    rank = np.full((len(jobs.class_names), len(sites.names)), np.inf)
    for number, temperature in enumerate(jobs.temperature):
        for place, sides in enumerate(preference[temperature]):
            rank[number, [side in sides for side in sites.sides]] = place
    return np.repeat(rank, len(jobs.cities), axis=0)


def nearness(jobs: Jobs, sites: Sites) -> Floats:
    """Return (group, site) the latency from the group's city in the site's best slot [s]."""
    return np.tile(sites.latency_s.min(axis=2).T, (len(jobs.class_names), 1))
