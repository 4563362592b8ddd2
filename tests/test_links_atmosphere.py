"""Attenuation tables: ITU-R values, every shipped station, the model itself where it is installed."""

from __future__ import annotations

import math
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitdc
from orbitdc.errors import InputError
from orbitdc.links import air_at, air_of, itu, link_table
from orbitdc.links.attenuation import BANDS, EXCEEDED_FRAC, Losses, compute, scintillation_shape, shipped
from orbitdc.scenario.models import Antenna, Radio, Station

needs_itu = pytest.mark.skipif(not itu.installed(), reason="the extra itu")

places = st.sampled_from(sorted(shipped()))
carriers = st.sampled_from(sorted(BANDS)).flatmap(lambda band: st.floats(BANDS[band][0], BANDS[band][-1]))
availabilities = st.floats(0.5, 0.9999)


# --- validation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ghz", "elevation_deg", "availability_frac", "total_db"),
    [
        (8.2, 10.0, 0.99, 1.8915),
        (8.2, 10.0, 0.999, 3.7566),
        (26.0, 10.0, 0.99, 21.0556),
        (26.0, 10.0, 0.999, 40.0451),
        (26.0, 30.0, 0.99, 8.6313),
        (26.0, 30.0, 0.999, 19.3219),
    ],
)
def test_the_table_of_beijing_is_the_itu_model(
    ghz: float, elevation_deg: float, availability_frac: float, total_db: float
) -> None:
    # ITU-R P.618-13 over Beijing, dish 5 m, by itur 0.4.0
    losses = air_of("beijing").losses(ghz * 1e9, availability_frac)
    assert losses.at(math.radians(elevation_deg)).total_db[0] == pytest.approx(total_db, abs=0.05)


@pytest.mark.parametrize(
    ("place", "ghz", "total_db"),
    [("kashi", 26.0, 5.4926), ("kiruna", 26.0, 7.7664), ("kashi", 8.2, 0.7618), ("kiruna", 8.2, 0.925)],
)
def test_dry_stations_are_near_the_values_of_their_towns(place: str, ghz: float, total_db: float) -> None:
    # the same model at 10 deg and 1 %, some kilometres away and at the height of its own map
    losses = air_of(place).losses(ghz * 1e9, 0.99)
    assert losses.at(math.radians(10.0)).total_db[0] == pytest.approx(total_db, rel=0.05)


@needs_itu
@pytest.mark.parametrize("place", ["kashi", "miyun", "troll"])
def test_the_tables_are_the_model_between_their_nodes(place: str) -> None:
    generator = np.random.default_rng(4)
    air = air_of(place)
    for _ in range(30):
        band = BANDS[generator.choice(sorted(BANDS))]
        hz, deg = generator.uniform(band[0], band[-1]), generator.uniform(5.0, 75.0)
        share = math.exp(generator.uniform(math.log(1e-3), math.log(0.5)))
        gas, cloud, rain, scintillation = itu.contributions(
            air.lat_deg, air.lon_deg, air.altitude_m, hz, np.array([deg]), share
        )
        theirs = float(gas[0] + np.hypot(rain[0] + cloud[0], scintillation[0]))
        losses = air.losses(hz, 1.0 - share)
        ours = float(np.interp(1.0 / math.sin(math.radians(deg)), losses.cosecant, losses.total_db))
        assert ours == pytest.approx(theirs, rel=0.05, abs=0.01)


@needs_itu
def test_scintillation_goes_with_elevation_and_dish_as_in_the_model() -> None:
    for ghz in (2.2, 8.2, 26.0):
        zenith = itu.contributions(40.0, 116.0, 50.0, ghz * 1e9, np.array([90.0, 10.0]), 0.01)[3]
        shape = scintillation_shape(1.0 / math.sin(math.radians(10.0)), ghz * 1e9, 5.0)
        assert zenith[1] / zenith[0] == pytest.approx(float(shape), rel=1e-9)


@needs_itu
def test_a_new_station_is_computed_with_the_extra() -> None:
    air = air_at(-33.9, 18.4, 20.0, "Cape Town")
    assert air.place == "Cape Town" and air.losses(26e9).total_db[0] > 0.5


