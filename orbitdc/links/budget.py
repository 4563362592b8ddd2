"""One radio link line by line: range, elevation, both ends, air → gains, losses, C/N0, MODCOD, bit rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..constants import PI
from ..errors import InputError, Problem
from .attenuation import DEFAULT_AVAILABILITY_FRAC, Air, air_of
from .rf import BOLTZMANN_DB, c_over_n0_dbhz, energy_ratio_db, free_space_loss_db
from .table import air_noise_db
from .terminals import Receiver, Transmitter, link_problems, receiver_of, transmitter_of

if TYPE_CHECKING:
    from ..scenario.models import Antenna, Radio


@dataclass(frozen=True)
class Budget:
    """A link budget as an engineer writes it, for one range and elevation; `str` prints it line by line."""

    range_m: float
    elevation_rad: float
    eirp_dbw: float
    free_space_db: float
    gas_db: float
    cloud_db: float
    rain_db: float
    scintillation_db: float
    attenuation_db: float
    """All of the air: rain and cloud together, scintillation apart from them, root of the squares."""
    pointing_db: float
    polarisation_db: float
    clear_g_over_t_db_per_k: float
    noise_rise_db: float
    g_over_t_db_per_k: float
    """What the noise of the air leaves of it."""
    c_over_n0_dbhz: float
    symbol_rate_hz: float
    esn0_db: float
    implementation_db: float
    """Of the scheme in use, its extra for dense constellations included."""
    modcod: str
    required_esn0_db: float
    margin_db: float
    rate_bit_per_s: float

    def __str__(self) -> str:
        width = max(len(self._required_name), 24)
        return "\n".join(f"{name:<{width}}{value:>12.3f} {unit}" for name, value, unit in self.rows)

    @property
    def _required_name(self) -> str:
        return f"required, {self.modcod}"

    @property
    def rows(self) -> tuple[tuple[str, float, str], ...]:
        """Name, value and unit of every line; losses are negative."""
        return (
            ("range", self.range_m / 1e3, "km"),
            ("elevation", float(np.degrees(self.elevation_rad)), "deg"),
            ("EIRP", self.eirp_dbw, "dBW"),
            ("free-space loss", -self.free_space_db, "dB"),
            ("attenuation", -self.attenuation_db, "dB"),
            ("  of which gases", -self.gas_db, "dB"),
            ("  of which cloud", -self.cloud_db, "dB"),
            ("  of which rain", -self.rain_db, "dB"),
            ("  of which scintillation", -self.scintillation_db, "dB"),
            ("pointing", -self.pointing_db, "dB"),
            ("polarisation", -self.polarisation_db, "dB"),
            ("G/T, clear zenith", self.clear_g_over_t_db_per_k, "dB/K"),
            ("noise of the air", -self.noise_rise_db, "dB"),
            ("Boltzmann", -BOLTZMANN_DB, "dB"),
            ("C/N0", self.c_over_n0_dbhz, "dBHz"),
            ("symbol rate", -10.0 * float(np.log10(self.symbol_rate_hz)), "dBHz"),
            ("Es/N0", self.esn0_db, "dB"),
            ("implementation", -self.implementation_db, "dB"),
            (self._required_name, self.required_esn0_db, "dB"),
            ("margin", self.margin_db, "dB"),
            ("rate", self.rate_bit_per_s / 1e6, "Mbit/s"),
        )


def budget(
    range_m: float,
    elevation_rad: float,
    radio: Radio,
    antenna: Antenna,
    air: Air | None = None,
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
) -> Budget:
    """Return the whole budget of one downlink: gains less losses over noise, then the best MODCOD it affords.

    Parameters
    ----------
    range_m, elevation_rad : float [m], [rad]
        Slant range and geometric elevation, at or above the attenuation table's lowest.
    radio, antenna : scenario models
        Transmitter, and the station's receiver in the radio's band.
    air : Air, optional
        Over the station; over Beijing where none is named.
    availability_frac : float
        Share of an average year in which the budget holds, 0.5 to 0.9999.

    Returns
    -------
    Budget
        MODCOD "none", rate 0 and the shortfall as a negative margin where nothing closes.

    Raises
    ------
    InputError
        An elevation below the table, a carrier outside its band, an availability outside the tables.

    Assumptions
    -----------
    As in `budget_of`.

    Source
    ------
    As in `budget_of`.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna, Radio
    >>> radio = Radio.model_construct(
    ...     band="x", frequency_hz=8.2e9, symbol_rate_hz=3e8, eirp_dbw=10.0, implementation_db=1.0)
    >>> budget(1e6, 0.8, radio, Antenna.model_construct(g_over_t_db_per_k=37.3)).modcod
    '64APSK 4/5'
    """
    return budget_of(
        range_m,
        elevation_rad,
        transmitter_of(radio),
        receiver_of(antenna, radio.band),
        air or air_of("beijing"),
        availability_frac,
    )


def budget_of(
    range_m: float,
    elevation_rad: float,
    transmitter: Transmitter,
    receiver: Receiver,
    air: Air,
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
) -> Budget:
    """Return the whole budget of one link, down or up.

    Parameters
    ----------
    range_m, elevation_rad : float [m], [rad]
        Slant range and geometric elevation at the station, at or above the attenuation table's lowest.
    transmitter, receiver
        Both ends; the air's glow is added at a receiver that states its system temperature.
    air : Air
        Over the station.
    availability_frac : float
        Share of an average year in which the budget holds, 0.5 to 0.9999.

    Returns
    -------
    Budget

    Raises
    ------
    InputError
        An elevation below the table, a carrier outside its band, an availability outside the tables.

    Assumptions
    -----------
    The air is the worst of all but a share of an average year: a link is planned to be there so often, not to
    use better weather. The sender's pointing loss is inside its EIRP. Rate adapts at once (ACM).

    Source
    ------
    Maral and Bousquet, section 5.4; ETSI EN 302 307-1 and -2; ITU-R P.525, P.618.

    Examples
    --------
    >>> from orbitdc.links.terminals import REFERENCE
    >>> up = budget_of(1e6, 0.8, *REFERENCE["s", "up"], air_of("miyun"))
    >>> up.modcod, up.noise_rise_db
    ('QPSK 9/10', 0.0)
    """
    problems = link_problems(transmitter, "radio")
    if problems:
        raise InputError(*problems)
    curve = air.losses(transmitter.frequency_hz, availability_frac, receiver.dish_m)
    if not curve.min_elevation_rad - 1e-9 <= elevation_rad <= PI / 2.0:
        found = f"{np.degrees(elevation_rad):g} deg"
        allowed = f"{np.degrees(curve.min_elevation_rad):g} to 90 deg"
        raise InputError(Problem("elevation", found, allowed, "the attenuation table ends there"))
    # the total is linear between its nodes, as in the kernel; its parts are for the reader
    losses = curve.at(elevation_rad)
    attenuation_db = float(np.interp(losses.cosecant[0], curve.cosecant, curve.total_db))
    noise_db = float(np.interp(losses.cosecant[0], curve.cosecant, air_noise_db(curve, receiver)))
    free_space_db = float(free_space_loss_db(range_m, transmitter.frequency_hz))
    loss_db = free_space_db + attenuation_db + receiver.pointing_db + receiver.polarisation_db
    g_over_t = receiver.g_over_t_db_per_k - noise_db
    c_n0 = float(c_over_n0_dbhz(transmitter.eirp_dbw, loss_db, g_over_t))
    level_db = float(energy_ratio_db(c_n0, transmitter.symbol_rate_hz))
    ladder = transmitter.ladder
    closes = np.flatnonzero(ladder.required_db <= level_db)
    best = int(closes[-1]) if len(closes) else 0
    rate = float(ladder.efficiency_bit_per_symbol[best] * transmitter.symbol_rate_hz) if len(closes) else 0.0
    return Budget(
        range_m=range_m,
        elevation_rad=elevation_rad,
        eirp_dbw=transmitter.eirp_dbw,
        free_space_db=free_space_db,
        gas_db=float(losses.gas_db[0]),
        cloud_db=float(losses.cloud_db[0]),
        rain_db=float(losses.rain_db[0]),
        scintillation_db=float(losses.scintillation_db[0]),
        attenuation_db=attenuation_db,
        pointing_db=receiver.pointing_db,
        polarisation_db=receiver.polarisation_db,
        clear_g_over_t_db_per_k=receiver.g_over_t_db_per_k,
        noise_rise_db=noise_db,
        g_over_t_db_per_k=g_over_t,
        c_over_n0_dbhz=c_n0,
        symbol_rate_hz=transmitter.symbol_rate_hz,
        esn0_db=level_db,
        implementation_db=float(ladder.margin_db[best]),
        modcod=ladder.name[best] if len(closes) else "none",
        required_esn0_db=float(ladder.esn0_db[best]),
        margin_db=level_db - float(ladder.required_db[best]),
        rate_bit_per_s=rate,
    )
