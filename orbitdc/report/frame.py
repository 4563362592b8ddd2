"""Frame of every picture of a run: a `Run` → its span, its assumptions in words, its time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..results.run import Run


def of_first(run: Run, key: str) -> str:
    """Return a word that the first phase of the summary states."""
    return str(run.results["phases"][0].get(key, "?"))


def policy(run: Run) -> str:
    """Return the scheduler's policy."""
    return str(run.results["phases"][0].get("scheduler", {}).get("policy", "?"))


def envelope(run: Run) -> str:
    """Return the envelope policy."""
    return str(run.scenario.operations.envelope)


def elevation_deg(run: Run) -> float:
    """Return the lowest elevation [deg]."""
    return round(float(np.degrees(run.scenario.ground.min_elevation_rad)), 6)


def span(run: Run) -> str:
    """Return phases, dates and seed in one line."""
    phases = run.results["phases"]
    n = len(phases)
    dates = f"{phases[0]['start_utc'][:10]} to {phases[-1]['end_utc'][:10]}"
    return f"{n} phase{'s' * (n != 1)}, {dates}; seed {run.results['seed']}"


def sheet(run: Run, what: str, caption: str, **size_in: float) -> Figure:
    """Return an empty figure of a run: what it shows, its span, the caption; size as in `style.sheet`."""
    return style.sheet(f"{run.name}: {what}", span(run), caption, **size_in)


def phase_marks(panels: Sequence[Axes], run: Run) -> None:
    """Mark where phases begin, named in the first panel."""
    for phase in run.results["phases"][1:]:
        when: Any = np.datetime64(phase["start_utc"].rstrip("Z"))
        for axes in panels:
            axes.axvline(when, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        panels[0].text(when, 1.0, f" {phase['name']}", transform=panels[0].get_xaxis_transform(), fontsize=8,
                       color=style.QUIET, va="top")  # fmt: skip
