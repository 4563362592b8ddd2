"""Cloud over telescopes: monthly statistics, distances, a seed → who is open when, alone and together."""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..constants import DEG, EARTH_RADIUS_KM
from ..errors import InputError, Problem, nearest
from .copula import normal_quantile, pair_cdf

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

Hour = Literal["night", "dawn", "dusk"]
Case = Literal["clear", "central", "cloudy"]

STEP_S = 3600.0
"""Step of the weather: a state holds for an hour at least."""

CORRELATION_LENGTH_M = 400e3
"""Distance at which the correlation of cloud falls to 1/e beyond the season that sites share (estimate)."""

DUSK_FACTOR = 1.08
"""Cloud at dusk over cloud at night: the afternoon's leaves late over the west (facts: + 8 % relative)."""

TWILIGHT_SPREAD_FACTOR = 2.0
"""How much wider the spread is at an hour that the statistics are not of (assumption)."""

SETTLING = 12.0
"""Persistence times run before a weather begins, so that it does not know how it was started."""


@dataclass(frozen=True)
class CloudSite:
    """Cloud statistics over one telescope."""

    name: str
    lat_deg: float
    lon_deg: float
    hour: Hour
    """Hour that the statistics are of."""
    cloudy_frac: tuple[float, ...]
    """Share of time too cloudy for a laser, January to December."""
    spread_frac: float
    """How far off that may be, as a share of it."""
    persistence_s: float
    """Time in which the correlation with the present falls to 1/e."""
    confidence: str

    def at(self, hour: Hour, case: Case = "central") -> CloudSite:
        """Return the statistics at an hour: twilight as the night, dusk cloudier, the spread twice as wide.

        Parameters
        ----------
        hour : "night", "dawn" or "dusk"
            When the contacts are; a dawn-dusk fleet passes in twilight.
        case : "clear", "central" or "cloudy"
            Lower end, middle or upper end of the spread.

        Assumptions
        -----------
        No twilight statistics by site were found. Cloud over the west peaks early in the afternoon (06 to
        09 UTC), and dawn is as good as the night before it.

        Examples
        --------
        >>> site = cloud_site("ngari")
        >>> site.at("dawn").cloudy_frac[0], site.at("dusk").cloudy_frac[0], site.at("dawn").spread_frac
        (0.146, 0.15768, 0.3)
        """
        if hour == self.hour:
            factor, spread_frac = 1.0, self.spread_frac
        else:
            factor = DUSK_FACTOR if hour == "dusk" else 1.0
            spread_frac = TWILIGHT_SPREAD_FACTOR * self.spread_frac
        shift = 1.0 + {"clear": -1.0, "central": 0.0, "cloudy": 1.0}[case] * spread_frac
        cloudy = tuple(min(max(round(share * factor * shift, 6), 0.005), 0.995) for share in self.cloudy_frac)
        return replace(self, hour=hour, cloudy_frac=cloudy, spread_frac=spread_frac)


@functools.cache
def cloud_sites() -> dict[str, CloudSite]:
    """Return the shipped statistics, by station key.

    >>> sorted(cloud_sites())[:3]
    ['daocheng', 'delingha', 'lijiang-gaomeigu']
    """
    text = resources.files(__package__).joinpath("cloud.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        row["site"]: CloudSite(
            row["site"],
            float(row["lat_deg"]),
            float(row["lon_deg"]),
            "night",
            tuple(float(row[f"m{month:02d}"]) for month in range(1, 13)),
            float(row["spread"]),
            3600.0 * float(row["persistence_h"]),
            row["confidence"],
        )
        for row in rows
    }


def cloud_site(name: str) -> CloudSite:
    """Return the shipped statistics of one site.

    Raises
    ------
    InputError
        None are shipped.
    """
    if name not in cloud_sites():
        allowed = "one of " + ", ".join(cloud_sites())
        raise InputError(Problem("cloud", f"no statistics of {name}", allowed, nearest(name, cloud_sites())))
    return cloud_sites()[name]


@dataclass(frozen=True)
class Climate:
    """The statistics that a weather is drawn from, for some sites together.

    `cloudy_frac` (12, g); `correlation` (g, g), of the states of two sites within a month, as asked for;
    `achieved` (12, g, g), what two chains of these shares can have; `latent` (12, g, g), of the normal
    variates that drive them.
    """

    sites: tuple[CloudSite, ...]
    cloudy_frac: Floats
    correlation: Floats
    achieved: Floats
    latent: Floats

    def __post_init__(self) -> None:
        for values in (self.cloudy_frac, self.correlation, self.achieved, self.latent):
            values.flags.writeable = False

    def stay_cloudy_frac(self, month: int) -> tuple[Floats, Floats]:
        """Return the chance of being cloudy in the next hour after a cloudy and after a clear one (g,)."""
        kept = np.exp(-STEP_S / np.array([site.persistence_s for site in self.sites]))
        share = self.cloudy_frac[month]
        return share + (1.0 - share) * kept, share * (1.0 - kept)

    def both_cloudy_frac(self, month: int, first: int, second: int) -> float:
        """Return the share of time in which two sites are closed at once."""
        a, b = self.cloudy_frac[month, [first, second]]
        return float(a * b + self.achieved[month, first, second] * math.sqrt(a * (1 - a) * b * (1 - b)))


