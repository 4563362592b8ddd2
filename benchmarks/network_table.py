"""What relays and a station abroad do for beijing-2035: bits a day and the latency of hot work, part by part.

    python benchmarks/network_table.py [WINDOWS_PER_YEAR]

The scenario with its three Tianlian relays and without any relay (none of the fleet either), over six Chinese
stations and with Kiruna added: four runs in memory, a row for each and phase.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from orbitdc import simulate
from orbitdc.fleet import build
from orbitdc.network import segment_of
from orbitdc.report.tables import quantity_text, to_text
from orbitdc.results.summary import summarise
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

STATIONS = ("miyun", "kashi", "sanya", "lijiang", "mohe", "jiamusi")
NO_RELAYS = ("network.relays=[]", "spacecraft.relay.lasers.count=2")
"""Two lasers hold a relay in its own ring, and none is left for others."""

VARIANTS = {
    "six stations, relays": (STATIONS, ()),
    "six stations, no relay": (STATIONS, NO_RELAYS),
    "with Kiruna, relays": ((*STATIONS, "kiruna"), ()),
    "with Kiruna, no relay": ((*STATIONS, "kiruna"), NO_RELAYS),
}
HEADER = ("", "phase", "down/d", "up/d", "by relay/d", "in reach", "light", "switches", "wait", "hot jobs")


def scenario_of(stations: tuple[str, ...], changes: tuple[str, ...], n_windows: int) -> Scenario:
    """Return a variant with so many windows a year."""
    listed = ", ".join(f'"{name}"' for name in stations)
    return load(
        "beijing-2035",
        [f"ground.stations=[{listed}]", f"time.windows_per_year={n_windows}", *changes],
    )


def summary_of(plan: simulate.Plan, scenario: Scenario) -> dict[str, Any]:
    """Return the summary of a variant; light is that of `plan`: stations and relays do not change it."""
    fleet = build(scenario)
    segment = segment_of(scenario, fleet.spacecraft_names)
    variant = replace(plan, scenario=scenario, fleet=fleet, segment=segment)
    return summarise(variant, (simulate.simulate_window(variant, i) for i in range(len(plan.windows))))


def rows_of(name: str, summary: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each phase."""
    rows = []
    for phase in summary["phases"]:
        found = phase["network"]
        bits = [found[f"{key}_per_day"] for key in ("down_bit", "up_bit", "relayed_bit")]
        rows.append(
            (
                name,
                phase["name"],
                *(quantity_text(bit, "bit") for bit in bits),
                f"{found['reachable_frac']:.0%}",
                f"{1e3 * found['to_orbit_propagation_s']:.1f} ms",
                f"{1e3 * found['to_orbit_hops_s']:.1f} ms",
                f"{found['to_orbit_wait_s']:.3g} s",
                f"{1e3 * (found['hot_access_s'] + found['hot_propagation_s'] + found['hot_hops_s']):.1f} ms",
            )
        )
    return rows


def main() -> None:
    """Print the table."""
    n_windows = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    rows: list[tuple[str, ...]] = []
    plan = simulate.prepare(scenario_of(STATIONS, (), n_windows))
    for name, (stations, changes) in VARIANTS.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += rows_of(name, summary_of(plan, scenario_of(stations, changes, n_windows)))
    print(to_text(HEADER, rows, right=range(2, 10)))
    print(
        "light, switches, wait: a hot request to the orbital centre that answers first, access of 2 ms apart;"
    )
    print("hot jobs: network latency where they ran, on the ground. Mean of phases, idle sites.")


if __name__ == "__main__":
    main()
