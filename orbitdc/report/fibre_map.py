"""Pictures of the fibre: lines of a `Run` → how full the busiest were, and where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import style
from .fibre import share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.run import Run

LEVELS = {
    "below 25 %": (0.25, style.COLOURS[4]),
    "below 50 %": (0.5, style.COLOURS[0]),
    "below 80 %": (0.8, style.COLOURS[1]),
    "80 % or more": (math.inf, style.COLOURS[5]),
}
"""Share of a line that its busiest slot takes → its colour."""

_N_LABELS = 5
_WIDEST = 4.0
_APART_DEG = 0.8
"""Places that lie nearer to each other have one name on the map."""


@dataclass(frozen=True)
class _Line:
    """One way of a line over all windows: mean rate [bit/s], mean and busiest share of what is open of it."""

    ends: tuple[str, str]
    bit_per_s: float
    used_frac: float
    peak_frac: float


def busiest(axes: Axes, run: Run) -> None:
    """Draw how full the busiest lines of fibre were: the mean as a bar, the busiest slot as a mark."""
    lines = run.results["total"]["network"].get("lines", ())
    axes.set_title("How full lines of fibre were", pad=18)
    axes.grid(axis="y", visible=False)
    if not lines:
        axes.set_axis_off()
        axes.text(
            0.5, 0.5, "nothing crossed any line", ha="center", color=style.QUIET, transform=axes.transAxes
        )
        return
    at = np.arange(len(lines))
    used, peak = (np.array([100.0 * line[key] for line in lines]) for key in ("used_frac", "peak_frac"))
    axes.barh(at, used, height=0.6, color=style.COLOURS[0], label="mean")
    axes.scatter(peak, at, marker="|", s=60, color=style.COLOURS[5], label="busiest slot", zorder=3)
    axes.axvline(100.0, color=style.INK, linewidth=0.9)
    axes.set_xscale("log")
    axes.set_xlim(min(used.min(), 10.0) / 2.0, max(200.0, 2.0 * peak.max()))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("% of what is open of the line")
    axes.set_yticks(at, [f"{line['from']} - {line['to']}" for line in lines], fontsize=7.5)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    style.legend_above(axes, 2, fontsize=7.5)


def fibre_map(axes: Axes, run: Run) -> None:
    """Draw the lines that carried anything where they lie: width by bits, colour by the busiest slot."""
    from matplotlib.lines import Line2D

    lines = _carried(run)
    axes.set_title("What each line of fibre carried", pad=18)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect(1.25)  # a degree of longitude at 35 deg north
    if not lines:
        axes.set_axis_off()
        axes.text(
            0.5, 0.5, "nothing crossed any line", ha="center", color=style.QUIET, transform=axes.transAxes
        )
        return
    where, most = run.places, max(line.bit_per_s for line in lines)
    for line in lines:
        (lat, lon), (to_lat, to_lon) = (where[name] for name in line.ends)
        colour = next(colour for below, colour in LEVELS.values() if line.peak_frac < below)
        width = 0.3 + _WIDEST * math.sqrt(line.bit_per_s / most)
        axes.plot([lon, to_lon], [lat, to_lat], color=colour, linewidth=width, zorder=2)
    names = list(dict.fromkeys(name for line in lines for name in line.ends))
    axes.scatter(
        [where[name][1] for name in names], [where[name][0] for name in names], s=7, color=style.INK,
        linewidths=0, zorder=3,
    )  # fmt: skip
    named: list[str] = []
    for name in names:
        if all(math.dist(where[name], where[other]) > _APART_DEG for other in named):
            named.append(name)
            axes.annotate(name, where[name][::-1], xytext=(4, 3), textcoords="offset points", fontsize=6.5)
    for line in lines[:_N_LABELS]:
        (lat, lon), (to_lat, to_lon) = (where[name] for name in line.ends)
        if math.dist((lat, lon), (to_lat, to_lon)) > _APART_DEG:
            axes.annotate(
                share_text(line.used_frac), (0.5 * (lon + to_lon), 0.5 * (lat + to_lat)), ha="center",
                va="center", fontsize=6.5, zorder=5,
                bbox={"boxstyle": "round,pad=0.15", "fc": style.PAPER, "ec": "none", "alpha": 0.8},
            )  # fmt: skip
    looks = [Line2D([], [], color=colour, lw=2.0, label=words) for words, (_, colour) in LEVELS.items()]
    style.legend_above(axes, 4, handles=looks, fontsize=7.0)


def _carried(run: Run) -> list[_Line]:
    """Return the busier way of each line, most bits first: mean over the windows, peak of all of them."""
    table = run.lines
    if table.empty:
        return []
    used = table["mean_bit_per_s"] / table["capacity_bit_per_s"]
    peak = table["peak_bit_per_s"] / table["capacity_bit_per_s"]
    grouped = table.assign(used=used, peak=peak).groupby(["from", "to"], observed=True)
    found = grouped[["mean_bit_per_s", "used"]].sum() / max(table["window"].nunique(), 1)
    ends = [(str(start), str(end)) for start, end in found.index]
    columns = (found["mean_bit_per_s"].tolist(), found["used"].tolist(), grouped["peak"].max().tolist())
    lines = [_Line(*row) for row in zip(ends, *columns, strict=True)]
    busier: dict[frozenset[str], _Line] = {}
    for line in sorted(lines, key=lambda line: (-line.bit_per_s, line.ends)):
        busier.setdefault(frozenset(line.ends), line)
    return list(busier.values())
