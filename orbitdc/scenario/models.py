"""Scenario models: every key a scenario accepts, with its unit and bounds → frozen objects in SI.

The docstring under a field is its documentation. In TOML a key carries no unit (`altitude = "750 km"`);
here the attribute does (`altitude_m`), and the alias generator strips that ending.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..constants import DAY_S, DEG
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
from .quantities import (
    CARDS,
    POWER,
    WORK_RATE,
    Angle,
    BitRate,
    Clock,
    Count,
    Decibel,
    Duration,
    Fraction,
    Instant,
    Kind,
    Length,
    Name,
    Number,
    OperationRate,
    PerDay,
    Text,
    key_of,
    problem,
    show,
)
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

Shadow = Literal["oblate-cone", "cone", "oblate-point", "point", "cylinder"]


class Orbit(Model):
    """Where a batch flies."""

    pattern: Literal["ring", "walker", "docked", "elements"]
    """ring: one plane, evenly spaced. walker: T/P/F. docked: all in one place. elements: from a file."""
    altitude_m: Length | None = Field(default=None, ge=200e3, le=2000e3)
    """SGP4's mean semi-major axis minus 6378.137 km; sun-synchronous inclination follows."""
    ltan_h: Clock | None = None
    """Mean local time of the ascending node."""
    n_planes: Count = Field(default=1, ge=1, le=10_000)
    """walker: P."""
    phasing: Count = Field(default=0, ge=0)
    """walker: F, 0 .. P-1."""
    node_span_rad: Angle = Field(default=0.0, ge=0, le=6.2832)
    """walker: right ascension covered by the planes, centred on the LTAN."""
    phase_rad: Angle = 0.0
    """Argument of latitude of the first satellite on the reference date."""
    elements: Text | None = None
    """elements: stem of a file in tle/, or a path from the scenario's folder."""

    @property
    def reads(self) -> frozenset[str]:
        """Attributes that the pattern reads; the others must be left out."""
        if self.pattern == "elements":
            return frozenset({"pattern", "elements"})
        of_walker = {"n_planes", "phasing", "node_span_rad"} if self.pattern == "walker" else set()
        return frozenset({"pattern", "altitude_m", "ltan_h", "phase_rad"} | of_walker)

    @model_validator(mode="after")
    def _fits_its_pattern(self) -> Self:
        for attribute, field in type(self).model_fields.items():
            value, key = getattr(self, attribute), key_of(attribute)
            if attribute in self.reads and value is None:
                raise problem("nothing", f"a value: the pattern {self.pattern} needs it", key=key)
            if attribute not in self.reads and value != field.default:
                raise problem("a value", f"nothing: the pattern {self.pattern} does not read it", key=key)
        if self.phasing >= self.n_planes:
            raise problem(f"{self.phasing}", f"0 to n_planes - 1, {self.n_planes - 1}", key="phasing")
        return self


class Batch(Model):
    """Satellites of one type launched to one place at one date."""

    name: Name
    role: Literal["compute", "relay"] = "compute"
    """compute: takes jobs. relay: carries data only."""
    spacecraft: Name
    """Catalogue key."""
    launcher: Name = "cz-8a"
    """Catalogue key of the vehicle that carries it."""
    count: Count = Field(ge=1, le=100_000)
    """Satellites, or modules of a docked centre."""
    launch: Instant
    """In service from this instant on."""
    lifetime_s: Duration = Field(gt=0, le=50 * 365.25 * DAY_S)
    """In service until launch + lifetime, that instant not included."""
    orbit: Orbit
    priority: Number = Field(default=1.0, gt=0, le=1e6)
    """Worth of a bit of this batch to the contact planner; stations contend by bits times priority."""

    @model_validator(mode="after")
    def _planes_divide_count(self) -> Self:
        if self.count % self.orbit.n_planes:
            raise problem(
                f"{self.count} satellites in {self.orbit.n_planes} planes",
                "a count that the number of planes divides",
                key="count",
            )
        return self


