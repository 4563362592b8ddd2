"""Modulation and coding: the DVB-S2 and S2X tables → strictly increasing ladders of Es/N0 and efficiency."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MODULATIONS = ("QPSK", "8PSK", "8APSK", "16APSK", "32APSK", "64APSK", "128APSK", "256APSK")
"""Constellations in rising order of points."""

EXTRA_MARGIN_DB = {"32APSK": 0.5, "64APSK": 1.5, "128APSK": 1.5, "256APSK": 1.5}
"""What denser constellations lose beyond a radio's implementation margin: phase noise, filters, amplifier.

Published modems lose 0.3 dB (broadcast receiver), 0.5 dB (engineering tables), 0.8 dB (DVB-S annex) in all;
estimate from these: 1.0 dB up to 16APSK, 1.5 dB at 32APSK, 2.5 dB from 64APSK.
"""


@dataclass(frozen=True)
class Ladder:
    """Modulation-and-coding schemes in rising order of the Es/N0 that they need.

    Shapes (m,): `name`; `modulation`; `efficiency_bit_per_symbol`, information bits per channel symbol,
    framing paid; `esn0_db`, the ideal demodulator's threshold; `margin_db`, what a real one needs on top.
    """

    name: tuple[str, ...]
    modulation: tuple[str, ...]
    efficiency_bit_per_symbol: Floats
    esn0_db: Floats
    margin_db: Floats

    def __post_init__(self) -> None:
        for values in (self.efficiency_bit_per_symbol, self.esn0_db, self.margin_db):
            values.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of schemes."""
        return len(self.name)

    @property
    def required_db(self) -> Floats:
        """Es/N0 that a real demodulator needs: the ideal threshold plus its margin."""
        return self.esn0_db + self.margin_db

    def worth_using(self) -> Ladder:
        """Return the schemes that no other beats: more efficient than every one needing no more Es/N0.

        >>> ladder = dvb_s2x().worth_using()
        >>> len(ladder), bool(np.all(np.diff(ladder.efficiency_bit_per_symbol) > 0))
        (46, True)
        """
        best_below = np.maximum.accumulate(self.efficiency_bit_per_symbol)
        return self._take(self.efficiency_bit_per_symbol > np.concatenate([[0.0], best_below[:-1]]))

    def for_radio(
        self,
        implementation_db: float,
        highest_modulation: str = MODULATIONS[-1],
        dense_margin_db: Mapping[str, float] = EXTRA_MARGIN_DB,
    ) -> Ladder:
        """Return the front of a real demodulator: margins by modulation added, denser modulations left out.

        `dense_margin_db` replaces those of `EXTRA_MARGIN_DB` that it names.

        >>> ladder = dvb_s2x().for_radio(1.0, "32APSK")
        >>> ladder.name[-1], float(ladder.required_db[-1])
        ('32APSK 9/10', 17.55)
        """
        dense_db = {**EXTRA_MARGIN_DB, **dense_margin_db}
        extra_db = np.array([dense_db.get(modulation, 0.0) for modulation in self.modulation])
        last = MODULATIONS.index(highest_modulation)
        usable = np.array([MODULATIONS.index(modulation) <= last for modulation in self.modulation])
        margin_db = implementation_db + extra_db
        real = Ladder(
            self.name, self.modulation, self.efficiency_bit_per_symbol, self.esn0_db, margin_db
        )._take(usable)
        return real._take(np.lexsort((-real.efficiency_bit_per_symbol, real.required_db))).worth_using()

    def _take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Ladder:
        index = np.arange(len(self))[rows]
        return Ladder(
            tuple(self.name[i] for i in index),
            tuple(self.modulation[i] for i in index),
            self.efficiency_bit_per_symbol[index],
            self.esn0_db[index],
            self.margin_db[index],
        )


@functools.cache
def dvb_s2() -> Ladder:
    """Return the 28 schemes of DVB-S2, normal frames without pilots, sorted by Es/N0.

    Returns
    -------
    Ladder
        All 28; `worth_using` drops the ones that another beats.

    Assumptions
    -----------
    As in `dvb_s2x`.

    Source
    ------
    ETSI EN 302 307-1 V1.4.1, table 13.

    Examples
    --------
    >>> ladder = dvb_s2()
    >>> ladder.name[0], float(ladder.esn0_db[0]), len(ladder)
    ('QPSK 1/4', -2.35, 28)
    """
    return _read(frozenset({"DVB-S2"}))


@functools.cache
def dvb_s2x() -> Ladder:
    """Return the 67 schemes of DVB-S2 and DVB-S2X together, normal frames without pilots, sorted by Es/N0.

    Returns
    -------
    Ladder
        All 67; `worth_using` keeps the 46 that no other beats.

    Assumptions
    -----------
    White noise on a linear channel, an ideal demodulator (margins come on top, `Ladder.for_radio`), frame
    errors at the quasi-error-free 1e-5. A saturated amplifier needs 2 to 4 dB more for the constellations
    whose code rate ends in -L: the EIRP of a radio that uses them is the backed-off one. No pilots (2.4 % of
    the rate where they are on), no frames for very low signals.

    Source
    ------
    ETSI EN 302 307-1 V1.4.1, table 13, and EN 302 307-2, table 20a; efficiencies are
    (k_bch - 80) / (90 (S + 1)) with S slots a frame.

    Examples
    --------
    >>> ladder = dvb_s2x()
    >>> ladder.name[0], ladder.name[-1], len(ladder)
    ('QPSK 2/9', '256APSK 3/4', 67)
    """
    return _read(frozenset({"DVB-S2", "DVB-S2X"}))


def shannon_esn0_db(efficiency_bit_per_symbol: ArrayLike) -> Floats:
    """Return the Es/N0 below which no code carries so many bits a symbol: the capacity of white noise [dB].

    Source
    ------
    Shannon 1949, Communication in the presence of noise, theorem 2: C = log2(1 + Es/N0) a complex symbol.

    Examples
    --------
    >>> round(float(shannon_esn0_db(0.490243)), 3)
    -3.929
    """
    bits = np.asarray(efficiency_bit_per_symbol, dtype=np.float64)
    return np.asarray(10.0 * np.log10(2.0**bits - 1.0))


def _read(standards: frozenset[str]) -> Ladder:
    text = resources.files(__package__).joinpath("dvb_s2x.csv").read_text(encoding="utf-8")
    rows = [
        row
        for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
        if row["standard"] in standards
    ]
    rows.sort(key=lambda row: (float(row["esn0_db"]), -float(row["efficiency_bit_per_symbol"])))
    return Ladder(
        tuple(row["modcod"] for row in rows),
        tuple(row["modulation"] for row in rows),
        np.array([float(row["efficiency_bit_per_symbol"]) for row in rows]),
        np.array([float(row["esn0_db"]) for row in rows]),
        np.zeros(len(rows)),
    )
