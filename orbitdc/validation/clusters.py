"""Clusters on the ground: cases → our PUE, use in 2022 and effect of exchange points beside the published."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np

from ..ground import ambient_k, pue
from ..network.fibre import Place, fibre_graph, shortest
from ..network.latency import Delays
from ..results.summary import summarise
from ..scenario.reader import load
from ..simulate import prepare, simulate_window
from .cases import Case, Check

SCENARIO = "east-west-2022"


def clusters(case: Case) -> Iterator[Check]:
    """Compare what a case names: the `pue` of a site, sites `used` in 2022, or `places` before and after."""
    inputs, (quantity, theirs) = case.inputs, next(iter(case.expected.items()))
    if "pue" in inputs:
        ours = yearly_pue(inputs["pue"])
    elif "used" in inputs:
        ours = used_frac(picture(), inputs["used"])
    else:
        before, after = (latency_ms(inputs["places"], day) for day in inputs["days"])
        ours = {"after_ms": after, "less_ms": before - after, "ratio": after / before}[quantity]
    yield Check(quantity, ours, theirs, case.tolerance[quantity])


def yearly_pue(name: str) -> float:
    """Return the mean PUE of a catalogue's site over a year."""
    scenario = load("beijing-2035")
    hub = scenario.hub[name]
    days = (np.arange(365) + 0.5) / 365.0
    return float(pue(ambient_k(hub.temperature_k, days), scenario.cooling[hub.cooling]).mean())


@functools.cache
def picture(*changes: tuple[str, str | int]) -> dict[str, Any]:
    """Return the year 2022 as `east-west-2022` computes it, with values at dotted paths changed."""
    scenario = load(SCENARIO)
    plan = prepare(scenario.replace(dict(changes)) if changes else scenario)
    phase: dict[str, Any] = summarise(plan, (simulate_window(plan, i) for i in range(len(plan.windows))))[
        "phases"
    ][0]
    return phase


def used_frac(phase: Mapping[str, Any], sites: Sequence[str]) -> float:
    """Return the use of some sites together, own demand included; of all if none is named."""
    chosen = [site for site in phase["sites"] if not sites or site["name"] in sites]
    busy = sum(site["own_op_per_s"] + site["used_op_per_s"] for site in chosen)
    return float(busy / sum(site["installed_op_per_s"] for site in chosen))


def latency_ms(places: Mapping[str, Sequence[float]], day: str) -> float:
    """Return the mean latency between places over private IP on a day, one way, from the first to the others.

    With a `*` before the first name: between all of them.
    """
    names = [Place(name.lstrip("*"), lat, lon) for name, (lat, lon) in places.items()]
    paths = shortest(fibre_graph(names, date.fromisoformat(day)), DELAYS.line_overhead_frac)
    among_all = next(iter(places)).startswith("*")
    pairs = list(combinations(range(len(names)), 2)) if among_all else [(0, b) for b in range(1, len(names))]
    one_way_s = np.mean([paths.one_way_s[pair] for pair in pairs])
    return float(1e3 * (one_way_s + 2.0 * DELAYS.access_s))


DELAYS = Delays()
