"""Hardware, sites and job classes: the entries of the catalogue, each key with its unit and bounds.

The docstring under a field is its documentation. In TOML a key carries no unit (`altitude = "750 km"`);
here the attribute does (`altitude_m`), and the alias generator strips that ending.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .quantities import (
    Angle,
    AngleDeg,
    Area,
    ArealMass,
    BitRate,
    BytePerOperation,
    Count,
    Data,
    Decibel,
    DecibelPerKelvin,
    DecibelWatt,
    Duration,
    Energy,
    Fraction,
    FractionPerYear,
    Frequency,
    HeatCapacity,
    Length,
    Mass,
    MassPerMass,
    MassPerPower,
    Money,
    Name,
    Number,
    OperationRate,
    Operations,
    PerDay,
    PerHour,
    Power,
    PricePerMass,
    SpecificEnergy,
    SpecificPower,
    Temperature,
    Text,
    ThermalResistance,
    key_of,
    problem,
)

Precision = Literal["int8", "fp16", "fp4"]


class Model(BaseModel):
    """Frozen, no unknown key, attribute `x_m` written as key `x`."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=key_of,
        validate_by_name=False,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )


class Source(BaseModel):
    """Where a value comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: Count = Field(ge=1900, le=2100)
    source: Text = Field(min_length=3)
    confidence: Literal["cited", "measured", "estimate", "assumed"]
    range: tuple[Text, Text] | None = None
    """Between what bounds the value may lie; an assumed value must say."""

    @model_validator(mode="after")
    def _assumed_within_a_range(self) -> Self:
        if self.confidence == "assumed" and self.range is None:
            raise problem("nothing", 'two bounds, such as ["1 l/kWh", "2 l/kWh"]', key="range")
        return self

    @property
    def words(self) -> str:
        """The source, and between what bounds the value may lie."""
        return f"{self.source}; range {self.range[0]} to {self.range[1]}" if self.range else self.source


class Array(Model):
    """Solar array."""

    area_m2: Area = Field(gt=0)
    """Cell area."""
    efficiency_frac: Fraction = Field(gt=0)
    """Cell efficiency at beginning of life, 28 deg C."""
    packing_frac: Fraction = Field(gt=0)
    """Packing and operating-temperature factor on the cell efficiency."""
    loss_per_yr_frac: FractionPerYear
    """Power lost per year of age, compounding (radiation, ultraviolet)."""
    conversion_frac: Fraction = Field(gt=0)
    """Array regulator and distribution: array power that reaches the bus."""
    attitude: Literal["sun", "orbit-normal"]
    """`sun`: tracks the Sun. `orbit-normal`: fixed to the orbit normal, cosine = |sin beta|."""
    specific_power_w_per_kg: SpecificPower = Field(gt=0)
    """Beginning-of-life array power per mass; gives the array's mass."""


class Battery(Model):
    """Battery pack."""

    capacity_j: Energy = Field(gt=0)
    """Nameplate energy at beginning of life."""
    min_soc_frac: Fraction
    """State of charge never gone below."""
    charge_efficiency_frac: Fraction = Field(gt=0)
    """Stored per charged energy."""
    discharge_efficiency_frac: Fraction = Field(gt=0)
    """Delivered per withdrawn energy."""
    max_c_rate_per_h: PerHour = Field(gt=0)
    """Largest charge or discharge power over capacity."""
    calendar_fade_per_yr_frac: FractionPerYear
    """Capacity lost per year of age, compounding."""
    cycle_fade_frac: Fraction
    """Capacity lost in one cycle of 30 % depth; scales with (depth / 0.3)^1.6."""
    specific_energy_j_per_kg: SpecificEnergy = Field(gt=0)
    """Pack energy per mass; gives the battery's mass."""


