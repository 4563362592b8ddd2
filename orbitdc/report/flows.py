"""Picture of who works for whom: a `Run` → ribbons of work and of data from cities to sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import style
from .frame import of_first, policy, sheet
from .tables import quantity_text
from .utilisation import SIDE_COLOURS

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run

_GAP = 0.012
"""White between neighbours, of the height of the picture."""
_WORDS_FRAC = 0.012
"""A place below this share of the whole gets no label."""


def flows(run: Run) -> Figure:
    """Draw the work and the data that go from the cities to the sites.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: operations. Right: bits, in and out. Cities at the left of each, sites at the right.
    """
    caption = (
        "Jobs that ran, sums of the sampled windows by the city that asked and the site that did the work, "
        "over the time of the windows. Ribbons have the colour of the side that works: east orange, west "
        f"blue, orbit green. Work: operations at {of_first(run, 'precision')}. Bits: input and output; data "
        f"taken in orbit has no way up. Scheduler: {policy(run)}."
    )
    with style.styled():
        table = run.flows
        seconds = int(run.sites["window"].nunique()) * run.scenario.time.window_s
        figure = sheet(run, "flows", caption, width_in=11.0, height_in=6.6)
        if not len(table):
            return style.empty(figure, "no job ran in this run")
        side = dict(zip(run.sites["site"], run.sites["side"], strict=True))
        for axes, name, unit, title in zip(
            figure.subplots(1, 2), ("work_op", "data_bit"), ("op/s", "bit/s"), ("Work", "Data"), strict=True
        ):
            _ribbons(axes, table[name] / seconds, {str(k): str(v) for k, v in side.items()}, unit)
            axes.set_title(title)
    return figure


def _ribbons(axes: Axes, amount: pandas.Series[float], side: dict[str, str], unit: str) -> None:
    axes.set_axis_off()
    axes.set_xlim(-0.42, 1.42)
    axes.set_ylim(-0.02, 1.02)
    whole = float(amount.sum())
    if whole <= 0:
        axes.text(0.5, 0.5, "nothing moved", ha="center", color=style.QUIET)
        return
    cities = amount.groupby(level="origin", observed=True).sum().sort_values(ascending=False)
    sites = amount.groupby(level="site", observed=True).sum()
    sites = sites.loc[sorted(sites.index, key=lambda k: (list(SIDE_COLOURS).index(side[str(k)]), -sites[k]))]
    room = 1.0 - _GAP * (max(len(cities), len(sites)) - 1)
    here, there = _stack(cities, room), _stack(sites, room)
    for name, (top, height) in here.items():
        _label(axes, 0.0, "right", f"{name}  {quantity_text(cities[name], unit)}", top, height, style.QUIET)
    for name, (top, height) in there.items():
        words = f"{name}  {quantity_text(sites[name], unit)}"
        _label(axes, 1.0, "left", words, top, height, SIDE_COLOURS[side[str(name)]])
    start = {name: top for name, (top, _) in here.items()}
    end = {name: top for name, (top, _) in there.items()}
    for city in cities.index:
        for site in sites.index:
            thick = float(amount.get((city, site), 0.0)) / whole * room
            if thick <= 0:
                continue
            _ribbon(axes, start[str(city)], end[str(site)], thick, SIDE_COLOURS[side[str(site)]])
            start[str(city)] -= thick
            end[str(site)] -= thick


def _stack(amounts: pandas.Series[float], room: float) -> dict[str, tuple[float, float]]:
    """Return the top and the height of each place, from the top of the picture down."""
    whole, top, found = float(amounts.sum()), 1.0, {}
    for name, value in amounts.items():
        height = float(value) / whole * room
        found[str(name)] = (top, height)
        top -= height + _GAP
    return found


def _label(axes: Axes, x: float, side: str, words: str, top: float, height: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    out = -0.02 if side == "right" else 0.0
    axes.add_patch(Rectangle((x + out, top - height), 0.02, height, color=colour, linewidth=0))
    if height > _WORDS_FRAC:
        gap = -0.035 if side == "right" else 0.035
        axes.text(x + gap, top - height / 2, words, ha=side, va="center", fontsize=8)


def _ribbon(axes: Axes, start: float, end: float, thick: float, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points = [(0, start), (0.5, start), (0.5, end), (1, end), (1, end - thick), (0.5, end - thick),
              (0.5, start - thick), (0, start - thick), (0, start)]  # fmt: skip
    curve = Path.CURVE4
    codes = [Path.MOVETO, curve, curve, curve, Path.LINETO, curve, curve, curve, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.45, linewidth=0))
