"""Quantities: values by hand, messages word for word, and text that is read back as the same number."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from orbitdc.errors import InputError
from orbitdc.scenario import quantities as q
from orbitdc.scenario.reader import load

patient = settings(deadline=None)  # the first unit imports astropy
KINDS = [value for value in vars(q).values() if isinstance(value, q.Kind)]


@pytest.mark.parametrize(
    ("kind", "text", "si"),
    [
        (q.LENGTH, "750 km", 750e3),
        (q.LENGTH, "750km", 750e3),
        (q.LENGTH, "\N{MINUS SIGN}20 m", -20.0),
        (q.ANGLE, "10 deg", math.radians(10.0)),
        (q.ANGLE, "10°", math.radians(10.0)),
        (q.ANGLE_DEG, "39.4672 deg", 39.4672),
        (q.DURATION, "5 yr", 5 * 365.25 * 86400.0),
        (q.DURATION, "10 min", 600.0),
        (q.TEMPERATURE, "85 degC", 358.15),
        (q.TEMPERATURE, "85 deg_C", 358.15),
        (q.TEMPERATURE, "-30 °C", 243.15),
        (q.TEMPERATURE, "300 K", 300.0),
        (q.SHARE, "29 %", 0.29),
        (q.SHARE_PER_YEAR, "38 %/yr", 0.38),
        (q.PER_HOUR, "2 /h", 2.0),
        (q.PER_HOUR, "2 1/h", 2.0),
        (q.ENERGY, "5 kWh", 18e6),
        (q.SPECIFIC_ENERGY, "150 Wh/kg", 540e3),
        (q.WORK_RATE, "1.2 Pop/s", 1.2e15),
        (q.WORK, "2e22 op", 2e22),
        (q.BIT, "100 Gbit", 1e11),
        (q.BIT, "1 GB", 8e9),
        (q.FREQUENCY, "250 Mbaud", 250e6),
        (q.THERMAL_RESISTANCE, "1.2 K/kW", 1.2e-3),
        (q.MASS_PER_POWER, "6 kg/kW", 6e-3),
        (q.GAIN_POWER, "60 dBm", 30.0),
        (q.GAIN_OVER_NOISE, "37.3 dB/K", 37.3),
        (q.CARDS, "16e6 card", 16e6),
    ],
)
def test_text_with_a_unit_is_read_in_si(kind: q.Kind, text: str, si: float) -> None:
    assert kind.parse(text) == pytest.approx(si, rel=1e-15)
    assert kind.parse(kind.text(kind.parse(text))) == kind.parse(text)


@pytest.mark.parametrize(
    ("kind", "found", "said"),
    [
        (
            q.LENGTH,
            "750",
            (
                '"750"',
                'a length with its unit, such as "750 km"',
                'a bare number has no unit: write "750 km"',
            ),
        ),
        (
            q.LENGTH,
            750,
            ("750", 'a length with its unit, such as "750 km"', 'a bare number has no unit: write "750 km"'),
        ),
        (
            q.SHARE,
            0.3,
            ("0.3", 'a share with its unit, such as "32 %"', 'a bare number has no unit: write "30 %"'),
        ),
        (q.LENGTH, "750 kg", ('"750 kg", a unit of mass', 'a length with its unit, such as "750 km"', "")),
        (
            q.LENGTH,
            "750 kmm",
            ('"750 kmm", whose unit is not known', 'a length with its unit, such as "750 km"', ""),
        ),
        (
            q.LENGTH,
            "7 50 km",
            ('"7 50 km", whose unit is not known', 'a length with its unit, such as "750 km"', ""),
        ),
        (q.LENGTH, "nan km", ('"nan km"', 'a length with its unit, such as "750 km"', "")),
        (q.LENGTH, float("nan"), ("nan", 'a length with its unit, such as "750 km"', "")),
        (q.LENGTH, True, ("true", 'a length with its unit, such as "750 km"', "")),
        (q.SHARE, "130 %", ('"130 %"', "0 % to 100 %", "")),
        (q.GAIN, "3 dBW", ('"3 dBW"', 'a ratio in decibels with its unit, such as "1 dB"', "")),
        (q.CLOCK, "25:00", ('"25:00"', 'a local time, such as "06:00"', "")),
        (
            q.INSTANT,
            "2026-08-23T00:00:00",
            (
                '"2026-08-23T00:00:00", a time without a zone',
                "an instant in UTC with Z, such as 2026-08-23T00:00:00Z",
                "write 2026-08-23T00:00:00Z",
            ),
        ),
    ],
)
def test_what_is_refused_and_how_it_is_said(
    kind: q.Kind | q.ClockKind | q.InstantKind, found: object, said: tuple[str, str, str]
) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        kind.parse(found)
    context = caught.value.context or {}
    assert (context["found"], context["allowed"], context["suggestion"]) == said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_each_kind_reads_its_own_example_and_units(kind: q.Kind) -> None:
    value = kind.parse(kind.example)
    assert kind.parse(kind.text(value)) == value
    for unit in kind.units:
        kind.split(f"1 {unit}")


@patient
@given(st.sampled_from(KINDS), st.data())
def test_any_value_written_by_hand_survives_writing_and_reading(kind: q.Kind, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(kind.units))
    number = data.draw(st.decimals(-10_000, 10_000, places=3, allow_nan=False))
    try:
        value = kind.parse(f"{number} {unit}")
    except PydanticCustomError:
        return
    assert kind.parse(kind.text(value)) == value


@patient
@given(st.sampled_from([*KINDS, q.CLOCK, q.INSTANT]), st.text(max_size=40) | st.floats() | st.integers())
def test_any_text_gives_a_finite_number_or_one_problem(kind: q.Kind, found: object) -> None:
    try:
        value = kind.parse(found)
    except PydanticCustomError as problem:
        assert problem.type == q.PROBLEM
        return
    assert isinstance(value, datetime) or math.isfinite(value)


@patient
@given(st.integers(0, 86399))
def test_local_times_survive_writing_and_reading(second: int) -> None:
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    assert q.CLOCK.parse(q.CLOCK.text(q.CLOCK.parse(text))) == q.CLOCK.parse(text) == second / 3600


def test_instants_come_in_utc() -> None:
    assert q.INSTANT.parse("2026-08-23T08:00:00+08:00") == datetime(2026, 8, 23, tzinfo=UTC)
    assert q.INSTANT.text(datetime(2026, 8, 23, tzinfo=UTC)) == "2026-08-23T00:00:00Z"


def test_text_that_would_command_a_terminal_is_refused(tmp_path):
    path = tmp_path / "evil.toml"
    path.write_text('name = "evil"\ntitle = "a \\u001b[31m b"\n', encoding="utf-8")
    with pytest.raises(InputError, match="control characters"):
        load(path)
