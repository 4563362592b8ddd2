"""Attenuation by air: place, carrier, availability → dB by elevation, from tables of the ITU-R model."""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import DEG, EARTH_RADIUS_KM
from ..errors import InputError, Problem
from . import itu

Floats = NDArray[np.float64]

BANDS: dict[str, tuple[float, ...]] = {
    "s": (2.0e9, 2.3e9),
    "x": (7.1e9, 8.2e9, 9.0e9),
    "ka": (22.5e9, 23.5e9, 24.5e9, 26e9, 28e9, 31e9),
}
"""Band → carriers tabulated [Hz]; between them attenuation goes as a power of frequency."""

EXCEEDED_FRAC = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0003, 0.0001)
"""Shares of an average year tabulated; an availability is one less such a share."""

ELEVATION_DEG = (90.0, 75.0, 60.0, 48.0, 38.0, 30.0, 25.0, 20.0, 16.0, 13.0, 10.0, 8.0, 6.3, 5.0)
"""Elevations tabulated; the recommendation does not go lower."""

NEAR_M = 10e3
"""A place within this distance of a tabulated one has its air."""

NEAR_ALTITUDE_M = 200.0
"""... and within this of its height."""

DEFAULT_AVAILABILITY_FRAC = 0.99
"""Share of the year in which a link is planned to be there, where nothing else is said."""


@dataclass(frozen=True)
class Losses:
    """Attenuation of one link at rising 1/sin(elevation), exceeded in one share of the year.

    Shapes (a,): `cosecant`, increasing from the zenith's 1; `gas_db`, `cloud_db`, `rain_db`,
    `scintillation_db`.
    """

    cosecant: Floats
    gas_db: Floats
    cloud_db: Floats
    rain_db: Floats
    scintillation_db: Floats

    def __post_init__(self) -> None:
        for values in vars(self).values():
            values.flags.writeable = False

    @property
    def total_db(self) -> Floats:
        """Return all four together.

        Source
        ------
        ITU-R P.618-13, equation 64: rain and cloud go together, scintillation apart from them.
        """
        return self.gas_db + np.hypot(self.rain_db + self.cloud_db, self.scintillation_db)

    @property
    def absorbing_db(self) -> Floats:
        """What absorbs, and so radiates: all but the scintillation."""
        return self.gas_db + self.rain_db + self.cloud_db

    @property
    def min_elevation_rad(self) -> float:
        """The lowest elevation tabulated; no link is taken to close below it."""
        return float(np.arcsin(1.0 / self.cosecant[-1]))

    def at(self, elevation_rad: float) -> Losses:
        """Return the losses at one elevation, linear in 1/sin(elevation) between the nodes."""
        cosecant = np.array([1.0 / math.sin(elevation_rad)])
        parts = (self.gas_db, self.cloud_db, self.rain_db, self.scintillation_db)
        return Losses(cosecant, *(np.interp(cosecant, self.cosecant, part) for part in parts))


