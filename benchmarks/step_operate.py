"""Power, battery and heat of satellites in NumPy or plain Python: what reaches them → their load.

The same equations as in the product, written once for arrays over satellites and for the numbers of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """One satellite model as bare numbers; heat capacities over the step, conductances, powers, battery."""

    array_m2: float
    infrared_m2: float
    albedo_m2: float
    die: float
    plate: float
    radiator: float
    g_die: float
    g_radiator: float
    emit: float
    die_limit_k: float
    coolant_min_k: float
    heater_max_w: float
    pump: float
    housekeeping_w: float
    radio_w: float
    conversion: float
    alive_w: float
    capacity_j: float
    rate_w: float
    charge: float
    discharge: float


@dataclass(frozen=True)
class Arithmetic:
    """The few functions that differ between arrays over satellites and the plain numbers of one."""

    low: Callable[[Any, Any], Any]
    high: Callable[[Any, Any], Any]
    where: Callable[[Any, Any, Any], Any]
    size: Callable[[Any], float]
    """Largest magnitude."""
    is_any: Callable[[Any], bool]


ARRAYS = Arithmetic(
    np.minimum, np.maximum, np.where, lambda x: float(np.max(np.abs(x))), lambda x: bool(np.any(x))
)
NUMBERS = Arithmetic(min, max, lambda condition, a, b: a if condition else b, abs, bool)


def shed(
    m: Numbers, step_s: float, n_spin: int, sun_w: Any, absorbed_w: Any, in_view: Any, do: Arithmetic
) -> Floats:
    """Return the largest load on sunlight alone, step by step; the last axis of the inputs is time."""
    n_steps = len(in_view[0]) if do is ARRAYS else len(in_view)
    order = [*range(n_spin), *range(n_steps)]
    columns = [
        np.ascontiguousarray(np.moveaxis(row, -1, 0)) if do is ARRAYS else row
        for row in (sun_w, absorbed_w, in_view)
    ]
    sun, earth, view = columns
    base = [(m.housekeeping_w + m.radio_w * here) * (1.0 + m.pump) for here in view]
    nothing = 0.0 * base[0]
    cold = nothing + m.coolant_min_k
    state, heater_w = (cold, cold, cold), [nothing] * n_steps
    for k in order:
        state, heater_w[k] = heat_step(m, state, nothing, base[k], earth[k], do)
    state, stored, load_w = (cold, cold, cold), nothing + m.capacity_j, [nothing] * n_steps
    kept = m.die / (m.die + m.g_die)
    for k in order:
        here = sun[k] * m.conversion
        spare = here - base[k] - heater_w[k]
        take = _charging(m, step_s, stored, do.high(spare, 0.0), do)
        level = do.low((here - base[k] - take) / (1.0 + m.pump), m.alive_w)
        load = do.high(do.low(level, (spare - take) / kept), 0.0)
        after, _ = heat_step(m, state, load, base[k], earth[k], do)
        hot = after[0] > m.die_limit_k
        if do.is_any(hot):
            load = do.where(hot, do.low(load, largest_load(m, state, base[k], earth[k], do)), load)
            after, _ = heat_step(m, state, load, base[k], earth[k], do)
        demand = base[k] + do.high(load * (1.0 + m.pump), load * kept + heater_w[k])
        net = here - demand
        stored = stored + m.charge * _charging(m, step_s, stored, net, do) * step_s
        stored = stored + do.low(net, 0.0) * step_s / m.discharge
        state, load_w[k] = after, load
    return np.array(load_w)


def _charging(m: Numbers, step_s: float, stored: Any, spare: Any, do: Arithmetic) -> Any:
    room = (m.capacity_j - stored) / (m.charge * step_s)
    return do.high(do.low(do.low(spare, m.rate_w), room), 0.0)


def _radiator(m: Numbers, slope: Any, right: Any, t: Any, do: Arithmetic) -> Any:
    """Solve slope T + emit T^4 = right."""
    while True:
        cube = m.emit * t * t * t
        change = (t * (slope + cube) - right) / (slope + 4.0 * cube)
        t = t - change
        if do.size(change) < 1e-6:
            return t


def heat_step(m: Numbers, state: Any, load: Any, base: Any, earth: Any, do: Arithmetic) -> tuple[Any, Any]:
    """Return die, plate and radiator after a step, and the heater power that keeps the plate warm."""
    die_k, plate_k, radiator_k = state
    through = m.g_die / (m.die + m.g_die)
    plate_sum = m.plate + through * m.die + m.g_radiator
    plate_in = m.plate * plate_k + through * (m.die * die_k + load) + m.pump * load + base
    slope = m.radiator + m.g_radiator - m.g_radiator**2 / plate_sum
    at_radiator = m.radiator * radiator_k + earth
    t = _radiator(m, slope, at_radiator + m.g_radiator * plate_in / plate_sum, radiator_k, do)
    plate = (plate_in + m.g_radiator * t) / plate_sum
    heater = 0.0 * plate
    cold = plate < m.coolant_min_k
    if do.is_any(cold):
        held = _radiator(
            m, m.radiator + m.g_radiator, at_radiator + m.g_radiator * m.coolant_min_k, radiator_k, do
        )
        needed = m.coolant_min_k * plate_sum - plate_in - m.g_radiator * held
        heater = do.where(cold, do.high(do.low(needed, m.heater_max_w), 0.0), 0.0)
        warmed = plate_in + heater
        t = _radiator(m, slope, at_radiator + m.g_radiator * warmed / plate_sum, radiator_k, do)
        plate = (warmed + m.g_radiator * t) / plate_sum
    die = (m.die * die_k + load + m.g_die * plate) / (m.die + m.g_die)
    return (die, plate, t), heater


def largest_load(m: Numbers, state: Any, base: Any, earth: Any, do: Arithmetic) -> Any:
    """Return the load that ends the step with the die at its limit."""
    die_k, plate_k, radiator_k = state
    from_die = (1.0 + m.pump) * m.g_die
    plate_sum = m.plate + from_die + m.g_radiator
    plate_in = m.plate * plate_k + from_die * m.die_limit_k + m.pump * m.die * (m.die_limit_k - die_k) + base
    slope = m.radiator + m.g_radiator - m.g_radiator**2 / plate_sum
    right = m.radiator * radiator_k + m.g_radiator * plate_in / plate_sum + earth
    t = _radiator(m, slope, right, radiator_k, do)
    plate = do.high((plate_in + m.g_radiator * t) / plate_sum, m.coolant_min_k)
    return do.high(m.die * (m.die_limit_k - die_k) + m.g_die * (m.die_limit_k - plate), 0.0)