class Radiator(Model):
    """Radiator panel."""

    area_m2: Area = Field(gt=0)
    """Area of one side."""
    n_sides: Count = Field(ge=1, le=2)
    """Sides that see space."""
    emissivity_frac: Fraction = Field(gt=0)
    """Hemispherical infrared emissivity, end of life."""
    absorptivity_frac: Fraction
    """Solar absorptivity, end of life."""
    attitude: Literal["along-track", "nadir"]
    """Normal of the panel; edge-on to the Sun either way: it sees Earth with 0.226 or 0.80 at 750 km."""
    areal_mass_kg_per_m2: ArealMass = Field(gt=0)
    """Mass per area of panel, pumped loop included."""


class Thermal(Model):
    """Heat path die, cold plate, radiator."""

    die_limit_k: Temperature
    """Highest die temperature."""
    coolant_min_k: Temperature
    """Lowest coolant (cold-plate) temperature; heaters hold it."""
    heater_max_w: Power
    """Largest heater power."""
    die_plate_k_per_w: ThermalResistance = Field(gt=0)
    """Die to cold plate, all cards in parallel."""
    plate_radiator_k_per_w: ThermalResistance = Field(gt=0)
    """Cold plate to radiator through the coolant."""
    die_j_per_k: HeatCapacity = Field(gt=0)
    """Heat capacity of the cards."""
    plate_j_per_k: HeatCapacity = Field(gt=0)
    """Heat capacity of cold plates and coolant."""
    radiator_j_per_k: HeatCapacity = Field(gt=0)
    """Heat capacity of the radiator."""

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.coolant_min_k >= self.die_limit_k:
            raise problem(
                f"{self.coolant_min_k:g} K", f"less than die_limit, {self.die_limit_k:g} K", key="coolant_min"
            )
        return self


class Bus(Model):
    """Everything that is not payload."""

    housekeeping_w: Power
    """Drawn always: attitude, avionics, receivers."""
    radio_w: Power
    """Drawn while the transmitter is on."""
    laser_w: Power = 0.0
    """Drawn while a telescope tracks the laser to the ground."""
    pump_frac: Fraction
    """Pump power per heat moved."""
    dry_mass_kg: Mass = Field(gt=0)
    """Structure, avionics, propulsion, propellant."""


class Compute(Model):
    """The payload."""

    it_power_w: Power = Field(gt=0)
    """Power of all cards at full load, host and network included."""
    accelerator: Name
    """Catalogue key of the card; their number is it_power over the card's all-in power."""
    idle_frac: Fraction
    """Share of the full power drawn by cards that are on and idle."""
    mass_per_power_kg_per_w: MassPerPower = Field(gt=0)
    """Mass of the compute hardware per full power."""
    dock_bit_per_s: BitRate = 0.0
    """Data line to the modules docked to it, one way, all its cards together; 0: none."""


Modulation = Literal["QPSK", "8PSK", "8APSK", "16APSK", "32APSK", "64APSK", "128APSK", "256APSK"]


class Uplink(Model):
    """What a satellite receives with, in the band of its radio."""

    frequency_hz: Frequency = Field(gt=0)
    """Carrier from the ground."""
    symbol_rate_hz: Frequency = Field(gt=0)
    """Symbols per second."""
    g_over_t_db_per_k: DecibelPerKelvin
    """Receive gain over system noise temperature; the antenna looks at the warm Earth."""
    implementation_db: Decibel = Field(ge=0, le=20)
    """Demodulator margin on the ideal Es/N0, up to 16APSK."""
    modulation: Modulation = "32APSK"
    """Densest constellation that its modem receives."""


class Radio(Model):
    """Radio terminal to ground."""

    band: Literal["s", "x", "ka"]
    frequency_hz: Frequency = Field(gt=0)
    """Downlink carrier."""
    symbol_rate_hz: Frequency = Field(gt=0)
    """Symbols per second (occupied band = symbol rate x (1 + roll-off))."""
    eirp_dbw: DecibelWatt
    """Effective isotropic radiated power, pointing loss taken off."""
    implementation_db: Decibel = Field(ge=0, le=20)
    """Demodulator margin on the ideal Es/N0, up to 16APSK; `links.dense_margin` comes on top."""
    modulation: Modulation = "256APSK"
    """Densest constellation that its modem sends."""
    uplink: Uplink | None = None
    """Absent: it only sends."""


