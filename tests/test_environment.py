"""The environment against a plain twin on Skyfield: a day of unlike satellites, from light to heat."""

from __future__ import annotations

import importlib.util
import pathlib
import sys
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from orbitdc.capacity import capacity, reweight
from orbitdc.environment import Environment, surroundings
from orbitdc.kernels.surroundings import view_frac
from orbitdc.orbit.design import raan_rad, semi_major_axis_m, sun_synchronous_inclination_rad
from orbitdc.orbit.elements import synthetic
from orbitdc.orbit.ephemeris import Ephemeris, Satellite
from orbitdc.orbit.propagate import propagate
from orbitdc.orbit.sun import sun_teme_km
from orbitdc.orbit.time import TimeGrid
from orbitdc.scenario.models import Accelerator, Spacecraft
from orbitdc.spacecraft.hardware import Hardware, hardware
from orbitdc.spacecraft.operate import envelope, replay
from orbitdc.spacecraft.view import edge_view_frac, nadir_view_frac

HERE = pathlib.Path(__file__).parent
START = datetime(2026, 12, 21, tzinfo=UTC)
STEP_S = 60.0


def neighbour(name: str) -> ModuleType:
    """Load a file beside this one: the tests are no package."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


twin = neighbour("twin")
model_of = neighbour("test_spacecraft_operate").model_of


def orbiter(name: str, altitude_m: float, ltan_h: float) -> Satellite:
    a = semi_major_axis_m(altitude_m)
    inclination = sun_synchronous_inclination_rad(a, 1e-3)
    return synthetic(name, START, a, inclination, raan_rad(ltan_h, START), eccentricity=1e-3)


SATELLITES = (
    orbiter("dawn", 700e3, 6.0),
    orbiter("dusk", 750e3, 18.0),
    orbiter("noon", 800e3, 12.0),
    orbiter("morning", 550e3, 9.5),
)
CHANGES: tuple[dict[str, dict[str, object]], ...] = (
    {"array": {"attitude": "orbit-normal"}},
    {"radiator": {"attitude": "nadir", "n_sides": 1, "area": "250 m2"}},
    {"thermal": {"coolant_min": "-15 deg_C"}, "battery": {"capacity": "200 kWh"},
     "array": {"area": "600 m2"}},
    {"radiator": {"area": "60 m2"}, "battery": {"capacity": "120 kWh"}},
)  # fmt: skip


def fly(n: int) -> tuple[list[Spacecraft], Hardware, Ephemeris, Environment]:
    models = [model_of(change) for change in CHANGES]
    names = [satellite.name for satellite in SATELLITES]
    card = Accelerator.model_validate(neighbour("test_spacecraft_operate").CARD)
    scenario = SimpleNamespace(
        spacecraft=dict(zip(names, models, strict=True)), accelerator={"card": card}, accelerators="domestic"
    )
    hard = hardware(scenario, names)  # type: ignore[arg-type]
    ephemeris = propagate(SATELLITES, TimeGrid(START, STEP_S, n))
    return models, hard, ephemeris, surroundings(ephemeris, sun_teme_km(ephemeris.grid), hard)


@pytest.fixture(scope="module")
def day() -> SimpleNamespace:
    n = 1440
    models, hard, ephemeris, found = fly(n)
    return SimpleNamespace(
        models=models,
        hard=hard,
        ephemeris=ephemeris,
        ours=found,
        theirs=twin.environment(SATELLITES, models, START, STEP_S, n),
    )


def test_positions_are_skyfield_s(day: SimpleNamespace) -> None:
    for s, apart in enumerate(day.theirs):
        assert np.abs(day.ephemeris.r_teme_km[s] - apart["r_teme_km"]).max() < 1e-6


def test_light_is_that_of_a_disc_behind_an_ellipsoid(day: SimpleNamespace) -> None:
    # 3000 rays to the disc; the stretch of the Sun's disc by 0.3 % is the definition's own approximation
    for s, apart in enumerate(day.theirs):
        assert day.ours.light_frac[s] == pytest.approx(apart["light_frac"], abs=3e-3)
    noon = day.ours.light_frac[2]
    assert 0.6 < noon.mean() < 0.7
    assert day.ours.sunlit_frac[2] == pytest.approx(noon.mean())


def test_power_and_heat_from_outside(day: SimpleNamespace) -> None:
    for s, apart in enumerate(day.theirs):
        assert day.ours.array_w[s] == pytest.approx(apart["array_w"], rel=1e-6)
        assert day.ours.absorbed_w[s] == pytest.approx(apart["absorbed_w"], rel=1e-6, abs=1e-2)


def test_the_season_moves_the_flux(day: SimpleNamespace) -> None:
    # 21 December, two weeks before perihelion: 1361 x (1 au / 0.98379 au)^2 (Astronomical Almanac distance)
    assert day.ours.flux_w_per_m2.mean() == pytest.approx(1361.0 / 0.98379**2, rel=2e-4)


def test_envelope_against_the_twin() -> None:
    n = 200  # two orbits
    models, hard, _, found = fly(n)
    radio = np.zeros((len(models), n))
    radio[:, 100:110] = 0.5
    ours = envelope(hard, found.supply(radio))
    for s in range(len(models)):
        inputs = (found.array_w[s], found.light_frac[s], found.absorbed_w[s], radio[s])
        theirs = twin.shed(models[s], *inputs, STEP_S, n_spin=n)
        # We spin up for eight hours, three rounds of this window, the twin for one: what is left by then of
        # the starting temperature is below these tolerances.
        assert ours.idle.heater_w[s] == pytest.approx(theirs.idle_heater_w, abs=0.5)
        assert ours.most.die_k[s] == pytest.approx(theirs.die_k, abs=1e-4)
        assert ours.most.plate_k[s] == pytest.approx(theirs.plate_k, abs=1e-4)
        assert ours.most.radiator_k[s] == pytest.approx(theirs.radiator_k, abs=1e-4)
        busy = ours.load_w[s] > 1.0
        assert ours.load_w[s, busy] == pytest.approx(theirs.load_w[busy], rel=1e-5)
        assert ours.most.soc_frac[s] * models[s].battery.capacity_j == pytest.approx(
            theirs.charge_j, rel=1e-6
        )
    assert ours.lost_w["thermal"][3].sum() > 0.0
    assert ours.idle.heater_w[2].max() > 0.0


def test_elevation_and_rate_of_the_twin_are_ours() -> None:
    from orbitdc.links import rate_bit_per_s
    from orbitdc.scenario.models import Antenna, Station

    kashi = Station.model_validate(
        {"full_name": "Kashi", "lat": "39.5 deg", "lon": "75.98 deg", "altitude": "1290 m", "n_antennas": 1,
         "band": {"ka": {"g_over_t": "37 dB/K"}}}
    )  # fmt: skip
    radio, antenna = model_of({}).radio, kashi.band["ka"]
    assert isinstance(antenna, Antenna)
    elevation, distance = twin.look(SATELLITES[1], kashi, twin.times(START, 60.0, 1440))
    high = np.flatnonzero(elevation > np.radians(5.0))
    assert len(high) > 20
    ours = rate_bit_per_s(distance[high], elevation[high], radio, antenna)
    theirs = [twin.rate_bit_per_s(distance[k], elevation[k], radio, antenna) for k in high]
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert max(theirs) > 0.0


def test_the_dead_cast_no_result() -> None:
    n = 200
    models, hard, ephemeris, found = fly(n)
    r, v = ephemeris.r_teme_km.copy(), ephemeris.v_teme_km_per_s.copy()
    r[1, 20:] = v[1, 20:] = np.nan
    first_dead = np.array([n, 20, n, 0])
    r[3] = v[3] = np.nan
    broken = Ephemeris.of(SATELLITES, ephemeris.grid, r, v, first_dead, np.zeros(4, dtype=np.int64))
    dead = surroundings(broken, sun_teme_km(ephemeris.grid), hard)
    assert dead.alive.sum(axis=1).tolist() == [n, 20, n, 0]
    assert np.array_equal(dead.light_frac[0], found.light_frac[0])
    assert dead.sunlit_frac[1] == pytest.approx(found.light_frac[1, :20].mean())
    assert np.isnan(dead.sunlit_frac[3])
    load = envelope(hard, dead.supply(np.zeros((len(models), n)))).load_w
    assert load[1, 20:].sum() == load[3].sum() == 0.0
    assert np.all(np.isfinite(load))


def test_reflected_light_by_quadrature() -> None:
    # What the cosine law leaves out: sum over the visible cap, Lambertian Earth lit where the Sun is up.
    r = 1.0 + 750.0 / 6378.137
    edge = np.arccos(1.0 / r)
    polar, around = (np.arange(300) + 0.5) / 300 * edge, (np.arange(360) + 0.5) / 360 * 2.0 * np.pi
    g, a = np.meshgrid(polar, around, indexing="ij")
    up = np.stack([np.sin(g) * np.cos(a), np.sin(g) * np.sin(a), np.cos(g)], axis=-1)
    seen = up - [0.0, 0.0, r]
    distance = np.linalg.norm(seen, axis=-1)
    patch = np.sin(g) * -np.einsum("ijk,ijk->ij", seen, up) / distance**4

    def reflected(normal: list[float], zenith_deg: float) -> float:
        """Share of view x albedo x irradiance that reaches both sides of a plate."""
        sun = np.array([np.sin(np.radians(zenith_deg)), 0.0, np.cos(np.radians(zenith_deg))])
        weight: NDArray[np.float64] = np.abs(seen @ np.array(normal)) * patch
        return float((weight * np.maximum(up @ sun, 0.0)).sum() / weight.sum())

    for normal, missing in (([0.0, 1.0, 0.0], 0.040), ([1.0, 0.0, 0.0], 0.063), ([0.0, 0.0, 1.0], 0.038)):
        assert reflected(normal, 90.0) == pytest.approx(missing, abs=0.002)
        for zenith_deg in (0.0, 45.0, 75.0):
            assert reflected(normal, zenith_deg) == pytest.approx(np.cos(np.radians(zenith_deg)), abs=0.02)


def test_view_factors_of_the_kernel_are_those_of_the_formula() -> None:
    altitude_m = np.concatenate([[0.0], np.geomspace(1.0, 1e8, 200)])
    sin_rho = 1.0 / (1.0 + altitude_m / 6378137.0)
    edge = [view_frac(0.0, each) for each in sin_rho]
    assert edge == pytest.approx(edge_view_frac(altitude_m), rel=1e-9, abs=1e-15)
    assert [view_frac(1.0, each) for each in sin_rho] == pytest.approx(nadir_view_frac(altitude_m), rel=1e-14)


def test_before_the_first_launch() -> None:
    grid = TimeGrid(START, STEP_S, 30)
    none: Any = SimpleNamespace(
        spacecraft={}, accelerator={}, accelerators="domestic", report_precision="int8"
    )
    none.time = SimpleNamespace(step_s=STEP_S)
    hard = hardware(none, [])
    found = surroundings(propagate((), grid), sun_teme_km(grid), hard)
    for policy in ("shed", "ride-through", "deplete"):
        plan = envelope(hard, found.supply(np.zeros((0, 30))), policy)
        course = replay(hard, found.supply(np.zeros((0, 30))), plan, np.zeros((0, 30)))
        assert course.account.energy_residual_frac == course.account.heat_residual_frac == 0.0
    fleet: Any = SimpleNamespace(n_units=np.zeros(0, dtype=np.int64))
    offered = reweight(capacity(none, fleet, hard, plan.loads, 600.0), np.zeros(0))
    assert offered.op.shape == (0, 1)
    assert offered.levels()["installed"] == 0.0
