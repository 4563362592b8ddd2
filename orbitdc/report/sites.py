"""Sites in words: `sites` and `cost` of summary.json → who is used, what it takes and costs, 80 columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .running import SIDES
from .tables import phase_lines, quantity_text, to_text

EOP = 1e18
"""Operations to which prices are told."""

Part = dict[str, Any]


def site_lines(phase: Part) -> list[str]:
    """Return a line for each site: capacity, use, power and where that comes from.

    Parameters
    ----------
    phase : dict
        A phase of summary.json, or its total.

    Returns
    -------
    list of str
        Nothing where no site has any capacity.
    """
    seconds = _seconds(phase)
    rows = [_site(site, seconds) for site in phase.get("sites", ()) if site["installed_op_per_s"] > 0.0]
    if not rows:
        return []
    header = ("side", "capacity", "used", "own", "power", "green", "kg/kWh", "l/kWh")
    return phase_lines(phase, "sites", header, rows, right=range(2, 9), width=16)


def _site(site: Part, seconds: float) -> list[str]:
    load_j, installed = site["load_j"], site["installed_op_per_s"]
    own_j = site["wind_j"] + site["solar_j"] - site["spilled_j"]
    return [
        site["name"][:16],
        site["side"],
        quantity_text(installed, "op/s"),
        f"{site['utilisation_frac']:.0%}",
        f"{site['own_op_per_s'] / installed:.0%}",
        quantity_text(load_j / seconds, "W"),
        f"{min(own_j / load_j, 1.0):.0%}" if load_j else "-",
        f"{site['power_carbon_kg'] / load_j * 3.6e6:.2f}" if load_j else "-",
        f"{site['water_l'] / load_j * 3.6e6:.2f}" if load_j else "-",
    ]


def cost_lines(phase: Part) -> list[str]:
    """Return what each side cost, part by part, and what a useful operation took.

    Parameters
    ----------
    phase : dict
        A phase of summary.json, or its total.

    Returns
    -------
    list of str
        Nothing where nothing was paid.
    """
    cost = phase.get("cost", {})
    sides = [side for side in SIDES if cost.get(side, {}).get("usd", 0.0) > 0.0]
    if not sides:
        return []
    rows = [
        [label, *(show(cost[side]) for side in sides)]
        for label, show in _ROWS
        if any(show(cost[side]) != "-" for side in sides)
    ]
    boundary = f"launch carbon: {cost['launch_boundary']}" if "orbit" in sides else ""
    header = [SIDES[side] for side in sides]
    lines = phase_lines(phase, "cost", header, rows, right=range(1, 1 + len(sides)))
    return [*lines, boundary] if boundary else lines


def _money(name: str) -> Callable[[Part], str]:
    return lambda side: f"{side[name] / 1e6:,.1f} MUSD" if side[name] else "-"


def _carbon(name: str) -> Callable[[Part], str]:
    return lambda side: f"{side[name] / 1e6:,.2f} kt" if side[name] else "-"


def _litres(amount_l: float) -> str:
    return f"{amount_l / 1e6:,.1f} Ml" if amount_l else "-"


def _per_eop(name: str, unit: str, factor: float = 1.0) -> Callable[[Part], str]:
    return lambda side: "-" if side[name] is None else f"{side[name] * EOP * factor:,.3g} {unit}"


_ROWS: tuple[tuple[str, Callable[[Part], str]], ...] = (
    ("launches", _money("launch_usd")),
    ("satellites", _money("satellite_usd")),
    ("computers", _money("card_usd")),
    ("buildings", _money("building_usd")),
    ("power", _money("power_usd")),
    ("operation", _money("operation_usd")),
    ("all money", _money("usd")),
    ("carbon of launches", _carbon("launch_carbon_kg")),
    ("carbon of satellites", _carbon("satellite_carbon_kg")),
    ("carbon of computers", _carbon("card_carbon_kg")),
    ("carbon of buildings", _carbon("building_carbon_kg")),
    ("carbon of power", _carbon("power_carbon_kg")),
    ("all carbon", _carbon("carbon_kg")),
    ("water", lambda side: _litres(side["water_l"])),
    ("water, by its scarcity", lambda side: _litres(side["scarce_water_l"])),
    ("an Eop of useful work", _per_eop("usd_per_op", "USD")),
    ("its carbon", _per_eop("carbon_kg_per_op", "kg")),
    ("its water", _per_eop("water_l_per_op", "l")),
    ("its energy", _per_eop("j_per_op", "kWh", 1.0 / 3.6e6)),
)


def use_lines(phases: list[Part]) -> list[str]:
    """Return how much of each side's capacity was used, a column per phase, for a plan without satellites."""
    shown = phases[:4]
    rows = []
    for side in ("east", "west"):
        rows.append([SIDES[side], *(_used(phase, side) for phase in shown)])
    rows.append(["jobs completed", *(_completed(phase) for phase in shown)])
    return to_text(["used", *(phase["name"][:14] for phase in shown)], rows, right=range(1, 5)).splitlines()


def _used(phase: Part, side: str) -> str:
    mine = [site for site in phase["sites"] if site["side"] == side]
    installed = sum(site["installed_op_per_s"] for site in mine)
    busy = sum(site["own_op_per_s"] + site["used_op_per_s"] for site in mine)
    return f"{busy / installed:.1%}" if installed else "-"


def _completed(phase: Part) -> str:
    jobs = phase["jobs"]
    return f"{jobs['n_completed'] / jobs['n_submitted']:.1%}" if jobs["n_submitted"] else "-"


def _seconds(phase: Part) -> float:
    start, end = (datetime.fromisoformat(phase[name]) for name in ("start_utc", "end_utc"))
    return (end - start).total_seconds()
