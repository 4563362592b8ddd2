"""Environment: positions, Sun and hardware → light, array power and Earth's heat at every sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .kernels import LANES
from .kernels import operate as rows
from .kernels import surroundings as kernel
from .kernels.shadow import SHADOWS
from .kernels.vector import pack, unpack
from .orbit.ephemeris import Ephemeris
from .orbit.sun import solar_flux_w_per_m2
from .orbit.time import TimeGrid
from .spacecraft.course import Supply
from .spacecraft.hardware import Hardware

if TYPE_CHECKING:
    from .scenario.models import Shadow

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Environment:
    """What reaches each satellite in each step, per unit.

    `around` (block, t, ...) is packed, with the rows `Q_...` of `kernels.operate`; `flux_w_per_m2` (t,).
    From step `n_alive` (s,) on a satellite is dead and has no light that counts; its entries are harmless
    fillers. By satellite (s, t), unpacked when asked for: `light_frac`, the visible share of the Sun's
    disc; `array_w`, the array's power had it full sunlight; `absorbed_w`, the Earth's infrared and
    reflected light on the radiator.
    """

    grid: TimeGrid
    shadow: Shadow
    around: Floats
    flux_w_per_m2: Floats
    n_alive: Integers

    def __post_init__(self) -> None:
        for value in (self.flux_w_per_m2, self.n_alive):
            value.flags.writeable = False

    @property
    def light_frac(self) -> Floats:
        """Visible share of the Sun's disc (s, t)."""
        return self._row(rows.Q_LIGHT_FRAC)

    @property
    def array_w(self) -> Floats:
        """Array power in full sunlight (s, t)."""
        return self._row(rows.Q_ARRAY_W)

    @property
    def absorbed_w(self) -> Floats:
        """Earth's heat on the radiator (s, t)."""
        return self._row(rows.Q_ABSORBED_W)

    @property
    def alive(self) -> Flags:
        """Whether each satellite lives (s, t)."""
        alive: Flags = np.arange(self.grid.n) < self.n_alive[:, None]
        return alive

    @property
    def sunlit_frac(self) -> Floats:
        """Mean visible share of the disc while each satellite lives (s,); NaN if it does not."""
        return self.light_sums(np.zeros((len(self.around), rows.N_WEIGHTS * LANES)))[0]

    def light_sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return `sunlit_frac` (s,), and weighted sums of blocks (block, t, `N_SUMS`).

        Parameters
        ----------
        weights : ndarray (block, N_WEIGHTS x LANES)
            Rows `G_...` of `kernels.operate`; columns of the sums are those of `kernels.surroundings`.
        """
        lit, sums = (
            np.empty((len(self.around), LANES)),
            np.empty((len(self.around), self.grid.n, kernel.N_SUMS)),
        )
        kernel.light_sums(self.around, weights, _lanes(self.n_alive), lit, sums)
        n_lit = lit.reshape(-1)[: len(self.n_alive)]
        mean: Floats = np.where(self.n_alive > 0, n_lit / np.maximum(self.n_alive, 1), np.nan)
        return mean, sums

    def supply(self, radio_frac: Floats) -> Supply:
        """Return what the satellites' operation needs, given the share of each step spent sending.

        Parameters
        ----------
        radio_frac : ndarray (s, t) or packed (block, t, LANES)
        """
        radio = radio_frac if radio_frac.ndim == 3 else pack(radio_frac, 0.0)
        return Supply(self.grid.start, self.grid.step_s, self.around, radio, self.n_alive)

    def _row(self, row: int) -> Floats:
        return unpack(self.around[..., row : row + LANES], len(self.n_alive))


def surroundings(
    ephemeris: Ephemeris,
    sun_teme_km: Floats,
    hardware: Hardware,
    shadow: Shadow = "oblate-cone",
    n_steps: int | None = None,
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
    n_steps : int, optional
        Samples wanted, from the first on; all of them without it.

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
    grid = ephemeris.grid if n_steps is None else ephemeris.grid.part(0, n_steps)
    sun_km = np.ascontiguousarray(sun_teme_km, dtype=np.float64)
    flux = solar_flux_w_per_m2(sun_km)
    n_alive = np.minimum(ephemeris.first_dead, grid.n)
    states = ephemeris.r_packed_km, ephemeris.v_packed_km_per_s
    n_block, n_nodes = states[0].shape[:2]
    around = np.empty((n_block, grid.n, rows.N_SUPPLY * LANES))
    kernel.surroundings(
        SHADOWS.index(shadow),
        *(packed.reshape(n_block, n_nodes, 3 * LANES) for packed in states),
        sun_km,
        flux,
        surfaces_of(hardware),
        _lanes(n_alive),
        around,
    )
    return Environment(grid, shadow, around, flux[: grid.n], n_alive)


def surfaces_of(hardware: Hardware) -> Floats:
    """Return what the satellites turn to Sun and Earth, packed: rows `A_...` of `kernels.surroundings`."""
    surfaces = np.stack(
        [
            hardware.array_m2, hardware.tracks_sun, hardware.infrared_m2, hardware.albedo_m2,
            hardware.faces_nadir,
        ],
        axis=1,
    )  # fmt: skip
    surfaces = np.pad(surfaces, ((0, -len(surfaces) % LANES), (0, 0)), "edge")
    return pack(surfaces).reshape(-1, kernel.N_SURFACES * LANES)


def _lanes(n_alive: Integers) -> Floats:
    """Return (s,) as (block, LANES), 0 in lanes without a satellite."""
    return pack(n_alive[:, None].astype(np.float64), 0.0)[:, 0].copy()
