"""Scheduling: cases of assignment and knapsack → the best value found beside the published one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..scheduler.assignment import assign
from .cases import Case, Check, NotCoveredError


def scheduling(case: Case) -> Iterator[Check]:
    """Find the best of the instances that are small enough to be shipped with the cases."""
    if "capacity" not in case.inputs:
        raise NotCoveredError("the instance is not shipped; the tests hold it where its file is at hand")
    given = case.inputs
    if case.id.startswith("gap-"):
        sign = 1.0 if given["sense"] == "Max" else -1.0
        found = assign(
            sign * np.array(given["worth"], np.float64).T,
            np.array(given["needs"], np.float64).T[None],
            np.array(given["capacity"], np.float64)[None],
            must_run=True,
        )
        value = sign * found.value
    else:
        needs = np.array(given["needs"], np.float64)
        found = assign(
            np.array(given["worth"], np.float64)[:, None],
            needs[:, :, None],
            np.array(given["capacity"], np.float64)[:, None],
        )
        value = found.value
    yield Check("value", value, case.expected["optimum"], case.tolerance["value"])
    yield Check("proved", float(found.status == "proved"), 1.0, 0.0)
