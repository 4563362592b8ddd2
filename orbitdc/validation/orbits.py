"""Orbits, frames, the Sun and plain geometry: cases → our positions and angles beside theirs."""

from __future__ import annotations

import itertools
import math
import pathlib
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from ..constants import DEG, EARTH_RADIUS_KM
from ..errors import InputError
from ..kernels import vector
from ..kernels.sight import look
from ..orbit import geometry as closed
from ..orbit.design import semi_major_axis_m, sun_synchronous_inclination_rad
from ..orbit.ephemeris import Ephemeris, Satellite
from ..orbit.mean import epoch_of
from ..orbit.propagate import propagate
from ..orbit.site import Site, Sites
from ..orbit.sun import FIRST, LAST, solar_flux_w_per_m2, sun_teme_km
from ..orbit.time import Floats, TimeGrid, parse_utc
from ..orbit.tle import read_tle
from .cases import Case, Check, NotCoveredError

_AXES = "xyz"


def satellite_of_case(case: Case) -> Satellite:
    """Return the satellite of a case's two element lines, read as any other file is."""
    satellites, problems = read_tle("\n".join(case.inputs["tle"]), case.id)
    if problems:
        raise InputError(*problems)
    return satellites[0]


def propagation(case: Case) -> Iterator[Check]:
    """Propagate element sets to the times of the SGP4 verification file."""
    tolerance_km, tolerance_km_per_s = case.tolerance["km"], case.tolerance["km_s"]
    if "files" in case.inputs:
        yield from _whole_verification_file(case)
        return
    ephemeris = _states_after(satellite_of_case(case), case.inputs["tsince_min"])
    for k, axis in enumerate(_AXES):
        ours, theirs = float(ephemeris.r_teme_km[0, 1, k]), case.expected["r_teme_km"][k]
        yield Check(f"{axis}_teme_km", ours, theirs, tolerance_km)
    for k, axis in enumerate(_AXES):
        ours, theirs = float(ephemeris.v_teme_km_per_s[0, 1, k]), case.expected["v_teme_km_s"][k]
        yield Check(f"v_{axis}_teme_km_per_s", ours, theirs, tolerance_km_per_s)


def _states_after(satellite: Satellite, after_min: float) -> Ephemeris:
    return propagate([satellite], TimeGrid(satellite.epoch, after_min * 60.0, 2))


def _whole_verification_file(case: Case) -> Iterator[Check]:
    """Compare every state of tcppver.out; the one set that must fail has to fail with its own error."""
    import sgp4
    from sgp4.api import WGS72, Satrec

    folder = pathlib.Path(sgp4.__file__).parent
    lines = (folder / case.inputs["files"][0]).read_text(encoding="ascii").splitlines()
    pairs = [(line, after[:69]) for line, after in itertools.pairwise(lines) if line.startswith("1 ")]
    blocks: list[list[list[float]]] = []
    for line in (folder / case.inputs["files"][1]).read_text(encoding="ascii").splitlines():
        words = line.split()
        if words[1] == "xx":
            blocks.append([])
        elif len(words) >= 7:
            blocks[-1].append([float(word) for word in words[:7]])
    worst_km = worst_km_per_s = 0.0
    n_states = 0
    failed: list[tuple[int, float, int]] = []
    for pair, rows in zip(pairs, blocks, strict=True):
        # some of these sets are impossible on purpose: our reader refuses them, so they go straight to SGP4
        satrec = Satrec.twoline2rv(*pair, WGS72)
        satellite = Satellite("", satrec.satnum, epoch_of(satrec), satrec, False, case.id)
        for after_min, *state in rows:
            ephemeris = _states_after(satellite, after_min)
            if ephemeris.error_code[0]:
                failed.append((satellite.norad_id, after_min, int(ephemeris.error_code[0])))
                continue
            n_states += 1
            ours = [*ephemeris.r_teme_km[0, 1], *ephemeris.v_teme_km_per_s[0, 1]]
            off = np.abs(np.subtract(ours, state))
            worst_km = max(worst_km, float(off[:3].max()))
            worst_km_per_s = max(worst_km_per_s, float(off[3:].max()))
    expected_failures = [tuple(state) for state in case.expected["error_states"]]
    yield Check("worst_position_km", worst_km, 0.0, case.tolerance["km"])
    yield Check("worst_velocity_km_per_s", worst_km_per_s, 0.0, case.tolerance["km_s"])
    yield Check("n_states", n_states, case.expected["states"], 0.0)
    yield Check("same_states_fail", failed == expected_failures, True, 0.0)