class Lasers(Model):
    """Laser terminals to other satellites."""

    terminal: Name
    """Catalogue key of the terminal."""
    count: Count = Field(ge=2, le=1000)
    """Terminals: a ring takes two, a grid four; those left serve relays, or on a relay its users."""


class RelayTerminal(Model):
    """Radio terminal to a geostationary relay."""

    power_w: Power
    """Drawn while a beam of a relay serves the satellite."""


class Spacecraft(Model):
    """One satellite as the sum of its parts."""

    array: Array
    battery: Battery
    radiator: Radiator
    thermal: Thermal
    bus: Bus
    compute: Compute | None = None
    """Absent on relay satellites."""
    radio: Radio
    lasers: Lasers | None = None
    """Absent: no link to other satellites but by geostationary relay."""
    relay_terminal: RelayTerminal | None = None
    """Absent: no geostationary relay serves it."""
    price_usd_per_kg: PricePerMass
    """Building and testing it, per mass without the computers."""
    carbon_kg_per_kg: MassPerMass
    """Carbon of building it, per mass without the computers."""
    downlaser: Name | None = None
    """Catalogue key of its laser terminal to the ground; absent where it has none."""
    telemetry: Radio | None = None
    """Radio for telemetry and command; without it, or without a command antenna that hears it, data contacts
    with an uplink command the satellite."""


class Accelerator(Model):
    """One compute card; operations carry their precision."""

    all_in_power_w: Power = Field(gt=0)
    """Card with its share of host, network and conversion."""
    int8_op_per_s: OperationRate
    fp16_op_per_s: OperationRate
    fp4_op_per_s: OperationRate
    """Dense peak rates; 0 where the card has no such unit."""
    loss_per_yr_frac: FractionPerYear
    """Cards lost for good per year in orbit, compounding."""
    upsets_per_day: PerDay
    """Upsets by radiation of one card and day in orbit that stop what it runs; corrected ones do not."""
    link_bit_per_s: BitRate = Field(gt=0)
    """From one card to the others of its node, one way."""
    n_per_node: Count = Field(ge=1)
    """Cards that such links join."""
    network_bit_per_s: BitRate = Field(gt=0)
    """From one card to other nodes through the network of racks, one way."""
    price_usd: Money
    """One card with its share of host and network."""
    carbon_kg: Mass
    """Carbon of making it with that share."""
    unrestricted: Name
    """Card that takes its place with `accelerators = "unrestricted"`; itself if none."""


class Launcher(Model):
    """A launch vehicle: what it lifts, costs and emits."""

    payload_kg: Mass = Field(gt=0)
    """To a 700-800 km sun-synchronous orbit."""
    price_usd_per_kg: PricePerMass
    """Per mass lifted there."""
    flight_carbon_kg_per_kg: MassPerMass
    """Carbon of the flight alone, per mass lifted."""
    life_cycle_carbon_kg_per_kg: MassPerMass
    """The same with campaign, propellant and production."""
    worst_carbon_kg_per_kg: MassPerMass
    """The same with the warming by soot and water vapour high up."""


class Laser(Model):
    """A laser terminal between satellites."""

    power_w: Power
    """Drawn from the bus while its link is up."""
    wavelength_m: Length = Field(gt=0)
    beam_w: Power = Field(gt=0)
    """Light sent."""
    aperture_m: Length = Field(gt=0)
    """Diameter of the receiving telescope."""
    divergence_rad: Angle = Field(gt=0, le=0.1)
    """Full width of the beam where it has fallen to 1/e^2."""
    jitter_rad: Angle = Field(ge=0, le=0.1)
    """Root-mean-square pointing error, each axis."""
    transmit_loss_db: Decibel = Field(ge=0)
    """Lost in the sending optics."""
    receive_loss_db: Decibel = Field(ge=0)
    """Lost in the receiving optics."""
    photons_needed: Number = Field(gt=0)
    """By the receiver, for each bit."""
    rates_bit_per_s: tuple[BitRate, ...] = Field(min_length=1)
    """Of the modem, rising; the fastest that closes is in use."""
    acquisition_s: Duration
    """To point at a new partner."""

    @model_validator(mode="after")
    def _rates_rise(self) -> Self:
        if list(self.rates_bit_per_s) != sorted({*self.rates_bit_per_s} - {0.0}):
            raise problem("rates in another order", "rates above 0, each faster than the last", key="rates")
        return self


