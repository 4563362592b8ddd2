"""Clear air over a telescope: height, turbulence, Sun → extinction, fade margin and brightness of the sky."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, Problem

Floats = NDArray[np.float64]

ELEVATION_DEG = (90.0, 70.0, 55.0, 45.0, 38.0, 32.0, 27.0, 23.0, 20.0)
"""Elevations of the tables; weak-turbulence theory and telescopes end near 20 deg."""

FADED_FRAC = 0.01
"""Share of time in which turbulence may cost more than its margin."""

TOP_M = 30e3
"""Height above which there is no turbulence to speak of."""

GROUND_CN2_M23 = 1.7e-14
"""Strength of the layer at the ground, night and sea coast alike (Hufnagel-Valley 5/7) [m^(-2/3)]."""

HIGH_WIND_M_PER_S = 21.0
"""Root-mean-square wind from 5 to 20 km (Hufnagel-Valley 5/7)."""

_SUN_ANGLE_DEG = (3.0, 10.0, 20.0, 40.0, 90.0, 180.0)
_RADIANCE_W_PER_M3_SR = (1e8, 2e7, 8e6, 3e6, 1.5e6, 1e6)
_SUN_ELEVATION_DEG = (-18.0, -12.0, -6.0, 0.0, 10.0)
_TWILIGHT_LG = (-6.0, -4.0, -2.0, -0.5, 0.0)


@dataclass(frozen=True)
class ClearSky:
    """The cloudless air over one telescope."""

    altitude_m: float
    """Height above the sea."""
    zenith_extinction_db: float
    """Absorption and scattering straight up at 1.55 um."""
    ground_cn2_m23: float = GROUND_CN2_M23
    """Structure constant of the layer at the ground; half as much again or more by day."""
    wind_m_per_s: float = HIGH_WIND_M_PER_S
    """Of the high atmosphere."""

    @classmethod
    def over(cls, altitude_m: float) -> ClearSky:
        """Return the clear air over a place of some height.

        Assumptions
        -----------
        Aerosol of optical depth 0.06 at 1.55 um over sea level, falling with a scale height of 1.5 km, and
        0.01 for gases: an estimate for clean air; haze and dust are several times more.

        Examples
        --------
        >>> [round(ClearSky.over(height_m).zenith_extinction_db, 2) for height_m in (0.0, 5000.0)]
        [0.3, 0.05]
        """
        depth = 0.01 + 0.06 * math.exp(-altitude_m / 1500.0)
        return cls(altitude_m, 10.0 / math.log(10.0) * depth)

    def cn2_m23(self, above_ground_m: ArrayLike) -> Floats:
        """Return the structure constant of the refractive index by height over the telescope [m^(-2/3)].

        Source
        ------
        Hufnagel-Valley model: Andrews and Phillips, Laser Beam Propagation through Random Media, 2nd ed.,
        equation 12.1; heights of the first two terms over the sea, of the third over the ground.

        Examples
        --------
        >>> f"{float(ClearSky.over(0.0).cn2_m23(0.0)):.2e}"
        '1.73e-14'
        """
        over_ground = np.asarray(above_ground_m, dtype=np.float64)
        height = over_ground + self.altitude_m
        jet = 0.00594 * (self.wind_m_per_s / 27.0) ** 2 * (1e-5 * height) ** 10 * np.exp(-height / 1000.0)
        free = 2.7e-16 * np.exp(-height / 1500.0)
        return np.asarray(jet + free + self.ground_cn2_m23 * np.exp(-over_ground / 100.0))

    def fried_m(self, wavelength_m: float, elevation_rad: float = math.pi / 2.0) -> float:
        """Return Fried's coherence length of the wavefront.

        Source
        ------
        Fried 1966; Andrews and Phillips, equation 12.23: (0.423 k^2 sec z integral Cn2 dh)^(-3/5).

        Examples
        --------
        >>> round(100.0 * ClearSky.over(0.0).fried_m(500e-9), 1)  # the model's name promises 5 cm
        5.0
        """
        wavenumber = 2.0 * math.pi / wavelength_m
        height_m, weight_m = _layers()
        column = float(self.cn2_m23(height_m) @ weight_m) / math.sin(elevation_rad)
        return float((0.423 * wavenumber**2 * column) ** -0.6)

    def scintillation(self, elevation_rad: float, aperture_m: float, wavelength_m: float) -> float:
        """Return the variance of the light that a telescope collects, over its mean squared.

        Parameters
        ----------
        elevation_rad : float [rad]
            At least 20 deg.
        aperture_m, wavelength_m : float [m]

        Returns
        -------
        float

        Assumptions
        -----------
        Weak fluctuations, plane wave from orbit; a large aperture averages them out. The ground layer of the
        model is that of a coast: over Muztagh-Ata, 11 cm of coherence was measured at 500 nm where the model
        has 5.5 (MNRAS via ouci.dntb.gov.ua), so mountains are better than this.

        Source
        ------
        Andrews and Phillips, Laser Beam Propagation through Random Media, 2nd ed., equation 12.61.

        Examples
        --------
        >>> sky = ClearSky.over(0.0)
        >>> sky.scintillation(1.5, 1.0, 1550e-9) < 0.1 * sky.scintillation(1.5, 0.01, 1550e-9)
        True
        """
        wavenumber = 2.0 * math.pi / wavelength_m
        secant = 1.0 / math.sin(elevation_rad)
        height_m, weight_m = _layers()
        blur_m = wavenumber * aperture_m**2 / (16.0 * secant)
        kernel = ((blur_m + 1j * height_m) ** (5.0 / 6.0)).real - blur_m ** (5.0 / 6.0)
        weighted = float((self.cn2_m23(height_m) * kernel) @ weight_m)
        return 8.70 * math.pow(wavenumber, 7.0 / 6.0) * math.pow(secant, 11.0 / 6.0) * weighted

    def fade_db(self, elevation_rad: float, aperture_m: float, wavelength_m: float) -> float:
        """Return the margin for turbulence: what it takes away in all but 1 % of the time.

        Source
        ------
        Log-normal light of mean one: Andrews and Phillips, section 11.4.

        Examples
        --------
        >>> round(ClearSky.over(3100.0).fade_db(math.radians(30.0), 0.5, 1550e-9), 2)
        0.79
        """
        variance = math.log1p(self.scintillation(elevation_rad, aperture_m, wavelength_m))
        quantile = NormalDist().inv_cdf(1.0 - FADED_FRAC)
        return 10.0 / math.log(10.0) * (0.5 * variance + quantile * math.sqrt(variance))

    def losses_db(self, elevation_rad: float, aperture_m: float, wavelength_m: float) -> tuple[float, float]:
        """Return extinction and turbulence margin at an elevation.

        Raises
        ------
        InputError
            Below 20 deg.
        """
        if math.degrees(elevation_rad) < ELEVATION_DEG[-1] - 1e-9:
            found, allowed = f"{math.degrees(elevation_rad):g} deg", f"{ELEVATION_DEG[-1]:g} to 90 deg"
            raise InputError(Problem("elevation", found, allowed, "lasers are modelled down to there"))
        extinction_db = self.zenith_extinction_db / math.sin(elevation_rad)
        return extinction_db, self.fade_db(elevation_rad, aperture_m, wavelength_m)

    def attenuation_db(self, cosecant: Floats, aperture_m: float, wavelength_m: float) -> Floats:
        """Return extinction plus turbulence margin at each 1/sin(elevation) (a,)."""
        both = [self.losses_db(math.asin(1.0 / value), aperture_m, wavelength_m) for value in cosecant]
        return np.array([sum(one) for one in both])


@functools.cache
def _layers() -> tuple[Floats, Floats]:
    """Return heights above the ground and weights of a quadrature, dense near it, up to the top."""
    node, weight = np.polynomial.legendre.leggauss(200)
    # h = top u^3 packs the nodes near the ground, where the layer is 100 m thick
    u = 0.5 * (node + 1.0)
    return TOP_M * u**3, TOP_M * 3.0 * u**2 * 0.5 * weight


def sky_radiance_w_per_m3_sr(sun_angle_rad: ArrayLike, sun_elevation_rad: ArrayLike) -> Floats:
    """Return the brightness of a clear sky at 1.55 um, away from the Sun and with the Sun going down.

    Parameters
    ----------
    sun_angle_rad : array_like [rad]
        Between the line of sight and the Sun.
    sun_elevation_rad : array_like [rad]
        Of the Sun; broadcasts against the angle.

    Returns
    -------
    ndarray [W/(m2 sr m)]
        1e6 is one watt per square metre, steradian and micrometre.

    Assumptions
    -----------
    No measured table at this wavelength was found: 20 W/(m2 sr um) at 10 deg from the Sun, 1.5 at 90 deg, a
    hundredth of it with the Sun 6 deg down; estimates, within a factor 3. A receiver of one spatial mode
    sees less than a photon a second and hertz of it; one with a wide field needs its filter.

    Examples
    --------
    >>> sky_radiance_w_per_m3_sr(np.radians(90.0), np.radians([10.0, -6.0])).round().tolist()
    [1500000.0, 15000.0]
    """
    by_angle = np.interp(np.degrees(sun_angle_rad), _SUN_ANGLE_DEG, np.log10(_RADIANCE_W_PER_M3_SR))
    by_night = np.interp(np.degrees(sun_elevation_rad), _SUN_ELEVATION_DEG, _TWILIGHT_LG)
    return np.asarray(10.0 ** (by_angle + by_night))
