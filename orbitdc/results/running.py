"""Running jobs in a summary: windows → what befell gangs on each side, and two yardsticks people know.

The yardsticks turn useful operations into tokens of a named model and days of a training run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..constants import DAY_S
from ..scheduler.running import LINKS, PAUSES
from ..scheduler.sites import SIDES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..chunk import ChunkResult

MODEL = "DeepSeek-V3"
OP_PER_TOKEN = 2.0 * 37e9
"""Two operations for each of the 37e9 parameters that a token uses (arXiv 2412.19437)."""

RUN_OP = 1e25
"""Operations of the training run."""

YARDSTICK = {
    "model": MODEL,
    "op_per_token": OP_PER_TOKEN,
    "run_op": RUN_OP,
    "assumptions": [
        f"{MODEL} takes two operations a token for each of its 37e9 active parameters (arXiv 2412.19437).",
        "tokens_per_s, run_days: all useful operations that a side delivers, of whatever class, at the "
        "report precision.",
        "full_run_days: all capacity of a side works on the widest class of the phase, at its precision, "
        "with its utilisation, parallel efficiency and restart on each site; a gang is no larger than its "
        "ring or centre.",
    ],
}
"""What the yardsticks of each phase stand on."""

TIMES = ("worked_s", "written_s", "lost_s", "restarted_s", "paused_s")
COUNTS = ("n_interruptions", "n_upsets", "n_cards_lost", "n_jobs_interrupted")
SHARES = ("utilisation_frac", "parallel_frac", "restart_frac")
PAUSED = ("wait_frac", "migrate_frac")


@dataclass
class Gangs:
    """Sums over windows of what ran on one side, by class, each window with the days it stands for."""

    amounts: dict[str, float] = field(default_factory=dict)
    useful_op: float = 0.0
    full_op: float = 0.0
    """Useful operations if all capacity worked on the widest class."""
    classes: dict[str, dict[str, float]] = field(default_factory=dict)
    codes: dict[str, dict[tuple[str, int], float]] = field(default_factory=dict)
    """Class → (column, code) → card operations: the commonest one is shown."""

    def add(self, result: ChunkResult, names: Sequence[str], side: str, per_day: float) -> None:
        """Add one window, its amounts times `per_day`."""
        self.useful_op += per_day * result.number(f"useful_{side}_op")
        self.full_op += per_day * result.number(f"full_{side}_op")
        on_side = result["site_side"] == SIDES.index(side)
        rows = np.flatnonzero(on_side[result["gang_site"]] & (result["gang_card_op"] > 0.0))
        cards = result["gang_n_cards"][rows]
        for name in ("span_s", *TIMES, *COUNTS):
            amount = result[f"gang_{name}"][rows]
            more = per_day * float(amount.sum() if name in COUNTS else amount @ cards)
            self.amounts[name] = self.amounts.get(name, 0.0) + more
        for row in rows:
            self._add_class(names[result["gang_class"][row]], result, int(row), per_day)

    def _add_class(self, name: str, result: ChunkResult, row: int, per_day: float) -> None:
        op = per_day * float(result["gang_card_op"][row])
        sums = self.classes.setdefault(name, {})
        one = {
            "card_op": op,
            "useful_op": per_day * float(result["gang_useful_op"][row]),
            "n_cards": op * float(result["gang_n_cards"][row]),
            # means of rates: a gang that is never interrupted counts with none
            "stops_per_s": op / float(result["gang_mtbi_s"][row]),
            "interval_s": op * float(result["gang_interval_s"][row]),
            **{key: op * float(result[f"gang_{key}"][row]) for key in (*SHARES, *PAUSED)},
        }
        for key, value in one.items():
            sums[key] = sums.get(key, 0.0) + value
        seen = self.codes.setdefault(name, {})
        for column in ("pause", "link"):
            code = (column, int(result[f"gang_{column}"][row]))
            seen[code] = seen.get(code, 0.0) + op

    def happened(self, weight_d: float) -> dict[str, Any]:
        """Return counts a day and shares of the cards' time, as one seeded course of events has them."""
        span_s = self.amounts.get("span_s", 0.0)
        return {
            **{f"{name}_per_day": _over(self.amounts.get(name, 0.0), weight_d) for name in COUNTS},
            **{
                f"{name.removesuffix('_s')}_frac": _over(self.amounts.get(name, 0.0), span_s)
                for name in TIMES
            },
            "classes": [self._class(name, weight_d) for name in sorted(self.classes)],
        }

    def _class(self, name: str, weight_d: float) -> dict[str, Any]:
        sums = self.classes[name]
        op, stops_per_s = sums["card_op"], sums["stops_per_s"] / sums["card_op"]
        return {
            "name": name,
            "card_op_per_s": _over(op, weight_d * DAY_S),
            "useful_op_per_s": _over(sums["useful_op"], weight_d * DAY_S),
            "utilisation_frac": sums["utilisation_frac"] / op,
            "parallel_efficiency_frac": sums["parallel_frac"] / op,
            "restart_frac": sums["restart_frac"] / op,
            "n_cards": sums["n_cards"] / op,
            "mtbi_s": 1.0 / stops_per_s if stops_per_s > 0.0 else None,
            "interval_s": sums["interval_s"] / op,
            "pause": self._commonest(name, "pause", PAUSES),
            **{f"eclipse_{key}": sums[key] / op for key in PAUSED},
            "narrowest_link": self._commonest(name, "link", LINKS),
        }

    def _commonest(self, name: str, column: str, words: Sequence[str]) -> str:
        seen = {code: op for (which, code), op in self.codes[name].items() if which == column}
        return words[max(seen, key=lambda code: (seen[code], -code))]

    def yardsticks(self, weight_d: float) -> dict[str, float | None]:
        """Return tokens per second and days of the training run; None where nothing is delivered."""
        rate, full = (_over(op, weight_d * DAY_S) for op in (self.useful_op, self.full_op))
        return {
            "useful_op_per_s": rate,
            "tokens_per_s": rate / OP_PER_TOKEN,
            "run_days": RUN_OP / rate / DAY_S if rate > 0.0 else None,
            "full_run_days": RUN_OP / full / DAY_S if full > 0.0 else None,
        }


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
