"""Comparison of runs: their summaries → one table, a column per run, 80 columns wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import InputError, Problem, nearest
from .tables import quantity_text, to_text

if TYPE_CHECKING:
    from ..results.run import Run

Span = dict[str, Any]
_AT_ONCE = 4
_NAME = 13


def _service(name: str, show: Callable[[float], str]) -> Callable[[Span], str]:
    return lambda span: _shown(span.get("service", {}).get(name), show)


def _cost(name: str, show: Callable[[float], str]) -> Callable[[Span], str]:
    return lambda span: _shown(span.get("cost", {}).get("total", {}).get(name), show)


def _shown(value: float | None, show: Callable[[float], str]) -> str:
    return "-" if value is None else show(value)


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _milliseconds(value: float) -> str:
    return f"{1e3 * value:.1f} ms"


ROWS: tuple[tuple[str, Callable[[Span], str]], ...] = (
    ("policy", lambda span: str(span["scheduler"]["policy"])),
    ("sharing", lambda span: str(span["scheduler"].get("sharing", "-"))),
    ("value, of its bound", lambda span: _shown(span["scheduler"]["bound_share_frac"], _percent)),
    ("value, of all asked", lambda span: _shown(span["scheduler"].get("asked_share_frac"), _percent)),
    ("delivered in orbit", lambda span: quantity_text(span["delivered_op_per_s"], "op/s")),
    ("jobs completed", lambda span: _part(span["jobs"]["n_completed"], span["jobs"]["n_submitted"])),
    ("jobs late", lambda span: _part(span["jobs"]["n_late"], span["jobs"]["n_submitted"])),
    ("hot latency, median", _service("hot_latency_p50_s", _milliseconds)),
    ("hot latency, 99 %", _service("hot_latency_p99_s", _milliseconds)),
    ("east used", _service("east_utilisation_frac", _percent)),
    ("west used", _service("west_utilisation_frac", _percent)),
    ("orbit used", _service("orbit_utilisation_frac", _percent)),
    ("installed over busy, ground", lambda span: _shown(redundancy(span), lambda value: f"{value:.2f}")),
    ("fairness index", _service("fairness_index", lambda value: f"{value:.3f}")),
    ("energy", _cost("load_j", lambda value: quantity_text(value / 3600.0, "Wh"))),
    ("carbon", _cost("carbon_kg", lambda value: quantity_text(value * 1e3, "g"))),
    ("water", _cost("water_l", lambda value: quantity_text(value, "l"))),
    ("cost", _cost("usd", lambda value: quantity_text(value, "USD"))),
    ("cost of 1 Zop of useful work", _cost("usd_per_op", lambda value: quantity_text(1e21 * value, "USD"))),
)
"""What is compared → words and how it is read of a span of summary.json."""


def redundancy(span: Span) -> float | None:
    """Return what the sites on the ground have installed over what they use; None if they use nothing."""
    ground = [site for site in span.get("sites", ()) if site["side"] != "orbit"]
    busy = sum(site["own_op_per_s"] + site["used_op_per_s"] for site in ground)
    return float(sum(site["installed_op_per_s"] for site in ground) / busy) if busy else None


def _part(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def comparison(runs: Sequence[Run], phase: str | None = None) -> str:
    """Return runs side by side: how well, how soon, how busy, and at what price.

    Parameters
    ----------
    runs : sequence of Run
    phase : str, optional
        Name of the phase to compare; the whole plan by default.

    Returns
    -------
    str
        Tables of at most four runs each; - where a run says nothing.

    Raises
    ------
    InputError
        A phase that a run does not have.
    """
    spans = [_span(run, phase) for run in runs]
    labels = _labels(runs)
    tables = []
    for first in range(0, len(runs), _AT_ONCE):
        shown = spans[first : first + _AT_ONCE]
        header = [phase or "whole plan", *(label[-_NAME:] for label in labels[first : first + _AT_ONCE])]
        rows = [[words, *(cell(span) for span in shown)] for words, cell in ROWS]
        rows = [row for row in rows if set(row[1:]) != {"-"}]
        tables.append(to_text(header, rows, right=range(1, _AT_ONCE + 1)))
    return "\n\n".join(tables)


def _span(run: Run, phase: str | None) -> Span:
    if phase is None:
        return dict(run.results["total"])
    found = {one["name"]: one for one in run.results["phases"]}
    if phase not in found:
        raise InputError(Problem("--phase", repr(phase), f"a phase of {run.folder}", nearest(phase, found)))
    return dict(found[phase])


def _labels(runs: Sequence[Run]) -> list[str]:
    """Return the names of the folders: runs of one scenario with other settings have one name."""
    return [run.folder.name for run in runs]
