"""Jobs under failures: cases → our times, energies and best checkpoint intervals beside theirs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ..scheduler.running import daly_interval_s, run_through
from .cases import Case, Check


def running(case: Case) -> Iterator[Check]:
    """Play a trace of failures through one job, or find the best interval between checkpoints."""
    if case.id.startswith("daly-"):
        best_min = float(daly_interval_s(case.inputs["write_min"], case.inputs["mtbi_min"]))
        yield Check("interval_min", best_min, case.expected["interval_min"], case.tolerance["min"])
    else:
        yield from _trace(case)


def _trace(case: Case) -> Iterator[Check]:
    """Hold one job against OpenDC, which gives a task up at its tenth failure and counts no restart."""
    given = case.inputs
    failures = [(up_s, down_s) for up_s, down_s in given["failures_up_down_s"]]
    ran = run_through(
        given["work_s"],
        given.get("interval_s", math.inf),
        given.get("write_s", 0.0),
        0.0,
        itertools.cycle(failures) if "repeated" in given else failures,
        given.get("repeated"),
    )
    energy_j = (
        (ran.worked_s + ran.lost_s) * given["working_w"]
        + ran.written_s * given["saving_w"]
        + ran.down_s * given["idle_w"]
    )
    yield Check("total_s", ran.total_s, case.expected["total_s"], case.tolerance["s"])
    yield Check("energy_j", energy_j, case.expected["energy_j"], case.tolerance["J"])
