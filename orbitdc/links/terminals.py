"""The two ends of a radio link: scenario models, or reference figures → transmitter and receiver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..errors import Problem
from .attenuation import BANDS, carrier_problems
from .modcod import MODULATIONS, Ladder, dvb_s2x
from .rf import pointing_loss_db, polarisation_loss_db

if TYPE_CHECKING:
    from ..scenario.models import Antenna, Radio

POINTING_DB = pointing_loss_db(0.1, 1.0)
"""Loss of an antenna that tracks its satellite within a tenth of its beam: 0.12 dB (estimate).

A 13 m X-band antenna that follows a computed path within 0.05 deg in a beam of 0.2 deg loses 0.75 dB
(KSAT slides, paperzz.com).
"""

POLARISATION_DB = polarisation_loss_db(1.5, 1.0)
"""Loss between a satellite of 1.5 dB axial ratio and a station of 1 dB: 0.09 dB (estimate)."""

CLEAR_SYSTEM_K = {"s": 130.0, "x": 120.0, "ka": 250.0}
"""System temperature under a clear zenith that the catalogue's G/T figures were computed with."""


@dataclass(frozen=True)
class Transmitter:
    """The end that sends: what the receiver's noise is held against, and how the bits are carried."""

    band: str
    frequency_hz: float
    """Carrier."""
    symbol_rate_hz: float
    """Symbols per second."""
    eirp_dbw: float
    """Effective isotropic radiated power, the sender's own pointing loss taken off."""
    implementation_db: float
    """Demodulator margin on the ideal Es/N0 up to 16APSK; denser constellations need more."""
    highest_modulation: str = MODULATIONS[-1]
    """Densest constellation that the modems can do."""
    dense_margin_db: Mapping[str, float] = field(default_factory=dict)
    """Margins of denser constellations, where they are not those of `modcod.EXTRA_MARGIN_DB`."""

    @property
    def ladder(self) -> Ladder:
        """The schemes worth using, margins included."""
        return dvb_s2x().for_radio(self.implementation_db, self.highest_modulation, self.dense_margin_db)


@dataclass(frozen=True)
class Receiver:
    """The end that listens."""

    g_over_t_db_per_k: float
    """Gain over system noise temperature; of a station: under a clear zenith."""
    system_temperature_k: float | None
    """System temperature under a clear zenith. None for a satellite that looks at the warm Earth: rain in
    front of it is no warmer."""
    pointing_db: float = POINTING_DB
    """Gain lost by pointing."""
    polarisation_db: float = POLARISATION_DB
    """Lost between the polarisations."""
    dish_m: float = 5.0
    """Diameter of the station's antenna, which averages scintillation out."""


def transmitter_of(radio: Radio, dense_margin_db: Mapping[str, float] | None = None) -> Transmitter:
    """Return the sending end of a satellite's radio.

    >>> from orbitdc.scenario.models import Radio
    >>> transmitter_of(Radio.model_construct(
    ...     band="x", frequency_hz=8.2e9, symbol_rate_hz=3e8, eirp_dbw=5.0, implementation_db=1.0)).band
    'x'
    """
    return Transmitter(
        radio.band, radio.frequency_hz, radio.symbol_rate_hz, radio.eirp_dbw, radio.implementation_db,
        radio.modulation, dense_margin_db or {},
    )  # fmt: skip


