"""Modulation and coding: the DVB-S2 table → a strictly increasing ladder of Es/N0 and efficiency."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ladder:
    """Modulation-and-coding schemes in rising order of the Es/N0 that they need.

    Shapes (m,): `name`; `efficiency_bit_per_symbol`, information bits per channel symbol, framing paid;
    `esn0_db`, the ideal demodulator's threshold.
    """

    name: tuple[str, ...]
    efficiency_bit_per_symbol: Floats
    esn0_db: Floats

    def __post_init__(self) -> None:
        self.efficiency_bit_per_symbol.flags.writeable = False
        self.esn0_db.flags.writeable = False

    def worth_using(self) -> Ladder:
        """Return the schemes that no other beats: more efficient than every one needing no more Es/N0.

        >>> ladder = dvb_s2().worth_using()
        >>> bool(np.all(np.diff(ladder.efficiency_bit_per_symbol) > 0))
        True
        """
        best_below = np.maximum.accumulate(self.efficiency_bit_per_symbol)
        kept = np.flatnonzero(self.efficiency_bit_per_symbol > np.concatenate([[0.0], best_below[:-1]]))
        return Ladder(
            tuple(self.name[i] for i in kept), self.efficiency_bit_per_symbol[kept], self.esn0_db[kept]
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
    White noise on a linear channel, an ideal demodulator (the radio's implementation margin comes on top),
    frame errors at the quasi-error-free 1e-5.

    Source
    ------
    ETSI EN 302 307-1 V1.4.1, table 13; efficiencies are (k_bch - 80) / (90 (S + 1)) with S slots a frame.

    Examples
    --------
    >>> ladder = dvb_s2()
    >>> ladder.name[0], float(ladder.esn0_db[0]), len(ladder.name)
    ('QPSK 1/4', -2.35, 28)
    """
    text = resources.files(__package__).joinpath("dvb_s2.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    rows.sort(key=lambda row: float(row["esn0_db"]))
    return Ladder(
        tuple(row["modcod"] for row in rows),
        np.array([float(row["efficiency_bit_per_symbol"]) for row in rows]),
        np.array([float(row["esn0_db"]) for row in rows]),
    )
