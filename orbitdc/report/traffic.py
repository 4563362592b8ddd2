"""Pictures of the service of a run: a `Run` → what became of the jobs, when stations see the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .frame import elevation_deg, policy, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run


def jobs(run: Run) -> Figure:
    """Draw what became of the jobs of each class, and where they ran.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: outcomes per phase and class. Right: sites by work done.
    """
    caption = (
        "Jobs of the sampled windows, seeded arrivals; each has one outcome. Work: useful operations, "
        f"each class at its own precision. Scheduler: {policy(run)}. A job is late when its last bit arrives "
        "after its deadline and its class allows that; rejected when no site could meet it."
    )
    with style.styled():
        counts, work = _job_sums(run)
        n_rows = len(counts)
        height_in = min(max(5.6, 2.6 + 0.21 * n_rows), 12.0)
        figure = sheet(run, "jobs", caption, height_in=height_in, width_in=11.0)
        if not n_rows:
            return style.empty(figure, "no job was submitted in this run")
        left, right = figure.subplots(1, 2, width_ratios=[1.35, 1])
        _outcomes(left, counts, run)
        _sites(right, work, run)
    return figure


def _job_sums(run: Run) -> tuple[Any, Any]:
    """Return jobs by phase and class and by outcome, and work placed by site and by phase."""
    counts, work = [], []
    columns = ("phase", "class", "outcome", "site", "n_jobs", "work_op")
    for table in run.pieces("schedule", columns):
        counts.append(table.groupby(["phase", "class", "outcome"], observed=True)["n_jobs"].sum())
        placed = table[table["site"].notna() & (table["work_op"] > 0)]
        work.append(placed.groupby(["site", "phase"], observed=True)["work_op"].sum())
    return _summed(counts, "outcome"), _summed(work, "phase")


def _summed(parts: list[Any], across: str) -> Any:
    """Add up the sums of the pieces; a column for each value of `across`."""
    import pandas

    if not parts:
        return pandas.DataFrame()
    joined = pandas.concat(parts)
    return joined.groupby(level=joined.index.names, observed=True).sum().unstack(across, fill_value=0.0)


def _outcomes(axes: Axes, counts: Any, run: Run) -> None:
    shares = counts.div(counts.sum(axis=1), axis=0)
    names = [phase["name"] for phase in run.results["phases"]]
    labels, at, row, previous = [], [], 0.0, None
    for phase, kind in shares.index:
        if previous is not None and phase != previous:
            row += 0.7
        if phase != previous:
            axes.text(
                0,
                row - 0.62,
                names[int(phase)],
                fontsize=8.5,
                fontweight="bold",
                color=style.QUIET,
                va="center",
            )
            row += 0.15
        previous = phase
        left = 0.0
        for outcome, colour in style.OUTCOME_COLOURS.items():
            share = float(shares.loc[(phase, kind)].get(outcome, 0.0))
            axes.barh(row, 100 * share, left=100 * left, height=0.72, color=colour)
            left += share
        axes.text(
            101, row, f"{counts.loc[(phase, kind)].sum():,.0f}", va="center", fontsize=8, color=style.QUIET
        )
        labels.append(str(kind))
        at.append(row)
        row += 1.0
    from matplotlib.patches import Patch

    axes.set_yticks(at, labels)
    axes.set_ylim(row - 0.3, -1.1)
    axes.set_xlim(0, 112)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("share of jobs [%]; their number at the right")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title("Outcome by class", pad=20)
    handles = [Patch(color=colour, label=name) for name, colour in style.OUTCOME_COLOURS.items()]
    style.legend_above(axes, 4, handles=handles)


def _sites(axes: Axes, work: Any, run: Run) -> None:
    names = [phase["name"] for phase in run.results["phases"]]
    if not len(work):
        axes.set_axis_off()
        return
    shares = 100 * work / work.sum()
    shares = shares.loc[shares.sum(axis=1).sort_values(ascending=False).index]
    n = len(shares.columns)
    for number, phase in enumerate(shares.columns):
        at = np.arange(len(shares)) + (number - (n - 1) / 2) * 0.8 / n
        axes.barh(
            at, shares[phase], height=0.75 / n, color=style.COLOURS[number % 8], label=names[int(phase)]
        )
    axes.set_yticks(range(len(shares)), [str(site) for site in shares.index])
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.set_xlabel("share of the work placed [%]")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title("Where the work ran", pad=20)
    axes.legend(loc="lower right")


def contacts(run: Run) -> Figure:
    """Draw when stations see the fleet.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: whom each antenna and telescope tracks in the last window; without a contact plan, satellites
        in view of each station. Right: contact time a day.
    """
    caption = (
        f"Geometric elevation at least {elevation_deg(run):g} deg over the WGS84 horizon, no refraction; "
        "edges to 1 ms. Sampled windows; contact time counts every satellite in view, with an antenna free "
        "or not. A row an antenna; a gap is the time it turns, waits or finds nobody worth more elsewhere. "
        "Propagator: SGP4, WGS72."
    )
    with style.styled():
        last, hours = _contact_sums(run)
        figure = sheet(run, "contacts", caption, height_in=6.0, width_in=11.0)
        if not len(last):
            return style.empty(figure, "no station sees a satellite in the sampled windows")
        left, right = figure.subplots(1, 2, width_ratios=[1.7, 1])
        stations = list(last["station"].cat.categories)
        plan = run.contacts
        if len(plan):
            tracked(left, plan[plan["window"] == plan["window"].max()], run)
        else:
            _in_view(left, last, stations)
        _contact_hours(right, hours, stations, run)
    return figure


SHOWN_H = 6
"""Hours of a busy window that are drawn."""


def tracked(axes: Axes, plan: Any, run: Run) -> None:
    """Draw whom each antenna and telescope tracks: a row each, coloured by satellite or by spacecraft."""
    if len(plan) > 150:  # the hours in which most begins
        start = np.sort(plan["start_utc"].to_numpy())
        span = np.timedelta64(SHOWN_H, "h")
        first = start[np.argmax(np.searchsorted(start, start + span) - np.arange(len(start)))]
        plan = plan[(plan["start_utc"] >= first) & (plan["start_utc"] < first + span)]
    keys = list(zip(plan["station"].astype(str), plan["kind"].astype(str), plan["antenna"], strict=True))
    rows = {key: number for number, key in enumerate(sorted(set(keys)))}
    names = sorted(set(plan["satellite"]))
    own = dict(zip(run.fleet["name"], run.fleet["spacecraft"], strict=True))
    alone = len(names) <= len(style.COLOURS)
    group = {name: name if alone else own[name] for name in names}
    groups = sorted(set(group.values()))
    colour = {name: style.COLOURS[number % len(style.COLOURS)] for number, name in enumerate(groups)}
    from matplotlib import dates

    tools: Any = dates
    begin, end = (tools.date2num(plan[column].to_numpy()) for column in ("start_utc", "end_utc"))
    at = np.array([rows[key] for key in keys])
    inks = [colour[group[name]] for name in plan["satellite"]]
    axes.barh(at, end - begin, left=begin, height=0.8, color=inks, edgecolor=style.PAPER, linewidth=0.4)
    words = {"radio": "", "laser": " laser"}
    labels = [f"{station}{words.get(kind, '')} {number}" for station, kind, number in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", labelsize=8 if len(rows) <= 24 else 6)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.set_title("Who tracks whom in the last window", pad=20)
    style.time_axis(axes, plan["start_utc"].min(), plan["end_utc"].max())
    from matplotlib.patches import Patch

    handles = [Patch(color=colour[name], label=name) for name in groups]
    style.legend_above(axes, min(len(handles), 4), handles=handles)


def _contact_sums(run: Run) -> tuple[Any, Any]:
    """Return the passes of the last window, and hours in view by station and by phase, a window."""
    import pandas

    last, sums, windows = pandas.DataFrame(), [], []
    for table in run.pieces("passes", ("station", "phase", "window", "rise_utc", "set_utc")):
        joined = pandas.concat([last, table], ignore_index=True) if len(last) else table
        last = joined[joined["window"] == joined["window"].max()]
        hours = (table["set_utc"] - table["rise_utc"]).dt.total_seconds() / 3600
        sums.append(hours.groupby([table["station"], table["phase"]], observed=False).sum())
        windows.append(table[["phase", "window"]].drop_duplicates())
    if not sums:
        return last, last
    days = pandas.concat(windows).drop_duplicates().groupby("phase")["window"].nunique()
    return last, _summed(sums, "phase").div(days)


def _in_view(axes: Axes, table: Any, stations: list[str]) -> None:
    profiles = []
    for station in stations:
        here = table[table["station"] == station]
        edges = np.concatenate([here["set_utc"].to_numpy(), here["rise_utc"].to_numpy()])
        change = np.concatenate([np.full(len(here), -1), np.full(len(here), 1)])
        order = np.argsort(edges, kind="stable")
        profiles.append((edges[order], np.cumsum(change[order])))
    most = max(1, *(int(count.max(initial=0)) for _, count in profiles))
    pitch = 1.15 * most
    for row, (edges, count) in enumerate(profiles):
        base = (len(stations) - 1 - row) * pitch
        axes.fill_between(edges, base, base + count, step="post", color=style.COLOURS[row % 8], linewidth=0)
    axes.set_yticks([(len(stations) - 1 - row) * pitch for row in range(len(stations))], stations)
    axes.set_ylim(-0.05 * pitch, len(stations) * pitch)
    axes.set_title(f"Satellites in view through the last window (highest: {most} at once)", pad=20)
    style.time_axis(axes, table["rise_utc"].min(), table["set_utc"].max())


def _contact_hours(axes: Axes, hours: Any, stations: list[str], run: Run) -> None:
    names = [phase["name"] for phase in run.results["phases"]]
    per_day = hours.loc[stations]
    n = len(per_day.columns)
    for number, phase in enumerate(per_day.columns):
        at = np.arange(len(stations)) + (number - (n - 1) / 2) * 0.8 / n
        axes.barh(at, np.maximum(per_day[phase], 1e-3), height=0.75 / n, color=style.COLOURS[number % 8],
                  label=names[int(phase)])  # fmt: skip
    values = per_day.to_numpy()
    if values.max() > 50 * max(values[values > 0].min(initial=values.max()), 1e-3):
        axes.set_xscale("log")
    axes.set_yticks(range(len(stations)), stations)
    axes.set_ylim(len(stations) - 0.4, -0.6)
    axes.set_xlabel("satellite-hours in view a window")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title("Contact time", pad=20)
    style.legend_above(axes, 4)
