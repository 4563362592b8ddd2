"""The run folder: whole or absent files, checksums, NetCDF that opens in xarray, and `Run`."""

# ruff: noqa: F811 (a fixture is imported, then named by the tests that use it)

from __future__ import annotations

import errno
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.time import TimeGrid
from orbitdc.results import folder as folders
from orbitdc.results.folder import Chunks, FolderError, PartialRun, write_atomic
from orbitdc.results.run import Run, compare

sys.path.insert(0, str(Path(__file__).parent))
import fake_simulate as fake
from fake_fixtures import fake_run, faked, run_fake  # noqa: F401

ORIGIN = {"scenario": "abc", "seed": 1, "n_chunks": 3}


# --- files, chunks, locks -----------------------------------------------------------------------------------


def test_atomic_write_leaves_nothing_behind_when_the_disk_is_full(tmp_path: Path, monkeypatch: Any) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders.os, "fsync", full)
    with pytest.raises(FolderError, match="no space left"):
        write_atomic(tmp_path / "a.json", b"x")
    assert list(tmp_path.iterdir()) == []


def test_atomic_write_keeps_the_old_file_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    monkeypatch.setattr(
        folders.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error"))
    )
    with pytest.raises(FolderError):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"


def test_chunks_notice_every_kind_of_damage(tmp_path: Path) -> None:
    chunks = Chunks(tmp_path, 2)
    arrays = {"step_compute_w": np.arange(5.0), "window": np.asarray(0)}
    chunks.write(0, arrays)
    assert chunks.whole(0) and not chunks.whole(1) and not chunks.damaged(1)
    assert chunks[0]["step_compute_w"].tolist() == [0, 1, 2, 3, 4]
    data = chunks.path(0).read_bytes()
    for spoiled in (data[:-1], data[:50] + bytes([data[50] ^ 1]) + data[51:], b""):
        chunks.path(0).write_bytes(spoiled)
        assert not chunks.whole(0) and chunks.damaged(0)


def test_a_locked_run_is_refused_and_says_by_whom(tmp_path: Path) -> None:
    first = PartialRun.open(tmp_path / "r", ORIGIN, resume=False)
    with pytest.raises(FolderError, match="locked by process"):
        PartialRun.open(tmp_path / "r", ORIGIN, resume=True)
    first.release()
    PartialRun.open(tmp_path / "r", ORIGIN, resume=True).release()


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    with pytest.raises(FolderError, match="already exists"):
        PartialRun.open(tmp_path / "r", ORIGIN, resume=False)
    assert not (tmp_path / "r.partial").exists()


def test_a_run_without_work_leaves_no_folder(tmp_path: Path) -> None:
    PartialRun.open(tmp_path / "r", ORIGIN, resume=False).release()
    assert list(tmp_path.iterdir()) == []


def test_resuming_needs_the_same_origin(tmp_path: Path) -> None:
    run = PartialRun.open(tmp_path / "r", ORIGIN, resume=False)
    run.chunks.write(0, {"window": np.asarray(0)})
    run.release()
    with pytest.raises(FolderError, match="another scenario and seed"):
        PartialRun.open(tmp_path / "r", {**ORIGIN, "scenario": "other", "seed": 2}, resume=True)
    with pytest.raises(FolderError, match="--resume"):
        PartialRun.open(tmp_path / "r", ORIGIN, resume=False)


def test_a_path_through_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="a part of this path is a file"):
        PartialRun.open(tmp_path / "file" / "r", ORIGIN, resume=False)


def test_json_refuses_nan() -> None:
    with pytest.raises(ValueError):
        folders.to_json({"a": float("nan")})
    assert json.loads(folders.to_json({"a": np.float64(0.1), "b": np.arange(2)})) == {"a": 0.1, "b": [0, 1]}


# --- what a run holds ---------------------------------------------------------------------------------------


def test_files_open_in_xarray_with_units_and_times(fake_run: Run) -> None:
    import xarray

    with xarray.open_dataset(fake_run.folder / "series.nc", decode_timedelta=False) as series:
        assert series.attrs["Conventions"].startswith("CF")
        assert series["compute_w"].attrs["units"] == "W"
        assert series["time"].dtype.kind == "M"
        window = fake.windows(fake.scenario())[2]
        start = series["time"].values[series["window"].values == 2][0]
        assert start == np.datetime64(window.start.replace(tzinfo=None), "ns")
        assert series["light_beta_deg"].attrs["units"] == "degree"
        assert not series.encoding["unlimited_dims"]  # a file that may grow takes five times as long to open
    with xarray.open_dataset(fake_run.folder / "passes.nc", decode_timedelta=False) as passes:
        assert passes["station"].attrs["flag_meanings"] == "kashi sanya mohe"
        assert passes["max_elevation_deg"].attrs["units"] == "degree"


