"""Offers: passes cut to what a link can carry. Passes, states and link tables → bits up and down by slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..kernels.link import volumes
from ..links import LinkTable
from ..orbit.ephemeris import Ephemeris
from ..orbit.time import Floats

if TYPE_CHECKING:
    from ..orbit.access import Passes
    from ..orbit.site import Sites

Integers = NDArray[np.int64]

MAX_SAMPLE_S = 10.0
"""Largest spacing of the link samples along a pass; between them Es/N0 is taken as linear."""

KINDS = ("radio", "laser", "command")
"""What a contact is by: a data antenna, a telescope, or an antenna of ground control."""
RADIO, LASER, COMMAND = range(3)


@dataclass(frozen=True)
class Offers:
    """Passes that an antenna could take, sorted by satellite, start and station, and what each could carry.

    Shapes (o,): `satellite` (entity), `station`, `kind` (number in `KINDS`), `start_s`, `end_s` in seconds
    since the window's start; cut at the borders of slots, (p,): `owner` (number of the pass), `slot`,
    `down_bit` and `up_bit` of each piece.
    """

    satellite: Integers
    station: Integers
    kind: Integers
    start_s: Floats
    end_s: Floats
    owner: Integers
    slot: Integers
    down_bit: Floats
    up_bit: Floats

    def __len__(self) -> int:
        """Return the number of offers."""
        return len(self.satellite)

    @property
    def volume_bit(self) -> tuple[Floats, Floats]:
        """Bits of each offer down and up (o,)."""
        n = len(self)
        down, up = (np.bincount(self.owner, bit, n) for bit in (self.down_bit, self.up_bit))
        return down.astype(np.float64), up.astype(np.float64)

    def where(self, mask: NDArray[np.bool_]) -> Offers:
        """Return the offers of a mask (o,), in their order."""
        number = np.cumsum(mask) - 1
        pieces = mask[self.owner]
        rows = {
            name: getattr(self, name)[mask] for name in ("satellite", "station", "kind", "start_s", "end_s")
        }
        cut = {name: getattr(self, name)[pieces] for name in ("slot", "down_bit", "up_bit")}
        return Offers(**rows, owner=number[self.owner[pieces]], **cut)

    @classmethod
    def joined(cls, parts: Sequence[Offers], first: Sequence[int]) -> Offers:
        """Return the offers of groups of entities, each of which begins at a number, in that order."""
        n_before = np.cumsum([0, *(len(part) for part in parts)])
        columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(cls)}
        columns["satellite"] = [part.satellite + s for part, s in zip(parts, first, strict=True)]
        columns["owner"] = [part.owner + n for part, n in zip(parts, n_before, strict=False)]
        return cls(**{name: np.concatenate(column) for name, column in columns.items()})


def offers_of(
    ephemeris: Ephemeris,
    passes: Passes,
    sites: Sites,
    down: LinkTable,
    up: LinkTable,
    radio: Integers,
    *,
    acquisition_s: Floats,
    duration_s: float,
    slot_s: float,
    kind: int = RADIO,
) -> Offers:
    """Return what each pass can carry by radio: the integrals of its bit rates, slot by slot.

    Parameters
    ----------
    ephemeris : Ephemeris
        States whose grid starts with the window and covers it.
    passes : Passes
        Passes over the stations, seconds since the same start.
    sites : Sites
        Stations, axis g of `passes`.
    down, up : LinkTable
        Links of each radio to each station, and back.
    radio : array (s,)
        Row of the tables of each satellite of `ephemeris` and `passes`.
    acquisition_s : array (g,) [s]
        From the start of a pass to its first bit.
    duration_s : float [s]
        Length of the window; passes are cut there.
    slot_s : float [s]
        Length of a slot of the scheduler.
    kind : int
        Number in `KINDS` of the antennas that are offered the passes.

    Returns
    -------
    Offers
        Passes that could carry something.

    Assumptions
    -----------
    A radio sends and receives at once, on two carriers.
    """
    start_s = np.clip(passes.rise_s, 0.0, duration_s)
    end_s = np.clip(passes.set_s, 0.0, duration_s)
    order = np.lexsort((passes.station, start_s, passes.satellite))
    row = radio[passes.satellite[order]], passes.station[order]
    linked = (down.constant_db[row] > -np.inf) | (up.constant_db[row] > -np.inf)
    order = order[linked & (end_s[order] > start_s[order])]
    satellite, station = passes.satellite[order], passes.station[order]
    start_s, end_s = start_s[order], end_s[order]
    first_bit_s = np.minimum(start_s + acquisition_s[station], end_s)
    owner, slot, piece_start_s, piece_end_s = split(first_bit_s, end_s, slot_s)
    ends = (satellite[owner], station[owner], piece_start_s, piece_end_s)
    down_bit, up_bit = (interval_volumes(links, ephemeris, sites, *ends, radio) for links in (down, up))
    kinds = np.full(len(satellite), kind)
    found = Offers(satellite, station, kinds, start_s, end_s, owner, slot, down_bit, up_bit)
    return found.where(np.add(*found.volume_bit) > 0.0)


def interval_volumes(
    links: LinkTable,
    ephemeris: Ephemeris,
    sites: Sites,
    satellite: Integers,
    station: Integers,
    start_s: Floats,
    end_s: Floats,
    radio: Integers,
) -> Floats:
    """Return the bits each interval (satellite, station, start, end) can carry (i,).

    The position follows the cubic through the states of the grid; Es/N0 is sampled at least every
    `MAX_SAMPLE_S` and the staircase of rates integrated exactly between the samples.

    Parameters
    ----------
    links : LinkTable
        Links of each radio to each station.
    ephemeris, sites
        States on the grid, stations.
    satellite, station : arrays (i,)
        Indices of both.
    start_s, end_s : arrays (i,) [s]
        Seconds since the start of the grid.
    radio : array (s,)
        Row of `links` of each satellite.

    Returns
    -------
    ndarray (i,) [bit]
    """
    out_bit = np.zeros(len(satellite))
    if len(satellite) == 0 or not np.any(links.constant_db > -np.inf):
        return out_bit
    volumes(
        np.array(satellite),
        np.array(station),
        np.array(start_s),
        np.array(end_s),
        np.array(radio),
        ephemeris.r_packed_km,
        ephemeris.v_packed_km_per_s,
        np.unwrap(ephemeris.grid.gmst_rad),
        ephemeris.grid.step_s,
        np.array(sites.r_itrs_km),
        np.array(sites.up),
        links.constant_db,
        links.cosecant,
        links.attenuation_db,
        links.threshold_db,
        links.rate_bit_per_s,
        MAX_SAMPLE_S,
        out_bit,
    )
    return out_bit


def split(start_s: Floats, end_s: Floats, width_s: float) -> tuple[Integers, Integers, Floats, Floats]:
    """Cut intervals at multiples of a width: interval, number of the cell, start and end of each piece."""
    first = np.floor(start_s / width_s).astype(np.int64)
    last = np.maximum(np.ceil(end_s / width_s).astype(np.int64) - 1, first)
    n_pieces = last - first + 1
    owner = np.repeat(np.arange(len(start_s), dtype=np.int64), n_pieces)
    cell = np.arange(len(owner)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces) + first[owner]
    cut_start_s = np.maximum(start_s[owner], cell * width_s)
    cut_end_s = np.minimum(end_s[owner], (cell + 1) * width_s)
    return owner, cell, cut_start_s, cut_end_s
