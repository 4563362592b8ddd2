"""A twin of the whole environment in plain NumPy, SciPy and Skyfield: no kernel, no formula of ours reused.

Slow on purpose and written from the definitions, one satellite and one step at a time, as an oracle for
tests and as the baseline of a benchmark. It reads satellites, spacecraft models and the shipped tables of
the radio link; everything it computes is its own.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from skyfield.api import EarthSatellite, load_file, wgs84
from skyfield.sgp4lib import TEME

from orbitdc.orbit.ephemeris import Satellite
from orbitdc.orbit.time import timescale
from orbitdc.scenario.models import Antenna, Radio, Spacecraft, Station

Floats = NDArray[np.float64]

AU_KM, SUN_KM = 149597870.7, 695700.0
EARTH_KM, FLATTENING = 6378.137, 1.0 / 298.257223563
SOLAR_W_PER_M2, INFRARED_W_PER_M2, ALBEDO = 1361.0, 237.0, 0.30
SIGMA = 5.670374419e-8
N_RAYS = 3000


# --- where everything is ------------------------------------------------------------------------------------


def times(start: datetime, step_s: float, n: int) -> Any:
    """One shared Skyfield time."""
    return timescale().utc(
        start.year, start.month, start.day, start.hour, start.minute, start.second + step_s * np.arange(n)
    )


def position_teme_km(satellite: Satellite, t: Any) -> Floats:
    """(t, 3) by Skyfield."""
    track = EarthSatellite.from_satrec(satellite.satrec, timescale()).at(t)
    xyz: Floats = track.frame_xyz(TEME).km.T
    return xyz


def velocity_teme_km_per_s(satellite: Satellite, t: Any) -> Floats:
    """(t, 3) by Skyfield."""
    track = EarthSatellite.from_satrec(satellite.satrec, timescale()).at(t)
    velocity: Floats = track.frame_xyz_and_velocity(TEME)[1].km_per_s.T
    return velocity


def sun_teme_km(t: Any) -> Floats:
    """(t, 3) apparent Sun by Skyfield."""
    path = resources.files("orbitdc.orbit") / "de421-sun-earth.bsp"
    ephemeris = load_file(str(path))
    sun: Floats = (
        ephemeris["earth"].at(t).observe(ephemeris["sun"]).apparent(deflectors=()).frame_xyz(TEME).km.T
    )
    ephemeris.close()
    return sun


def look(satellite: Satellite, station: Station, t: Any) -> tuple[Floats, Floats]:
    """Elevation [rad] and range [m] (t,) by Skyfield's own altaz."""
    site = wgs84.latlon(station.lat_deg, station.lon_deg, station.altitude_m)
    altitude, _, distance = (EarthSatellite.from_satrec(satellite.satrec, timescale()) - site).at(t).altaz()
    return altitude.radians, distance.m


# --- light --------------------------------------------------------------------------------------------------


def light_frac(r_km: Floats, sun_km: Floats) -> Floats:
    """Visible share of the Sun's disc past the WGS84 ellipsoid: rays to points spread evenly over it."""
    k = np.arange(N_RAYS) + 0.5
    radius, angle = np.sqrt(k / N_RAYS), k * np.pi * (3.0 - np.sqrt(5.0))
    squash = np.array([1.0, 1.0, 1.0 / (1.0 - FLATTENING)])
    share = np.empty(len(r_km))
    for i, (r, sun) in enumerate(zip(r_km, sun_km, strict=True)):
        to_sun = sun - r
        axis = to_sun / np.linalg.norm(to_sun)
        e1 = np.cross(axis, [0.0, 0.0, 1.0])
        e1 /= np.linalg.norm(e1)
        e2 = np.cross(axis, e1)
        disc = SUN_KM * radius[:, None] * (np.cos(angle)[:, None] * e1 + np.sin(angle)[:, None] * e2)
        # The ellipsoid is the unit sphere after scaling: a ray meets it if its nearest point is inside.
        origin = r * squash / EARTH_KM
        ray = (to_sun + disc) * squash / EARTH_KM
        along = -(ray @ origin) / np.einsum("ij,ij->i", ray, ray)
        nearest = np.linalg.norm(origin + np.clip(along, 0.0, 1.0)[:, None] * ray, axis=1)
        share[i] = np.mean(nearest > 1.0)
    return share


