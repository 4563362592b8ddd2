"""Attenuation by air: band and elevation → dB exceeded one percent of the time, from one stated table."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AttenuationTable:
    """Attenuation of each band at rising 1/sin(elevation).

    `band` (b,); `frequency_hz` (b,), the carrier it was computed for; `cosecant` (a,), increasing from the
    zenith's 1; `attenuation_db` (b, a).
    """

    band: tuple[str, ...]
    frequency_hz: tuple[float, ...]
    cosecant: Floats
    attenuation_db: Floats

    def __post_init__(self) -> None:
        self.cosecant.flags.writeable = False
        self.attenuation_db.flags.writeable = False

    @property
    def min_elevation_rad(self) -> float:
        """The lowest elevation tabulated; no link is taken to close below it."""
        return float(np.arcsin(1.0 / self.cosecant[-1]))


@functools.cache
def attenuation_table() -> AttenuationTable:
    """Return the shipped table: attenuation of gases, cloud, rain and scintillation in three bands.

    Returns
    -------
    AttenuationTable
        Bands `s`, `x`, `ka` from 5 to 90 deg.

    Assumptions
    -----------
    Exceeded 1 % of an average year at Beijing for every station: it is too high for dry Kashi (5.5 instead
    of 21.1 dB at 26 GHz and 10 deg) and too low for Sanya (35.6 dB). A link is planned to be there 99 % of
    the time, not to use better weather. Linear in 1/sin(elevation) between rows, as in a flat atmosphere.

    Source
    ------
    ITU-R P.618-13, P.676-12, P.838-3, P.840-8, computed with itur 0.4.0 by `links/tabulate.py`.

    Examples
    --------
    >>> table = attenuation_table()
    >>> table.band, round(float(np.degrees(table.min_elevation_rad)), 6)
    (('s', 'x', 'ka'), 5.0)
    """
    lines = resources.files(__package__).joinpath("attenuation.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    bands = {row["band"]: 1e9 * float(row["frequency_ghz"]) for row in rows}
    elevation_deg = sorted({float(row["elevation_deg"]) for row in rows}, reverse=True)
    total_db = {(row["band"], float(row["elevation_deg"])): float(row["attenuation_db"]) for row in rows}
    return AttenuationTable(
        tuple(bands),
        tuple(bands.values()),
        1.0 / np.sin(np.radians(elevation_deg)),
        np.array([[total_db[band, elevation] for elevation in elevation_deg] for band in bands]),
    )
