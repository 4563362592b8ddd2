"""The runner: the same bytes however often it is stopped, one writer at a time, nothing half-written."""

# ruff: noqa: F811 (a fixture is imported, then named by the tests that use it)

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import orbitdc
from orbitdc.results.folder import FolderError, partial_of
from orbitdc.results.run import Run
from orbitdc.runner import side_by_side

sys.path.insert(0, str(Path(__file__).parent))
import fake_simulate as fake
from fake_fixtures import fake_run, faked, run_fake  # noqa: F401

HERE = Path(__file__).parent


def start(*arguments: str, window_s: float = 0.0, **options: Any) -> subprocess.Popen[str]:
    """The command line with the fake simulation, in a process of its own."""
    package = str(Path(orbitdc.__file__).parents[1])
    environment = {**os.environ, "FAKE_WINDOW_S": str(window_s), "PYTHONPATH": package}
    return subprocess.Popen(
        [sys.executable, str(HERE / "fake_run.py"), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def wait_for_chunk(process: subprocess.Popen[str], folder: Path) -> None:
    for _ in range(1200):
        assert process.poll() is None, finish(process)
        if n_chunks(folder):
            return
        time.sleep(0.05)
    raise AssertionError("waited a minute in vain")


def n_chunks(folder: Path) -> int:
    return len(list(partial_of(folder).glob("chunks/*.sha256")))


def test_a_run_in_a_temporary_folder_lives_as_long_as_its_result(run_fake: Any) -> None:
    run = run_fake(fake.scenario("brief"))
    folder = run.folder
    assert (folder / "summary.json").exists()
    del run
    assert not folder.exists()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(run_fake: Any, tmp_path: Path) -> None:
    one, two, other = (
        run_fake(fake.scenario(seed=seed), tmp_path / name) for seed, name in ((7, "a"), (7, "b"), (8, "c"))
    )
    summaries = [(run.folder / "summary.json").read_bytes() for run in (one, two, other)]
    assert summaries[0] == summaries[1] != summaries[2]


def test_a_failing_window_keeps_the_others_for_resume(
    run_fake: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = run_fake(fake.scenario(), tmp_path / "whole")
    window = fake.simulate_window

    def breaks(prepared: Any, i: int, _: int) -> Any:
        if i == 4:
            raise KeyboardInterrupt
        return window(prepared, i)

    monkeypatch.setattr(fake, "simulate_window", breaks)
    with pytest.raises(KeyboardInterrupt):
        run_fake(fake.scenario(), tmp_path / "r")
    assert n_chunks(tmp_path / "r") == 4 and not (tmp_path / "r").exists()
    monkeypatch.setattr(fake, "simulate_window", window)
    said: list[str] = []
    (partial_of(tmp_path / "r") / "chunks" / "0001.npz").write_bytes(b"spoiled")
    resumed = run_fake(fake.scenario(), tmp_path / "r", resume=True, tell=said.append)
    assert any("checksum" in line for line in said) and any("3 of 6 windows" in line for line in said)
    for name in ("summary.json", "scenario.toml"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_windows_side_by_side_come_in_order_and_no_more_than_asked_for_are_begun() -> None:
    begun, both = [], threading.Barrier(2, timeout=60.0)

    def work(i: int) -> int:
        begun.append(i)
        if i < 2:
            both.wait()  # passes only if two are worked on at a time
        return 10 * i

    found = side_by_side(work, range(6), 2)
    for i in range(6):
        assert next(found) == 10 * i
        assert len(begun) <= i + 3
    assert next(found, None) is None and sorted(begun) == list(range(6))


def test_resume_of_a_complete_run_changes_nothing(run_fake: Any, tmp_path: Path) -> None:
    run = run_fake(fake.scenario(), tmp_path / "r")
    before = {path: path.stat().st_mtime_ns for path in run.folder.iterdir()}
    said: list[str] = []
    run_fake(fake.scenario(), tmp_path / "r", resume=True, tell=said.append)
    assert {path: path.stat().st_mtime_ns for path in run.folder.iterdir()} == before
    assert "complete" in said[0]
    with pytest.raises(FolderError, match="already exists"):
        run_fake(fake.scenario(), tmp_path / "r")


def test_resume_without_a_partial_run_starts_afresh_and_says_so(run_fake: Any, tmp_path: Path) -> None:
    said: list[str] = []
    run_fake(fake.scenario(), tmp_path / "r", resume=True, tell=said.append)
    assert "starting afresh" in said[0]


def test_a_run_killed_while_it_gets_its_name_is_finished_by_resume(
    run_fake: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from orbitdc.results import folder as folders

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folders.os, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            run_fake(fake.scenario(), tmp_path / "r")
    assert (partial_of(tmp_path / "r") / "manifest.json").exists()
    run_fake(fake.scenario(), tmp_path / "r", resume=True)
    assert not (tmp_path / "r" / "chunks").exists()


def test_what_finish_adds_is_part_of_the_run_and_its_failure_is_not_fatal_to_data(
    run_fake: Any,
    tmp_path: Path,
) -> None:
    def add(run: Run) -> None:
        assert (run.folder / "series.nc").exists() and run.results["name"] == "fake"
        (run.folder / "plots").mkdir()

    assert (run_fake(fake.scenario(), tmp_path / "r", finish=add).folder / "plots").is_dir()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_end_with_their_code_and_a_run_that_resumes(tmp_path: Path, number: int, code: int) -> None:
    folder = tmp_path / "r"
    process = start("run", "x", "-o", str(folder), window_s=1.0)
    wait_for_chunk(process, folder)
    process.send_signal(number)
    returncode, _, err = finish(process)
    assert returncode == code, err
    assert "--resume" in err and "Traceback" not in err
    assert not folder.exists() and n_chunks(folder) >= 1
    returncode, out, err = finish(start("run", "x", "-o", str(folder), "--resume"))
    assert returncode == 0 and "windows are there" in err
    assert "Run folder" in out


def test_kills_at_any_time_and_resume_end_in_the_same_bytes(tmp_path: Path) -> None:
    dice = random.Random(20251127)
    folder, whole = tmp_path / "r", tmp_path / "whole"
    assert finish(start("run", "x", "-o", str(whole)))[0] == 0
    for _ in range(3):
        process = start("run", "x", "-o", str(folder), "--resume", window_s=0.3)
        time.sleep(dice.uniform(1.0, 2.5))
        process.kill()
        process.communicate()
        if folder.exists():
            break
    assert finish(start("run", "x", "-o", str(folder), "--resume"))[0] == 0
    assert (folder / "summary.json").read_bytes() == (whole / "summary.json").read_bytes()
    assert not partial_of(folder).exists()


def test_two_runs_into_one_folder_cannot_happen(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    first = start("run", "x", "-o", str(folder), window_s=2.5)
    wait_for_chunk(first, folder)
    returncode, _, err = finish(start("run", "x", "-o", str(folder), "--resume"))
    assert returncode == 2 and f"locked by process {first.pid} on " in err
    assert finish(first)[0] == 0


def test_a_file_size_limit_ends_with_one_message(tmp_path: Path) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    returncode, _, err = finish(start("run", "x", "-o", str(tmp_path / "r"), preexec_fn=limit))
    assert returncode == 2, err
    assert "Traceback" not in err and "size allowed" in err
    assert not (tmp_path / "r").exists()
    assert not list(tmp_path.rglob("*.tmp"))
