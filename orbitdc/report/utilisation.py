"""Picture of how busy sites are: a `Run` → a map of site by hour of the day, and sides through the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .frame import phase_marks, policy, sheet

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

BEIJING_H = 8
"""Hours that the clock of the cities is ahead of UTC."""

SIDE_COLOURS = {"east": "#d55e00", "west": "#0072b2", "orbit": "#009e73"}


def utilisation(run: Run) -> Figure:
    """Draw how much of each site's capacity is used, by hour of the day, and by side through the plan.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: site by hour of the last phase in which work ran. Right: east, west and orbit, window by window.
    """
    caption = (
        "Operations used over those installed, of the sampled windows: jobs of this system and, on the "
        "ground, the demand of each site's own province; installed in orbit is what power, heat and failures "
        "leave. "
        f"Scheduler: {policy(run)}. White: hours that no window covers, or a site without capacity. Hours of "
        "Beijing, UTC+8."
    )
    with style.styled():
        hours, windows = _sums(run)
        n_sites = len(hours.groupby(level="site", observed=True)) if len(hours) else 0
        figure = sheet(run, "utilisation", caption, width_in=11.0,
                             height_in=min(max(5.4, 3.0 + 0.27 * n_sites), 14.0))  # fmt: skip
        if not len(hours):
            return style.empty(figure, "no site has capacity in this run")
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
        _map(left, hours, run)
        _sides(right, windows, run)
    return figure


def _sums(run: Run) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Return operations by site and hour of the last phase with work, and by side and window."""
    import pandas

    side = dict(zip(run.sites["site"], run.sites["side"], strict=True))
    by_hour, by_window = [], []
    columns = ("phase", "window", "site", "start_utc", "installed_op", "own_op", "used_op")
    amounts = ["installed_op", "used_op"]
    for table in run.pieces("sites", columns):
        table["used_op"] += table["own_op"]
        hour = (table["start_utc"].dt.hour + BEIJING_H) % 24
        by_hour.append(table.groupby(["phase", "site", hour.rename("hour")], observed=True)[amounts].sum())
        own = table["site"].map(side).astype(str).rename("side")
        first = table.groupby("window")["start_utc"].transform("min").rename("time")
        by_window.append(table.groupby([own, first])[amounts].sum())
    if not by_hour:
        return pandas.DataFrame(), pandas.DataFrame()
    hours = pandas.concat(by_hour).groupby(level=[0, 1, 2], observed=True).sum()
    used = hours["used_op"].groupby(level="phase").sum()
    phase = used[used > 0].index.max() if (used > 0).any() else used.index.max()
    return hours.xs(phase, level="phase").assign(phase=phase), pandas.concat(by_window).groupby(
        level=[0, 1]
    ).sum()


def _map(axes: Axes, hours: pandas.DataFrame, run: Run) -> None:
    side = dict(zip(run.sites["site"], run.sites["side"], strict=True))
    share = (100 * hours["used_op"] / hours["installed_op"].where(hours["installed_op"] > 0)).unstack("hour")
    share = share.reindex(columns=range(24))
    total = hours[["installed_op", "used_op"]].groupby(level="site", observed=True).sum()
    order = sorted(share.index, key=lambda name: (list(SIDE_COLOURS).index(side[name]), str(name)))
    image = axes.imshow(share.loc[order], aspect="auto", vmin=0, vmax=100, cmap="YlGnBu",
                        extent=(0, 24, len(order) - 0.5, -0.5))  # fmt: skip
    for row, name in enumerate(order):
        installed, used = total.loc[name]
        mean = f"{used / installed:.0%}" if installed > 0 else "-"
        axes.text(24.3, row, mean, va="center", fontsize=8, color=style.INK)
    axes.set_yticks(range(len(order)), [str(name) for name in order])
    for label, name in zip(axes.get_yticklabels(), order, strict=True):
        label.set_color(SIDE_COLOURS[side[name]])
    axes.set_xticks(range(0, 25, 4))
    axes.set_xlabel("hour of the day, Beijing; mean of the phase at the right")
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
    phase = int(hours["phase"].iloc[0])
    axes.set_title(f"Utilisation of each site, {run.results['phases'][phase]['name']}")
    bar = axes.figure.colorbar(image, ax=axes, orientation="horizontal", fraction=0.04, pad=0.02, aspect=50)
    bar.set_label("used [%]")
    bar.outline.set_visible(False)


def _sides(axes: Axes, windows: pandas.DataFrame, run: Run) -> None:
    for name, colour in SIDE_COLOURS.items():
        if name not in windows.index.get_level_values("side"):
            continue
        rows = windows.xs(name, level="side")
        installed = rows["installed_op"].to_numpy()
        share: Any = np.divide(
            100 * rows["used_op"].to_numpy(), installed, out=np.full(len(rows), np.nan), where=installed > 0
        )
        axes.plot(rows.index, share, color=colour, label=name, marker="o", markersize=2.6, linewidth=1.3)
    axes.set_ylim(0, 104)
    axes.set_ylabel("used [%]")
    axes.set_title("By side, each sampled window", pad=20)
    style.legend_above(axes, 3)
    times = windows.index.get_level_values("time")
    if times.min() < times.max():
        style.time_axis(axes, times.min(), times.max())
    phase_marks([axes], run)
