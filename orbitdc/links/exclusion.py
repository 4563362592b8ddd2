"""The Sun beside a laser link: positions of station, satellite and Sun → angles, and time that is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import DEG, EARTH_RADIUS_KM

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SUNSET_RAD = -0.833 * DEG
"""Elevation of the Sun's centre when its upper limb sets, refraction included (almanac convention)."""


@dataclass(frozen=True)
class SunAngles:
    """Where the Sun stands beside a link, at each sample (t,)."""

    telescope_rad: Floats
    """At the telescope, between satellite and Sun."""
    terminal_rad: Floats
    """At the satellite, between station and Sun."""
    sun_elevation_rad: Floats
    """Over the telescope's horizon."""
    sun_behind_earth: Mask
    """The satellite does not see the Sun's centre."""

    def __post_init__(self) -> None:
        for values in vars(self).values():
            values.flags.writeable = False

    def excluded(self, telescope_limit_rad: ArrayLike, terminal_limit_rad: ArrayLike) -> Mask:
        """Return where the link must be off: either end would look too near to a Sun that it sees (t,).

        The limits are angles, one for all samples or one each.

        >>> up = np.array([0.0, 0.0, 1.0])
        >>> beside = sun_angles(6378.0 * up, 7128.0 * up, 1.5e8 * np.array([0.05, 0.0, 1.0]), up)
        >>> bool(beside.excluded(10.0 * DEG, 10.0 * DEG)), bool(beside.excluded(2.0 * DEG, 2.0 * DEG))
        (True, False)
        """
        at_telescope = self.telescope_rad < np.asarray(telescope_limit_rad)
        at_terminal = self.terminal_rad < np.asarray(terminal_limit_rad)
        at_telescope &= self.sun_elevation_rad > SUNSET_RAD
        at_terminal &= ~self.sun_behind_earth
        return at_telescope | at_terminal


def sun_angles(site_km: ArrayLike, satellite_km: ArrayLike, sun_km: ArrayLike, up: ArrayLike) -> SunAngles:
    """Return the angles between a link and the Sun, at both ends.

    Parameters
    ----------
    site_km, satellite_km, sun_km : array_like (..., 3) [km]
        Positions from the Earth's centre in one frame, broadcast together.
    up : array_like (..., 3)
        Local vertical of the site in that frame, unit length.

    Returns
    -------
    SunAngles

    Assumptions
    -----------
    No refraction but at sunset; the Earth that hides the Sun from the satellite is a sphere.

    Examples
    --------
    >>> up = np.array([0.0, 0.0, 1.0])
    >>> beside = sun_angles(6378.0 * up, 7128.0 * up, [1.5e8, 0.0, 6378.0], up)
    >>> round(float(np.degrees(beside.telescope_rad)), 3), round(float(np.degrees(beside.terminal_rad)), 3)
    (90.0, 90.0)
    """
    site, satellite, sun = (np.asarray(a, dtype=np.float64) for a in (site_km, satellite_km, sun_km))
    link, to_sun = _unit(satellite - site), _unit(sun - site)
    from_orbit = _unit(sun - satellite)
    # the ray to the Sun meets the sphere if it starts towards it and passes within its radius
    along_km = -np.sum(satellite * from_orbit, axis=-1)
    nearest_km = np.linalg.norm(satellite + along_km[..., None] * from_orbit, axis=-1)
    return SunAngles(
        _angle(link, to_sun),
        _angle(-link, from_orbit),
        np.asarray(0.5 * np.pi - _angle(np.asarray(up, dtype=np.float64), to_sun)),
        np.asarray((along_km > 0.0) & (nearest_km < EARTH_RADIUS_KM)),
    )


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def _angle(a: Floats, b: Floats) -> Floats:
    """Return the angle between unit vectors, exact near zero too."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.arctan2(cross, np.sum(a * b, axis=-1)))


def usable_spans(
    time_s: Floats, open_mask: Mask, step_s: float, acquisition_s: float
) -> tuple[Floats, Floats, float, float]:
    """Return the spans of a contact in which bits can flow, and what Sun and acquisition took from it.

    Parameters
    ----------
    time_s : array (t,) [s]
        Samples of one contact, `step_s` apart; sample k stands for [t_k, t_k + step).
    open_mask : array (t,)
        Nothing is in the way: no exclusion, no cloud.
    step_s, acquisition_s : float [s]
        Spacing of the samples; from sight to first bit, paid at the start of every span.

    Returns
    -------
    start_s, end_s : arrays (n,) [s]
        Spans that outlast the acquisition, their acquisition cut off.
    blocked_s, acquiring_s : float [s]
        Time lost to what was in the way, and to acquisition; with the spans they make up the contact.

    Examples
    --------
    >>> spans = usable_spans(np.arange(5.0), np.array([True, True, False, True, True]), 1.0, 0.5)
    >>> spans[0].tolist(), spans[1].tolist(), spans[2], spans[3]
    ([0.5, 3.5], [2.0, 5.0], 1.0, 1.0)
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], open_mask, [False]]).astype(np.int8)))
    first, last = edges[0::2], edges[1::2] - 1
    start_s, end_s = time_s[first], time_s[last] + step_s
    blocked_s = float((~open_mask).sum() * step_s)
    acquiring_s = float(np.minimum(end_s - start_s, acquisition_s).sum())
    kept = end_s - start_s > acquisition_s
    return start_s[kept] + acquisition_s, end_s[kept], blocked_s, acquiring_s
