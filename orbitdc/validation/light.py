"""Shadow points, shadow arcs and whole eclipse years: cases → our light beside theirs."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ..constants import AU_KM, DAY_S, DEG, EARTH_RADIUS_KM
from ..kernels import LANES
from ..kernels import eclipse as columns
from ..kernels.eclipse import eclipses as eclipse_kernel
from ..kernels.shadow import light as light_kernel
from ..kernels.vector import pack
from ..orbit.design import raan_rad, semi_major_axis_m, sun_synchronous_inclination_rad
from ..orbit.eclipse import Eclipses, find_eclipses, shadow_code
from ..orbit.elements import synthetic
from ..orbit.ephemeris import Satellite
from ..orbit.geometry import kepler_period_s
from ..orbit.propagate import propagate
from ..orbit.sun import beta_rad, sun_teme_km
from ..orbit.time import Floats, TimeGrid
from .cases import Case, Check, NotCoveredError, load, relative, share_of
from .orbits import instant_of, satellite_of_case

if TYPE_CHECKING:
    from ..scenario.models import Shadow

DEFINITIONS: Mapping[str, Shadow] = {
    "point": "point",
    "umbra": "cone",
    "penumbra": "cone",
    "ellipsoid": "oblate-point",
}
"""The names of the eclipse-year cases → our shadow definitions."""

BEYOND_YEAR_D = 45
"""Days after New Year until the last season that began before it is over."""

SEASON_GAP_S = 5.0 * DAY_S
"""Eclipses further apart than this belong to two seasons, as in the source."""

# Altitude [km] and local time of the node [h] of the published missions.
_MISSIONS = {
    "mission-published-sentinel-1": (693.0, 18.0),
    "mission-published-hinode": (680.0, 18.0),
    "mission-published-iris": (644.0, 6.0),
}


def shadow(case: Case) -> Iterator[Check]:
    """Tell whether single points are lit, and where an orbit enters and leaves the shadow."""
    inputs = case.inputs
    if "beta_deg" in inputs:
        yield from _arc_of_circle(case)
    elif "a_over_Re_times_1_minus_e2" in inputs:
        yield from _arc_of_ellipse(case)
    else:
        place = inputs.get("r_sat_km", inputs.get("r1_km"))
        visible = {name: _visible_frac(name, place, inputs["r_sun_km"]) for name in ("cone", "oblate-cone")}
        for name, frac in visible.items():
            for what, expected in case.expected.items():
                ours = {
                    "lit": frac == 1.0,
                    "in_shadow": frac < 1.0,
                    "umbra": frac == 0.0,
                    "penumbra": frac < 1.0,
                }
                yield Check(f"{what}_{name}", ours[what], expected, 0.0)


def _visible_frac(name: Shadow, r_km: list[float], sun_km: list[float]) -> float:
    share = np.empty((1, 1, LANES))
    light_kernel(shadow_code(name), pack(np.array([[r_km]])), np.array([sun_km], dtype=np.float64), share)
    return float(share[0, 0, 0])


def _arc_of_circle(case: Case) -> Iterator[Check]:
    axis_km = EARTH_RADIUS_KM + case.inputs["alt_km"]
    beta_rad = case.inputs["beta_deg"] * DEG
    sun_km = AU_KM * np.array([math.cos(beta_rad), 0.0, math.sin(beta_rad)])
    enter, leave, _ = _shadow_arc_deg("cylinder", axis_km, 0.0, 0.0, sun_km)
    minutes = (leave - enter) / 360.0 * float(kepler_period_s(axis_km * 1e3)) / 60.0
    yield Check("eclipse_min", minutes, case.expected["minutes"], case.tolerance["minutes"])


def _arc_of_ellipse(case: Case) -> Iterator[Check]:
    inputs, expected, allowed = case.inputs, case.expected, case.tolerance["deg"]
    parameter_km = inputs["a_over_Re_times_1_minus_e2"] * EARTH_RADIUS_KM
    sun_km = np.array(inputs["r_sun_km"])
    enter, leave, _ = _shadow_arc_deg("cylinder", parameter_km, inputs["e"], inputs["i_deg"] * DEG, sun_km)
    yield Check("cylinder_enter_deg", enter, expected["true_anomaly_in_deg_cyl"], allowed)
    yield Check("cylinder_exit_deg", leave, expected["true_anomaly_out_deg_cyl"], allowed)
    # STK's Earth is the WGS84 ellipsoid
    enter, leave, umbra = _shadow_arc_deg(
        "oblate-cone", parameter_km, inputs["e"], inputs["i_deg"] * DEG, sun_km
    )
    yield Check("penumbra_enter_deg", enter, expected["stk_penumbra_deg"][0], allowed)
    yield Check("penumbra_exit_deg", leave, expected["stk_penumbra_deg"][1], allowed)
    umbra_enter, umbra_exit = expected["stk_umbra_deg"]
    yield Check("umbra_length_deg", umbra, umbra_exit - umbra_enter, allowed)


def _shadow_arc_deg(
    name: Shadow, parameter_km: float, eccentricity: float, inclination_rad: float, sun_km: Floats
) -> tuple[float, float, float]:
    """Return true anomalies [deg] of entry and exit, and the length of the umbra; zeros without eclipse.

    The eclipse kernel finds roots along any smooth curve: here the curve is the conic, and a degree of true
    anomaly takes the place of a second.
    """
    anomaly = np.arange(541.0) * DEG
    radius = parameter_km / (1.0 + eccentricity * np.cos(anomaly))
    radial = np.stack(
        [
            np.cos(anomaly),
            np.sin(anomaly) * math.cos(inclination_rad),
            np.sin(anomaly) * math.sin(inclination_rad),
        ],
        axis=-1,
    )
    across = np.stack(
        [
            -np.sin(anomaly),
            np.cos(anomaly) * math.cos(inclination_rad),
            np.cos(anomaly) * math.sin(inclination_rad),
        ],
        axis=-1,
    )
    growth = radius**2 / parameter_km * eccentricity * np.sin(anomaly)
    place_km = radius[:, None] * radial
    rate_km_per_deg = DEG * (growth[:, None] * radial + radius[:, None] * across)
    state = np.zeros((1, columns.N_STATE, LANES))
    dark = np.empty((1, len(anomaly) - 1, LANES))
    rows = np.empty((8, columns.N_COLUMN))
    n_found = eclipse_kernel(
        shadow_code(name),
        pack(place_km[None]),
        pack(rate_km_per_deg[None]),
        np.tile(sun_km, (len(anomaly), 1)),
        0.0,
        1.0,
        state,
        dark,
        rows,
    )
    whole = [row for row in rows[:n_found] if not row[columns.CUT]]
    if not whole:
        return 0.0, 0.0, 0.0
    first = whole[0]
    return float(first[columns.ENTER]), float(first[columns.EXIT]), float(first[columns.UMBRA])


@dataclass(frozen=True)
class Season:
    """A run of eclipses without a long gap, in days after the start of the span."""

    first_entry_d: float
    last_exit_d: float


@dataclass(frozen=True)
class Year:
    """One satellite's eclipses of a calendar year under one definition (`dark_s`: whole ones, by entry)."""

    max_s: float
    dark_s: float
    sunlit_frac: float
    seasons: tuple[Season, ...]


