"""The policy optimal: a day of 200 classes, 26 sites and 144 slots → rows, and how near the bound it comes.

    PYTHONPATH=. python benchmarks/programme_rows.py [--full]

A class is 40 equal jobs with one arrival and one deadline, so that the programme has a variable for each
class, site it may use and slot between the two. With six sites a class it is solved whole; `--full` offers
all sites to every class, more variables than are solved at once, and works on a rolling horizon.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from timing import Side, Work

from orbitdc.scheduler import Narrow, Sites, bound, check
from orbitdc.scheduler.policies.greedy import greedy
from orbitdc.scheduler.policies.optimal import optimal
from orbitdc.workload import Jobs

N_CLASSES, N_SITES, N_SLOTS, N_JOBS = 200, 26, 144, 40
SLOT_S, CARD_OP_PER_S = 600.0, 1e15


def works(quick: bool) -> list[Work]:
    """Return the day with six sites a class, a fifth as many classes where time is short."""
    jobs, sites = day(6, N_CLASSES // 5 if quick else N_CLASSES)

    def remark(plan: Any, took_s: float) -> str:
        share = plan.completed_value(jobs) / plan.limit_op
        return f"{share:.2%} of the bound, programme {plan.solver}"

    name = (
        f"optimal policy, {len(jobs.class_names)} classes x {N_SITES} sites x {N_SLOTS} slots, 6 sites each"
    )
    peer = {
        "list scheduling by prices alone (greedy)": lambda: Side(lambda: greedy(jobs, sites), 1.0, nearer)
    }

    def nearer(ours: Any, theirs: Any) -> str:
        return f"{theirs.completed_value(jobs) / ours.limit_op:.2%} of the bound"

    return [Work(name, lambda: optimal(jobs, sites), peer, remark)]


def day(n_allowed: int, n_classes: int = N_CLASSES) -> tuple[Jobs, Sites]:
    """Return the jobs of a day, each class with so many sites that it may use, and the sites."""
    draw = np.random.default_rng(5)
    mfu = draw.uniform(0.3, 0.5, n_classes)
    useful_frac = np.zeros((n_classes, N_SITES))
    for c in range(n_classes):
        may = draw.choice(N_SITES, n_allowed, replace=False)
        useful_frac[c, may] = mfu[c] * draw.uniform(0.8, 1.0, n_allowed)
    arrival = draw.integers(0, N_SLOTS, n_classes)
    span = draw.integers(N_SLOTS // 2, N_SLOTS + 1, n_classes)
    width = draw.choice([4, 8, 16, 32], n_classes)
    run_slots = draw.uniform(2.0, 12.0, n_classes)
    work_op = run_slots * SLOT_S * width * CARD_OP_PER_S * mfu
    kind = np.repeat(np.argsort(arrival, kind="stable"), N_JOBS)
    none = np.zeros(kind.size, np.int64)
    jobs = Jobs(
        window_s=N_SLOTS * SLOT_S,
        class_names=tuple(f"class-{c}" for c in range(n_classes)),
        temperature=("cold",) * n_classes,
        latency_s=np.full(n_classes, 3600.0),
        precision=("int8",) * n_classes,
        mfu_frac=mfu,
        width=width.astype(np.int64),
        collective_byte_per_op=np.zeros(n_classes),
        preemptible=np.ones(n_classes, np.bool_),
        replicas=np.ones(n_classes, np.int64),
        in_orbit=np.ones(n_classes, np.bool_),
        cities=("a",),
        tenants=("all",),
        job_class=kind,
        origin=none,
        arrival_s=arrival[kind] * SLOT_S,
        deadline_s=span[kind] * SLOT_S,
        work_op=work_op[kind],
        input_bit=np.zeros(kind.size),
        output_bit=np.zeros(kind.size),
        value=draw.uniform(0.5, 4.0, n_classes)[kind],
        late_ok=np.zeros(kind.size, np.bool_),
        n_jobs=np.ones(kind.size, np.int64),
        tenant=none,
        priority=none,
    )
    swing = 1.0 + 0.4 * np.sin(2.0 * np.pi * (np.arange(N_SLOTS) / N_SLOTS + draw.random((N_SITES, 1))))
    op = draw.uniform(0.5, 1.5, (N_SITES, 1)) * swing
    op *= (jobs.work_op / useful_frac.max(axis=1)[kind]).sum() / 1.25 / op.sum()
    unlimited = np.full(op.shape, np.inf)
    sites = Sites(
        slot_s=SLOT_S,
        names=tuple(f"site-{k:02d}" for k in range(N_SITES)),
        sides=("orbit",) * 4 + ("west",) * 11 + ("east",) * 11,
        op=op,
        card_op_per_s=np.full(N_SITES, CARD_OP_PER_S),
        up_bit=unlimited,
        down_bit=unlimited.copy(),
        latency_s=np.full((N_SITES, 1, N_SLOTS), 0.02),
        useful_frac=useful_frac,
        price_usd_per_op=np.zeros(op.shape),
        carbon_kg_per_op=np.zeros(op.shape),
        water_l_per_op=np.zeros(op.shape),
        paired=np.zeros((1, N_SITES), np.bool_),
        narrow=Narrow.none(1, *op.shape),
    )
    return jobs, sites


def main() -> None:
    """Print the time and the share of the bound."""
    jobs, sites = day(N_SITES if "--full" in sys.argv else 6)
    began_s, cpu_s = time.perf_counter(), time.process_time()
    plan = optimal(jobs, sites)
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    check(jobs, sites, plan)
    best, limit = plan.completed_value(jobs), min(plan.limit_op, bound(jobs, sites).value_op)
    print(
        f"{took_s:.1f} s ({cpu_s:.1f} CPU s): programme {plan.solver}; best {best:.6g}, bound {limit:.6g}, "
        f"gap {limit / best - 1.0:.2%}"
    )


if __name__ == "__main__":
    main()
