"""The validation table: results → text of 80 columns, sources numbered at its foot."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from .runner import Result

WIDTH = 80
_LABEL = 33
_HEAD = f"{'case, tightest quantity':{_LABEL}}{'ours':>12}{'theirs':>12}{'off by':>9}{'allowed':>9}  "


def table(results: Sequence[Result]) -> str:
    """Return the results for a person to read: a block for each part, failures marked, sources below.

    Parameters
    ----------
    results : sequence of Result

    Returns
    -------
    str
        Lines of at most 80 columns.
    """
    sources: dict[str, int] = {}
    lines: list[str] = []
    for part in dict.fromkeys(result.case.part for result in results):
        lines += _block(part, [result for result in results if result.case.part == part], sources)
    lines += ["Sources"]
    for source, number in sources.items():
        lines += textwrap.wrap(f"[{number}] {source}", WIDTH, subsequent_indent="     ")
    return "\n".join([*lines, "", *verdict(results)])


def verdict(results: Sequence[Result]) -> list[str]:
    """Return the closing lines: how many hold, which do not, how many have no part here."""
    held = sum(result.ok is True for result in results)
    broken = [result.case.id for result in results if result.ok is False]
    absent = sum(result.ok is None for result in results)
    summary = f"{held} of {held + len(broken)} cases within tolerance; {absent} not covered, not counted"
    return textwrap.wrap(summary, WIDTH) + textwrap.wrap(
        "NOT MET: " + ", ".join(broken) if broken else "", WIDTH, subsequent_indent="  "
    )


def _block(part: str, results: Sequence[Result], sources: dict[str, int]) -> list[str]:
    counted = [result for result in results if result.ok is not None]
    lines = [f"{part}: {sum(result.ok is True for result in counted)} of {len(counted)} within tolerance"]
    lines += [_HEAD.rstrip()] if counted else []
    for result in counted:
        number = sources.setdefault(result.case.source, len(sources) + 1)
        lines += _row(result, f"[{number}]")
    absent: dict[str, list[str]] = {}
    for result in results:
        if result.ok is None:
            absent.setdefault(result.reason, []).append(result.case.id)
    for reason, ids in absent.items():
        which = ids[0] if len(ids) == 1 else f"{len(ids)} cases, {ids[0]} to {ids[-1]}"
        lines += textwrap.wrap(f"not covered: {which}: {reason}", WIDTH, subsequent_indent="  ")
    return [*lines, ""]


def _row(result: Result, mark: str) -> list[str]:
    check = result.tightest
    if check is None:
        return textwrap.wrap(f"FAILED {result.case.id}: {result.reason}", WIDTH, subsequent_indent="  ")
    label = ("" if result.ok else "FAILED ") + f"{result.case.id} {check.quantity}"
    numbers = (
        f"{_value(check.ours):>12}{_value(check.theirs):>12}"
        f"{_small(check.difference):>9}{_small(check.tolerance):>9} {mark}"
    )
    if len(label) < _LABEL:
        return [f"{label:{_LABEL}}{numbers}"]
    return [*textwrap.wrap(label, WIDTH), " " * _LABEL + numbers]


def _value(number: float) -> str:
    if isinstance(number, bool):
        return "yes" if number else "no"
    return f"{number:.6g}" if number == 0.0 or 1e-3 <= abs(number) < 1e7 else f"{number:.4e}"


def _small(number: float) -> str:
    return "0" if number == 0.0 else f"{number:.1e}" if math.isfinite(number) else str(number)
