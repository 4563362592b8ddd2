"""Picture of a day's plan: a `Run` → the largest jobs of the last window as bars, a band for each site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .frame import policy, sheet
from .utilisation import SIDE_COLOURS

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

N_LANES = 9
"""Bars above each other in the band of a site."""


def gantt(run: Run) -> Figure:
    """Draw when and where the largest jobs of the last window with work run.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        A band per site; a bar per job entry from its first slot to its last, coloured by class.
    """
    caption = (
        f"The largest entries of the window by work, as many as fit {N_LANES} bars above each other at each "
        "site; a bar runs from the first slot that an entry uses to the last, shared or not. At the right: "
        "share of the site's work that is drawn. A bar that reaches past the end goes on at the beginning: "
        f"the window is a circle. Scheduler: {policy(run)}."
    )
    with style.styled():
        table = _last_window(run)
        sites = list(dict.fromkeys(run.sites["site"]))
        side = dict(zip(run.sites["site"], run.sites["side"], strict=True))
        busy = [site for site in sites if len(table) and (table["site"] == site).any()]
        busy.sort(key=lambda name: (list(SIDE_COLOURS).index(side[name]), str(name)))
        height_in = min(max(4.6, 2.4 + 0.75 * len(busy)), 13.0)
        figure = sheet(run, "schedule", caption, width_in=11.0, height_in=height_in)
        if not busy:
            return style.empty(figure, "no job ran in the last window")
        axes = figure.subplots()
        classes = sorted(table["class"].astype(str).unique())
        for row, site in enumerate(busy):
            _band(axes, row, table[table["site"] == site], classes)
        axes.set_yticks(np.arange(len(busy)) + 0.5, [str(site) for site in busy])
        for label, site in zip(axes.get_yticklabels(), busy, strict=True):
            label.set_color(SIDE_COLOURS[side[site]])
        axes.set_ylim(len(busy), 0)
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
        start = table["arrival_utc"].min().floor("h")
        axes.set_title(f"{start:%d %b %Y}", pad=20)
        _legend(axes, classes)
        style.time_axis(axes, start, table["end_utc"].max())
    return figure


def _last_window(run: Run) -> pandas.DataFrame:
    import pandas

    columns = ("window", "class", "site", "arrival_utc", "start_utc", "end_utc", "work_op")
    last = pandas.DataFrame()
    for table in run.pieces("schedule", columns):
        ran = table[table["site"].notna()]
        joined = pandas.concat([last, ran], ignore_index=True) if len(last) else ran
        last = joined[joined["window"] == joined["window"].max()]
    return last


def _band(axes: Axes, row: int, jobs: pandas.DataFrame, classes: list[str]) -> None:
    from matplotlib import dates
    from matplotlib.collections import PolyCollection

    tools: Any = dates
    free_from = np.full(N_LANES, -np.inf)
    chosen = jobs.nlargest(min(len(jobs), 60 * N_LANES), "work_op").sort_values(["start_utc", "end_utc"])
    starts, ends = (tools.date2num(chosen[name].to_numpy()) for name in ("start_utc", "end_utc"))
    works, kinds = chosen["work_op"].to_numpy(), chosen["class"].astype(str).tolist()
    thick = 0.86 / N_LANES
    bars, colours, drawn = [], [], 0.0
    for start, end, work, kind in zip(starts, ends, works, kinds, strict=True):
        lanes = np.flatnonzero(free_from <= start)
        if not lanes.size:
            continue
        free_from[lanes[0]] = end
        drawn += float(work)
        top = row + 0.07 + (lanes[0] + 0.1) * thick
        bars.append([(start, top), (end, top), (end, top + 0.8 * thick), (start, top + 0.8 * thick)])
        colours.append(style.of_many(classes.index(kind)))
    axes.add_collection(PolyCollection(bars, facecolors=colours, linewidth=0))
    axes.axhline(row, color=style.GRID, linewidth=0.8)
    share = drawn / float(jobs["work_op"].sum())
    axes.text(1.005, row + 0.5, f"{share:.0%}", transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _legend(axes: Axes, classes: list[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=style.of_many(number), label=name) for number, name in enumerate(classes)]
    style.legend_above(axes, min(len(classes), 6), handles=handles)
