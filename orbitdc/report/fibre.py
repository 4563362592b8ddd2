"""Fibre in words: the lines that a phase used most → a table, and what was full, 80 columns."""

from __future__ import annotations

import textwrap
from typing import Any

from ..results.reach import FULL
from .tables import phase_lines, quantity_text

WIDTH = 80
N_SHOWN = 5

Part = dict[str, Any]


def line_lines(phase: Part) -> list[str]:
    """Return the busiest lines of fibre, one way each, in shares of what is open of them.

    Parameters
    ----------
    phase : dict
        A phase of summary.json, or its total.

    Returns
    -------
    list of str
        Nothing where nothing crossed any line.
    """
    network = phase["network"]
    rows = [
        [
            f"{line['from'][:22]} - {line['to'][:22]}",
            f"{quantity_text(line['bit_per_day'], 'bit')}/d",
            share_text(line["used_frac"]),
            share_text(line["peak_frac"]),
        ]
        for line in network.get("lines", ())[:N_SHOWN]
    ]
    if not rows:
        return []
    header = ("carried", "used", "busiest slot")
    n_used, n_full = network["n_lines_used"], network["n_lines_full"]
    said = f"{n_used} lines carried anything, one way each; {n_full or 'none'} of them full in some slot."
    return [*phase_lines(phase, "fibre", header, rows, right=range(1, 4)), said]


def full_lines(phases: list[Part]) -> list[str]:
    """Return which lines of fibre were full at some time; nothing where none was."""
    full = [
        f"{line['from']} - {line['to']}" for phase in phases for line in phase["network"].get("lines", ())
        if line["peak_frac"] >= FULL
    ]  # fmt: skip
    if not full:
        return []
    named = list(dict.fromkeys(full))
    more = f" and {len(named) - N_SHOWN} more" if len(named) > N_SHOWN else ""
    return textwrap.wrap(f"Fibre was full at times: {', '.join(named[:N_SHOWN])}{more}.", WIDTH)


def share_text(share: float) -> str:
    """Return a share in per cent, small ones with two digits.

    >>> share_text(0.289), share_text(0.00042), share_text(0.0)
    ('29%', '0.042%', '0%')
    """
    return f"{share:.0%}" if share >= 0.1 or share == 0.0 else f"{100.0 * share:.2g}%"
