"""The benchmark table: the same work done by orbitdc and by its peers → CPU seconds, ratio, spread.

    python benchmarks/run.py [--quick] [--json] [--only WORD]... [--write-baseline]

`timing.py` says how it is measured. A peer that is not installed (`pip install orbitdc[bench]`) has no ratio.
`--quick` does less work in the same way; `--write-baseline` keeps the figures in `baseline.json` and draws
`ratios.png` from them.

A ratio is worth what its peer is worth, so Skyfield runs twice: with one shared `Time` and whole arrays, as
its documentation advises, and with a new `Time` for each satellite, as most people use it.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import pathlib
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import numba  # noqa: E402
from timing import ROUNDS, Row, measure  # noqa: E402

import orbitdc  # noqa: E402

PACKAGES = (
    "skyfield", "sgp4", "numpy", "numba", "scipy", "astroz", "heyoka", "satkit", "pyorbital", "brahe",
    "orbit-predictor", "tatc",
)  # fmt: skip

TOPICS = {
    "sgp4": "sgp4_rows",
    "windows": "windows_rows",
    "step": "step_rows",
    "dispatch": "dispatch_rows",
    "programme": "programme_rows",
    "workload": "workload_rows",
    "product": "product_rows",
}
"""Modules with a function `works`, by the word that `--only` takes."""


def versions() -> dict[str, str | None]:
    """Return the version of everything that took part, None where it is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version(), "orbitdc": orbitdc.__version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def processor() -> str:
    """Return the name of the processor and how wide its vectors are."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = facts.get("flags", "").split()
    width = next(
        (name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "no AVX2"
    )
    return f"{facts.get('model name', platform.machine())}, {width}"


def measured(quick: bool, only: Sequence[str]) -> dict[str, Any]:
    """Return rows, remarks and exponents of the topics asked for, all where none is named."""
    numba.set_num_threads(1)  # threads that wait for work would be counted as CPU seconds
    rows: list[Row] = []
    remarks: list[str] = []
    for topic, module in TOPICS.items():
        if only and topic not in only:
            continue
        for work in importlib.import_module(module).works(quick):
            print(f"  {work.name}", file=sys.stderr)
            more, said = measure(work)
            rows += more
            remarks += said
    if not only or "cores" in only:
        rows += importlib.import_module("product_rows").two_cores(quick)
    growths = []
    if not only or "scaling" in only:
        growths = importlib.import_module("scaling").growths(quick)
    return {
        "rows": [asdict(row) for row in rows],
        "exponents": [asdict(growth) for growth in growths],
        "remarks": remarks,
        "versions": versions(),
        "processor": processor(),
        "quick": quick,
    }


def table(found: dict[str, Any]) -> str:
    """Return everything for a person to read, rows 80 columns wide."""
    lines = [f"{'work, peer':<42}{'ours':>10}{'peer':>10}{'ratio':>10}{'spread':>8}"]
    last = ""
    for row in found["rows"]:
        lines += [row["work"]] if row["work"] != last else []
        last = row["work"]
        if row["ratio"] is None:
            lines.append(f"  {row['peer']:<40}{_short(row['ours_s'])}{'not installed':>28}")
        else:
            ratio = f"{row['ratio']:,.1f} x"
            both = f"{_short(row['ours_s'])}{_short(row['peer_s'])}"
            lines.append(f"  {row['peer']:<40}{both}{ratio:>10}{row['spread']:>8.0%}")
    if found["exponents"]:
        lines += ["", "cost grows with the power of"]
    for growth in found["exponents"]:
        sizes = ", ".join(
            f"{size}: {took_s:.3g} s" for size, took_s in zip(growth["sizes"], growth["took_s"], strict=True)
        )
        power = f"{growth['exponent']:.2f} (last {growth['last_exponent']:.2f}; {sizes})"
        lines.append(f"  {growth['work']}, {growth['axis']:<12}{power}")
    if found["remarks"]:
        lines += ["", *found["remarks"]]
    known = ", ".join(f"{name} {version}" for name, version in found["versions"].items() if version)
    return "\n".join([*lines, "", f"{known}; {found['processor']}"])


def _short(took_s: float) -> str:
    return f"{took_s:>8.3f} s" if took_s >= 0.1 else f"{1e3 * took_s:>7.2f} ms"


def write_baseline(found: dict[str, Any]) -> None:
    """Overwrite the figures kept in the repository, and the picture drawn from them."""
    from picture import draw

    kept = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), **found}
    (HERE / "baseline.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    draw(kept, HERE / "ratios.png")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time orbitdc and its peers on the same work.")
    parser.add_argument("--quick", action="store_true", help="less work, the same method")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of the table")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[*TOPICS, "cores", "scaling"],
        help="measure this alone; may be repeated",
    )
    parser.add_argument(
        "--write-baseline", action="store_true", help="overwrite baseline.json and ratios.png"
    )
    options = parser.parse_args()
    if options.write_baseline and (options.quick or options.only):
        parser.error("a baseline is the whole table: leave out --quick and --only")
    print(f"CPU seconds, medians of {ROUNDS} interleaved rounds", file=sys.stderr)
    found = measured(options.quick, options.only)
    print(json.dumps(found, indent=1) if options.json else table(found))
    if options.write_baseline:
        write_baseline(found)


if __name__ == "__main__":
    main()
