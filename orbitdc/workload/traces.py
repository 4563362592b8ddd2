"""Traces: a log of jobs that ran, SWF or Alibaba's GPU tables → columns, and bad rows with their lines."""

from __future__ import annotations

import csv
import functools
import gzip
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..scenario.quantities import show

if TYPE_CHECKING:
    import pandas

    from ..scenario.models import TraceFile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_BYTES = 2_000_000_000
MOST_SHOWN = 20
"""Bad rows that a refusal lists; a file of another kind has as many as lines."""

N_SWF = 18
SWF_ALLOWED = "18 numbers, as in the Standard Workload Format"
PODS = "name cpu_milli memory_mib num_gpu gpu_milli creation_time deletion_time scheduled_time".split()
"""Columns of openb_pod_list_*.csv, cluster-trace-gpu-v2023, that are read or must be there."""
TASKS = "job_name task_name inst_num status start_time end_time plan_cpu plan_mem plan_gpu gpu_type".split()
"""Columns of pai_task_table.csv, cluster-trace-gpu-v2020, which has no header of its own."""


@dataclass(frozen=True)
class Trace:
    """Jobs of a log in order of submission; axis: job `j`."""

    name: str
    format: Literal["swf", "alibaba-2023", "alibaba-2020"]
    submit_s: Floats
    """(j,) since the log's own zero [s]."""
    run_s: Floats
    """(j,) time it ran [s]."""
    n_processors: Floats
    """(j,) processors or GPUs it held, a part of one where it shared a GPU."""
    user: Ints
    """(j,) number of the owner."""
    users: tuple[str, ...]
    n_rows: int
    """Rows of the log, comments and empty lines not counted."""
    n_never_ran: int
    """Rows of jobs that never ran or held no processor: no work, and no fault of the log."""
    problems: tuple[Problem, ...]
    """Rows left out because they could not be read or cannot be true."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        """Return what it is in one line."""
        parts = [f"{self.name} ({self.format}): {self.n_jobs:,} jobs of {self.n_rows:,} rows"]
        parts += [f"{self.n_never_ran:,} never ran"] if self.n_never_ran else []
        n_bad = len(self.problems)
        parts += [f"{n_bad:,} bad row{'s' * (n_bad != 1)} skipped, first {self.problems[0]}"] if n_bad else []
        return "; ".join(parts)

    @property
    def n_jobs(self) -> int:
        """Jobs that ran."""
        return int(self.submit_s.size)

    @property
    def processor_s(self) -> float:
        """Processor seconds of all jobs [s]."""
        return float(self.run_s @ self.n_processors)

    def table(self) -> pandas.DataFrame:
        """Return the jobs as a table, a row each, owners by name."""
        import pandas

        columns = {name: getattr(self, name) for name in ("submit_s", "run_s", "n_processors")}
        return pandas.DataFrame({**columns, "user": np.array(self.users, object)[self.user]})


class _Row(NamedTuple):
    """What a row says; None for a run that never was."""

    submit_s: float
    run_s: float | None
    n_processors: float
    user: str


class _BadRowError(Exception):
    """A row that cannot be read: what was found, what is allowed."""


def read_trace(path: str | Path, *, bad_rows: Literal["refuse", "skip"] = "refuse") -> Trace:
    r"""Read a log of jobs.

    Parameters
    ----------
    path : Standard Workload Format (Parallel Workloads Archive), plain or gzipped; the pod list of Alibaba's
        cluster-trace-gpu-v2023; or the task table of its v2020. The content tells which.
    bad_rows : `refuse` the file with all its bad rows, or `skip` them and keep them in `Trace.problems`.

    Returns
    -------
    Trace.

    Raises
    ------
    InputError
        A file that cannot be read or is none of these, or bad rows: line, what was found, what is allowed.

    Assumptions
    -----------
    A job that shares a GPU holds that part of it. Processors are those allocated or, unknown, those asked
    for; a run lasts from start to end, in the pod list from scheduling to deletion.

    Source
    ------
    Chapin et al., Benchmarks and Standards for the Evaluation of Parallel Job Schedulers, JSSPP 1999: the
    format; github.com/alibaba/clusterdata: the columns.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = Path(folder) / "two.swf"
    ...     rows = "1 0 5 60 4 -1 -1 4 -1 -1 1 7 1 -1 1 -1 -1 -1", "2 30 0 10 x" + " -1" * 13
    ...     _ = log.write_text("; MaxProcs: 8\n" + "\n".join(rows))
    ...     trace = read_trace(log, bad_rows="skip")
    >>> trace.n_jobs, trace.processor_s, [str(one) for one in trace.problems]
    (1, 240.0, ['two.swf:3: found "x" as allocated processors; allowed: a number'])
    """
    path = Path(path)
    lines = _read(path)
    read, form = _format_of(path.name, lines)
    rows: list[_Row] = []
    problems: list[Problem] = []
    for number, row in read(lines):
        if isinstance(row, _BadRowError):
            found, allowed = row.args
            problems.append(Problem(f"{path.name}:{number}", found, allowed))
        else:
            rows.append(row)
    if problems and bad_rows == "refuse":
        raise InputError(*_shortened(path.name, problems))
    return _trace(path.name, form, rows, problems)


def _shortened(name: str, problems: list[Problem]) -> list[Problem]:
    more = len(problems) - MOST_SHOWN
    hint = 'bad_rows = "skip" leaves such rows out'
    if more <= 0:
        return [*problems[:-1], Problem(problems[-1].place, problems[-1].found, problems[-1].allowed, hint)]
    return [*problems[:MOST_SHOWN], Problem(name, f"{more} more bad rows", "rows as above", hint)]


def _read(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(Problem(path.name, f"{path.stat().st_size} bytes", f"at most {MAX_BYTES} bytes"))
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(Problem(path.name, "a damaged gzip file", "a whole one")) from error
    except OSError as error:
        raise InputError(
            Problem(path.name, error.strerror or "no such file", "a log of jobs that can be read")
        ) from error
    return content.decode("utf-8-sig", errors="replace").splitlines()


_Reader = Callable[[list[str]], Iterator[tuple[int, "_Row | _BadRowError"]]]
_Form = Literal["swf", "alibaba-2023", "alibaba-2020"]


def _format_of(name: str, lines: list[str]) -> tuple[_Reader, _Form]:
    """Tell the format from the first line that says anything."""
    first = next((line for line in lines if line.strip()), "")
    cells = [cell.strip() for cell in first.split(",")]
    if "num_gpu" in cells:
        missing = [column for column in PODS if column not in cells]
        if missing:
            raise InputError(
                Problem(f"{name}:1", f"no column {missing[0]}", "the columns " + ", ".join(PODS))
            )
        return _pods, "alibaba-2023"
    if len(cells) == len(TASKS):
        return _tasks, "alibaba-2020"
    if first.lstrip().startswith(";") or len(first.split()) == N_SWF:
        return _swf, "swf"
    allowed = (
        "a log in Standard Workload Format, a pod list (2023) or a task table (2020) of Alibaba's clusters"
    )
    raise InputError(Problem(name, show(first) if first else "an empty file", allowed))


# --- Standard Workload Format -------------------------------------------------------------------------------

_SWF_NAMES = {1: "submit time", 3: "run time", 4: "allocated processors", 7: "requested processors"}


def _swf(lines: list[str]) -> Iterator[tuple[int, _Row | _BadRowError]]:
    most = math.inf
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith(";"):
            key, _, value = text[1:].partition(":")
            if key.strip() == "MaxProcs" and value.strip().isdecimal():
                most = float(value)
        elif text:
            yield number, _caught(_swf_row, text.split(), most)


def _swf_row(cells: list[str], most: float) -> _Row:
    if len(cells) != N_SWF:
        raise _BadRowError(f"{len(cells)} fields", SWF_ALLOWED)
    submit, run, held, asked = (_number(cells[k], name) for k, name in _SWF_NAMES.items())
    if submit < 0.0:
        raise _BadRowError(f"submit time {submit:g} s", "at least 0 s")
    for name, value in (("run time", run), ("allocated processors", held)):
        if value < 0.0 and value != -1.0:
            raise _BadRowError(f"{name} {value:g}", "at least 0, or -1 for unknown")
    processors = held if held > 0.0 else asked
    if processors > most:
        raise _BadRowError(f"{processors:g} processors", f"at most MaxProcs, {most:g}")
    return _Row(submit, None if run < 0.0 else run, max(0.0, processors), f"user-{cells[11]}")


# --- Alibaba's GPU clusters ---------------------------------------------------------------------------------


def _pods(lines: list[str]) -> Iterator[tuple[int, _Row | _BadRowError]]:
    rows = _table(lines)
    _, header = next(rows)
    place = {column.strip(): k for k, column in enumerate(header)}
    for number, cells in rows:
        yield number, _caught(_pod_row, cells, place)


def _pod_row(cells: list[str], place: dict[str, int]) -> _Row:
    if len(cells) != len(place):
        raise _BadRowError(f"{len(cells)} fields", f"{len(place)} fields, as the header has")
    at = {column: cells[k].strip() for column, k in place.items()}
    n_gpu, part = _count(at["num_gpu"], "num_gpu"), _number(at["gpu_milli"] or "0", "gpu_milli")
    if not 0.0 <= part <= 1000.0:
        raise _BadRowError(f"gpu_milli {part:g}", "0 to 1000, thousandths of a GPU")
    created = _time(at["creation_time"], "creation_time")
    held = n_gpu * (part / 1000.0 if n_gpu == 1.0 else 1.0)
    if not (at["scheduled_time"] and at["deletion_time"]):  # deleted while it waited, or still there
        return _Row(created, None, held, at.get("qos") or "all")
    began = _time(at["scheduled_time"], "scheduled_time")
    ended = _time(at["deletion_time"], "deletion_time")
    if not created <= began <= ended:
        raise _BadRowError(
            f"created {created:g} s, scheduled {began:g} s, deleted {ended:g} s", "times in this order"
        )
    return _Row(created, ended - began, held, at.get("qos") or "all")


def _tasks(lines: list[str]) -> Iterator[tuple[int, _Row | _BadRowError]]:
    for number, cells in _table(lines):
        if [cell.strip() for cell in cells] != TASKS:  # a header that someone put there
            yield number, _caught(_task_row, cells)


def _task_row(cells: list[str]) -> _Row:
    if len(cells) != len(TASKS):
        raise _BadRowError(f"{len(cells)} fields", f"{len(TASKS)} fields: {', '.join(TASKS)}")
    at = dict(zip(TASKS, (cell.strip() for cell in cells), strict=True))
    percent = _number(at["plan_gpu"] or "0", "plan_gpu")
    if percent < 0.0:
        raise _BadRowError(f"plan_gpu {percent:g}", "at least 0, hundredths of a GPU")
    held = _count(at["inst_num"] or "0", "inst_num") * percent / 100.0
    if not at["start_time"]:
        return _Row(0.0, None, held, "all")
    began = _time(at["start_time"], "start_time")
    if not at["end_time"]:
        return _Row(began, None, held, "all")
    ended = _time(at["end_time"], "end_time")
    if ended < began:
        raise _BadRowError(f"start_time {began:g} s, end_time {ended:g} s", "times in this order")
    return _Row(began, ended - began, held, "all")


def _table(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table with the number of their line; each line is a row of its own."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, next(csv.reader([line.replace("\0", "\N{REPLACEMENT CHARACTER}")]))


# --- cells and columns --------------------------------------------------------------------------------------


def _caught(parse: Callable[..., _Row], *arguments: object) -> _Row | _BadRowError:
    try:
        return parse(*arguments)
    except _BadRowError as bad:
        return bad


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) < 1e15:
        raise _BadRowError(f"{show(text)} as {name}", "a number")
    return value


def _count(text: str, name: str) -> float:
    value = _number(text, name)
    if value < 0.0 or value != round(value):
        raise _BadRowError(f"{name} {value:g}", "a whole number, at least 0")
    return value


def _time(text: str, name: str) -> float:
    value = _number(text, name)
    if value < 0.0:
        raise _BadRowError(f"{name} {value:g} s", "at least 0 s")
    return value


def _trace(name: str, form: _Form, rows: list[_Row], problems: list[Problem]) -> Trace:
    ran = [row for row in rows if row.run_s is not None and row.n_processors > 0.0]
    ran.sort(key=lambda row: row.submit_s)
    users = tuple(sorted({row.user for row in ran}))
    number = {user: k for k, user in enumerate(users)}
    return Trace(
        name=name,
        format=form,
        submit_s=np.array([row.submit_s for row in ran], np.float64),
        run_s=np.array([row.run_s for row in ran], np.float64),
        n_processors=np.array([row.n_processors for row in ran], np.float64),
        user=np.array([number[row.user] for row in ran], np.int64),
        users=users,
        n_rows=len(rows) + len(problems),
        n_never_ran=len(rows) - len(ran),
        problems=tuple(problems),
    )


# --- the log of a scenario ----------------------------------------------------------------------------------


def trace_of(asked: TraceFile) -> Trace:
    """Return the log that a scenario names, read once as long as the file stays the same."""
    path = Path(asked.file)
    try:
        state = path.stat()
        stamp = (state.st_mtime_ns, state.st_size)
    except OSError:
        stamp = (0, 0)  # the reader says what is wrong
    return _once(asked.file, stamp, asked.bad_rows)


@functools.lru_cache(maxsize=4)
def _once(path: str, stamp: tuple[int, int], bad_rows: Literal["refuse", "skip"]) -> Trace:
    trace = read_trace(path, bad_rows=bad_rows)
    if trace.n_jobs == 0:
        raise InputError(Problem(trace.name, f"{trace.n_rows} rows and no job that ran", "a log with jobs"))
    return trace
