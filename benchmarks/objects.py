"""Objects: who flies and who watches in the benchmarks → element sets as text, satellites, stations.

Every library is given the same TLE text, so that all start from the same rounded elements.
"""

from __future__ import annotations

import functools
import itertools
import math
import pathlib
from datetime import UTC, datetime

from orbitdc.orbit.design import raan_rad, semi_major_axis_m, sun_synchronous_inclination_rad
from orbitdc.orbit.ephemeris import Satellite
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.tle import read_tle

ROOT = pathlib.Path(__file__).resolve().parents[1]
CATALOGUE = ROOT.parent / "shared" / "data" / "catalog_large.tle"
"""A catalogue of real objects, read where it is there."""

EARTH_RADIUS_KM, GM_KM3_PER_S2 = 6378.135, 398600.8  # WGS72, as SGP4 has them

PLACES = (
    Site("beijing", 40.07, 116.27, 50.0),
    Site("kashgar", 39.50, 75.93, 1300.0),
    Site("sanya", 18.31, 109.31, 20.0),
    Site("guiyang", 26.65, 106.63, 1100.0),
    Site("hohhot", 40.84, 111.75, 1050.0),
    Site("kiruna", 67.86, 20.96, 400.0),
    Site("svalbard", 78.23, 15.39, 450.0),
    Site("punta-arenas", -52.94, -70.85, 20.0),
    Site("nairobi", -1.29, 36.82, 1700.0),
    Site("sydney", -33.87, 151.21, 30.0),
    Site("lanzhou", 36.06, 103.83, 1520.0),
    Site("chongqing", 29.56, 106.55, 240.0),
    Site("chengdu", 30.57, 104.07, 500.0),
    Site("fairbanks", 64.84, -147.72, 140.0),
    Site("santiago", -33.45, -70.67, 570.0),
    Site("maspalomas", 27.76, -15.63, 200.0),
    Site("troll", -72.01, 2.53, 1270.0),
    Site("inuvik", 68.36, -133.72, 20.0),
    Site("hartebeesthoek", -25.89, 27.69, 1400.0),
    Site("wallops", 37.94, -75.47, 5.0),
)
"""Twenty stations from pole to pole; the first ten serve where ten are asked for."""


def places(n: int) -> tuple[Site, ...]:
    """Return `n` stations: the named ones, then others spread evenly over the sphere (Fibonacci)."""
    turn = math.pi * (3.0 - math.sqrt(5.0))
    more = [
        Site(
            f"site-{k}",
            math.degrees(math.asin(1.0 - 2.0 * (k + 0.5) / max(1, n - len(PLACES)))),
            math.degrees((k * turn) % (2.0 * math.pi)) - 180.0,
            0.0,
        )
        for k in range(n - len(PLACES))
    ]
    return (*PLACES, *more)[:n]


def sites(n: int) -> Sites:
    """Return the same as arrays."""
    return Sites.at(places(n))


@functools.lru_cache(maxsize=8)
def shell_lines(
    n: int, epoch: datetime, altitude_m: float = 750e3, ltan_h: float = 18.0
) -> tuple[tuple[str, str], ...]:
    """Return TLE lines of a dawn-dusk shell: planes within 20 degrees of the terminator, B* of 3e-5."""
    from sgp4.api import WGS72, Satrec
    from sgp4.exporter import export_tle

    axis_m = semi_major_axis_m(altitude_m)
    inclination_rad = sun_synchronous_inclination_rad(axis_m)
    node_rad = raan_rad(ltan_h, epoch)
    motion = 60.0 * math.sqrt(GM_KM3_PER_S2 / (EARTH_RADIUS_KM + altitude_m / 1e3) ** 3)
    n_planes = max(1, round(math.sqrt(n) / 3))
    since_1949_d = epoch.toordinal() + 1721424.5 - 2433281.5 + epoch.hour / 24.0
    lines = []
    for k in range(n):
        plane = k % n_planes
        record = Satrec()
        record.sgp4init(
            WGS72, "i", k + 1, since_1949_d, 3e-5, 0.0, 0.0,
            1e-3 * (0.2 + (k % 7) / 7.0),
            1.0 + 0.01 * (k % 11),
            inclination_rad,
            (2.0 * math.pi * (k // n_planes) / max(1, n // n_planes) + 0.1 * plane) % (2.0 * math.pi),
            motion,
            (node_rad + math.radians(20.0 * ((plane + 0.5) / n_planes - 0.5))) % (2.0 * math.pi),
        )  # fmt: skip
        record.classification, record.intldesg = "U", "26001A"
        record.ephtype, record.elnum, record.revnum = 0, 1, 1
        lines.append(export_tle(record))
    return tuple(lines)


def satellites(lines: tuple[tuple[str, str], ...]) -> list[Satellite]:
    """Return what our own reader makes of these lines."""
    found, problems = read_tle("\n".join(f"{one}\n{two}" for one, two in lines), "benchmark")
    if problems:
        raise ValueError(str(problems[0]))
    return found


def catalogue_lines(n: int) -> tuple[tuple[tuple[str, str], ...], datetime, str]:
    """Return lines of `n` real low objects and a day to look at, or of a synthetic shell without the file.

    Objects whose sets are damaged or older than five days, or that SGP4 has decay within the day, are left
    out, for there the libraries differ in what they do, not in how fast.
    """
    day = datetime(2026, 8, 23, tzinfo=UTC)
    if not CATALOGUE.is_file():
        return shell_lines(n, day, 550e3, 14.0), day, "synthetic"
    text = CATALOGUE.read_text(encoding="utf-8-sig").splitlines()
    pairs = [
        (one.rstrip(), two.rstrip())
        for one, two in itertools.pairwise(text)
        if one[:2] == "1 " and two[:2] == "2 "
    ]
    step = max(1, len(pairs) // (2 * n))
    chosen: list[tuple[str, str]] = []
    for one, two in pairs[::step]:
        if len(chosen) == n:
            break
        if _is_good(one, two, day):
            chosen.append((one, two))
    return tuple(chosen), day, "real"


def _is_good(one: str, two: str, day: datetime) -> bool:
    from sgp4.api import WGS72, Satrec

    found, problems = read_tle(f"{one}\n{two}", "catalogue")
    if problems or not found:
        return False
    age_d = abs((found[0].epoch - day).total_seconds()) / 86400.0
    record = Satrec.twoline2rv(one, two, WGS72)
    midnight = day.toordinal() + 1721424.5
    dies = any(record.sgp4(midnight, fraction)[0] for fraction in (0.0, 0.5, 1.0))
    return age_d < 5.0 and record.no_kozai > 2.0 * math.pi / 225.0 and not dies
