"""Segments of the system: ground, control, links and network → frozen objects in SI."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ..constants import DAY_S, DEG
from .hardware import Model
from .quantities import (
    Angle,
    Count,
    Decibel,
    Duration,
    Fraction,
    Instant,
    Length,
    Name,
    Text,
    problem,
    refuse_repeated,
    show,
)  # fmt: skip


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
        refuse_repeated("stations", list(self.stations))
        refuse_repeated("hubs", list(self.hubs))
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
        refuse_repeated("relays", list(self.relays))
        return self
