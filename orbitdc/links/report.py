"""The text of `orbitdc link`: station, band, elevations, availability → budgets line by line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..constants import DEG
from ..errors import InputError, Problem
from ..orbit.geometry import slant_range_m
from .attenuation import BANDS, DEFAULT_AVAILABILITY_FRAC, ELEVATION_DEG, Air, air_at
from .budget import budget_of
from .lasers import DOWNLINK, TELESCOPE
from .optical import laser_budget
from .terminals import REFERENCE, Receiver, Transmitter, receiver_of, transmitter_of
from .turbulence import ELEVATION_DEG as LASER_ELEVATION_DEG
from .turbulence import ClearSky, sky_radiance_w_per_m3_sr

if TYPE_CHECKING:
    from ..scenario.models import Radio, Station

MAX_COLUMNS = 4
"""Elevations that fit into 80 columns."""

OPTICAL = "optical"
"""Name of the laser among the bands."""

LADDER_DEG = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0)
"""Elevations of the table under a budget."""

AVAILABILITIES_FRAC = (0.9, 0.99, 0.999)
"""Availabilities of the table under a budget, beside the one asked for."""

Row = tuple[str, float, str]


def link_text(
    station: Station,
    band: str,
    elevation_deg: Sequence[float] = (10.0, 30.0, 90.0),
    availability_frac: float = DEFAULT_AVAILABILITY_FRAC,
    *,
    radio: Radio | None = None,
    altitude_m: float = 750e3,
) -> str:
    """Return the budgets of the links between a station and a satellite, line by line, within 80 columns.

    Parameters
    ----------
    station : Station
        Of the catalogue, or like one.
    band : str
        "s", "x", "ka" or "optical".
    elevation_deg : sequence of float [deg]
        Columns of the budget, up to four; the lowest of a laser is 20 deg.
    availability_frac : float
        Share of an average year in which the radio budget holds.
    radio : Radio, optional
        The satellite's; a reference link of the band where none is given, uplink included.
    altitude_m : float [m]
        Of the satellite.

    Returns
    -------
    str
        Budget down, rate by elevation and availability, budget up.

    Raises
    ------
    InputError
        A band that is not, a radio of another band, too many or too low elevations, no table for the place.

    Examples
    --------
    >>> from orbitdc.scenario.models import Antenna, Station
    >>> miyun = Station.model_construct(full_name="Miyun", lat_deg=40.45, lon_deg=116.86, altitude_m=100.0,
    ...     band={"x": Antenna.model_construct(g_over_t_db_per_k=37.3)})
    >>> print(link_text(miyun, "x", [10.0]).splitlines()[0])
    Miyun, 40.45 N 116.86 E 100 m
    """
    problems = _problems(station, band, elevation_deg, radio)
    if problems:
        raise InputError(*problems)
    place = f"{station.full_name}, {_coordinates(station)}"
    if band == OPTICAL:
        return "\n".join(_laser_lines(place, station, elevation_deg, altitude_m))
    air = air_at(station.lat_deg, station.lon_deg, station.altitude_m, station.full_name)
    sender, listener = REFERENCE[band, "down"]
    if band in station.band:
        listener = receiver_of(station.band[band], band)
    if radio is not None:
        sender = transmitter_of(radio)
    lines = [place, f"{band}-band downlink, satellite at {altitude_m / 1e3:g} km"]
    if radio is None:
        lines.append("no radio named: the reference transmitter of the band")
    if band not in station.band:
        lines.append(f"the station lists no {band}-band: the reference antenna of the band")
    lines += ["", *_carrier(sender, availability_frac), ""]
    lines += _radio_lines(sender, listener, air, elevation_deg, availability_frac, altitude_m)
    lines += ["", *_rate_lines(sender, listener, air, availability_frac, altitude_m)]
    if radio is None:
        up = REFERENCE[band, "up"]
        lines += ["", f"{band}-band uplink, reference station and satellite", ""]
        lines += [*_carrier(up[0], availability_frac), ""]
        lines += _radio_lines(*up, air, elevation_deg, availability_frac, altitude_m)
    return "\n".join(lines)


def _problems(
    station: Station, band: str, elevation_deg: Sequence[float], radio: Radio | None
) -> list[Problem]:
    names = [*BANDS, OPTICAL]
    if band not in names:
        return [Problem("--band", repr(band), "one of " + ", ".join(names))]
    problems = []
    lowest = min(LASER_ELEVATION_DEG if band == OPTICAL else ELEVATION_DEG)
    if not 1 <= len(elevation_deg) <= MAX_COLUMNS:
        problems.append(Problem("--elevation", f"{len(elevation_deg)} values", f"one to {MAX_COLUMNS}"))
    for value in elevation_deg:
        if not lowest <= value <= 90.0:
            problems.append(Problem("--elevation", f"{value:g} deg", f"{lowest:g} to 90 deg in {band}"))
    if radio is not None and radio.band != band:
        problems.append(Problem("radio.band", repr(radio.band), repr(band)))
    return problems


def _coordinates(station: Station) -> str:
    north, east = station.lat_deg, (station.lon_deg + 180.0) % 360.0 - 180.0
    lat = f"{abs(north):g} {'N' if north >= 0.0 else 'S'}"
    lon = f"{abs(round(east, 6)):g} {'E' if east >= 0.0 else 'W'}"
    return f"{lat} {lon} {station.altitude_m:g} m"


def _carrier(sender: Transmitter, availability_frac: float) -> list[str]:
    return [
        f"carrier {sender.frequency_hz / 1e9:g} GHz, {sender.symbol_rate_hz / 1e6:g} Msymbol/s, "
        f"DVB-S2X; holds {100.0 * availability_frac:g} % of an average year"
    ]


def _columns(rows: Sequence[Sequence[Row]]) -> list[str]:
    """Lay budgets side by side: name, a column for each, unit."""
    lines = []
    for line in zip(*rows, strict=True):
        values = "".join(f"{value + 0.0:>11.2f}" for _, value, _ in line)
        lines.append(f"{line[0][0]:<26}{values}  {line[0][2]}")
    return lines


def _radio_lines(
    sender: Transmitter,
    listener: Receiver,
    air: Air,
    elevation_deg: Sequence[float],
    availability_frac: float,
    altitude_m: float,
) -> list[str]:
    budgets = [
        budget_of(_range_m(altitude_m, deg), deg * DEG, sender, listener, air, availability_frac)
        for deg in elevation_deg
    ]
    rows: list[tuple[Row, ...]] = []
    for one in budgets:
        required = one.required_esn0_db
        named = [
            ("required Es/N0", required, "dB") if row[0].startswith("required") else row for row in one.rows
        ]
        rows.append(tuple(named))
    lines = _columns([one[:-1] for one in rows])
    lines.append(f"{'MODCOD':<26}" + "".join(f"{_short(one.modcod):>11}" for one in budgets))
    return lines + _columns([one[-1:] for one in rows])


def _short(modcod: str) -> str:
    """Return a scheme's name in ten columns: `256APSK 31/45-L` as `256 31/45L`."""
    return modcod.replace("APSK", "").replace("-L", "L") if "APSK" in modcod else modcod


