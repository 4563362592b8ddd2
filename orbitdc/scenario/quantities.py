"""Quantities: text with a unit → a number in SI, and back; the types that the scenario models are made of.

Astropy reads the units. It is imported when the first one is met, so that showing help stays quick.
"""

from __future__ import annotations

import functools
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ..constants import ZERO_CELSIUS_K

PROBLEM: Final = "orbitdc_problem"
"""Type of the errors that carry their own `found`, `allowed`, `suggestion`; `key` names a part below."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*?)\s*", re.ASCII | re.DOTALL)
# A unit starts with a letter, a sign of its own or "1/": "7 50 km" must not be read as seven times 50 km.
_UNIT = re.compile(r"(?:1?\s*/\s*)?[A-Za-z%$°µμΩ][A-Za-z0-9_%$°µμΩ²³ ./*^()-]{0,39}")
_SPELLINGS: Final = {"degC": "deg_C", "°C": "deg_C", "$": "USD"}
# Logarithmic units stay apart from astropy: adding 30 is not a scale factor.
_DECIBELS: Final = {"dB": {"dB": 0.0}, "dBW": {"dBW": 0.0, "dBm": -30.0}, "dB/K": {"dB/K": 0.0}}
_MAX_TEXT: Final = 100


def problem(found: str, allowed: str, suggestion: str = "", key: str = "") -> PydanticCustomError:
    """Return an error that the reader prints as `place: found ...; allowed: ...; suggestion`.

    `key` is the dotted path below the model that raises it, where it is not the model as a whole.
    """
    context = {"found": found, "allowed": allowed, "suggestion": suggestion, "key": key}
    return PydanticCustomError(PROBLEM, "found {found}; allowed: {allowed}", context)


def refuse_repeated(key: str, names: list[str]) -> None:
    """Raise a problem of a key for the first of its names that stands there twice."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise problem(f'the name "{name}" {names.count(name)} times', "a name of its own for each", key=key)


