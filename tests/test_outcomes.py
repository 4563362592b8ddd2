"""What a user changes shows in what comes out, in the direction that physics demands."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Any

import mini
import numpy as np
import pytest

from orbitdc import simulate
from orbitdc.results.summary import missed_requirements, summarise
from orbitdc.scenario.reader import load

CENTRE = "spacecraft.module-250"


@functools.cache
def summary_of(*overrides: str) -> dict[str, Any]:
    plan = simulate.prepare(load(mini.MINI, overrides))
    return summarise(plan, mini.results(plan))


def last(summary: dict[str, Any]) -> dict[str, Any]:
    return summary["phases"][-1]


def test_a_noon_orbit_is_in_the_dark_for_a_third_of_the_time() -> None:
    noon = summary_of(
        *(f"phase.one.batch.{name}.orbit.ltan=12:00" for name in ("ring", "walker")),
        "phase.two.batch.centre.orbit.ltan=12:00",
    )
    # Closed form for a circular orbit at 750 km and beta 0: 1 - acos(sqrt(a^2 - R^2) / a) / pi = 0.648.
    assert noon["phases"][0]["sunlit_frac"] < 0.70
    assert summary_of()["phases"][0]["sunlit_frac"] > 0.80


def test_a_quarter_of_the_radiator_costs_operations_to_heat() -> None:
    area_m2 = mini.scenario().spacecraft["module-250"].radiator.area_m2
    small = last(summary_of(f"{CENTRE}.radiator.area={area_m2 / 4:g} m2"))
    whole = last(summary_of())
    assert small["limits"]["thermal"] > whole["limits"]["thermal"] + 0.1
    assert small["waterfall"][-1]["op_per_s"] < whole["waterfall"][-1]["op_per_s"]


def test_a_higher_mask_shortens_contacts() -> None:
    assert last(summary_of("ground.min_elevation=30 deg"))["contact_s_per_day"] < (
        0.5 * last(summary_of())["contact_s_per_day"]
    )


def test_another_seed_changes_jobs_and_leaves_physics() -> None:
    radio = 'ground.stations=["kashi", "kiruna"]'  # no telescope, no weather
    a, b = last(summary_of(radio)), last(summary_of(radio, "seed=99"))
    assert a["jobs"] != b["jobs"]
    for name in (
        "sunlit_frac",
        "contact_s_per_day",
        "downlink_bit_per_day",
        "installed_op_per_s",
        "it_power_w",
    ):
        assert a[name] == b[name]
    for name in ("radiation", "power", "eclipse", "battery", "thermal"):
        assert a["limits"][name] == b["limits"][name]


def test_the_same_seed_gives_the_same_weather_and_another_does_not() -> None:
    """Cloud over the telescopes is drawn from the date and the seed, so it is the same on another horizon."""
    first, again = mini.results(_plan()), mini.results(_plan("phase.two.end=2027-01-14T00:00:00Z"))
    other = mini.results(_plan("seed=99"))
    name = "laser_cloud_s"
    assert first[0].number(name) == again[0].number(name)
    assert [one.number(name) for one in first] != [one.number(name) for one in other]


def _plan(*changes: str) -> simulate.Plan:
    return simulate.prepare(load(mini.MINI, list(changes)))


def test_the_reference_propagator_gives_the_same_summary_to_six_digits() -> None:
    """DESIGN section 4: anyone can check the compiled SGP4 by running Skyfield's in every step."""
    scenario = mini.scenario()
    theirs_plan = simulate.prepare(scenario, "skyfield")
    ours, theirs = summary_of(), summarise(theirs_plan, mini.results(theirs_plan))
    assert _numbers(ours) == pytest.approx(_numbers(theirs), rel=1e-6)


def _numbers(node: Any) -> list[float]:
    if isinstance(node, dict):
        return [number for value in node.values() for number in _numbers(value)]
    if isinstance(node, list):
        return [number for value in node for number in _numbers(value)]
    return [float(node)] if isinstance(node, int | float) else []


