"""The shape of the house: imports point down the order of the rooms only, and kernels import bare numbers."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import orbitdc

PACKAGE = Path(orbitdc.__file__).parent

ORDER = (
    ("constants", "errors"),
    ("kernels",),
    ("scenario",),
    ("spacecraft", "orbit", "links"),
    ("fleet",),
    ("environment",),
    ("network",),
    ("capacity", "workload", "ground"),
    ("scheduler",),
    ("economics",),
    ("resilience",),
    ("stream",),
    ("chunk",),
    ("simulate",),
    ("estimate", "survey", "warmup"),
    ("results",),
    ("runner",),
    ("report", "validation"),
    ("__init__", "cli", "__main__"),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
TOP = len(ORDER) - 1

KERNEL_MODULES = {"math", "numpy", "numba"}
KERNEL_SETUP_MODULES = KERNEL_MODULES | {"hashlib", "llvmlite", "os", "pathlib", "tempfile"}
"""What `kernels/__init__.py` needs beside them, to name the folder of compiled code."""

HEAVY = ("numpy", "numba", "scipy", "astropy", "skyfield", "pydantic", "matplotlib", "xarray", "pandas")


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def room_of(dotted: str) -> str:
    """Return the room of a module of ours: `orbitdc.orbit.sun` → `orbit`, `orbitdc` → `__init__`."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute dotted name) of every import of a file, at whatever depth it stands."""
    package = name_of(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from ..kernels import shadow` imports a module, `from .time import TimeGrid` a name.
                deeper = f"{module}.{alias.name}"
                yield node.lineno, deeper if _is_module(deeper) else module


def _is_module(dotted: str) -> bool:
    path = PACKAGE.parent.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def own_imports() -> Iterator[tuple[str, str, str]]:
    """Yield (where, importing room, imported room) of every import among our modules."""
    for path in sources():
        source = room_of(name_of(path))
        for line, dotted in imports_of(path):
            if dotted.split(".")[0] == "orbitdc":
                yield f"{path.relative_to(PACKAGE)}:{line}", source, room_of(dotted)


def test_every_module_belongs_to_a_room_of_the_order() -> None:
    assert not [name_of(path) for path in sources() if room_of(name_of(path)) not in LEVEL]


def test_no_import_points_up_the_order() -> None:
    upward = [
        f"{where}: {source} imports {target}"
        for where, source, target in own_imports()
        # the version and the project's name, at the root of the package, are everybody's
        if LEVEL[target] > LEVEL[source] and not (target == "__init__" and source != "kernels")
    ]
    assert not upward


def test_rooms_of_one_level_do_not_import_each_other_in_a_circle() -> None:
    sideways: dict[str, set[str]] = {}
    for _, source, target in own_imports():
        if source != target and LEVEL[source] == LEVEL[target] and LEVEL[source] != TOP:
            sideways.setdefault(source, set()).add(target)
    assert not [(a, b) for a in sideways for b in sideways[a] if a in sideways.get(b, set())]


@pytest.mark.parametrize("path", sorted((PACKAGE / "kernels").glob("*.py")), ids=lambda path: path.stem)
def test_kernels_import_nothing_of_ours_but_constants(path: Path) -> None:
    allowed = KERNEL_SETUP_MODULES if path.stem == "__init__" else KERNEL_MODULES
    foreign = []
    for line, dotted in imports_of(path):
        ours = dotted == "orbitdc.constants" or dotted.startswith("orbitdc.kernels")
        if not ours and dotted.split(".")[0] not in allowed:
            foreign.append(f"{path.name}:{line}: {dotted}")
    assert not foreign


def test_the_first_line_of_every_module_says_what_it_is() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and len((ast.get_docstring(tree) or "").partition("\n")[0]) < 20:
            silent.append(name_of(path))
    assert not silent


@pytest.mark.parametrize("module", ["orbitdc", "orbitdc.cli"])
def test_showing_help_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
