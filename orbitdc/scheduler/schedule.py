"""A schedule: what became of every job and what each slot of each site does → arrays, counts and checks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..workload import Jobs
from .sites import Sites

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OUTCOMES = ("completed", "late", "rejected", "unfinished")
COMPLETED, LATE, REJECTED, UNFINISHED = range(4)

REASONS = {
    "none": "ran as asked",
    "capacity": "no capacity before the deadline",
    "link": "no link volume before the deadline",
    "latency": "no site meets the latency",
    "class": "no site accepts the class",
    "width": "no site has so many cards",
    "quota": "beyond its owner's quota",
    "fibre": "a line of fibre on the way was full before the deadline",
}
"""Why a job was rejected or late, in the order of the codes."""
NONE, CAPACITY, LINK, LATENCY, CLASS, WIDTH, QUOTA, FIBRE = range(8)

SOLVED = ("", "solved", "time limit", "failed")
"""Ends of a solver, the worst one last; none of them says that a plan is optimal."""

NOWHERE = -1
"""Site, start and end of a job that does not run."""

ROUNDING = 1e-9
"""Relative error that sums over a window may gather; a larger one is a broken law."""


@dataclass(frozen=True)
class Schedule:
    """The plan of one window; axes: job entry `j`, site, slot `k`."""

    policy: str
    site: Ints
    """(j,) number of the site, or NOWHERE."""
    start_slot: Ints
    """(j,) first slot worked in, counted from the window's start; past its end they wrap to its beginning."""
    end_slot: Ints
    """(j,) slot of the last operation or bit, counted likewise."""
    outcome: Ints
    """(j,) number in OUTCOMES."""
    reason: Ints
    """(j,) number in REASONS: what a late or rejected job lacked."""
    used_op: Floats
    """(site, k) operations done in each slot."""
    used_up_bit: Floats
    """(site, k) bits sent to the site in each slot."""
    used_down_bit: Floats
    """(site, k) bits that came back."""
    used_line_bit: Floats
    """(line, k) bits over each of the lines that could be full."""
    share_frac: Floats
    """(centre, k) share of an orbital centre's capacity put to work, 0 .. 1: what the replay flies."""
    limit_op: float = np.inf
    """What the policy has shown that no schedule can beat, in operations weighted by their worth."""
    solver: str = SOLVED[0]
    """How the programmes of a policy that solves any ended, a word of SOLVED."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def n_by_outcome(self, jobs: Jobs) -> dict[str, int]:
        """Return how many jobs were submitted and how each ended; the parts add up to the whole."""
        count = {
            f"n_{name}": int(jobs.n_jobs[self.outcome == code].sum()) for code, name in enumerate(OUTCOMES)
        }
        return {"n_submitted": int(jobs.n_jobs.sum()), **count}

    def n_by_reason(self, jobs: Jobs) -> dict[str, int]:
        """Return how many late and rejected jobs lacked what."""
        missed = self.reason != NONE
        return {
            name: int(jobs.n_jobs[missed & (self.reason == code)].sum())
            for code, name in enumerate(REASONS)
            if code != NONE
        }

    def completed_value(self, jobs: Jobs) -> float:
        """Return the work completed on time, weighted by its worth per operation [op]."""
        done = self.outcome == COMPLETED
        return float(jobs.value[done] @ jobs.work_op[done])

    def op_by_class(self, jobs: Jobs, n_sites: int) -> Floats:
        """Return (class, site) operations placed."""
        table = np.zeros((len(jobs.class_names), n_sites))
        placed = self.site != NOWHERE
        np.add.at(table, (jobs.job_class[placed], self.site[placed]), jobs.work_op[placed])
        return table


def check(jobs: Jobs, sites: Sites, schedule: Schedule) -> None:
    """Hold a schedule to its laws: one outcome each, no slot overfull, all work and bits accounted for.

    Parameters
    ----------
    jobs, sites, schedule : what was asked, what there is, what was decided.

    Raises
    ------
    InvariantError naming the broken law.

    Source
    ------
    Conservation of work and of bits.

    Examples
    --------
    Called on every window, after any policy: `check(jobs, sites, POLICIES["greedy"](jobs, sites))`.
    """
    ran = schedule.site != NOWHERE
    done = (schedule.outcome == COMPLETED) | (schedule.outcome == LATE)
    where, n_site = schedule.site[ran], len(sites.names)
    card_op = jobs.work_op[ran] / sites.useful_frac[jobs.job_class[ran], where]
    placed_op, raised_bit, returned_bit = (
        np.bincount(where, amount, minlength=n_site)
        for amount in (card_op, jobs.input_bit[ran], jobs.output_bit[ran])
    )

    def is_(used: Floats, placed: NDArray[Any]) -> bool:
        return bool(np.allclose(used.sum(axis=1), placed, rtol=ROUNDING, atol=0.0))

    laws = {
        "every job has one outcome": bool(
            np.all((schedule.outcome >= 0) & (schedule.outcome < len(OUTCOMES)))
        ),
        "a job runs if and only if it is done": bool(np.all(ran == done)),
        "a job has a reason if and only if it missed": bool(
            np.all((schedule.reason == NONE) == (schedule.outcome == COMPLETED))
        ),
        "no slot does more than it can": bool(np.all(schedule.used_op <= sites.op)),
        "no slot moves more bits than its link": bool(
            np.all(schedule.used_up_bit <= sites.up_bit) and np.all(schedule.used_down_bit <= sites.down_bit)
        ),
        "no line of fibre carries more bits than it can": bool(
            np.all(schedule.used_line_bit <= sites.narrow.bit)
        ),
        "work is conserved": is_(schedule.used_op, placed_op),
        "bits are conserved": is_(schedule.used_up_bit, raised_bit)
        and is_(schedule.used_down_bit, returned_bit)
        and _lines_hold(jobs, sites, schedule),
        "the share lies between 0 and 1": bool(
            np.all((schedule.share_frac >= 0) & (schedule.share_frac <= 1))
        ),
    }
    broken = [law for law, holds in laws.items() if not holds]
    if broken:
        raise InvariantError(f"schedule of policy '{schedule.policy}': broken: " + "; ".join(broken))


def _lines_hold(jobs: Jobs, sites: Sites, schedule: Schedule) -> bool:
    """Return whether each line carries what must cross it and no more than what may: its way may change."""
    ran, narrow = np.flatnonzero(schedule.site != NOWHERE), sites.narrow
    least, most = np.zeros(len(narrow.names)), np.zeros(len(narrow.names))
    for way, bit in ((narrow.way, jobs.input_bit), (narrow.way_back, jobs.output_bit)):
        moved = np.zeros(sites.paired.shape)
        np.add.at(moved, (jobs.origin[ran], schedule.site[ran]), bit[ran])
        some, every = narrow.crossed(way)
        least += np.einsum("ps,psl->l", moved, every)
        most += np.einsum("ps,psl->l", moved, some)
    used = schedule.used_line_bit.sum(axis=1)
    return bool(np.all(used >= least * (1.0 - ROUNDING)) and np.all(used <= most * (1.0 + ROUNDING)))