def test_shares_levels_and_jobs_add_up() -> None:
    for phase in [*summary_of()["phases"], summary_of()["total"]]:
        assert sum(phase["limits"].values()) == pytest.approx(1.0, abs=1e-12)
        levels = [stage["op_per_s"] for stage in phase["waterfall"]]
        assert levels == sorted(levels, reverse=True)
        assert (phase["waterfall"][0]["stage"], phase["waterfall"][-1]["stage"]) == ("installed", "delivered")
        assert levels[0] == phase["installed_op_per_s"]
        assert levels[-1] == pytest.approx(phase["delivered_op_per_s"], rel=1e-12)
        assert phase["limits"]["none"] * levels[0] == pytest.approx(levels[-1], rel=1e-9)
        jobs = dict(phase["jobs"])
        assert jobs.pop("n_submitted") == sum(jobs.values())


def test_energy_and_heat_close_in_every_window() -> None:
    plan = simulate.prepare(mini.scenario())
    for result in mini.results(plan):
        assert result.number("energy_residual_frac") < 1e-9
        assert result.number("heat_residual_frac") < 1e-9


def test_weights_of_the_windows_add_up_to_the_phases() -> None:
    plan = simulate.prepare(mini.scenario())
    for number, phase in enumerate(plan.scenario.phase):
        weights_d = [window.weight_d for window in plan.windows if window.phase == number]
        assert sum(weights_d) == pytest.approx((phase.end - phase.start).total_seconds() / 86400, rel=1e-12)


def test_a_required_milestone_that_is_missed_is_named() -> None:
    assert missed_requirements(summary_of()) == []
    missed = summary_of("phase.one.milestone.power.required=true", "phase.one.milestone.power.at_least=9 MW")
    assert missed_requirements(missed) == ["power"]


def test_more_array_never_delivers_less() -> None:
    area_m2 = mini.scenario().spacecraft["module-250"].array.area_m2
    levels = [
        last(summary_of(f"{CENTRE}.array.area={share * area_m2:g} m2"))["waterfall"][5]["op_per_s"]
        for share in (0.5, 0.8, 1.0)
    ]
    assert np.all(np.diff(levels) > -1e-6 * levels[0])
    assert levels[0] < levels[-1]


def test_a_satellite_that_decays_leaves_service_on_that_date_and_the_run_goes_on() -> None:
    """Skyfield calls a NaN position sunlit and SGP4 forgets a decay: here it is out for good, and said."""
    overrides = ("phase.one.batch.real.orbit.elements=decay.tle",)
    plan = simulate.prepare(load(mini.MINI, overrides))
    entity = [satellite.name for satellite in plan.fleet.satellites].index("DECAY")
    died = plan.fleet.launch(entity) + timedelta(
        seconds=float(plan.fleet.end_s[entity] - plan.fleet.launch_s[entity])
    )
    assert plan.scenario.phase[0].start < died < plan.scenario.phase[-1].end
    assert any(note.startswith("DECAY: out of service from") for note in plan.fleet.warnings)
    before, after = mini.results(plan)[0], mini.results(plan)[-1]
    assert entity in before["place_entity"]
    assert entity not in after["place_entity"]
    summary = summary_of(*overrides)
    assert summary["phases"][-1]["n_satellites"] == summary_of()["phases"][-1]["n_satellites"] - 1
    assert all(np.isfinite(_numbers(summary)))


def test_the_difference_from_skyfield_is_measured() -> None:
    results = mini.results(simulate.prepare(mini.scenario()))
    assert all(0.0 < result.number("skyfield_difference_m") < 1e-3 for result in results)


def test_no_job_starts_before_it_arrives() -> None:
    for result in mini.results(simulate.prepare(mini.scenario())):
        ran = np.isfinite(result["job_start_s"])
        assert np.all(result["job_start_s"][ran] >= result["job_arrival_s"][ran])
        assert np.all(result["job_end_s"][ran] > result["job_start_s"][ran])


def test_what_is_not_done_of_what_is_asked_shows() -> None:
    usual = mini.summary_of()["phases"][1]["scheduler"]
    little = mini.summary_of({"phase.two.demand.batch": "1 Eop/s"})["phases"][1]["scheduler"]
    assert usual["asked_share_frac"] < 0.6 < little["asked_share_frac"] <= 1.0
    assert usual["asked_share_frac"] <= usual["bound_share_frac"]
