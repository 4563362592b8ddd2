"""Text of a run: summary.json → a verdict on one screen, and a longer report, 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import people
from .fibre import full_lines, line_lines
from .plots import LOST_TO
from .running import assumption_lines, running_lines, yardstick_words
from .sites import cost_lines, site_lines, use_lines
from .tables import duration_text, quantity_text, to_text

if TYPE_CHECKING:
    from ..results.run import Run

WIDTH = 80
_BAR = 30
_UNITS = {"card": "", "1": ""}
_PROMISES = {
    "it_power": "IT power",
    "bus_power": "bus power",
    "array_bol_power": "array power, new,",
    "array_eol_power": "array power, end of life,",
    "installed_op": "installed operations",
    "n_cards": "cards",
}

Phase = dict[str, Any]


def exit_code(run: Run) -> int:
    """Return 3 if a milestone that the plan requires is not met, else 0."""
    missed = [
        m
        for phase in run.results["phases"]
        for m in phase["milestones"]
        if m.get("required") and not m["met"]
    ]
    return 3 if missed else 0


def verdict(run: Run) -> str:
    """Return what a plan delivers and what stops it, on one screen.

    Parameters
    ----------
    run : Run
        A finished run.

    Returns
    -------
    str
        Lines of at most 80 columns.
    """
    phases = run.results["phases"]
    middle = _table(phases) if _flies(phases) else [*use_lines(phases), "", *site_lines(run.results["total"])]
    end = [*_conclusion(run), *full_lines(phases)]
    lines = [_headline(run), "", *middle, "", *_milestones(run), *end]
    return "\n".join([*lines, f"Run folder: {run.folder}"])


def report(run: Run) -> str:
    """Return everything a person reads of a run: the verdict, the waterfalls, jobs and checks.

    Parameters
    ----------
    run : Run
        A finished run.

    Returns
    -------
    str
        Lines of at most 80 columns.
    """
    lines = [_headline(run), ""]
    if title := run.scenario.title:
        lines += [*textwrap.wrap(title, WIDTH), ""]
    phases = run.results["phases"]
    lines += [*(_table(phases) if _flies(phases) else use_lines(phases)), ""]
    lines += _milestones(run, with_source=True)
    for phase in phases if _flies(phases) else ():
        lines += [*_waterfall(phase), ""]
    for phase in phases:
        for words in (site_lines(phase), cost_lines(phase), line_lines(phase)):
            lines += [*words, ""] if words else []
    for phase in run.results["phases"]:
        if words := running_lines(phase, run.results["yardstick"]):
            lines += [*words, ""]
    lines += [*assumption_lines(run.results["yardstick"]), ""]
    lines += [*_jobs(run.results["phases"]), ""]
    total = run.results["total"]
    for part in (
        people.owners(total.get("tenants", ()), total.get("service", {}).get("fairness_index")),
        people.events(run.results.get("events", ())),
    ):
        lines += [*part, ""] if part else []
    lines += [*_checks(run), "", *_conclusion(run), *full_lines(phases)]
    return "\n".join([*lines, f"Run folder: {run.folder}"])


def _flies(phases: list[Phase]) -> bool:
    """Return whether the plan has any satellite."""
    return any(phase["n_satellites"] or phase.get("n_launches") for phase in phases)


def _headline(run: Run) -> str:
    phases = run.results["phases"]
    first, last = phases[0]["start_utc"][:10], phases[-1]["end_utc"][:10]
    return f"{run.name}: {first} to {last}, seed {run.results['seed']}"


_ROWS: tuple[tuple[str, Callable[[Phase], str]], ...] = (
    ("satellites at the end", lambda p: f"{p['n_satellites']:,}"),
    ("array power, new", lambda p: quantity_text(p["array_bol_power_w"], "W")),
    ("IT power", lambda p: quantity_text(p["it_power_w"], "W")),
    ("IT power used, mean", lambda p: quantity_text(p["mean_compute_power_w"], "W")),
    ("installed", lambda p: quantity_text(p["installed_op_per_s"], "op/s")),
    ("delivered", lambda p: quantity_text(p["delivered_op_per_s"], "op/s")),
    ("share delivered", lambda p: f"{p['limits']['none']:.1%}"),
    ("lost most to", lambda p: _worst(p)),
    ("in sunlight", lambda p: f"{p['sunlit_frac']:.2%}"),
    ("longest eclipse", lambda p: duration_text(p["max_eclipse_s"])),
    ("contact per satellite", lambda p: f"{duration_text(p['contact_s_per_day'])}/d"),
    ("downlink", lambda p: f"{quantity_text(p['downlink_bit_per_day'], 'bit')}/d"),
    ("by relay", lambda p: f"{quantity_text(p['network']['relayed_bit_per_day'], 'bit')}/d"),
    ("orbit in reach", lambda p: f"{p['network']['reachable_frac']:.1%}"),
    ("request to orbit", lambda p: _latency(p["network"]["to_orbit_total_s"])),
    ("jobs completed", lambda p: _share(p["jobs"]["n_completed"], p["jobs"]["n_submitted"])),
    ("value, of all asked", lambda p: _percent(p["scheduler"].get("asked_share_frac"))),
    ("value, of its bound", lambda p: _percent(p["scheduler"]["bound_share_frac"])),
)


def _table(phases: list[Phase]) -> list[str]:
    """Return a column per phase; phases that do not fit go into a second table."""
    lines: list[str] = []
    precision = phases[0]["precision"]
    for first in range(0, len(phases), 4):
        shown = phases[first : first + 4]
        rows = [
            [
                f"{label}, {precision}" if label in ("installed", "delivered") else label,
                *(_cell(value, p) for p in shown),
            ]
            for label, value in _ROWS
        ]
        header = ["", *(phase["name"][:14] for phase in shown)]
        lines += (
            ["", *to_text(header, rows, right=range(1, 5)).splitlines()]
            if lines
            else to_text(header, rows, right=range(1, 5)).splitlines()
        )
    return lines


def _cell(value: Callable[[Phase], str], phase: Phase) -> str:
    return value(phase)


def _worst(phase: Phase) -> str:
    lost = {name: share for name, share in phase["limits"].items() if name != "none"}
    name = max(lost, key=lambda key: lost[key], default="")
    if not name or lost[name] <= 0:
        return "nothing"
    return f"{_SHORT[name]} {lost[name]:.0%}"


_SHORT = {**LOST_TO, "queue": "no work"}


def _latency(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if seconds < 1.0 else duration_text(seconds)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _milestones(run: Run, *, with_source: bool = False) -> list[str]:
    found = [milestone for phase in run.results["phases"] for milestone in phase["milestones"]]
    if not found:
        return []
    lines = ["Milestones"]
    for milestone in found:
        what = _PROMISES.get(milestone["what"], milestone["what"].replace("_", " "))
        precision = f" at {milestone['precision']}" if milestone.get("precision") else ""
        text = (
            f"{what}{precision} {_amount(milestone['at_least'], milestone['unit'])} by "
            f"{milestone['by_utc'][:10]}: {_amount(milestone['achieved'], milestone['unit'])}"
        )
        mark = "  met      " if milestone["met"] else "  NOT MET  "
        if milestone.get("required") and not milestone["met"]:
            text += " (required)"
        lines += textwrap.wrap(mark + text, WIDTH, subsequent_indent=" " * 11)
        if with_source and milestone.get("source"):
            lines += textwrap.wrap(
                milestone["source"], WIDTH, initial_indent=" " * 11, subsequent_indent=" " * 11
            )
    return [*lines, ""]


def _amount(value: float, unit: str) -> str:
    return quantity_text(value, _UNITS.get(unit, unit)).rstrip()


def _conclusion(run: Run) -> list[str]:
    """Return one or two sentences on the last phase that computes."""
    phases = [phase for phase in run.results["phases"] if phase["installed_op_per_s"] > 0]
    if not phases:
        if _flies(run.results["phases"]):
            return ["No satellite of this plan computes."]
        return []
    last = phases[-1]
    lost = sorted(
        ((share, name) for name, share in last["limits"].items() if name != "none" and share > 0.0005),
        reverse=True,
    )
    causes = ", ".join(f"{LOST_TO[name]} ({share:.0%})" for share, name in lost[:3]) or "nothing"
    text = (
        f"In phase {last['name']}, {last['limits']['none']:.0%} of the installed operations are delivered; "
        "the "
        f"rest goes to {causes}."
    )
    if worth := yardstick_words(last, run.results["yardstick"]):
        text += f" {worth}"
    met = [m["met"] for phase in run.results["phases"] for m in phase["milestones"]]
    if met:
        text += f" {sum(met)} of {len(met)} milestones are met."
    return textwrap.wrap(text, WIDTH)


def _waterfall(phase: Phase) -> list[str]:
    top = phase["installed_op_per_s"]
    lines = [f"{phase['name']}: from installed to delivered operations, {phase['precision']}"]
    if top <= 0:
        return [*lines, "  nothing computes in this phase"]
    before = top
    for step in phase["waterfall"]:
        level, stage = step["op_per_s"], step["stage"]
        bar = "#" * round(_BAR * level / top)
        lost = round(_BAR * before / top) - len(bar)
        words = LOST_TO.get(stage, stage)
        change = "" if stage in ("installed", "delivered") else f"{(level - before) / top:+.1%}"
        drawn = f"{bar + '-' * lost:<{_BAR}}"
        lines.append(f"  {words:<16}{drawn} {level / top:>6.1%} {change:>7}  {quantity_text(level, 'op/s')}")
        before = level
    return lines


def _jobs(phases: list[Phase]) -> list[str]:
    header = ("jobs", "submitted", "completed", "late", "rejected", "unfinished")
    keys = ("n_submitted", "n_completed", "n_late", "n_rejected", "n_unfinished")
    rows = [[phase["name"], *(f"{phase['jobs'][key]:,}" for key in keys)] for phase in phases]
    return to_text(header, rows, right=range(1, 6)).splitlines()


def _checks(run: Run) -> Iterator[str]:
    manifest = run.manifest
    if not manifest:
        return
    yield "Checks"
    for name, value in manifest["residuals"].items():
        yield f"  {name.removesuffix('_frac').replace('_', ' ')}: {value:.1e} of the whole, at most"
    yield f"  largest difference from Skyfield: {manifest['largest_skyfield_difference_m']:g} m"
    spent = ", ".join(
        f"{name.removesuffix('_s')} {value:.1f} s" for name, value in manifest["timings"].items()
    )
    yield from textwrap.wrap(f"  time: {spent}", WIDTH, subsequent_indent="  ")
    yield f"  orbitdc {manifest['version']}, scenario {str(manifest['scenario'])[:16]}"
