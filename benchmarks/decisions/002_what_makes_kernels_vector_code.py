"""Decision: own sines, `forceinline`, NumPy's error model and blocks of 64 make LLVM vectorise.

    python benchmarks/decisions/002_what_makes_kernels_vector_code.py

The source of the SGP4 kernel is compiled again with one setting changed at a time. Nothing warns when one is
lost: the answers stay the same, and only the clock tells. Measured (AVX-512, Numba 0.68.1, one core, million
states with velocity per second):

    as shipped                    84
    calls instead of forceinline  18   4.7 times slower
    error_model="python"          19   4.3 times
    sines of libm                 13   6.3 times
    blocks of 8 satellites        19   4.4 times; 16: 64, 32: 86, 128: 88
    no contraction                71   1.2 times
    full fastmath                 90

So helpers carry `forceinline`, every function NumPy's error model (Python's needs a branch at each division),
sines and cosines are polynomials, and `tests/test_speed.py` guards the ratio to the reference. Full fastmath
is left alone: it lets LLVM undo the argument reduction and forget NaN, for 6 %.
"""

import math
import pathlib
import sys
import time
from datetime import UTC, datetime

import numba
import numpy as np

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1])]

import objects  # noqa: E402

from orbitdc.kernels import sgp4 as shipped  # noqa: E402
from orbitdc.orbit.bulk import coefficients  # noqa: E402

START = datetime(2026, 11, 27, tzinfo=UTC)
N, N_STEPS, ROUNDS = 256, 720, 7
HEADER = "from . import BOUNDSCHECK, LANES\n"


def variant(changes=(), lanes=64, libm=False):
    """Return the kernel compiled from the shipped source with some words of it exchanged."""
    source = pathlib.Path(shipped.__file__).read_text(encoding="utf-8")
    for old, new in ((HEADER, ""), ("cache=True, ", ""), *changes):
        if old not in source:
            raise SystemExit(f"the kernel's source no longer says {old!r}")
        source = source.replace(old, new)
    names = {"__name__": "variant", "BOUNDSCHECK": False, "LANES": lanes}
    exec(compile(source, shipped.__file__, "exec"), names)
    if libm:  # helpers are looked up when the kernel is first called, so they can still be exchanged

        @numba.njit(forceinline=True, error_model="numpy")
        def sines(angle):
            return math.sin(angle), math.cos(angle)

        names.update(turn=sines, sincos=sines, nudge=sines, small=sines)
        names["begin_near_circular"] = names["_begin"](
            names["_secular"](sines), names["kepler_near_circular"]
        )
    return names["grid_near_circular"]


def packed(rows, lanes):
    """Return coefficients in blocks."""
    return np.ascontiguousarray(rows.reshape(-1, lanes, rows.shape[1]).transpose(0, 2, 1)).reshape(
        len(rows) // lanes, -1
    )


def main():
    rows = np.array([coefficients(one) for one in objects.satellites(objects.shell_lines(N, START))])
    settings = {
        "as shipped": {},
        "calls instead of forceinline": {"changes": [("forceinline=True, ", "")]},
        'error_model="python"': {"changes": [('"error_model": "numpy"', '"error_model": "python"')]},
        "sines of libm": {"libm": True},
        "no contraction": {"changes": [(', "fastmath": {"contract"}', "")]},
        "full fastmath": {"changes": [('{"contract"}', "True")]},
        **{f"blocks of {lanes}": {"lanes": lanes} for lanes in (8, 16, 32, 128)},
    }
    runs = {}
    for name, how in settings.items():
        lanes = how.get("lanes", 64)
        shape = (N // lanes, N_STEPS, 3 * lanes)
        given = packed(rows, lanes), np.zeros((N // lanes, lanes)), 1.0, np.empty(shape), np.empty(shape)
        kernel = variant(**how)
        began = time.perf_counter()
        kernel(*given)
        runs[name] = (kernel, given, time.perf_counter() - began, [])
    for _ in range(ROUNDS):
        for kernel, given, _, took_s in runs.values():
            began = time.process_time()
            kernel(*given)
            took_s.append(time.process_time() - began)
    base_s = np.median(runs["as shipped"][3])
    print(f"{'setting':32s} {'M states/s':>10s} {'slower by':>10s} {'compiled in':>12s}")
    for name, (_, _, compile_s, took_s) in runs.items():
        median_s = np.median(took_s)
        print(
            f"{name:32s} {N * N_STEPS / median_s / 1e6:10.1f} {median_s / base_s:9.2f}x {compile_s:10.1f} s"
        )


if __name__ == "__main__":
    main()
