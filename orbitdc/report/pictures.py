"""Picture files: figures → PNG and SVG, whole or absent."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, Problem
from ..results.folder import explained, write_atomic
from . import plots
from .page import write_page
from .style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..results.run import Run

FORMATS = (".png", ".svg", ".pdf")


def save(figure: Figure, path: Path) -> None:
    """Write a figure to a file; its ending says the format.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        `.png`, `.svg` or `.pdf`.

    Raises
    ------
    InputError
        Another ending.
    FolderError
        If it cannot be written.
    """
    check_format(path)
    buffer = io.BytesIO()
    # without a date the same run gives the same file
    metadata = (
        {"Date": None} if path.suffix == ".svg" else {"CreationDate": None} if path.suffix == ".pdf" else {}
    )
    with styled():
        figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=160, metadata=metadata)
    write_atomic(path, buffer.getvalue())


def check_format(path: Path) -> None:
    """Refuse a file name from which no format follows."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(Problem(str(path), path.suffix or "no ending", ", ".join(FORMATS)))


def draw(run: Run, kind: str, out: Path | None = None) -> list[Path]:
    """Draw one kind of picture of a run and return the files written.

    Parameters
    ----------
    run : Run
        A run.
    kind : str
        A key of `plots.KINDS`.
    out : Path, optional
        One file; PNG and SVG in the run's folder `plots` by default.
    """
    if out is not None:
        check_format(out)
    figure = plots.KINDS[kind](run)
    with styled():
        figure.draw_without_rendering()  # the layout is worked out once, not for each file
        figure.set_layout_engine("none")
    paths = (
        [out]
        if out is not None
        else [run.folder / "plots" / f"{kind}{ending}" for ending in (".png", ".svg")]
    )
    for path in paths:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        save(figure, path)
    return paths


def draw_all(run: Run, tell: Callable[[str], None]) -> None:
    """Draw every kind of picture, then the page with all; what fails is said and costs the run nothing.

    Parameters
    ----------
    run : Run
        A run whose data are written.
    tell : callable
        Receives what went wrong.
    """
    for kind in plots.KINDS:
        try:
            draw(run, kind)
        except Exception as error:
            tell(
                f"the picture '{kind}' could not be drawn ({type(error).__name__}: {error}); "
                "the results are whole"
            )
    try:
        write_page(run)
    except Exception as error:
        tell(f"the page could not be written ({type(error).__name__}: {error}); the results are whole")