class Milestone(Model):
    """A promise with a date."""

    what: Literal["it_power", "bus_power", "array_bol_power", "array_eol_power", "installed_op", "n_cards"]
    """One of the four powers, peak operations, or cards."""
    at_least: Text
    """Quantity with unit."""
    precision: Precision | None = None
    """For installed_op."""
    by: Instant
    required: bool = Field(default=False, strict=True)
    """Exit 3 if missed."""
    source: Text
    """Who promised it, and what was assumed."""
    name: Name | None = None
    """For dotted paths; the index serves otherwise."""

    @property
    def unit(self) -> str:
        """SI unit of the threshold: W, op/s or card."""
        return {"installed_op": "op/s", "n_cards": "card"}.get(self.what, "W")

    @property
    def threshold(self) -> float:
        """Threshold in `unit`."""
        return self._kind.parse(self.at_least)

    @property
    def _kind(self) -> Kind:
        return {"installed_op": WORK_RATE, "n_cards": CARDS}.get(self.what, POWER)

    @model_validator(mode="after")
    def _measures_what_it_names(self) -> Self:
        try:
            self._kind.parse(self.at_least)
        except PydanticCustomError as error:
            said = error.context or {}
            raise problem(said["found"], said["allowed"], said["suggestion"], key="at_least") from error
        if self.what == "installed_op" and self.precision is None:
            raise problem("nothing", "int8, fp16 or fp4: operations carry their precision", key="precision")
        if self.what != "installed_op" and self.precision is not None:
            raise problem(show(self.precision), f"nothing: {self.what} has no precision", key="precision")
        return self


class Phase(Model):
    """A part of the plan."""

    name: Name
    start: Instant
    end: Instant
    goal: Text = ""
    """What the plan says the phase is for."""
    batch: tuple[Batch, ...] = ()
    milestone: tuple[Milestone, ...] = ()
    demand: dict[Name, OperationRate] = Field(default_factory=dict)
    """Job class -> mean work asked for, useful operations per second at the precision of the class."""
    in_orbit: tuple[Literal["space", "cold", "warm", "hot"], ...] = ("space", "cold", "warm", "hot")
    """Temperatures that the plan lets orbit compute: its goal, in the scheduler's words."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.end <= self.start:
            raise problem(show(self.end), f"an instant after the start, {show(self.start)}", key="end")
        for batch in self.batch:
            real = batch.orbit.pattern == "elements"
            too_early = batch.launch < self.start and not real
            gone = real and (batch.launch + timedelta(seconds=batch.lifetime_s) <= self.start)
            if too_early or gone or batch.launch >= self.end:
                raise problem(
                    show(batch.launch),
                    f"a launch within the phase, {show(self.start)} to {show(self.end)}",
                    key=f"batch.{batch.name}.launch",
                )
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _refuse_repeated("batch", [batch.name for batch in self.batch])
        _refuse_repeated("milestone", [one.name for one in self.milestone if one.name is not None])
        return self


def _refuse_repeated(key: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise problem(f'the name "{name}" {names.count(name)} times', "a name of its own for each", key=key)


class Time(Model):
    """How the horizon is sampled."""

    sampling: Literal["representative", "every-day"] = "representative"
    """representative: some windows a year stand for all. every-day: each day is simulated."""
    windows_per_year: Count = Field(default=12, ge=1, le=366)
    """Windows for contacts and scheduling; light is computed on every day whatever this says."""
    window_s: Duration = Field(default=86400.0, ge=3600.0, le=31 * DAY_S)
    """Length of a window."""
    step_s: Duration = Field(default=60.0, ge=1.0, le=600.0)
    """Step of light, heat and battery."""
    slot_s: Duration = Field(default=600.0, ge=1.0)
    """Step of the scheduler."""

    @model_validator(mode="after")
    def _steps_nest(self) -> Self:
        if not _divides(self.step_s, self.slot_s):
            raise problem(f"{self.slot_s:g} s", f"a whole number of steps of {self.step_s:g} s", key="slot")
        if not _divides(self.slot_s, self.window_s):
            raise problem(
                f"{self.window_s:g} s", f"a whole number of slots of {self.slot_s:g} s", key="window"
            )
        if self.windows_per_year * self.window_s > 366 * DAY_S:
            raise problem(
                f"{self.windows_per_year} windows of {self.window_s / DAY_S:g} days",
                "windows that fit into a year",
                key="windows_per_year",
            )
        return self


def _divides(part: float, whole: float) -> bool:
    return whole >= part and abs(whole / part - round(whole / part)) < 1e-9


class Outage(Model):
    """A time in which a station, or one antenna of it, is out of service."""

    station: Name
    """Key of a station in use."""
    antenna: Count | None = Field(default=None, ge=0)
    """Number of the antenna, from 0; all of the station's antennas where none is named."""
    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.end <= self.start:
            raise problem(show(self.end), f"an instant after the start, {show(self.start)}", key="end")
        return self


