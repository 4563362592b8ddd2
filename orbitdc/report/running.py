"""Running jobs in words: `running` and `yardsticks` of summary.json → lines of at most 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from .tables import duration_text, quantity_text, to_text

WIDTH = 80
SIDES = {"orbit": "orbit", "west": "western hubs", "east": "eastern hubs"}

Part = dict[str, Any]


def running_lines(phase: Part, yardstick: Part) -> list[str]:
    """Return what befell the gangs of a phase on each side, by side and by class.

    Parameters
    ----------
    phase : dict
        A phase of summary.json.
    yardstick : dict
        Of summary.json: the model and the run that measure.

    Returns
    -------
    list of str
        Nothing where nothing ran.
    """
    sides = [side for side in phase.get("running", []) if side["classes"]]
    if not sides:
        return []
    measured = {one["side"]: one for one in phase["yardsticks"]}
    rows = [
        [label, *(value(side, measured[side["side"]]) for side in sides)] for label, value in _rows(yardstick)
    ]
    header = [f"{phase['name']}: running jobs", *(SIDES[side["side"]] for side in sides)]
    lines = to_text(header, rows, right=range(1, 1 + len(sides))).splitlines()
    for side in sides:
        if side["side"] != "east":
            lines += ["", *_classes(side)]
    return lines


def _rows(yardstick: Part) -> list[tuple[str, Callable[[Part, Part], str]]]:
    return [
        ("work that stays done, of all time", lambda side, _: f"{side['worked_frac']:.2%}"),
        ("checkpoints", lambda side, _: f"{side['written_frac']:.2%}"),
        ("work lost", lambda side, _: f"{side['lost_frac']:.2%}"),
        ("restarts", lambda side, _: f"{side['restarted_frac']:.2%}"),
        ("eclipse pauses", lambda side, _: f"{side['paused_frac']:.2%}"),
        ("interruptions", lambda side, _: _per_day(side["n_interruptions_per_day"])),
        ("by radiation", lambda side, _: _per_day(side["n_upsets_per_day"])),
        ("cards lost for good", lambda side, _: _per_day(side["n_cards_lost_per_day"])),
        ("jobs interrupted", lambda side, _: _per_day(side["n_jobs_interrupted_per_day"])),
        ("useful work", lambda _, one: quantity_text(one["useful_op_per_s"], "op/s")),
        (f"as tokens of {yardstick['model']}", lambda _, one: quantity_text(one["tokens_per_s"], "/s")),
        (f"a run of {_power(yardstick['run_op'])} op takes", lambda _, one: _days(one["run_days"])),
        ("and with all capacity", lambda _, one: _days(one["full_run_days"])),
    ]


def _classes(side: Part) -> list[str]:
    header = (
        SIDES[side["side"]],
        "cards",
        "model",
        "links",
        "restart",
        "stops every",
        "eclipse",
        "narrowest",
    )
    rows = [
        [
            one["name"][:13],
            f"{one['n_cards']:,.0f}",
            f"{one['utilisation_frac']:.0%}",
            f"{one['parallel_efficiency_frac']:.0%}",
            f"{one['restart_frac']:.1%}",
            "never" if one["mtbi_s"] is None else duration_text(one["mtbi_s"]),
            one["pause"] if one["pause"] != "none" else "-",
            one["narrowest_link"] if one["narrowest_link"] != "none" else "-",
        ]
        for one in side["classes"]
    ]
    return to_text(header, rows, right=(1, 2, 3, 4, 5)).splitlines()


def yardstick_words(phase: Part, yardstick: Part) -> str:
    """Return one sentence: tokens a second and days of a training run, in orbit and in the west."""
    measured = {one["side"]: one for one in phase.get("yardsticks", [])}
    parts = []
    for side, where in (("orbit", "in orbit"), ("west", "in the western hubs")):
        one = measured.get(side)
        if one and one["run_days"] is not None:
            rate = quantity_text(one["tokens_per_s"], "token/s")
            parts.append(f"{rate} or one run in {_days(one['run_days'])} {where}")
    if not parts:
        return ""
    model, run = yardstick["model"], _power(yardstick["run_op"])
    return f"In {model} tokens or training runs of {run} op, that is {', '.join(parts)}."


def assumption_lines(yardstick: Part) -> list[str]:
    """Return what the yardsticks stand on."""
    lines = ["Yardsticks"]
    for words in yardstick["assumptions"]:
        lines += textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines


def _per_day(n: float) -> str:
    return f"{n:,.0f}/d" if n >= 10 or n == 0 else f"{n:.2g}/d"


def _power(n: float) -> str:
    return f"{n:.0e}".replace("e+", "e")


def _days(days: float | None) -> str:
    if days is None:
        return "-"
    return f"{days:,.0f} d" if days >= 10 else f"{days:.2g} d"
