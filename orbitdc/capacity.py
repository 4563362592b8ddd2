"""Capacity: envelope and fleet → operations that each place can offer in each slot, and which limit binds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .spacecraft.cards import accelerator_of, op_per_s
from .spacecraft.course import LOSSES, SILENCE, slot_of

if TYPE_CHECKING:
    from .fleet import Fleet
    from .scenario.models import Scenario
    from .spacecraft.course import SlotLoads
    from .spacecraft.hardware import Hardware

Floats = NDArray[np.float64]

LIMITS = ("radiation", *LOSSES, SILENCE)
"""What can take operations off a satellite, in the order of the waterfall."""


@dataclass(frozen=True)
class Capacity:
    """Operations at one precision in each slot; shapes (s, k), all units of a place together.

    `installed_op` = `op` + the sum of `lost_op`, per slot, with every lost operation booked on one limit.
    """

    slot_s: float
    installed_op: Floats
    op: Floats
    lost_op: dict[str, Floats]

    def __post_init__(self) -> None:
        for value in (self.installed_op, self.op, *self.lost_op.values()):
            value.flags.writeable = False

    @property
    def binding(self) -> NDArray[np.str_]:
        """Name of the limit that takes most in each slot (s, k); "none" where nothing is lost."""
        lost = np.stack([self.lost_op[name] for name in LIMITS])
        names = np.array([*LIMITS, "none"])
        is_free = lost.max(axis=0) <= 1e-9 * self.installed_op
        return names[np.where(is_free, len(LIMITS), lost.argmax(axis=0))]

    def levels(self) -> dict[str, float]:
        """Return the operations left after each limit, whole fleet and window, "installed" first."""
        level = float(self.installed_op.sum())
        left = {"installed": level}
        for name in LIMITS:
            level -= float(self.lost_op[name].sum())
            left[name] = max(level, 0.0)
        return left


def capacity(
    scenario: Scenario, fleet: Fleet, hardware: Hardware, loads: SlotLoads, slot_s: float
) -> Capacity:
    """Return what the cards could do in each slot if work were always at hand.

    Parameters
    ----------
    scenario : Scenario
        Names the precision and the cards.
    fleet : Fleet
        Entities (s,) and how many units each has.
    hardware : Hardware
        The same entities as aged at the window.
    loads : SlotLoads
        Their largest loads per unit, summed over each slot.
    slot_s : float [s]
        Length of a slot; steps are as given by `scenario.time.step_s`.

    Returns
    -------
    Capacity

    Assumptions
    -----------
    Operations are proportional to the power of the cards: a part load is fewer cards at full speed.

    Source
    ------
    op = power x op/s per watt of the card, host, network and conversion included.
    """
    step_s = scenario.time.step_s
    rates = {}
    for name in set(hardware.names):
        model = scenario.spacecraft[name]
        rates[name] = op_per_s(model, accelerator_of(scenario, model), scenario.report_precision)
    rate = np.array([rates[name] for name in hardware.names]) * fleet.n_units
    per_joule = np.divide(rate, hardware.it_power_w, out=np.zeros_like(rate), where=hardware.it_power_w > 0.0)
    per_watt_step = (per_joule * step_s)[:, None]
    lost_w = {"radiation": loads.n_up * (hardware.it_power_w - hardware.alive_w)[:, None], **loads.lost_w}
    return Capacity(
        slot_s,
        installed_op=loads.n_up * (rate * step_s)[:, None],
        op=loads.load_w * per_watt_step,
        lost_op={name: watts * per_watt_step for name, watts in lost_w.items()},
    )


def reweight(sampled: Capacity, sunlit_ratio: ArrayLike, flux_ratio: ArrayLike = 1.0) -> Capacity:
    """Return the capacity of a window carried over to the every-day light of the days it stands for.

    A window samples one day; its month may be darker or brighter. Less sun takes from every slot in
    proportion and is booked on eclipse; more sun gives back what eclipse had taken, never more. The
    irradiance acts in the same way, but only where the array is what limits.

    Parameters
    ----------
    sampled : Capacity
        Of the window (s, k).
    sunlit_ratio : array_like (s,) or scalar
        Mean sunlit share of the days over that of the window.
    flux_ratio : array_like (s,) or scalar
        Mean irradiance of the days over that of the window.

    Returns
    -------
    Capacity
        Installed operations unchanged; operations of each place times `sunlit_ratio` over the window,
        unless that passes what eclipse had taken.

    Assumptions
    -----------
    Load follows the light in proportion; battery and thermal losses stay as sampled.

    Source
    ------
    Energy in proportion to the mean visible share of the Sun.
    """
    n = sampled.op.shape[0]
    lost = dict(sampled.lost_op)
    sunlit = np.broadcast_to(np.asarray(sunlit_ratio, dtype=np.float64), n)[:, None]
    flux = np.broadcast_to(np.asarray(flux_ratio, dtype=np.float64), n)[:, None]
    op, lost["eclipse"] = _shift(sampled.op, lost["eclipse"], sunlit, sampled.op)
    limited = np.where(lost["power"] > 0.0, op, 0.0)
    op, lost["power"] = _shift(op, lost["power"], flux, limited)
    return replace(sampled, op=op, lost_op=lost)


def per_step(share: Floats, slot_s: float, step_s: float, n_steps: int) -> Floats:
    """Return for each step the value of the slot it starts in: (..., k) → (..., t)."""
    found: Floats = share[..., slot_of(n_steps, step_s, slot_s)]
    return found


def _shift(op: Floats, loss: Floats, ratio: Floats, moved: Floats) -> tuple[Floats, Floats]:
    """Scale `moved`, a part of `op`, by `ratio` and book the change on `loss`; both stay >= 0."""
    less = moved * np.clip(1.0 - ratio, 0.0, 1.0)
    wanted = moved.sum(axis=1, keepdims=True) * np.maximum(ratio - 1.0, 0.0)
    lost = loss.sum(axis=1, keepdims=True)
    back = loss * np.minimum(np.divide(wanted, lost, out=np.zeros_like(lost), where=lost > 0.0), 1.0)
    return op - less + back, loss + less - back
