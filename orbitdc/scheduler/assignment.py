"""Whole jobs to limited places: worth, needs and capacities → the best assignment found, with its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Assignment:
    """A choice of places and what is known about it."""

    place: Ints
    """(j,) place of each job, -1 where it has none."""
    value: float
    """What the choice is worth."""
    bound: float
    """What no choice can be worth more than."""
    status: Literal["proved", "time limit", "none"]
    """proved: nothing is better. time limit: the best found by then. none: no choice was found, or there is
    none."""

    @property
    def gap_frac(self) -> float:
        """Return how far from the best the choice can be at most, as a share of its value."""
        return (self.bound - self.value) / max(abs(self.value), np.finfo(float).tiny)


def assign(
    worth: Floats, needs: Floats, capacity: Floats, *, must_run: bool = False, time_limit_s: float = np.inf
) -> Assignment:
    """Return the assignment of most worth of whole jobs to places with limited resources.

    Parameters
    ----------
    worth : ndarray (j, place)
        What a job is worth in each place; -inf where it cannot be.
    needs : ndarray (resource, j, place)
        What it takes there.
    capacity : ndarray (resource, place)
        What each place has.
    must_run : bool
        Every job has a place; else a job may be left out.
    time_limit_s : float [s]
        Of the solver.

    Returns
    -------
    Assignment
        With the best choice found and the bound, which are equal if it is proved.

    Source
    ------
    Generalised assignment and multidimensional knapsack: Martello and Toth, Knapsack Problems (1990), ch. 7,
    3; solver: HiGHS, branch and bound.

    Examples
    --------
    Two jobs that do not fit together, the dearer one is taken:

    >>> found = assign(np.array([[3.0], [4.0]]), np.array([[[2.0], [2.0]]]), np.array([[3.0]]))
    >>> found.place.tolist(), found.value, found.status
    ([-1, 0], 4.0, 'proved')
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    n_job, n_place = worth.shape
    job, place = np.nonzero(np.isfinite(worth))
    if job.size == 0:
        possible = n_job == 0 or not must_run
        value = 0.0 if possible else -np.inf
        return Assignment(np.full(n_job, -1), value, value, "proved" if possible else "none")
    column = np.arange(job.size)
    n_resource = len(capacity)
    rows = [job, *(n_job + kind * n_place + place for kind in range(n_resource))]
    entries = [np.ones(job.size), *(needs[kind, job, place] for kind in range(n_resource))]
    matrix = csr_matrix(
        (np.concatenate(entries), (np.concatenate(rows), np.tile(column, 1 + n_resource))),
        shape=(n_job + n_resource * n_place, job.size),
    )
    least = np.concatenate([np.full(n_job, 1.0 if must_run else 0.0), np.full(n_resource * n_place, -np.inf)])
    most = np.concatenate([np.ones(n_job), capacity.ravel()])
    solved = milp(
        -worth[job, place],
        constraints=LinearConstraint(matrix, least, most),
        integrality=np.ones(job.size),
        bounds=Bounds(0.0, 1.0),
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
    )
    found = np.full(n_job, -1)
    bound = np.inf if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    if solved.x is None:
        return Assignment(found, -np.inf, -np.inf if solved.status == 2 else bound, "none")
    taken = np.asarray(solved.x) > 0.5
    found[job[taken]] = place[taken]
    value = float(worth[job[taken], place[taken]].sum())
    proved = solved.status == 0
    return Assignment(found, value, value if proved else bound, "proved" if proved else "time limit")
