"""The README says what is: its commands parse, its two lines are two, its figures are those measured."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


def made_by() -> object:
    spec = importlib.util.spec_from_file_location("readme", ROOT / "benchmarks" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_quick_start_is_two_lines_that_install_and_run() -> None:
    block = PAGE.split("## Quick start")[1].split("```sh\n")[1].split("```")[0]
    first, second = block.strip().splitlines()
    assert first == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/orbitdc run"
    assert second == "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest"


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("orbitdc ")])
def test_commands_are_understood(line: str) -> None:
    verb = shlex.split(line)[1]
    options = re.findall(r"(?<= )(--[a-z-]+)", line)
    done = subprocess.run(
        [sys.executable, "-m", "orbitdc", verb, "--help"], capture_output=True, text=True, check=True
    )
    assert all(option in done.stdout for option in options)


def test_table_of_ratios_is_the_baseline() -> None:
    baseline = json.loads((ROOT / "benchmarks" / "baseline.json").read_text(encoding="utf-8"))
    assert made_by().ratio_table(baseline) in PAGE


@pytest.mark.slow
def test_verdict_is_that_of_the_run(tmp_path: pathlib.Path) -> None:
    """The Quick start's first line leaves the run beside the README; without it, make one."""
    folder = ROOT / "runs" / "beijing-2035"
    if not folder.exists():
        folder = tmp_path / "beijing-2035"
        subprocess.run(
            [sys.executable, "-m", "orbitdc", "run", "-o", str(folder)], check=True, capture_output=True
        )
    assert made_by().verdict_block(folder) in PAGE