# --- link ---------------------------------------------------------------------------------------------------


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("orbitdc.links") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def rate_bit_per_s(range_m: float, elevation_rad: float, radio: Radio, antenna: Antenna) -> float:
    """Best DVB-S2X rate that closes over Beijing in 99 % of the year, on a carrier of the table."""
    (air,) = (
        row
        for row in _rows("air.csv")
        if (row["place"], float(row["frequency_ghz"]), float(row["exceeded"]))
        == ("beijing", radio.frequency_hz / 1e9, 0.01)
    )
    gas_db, cloud_db, scintillation_db = (float(air[name]) for name in ("gas", "cloud", "scintillation"))
    nodes = []
    for name in (name for name in air if name.startswith("rain_")):
        sine = np.sin(np.radians(float(name.removeprefix("rain_"))))
        absorbed_db = (gas_db + cloud_db) / sine + float(air[name])
        faded_db = np.hypot(
            cloud_db / sine + float(air[name]),
            scintillation_db * _averaging(sine, radio.frequency_hz) / _averaging(1.0, radio.frequency_hz),
        )
        glow_k = 272.3 * (10.0 ** (-gas_db / 10.0) - 10.0 ** (-absorbed_db / 10.0))  # 275 K air before 2.7 K
        clear_k = {"s": 130.0, "x": 120.0, "ka": 250.0}[radio.band]
        nodes.append((1.0 / sine, gas_db / sine + faded_db + 10.0 * np.log10(1.0 + glow_k / clear_k)))
    cosecant, loss_db = zip(*sorted(nodes), strict=True)
    free_space_db = 20.0 * np.log10(4.0 * np.pi * range_m * radio.frequency_hz / 299792458.0)
    noise_db = -10.0 * np.log10(1.380649e-23)
    a, b = 10.0 ** (1.5 / 20.0), 10.0 ** (1.0 / 20.0)  # axial ratios of satellite and station
    crossed_db = -10.0 * np.log10((a + b) ** 2 / ((1.0 + a**2) * (1.0 + b**2)))
    es_n0_db = (
        radio.eirp_dbw - free_space_db - np.interp(1.0 / np.sin(elevation_rad), cosecant, loss_db)
        + antenna.g_over_t_db_per_k + noise_db - 10.0 * np.log10(radio.symbol_rate_hz)
        - 0.12 - crossed_db - radio.implementation_db
    )  # fmt: skip
    rates = [
        float(row["efficiency_bit_per_symbol"]) * radio.symbol_rate_hz
        for row in _rows("dvb_s2x.csv")
        if float(row["esn0_db"]) + max(0.0, min(1.5, (int(row["bit_per_symbol"]) - 4.5))) <= es_n0_db
    ]
    return max(rates, default=0.0)


def _averaging(sine: float, frequency_hz: float) -> float:
    """Elevation in P.618 scintillation behind 5 m dishes of efficiency 0.5: aperture, path length."""
    path_m = 2000.0 / (np.sqrt(sine**2 + 2.35e-4) + sine)
    x = 1.22 * 0.5 * 5.0**2 * frequency_hz / 1e9 / path_m
    left = 3.86 * (x * x + 1.0) ** (11.0 / 12.0) * np.sin(11.0 / 6.0 * np.arctan(1.0 / x)) - 7.08 * x ** (
        5.0 / 6.0
    )
    return float(np.sqrt(left) / sine**1.2)


# --- power, battery, heat -----------------------------------------------------------------------------------


