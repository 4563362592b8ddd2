"""Phases of a plan: satellites launched to orbits at dates, promises, demand → frozen objects in SI."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..constants import DAY_S
from .hardware import Model, Precision
from .quantities import (
    CARDS,
    POWER,
    WORK_RATE,
    Angle,
    Clock,
    Count,
    Duration,
    Instant,
    Kind,
    Length,
    Name,
    Number,
    OperationRate,
    Text,
    key_of,
    problem,
    refuse_repeated,
    show,
)  # fmt: skip


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
        refuse_repeated("batch", [batch.name for batch in self.batch])
        refuse_repeated("milestone", [one.name for one in self.milestone if one.name is not None])
        return self