@dataclass(frozen=True)
class Air:
    """The ITU-R attenuation statistics over one place.

    `frequency_hz` (f,), rising; `exceeded_frac` (p,), falling; at the zenith `gas_db`, `cloud_db`,
    `scintillation_db` (f, p), the last for a dish of 5 m; by elevation `rain_db` (f, p, a).
    """

    place: str
    lat_deg: float
    lon_deg: float
    altitude_m: float
    frequency_hz: Floats
    exceeded_frac: Floats
    gas_db: Floats
    cloud_db: Floats
    scintillation_db: Floats
    rain_db: Floats

    def __post_init__(self) -> None:
        for values in vars(self).values():
            if isinstance(values, np.ndarray):
                values.flags.writeable = False

    def losses(
        self,
        frequency_hz: float,
        availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
        dish_m: float = itu.DISH_M,
    ) -> Losses:
        """Return the attenuation that is exceeded in all but a share of an average year.

        Parameters
        ----------
        frequency_hz : float [Hz]
            Carrier, in one of the bands.
        availability_frac : float
            Share of the year in which the losses are not exceeded, 0.5 to 0.9999.
        dish_m : float [m]
            Diameter of the station's antenna: it averages scintillation out.

        Returns
        -------
        Losses

        Raises
        ------
        InputError
            A carrier outside the bands, an availability outside the table.

        Assumptions
        -----------
        Power law of frequency within a band, linear in the logarithm of the share of time: within 5 % of the
        model itself (measured on random cases), but for the rainiest places near the zenith (`compute`).
        Gases and cloud go with 1/sin(elevation), as in a flat atmosphere.
        The statistics are those of an average year: a rainy month is worse.

        Source
        ------
        ITU-R P.618-13, P.676-12, P.838-3, P.840-8 by itur 0.4.0.

        Examples
        --------
        >>> losses = air_of("kashi").losses(8.2e9)
        >>> round(float(losses.at(math.radians(10.0)).total_db[0]), 2)
        0.76
        """
        problems = [*carrier_problems(frequency_hz, "frequency"), *availability_problems(availability_frac)]
        if problems:
            raise InputError(*problems)
        cosecant = 1.0 / np.sin(np.radians(ELEVATION_DEG))
        share = math.log(1.0 - availability_frac)
        zenith = [
            self._between(values[..., None], frequency_hz, share)[0]
            for values in (self.gas_db, self.cloud_db, self.scintillation_db)
        ]
        return Losses(
            cosecant,
            zenith[0] * cosecant,
            zenith[1] * cosecant,
            self._between(self.rain_db, frequency_hz, share),
            zenith[2] * scintillation_shape(cosecant, frequency_hz, dish_m),
        )

    def _between(self, values_db: Floats, frequency_hz: float, log_share: float) -> Floats:
        """Return (a,) values between the nodes of frequency and share of time."""
        band = BANDS[_band_of(frequency_hz)]
        rows = [int(np.flatnonzero(self.frequency_hz == node)[0]) for node in band]
        above = min(max(int(np.searchsorted(band, frequency_hz)), 1), len(band) - 1)
        low, high = rows[above - 1], rows[above]
        weight = math.log(frequency_hz / band[above - 1]) / math.log(band[above] / band[above - 1])
        tiny_db = 1e-9  # keeps the logarithm finite where no rain reaches a high place
        power_law = (1.0 - weight) * np.log(values_db[low] + tiny_db) + weight * np.log(
            values_db[high] + tiny_db
        )
        by_share = np.maximum(np.exp(power_law) - tiny_db, 0.0)
        nodes = np.log(self.exceeded_frac)
        return np.array([np.interp(-log_share, -nodes, column) for column in by_share.T])


def scintillation_shape(cosecant: ArrayLike, frequency_hz: float, dish_m: float) -> Floats:
    """Return scintillation by elevation, relative to the zenith through the antenna of the tables.

    Parameters
    ----------
    cosecant : array_like (a,)
        1/sin(elevation).
    frequency_hz, dish_m : float [Hz], [m]
        Carrier and diameter of the station's antenna.

    Returns
    -------
    ndarray (a,)

    Source
    ------
    ITU-R P.618-13, section 2.4.1, steps 4 to 7, turbulent layer at 1,000 m.

    Examples
    --------
    >>> bool(abs(scintillation_shape(1.0, 8.2e9, 5.0) - 1.0) < 1e-12)
    True
    """
    sine = 1.0 / np.asarray(cosecant, dtype=np.float64)
    path_m = 2.0 * 1000.0 / (np.sqrt(sine**2 + 2.35e-4) + sine)
    zenith_m = 2.0 * 1000.0 / (math.sqrt(1.0 + 2.35e-4) + 1.0)
    ratio = _averaging(path_m, frequency_hz, dish_m) / _averaging(
        np.array(zenith_m), frequency_hz, itu.DISH_M
    )
    return np.asarray(ratio / sine**1.2)


