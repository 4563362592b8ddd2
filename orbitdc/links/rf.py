"""Closed forms of a radio link: ranges, powers, temperatures, angles → losses, gains, C/N0, Es/N0 in dB."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import BOLTZMANN_J_PER_K, PI, SPEED_OF_LIGHT_M_PER_S

Floats = NDArray[np.float64]

BOLTZMANN_DB = 10.0 * float(np.log10(BOLTZMANN_J_PER_K))
"""Boltzmann's constant, -228.599 dBW/K/Hz."""

MEAN_AIR_K = 275.0
"""Mean radiating temperature of rain, cloud and gas (ITU-R P.618-13, section 3)."""

COSMIC_K = 2.7
"""Microwave background (ITU-R P.618-13, section 3)."""


def free_space_loss_db(range_m: ArrayLike, frequency_hz: ArrayLike) -> Floats:
    """Return the loss between isotropic antennas: the wave spreads over a sphere.

    Parameters
    ----------
    range_m : array_like [m]
        Distance, > 0.
    frequency_hz : array_like [Hz]
        Carrier, > 0.

    Returns
    -------
    ndarray [dB]
        20 lg(4 pi d f / c).

    Assumptions
    -----------
    Far field, vacuum.

    Source
    ------
    ITU-R P.525-4, equation 3.

    Examples
    --------
    >>> round(float(free_space_loss_db(1e6, 26e9)), 4)
    180.7473
    """
    distance = np.asarray(range_m, dtype=np.float64) * np.asarray(frequency_hz, dtype=np.float64)
    return np.asarray(20.0 * np.log10(4.0 * PI * distance / SPEED_OF_LIGHT_M_PER_S))


def antenna_gain_dbi(diameter_m: float, frequency_hz: float, efficiency_frac: float) -> float:
    """Return the gain of a dish: its effective area over that of an isotropic antenna.

    Source
    ------
    Balanis, Antenna Theory, equation 12-38: G = eta (pi D f / c)^2.

    Examples
    --------
    >>> round(antenna_gain_dbi(5.0, 2.2e9, 0.5), 1)
    38.2
    """
    turns = PI * diameter_m * frequency_hz / SPEED_OF_LIGHT_M_PER_S
    return float(10.0 * np.log10(efficiency_frac * turns**2))


def g_over_t_db_per_k(gain_dbi: float, system_temperature_k: float) -> float:
    """Return the figure of merit of a receiver: gain over system noise temperature.

    Examples
    --------
    >>> round(g_over_t_db_per_k(58.0, 120.0), 1)
    37.2
    """
    return float(gain_dbi - 10.0 * np.log10(system_temperature_k))


def c_over_n0_dbhz(eirp_dbw: float, loss_db: ArrayLike, g_over_t_db_per_k: float) -> Floats:
    """Return carrier power over noise density at the receiver.

    Parameters
    ----------
    eirp_dbw : float [dBW]
        Effective isotropic radiated power.
    loss_db : array_like [dB]
        Free space and everything else on the way.
    g_over_t_db_per_k : float [dB/K]
        Figure of merit of the receiver.

    Returns
    -------
    ndarray [dBHz]
        EIRP - losses + G/T - k.

    Source
    ------
    Maral and Bousquet, Satellite Communications Systems, 5th ed., equation 5.14.

    Examples
    --------
    >>> round(float(c_over_n0_dbhz(14.8, 189.302 + 0.6, -0.3)), 1)
    53.2
    """
    return np.asarray(eirp_dbw - np.asarray(loss_db, dtype=np.float64) + g_over_t_db_per_k - BOLTZMANN_DB)


def cascade_dbhz(*c_over_n0_dbhz: float) -> float:
    """Return C/N0 of links in series through a transparent repeater: their noises add.

    Source
    ------
    Maral and Bousquet, equation 5.72: 1/(C/N0) is the sum of the links' own.

    Examples
    --------
    >>> round(cascade_dbhz(69.1, 53.2), 2)
    53.09
    """
    noise = sum(10.0 ** (-link / 10.0) for link in c_over_n0_dbhz)
    return float(-10.0 * np.log10(noise))


