"""The measured blocks of README.md: baseline.json and a run of beijing-2035 → verdict, ratios, picture.

    python benchmarks/readme.py RUN

rewrites the two blocks and benchmarks/beijing-2035.png from the run folder RUN.

`tests/test_readme.py` holds the page to what this makes.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).parent
README = HERE.parent / "README.md"
SHOWN = (
    ("SGP4 position, kernel", "sgp4 SatrecArray"),
    ("SGP4 position, kernel", "Skyfield, shared Time"),
    ("SGP4 position, kernel", "heyoka"),
    ("SGP4 position, kernel", "astroz, position"),
    ("windows, 100 dawn-dusk", "Skyfield find_events"),
    ("windows, 100 dawn-dusk", "brahe"),
    ("windows, 1000 real objects", "Skyfield find_events"),
    ("windows, 1000 real objects", "brahe"),
    ("whole step, no eclipse", "Skyfield positions + vectorised NumPy"),
    ("whole step, no eclipse", "Skyfield, idiomatic"),
    ("whole step, eclipse season", "Skyfield positions + vectorised NumPy"),
    ("dispatch kernel", "the same loop in plain Python"),
    ("orbitdc coverage, whole process", "Skyfield find_events, in a loop"),
)
"""Work and peer of the rows on the page, each the first of the baseline that fits."""


def ratio_table(baseline: dict) -> str:
    lines = ["| work | against | times faster |", "|---|---|---|"]
    for work, peer in SHOWN:
        row = next(row for row in baseline["rows"] if row["work"].startswith(work) and row["peer"] == peer)
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:,.{0 if row['ratio'] >= 100.0 else 1}f}"
        lines.append(f"| {row['work']} | {row['peer']} | {ratio} |")
    return "\n".join(lines)


def with_block(page: str, mark: str, block: str) -> str:
    """Return the page with what follows the comment `mark` up to the next empty line replaced."""
    pattern = re.compile(rf"(<!-- {mark}: [^\n]* -->\n)(?:```text\n.*?```\n|\S[^\n]*\n)*", re.DOTALL)
    found, n = pattern.subn(lambda match: match.group(1) + block + "\n", page, count=1)
    if n != 1:
        raise SystemExit(f"README.md has no block {mark}")
    return found


def verdict_block(run_folder: pathlib.Path) -> str:
    from orbitdc.report import text
    from orbitdc.results.run import Run

    verdict = text.verdict(Run.open(run_folder))
    kept = [line for line in verdict.splitlines() if not line.startswith("Run folder:")]
    return "```text\n" + "\n".join(kept).strip("\n") + "\n```"


def main() -> None:
    run_folder = pathlib.Path(sys.argv[1])
    page = README.read_text(encoding="utf-8")
    page = with_block(page, "verdict", verdict_block(run_folder))
    baseline = json.loads((HERE / "baseline.json").read_text(encoding="utf-8"))
    page = with_block(page, "ratios", ratio_table(baseline))
    README.write_text(page, encoding="utf-8")
    shutil.copy(run_folder / "plots" / "waterfall.png", HERE / "beijing-2035.png")


if __name__ == "__main__":
    main()
