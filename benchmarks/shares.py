"""Shares: windows of the shipped scenarios → what the policy greedy reaches of the bound in each.

    PYTHONPATH=. python benchmarks/shares.py [N] [SCENARIO]...    N windows of each, evenly chosen; 0 for all

Every scenario is planned by greedy, whatever its own policy, as one machine: its owners' quotas hold, turns
and guaranteed shares do not, because the bound knows of neither.
Contended days: `contended.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np

from orbitdc import simulate
from orbitdc.scenario.reader import load
from orbitdc.scheduler import POLICIES, Schedule, Sites, bound, check, replay
from orbitdc.workload import Jobs

SHIPPED = (
    "beijing-2035", "east-west-2022", "gigawatt-swarm", "guangxi-2026", "one-machine", "coverage-demo",
)  # fmt: skip
N_WINDOWS = 12


class _Asked(Exception):  # noqa: N818
    """Leaves a window once its jobs and sites are known."""


def asked(name: str, n_windows: int) -> Iterator[tuple[int, Jobs, Sites]]:
    """Yield number, jobs and sites of so many windows of a shipped scenario, of all of them if 0."""
    found: list[tuple[Jobs, Sites]] = []

    def note(jobs: Jobs, sites: Sites) -> Schedule:
        found.append((jobs, sites))
        raise _Asked

    plan = simulate.prepare(load(name, ["scheduler.sharing=pooled"]), policy=note)
    n = len(plan.windows)
    for index in np.unique(np.linspace(0, n - 1, min(n, n_windows or n)).round().astype(int)).tolist():
        try:
            simulate.simulate_window(plan, index)
        except _Asked:
            yield (index, *found.pop())


def share_frac(jobs: Jobs, sites: Sites) -> float:
    """Return what greedy reaches of the bound, its plan held to all laws; 1 where nothing can be done."""
    plan = POLICIES["greedy"](jobs, sites)
    check(jobs, sites, plan)
    replay(jobs, sites, plan)
    limit = bound(jobs, sites).value_op
    return plan.completed_value(jobs) / limit if limit > 0.0 else 1.0


def main() -> None:
    """Print a row per scenario."""
    n_windows = int(sys.argv[1]) if len(sys.argv) > 1 else N_WINDOWS
    print(f"{'scenario':16s} {'windows':>7s} {'worst':>8s} {'(window)':>9s} {'median':>8s} {'CPU s':>9s}")
    for name in sys.argv[2:] or SHIPPED:
        shares, took_s = {}, 0.0
        for index, jobs, sites in asked(name, n_windows):
            began_s = time.process_time()
            shares[index] = share_frac(jobs, sites)
            took_s += time.process_time() - began_s
        worst = min(shares, key=lambda index: shares[index])
        print(
            f"{name:16s} {len(shares):7d} {shares[worst]:8.2%} {worst:9d} "
            f"{np.median(list(shares.values())):8.2%} {took_s / len(shares):9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
