"""Reach: what the network gave in the windows of a phase → bits a day, reach, latency of hot work by part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..constants import DAY_S
from ..network.latency import PARTS
from ..scheduler import NETWORK_PARTS

if TYPE_CHECKING:
    from ..chunk import ChunkResult

BITS = ("down_bit", "up_bit", "relayed_bit", "stranded_bit")
"""What centres can exchange with the ground; what of it comes down by relays; contacts that serve none."""

N_BUSIEST = 8
"""Lines of fibre that a summary names."""
FULL = 1.0 - 1e-9
"""Share from which on a line is full."""


@dataclass
class Reach:
    """Sums over windows, each weighted with the days that it stands for."""

    weight_d: float = 0.0
    reachable_d: float = 0.0
    answered_d: float = 0.0
    hot_d: float = 0.0
    lines: dict[tuple[str, str], _Load] = field(default_factory=dict)
    bit_d: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BITS, 0.0))
    to_orbit_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(NETWORK_PARTS, 0.0))
    hot_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    def add(self, result: ChunkResult, weight_d: float, days: float) -> None:
        """Add a window of so many days that stands for `weight_d`."""
        self.weight_d += weight_d
        for name in BITS:
            self.bit_d[name] += weight_d / days * result.number(name)
        self.reachable_d += weight_d * result.number("reachable_frac")
        answered_d = weight_d * result.number("orbit_answered_frac")
        hot_d = weight_d / days * result.number("n_hot")
        self.answered_d += answered_d
        self.hot_d += hot_d
        for part in NETWORK_PARTS:
            self.to_orbit_s[part] += answered_d * result.number(f"orbit_{part}_s")
        for part in PARTS:
            self.hot_s[part] += hot_d * result.number(f"hot_{part}_s")
        rates = (f"line_{name}_bit_per_s" for name in ("capacity", "mean", "peak"))
        columns = (result[name].tolist() for name in ("line_from", "line_to", *rates))
        for start, end, *rate in zip(*columns, strict=True):
            self.lines.setdefault((start, end), _Load()).add(weight_d, *rate)

    def summary(self) -> dict[str, Any]:
        """Return bits a day, the share of orbit in reach and of requests answered there, and latencies.

        `lines`: the busiest lines of fibre, one way each, the one most used first; shares of what is open.
        """
        weight_d = self.weight_d or 1.0
        return {
            **{f"{name}_per_day": bit_d / weight_d for name, bit_d in self.bit_d.items()},
            "reachable_frac": min(self.reachable_d / weight_d, 1.0),  # the last digit of a sum
            "answered_frac": min(self.answered_d / weight_d, 1.0),
            **_means("to_orbit", self.to_orbit_s, self.answered_d),
            **_means("hot", self.hot_s, self.hot_d),
            "n_lines_used": len(self.lines),
            "n_lines_full": sum(load.peak_frac >= FULL for load in self.lines.values()),
            "lines": self._busiest(weight_d),
        }

    def _busiest(self, weight_d: float) -> list[dict[str, Any]]:
        ordered = sorted(self.lines.items(), key=lambda item: (-item[1].used_d, item[0]))
        return [
            {
                "from": start,
                "to": end,
                "bit_per_day": load.bit_d / weight_d,
                "used_frac": load.used_d / weight_d,
                "peak_frac": load.peak_frac,
            }
            for (start, end), load in ordered[:N_BUSIEST]
        ]


@dataclass
class _Load:
    """What a line of fibre carried, weighted with days: bits, and its share of what was open each day."""

    bit_d: float = 0.0
    used_d: float = 0.0
    peak_frac: float = 0.0

    def add(self, weight_d: float, capacity: float, mean: float, peak: float) -> None:
        """Add a window, rates in bit/s."""
        self.bit_d += weight_d * mean * DAY_S
        self.used_d += weight_d * mean / capacity
        self.peak_frac = max(self.peak_frac, peak / capacity)


def _means(name: str, seconds: dict[str, float], weight: float) -> dict[str, float]:
    parts = {f"{name}_{part}_s": amount / weight if weight else 0.0 for part, amount in seconds.items()}
    return {**parts, f"{name}_total_s": sum(parts.values())}