def frames(case: Case) -> Iterator[Check]:
    """Turn TEME into the rotating Earth frame by the angle and the kernel that contacts use."""
    instant = parse_utc(case.inputs["utc"] + "Z", case.id)
    theta_rad = float(TimeGrid(instant, 60.0, 1).gmst_rad[0])
    segment = np.zeros(vector.SEGMENT)
    segment[:3] = case.inputs["r_teme_km"]
    cosine, sine = math.cos(theta_rad), math.sin(theta_rad)
    vector.rotate(segment, cosine, sine, cosine, sine, 0.0)
    error_km = float(np.linalg.norm(segment[:3] - case.expected["r_itrf_km"]))
    yield Check("off_with_polar_motion_km", error_km, 0.0, case.tolerance["km_gmst_only"])


def sun(case: Case) -> Iterator[Check]:
    """Place the Sun, compare its direction with another ephemeris, and its light at the Earth."""
    from skyfield.sgp4lib import TEME

    if "utc" not in case.inputs:
        raise NotCoveredError(
            f"before 2020: orbitdc ships the Sun of {FIRST.year} to {LAST.year - 1} (DE421)"
        )
    instant = parse_utc(case.inputs["utc"] + "Z", case.id)
    if not FIRST <= instant <= LAST:
        raise NotCoveredError(
            f"before 2020: orbitdc ships the Sun of {FIRST.year} to {LAST.year - 1} (DE421)"
        )
    grid = TimeGrid(instant, 60.0, 1)
    sun_km = sun_teme_km(grid)[0]
    theirs = TEME.rotation_at(grid.skyfield[0]) @ np.array(case.expected["gcrs_au"])
    ours = sun_km / np.linalg.norm(sun_km)
    angle_deg = float(np.degrees(np.linalg.norm(np.cross(ours, theirs)) / np.linalg.norm(theirs)))
    yield Check("off_direction_deg", angle_deg, 0.0, case.tolerance["deg_ephemeris"])
    declination_deg = math.degrees(math.asin(ours[2]))
    yield Check(
        "declination_deg", declination_deg, case.expected["dec_of_date_deg"], case.tolerance["deg_ephemeris"]
    )
    yield Check(
        "irradiance_w_per_m2",
        float(solar_flux_w_per_m2(sun_km)),
        case.expected["irradiance_W_m2_for_1361_at_1au"],
        case.tolerance["W_m2"],
    )


def topocentric(case: Case) -> Iterator[Check]:
    """Look from a site at a satellite.

    The source's Earth is 0.7 m smaller than WGS84 and of the same shape, so the whole scene is scaled to
    ours and the range back: angles do not change.
    """
    inputs = case.inputs
    scale = EARTH_RADIUS_KM / inputs["Re_km"]
    sites = Sites.at([Site(case.id, inputs["lat_deg"], inputs["lon_deg"], inputs["alt_km"] * 1e3 * scale)])
    place_km = np.array(inputs["r_ecef_km"]) * scale
    row = np.concatenate([sites.r_itrs_km[0], sites.up[0], sites.east[0], sites.north[0]])
    sin_elevation, azimuth_rad = look(row, *place_km.tolist())
    range_km = float(np.linalg.norm(place_km - sites.r_itrs_km[0])) / scale
    yield Check("range_km", range_km, case.expected["range_km"], case.tolerance["km"])
    yield Check("elevation_rad", math.asin(sin_elevation), case.expected["el_rad"], case.tolerance["rad"])
    azimuth_rad = math.remainder(azimuth_rad, math.tau)
    yield Check("azimuth_rad", azimuth_rad, case.expected["az_rad"], case.tolerance["rad"])


