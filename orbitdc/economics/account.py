"""Account: money, carbon, energy, water and the useful work they bought; accounts add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MONEY = ("launch", "satellite", "card", "building", "power", "operation")
"""Parts of the money, in the order of the report: computers are cards, wherever they stand."""
CARBON = ("launch", "satellite", "card", "building", "power")
"""Parts of the carbon."""
ENERGY = ("load", "wind", "solar", "storage", "grid", "backup", "spilled", "lost", "stored")
"""What was used, and who gave it; lost in the battery, and what that gained; in orbit
load and solar are what the computers drew."""


@dataclass(frozen=True)
class Account:
    """What a site, a side or a phase cost; absent parts are zero."""

    usd: Mapping[str, float] = field(default_factory=dict)
    carbon_kg: Mapping[str, float] = field(default_factory=dict)
    energy_j: Mapping[str, float] = field(default_factory=dict)
    water_l: float = 0.0
    scarce_water_l: float = 0.0
    """Water weighted with how scarce it is."""
    useful_op: float = 0.0

    def __add__(self, other: Account) -> Account:
        """Return both together.

        >>> (Account({"power": 2.0}, useful_op=1.0) + Account({"power": 1.0, "card": 5.0})).usd["power"]
        3.0
        """
        return Account(
            _sum(self.usd, other.usd),
            _sum(self.carbon_kg, other.carbon_kg),
            _sum(self.energy_j, other.energy_j),
            self.water_l + other.water_l,
            self.scarce_water_l + other.scarce_water_l,
            self.useful_op + other.useful_op,
        )

    def times(self, factor: float) -> Account:
        """Return so many times this."""
        return Account(
            _times(self.usd, factor),
            _times(self.carbon_kg, factor),
            _times(self.energy_j, factor),
            self.water_l * factor,
            self.scarce_water_l * factor,
            self.useful_op * factor,
        )

    def to_dict(self) -> dict[str, float | None]:
        """Return plain numbers by name, parts first, then sums and what one useful operation took.

        A quotient is None where nothing useful was done.
        """
        usd, carbon_kg = sum(self.usd.values()), sum(self.carbon_kg.values())
        op = self.useful_op
        return {
            **{f"{part}_usd": self.usd.get(part, 0.0) for part in MONEY},
            "usd": usd,
            **{f"{part}_carbon_kg": self.carbon_kg.get(part, 0.0) for part in CARBON},
            "carbon_kg": carbon_kg,
            **{f"{part}_j": self.energy_j.get(part, 0.0) for part in ENERGY},
            "water_l": self.water_l,
            "scarce_water_l": self.scarce_water_l,
            "useful_op": op,
            "usd_per_op": usd / op if op else None,
            "carbon_kg_per_op": carbon_kg / op if op else None,
            "water_l_per_op": self.water_l / op if op else None,
            "j_per_op": self.energy_j.get("load", 0.0) / op if op else None,
        }


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {part: one.get(part, 0.0) + other.get(part, 0.0) for part in dict.fromkeys((*one, *other))}


def _times(parts: Mapping[str, float], factor: float) -> dict[str, float]:
    return {part: value * factor for part, value in parts.items()}
