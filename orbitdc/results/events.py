"""Events of a run: the drills of its windows → rows of summary.json, and the data of the vault with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..orbit.time import format_utc

if TYPE_CHECKING:
    from ..chunk import ChunkResult
    from ..scenario.models import Scenario

EVENT = (
    "availability_frac", "hot_availability_frac", "n_displaced", "n_late", "n_lost", "displaced_op",
    "repeated_op", "lost_op", "recovery_s",
)  # fmt: skip
RECOVERY = ("answers_s", "restored_s", "missing_bit", "fill_s")


class Events:
    """The events of all windows added, in the order of the scenario."""

    def __init__(self, scenario: Scenario, sites: tuple[str, ...]) -> None:
        self._scenario = scenario
        self._sites = sites
        self._rows: dict[int, dict[str, Any]] = {}

    def add(self, result: ChunkResult) -> None:
        """Add one window."""
        for row, number in enumerate(result["event_event"].tolist()):
            event = self._scenario.event[number]
            figures = {name: result[f"event_{name}"][row].item() for name in EVENT}
            mine = [i for i, of in enumerate(result["recovery_event"].tolist()) if of == number]
            self._rows[number] = {
                "name": event.name,
                "kind": event.kind,
                "target": event.target,
                "start_utc": format_utc(event.start),
                "end_utc": format_utc(event.end),
                **figures,
                "datasets": [self._dataset(result, i) for i in mine],
            }

    def _dataset(self, result: ChunkResult, row: int) -> dict[str, Any]:
        data = self._scenario.vault.dataset[int(result["recovery_dataset"][row])]
        source = int(result["recovery_source"][row])
        values = {name: float(result[f"recovery_{name}"][row]) for name in RECOVERY}
        return {
            "name": data.name,
            "source": self._sites[source] if source >= 0 else "",
            # JSON has no infinity: what never comes is null
            **{name: value if math.isfinite(value) else None for name, value in values.items()},
        }

    def report(self) -> list[dict[str, Any]]:
        """Return a row per event."""
        return [self._rows[number] for number in sorted(self._rows)]
