"""Picture of the links of a run: a `Run` → rate and margin against elevation, a colour a kind of link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..results.run import Run


def linkbudget(run: Run) -> Figure:
    """Draw bit rate and margin of every kind of link against elevation.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    Figure
        Left: rate. Right: what the level may still lose before the link is lost. Bands span the stations.
    """
    from ..links.curves import curves

    scenario = run.scenario
    caption = (
        f"Radio: DVB-S2X with ITU-R losses, holding {100 * scenario.links.availability_frac:g} % of an "
        "average year; a shaded band spans the stations that have the link, its line is the best of them. "
        "Laser: clear sky, the Sun on the horizon at the edge of its exclusion, no cloud. Margin: level over "
        "what the slowest rate needs. Satellite at the altitude of its first batch; orbitdc link prints a "
        "budget line by line."
    )
    with style.styled():
        figure = style.sheet(f"{run.name}: links by elevation", "rates and margins of its radios and lasers",
                             caption, height_in=5.4, width_in=11.0)  # fmt: skip
        found = curves(scenario)
        if not found:
            return style.empty(figure, "no station hears any of its satellites")
        left, right = figure.subplots(1, 2)
        for number, curve in enumerate(found):
            colour = style.COLOURS[number % len(style.COLOURS)]
            label = f"{curve.name} ({curve.n_stations})"
            for axes, (low, high) in ((left, curve.rate_bit_per_s), (right, curve.margin_db)):
                axes.fill_between(curve.elevation_deg, low, high, color=colour, alpha=0.25, linewidth=0)
                axes.plot(curve.elevation_deg, high, color=colour, linewidth=1.4, label=label)
        left.set_yscale("log")
        style.engineering(left.yaxis, "bit/s")
        left.set_ylabel("rate")
        left.set_title("Bit rate")
        right.axhline(0.0, color=style.INK, linewidth=0.8)
        right.set_ylim(bottom=max(right.get_ylim()[0], -24.0))
        right.set_ylabel("margin [dB]")
        right.set_title("Margin over the slowest rate")
        lowest_deg = float(scenario.ground.min_elevation_rad) * 57.29577951308232
        for axes in (left, right):
            axes.axvline(lowest_deg, color=style.QUIET, linewidth=0.8, linestyle=":")
            axes.set_xlim(0, 90)
            axes.set_xlabel("elevation [deg]; dotted: lowest in use")
        right.legend(loc="lower right", fontsize=8, title="link (stations)", title_fontsize=8, ncols=2)
    return figure
