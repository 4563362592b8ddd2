"""Pictures of a sky: passes over stations and eclipses of satellites → figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ..constants import DAY_S
from ..orbit.time import Floats
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .events import Coverage, Sunlight

MAX_ROWS = 40
MAX_SKIES = 4
MAX_CURVES = 200


def coverage_figure(coverage: Coverage) -> Figure:
    """Draw when each satellite is in view, and how its passes cross the sky of each station.

    Parameters
    ----------
    coverage : Coverage
        Passes of a span.

    Returns
    -------
    Figure
        Left: a row per satellite (or, with many, the number in view of each station). Right: zenith in the
        middle, north up.
    """
    passes, names = coverage.passes, coverage.sites.names
    caption = (
        f"Geometric elevation at least {coverage.min_elevation_deg:g} deg over the WGS84 horizon, no "
        f"refraction; {coverage.span.moved_by}. Sky arcs run through rise, culmination and set, which are "
        "computed to 1 ms; between them they are circles of the drawing. Passes cut by an edge of the span: "
        "hatched."
    )
    with style.styled():
        n_skies = min(len(names), MAX_SKIES)
        columns = 1 if n_skies <= 2 else 2
        n_rows = math.ceil(n_skies / columns)
        n_seen = len(set(passes.satellite.tolist()))
        lines_in = 0.16 * max(n_seen, 12) if n_seen <= MAX_ROWS else 0.5 * len(names)
        height_in = max(3.0 + lines_in, 1.2 + 2.5 * n_rows)
        figure = style.sheet(
            "Contact windows", str(coverage.span), caption, height_in=height_in, width_in=11.0
        )
        if not len(passes):
            return style.empty(figure, "no satellite rises above the lowest elevation in this span")
        grid = figure.add_gridspec(
            n_rows, 1 + columns, width_ratios=[2.0, *[1.0 if columns == 1 else 0.85] * columns]
        )
        timeline = figure.add_subplot(grid[:, 0])
        if n_seen <= MAX_ROWS:
            _gantt(timeline, coverage)
        else:
            _crowd(timeline, coverage)
        for g in range(n_skies):
            sky = figure.add_subplot(grid[g // columns, 1 + g % columns], projection="polar")
            _sky(sky, coverage, g)
        _span_axis(timeline, coverage.span.start, coverage.span.duration_s)
    return figure


def _gantt(axes: Axes, coverage: Coverage) -> None:
    passes, start = coverage.passes, coverage.span.start
    present = sorted(set(passes.satellite.tolist()), key=lambda s: coverage.span.satellites[s].name)
    row_of = {s: i for i, s in enumerate(present)}
    n_stations = len(coverage.sites.names)
    height = min(0.8, 0.2 * len(present)) / n_stations
    rows = np.array([row_of[s] for s in passes.satellite.tolist()])
    for g, name in enumerate(coverage.sites.names):
        for clipped in (False, True):
            which = (passes.station == g) & (passes.clipped == clipped)
            axes.barh(
                rows[which] + (g - (n_stations - 1) / 2) * height,
                passes.duration_s[which] / DAY_S,
                left=_days(start) + passes.rise_s[which] / DAY_S,
                height=height * 0.92,
                color=style.COLOURS[g % len(style.COLOURS)],
                hatch="/////" if clipped else None,
                edgecolor=style.PAPER if clipped else "none",
                linewidth=0,
                label=name if not clipped else None,
            )
    axes.set_yticks(
        range(len(present)), [coverage.span.satellites[s].name[:22] for s in present], fontsize=7.5
    )
    axes.set_ylim(len(present) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_title("Satellite in view of a station")
    if n_stations > 1:
        style.legend_above(axes, min(n_stations, 4))


def _crowd(axes: Axes, coverage: Coverage) -> None:
    passes, start = coverage.passes, coverage.span.start
    n_stations = len(coverage.sites.names)
    most = max(int(coverage.statistics.n_most_in_view.max()), 1)
    for g in range(n_stations):
        here = passes.station == g
        edges_s = np.concatenate([passes.set_s[here], passes.rise_s[here]])
        change = np.concatenate([np.full(here.sum(), -1), np.full(here.sum(), 1)])
        order = np.argsort(edges_s, kind="stable")
        base = (n_stations - 1 - g) * (most + 1)
        axes.fill_between(
            _days(start) + np.concatenate([[0.0], edges_s[order], [coverage.span.duration_s]]) / DAY_S,
            base,
            base + np.concatenate([[0], np.cumsum(change[order]), [0]]),
            step="post",
            color=style.COLOURS[g % len(style.COLOURS)],
            linewidth=0,
        )
    ticks = [(n_stations - 1 - g) * (most + 1) for g in range(n_stations)]
    axes.set_yticks(ticks, [name[:22] for name in coverage.sites.names])
    axes.set_ylim(-0.3, n_stations * (most + 1))
    axes.set_title(f"Satellites in view of a station (highest: {most} at once)")


def _sky(axes: Any, coverage: Coverage, g: int) -> None:
    passes = coverage.passes
    here = np.flatnonzero(passes.station == g)
    lowest = coverage.min_elevation_deg
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_rlim(0, 90)
    axes.set_rgrids([30, 60, 90], ["60°", "30°", ""], fontsize=7, color=style.QUIET)
    axes.set_thetagrids([0, 90, 180, 270], ["N", "E", "S", "W"], fontsize=8)
    axes.tick_params(pad=-1)
    axes.spines["polar"].set_color(style.QUIET)
    axes.fill_between(
        np.linspace(0, 2 * np.pi, 181), 90 - lowest, 90, color=style.GRID, linewidth=0, zorder=0
    )
    colour = style.COLOURS[g % len(style.COLOURS)]
    for i in here[np.argsort(-passes.max_elevation_deg[here], kind="stable")][:MAX_CURVES]:
        edge_deg = (lowest, float(passes.max_elevation_deg[i]), lowest)
        azimuth_deg = (
            passes.rise_azimuth_deg[i],
            passes.culmination_azimuth_deg[i],
            passes.set_azimuth_deg[i],
        )
        theta, radius = _arc(azimuth_deg, edge_deg)
        axes.plot(theta, radius, color=colour, linewidth=0.9, alpha=0.75 if len(here) < 60 else 0.35)
    drawn = f"{MAX_CURVES} of " if len(here) > MAX_CURVES else ""
    axes.set_title(f"{coverage.sites.names[g][:16]}: {drawn}{len(here)} passes", fontsize=8.5, pad=7)


def _arc(azimuth_deg: Sequence[float], elevation_deg: Sequence[float]) -> tuple[Floats, Floats]:
    """Return polar points of the circle through three directions, zenith distance as radius."""
    radius = 90.0 - np.asarray(elevation_deg, dtype=float)
    angle = np.radians(np.asarray(azimuth_deg, dtype=float))
    a, b, c = radius * np.exp(1j * angle)
    cross = ((b - a).conjugate() * (c - a)).imag
    if abs(cross) < 1e-3 * abs(c - a) ** 2 + 1e-9:  # straight through the zenith
        points = np.concatenate([np.linspace(a, b, 24), np.linspace(b, c, 24)])
        return np.angle(points), np.abs(points)
    w = (c - a) / (b - a)
    centre = (b - a) * (w - abs(w) ** 2) / (2j * w.imag) + a
    turns = [np.angle((q - centre) / (p - centre)) for p, q in ((a, b), (b, c))]
    sign = np.sign(cross)
    first, second = (turn if np.sign(turn) == sign else turn + sign * 2 * np.pi for turn in turns)
    points = centre + (a - centre) * np.exp(1j * np.linspace(0.0, first + second, 60))
    return np.angle(points), np.abs(points)


def sunlight_figure(sunlight: Sunlight) -> Figure:
    """Draw the beta angle and when satellites are in the Earth's shadow.

    Parameters
    ----------
    sunlight : Sunlight
        Eclipses of a span.

    Returns
    -------
    Figure
        Above: beta. Below: for one satellite a calendar, day by hour; for several the shadowed minutes of
        each day.
    """
    span = sunlight.span
    caption = (
        f"Earth's shadow: {sunlight.shadow}; an eclipse lasts from first to last penumbra. Beta is the angle "
        f"of the Sun above the orbit plane. Propagator: {span.moved_by}; Sun: DE421, light time and "
        "aberration."
    )
    with style.styled():
        n = len(span.satellites)
        figure = style.sheet("Sunlight and eclipses", str(span), caption, height_in=6.2)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.35])
        _beta(above, sunlight)
        if not len(sunlight.eclipses):
            below.set_yticks([])
            below.grid(visible=False)
            look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 11, "color": style.QUIET}
            below.text(0.5, 0.5, "in sunlight all the time", transform=below.transAxes, **look)
        elif n == 1 and span.duration_s > 3 * DAY_S:
            _calendar(below, sunlight)
        elif span.duration_s <= 3 * DAY_S:
            _shadow_rows(below, sunlight)
        else:
            _minutes(below, sunlight)
        _span_axis(below, span.start, span.duration_s)
        figure.align_ylabels()
    return figure


def _beta(axes: Axes, sunlight: Sunlight) -> None:
    offset_s, beta_deg = sunlight.beta()
    when = _days(sunlight.span.start) + offset_s / DAY_S
    satellites = sunlight.span.satellites
    few = len(satellites) <= len(style.COLOURS)
    for i, satellite in enumerate(satellites[:MAX_CURVES]):
        look: dict[str, Any] = {"color": style.COLOURS[0], "linewidth": 0.7, "alpha": 0.4}
        if few:
            look = {"color": style.COLOURS[i], "linewidth": max(3.0 - 0.7 * i, 1.2)}
        axes.plot(when, beta_deg[i], label=satellite.name[:22], **look)
    axes.set_ylabel("beta [deg]")
    axes.set_title("Sun above the orbit plane")
    low, high = np.nanmin(beta_deg), np.nanmax(beta_deg)
    axes.set_ylim(max(low - 5, -91), min(high + 5, 91))
    if few and len(satellites) > 1:
        style.legend_above(axes, min(len(satellites), 4))


def _calendar(axes: Axes, sunlight: Sunlight) -> None:
    """Draw a column per day with the hours in shadow."""
    from matplotlib.collections import PolyCollection

    found = sunlight.eclipses
    day_0 = sunlight.span.start.replace(hour=0, minute=0, second=0, microsecond=0)
    shift_s = (sunlight.span.start - day_0).total_seconds()
    boxes = []
    for enter_s, exit_s in zip(found.enter_s + shift_s, found.exit_s + shift_s, strict=True):
        for day in range(int(enter_s // DAY_S), int(exit_s // DAY_S) + 1):
            low, high = max(enter_s - day * DAY_S, 0.0) / 3600, min(exit_s - day * DAY_S, DAY_S) / 3600
            x = _days(day_0) + day
            boxes.append([(x, low), (x + 1, low), (x + 1, high), (x, high)])
    axes.add_collection(PolyCollection(boxes, facecolors=style.NIGHT, edgecolors="none"))
    axes.set_ylim(24, 0)
    axes.set_yticks([0, 6, 12, 18, 24])
    axes.set_ylabel("hour of the day [UTC]")
    axes.set_title(f"In the Earth's shadow: {_share(sunlight)}")


def _shadow_rows(axes: Axes, sunlight: Sunlight) -> None:
    found, start = sunlight.eclipses, sunlight.span.start
    present = sorted(set(found.satellite.tolist()))[:MAX_ROWS]
    row_of = {s: i for i, s in enumerate(present)}
    shown = np.array([s in row_of for s in found.satellite.tolist()])
    rows = np.array([row_of[s] for s in found.satellite[shown].tolist()])
    left = _days(start) + found.enter_s[shown] / DAY_S
    axes.barh(rows, found.eclipse_s[shown] / DAY_S, left=left, height=0.72, color="#9fb4cc", label="penumbra")
    middle = left + (found.eclipse_s - found.umbra_s)[shown] / 2 / DAY_S
    axes.barh(rows, found.umbra_s[shown] / DAY_S, left=middle, height=0.72, color=style.NIGHT, label="umbra")
    size = 7.5 if len(present) < 25 else 6
    axes.set_yticks(
        range(len(present)), [sunlight.span.satellites[s].name[:22] for s in present], fontsize=size
    )
    axes.set_ylim(len(present) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    left_out = len(set(found.satellite.tolist())) - len(present)
    axes.set_title("In the Earth's shadow" + (f" ({left_out} more satellites not drawn)" if left_out else ""))
    style.legend_above(axes, 2)


def _minutes(axes: Axes, sunlight: Sunlight) -> None:
    found, span = sunlight.eclipses, sunlight.span
    n_days = math.ceil(span.duration_s / DAY_S - 1e-9)
    minutes = np.zeros((len(span.satellites), n_days))
    edges_s = np.arange(n_days + 1) * DAY_S
    for s in set(found.satellite.tolist()):
        which = found.satellite == s
        at_s = np.stack([found.enter_s[which], found.exit_s[which]], axis=1).ravel()
        shadow_s = np.repeat(np.cumsum(found.eclipse_s[which]), 2)
        shadow_s[::2] -= found.eclipse_s[which]
        minutes[s] = np.diff(np.interp(edges_s, at_s, shadow_s, left=0.0)) / 60
    order = np.argsort(-minutes.sum(axis=1), kind="stable")
    extent = (_days(span.start), _days(span.start) + n_days, len(order) - 0.5, -0.5)
    image = axes.imshow(
        np.ma.masked_equal(minutes[order], 0.0), aspect="auto", extent=extent, cmap="cividis_r", vmin=0,
        interpolation="nearest",
    )  # fmt: skip
    if len(order) <= MAX_ROWS:
        size = 7.5 if len(order) < 25 else 6
        axes.set_yticks(range(len(order)), [span.satellites[s].name[:22] for s in order], fontsize=size)
    else:
        axes.set_ylabel("satellites, most shadow first")
    axes.grid(visible=False)
    axes.set_title("Minutes of each day in the Earth's shadow (white: none)")
    axes.figure.colorbar(image, ax=axes, pad=0.01, aspect=16).set_label("shadow [min per day]")


def _share(sunlight: Sunlight) -> str:
    longest = float(sunlight.eclipses.max_eclipse_s.max()) / 60
    share = 1 - float(np.nanmean(sunlight.eclipses.sunlit_frac))
    return f"{share:.2%} of the time, {len(sunlight.eclipses)} eclipses, the longest {longest:.1f} min"


def _span_axis(axes: Axes, start: Any, duration_s: float) -> None:
    style.time_axis(axes, _days(start), _days(start + timedelta(seconds=duration_s)))


def _days(when: Any) -> float:
    from matplotlib import dates

    tools: Any = dates
    return float(tools.date2num(when.replace(tzinfo=None)))
