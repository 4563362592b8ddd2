"""One machine, many owners: a policy and the owners' rights → a policy that keeps them.

Three rights, each a wrapper around any policy of the common signature: a quota that no owner exceeds, a
guaranteed share that no flood of others takes away, and fair turns at what nobody has reserved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..workload import Jobs
from .fairness import decayed_usage, dominant_resource_fairness, dominant_share_frac, half_life_fade
from .schedule import COMPLETED, NONE, NOWHERE, QUOTA, REJECTED, ROUNDING, SOLVED, Schedule
from .sites import Sites
from .terms import terms

if TYPE_CHECKING:
    from ..scenario.models import Scenario
    from .policies import Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_TURNS = 12
"""Parts into which a contended line is cut: in each, the policy is free to choose. More turns follow the line
closer and leave the policy less to choose from."""


GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Multiples of the golden ratio fall evenly on the circle (Knuth, The Art of Computer Programming 3, 6.4)."""


@dataclass(frozen=True)
class Tenancy:
    """The owners and their rights; axis tenant `t`, in the order of `Jobs.tenants`."""

    shares: Floats
    """(t,) weight of each in what is divided, > 0."""
    guaranteed_frac: Floats
    """(t,) share of every site and link that is each one's own whenever it asks; they sum to at most 1."""
    quota_frac: Floats
    """(t,) most that each may ask for, over the operations of all sites in a window."""
    priority: Ints
    """(t,) higher goes first in what is not guaranteed."""
    half_life_s: float
    """In which past use fades to a half [s]."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.shares, self.guaranteed_frac, self.quota_frac, self.priority):
            array.flags.writeable = False


def tenancy_of(scenario: Scenario, tenants: Sequence[str]) -> Tenancy:
    """Return the rights of these tenants: those the scenario states, or an even share of what is divided."""
    stated = [scenario.tenants.get(name) for name in tenants]
    return Tenancy(
        shares=np.array([one.shares if one else 1.0 for one in stated]),
        guaranteed_frac=np.array([one.guaranteed_frac if one else 0.0 for one in stated]),
        quota_frac=np.array([one.quota_frac if one else 1.0 for one in stated]),
        priority=np.array([one.priority if one else 0 for one in stated], np.int64),
        half_life_s=scenario.scheduler.half_life_s,
    )


# --- what is asked and what is owed -------------------------------------------------------------------------


def demand_and_capacity(jobs: Jobs, sites: Sites) -> tuple[Floats, Floats]:
    """Return what each job asks for, (j, resource), and what there is, (resource,), of three resources.

    The resources are card operations of all sites, and the bits that orbit's links carry up and down. Work
    is counted where it takes the fewest card operations; a job asks for the links only if it can run
    nowhere else.
    """
    given = terms(jobs, sites)
    in_orbit = np.arange(len(sites.names)) < sites.n_orbit
    n_city = max(len(jobs.cities), 1)
    per_op = np.repeat(given.per_op, n_city, axis=0)
    cheapest = np.where(given.allowed, per_op, np.inf).min(axis=1, initial=np.inf)
    cheapest = np.where(np.isfinite(cheapest), cheapest, 0.0)  # what can run nowhere takes nothing
    only_orbit = given.allowed.any(axis=1) & ~(given.allowed & ~in_orbit).any(axis=1)
    up = np.asarray(only_orbit)[given.group]
    card_op = jobs.work_op * cheapest[given.group]
    demand = np.stack(
        [card_op, np.where(up, jobs.input_bit, 0.0), np.where(up, jobs.output_bit, 0.0)], axis=1
    )
    links = [bit[: sites.n_orbit].sum() for bit in (sites.up_bit, sites.down_bit)]
    return demand, np.array([sites.op.sum(), *links])


def owed_op(jobs: Jobs, sites: Sites, tenancy: Tenancy) -> Floats:
    """Return the useful operations (t,) that weighted dominant resource fairness gives each owner."""
    demand, capacity = demand_and_capacity(jobs, sites)
    n = len(tenancy.shares)
    asked = np.stack([np.bincount(jobs.tenant, column, n) for column in demand.T], axis=1)
    work_op = np.bincount(jobs.tenant, np.where(demand[:, 0] > 0.0, jobs.work_op, 0.0), n)
    finite = np.where(np.isfinite(capacity), capacity, 1.0 + asked.sum(axis=0))
    return np.asarray(work_op * dominant_resource_fairness(asked, finite, tenancy.shares))


# --- the rights ---------------------------------------------------------------------------------------------


def within_quotas(policy: Policy, tenancy: Tenancy) -> Policy:
    """Return the policy with owners held to their quotas: what one asks beyond it is turned away.

    An owner keeps its work of highest priority, then of highest value, then what came first.
    """

    def held(jobs: Jobs, sites: Sites) -> Schedule:
        if np.all(tenancy.quota_frac >= 1.0):
            return policy(jobs, sites)
        demand, capacity = demand_and_capacity(jobs, sites)
        order = np.lexsort((jobs.arrival_s, -jobs.value, -jobs.priority, jobs.tenant))
        owner, asked_op = jobs.tenant[order], demand[order, 0]
        before = np.concatenate([[0.0], np.cumsum(asked_op)])
        first = np.searchsorted(owner, owner)
        sum_op = before[1:] - before[first]
        within = sum_op <= tenancy.quota_frac[owner] * capacity[0] * (1.0 + ROUNDING)
        admitted = np.sort(order[within | (tenancy.quota_frac[owner] >= 1.0)])
        plan = policy(jobs.take(admitted), sites)
        return _joined(jobs, sites, [(admitted, plan)], QUOTA)

    return held


def with_guarantees(policy: Policy, spare: Policy, tenancy: Tenancy) -> Policy:
    """Return a policy under which each owner completes at least what its own slice would let it complete.

    The whole machine is planned as one by `spare`. An owner who then completes less value on time than
    `policy` would give it alone, on its guaranteed share of every site and link, gets that plan first, and
    the rest is planned again around it, until nobody is worse off. Where all is served, nothing is reserved.

    Parameters
    ----------
    policy : plans an owner on its slice.
    spare : plans what is shared.
    tenancy : the owners' rights.

    Returns
    -------
    Policy.

    Source
    ------
    The sharing incentive of Ghodsi et al., NSDI 2011, section 3, held as a constraint.
    """

    def guarded(jobs: Jobs, sites: Sites) -> Schedule:
        plan = spare(jobs, sites)
        kept: dict[int, tuple[Ints, Schedule]] = {}
        alone: dict[int, tuple[Ints, Schedule]] = {}
        while True:
            missed = np.unique(jobs.tenant[plan.outcome != COMPLETED])
            hurt = []
            for tenant in missed[(tenancy.guaranteed_frac[missed] > 0.0)]:
                if tenant in kept:
                    continue
                if tenant not in alone:
                    alone[tenant] = _alone(policy, jobs, sites, tenant, tenancy.guaranteed_frac[tenant])
                own = np.flatnonzero(jobs.tenant == tenant)
                done = own[plan.outcome[own] == COMPLETED]
                if _sum_value(jobs, done) < _sum_value(jobs, alone[tenant][0]) * (1.0 - ROUNDING):
                    hurt.append(int(tenant))
            if not hurt:
                return plan
            kept |= {tenant: alone[tenant] for tenant in hurt}
            reserved = list(kept.values())
            taken = np.concatenate([index for index, _ in reserved])
            rest = np.setdiff1d(np.arange(jobs.n_entries), taken)
            others = spare(jobs.take(rest), _left(sites, [part for _, part in reserved]))
            plan = _joined(jobs, sites, [*reserved, (rest, others)], NONE)

    return guarded


def in_turns(policy: Policy, tenancy: Tenancy) -> Policy:
    """Return the policy with contended capacity given by turns: priority first, then who has used least.

    The jobs stand in `line` and are planned from its head, some at a time, each time in what is left. Where
    the policy serves everybody at once, there are no turns.

    Parameters
    ----------
    policy : plans each turn.
    tenancy : the owners' rights.

    Returns
    -------
    Policy.
    """

    def turned(jobs: Jobs, sites: Sites) -> Schedule:
        plan = policy(jobs, sites)
        if len(np.unique(jobs.tenant)) < 2 or np.all(plan.outcome == COMPLETED):
            return plan
        demand, capacity = demand_and_capacity(jobs, sites)
        charge = dominant_share_frac(demand, capacity)
        charge = np.where(np.isfinite(charge), charge, 0.0)  # what cannot be had costs nothing
        punctual = replace(jobs, late_ok=np.zeros(jobs.n_entries, np.bool_))
        parts: list[tuple[Ints, Schedule]] = []
        for turn in turns(jobs, sites, charge, tenancy):
            parts.append((turn, policy(punctual.take(turn), _left(sites, [part for _, part in parts]))))
        missed = np.concatenate([turn[part.site == NOWHERE] for turn, part in parts])
        again = np.sort(missed[jobs.late_ok[missed]])
        if again.size:
            parts.append((again, policy(jobs.take(again), _left(sites, [part for _, part in parts]))))
        return _joined(jobs, sites, parts, NONE)

    return turned


def line(jobs: Jobs, sites: Sites, charge: Floats, tenancy: Tenancy) -> Ints:
    """Return the jobs in the order in which owners are due.

    An owner ranks its own jobs: priority, then value; equals are spread evenly over the window. A job's tag
    is what its owner has used of late, faded by half each half-life, by the jobs that it ranks before, over
    the owner's shares. Owners of higher priority go first, then the lowest tag: whatever capacity ends the
    line, owners who ask for more than they get have then had equal use per share.

    Parameters
    ----------
    jobs, sites : of one window.
    charge : (j,) what each job costs its owner, as its largest share of any resource.
    tenancy : shares, priorities and half-life.

    Returns
    -------
    (j,) numbers of the jobs.

    Source
    ------
    Serving the least charged is weighted max-min fair: Goyal, Vin and Cheng, Start-time Fair Queueing,
    SIGCOMM 1996; decay of use: Slurm, multifactor priority plugin; the charge: Ghodsi et al., NSDI 2011.
    """
    spread = np.arange(jobs.n_entries) * GOLDEN % 1.0
    rank = np.lexsort((spread, -jobs.value, -jobs.priority))
    slot = np.minimum((jobs.arrival_s / sites.slot_s).astype(np.int64), sites.n_slots - 1)
    tag = np.empty(jobs.n_entries)
    tag[rank] = decayed_usage(
        jobs.tenant[rank], slot[rank], (charge / tenancy.shares[jobs.tenant])[rank], len(tenancy.shares),
        half_life_fade(sites.n_slots, sites.slot_s, tenancy.half_life_s),
    )  # fmt: skip
    return np.lexsort((tag, -tenancy.priority[jobs.tenant]))


def turns(jobs: Jobs, sites: Sites, charge: Floats, tenancy: Tenancy) -> list[Ints]:
    """Return the line cut into some `N_TURNS` parts of equal charge, one priority each, jobs ascending."""
    order = line(jobs, sites, charge, tenancy)
    before = np.cumsum(charge[order]) - charge[order]
    whole = max(float(charge.sum()), np.finfo(float).tiny)
    part = np.minimum((N_TURNS * before / whole).astype(np.int64), N_TURNS - 1)
    cuts = np.flatnonzero((np.diff(part) > 0) | (np.diff(tenancy.priority[jobs.tenant[order]]) != 0)) + 1
    return [np.sort(piece) for piece in np.split(order, cuts)]


def shared(policy: Policy, scenario: Scenario, tenants: Sequence[str]) -> Policy:
    """Return the policy as the owners of a scenario share it."""
    return SHARING[scenario.scheduler.sharing](policy, tenancy_of(scenario, tenants))


SHARING: dict[str, Callable[[Policy, Tenancy], Policy]] = {
    "pooled": within_quotas,
    "guaranteed": lambda policy, tenancy: within_quotas(with_guarantees(policy, policy, tenancy), tenancy),
    "fair": lambda policy, tenancy: within_quotas(
        with_guarantees(policy, in_turns(policy, tenancy), tenancy), tenancy
    ),
}
"""How owners share: one line for all; one line around guaranteed shares; fair turns around these."""


# --- plans of parts -----------------------------------------------------------------------------------------


def _alone(policy: Policy, jobs: Jobs, sites: Sites, tenant: int, share_frac: float) -> tuple[Ints, Schedule]:
    """Return the jobs of one owner that its slice completes on time, and the plan of just these."""
    own = np.flatnonzero(jobs.tenant == tenant)
    slice_ = replace(
        sites,
        op=sites.op * share_frac,
        up_bit=sites.up_bit * share_frac,
        down_bit=sites.down_bit * share_frac,
        narrow=sites.narrow.times(share_frac),
    )
    punctual = replace(jobs.take(own), late_ok=np.zeros(own.size, np.bool_))
    plan = policy(punctual, slice_)
    done = np.flatnonzero(plan.outcome == COMPLETED)
    columns = {name: getattr(plan, name)[done] for name in _PER_JOB}
    return own[done], replace(plan, **columns)


_PER_JOB = ("site", "start_slot", "end_slot", "outcome", "reason")


def _sum_value(jobs: Jobs, index: Ints) -> float:
    return float(jobs.value[index] @ jobs.work_op[index])


def _left(sites: Sites, parts: Sequence[Schedule]) -> Sites:
    """Return the sites with what these plans use taken away."""
    if not parts:
        return sites
    used = {
        "op": sum(part.used_op for part in parts),
        "up_bit": sum(part.used_up_bit for part in parts),
        "down_bit": sum(part.used_down_bit for part in parts),
    }
    return replace(
        sites,
        **{name: np.maximum(getattr(sites, name) - taken, 0.0) for name, taken in used.items()},
        narrow=sites.narrow.less(np.add.reduce([part.used_line_bit for part in parts])),
    )


def _joined(jobs: Jobs, sites: Sites, parts: Sequence[tuple[Ints, Schedule]], without: int) -> Schedule:
    """Return the plan of all jobs from plans of parts; a later part has the last word on a job.

    Jobs in no part are turned away for the reason `without`.
    """
    whole: dict[str, Any] = {
        name: np.full(jobs.n_entries, NOWHERE) for name in ("site", "start_slot", "end_slot")
    }
    whole["outcome"] = np.full(jobs.n_entries, REJECTED)
    whole["reason"] = np.full(jobs.n_entries, without)
    for index, part in parts:
        for name in _PER_JOB:
            whole[name][index] = getattr(part, name)
    limits = {
        "used_op": sites.op,
        "used_up_bit": sites.up_bit,
        "used_down_bit": sites.down_bit,
        "used_line_bit": sites.narrow.bit,
    }
    used: dict[str, Any] = {
        # what rounding adds to a full slot is not work
        name: np.minimum(np.add.reduce([getattr(part, name) for _, part in parts]), limit)
        for name, limit in limits.items()
    }
    n = sites.n_orbit
    share = np.divide(
        used["used_op"][:n], sites.op[:n], out=np.zeros_like(sites.op[:n]), where=sites.op[:n] > 0.0
    )
    ended = max((part.solver for _, part in parts), key=SOLVED.index)
    return Schedule(policy=parts[0][1].policy, share_frac=share, solver=ended, **whole, **used)
