"""One laser link: two terminals, range, clear air → gains, losses, photons, margin and bit rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import SPEED_OF_LIGHT_M_PER_S
from .rf import free_space_loss_db
from .table import LinkTable
from .turbulence import ELEVATION_DEG, ClearSky

Floats = NDArray[np.float64]

PLANCK_J_S = 6.62607015e-34  # SI definition

EXCEEDED_FRAC = 0.01
"""Share of time in which pointing and turbulence may cost more than their margins."""

DB = 10.0 / math.log(10.0)
"""Decibels of one neper of power."""


@dataclass(frozen=True)
class Terminal:
    """One end of a laser link, on a satellite or under a telescope."""

    wavelength_m: float
    power_w: float
    """Mean optical power sent; 0 for an end that only listens."""
    aperture_m: float
    """Diameter that collects light."""
    divergence_rad: float
    """Full width of the beam at 1/e2 of its axis; `diffraction_divergence_rad` at best."""
    jitter_rad: float
    """Pointing error of the beam, root mean square per axis."""
    transmit_loss_db: float
    """Optics from laser to aperture."""
    receive_loss_db: float
    """Optics from aperture to detector, coupling into a fibre included."""
    photons_per_bit: float
    """Photons at the detector for one information bit without background, code included."""
    field_of_view_rad: float
    """Full angle from which the detector takes light."""
    filter_m: float
    """Width of its spectral filter."""
    rates_bit_per_s: tuple[float, ...]
    """Information rates that the modem can switch between, rising."""
    acquisition_s: float
    """From sight to first bit, at every contact."""
    sun_exclusion_rad: float
    """Closest that it may look to the Sun."""


def diffraction_divergence_rad(aperture_m: float, wavelength_m: float) -> float:
    """Return the beam whose axial gain is that of a uniformly lit aperture, (pi D / lambda)^2.

    Examples
    --------
    >>> round(1e6 * diffraction_divergence_rad(0.1, 1550e-9), 2)
    27.91
    """
    return math.sqrt(32.0) * wavelength_m / (math.pi * aperture_m)


def transmit_gain_db(divergence_rad: float) -> float:
    """Return the gain on the axis of a Gaussian beam.

    Source
    ------
    Klein and Degnan 1974, Applied Optics 13, 2134: 32 / (full angle at 1/e2)^2.

    Examples
    --------
    >>> round(transmit_gain_db(diffraction_divergence_rad(0.1, 1550e-9)), 3)
    106.136
    """
    return 10.0 * math.log10(32.0 / divergence_rad**2)


def receive_gain_db(aperture_m: float, wavelength_m: float) -> float:
    """Return the gain of a collecting aperture, (pi D / lambda)^2.

    Examples
    --------
    >>> round(receive_gain_db(1.0, 1550e-9), 3)
    126.136
    """
    return 20.0 * math.log10(math.pi * aperture_m / wavelength_m)


def jitter_loss_db(jitter_rad: float, divergence_rad: float, exceeded_frac: float = EXCEEDED_FRAC) -> float:
    """Return what a trembling Gaussian beam loses on its target in all but a share of the time.

    Parameters
    ----------
    jitter_rad : float [rad]
        Root mean square per axis.
    divergence_rad : float [rad]
        Full width at 1/e2.
    exceeded_frac : float
        Share of time in which more is lost.

    Returns
    -------
    float [dB]

    Source
    ------
    exp(-8 a^2 / theta^2) at the quantile of a Rayleigh angle, a^2 = 2 sigma^2 ln(1/p).

    Examples
    --------
    >>> round(jitter_loss_db(5e-6, 50e-6), 2)
    3.2
    """
    squared = 2.0 * jitter_rad**2 * math.log(1.0 / exceeded_frac)
    return DB * 8.0 * squared / divergence_rad**2


def photons_per_s(power_w: ArrayLike, wavelength_m: float) -> Floats:
    """Return how many photons a second a light of some power is.

    Examples
    --------
    >>> f"{float(photons_per_s(1.0, 1550e-9)):.4e}"
    '7.8029e+18'
    """
    energy_j = PLANCK_J_S * SPEED_OF_LIGHT_M_PER_S / wavelength_m
    return np.asarray(np.asarray(power_w, dtype=np.float64) / energy_j)


def background_w(receiver: Terminal, radiance_w_per_m3_sr: ArrayLike) -> Floats:
    """Return the power of a bright sky at the detector.

    Parameters
    ----------
    receiver : Terminal
    radiance_w_per_m3_sr : array_like [W/(m2 sr m)]
        Spectral radiance of what it looks at.

    Returns
    -------
    ndarray [W]
        Radiance x solid angle x area x filter, less the optics.

    Source
    ------
    Hemmati, Deep Space Optical Communications, section 8.2.

    Examples
    --------
    >>> from orbitdc.links.lasers import TELESCOPE
    >>> f"{background_w(TELESCOPE, 2e7):.1e} W"
    '7.4e-15 W'
    """
    solid_angle_sr = math.pi / 4.0 * receiver.field_of_view_rad**2
    area_m2 = math.pi / 4.0 * receiver.aperture_m**2
    passed = math.pow(10.0, -receiver.receive_loss_db / 10.0)
    seen = solid_angle_sr * area_m2 * receiver.filter_m * passed
    return np.asarray(np.asarray(radiance_w_per_m3_sr, dtype=np.float64) * seen)


def required_photons_per_s(
    rate_bit_per_s: ArrayLike, photons_per_bit: float, background_per_s: ArrayLike
) -> Floats:
    """Return the signal that a bit rate needs when background photons add their shot noise.

    Parameters
    ----------
    rate_bit_per_s : array_like [bit/s]
    photons_per_bit : float
        Needed without background.
    background_per_s : array_like [1/s]
        Background photons at the detector; broadcasts against the rates.

    Returns
    -------
    ndarray [1/s]

    Assumptions
    -----------
    Signal over shot noise stays what it is in the dark: n^2 / (n + 2 b) = n0 photons a bit, the background
    counted in the signal's slots and in the empty ones.

    Source
    ------
    Poisson counts; compare Hemmati, Deep Space Optical Communications, section 4.3.

    Examples
    --------
    >>> float(required_photons_per_s(1e9, 10.0, 0.0))
    10000000000.0
    >>> float(required_photons_per_s(1e9, 10.0, 3e10))
    30000000000.0
    """
    dark = photons_per_bit * np.asarray(rate_bit_per_s, dtype=np.float64)
    light = np.asarray(background_per_s, dtype=np.float64)
    return np.asarray(0.5 * dark * (1.0 + np.sqrt(1.0 + 8.0 * light / dark)))


@dataclass(frozen=True)
class LaserBudget:
    """A laser budget as an engineer writes it; `str` prints it line by line."""

    range_m: float
    power_dbw: float
    transmit_gain_db: float
    transmit_loss_db: float
    pointing_db: float
    free_space_db: float
    extinction_db: float
    turbulence_db: float
    receive_gain_db: float
    receive_loss_db: float
    received_dbw: float
    photons_per_s: float
    background_per_s: float
    required_per_s: float
    """For the rate in use, background included; for the slowest where nothing closes."""
    margin_db: float
    rate_bit_per_s: float

    @property
    def rows(self) -> tuple[tuple[str, float, str], ...]:
        """Name, value and unit of every line; losses are negative."""
        return (
            ("range", self.range_m / 1e3, "km"),
            ("laser power", self.power_dbw, "dBW"),
            ("transmit gain", self.transmit_gain_db, "dBi"),
            ("transmit optics", -self.transmit_loss_db, "dB"),
            ("pointing", -self.pointing_db, "dB"),
            ("free-space loss", -self.free_space_db, "dB"),
            ("extinction", -self.extinction_db, "dB"),
            ("turbulence", -self.turbulence_db, "dB"),
            ("receive gain", self.receive_gain_db, "dBi"),
            ("receive optics", -self.receive_loss_db, "dB"),
            ("received power", self.received_dbw, "dBW"),
            ("photons", _count_db(self.photons_per_s), "dBHz"),
            ("background", _count_db(self.background_per_s), "dBHz"),
            ("required", _count_db(self.required_per_s), "dBHz"),
            ("margin", self.margin_db, "dB"),
            ("rate", self.rate_bit_per_s / 1e9, "Gbit/s"),
        )

    def __str__(self) -> str:
        return "\n".join(f"{name:<24}{value:>12.3f} {unit}" for name, value, unit in self.rows)


def _count_db(per_s: float) -> float:
    return 10.0 * math.log10(per_s) if per_s > 0.0 else -math.inf


def laser_budget(
    range_m: float,
    sender: Terminal,
    receiver: Terminal,
    sky: ClearSky | None = None,
    elevation_rad: float = math.pi / 2.0,
    radiance_w_per_m3_sr: float = 0.0,
) -> LaserBudget:
    """Return the whole budget of one laser link, through clear air or between satellites.

    Parameters
    ----------
    range_m : float [m]
    sender, receiver : Terminal
        Both ends; the sender's rates are in use.
    sky : ClearSky, optional
        Over the telescope that receives; none between satellites.
    elevation_rad : float [rad]
        Of the satellite over the telescope.
    radiance_w_per_m3_sr : float [W/(m2 sr m)]
        What the receiver looks at, `turbulence.sky_radiance_w_per_m3_sr`.

    Returns
    -------
    LaserBudget
        Rate 0 and the shortfall as a negative margin where not even the slowest rate closes.

    Raises
    ------
    InputError
        An elevation below the lowest that turbulence is modelled for.

    Assumptions
    -----------
    Far field. Space to ground only: a beam sent up wanders as well. The sky is clear: cloud is a matter of
    `weather`. The rate adapts at once among the modem's.

    Source
    ------
    Hemmati, Deep Space Optical Communications, chapter 2 (Friis' equation with laser gains).

    Examples
    --------
    >>> from orbitdc.links.lasers import TBIRD, TBIRD_TELESCOPE
    >>> budget = laser_budget(1e6, TBIRD, TBIRD_TELESCOPE, ClearSky.over(2286.0), math.radians(30.0))
    >>> budget.rate_bit_per_s / 1e9, budget.margin_db > 0.0
    (200.0, True)
    """
    air = (
        (0.0, 0.0) if sky is None else sky.losses_db(elevation_rad, receiver.aperture_m, sender.wavelength_m)
    )
    at_1_m_dbw = level_at_1_m_dbw(sender, receiver)
    free_space_db = float(free_space_loss_db(range_m, SPEED_OF_LIGHT_M_PER_S / sender.wavelength_m))
    received_dbw = at_1_m_dbw - 20.0 * math.log10(range_m) - air[0] - air[1]
    signal = float(photons_per_s(10.0 ** (received_dbw / 10.0), sender.wavelength_m))
    background = float(photons_per_s(background_w(receiver, radiance_w_per_m3_sr), sender.wavelength_m))
    required = required_photons_per_s(sender.rates_bit_per_s, receiver.photons_per_bit, background)
    closes = np.flatnonzero(required <= signal)
    best = int(closes[-1]) if len(closes) else 0
    return LaserBudget(
        range_m=range_m,
        power_dbw=10.0 * math.log10(sender.power_w),
        transmit_gain_db=transmit_gain_db(sender.divergence_rad),
        transmit_loss_db=sender.transmit_loss_db,
        pointing_db=jitter_loss_db(sender.jitter_rad, sender.divergence_rad),
        free_space_db=free_space_db,
        extinction_db=air[0],
        turbulence_db=air[1],
        receive_gain_db=receive_gain_db(receiver.aperture_m, sender.wavelength_m),
        receive_loss_db=receiver.receive_loss_db,
        received_dbw=received_dbw,
        photons_per_s=signal,
        background_per_s=background,
        required_per_s=float(required[best]),
        margin_db=_count_db(signal) - _count_db(float(required[best])),
        rate_bit_per_s=sender.rates_bit_per_s[best] if len(closes) else 0.0,
    )


def level_at_1_m_dbw(sender: Terminal, receiver: Terminal) -> float:
    """Return the power at the detector from 1 m away without air: everything that does not move."""
    gains_db = transmit_gain_db(sender.divergence_rad) + receive_gain_db(
        receiver.aperture_m, sender.wavelength_m
    )
    losses_db = sender.transmit_loss_db + receiver.receive_loss_db
    losses_db += jitter_loss_db(sender.jitter_rad, sender.divergence_rad)
    at_1_m_db = float(free_space_loss_db(1.0, SPEED_OF_LIGHT_M_PER_S / sender.wavelength_m))
    return 10.0 * math.log10(sender.power_w) + gains_db - losses_db - at_1_m_db


def laser_table(
    senders: Sequence[Terminal],
    telescopes: Sequence[Terminal | None],
    skies: Sequence[ClearSky],
    radiance_w_per_m3_sr: float,
) -> LinkTable:
    """Return the links of every laser to every telescope, in the arrays that the radio kernel reads.

    Parameters
    ----------
    senders : sequence of Terminal
        On the satellites.
    telescopes : sequence of Terminal or None (g,)
        Of the stations; None where there is none.
    skies : sequence of ClearSky (g,)
        Over them.
    radiance_w_per_m3_sr : float [W/(m2 sr m)]
        Brightest sky that they look at, just outside the Sun's exclusion.

    Returns
    -------
    LinkTable
        Levels in photons per second [dB]; no link below the lowest elevation that turbulence is modelled for.

    Assumptions
    -----------
    As in `laser_budget`; all telescopes are alike in photons per bit and background (those of the first).
    """
    cosecant = 1.0 / np.sin(np.radians(ELEVATION_DEG))
    constant_db = np.full((len(senders), len(telescopes)), -np.inf)
    attenuation_db = np.zeros((len(senders), len(telescopes), len(cosecant)))
    n_rates = max((len(one.rates_bit_per_s) for one in senders), default=0)
    threshold_db, rate = np.zeros((len(senders), n_rates)), np.zeros((len(senders), n_rates))
    for q, sender in enumerate(senders):
        photon_db = _count_db(float(photons_per_s(1.0, sender.wavelength_m)))
        for g, (telescope, sky) in enumerate(zip(telescopes, skies, strict=True)):
            if telescope is None:
                continue
            constant_db[q, g] = level_at_1_m_dbw(sender, telescope) + photon_db
            attenuation_db[q, g] = sky.attenuation_db(cosecant, telescope.aperture_m, sender.wavelength_m)
        first = next((one for one in telescopes if one is not None), None)
        if first is not None:
            background = float(photons_per_s(background_w(first, radiance_w_per_m3_sr), sender.wavelength_m))
            needed = required_photons_per_s(sender.rates_bit_per_s, first.photons_per_bit, background)
            fill = (0, n_rates - len(needed))
            threshold_db[q] = np.pad(10.0 * np.log10(needed), fill, mode="edge")
            rate[q] = np.pad(np.array(sender.rates_bit_per_s), fill, mode="edge")
    return LinkTable(constant_db, cosecant, attenuation_db, threshold_db, rate)
