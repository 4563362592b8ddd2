"""Whatever stands in a scenario file: a scenario that survives writing and reading, or one clear error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.scenario.catalogue import shipped_folder
from orbitdc.scenario.describe import to_toml
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

GOOD = (shipped_folder("configs") / "coverage-demo.toml").read_text(encoding="utf-8")
GOOD = "\n".join(line.split("#")[0].rstrip() for line in GOOD.splitlines() if line and line[0] != "#")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, text: str, *overrides: str) -> Scenario:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, overrides)


quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = st.one_of(
    st.sampled_from(
        [
            "nan",
            "-1",
            "0",
            "1e400",
            "true",
            "[]",
            "{}",
            "[[]]",
            '""',
            '"750"',
            '"1 km"',
            '"-1 m2"',
            '"1 yr"',
            "07:30:00",
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "{ value = 1, source = 2 }",
            "9" * 30,
            '"a.b"',
        ]
    ),
    st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: '"' + text + '"'),
)


def outcome(folder: Path, text: str) -> None:
    try:
        scenario = read(folder, text)
    except InputError as error:
        assert str(error)
        assert all(problem.place and problem.found for problem in error.problems)
        assert "Traceback" not in str(error) and "pydantic" not in str(error).lower()
        return
    assert read(folder, to_toml(scenario)) == scenario


@quiet
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text(folder: Path, text: str) -> None:
    outcome(folder, text)


@quiet
@given(data=st.data())
def test_any_value_anywhere(folder: Path, data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[index].partition("=")
        lines[index] = f"{key}= {data.draw(VALUES)}" if equals else data.draw(st.sampled_from(lines))
    outcome(folder, "\n".join(lines))


@quiet
@given(data=st.data())
def test_any_deletion_or_swap(folder: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    insert = data.draw(st.text(st.sampled_from("[]{}=\"'.,#\n aZ0-"), max_size=5))
    outcome(folder, GOOD[:start] + insert + GOOD[end:])


@quiet
@given(path=st.text(st.sampled_from("phasetimr.*one0-[]= "), max_size=30), value=st.text(max_size=10))
def test_any_override(folder: Path, path: str, value: str) -> None:
    try:
        read(folder, GOOD, f"{path}={value}")
    except InputError as error:
        assert str(error)