class Ground(Model):
    """Stations and hubs in use."""

    stations: tuple[Name, ...] = ()
    """Catalogue keys; none where nothing flies."""
    hubs: tuple[Name, ...] = ()
    """Catalogue keys of clusters, each a site of its own."""
    accelerator: Name = "ascend-910c"
    """Catalogue key of the card in the hubs."""
    min_elevation_rad: Angle = Field(default=10.0 * DEG, ge=0, lt=1.5707)
    """Elevation above which a satellite is seen."""
    outage: tuple[Outage, ...] = ()
    """Dates at which stations are out of service; a window takes those that fall into it."""
    open_frac: Fraction = Field(default=1.0, gt=0)
    """Part of each cluster that is open to this system's jobs, with its racks, power and own demand."""
    idle_frac: Fraction = Field(default=0.25, lt=1)
    """Power of a rack that is on and idle over its full power: cards draw 97 to 101 W of 400 W in half of
    all samples (AcmeTrace, Seren and Kalos, 2023)."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _refuse_repeated("stations", list(self.stations))
        _refuse_repeated("hubs", list(self.hubs))
        return self


class Control(Model):
    """What ground control asks of each satellite."""

    demand_s: Duration = Field(default=300.0, gt=0, le=DAY_S)
    """Command and telemetry contact demanded per satellite and day (estimate, 2 to 20 min)."""
    max_silence_s: Duration = Field(default=DAY_S, gt=0)
    """A satellite not commanded for so long goes to safe mode and computes nothing until the next contact
    (estimate, 12 h to 3 d)."""


Dense = Literal["32APSK", "64APSK", "128APSK", "256APSK"]


class Links(Model):
    """How links to the ground are planned."""

    availability_frac: Fraction = Field(default=0.99, ge=0.5, le=0.9999)
    """Share of an average year in which a radio link holds its rate against rain, cloud and scintillation."""
    dense_margin_db: dict[Dense, Decibel] = Field(default_factory=dict)
    """Demodulator margin beyond a radio's `implementation`, by constellation; for those not named, 0.5 dB at
    32APSK and 1.5 dB above (estimate from published modems)."""
    cloud: Literal["clear", "central", "cloudy"] = "central"
    """Cloud over telescopes: lower end, middle or upper end of what the statistics leave open."""
    cloud_hour: Literal["night", "dawn", "dusk"] = "dusk"
    """Hour of the contacts, for which the statistics, of nights, are taken over: dusk is 8 % cloudier, and
    either twilight twice as uncertain (assumption)."""
    cloud_correlation_m: Length = Field(default=400e3, gt=0, le=1e8)
    """Distance at which the correlation of cloud between telescopes falls to 1/e (estimate)."""


class Network(Model):
    """How satellites, stations, hubs and cities are joined."""

    topology: Literal["none", "docked", "ring", "grid", "cluster"] = "ring"
    """none, docked: only modules docked to each other, by their bus. ring: each satellite and the next in its
    plane. grid: also the nearest in the planes beside it. cluster: each and all others, within 1 km."""
    counter_rotating: bool = Field(default=False, strict=True)
    """Lasers also between satellites that fly against each other."""
    clearance_m: Length = Field(default=80e3, ge=0, le=1e6)
    """Height over the Earth that a laser keeps, clear of air and weather."""
    relays: tuple[Name, ...] = ()
    """Catalogue keys of geostationary relays."""
    access_delay_s: Duration = Field(default=1e-3, lt=1)
    """One way, from a user to the network of the city (metropolitan tier, CAICT 2024)."""
    line_overhead_frac: Fraction = 0.45
    """Equipment of lines on the ground, over the time of light: hub to hub 14.6 ms in the mean over private
    IP (CAICT 2024); some 65 % over the public internet."""
    link_delay_s: Duration = Field(default=1e-4, lt=1)
    """Switch and coding of each link through space (estimate; 0.02 to 1 ms)."""
    line_open_frac: Fraction = Field(default=1.0, gt=0)
    """Part of each line of fibre that is open to this system; the traffic of others takes the rest."""
    fibre_nodes: Text | None = Field(default=None, min_length=1)
    """Exchanges and towns in place of those of China: a table like `orbitdc/network/fibre_nodes.csv`, a path
    from the scenario's folder."""
    fibre_lines: Text | None = Field(default=None, min_length=1)
    """Lines with their dates and capacities in place of those of China: a table like
    `orbitdc/network/fibre_lines.csv`, a path from the scenario's folder. A line ends at a node, or at a city,
    cluster or station of the scenario; one that is there anyway gets this capacity."""
    fibre_as_of: Instant | None = None
    """The network on the ground stays as on that day; without it, as on the day of each window."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _refuse_repeated("relays", list(self.relays))
        return self


class Operation(Model):
    """How the satellites are run."""

    envelope: Literal["shed", "ride-through", "deplete"] = "shed"
    """shed: full load in sunlight, housekeeping in shadow. ride-through: the largest load held through the
    orbit. deplete: full load until the battery is at its floor."""
    shadow: Shadow = "oblate-cone"
    """Shape of the Earth's shadow."""