@dataclass(frozen=True)
class Kind:
    """A dimension: how it is called, its SI unit, an example, units to print in, and sane bounds in SI."""

    noun: str
    si: str
    example: str
    units: tuple[str, ...]
    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read a field of this kind with `parse`."""
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def parse(self, found: object) -> float:
        """Return the SI value of text such as "750 km".

        >>> LENGTH.parse("750 km")
        750000.0
        """
        value, _ = self.split(found)
        if not self.low <= value <= self.high:
            raise problem(show(found), self.interval(found, ((">=", self.low), ("<=", self.high))))
        return value

    def split(self, found: object) -> tuple[float, str]:
        """Return SI value and the unit as written; raise a problem that says what to write instead."""
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            raise problem(show(found), self.allowed)
        if not isinstance(found, str):
            raise problem(show(found), self.allowed, self._unit_hint(f"{found}"))
        text = found.replace("\N{MINUS SIGN}", "-")
        match = _NUMBER.fullmatch(text) if len(text) <= _MAX_TEXT else None
        if match is None:
            raise problem(show(found), self.allowed)
        number, unit = match.groups()
        if not unit:
            raise problem(show(found), self.allowed, self._unit_hint(number))
        value = self._convert(float(number), unit, found)
        if not math.isfinite(value):
            raise problem(show(found), f"a finite {self.noun}")
        return value, unit

    def _unit_hint(self, number: str) -> str:
        if not _NUMBER.fullmatch(number) or len(number) > 30:
            return ""
        unit = self.example.split(" ", 1)[1]
        if unit == "%" and abs(float(number)) < 1.0:
            number = f"{100.0 * float(number):g}"
        return f'a bare number has no unit: write "{number} {unit}"'

    def _convert(self, number: float, unit: str, found: str) -> float:
        if self.si in _DECIBELS:
            spelled = unit.replace(" ", "")
            if spelled not in _DECIBELS[self.si]:
                raise problem(show(found), self.allowed)
            return number + _DECIBELS[self.si][spelled]
        factor, offset, other = _factor(unit, self.si)
        if other is not None:
            found_text = f"{show(found)}{f', a unit of {other}' if other else ', whose unit is not known'}"
            raise problem(found_text, self.allowed)
        inverse = round(1.0 / factor) if 1e-300 < factor < 1.0 and 1.0 / factor < 2**53 else 0
        if inverse and abs(factor * inverse - 1.0) < 1e-12:
            return number / inverse + offset  # 29 % is the double nearest to 0.29, not 29 times 0.01
        return number * factor + offset

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        article = "an" if self.noun[0] in "aeio" else "a"
        return f'{article} {self.noun} with its unit, such as "{self.example}"'

    def interval(self, found: object, bounds: tuple[tuple[str, float], ...]) -> str:
        """Return bounds in the unit the user wrote: "200 km to 2000 km"."""
        try:
            _, unit = self.split(found)
        except PydanticCustomError:
            unit = self.units[0]
        words = {">": "more than ", ">=": "at least ", "<": "less than ", "<=": "at most "}
        signs = {sign: self._shown(bound, unit) for sign, bound in bounds}
        if set(signs) == {">=", "<="}:
            return f"{signs['>=']} to {signs['<=']}"
        return " and ".join(f"{words[sign]}{text}" for sign, text in signs.items())

    def _shown(self, value: float, unit: str) -> str:
        origin = self._convert(0.0, unit, "")
        scale = self._convert(1.0, unit, "") - origin
        return f"{(value - origin) / scale:.6g} {unit}"

    def text(self, value: float) -> str:
        """Return the shortest text that is read back as exactly this value.

        >>> LENGTH.text(750000.0), SHARE.text(0.32)
        ('750 km', '32 %')
        """
        best, rank = f"{value!r} {self.si}", (True, 100)
        for unit in self.units:
            origin = self._convert(0.0, unit, "")
            number = (value - origin) / (self._convert(1.0, unit, "") - origin)
            for digits in (6, 9, 12, 15, 17):
                text = f"{number:.{digits}g} {unit}"
                if self._same(text, value):
                    best, rank = min(
                        (best, rank), (text, (not 1 <= abs(number) < 1000, len(text))), key=_rank
                    )
                    break
        return best

    def _same(self, text: str, value: float) -> bool:
        try:
            return self.parse(text) == value
        except PydanticCustomError:
            return False


def _rank(candidate: tuple[str, tuple[bool, int]]) -> tuple[bool, int]:
    return candidate[1]


@functools.lru_cache(maxsize=4096)
def _factor(unit: str, si: str) -> tuple[float, float, str | None]:
    """Return (scale, offset, None) from a unit to SI, or what else the unit measures ("" if unknown)."""
    if not _UNIT.fullmatch(unit):
        return 0.0, 0.0, ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # astropy warns of "W/m2/K", which is clear enough
        try:
            found, wanted = _unit(unit), _unit(si)
            if wanted == _unit("K") and found == _unit("deg_C"):
                return 1.0, ZERO_CELSIUS_K, None
            if found.is_equivalent(wanted):
                return float(found.to(wanted)), 0.0, None
            kind = str(found.physical_type)
        except (ValueError, TypeError, ArithmeticError, AttributeError, KeyError, RecursionError):
            return 0.0, 0.0, ""
    return 0.0, 0.0, "another kind" if kind == "unknown" else kind.replace("/", " or ").replace("_", " ")


def _unit(text: str) -> Any:
    from astropy import units

    for spelling, proper in _SPELLINGS.items():
        text = text.replace(spelling, proper)
    with units.add_enabled_units(_own_units()):
        return units.Unit(text)


@functools.cache
def _own_units() -> list[Any]:
    """Return what astropy does not count: operations, cards, money, symbols; and the watt-hour."""
    from astropy import units

    names: dict[str, Any] = {}
    for name in ("op", "card", "USD"):
        units.def_unit(name, prefixes=name == "op", namespace=names, doc="counted")
    units.def_unit("Wh", 3600.0 * units.J, prefixes=True, namespace=names)
    units.def_unit("baud", 1.0 / units.s, prefixes=True, namespace=names)
    return list(names.values())


def show(found: object) -> str:
    """Return a value as a person would recognise it in their file, shortened.

    >>> show("750"), show(True), show(None)
    ('"750"', 'true', 'nothing')
    """
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str):
        return '"' + _cut("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in found)) + '"'
    if isinstance(found, datetime):
        return found.isoformat().replace("+00:00", "Z")
    if isinstance(found, Mapping):
        return "a table"
    if isinstance(found, list | tuple):
        return "a list" if found else "an empty list"
    if isinstance(found, int) and found.bit_length() > 200:
        return "a very large number"
    return _cut(str(found))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(noun: str, si: str, example: str, units: str, low: float, high: float) -> Kind:
    return Kind(noun, si, example, tuple(units.split()), low, high)


# Bounds only keep arithmetic finite and catch slips of a power of a thousand; fields have their own.
LENGTH = _kind("length", "m", "750 km", "km m um", -1e9, 1e12)
ANGLE = _kind("angle", "rad", "10 deg", "deg rad urad", -100.0, 100.0)
ANGLE_DEG = _kind("angle", "deg", "39.5 deg", "deg", -720.0, 720.0)
AREA = _kind("area", "m2", "40 m2", "m2 km2", 0.0, 1e9)
DURATION = _kind("duration", "s", "10 min", "yr d h min s", 0.0, 1e11)
POWER = _kind("power", "W", "10 kW", "W kW MW GW", 0.0, 1e14)
ENERGY = _kind("energy", "J", "5 kWh", "Wh kWh MWh GWh J", 0.0, 1e18)
MASS = _kind("mass", "kg", "250 kg", "kg t", 0.0, 1e9)
TEMPERATURE = _kind("temperature", "K", "85 degC", "degC K", 50.0, 2000.0)
FREQUENCY = _kind("frequency", "Hz", "26 GHz", "GHz MHz kHz Hz", 0.0, 1e13)
BIT = _kind("amount of data", "bit", "100 Gbit", "Tbit Gbit Mbit bit", 0.0, 1e24)
BIT_RATE = _kind("data rate", "bit / s", "1 Gbit/s", "Tbit/s Gbit/s Mbit/s bit/s", 0.0, 1e18)
SHARE = _kind("share", "", "32 %", "%", 0.0, 1.0)
SHARE_PER_YEAR = _kind("share per year", "1 / yr", "1 %/yr", "%/yr", -0.99, 10.0)
PER_HOUR = _kind("rate per hour", "1 / h", "1 /h", "/h", 0.0, 1e6)
PER_DAY = _kind("rate per day", "1 / d", "1 /d", "/d", 0.0, 1e12)
WORK = _kind("number of operations", "op", "2e22 op", "Eop Pop Top op", 0.0, 1e40)
WORK_RATE = _kind("rate of operations", "op / s", "1.2 Pop/s", "Eop/s Pop/s Top/s op/s", 0.0, 1e28)
HEAT_CAPACITY = _kind("heat capacity", "J / K", "80 kJ/K", "MJ/K kJ/K J/K", 0.0, 1e15)
THERMAL_RESISTANCE = _kind("thermal resistance", "K / W", "1.2 K/kW", "K/MW K/kW K/W", 0.0, 1e6)
SPECIFIC_POWER = _kind("power per mass", "W / kg", "100 W/kg", "W/kg", 0.0, 1e6)
SPECIFIC_ENERGY = _kind("energy per mass", "J / kg", "150 Wh/kg", "Wh/kg J/kg", 0.0, 1e8)
AREAL_MASS = _kind("mass per area", "kg / m2", "5 kg/m2", "kg/m2", 0.0, 1e4)
MASS_PER_POWER = _kind("mass per power", "kg / W", "6 kg/kW", "kg/kW kg/W", 0.0, 1e3)
GAIN = _kind("ratio in decibels", "dB", "1 dB", "dB", -200.0, 200.0)
GAIN_POWER = _kind("power in decibels", "dBW", "32 dBW", "dBW", -200.0, 200.0)
GAIN_OVER_NOISE = _kind("gain over noise temperature", "dB/K", "37.3 dB/K", "dB/K", -100.0, 150.0)
BYTE_PER_WORK = _kind("amount of data per operation", "byte / op", "1e-5 byte/op", "byte/op", 0.0, 1e6)
CARDS = _kind("number of cards", "card", "1e6 card", "card", 0.0, 1e12)
MONEY = _kind("price", "USD", "20000 USD", "USD", 0.0, 1e15)
PRICE_PER_ENERGY = _kind("price of energy", "USD / J", "0.06 USD/kWh", "USD/kWh USD/J", 0.0, 1e-3)
PRICE_PER_POWER = _kind("price per power", "USD / W", "10 USD/W", "USD/W", 0.0, 1e6)
PRICE_PER_MASS = _kind("price per mass", "USD / kg", "3000 USD/kg", "USD/kg", 0.0, 1e9)
MASS_PER_ENERGY = _kind("mass per energy", "kg / J", "0.58 kg/kWh", "kg/kWh kg/J", 0.0, 1e-3)
MASS_PER_MASS = _kind("mass per mass", "kg / kg", "970 kg/kg", "kg/kg", 0.0, 1e6)
WATER_PER_ENERGY = _kind("water per energy", "l / J", "1.5 l/kWh", "l/kWh l/J", 0.0, 1e-3)
VOLUME = _kind("volume", "m3", "150 m3", "m3 l", 0.0, 1e15)

Length = Annotated[float, LENGTH]
Angle = Annotated[float, ANGLE]
AngleDeg = Annotated[float, ANGLE_DEG]
Area = Annotated[float, AREA]
Duration = Annotated[float, DURATION]
Power = Annotated[float, POWER]
Energy = Annotated[float, ENERGY]
Mass = Annotated[float, MASS]
Temperature = Annotated[float, TEMPERATURE]
Frequency = Annotated[float, FREQUENCY]
Data = Annotated[float, BIT]
BitRate = Annotated[float, BIT_RATE]
Fraction = Annotated[float, SHARE]
FractionPerYear = Annotated[float, SHARE_PER_YEAR]
PerHour = Annotated[float, PER_HOUR]
PerDay = Annotated[float, PER_DAY]
Operations = Annotated[float, WORK]
OperationRate = Annotated[float, WORK_RATE]
BytePerOperation = Annotated[float, BYTE_PER_WORK]
HeatCapacity = Annotated[float, HEAT_CAPACITY]
ThermalResistance = Annotated[float, THERMAL_RESISTANCE]
SpecificPower = Annotated[float, SPECIFIC_POWER]
SpecificEnergy = Annotated[float, SPECIFIC_ENERGY]
ArealMass = Annotated[float, AREAL_MASS]
MassPerPower = Annotated[float, MASS_PER_POWER]
Decibel = Annotated[float, GAIN]
DecibelWatt = Annotated[float, GAIN_POWER]
DecibelPerKelvin = Annotated[float, GAIN_OVER_NOISE]
Money = Annotated[float, MONEY]
PricePerEnergy = Annotated[float, PRICE_PER_ENERGY]
PricePerPower = Annotated[float, PRICE_PER_POWER]
PricePerMass = Annotated[float, PRICE_PER_MASS]
MassPerEnergy = Annotated[float, MASS_PER_ENERGY]
MassPerMass = Annotated[float, MASS_PER_MASS]
WaterPerEnergy = Annotated[float, WATER_PER_ENERGY]
Volume = Annotated[float, VOLUME]


# --- what has no unit ---------------------------------------------------------------------------------------


class ClockKind:
    """A local time of day, "06:00" → hours."""

    allowed: Final = 'a local time, such as "06:00"'
    _pattern: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read a field of this kind with `parse`."""
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def parse(self, found: object) -> float:
        """Return hours since midnight.

        >>> CLOCK.parse("18:30")
        18.5
        """
        text = found.isoformat() if isinstance(found, time) else found
        match = self._pattern.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise problem(show(found), self.allowed)
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return (hours * 3600 + minutes * 60 + seconds) / 3600

    def text(self, value: float) -> str:
        """Return the time of day that is read back as exactly this value.

        >>> CLOCK.text(18.5)
        '18:30'
        """
        seconds = round(value * 3600)
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
        return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


