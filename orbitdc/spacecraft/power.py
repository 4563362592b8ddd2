"""Power: one satellite model → its four powers, and the array and battery that a load asks for.

Four powers are told apart and a milestone names one: `array_bol` (cells, new, 1361 W/m2, normal incidence),
`array_eol` (the same at the end of life), `bus` (all the bus can be asked for) and `it` (cards at full load).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..constants import SOLAR_CONSTANT_W_PER_M2
from .ageing import array_frac

if TYPE_CHECKING:
    from ..scenario.models import Spacecraft


def array_bol_power_w(spacecraft: Spacecraft) -> float:
    """Return the power of the new array facing the Sun at one astronomical unit, before conversion [W]."""
    array = spacecraft.array
    return array.area_m2 * array.efficiency_frac * array.packing_frac * SOLAR_CONSTANT_W_PER_M2


def array_eol_power_w(spacecraft: Spacecraft, lifetime_s: float) -> float:
    """Return `array_bol_power_w` less the cell degradation of a lifetime [W]."""
    return array_bol_power_w(spacecraft) * float(array_frac(spacecraft.array, lifetime_s))


def it_power_w(spacecraft: Spacecraft) -> float:
    """Return the power of all cards at full load, host and network included; 0 for a relay [W]."""
    return spacecraft.compute.it_power_w if spacecraft.compute else 0.0


def sending_frac(spacecraft: Spacecraft) -> tuple[float, float]:
    """Return what the radio and what the laser draws while on, as shares of what both draw together.

    A satellite whose senders draw nothing has none of either.
    """
    bus = spacecraft.bus
    both_w = bus.radio_w + bus.laser_w
    return (bus.radio_w / both_w, bus.laser_w / both_w) if both_w > 0.0 else (0.0, 0.0)


def bus_power_w(spacecraft: Spacecraft) -> float:
    """Return the bus power with everything on: cards, housekeeping, senders, pumps for their heat [W].

    Heaters are left out: they run when the cards do not.
    """
    bus = spacecraft.bus
    return (it_power_w(spacecraft) + bus.housekeeping_w + bus.radio_w + bus.laser_w) * (1.0 + bus.pump_frac)


def battery_for_eclipse_j(
    load_w: float, dark_s: float, depth_frac: float, discharge_efficiency_frac: float
) -> float:
    """Return the nameplate energy that carries a load through the dark at a depth of discharge.

    Parameters
    ----------
    load_w : float [W]
        Constant load.
    dark_s : float [s]
        Time without array power.
    depth_frac : float
        Share of the nameplate energy withdrawn.
    discharge_efficiency_frac : float
        Delivered per withdrawn energy.

    Returns
    -------
    float
        Nameplate energy [J].

    Source
    ------
    Energy balance of the discharge: E depth efficiency = P t.

    Examples
    --------
    >>> round(battery_for_eclipse_j(1e6, 18.888 * 60, 0.3, 0.95) / 3600)
    1104561
    """
    return load_w * dark_s / (depth_frac * discharge_efficiency_frac)


def array_for_load_m2(
    load_w: float, flux_w_per_m2: float, efficiency_frac: float, incidence_rad: float = 0.0
) -> float:
    """Return the cell area that makes a power under a flux at an angle of incidence.

    Parameters
    ----------
    load_w : float [W]
        Power at the array's terminals.
    flux_w_per_m2 : float [W/m2]
        Irradiance on a plane facing the Sun.
    efficiency_frac : float
        Efficiency with packing, temperature and age.
    incidence_rad : float [rad]
        Angle between the array's normal and the Sun.

    Returns
    -------
    float
        Area [m2].

    Source
    ------
    P = S A efficiency cos(incidence).

    Examples
    --------
    >>> round(array_for_load_m2(1e6, 1361.0, 0.3), 2)
    2449.18
    """
    return load_w / (flux_w_per_m2 * efficiency_frac * math.cos(incidence_rad))
