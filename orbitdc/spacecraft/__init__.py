"""Spacecraft: one satellite as the sum of its parts, and what it can do under a given sky."""

from .ageing import array_frac, battery_frac, cards_alive_frac
from .cards import accelerator_of, ground_card, n_cards, op_per_s
from .mass import mass_kg, mass_parts_kg
from .power import array_bol_power_w, array_eol_power_w, bus_power_w, it_power_w

__all__ = [
    "accelerator_of",
    "array_bol_power_w",
    "array_eol_power_w",
    "array_frac",
    "battery_frac",
    "bus_power_w",
    "cards_alive_frac",
    "ground_card",
    "it_power_w",
    "mass_kg",
    "mass_parts_kg",
    "n_cards",
    "op_per_s",
]
