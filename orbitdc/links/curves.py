"""Link curves: the links of a scenario by elevation. Scenario → rate and margin, best and worst station."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import DEG
from ..orbit.geometry import slant_range_m
from .attenuation import air_at
from .budget import budget_of
from .lasers import receiving_end, sending_end
from .optical import laser_budget
from .terminals import Receiver, Transmitter, receiver_of, transmitter_of, uplink_of
from .turbulence import ELEVATION_DEG as LASER_ELEVATION_DEG
from .turbulence import ClearSky, sky_radiance_w_per_m3_sr

if TYPE_CHECKING:
    from ..scenario.models import Radio, Scenario, Station

Floats = NDArray[np.float64]

ELEVATIONS_DEG = (5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 75.0, 90.0)
"""Elevations of a curve."""

DEFAULT_ALTITUDE_M = 750e3
"""Of a satellite whose orbit comes from an element set."""


@dataclass(frozen=True)
class Curve:
    """One kind of link by elevation (e,): the range over the stations that have it.

    `rate_bit_per_s` (2, e), lowest and highest; `margin_db` (2, e), what the level may still lose before the
    slowest rate is lost, below 0 where no link closes.
    """

    name: str
    n_stations: int
    elevation_deg: Floats
    rate_bit_per_s: Floats
    margin_db: Floats


def curves(scenario: Scenario) -> list[Curve]:
    """Return the kinds of links that a scenario has, each with its first spacecraft.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of Curve
        Data down and up by band, telemetry and command, laser.

    Assumptions
    -----------
    The satellite flies at the altitude of the first batch of its kind. Radio holds for the scenario's
    availability; the laser has a clear sky, the Sun on the horizon and as near to the beam as allowed.

    Source
    ------
    `budget.budget_of`, `optical.laser_budget`.
    """
    stations = [scenario.station[key] for key in scenario.ground.stations]
    found: dict[str, Curve] = {}
    for phase in scenario.phase:
        for batch in phase.batch:
            craft = scenario.spacecraft[batch.spacecraft]
            altitude_m = batch.orbit.altitude_m or DEFAULT_ALTITUDE_M
            commanding = [one for one in stations if one.n_command > 0]
            for radio, down, up, heard in (
                (craft.radio, "down", "up", stations),
                (craft.telemetry, "telemetry", "command", commanding),
            ):
                if radio is None:
                    continue
                for direction, is_up in ((down, False), (up, True)):
                    name = f"{radio.band.capitalize()} {direction}"
                    if name not in found:
                        rows = list(_radio_rows(scenario, radio, is_up, heard, altitude_m))
                        if rows:
                            found[name] = _curve(name, ELEVATIONS_DEG, rows)
            if craft.downlaser is not None and "laser down" not in found:
                rows = list(_laser_rows(scenario, craft.downlaser, stations, altitude_m))
                if rows:
                    elevations = tuple(deg for deg in ELEVATIONS_DEG if deg >= LASER_ELEVATION_DEG[-1])
                    found["laser down"] = _curve("laser down", elevations, rows)
    return list(found.values())


def _curve(name: str, elevations: tuple[float, ...], rows: list[list[tuple[float, float]]]) -> Curve:
    table = np.array(rows)  # station, elevation, (rate, margin)
    ends = np.stack([table.min(axis=0), table.max(axis=0)])
    return Curve(name, len(rows), np.array(elevations), ends[..., 0], ends[..., 1])


def _radio_rows(
    scenario: Scenario, radio: Radio, is_up: bool, stations: list[Station], altitude_m: float
) -> Iterator[list[tuple[float, float]]]:
    dense_db = {str(name): margin for name, margin in scenario.links.dense_margin_db.items()}
    for station in stations:
        if radio.band not in station.band:
            continue
        antenna = station.band[radio.band]
        ends: tuple[Transmitter, Receiver] | None
        ends = transmitter_of(radio, dense_db), receiver_of(antenna, radio.band)
        if is_up:
            ends = uplink_of(radio, antenna, dense_db)
        if ends is None:
            continue
        air = air_at(station.lat_deg, station.lon_deg, station.altitude_m, station.full_name)
        lowest_db = float(ends[0].ladder.required_db[0])
        row = []
        for deg in ELEVATIONS_DEG:
            reach_m = float(slant_range_m(altitude_m, deg * DEG))
            one = budget_of(reach_m, deg * DEG, *ends, air, scenario.links.availability_frac)
            row.append((one.rate_bit_per_s, one.esn0_db - lowest_db))
        yield row


def _laser_rows(
    scenario: Scenario, name: str, stations: list[Station], altitude_m: float
) -> Iterator[list[tuple[float, float]]]:
    sender = sending_end(scenario.downlaser[name])
    for station in stations:
        if station.telescope is None:
            continue
        receiver = receiving_end(scenario.telescope[station.telescope])
        bright = float(sky_radiance_w_per_m3_sr(receiver.sun_exclusion_rad, 0.0))
        row = []
        for deg in ELEVATIONS_DEG:
            if deg < LASER_ELEVATION_DEG[-1]:
                continue
            reach_m = float(slant_range_m(altitude_m, deg * DEG))
            sky = ClearSky.over(station.altitude_m)
            one = laser_budget(reach_m, sender, receiver, sky, deg * DEG, bright)
            slowest = sender.rates_bit_per_s[0] / max(one.rate_bit_per_s, sender.rates_bit_per_s[0])
            row.append((one.rate_bit_per_s, one.margin_db - 10.0 * math.log10(slowest)))
        yield row
