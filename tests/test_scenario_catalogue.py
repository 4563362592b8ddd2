"""The shipped catalogue and scenarios: every value sourced, designs that close, exact round trips."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orbitdc.constants import STEFAN_BOLTZMANN_W_PER_M2_K4, ZERO_CELSIUS_K
from orbitdc.scenario.catalogue import catalogue, scenario_names, shipped_folder
from orbitdc.scenario.describe import provenance, to_toml
from orbitdc.scenario.models import HARDWARE, Scenario, Source, Spacecraft
from orbitdc.scenario.quantities import Kind
from orbitdc.scenario.reader import load
from orbitdc.scenario.schema import Node, node_of, root

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CRAFT = sorted(catalogue().tables["spacecraft"])

ECLIPSE_S = 19.0 * 60.0  # longest from 700 km up, oblate cone; starcloud-1 flies lower
EARTH_INFRARED_W_PER_M2 = 0.226 * 237.0  # edge-on at 750 km
ALBEDO_W_PER_M2 = 4.0


def leaves(table: Any, node: Node | None, path: str) -> Iterator[tuple[str, Node]]:
    if isinstance(table, dict) and node is not None and not (node.item and node.item.shape == "leaf"):
        for key, value in table.items():
            yield from leaves(value, node.child(key), f"{path}.{key}")
    elif node is not None:
        yield path, node


def entry_node(section: str) -> Node:
    node = node_of(Scenario.model_fields[section]).item
    assert node is not None
    return node


def spacecraft(name: str) -> Spacecraft:
    return Spacecraft.model_validate(catalogue().tables["spacecraft"][name])


@pytest.mark.parametrize("section", HARDWARE)
def test_every_entry_is_valid_and_every_quantity_has_a_source(section: str) -> None:
    node = entry_node(section)
    assert node.model is not None
    for name, entry in catalogue().tables[section].items():
        node.model.model_validate(entry)
        for path, leaf in leaves(entry, node, f"{section}.{name}"):
            if isinstance(leaf.kind, Kind):
                assert path in catalogue().sources, path
    for source in catalogue().sources.values():
        Source.model_validate(source)


def test_names_inside_the_catalogue_exist() -> None:
    tables = catalogue().tables
    for craft in tables["spacecraft"].values():
        assert "compute" not in craft or craft["compute"]["accelerator"] in tables["accelerator"]
    for card in tables["accelerator"].values():
        last = tables["accelerator"][card["unrestricted"]]
        assert tables["accelerator"][last["unrestricted"]] == last  # replaced once, not in a chain
    for job in tables["job"].values():
        assert set(job["origins"]) <= set(tables["city"])
    designated = {name: hub for name, hub in tables["hub"].items() if name != "nanning"}
    sides = {(hub["hub"], hub["side"]) for hub in designated.values()}
    assert len(designated) == 10 and len(sides) == 8
    assert [side for _, side in sorted(sides)].count("east") == 4
    for hub in tables["hub"].values():
        assert hub["cooling"] in tables["cooling"] and set(hub.get("pairs", ())) <= set(tables["city"])


def test_an_assumed_value_lies_in_its_range() -> None:
    """Every value that no source gives says between what bounds it may lie, and lies there."""
    assumed = {path: one for path, one in catalogue().sources.items() if one["confidence"] == "assumed"}
    assert len(assumed) > 100
    for path, one in assumed.items():
        value: Any = catalogue().tables
        node: Any = root(Scenario)
        for key in path.split("."):
            value, node = value[key], node.child(key)
        numbers = [node.kind.parse(x) if node.kind else float(x) for x in (*one["range"], value)]
        low, high, found = numbers
        assert low <= found <= high and low < high, path


@pytest.mark.parametrize("name", CRAFT)
def test_full_load_stays_under_the_die_limit(name: str) -> None:
    """The heat balance in the head of the catalogue file, solved for the radiator."""
    craft = spacecraft(name)
    it_w = craft.compute.it_power_w if craft.compute else 0.0
    heat_w = (it_w + craft.bus.housekeeping_w + craft.bus.radio_w) * (1.0 + craft.bus.pump_frac)
    panel = craft.radiator
    per_side = heat_w / (panel.area_m2 * panel.n_sides) + panel.emissivity_frac * EARTH_INFRARED_W_PER_M2
    radiator_k = (
        (per_side + ALBEDO_W_PER_M2) / (panel.emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4)
    ) ** 0.25
    drop_k = it_w * craft.thermal.die_plate_k_per_w + heat_w * craft.thermal.plate_radiator_k_per_w
    assert radiator_k + drop_k < craft.thermal.die_limit_k - 3.0
    if craft.compute:
        assert 18.0 < drop_k < 25.0
        assert radiator_k < 62.0 + ZERO_CELSIUS_K


@pytest.mark.parametrize("name", CRAFT)
def test_heater_and_battery_hold_the_coolant_through_the_longest_eclipse(name: str) -> None:
    craft = spacecraft(name)
    panel, battery = craft.radiator, craft.battery
    out_w_per_m2 = panel.emissivity_frac * (
        STEFAN_BOLTZMANN_W_PER_M2_K4 * craft.thermal.coolant_min_k**4 - EARTH_INFRARED_W_PER_M2
    )
    heater_w = panel.area_m2 * panel.n_sides * out_w_per_m2
    assert craft.thermal.heater_max_w > heater_w
    dark_s = 36.0 * 60.0 if name == "starcloud-1" else ECLIPSE_S
    drawn_w = heater_w + craft.bus.housekeeping_w + craft.bus.radio_w
    aged_j = 0.8 * battery.capacity_j
    assert drawn_w * dark_s / battery.discharge_efficiency_frac < (1.0 - battery.min_soc_frac) * aged_j
    assert drawn_w / battery.discharge_efficiency_frac < battery.max_c_rate_per_h * aged_j / 3600.0


@pytest.mark.parametrize("name", CRAFT)
def test_the_old_array_pays_the_full_load_at_aphelion(name: str) -> None:
    craft = spacecraft(name)
    array = craft.array
    sun_w_per_m2 = 1361.0 / 1.0167**2
    cells = array.area_m2 * array.efficiency_frac * array.packing_frac * sun_w_per_m2
    bus_w = cells * array.conversion_frac * (1.0 - array.loss_per_yr_frac) ** 8
    it_w = craft.compute.it_power_w if craft.compute else 0.0
    assert bus_w > (it_w + craft.bus.housekeeping_w + craft.bus.radio_w) * (1.0 + craft.bus.pump_frac)


@pytest.mark.parametrize("name", sorted(scenario_names()))
def test_nothing_is_heavier_than_its_vehicle(name: str) -> None:
    from orbitdc.spacecraft import mass_kg

    scenario = load(name)
    for phase in scenario.phase:
        for batch in phase.batch:
            mass = mass_kg(scenario.spacecraft[batch.spacecraft])
            assert mass < scenario.launcher[batch.launcher].payload_kg, batch.name


@pytest.mark.parametrize("name", sorted(scenario_names()))
def test_a_resolved_scenario_is_read_back_equal(name: str, tmp_path: Path) -> None:
    scenario = load(name)
    path = tmp_path / "scenario.toml"
    path.write_text(to_toml(scenario), encoding="utf-8")
    again = load(path)
    assert again == scenario
    assert again.hash() == scenario.hash()
    assert to_toml(again) == to_toml(scenario)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["catalog"] == "none"


def test_a_changed_scenario_is_read_back_equal(tmp_path: Path) -> None:
    scenario = load("beijing-2035", ["spacecraft.*.radiator.area=17.123456789 m2", "time.step=30 s"])
    path = tmp_path / "scenario.toml"
    path.write_text(to_toml(scenario), encoding="utf-8")
    assert load(path) == scenario


def test_the_hash_knows_what_matters() -> None:
    scenario = load("coverage-demo")
    assert scenario.hash() == load("coverage-demo").hash()
    assert scenario.replace({"title": "another"}).hash() == scenario.hash()
    assert scenario.replace({"seed": 2}).hash() != scenario.hash()
    assert scenario.replace({"time.step": "1 min"}).hash() == scenario.hash()


def test_provenance_names_every_value_once() -> None:
    scenario = load("coverage-demo", ["spacecraft.*.radiator.area=1 m2"])
    rows = {row.path: row for row in provenance(scenario)}
    assert len(rows) == len(provenance(scenario))
    cell = rows["spacecraft.starcloud-1.array.efficiency"]
    assert (cell.value, cell.year, cell.confidence) == ("29.8 %", 2025, "cited")
    assert rows["spacecraft.starcloud-1.radiator.area"].confidence == "scenario"
    assert rows["spacecraft.starcloud-1.array.attitude"].confidence == "choice"
    assert rows["time.step"].value == "60 s" and rows["time.step"].confidence == "default"
    assert rows["phase.week.start"].value == "2026-08-23T00:00:00Z"
    assert "phase.week.batch.starcloud.orbit.ltan" not in rows
    assert "phase.week.batch.starcloud.orbit.n_planes" not in rows


# --- what beijing-2035 says ---------------------------------------------------------------------------------


def test_beijing_2035_is_the_announced_plan() -> None:
    scenario = load("beijing-2035")
    assert [phase.name for phase in scenario.phase] == ["2025-2027", "2028-2030", "2031-2035"]
    assert scenario.ground.stations == ("miyun", "kashi", "sanya", "lijiang", "mohe", "jiamusi")
    assert len(scenario.ground.hubs) == 10
    assert scenario.phase[0].batch[0].name == "chenguang-1"
    for phase in scenario.phase:
        assert any(batch.role == "relay" for batch in phase.batch)
    promises = [
        (one.what, one.threshold, one.precision) for phase in scenario.phase for one in phase.milestone
    ]
    assert ("it_power", 200e3, None) in promises
    assert {one[2] for one in promises if one[:2] == ("installed_op", 1e18)} == {"int8", "fp16", "fp4"}
    assert ("it_power", 20e6, None) in promises
    assert ("bus_power", 1e9, None) in promises
    assert ("array_bol_power", 16e9, None) in promises


@pytest.mark.parametrize(
    ("when", "low_w", "high_w"),
    [
        (datetime(2027, 12, 31, tzinfo=UTC), 200e3, 230e3),
        (datetime(2030, 12, 31, tzinfo=UTC), 20e6, 21e6),
        (datetime(2035, 12, 31, tzinfo=UTC), 1.0e9, 1.1e9),
    ],
)
def test_installed_power_of_the_plan(when: datetime, low_w: float, high_w: float) -> None:
    scenario = load("beijing-2035")
    flying = [
        batch
        for phase in scenario.phase
        for batch in phase.batch
        if batch.launch <= when and (when - batch.launch).total_seconds() < batch.lifetime_s
    ]
    total_w = 0.0
    for batch in flying:
        compute = scenario.spacecraft[batch.spacecraft].compute
        total_w += batch.count * compute.it_power_w if compute else 0.0
    assert low_w <= total_w <= high_w


def test_satellites_of_one_ring_keep_apart() -> None:
    scenario = load("beijing-2035")
    rings: dict[tuple[float | None, float | None], list[float]] = {}
    for phase in scenario.phase:
        for batch in phase.batch:
            if batch.orbit.pattern == "ring":
                slots = rings.setdefault((batch.orbit.altitude_m, batch.orbit.ltan_h), [])
                step = 6.283185307179586 / batch.count
                slots.extend(
                    (batch.orbit.phase_rad + i * step) % 6.283185307179586 for i in range(batch.count)
                )
    for slots in rings.values():
        slots.sort()
        gaps = [b - a for a, b in zip(slots, [*slots[1:], slots[0] + 6.283185307179586], strict=True)]
        assert min(gaps) * 7128e3 > 50e3  # over 50 km apart


def test_a_day_has_millions_of_jobs() -> None:
    scenario = load("beijing-2035")
    for phase in scenario.phase:
        n_jobs = sum(rate * 86400.0 / scenario.job[name].work_op for name, rate in phase.demand.items())
        assert 1e6 < n_jobs < 2e7


# --- the tables they were taken from ------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED.is_dir(), reason="the source tables lie beside the repository")
def test_positions_are_those_of_the_source_tables() -> None:
    places = {
        (float(row["lat_deg"]), float(row["lon_deg"]))
        for table in ("stations.csv", "hubs.csv", "fibre_nodes.csv")
        for row in csv.DictReader((SHARED / table).read_text(encoding="utf-8").splitlines())
    }
    for section in ("station", "hub", "city"):
        model = entry_node(section).model
        assert model is not None
        for name, entry in catalogue().tables[section].items():
            place: Any = model.model_validate(entry)
            assert (place.lat_deg, place.lon_deg) in places, name


def test_the_catalogue_is_where_the_code_looks_for_it() -> None:
    assert (shipped_folder("configs") / "catalog" / "spacecraft.toml").is_file()
    assert {"beijing-2035", "coverage-demo"} <= set(scenario_names())