def absorbed_w(model: Spacecraft, r_km: Floats, sun_km: Floats) -> Floats:
    """Earth's heat on the radiator (t,)."""
    radiator = model.radiator
    r = np.linalg.norm(r_km, axis=1)
    sin_earth = EARTH_KM / r
    rho = np.arcsin(sin_earth)
    if radiator.attitude == "nadir":
        view, n_sides = sin_earth**2, 1
    else:
        view, n_sides = (rho - np.sin(rho) * np.cos(rho)) / np.pi, radiator.n_sides
    distance = np.linalg.norm(sun_km, axis=1)
    zenith = np.clip(np.einsum("ij,ij->i", r_km, sun_km) / (r * distance), 0.0, None)
    sunshine = SOLAR_W_PER_M2 * (AU_KM / distance) ** 2
    area = radiator.area_m2 * n_sides
    heat: Floats = (
        area
        * view
        * (
            radiator.emissivity_frac * INFRARED_W_PER_M2
            + radiator.absorptivity_frac * ALBEDO * sunshine * zenith
        )
    )
    return heat


def array_w(model: Spacecraft, r_km: Floats, v_km: Floats, sun_km: Floats) -> Floats:
    """Power of a new array had it full sunlight (t,)."""
    array = model.array
    distance = np.linalg.norm(sun_km, axis=1)
    normal = np.cross(r_km, v_km)
    sin_beta = np.einsum("ij,ij->i", normal, sun_km) / (np.linalg.norm(normal, axis=1) * distance)
    cosine = np.abs(sin_beta) if array.attitude == "orbit-normal" else 1.0
    sunshine = SOLAR_W_PER_M2 * (AU_KM / distance) ** 2
    power: Floats = array.area_m2 * array.efficiency_frac * array.packing_frac * sunshine * cosine
    return power


class Body:
    """Die, plate, radiator and battery of one satellite, stepped by solving the balances as they stand."""

    def __init__(self, model: Spacecraft, step_s: float) -> None:
        self.model, self.step_s = model, step_s
        self.kelvin = np.full(3, model.thermal.coolant_min_k)
        self.charge_j = model.battery.capacity_j

    def nodes(self, load_w: float, bus_w: float, heater_w: float, earth_w: float) -> Floats:
        """End temperatures for given heat flows: implicit Euler."""
        heat, dt = self.model.thermal, self.step_s
        capacities = np.array([heat.die_j_per_k, heat.plate_j_per_k, heat.radiator_j_per_k]) / dt
        g_die, g_radiator = 1.0 / heat.die_plate_k_per_w, 1.0 / heat.plate_radiator_k_per_w
        radiator = self.model.radiator
        emit = SIGMA * radiator.emissivity_frac * radiator.area_m2 * radiator.n_sides
        pump_w = self.model.bus.pump_frac * load_w

        def linear(t: float) -> Floats:
            matrix = np.array([[capacities[0] + g_die, -g_die], [-g_die, capacities[1] + g_die + g_radiator]])
            right = capacities[:2] * self.kelvin[:2] + [load_w, bus_w + pump_w + heater_w + g_radiator * t]
            return np.linalg.solve(matrix, right)

        def unbalanced(t: float) -> float:
            return float(
                capacities[2] * (t - self.kelvin[2]) + emit * t**4 - g_radiator * (linear(t)[1] - t) - earth_w
            )

        t = brentq(unbalanced, 1.0, 1500.0, xtol=1e-10, rtol=1e-14)
        return np.append(linear(t), t)

    def heater_for(self, load_w: float, bus_w: float, earth_w: float) -> float:
        """Heater power that keeps the plate from ending below its minimum, up to the largest there is."""
        heat = self.model.thermal

        def too_warm(heater_w: float) -> float:
            return float(self.nodes(load_w, bus_w, heater_w, earth_w)[1]) - heat.coolant_min_k

        if too_warm(0.0) >= 0.0 or heat.heater_max_w == 0.0:
            return 0.0
        if too_warm(heat.heater_max_w) <= 0.0:
            return heat.heater_max_w
        return float(brentq(too_warm, 0.0, heat.heater_max_w, xtol=1e-7))

    def coolest(self, load_w: float, bus_w: float, earth_w: float) -> float:
        """Largest load up to `load_w` that keeps the die at its limit."""

        def too_hot(trial_w: float) -> float:
            return float(self.nodes(trial_w, bus_w, 0.0, earth_w)[0]) - self.model.thermal.die_limit_k

        if too_hot(load_w) <= 0.0:
            return load_w
        return 0.0 if too_hot(0.0) > 0.0 else float(brentq(too_hot, 0.0, load_w, xtol=1e-7))

    def charging_w(self, spare_w: float) -> float:
        """What the battery takes of spare bus power."""
        battery = self.model.battery
        room_w = (battery.capacity_j - self.charge_j) / (battery.charge_efficiency_frac * self.step_s)
        return max(0.0, min(spare_w, battery.max_c_rate_per_h * battery.capacity_j / 3600.0, room_w))

    def settle(self, net_w: float) -> None:
        """Advance the battery under net bus power; nothing below the floor is expected here."""
        battery = self.model.battery
        if net_w >= 0.0:
            self.charge_j += battery.charge_efficiency_frac * self.charging_w(net_w) * self.step_s
        else:
            self.charge_j += net_w / battery.discharge_efficiency_frac * self.step_s