def uplink_of(
    radio: Radio, antenna: Antenna, dense_margin_db: Mapping[str, float] | None = None
) -> tuple[Transmitter, Receiver] | None:
    """Return both ends of the link from a station up to a satellite; None where one of them only listens.

    Assumptions
    -----------
    The satellite's antenna looks at the warm Earth, so that rain adds no noise; pointing and polarisation
    losses are those of `POINTING_DB` and `POLARISATION_DB`.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna, Radio, Uplink
    >>> ear = Uplink.model_construct(
    ...     frequency_hz=7.19e9, symbol_rate_hz=5e7, g_over_t_db_per_k=-12.8, implementation_db=1.0)
    >>> radio = Radio.model_construct(band="x", uplink=ear)
    >>> ends = uplink_of(radio, Antenna.model_construct(g_over_t_db_per_k=37.3, eirp_dbw=65.0))
    >>> ends[0].eirp_dbw, ends[1].system_temperature_k
    (65.0, None)
    """
    ear = radio.uplink
    if ear is None or antenna.eirp_dbw is None:
        return None
    sender = Transmitter(
        radio.band, ear.frequency_hz, ear.symbol_rate_hz, antenna.eirp_dbw, ear.implementation_db,
        ear.modulation, dense_margin_db or {},
    )  # fmt: skip
    return sender, Receiver(ear.g_over_t_db_per_k, None)


def receiver_of(antenna: Antenna, band: str) -> Receiver:
    """Return the listening end of a station in one band.

    Assumptions
    -----------
    System temperature, pointing and polarisation are those of `CLEAR_SYSTEM_K`, `POINTING_DB` and
    `POLARISATION_DB`.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna
    >>> receiver_of(Antenna.model_construct(g_over_t_db_per_k=37.3), "x").system_temperature_k
    120.0
    """
    return Receiver(antenna.g_over_t_db_per_k, CLEAR_SYSTEM_K[band])


def link_problems(radio: Radio | Transmitter, place: str) -> list[Problem]:
    """Return what makes a radio unfit for the tables: a band without one, a carrier outside it."""
    if radio.band not in BANDS:
        return [Problem(f"{place}.band", repr(radio.band), "one of " + ", ".join(BANDS))]
    problems = carrier_problems(radio.frequency_hz, f"{place}.frequency", radio.band)
    ear = getattr(radio, "uplink", None)
    if ear is not None:
        problems += carrier_problems(ear.frequency_hz, f"{place}.uplink.frequency", radio.band)
    return problems


Direction = Literal["down", "up"]

REFERENCE: dict[tuple[str, Direction], tuple[Transmitter, Receiver]] = {
    # Telemetry: 5 W into a hemispherical antenna; 12 m dish, efficiency 0.6, 130 K.
    ("s", "down"): (Transmitter("s", 2.25e9, 2e6, 7.0, 1.0, "QPSK"), Receiver(25.5, 130.0, dish_m=12.0)),
    # Command: 50 dBW (docs.aws.amazon.com ground-station: 20 to 50); hemispherical antenna, 600 K.
    ("s", "up"): (Transmitter("s", 2.07e9, 0.5e6, 50.0, 1.0, "QPSK"), Receiver(-28.0, None)),
    # Downlink of the catalogue's 10 kW satellite; 12 m dish, efficiency 0.6, 120 K.
    ("x", "down"): (Transmitter("x", 8.2e9, 250e6, 20.0, 1.0), Receiver(37.3, 120.0, dish_m=12.0)),
    # Jobs up: 10 W into a 12 m dish, 2 dB lost; horn on board, 15 dBi, 600 K.
    ("x", "up"): (Transmitter("x", 7.19e9, 50e6, 65.0, 1.0, "32APSK"), Receiver(-12.8, None)),
    # As NISAR flies: 1 W into a 0.7 m dish, efficiency 0.6, 2 dB lost; 12 m dish, efficiency 0.55, 250 K.
    ("ka", "down"): (Transmitter("ka", 26e9, 1.2e9, 41.0, 1.0), Receiver(43.8, 250.0, dish_m=12.0)),
    # Jobs up: 10 W into a 12 m dish, 2 dB lost; 0.2 m dish on board, efficiency 0.55, 700 K.
    ("ka", "up"): (Transmitter("ka", 28.5e9, 500e6, 76.0, 1.0, "32APSK"), Receiver(4.5, None)),
}
"""Links of no particular satellite, by band and direction: estimates from the figures in the comments."""
