"""Accounts: windows of a span and the batches that flew in it → sites, money, carbon, energy and water."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S
from ..economics import Account, ground_account, orbit_rate
from ..fleet import centre_of
from ..scheduler import site_names
from ..scheduler.sites import SIDES

if TYPE_CHECKING:
    from ..chunk import ChunkResult
    from ..simulate import Plan

Floats = NDArray[np.float64]

AMOUNTS = ("installed_op", "own_op", "used_op", "useful_op")
"""Operations of a site that are summed as they are."""

ENERGIES = (
    "load_j",
    "wind_j",
    "solar_j",
    "storage_j",
    "grid_j",
    "backup_j",
    "spilled_j",
    "lost_j",
    "stored_j",
)
USES = (*ENERGIES, "power_usd", "power_carbon_kg", "water_l", "scarce_water_l")


class Accounts:
    """What the sites of a plan did and cost in the windows added, weighted with the days these stand for."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names = site_names(plan.scenario)
        self._ground = [Account() for _ in plan.scenario.ground.hubs]
        self._op = {name: np.zeros(len(self._names)) for name in AMOUNTS}
        self._n_orbit = len(self._names) - len(self._ground)
        self._orbit = [Account() for _ in range(self._n_orbit)]
        self._weight_d = 0.0

    def add(self, result: ChunkResult) -> None:
        """Add one window."""
        scenario, duration_s = self._plan.scenario, result.number("duration_s")
        stands_for = result.number("weight_d") * DAY_S / duration_s
        self._weight_d += result.number("weight_d")
        for name in AMOUNTS:
            self._op[name] += stands_for * result[f"site_{name}"]
        uses = {name: result[f"site_{name}"] for name in (*USES, "it_w")}
        useful_op = _whole_useful_op(*(result[f"site_{name}"] for name in ("useful_op", "used_op", "own_op")))
        for row in range(self._n_orbit):
            energy_j = {name.removesuffix("_j"): float(uses[name][row]) for name in ENERGIES}
            account = Account(energy_j=energy_j, useful_op=float(useful_op[row]))
            self._orbit[row] += account.times(stands_for)
        for i, key in enumerate(scenario.ground.hubs):
            row = self._n_orbit + i
            use = {name: float(values[row]) for name, values in uses.items()}
            account = ground_account(
                scenario.economics, scenario.hub[key], use, duration_s, float(useful_op[row])
            )
            self._ground[i] += account.times(stands_for)

    def report(self, start: datetime, end: datetime) -> dict[str, Any]:
        """Return `sites`, a row each, and `cost`, a row for each side and the total, of a span."""
        centres, relays = self._flown(start, end)
        orbit = [account + own for account, own in zip(self._orbit, centres, strict=True)]
        sides: dict[str, Account] = {side: Account() for side in SIDES}
        for row, account in enumerate([*orbit, *self._ground]):
            sides[self._side(row)] += account
        sides["orbit"] += relays
        total = Account()
        for account in sides.values():
            total += account
        return {
            "sites": [self._site(row, account) for row, account in enumerate([*orbit, *self._ground])],
            "cost": {
                "launch_boundary": self._plan.scenario.economics.launch_boundary,
                **{side: account.to_dict() for side, account in sides.items()},
                "total": total.to_dict(),
            },
        }

    def _side(self, row: int) -> str:
        scenario = self._plan.scenario
        if row < self._n_orbit:
            return "orbit"
        return scenario.hub[scenario.ground.hubs[row - self._n_orbit]].side

    def _site(self, row: int, account: Account) -> dict[str, Any]:
        scenario, seconds = self._plan.scenario, self._weight_d * DAY_S
        hub = scenario.hub[scenario.ground.hubs[row - self._n_orbit]] if row >= self._n_orbit else None
        op = {name: float(values[row]) for name, values in self._op.items()}
        busy = op["own_op"] + op["used_op"]
        return {
            "name": self._names[row],
            "side": self._side(row),
            "hub": hub.hub if hub else "",
            "operator": hub.operator if hub else "",
            **{f"{name}_per_s": amount / seconds if seconds else 0.0 for name, amount in op.items()},
            "utilisation_frac": busy / op["installed_op"] if op["installed_op"] else 0.0,
            **account.to_dict(),
        }

    def _flown(self, start: datetime, end: datetime) -> tuple[list[Account], Account]:
        """Return what each centre and the relays cost between two dates."""
        plan = self._plan
        centres, relays = [Account() for _ in range(self._n_orbit)], Account()
        centre = dict(zip(plan.fleet.batch.tolist(), centre_of(plan.fleet).tolist(), strict=True))
        for number, launched in enumerate(plan.fleet.batches):
            batch = launched.model
            last = min(end, batch.launch + timedelta(seconds=batch.lifetime_s))
            seconds = (last - max(start, batch.launch)).total_seconds()
            if seconds <= 0.0:
                continue
            spent = orbit_rate(plan.scenario, batch).times(seconds)
            if centre[number] < 0:
                relays += spent
            else:
                centres[centre[number]] += spent
        return centres, relays


def _whole_useful_op(useful_op: Floats, used_op: Floats, own_op: Floats) -> Floats:
    """Return the useful work of a whole site: the own demand counts like that of the jobs beside it."""
    share = np.divide(useful_op, used_op, out=np.zeros_like(used_op), where=used_op > 0.0)
    return np.asarray(share * (used_op + own_op))
