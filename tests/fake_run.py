"""The command line with the fake simulation behind it, for tests that need a process to kill."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import orbitdc
import orbitdc.report.pictures
import orbitdc.results.summary
import orbitdc.scenario.describe
import orbitdc.scenario.reader
import orbitdc.scenario.sampling
from orbitdc import cli

spec = importlib.util.spec_from_file_location("fake_simulate", Path(__file__).with_name("fake_simulate.py"))
assert spec is not None and spec.loader is not None
fake = importlib.util.module_from_spec(spec)
sys.modules["fake_simulate"] = fake
spec.loader.exec_module(fake)
sys.modules["orbitdc.simulate"] = sys.modules["orbitdc.chunk"] = fake
orbitdc.simulate = fake
orbitdc.scenario.sampling.windows = fake.windows
orbitdc.results.summary.summarise = fake.summarise
orbitdc.scenario.describe.to_toml = lambda plan: f'name = "{plan.name}"\n'


def load(name: str, overrides: list[str] | None = None, *, allow_outside: bool = False) -> object:
    seeds = [int(text.split("=")[1]) for text in overrides or [] if text.startswith("seed=")]
    return fake.scenario(name, *seeds[-1:])


orbitdc.scenario.reader.load = load
if not os.environ.get("FAKE_PICTURES"):  # they take longer than everything else
    orbitdc.report.pictures.draw_all = lambda run, tell: None
cli.main()