@dataclass(frozen=True)
class Day:
    """One satellite's course; shapes (t,)."""

    load_w: Floats
    charge_j: Floats
    die_k: Floats
    plate_k: Floats
    radiator_k: Floats
    idle_heater_w: Floats


def shed(
    model: Spacecraft,
    sun_w: Floats,
    light: Floats,
    earth_w: Floats,
    radio: Floats,
    step_s: float,
    n_spin: int,
) -> Day:
    """Largest loads on sunlight alone, after `n_spin` steps of the window's end."""
    n = len(sun_w)
    order = [*range(n - n_spin, n), *range(n)]
    bus, pump = model.bus, 1.0 + model.bus.pump_frac
    base_w = (bus.housekeeping_w + bus.radio_w * radio) * pump
    idle, heater_w = Body(model, step_s), np.zeros(n)
    for k in order:
        heater_w[k] = idle.heater_for(0.0, base_w[k], earth_w[k])
        idle.kelvin = idle.nodes(0.0, base_w[k], heater_w[k], earth_w[k])
    body, rows = Body(model, step_s), np.zeros((n, 5))
    full_w = model.compute.it_power_w if model.compute else 0.0
    die_w_per_k = model.thermal.die_j_per_k / step_s
    kept = die_w_per_k / (die_w_per_k + 1.0 / model.thermal.die_plate_k_per_w)
    for k in order:
        here_w = sun_w[k] * light[k] * model.array.conversion_frac - base_w[k]
        left_w = here_w - body.charging_w(max(here_w - heater_w[k], 0.0))

        def worst_w(load_w: float, heater_w: float = heater_w[k]) -> float:
            """Largest demand of cards and heater over all parts of a load: tried, not derived."""
            parts = np.linspace(0.0, load_w, 101)
            arriving = parts * (1.0 - kept + bus.pump_frac)
            return float(np.max(parts * pump + np.maximum(heater_w - arriving, 0.0)))

        most_w = 0.0
        if left_w > heater_w[k]:
            most_w = full_w
            if worst_w(full_w) > left_w:
                most_w = brentq(lambda load_w: worst_w(load_w) - left_w, 0.0, full_w, xtol=1e-7)  # noqa: B023
        load_w = body.coolest(most_w, base_w[k], earth_w[k])
        own_w = body.heater_for(load_w, base_w[k], earth_w[k])
        body.settle(here_w - worst_w(load_w))
        body.kelvin = body.nodes(load_w, base_w[k], own_w, earth_w[k])
        rows[k] = load_w, body.charge_j, *body.kelvin
    return Day(*rows.T, heater_w)


def environment(
    satellites: Sequence[Satellite], models: Sequence[Spacecraft], start: datetime, step_s: float, n: int
) -> list[dict[str, Floats]]:
    """Positions, light, array power and absorbed heat of each satellite."""
    t = times(start, step_s, n)
    sun = sun_teme_km(t)
    found = []
    for satellite, model in zip(satellites, models, strict=True):
        r, v = position_teme_km(satellite, t), velocity_teme_km_per_s(satellite, t)
        found.append(
            {
                "r_teme_km": r,
                "light_frac": light_frac(r, sun),
                "array_w": array_w(model, r, v, sun),
                "absorbed_w": absorbed_w(model, r, sun),
            }
        )
    return found
