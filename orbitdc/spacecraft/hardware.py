"""Hardware: satellite models and their ages → arrays that the kernels and the environment read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import STEFAN_BOLTZMANN_W_PER_M2_K4
from ..kernels import LANES, thermal
from .ageing import array_frac, battery_frac, cards_alive_frac
from .cards import accelerator_of
from .power import it_power_w

if TYPE_CHECKING:
    from ..scenario.models import Scenario, Spacecraft

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SECONDS_PER_H = 3600.0


@dataclass(frozen=True)
class Hardware:
    """What each satellite has at one date; axis `s`, per single satellite or module.

    `array_m2` is cell area times efficiency, packing and age, so that irradiance times it is power.
    `infrared_m2` and `albedo_m2` are the radiating area times emissivity or absorptivity, over the sides
    that see the Earth. `rows` (s, N_PARAMETERS) are the kernel's parameters, heat capacities in J/K.
    """

    names: tuple[str, ...]
    array_m2: Floats
    tracks_sun: Flags
    infrared_m2: Floats
    albedo_m2: Floats
    faces_nadir: Flags
    it_power_w: Floats
    alive_frac: Floats
    idle_frac: Floats
    rows: Floats

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of satellites."""
        return len(self.names)

    def take(self, which: slice | NDArray[np.int64]) -> Hardware:
        """Return some of the satellites, or one of them several times."""
        arrays = {
            field.name: getattr(self, field.name)[which] for field in fields(self) if field.name != "names"
        }
        return Hardware(names=tuple(np.array(self.names, dtype=object)[which]), **arrays)

    def drawing(self, more_w: Floats) -> Hardware:
        """Return the same satellites with more power drawn all the time (s,)."""
        rows = self.rows.copy()
        rows[:, thermal.P_HOUSEKEEPING_W // LANES] += more_w
        return replace(self, rows=rows)

    @property
    def alive_w(self) -> Floats:
        """Full power of the cards that still work (s,)."""
        return self.it_power_w * self.alive_frac

    @property
    def capacity_j(self) -> Floats:
        """Battery capacity left (s,)."""
        capacity: Floats = self.rows[:, thermal.P_CAPACITY_J // LANES]
        return capacity


def hardware(
    scenario: Scenario,
    names: Sequence[str],
    age_s: ArrayLike = 0.0,
    n_cycles: ArrayLike = 0.0,
    depth_frac: ArrayLike = 0.0,
) -> Hardware:
    """Return the state of health of satellites at a date.

    Parameters
    ----------
    scenario : Scenario
        Holds the models, and which cards may fly.
    names : sequence of str (s,)
        Catalogue key of each satellite's model.
    age_s : array_like (s,) or scalar [s]
        Time since launch; below 0 counts as new.
    n_cycles, depth_frac : array_like (s,) or scalar
        Battery cycles so far and their mean depth.

    Returns
    -------
    Hardware

    Assumptions
    -----------
    Radiator properties are stated at the end of life and held from the start. The heat of housekeeping,
    radio, pumps and heaters enters the cold plate; regulator and battery losses leave by surfaces of their
    own, as on the space station, whose power channels have radiators apart. Deep space is at 0 K (2.7 K
    gives 3e-6 W/m2).
    """
    n = len(names)
    age = np.maximum(np.broadcast_to(np.asarray(age_s, dtype=np.float64), n), 0.0)
    cycles = np.broadcast_to(np.asarray(n_cycles, dtype=np.float64), n)
    depth = np.broadcast_to(np.asarray(depth_frac, dtype=np.float64), n)
    models = [scenario.spacecraft[name] for name in names]
    alive = np.ones(n)
    rows = np.empty((n, thermal.N_PARAMETERS))
    for i, model in enumerate(models):
        card = accelerator_of(scenario, model)
        if card is not None:
            alive[i] = cards_alive_frac(card, age[i])
        kept = battery_frac(model.battery, age[i], cycles[i], depth[i])
        rows[i] = _row(model, it_power_w(model) * alive[i], model.battery.capacity_j * float(kept))
    radiators = [model.radiator for model in models]
    nadir = np.array([radiator.attitude == "nadir" for radiator in radiators], dtype=np.bool_)
    # Edge-on to the Earth every radiating side sees it; facing nadir one side sees it and the other does not.
    n_seeing = np.where(nadir, 1, [radiator.n_sides for radiator in radiators])
    area = n_seeing * np.array([radiator.area_m2 for radiator in radiators])
    return Hardware(
        names=tuple(names),
        array_m2=np.array([_array_m2(model, float(age[i])) for i, model in enumerate(models)]),
        tracks_sun=np.array([model.array.attitude == "sun" for model in models], dtype=np.bool_),
        infrared_m2=area * np.array([radiator.emissivity_frac for radiator in radiators]),
        albedo_m2=area * np.array([radiator.absorptivity_frac for radiator in radiators]),
        faces_nadir=nadir,
        it_power_w=np.array([it_power_w(model) for model in models]),
        alive_frac=alive,
        idle_frac=np.array([model.compute.idle_frac if model.compute else 0.0 for model in models]),
        rows=rows,
    )


def _array_m2(model: Spacecraft, age_s: float) -> float:
    array = model.array
    return array.area_m2 * array.efficiency_frac * array.packing_frac * float(array_frac(array, age_s))


def _row(model: Spacecraft, alive_w: float, capacity_j: float) -> Floats:
    heat, radiator, battery = model.thermal, model.radiator, model.battery
    values = {
        thermal.P_DIE_W_PER_K: heat.die_j_per_k,
        thermal.P_PLATE_W_PER_K: heat.plate_j_per_k,
        thermal.P_RADIATOR_W_PER_K: heat.radiator_j_per_k,
        thermal.P_DIE_PLATE_W_PER_K: 1.0 / heat.die_plate_k_per_w,
        thermal.P_PLATE_RADIATOR_W_PER_K: 1.0 / heat.plate_radiator_k_per_w,
        thermal.P_EMIT_W_PER_K4: (
            radiator.area_m2 * radiator.n_sides * radiator.emissivity_frac * STEFAN_BOLTZMANN_W_PER_M2_K4
        ),
        thermal.P_DIE_LIMIT_K: heat.die_limit_k,
        thermal.P_COOLANT_MIN_K: heat.coolant_min_k,
        thermal.P_HEATER_MAX_W: heat.heater_max_w,
        thermal.P_PUMP_FRAC: model.bus.pump_frac,
        thermal.P_HOUSEKEEPING_W: model.bus.housekeeping_w,
        thermal.P_RADIO_W: model.bus.radio_w + model.bus.laser_w,
        thermal.P_CONVERSION_FRAC: model.array.conversion_frac,
        thermal.P_ALIVE_W: alive_w,
        thermal.P_CAPACITY_J: capacity_j,
        thermal.P_FLOOR_J: battery.min_soc_frac * capacity_j,
        thermal.P_RATE_W: battery.max_c_rate_per_h * capacity_j / _SECONDS_PER_H,
        thermal.P_CHARGE_FRAC: battery.charge_efficiency_frac,
        thermal.P_DISCHARGE_FRAC: battery.discharge_efficiency_frac,
    }
    row = np.empty(thermal.N_PARAMETERS)
    for offset, value in values.items():
        row[offset // LANES] = value
    return row
