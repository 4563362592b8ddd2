"""Radio link budget: range, elevation, radio and antenna → C/N0, Es/N0, MODCOD and bit rate, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import BOLTZMANN_J_PER_K, PI, SPEED_OF_LIGHT_M_PER_S
from ..errors import InputError, Problem
from .attenuation import attenuation_table
from .modcod import dvb_s2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..scenario.models import Antenna, Radio, Station

Floats = NDArray[np.float64]

BOLTZMANN_DB = 10.0 * float(np.log10(BOLTZMANN_J_PER_K))
"""Boltzmann's constant, -228.599 dBW/K/Hz."""

BAND_WIDTH_FRAC = 0.2
"""How far a carrier may lie from the frequency its band's attenuation was computed for."""


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


@dataclass(frozen=True)
class LinkTable:
    """All pairs of radio and station as the kernel reads them.

    `constant_db` (radio, g): Es/N0 at 1 m without attenuation, -inf where the station lacks the band;
    `cosecant` (a,); `attenuation_db` (radio, a); `threshold_db`, `rate_bit_per_s` (radio, m), rising.
    """

    constant_db: Floats
    cosecant: Floats
    attenuation_db: Floats
    threshold_db: Floats
    rate_bit_per_s: Floats


def link_problems(radio: Radio, place: str) -> list[Problem]:
    """Return what makes a radio unfit for the shipped tables: a band without one, a carrier far from it."""
    table = attenuation_table()
    if radio.band not in table.band:
        return [Problem(f"{place}.band", repr(radio.band), "one of " + ", ".join(table.band))]
    tabulated_hz = table.frequency_hz[table.band.index(radio.band)]
    low_hz, high_hz = (1.0 - BAND_WIDTH_FRAC) * tabulated_hz, (1.0 + BAND_WIDTH_FRAC) * tabulated_hz
    if low_hz <= radio.frequency_hz <= high_hz:
        return []
    allowed = f"{low_hz / 1e9:.4g} to {high_hz / 1e9:.4g} GHz in band {radio.band}"
    return [Problem(f"{place}.frequency", f"{radio.frequency_hz / 1e9:.6g} GHz", allowed)]


def link_table(radios: Sequence[Radio], stations: Sequence[Station]) -> LinkTable:
    """Return the links of every radio to every station.

    Parameters
    ----------
    radios, stations : sequences of scenario models
        A station without the radio's band gets no link.

    Returns
    -------
    LinkTable
        Arrays for `kernels.link`.

    Raises
    ------
    InputError
        A carrier too far from the frequency the band's attenuation is tabulated for.

    Assumptions
    -----------
    As in `budget`.

    Source
    ------
    As in `budget`, with the lines that do not move with the satellite summed.

    Examples
    --------
    >>> link_table([], []).constant_db.shape
    (0, 0)
    """
    problems = [problem for radio in radios for problem in link_problems(radio, "radio")]
    if problems:
        raise InputError(*problems)
    air = attenuation_table()
    ladder = dvb_s2().worth_using()
    constant_db = np.full((len(radios), len(stations)), -np.inf)
    for q, radio in enumerate(radios):
        for g, station in enumerate(stations):
            if radio.band in station.band:
                constant_db[q, g] = _constant_db(radio, station.band[radio.band])
    n, m, a = len(radios), len(ladder.name), len(air.cosecant)
    rows = [air.attenuation_db[air.band.index(radio.band)] for radio in radios]
    margin_db = np.array([radio.implementation_db for radio in radios])
    symbol_rate_hz = np.array([radio.symbol_rate_hz for radio in radios])
    return LinkTable(
        constant_db,
        np.array(air.cosecant),
        np.array(rows).reshape(n, a),
        (ladder.esn0_db + margin_db[:, None]).reshape(n, m),
        (ladder.efficiency_bit_per_symbol * symbol_rate_hz[:, None]).reshape(n, m),
    )


def _constant_db(radio: Radio, antenna: Antenna) -> float:
    at_1_m_db = free_space_loss_db(1.0, radio.frequency_hz)
    c_n0_dbhz = c_over_n0_dbhz(radio.eirp_dbw, at_1_m_db, antenna.g_over_t_db_per_k)
    return float(energy_ratio_db(c_n0_dbhz, radio.symbol_rate_hz))


def rate_bit_per_s(range_m: ArrayLike, elevation_rad: ArrayLike, radio: Radio, antenna: Antenna) -> Floats:
    """Return the bit rate at a range and elevation: that of the best MODCOD whose threshold is met.

    Parameters
    ----------
    range_m, elevation_rad : array_like, broadcast together [m], [rad]
        Slant range and geometric elevation.
    radio, antenna : scenario models
        Transmitter, and the station's receiver in the radio's band.

    Returns
    -------
    ndarray [bit/s]
        0 where no MODCOD closes, or below the lowest elevation of the attenuation table.

    Raises
    ------
    InputError
        A carrier too far from the frequency the band's attenuation is tabulated for.

    Assumptions
    -----------
    As in `budget`.

    Source
    ------
    As in `budget`.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna, Radio
    >>> radio = Radio.model_construct(
    ...     band="x", frequency_hz=8.2e9, symbol_rate_hz=3e8, eirp_dbw=5.0, implementation_db=1.0)
    >>> antenna = Antenna.model_construct(g_over_t_db_per_k=37.3)
    >>> rates = rate_bit_per_s([1.0e6, 2.0e6], [0.8, 0.2], radio, antenna)
    >>> bool(rates[0] > rates[1] > 0.0)
    True
    """
    from ..kernels.link import levels, rates

    problems = link_problems(radio, "radio")
    if problems:
        raise InputError(*problems)
    air = attenuation_table()
    ladder = dvb_s2().worth_using()
    distance_m, elevation = np.broadcast_arrays(
        np.asarray(range_m, dtype=np.float64), np.asarray(elevation_rad, dtype=np.float64)
    )
    level_db = np.empty(distance_m.size)
    levels(
        np.array(distance_m).ravel(),
        np.sin(elevation).ravel(),
        _constant_db(radio, antenna),
        np.array(air.cosecant),
        np.array(air.attenuation_db[air.band.index(radio.band)]),
        level_db,
    )
    out = np.empty(distance_m.size)
    threshold_db = ladder.esn0_db + radio.implementation_db
    rates(level_db, threshold_db, ladder.efficiency_bit_per_symbol * radio.symbol_rate_hz, out)
    return out.reshape(distance_m.shape)


