"""Price: users who pay for power choose the cheapest site near enough: jobs, sites → schedule."""

from __future__ import annotations

import numpy as np

from ...workload import Jobs
from ..placing import by_key, place, ranked_by
from ..schedule import Schedule
from ..sites import Sites
from ..terms import terms
from .preference import nearness


def price(jobs: Jobs, sites: Sites) -> Schedule:
    """Place jobs by earliest deadline, hot ones at the nearest site, all others where power is cheapest.

    Nobody steers: a site is chosen among those that meet the class's latency by what electricity costs there
    for the job, the mean over the window; of equals the nearest.

    Parameters
    ----------
    jobs, sites : of one window; `sites.price_usd_per_op` by slot.

    Returns
    -------
    Schedule.

    Assumptions
    -----------
    Transport of data is free; orbit, whose energy has no price, is tried first where it is near enough.

    Source
    ------
    Power is 50 to 60 % of the running cost of a data centre in China (Xinhua 2026); customers worry about
    latency before they move (Groenewegen-Lau, Oceans of data lift all boats, MERICS 2022).

    Examples
    --------
    `POLICIES["price"](jobs, sites)`.
    """
    given = terms(jobs, sites)
    hot = np.array([temperature == "hot" for temperature in jobs.temperature], np.bool_)
    useful = np.maximum(sites.useful_frac, np.finfo(float).tiny)
    paid = np.where(hot[:, None], 0.0, sites.price_usd_per_op.mean(axis=1) / useful)
    by_group = np.repeat(paid, len(jobs.cities), axis=0)
    ranked = ranked_by(sites, given.allowed, by_group, nearness(jobs, sites))
    return place("price", jobs, sites, given, by_key(jobs, given.release + given.span), ranked)
