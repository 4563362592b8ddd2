"""The warm-up: it leaves nothing to be compiled, and says what it did."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import orbitdc
from orbitdc import warmup

REPOSITORY = Path(orbitdc.__file__).parents[1]
MINI = Path(__file__).parent / "data" / "mini.toml"


def test_what_was_done_is_said() -> None:
    assert str(warmup.Warmth(27, 0, 1.0, Path("x"))) == "nothing to do: 27 kernels are compiled, in x"
    assert str(warmup.Warmth(27, 27, 31.4, Path("x"))) == "compiled 27 kernels in 31 s, kept in x"


@pytest.mark.slow
def test_after_the_warm_up_nothing_is_compiled(tmp_path: Path) -> None:
    environment = {**os.environ, "ORBITDC_CACHE_DIR": str(tmp_path / "cache")}
    for name in ("NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"):
        environment.pop(name, None)

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "orbitdc", *words],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    def kept() -> set[Path]:
        return set((tmp_path / "cache").rglob("*.nb[ci]"))

    first = command("warmup")
    assert "compiling (once)" in first.stderr and "compiled" in first.stdout
    before = kept()
    assert len(before) > 10
    again = command("warmup")
    assert "nothing to do" in again.stdout and "compiling" not in again.stderr
    command("run", str(MINI), "-o", str(tmp_path / "run"))
    command("run", str(MINI), "-o", str(tmp_path / "ride"), "--set", "operations.envelope=ride-through")
    command("coverage", "dawn-dusk", "--station", "kashi")
    command("sunlight", "dawn-dusk", "--days", "2", "--shadow", "cone")
    assert kept() == before
