"""Runner: a scenario → a whole run folder, window by window, whatever interrupts it.

A chunk is one window of the plan: computed by `simulate`, two side by side where memory allows, stored with
its checksum, then forgotten. A run that is stopped continues with `resume` where it was, and ends with the
same bytes in `summary.json`.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import itertools
import os
import platform
import shutil
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .errors import LimitError, OrbitdcError
from .results import folder as folders
from .results.folder import Arrays, PartialRun
from .results.run import Run

if TYPE_CHECKING:
    from .scenario.models import Scenario
    from .scheduler import Policy

Tell = Callable[[str], None]
Advance = Callable[[int, int, str], None]
Finish = Callable[[Run], None]
Found = TypeVar("Found")

SCHEMA = 1
"""Of manifest.json and the run folder."""

WORTH_SAYING_S = 20.0
"""Runs expected to take longer say so before they begin."""


def run(
    scenario: Scenario,
    folder: str | os.PathLike[str] | None = None,
    *,
    propagator: str = "kernel",
    policy: str | Policy | None = None,
    max_memory_bytes: float | None = None,
    resume: bool = False,
    allow_stale: bool = False,
    progress: bool = False,
    tell: Tell | None = None,
    advance: Advance | None = None,
    finish: Finish | None = None,
) -> Run:
    """Simulate a scenario and keep the results in a folder.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    folder : path, optional
        Where to write; refused if it exists. Without one the results live in a temporary folder, as long
        as the returned `Run` does.
    propagator : {"kernel", "skyfield"}
        Who moves the satellites: the compiled SGP4, checked against Skyfield's, or Skyfield's in every step.
    policy : str or callable, optional
        Who decides, in place of the scenario's policy: a name, or a function of the jobs and sites of a
        window that returns a `Schedule`; threads call it, two windows at a time.
    max_memory_bytes : float, optional [byte]
        What the run may take: fewer windows side by side, then satellites in smaller groups, with the same
        results.
    resume : bool
        Continue `folder.partial`; a complete `folder` is returned unchanged.
    allow_stale : bool
        Take real element sets more than 60 days from the plan's dates, with a warning.
    progress : bool
        Show a bar on stderr when it takes more than two seconds.
    tell : callable, optional
        Receives messages, one sentence each.
    advance : callable, optional
        Receives (chunks done, chunks in all, what is being done); `progress` sets one.
    finish : callable, optional
        Called with the run after its data are written and before it gets its name, to add pictures.

    Returns
    -------
    Run
        The whole run.

    Raises
    ------
    FolderError
        If the folder exists, is locked or cannot be written.
    InputError
        If not even one group of satellites fits into `max_memory_bytes`.
    LimitError
        If the replay of a plan breaks a physical limit.
    """
    with bar(scenario.name) if progress and advance is None else contextlib.nullcontext(advance) as shown:
        if isinstance(policy, str):
            scenario = scenario.replace({"scheduler.policy": policy})
        own = policy if callable(policy) else None
        task = _Task(
            scenario, propagator, own, max_memory_bytes, tell or _silence, shown or _nothing, finish,
            allow_stale,
        )  # fmt: skip
        if folder is None:
            return _run_in_passing(task)
        target = Path(folder)
        if resume and (target / folders.MANIFEST).exists():
            task.tell(f"{target} is complete; nothing to do")
            return Run.open(target)
        if resume and not folders.partial_of(target).exists():
            task.tell(f"nothing to resume at {folders.partial_of(target)}; starting afresh")
        return _run_in(target, task, resume=resume)


@dataclass(frozen=True)
class _Task:
    """What is to be simulated, and whom to tell."""

    scenario: Scenario
    propagator: str
    policy: Policy | None
    """The user's own function, if any."""
    max_memory_bytes: float | None
    tell: Tell
    advance: Advance
    finish: Finish | None
    allow_stale: bool

    def origin(self, n_chunks: int) -> dict[str, Any]:
        """Return what decides the results: chunks of runs that differ in any of it are never mixed."""
        from . import __version__

        return {
            "scenario": self.scenario.hash(),
            "seed": self.scenario.seed,
            "propagator": self.propagator,
            "policy": policy_digest(self.policy),
            "version": __version__,
            "source_code": source_digest(),
            "element_sets": elements_digest(self.scenario),
            "trace": trace_digest(self.scenario),
            "fibre": fibre_digest(self.scenario),
            "n_chunks": n_chunks,
        }


