"""Compiled code is never stale and the bounds-checking run checks: both fail silently in plain Numba."""

from __future__ import annotations

import importlib
import os
import pathlib
import shutil
import subprocess
import sys

import numba
import numpy as np
import pytest

import orbitdc
from orbitdc.kernels import BOUNDSCHECK, kernel

PACKAGE = pathlib.Path(orbitdc.__file__).parent
ASK = "import numpy as np; from orbitdc.kernels import probe; print(probe.outer(np.ones(3)))"


def ask(home: pathlib.Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(home), "ORBITDC_CACHE_DIR": str(home / "cache")}
    environment.pop("NUMBA_DISABLE_JIT", None)
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=home, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def test_an_edit_in_a_callee_of_another_file_is_seen(tmp_path: pathlib.Path) -> None:
    """Numba's own cache looks at the caller's file only (reproduced: benchmarks/decisions)."""
    copy = tmp_path / "orbitdc"
    (copy / "kernels").mkdir(parents=True)
    for name in ("__init__.py", "constants.py"):
        shutil.copy(PACKAGE / name, copy / name)
    shutil.copy(PACKAGE / "kernels" / "__init__.py", copy / "kernels")
    (copy / "kernels" / "inner.py").write_text(
        "from . import kernel\n\n\n@kernel\ndef inner(x):\n    return 2.0 * x\n"
    )
    (copy / "kernels" / "probe.py").write_text(
        "from . import kernel\nfrom .inner import inner\n\n\n@kernel\ndef outer(x):\n    return inner(x[0])\n"
    )
    assert ask(tmp_path) == 2.0
    assert ask(tmp_path) == 2.0
    source = copy / "kernels" / "inner.py"
    source.write_text(source.read_text().replace("2.0", "3.0"))
    assert ask(tmp_path) == 3.0


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_no_entry_point_is_a_closure() -> None:
    """Over compiled functions it would be cached under a name that no other process asks for."""
    names = [path.stem for path in sorted((PACKAGE / "kernels").glob("*.py")) if path.stem != "__init__"]
    modules = [importlib.import_module(f"orbitdc.kernels.{name}") for name in names]
    compiled = {id(thing): thing for module in modules for thing in vars(module).values() if is_entry(thing)}
    assert len(compiled) > 5
    assert [entry.py_func.__name__ for entry in compiled.values() if entry.py_func.__closure__] == []


def is_entry(thing: object) -> bool:
    options = getattr(thing, "targetoptions", {})
    return bool(options) and not options.get("forceinline", False)


@kernel
def read(values, i):
    return values[i]


@pytest.mark.kernel
def test_an_out_of_range_read_raises_in_the_bounds_checking_run() -> None:
    if not BOUNDSCHECK:
        assert read(np.ones(3), 2) == 1.0
        return
    with pytest.raises(IndexError):
        read(np.ones(3), 1000)
