"""Picture of how long users wait: a `Run` → the distribution of latency and of turnaround by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..workload import job_of
from . import style
from .frame import policy, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

Floats = NDArray[np.float64]

N_SHOWN = 501
"""Points of a curve at most, evenly spaced in the share of jobs."""


def latency(run: Run) -> Figure:
    """Draw the distribution of latency and of turnaround of each class of jobs.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: request to response at the site that served. Right: arrival to the last bit, over the deadline.
    """
    caption = (
        "Cumulative share of the jobs that ran, every job of a bundle counted. Left: request to response at "
        "the site chosen, idle, both ways; a mark on the upper edge is the bound of the class. Right: from "
        "arrival to the last bit of the output, over the deadline; times are resolved to a slot of "
        f"{run.scenario.time.slot_s / 60:g} min. Scheduler: {policy(run)}."
    )
    with style.styled():
        waits = _waits(run)
        figure = sheet(run, "latency", caption, width_in=11.0, height_in=5.6)
        if not waits:
            return style.empty(figure, "no job ran in this run")
        left, right = figure.subplots(1, 2)
        bounds = {name: job_of(run.scenario, name).latency_s for name in waits}
        _curves(left, {name: latency_s for name, (latency_s, _, _) in waits.items()}, waits)
        left.set_xscale("log")
        style.engineering(left.xaxis, "s")
        for number, name in enumerate(waits):
            left.plot(bounds[name], 1.0, marker="v", markersize=6, color=style.of_many(number),
                      transform=left.get_xaxis_transform(), clip_on=False)  # fmt: skip
        left.set_xlabel("request to response")
        left.set_ylabel("jobs [%]")
        left.set_title("Latency", pad=14)
        _curves(right, {name: ratio for name, (_, ratio, _) in waits.items()}, waits)
        right.axvline(1.0, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        right.set_xlim(left=0)
        right.set_xlabel("turnaround over deadline; beyond 1 is late")
        right.set_title("Turnaround", pad=14)
        right.legend(loc="lower right", fontsize=8)
    return figure


def _waits(run: Run) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Return for each class the latency [s], the turnaround over the deadline, and how many jobs it is of."""
    columns = ("class", "site", "latency_s", "arrival_utc", "deadline_utc", "end_utc", "n_jobs")
    parts: dict[str, list[Any]] = {}
    for table in run.pieces("schedule", columns):
        ran = table[table["end_utc"].notna() & table["latency_s"].notna()]
        turned = (ran["end_utc"] - ran["arrival_utc"]).dt.total_seconds()
        allowed = (ran["deadline_utc"] - ran["arrival_utc"]).dt.total_seconds()
        kept = ran.assign(ratio=turned / allowed)
        for name, rows in kept.groupby("class", observed=True):
            parts.setdefault(str(name), []).append(rows[["latency_s", "ratio", "n_jobs"]].to_numpy(float))
    joined = {name: np.concatenate(rows) for name, rows in parts.items()}
    return {name: (rows[:, 0], rows[:, 1], rows[:, 2]) for name, rows in sorted(joined.items())}


def _curves(axes: Axes, values: dict[str, Floats], waits: dict[str, tuple[Floats, Floats, Floats]]) -> None:
    for number, (name, found) in enumerate(values.items()):
        order = np.argsort(found)
        n_jobs = waits[name][2][order]
        share = 100 * np.cumsum(n_jobs) / n_jobs.sum()
        shown = np.unique(np.searchsorted(share, np.linspace(share[0], share[-1], N_SHOWN)))
        look: dict[str, Any] = {"color": style.of_many(number), "linewidth": 1.4, "label": name}
        axes.step(found[order][shown], share[shown], where="post", **look)
    axes.set_ylim(0, 102)
