"""Ledger: what each owner asked, was owed and got, and where it was done. Jobs, sites, schedule → arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .schedule import COMPLETED, NOWHERE
from .tenancy import owed_op, tenancy_of

if TYPE_CHECKING:
    from ..scenario.models import Scenario
    from ..workload import Jobs
    from .schedule import Schedule
    from .sites import Sites

Arrays = dict[str, NDArray[Any]]


def ledger(scenario: Scenario, jobs: Jobs, sites: Sites, schedule: Schedule) -> Arrays:
    """Return the accounts of the owners of one window.

    Parameters
    ----------
    scenario : the owners' rights.
    jobs, sites, schedule : of the window.

    Returns
    -------
    dict of ndarray
        `owner_...` (t,), a row per owner: useful operations asked for, owed by weighted dominant resource
        fairness, done, and done in time; jobs submitted and completed. `stake_...`, a row per owner and
        site with work of his: card operations done there.

    Examples
    --------
    `ledger(scenario, jobs, sites, schedule)["owner_done_op"].sum()` is all useful work of the window.
    """
    n, n_sites = len(jobs.tenants), len(sites.names)
    ran, in_time = schedule.site != NOWHERE, schedule.outcome == COMPLETED
    card_op = np.zeros(jobs.n_entries)
    card_op[ran] = jobs.work_op[ran] / sites.useful_frac[jobs.job_class[ran], schedule.site[ran]]
    at = jobs.tenant[ran] * n_sites + schedule.site[ran]
    stake = np.bincount(at, card_op[ran], n * n_sites)
    held = np.flatnonzero(stake > 0.0)

    def per_owner(amount: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(jobs.tenant, amount, n)

    return {
        "owner_tenant": np.arange(n),
        "owner_asked_op": per_owner(jobs.work_op),
        "owner_owed_op": owed_op(jobs, sites, tenancy_of(scenario, jobs.tenants)),
        "owner_done_op": per_owner(np.where(ran, jobs.work_op, 0.0)),
        "owner_in_time_op": per_owner(np.where(in_time, jobs.work_op, 0.0)),
        "owner_n_submitted": per_owner(jobs.n_jobs).astype(np.int64),
        "owner_n_completed": per_owner(np.where(in_time, jobs.n_jobs, 0)).astype(np.int64),
        "stake_tenant": held // n_sites,
        "stake_site": held % n_sites,
        "stake_card_op": stake[held],
    }
