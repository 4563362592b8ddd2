"""Fixtures that put the fake simulation in the place of the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_simulate as fake
import pytest

import orbitdc
import orbitdc.results.summary
import orbitdc.scenario.describe
import orbitdc.scenario.sampling
from orbitdc.results.run import Run
from orbitdc.runner import run


@pytest.fixture(scope="module")
def faked() -> Iterator[None]:
    """Put the fake behind the doors of the runner; a module scope keeps it from other rooms."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("simulate", "chunk"):
            patch.setitem(sys.modules, f"orbitdc.{name}", fake)
            patch.setattr(orbitdc, name, fake, raising=False)
        patch.setattr(orbitdc.scenario.sampling, "windows", fake.windows)
        patch.setattr(orbitdc.results.summary, "summarise", fake.summarise)
        patch.setattr(orbitdc.scenario.describe, "to_toml", lambda plan: f'name = "{plan.name}"\n')
        yield


@pytest.fixture
def run_fake(faked: None) -> Callable[..., Run]:
    def runner(plan: SimpleNamespace, folder: Path | None = None, **options: Any) -> Run:
        finished = run(plan, folder, **options)
        finished.__dict__["scenario"] = plan  # its scenario.toml is a fake as well
        return finished

    return runner


@pytest.fixture(scope="module")
def fake_run(faked: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    plan = fake.scenario()
    finished = run(plan, tmp_path_factory.mktemp("runs") / "fake")
    finished.__dict__["scenario"] = plan
    return finished