def test_tables_hold_what_the_windows_said(fake_run: Run) -> None:
    plan = fake.prepare(fake.scenario())
    windows = [fake.simulate_window(plan, i) for i in range(6)]
    assert len(fake_run.passes) == sum(len(window["pass_rise_s"]) for window in windows)
    at_kashi = fake_run.passes.at("KASHI")
    assert len(at_kashi) == sum(int((window["pass_station"] == 0).sum()) for window in windows)
    assert set(at_kashi["station"]) == {"kashi"}
    assert set(at_kashi["satellite"]) <= {f"sat-{i}" for i in range(4)}
    assert at_kashi["clipped"].dtype == bool
    lasts = (at_kashi["set_utc"] - at_kashi["rise_utc"]).dt.total_seconds()
    assert np.allclose(lasts, 600.0, atol=1e-6)
    assert len(fake_run.passes.of("sat-1")) > 0
    with pytest.raises(FolderError, match="kashi"):
        fake_run.passes.at("kasi")
    jobs = fake_run.jobs
    assert set(jobs["outcome"]) <= {"completed", "late", "rejected"}
    assert set(jobs["class"]) == set(fake.CLASSES)
    assert jobs["work_op"].sum() == pytest.approx(
        sum(window["job_work_op"].sum() for window in windows), rel=1e-12
    )
    assert len(fake_run.light) == 730


def test_job_classes_count_through_phases_that_ask_for_different_ones(
    tmp_path: Path, run_fake: Any, monkeypatch: Any
) -> None:
    plan = fake.scenario("classes")
    plan.phase[0].demand = {"training": 1.0, "zeta": 1.0, "alpha": 1.0}
    plan.job |= {name: plan.job["training"] for name in plan.phase[0].demand}
    run = run_fake(plan, tmp_path / "r")
    first = run.jobs[run.jobs["phase"] == 0]
    assert set(first["class"]) == {"training", "zeta", "alpha"}
    assert set(run.jobs[run.jobs["phase"] == 1]["class"]) == set(fake.CLASSES)


def test_summary_is_a_row_per_phase(fake_run: Run) -> None:
    table = fake_run.summary()
    assert list(table.index) == ["first", "second", "total"]
    shares = table.loc["first", [name for name in table.columns if name.startswith("limit_")]]
    assert shares.sum() == pytest.approx(1.0)
    assert {"it_power_w", "n_completed", "limit_queue_frac", "scheduler_policy"} <= set(table.columns)


def test_ephemeris_is_propagated_again_to_the_last_digit(fake_run: Run) -> None:
    start = datetime(2026, 7, 3, 4, 5, 6, tzinfo=UTC)
    grid = TimeGrid(start, 60.0, 5)
    expected = propagate(fake.prepare(fake.scenario()).fleet.satellites, grid).r_teme_km
    again = fake_run.ephemeris(grid)
    assert again["r_teme_km"].attrs["units"] == "km"
    assert np.abs(again["r_teme_km"].values - expected).max() < 1e-9
    irregular = fake_run.ephemeris(["2026-07-03T04:05:06Z", start + timedelta(seconds=240), start])
    assert np.abs(irregular["r_teme_km"].values - expected[:, [0, 4, 0]]).max() < 1e-9
    with pytest.raises(FolderError, match="naive"):
        fake_run.ephemeris([datetime(2026, 7, 3)])


def test_compare_puts_runs_side_by_side(fake_run: Run) -> None:
    table = compare(fake_run, fake_run)
    assert ("second", "fake #2") in table.columns
    assert (table[("first", "fake #1")] == table[("first", "fake #2")]).all()


def test_opening_what_is_no_run_says_what_it_is(tmp_path: Path, fake_run: Run) -> None:
    with pytest.raises(FolderError, match="no such run folder"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(FolderError, match=r"no manifest\.json"):
        Run.open(tmp_path)
    (tmp_path / "half.partial").mkdir()
    with pytest.raises(FolderError, match="--resume"):
        Run.open(tmp_path / "half")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    (broken / "summary.json").write_text("{}")
    with pytest.raises(FolderError, match="cannot be read"):
        Run.open(broken)


def test_manifest_hashes_every_data_file(fake_run: Run) -> None:
    names = {
        "series.nc",
        "passes.nc",
        "contacts.nc",
        "schedule.nc",
        "sites.nc",
        "running.nc",
        "fibre.nc",
        "fleet.nc",
        "summary.json",
        "scenario.toml",
    }
    assert set(fake_run.manifest["files"]) == names
    for name, entry in fake_run.manifest["files"].items():
        assert folders.sha256_of(fake_run.folder / name) == entry["sha256"]
    assert fake_run.manifest["residuals"] == {"energy_residual_frac": pytest.approx(6e-13)}
    assert sorted(path.name for path in fake_run.folder.iterdir()) == sorted([*names, "manifest.json"])