def energy_ratio_db(c_over_n0_dbhz: ArrayLike, rate_hz: float) -> Floats:
    """Return energy over noise density: per symbol for a symbol rate, per bit for a bit rate [dB].

    Examples
    --------
    >>> round(float(energy_ratio_db(53.09, 9600.0)), 2)
    13.27
    """
    return np.asarray(np.asarray(c_over_n0_dbhz, dtype=np.float64) - 10.0 * np.log10(rate_hz))


def sky_temperature_k(absorption_db: ArrayLike) -> Floats:
    """Return the noise temperature of the sky behind absorbing air: what absorbs, radiates.

    Parameters
    ----------
    absorption_db : array_like [dB]
        Gas, cloud and rain, without scintillation, which only bends the wave.

    Returns
    -------
    ndarray [K]

    Source
    ------
    ITU-R P.618-13, section 3: T = Tmr (1 - 10^(-A/10)) + 2.7 x 10^(-A/10), with Tmr 275 K.

    Examples
    --------
    >>> round(float(sky_temperature_k(3.0)), 1)
    138.5
    """
    passed = 10.0 ** (-np.asarray(absorption_db, dtype=np.float64) / 10.0)
    return np.asarray(MEAN_AIR_K * (1.0 - passed) + COSMIC_K * passed)


def noise_rise_db(absorption_db: ArrayLike, clear_db: ArrayLike, system_temperature_k: float) -> Floats:
    """Return by how much absorbing air raises a receiver's noise over that of a clear zenith.

    Parameters
    ----------
    absorption_db, clear_db : array_like [dB]
        Gas, cloud and rain on the path; gas alone at the zenith.
    system_temperature_k : float [K]
        System noise temperature under the clear zenith.

    Returns
    -------
    ndarray [dB]
        What is to be taken off the G/T.

    Source
    ------
    ITU-R P.618-13, section 3.

    Examples
    --------
    >>> round(float(noise_rise_db(6.0, 0.05, 120.0)), 2)
    4.27
    """
    more_k = sky_temperature_k(absorption_db) - sky_temperature_k(clear_db)
    return np.asarray(10.0 * np.log10(1.0 + np.maximum(more_k, 0.0) / system_temperature_k))


def pointing_loss_db(error_rad: float, beamwidth_rad: float) -> float:
    """Return the gain lost off the axis of a beam.

    Parameters
    ----------
    error_rad, beamwidth_rad : float [rad]
        Angle off the axis, full width of the beam at half power.

    Returns
    -------
    float [dB]

    Assumptions
    -----------
    Parabolic in dB: good within the beam.

    Source
    ------
    Maral and Bousquet, equation 5.6: 12 (error / width)^2.

    Examples
    --------
    >>> round(pointing_loss_db(0.05, 0.2), 2)
    0.75
    """
    return float(12.0 * (error_rad / beamwidth_rad) ** 2)


def polarisation_loss_db(axial_ratio_1_db: float, axial_ratio_2_db: float) -> float:
    """Return the loss between two nearly circular polarisations whose ellipses lie crosswise.

    Parameters
    ----------
    axial_ratio_1_db, axial_ratio_2_db : float [dB]
        Axial ratios of transmitter and receiver, 0 for a circle.

    Returns
    -------
    float [dB]
        The worst case of all turns of one ellipse against the other.

    Source
    ------
    Balanis, Antenna Theory, section 2.12.2: |e1 . e2|^2 of the unit vectors of two ellipses.

    Examples
    --------
    >>> round(polarisation_loss_db(1.5, 1.0), 3)
    0.09
    """
    r1, r2 = 10.0 ** (axial_ratio_1_db / 20.0), 10.0 ** (axial_ratio_2_db / 20.0)
    match = (r1 + r2) ** 2 / ((1.0 + r1**2) * (1.0 + r2**2))
    return float(-10.0 * np.log10(match))