class InstantKind:
    """An instant, TOML date-time or ISO text with Z → datetime in UTC."""

    allowed: Final = "an instant in UTC with Z, such as 2026-08-23T00:00:00Z"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read a field of this kind with `parse`."""
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def parse(self, found: object) -> datetime:
        """Return the instant in UTC; times without a zone are refused.

        >>> INSTANT.parse("2026-08-23T00:00:00Z").isoformat()
        '2026-08-23T00:00:00+00:00'
        """
        instant = found
        if isinstance(found, str) and len(found) <= _MAX_TEXT and "T" in found:
            try:
                instant = datetime.fromisoformat(found)
            except ValueError:
                instant = None
        if not isinstance(instant, datetime):
            raise problem(show(found), self.allowed)
        if instant.tzinfo is None:
            raise problem(
                f"{show(found)}, a time without a zone", self.allowed, f"write {instant.isoformat()}Z"
            )
        try:
            return instant.astimezone(UTC)
        except OverflowError as error:
            raise problem(show(found), self.allowed) from error

    def text(self, value: datetime) -> str:
        """Return ISO 8601 with Z, microseconds only if there are any."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


CLOCK = ClockKind()
INSTANT = InstantKind()

Clock = Annotated[float, CLOCK]
Instant = Annotated[datetime, INSTANT]


