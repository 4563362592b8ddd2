"""A stand-in for `orbitdc.simulate` with the same doors and no physics: a sine for every series."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np

from orbitdc.fleet.entities import Fleet
from orbitdc.orbit.design import raan_rad, semi_major_axis_m, sun_synchronous_inclination_rad
from orbitdc.orbit.elements import synthetic
from orbitdc.results.reach import Reach
from orbitdc.results.running import YARDSTICK, Gangs
from orbitdc.scenario.models import Network, Scenario
from orbitdc.scenario.reader import load
from orbitdc.scenario.workload import Workload

START = datetime(2026, 1, 1, tzinfo=UTC)
PHASES = ("first", "second")
STATIONS = ("kashi", "sanya", "mohe")
CLASSES = ("inference", "training", "imagery")
SITES = ("orbit", "guizhou", "ningxia")
CENTRE = SimpleNamespace(
    name=SITES[0],
    role="compute",
    spacecraft="starcloud-1",
    orbit=SimpleNamespace(pattern="ring", altitude_m=750e3, ltan_h=6.0, elements=None),
)
LIMITS = (
    "none", "eclipse", "power", "battery", "thermal", "radiation", "link", "queue", "restart",
    "parallel efficiency", "utilisation",
)  # fmt: skip


@functools.cache
def demo() -> Scenario:
    """The shipped scenario that lends its station and its satellite."""
    return load("coverage-demo")


def scenario(name: str = "fake", seed: int = 7, n_windows: int = 6) -> Any:
    """An object with what the runner and the writer read of a scenario."""
    phases = tuple(
        SimpleNamespace(
            name=phase,
            start=START + timedelta(days=365 * i),
            end=START + timedelta(days=365 * (i + 1)),
            goal="test",
            batch=(CENTRE,),
            demand=dict.fromkeys(CLASSES, 1e15),
            milestone=(),
        )
        for i, phase in enumerate(PHASES)
    )
    return SimpleNamespace(
        name=name,
        title="A fake study",
        seed=seed,
        report_precision="int8",
        phase=phases,
        time=SimpleNamespace(
            step_s=60.0, slot_s=600.0, window_s=86400.0, windows_per_year=12, sampling="representative"
        ),
        ground=SimpleNamespace(stations=STATIONS, hubs=SITES[1:], min_elevation_rad=0.17),
        hub={name: SimpleNamespace(hub=name) for name in SITES[1:]},
        links=demo().links,
        station=dict.fromkeys(STATIONS, demo().station["kashi"]),
        spacecraft=demo().spacecraft,
        city={"beijing": None, "shanghai": None},
        job={
            name: SimpleNamespace(latency_s=0.5, tenants={}, temperature="warm", work_op=1e15)
            for name in CLASSES
        },
        tenants={},
        network=Network(),
        operations=SimpleNamespace(shadow="oblate-cone", envelope="shed"),
        scheduler=SimpleNamespace(policy="greedy"),
        workload=Workload(),
        n_windows=n_windows,
        hash=lambda: f"hash-of-{name}-{seed}",
    )


@dataclass(frozen=True)
class ChunkResult:
    arrays: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def to_arrays(self) -> dict[str, np.ndarray]:
        return dict(self.arrays)

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> ChunkResult:
        return cls(arrays)


@dataclass(frozen=True)
class Window:
    index: int
    phase: int
    start: datetime
    duration_s: float
    weight_d: float

    @property
    def middle(self) -> datetime:
        return self.start + timedelta(seconds=self.duration_s / 2)


def windows(plan: Any) -> tuple[Window, ...]:
    each_d = 730.0 / plan.n_windows
    return tuple(
        Window(i, int(i * each_d >= 365), START + timedelta(days=(i + 0.5) * each_d), 86400.0, each_d)
        for i in range(plan.n_windows)
    )


def prepare(plan: Any, propagator: str = "kernel", policy: Any = None, *, allow_stale: bool = False) -> Any:
    axis_m = semi_major_axis_m(750e3)
    inclination_rad = sun_synchronous_inclination_rad(axis_m)
    node_rad = raan_rad(18.0, START)
    satellites = tuple(
        synthetic(f"sat-{i}", START, axis_m, inclination_rad, node_rad, mean_anomaly_rad=2 * np.pi * i / 4)
        for i in range(4)
    )
    batch = SimpleNamespace(
        phase_name="first", model=SimpleNamespace(name="ring"), mass_kg=900.0, n_launches=1
    )
    zeros = np.zeros(4, dtype=np.int64)
    fleet = Fleet(
        reference=START,
        satellites=satellites,
        batches=(batch,),
        batch=zeros,
        phase=zeros,
        spacecraft_names=("bus",),
        spacecraft=zeros,
        relay=np.zeros(4, dtype=bool),
        n_units=np.ones(4, dtype=np.int64),
        launch_s=np.zeros(4),
        end_s=np.full(4, 6e7),
        plane=zeros,
        plane_representative=np.zeros(1, dtype=np.int64),
    )
    day_s = np.arange(730) * 86400.0
    season = np.cos(2 * np.pi * day_s / 86400 / 365.25)
    dark = np.clip(season - 0.7, 0, 1) / 0.3
    light = SimpleNamespace(
        first_day=START,
        sunlit_frac=1 - 0.19 * dark,
        flux_w_per_m2=1361 * (1 + 0.033 * season),
        beta_deg=72 - 14 * season,
        n_eclipses=(14 * (dark > 0)).astype(np.int64),
        max_eclipse_s=1080 * np.sqrt(dark),
        max_umbra_s=1020 * np.sqrt(dark),
    )
    return SimpleNamespace(scenario=plan, windows=windows(plan), fleet=fleet, light=(light,))


def simulate_window(prepared: Any, i: int, n_at_once: int = 64) -> ChunkResult:
    """Sleeps if the environment says so, so that a test can kill it on the way."""
    time.sleep(float(os.environ.get("FAKE_WINDOW_S", "0")))
    random = np.random.default_rng([prepared.scenario.seed, i])
    t_s = np.arange(1440) * 60.0
    level_w = 10e3 * 4 ** (1 + prepared.windows[i].phase)
    lit = (np.sin(2 * np.pi * t_s / 5986) > -0.9).astype(float)
    n_pass, n_job = 20 + i, 50
    rise_s = np.sort(random.uniform(0, 80000, n_pass))
    arrays = {
        "window": i,
        "phase": prepared.windows[i].phase,
        "energy_residual_frac": 1e-13 * (i + 1),
        "step_time_s": t_s,
        "step_compute_w": level_w * lit,
        "step_array_w": 1.4 * level_w * lit,
        "step_sunlit_frac": lit,
        "slot_time_s": np.arange(144) * 600.0,
        "slot_delivered_op_per_s": random.uniform(0, 1e18, 144),
        "pass_satellite": random.integers(0, 4, n_pass),
        "pass_station": random.integers(0, 3, n_pass),
        "pass_rise_s": rise_s,
        "pass_culmination_s": rise_s + 300,
        "pass_set_s": rise_s + 600,
        "pass_max_elevation_deg": random.uniform(10, 90, n_pass),
        "pass_clipped": random.random(n_pass) < 0.1,
        "job_class": random.integers(0, 3, n_job),
        "job_origin": random.integers(0, 2, n_job),
        "job_site": random.integers(-1, 3, n_job),
        "job_outcome": random.integers(0, 3, n_job),
        "job_reason": random.integers(0, 5, n_job),
        "job_n_jobs": random.integers(1, 9, n_job),
        "job_arrival_s": np.sort(random.uniform(0, 86400, n_job)),
        "job_work_op": random.uniform(1e15, 1e18, n_job),
        **_served(random, n_job),
        "site_side": np.arange(3),
        "site_used_op": random.uniform(0, 1e20, 3),
        "place_entity": np.arange(4),
        "place_installed_op": random.uniform(0, 1e20, 4),
    }
    return ChunkResult({name: np.asarray(value) for name, value in arrays.items()})


def _served(random: np.random.Generator, n_job: int) -> dict[str, np.ndarray]:
    """When jobs ran and how busy that made each site."""
    start_s = np.sort(random.uniform(0, 86400, n_job))
    return {
        "job_deadline_s": start_s + 40000.0,
        "job_start_s": start_s,
        "job_end_s": start_s + random.uniform(600, 30000, n_job),
        "job_latency_s": random.uniform(1e-3, 1.0, n_job),
        "job_input_bit": random.uniform(0, 1e12, n_job),
        "job_output_bit": random.uniform(0, 1e12, n_job),
        "use_site": np.repeat(np.arange(3), 24),
        "use_start_s": np.tile(np.arange(24) * 3600.0, 3),
        "use_installed_op": np.full(72, 2e20),
        "use_own_op": np.full(72, 0.5e20),
        "use_used_op": random.uniform(0, 1e20, 72),
    }


def summarise(prepared: Any, results: Any) -> dict[str, Any]:
    plan = prepared.scenario
    shares = dict(
        zip(LIMITS, (0.12, 0.04, 0.06, 0.02, 0.08, 0.03, 0.05, 0.30, 0.03, 0.02, 0.25), strict=True)
    )
    phases = []
    for number, phase in enumerate(plan.phase):
        own = [result for result in results if int(result["phase"]) == number]
        power_w = float(np.mean([result["step_compute_w"].mean() for result in own]))
        phases.append(
            {
                "name": phase.name,
                "start_utc": phase.start.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "end_utc": phase.end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                **_figures(power_w, shares, int(sum(result["job_n_jobs"].sum() for result in own))),
                "milestones": [
                    {
                        "what": "it_power",
                        "unit": "W",
                        "at_least": 2e5,
                        "by_utc": "2026-12-31T00:00:00.000000Z",
                        "achieved": power_w,
                        "met": number == 1,
                        "required": False,
                    }
                ],
            }
        )
    total = {**{key: value for key, value in phases[-1].items() if key != "name"}}
    return {
        "schema": 1,
        "name": plan.name,
        "seed": plan.seed,
        "version": "0.1.0",
        "phases": phases,
        "total": total,
        "yardstick": YARDSTICK,
    }


def _figures(power_w: float, shares: dict[str, float], n_jobs: int) -> dict[str, Any]:
    installed = power_w * 3e12
    level = installed
    waterfall = [{"stage": "installed", "op_per_s": level}]
    for limit in LIMITS[1:]:
        level -= shares[limit] * installed
        waterfall.append({"stage": limit, "op_per_s": level})
    waterfall.append({"stage": "delivered", "op_per_s": level})
    return {
        "n_satellites": 4,
        "array_bol_power_w": 1.6 * power_w,
        "array_eol_power_w": 1.4 * power_w,
        "bus_power_w": 1.25 * power_w,
        "it_power_w": 1.1 * power_w,
        "mean_compute_power_w": power_w,
        "installed_op_per_s": installed,
        "delivered_op_per_s": level,
        "precision": "int8",
        "sunlit_frac": 0.971,
        "max_eclipse_s": 1084.4,
        "shadow": "oblate-cone",
        "contact_s_per_day": 7300.0,
        "downlink_bit_per_day": 5.1e12,
        "network": {**Reach().summary(), "down_bit_per_day": 5e12, "to_orbit_propagation_s": 0.25},
        "jobs": {
            "n_submitted": n_jobs,
            "n_completed": n_jobs - 20,
            "n_late": 5,
            "n_rejected": 15,
            "n_unfinished": 0,
        },
        "limits": shares,
        "waterfall": waterfall,
        "scheduler": {"policy": "greedy", "bound_share_frac": 0.93},
        "running": [{"side": "orbit", **Gangs().happened(1.0)}],
        "yardsticks": [{"side": "orbit", **Gangs().yardsticks(1.0)}],
    }
