"""Picture of what is asked: a `Run` → demand by hour and over the plan, data to move, who serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..scenario.sampling import windows
from ..workload import temperatures
from . import style
from .frame import phase_marks, policy, sheet
from .utilisation import SIDE_COLOURS

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

_NOWHERE = "nowhere"
_AMOUNTS = ["work_op", "input_bit", "output_bit"]


def demand(run: Run) -> Figure:
    """Draw the three steps of service: what is asked and how it is classified, what moves, and who serves it.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Above: work asked for by hour of the day, and over the plan. Below: data in and out, and the share of
        the work that each side did. A line or a bar for each class of jobs.
    """
    caption = (
        "Jobs of the sampled windows, seeded arrivals or those of a log; bundles arrive with their last job. "
        "Work: useful operations, each class at its own precision, so that classes are not added. Data taken "
        f"in orbit has no way up. Scheduler: {policy(run)}."
    )
    with style.styled():
        asked = _sums(run)
        figure = sheet(run, "demand", caption, width_in=11.0, height_in=8.4)
        if not len(asked):
            return style.empty(figure, "no job was submitted in this run")
        ((by_hour, by_date), (moved, served)) = figure.subplots(2, 2)
        classes = list(dict.fromkeys(asked["class"]))
        colour = {name: _COLOURS[k % len(_COLOURS)] for k, name in enumerate(classes)}
        _hours(by_hour, asked, colour, _labels(run, classes))
        _dates(by_date, asked, colour, run)
        _data(moved, asked, classes, run)
        _served(served, asked, classes)
    return figure


_COLOURS = (*style.COLOURS, style.INK, style.NIGHT)


def _labels(run: Run, classes: list[str]) -> dict[str, str]:
    """Return the name of each class with its temperature."""
    warmth, trace = temperatures(run.scenario), run.scenario.workload.trace
    return {name: f"{name} ({warmth[name if trace is None else trace.like]})" for name in classes}


def _sums(run: Run) -> pandas.DataFrame:
    """Return work and data by class, window, hour of arrival and side."""
    import pandas

    side = {str(k): str(v) for k, v in zip(run.sites["site"], run.sites["side"], strict=True)}
    sides = pandas.Index([*dict.fromkeys(side.values()), _NOWHERE])
    keys = ["class", "window", "hour", "side"]
    parts = []
    for table in run.pieces("schedule", ("class", "window", "site", "arrival_utc", *_AMOUNTS)):
        # by number: words of a million rows take their time; the code of no site is -1, the last one
        of_site = [sides.get_loc(side.get(name, _NOWHERE)) for name in table["site"].cat.categories]
        number = np.array([*of_site, sides.get_loc(_NOWHERE)])[table["site"].cat.codes.to_numpy()]
        known = table.assign(
            hour=table["arrival_utc"].dt.hour, side=pandas.Categorical.from_codes(number, sides)
        )
        parts.append(known.groupby(keys, observed=True)[_AMOUNTS].sum())
    if not parts:
        return pandas.DataFrame(columns=[*keys, *_AMOUNTS])
    found = pandas.concat(parts).groupby(level=keys, observed=True).sum().reset_index()
    return found.astype({"class": str, "side": str}).sort_values(keys, ignore_index=True)


def _hours(axes: Axes, asked: pandas.DataFrame, colour: dict[str, str], label: dict[str, str]) -> None:
    table = asked.groupby(["class", "hour"])["work_op"].sum().unstack("hour", fill_value=0)
    table = table.reindex(columns=range(24), fill_value=0.0)
    for name, row in table.iterrows():
        around = np.append(row.to_numpy(), row.iloc[0])
        axes.step(range(25), around / row.mean(), where="post", color=colour[str(name)], linewidth=1.3,
                  label=label[str(name)])  # fmt: skip
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 4))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("hour of the day, UTC; China is 8 h ahead")
    axes.set_ylabel("work asked for, over its mean")
    axes.set_title("Classify: when it is asked")
    axes.legend(fontsize=7, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.16), columnspacing=1.0)


def _dates(axes: Axes, asked: pandas.DataFrame, colour: dict[str, str], run: Run) -> None:
    found = windows(run.scenario)
    table = asked.groupby(["class", "window"])["work_op"].sum().unstack("window", fill_value=0)
    when: Any = [np.datetime64(found[int(k)].middle.replace(tzinfo=None)) for k in table.columns]
    seconds = np.array([found[int(k)].duration_s for k in table.columns])
    for name, row in table.iterrows():
        rate = row.to_numpy() / seconds
        seen = np.where(rate > 0.0, rate, np.nan)
        axes.plot(when, seen, color=colour[str(name)], linewidth=1.3, marker=".", markersize=3)
    axes.set_yscale("log")
    style.engineering(axes.yaxis, "op/s")
    axes.set_title("Over the plan")
    phase_marks([axes], run)


def _data(axes: Axes, asked: pandas.DataFrame, classes: list[str], run: Run) -> None:
    found = windows(run.scenario)
    seconds = sum(found[int(k)].duration_s for k in asked["window"].unique())
    table = asked.groupby("class")[_AMOUNTS].sum().loc[classes] / seconds
    rows = np.arange(len(classes))
    for name, colour, shift in (
        ("input_bit", style.COLOURS[0], -0.19),
        ("output_bit", style.COLOURS[1], 0.19),
    ):
        rate = table[name].to_numpy()
        axes.barh(
            rows + shift, np.where(rate > 0.0, rate, np.nan), 0.36, color=colour, label=name.split("_")[0]
        )
    axes.set_xscale("log")
    style.engineering(axes.xaxis, "bit/s")
    axes.set_yticks(rows, classes)
    axes.set_ylim(len(classes) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_title("Transmit: data in and out")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)


def _served(axes: Axes, asked: pandas.DataFrame, classes: list[str]) -> None:
    table = asked.groupby(["class", "side"])["work_op"].sum().unstack("side", fill_value=0).loc[classes]
    share = table.div(table.sum(axis=1), axis=0)
    left = np.zeros(len(classes))
    colours = {**SIDE_COLOURS, _NOWHERE: style.GRID}
    for side, colour in colours.items():
        if side in share:
            axes.barh(
                range(len(classes)), 100 * share[side], left=left, height=0.72, color=colour, label=side
            )
            left += 100 * share[side].to_numpy()
    axes.set_yticks(range(len(classes)), classes)
    axes.set_ylim(len(classes) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the work asked for [%]")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title("Serve: who does it")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4)
