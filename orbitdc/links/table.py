"""Links of many radios and stations: scenario models → arrays for the kernel, and bit rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .attenuation import DEFAULT_AVAILABILITY_FRAC, ELEVATION_DEG, Air, Losses, air_at, air_of
from .rf import c_over_n0_dbhz, energy_ratio_db, free_space_loss_db, noise_rise_db
from .terminals import Receiver, Transmitter, link_problems, receiver_of, transmitter_of, uplink_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..scenario.models import Antenna, Radio, Station

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinkTable:
    """All pairs of sender and station as the kernel reads them.

    `constant_db` (radio, g): level at 1 m without air, -inf where the station lacks the band; `cosecant`
    (a,); `attenuation_db` (radio, g, a), the noise of the air included; `threshold_db`, `rate_bit_per_s`
    (radio, m), rising, the last rung repeated where a ladder is shorter than the longest. The level is Es/N0
    of a radio, photons per second of a laser.
    """

    constant_db: Floats
    cosecant: Floats
    attenuation_db: Floats
    threshold_db: Floats
    rate_bit_per_s: Floats

    def row(self, radio: int) -> LinkTable:
        """Return the links of one radio."""
        own = slice(radio, radio + 1)
        return LinkTable(
            self.constant_db[own],
            self.cosecant,
            self.attenuation_db[own],
            self.threshold_db[own],
            self.rate_bit_per_s[own],
        )


def link_table(
    radios: Sequence[Radio],
    stations: Sequence[Station],
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
    dense_margin_db: Mapping[str, float] | None = None,
) -> LinkTable:
    """Return the links of every radio down to every station.

    Parameters
    ----------
    radios, stations : sequences of scenario models
        A station without the radio's band gets no link.
    availability_frac : float
        Share of an average year in which the rates hold, 0.5 to 0.9999.
    dense_margin_db : mapping, optional
        Demodulator margins of dense constellations, where they are not the usual ones.

    Returns
    -------
    LinkTable
        Arrays for `kernels.link`.

    Raises
    ------
    InputError
        A carrier outside its band, a station whose air is not tabulated, an availability outside the tables.

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

    def down(radio: Radio, antenna: Antenna) -> Ends:
        return transmitter_of(radio, dense_margin_db), receiver_of(antenna, radio.band)

    return _table(radios, stations, down, availability_frac)


def uplink_table(
    radios: Sequence[Radio],
    stations: Sequence[Station],
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
    dense_margin_db: Mapping[str, float] | None = None,
) -> LinkTable:
    """Return the links of every station up to every radio, arguments and arrays as in `link_table`.

    A radio without an uplink and a station without a transmitter in its band get no link.

    Examples
    --------
    >>> uplink_table([], []).constant_db.shape
    (0, 0)
    """

    def up(radio: Radio, antenna: Antenna) -> Ends | None:
        return uplink_of(radio, antenna, dense_margin_db)

    return _table(radios, stations, up, availability_frac)


Ends = tuple[Transmitter, Receiver]


def _table(
    radios: Sequence[Radio],
    stations: Sequence[Station],
    ends_of: Callable[[Radio, Antenna], Ends | None],
    availability_frac: float,
) -> LinkTable:
    """Return the links whose two ends a function gives for each radio and station antenna."""
    problems = [problem for radio in radios for problem in link_problems(radio, "radio")]
    if problems:
        raise InputError(*problems)
    cosecant = 1.0 / np.sin(np.radians(ELEVATION_DEG))
    constant_db = np.full((len(radios), len(stations)), -np.inf)
    attenuation_db = np.zeros((len(radios), len(stations), len(cosecant)))
    senders: list[Transmitter | None] = [None] * len(radios)
    for q, radio in enumerate(radios):
        for g, station in enumerate(stations):
            ends = ends_of(radio, station.band[radio.band]) if radio.band in station.band else None
            if ends is None:
                continue
            sender, receiver = ends
            air = air_at(station.lat_deg, station.lon_deg, station.altitude_m, station.full_name)
            losses = air.losses(sender.frequency_hz, availability_frac, receiver.dish_m)
            constant_db[q, g] = level_at_1_m_db(sender, receiver)
            attenuation_db[q, g] = effective_attenuation_db(losses, receiver)
            senders[q] = sender  # carrier, symbol rate and ladder are the radio's with every station
    threshold_db, rate_bit_per_s = _rungs(senders)
    return LinkTable(constant_db, cosecant, attenuation_db, threshold_db, rate_bit_per_s)


