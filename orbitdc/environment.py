"""Environment: positions, Sun and hardware → light, array power and Earth's heat at every sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .constants import EARTH_ALBEDO_FRAC, EARTH_INFRARED_W_PER_M2, EARTH_RADIUS_KM
from .kernels import LANES
from .kernels import shadow as kernel
from .kernels.vector import pack, unpack
from .orbit.ephemeris import Ephemeris
from .orbit.sun import beta_rad, solar_flux_w_per_m2
from .spacecraft.hardware import Hardware
from .spacecraft.operate import Supply
from .spacecraft.view import edge_view_frac, nadir_view_frac

if TYPE_CHECKING:
    from .scenario.models import Shadow

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Environment:
    """What reaches each satellite, per unit; shapes (s, t), `flux_w_per_m2` (t,).

    `light_frac` is the visible share of the Sun's disc, `array_w` the array's power had it full sunlight,
    `absorbed_w` the Earth's infrared and reflected light on the radiator. From its end on (`alive` False)
    a satellite has no light that counts; its entries there are harmless fillers.
    """

    ephemeris: Ephemeris
    shadow: Shadow
    light_frac: Floats
    flux_w_per_m2: Floats
    beta_rad: Floats
    array_w: Floats
    absorbed_w: Floats
    alive: Flags

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def sunlit_frac(self) -> Floats:
        """Mean visible share of the disc while each satellite lives (s,); NaN if it does not."""
        n_alive = self.alive.sum(axis=1)
        total = (self.light_frac * self.alive).sum(axis=1)
        mean: Floats = np.where(n_alive > 0, total / np.maximum(n_alive, 1), np.nan)
        return mean

    def supply(self, radio_frac: Floats) -> Supply:
        """Return what the satellites' operation needs, given the share of each step spent sending (s, t)."""
        grid = self.ephemeris.grid
        return Supply(
            grid.start, grid.step_s, self.array_w, self.light_frac, self.absorbed_w,
            np.ascontiguousarray(radio_frac, dtype=np.float64), self.alive,
        )  # fmt: skip


def surroundings(
    ephemeris: Ephemeris, sun_teme_km: Floats, hardware: Hardware, shadow: Shadow = "oblate-cone"
) -> Environment:
    """Return light, array power and absorbed heat of each satellite at each sample.

    Parameters
    ----------
    ephemeris : Ephemeris
        Positions and velocities in TEME (s, t, 3); sample k stands for [t_k, t_k + step).
    sun_teme_km : ndarray (t, 3) [km]
        Sun from the Earth's centre, same frame.
    hardware : Hardware
        The satellites (s,), as aged at the window.
    shadow : str
        Definition of the Earth's shadow.

    Returns
    -------
    Environment

    Assumptions
    -----------
    The radiator stays edge-on to the Sun. Reflected light falls off as the cosine of the Sun's zenith angle
    below the satellite, zero beyond the terminator; there quadrature over the visible cap gives 0.04-0.06 of
    view x albedo x irradiance at 750 km (a test holds it), under 2 W/m2 absorbed edge-on. Earth infrared
    is the same everywhere, day and night.

    Source
    ------
    Montenbruck and Gill, Satellite Orbits, section 3.4 (shadow); Gilmore, Spacecraft Thermal Control
    Handbook, chapter 2: q = emissivity A F q_IR + absorptivity A F a S cos(zenith).
    """
    r_km = ephemeris.r_teme_km
    alive = np.arange(ephemeris.grid.n)[None, :] < ephemeris.first_dead[:, None]
    sun_km = np.ascontiguousarray(sun_teme_km, dtype=np.float64)
    light = np.empty((-(-len(hardware) // LANES), ephemeris.grid.n, LANES))
    kernel.light(kernel.SHADOWS.index(shadow), pack(r_km), sun_km, light)
    flux = solar_flux_w_per_m2(sun_km)
    with np.errstate(invalid="ignore"):  # a dead satellite is NaN from then on
        beta = beta_rad(r_km, ephemeris.v_teme_km_per_s, sun_km[None])
        cosine = np.where(hardware.tracks_sun[:, None], 1.0, np.abs(np.sin(beta)))
        absorbed = _absorbed_w(hardware, r_km, sun_km, flux)
    return Environment(
        ephemeris=ephemeris,
        shadow=shadow,
        light_frac=np.where(alive, unpack(light, len(hardware)), 1.0),
        flux_w_per_m2=flux,
        beta_rad=beta,
        array_w=np.where(
            alive, hardware.array_m2[:, None] * flux * cosine, hardware.array_m2[:, None] * flux
        ),
        absorbed_w=np.where(alive, absorbed, (hardware.infrared_m2 * EARTH_INFRARED_W_PER_M2)[:, None]),
        alive=alive,
    )


def _absorbed_w(hardware: Hardware, r_km: Floats, sun_km: Floats, flux: Floats) -> Floats:
    radius_km = np.linalg.norm(r_km, axis=-1)
    altitude_m = (radius_km - EARTH_RADIUS_KM) * 1e3
    # A decayed or wild orbit can dip below the sphere: there the plate sees nothing but Earth.
    altitude_m = np.maximum(altitude_m, 0.0)
    view = np.where(hardware.faces_nadir[:, None], nadir_view_frac(altitude_m), edge_view_frac(altitude_m))
    sun_direction = sun_km / np.linalg.norm(sun_km, axis=-1, keepdims=True)
    cosine = np.einsum("stx,tx->st", r_km, sun_direction) / radius_km
    infrared = hardware.infrared_m2[:, None] * EARTH_INFRARED_W_PER_M2
    albedo = hardware.albedo_m2[:, None] * EARTH_ALBEDO_FRAC * flux * np.maximum(cosine, 0.0)
    absorbed: Floats = view * (infrared + albedo)
    return absorbed
