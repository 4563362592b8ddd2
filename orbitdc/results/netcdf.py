"""NetCDF files of a run: chunks of named columns → CF tables that open in xarray.

The name of a column says everything: `pass_rise_azimuth_deg` is the column `rise_azimuth_deg` of the table
of passes, in degrees. Rows are counted, then written chunk by chunk, so memory does not grow with the horizon
and dimensions have a fixed length: a file whose dimensions may grow takes five times as long to open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..orbit.time import format_utc
from .folder import Arrays, FolderError, explanation

UNITS = {
    "_bit_per_s": "bit s-1",
    "_op_per_s": "op s-1",
    "_km_per_s": "km s-1",
    "_w_per_m2": "W m-2",
    "_rad_per_min": "radian min-1",
    "_jd": "day",
    "_deg": "degree",
    "_rad": "radian",
    "_frac": "1",
    "_bit": "bit",
    "_usd": "USD",
    "_hz": "Hz",
    "_km": "km",
    "_m2": "m2",
    "_op": "op",
    "_kg": "kg",
    "_db": "dB",
    "_wh": "W h",
    "_m": "m",
    "_s": "s",
    "_w": "W",
    "_j": "J",
    "_k": "K",
    "_d": "day",
    "_h": "hour",
}
"""Ending of a name → CF unit; longest ending first."""

INSTANTS = {
    "pass": ("rise_s", "culmination_s", "set_s"),
    "contact": ("start_s", "end_s"),
    "command": ("start_s", "end_s"),
    "job": ("arrival_s", "deadline_s", "start_s", "end_s"),
    "step": ("time_s",),
    "slot": ("time_s",),
    "use": ("start_s",),
    "light": ("time_s",),
    "fleet": ("launch_s", "end_s"),
}
"""Columns that are instants, counted from the start of their window; in the file they are times."""


_CHUNK_ROWS = 8192
_ROWS_AT_ONCE = 65536


@dataclass(frozen=True)
class Table:
    """One table of a file: the prefix of its columns, its dimension, and the names behind its integers.

    A column `time_s` becomes the coordinate of the dimension. `prefixed` columns keep their prefix in the
    file, where another table has columns of the same names.
    """

    prefix: str
    dimension: str
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prefixed: bool = False


def unit_of(name: str) -> str:
    """Return the CF unit that the ending of a name states, "1" for counts and codes.

    >>> unit_of("bus_power_w"), unit_of("downlink_bit_per_s"), unit_of("n_cards")
    ('W', 'bit s-1', '1')
    """
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "1")


def columns_of(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
    """Return the columns of one table, prefix removed.

    >>> columns_of({"pass_rise_s": np.zeros(2), "window": np.array(0)}, "pass")
    {'rise_s': array([0., 0.])}
    """
    head = prefix + "_"
    return {
        name[len(head) :]: value
        for name, value in arrays.items()
        if name.startswith(head) and value.ndim == 1
    }


@dataclass(frozen=True)
class File:
    """One file of a run: its path, what it says about itself, and its tables."""

    path: Path
    title: str
    tables: Sequence[Table]


def write_tables(
    files: Sequence[File],
    chunks: Callable[[], Iterable[Arrays]],
    offsets_s: Sequence[float],
    epoch: datetime,
    attributes: Mapping[str, Any],
) -> None:
    """Write tables whose rows come from many chunks: one pass counts them, another writes all files.

    Parameters
    ----------
    files : sequence of File
        What to make. A failed write leaves none of them; a table none of whose columns exist is left out.
    chunks : callable
        Gives arrays by name, chunk by chunk.
    offsets_s : sequence of float
        Start of each chunk after `epoch` [s].
    epoch : datetime
        Zero of the times in the files.
    attributes : mapping
        Global attributes.

    Raises
    ------
    FolderError
        If a file cannot be written.
    """
    import h5netcdf

    n_rows = _counted({table.prefix for item in files for table in item.tables}, chunks())
    try:
        with contextlib.ExitStack() as stack:
            writers = []
            for item in files:
                file = stack.enter_context(h5netcdf.File(item.path, "w"))
                for name, value in {"Conventions": "CF-1.11", "title": item.title, **attributes}.items():
                    file.attrs[name] = value
                writers += [_Writer(file, table, n_rows[table.prefix], epoch) for table in item.tables]
            for number, arrays in enumerate(chunks()):
                for writer in writers:
                    writer.add(arrays, offsets_s[number])
            for writer in writers:
                writer.flush()
    except (OSError, RuntimeError) as error:  # h5py reports a full disk as either
        for item in files:
            item.path.unlink(missing_ok=True)
        cause = error if isinstance(error, OSError) else OSError(str(error))
        raise FolderError(explanation(cause, files[0].path.parent)) from error


def _counted(prefixes: Iterable[str], chunks: Iterable[Arrays]) -> dict[str, int]:
    """Return how many rows the table of each prefix has in all chunks."""
    n_rows = dict.fromkeys(prefixes, 0)
    for arrays in chunks:
        for prefix in n_rows:
            n_rows[prefix] += max((len(column) for column in columns_of(arrays, prefix).values()), default=0)
    return n_rows


class _Writer:
    """Fills the rows of one table into its variables."""

    def __init__(self, file: Any, table: Table, n_rows: int, epoch: datetime) -> None:
        self._file = file
        self._table = table
        self._n_rows = n_rows
        self._since = f"seconds since {format_utc(epoch)[:19].replace('T', ' ')}"
        self._n = self._n_pending = 0
        self._pending: list[Arrays] = []
        self._variables: dict[str, Any] = {}

    def add(self, arrays: Mapping[str, NDArray[Any]], offset_s: float) -> None:
        columns = columns_of(arrays, self._table.prefix)
        if not columns:
            return
        lengths = {name: len(value) for name, value in columns.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"columns of {self._table.prefix} differ in length: {lengths}")
        n = next(iter(lengths.values()))
        shifted = INSTANTS.get(self._table.prefix, ())
        self._pending.append(
            {name: value + offset_s if name in shifted else value for name, value in columns.items()}
        )
        self._n_pending += n
        if self._n_pending >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait: few large writes cost a tenth of many small ones."""
        if not self._pending:
            return
        columns = {name: np.concatenate([rows[name] for rows in self._pending]) for name in self._pending[0]}
        if not self._variables:
            self._file.dimensions[self._table.dimension] = self._n_rows
            self._variables = {name: self._create(name, value) for name, value in columns.items()}
        end = self._n + self._n_pending
        for name, value in columns.items():
            self._variables[name][self._n : end] = value.astype(object) if value.dtype.kind in "SU" else value
        self._n, self._n_pending = end, 0
        self._pending.clear()

    def _create(self, name: str, sample: NDArray[Any]) -> Any:
        instant = name in INSTANTS.get(self._table.prefix, ())
        if sample.dtype.kind in "SU":
            return self._file.create_variable(self._label(name), (self._table.dimension,), _string_type())
        kind = _stored_type(name, sample.dtype, instant)
        variable = self._file.create_variable(
            self._label(name),
            (self._table.dimension,),
            kind,
            chunks=(min(_CHUNK_ROWS, max(self._n_rows, 1)),),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
        variable.attrs["long_name"] = name.removesuffix("_s").replace("_", " ") if instant else _words(name)
        if instant:
            variable.attrs["units"] = self._since
            variable.attrs["calendar"] = "standard"
        elif name in self._table.names:
            meanings = self._table.names[name]
            variable.attrs["flag_values"] = np.arange(len(meanings), dtype=kind)
            variable.attrs["flag_meanings"] = " ".join(word.replace(" ", "_") for word in meanings)
        else:
            variable.attrs["units"] = unit_of(name)
        return variable

    def _label(self, name: str) -> str:
        if name == "time_s" or name == self._table.dimension:
            return self._table.dimension
        instant = name in INSTANTS.get(self._table.prefix, ())
        label = time_label(name) if instant else name
        return f"{self._table.prefix}_{label}" if self._table.prefixed else label


def _stored_type(name: str, kind: np.dtype[Any], instant: bool) -> np.dtype[Any]:
    """Return the type in the file: angles and shares need seven digits, codes 32 bits."""
    if kind.kind == "b":
        return np.dtype("i1")
    if kind.kind == "i":
        return np.dtype("i4") if not name.startswith("n_") else np.dtype("i8")
    return np.dtype("f4") if not instant and name.endswith(("_deg", "_frac", "_k")) else kind


def time_label(name: str) -> str:
    """Return the name of an instant in a file or table: the unit is UTC, not seconds.

    >>> time_label("rise_s")
    'rise_utc'
    """
    return name.removesuffix("_s") + "_utc"


def _words(name: str) -> str:
    for ending in UNITS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending).replace("_", " ")
    return name.replace("_", " ")


def _string_type() -> Any:
    import h5py

    return h5py.string_dtype()
