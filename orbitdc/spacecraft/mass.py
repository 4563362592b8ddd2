"""Mass: one satellite model → kilograms, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .power import array_bol_power_w

if TYPE_CHECKING:
    from ..scenario.models import Spacecraft


def mass_parts_kg(spacecraft: Spacecraft) -> dict[str, float]:
    """Return the mass of each part, from its size and its specific mass.

    Parameters
    ----------
    spacecraft : Spacecraft
        The model.

    Returns
    -------
    dict
        `array`, `battery`, `radiator`, `compute`, `bus` [kg]; bus includes structure and propellant.

    Assumptions
    -----------
    Specific masses hold at any size; structure does not grow with the parts it carries.
    """
    compute = spacecraft.compute
    return {
        "array": array_bol_power_w(spacecraft) / spacecraft.array.specific_power_w_per_kg,
        "battery": spacecraft.battery.capacity_j / spacecraft.battery.specific_energy_j_per_kg,
        "radiator": spacecraft.radiator.area_m2 * spacecraft.radiator.areal_mass_kg_per_m2,
        "compute": compute.it_power_w * compute.mass_per_power_kg_per_w if compute else 0.0,
        "bus": spacecraft.bus.dry_mass_kg,
    }


def mass_kg(spacecraft: Spacecraft) -> float:
    """Return the launch mass, the sum of the parts [kg]."""
    return sum(mass_parts_kg(spacecraft).values())
