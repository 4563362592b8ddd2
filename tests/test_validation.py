"""Our physics against outside values, and the runner that holds them together."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitdc import validation
from orbitdc.links import itu
from orbitdc.orbit.geometry import central_angle_rad, horizon_dip_rad, line_of_sight, slant_range_m
from orbitdc.spacecraft.equilibrium import equilibrium_k, radiated_w_per_m2, radiator_area_m2
from orbitdc.validation.cases import Case, Check
from orbitdc.validation.hardware import cooled_k
from orbitdc.validation.runner import PARTS, SLOW_PARTS, Result

CASES = validation.load()
FAST = [case for case in CASES if case.part in PARTS and case.part not in SLOW_PARTS]
SLOW = [case for case in CASES if case.part in SLOW_PARTS]

# What no part of orbitdc can be held against yet, and nothing else.
NOT_COVERED = {"sun-2006-04-02", "sun-vallado-5-1", "sun-golden-spa"}
# Instances and logs too large to be shipped: tests/test_scheduler_cases.py holds them where they are at hand.
NOT_COVERED |= {case.id for case in CASES if case.part == "scheduling" and "capacity" not in case.inputs}
if not itu.installed():
    NOT_COVERED |= {f"itu-{n:02d}" for n in range(38)}


def hold(case: Case) -> None:
    result = validation.run_case(case)
    if case.id in NOT_COVERED:
        assert result.ok is None and result.reason
        return
    broken = [check for check in result.checks if not check.ok]
    assert result.ok is True, f"{result.reason} {broken} (source: {case.source})"


@pytest.mark.parametrize("case", FAST, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    hold(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW, ids=lambda case: case.id)
def test_eclipse_year(case: Case) -> None:
    hold(case)


def test_every_case_is_either_held_or_said_to_be_without_a_part() -> None:
    assert len(CASES) == len({case.id for case in CASES}) == 284
    parts = {case.part for case in CASES}
    assert set(PARTS) == parts
    unknown = dataclasses.replace(CASES[0], part="alchemy")
    assert validation.run_case(unknown).ok is None and "alchemy" in validation.run_case(unknown).reason


# --- the runner itself --------------------------------------------------------------------------------------


def a_result(*checks: Check, **changes: object) -> Result:
    case = Case("a-case", "a part", "exact", {}, {}, {}, "a book")
    return dataclasses.replace(Result(case, checks), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance", "ok"),
    [
        (1.0, 1.0, 0.0, True),
        (1.1, 1.0, 0.05, False),
        (1.1, 1.0, 0.2, True),
        (True, True, 0.0, True),
        (False, True, 0.0, False),
        (math.nan, 1.0, 1e9, False),
        (math.inf, 1.0, math.inf, False),
    ],
)
def test_a_check_holds_within_its_tolerance_and_never_without_a_value(
    ours: float, theirs: float, tolerance: float, ok: bool
) -> None:
    assert Check("a_m", ours, theirs, tolerance).ok is ok


def test_one_broken_check_breaks_its_case_and_is_the_one_shown() -> None:
    fine, broken = Check("fine_m", 1.0, 1.0, 0.1), Check("broken_m", 2.0, 1.0, 0.1)
    result = a_result(fine, broken)
    assert result.ok is False and result.tightest is broken
    assert not validation.passed([a_result(fine), result])


def test_cases_without_a_part_are_listed_and_never_counted() -> None:
    absent = a_result(reason="nothing here yet")
    assert absent.ok is None and validation.passed([absent])
    assert "0 of 0 cases within tolerance; 1 not covered" in validation.table([absent])


def test_a_case_that_our_own_code_refuses_fails_with_its_message() -> None:
    sentinel = next(case for case in CASES if case.id == "dd700-06-2026-Beijing")
    place = {**sentinel.inputs["station"], "lat_deg": 95.0}
    broken = dataclasses.replace(
        sentinel, inputs={**sentinel.inputs, "station": place, "tle": ["1 x", "2 y"]}
    )
    result = validation.run_case(broken)
    assert result.ok is False and result.reason and not result.checks
    assert "FAILED dd700-06-2026-Beijing" in validation.table([result])


def test_json_is_the_contract_of_the_command_and_has_no_nan() -> None:
    results = [a_result(Check("x_m", math.nan, 1.0, 0.1)), a_result(), a_result(Check("x_m", 1.0, 1.0, 0.1))]
    cases = json.loads(json.dumps(validation.to_dict(results), allow_nan=False))["cases"]
    for entry in cases:
        assert {"id", "part", "ours", "theirs", "difference", "tolerance", "ok", "source"} <= set(entry)
    assert [entry["ok"] for entry in cases] == [False, None, True]


def test_the_table_fits_eighty_columns() -> None:
    results = validation.validate([case for case in CASES if case.part not in SLOW_PARTS | {"contacts"}])
    text = validation.table(results)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert all(case.source.split()[0] in text for case in FAST[:5])
    assert ("not covered: 38 cases, itu-00 to itu-37" in text) is not itu.installed()


def test_each_result_is_reported_as_it_comes() -> None:
    seen: list[Result] = []
    assert validation.validate(FAST[:3], seen.append) == tuple(seen)


# --- physics that only the cases call -----------------------------------------------------------------------


def test_the_heat_chain_converges_at_first_order() -> None:
    """Backward Euler: half the step, half the error (closed form of a black body that cools)."""
    sigma = 5.670374419e-8
    exact = (300.0**-3 + 3.0 * sigma * 3600.0 / 1000.0) ** (-1.0 / 3.0)
    coarse, fine = (cooled_k([1000.0], 300.0, 3600.0, step_s)[0] - exact for step_s in (8.0, 4.0))
    assert coarse / fine == pytest.approx(2.0, rel=0.02)


points = st.tuples(*[st.floats(-60000.0, 60000.0) for _ in range(3)]).filter(
    lambda point: math.hypot(*point) > 6400.0
)


@given(points, points)
def test_line_of_sight_is_symmetric(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    there, back = line_of_sight(a, b), line_of_sight(b, a)
    assert there.grazing_altitude_km == pytest.approx(back.grazing_altitude_km, abs=1e-6)
    if abs(there.grazing_altitude_km) > 1e-6:
        assert there.visible is back.visible
    # a margin never opens a line, and the flattened Earth is in the way of no more lines than the sphere
    assert line_of_sight(a, b, clearance_km=80.0).visible <= there.visible
    assert there.visible or not line_of_sight(a, b, flattening=0.0).visible


@given(st.floats(150e3, 36000e3), st.floats(0.0, 1.5), st.floats(1e-3, 0.07))
def test_range_and_central_angle_fall_with_elevation(altitude_m: float, low: float, more: float) -> None:
    assert slant_range_m(altitude_m, low + more) < slant_range_m(altitude_m, low)
    assert central_angle_rad(altitude_m, low + more) < central_angle_rad(altitude_m, low)
    assert slant_range_m(altitude_m, np.pi / 2) == pytest.approx(altitude_m, rel=1e-9)
    assert central_angle_rad(altitude_m, 0.0) == pytest.approx(horizon_dip_rad(altitude_m), rel=1e-12)


@given(st.floats(1.0, 5000.0), st.floats(0.05, 1.0), st.integers(1, 2))
def test_equilibrium_radiates_what_is_absorbed(absorbed: float, emissivity: float, n_sides: int) -> None:
    temperature_k = equilibrium_k(absorbed, emissivity, n_sides)
    assert radiated_w_per_m2(temperature_k, emissivity, n_sides) == pytest.approx(absorbed, rel=1e-12)
    area_m2 = radiator_area_m2(1e3, temperature_k, 0.0, emissivity, n_sides)
    assert area_m2 * absorbed == pytest.approx(1e3, rel=1e-12)
