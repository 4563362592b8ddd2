"""Market: whoever asks first takes the nearest and fastest site: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np

from ...workload import Jobs
from ..placing import by_key, place, ranked_by
from ..schedule import Schedule
from ..sites import Sites
from ..terms import terms
from .preference import nearness


def market(jobs: Jobs, sites: Sites) -> Schedule:
    """Serve jobs first come, first served, each at the site nearest to its users; of equals at the fastest.

    Nobody plans: work of every temperature crowds where its users are, as data centres of the United States
    do in a few states.

    Parameters
    ----------
    jobs, sites : of one window.

    Returns
    -------
    Schedule.

    Source
    ------
    What it describes: 15 states hold 80 % of the load of the United States (EPRI, 2024).

    Examples
    --------
    `POLICIES["market"](jobs, sites)`.
    """
    given = terms(jobs, sites)
    fastest = np.repeat(-sites.useful_frac * sites.card_op_per_s, len(jobs.cities), axis=0)
    ranked = ranked_by(sites, given.allowed, nearness(jobs, sites), fastest)
    return place("market", jobs, sites, given, by_key(jobs, given.release), ranked)
