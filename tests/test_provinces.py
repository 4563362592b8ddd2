"""Competition between provinces: Guangxi on its own, open, or coordinated, on one window of its scenario."""

import functools

import pytest

from orbitdc import simulate
from orbitdc.report.comparison import redundancy
from orbitdc.results.summary import summarise
from orbitdc.scenario.reader import load

VARIANTS = {
    "coordinated": ("hub.nanning.int8=1 Pop/s", "hub.nanning.racks=1"),
    "alone": (),
    "open": ("hub.nanning.serves=[]",),
}


@functools.cache
def total(variant: str) -> dict:
    plan = simulate.prepare(load("guangxi-2026", ["time.windows_per_year=1", *VARIANTS[variant]]))
    return summarise(plan, [simulate.simulate_window(plan, 0)])["total"]


def site(variant: str, name: str) -> dict:
    return next(one for one in total(variant)["sites"] if one["name"] == name)


def test_the_same_work_is_asked_for_and_done_in_each() -> None:
    jobs = [total(variant)["jobs"] for variant in VARIANTS]
    assert jobs[0]["n_submitted"] == jobs[1]["n_submitted"] == jobs[2]["n_submitted"] > 1e5
    assert all(one["n_completed"] >= 0.999 * one["n_submitted"] for one in jobs)


def test_building_on_ones_own_costs_redundancy_and_money() -> None:
    together, alone, open_ = (total(variant) for variant in VARIANTS)
    assert redundancy(alone) > redundancy(together) + 0.1
    assert redundancy(open_) == pytest.approx(redundancy(alone), rel=0.01)
    assert alone["cost"]["total"]["usd"] > 1.05 * together["cost"]["total"]["usd"]


def test_it_brings_nearness() -> None:
    near, far = (
        next(row for row in total(variant)["latency"] if row["class"] == "guangxi-inference")["latency_p50_s"]
        for variant in ("alone", "coordinated")
    )
    assert near < 0.3 * far


def test_an_open_nanning_takes_its_work_from_guizhou() -> None:
    assert site("open", "nanning")["utilisation_frac"] > site("alone", "nanning")["utilisation_frac"] + 0.3
    assert site("open", "guian")["utilisation_frac"] < site("alone", "guian")["utilisation_frac"] - 0.05
    assert site("alone", "nanning")["utilisation_frac"] < 0.4


def test_a_hub_takes_only_the_work_of_the_cities_it_serves() -> None:
    plan = simulate.prepare(load("guangxi-2026", ["time.windows_per_year=1"]))
    found = simulate.simulate_window(plan, 0)
    cities, hubs = list(plan.scenario.city), list(plan.scenario.ground.hubs)
    at_nanning = found["job_site"] == hubs.index("nanning")
    assert at_nanning.any()
    assert set(found["job_origin"][at_nanning].tolist()) == {cities.index("nanning")}