def _whole(found: object) -> object:
    if isinstance(found, bool) or not isinstance(found, int):
        raise problem(show(found), "a whole number without quotes")
    if not -(2**63) < found < 2**63:
        raise problem(show(found), "a number of 64 bits")
    return found


def _plain(found: object) -> object:
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < 1e30:
        raise problem(show(found), "a finite number without unit or quotes")
    return float(found)


def _text(found: object) -> object:
    if not isinstance(found, str) or len(found) > 2000:
        raise problem(show(found), "text in quotes")
    if not found.isprintable():  # an escape sequence would reach the terminal
        raise problem(ascii(found), "text without control characters")
    return found


def _name(found: object) -> object:
    if not isinstance(found, str) or not NAME.fullmatch(found):
        raise problem(show(found), "a name of letters, digits, - and _ that begins with a letter or digit")
    return found


NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)

Count = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_plain)]
Text = Annotated[str, BeforeValidator(_text), Field(max_length=2000)]
Name = Annotated[str, BeforeValidator(_name)]

_UNIT_WORD = "kg|km|m3|m2|m|s|w|j|k|deg|rad|hz|byte|bit|op|db|dbw|h|frac|usd|l"
_ENDING = re.compile(rf"(.+?)_(?:per_yr_frac|per_h|per_day|(?:{_UNIT_WORD})(?:_per_(?:kg|w|m2|k|s|op|j))?)")


def key_of(attribute: str) -> str:
    """Return the key that a scenario writes for an attribute: the name without its unit.

    >>> key_of("altitude_m"), key_of("loss_per_yr_frac"), key_of("int8_op_per_s"), key_of("n_sides")
    ('altitude', 'loss', 'int8', 'n_sides')
    """
    match = _ENDING.fullmatch(attribute)
    return match.group(1) if match else attribute
