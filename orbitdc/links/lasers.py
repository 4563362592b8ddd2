"""Laser terminals: published missions, or entries of a scenario's catalogue → `optical.Terminal`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .optical import Terminal

if TYPE_CHECKING:
    from ..scenario.models import Downlaser, Telescope

TBIRD = Terminal(
    wavelength_m=1550e-9,
    power_w=1.0,
    aperture_m=0.012,
    divergence_rad=200e-6,
    jitter_rad=35e-6,
    transmit_loss_db=1.5,
    receive_loss_db=3.0,
    photons_per_bit=30.0,
    field_of_view_rad=5e-3,
    filter_m=1e-9,
    rates_bit_per_s=(100e9, 200e9),
    acquisition_s=15.0,
    sun_exclusion_rad=math.radians(10.0),
)
"""The space end of NASA's 200 Gbit/s downlink: tracking 20 to 35 urad, two 100 Gbit/s coherent modems, pass
of five minutes (SPIE profiles of Schieler, Horvath; doi 10.48577/jpl.VE1MUY). Power, beam and photons per
bit are not in what was readable: estimates."""

TBIRD_TELESCOPE = Terminal(
    wavelength_m=1550e-9,
    power_w=0.0,
    aperture_m=1.0,
    divergence_rad=100e-6,
    jitter_rad=5e-6,
    transmit_loss_db=3.0,
    receive_loss_db=6.0,
    photons_per_bit=30.0,
    field_of_view_rad=1.55e-6,
    filter_m=1e-9,
    rates_bit_per_s=(100e9, 200e9),
    acquisition_s=15.0,
    sun_exclusion_rad=math.radians(10.0),
)
"""The ground end: 1 m with adaptive optics into one fibre mode (same sources), 6 dB for both (estimate)."""

DOWNLINK = Terminal(
    wavelength_m=1550e-9,
    power_w=2.0,
    aperture_m=0.05,
    divergence_rad=60e-6,
    jitter_rad=8e-6,
    transmit_loss_db=2.0,
    receive_loss_db=3.0,
    photons_per_bit=30.0,
    field_of_view_rad=100e-6,
    filter_m=1e-9,
    rates_bit_per_s=(10e9, 20e9, 60e9, 120e9),
    acquisition_s=15.0,
    sun_exclusion_rad=math.radians(10.0),
)
"""A downlink terminal of the AIRCAS kind: 10 Gbit/s in 2023, 60 in 2025, 120 in 2026
(english.aircas.cas.cn); its optics are not published: estimates."""

TELESCOPE = Terminal(
    wavelength_m=1550e-9,
    power_w=0.0,
    aperture_m=0.5,
    divergence_rad=100e-6,
    jitter_rad=5e-6,
    transmit_loss_db=3.0,
    receive_loss_db=6.0,
    photons_per_bit=30.0,
    field_of_view_rad=3.1e-6,
    filter_m=1e-9,
    rates_bit_per_s=(10e9,),
    acquisition_s=15.0,
    sun_exclusion_rad=math.radians(10.0),
)
"""A telescope of 500 mm with adaptive optics, as on the Pamir Plateau (english.aircas.cas.cn); losses
estimated. Sun exclusion of named terminals is not published: 10 deg, range 3 to 20."""

CROSSLINK = Terminal(
    wavelength_m=1550e-9,
    power_w=5.0,
    aperture_m=0.1,
    divergence_rad=30e-6,
    jitter_rad=2e-6,
    transmit_loss_db=2.0,
    receive_loss_db=4.0,
    photons_per_bit=30.0,
    field_of_view_rad=50e-6,
    filter_m=1e-9,
    rates_bit_per_s=(2.5e9, 10e9, 25e9, 50e9, 100e9),
    acquisition_s=15.0,
    sun_exclusion_rad=math.radians(3.0),
)
"""Between satellites: 100 Gbit/s as Starlink and Three-Body fly, set up in 15 s (xatakaon.com); optics
estimated so that 100 Gbit/s closes beyond 5,000 km (computerworld.pl)."""


def sending_end(laser: Downlaser) -> Terminal:
    """Return the end of a link that a satellite's laser is; it receives nothing.

    >>> from orbitdc.scenario.models import Downlaser
    >>> sending_end(Downlaser.model_construct(wavelength_m=1.55e-6, beam_w=2.0, divergence_rad=6e-5,
    ...     jitter_rad=8e-6, transmit_loss_db=2.0, rates_bit_per_s=(1e10,), acquisition_s=15.0,
    ...     sun_exclusion_rad=0.17)).power_w
    2.0
    """
    return Terminal(
        laser.wavelength_m, laser.beam_w, 0.0, laser.divergence_rad, laser.jitter_rad, laser.transmit_loss_db,
        math.inf, math.inf, 0.0, 0.0, laser.rates_bit_per_s, laser.acquisition_s, laser.sun_exclusion_rad,
    )  # fmt: skip


def receiving_end(telescope: Telescope) -> Terminal:
    """Return the end of a link that a telescope is; it sends nothing.

    >>> from orbitdc.scenario.models import Telescope
    >>> receiving_end(Telescope.model_construct(aperture_m=0.5, receive_loss_db=6.0, photons_needed=30.0,
    ...     field_of_view_rad=3.1e-6, filter_m=1e-9, sun_exclusion_rad=0.17)).aperture_m
    0.5
    """
    return Terminal(
        math.nan, 0.0, telescope.aperture_m, math.nan, math.nan, math.inf, telescope.receive_loss_db,
        telescope.photons_needed, telescope.field_of_view_rad, telescope.filter_m, (), 0.0,
        telescope.sun_exclusion_rad,
    )  # fmt: skip
