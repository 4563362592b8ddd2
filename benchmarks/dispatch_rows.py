"""Dispatch: a million jobs placed on sites and slots, with room for all and with work for twice that → rows.

The peer is the same rule in plain Python: nobody else places jobs in orbit and on the ground.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from timing import DisagreementError, Side, Work

from orbitdc.kernels.dispatch import dispatch
from orbitdc.scheduler import POLICIES, Narrow
from orbitdc.scheduler.sites import Sites
from orbitdc.workload import Jobs

N_SITES, N_SLOTS, N_CHOICES, N_GROUPS = 50, 288, 8, 200
SLOT_S = 300.0
LOADS = {"room for all": 0.5, "work for twice the capacity": 2.0}


def works(quick: bool) -> list[Work]:
    """Return the bare kernel on jobs in order, and the scheduler's whole policy, both ways loaded."""
    n = 100_000 if quick else 1_000_000
    found = []
    for name, load in LOADS.items():
        case = Placing(n, load)
        few = Placing(5_000, load)
        peer: dict[str, Callable[[], Side]] = {
            "the same loop in plain Python": functools.partial(few.plain_side, n)
        }
        found.append(
            Work(f"dispatch kernel, {n:.0e} jobs, {name}", case.run, peer, functools.partial(_remark, n))
        )
    jobs, sites = _scenario(n)
    found.append(
        Work(
            f"greedy policy, {n:.0e} jobs, work for twice the capacity",
            lambda: POLICIES["greedy"](jobs, sites).site,
            {
                "the same loop in plain Python": functools.partial(
                    Placing(5_000, 2.0).plain_side, n, check=False
                )
            },
            functools.partial(_remark, n),
        )
    )
    return found


def _remark(n: int, site: Any, took_s: float) -> str:
    return f"{n / took_s / 1e6:.1f} million jobs per CPU second, {np.mean(site >= 0):.0%} placed"


class Placing:
    """Jobs in order of deadline, each with eight of fifty sites to choose from and up to six slots."""

    def __init__(self, n: int, load: float) -> None:
        draw = np.random.default_rng(1)
        release = draw.integers(0, N_SLOTS, n)
        span = draw.integers(1, 7, n)
        order = np.argsort(release + span, kind="stable")
        self.release, self.span = release[order], span[order]
        self.work = draw.uniform(0.5, 1.5, n)
        self.group = draw.integers(0, N_GROUPS, n)
        self.ranked = np.stack(
            [draw.choice(np.arange(1, N_SITES), N_CHOICES, replace=False) for _ in range(N_GROUPS)]
        )
        self.capacity = np.full((N_SITES, N_SLOTS), self.work.sum() / load / (N_SITES - 1) / N_SLOTS)

    def run(self) -> Any:
        """Return the site of each job by the kernel, nothing placed before."""
        n = self.release.size
        nothing = np.zeros(n)
        links = np.full((2 * N_SITES, N_SLOTS), np.inf)
        capacity = np.vstack([self.capacity, links])
        used = np.zeros_like(capacity)
        skip = np.tile(np.arange(N_SLOTS + 1), (len(capacity), 1))
        site, start, end, lacked = (np.full(n, -1) for _ in range(4))
        one, every = np.ones(n, np.int64), np.zeros(n, np.int64)
        per_op, most = np.ones((1, N_SITES)), np.full((1, N_SITES), np.inf)
        free, no_way = np.zeros(N_SITES, np.bool_), np.full((1, 0, 0), -1)
        no_place = np.full((1, N_SITES, N_SLOTS), -1)
        dispatch(
            self.release, self.span, self.work, nothing, nothing, one, every, every, self.group, self.group,
            self.ranked, per_op, most, np.zeros(1, np.bool_), np.zeros((N_GROUPS, N_SITES), np.int64),
            np.zeros((1, N_SLOTS), np.bool_), free, no_way, no_way, no_place, 1, capacity, used,
            skip, site, start, end, lacked,
        )  # fmt: skip
        return site

    def plain_side(self, n: int, *, check: bool = True) -> Side:
        """Return the plain loop over these few jobs, as a part of `n`."""

        def compare(found: Any, theirs: list[int]) -> str:
            if check and theirs != self.run().tolist():
                raise DisagreementError("a job is placed elsewhere")
            return ""

        return Side(self.plain, self.release.size / n, compare)

    def plain(self) -> list[int]:
        """Place the jobs one by one, slot by slot, in Python."""
        room = self.capacity.tolist()
        ranked = self.ranked.tolist()
        found = []
        for first, span, work, group in zip(
            self.release.tolist(), self.span.tolist(), self.work.tolist(), self.group.tolist(), strict=True
        ):
            here = -1
            for site in ranked[group]:
                slots = room[site]
                left = work
                for k in range(first, first + span):
                    left -= slots[k % N_SLOTS]
                    if left <= 0.0:
                        break
                if left > 0.0:
                    continue
                here, left = site, work
                for k in range(first, first + span):
                    taken = min(left, slots[k % N_SLOTS])
                    slots[k % N_SLOTS] -= taken
                    left -= taken
                break
            found.append(here)
        return found


