"""Telescopes: lasers from orbit to the ground. States, Sun, weather, terminals → offers and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..links import weather as clouds
from ..links.exclusion import SunAngles, sun_angles
from ..links.optical import Terminal, background_w, level_at_1_m_dbw, photons_per_s, required_photons_per_s
from ..links.turbulence import ELEVATION_DEG, ClearSky, sky_radiance_w_per_m3_sr
from ..orbit.ephemeris import Ephemeris
from ..orbit.time import Floats
from .offers import LASER, Offers

if TYPE_CHECKING:
    from ..orbit.access import Passes
    from ..orbit.site import Sites

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SAMPLE_S = 5.0
"""Longest stretch of a pass over which Sun, elevation and rate are taken as those of its middle."""

_LOWEST_SINE = float(np.sin(np.radians(ELEVATION_DEG[-1])))


@dataclass(frozen=True)
class Optics:
    """Lasers and telescopes of a plan.

    `senders` one a kind of spacecraft (row), `telescopes` one a station g, None where there is none; `skies`
    the clear air over each station; `cloud` (g,) the column of each in the weather, -1 without telescope.
    """

    senders: tuple[Terminal | None, ...]
    telescopes: tuple[Terminal | None, ...]
    skies: tuple[ClearSky, ...]
    cloud: Integers

    @property
    def in_use(self) -> bool:
        """Whether any laser meets any telescope."""
        return any(self.senders) and any(self.telescopes)


@dataclass(frozen=True)
class Lit:
    """What lasers can do in a window, and what kept them from more.

    `offers` to telescopes; `blocked_satellite`, `blocked_start_s`, `blocked_end_s` (b,): times at which cloud
    alone closed a laser; seconds of each satellite over all telescopes (s,): `view_s` high enough, `sun_s` of
    it too near the Sun at either end, `cloud_s` of the rest under cloud, `acquiring_s` of what is open spent
    on acquisition.
    """

    offers: Offers
    blocked_satellite: Integers
    blocked_start_s: Floats
    blocked_end_s: Floats
    view_s: Floats
    sun_s: Floats
    cloud_s: Floats
    acquiring_s: Floats

    @classmethod
    def joined(cls, parts: Sequence[Lit], first: Sequence[int]) -> Lit:
        """Return that of groups of entities, each of which begins at a number, in that order."""
        return cls(
            Offers.joined([part.offers for part in parts], first),
            np.concatenate([part.blocked_satellite + s for part, s in zip(parts, first, strict=True)]),
            np.concatenate([part.blocked_start_s for part in parts]),
            np.concatenate([part.blocked_end_s for part in parts]),
            *(np.concatenate([getattr(part, name) for part in parts]) for name in _SUMS),
        )


_SUMS = ("view_s", "sun_s", "cloud_s", "acquiring_s")


def laser_offers(
    ephemeris: Ephemeris,
    passes: Passes,
    sites: Sites,
    optics: Optics,
    laser: Integers,
    sun_km: Floats,
    weather: clouds.Weather | None,
    *,
    duration_s: float,
    slot_s: float,
) -> Lit:
    """Return what each pass over a telescope can carry by laser, Sun and cloud allowing.

    Parameters
    ----------
    ephemeris : Ephemeris
        States whose grid starts with the window and covers it.
    passes : Passes
        Passes over the stations, seconds since the same start.
    sites : Sites
        Stations, axis g of `passes`.
    optics : Optics
    laser : array (s,)
        Row of `optics.senders` of each satellite.
    sun_km : array (t, 3) [km]
        Sun at the nodes of the ephemeris, TEME.
    weather : Weather, optional
        Over the telescopes; None where there are none.
    duration_s, slot_s : float [s]
        Length of the window and of a slot.

    Returns
    -------
    Lit

    Assumptions
    -----------
    As in `links.optical.laser_budget`: space to ground, clear air above 20 deg, the rate adapts at once. The
    background is that of the sky beside the Sun as it stands at each moment. A contact that Sun or cloud
    interrupts is two, each acquired anew.

    Source
    ------
    `links.exclusion`, `links.turbulence`, `links.weather`, sample by sample.
    """
    chosen = _over_telescopes(passes, optics, laser, duration_s)
    if weather is None or not len(chosen):
        return _nothing(len(laser))
    start_s = np.clip(passes.rise_s[chosen], 0.0, duration_s)
    end_s = np.clip(passes.set_s[chosen], 0.0, duration_s)
    n = np.maximum(np.ceil((end_s - start_s) / SAMPLE_S).astype(np.int64), 1)
    owner = np.repeat(np.arange(len(chosen)), n)
    k = np.arange(len(owner)) - np.repeat(np.cumsum(n) - n, n)
    width_s = ((end_s - start_s) / n)[owner]
    begin_s = start_s[owner] + k * width_s
    satellite, station = passes.satellite[chosen][owner], passes.station[chosen][owner]
    geometry = _geometry(ephemeris, sites, sun_km, satellite, station, begin_s + 0.5 * width_s)
    high = geometry.sine >= _LOWEST_SINE
    near_sun = high & _near_sun(geometry.angles, optics, laser[satellite], station)
    column = optics.cloud[station]
    hour = np.minimum((begin_s / weather.step_s).astype(np.int64), len(weather.cloudy) - 1)
    clouded = high & ~near_sun & weather.cloudy[hour, column]
    is_open = high & ~near_sun & ~clouded
    first, last = _runs(is_open, owner)
    open_from_s, open_to_s = begin_s[first], begin_s[last] + width_s[last]
    acquisition_s = np.array([0.0 if one is None else one.acquisition_s for one in optics.senders])
    locked_s = open_from_s + acquisition_s[laser[satellite[first]]]
    span = np.cumsum(np.bincount(first, minlength=len(owner))) - 1  # number of the open stretch, where in one
    rate = np.zeros(len(owner))
    rate[is_open] = _rates(optics, geometry.take(is_open), laser[satellite[is_open]], station[is_open])
    sending_s = np.zeros(len(owner))
    inside = np.flatnonzero(is_open)
    since_lock_s = begin_s[inside] + width_s[inside] - np.maximum(begin_s[inside], locked_s[span[inside]])
    sending_s[inside] = np.clip(since_lock_s, 0.0, width_s[inside])
    blocked_first, blocked_last = _runs(clouded, owner)
    acquiring_s = np.minimum(open_to_s, locked_s) - open_from_s
    return Lit(
        _offers(
            satellite[first], station[first], open_from_s, open_to_s,
            span[inside], (begin_s[inside] / slot_s).astype(np.int64), (rate * sending_s)[inside],
        ),
        satellite[blocked_first],
        begin_s[blocked_first],
        begin_s[blocked_last] + width_s[blocked_last],
        view_s=_by_satellite(satellite, width_s * high, len(laser)),
        sun_s=_by_satellite(satellite, width_s * near_sun, len(laser)),
        cloud_s=_by_satellite(satellite, width_s * clouded, len(laser)),
        acquiring_s=_by_satellite(satellite[first], acquiring_s, len(laser)),
    )  # fmt: skip


@dataclass(frozen=True)
class _Geometry:
    """Range [km], sine of the elevation, and the Sun beside the link, by sample (i,)."""

    range_km: Floats
    sine: Floats
    angles: SunAngles

    def take(self, which: Flags) -> _Geometry:
        """Return some of the samples."""
        angles = SunAngles(*(getattr(self.angles, field.name)[which] for field in fields(SunAngles)))
        return _Geometry(self.range_km[which], self.sine[which], angles)


def _over_telescopes(passes: Passes, optics: Optics, laser: Integers, duration_s: float) -> Integers:
    """Return the passes of satellites with a laser over stations with a telescope, by satellite and time."""
    sends = np.array([one is not None for one in optics.senders], dtype=np.bool_)
    receives = np.array([one is not None for one in optics.telescopes], dtype=np.bool_)
    wanted = sends[laser[passes.satellite]] & receives[passes.station]
    wanted &= np.minimum(passes.set_s, duration_s) > np.maximum(passes.rise_s, 0.0)
    rows = np.flatnonzero(wanted)
    return rows[np.lexsort((passes.station[rows], passes.rise_s[rows], passes.satellite[rows]))]


def _geometry(
    ephemeris: Ephemeris, sites: Sites, sun_km: Floats, satellite: Integers, station: Integers, time_s: Floats
) -> _Geometry:
    """Return where everything is at each sample, in TEME."""
    grid = ephemeris.grid
    node = np.clip((time_s / grid.step_s).astype(np.int64), 0, grid.n - 2)
    gmst_rad = np.unwrap(grid.gmst_rad)
    theta_rad = gmst_rad[node] + (time_s / grid.step_s - node) * (gmst_rad[node + 1] - gmst_rad[node])
    place_km, up = _turned(sites.r_itrs_km[station], theta_rad), _turned(sites.up[station], theta_rad)
    satellite_km = ephemeris.between(satellite, time_s)
    link_km = satellite_km - place_km
    range_km = np.linalg.norm(link_km, axis=-1)
    sine = np.sum(link_km * up, axis=-1) / range_km
    return _Geometry(range_km, sine, sun_angles(place_km, satellite_km, sun_km[node], up))


def _turned(vector: Floats, theta_rad: Floats) -> Floats:
    cosine, sine = np.cos(theta_rad), np.sin(theta_rad)
    x, y, z = vector.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)


def _near_sun(angles: SunAngles, optics: Optics, sender: Integers, station: Integers) -> Flags:
    """Return where either end would look too near to a Sun that it sees."""
    at_terminal = np.array([0.0 if one is None else one.sun_exclusion_rad for one in optics.senders])
    at_telescope = np.array([0.0 if one is None else one.sun_exclusion_rad for one in optics.telescopes])
    return angles.excluded(at_telescope[station], at_terminal[sender])


def _rates(optics: Optics, geometry: _Geometry, sender: Integers, station: Integers) -> Floats:
    """Return the bit rate at each sample under an open sky."""
    rate = np.zeros(len(sender))
    nodes = 1.0 / np.sin(np.radians(ELEVATION_DEG))
    radiance = sky_radiance_w_per_m3_sr(geometry.angles.telescope_rad, geometry.angles.sun_elevation_rad)
    for q, g in sorted(set(zip(sender.tolist(), station.tolist(), strict=True))):
        laser, telescope = optics.senders[q], optics.telescopes[g]
        if laser is None or telescope is None:
            continue
        here = np.flatnonzero((sender == q) & (station == g))
        loss_db = np.interp(
            1.0 / geometry.sine[here], nodes,
            optics.skies[g].attenuation_db(nodes, telescope.aperture_m, laser.wavelength_m),
        )  # fmt: skip
        level_dbw = (
            level_at_1_m_dbw(laser, telescope) - 20.0 * np.log10(1e3 * geometry.range_km[here]) - loss_db
        )
        signal = photons_per_s(10.0 ** (level_dbw / 10.0), laser.wavelength_m)
        background = photons_per_s(background_w(telescope, radiance[here]), laser.wavelength_m)
        for step in laser.rates_bit_per_s:  # rising: the last that closes stands
            closes = signal >= required_photons_per_s(step, telescope.photons_per_bit, background)
            rate[here[closes]] = step
    return rate


def _runs(mask: Flags, owner: Integers) -> tuple[Integers, Integers]:
    """Return the first and last sample of each unbroken run of a mask within one owner."""
    breaks = np.concatenate([[True], np.diff(owner) != 0]) if len(owner) else np.zeros(0, dtype=np.bool_)
    before = np.concatenate([[False], mask[:-1]]) & ~breaks
    after = np.concatenate([mask[1:] & ~breaks[1:], [False]])
    return np.flatnonzero(mask & ~before), np.flatnonzero(mask & ~after)


def _offers(
    satellite: Integers,
    station: Integers,
    start_s: Floats,
    end_s: Floats,
    span: Integers,
    slot: Integers,
    bit: Floats,
) -> Offers:
    """Return open stretches as offers, the bits of their samples added up slot by slot."""
    order = np.lexsort((station, start_s, satellite))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    n_slots = int(slot.max(initial=0)) + 1
    cell, inverse = np.unique(number[span] * n_slots + slot, return_inverse=True)
    down_bit = np.bincount(inverse.reshape(-1), bit, len(cell)).astype(np.float64)
    kinds = np.full(len(order), LASER)
    found = Offers(
        satellite[order], station[order], kinds, start_s[order], end_s[order],
        cell // n_slots, cell % n_slots, down_bit, np.zeros(len(cell)),
    )  # fmt: skip
    return found.where(found.volume_bit[0] > 0.0)


def _by_satellite(satellite: Integers, seconds: Floats, n: int) -> Floats:
    return np.bincount(satellite, seconds, n).astype(np.float64)


def _nothing(n: int) -> Lit:
    none, never, no_s = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(n)
    empty = Offers(none, none, none, never, never, none, none, never, never)
    return Lit(empty, none, never, never, no_s, no_s, no_s, no_s)


def fallback_bit(lit: Lit, satellite: Integers, start_s: Floats, end_s: Floats, bit: Floats) -> float:
    """Return the bits that radio contacts carried while cloud alone closed a laser of the same satellite.

    Parameters
    ----------
    lit : Lit
    satellite, start_s, end_s, bit : arrays (c,)
        Radio contacts and their bits, taken as carried evenly.

    Returns
    -------
    float [bit]
    """
    total_bit = 0.0
    for s in np.intersect1d(satellite, lit.blocked_satellite):
        mine = np.flatnonzero(lit.blocked_satellite == s)
        order = mine[np.argsort(lit.blocked_start_s[mine], kind="stable")]
        begin_s = lit.blocked_start_s[order]
        reach_s = np.maximum.accumulate(lit.blocked_end_s[order])
        begin_s = np.maximum(begin_s, np.concatenate([[-np.inf], reach_s[:-1]]))  # telescopes may overlap
        for c in np.flatnonzero(satellite == s):
            overlap_s = np.clip(np.minimum(reach_s, end_s[c]) - np.maximum(begin_s, start_s[c]), 0.0, None)
            total_bit += float(bit[c] * overlap_s.sum() / (end_s[c] - start_s[c]))
    return total_bit
