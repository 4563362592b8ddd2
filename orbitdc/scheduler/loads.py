"""Loads of lines: jobs, schedule, network → bits that each line of fibre carried in each slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..network.lines import NO_LINE
from .lines import NO_PLACE
from .schedule import NOWHERE

if TYPE_CHECKING:
    from ..network import Service
    from ..workload import Jobs
    from .schedule import Schedule
    from .sites import Sites

Floats = NDArray[np.float64]


def line_bit(jobs: Jobs, sites: Sites, schedule: Schedule, service: Service) -> Floats:
    """Return the bits that the jobs which ran sent over each line of `service.lines` in each slot (l, k).

    Parameters
    ----------
    jobs, sites, schedule : what was asked, what there is, what was decided.
    service : its lines, on the ways to clusters and stations.

    Assumptions
    -----------
    Over lines that could be full, data pass as the schedule has them; over the others, those of a request in
    the slot in which its work begins, and those of the answer in that in which it ends.
    """
    lines, n_slots, narrow = service.lines, sites.n_slots, sites.narrow
    n_cities, n_places = lines.way.shape[:2]
    ran = np.flatnonzero(schedule.site != NOWHERE)
    site, city = schedule.site[ran], jobs.origin[ran]
    total = np.zeros((len(lines.bit_per_s), n_slots))
    for way, slot, bit in (
        (lines.way, schedule.start_slot[ran] % n_slots, jobs.input_bit[ran]),
        (lines.way_back, schedule.end_slot[ran] % n_slots, jobs.output_bit[ran]),
    ):
        place = narrow.place[city, site, slot]
        known = place != NO_PLACE
        cell = ((city * n_places + place) * n_slots + slot)[known]
        moved = np.bincount(cell, bit[known], n_cities * n_places * n_slots)
        p, h, hop = np.nonzero(way != NO_LINE)
        np.add.at(total, way[p, h, hop], moved.reshape(n_cities, n_places, n_slots)[p, h])
    number = {name: line for line, name in enumerate(lines.names)}
    for name, used_bit in zip(narrow.names, schedule.used_line_bit, strict=True):
        total[number[name]] = used_bit
    return total
