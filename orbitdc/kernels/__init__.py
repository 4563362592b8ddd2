"""Bare numbers, compiled: arrays of floats → arrays of floats.

Modules here import math, numpy, numba and `orbitdc.constants`, nothing else. The compiled code is kept in
a folder whose name hashes every source in this package, the Numba and LLVM versions, the processor and
`NUMBA_BOUNDSCHECK`: Numba alone does not see an edit in a callee of another file, and would let a
bounds-checking run reuse unchecked code.
"""

import hashlib
import os
import pathlib
import tempfile

import llvmlite
import numba
from llvmlite import binding

from .. import constants


def _cache_folder() -> pathlib.Path:
    digest = hashlib.sha256()
    for source in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    digest.update(pathlib.Path(constants.__file__).read_bytes())
    settings = (
        numba.__version__,
        llvmlite.__version__,
        numba.config.CPU_NAME or binding.get_host_cpu_name(),
        os.environ.get("NUMBA_CPU_FEATURES", ""),
        os.environ.get("NUMBA_BOUNDSCHECK", ""),
        str(pathlib.Path(__file__).resolve()),
    )
    digest.update("|".join(settings).encode())
    root = os.environ.get("ORBITDC_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "orbitdc"
    )
    folder = pathlib.Path(root) / f"kernels-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:  # a read-only home: compile for this process only
        return pathlib.Path(tempfile.mkdtemp(prefix="orbitdc-kernels-"))


CACHE_FOLDER = _cache_folder()
numba.config.CACHE_DIR = str(CACHE_FOLDER)

LANES = 64
"""Satellites in a block: the innermost loop runs over this compile-time constant, without a remainder."""

BOUNDSCHECK = os.environ.get("NUMBA_BOUNDSCHECK", "") not in ("", "0")

kernel = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=BOUNDSCHECK)
"""Decorator of every entry point: cached, without the interpreter lock, 1/0 = inf, no fast-math."""

inline = numba.njit(forceinline=True, error_model="numpy", boundscheck=BOUNDSCHECK)
"""Decorator of every helper: without `forceinline` LLVM leaves a call in the loop and does not vectorise."""

# A product and a sum may become one operation in kernels made with these, rounded once instead of twice: up
# to a fifth less time, and no farther from the truth. Comparisons and NaN keep their meaning. Which pairs do
# is the compiler's choice, so that the same formula in two places may differ in its last bit.
_CONTRACTED = {"error_model": "numpy", "boundscheck": BOUNDSCHECK, "fastmath": {"contract"}}
contracted_kernel = numba.njit(cache=True, nogil=True, **_CONTRACTED)
contracted_inline = numba.njit(forceinline=True, **_CONTRACTED)
