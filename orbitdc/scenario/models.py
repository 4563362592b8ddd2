"""Scenario models: every key a scenario accepts, with its unit and bounds → frozen objects in SI.

The docstring under a field is its documentation. In TOML a key carries no unit (`altitude = "750 km"`);
here the attribute does (`altitude_m`), and the alias generator strips that ending.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .cluster import Backup, Cooling, Grid, Hub, Plant, Storage
from .economics import Economics
from .hardware import (
    Accelerator,
    Antenna,
    Array,
    Battery,
    Bus,
    City,
    Compute,
    Downlaser,
    Job,
    Laser,
    Lasers,
    Launcher,
    Model,
    Precision,
    Radiator,
    Radio,
    Relay,
    RelayTerminal,
    Source,
    Spacecraft,
    Station,
    Telescope,
    Thermal,
    Uplink,
)
from .operation import Operation, Running, Scheduler, Shadow, Time
from .phases import Batch, Milestone, Orbit, Phase
from .quantities import Count, Name, Text, problem, refuse_repeated, show
from .segments import Control, Ground, Links, Network, Outage
from .tenants import Tenant, refuse_impossible_shares
from .vault import Event, Vault, refuse_unknown_places
from .workload import Profile, TraceFile, Workload

__all__ = [
    "HARDWARE",
    "Accelerator",
    "Antenna",
    "Array",
    "Backup",
    "Batch",
    "Battery",
    "Bus",
    "City",
    "Compute",
    "Control",
    "Cooling",
    "Downlaser",
    "Economics",
    "Event",
    "Grid",
    "Ground",
    "Hub",
    "Job",
    "Laser",
    "Lasers",
    "Launcher",
    "Links",
    "Milestone",
    "Model",
    "Network",
    "Operation",
    "Orbit",
    "Outage",
    "Phase",
    "Plant",
    "Precision",
    "Profile",
    "Radiator",
    "Radio",
    "Relay",
    "RelayTerminal",
    "Running",
    "Scenario",
    "Scheduler",
    "Shadow",
    "Source",
    "Spacecraft",
    "Station",
    "Storage",
    "Telescope",
    "Tenant",
    "Thermal",
    "Time",
    "TraceFile",
    "Uplink",
    "Workload",
]

HARDWARE = (
    "spacecraft", "accelerator", "launcher", "laser", "relay", "downlaser", "telescope", "station", "hub",
    "cooling", "city", "job", "profile",
)  # fmt: skip
"""Sections of a scenario that hold catalogue entries."""


class Scenario(Model):
    """A whole study; `catalog` holds the entries it names, overrides applied."""

    name: Name
    """Also the name of the run folder."""
    title: Text = ""
    """One line for people."""
    seed: Count = Field(ge=0)
    """Of all randomness."""
    report_precision: Precision = "int8"
    """Precision in which operations are counted."""
    accelerators: Literal["domestic", "unrestricted"] = "domestic"
    """unrestricted: each card is replaced by the one its entry names."""
    time: Time = Time()
    ground: Ground
    links: Links = Links()
    network: Network = Network()
    control: Control = Control()
    operations: Operation = Operation()
    running: Running = Running()
    scheduler: Scheduler = Scheduler()
    workload: Workload = Workload()
    economics: Economics = Economics()
    phase: tuple[Phase, ...] = Field(min_length=1)
    tenant: tuple[Tenant, ...] = ()
    """Owners of the machine; without any, everything is asked for by one."""
    event: tuple[Event, ...] = ()
    """Extreme events: each is played out in the window that stands for its date, beside the plan."""
    vault: Vault = Vault()
    spacecraft: dict[Name, Spacecraft]
    accelerator: dict[Name, Accelerator]
    launcher: dict[Name, Launcher]
    laser: dict[Name, Laser] = Field(default_factory=dict)
    relay: dict[Name, Relay] = Field(default_factory=dict)
    downlaser: dict[Name, Downlaser] = Field(default_factory=dict)
    telescope: dict[Name, Telescope] = Field(default_factory=dict)
    station: dict[Name, Station]
    hub: dict[Name, Hub]
    cooling: dict[Name, Cooling]
    city: dict[Name, City]
    job: dict[Name, Job]
    profile: dict[Name, Profile] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)
    """Dotted path of a value -> where it comes from; written beside the value in TOML."""

    @model_validator(mode="after")
    def _plan_hangs_together(self) -> Self:
        refuse_repeated("phase", [phase.name for phase in self.phase])
        for earlier, later in zip(self.phase, self.phase[1:], strict=False):
            if later.start < earlier.end:
                raise problem(
                    show(later.start),
                    f"not before the end of {earlier.name}, {show(earlier.end)}",
                    key=f"phase.{later.name}.start",
                )
        flies = any(phase.batch for phase in self.phase)
        if not flies and not self.ground.hubs:
            raise problem("no batch in any phase, no hub", "a [[phase.batch]], or ground.hubs", key="phase")
        if flies and not self.ground.stations:
            raise problem("no station", "at least one, for the satellites to talk to", key="ground.stations")
        refuse_repeated("phase", [batch.name for phase in self.phase for batch in phase.batch])
        first, last = self.phase[0].start, self.phase[-1].end
        for phase in self.phase:
            for index, milestone in enumerate(phase.milestone):
                if not first <= milestone.by <= last:
                    raise problem(
                        show(milestone.by),
                        f"a date within the plan, {show(first)} to {show(last)}",
                        key=f"phase.{phase.name}.milestone.{milestone.name or index}.by",
                    )
        return self

    @model_validator(mode="after")
    def _outages_name_what_there_is(self) -> Self:
        for index, outage in enumerate(self.ground.outage):
            station = self.station.get(outage.station)
            if station is None or outage.station not in self.ground.stations:
                in_use = "a station in use: " + ", ".join(self.ground.stations)
                raise problem(outage.station, in_use, key=f"ground.outage.{index}.station")
            if outage.antenna is not None and outage.antenna >= station.n_antennas:
                allowed = f"0 to {station.n_antennas - 1}, the antennas of {outage.station}"
                raise problem(str(outage.antenna), allowed, key=f"ground.outage.{index}.antenna")
        return self

    @model_validator(mode="after")
    def _batches_can_do_their_role(self) -> Self:
        for phase in self.phase:
            for batch in phase.batch:
                craft = self.spacecraft.get(batch.spacecraft)
                if craft is not None and (craft.compute is None) != (batch.role == "relay"):
                    has = "no [compute]" if craft.compute is None else "[compute]"
                    raise problem(
                        f"{batch.spacecraft}, which has {has}",
                        f"a spacecraft for the role {batch.role}",
                        key=f"phase.{phase.name}.batch.{batch.name}.spacecraft",
                    )
        return self

    @model_validator(mode="after")
    def _hubs_serve_cities_that_ask(self) -> Self:
        for name, hub in self.hub.items():
            for city in hub.serves:
                if city not in self.city:
                    raise problem(show(city), "a city that asks for work", key=f"hub.{name}.serves")
        return self

    @model_validator(mode="after")
    def _owners_can_share(self) -> Self:
        refuse_impossible_shares(self.tenant)
        return self

    @model_validator(mode="after")
    def _events_and_replicas_have_a_place(self) -> Self:
        batches = [batch.name for phase in self.phase for batch in phase.batch if batch.role == "compute"]
        hubs = [self.hub[name].hub for name in self.ground.hubs if name in self.hub]
        refuse_unknown_places(
            self.event, self.vault, clusters=self.ground.hubs, hubs=hubs,
            stations=self.ground.stations, batches=batches,
        )  # fmt: skip
        return self

    @property
    def tenants(self) -> dict[str, Tenant]:
        """Owners by name, those alike each by its own."""
        return {name: tenant for tenant in self.tenant for name in tenant.names}

    @model_validator(mode="after")
    def _one_source_of_jobs(self) -> Self:
        asked = [phase.name for phase in self.phase if phase.demand]
        if self.workload.trace is not None and asked:
            raise problem("demand beside workload.trace", "one of them", key=f"phase.{asked[0]}.demand")
        return self

    def replace(self, changes: Mapping[str, object]) -> Scenario:
        """Return this scenario with values at dotted paths changed; the original stays as it is.

        Parameters
        ----------
        changes : mapping
            Dotted path, `*` for all -> value as it would stand in TOML (text with its unit, number, list).

        Returns
        -------
        Scenario

        Raises
        ------
        InputError
            For a path that does not exist or a value that is not allowed.

        Examples
        --------
        >>> import orbitdc
        >>> hot = orbitdc.load("beijing-2035").replace({"spacecraft.*.radiator.area": "180 m2"})
        >>> {craft.radiator.area_m2 for craft in hot.spacecraft.values()}
        {180.0}
        """
        from .reader import replaced

        return replaced(self, changes)

    def hash(self) -> str:
        """Return the SHA-256 of everything that can change a result; titles and sources cannot."""
        content: dict[str, Any] = self.model_dump(mode="json", exclude={"title", "sources"})
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()
