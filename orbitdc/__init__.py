"""orbitdc: an orbital data-centre constellation and its ground system, simulated as one. Scenario → run.

The public names, each loaded at its first use, so that importing the package costs nothing:
`load`, `run`, `survey`, `open_run`, `compare`, `plots`, `Scenario`, `Run`, `errors`, `read_trace`,
`classified`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import plots
    from .results.run import Run, compare
    from .runner import run
    from .scenario.models import Scenario
    from .scenario.reader import load
    from .survey import survey
    from .workload.classes import classified
    from .workload.traces import read_trace

    open_run = Run.open

__version__ = "0.1.0"

__project__ = "orbitdc: orbital data-centre constellation simulator"
"""Says whose package this is: the distribution `spacedc-mdao` installs one of the same name."""

__all__ = [
    "Run",
    "Scenario",
    "classified",
    "compare",
    "errors",
    "load",
    "open_run",
    "plots",
    "read_trace",
    "run",
    "survey",
]

_HOME = {
    "Run": ".results.run",
    "Scenario": ".scenario.models",
    "compare": ".results.run",
    "classified": ".workload.classes",
    "load": ".scenario.reader",
    "read_trace": ".workload.traces",
    "run": ".runner",
    "survey": ".survey",
}
_MODULE = {"errors": ".errors", "plots": ".report.plots"}


_FOREIGN = ("mdao", "models", "optimize", "viz", "calibrate.py", "evaluation.py")


def refuse_a_mix(package: Path | None = None) -> None:
    """Raise if the distribution `spacedc-mdao` was installed into the folder of this package.

    It brings an import package and a command of the same name; pip installs one over the other without a
    word, half the files of each are then left, and nothing computed by such a mix can be trusted.

    Parameters
    ----------
    package : Path, optional
        Folder to look at; this package's own by default.

    Raises
    ------
    ImportError
        With what was found and how to repair it.
    """
    folder = package or Path(__file__).parent
    found = sorted(str(entry) for entry in folder.parent.glob("spacedc_mdao-*.dist-info"))
    # pip leaves a folder behind when only __pycache__ is in it, so code is looked for
    found += [
        str(folder / name)
        for name in _FOREIGN
        if (folder / name).is_file() or any((folder / name).glob("*.py"))
    ]
    if found:
        raise ImportError(
            f"{folder}: the package 'spacedc-mdao' is installed here too, under the same name 'orbitdc' "
            f"(found {', '.join(found)}). The two overwrite each other's files and cannot share an "
            "environment: install orbitdc in a new one, made with python3 -m venv"
        )


def __getattr__(name: str) -> Any:
    if name in _MODULE or name in _HOME or name == "open_run":
        refuse_a_mix()
    if name in _MODULE:
        return importlib.import_module(_MODULE[name], __name__)
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name], __name__), name)
    if name == "open_run":
        return importlib.import_module(".results.run", __name__).Run.open
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
