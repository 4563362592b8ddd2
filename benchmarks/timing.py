"""Timing: pieces of work, ours and each peer's → medians of CPU seconds, ratios and their spread.

Every side first runs once, untimed (imports, compilation, caches), and what it found is compared with ours.
Then each round runs all sides of a piece of work, one after the other in this process, so that a busy machine
slows them alike. `ours_s` and `peer_s` are medians over the rounds, the ratio is the median of the rounds'
ratios, the spread the largest less the smallest ratio over the median. A slow peer may do a part of the work;
its seconds are divided by that part.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 5

Clock = Callable[[], float]
wall: Clock = time.perf_counter


def cpu() -> float:
    """Return the CPU seconds of this process, all threads, and of the processes that it started."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


class DisagreementError(RuntimeError):
    """Two sides of a piece of work found different things: no ratio can be quoted."""


@dataclass(frozen=True)
class Side:
    """One way to do a piece of work."""

    run: Callable[[], Any]
    part: float = 1.0
    """How much of the work it does."""
    compare: Callable[[Any, Any], str] = field(default=lambda ours, theirs: "")
    """Takes our result and its own: returns a remark, or raises `DisagreementError`."""


@dataclass(frozen=True)
class Work:
    """A piece of work, who does it, and how the others are made: `ImportError` says one is not installed."""

    name: str
    ours: Callable[[], Any]
    peers: dict[str, Callable[[], Side]]
    remark: Callable[[Any, float], str] | None = None
    """Takes our result and our seconds: something worth a line under the table."""


@dataclass(frozen=True)
class Row:
    """One measured row; `peer_s`, `ratio` and `spread` are None where the peer is not installed."""

    work: str
    peer: str
    ours_s: float
    peer_s: float | None
    ratio: float | None
    spread: float | None


def seconds(function: Callable[[], Any], clock: Clock = cpu) -> float:
    """Return the seconds that a call takes."""
    before = clock()
    function()
    return clock() - before


def measure(work: Work, rounds: int = ROUNDS) -> tuple[list[Row], list[str]]:
    """Return a row for each peer of a piece of work, and remarks."""
    found = work.ours()
    sides: dict[str, Side | None] = {}
    remarks = []
    for name, make in work.peers.items():
        try:
            side = make()
            theirs = side.run()
        except ImportError:
            sides[name] = None
            continue
        try:
            remark = side.compare(found, theirs)
        except DisagreementError as error:
            raise SystemExit(f"{work.name}: orbitdc and {name} differ: {error}") from error
        sides[name] = side
        remarks += [f"{work.name}, {name}: {remark}"] if remark else []
        del theirs
    ours_s: list[float] = []
    theirs_s: dict[str, list[float]] = {name: [] for name, side in sides.items() if side}
    for _ in range(rounds):
        ours_s.append(seconds(work.ours))
        for name, side in sides.items():
            if side:
                theirs_s[name].append(seconds(side.run) / side.part)
    median_s = statistics.median(ours_s)
    if work.remark:
        remarks.append(f"{work.name}: {work.remark(found, median_s)}")
    rows = []
    for name, side in sides.items():
        if side is None:
            rows.append(Row(work.name, name, median_s, None, None, None))
        else:
            rows.append(
                Row(
                    work.name,
                    name,
                    median_s,
                    statistics.median(theirs_s[name]),
                    *_ratio(ours_s, theirs_s[name]),
                )
            )
    return rows, remarks


def compare_walls(
    work: str, peer: str, ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS
) -> Row:
    """Return a row of wall-clock seconds, for questions that CPU seconds cannot answer.

    Others on the machine can only lengthen these, so they are the shortest of the rounds, not the medians.
    """
    ours()
    theirs()
    pairs = [(seconds(ours, wall), seconds(theirs, wall)) for _ in range(rounds)]
    ours_s, theirs_s = (min(pair[i] for pair in pairs) for i in (0, 1))
    _, spread = _ratio(*([pair[i] for pair in pairs] for i in (0, 1)))
    return Row(work, peer, ours_s, theirs_s, theirs_s / ours_s, spread)


def _ratio(ours_s: Sequence[float], theirs_s: Sequence[float]) -> tuple[float, float]:
    """Return the median of the rounds' ratios and their spread."""
    ratios = [theirs / ours for ours, theirs in zip(ours_s, theirs_s, strict=True)]
    ratio = statistics.median(ratios)
    return ratio, (max(ratios) - min(ratios)) / ratio
