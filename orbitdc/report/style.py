"""Look of every picture: numbers → colours that all readers tell apart, units on axes, a caption."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1b2733"
QUIET = "#5f6f7d"
GRID = "#dde3e8"
PAPER = "#ffffff"
NIGHT = "#2f4b6e"
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c", "#b5a400")
"""Okabe and Ito 2008, told apart with any common colour blindness; yellow darkened for white paper."""

MANY_COLOURS = (*COLOURS, INK, NIGHT)
"""For job classes, of which there are more."""

LIMIT_COLOURS = {
    "none": "#009e73",
    "eclipse": NIGHT,
    "power": "#e69f00",
    "battery": "#b5a400",
    "thermal": "#d55e00",
    "radiation": "#cc79a7",
    "link": "#56b4e9",
    "queue": "#8c8c8c",
    "restart": "#8f5fbf",
    "parallel efficiency": "#0072b2",
    "utilisation": "#c8b78e",
}
"""What operations are lost to; `none` is what is delivered."""

OUTCOME_COLOURS = {"completed": "#009e73", "late": "#e69f00", "rejected": "#d55e00", "unfinished": "#8c8c8c"}

_RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # names of satellites are not formulas
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "orbitdc",
    "date.converter": "concise",
    "hatch.linewidth": 0.6,
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw with our settings, and give matplotlib's back afterwards."""
    import matplotlib

    with matplotlib.rc_context(_RC):
        yield


def sheet(title: str, subtitle: str, caption: str, height_in: float = 5.6, width_in: float = 9.6) -> Figure:
    """Return an empty figure with its title, a line under it, and the caption at its foot.

    The figure belongs to no window: it is drawn with Agg and never shown.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    lines = textwrap.wrap(caption, int(width_in * 15.5))
    top_in, foot_in, edge_in = 0.62, 0.17 * len(lines) + 0.12, 0.12
    inner = (
        edge_in / width_in,
        foot_in / height_in,
        1 - 2 * edge_in / width_in,
        1 - (top_in + foot_in) / height_in,
    )
    layout = ConstrainedLayoutEngine(rect=inner, w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(width_in, height_in), layout=layout)
    FigureCanvasAgg(figure)
    left = 2 * edge_in / width_in
    figure.text(left, 1 - 0.12 / height_in, title, fontsize=13, fontweight="bold", va="top", color=INK)
    figure.text(left, 1 - 0.37 / height_in, subtitle, fontsize=9.5, va="top", color=QUIET)
    figure.text(
        left, 0.1 / height_in, "\n".join(lines), fontsize=7.5, va="bottom", color=QUIET, linespacing=1.35
    )
    return figure


def empty(figure: Figure, why: str) -> Figure:
    """Return the figure with a sentence in the place of its data."""
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, ha="center", va="center", fontsize=11, color=QUIET, transform=axes.transAxes)
    return figure


def of_many(number: int) -> str:
    """Return the colour of one of many things, the same wherever it is drawn."""
    return MANY_COLOURS[number % len(MANY_COLOURS)]


def engineering(axis: Any, unit: str) -> None:
    """Label an axis in engineering units: 200 kW, 1.2 GW."""
    from matplotlib.ticker import EngFormatter

    axis.set_major_formatter(EngFormatter(unit=unit, sep=" "))


def time_axis(axes: Any, first: Any, last: Any) -> None:
    """Lay an axis in UTC over a span, with few and short labels."""
    from matplotlib import dates

    tools: Any = dates
    locator = tools.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis_date()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(tools.ConciseDateFormatter(locator))
    axes.set_xlim(first, last)
    axes.set_xlabel("UTC")


def legend_above(axes: Axes, n_columns: int, **options: Any) -> None:
    """Put the legend in a row above the axes, at its right."""
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=n_columns,
        borderaxespad=0.2,
        handlelength=1.2,
        columnspacing=1.2,
        **options,
    )