def _scenario(n: int) -> tuple[Jobs, Sites]:
    """Return jobs of three classes from ten cities, and sites that can do half of them."""
    draw = np.random.default_rng(2)
    window_s = N_SLOTS * SLOT_S
    work_op = draw.uniform(0.5e15, 1.5e15, n)
    jobs = Jobs(
        window_s=window_s,
        class_names=("chat", "training", "imagery"),
        temperature=("hot", "cold", "space"),
        latency_s=np.array([0.1, 3600.0, 3600.0]),
        precision=("int8",) * 3,
        mfu_frac=np.ones(3),
        width=np.ones(3, np.int64),
        collective_byte_per_op=np.zeros(3),
        preemptible=np.ones(3, np.bool_),
        replicas=np.ones(3, np.int64),
        in_orbit=np.ones(3, np.bool_),
        cities=tuple(f"city-{k}" for k in range(10)),
        tenants=("all",),
        job_class=draw.integers(0, 3, n),
        origin=draw.integers(0, 10, n),
        arrival_s=np.sort(draw.uniform(0.0, window_s, n)),
        deadline_s=draw.uniform(SLOT_S, 6 * SLOT_S, n),
        work_op=work_op,
        input_bit=np.full(n, 1e6),
        output_bit=np.full(n, 1e6),
        value=draw.integers(1, 5, n).astype(np.float64),
        late_ok=draw.random(n) < 0.5,
        n_jobs=np.ones(n, dtype=np.int64),
        tenant=np.zeros(n, dtype=np.int64),
        priority=np.zeros(n, dtype=np.int64),
    )
    n_sites = 9
    shape = (n_sites, N_SLOTS)
    bit = np.full(shape, np.inf)
    bit[0] = n * 1e6 / N_SLOTS
    latency_s = draw.uniform(0.005, 0.05, (n_sites, 10)) + np.eye(n_sites)[0][:, None]
    sites = Sites(
        slot_s=SLOT_S,
        names=("orbit", *(f"hub-{k}" for k in range(n_sites - 1))),
        sides=("orbit", *("east" if k % 2 else "west" for k in range(n_sites - 1))),
        op=np.full(shape, work_op.sum() / 2.0 / n_sites / N_SLOTS),
        card_op_per_s=np.full(n_sites, np.inf),
        up_bit=bit,
        down_bit=bit.copy(),
        latency_s=np.repeat(latency_s[:, :, None], N_SLOTS, axis=2),
        useful_frac=np.ones((3, n_sites)),
        price_usd_per_op=np.zeros(shape),
        carbon_kg_per_op=np.zeros(shape),
        water_l_per_op=np.zeros(shape),
        paired=np.zeros((10, n_sites), np.bool_),
        narrow=Narrow.none(10, n_sites, N_SLOTS),
    )
    return jobs, sites
