"""A run of the real thing: killed and resumed, with one thread and two, the same bytes come out."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import mini
import pytest

from orbitdc.runner import elements_digest
from orbitdc.scenario.reader import load

pytestmark = pytest.mark.slow


def command(folder: pathlib.Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "orbitdc", "run", str(mini.MINI), "-o", str(folder), *more]


def run(folder: pathlib.Path, *more: str, threads: int = 2) -> bytes:
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(threads)}
    done = subprocess.run(command(folder, *more), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (folder / "summary.json").read_bytes()


def test_summary_does_not_depend_on_threads_repeats_or_a_kill(tmp_path: pathlib.Path) -> None:
    whole = run(tmp_path / "a")
    assert run(tmp_path / "b", threads=1) == whole
    for attempt, after in enumerate((1, 2)):
        folder = tmp_path / f"killed-{attempt}"
        process = subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        chunks = folder.with_name(folder.name + ".partial") / "chunks"
        deadline = time.monotonic() + 120
        while len(list(chunks.glob("*.sha256"))) < after and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not folder.exists()
        assert run(folder, "--resume") == whole


def test_a_second_run_starts_computing_within_two_seconds(tmp_path: pathlib.Path) -> None:
    run(tmp_path / "first")
    start = time.monotonic()
    process = subprocess.Popen(
        command(tmp_path / "second"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    scenario = tmp_path / "second.partial" / "scenario.toml"
    while not scenario.exists() and process.poll() is None:
        time.sleep(0.002)
    began_s = time.monotonic() - start
    assert process.wait() == 0
    assert began_s < 2.0


def test_element_sets_edited_meanwhile_are_another_plan(tmp_path: pathlib.Path) -> None:
    before = elements_digest(mini.scenario())
    copy = tmp_path / "mini.toml"
    copy.write_text(mini.MINI.read_text(encoding="utf-8"), encoding="utf-8")
    sets = (mini.MINI.parent / "other.tle").read_text(encoding="utf-8")
    (tmp_path / "mini.tle").write_text(sets, encoding="utf-8")
    assert elements_digest(load(copy)) != before
