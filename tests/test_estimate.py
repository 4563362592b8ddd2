"""The estimate before a run: what it says, what it refuses, and that it is near what a run takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import orbitdc
from orbitdc.errors import InputError
from orbitdc.estimate import MEMORY, estimate
from orbitdc.fleet import build
from orbitdc.kernels import LANES
from orbitdc.runner import run
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load
from orbitdc.stream import GROUP

REPOSITORY = Path(orbitdc.__file__).parents[1]


def words_of(n: int, n_days: int = 1) -> list[str]:
    """Return what makes a swarm of `n` satellites over so many days."""
    few = [f"phase.2035.batch.{name}-shell.count={n // 2}" for name in ("dusk", "dawn")]
    return [*few, f"phase.2035.end=2035-01-{n_days + 1:02d}T00:00:00Z"]


def swarm(n: int, n_days: int = 1) -> Scenario:
    return load("gigawatt-swarm", words_of(n, n_days))


def test_memory_does_not_grow_with_the_horizon_and_time_does() -> None:
    two, ten = (estimate(plan, build(plan)) for plan in (swarm(400, 2), swarm(400, 10)))
    assert two.memory_bytes == ten.memory_bytes
    assert ten.n_windows == 10 and ten.time_s > two.time_s


def test_windows_go_side_by_side_where_memory_allows() -> None:
    few, many = (estimate(plan, build(plan)) for plan in (swarm(400, 3), swarm(10_000, 3)))
    assert few.n_side_by_side == min(2, numba.get_num_threads()) and many.n_side_by_side == 1
    plan = swarm(400, 3)
    tight = estimate(plan, build(plan), few.memory_bytes - 1e6)
    assert tight.n_side_by_side == 1 and tight.memory_bytes <= few.memory_bytes - 1e6
    assert estimate(plan, build(plan), 1e12) == few


def test_less_memory_is_fewer_satellites_at_once() -> None:
    plan = swarm(10_000)
    fleet = build(plan)
    whole = estimate(plan, fleet)
    assert whole.n_flying == 10_000 and whole.n_at_once == GROUP
    tight_bytes = whole.memory_bytes - 1e6
    tight = estimate(plan, fleet, tight_bytes)
    assert LANES <= tight.n_at_once < GROUP and tight.n_at_once % LANES == 0
    assert tight.memory_bytes <= tight_bytes
    assert estimate(plan, fleet, 1e12) == whole


def test_too_little_is_refused_with_what_would_do() -> None:
    plan = swarm(400)
    with pytest.raises(InputError, match="64 satellites at a time") as refusal:
        estimate(plan, build(plan), 5e7)
    least = MEMORY.parse(str(refusal.value).split("at least ")[1].split(",")[0])
    assert estimate(plan, build(plan), least).n_at_once == LANES


def test_the_limit_changes_no_result(tmp_path: Path) -> None:
    plan, single = swarm(320, 2), swarm(320)
    alone = estimate(single, build(single)).memory_bytes
    limits = {"free": None, "one by one": alone, "tight": alone - 1e6}
    runs = [run(plan, tmp_path / name, max_memory_bytes=limit) for name, limit in limits.items()]
    assert len({(each.folder / "summary.json").read_bytes() for each in runs}) == 1


@pytest.mark.parametrize(("text", "n_bytes"), [("2 GB", 2e9), ("500 MB", 5e8), ("1 GiB", 2**30)])
def test_sizes_are_read_as_astropy_reads_them(text: str, n_bytes: float) -> None:
    assert MEMORY.parse(text) == pytest.approx(n_bytes)


@pytest.mark.slow
@pytest.mark.parametrize("n", [120, 1600])
def test_a_run_takes_the_memory_that_was_expected(tmp_path: Path, n: int) -> None:
    """Peak resident memory of a process that runs one day, within a factor of 1.5."""
    code = (
        "import resource, sys; from orbitdc import cli\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    words = ["run", "gigawatt-swarm", "-o", str(tmp_path / "run")]
    for change in words_of(n):
        words += ["--set", change]
    subprocess.run([sys.executable, "-m", "orbitdc", "warmup"], cwd=REPOSITORY, check=True)
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    taken = float(done.stdout.splitlines()[-1])
    plan = swarm(n)
    expected = estimate(plan, build(plan)).memory_bytes
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["n_chunks"] == 1
    assert expected / 1.5 < taken < 1.5 * expected, f"{taken / 1e6:.0f} MB against {expected / 1e6:.0f} MB"