class Relay(Model):
    """A geostationary relay."""

    lon_deg: AngleDeg = Field(ge=-180, le=360)
    """East longitude it stands over, on the equator."""
    n_beams: Count = Field(ge=1, le=1000)
    """Satellites served at once."""
    down_bit_per_s: BitRate
    """From a satellite to the ground, each beam."""
    up_bit_per_s: BitRate
    """From the ground to a satellite, each beam."""


class Downlaser(Model):
    """A laser terminal on a satellite that sends to telescopes on the ground."""

    wavelength_m: Length = Field(gt=0, le=1e-4)
    beam_w: Power = Field(gt=0)
    """Light sent, mean."""
    divergence_rad: Angle = Field(gt=0, le=0.1)
    """Full width of the beam at 1/e2 of its axis."""
    jitter_rad: Angle = Field(ge=0, le=0.1)
    """Pointing error, root mean square per axis."""
    transmit_loss_db: Decibel = Field(ge=0, le=60)
    """Lost in the sending optics."""
    rates_bit_per_s: tuple[BitRate, ...] = Field(min_length=1)
    """Of the modem, rising; the fastest that closes is in use."""
    acquisition_s: Duration = Field(le=3600.0)
    """From sight to first bit, at every contact."""
    sun_exclusion_rad: Angle = Field(ge=0, le=1.5)
    """Closest that it may look to the Sun."""

    @model_validator(mode="after")
    def _rates_rise(self) -> Self:
        if list(self.rates_bit_per_s) != sorted({*self.rates_bit_per_s} - {0.0}):
            raise problem(
                "rates in another order", "rates above zero, each faster than the last", key="rates"
            )
        return self


class Telescope(Model):
    """A telescope on the ground that receives lasers."""

    aperture_m: Length = Field(gt=0, le=100)
    """Diameter that collects light."""
    receive_loss_db: Decibel = Field(ge=0, le=60)
    """Optics from aperture to detector, coupling into a fibre included."""
    photons_needed: Number = Field(gt=0)
    """At the detector, for each information bit without background, code included."""
    field_of_view_rad: Angle = Field(gt=0, le=0.1)
    """Full angle from which the detector takes light; the sky in it is background."""
    filter_m: Length = Field(gt=0, le=1e-6)
    """Width of its spectral filter."""
    sun_exclusion_rad: Angle = Field(ge=0, le=1.5)
    """Closest that it may look to the Sun."""


class Antenna(Model):
    """What a station offers in one band."""

    g_over_t_db_per_k: DecibelPerKelvin
    """Receive gain over system noise temperature, clear sky."""
    eirp_dbw: DecibelWatt | None = None
    """Effective isotropic radiated power to a satellite; absent where the antenna only receives."""


class Station(Model):
    """A ground station."""

    full_name: Text = Field(min_length=1)
    lat_deg: AngleDeg = Field(ge=-90, le=90)
    lon_deg: AngleDeg = Field(ge=-180, le=360)
    altitude_m: Length = Field(ge=-500, le=9000)
    n_antennas: Count = Field(ge=1, le=1000)
    """Satellites served at once."""
    band: dict[Literal["s", "x", "ka"], Antenna]
    """Bands received; none for sites that are optical or control only."""
    slew_s: Duration = Field(default=60.0, le=3600.0)
    """From the end of one contact to the start of the next, antenna or telescope (estimate, 30 to 120 s)."""
    acquisition_s: Duration = Field(default=10.0, le=3600.0)
    """From rise to the first bit of a radio contact (estimate, 5 to 30 s)."""
    telescope: Name | None = None
    """Catalogue key of its telescope for lasers; absent where it has none."""
    n_command: Count = Field(default=0, ge=0, le=1000)
    """Antennas for telemetry and command, apart from those for data."""
    n_telescopes: Count = Field(default=1, ge=1, le=1000)
    """Lasers received at once, where it has a telescope."""
    cloud: Name | None = None
    """Site whose cloud statistics hold here; its own key where none is named."""


