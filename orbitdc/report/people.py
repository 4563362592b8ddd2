"""Text on owners and on extreme events: rows of summary.json → tables of at most 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from .tables import duration_text, quantity_text, to_text

WIDTH = 80
_MOST = 30
"""Owners listed; the rest is summed."""

KINDS = {
    "hub-lost": "lost",
    "exchange-cut": "exchange cut",
    "station-lost": "station lost",
    "safe-mode": "in safe mode",
}


def owners(tenants: Sequence[dict[str, Any]], fairness: float | None) -> list[str]:
    """Return what each owner asked, was owed and got, and what it pays; nothing where there is only one."""
    if len(tenants) < 2:
        return []
    header = ("owner", "shares", "asked", "owed", "done", "in time", "energy", "cost")
    rows = [_owner(tenant) for tenant in tenants[:_MOST]]
    if rest := list(tenants[_MOST:]):
        names = (
            "shares",
            "asked_op_per_s",
            "owed_op_per_s",
            "done_op_per_s",
            "in_time_op_per_s",
            "energy_j",
            "usd",
        )
        summed = {name: sum(tenant[name] for tenant in rest) for name in names}
        rows.append(_owner({"name": f"{len(rest)} more", **summed}))
    lines = ["Owners, operations a second", *to_text(header, rows, right=range(1, 8)).splitlines()]
    said = "" if fairness is None else f" Fairness (Jain) of done over owed: {fairness:.3f}."
    note = "Owed: weighted dominant resource fairness of what was asked." + said
    return [*lines, *textwrap.wrap(note, WIDTH)]


def _owner(tenant: dict[str, Any]) -> list[str]:
    rates = [_rate(tenant[f"{name}_op_per_s"]) for name in ("asked", "owed", "done", "in_time")]
    energy, money = quantity_text(tenant["energy_j"] / 3600.0, "Wh"), quantity_text(tenant["usd"], "")
    return [tenant["name"][:22], f"{tenant['shares']:g}", *rates, energy.replace(" ", ""), _tight(money)]


def _rate(value: float) -> str:
    return _tight(quantity_text(value, ""))


def _tight(text: str) -> str:
    return text.strip().replace(" ", "")


def events(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return what each event costs jobs and data; nothing where there is none."""
    lines: list[str] = []
    for event in found:
        hours = f"{event['start_utc'][:16].replace('T', ' ')} to {event['end_utc'][:16].replace('T', ' ')}"
        lines += [f"Event {event['name']}: {event['target']} {KINDS[event['kind']]}, {hours}"]
        jobs = (
            f"Of the jobs served meanwhile {event['availability_frac']:.2%} still are in time (hot: "
            f"{event['hot_availability_frac']:.2%}); {event['n_displaced']:,} had to be planned again "
            f"({quantity_text(event['displaced_op'], 'op')}): {event['n_late']:,} of them are late and "
            f"{event['n_lost']:,} lost. Work repeated: {quantity_text(event['repeated_op'], 'op')}; the "
            f"window does {quantity_text(event['lost_op'], 'op')} less; {_over(event['recovery_s'])}."
        )
        lines += textwrap.wrap(jobs, WIDTH, initial_indent="  ", subsequent_indent="  ")
        for data in event["datasets"]:
            lines += textwrap.wrap(_data(data), WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _over(recovery_s: float) -> str:
    return f"over after {duration_text(recovery_s)}" if recovery_s else "nobody notices"


def _data(data: dict[str, Any]) -> str:
    if data["answers_s"] == 0.0:
        return f"{data['name']}: its home stands."
    if not data["source"]:
        return f"{data['name']}: LOST, no replica is left."
    answers = "never" if data["answers_s"] is None else f"after {duration_text(data['answers_s'])}"
    again = "never" if data["restored_s"] is None else f"after {duration_text(data['restored_s'])}"
    return (
        f"{data['name']}: {data['source']} answers {answers}, a second copy is on the ground {again}; the "
        f"last {quantity_text(data['missing_bit'], 'bit')} of changes are missing."
    )