class Running(Model):
    """What interrupts a gang of cards, and what it takes to save and to restart one."""

    faults_per_day: PerDay = 4.74e-4
    """Interruptions of one card and day by anything but radiation, on the ground and in orbit: 419 unexpected
    ones in 54 days on 16,384 cards (Meta, datacenterdynamics.com 2024)."""
    storage_bit_per_s: BitRate = Field(default=2.3e9, gt=0)
    """To and from the store, each card: 7 TB/s at peak over a cluster of 24,576 cards (Llama 3 report,
    arXiv 2407.21783)."""
    restart_s: Duration = 300.0
    """From an interruption to the reload: notice, give out another card, start the program (estimate, 1 to 10
    min: Llama 3 kept over 90 % of its time, so that 466 interruptions cost 17 min each at most, work lost and
    reload included)."""
    warm_up_s: Duration = 120.0
    """From the reload to full speed: compile, connect, fill caches (estimate, 0.5 to 5 min, same basis)."""


class Scheduler(Model):
    """Who decides what runs where."""

    policy: Literal["market", "east-west", "east-west-orbit", "greedy", "carbon", "price", "optimal"] = (
        "greedy"
    )
    """market: nearest and fastest. price: hot nearest, the rest where power is cheapest. east-west: hot near
    its users, cold west; with orbit: or up. greedy: the most worth on time. carbon: where and when power is
    cleanest. optimal: by a linear programme."""
    sharing: Literal["pooled", "guaranteed", "fair"] = "fair"
    """pooled: one line for all owners. guaranteed: around what each has reserved. fair: and by turns."""
    half_life_s: Duration = Field(default=6 * 3600.0, gt=0)
    """fair: in which an owner's past use fades to a half."""


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
        _refuse_repeated("phase", [phase.name for phase in self.phase])
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
        _refuse_repeated("phase", [batch.name for phase in self.phase for batch in phase.batch])
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