def policy_digest(policy: Policy | None) -> str:
    """Return a hash of a user's own policy, empty for none: an edited function is another one."""
    if policy is None:
        return ""
    try:
        text = inspect.getsource(policy)
    except (OSError, TypeError):  # typed in at a prompt: no two runs are known to share it
        text = repr(policy)
    return hashlib.sha256(text.encode()).hexdigest()


def elements_digest(scenario: Scenario) -> str:
    """Return a hash of the element sets that a scenario reads: an edited file is another plan."""
    from .scenario.catalogue import element_file

    named = {batch.orbit.elements for phase in scenario.phase for batch in phase.batch} - {None}
    digest = hashlib.sha256()
    for name in sorted(str(elements) for elements in named):
        path = element_file(name)
        digest.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()[:16]


def trace_digest(scenario: Scenario) -> str:
    """Return a hash of the log of jobs that a scenario reads, empty without one."""
    trace = scenario.workload.trace
    return hashlib.sha256(Path(trace.file).read_bytes()).hexdigest()[:16] if trace is not None else ""


def fibre_digest(scenario: Scenario) -> str:
    """Return a hash of the scenario's own tables of fibre, empty without any."""
    own = (scenario.network.fibre_nodes, scenario.network.fibre_lines)
    content = b"".join(Path(file).read_bytes() for file in own if file is not None)
    return hashlib.sha256(content).hexdigest()[:16] if content else ""


def _run_in_passing(task: _Task) -> Run:
    """Run in a temporary folder that goes with the result."""
    home = tempfile.mkdtemp(prefix="orbitdc-")
    try:
        finished = _run_in(Path(home) / task.scenario.name, task, resume=False)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    weakref.finalize(finished, shutil.rmtree, home, ignore_errors=True)
    return finished


def _run_in(target: Path, task: _Task, *, resume: bool) -> Run:
    from .scenario.sampling import windows as sampled_windows

    windows = sampled_windows(task.scenario)
    partial = PartialRun.open(target, task.origin(len(windows)), resume=resume)
    try:
        if not (partial.path / folders.MANIFEST).exists():
            _compute(partial, task, windows)
        partial.publish()
    except LimitError:
        if not resume:
            partial.discard()
        raise
    finally:
        partial.release()
    return Run.open(target)


def _compute(partial: PartialRun, task: _Task, windows: Sequence[Any]) -> None:
    from . import simulate
    from .estimate import estimate
    from .results import summary
    from .results.files import write_files
    from .scenario.describe import to_toml
    from .warmup import say_if_cold
    from .workload import notes

    n, clock = len(windows), _Clock()
    folders.write_atomic(partial.path / folders.SCENARIO, to_toml(task.scenario).encode())
    say_if_cold(task.tell)
    task.advance(0, n, "orbits and daily light")
    with clock.lap("prepare_s"):
        plan = simulate.prepare(task.scenario, task.propagator, task.policy, allow_stale=task.allow_stale)
    for note in (*plan.fleet.warnings, *notes(task.scenario)):
        task.tell(note)
    expected = estimate(task.scenario, plan.fleet, task.max_memory_bytes)
    if expected.time_s > WORTH_SAYING_S:
        task.tell(f"{task.scenario.name}: some {expected}")
    todo = _todo(partial, n, task.tell)
    with clock.lap("windows_s"):
        results = side_by_side(
            lambda i: simulate.simulate_window(plan, i, expected.n_at_once), todo, expected.n_side_by_side
        )
        for n_done, i in enumerate(todo, start=n - len(todo)):
            task.advance(n_done, n, f"{windows[i].start:%b %Y}")
            partial.chunks.write(i, next(results).to_arrays())
    task.advance(n, n, "writing")
    with clock.lap("write_s"):
        found = summary.summarise(plan, _Results(partial.chunks))
        write_files(partial.path, plan, partial.chunks)
        folders.write_atomic(partial.path / folders.SUMMARY, folders.to_json(found).encode())
    if task.finish is not None:
        task.advance(n, n, "drawing")
        with clock.lap("pictures_s"):
            task.finish(Run.unfinished(partial.path))
    manifest = _manifest(partial, task, clock.laps_s)
    folders.write_atomic(partial.path / folders.MANIFEST, folders.to_json(manifest).encode())