def eclipse_year(case: Case) -> Iterator[Check]:
    """Simulate a year of eclipses and compare its longest, its sum, its seasons and the beta angle."""
    if case.id in _MISSIONS:
        yield from _published(case)
        return
    expected, tolerance = case.expected, case.tolerance
    max_min = tolerance["max_minutes"]
    for name in DEFINITIONS:
        if name in expected:
            yield from _compare_year(name, _year(case, name), expected[name], tolerance, _start(case))
    if "umbra_max_minutes" in expected:
        yield Check(
            "umbra_max_min", _year(case, "umbra").max_s / 60.0, expected["umbra_max_minutes"], max_min
        )
    if "beta_deg" in tolerance:
        beta_deg = _hourly_beta_deg(case)
        yield Check("beta_min_deg", float(beta_deg.min()), expected["beta_deg"]["min"], tolerance["beta_deg"])
        yield Check("beta_max_deg", float(beta_deg.max()), expected["beta_deg"]["max"], tolerance["beta_deg"])


def _hourly_beta_deg(case: Case) -> Floats:
    """Return beta at every hour of the year, as the source samples it: the extremes lie 0.01 deg further."""
    start = _start(case)
    n_hours = (start.replace(year=start.year + 1) - start) // timedelta(hours=1)
    states = propagate([_satellite(case)], TimeGrid(start, 3600.0, n_hours))
    beta = beta_rad(states.r_teme_km[0], states.v_teme_km_per_s[0], sun_teme_km(states.grid))
    return np.degrees(beta)


def _compare_year(
    name: str, year: Year, expected: Mapping[str, Any], tolerance: Mapping[str, Any], start: datetime
) -> Iterator[Check]:
    max_min = expected["max_minutes_in_year"]
    yield Check(f"{name}_max_min", year.max_s / 60.0, max_min, tolerance["max_minutes"])
    if "dark_hours" in tolerance:
        share = share_of(tolerance["dark_hours"])
        yield relative(f"{name}_dark_h", year.dark_s / 3600.0, expected["dark_hours_in_year"], share)
    if "fraction" in tolerance:
        frac = expected["sunlit_fraction_of_year"]
        yield Check(f"{name}_sunlit_frac", year.sunlit_frac, frac, tolerance["fraction"])
    yield Check(f"{name}_n_seasons", len(year.seasons), len(expected["seasons"]), 0.0)
    if "season_edge_days" not in tolerance:
        return
    for k, (ours, theirs) in enumerate(zip(year.seasons, expected["seasons"], strict=False)):
        for edge, ours_d in (("first_entry", ours.first_entry_d), ("last_exit", ours.last_exit_d)):
            theirs_d = (datetime.fromisoformat(theirs[edge]) - start) / timedelta(days=1)
            yield Check(f"{name}_season_{k}_{edge}_d", ours_d, theirs_d, tolerance["season_edge_days"])