def _rungs(senders: Sequence[Transmitter | None]) -> tuple[Floats, Floats]:
    """Return thresholds and rates (radio, m), shorter ladders filled up with their last rung."""
    ladders = [None if one is None else one.ladder for one in senders]
    n_rungs = max((len(ladder) for ladder in ladders if ladder is not None), default=1)
    thresholds, rates = np.zeros((len(ladders), n_rungs)), np.zeros((len(ladders), n_rungs))
    for q, (ladder, one) in enumerate(zip(ladders, senders, strict=True)):
        if ladder is None or one is None:
            continue
        missing = (0, n_rungs - len(ladder))
        thresholds[q] = np.pad(ladder.required_db, missing, mode="edge")
        rates[q] = np.pad(ladder.efficiency_bit_per_symbol * one.symbol_rate_hz, missing, mode="edge")
    return thresholds, rates


def level_at_1_m_db(transmitter: Transmitter, receiver: Receiver) -> float:
    """Return Es/N0 at 1 m without air: everything that does not move with the satellite."""
    loss_db = (
        free_space_loss_db(1.0, transmitter.frequency_hz) + receiver.pointing_db + receiver.polarisation_db
    )
    c_n0_dbhz = c_over_n0_dbhz(transmitter.eirp_dbw, loss_db, receiver.g_over_t_db_per_k)
    return float(energy_ratio_db(c_n0_dbhz, transmitter.symbol_rate_hz))


def effective_attenuation_db(losses: Losses, receiver: Receiver) -> Floats:
    """Return attenuation plus the noise that the air adds at the receiver (a,)."""
    return losses.total_db + air_noise_db(losses, receiver)


def air_noise_db(losses: Losses, receiver: Receiver) -> Floats:
    """Return what the glow of gas, cloud and rain takes off a station's G/T (a,); nothing in orbit.

    The first node of `losses` is the zenith, whose gases are inside the clear system temperature.
    """
    if receiver.system_temperature_k is None:
        return np.zeros_like(losses.gas_db)
    return noise_rise_db(losses.absorbing_db, losses.gas_db[0], receiver.system_temperature_k)


def rate_bit_per_s(
    range_m: ArrayLike,
    elevation_rad: ArrayLike,
    radio: Radio,
    antenna: Antenna,
    air: Air | None = None,
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
) -> Floats:
    """Return the bit rate at a range and elevation: that of the best MODCOD whose threshold is met.

    Parameters
    ----------
    range_m, elevation_rad : array_like, broadcast together [m], [rad]
        Slant range and geometric elevation.
    radio, antenna : scenario models
        Transmitter, and the station's receiver in the radio's band.
    air : Air, optional
        Over the station; over Beijing where none is named.
    availability_frac : float
        Share of an average year in which the rate holds, 0.5 to 0.9999.

    Returns
    -------
    ndarray [bit/s]
        0 where no MODCOD closes, or below the lowest elevation of the attenuation table.

    Raises
    ------
    InputError
        A carrier outside its band, an availability outside the tables.

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
    transmitter, receiver = transmitter_of(radio), receiver_of(antenna, radio.band)
    losses = (air or air_of("beijing")).losses(radio.frequency_hz, availability_frac, receiver.dish_m)
    distance_m, elevation = np.broadcast_arrays(
        np.asarray(range_m, dtype=np.float64), np.asarray(elevation_rad, dtype=np.float64)
    )
    level_db, out = np.empty(distance_m.size), np.empty(distance_m.size)
    levels(
        np.array(distance_m).ravel(),
        np.sin(elevation).ravel(),
        level_at_1_m_db(transmitter, receiver),
        np.array(losses.cosecant),
        effective_attenuation_db(losses, receiver),
        level_db,
    )
    ladder = transmitter.ladder
    rates(level_db, ladder.required_db, ladder.efficiency_bit_per_symbol * radio.symbol_rate_hz, out)
    return out.reshape(distance_m.shape)
