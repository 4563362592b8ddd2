"""Run folder on disk: bytes → files that are whole or absent, a lock, checksummed chunks.

A run is written to `NAME.partial` and renamed to `NAME` when everything is in it. Every file goes to a
temporary name, is flushed to the disk and renamed: a kill at any moment leaves whole files only.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OrbitdcError

MANIFEST = "manifest.json"
SUMMARY = "summary.json"
SCENARIO = "scenario.toml"
_LOCK = "lock"
_ORIGIN = "origin.json"
_CHUNKS = "chunks"

Arrays = dict[str, NDArray[Any]]


class FolderError(OrbitdcError):
    """A folder that exists, is locked, or cannot be read or written."""


@contextlib.contextmanager
def explained(path: Path | str) -> Iterator[None]:
    """Turn what the operating system says about `path` into one message of ours."""
    try:
        yield
    except OSError as error:
        raise FolderError(explanation(error, path)) from error


def explanation(error: OSError, path: Path | str = "") -> str:
    """Return what an operating-system error means to the user, with the place and what to do.

    >>> explanation(OSError(errno.ENOSPC, "No space left on device"), "runs/x")
    'runs/x: no space left on the disk; free some and try again'
    """
    where = str(path or error.filename or "output")
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "errno = 28" in str(error):
        return f"{where}: no space left on the disk; free some and try again"
    if error.errno == errno.EFBIG or "errno = 27" in str(error):
        return f"{where}: the file would exceed the size allowed here (see ulimit -f)"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where}: no permission to write here; choose another place with -o"
    if error.errno == errno.ENOTDIR:
        return f"{where}: a part of this path is a file, not a folder"
    return f"{where}: {error.strerror or error}"


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file that is either whole under its name or not there."""
    if path.is_dir():
        raise FolderError(f"{path}: is a folder; name a file")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with explained(path):
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def to_json(value: Any) -> str:
    """Return JSON as every file of ours has it: two spaces, UTF-8, no NaN, floats in full.

    >>> print(to_json({"a": 0.1}), end="")
    {
      "a": 0.1
    }
    """
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    # numpy scalars and arrays are numbers and lists to a reader of JSON
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Chunks(Sequence[Arrays]):
    """Chunks of a partial run, each read from the disk when it is asked for: memory holds one at a time."""

    def __init__(self, folder: Path, n: int) -> None:
        self._folder = folder
        self._n = n

    def __len__(self) -> int:
        """Return how many chunks the whole run has."""
        return self._n

    def path(self, i: int) -> Path:
        """Return the file of chunk `i`."""
        return self._folder / f"{i:04d}.npz"

    def _digest_path(self, i: int) -> Path:
        return self._folder / f"{i:04d}.npz.sha256"

    def __getitem__(self, i: Any) -> Any:
        """Return the arrays of one chunk, or of a slice of them."""
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(self._n))]
        if not -self._n <= i < self._n:
            raise IndexError(i)
        with np.load(self.path(i % self._n), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def write(self, i: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Store one chunk, then the checksum that makes it count."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
        data = buffer.getvalue()
        write_atomic(self.path(i), data)
        write_atomic(self._digest_path(i), (hashlib.sha256(data).hexdigest() + "\n").encode())

    def whole(self, i: int) -> bool:
        """Say whether chunk `i` is there and is what was written."""
        try:
            return self._digest_path(i).read_text().strip() == sha256_of(self.path(i))
        except (OSError, UnicodeDecodeError):
            return False

    def damaged(self, i: int) -> bool:
        """Say whether something lies in the place of chunk `i` that is not what was written."""
        return self.path(i).exists() and not self.whole(i)


class PartialRun:
    """A run being written: `NAME.partial` with its lock, chunks and, at last, its new name."""

    def __init__(self, folder: Path, lock: int, origin: Mapping[str, Any]) -> None:
        self.target = folder
        self.path = partial_of(folder)
        self.chunks = Chunks(self.path / _CHUNKS, int(origin["n_chunks"]))
        self._lock = lock

    @classmethod
    def open(cls, folder: Path, origin: Mapping[str, Any], *, resume: bool) -> PartialRun:
        """Take the lock on `NAME.partial`, a new one, or with `resume` the one that was left behind.

        Parameters
        ----------
        folder : Path
            What the run will be called when it is whole.
        origin : mapping
            What decides the results (scenario hash, seed, version, source digest, `n_chunks`): a run is
            only continued with the same.
        resume : bool
            Continue what is there.

        Raises
        ------
        FolderError
            If the folder exists, is locked by a living process, cannot be written, or holds another run.
        """
        refuse_existing(folder)
        path = partial_of(folder)
        with explained(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(path)
        try:
            if not resume:
                _refuse_old_work(path)
            with explained(path):
                (path / _CHUNKS).mkdir(exist_ok=True)
            _keep_origin(path / _ORIGIN, origin)
        except BaseException:
            os.close(lock)
            raise
        return cls(folder, lock, origin)

    def release(self) -> None:
        """Give the lock back; a folder in which nothing was computed goes too."""
        if self.path.exists() and not _has_work(self.path):
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def discard(self) -> None:
        """Remove what was computed: the same scenario would fail in the same way."""
        shutil.rmtree(self.path / _CHUNKS, ignore_errors=True)

    def publish(self) -> None:
        """Give the whole run its name. Its manifest must have been written: it is what says `whole`."""
        refuse_existing(self.target)
        with explained(self.target):
            shutil.rmtree(self.path / _CHUNKS)
            (self.path / _ORIGIN).unlink(missing_ok=True)
            (self.path / _LOCK).unlink(missing_ok=True)
            os.rename(self.path, self.target)
            _flush_folder(self.target.parent)


def partial_of(folder: Path) -> Path:
    """Return where a run called `folder` is written.

    >>> partial_of(Path("runs/a")).as_posix()
    'runs/a.partial'
    """
    return folder.with_name(folder.name + ".partial")


def refuse_existing(folder: Path) -> None:
    """Raise if the name is taken."""
    if os.path.lexists(folder):
        raise FolderError(f"{folder}: already exists and is left as it is; choose another place with -o")


def _has_work(path: Path) -> bool:
    return (path / MANIFEST).exists() or any((path / _CHUNKS).glob("*.sha256"))


def _refuse_old_work(path: Path) -> None:
    if _has_work(path):
        raise FolderError(
            f"{path}: an interrupted run is here; continue it with --resume, or delete the folder to "
            "start afresh"
        )
    (path / _ORIGIN).unlink(missing_ok=True)  # killed before anything was computed: nothing to lose


def _take_lock(path: Path) -> int:
    import fcntl

    with explained(path):
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # The kernel drops this lock with the process, so a killed run never leaves a stale one.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(lock, 200, 0).decode(errors="replace").strip() or "an unknown process"
        os.close(lock)
        raise FolderError(f"{path}: locked by {owner}; wait for it or stop it") from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
    return lock


def _keep_origin(path: Path, origin: Mapping[str, Any]) -> None:
    if not path.exists():
        write_atomic(path, to_json(dict(origin)).encode())
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(f"{path.parent}: not readable as a run; delete it and start afresh") from error
    differs = [key for key in origin if before.get(key) != origin[key]]
    if differs:
        raise FolderError(
            f"{path.parent}: was begun with another {' and '.join(key.replace('_', ' ') for key in differs)}"
            "; give the same scenario and --set as before, or delete the folder to start afresh"
        )


def _flush_folder(path: Path) -> None:
    # the rename itself must survive a power cut
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
