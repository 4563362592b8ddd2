"""Carbon: each job where and, if it can wait, when its electricity is cleanest: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np

from ...workload import Jobs
from ..canonical import in_canonical_order
from ..placing import Board, by_key, ranked_by
from ..prices import Prices, costs
from ..schedule import Schedule
from ..sites import Sites
from ..terms import terms

GREENER = (0.25, 0.5, 0.75)
"""Slots offered before all of them: up to this part of the way from a site's cleanest to its dirtiest."""


def carbon(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline, each at the site whose electricity emits least for it.

    First only the cleanest slots of each site are offered, then less clean ones, and so on, so that work that
    can wait runs when the grid is clean; a job too urgent for that runs in any slot at last.

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
    cleanest = emitted.min(axis=1, keepdims=True)
    spread = emitted.max(axis=1, keepdims=True) - cleanest
    for share in GREENER if spread.any() else ():
        board.offer(order, ranked, rows, shut=emitted > cleanest + share * spread)
    board.offer(order, ranked, rows)
    return board.finish("carbon", order, ranked, rows)
