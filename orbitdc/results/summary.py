"""Summary: the plan and the results of its windows → the numbers of summary.json.

Fleet figures (satellites, powers) are totals on the last day of a phase. Operations are means over the time
of the phase, so that installed, lost and delivered add up. Light is that of every day, not of the windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..capacity import LIMITS
from ..constants import DAY_S
from ..errors import InvariantError
from ..orbit.time import format_utc
from ..scheduler.running import LOSSES
from ..scheduler.sites import SIDES
from ..spacecraft.cards import accelerator_of, n_cards, op_per_s
from ..spacecraft.power import array_bol_power_w, array_eol_power_w, bus_power_w, it_power_w
from ..workload import class_names
from .accounts import Accounts
from .events import Events
from .files import names_of
from .reach import Reach
from .running import YARDSTICK, Gangs
from .service import Service

if TYPE_CHECKING:
    from ..chunk import ChunkResult
    from ..fleet import Launched
    from ..scenario.models import Milestone, Precision, Spacecraft
    from ..simulate import Plan

Floats = NDArray[np.float64]

SCHEMA = 1
STAGES = (*LIMITS, "queue", *LOSSES)
"""Stages of the waterfall between installed and delivered, in order."""

CLOSED_FRAC = 1e-9
"""Largest share of the operations that rounding may lose between installed and delivered."""

LASER_SUMS = (
    "laser_bit", "laser_offered_bit", "fallback_bit", "laser_view_s", "laser_sun_s", "laser_cloud_s",
    "laser_acquiring_s",
)  # fmt: skip
"""Numbers of a window about lasers to the ground, to be added up."""

COUNTS = ("n_submitted", "n_completed", "n_late", "n_rejected", "n_unfinished")


def summarise(plan: Plan, results: Iterable[ChunkResult]) -> dict[str, Any]:
    """Return the content of summary.json.

    Parameters
    ----------
    plan : Plan
        What was simulated.
    results : iterable of ChunkResult
        One a window, in order; read once.

    Returns
    -------
    dict
        Plain numbers and text; the same bytes for the same scenario, seed and version.
    """
    from .. import __version__

    scenario = plan.scenario
    sites = names_of(scenario)["site"]
    phases = [_Sums(Service(scenario, sites), Accounts(plan)) for _ in scenario.phase]
    total = _Sums(Service(scenario, sites), Accounts(plan))
    events = Events(scenario, sites)
    for result in results:
        events.add(result)
        for sums in (phases[int(result["phase"])], total):
            sums.add(result, plan)
    return {
        "schema": SCHEMA,
        "name": scenario.name,
        "seed": scenario.seed,
        "version": __version__,
        "phases": [
            {
                "name": phase.name,
                "goal": phase.goal,
                **_span(plan, phase.start, phase.end, sums),
                "milestones": [_milestone(plan, milestone) for milestone in phase.milestone],
            }
            for phase, sums in zip(scenario.phase, phases, strict=True)
        ],
        "total": _span(plan, scenario.phase[0].start, scenario.phase[-1].end, total),
        "events": events.report(),
        "yardstick": YARDSTICK,
    }


@dataclass
class _Sums:
    """Sums over windows, each weighted with the days that it stands for."""

    service: Service
    accounts: Accounts
    weight_d: float = 0.0
    satellite_d: float = 0.0
    contact_s: float = 0.0
    compute_j: float = 0.0
    planned_bit: float = 0.0
    planned_up_bit: float = 0.0
    tracked_s: float = 0.0
    plan_weight_bit: float = 0.0
    place_d: float = 0.0
    command_s: float = 0.0
    short_d: float = 0.0
    silent_s: float = 0.0
    plan_bound_bit: float = 0.0
    asked_op: float = 0.0
    achieved_op: float = 0.0
    n_unsolved: int = 0
    bound_op: float = 0.0

    def __post_init__(self) -> None:
        self.laser: dict[str, float] = dict.fromkeys(LASER_SUMS, 0.0)
        self.open_d: Floats | float = 0.0
        self.together_d: float = 0.0
        self.op_per_day: dict[str, float] = dict.fromkeys(("installed", *STAGES, "delivered"), 0.0)
        self.count: dict[str, int] = dict.fromkeys(COUNTS, 0)
        self.gangs = {side: Gangs() for side in SIDES}
        self.network = Reach()

    def add(self, result: ChunkResult, plan: Plan) -> None:
        """Add one window."""
        weight_d = result.number("weight_d")
        days = result.number("duration_s") / DAY_S
        entity, units = result["place_entity"], result["place_n_units"]
        units = units * ~plan.fleet.relay[entity]
        self.weight_d += weight_d
        self.satellite_d += weight_d * float(units.sum())
        self.contact_s += weight_d / days * float(units @ result["place_contact_s"])
        self.compute_j += weight_d / days * result.number("compute_energy_j")
        for name in ("planned_bit", "planned_up_bit", "tracked_s", "plan_weight_bit", "plan_bound_bit"):
            setattr(self, name, getattr(self, name) + weight_d / days * result.number(name))
        self.asked_op += weight_d / days * result.number("asked_value_op")
        self.n_unsolved += int(result["n_unsolved"])
        self.achieved_op += weight_d / days * result.number("achieved_value_op")
        self.bound_op += weight_d / days * result.number("bound_value_op")
        self.place_d += weight_d * len(entity)
        self.command_s += weight_d * float(result["place_command_s_per_day"].sum())
        self.short_d += weight_d * int(result["place_short"].sum())
        self.silent_s += weight_d / days * float(result["place_silent_s"].sum())
        if plan.segment.climate is not None:
            for name in LASER_SUMS:
                self.laser[name] += weight_d / days * result.number(name)
            self.open_d = self.open_d + weight_d * result["weather_open_frac"]
            self.together_d += weight_d * result.number("weather_together_frac")
        window_op = {
            "installed": float(result["place_installed_op"].sum()),
            **{name: float(result[f"place_lost_{name}_op"].sum()) for name in LIMITS},
            "link": result.number("link_op") + float(result["place_lost_link_op"].sum()),
            "queue": result.number("queue_op"),
            **{name: result.number(field) for name, field in LOSSES.items()},
            "delivered": result.number("delivered_op"),
        }
        for name, op in window_op.items():
            self.op_per_day[name] += weight_d / days * op
        for name in COUNTS:
            self.count[name] += int(result[name])
        self.service.add(result)
        names = class_names(plan.scenario, int(result["phase"]))
        for side, gangs in self.gangs.items():
            gangs.add(result, names, side, weight_d / days)
        self.accounts.add(result)
        self.network.add(result, weight_d, days)

    def mean(self, amount: float) -> float:
        """Return an amount per second of the days summed."""
        return amount / (self.weight_d * DAY_S) if self.weight_d else 0.0


def _span(plan: Plan, start: datetime, end: datetime, sums: _Sums) -> dict[str, Any]:
    scenario = plan.scenario
    last = end - timedelta(seconds=1)
    accounts = sums.accounts.report(start, end)
    return {
        "start_utc": format_utc(start),
        "end_utc": format_utc(end),
        "n_satellites": int(_units(plan, last).sum()),
        "launched_mass_kg": launched_mass_kg(plan, start, end),
        "n_launches": sum(batch.n_launches for batch in _launched(plan, start, end)),
        "n_relays": int((plan.fleet.n_units * plan.fleet.relay)[plan.fleet.active(last)].sum()),
        **{
            f"{name}_power_w": fleet_power_w(plan, name, last)
            for name in ("array_bol", "array_eol", "bus", "it")
        },
        "mean_compute_power_w": sums.mean(sums.compute_j),
        "installed_op_per_s": sums.mean(sums.op_per_day["installed"]),
        "delivered_op_per_s": sums.mean(sums.op_per_day["delivered"]),
        "precision": scenario.report_precision,
        **_light(plan, start, end),
        "contact_s_per_day": sums.contact_s / sums.satellite_d if sums.satellite_d else 0.0,
        "downlink_bit_per_day": sums.planned_bit / sums.weight_d if sums.weight_d else 0.0,
        "uplink_bit_per_day": sums.planned_up_bit / sums.weight_d if sums.weight_d else 0.0,
        "contacts": {
            "antenna_s_per_day": sums.tracked_s / sums.weight_d if sums.weight_d else 0.0,
            "bound_share_frac": min(sums.plan_weight_bit / sums.plan_bound_bit, 1.0)
            if sums.plan_bound_bit
            else 1.0,
        },
        "network": sums.network.summary(),
        "control": {
            "contact_s_per_day": sums.command_s / sums.place_d if sums.place_d else 0.0,
            "short_frac": sums.short_d / sums.place_d if sums.place_d else 0.0,
            "safe_mode_frac": sums.silent_s / (sums.place_d * DAY_S) if sums.place_d else 0.0,
        },
        **_optical(plan, sums),
        "jobs": dict(sums.count),
        "limits": _shares(sums),
        "waterfall": _waterfall(sums),
        "scheduler": {
            "policy": plan.policy_name,
            "sharing": scenario.scheduler.sharing,
            "envelope": scenario.operations.envelope,
            "bound_share_frac": _bound_share_frac(sums),
            "n_windows_unsolved": sums.n_unsolved,
            "asked_share_frac": sums.achieved_op / sums.asked_op if sums.asked_op else 1.0,
        },
        **sums.service.report(accounts["sites"]),
        "running": [{"side": side, **gangs.happened(sums.weight_d)} for side, gangs in sums.gangs.items()],
        "yardsticks": [
            {"side": side, **gangs.yardsticks(sums.weight_d)} for side, gangs in sums.gangs.items()
        ],
        **accounts,
    }


def _optical(plan: Plan, sums: _Sums) -> dict[str, Any]:
    """Return what lasers to the ground did, what Sun, cloud and acquisition took, and how sites share."""
    if plan.segment.climate is None or not sums.weight_d:
        return {}
    alone = np.asarray(sums.open_d) / sums.weight_d
    together = sums.together_d / sums.weight_d
    return {
        "optical": {
            **{f"{name}_per_day": value / sums.weight_d for name, value in sums.laser.items()},
            **{
                f"{site.name}_open_frac": float(share)
                for site, share in zip(plan.segment.climate.sites, alone, strict=True)
            },
            "together_open_frac": together,
            "diversity_gain_frac": together - float(alone.max()),
        }
    }


def _shares(sums: _Sums) -> dict[str, float]:
    """Return the share of the installed operations lost to each limit; "none" is what is delivered."""
    installed = sums.op_per_day["installed"]
    if not installed:
        return {"none": 1.0, **dict.fromkeys(STAGES, 0.0)}
    return {
        "none": sums.op_per_day["delivered"] / installed,
        **{k: sums.op_per_day[k] / installed for k in STAGES},
    }


def _waterfall(sums: _Sums) -> list[dict[str, Any]]:
    """Return the level left after each limit, from installed to delivered."""
    levels = {"installed": sums.op_per_day["installed"]}
    for name in STAGES:
        levels[name] = list(levels.values())[-1] - sums.op_per_day[name]
    delivered = sums.op_per_day["delivered"]
    left = levels[STAGES[-1]]
    if abs(left - delivered) > CLOSED_FRAC * levels["installed"]:
        raise InvariantError(f"operations do not add up: {left:.9g} left, {delivered:.9g} delivered")
    levels[STAGES[-1]] = levels["delivered"] = delivered  # equal but for the last digits
    return [{"stage": name, "op_per_s": sums.mean(level)} for name, level in levels.items()]


def _bound_share_frac(sums: _Sums) -> float:
    """Return what the schedules achieve of what no schedule could beat."""
    if not sums.bound_op:
        return 1.0
    share = sums.achieved_op / sums.bound_op
    if share > 1.0 + CLOSED_FRAC:
        raise InvariantError(f"a schedule beats its bound: {share:.12f} of it")
    return min(share, 1.0)  # the last digit of a sum


def _light(plan: Plan, start: datetime, end: datetime) -> dict[str, Any]:
    """Return the light of every day of a span, over the satellite-time of the compute satellites."""
    fleet = plan.fleet
    sunlit_d = flown_d = 0.0
    longest_s = 0.0
    for i in np.flatnonzero(~fleet.relay):
        launch = fleet.launch(int(i))
        first = max(start, launch)
        last = min(end, launch + timedelta(seconds=float(fleet.end_s[i] - fleet.launch_s[i])))
        if first >= last:
            continue
        days = plan.light[fleet.plane[i]].between(first, last)
        alive = np.isfinite(days.sunlit_frac)
        if not alive.any():
            continue
        flown = float(fleet.n_units[i]) * (last - first).total_seconds()
        sunlit_d += flown * float(days.sunlit_frac[alive].mean())
        flown_d += flown
        longest_s = max(longest_s, float(days.max_eclipse_s[alive].max()))
    return {
        "sunlit_frac": sunlit_d / flown_d if flown_d else 1.0,
        "max_eclipse_s": longest_s,
        "shadow": plan.scenario.operations.shadow,
    }


def fleet_power_w(plan: Plan, name: str, when: datetime) -> float:
    """Return one of the four powers of the compute satellites flying at a date.

    Parameters
    ----------
    plan : Plan
    name : {"array_bol", "array_eol", "bus", "it"}
        Array as built and at the end of each satellite's lifetime, facing the Sun at 1 au; bus with
        everything on; cards at full load.
    when : datetime

    Returns
    -------
    float [W]
    """
    fleet = plan.fleet

    def power_w(i: int, model: Spacecraft) -> float:
        if name == "array_eol":
            return array_eol_power_w(model, fleet.batches[fleet.batch[i]].model.lifetime_s)
        return {"array_bol": array_bol_power_w, "bus": bus_power_w, "it": it_power_w}[name](model)

    return _total(plan, when, power_w)


def launched_mass_kg(plan: Plan, start: datetime, end: datetime) -> float:
    """Return the mass of all satellites launched from `start` on and before `end`, relays too [kg]."""
    return sum(batch.mass_kg * batch.model.count for batch in _launched(plan, start, end))


def _launched(plan: Plan, start: datetime, end: datetime) -> list[Launched]:
    return [batch for batch in plan.fleet.batches if start <= batch.model.launch < end]


def installed_op_per_s(plan: Plan, precision: Precision, when: datetime) -> float:
    """Return the peak operations of all cards as launched on the satellites flying at a date [op/s]."""
    return _total(
        plan, when, lambda _, model: op_per_s(model, accelerator_of(plan.scenario, model), precision)
    )


def fleet_cards(plan: Plan, when: datetime) -> float:
    """Return the cards as launched on the satellites flying at a date."""
    return _total(plan, when, lambda _, model: n_cards(model, accelerator_of(plan.scenario, model)))


def _total(plan: Plan, when: datetime, of_one: Callable[[int, Spacecraft], float]) -> float:
    """Return the sum over the compute satellites that fly, each entity counted with its units."""
    fleet, units = plan.fleet, _units(plan, when)
    return sum(
        float(units[i])
        * of_one(int(i), plan.scenario.spacecraft[fleet.spacecraft_names[fleet.spacecraft[i]]])
        for i in np.flatnonzero(units)
    )


def _units(plan: Plan, when: datetime) -> NDArray[np.int64]:
    """Return the units of each compute entity that flies at a date, 0 for the others."""
    fleet = plan.fleet
    units: NDArray[np.int64] = fleet.n_units * (fleet.active(when) & ~fleet.relay)
    return units


def _milestone(plan: Plan, milestone: Milestone) -> dict[str, Any]:
    """Return a promise against what flies on its day."""
    precision = milestone.precision or plan.scenario.report_precision
    if milestone.what == "installed_op":
        achieved = installed_op_per_s(plan, precision, milestone.by)
    elif milestone.what == "n_cards":
        achieved = fleet_cards(plan, milestone.by)
    else:
        achieved = fleet_power_w(plan, milestone.what.removesuffix("_power"), milestone.by)
    at_least = milestone.threshold
    return {
        "name": milestone.name or "",
        "what": milestone.what,
        "unit": milestone.unit,
        **({"precision": precision} if milestone.what == "installed_op" else {}),
        "at_least": at_least,
        "by_utc": format_utc(milestone.by),
        "achieved": achieved,
        "met": bool(achieved >= at_least),
        "required": milestone.required,
        "source": milestone.source,
    }


def missed_requirements(summary: dict[str, Any]) -> list[str]:
    """Return the names of the milestones marked as required that were not met."""
    return [
        milestone["name"] or milestone["what"]
        for phase in summary["phases"]
        for milestone in phase["milestones"]
        if milestone["required"] and not milestone["met"]
    ]