def test_small_apertures_do_not_average() -> None:
    # ITU-R P.618: g(x) falls with the dish, so a larger one sees less scintillation
    small, large = (scintillation_shape(np.array([1.0, 5.0]), 26e9, dish_m) for dish_m in (1.0, 12.0))
    assert np.all(small > large) and np.all(large >= 0.0)


# --- the tables themselves ----------------------------------------------------------------------------------


def test_every_station_of_the_catalogue_has_its_table() -> None:
    scenario_stations = read_stations()
    assert set(scenario_stations) | {"beijing"} == set(shipped())
    for key, (lat_deg, lon_deg, altitude_m) in scenario_stations.items():
        assert air_at(lat_deg, lon_deg, altitude_m, key) is air_of(key)


def read_stations() -> dict[str, tuple[float, float, float]]:
    from pathlib import Path

    from orbitdc.links.tabulate import catalogue

    package, inside = Path(orbitdc.__file__).parent, Path("configs/catalog/stations.toml")
    path = next(root / inside for root in (package, package.parent) if (root / inside).exists())
    return {key: place for key, *place in catalogue(path)}  # type: ignore[misc]


def test_the_table_is_small_and_says_where_it_is_from() -> None:
    text = resources.files("orbitdc.links").joinpath("air.csv").read_text(encoding="utf-8")
    assert len(text.encode()) < 1_000_000
    assert "itur 0.4.0" in text.splitlines()[3]


@settings(deadline=None)
@given(place=places, frequency_hz=carriers, availability_frac=availabilities, more=st.floats(0.0, 1.0))
def test_lower_or_surer_is_never_clearer(
    place: str, frequency_hz: float, availability_frac: float, more: float
) -> None:
    air = air_of(place)
    losses = air.losses(frequency_hz, availability_frac)
    for part in (losses.total_db, losses.absorbing_db, losses.rain_db, losses.scintillation_db):
        assert np.all(part >= 0.0) and np.all(np.diff(part) >= -1e-9)
    surer = air.losses(frequency_hz, availability_frac + more * (0.9999 - availability_frac))
    assert np.all(surer.total_db >= losses.total_db - 2e-3)  # the table's last digit


def test_a_link_table_gives_each_station_its_own_air() -> None:
    radio = Radio.model_construct(
        band="ka", frequency_hz=26e9, symbol_rate_hz=1e9, eirp_dbw=40.0, implementation_db=1.0
    )
    dish = Antenna.model_construct(g_over_t_db_per_k=43.8)
    stations = [
        Station.model_construct(
            full_name=key,
            lat_deg=air_of(key).lat_deg,
            lon_deg=air_of(key).lon_deg,
            altitude_m=air_of(key).altitude_m,
            band={"ka": dish},
        )
        for key in ("kashi", "sanya")
    ]
    links = link_table([radio], stations, 0.99)
    assert np.all(links.attenuation_db[0, 1] > links.attenuation_db[0, 0])
    assert np.all(link_table([radio], stations, 0.999).attenuation_db >= links.attenuation_db)


# --- what cannot be -----------------------------------------------------------------------------------------


def test_a_new_station_without_the_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itu, "installed", lambda: False)
    with pytest.raises(InputError) as caught:
        air_at(-33.9, 18.4, 21.0, "Cape Town")
    message = str(caught.value)
    assert 'pip install "orbitdc[itu]"' in message and "Cape Town: found -33.9 N 18.4 E 21 m" in message
    assert "nearest: troll" in message
    with pytest.raises(InputError, match="itur: found no such package"):
        compute("x", 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("frequency_hz", "availability_frac", "message"),
    [
        (12e9, 0.99, "frequency: found 12 GHz; allowed: 2 to 2.3 GHz in band s"),
        (8.2e9, 0.3, "availability: found 30 %; allowed: 50 to 99.99 %"),
        (8.2e9, 0.99999, "availability: found 99.999 %"),
    ],
)
def test_what_the_tables_do_not_hold_is_refused(
    frequency_hz: float, availability_frac: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        air_of("miyun").losses(frequency_hz, availability_frac)


def test_edges_of_the_tables_are_inside() -> None:
    for nodes in BANDS.values():
        for frequency_hz in (nodes[0], nodes[-1]):
            for share in (EXCEEDED_FRAC[0], EXCEEDED_FRAC[-1]):
                losses = air_of("sanya").losses(frequency_hz, 1.0 - share)
                assert isinstance(losses, Losses) and np.all(np.isfinite(losses.total_db))