def climate(
    sites: Sequence[CloudSite],
    correlation: Floats | None = None,
    correlation_length_m: float = CORRELATION_LENGTH_M,
) -> Climate:
    """Return the joint statistics of some sites.

    Each site is a two-state Markov chain, cloudy or clear, whose steps are driven by normal variates
    correlated between sites; their correlation is solved for, so that the states have the one asked for.

    Parameters
    ----------
    sites : sequence of CloudSite
    correlation : array (g, g), optional
        Of the states of two sites within a month; exp(-distance / length) by default. Seasons in common come
        on top of it.
    correlation_length_m : float [m]
        That length.

    Returns
    -------
    Climate

    Raises
    ------
    InputError
        A correlation matrix of the wrong size, or with a negative entry.

    Assumptions
    -----------
    A month has one share of cloud; sites of different shares cannot be closed at the same times altogether,
    and get the largest correlation that they can have.

    Source
    ------
    Stationary joint law of two chains with common innovations: four linear equations, solved in closed form;
    Gaussian copula.

    Examples
    --------
    >>> two = climate([cloud_site("lijiang-gaomeigu"), cloud_site("daocheng")])
    >>> bool(two.correlation[0, 1] > 0.5), bool(abs(two.achieved[6, 0, 1] - two.correlation[0, 1]) < 1e-6)
    (True, True)
    """
    n = len(sites)
    cloudy = np.array([site.cloudy_frac for site in sites]).T.reshape(12, n)
    wanted = (
        _by_distance(sites, correlation_length_m)
        if correlation is None
        else np.array(correlation, dtype=np.float64)
    )
    if wanted.shape != (n, n) or not np.all((wanted >= 0.0) & (wanted <= 1.0)):
        raise InputError(Problem("correlation", str(wanted.shape), f"{n} by {n} values from 0 to 1"))
    latent, achieved = np.tile(np.eye(n), (12, 1, 1)), np.tile(np.eye(n), (12, 1, 1))
    kept = np.exp(-STEP_S / np.array([site.persistence_s for site in sites]))
    for i in range(n):
        for j in range(i):
            rho, got = _latent(cloudy[:, i], cloudy[:, j], kept[i], kept[j], wanted[i, j])
            latent[:, i, j] = latent[:, j, i] = rho
            achieved[:, i, j] = achieved[:, j, i] = got
    return Climate(
        tuple(sites), cloudy, wanted, achieved, np.array([_nearest_positive(one) for one in latent])
    )


def _by_distance(sites: Sequence[CloudSite], length_m: float) -> Floats:
    lat, lon = (np.array([getattr(site, key) for site in sites]) * DEG for key in ("lat_deg", "lon_deg"))
    east = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    place = np.stack(east, axis=-1)
    cosine = np.clip(place @ place.T, -1.0, 1.0)
    away_m = 1e3 * EARTH_RADIUS_KM * np.arccos(cosine)
    np.fill_diagonal(away_m, 0.0)
    return np.asarray(np.exp(-away_m / length_m))


