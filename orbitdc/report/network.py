"""Picture of the network: a `Run` → links and routes at an instant, latency by part and bits by phase."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import style
from .fibre_map import busiest, fibre_map
from .frame import sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run
    from ..results.snapshot import Snapshot

Floats = NDArray[np.float64]

LINES: dict[str, dict[str, Any]] = {
    "fibre": {"color": style.GRID, "linewidth": 0.5},
    "laser": {"color": style.COLOURS[4], "linewidth": 0.8},
    "beam": {"color": style.COLOURS[3], "linewidth": 0.9, "linestyle": (0, (4, 2))},
    "feeder": {"color": style.COLOURS[3], "linewidth": 0.6, "linestyle": (0, (1, 2))},
    "contact": {"color": style.COLOURS[1], "linewidth": 1.2},
}
"""Kind of link → its look; a bus is too short to be seen."""
MARKS: dict[str, dict[str, Any]] = {
    "satellite": {"marker": "o", "s": 9, "color": style.COLOURS[0]},
    "relay": {"marker": "D", "s": 26, "color": style.COLOURS[3]},
    "station": {"marker": "^", "s": 30, "color": style.COLOURS[1]},
    "city": {"marker": "o", "s": 14, "color": style.INK},
    "hub": {"marker": "s", "s": 14, "color": style.COLOURS[2]},
}
PARTS = {
    "access": "access",
    "propagation": "light",
    "hops": "switches",
    "queue": "queue",
    "processing": "processing",
    "wait": "wait for contact",
}
_N_POINTS = 25


def network(run: Run) -> Figure:
    """Draw the links and routes of one instant, and what the network gives in each phase.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Above: a map at the instant of the last window at which most antennas track, or where nothing flies of
        what the fibre carried, and how full its lines were. Below: latency of hot work by part, and bits a
        day.
    """
    said = run.scenario.network
    when = _busiest(run)
    as_of = said.fibre_as_of or when
    day = f"{as_of:%Y-%m-%d}" if as_of else "the day"
    satellites = (
        f"points below the satellites; contacts of the plan, lasers (topology {said.topology}, clear of "
        f"{said.clearance_m / 1e3:g} km), beams of relays, fibre of {day}; "
        "red: the quickest routes from the cities to orbit"
    )
    lines = "lines as wide as what they carried, labelled with the mean share of what is open of them"
    caption = (
        f"Map: {satellites if when else lines}. Latency: request to response, both ways; to orbit: to the "
        "centre that answers first, were it idle, requests spread evenly over time; hot jobs: where they "
        "ran. Bits: what the centres of all satellites that reach one another can exchange. Lines of fibre, "
        "one way each: traffic takes the quickest way; what does not fit waits, goes elsewhere or is turned "
        "away."
    )
    with style.styled():
        figure = sheet(run, "network", caption, width_in=11.0, height_in=8.6)
        grid = figure.add_gridspec(2, 2, height_ratios=[1.25, 1], width_ratios=[1.35, 1])
        above = grid[0, :].subgridspec(1, 2, width_ratios=[2.4, 1])
        if when is None:
            fibre_map(figure.add_subplot(above[0]), run)
        else:
            _map(figure.add_subplot(above[0]), run.network(when))
        busiest(figure.add_subplot(above[1]), run)
        _latency(figure.add_subplot(grid[1, 0]), run)
        _bits(figure.add_subplot(grid[1, 1]), run)
    return figure


def _busiest(run: Run) -> datetime | None:
    """Return the start of the slot of the last window in which most contacts of the plan are under way."""
    contacts = run.contacts
    if not len(contacts):
        return None
    last = contacts[contacts["window"] == contacts["window"].max()]
    start, end = (last[name].to_numpy().astype("datetime64[s]") for name in ("start_utc", "end_utc"))
    slot = np.timedelta64(round(run.scenario.time.slot_s), "s")
    first = start.min().astype("datetime64[D]")
    slots = np.arange(first, end.max(), slot)
    n_up = [int(((start <= at) & (end > at)).sum()) for at in slots]
    seconds = int(slots[int(np.argmax(n_up))].astype("datetime64[s]").astype(np.int64))
    return datetime.fromtimestamp(seconds, UTC)


def _map(axes: Axes, seen: Snapshot) -> None:
    nodes, links = seen.nodes, seen.links
    lat, lon = nodes["lat_deg"].to_numpy(), nodes["lon_deg"].to_numpy()
    for kind, look in LINES.items():
        own = links[links["kind"] == kind]
        label = f"{kind} {len(own)}" if kind != "fibre" else kind
        for number, (a, b) in enumerate(zip(own["a"], own["b"], strict=True)):
            axes.plot(*_arc(lat[[a, b]], lon[[a, b]]), label=label if not number else None, zorder=2, **look)
    numbers = {name: number for number, name in enumerate(nodes["name"])}
    for route in seen.routes.values():
        for leg in route.legs if route else ():
            a, b = numbers[leg.source], numbers[leg.target]
            axes.plot(*_arc(lat[[a, b]], lon[[a, b]]), color=style.COLOURS[5], linewidth=1.6, zorder=3)
    for kind, look in MARKS.items():
        own = nodes[nodes["kind"] == kind]
        axes.scatter(own["lon_deg"], own["lat_deg"], zorder=4, linewidths=0, label=kind, **look)
    for kind in ("relay", "station"):
        for name, y, x in nodes.loc[nodes["kind"] == kind, ["name", "lat_deg", "lon_deg"]].to_numpy():
            axes.annotate(name, (x, y), xytext=(4, 3), textcoords="offset points", fontsize=6.5, zorder=5)
    axes.set_xlim(-180, 180)
    axes.set_ylim(-90, 90)
    axes.set_xticks(
        range(-180, 181, 60), [f"{abs(x)}°{'WE'[x > 0] if x % 180 else ''}" for x in range(-180, 181, 60)]
    )
    axes.set_yticks(range(-90, 91, 30), [f"{abs(y)}°{'SN'[y > 0] if y else ''}" for y in range(-90, 91, 30)])
    axes.set_title(f"Links and routes at {seen.when:%Y-%m-%d %H:%M} UTC", pad=18)
    style.legend_above(axes, 10, fontsize=6.5)


def _arc(lat_deg: Floats, lon_deg: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude along the great circle between two places, broken at the date line."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    ends = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    share = np.linspace(0.0, 1.0, _N_POINTS)[:, None]
    chord = ends[0] * (1.0 - share) + ends[1] * share
    x = np.degrees(np.arctan2(chord[:, 1], chord[:, 0]))
    y = np.degrees(np.arctan2(chord[:, 2], np.hypot(chord[:, 0], chord[:, 1])))
    breaks = np.flatnonzero(np.abs(np.diff(x)) > 180.0) + 1
    return np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan)


def _latency(axes: Axes, run: Run) -> None:
    phases = run.results["phases"]
    rows = [("to_orbit", "to orbit"), ("hot", "hot jobs")]
    labels, at = [], []
    n_parts = len(PARTS)
    for number, (phase, (key, words)) in enumerate((phase, row) for phase in phases for row in rows):
        seconds = [phase["network"].get(f"{key}_{part}_s", 0.0) for part in PARTS]
        for i, value in enumerate(seconds):
            y = number + (i - (n_parts - 1) / 2) * 0.8 / n_parts
            label = list(PARTS.values())[i] if not number else None
            width = value if value > 0 else np.nan
            axes.barh(y, width, left=1e-4, height=0.75 / n_parts, color=style.COLOURS[i], label=label)
        labels.append(f"{phase['name']}, {words}")
        at.append(number)
    axes.set_xscale("log")
    style.engineering(axes.xaxis, "s")
    axes.set_xlim(left=1e-4)
    axes.set_yticks(at, labels)
    axes.set_ylim(len(at) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.set_title("Latency of hot work by part, means", pad=18)
    style.legend_above(axes, 6, fontsize=7.0)


def _bits(axes: Axes, run: Run) -> None:
    phases = run.results["phases"]
    axes.set_title("Exchanged with the ground", pad=18)
    if not any(phase["network"]["down_bit_per_day"] + phase["network"]["up_bit_per_day"] for phase in phases):
        axes.set_axis_off()
        axes.text(0.5, 0.5, "nothing", ha="center", color=style.QUIET, transform=axes.transAxes)
        return
    shown = {"down_bit": "down", "up_bit": "up", "relayed_bit": "down by relay"}
    for i, (key, words) in enumerate(shown.items()):
        at = np.arange(len(phases)) + (i - 1) * 0.27
        values = np.array([phase["network"][f"{key}_per_day"] for phase in phases], dtype=float)
        axes.bar(at, np.where(values > 0, values, np.nan), width=0.25, color=style.COLOURS[i], label=words)
    axes.set_yscale("log")
    names = [
        f"{phase['name']}\n{100 * phase['network']['reachable_frac']:.0f} % in reach" for phase in phases
    ]
    axes.set_xticks(range(len(phases)), names)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="x", visible=False)
    style.engineering(axes.yaxis, "bit")
    low, high = axes.get_ylim()
    axes.set_ylim(10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)))  # whole decades
    axes.yaxis.set_minor_formatter("")
    axes.set_ylabel("bits a day")
    style.legend_above(axes, 3)
