"""Picture of running jobs: a `Run` → what is left of a card's peak, by class, in orbit and in the hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import style
from .frame import of_first, sheet
from .running import SIDES
from .tables import duration_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

PARTS = (
    ("none", "useful"),
    ("utilisation", "below peak"),
    ("parallel efficiency", "links in the gang"),
    ("restart", "restarts and checkpoints"),
)
"""Key of `limits` → words, from the axis outward."""


def running(run: Run) -> Figure:
    """Draw what becomes of a busy card's operations, by class and side, in the last phase that ran jobs.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        A panel for orbit and one for the western hubs; at the right of a bar: cards of a gang, how often it
        stops, the narrowest link it spans and what it does at an eclipse.
    """
    caption = (
        f"Shares of the operations that busy cards could do, at {of_first(run, 'precision')}; expected "
        "values. Right of a bar: cards that run together; mean time between interruptions; narrowest link, "
        "action at an eclipse. "
        "Checkpoints after Young and Daly; links by ring all-reduce under the roofline."
    )
    phases = [phase for phase in run.results["phases"] if any(s["classes"] for s in phase.get("running", []))]
    with style.styled():
        sides = [] if not phases else [side for side in phases[-1]["running"] if side["side"] != "east"]
        sides = [side for side in sides if side["classes"]]
        n_rows = max((len(side["classes"]) for side in sides), default=0)
        figure = sheet(run, "running jobs", caption, width_in=12.0,
                             height_in=3.2 + 0.42 * n_rows)  # fmt: skip
        if not sides:
            return style.empty(figure, "no job ran in this run")
        panels = figure.subplots(1, len(sides), squeeze=False)[0]
        for panel, side in zip(panels, sides, strict=True):
            _panel(panel, side, n_rows)
            panel.set_title(f"{SIDES[side['side']]}, {phases[-1]['name']}")
        panels[0].legend(loc="lower left", ncols=4, bbox_to_anchor=(0, 1.08), frameon=False, fontsize=8)
    return figure


def _panel(axes: Axes, side: dict[str, Any], n_rows: int) -> None:
    classes = side["classes"]
    for row, one in enumerate(classes):
        lasting = one["restart_frac"]
        linked = lasting * one["parallel_efficiency_frac"]
        useful = linked * one["utilisation_frac"]
        left = 0.0
        for (limit, label), share in zip(
            PARTS, (useful, linked - useful, lasting - linked, 1.0 - lasting), strict=True
        ):
            axes.barh(row, 100 * share, left=100 * left, color=style.LIMIT_COLOURS[limit], height=0.62,
                      label=label if row == 0 else None)  # fmt: skip
            left += share
        axes.text(100 * useful + 1, row, f"{useful:.0%}", va="center", fontsize=8, fontweight="bold")
        axes.text(102, row, _words(one), va="center", fontsize=7.5, color=style.QUIET, clip_on=False)
    axes.set_yticks(range(len(classes)), [one["name"] for one in classes])
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.set_xlim(0, 168)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("share of a busy card's peak [%]")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def _words(one: dict[str, Any]) -> str:
    stops = "never" if one["mtbi_s"] is None else duration_text(one["mtbi_s"])
    parts = [f"{one['n_cards']:,.0f}", stops]
    parts += [one[key] for key in ("narrowest_link", "pause") if one[key] != "none"]
    return ", ".join(parts)