class City(Model):
    """Where demand comes from."""

    lat_deg: AngleDeg = Field(ge=-90, le=90)
    lon_deg: AngleDeg = Field(ge=-180, le=360)


class Job(Model):
    """A class of work."""

    temperature: Literal["hot", "warm", "cold", "space"] | None = None
    """hot: near its users; warm, cold: anywhere in time; space: data taken in orbit, computed there. None: as
    `access` and `latency` decide."""
    access_per_day: PerDay | None = None
    """Uses of the data in a day, in place of a temperature."""
    work_op: Operations = Field(gt=0)
    """Useful operations of one job: those of the model, whatever share of a card's peak it reaches."""
    work_cv: Number = Field(default=0.0, ge=0, le=10)
    """Coefficient of variation of the work and the data of single jobs: log-normal about their mean."""
    precision: Precision
    """Precision in which the operations are done."""
    mfu_frac: Fraction = Field(gt=0)
    """Model-FLOP utilisation: useful operations per peak operation of a card that works on the job alone."""
    width: Count = Field(default=1, ge=1, le=10_000_000)
    """Cards that must run together; one job uses no more than these."""
    collective_byte_per_op: BytePerOperation = 0.0
    """Bytes that a card exchanges with the others of its job per useful operation that it does."""
    preemptible: bool = Field(default=True, strict=True)
    """May be stopped and go on later from its last checkpoint."""
    state_bit: Data = 0.0
    """What a gang loads before it works and saves as a checkpoint: weights, with training the optimizer."""
    request_s: Duration = Field(default=60.0, gt=0)
    """Work that an interruption throws away where nothing is saved: the longest request."""
    replicas: Count = Field(default=1, ge=1, le=100)
    """Sites that hold the job's data; more than one survives the loss of a site."""
    input_bit: Data
    """Data that must reach the site first; zero cost for space data in orbit."""
    output_bit: Data
    """Data that must come down or back before the work counts."""
    latency_s: Duration = Field(gt=0)
    """Request to response on an idle site, both ways over fibre; orbit is not offered below 1 s."""
    deadline_s: Duration = Field(gt=0)
    """From arrival to the last bit of the output."""
    late: Literal["reject", "run"]
    """What happens when no site can meet the deadline."""
    value: Number = Field(gt=0)
    """Worth per operation, relative; ties of one deadline go to the dearer job."""
    origins: dict[Name, Number]
    """Cities and their shares of the demand (normalised)."""
    tenants: dict[Name, Number] = Field(default_factory=dict)
    """Owners of the jobs and their shares of the demand (normalised); none: one owner, `all`."""
    priority: Count = Field(default=0, ge=-100, le=100)
    """Of one tenant's jobs, those of higher priority go first."""
    profile: Name | None = None
    """Catalogue key of the day and week of the demand; none: steady."""
    growth_per_yr_frac: FractionPerYear = Field(default=0.0, ge=-0.9, le=10)
    """Growth of the demand within a phase, about the phase's mean."""
    per_satellite: bool = Field(default=False, strict=True)
    """The demand follows the number of compute satellites in service, about the phase's mean; a docked centre
    counts as one."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.temperature is None) == (self.access_per_day is None):
            found = "nothing" if self.temperature is None else "both temperature and access"
            raise problem(found, "a temperature, or the access it follows from", key="temperature")
        if self.per_satellite and self.growth_per_yr_frac:
            raise problem("both growth and per_satellite", "one of them", key="growth")
        return self

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        for key, shares, who in (
            ("origins", self.origins, "cities"),
            ("tenants", self.tenants or {"all": 1.0}, "tenants"),
        ):
            negative = [name for name, share in shares.items() if share < 0]
            if negative:
                raise problem(f"{shares[negative[0]]:g}", "at least 0", key=f"{key}.{negative[0]}")
            if not sum(shares.values()) > 0:
                raise problem("no share above zero", f"{who} and their shares of the demand", key=key)
        return self