@dataclass(frozen=True)
class Budget:
    """A link budget as an engineer writes it, for one range and elevation; `str` prints it line by line."""

    range_m: float
    elevation_rad: float
    eirp_dbw: float
    free_space_db: float
    attenuation_db: float
    g_over_t_db_per_k: float
    c_over_n0_dbhz: float
    esn0_db: float
    implementation_db: float
    modcod: str
    required_esn0_db: float
    margin_db: float
    rate_bit_per_s: float

    def __str__(self) -> str:
        rows = [
            ("range", self.range_m / 1e3, "km"),
            ("elevation", float(np.degrees(self.elevation_rad)), "deg"),
            ("EIRP", self.eirp_dbw, "dBW"),
            ("free-space loss", -self.free_space_db, "dB"),
            ("attenuation", -self.attenuation_db, "dB"),
            ("G/T", self.g_over_t_db_per_k, "dB/K"),
            ("Boltzmann", -BOLTZMANN_DB, "dB"),
            ("C/N0", self.c_over_n0_dbhz, "dBHz"),
            ("Es/N0", self.esn0_db, "dB"),
            ("implementation", -self.implementation_db, "dB"),
            (f"required, {self.modcod}", self.required_esn0_db, "dB"),
            ("margin", self.margin_db, "dB"),
            ("rate", self.rate_bit_per_s / 1e6, "Mbit/s"),
        ]
        return "\n".join(f"{name:<24}{value:>12.3f} {unit}" for name, value, unit in rows)


def budget(range_m: float, elevation_rad: float, radio: Radio, antenna: Antenna) -> Budget:
    """Return the whole budget of one link: gains less losses over noise, then the best MODCOD it affords.

    Parameters
    ----------
    range_m, elevation_rad : float [m], [rad]
        Slant range and geometric elevation, at or above the attenuation table's lowest.
    radio, antenna : scenario models
        Transmitter, and the station's receiver in the radio's band.

    Returns
    -------
    Budget
        MODCOD "none", rate 0 and the shortfall as a negative margin where nothing closes.

    Raises
    ------
    InputError
        An elevation below the table, or a carrier far from the band.

    Assumptions
    -----------
    One attenuation table for all stations (`attenuation_table`); rain does not raise the receiver's noise;
    pointing and polarisation losses are inside the EIRP; rate adapts at once (ACM).

    Source
    ------
    Maral and Bousquet, section 5.4; ETSI EN 302 307-1 table 13; ITU-R P.525, P.618.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna, Radio
    >>> radio = Radio.model_construct(
    ...     band="x", frequency_hz=8.2e9, symbol_rate_hz=3e8, eirp_dbw=25.0, implementation_db=1.0)
    >>> budget(1e6, 0.8, radio, Antenna.model_construct(g_over_t_db_per_k=37.3)).modcod
    '32APSK 9/10'
    """
    air = attenuation_table()
    problems = link_problems(radio, "radio")
    if not air.min_elevation_rad - 1e-9 <= elevation_rad <= PI / 2.0:
        found = f"{np.degrees(elevation_rad):g} deg"
        allowed = f"{np.degrees(air.min_elevation_rad):g} to 90 deg"
        problems.append(Problem("elevation", found, allowed, "the attenuation table ends there"))
    if problems:
        raise InputError(*problems)
    losses_db = air.attenuation_db[air.band.index(radio.band)]
    attenuation_db = float(np.interp(1.0 / np.sin(elevation_rad), air.cosecant, losses_db))
    free_space_db = float(free_space_loss_db(range_m, radio.frequency_hz))
    c_n0 = float(c_over_n0_dbhz(radio.eirp_dbw, free_space_db + attenuation_db, antenna.g_over_t_db_per_k))
    level_db = float(energy_ratio_db(c_n0, radio.symbol_rate_hz))
    ladder = dvb_s2().worth_using()
    required_db = ladder.esn0_db + radio.implementation_db
    closes = np.flatnonzero(required_db <= level_db)
    best = int(closes[-1]) if len(closes) else 0
    return Budget(
        range_m,
        elevation_rad,
        radio.eirp_dbw,
        free_space_db,
        attenuation_db,
        antenna.g_over_t_db_per_k,
        c_n0,
        level_db,
        radio.implementation_db,
        ladder.name[best] if len(closes) else "none",
        float(ladder.esn0_db[best]),
        level_db - float(required_db[best]),
        float(ladder.efficiency_bit_per_symbol[best] * radio.symbol_rate_hz) if len(closes) else 0.0,
    )
