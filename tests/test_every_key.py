"""Every input that a scenario accepts changes some output: one test per key, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import mini
import pytest

from orbitdc.scenario.models import Scenario
from orbitdc.scenario.schema import Node

ONE, TWO = "phase.one", "phase.two"
RING, CENTRE = "spacecraft.chenguang-10kw", "spacecraft.module-250"

# Settings under which a key is read at all.
DEPLETE = {"operations.envelope": "deplete"}
FAINT = {f"{RING}.radio.eirp": "8 dBW"}
WEAK = {f"{RING}.radio.uplink.g_over_t": "-40 dB/K"}
BOUNDARY = {
    "flight": {"economics.launch_boundary": "flight"},
    "worst": {"economics.launch_boundary": "worst"},
}
WINDY = {"hub.horinger.wind.power": "900 MW"}  # more than the site needs: the battery has work
DIRE = {"hub.horinger.grid.power": "1 MW", "hub.horinger.wind.power": "10 MW"}  # the engines have work
FP16, FP4 = {"report_precision": "fp16"}, {"report_precision": "fp4"}
LIVE = {"job.ai-inference.access": "0.1 /d"}
SLOW = {
    "job.ai-inference.access": "0.1 /d",
    "job.ai-inference.latency": "10 s",
    "job.ai-inference.width": "4",
    "job.ai-inference.preemptible": "true",
    f"{ONE}.demand.imagery": "0.01 Eop/s",
}
IDLE = {**SLOW, "job.ai-inference.access": "0.01 /d"}
RARE = {**SLOW, "job.ai-inference.latency": "5 min"}
LONG = {
    "event.storm.target": "horinger",
    "job.training.deadline": "5 h",
    "job.training.width": "512",
}
OFTEN = {"time.windows_per_year": "24"}
LATER = {**OFTEN, f"{ONE}.batch.ring.launch": "2026-12-05T00:00:00Z"}
NODES = {"accelerator.ascend-910c.n_per_node": "8"}
DOCKED = {"job.batch.width": "1000", "job.batch.collective": "1e-4 byte/op"}
LASER = "laser.crosslink-100g"
AGAINST = {f"{TWO}.batch.relay.orbit.ltan": "18:00"}
SWAPPING = {**AGAINST, "network.counter_rotating": "true", "laser.*.rates": '["1 Mbit/s"]'}
CLOSED = {f"{ONE}.batch.ring.count": "12"}
UNDER: dict[str, dict[str, str]] = {
    "laser.*.acquisition": SWAPPING,
    "network.topology": CLOSED,
    "network.counter_rotating": AGAINST,
    "spacecraft.*.battery.min_soc": DEPLETE,
    "spacecraft.*.radio.frequency": FAINT,
    "accelerator.*.network": NODES,
    "spacecraft.*.compute.dock": DOCKED,
    "links.dense_margin.*": FAINT,
    "spacecraft.*.radio.uplink.frequency": WEAK,
    "spacecraft.*.radio.uplink.implementation": WEAK,
    "launcher.*.flight_carbon": BOUNDARY["flight"],
    "launcher.*.worst_carbon": BOUNDARY["worst"],
    "hub.*.storage.power": WINDY,
    "hub.*.storage.energy": WINDY,
    "hub.*.storage.efficiency": WINDY,
    "hub.*.backup.power": DIRE,
    "hub.*.backup.price": DIRE,
    "hub.*.backup.carbon": DIRE,
    "accelerator.*.fp16": FP16,
    "accelerator.*.fp4": FP4,
    "workload.hot_latency": LIVE,
    "workload.cold_latency": IDLE,
    "workload.hot_access": SLOW,
    "workload.cold_access": RARE,
    "job.*.growth": OFTEN,
    "job.*.replicas": LONG,
    "job.*.per_satellite": LATER,
    "profile.*.weekend": OFTEN,
}

# Key, as the models know it -> what is changed in the mini scenario, with its company where needed.
CHANGES: dict[str, dict[str, object]] = {
    "name": {"name": "other"},
    "seed": {"seed": 8},
    "report_precision": {"report_precision": "fp16"},
    "accelerators": {"accelerators": "unrestricted"},
    "time.sampling": {"time.sampling": "every-day"},
    "time.windows_per_year": {"time.windows_per_year": 12},
    "time.window": {"time.window": "7 h"},
    "time.step": {"time.step": "30 s"},
    "time.slot": {"time.slot": "20 min"},
    "ground.stations": {"ground.stations": '["kiruna", "kashi"]'},
    "ground.hubs": {"ground.hubs": '["shaoguan", "horinger"]'},
    "ground.accelerator": {"ground.accelerator": "ascend-910b"},
    "ground.min_elevation": {"ground.min_elevation": "20 deg"},
    "running.faults": {"running.faults": "0.1 /d"},
    "running.storage": {"running.storage": "0.1 Gbit/s"},
    "running.restart": {"running.restart": "1 h"},
    "running.warm_up": {"running.warm_up": "1 h"},
    "ground.outage.*.station": {"ground.outage.0.station": "kiruna"},
    "ground.outage.*.antenna": {"ground.outage.0.antenna": 1},
    "ground.outage.*.start": {"ground.outage.0.start": "2026-12-02T14:30:00Z"},
    "ground.outage.*.end": {"ground.outage.0.end": "2026-12-02T10:30:00Z"},
    "links.availability": {"links.availability": "99.9 %"},
    "links.dense_margin.*": {**FAINT, "links.dense_margin.64APSK": "4 dB"},
    "ground.open": {"ground.open": "6 %"},
    "ground.idle": {"ground.idle": "30 %"},
    "economics.discount": {"economics.discount": "5 %/yr"},
    "economics.launch_boundary": BOUNDARY["flight"],
    "economics.satellite_operation": {"economics.satellite_operation": "3 %/yr"},
    "economics.building_operation": {"economics.building_operation": "3 %/yr"},
    "economics.building_life": {"economics.building_life": "15 yr"},
    "economics.hardware_life": {"economics.hardware_life": "4 yr"},
    "economics.hardware_price": {"economics.hardware_price": "20 USD/W"},
    "economics.hardware_carbon": {"economics.hardware_carbon": "0.3 kg/W"},
    "economics.building_carbon": {"economics.building_carbon": "2 kg/W"},
    "operations.envelope": {"operations.envelope": "deplete"},
    "scheduler.policy": {"scheduler.policy": "market"},
    "operations.shadow": {"operations.shadow": "cylinder"},
    "scheduler.sharing": {"scheduler.sharing": "pooled"},
    "scheduler.half_life": {"scheduler.half_life": "10 min"},
    "event.*.name": {"event.storm.name": "flood"},
    "event.*.kind": {"event.storm.kind": "exchange-cut", "event.storm.target": "Guangzhou"},
    "event.*.target": {"event.storm.target": "horinger"},
    "event.*.start": {"event.storm.start": "2026-11-20T06:00:00Z"},
    "event.*.end": {"event.storm.end": "2026-11-20T09:00:00Z"},
    "vault.failover": {"vault.failover": "1 h"},
    "vault.dataset.*.name": {"vault.dataset.archive.name": "books"},
    "vault.dataset.*.size": {"vault.dataset.archive.size": "2e5 Tbit"},
    "vault.dataset.*.change": {"vault.dataset.archive.change": "20 Mbit/s"},
    "vault.dataset.*.home": {
        "vault.dataset.archive.home": "horinger",
        "vault.dataset.archive.replicas": '["shaoguan", "ring"]',
    },
    "vault.dataset.*.replicas": {"vault.dataset.archive.replicas": '["ring"]'},
    "vault.dataset.*.sync": {"vault.dataset.archive.sync": "2 h"},
    "tenant.*.name": {"tenant.member.name": "partner"},
    "tenant.*.count": {"tenant.member.count": 3},
    "tenant.*.shares": {"tenant.institute.shares": 9},
    "tenant.*.guaranteed": {"tenant.institute.guaranteed": "70 %"},
    "tenant.*.quota": {"tenant.institute.quota": "12 %"},
    "tenant.*.priority": {"tenant.member.priority": 5},
    "tenant.*.demand": {"tenant.member.demand": 2.0},
    "network.topology": {**CLOSED, "network.topology": "none"},
    "network.counter_rotating": {**AGAINST, "network.counter_rotating": "true"},
    "network.clearance": {"network.clearance": "1000 km"},
    "network.relays": {"network.relays": "[]"},
    "network.access_delay": {"network.access_delay": "2 ms"},
    "network.line_overhead": {"network.line_overhead": "60 %"},
    "network.link_delay": {"network.link_delay": "1 ms"},
    "network.fibre_as_of": {"network.fibre_as_of": "2012-01-01T00:00:00Z"},
    "phase.*.name": {f"{ONE}.name": "first"},
    "phase.*.start": {
        f"{TWO}.start": "2026-12-20T12:00:00Z",
        f"{TWO}.batch.*.launch": "2026-12-21T00:00:00Z",
    },
    "phase.*.end": {f"{TWO}.end": "2027-01-12T00:00:00Z"},
    "phase.*.goal": {f"{ONE}.goal": "another"},
    "phase.*.batch.*.role": {
        f"{TWO}.batch.relay.role": "compute",
        f"{TWO}.batch.relay.spacecraft": "chenguang-1",
    },
    "phase.*.batch.*.spacecraft": {f"{ONE}.batch.walker.spacecraft": "chenguang-10kw"},
    "phase.*.batch.*.launcher": {f"{TWO}.batch.centre.launcher": "cz-9"},
    "phase.*.batch.*.count": {f"{ONE}.batch.ring.count": 7},
    "phase.*.batch.*.launch": {f"{ONE}.batch.ring.launch": "2026-12-10T00:00:00Z"},
    "phase.*.batch.*.lifetime": {f"{ONE}.batch.ring.lifetime": "20 d"},
    "phase.*.batch.*.priority": {f"{ONE}.batch.walker.priority": 1000.0},
    "phase.*.batch.*.orbit.pattern": {f"{TWO}.batch.centre.orbit.pattern": "ring"},
    "phase.*.batch.*.orbit.altitude": {f"{ONE}.batch.ring.orbit.altitude": "760 km"},
    "phase.*.batch.*.orbit.ltan": {f"{ONE}.batch.ring.orbit.ltan": "06:30"},
    "phase.*.batch.*.orbit.n_planes": {f"{ONE}.batch.walker.orbit.n_planes": 4},
    "phase.*.batch.*.orbit.phasing": {f"{ONE}.batch.walker.orbit.phasing": 1},
    "phase.*.batch.*.orbit.node_span": {f"{ONE}.batch.walker.orbit.node_span": "30 deg"},
    "phase.*.batch.*.orbit.phase": {f"{TWO}.batch.centre.orbit.phase": "90 deg"},
    "phase.*.batch.*.orbit.elements": {f"{ONE}.batch.real.orbit.elements": "other.tle"},
    "phase.*.milestone.*.what": {f"{ONE}.milestone.power.what": "bus_power"},
    "phase.*.milestone.*.at_least": {f"{ONE}.milestone.power.at_least": "70 kW"},
    "phase.*.milestone.*.precision": {f"{ONE}.milestone.operations.precision": "fp4"},
    "phase.*.milestone.*.by": {f"{ONE}.milestone.power.by": "2026-12-01T00:00:00Z"},
    "phase.*.milestone.*.required": {f"{ONE}.milestone.power.required": "true"},
    "phase.*.milestone.*.source": {f"{ONE}.milestone.power.source": "someone else"},
    "phase.*.milestone.*.name": {f"{ONE}.milestone.power.name": "another"},
    "phase.*.in_orbit": {f"{ONE}.in_orbit": '["cold"]'},
    "phase.*.demand.*": {f"{ONE}.demand.training": "1.5 Eop/s"},
    "spacecraft.*.array.area": {f"{RING}.array.area": "30 m2"},
    "spacecraft.*.array.efficiency": {f"{RING}.array.efficiency": "20 %"},
    "spacecraft.*.array.packing": {f"{RING}.array.packing": "60 %"},
    "spacecraft.*.array.loss": {f"{RING}.array.loss": "20 %/yr"},
    "spacecraft.*.array.conversion": {f"{RING}.array.conversion": "80 %"},
    "spacecraft.*.array.attitude": {f"{RING}.array.attitude": "orbit-normal"},
    "spacecraft.*.array.specific_power": {f"{CENTRE}.array.specific_power": "600 W/kg"},
    "spacecraft.*.battery.capacity": {f"{RING}.battery.capacity": "9 kWh"},
    "spacecraft.*.battery.min_soc": {**DEPLETE, f"{RING}.battery.min_soc": "45 %"},
    "spacecraft.*.battery.charge_efficiency": {f"{RING}.battery.charge_efficiency": "90 %"},
    "spacecraft.*.battery.discharge_efficiency": {f"{RING}.battery.discharge_efficiency": "90 %"},
    "spacecraft.*.battery.max_c_rate": {f"{RING}.battery.max_c_rate": "0.6 /h"},
    "spacecraft.*.battery.calendar_fade": {f"{RING}.battery.calendar_fade": "20 %/yr"},
    "spacecraft.*.battery.cycle_fade": {f"{RING}.battery.cycle_fade": "0.01 %"},
    "spacecraft.*.battery.specific_energy": {f"{CENTRE}.battery.specific_energy": "400 Wh/kg"},
    "spacecraft.*.radiator.area": {f"{RING}.radiator.area": "9 m2"},
    "spacecraft.*.radiator.n_sides": {f"{RING}.radiator.n_sides": 1},
    "spacecraft.*.radiator.emissivity": {f"{RING}.radiator.emissivity": "70 %"},
    "spacecraft.*.radiator.absorptivity": {f"{RING}.radiator.absorptivity": "60 %"},
    "spacecraft.*.radiator.attitude": {f"{RING}.radiator.attitude": "nadir"},
    "spacecraft.*.radiator.areal_mass": {f"{CENTRE}.radiator.areal_mass": "1 kg/m2"},
    "spacecraft.*.thermal.die_limit": {f"{RING}.thermal.die_limit": "60 degC"},
    "spacecraft.*.thermal.coolant_min": {f"{RING}.thermal.coolant_min": "-35 degC"},
    "spacecraft.*.thermal.heater_max": {f"{RING}.thermal.heater_max": "100 W"},
    "spacecraft.*.thermal.die_plate": {f"{RING}.thermal.die_plate": "2 K/kW"},
    "spacecraft.*.thermal.plate_radiator": {f"{RING}.thermal.plate_radiator": "2 K/kW"},
    "spacecraft.*.thermal.die": {f"{RING}.thermal.die": "40 kJ/K"},
    "spacecraft.*.thermal.plate": {f"{RING}.thermal.plate": "200 kJ/K"},
    "spacecraft.*.thermal.radiator": {f"{RING}.thermal.radiator": "160 kJ/K"},
    "spacecraft.*.bus.housekeeping": {f"{RING}.bus.housekeeping": "600 W"},
    "spacecraft.*.bus.radio": {f"{RING}.bus.radio": "600 W"},
    "spacecraft.*.bus.pump": {f"{RING}.bus.pump": "6 %"},
    "spacecraft.*.bus.dry_mass": {f"{CENTRE}.bus.dry_mass": "100 kg"},
    "spacecraft.*.compute.it_power": {f"{RING}.compute.it_power": "8 kW"},
    "spacecraft.*.compute.accelerator": {f"{RING}.compute.accelerator": "ascend-910b"},
    "spacecraft.*.compute.idle": {f"{RING}.compute.idle": "40 %"},
    "spacecraft.*.compute.dock": {**DOCKED, f"{CENTRE}.compute.dock": "1 Gbit/s"},
    "spacecraft.*.compute.mass_per_power": {f"{CENTRE}.compute.mass_per_power": "1 kg/kW"},
    "spacecraft.*.radio.band": {
        f"{RING}.radio.band": "ka",
        f"{RING}.radio.frequency": "26 GHz",
        f"{RING}.radio.uplink.frequency": "28.5 GHz",
    },
    "spacecraft.*.radio.frequency": {**FAINT, f"{RING}.radio.frequency": "8.6 GHz"},
    "spacecraft.*.radio.symbol_rate": {f"{RING}.radio.symbol_rate": "200 MHz"},
    "spacecraft.*.radio.eirp": {f"{RING}.radio.eirp": "8 dBW"},
    "spacecraft.*.radio.implementation": {f"{RING}.radio.implementation": "9 dB"},
    "spacecraft.*.radio.uplink.frequency": {**WEAK, f"{RING}.radio.uplink.frequency": "8.9 GHz"},
    "spacecraft.*.radio.uplink.symbol_rate": {f"{RING}.radio.uplink.symbol_rate": "20 MHz"},
    "spacecraft.*.radio.uplink.g_over_t": WEAK,
    "spacecraft.*.radio.uplink.implementation": {**WEAK, f"{RING}.radio.uplink.implementation": "4 dB"},
    "spacecraft.*.lasers.terminal": {f"{RING}.lasers.terminal": "older"},
    "spacecraft.*.lasers.count": {"spacecraft.relay.lasers.count": 3},
    "spacecraft.*.relay_terminal.power": {f"{RING}.relay_terminal.power": "50 W"},
    "laser.*.power": {f"{LASER}.power": "50 W"},
    "laser.*.wavelength": {f"{LASER}.wavelength": "0.001 um"},
    "laser.*.beam": {f"{LASER}.beam": "1 mW"},
    "laser.*.aperture": {f"{LASER}.aperture": "1 mm"},
    "laser.*.divergence": {f"{LASER}.divergence": "3 mrad"},
    "laser.*.jitter": {f"{LASER}.jitter": "100 urad"},
    "laser.*.transmit_loss": {f"{LASER}.transmit_loss": "50 dB"},
    "laser.*.receive_loss": {f"{LASER}.receive_loss": "50 dB"},
    "laser.*.photons_needed": {f"{LASER}.photons_needed": 1e6},
    "laser.*.rates": {f"{LASER}.rates": '["1 Mbit/s"]'},
    "laser.*.acquisition": {**SWAPPING, f"{LASER}.acquisition": "5 min"},
    "relay.*.lon": {"relay.tianlian-2-01.lon": "100 deg"},
    "relay.*.n_beams": {"relay.tianlian-2-01.n_beams": 1},
    "relay.*.down": {"relay.tianlian-2-01.down": "100 Mbit/s"},
    "relay.*.up": {"relay.tianlian-2-01.up": "10 Mbit/s"},
    "accelerator.*.all_in_power": {"accelerator.ascend-910c.all_in_power": "2 kW"},
    "accelerator.*.int8": {"accelerator.ascend-910c.int8": "1 Pop/s"},
    "accelerator.*.fp16": {**FP16, "accelerator.ascend-910c.fp16": "0.3 Pop/s"},
    "accelerator.*.fp4": {**FP4, "accelerator.ascend-910c.fp4": "0.3 Pop/s"},
    "spacecraft.*.price": {f"{RING}.price": "3000 USD/kg"},
    "spacecraft.*.carbon": {f"{RING}.carbon": "50 kg/kg"},
    "accelerator.*.price": {"accelerator.ascend-910c.price": "30000 USD"},
    "accelerator.*.carbon": {"accelerator.ascend-910c.carbon": "300 kg"},
    "launcher.*.price": {"launcher.cz-8a.price": "3000 USD/kg"},
    "launcher.*.flight_carbon": {**BOUNDARY["flight"], "launcher.cz-8a.flight_carbon": "40 kg/kg"},
    "launcher.*.life_cycle_carbon": {"launcher.cz-8a.life_cycle_carbon": "900 kg/kg"},
    "launcher.*.worst_carbon": {**BOUNDARY["worst"], "launcher.cz-8a.worst_carbon": "5000 kg/kg"},
    "accelerator.*.loss": {"accelerator.ascend-910c.loss": "30 %/yr"},
    "accelerator.*.upsets": {"accelerator.ascend-910c.upsets": "1 /d"},
    "accelerator.*.link": {"accelerator.ascend-910c.link": "1 Gbit/s"},
    "accelerator.*.n_per_node": {"accelerator.ascend-910c.n_per_node": 8},
    "accelerator.*.network": {**NODES, "accelerator.ascend-910c.network": "1 Gbit/s"},
    "launcher.*.payload": {"launcher.cz-8a.payload": "20 t"},
    "station.*.lat": {"station.kashi.lat": "39.54 deg"},
    "station.*.lon": {"station.kashi.lon": "76.08 deg"},
    "station.*.altitude": {"station.kashi.altitude": "1560 m"},
    "station.*.n_antennas": {"station.kiruna.n_antennas": 1},
    "station.*.slew": {"station.kiruna.slew": "10 min"},
    "station.*.acquisition": {"station.kashi.acquisition": "1 min"},
    "station.*.band.*.eirp": {"station.kashi.band.x.eirp": "30 dBW"},
    "station.*.band.*.g_over_t": {"station.kashi.band.x.g_over_t": "20 dB/K"},
    "hub.*.hub": {"hub.shaoguan.hub": "another"},
    "hub.*.serves": {"hub.shaoguan.serves": '["beijing"]'},
    "hub.*.side": {"hub.shaoguan.side": "west"},
    "hub.*.lat": {"hub.horinger.lat": "10 deg"},
    "hub.*.lon": {"hub.horinger.lon": "90 deg"},
    "hub.*.operator": {"hub.shaoguan.operator": "another"},
    "hub.*.racks": {"hub.horinger.racks": 90000},
    "hub.*.rack_growth": {"hub.horinger.rack_growth": "10 %/yr"},
    "hub.*.own_demand": {"hub.horinger.own_demand": "20 Eop/s"},
    "hub.*.building": {"hub.horinger.building": "4 USD/W"},
    "hub.*.temperature": {"hub.horinger.temperature": str(["30 degC"] * 12).replace("'", '"')},
    "hub.*.cooling": {"hub.horinger.cooling": "chiller"},
    "hub.*.water_per_person": {"hub.horinger.water_per_person": "900 m3"},
    "hub.*.grid.power": {"hub.horinger.grid.power": "1 MW"},
    "hub.*.grid.price": {"hub.horinger.grid.price": "0.1 USD/kWh"},
    "hub.*.grid.carbon": {"hub.horinger.grid.carbon": "0.1 kg/kWh"},
    "hub.*.wind.power": {"hub.horinger.wind.power": "200 MW"},
    "hub.*.wind.capacity_factor": {"hub.horinger.wind.capacity_factor": "35 %"},
    "hub.*.wind.price": {"hub.horinger.wind.price": "0.02 USD/kWh"},
    "hub.*.solar.power": {"hub.horinger.solar.power": "90 MW"},
    "hub.*.solar.capacity_factor": {"hub.horinger.solar.capacity_factor": "22 %"},
    "hub.*.solar.price": {"hub.horinger.solar.price": "0.02 USD/kWh"},
    "hub.*.storage.power": {**WINDY, "hub.horinger.storage.power": "2 MW"},
    "hub.*.storage.energy": {**WINDY, "hub.horinger.storage.energy": "5 MWh"},
    "hub.*.storage.efficiency": {**WINDY, "hub.horinger.storage.efficiency": "70 %"},
    "hub.*.backup.power": {**DIRE, "hub.horinger.backup.power": "50 MW"},
    "hub.*.backup.price": {**DIRE, "hub.horinger.backup.price": "0.3 USD/kWh"},
    "hub.*.backup.carbon": {**DIRE, "hub.horinger.backup.carbon": "0.7 kg/kWh"},
    "cooling.*.pue_free": {"cooling.air.pue_free": 1.2},
    "cooling.*.pue_chiller": {"cooling.chiller.pue_chiller": 1.6},
    "cooling.*.free_below": {"cooling.chiller.free_below": "5 degC"},
    "cooling.*.chiller_above": {"cooling.chiller.chiller_above": "24 degC"},
    "cooling.*.wue": {"cooling.air.wue": "0.5 l/kWh"},
    "hub.*.int8": {"hub.horinger.int8": "1 Eop/s"},
    "hub.*.growth": {"hub.horinger.growth": "90 %/yr"},
    "hub.*.year": {"hub.horinger.year": 2024},
    "city.*.lat": {"city.beijing.lat": "20 deg"},
    "city.*.lon": {"city.beijing.lon": "80 deg"},
    "job.*.temperature": {"job.imagery.temperature": "cold"},
    "job.*.work": {"job.training.work": "6e20 op"},
    "job.*.mfu": {"job.training.mfu": "35 %"},
    "job.*.precision": {"job.training.precision": "int8"},
    "job.*.priority": {"job.training.priority": 5},
    "job.*.replicas": {**LONG, "job.training.replicas": 3},
    "job.*.work_cv": {"job.training.work_cv": 1.5},
    "job.*.width": {"job.training.width": 8},
    "job.*.collective": {"job.training.collective": "1e-3 byte/op"},
    "job.*.preemptible": {"job.training.preemptible": "false"},
    "job.*.state": {"job.training.state": "9 Tbit"},
    "job.*.request": {"job.ai-inference.request": "30 min"},
    "job.*.input": {"job.training.input": "1 Tbit"},
    "job.*.output": {"job.imagery.output": "50 Gbit"},
    "job.*.latency": {"job.ai-inference.latency": "9 ms"},
    "job.*.deadline": {"job.imagery.deadline": "20 min"},
    "job.*.late": {"job.training.late": "reject"},
    "job.*.value": {"job.training.value": 7.0},
    "job.*.access": {"job.ai-inference.access": "0.001 /d", "job.ai-inference.latency": "1 h"},
    "job.*.profile": {"job.training.profile": "office"},
    "job.*.growth": {**OFTEN, "job.ai-inference.growth": "300 %/yr"},
    "job.*.per_satellite": {**LATER, "job.imagery.per_satellite": "false"},
    "profile.*.hours": {"profile.chat.hours": str([1.0] * 12 + [2.0] * 12)},
    "profile.*.clock": {"profile.chat.clock": "UTC+8"},
    "profile.*.weekend": {**OFTEN, "profile.chat.weekend": 1.2},
    "workload.max_entries": {"workload.max_entries": 60},
    "workload.hot_latency": {**LIVE, "workload.hot_latency": "1 ms"},
    "workload.cold_latency": {**IDLE, "workload.cold_latency": "5 s"},
    "workload.hot_access": {**SLOW, "workload.hot_access": "0.05 /d"},
    "workload.cold_access": {**RARE, "workload.cold_access": "0.5 /d"},
    "job.*.origins.*": {"job.ai-inference.origins.beijing": 0.9},
    "job.*.tenants.*": {"job.training.tenants.aircas": 1.0, "job.training.tenants.casc": 3.0},
}

# Words for people and choices of one: nothing to compute from them.
WORDS = {
    "title": "heads the report; kept in scenario.toml",
    "phase.*.batch.*.name": "labels a batch in fleet.nc and in paths",
    "station.*.full_name": "names a station on the command line",
    "hub.*.full_name": "names a cluster in the report",
    "vault.dataset.*.full_name": "names data in the report",
    "tenant.*.full_name": "names an owner in the report",
    "hub.*.pairs": "read by the policies of the plan, tested there",
    "accelerator.*.unrestricted": "read with accelerators = unrestricted, tested there",
    **{
        f"workload.trace.{key}": "tested in test_traces.py, on logs of its own"
        for key in ("file", "like", "processor", "start", "copies", "bad_rows")
    },
    "sources.*.year": "provenance, printed by check",
    "sources.*.source": "provenance, printed by check",
    "sources.*.confidence": "provenance, printed by check",
    "sources.*.range": "provenance, printed by check",
}


def keys(node: Node, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the keys of the models, lists and free keys as *."""
    if node.shape == "table":
        for key in node.fields:
            child = node.child(key)
            assert child is not None
            yield from keys(child, (*path, key))
    elif node.shape == "leaf" or (node.shape == "list" and (node.item is None or node.item.shape == "leaf")):
        yield ".".join(path)
    else:
        assert node.item is not None
        yield from keys(node.item, (*path, "*"))


def test_no_key_is_forgotten() -> None:
    known = set(keys(Node("table", model=Scenario)))
    assert known == set(CHANGES) | set(WORDS)
    assert not set(CHANGES) & set(WORDS)


@pytest.mark.parametrize("key", CHANGES, ids=str)
def test_key_changes_some_output(key: str) -> None:
    changed = mini.outcome(tuple((path, str(value)) for path, value in CHANGES[key].items()))
    if changed == mini.outcome(tuple(UNDER.get(key, {}).items())):
        pytest.fail(f"{key}: nothing changed")
