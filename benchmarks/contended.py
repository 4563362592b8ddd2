"""Contended days: a seed → jobs and sites that ask for more than there is, half the deadlines tight.

    PYTHONPATH=. python benchmarks/contended.py [N]        what each policy reaches of the bound on N days

Load (work asked for, at the best site of each job, over capacity) is drawn from 1.0 to 1.5; the run time of
a job at its full width from half a slot to ten; half the deadlines are under twice the run time, the others
up to ten times. Two orbital centres have links that open in passes and capacity that falls in eclipses; four
hubs have neither. A third of the jobs may not be cut, some are answered within a slot, some are of space.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from orbitdc.scheduler import POLICIES, Narrow, Sites, bound, check
from orbitdc.workload import Jobs

N_JOBS, N_SLOTS, SLOT_S = 2000, 96, 900.0
NAMES = ("ring", "cluster", "north", "west", "delta", "south")
SIDES = ("orbit", "orbit", "west", "west", "east", "east")
TEMPERATURES = ("hot", "hot", "warm", "warm", "cold", "cold", "cold", "space")
CITIES = ("a", "b", "c")
CARD_OP_PER_S = 1e15


def contended(seed: int, n_jobs: int = N_JOBS, tight_frac: float = 0.5) -> tuple[Jobs, Sites]:
    """Return the jobs of one contended day and its sites."""
    draw = np.random.default_rng(seed)
    load = draw.uniform(1.0, 1.5)
    n_class, n_site = len(TEMPERATURES), len(NAMES)
    mfu = draw.uniform(0.25, 0.5, n_class)
    useful_frac = mfu[:, None] * draw.uniform(0.85, 1.0, (n_class, n_site))
    width = draw.choice([1, 2, 4, 8], n_class)
    kind = draw.integers(0, n_class, n_jobs)
    run_slots = np.clip(draw.lognormal(np.log(3.0), 0.7, n_jobs), 0.5, 10.0)
    work_op = run_slots * SLOT_S * width[kind] * CARD_OP_PER_S * mfu[kind]
    tight = draw.random(n_jobs) < tight_frac
    stretch = np.where(tight, draw.uniform(1.2, 2.0, n_jobs), draw.uniform(2.0, 10.0, n_jobs))
    arrival_s = np.sort(draw.random(n_jobs)) * N_SLOTS * SLOT_S
    jobs = Jobs(
        window_s=N_SLOTS * SLOT_S,
        class_names=tuple(f"{name}-{k}" for k, name in enumerate(TEMPERATURES)),
        temperature=TEMPERATURES,
        latency_s=np.array([0.05, 0.03, 2.0, 5.0, 3600.0, 3600.0, 3600.0, 3600.0]),
        precision=("int8",) * n_class,
        mfu_frac=mfu,
        width=width.astype(np.int64),
        collective_byte_per_op=np.zeros(n_class),
        preemptible=np.arange(n_class) % 3 != 0,
        replicas=np.ones(n_class, np.int64),
        in_orbit=np.ones(n_class, np.bool_),
        cities=CITIES,
        tenants=("all",),
        job_class=kind,
        origin=draw.integers(0, len(CITIES), n_jobs),
        arrival_s=arrival_s,
        deadline_s=(run_slots * stretch + 1.0) * SLOT_S,
        work_op=work_op,
        input_bit=np.where(kind == n_class - 1, 0.0, draw.uniform(0.2, 1.0, n_jobs) * 1e9),
        output_bit=draw.uniform(0.2, 1.0, n_jobs) * 1e9,
        value=draw.uniform(0.5, 1.5, n_jobs) * draw.choice([1.0, 2.0, 4.0], n_class)[kind],
        late_ok=draw.random(n_jobs) < 0.3,
        n_jobs=np.ones(n_jobs, np.int64),
        tenant=np.zeros(n_jobs, np.int64),
        priority=np.zeros(n_jobs, np.int64),
    )
    k = np.arange(N_SLOTS)
    share = draw.uniform(0.5, 1.5, n_site)
    op = np.repeat(share[:, None], N_SLOTS, axis=1)
    for centre in range(2):  # an orbit of six slots with one in the dark, and passes over the stations
        op[centre] *= np.where((k + draw.integers(6)) % 6 == 0, draw.uniform(0.2, 0.6), 1.0)
    card_op = (work_op[:, None] / useful_frac[kind]).min(axis=1).sum()
    op *= card_op / load / op.sum()
    bit = np.full((n_site, N_SLOTS), np.inf)
    for centre in range(2):
        passes = np.where(draw.random(N_SLOTS) < 0.7, draw.uniform(0.5, 1.5, N_SLOTS), 0.0)
        bit[centre] = passes * n_jobs / n_site * 1e9 / passes.sum() * draw.uniform(0.6, 1.5)
    latency_s = np.vstack([draw.uniform(0.02, 0.08, (2, 3)), draw.uniform(0.005, 0.045, (4, 3))])
    shape = (n_site, N_SLOTS)
    sites = Sites(
        slot_s=SLOT_S,
        names=NAMES,
        sides=SIDES,
        op=op,
        card_op_per_s=np.full(n_site, CARD_OP_PER_S),
        up_bit=bit,
        down_bit=bit.copy(),
        latency_s=np.repeat(latency_s[:, :, None], N_SLOTS, axis=2),
        useful_frac=useful_frac,
        price_usd_per_op=np.zeros(shape),
        carbon_kg_per_op=np.zeros(shape),
        water_l_per_op=np.zeros(shape),
        paired=np.zeros((len(CITIES), n_site), np.bool_),
        narrow=Narrow.none(len(CITIES), *shape),
    )
    return jobs, sites


def main() -> None:
    """Print what the policies reach of the bound, day by day, and the worst and the median."""
    n_days = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    names = sys.argv[2:] or ["greedy"]
    shares: dict[str, list[float]] = {name: [] for name in names}
    cpu_s: dict[str, float] = dict.fromkeys(names, 0.0)
    for seed in range(n_days):
        jobs, sites = contended(seed)
        limit = bound(jobs, sites).value_op
        for name in names:
            began_s = time.process_time()
            plan = POLICIES[name](jobs, sites)
            cpu_s[name] += time.process_time() - began_s
            check(jobs, sites, plan)
            shares[name].append(plan.completed_value(jobs) / min(limit, plan.limit_op))
    for name, share in shares.items():
        print(
            f"{name}: {n_days} days, worst {min(share):.2%} (day {int(np.argmin(share))}), "
            f"median {np.median(share):.2%}, best {max(share):.2%} of the bound; "
            f"{cpu_s[name] / n_days:.2f} CPU s a day"
        )


if __name__ == "__main__":
    main()