def side_by_side(function: Callable[[int], Found], rows: Iterable[int], n: int) -> Iterator[Found]:
    """Yield what a function makes of each row, in order, while it works on the next ones; on `n` at a time.

    >>> list(side_by_side(abs, [-3, 2, -1], 2))
    [3, 2, 1]
    """
    with ThreadPoolExecutor(n) as pool:
        left = iter(rows)
        begun = deque(pool.submit(function, row) for row in itertools.islice(left, n))
        while begun:
            found = begun.popleft().result()
            begun.extend(pool.submit(function, row) for row in itertools.islice(left, 1))
            yield found


def _todo(partial: PartialRun, n: int, say: Tell) -> list[int]:
    damaged = [i for i in range(n) if partial.chunks.damaged(i)]
    if damaged:
        say(f"{len(damaged)} stored windows do not match their checksum and are computed again")
    todo = [i for i in range(n) if not partial.chunks.whole(i)]
    if len(todo) < n:
        say(f"resuming {partial.path}: {n - len(todo)} of {n} windows are there")
    return todo


class _Results(Sequence[Any]):
    """Window results read back from their chunks, one at a time."""

    def __init__(self, chunks: Sequence[Arrays]) -> None:
        self._chunks = chunks

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, i: Any) -> Any:
        from .chunk import ChunkResult

        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        return ChunkResult.from_arrays(self._chunks[i])


class _Clock:
    def __init__(self) -> None:
        self.laps_s: dict[str, float] = {}

    @contextlib.contextmanager
    def lap(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.laps_s[name] = round(time.perf_counter() - begin, 3)


def source_digest() -> str:
    """Return a hash of this package's sources: chunks of two states of the code are never mixed."""
    digest = hashlib.sha256()
    home = Path(__file__).parent
    for source in sorted(home.rglob("*.py")):
        digest.update(source.relative_to(home).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _manifest(partial: PartialRun, task: _Task, laps_s: dict[str, float]) -> dict[str, Any]:
    residuals, skyfield_m = _checks(partial.chunks)
    files = sorted(
        path
        for path in partial.path.iterdir()
        if path.is_file() and path.suffix in (".nc", ".json", ".toml") and path.name != "origin.json"
    )
    return {
        "schema": SCHEMA,
        "name": task.scenario.name,
        **task.origin(len(partial.chunks)),
        "largest_skyfield_difference_m": skyfield_m,
        "residuals": residuals,
        "versions": _versions(),
        "machine": {"system": platform.platform(), "processor": _processor(), "n_cpus": os.cpu_count()},
        "timings": laps_s,
        "files": {
            path.name: {"sha256": folders.sha256_of(path), "n_bytes": path.stat().st_size} for path in files
        },
    }


def _checks(chunks: Sequence[Arrays]) -> tuple[dict[str, float], float]:
    largest: dict[str, float] = {}
    for arrays in chunks:
        for name, value in arrays.items():
            if (name.endswith("_residual_frac") or name == "skyfield_difference_m") and value.size:
                largest[name] = max(largest.get(name, 0.0), float(np.max(np.abs(value))))
    skyfield_m = largest.pop("skyfield_difference_m", 0.0)
    return largest, skyfield_m


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("numpy", "numba", "scipy", "skyfield", "sgp4", "astropy", "pydantic", "xarray", "h5netcdf"):
        try:
            found[name] = version(name)
        except PackageNotFoundError as error:
            raise OrbitdcError(f"the package {name} is not installed: pip install {name}") from error
    return found


def _processor() -> str:
    from llvmlite import binding  # type: ignore[import-untyped]

    return str(binding.get_host_cpu_name())


@contextlib.contextmanager
def bar(title: str, after_s: float = 2.0) -> Iterator[Advance]:
    """Show progress on stderr once the work has taken longer than `after_s`.

    Yields
    ------
    callable
        To be called with (done, total, what is being done). On a terminal a bar moves; in a log a line
        is written at most every ten seconds.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task(title, total=None, note="")
    begin = last = time.monotonic()
    timer = threading.Timer(after_s, progress.start) if console.is_terminal else None

    def advance(done: int, total: int, note: str) -> None:
        nonlocal last
        progress.update(task, completed=done, total=total or None, note=note)
        now = time.monotonic()
        if timer is None and now - begin > after_s and now - last > 10.0:
            last = now
            console.print(f"{title}: {done} of {total}, {note}", highlight=False)

    if timer is not None:
        timer.daemon = True
        timer.start()  # its own thread, so that the bar appears even while one long step runs
    try:
        yield advance
    finally:
        if timer is not None:
            timer.cancel()
            timer.join()
        progress.stop()


def _silence(_: str) -> None:
    return None


def _nothing(_: int, __: int, ___: str) -> None:
    return None
