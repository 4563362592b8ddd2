"""Pictures of a run: a `Run` → figures, one function a kind; they return the figure and never show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .demand import demand
from .flows import flows
from .frame import envelope, of_first, phase_marks, policy, sheet
from .gangs import running
from .gantt import gantt
from .latency import latency
from .linkbudget import linkbudget
from .network import network
from .tables import quantity_text
from .traffic import contacts, jobs
from .utilisation import utilisation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

POWERS = {
    "array_bol_power_w": "array, beginning of life",
    "array_eol_power_w": "array, end of life",
    "bus_power_w": "bus",
    "it_power_w": "IT installed",
    "mean_compute_power_w": "IT used, mean",
}
LOST_TO = {
    "none": "delivered",
    "eclipse": "eclipse",
    "power": "power",
    "battery": "battery",
    "thermal": "heat",
    "radiation": "failures",
    "link": "links",
    "queue": "no work waiting",
    "restart": "restarts",
    "parallel efficiency": "links in a gang",
    "utilisation": "below peak",
}
"""Key of `limits` in summary.json → words."""


def sunlight(run: Run) -> Figure:
    """Draw the beta angle and the sunlit share of every day of the plan.

    Parameters
    ----------
    run : Run
        A run with daily light in series.nc.

    Returns
    -------
    Figure
        Two panels over time, a line per light plane.
    """
    caption = (
        f"Every day computed, none sampled. Earth's shadow: {of_first(run, 'shadow')}; eclipse from first to "
        "last penumbra. Beta: angle of the Sun above the orbit plane, its sign left out. A line per light "
        "plane while it "
        "flies, named by its first batch (satellites of one plane share their light). Propagator: SGP4, "
        "WGS72; Sun: DE421."
    )
    with style.styled():
        figure = sheet(run, "sunlight", caption, height_in=6.2)
        light = run.light
        if not len(light):
            return style.empty(figure, "this run has no daily light")
        above, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=[1.2, 1, 1])
        flights = run.fleet.groupby("plane").agg(
            batch=("batch", "first"), begin=("launch_utc", "min"), end=("end_utc", "max")
        )
        planes = list(flights.index)
        for number, (plane, flight) in enumerate(flights.iterrows()):
            flown = (light["time"] >= flight["begin"]) & (light["time"] < flight["end"])
            rows = light[(light["plane"] == plane) & flown]
            colour = style.COLOURS[number % len(style.COLOURS)] if len(planes) <= 8 else style.COLOURS[0]
            look: dict[str, Any] = {
                "color": colour,
                "linewidth": 1.3,
                "alpha": 1.0 if len(planes) <= 8 else 0.5,
            }
            above.plot(rows["time"], rows["beta_deg"].abs(), label=flight["batch"], **look)
            middle.plot(rows["time"], 100 * rows["sunlit_frac"], **look)
            below.plot(rows["time"], rows["max_eclipse_s"] / 60, **look)
        above.set_ylabel("|beta| [deg]")
        above.set_title("Sun above the orbit plane")
        middle.set_ylabel("sunlit [%]")
        middle.set_title("Share of each day in sunlight")
        below.set_ylabel("longest [min]")
        below.set_title("Longest eclipse of each day")
        below.set_ylim(bottom=0)
        if 1 < len(planes) <= 8:
            style.legend_above(above, min(len(planes), 4))
        phase_marks([above, middle, below], run)
        style.time_axis(below, light["time"].min(), light["time"].max())
        figure.align_ylabels()
    return figure


def power(run: Run) -> Figure:
    """Draw the power of the fleet month by month, at the end of each phase, and through a few orbits.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Above: means of the sampled windows, with the milestones on power. Below left: the powers of each
        phase. Below right: the first hours of the last window.
    """
    caption = (
        "Fleet totals. Above: the mean of each sampled window. Below left: at the end of each phase, "
        "relays left "
        "out, on a logarithmic axis; the mean is over the phase. Below right: the replayed plan step by "
        "step. "
        f"Diamonds: milestones, filled where met. Envelope policy: {envelope(run)}; shadow: "
        f"{of_first(run, 'shadow')}."
    )
    with style.styled():
        figure = sheet(run, "power", caption, width_in=11.0, height_in=8.2)
        grid = figure.add_gridspec(2, 2, width_ratios=[1.25, 1], height_ratios=[1, 1.05])
        _months(figure.add_subplot(grid[0, :]), run)
        _phase_powers(figure.add_subplot(grid[1, 0]), run)
        _day(figure.add_subplot(grid[1, 1]), run)
    return figure


def _months(axes: Axes, run: Run) -> None:
    series = run.series
    curves = [name for name in _SERIES if name in series]
    if not curves:
        axes.set_axis_off()
        return
    windows = series[[*curves]].groupby(series["window"]).mean()
    first = series["time"].groupby(series["window"]).min()
    for name in curves:
        label, colour = _SERIES[name]
        values = windows[name].where(windows[name] > 0)
        axes.plot(first, values, color=colour, label=label, marker="o", markersize=2.6, linewidth=1.3)
    axes.set_yscale("log")
    phases = run.results["phases"]
    for milestone in (m for phase in phases for m in phase["milestones"] if m["unit"] == "W"):
        when = np.datetime64(milestone["by_utc"].rstrip("Z"))
        _diamond(axes, when, milestone)
    style.engineering(axes.yaxis, "W")
    axes.set_ylabel("mean power [W]")
    axes.margins(y=0.12)
    axes.set_title("Power over the plan")
    style.legend_above(axes, len(curves))
    begin, end = (datetime.fromisoformat(text) for text in (phases[0]["start_utc"], phases[-1]["end_utc"]))
    style.time_axis(axes, begin, end + (end - begin) / 60)
    phase_marks([axes], run)


def _phase_powers(axes: Axes, run: Run) -> None:
    phases = run.results["phases"]
    shown = list(POWERS.items())
    for number, (key, label) in enumerate(shown):
        at = np.arange(len(phases)) + (number - (len(shown) - 1) / 2) * 0.15
        values = np.array([phase[key] for phase in phases], dtype=float)
        axes.bar(
            at, np.where(values > 0, values, np.nan), width=0.14, color=_POWER_COLOURS[number], label=label
        )
    axes.set_yscale("log")
    axes.set_xticks(range(len(phases)), [phase["name"] for phase in phases])
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="x", visible=False)
    style.engineering(axes.yaxis, "W")
    axes.set_ylabel("power [W]")
    low, high = axes.get_ylim()
    axes.set_ylim(low / 2, high * (high / low) ** 0.45)
    axes.legend(loc="upper left", ncols=2, fontsize=8)
    axes.set_title("Installed and used power of each phase")


def _diamond(axes: Axes, when: Any, milestone: dict[str, Any]) -> None:
    face = style.INK if milestone["met"] else style.PAPER
    axes.plot(when, milestone["at_least"], marker="D", markersize=5.5, markerfacecolor=face,
              markeredgecolor=style.INK, linestyle="none", zorder=5)  # fmt: skip
    words = f"{quantity_text(milestone['at_least'], 'W')} {POWERS[milestone['what'] + '_w']}"
    look: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7.5, "ha": "right"}
    axes.annotate(words, (when, milestone["at_least"]), xytext=(-7, 6), **look)


_POWER_COLOURS = ("#f2c46d", "#e69f00", "#56b4e9", "#0072b2", "#009e73")


_SERIES = {
    "array_w": ("array", _POWER_COLOURS[1]),
    "envelope_w": ("IT possible", _POWER_COLOURS[2]),
    "compute_w": ("IT used", _POWER_COLOURS[4]),
}
"""Series of totals → words and colour."""


def _day(axes: Axes, run: Run) -> None:
    series = run.series
    curves = [name for name in _SERIES if name in series]
    if not curves:
        axes.set_axis_off()
        return
    last = series.isel(time=np.flatnonzero(series["window"] == series["window"].max()))
    n_shown = int(np.searchsorted((last["time"] - last["time"][0]).values, np.timedelta64(6, "h")))
    last = last.isel(time=slice(0, max(n_shown, 2)))
    for name in curves:
        label, colour = _SERIES[name]
        axes.plot(last["time"], last[name], drawstyle="steps-post", color=colour, linewidth=1.4, label=label)
    axes.set_ylim(0, 1.2 * max(float(last[name].max()) for name in curves) or 1.0)
    style.engineering(axes.yaxis, "W")
    axes.set_ylabel("power [W]")
    axes.legend(loc="upper left", ncols=3)
    axes.set_title("Six hours of the last window")
    style.time_axis(axes, last["time"].values[0], last["time"].values[-1])


def waterfall(run: Run) -> Figure:
    """Draw where the installed operations of each phase go.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        A panel per phase: what is left after each loss, from installed to delivered.
    """
    caption = (
        f"Operations at {of_first(run, 'precision')}, means over the time of each phase, relays "
        "left out. Installed: peak rate of the cards launched. Each bar shows what one limit takes; "
        "shares of "
        f"installed operations. Envelope policy: {envelope(run)}; scheduler: {policy(run)}."
    )
    phases = [phase for phase in run.results["phases"] if phase["installed_op_per_s"] > 0]
    with style.styled():
        figure = sheet(run, "from installed to delivered operations", caption,
                             width_in=max(9.6, 3.9 * len(phases)))  # fmt: skip
        if not phases:
            return style.empty(figure, "no phase has computing satellites")
        panels = figure.subplots(1, len(phases), sharey=True, squeeze=False)[0]
        for panel, phase in zip(panels, phases, strict=True):
            _waterfall_panel(panel, phase)
    return figure


def _waterfall_panel(axes: Axes, phase: dict[str, Any]) -> None:
    limits = phase["limits"]
    left_frac = 1.0
    names = ["installed"]
    axes.barh(0, 100, color=style.GRID, height=0.7)
    axes.text(
        2, 0, quantity_text(phase["installed_op_per_s"], "op/s"), va="center", fontsize=8.5, fontweight="bold"
    )
    for row, (limit, label) in enumerate(((k, v) for k, v in LOST_TO.items() if k != "none"), start=1):
        lost = limits.get(limit, 0.0)
        axes.barh(
            row, 100 * lost, left=100 * (left_frac - lost), color=style.LIMIT_COLOURS[limit], height=0.7
        )
        axes.plot([100 * left_frac] * 2, [row - 1.35, row + 0.35], color=style.QUIET, linewidth=0.6)
        at, side = (
            (100 * (left_frac - lost) - 1.5, "right")
            if left_frac - lost > 0.25
            else (100 * left_frac + 1.5, "left")
        )
        axes.text(
            at,
            row,
            f"{-100 * lost:.1f} %" if lost else "0",
            va="center",
            ha=side,
            fontsize=8,
            color=style.QUIET,
        )
        left_frac -= lost
        names.append(label)
    row = len(names)
    delivered = limits.get("none", 0.0)
    axes.barh(row, 100 * delivered, color=style.LIMIT_COLOURS["none"], height=0.7)
    axes.plot([100 * left_frac] * 2, [row - 1.35, row + 0.35], color=style.QUIET, linewidth=0.6)
    words = f"{100 * delivered:.1f} %: {quantity_text(phase['delivered_op_per_s'], 'op/s')}"
    inside = delivered > 0.62
    axes.text(2 if inside else 100 * delivered + 2, row, words, va="center", fontsize=8.5, fontweight="bold",
              color=style.PAPER if inside else style.INK)  # fmt: skip
    axes.set_yticks(range(row + 1), [*names, "delivered"])
    axes.set_ylim(row + 0.6, -0.6)
    axes.set_xlim(0, 104)
    axes.set_xlabel("share of installed operations [%]")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title(phase["name"])


KINDS: dict[str, Callable[[Run], Figure]] = {
    "sunlight": sunlight,
    "power": power,
    "waterfall": waterfall,
    "jobs": jobs,
    "demand": demand,
    "running": running,
    "contacts": contacts,
    "linkbudget": linkbudget,
    "utilisation": utilisation,
    "latency": latency,
    "flows": flows,
    "gantt": gantt,
    "network": network,
}
"""Kind of picture → what draws it."""
