"""Carbon: each job where and, if it can wait, when its electricity is cleanest: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from ..canonical import in_canonical_order
from ..placing import Board, by_key, ranked_by
from ..prices import Prices, costs
from ..schedule import Schedule
from ..sites import Sites
from ..terms import terms

Floats = NDArray[np.float64]

N_LEVELS = 8
"""Steps from the cleanest slots to all of them."""


def carbon(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline, each at the site whose electricity emits least for it.

    First only the cleanest slots of all sites are offered, then less clean ones, and so on, so that work that
    can wait runs when and where the grid is clean; a job too urgent for that runs in any slot at last.

    Parameters
    ----------
    jobs, sites : of one window; `sites.carbon_kg_per_op` by slot.

    Returns
    -------
    Schedule.

    Assumptions
    -----------
    Emissions of electricity alone; those of making and launching do not change with the schedule.

    Source
    ------
    Carbon-aware shifting in time and place: Radovanovic et al., IEEE Trans. Power Systems 38 (2023) 1270.

    Examples
    --------
    `POLICIES["carbon"](jobs, sites)`.
    """
    return in_canonical_order(_carbon, jobs, sites)


def _carbon(jobs: Jobs, sites: Sites) -> Schedule:
    given = terms(jobs, sites)
    emitted = sites.carbon_kg_per_op
    no_bit = np.zeros(len(sites.names))
    emission = costs(jobs, sites, given, Prices(emitted, no_bit, no_bit))
    scale = float(emission.max(initial=0.0, where=np.isfinite(emission))) or 1.0
    ranked = ranked_by(sites, given.allowed[given.group], np.round(emission / scale * 1e9))
    order = by_key(jobs, given.release + given.span)
    board = Board(jobs, sites, given)
    rows = np.arange(jobs.n_entries)
    for level in _levels(emitted):
        board.offer(order, ranked, rows, shut=emitted > level)
    return board.finish("carbon", order, ranked, rows)


def _levels(emitted: Floats) -> Floats:
    """Return levels of emission, cleanest first, the last one above all slots."""
    distinct = np.unique(emitted)
    last = np.linspace(0, distinct.size - 1, min(N_LEVELS, distinct.size)).round().astype(np.int64)
    return np.asarray(distinct[last], np.float64)