def _published(case: Case) -> Iterator[Check]:
    """Compare with what operators publish of their own satellites, by a sun-synchronous orbit like theirs."""
    year = _year(case, "point")
    if "continuous_sun" in case.expected:  # "mid February to end of October"
        start = _start(case)
        for edge, ours_d, theirs in (
            ("season_end_d", year.seasons[0].last_exit_d, datetime(2026, 2, 15, tzinfo=UTC)),
            ("season_begin_d", year.seasons[-1].first_entry_d, datetime(2026, 10, 31, tzinfo=UTC)),
        ):
            yield Check(edge, ours_d, (theirs - start) / timedelta(days=1), case.tolerance["days"])
        return
    key = "max_eclipse_min" if "max_eclipse_min" in case.expected else "night_at_peak_of_season_min"
    yield Check("max_eclipse_min", year.max_s / 60.0, case.expected[key], case.tolerance["min"])


def _start(case: Case) -> datetime:
    if case.id in _MISSIONS:
        return datetime(2026, 1, 1, tzinfo=UTC)
    return instant_of(case.inputs["window"][:4] + "-01-01T00:00:00", case)


def _year(case: Case, name: str) -> Year:
    eclipses, row = _eclipses(case, DEFINITIONS[name])
    here = eclipses.satellite == row
    enter_s, exit_s = eclipses.enter_s[here], eclipses.exit_s[here]
    duration_s = exit_s - enter_s
    if name == "umbra":
        umbra_s = eclipses.umbra_s[here]
        # penumbras are alike on both sides to a millisecond
        middle_s, total = 0.5 * (enter_s + exit_s), umbra_s > 0.0
        enter_s, exit_s = (middle_s - 0.5 * umbra_s)[total], (middle_s + 0.5 * umbra_s)[total]
        duration_s = umbra_s[total]
    start = _start(case)
    year_s = (start.replace(year=start.year + 1) - start).total_seconds()
    mine = enter_s < year_s
    dark_s = float(duration_s[mine].sum())
    return Year(
        float(duration_s[mine].max(initial=0.0)),
        dark_s,
        1.0 - dark_s / year_s,
        _seasons(enter_s, exit_s, year_s),
    )


def _seasons(enter_s: Floats, exit_s: Floats, year_s: float) -> tuple[Season, ...]:
    if not len(enter_s):
        return ()
    cuts = np.flatnonzero(np.diff(enter_s) > SEASON_GAP_S)
    first, last = np.append(0, cuts + 1), np.append(cuts, len(enter_s) - 1)
    return tuple(
        Season(float(enter_s[a]) / DAY_S, float(exit_s[b]) / DAY_S)
        for a, b in zip(first, last, strict=True)
        if enter_s[a] <= year_s
    )


def _eclipses(case: Case, name: Shadow) -> tuple[Eclipses, int]:
    start = _start(case)
    ids, eclipses = _eclipses_of_all(start, name)
    return eclipses, ids.index(case.id)


@functools.lru_cache(maxsize=8)
def _eclipses_of_all(start: datetime, name: Shadow) -> tuple[tuple[str, ...], Eclipses]:
    """Return the eclipses of every case of a year at once: the kernel's 64 lanes cost the same as one."""
    cases = [
        case
        for case in load()
        if case.part == "eclipse year"
        and _start(case) == start
        and (name != "oblate-point" or "ellipsoid" in case.expected)
        and (name != "cone" or case.id not in _MISSIONS)
    ]
    if not cases:
        raise NotCoveredError(f"no eclipse year {start.year} with definition {name}")
    duration_s = (start.replace(year=start.year + 1) - start).total_seconds() + BEYOND_YEAR_D * DAY_S
    satellites = [_satellite(case) for case in cases]
    return tuple(case.id for case in cases), find_eclipses(satellites, start, duration_s, name)


def _satellite(case: Case) -> Satellite:
    if case.id not in _MISSIONS:
        return satellite_of_case(case)
    altitude_km, ltan_h = _MISSIONS[case.id]
    axis_m = semi_major_axis_m(altitude_km * 1e3)
    epoch = _start(case)
    inclination_rad = sun_synchronous_inclination_rad(axis_m)
    return synthetic(case.id, epoch, axis_m, inclination_rad, raan_rad(ltan_h, epoch), eccentricity=1e-4)
