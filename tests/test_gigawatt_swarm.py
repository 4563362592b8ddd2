"""The shipped scenario of ten thousand satellites: what its comments say, and how near they come."""

from __future__ import annotations

import pytest
from scipy.spatial import cKDTree

from orbitdc.fleet import Fleet, build
from orbitdc.orbit.bulk import propagate_bulk
from orbitdc.orbit.time import TimeGrid
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load
from orbitdc.spacecraft import accelerator_of, array_bol_power_w, it_power_w, n_cards


@pytest.fixture(scope="module")
def swarm() -> Scenario:
    return load("gigawatt-swarm")


@pytest.fixture(scope="module")
def fleet(swarm: Scenario) -> Fleet:
    return build(swarm)


def test_it_is_a_gigawatt_in_a_million_cards(swarm: Scenario, fleet: Fleet) -> None:
    craft = swarm.spacecraft["swarm-100kw"]
    assert len(fleet) == fleet.n_satellites == 10_000
    assert len(fleet) * it_power_w(craft) == pytest.approx(1e9)
    assert len(fleet) * array_bol_power_w(craft) > 1e9
    assert len(fleet) * n_cards(craft, accelerator_of(swarm, craft)) == pytest.approx(1e6)
    assert sum(batch.n_launches for batch in fleet.batches) == 456
    assert len(fleet.plane_representative) == 40


def test_no_two_satellites_come_near(swarm: Scenario, fleet: Fleet) -> None:
    """In a turn every plane of a shell crosses every other one twice near the poles."""
    for batch in range(2):
        shell = [body for body, at in zip(fleet.satellites, fleet.batch, strict=True) if at == batch]
        grid = TimeGrid(swarm.phase[0].start, 6.0, 25)  # the next satellite is 24 s behind
        r_km = propagate_bulk(shell, grid).r_teme_km
        nearest_km = min(cKDTree(r_km[:, k]).query(r_km[:, k], k=2)[0][:, 1].min() for k in range(grid.n))
        assert nearest_km > 8.0


def test_three_days_of_a_few_are_valid() -> None:
    few = [f"phase.2035.batch.{name}-shell.count=40" for name in ("dusk", "dawn")]
    shorter = load("gigawatt-swarm", [*few, "phase.2035.end=2035-01-04T00:00:00Z"])
    assert len(build(shorter)) == 80
