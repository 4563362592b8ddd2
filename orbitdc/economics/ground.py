"""Ground: clusters and the operations done there → energy, money, carbon and water of each site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constants import JULIAN_YEAR_S
from .account import Account
from .annuity import annuity_per_s

if TYPE_CHECKING:
    from ..ground import Clusters
    from ..scenario.models import Economics, Hub

Floats = NDArray[np.float64]


def ground_use(clusters: Clusters, used_op: Floats) -> dict[str, Floats]:
    """Return what each site drew, paid, emitted and evaporated in one window, own demand included.

    Parameters
    ----------
    clusters : Clusters
    used_op : ndarray (site, k)
        Operations that jobs used in each slot.

    Returns
    -------
    dict of ndarray (site,)
        `NAME_j` of what was used and who supplied it, `power_usd`, `power_carbon_kg`, `water_l`,
        `scarce_water_l`, `installed_op`, `own_op`, `it_w`.

    Raises
    ------
    InvariantError
        If energy does not close.

    Examples
    --------
    `ground_use(clusters, schedule.used_op)["grid_j"]`.
    """
    found = clusters.dispatch(used_op)
    grid_j, backup_j = found.energy_j("grid"), found.energy_j("backup")
    spilled_j, wind_j, solar_j = (found.energy_j(name) for name in ("spilled", "wind", "solar"))
    used_frac = 1.0 - np.divide(
        spilled_j, wind_j + solar_j, out=np.zeros_like(spilled_j), where=wind_j + solar_j > 0.0
    )

    taken_j = {"wind": used_frac * wind_j, "solar": used_frac * solar_j, "grid": grid_j, "backup": backup_j}
    water_l = clusters.it_load_w(used_op).sum(axis=1) * clusters.slot_s * clusters.wue_l_per_j
    return {
        "load_j": found.energy_j("load"),
        "wind_j": wind_j,
        "solar_j": solar_j,
        "storage_j": found.energy_j("discharge"),
        "grid_j": grid_j,
        "backup_j": backup_j,
        "spilled_j": spilled_j,
        "lost_j": found.lost_j,
        "stored_j": found.stored_j,
        "power_usd": _sum_of(taken_j, clusters.price_usd_per_j),
        "power_carbon_kg": _sum_of(taken_j, clusters.carbon_kg_per_j),
        "water_l": water_l,
        "scarce_water_l": water_l * clusters.water_stress_frac,
        "installed_op": clusters.installed_op.sum(axis=1),
        "own_op": clusters.own_op.sum(axis=1),
        "it_w": clusters.it_w.copy(),
    }


def _sum_of(taken_j: dict[str, Floats], per_joule: Mapping[str, Floats]) -> Floats:
    total: Floats = np.sum([taken_j[name] * rate for name, rate in per_joule.items()], axis=0)
    return total


def ground_account(
    economics: Economics, hub: Hub, use: Mapping[str, float], duration_s: float, useful_op: float
) -> Account:
    """Return what a site cost in one window.

    Parameters
    ----------
    economics : Economics
    hub : Hub
    use : mapping
        One site's numbers of `ground_use`.
    duration_s : float [s]
        Of the window.
    useful_op : float [op]
        Useful work of the jobs and of the own demand.

    Returns
    -------
    Account

    Assumptions
    -----------
    Buildings and computers are paid for what is open, used or not. Wind and Sun of the site's own carry no
    carbon and are paid for as far as they are used.

    Source
    ------
    Levelised cost: NREL/TP-462-5173 (1995), section 3.

    Examples
    --------
    `ground_account(scenario.economics, hub, use, 86400.0, 1e24).to_dict()["usd_per_op"]`.
    """
    it_w = use["it_w"]
    building_usd, card_usd = it_w * hub.building_usd_per_w, it_w * economics.hardware_price_usd_per_w
    rate = economics.discount_per_yr_frac
    usd = {
        "card": annuity_per_s(card_usd, rate, economics.hardware_life_s) * duration_s,
        "building": annuity_per_s(building_usd, rate, economics.building_life_s) * duration_s,
        "power": use["power_usd"],
        "operation": building_usd * economics.building_operation_per_yr_frac / JULIAN_YEAR_S * duration_s,
    }
    carbon_kg = {
        "card": it_w * economics.hardware_carbon_kg_per_w * duration_s / economics.hardware_life_s,
        "building": it_w * economics.building_carbon_kg_per_w * duration_s / economics.building_life_s,
        "power": use["power_carbon_kg"],
    }
    energy_j = {name.removesuffix("_j"): value for name, value in use.items() if name.endswith("_j")}
    return Account(usd, carbon_kg, energy_j, use["water_l"], use["scarce_water_l"], useful_op)
