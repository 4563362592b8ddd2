"""Where the operations of busy cards went: jobs, sites, factors → lost to restarts, links, the model."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from .factors import Factors

Floats = NDArray[np.float64]

NOWHERE = -1


LOSSES = {"restart": "restart_op", "parallel efficiency": "parallel_op", "utilisation": "utilisation_op"}
"""Stage of the waterfall → field of `Spent`, in order."""


@dataclass(frozen=True)
class Spent:
    """Operations of one window, at the report precision; shapes (c, site)."""

    card_op: Floats
    """Planned on cards; the other four add up to it."""
    restart_op: Floats
    """Lost to interruptions, checkpoints, restarts and eclipse pauses."""
    parallel_op: Floats
    """Of the rest, lost to links slower than the cards."""
    utilisation_op: Floats
    """Of the rest, what models do not use of a card's peak."""
    useful_op: Floats
    """Useful work, as if it were all at the report precision."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False


def spent(jobs: Jobs, site: NDArray[np.int64], found: Factors) -> Spent:
    """Return what became of the card operations of all jobs that run.

    Parameters
    ----------
    jobs : Jobs
    site : ndarray (j,)
        Where each runs, -1 nowhere.
    found : Factors

    Returns
    -------
    Spent
    """
    ran = site != NOWHERE
    where = jobs.job_class[ran], site[ran]
    card_op = np.zeros(found.useful_frac.shape)
    np.add.at(card_op, where, jobs.work_op[ran] / found.useful_frac[where])
    lasting_op = card_op * found.restart_frac
    linked_op = lasting_op * found.parallel_frac
    useful_op = linked_op * found.utilisation_frac
    return Spent(card_op, card_op - lasting_op, lasting_op - linked_op, linked_op - useful_op, useful_op)
