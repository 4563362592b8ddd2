"""Closed forms of heat balance in orbit: heat absorbed and surface properties → temperatures and areas."""

from __future__ import annotations

from math import sqrt

from ..constants import (
    EARTH_ALBEDO_FRAC,
    EARTH_INFRARED_W_PER_M2,
    EARTH_RADIUS_KM,
    SOLAR_CONSTANT_W_PER_M2,
    STEFAN_BOLTZMANN_W_PER_M2_K4,
)


def radiated_w_per_m2(temperature_k: float, emissivity_frac: float = 1.0, n_sides: int = 1) -> float:
    """Return the heat that a panel radiates, per area of one side.

    Parameters
    ----------
    temperature_k : float [K]
    emissivity_frac : float
        Hemispherical infrared emissivity.
    n_sides : int
        Sides that radiate.

    Returns
    -------
    float [W/m2]

    Source
    ------
    Stefan-Boltzmann law.

    Examples
    --------
    >>> f"{radiated_w_per_m2(293.15, 0.92, 2):.2f}"
    '770.53'
    """
    return n_sides * emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4 * temperature_k**4


def equilibrium_k(absorbed_w_per_m2: float, emissivity_frac: float = 1.0, n_sides: int = 1) -> float:
    """Return the temperature at which a surface radiates what it absorbs.

    Parameters
    ----------
    absorbed_w_per_m2 : float [W/m2]
        Heat absorbed per area of one side.
    emissivity_frac : float
        Hemispherical infrared emissivity.
    n_sides : int
        Sides that radiate.

    Returns
    -------
    float [K]

    Assumptions
    -----------
    Isothermal surface facing deep space at 0 K.

    Source
    ------
    Stefan-Boltzmann law.

    Examples
    --------
    A black plate that faces the Sun, its back insulated.

    >>> f"{equilibrium_k(1361.0):.2f} K"
    '393.61 K'
    """
    return float((absorbed_w_per_m2 / radiated_w_per_m2(1.0, emissivity_frac, n_sides)) ** 0.25)


def sphere_view_factor(altitude_m: float) -> float:
    """Return the share of a small sphere's surroundings that the Earth fills.

    Parameters
    ----------
    altitude_m : float [m]

    Returns
    -------
    float
        0.5 on the surface, towards 0 far away.

    Source
    ------
    Gilmore, Spacecraft Thermal Control Handbook, 2nd ed., chapter 2: solid angle of a cap over 4 pi.

    Examples
    --------
    >>> f"{sphere_view_factor(700e3):.5f}"
    '0.28320'
    """
    sine = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + altitude_m / 1e3)
    return 0.5 * (1.0 - sqrt(1.0 - sine * sine))


def sphere_absorbed_w_per_m2(
    altitude_m: float, absorptivity_frac: float, emissivity_frac: float, *, sunlit: bool
) -> float:
    """Return the heat a small sphere absorbs in orbit, per area of its whole surface.

    Parameters
    ----------
    altitude_m : float [m]
    absorptivity_frac : float
        Solar absorptivity.
    emissivity_frac : float
        Infrared emissivity, equal to its infrared absorptivity.
    sunlit : bool
        With sunlight and the albedo of a sunlit Earth, or with Earth infrared alone.

    Returns
    -------
    float [W/m2]

    Assumptions
    -----------
    1361 W/m2; Earth infrared 237 W/m2; albedo 0.30 of the whole visible disc, as over the subsolar point.

    Source
    ------
    Gilmore, Spacecraft Thermal Control Handbook, 2nd ed., chapter 2.

    Examples
    --------
    >>> f"{equilibrium_k(sphere_absorbed_w_per_m2(700e3, 0.3, 0.8, sunlit=True), 0.8):.2f} K"
    '254.55 K'
    """
    view = sphere_view_factor(altitude_m)
    absorbed = emissivity_frac * EARTH_INFRARED_W_PER_M2 * view
    if sunlit:
        absorbed += absorptivity_frac * SOLAR_CONSTANT_W_PER_M2 * (0.25 + EARTH_ALBEDO_FRAC * view)
    return absorbed


def radiator_area_m2(
    heat_w: float, temperature_k: float, sink_k: float, emissivity_frac: float, n_sides: int
) -> float:
    """Return the area of one side of the panel that rejects a heat flow to a sink.

    Parameters
    ----------
    heat_w : float [W]
    temperature_k : float [K]
        Of the panel.
    sink_k : float [K]
        Equivalent black-body temperature of what the panel sees.
    emissivity_frac : float
        Hemispherical infrared emissivity.
    n_sides : int
        Sides that radiate.

    Returns
    -------
    float [m2]

    Assumptions
    -----------
    Isothermal panel: no fin loss.

    Source
    ------
    Stefan-Boltzmann law.

    Examples
    --------
    >>> f"{radiator_area_m2(1e6, 293.15, 0.0, 0.9, 2):.0f} m2"
    '1327 m2'
    """
    net = radiated_w_per_m2(temperature_k, emissivity_frac, n_sides) - radiated_w_per_m2(
        sink_k, emissivity_frac, n_sides
    )
    return heat_w / net