def _averaging(path_m: Floats, frequency_hz: float, dish_m: float) -> Floats:
    """Return what an aperture leaves of the scintillation; nothing where the model has none left."""
    effective_m2 = itu.DISH_EFFICIENCY_FRAC * dish_m**2
    x = 1.22 * effective_m2 * (frequency_hz / 1e9) / path_m
    left = 3.86 * (x**2 + 1.0) ** (11.0 / 12.0) * np.sin(11.0 / 6.0 * np.arctan2(1.0, x)) - 7.08 * x ** (
        5.0 / 6.0
    )
    return np.sqrt(np.maximum(left, 0.0))


def _band_of(frequency_hz: float) -> str:
    return next(band for band, nodes in BANDS.items() if nodes[0] <= frequency_hz <= nodes[-1])


def carrier_problems(frequency_hz: float, place: str, band: str | None = None) -> list[Problem]:
    """Return what is wrong with a carrier: outside its band, or outside every band."""
    allowed = BANDS if band is None else {band: BANDS[band]}
    if any(nodes[0] <= frequency_hz <= nodes[-1] for nodes in allowed.values()):
        return []
    spans = ", ".join(f"{n[0] / 1e9:g} to {n[-1] / 1e9:g} GHz in band {key}" for key, n in allowed.items())
    return [Problem(place, f"{frequency_hz / 1e9:.6g} GHz", spans)]


def availability_problems(availability_frac: float) -> list[Problem]:
    """Return what is wrong with an availability: outside the tables."""
    low, high = 1.0 - EXCEEDED_FRAC[0], 1.0 - EXCEEDED_FRAC[-1]
    if low <= availability_frac <= high + 1e-12:
        return []
    found, allowed = f"{100.0 * availability_frac:g} %", f"{100.0 * low:g} to {100.0 * high:g} %"
    return [Problem("availability", found, allowed, "the ITU-R statistics are tabulated there")]


@functools.cache
def shipped() -> dict[str, Air]:
    """Return the tabulated places: the stations of the catalogue, and Beijing.

    Returns
    -------
    dict
        Station key → `Air`.

    Source
    ------
    `air.csv`, made by `python -m orbitdc.links.tabulate`.

    Examples
    --------
    >>> {"miyun", "kashi", "beijing"} <= set(shipped())
    True
    """
    text = resources.files(__package__).joinpath("air.csv").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        found.setdefault(row["place"], []).append(row)
    return {place: _air(place, rows) for place, rows in found.items()}


def _air(place: str, rows: list[dict[str, str]]) -> Air:
    frequency_hz = np.array([node for nodes in BANDS.values() for node in nodes])
    shape = (len(frequency_hz), len(EXCEEDED_FRAC))

    def column(name: str) -> Floats:
        return np.array([float(row[name]) for row in rows]).reshape(shape)

    rain_db = np.stack([column(f"rain_{elevation:g}") for elevation in ELEVATION_DEG], axis=-1)
    first = rows[0]
    return Air(
        place,
        float(first["lat_deg"]),
        float(first["lon_deg"]),
        float(first["altitude_m"]),
        frequency_hz,
        np.array(EXCEEDED_FRAC),
        column("gas"),
        column("cloud"),
        column("scintillation"),
        rain_db,
    )


def air_of(place: str) -> Air:
    """Return the air over a tabulated place, by the station's key.

    >>> air_of("sanya").altitude_m
    28.0
    """
    return shipped()[place]


@functools.cache
def air_at(lat_deg: float, lon_deg: float, altitude_m: float, place: str = "station") -> Air:
    """Return the air over a place: the shipped table near by, or one computed with the extra `itu`.

    Parameters
    ----------
    lat_deg, lon_deg, altitude_m : float [deg], [deg], [m]
        Where the station stands.
    place : str
        How to call it in messages.

    Returns
    -------
    Air

    Raises
    ------
    InputError
        No table within 10 km and 200 m of height, and `itur` is not installed.

    Assumptions
    -----------
    The maps of the model have cells of 14 to 125 km: 10 km change nothing that they can tell.

    Source
    ------
    As in `Air.losses`.

    Examples
    --------
    >>> air_at(40.45, 116.86, 100.0).place
    'miyun'
    """
    found = _near(lat_deg, lon_deg, altitude_m)
    if found is not None:
        return found
    problems = air_problems(lat_deg, lon_deg, altitude_m, place)
    if problems:
        raise InputError(*problems)
    return compute(place, lat_deg, lon_deg, altitude_m)