def _rate_lines(
    sender: Transmitter, listener: Receiver, air: Air, availability_frac: float, altitude_m: float
) -> list[str]:
    shares = sorted({*AVAILABILITIES_FRAC, availability_frac})
    lines = ["rate [Mbit/s] by elevation and availability"]
    lines.append(f"{'elevation':>12}" + "".join(f"{f'{100.0 * share:g} %':>14}" for share in shares))
    for deg in LADDER_DEG:
        rates = [
            budget_of(_range_m(altitude_m, deg), deg * DEG, sender, listener, air, share).rate_bit_per_s
            for share in shares
        ]
        lines.append(f"{deg:>8g} deg" + "".join(f"{rate / 1e6:>14.1f}" for rate in rates))
    return lines


def _range_m(altitude_m: float, elevation_deg: float) -> float:
    return float(slant_range_m(altitude_m, elevation_deg * DEG))


def _laser_lines(
    place: str, station: Station, elevation_deg: Sequence[float], altitude_m: float
) -> list[str]:
    sky = ClearSky.over(station.altitude_m)
    # the brightest sky that is looked at: beside the Sun as near as allowed, the Sun on the horizon
    bright = float(sky_radiance_w_per_m3_sr(TELESCOPE.sun_exclusion_rad, 0.0))
    budgets = [
        laser_budget(_range_m(altitude_m, deg), DOWNLINK, TELESCOPE, sky, deg * DEG, bright)
        for deg in elevation_deg
    ]
    return [
        place,
        f"laser downlink, satellite at {altitude_m / 1e3:g} km",
        "reference terminal and telescope; the sky is clear, the Sun on the horizon",
        "",
        f"{DOWNLINK.wavelength_m * 1e9:.0f} nm, {1e3 * TELESCOPE.aperture_m:.0f} mm telescope, "
        f"acquisition {DOWNLINK.acquisition_s:g} s, Sun exclusion "
        f"{math.degrees(TELESCOPE.sun_exclusion_rad):g} deg",
        "",
        f"{'elevation':<26}" + "".join(f"{deg:>11.2f}" for deg in elevation_deg) + "  deg",
        *_columns([one.rows for one in budgets]),
    ]