def _latent(a: Floats, b: Floats, kept_a: float, kept_b: float, wanted: float) -> tuple[Floats, Floats]:
    """Return, month by month, the correlation of the innovations and that of the states that it gives."""
    low, high = np.zeros(12), np.full(12, 0.9999)
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = _state_correlation(a, b, kept_a, kept_b, middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    rho = 0.5 * (low + high) if wanted > 0.0 else np.zeros(12)
    return rho, _state_correlation(a, b, kept_a, kept_b, rho)


def _state_correlation(a: Floats, b: Floats, kept_a: float, kept_b: float, rho: Floats) -> Floats:
    """Return the stationary correlation of two chains: both are closed next after each of four states."""
    after = [normal_quantile(share + (1.0 - share) * kept) for share, kept in ((a, kept_a), (b, kept_b))]
    clear = [normal_quantile(share * (1.0 - kept)) for share, kept in ((a, kept_a), (b, kept_b))]
    both, only_a = pair_cdf(after[0], after[1], rho), pair_cdf(after[0], clear[1], rho)
    only_b, none = pair_cdf(clear[0], after[1], rho), pair_cdf(clear[0], clear[1], rho)
    x = (a * only_a + b * only_b + (1.0 - a - b) * none) / (1.0 - both + only_a + only_b - none)
    return np.asarray((x - a * b) / np.sqrt(a * (1.0 - a) * b * (1.0 - b)))


def _nearest_positive(matrix: Floats) -> Floats:
    """Return a correlation matrix near one that pairs were fitted to without regard for each other."""
    value, vector = np.linalg.eigh(matrix)
    if value[0] > 1e-9:
        return matrix
    whole = (vector * np.maximum(value, 1e-9)) @ vector.T
    scale = 1.0 / np.sqrt(np.diag(whole))
    return np.asarray(whole * np.multiply.outer(scale, scale))


@dataclass(frozen=True)
class Weather:
    """Who is open when: `cloudy` (t, g) at each step from `start`; the state holds to the next."""

    names: tuple[str, ...]
    start: datetime
    step_s: float
    cloudy: Mask

    def __post_init__(self) -> None:
        self.cloudy.flags.writeable = False

    def clear_at(self, time_s: Floats, site: int) -> Mask:
        """Return whether a site is open at some seconds since the start."""
        row = np.clip(np.floor(np.asarray(time_s) / self.step_s).astype(np.int64), 0, len(self.cloudy) - 1)
        return np.asarray(~self.cloudy[row, site])

    def diversity(self) -> Diversity:
        """Return what the sites give, alone and together."""
        alone = 1.0 - self.cloudy.mean(axis=0)
        together = 1.0 - float(self.cloudy.all(axis=1).mean())
        return Diversity(self.names, tuple(float(share) for share in alone), together)


@dataclass(frozen=True)
class Diversity:
    """Availability of some sites against cloud."""

    names: tuple[str, ...]
    alone_frac: tuple[float, ...]
    """Share of time in which each is open."""
    together_frac: float
    """Share of time in which one at least is open."""

    @property
    def gain_frac(self) -> float:
        """What all have over the best alone."""
        return self.together_frac - max(self.alone_frac)

    @property
    def outage_ratio(self) -> float:
        """How many times less often the network is closed than its best site."""
        closed = 1.0 - self.together_frac
        return (1.0 - max(self.alone_frac)) / closed if closed > 0.0 else math.inf


def draw(climate_of: Climate, start: datetime, n_steps: int, seed: np.random.SeedSequence) -> Weather:
    """Draw the weather over the sites of a climate, hour by hour.

    Parameters
    ----------
    climate_of : Climate
    start : datetime
        First hour, aware.
    n_steps : int
        Hours wanted.
    seed : SeedSequence
        Same seed, same weather.

    Returns
    -------
    Weather

    Assumptions
    -----------
    The first hour is drawn from the long run of its month (twelve persistence times are thrown away).

    Examples
    --------
    >>> from datetime import UTC
    >>> of = climate([cloud_site("ngari")])
    >>> week = draw(of, datetime(2030, 1, 1, tzinfo=UTC), 168, np.random.SeedSequence(1))
    >>> again = draw(of, datetime(2030, 1, 1, tzinfo=UTC), 168, np.random.SeedSequence(1))
    >>> week.cloudy.shape, bool((week.cloudy == again.cloudy).all())
    ((168, 1), True)
    """
    generator = np.random.default_rng(seed)
    n_sites = len(climate_of.sites)
    root = np.array([np.linalg.cholesky(one) for one in climate_of.latent])
    chances = [climate_of.stay_cloudy_frac(month) for month in range(12)]
    # a step is cloudy where its normal variate falls below the threshold of the state before
    threshold = np.array([[normal_quantile(clear), normal_quantile(cloudy)] for cloudy, clear in chances])
    n_settle = math.ceil(SETTLING * max(site.persistence_s for site in climate_of.sites) / STEP_S)
    month = np.array(
        [(start + timedelta(seconds=STEP_S) * max(k, 0)).month - 1 for k in range(-n_settle, n_steps)]
    )
    noise = generator.standard_normal((len(month), n_sites))
    driver = np.einsum("tij,tj->ti", root[month], noise)
    below_clear, below_cloudy = driver < threshold[month, 0], driver < threshold[month, 1]
    state = generator.random(n_sites) < climate_of.cloudy_frac[month[0]]
    cloudy = np.empty((len(month), n_sites), dtype=np.bool_)
    for k in range(len(month)):
        # being cloudy already makes the next hour's cloud likelier: the lower threshold implies the higher
        state = below_clear[k] | (state & below_cloudy[k])
        cloudy[k] = state
    names = tuple(site.name for site in climate_of.sites)
    return Weather(names, start, STEP_S, cloudy[n_settle:].copy())
