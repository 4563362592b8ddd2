"""Jobs under failures: cases → our times, energies and best checkpoint intervals beside theirs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ..constants import DAY_S
from ..scenario.models import Running
from ..scheduler.running import daly_interval_s, run_through, useful_frac
from .cases import Case, Check, relative, share_of


def running(case: Case) -> Iterator[Check]:
    """Play a trace of failures through one job, or find the best interval between checkpoints."""
    if case.id.startswith("daly-"):
        best_min = float(daly_interval_s(case.inputs["write_min"], case.inputs["mtbi_min"]))
        yield Check("interval_min", best_min, case.expected["interval_min"], case.tolerance["min"])
    elif case.id.startswith("llama-"):
        yield from _defaults(case)
    else:
        yield from _trace(case)


def _defaults(case: Case) -> Iterator[Check]:
    """Hold what a scenario assumes where it says nothing against a run that reported its interruptions."""
    given, ours = case.inputs, Running()
    mtbi_s = given["days"] * DAY_S / given["interruptions"]
    load_s = given["state_byte_per_card"] * 8.0 / ours.storage_bit_per_s
    interval_s = daly_interval_s(load_s, mtbi_s)
    kept_frac = float(useful_frac(interval_s, load_s, ours.restart_s + load_s + ours.warm_up_s, mtbi_s))
    yield Check("useful_frac", kept_frac, case.expected["useful_frac"], case.tolerance["frac"])
    counted = given["unexpected"] / given["days"] / given["cards"]
    yield relative("faults_per_card_day", ours.faults_per_day, counted, share_of(case.tolerance["share"]))


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