def design(case: Case) -> Iterator[Check]:
    """Design a sun-synchronous orbit of an altitude."""
    altitude_m = case.inputs["alt_km"] * 1e3
    axis_m = semi_major_axis_m(altitude_m)
    angle_deg = case.tolerance["deg_j2"]
    expected = case.expected
    inclination_deg = math.degrees(sun_synchronous_inclination_rad(axis_m))
    yield Check("inclination_deg", inclination_deg, expected["inc_sgp4_deg"], case.tolerance["deg_sgp4"])
    period_min = float(closed.kepler_period_s(axis_m)) / 60.0
    yield Check("period_min", period_min, expected["kepler_period_min"], case.tolerance["min"])
    beta_deg = float(closed.max_eclipse_beta_rad(altitude_m)) / DEG
    yield Check("max_eclipse_beta_deg", beta_deg, expected["max_abs_beta_with_any_eclipse_deg"], angle_deg)
    dip_deg = float(closed.horizon_dip_rad(altitude_m)) / DEG
    yield Check("horizon_dip_deg", dip_deg, expected["horizon_dip_deg"], angle_deg)


def geometry(case: Case) -> Iterator[Check]:
    """Compute range, central angle and light time at an elevation."""
    altitude_m, elevation_rad = case.inputs["alt_km"] * 1e3, case.inputs["el_deg"] * DEG
    range_m = closed.slant_range_m(altitude_m, elevation_rad)
    yield Check("range_km", float(range_m) / 1e3, case.expected["slant_km"], case.tolerance["km"])
    # the tolerance is a length: the angle and the time are held to the last digit that is given
    angle_deg = float(closed.central_angle_rad(altitude_m, elevation_rad)) / DEG
    yield Check("central_angle_deg", angle_deg, case.expected["earth_central_angle_deg"], 1e-5)
    yield Check("light_time_ms", float(closed.light_time_s(range_m)) * 1e3, case.expected["one_way_ms"], 1e-5)


def sight(case: Case) -> Iterator[Check]:
    """Tell which points see each other past the Earth.

    The source's closest point for the ellipsoid is left out: its code takes the lengths of the vectors before
    their z is stretched and the product after (that way 0.50822486508490 comes out to the last digit), which
    is no point of the line; stretched alike it is 0.50852169.
    """
    places = {key[1]: _vector(case, key) for key in case.inputs}
    if "visible" in case.expected:
        line = closed.line_of_sight(places["1"], places["2"])
        sphere = closed.line_of_sight(places["1"], places["2"], flattening=0.0)
        yield Check("visible", line.visible, case.expected["visible"], 0.0)
        yield Check("visible_on_sphere", sphere.visible, case.expected["visible"], 0.0)
        yield Check("closest_frac", sphere.closest_frac, case.expected["tmin_sphere"], case.tolerance["tmin"])
        return
    for pair, visible in case.expected.items():
        if pair == "symmetric":
            continue
        a, b = pair.split("-")
        for one, other in ((a, b), (b, a)):
            yield Check(
                f"{one}_sees_{other}", closed.line_of_sight(places[one], places[other]).visible, visible, 0.0
            )


def _vector(case: Case, key: str) -> Floats:
    return np.array(case.inputs[key], dtype=np.float64)


def instant_of(text: str, case: Case) -> datetime:
    """Return an instant of a case, written with or without Z."""
    return parse_utc(text.removesuffix("Z") + "Z", case.id)