def air_problems(lat_deg: float, lon_deg: float, altitude_m: float, place: str) -> list[Problem]:
    """Return what keeps a place from having its air: no table near by, and no `itur` to compute one.

    >>> air_problems(40.45, 116.86, 100.0, "station.miyun")
    []
    """
    if itu.installed() or _near(lat_deg, lon_deg, altitude_m) is not None:
        return []
    nearest = min(shipped().values(), key=lambda air: _distance_m(lat_deg, lon_deg, air))
    away_km = _distance_m(lat_deg, lon_deg, nearest) / 1e3
    return [
        Problem(
            place,
            f"{lat_deg:g} N {lon_deg:g} E {altitude_m:g} m, for which no attenuation is tabulated",
            f"a place within {NEAR_M / 1e3:g} km and {NEAR_ALTITUDE_M:g} m of height of a shipped station "
            f"(nearest: {nearest.place}, {away_km:.0f} km, {nearest.altitude_m:g} m)",
            f"to compute a new one: {itu.INSTALL}",
        )
    ]


def _near(lat_deg: float, lon_deg: float, altitude_m: float) -> Air | None:
    """Return the nearest table that holds for a place."""
    level = (air for air in shipped().values() if abs(air.altitude_m - altitude_m) <= NEAR_ALTITUDE_M)
    nearest = min(level, key=lambda air: _distance_m(lat_deg, lon_deg, air), default=None)
    if nearest is None or _distance_m(lat_deg, lon_deg, nearest) > NEAR_M:
        return None
    return nearest


def _distance_m(lat_deg: float, lon_deg: float, air: Air) -> float:
    """Great-circle distance on the sphere."""
    lat, other = lat_deg * DEG, air.lat_deg * DEG
    turn = (lon_deg - air.lon_deg) * DEG
    haversine = math.sin((lat - other) / 2) ** 2 + math.cos(lat) * math.cos(other) * math.sin(turn / 2) ** 2
    return 2e3 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(haversine)))


def compute(place: str, lat_deg: float, lon_deg: float, altitude_m: float) -> Air:
    """Return the air over any place, by the ITU-R model itself; needs the extra `itu`.

    Parameters
    ----------
    place : str
        Its name.
    lat_deg, lon_deg, altitude_m : float [deg], [deg], [m]

    Returns
    -------
    Air
        Rain never more than at a lower elevation: over the rainiest places the model gives the zenith up to
        a third more than 45 deg, whose path is longer.

    Raises
    ------
    InputError
        `itur` is not installed.
    """
    elevation_deg = np.array(ELEVATION_DEG)
    frequency_hz = np.array([node for nodes in BANDS.values() for node in nodes])
    parts = [
        [itu.contributions(lat_deg, lon_deg, altitude_m, hz, elevation_deg, share) for share in EXCEEDED_FRAC]
        for hz in frequency_hz
    ]
    gas, cloud, rain, scintillation = (_stack(parts, k) for k in range(4))
    return Air(
        place,
        lat_deg,
        lon_deg,
        altitude_m,
        frequency_hz,
        np.array(EXCEEDED_FRAC),
        gas[..., 0].copy(),
        cloud[..., 0].copy(),
        scintillation[..., 0].copy(),
        np.minimum.accumulate(rain[..., ::-1], axis=-1)[..., ::-1].copy(),
    )


def _stack(parts: Iterable[Iterable[tuple[Floats, ...]]], k: int) -> Floats:
    return np.array([[one[k] for one in row] for row in parts])
