"""The picture for the README: the figures of `baseline.json` → bars of how many times faster, by peer."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#8C8C8C"  # Okabe and Ito: told apart by all kinds of eyes
PANELS = (
    ("SGP4 position and velocity", "Propagation: SGP4"),
    ("windows,", "Access windows"),
    ("whole step, eclipse", "Whole step, day of eclipses"),
    ("orbitdc coverage", "Command line, whole process"),
)
"""Start of the work's name, and the panel's title."""


def draw(found: dict[str, Any], path: pathlib.Path) -> None:
    """Write the picture."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = [(title, _bars(found["rows"], start)) for start, title in PANELS]
    panels = [(title, bars) for title, bars in panels if bars]
    heights = [len(bars) for _, bars in panels]
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(7.2, 0.22 * sum(heights) + 0.45 * len(panels) + 0.5), sharex=True,
        squeeze=False, gridspec_kw={"height_ratios": heights}, layout="constrained",
    )  # fmt: skip
    most = max(ratio for _, bars in panels for _, ratio in bars)
    for axis, (title, bars) in zip(axes[:, 0], panels, strict=True):
        for k, (peer, ratio) in enumerate(bars):
            colour = ORANGE if peer.startswith("Skyfield") else BLUE
            axis.barh(k, ratio - 1.0, left=1.0, height=0.66, color=colour)
            axis.text(
                ratio * 1.08, k, f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}", va="center", fontsize=8
            )
        axis.set_yticks(range(len(bars)), [peer for peer, _ in bars], fontsize=8)
        axis.set_title(title, fontsize=9, loc="left", fontweight="bold")
        axis.set_ylim(len(bars) - 0.5, -0.5)
        axis.axvline(1.0, color=GREY, linewidth=0.8)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
    axes[-1, 0].set_xscale("log")
    axes[-1, 0].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes[-1, 0].set_xlim(0.85, most * 2.5)
    axes[-1, 0].set_xlabel(
        "CPU time over that of orbitdc for the same work (1: equal; orange: Skyfield)", fontsize=8
    )
    axes[-1, 0].tick_params(axis="x", labelsize=8)
    figure.savefig(path, dpi=160)
    plt.close(figure)


def _bars(rows: list[dict[str, Any]], start: str) -> list[tuple[str, float]]:
    """Return peer and ratio of the first work whose name begins so, the slowest peer first."""
    name = next((row["work"] for row in rows if row["work"].startswith(start)), None)
    bars = [(row["peer"], row["ratio"]) for row in rows if row["work"] == name and row["ratio"]]
    return sorted(bars, key=lambda bar: -bar[1])


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    kept = json.loads((here / "baseline.json").read_text(encoding="utf-8"))
    draw(kept, pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "ratios.png")
