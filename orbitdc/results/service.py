"""Service of a span: windows → how busy each side was, how long users waited, what each owner got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S
from ..scheduler.fairness import fairness_index
from ..scheduler.sites import SIDES
from ..workload import class_names, owners_of, temperatures

if TYPE_CHECKING:
    from ..chunk import ChunkResult
    from ..scenario.models import Scenario

Floats = NDArray[np.float64]

OWNED = ("asked_op", "owed_op", "done_op", "in_time_op")
PAID = {"load_j": "energy_j", "usd": "usd", "carbon_kg": "carbon_kg", "water_l": "water_l"}
"""Account of a site → what its users carry of it, each by the card operations that it used."""

LATENCY_STEP_S = 1e-6
"""Latencies are told apart to a microsecond."""


class Service:
    """What users saw of the windows added, weighted with the days that these stand for."""

    def __init__(self, scenario: Scenario, sites: Sequence[str]) -> None:
        self._scenario = scenario
        self._sites = tuple(sites)
        self._owners = owners_of(scenario)
        self._side = {name: np.zeros(2) for name in SIDES}
        self._waits: dict[str, dict[int, float]] = {}
        self._owned = {name: np.zeros(len(self._owners)) for name in OWNED}
        self._count = {name: np.zeros(len(self._owners), np.int64) for name in ("submitted", "completed")}
        self._stake = np.zeros((len(self._owners), len(self._sites)))
        self._weight_d = 0.0

    def add(self, result: ChunkResult) -> None:
        """Add one window."""
        weight_d = result.number("weight_d")
        stands_for = weight_d * DAY_S / result.number("duration_s")
        self._weight_d += weight_d
        for number, side in enumerate(SIDES):
            of = result["site_side"] == number
            own, used, installed = (
                float(result[f"site_{key}_op"][of].sum()) for key in ("own", "used", "installed")
            )
            self._side[side] += stands_for * np.array([own + used, installed])
        for name in OWNED:
            self._owned[name] += stands_for * result[f"owner_{name}"]
        for name, count in self._count.items():
            count += result[f"owner_n_{name}"]
        np.add.at(
            self._stake, (result["stake_tenant"], result["stake_site"]), stands_for * result["stake_card_op"]
        )
        self._add_waits(result, stands_for)

    def _add_waits(self, result: ChunkResult, stands_for: float) -> None:
        latency_s = result["job_latency_s"]
        ran = np.isfinite(latency_s)
        ticks = np.rint(latency_s[ran] / LATENCY_STEP_S).astype(np.int64)
        classes, n_jobs = result["job_class"][ran], result["job_n_jobs"][ran]
        for number, name in enumerate(class_names(self._scenario, int(result["phase"]))):
            own = classes == number
            waits = self._waits.setdefault(name, {})
            found, where = np.unique(ticks[own], return_inverse=True)
            for tick, jobs in zip(found.tolist(), np.bincount(where, n_jobs[own]).tolist(), strict=True):
                waits[tick] = waits.get(tick, 0.0) + stands_for * jobs

    def report(self, sites: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return `service` and `tenants` of a span, given the accounts of its sites."""
        kinds, trace = temperatures(self._scenario), self._scenario.workload.trace
        hot = {name for name in self._waits if kinds[name if trace is None else trace.like] == "hot"}
        return {
            "service": {
                **{
                    f"{name}_utilisation_frac": float(busy / installed) if installed else 0.0
                    for name, (busy, installed) in self._side.items()
                },
                **_percentiles("hot_latency", [waits for name, waits in self._waits.items() if name in hot]),
                "fairness_index": self._fairness(),
            },
            "latency": [
                {"class": name, **_percentiles("latency", [waits])}
                for name, waits in sorted(self._waits.items())
            ],
            "tenants": [self._tenant(number, sites) for number in range(len(self._owners))],
        }

    def _fairness(self) -> float:
        owed = self._owned["owed_op"]
        due = owed > 0.0
        return fairness_index(self._owned["done_op"][due] / owed[due])

    def _tenant(self, number: int, sites: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        name = self._owners[number]
        rights = self._scenario.tenants.get(name)
        seconds = self._weight_d * DAY_S
        return {
            "name": name,
            "shares": rights.shares if rights else 1.0,
            "guaranteed_frac": rights.guaranteed_frac if rights else 0.0,
            **{
                f"{key}_per_s": float(values[number]) / seconds if seconds else 0.0
                for key, values in self._owned.items()
            },
            **{f"n_{key}": int(count[number]) for key, count in self._count.items()},
            **self._paid(number, sites),
        }

    def _paid(self, number: int, sites: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Return an owner's part of what the sites cost: by card operations, all that each site did."""
        paid = dict.fromkeys(PAID.values(), 0.0)
        for row, site in enumerate(sites):
            seconds = self._weight_d * DAY_S
            busy_op = (site["used_op_per_s"] + site["own_op_per_s"]) * seconds
            if not busy_op > 0.0:
                continue
            part = float(self._stake[number, row]) / busy_op
            for account, name in PAID.items():
                paid[name] += part * float(site[account])
        return paid


def _percentiles(stem: str, parts: Sequence[Mapping[int, float]]) -> dict[str, float | None]:
    """Return the median and the 99th percentile of weighted ticks [s]; None of nothing."""
    ticks = np.array([tick for part in parts for tick in part], np.int64)
    weight = np.array([jobs for part in parts for jobs in part.values()], np.float64)
    if not weight.sum() > 0.0:
        return {f"{stem}_p50_s": None, f"{stem}_p99_s": None}
    order = np.argsort(ticks, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    at = {key: int(np.searchsorted(share, level - 1e-12)) for key, level in (("p50", 0.5), ("p99", 0.99))}
    return {
        f"{stem}_{key}_s": float(ticks[order][min(i, len(order) - 1)]) * LATENCY_STEP_S
        for key, i in at.items()
    }
