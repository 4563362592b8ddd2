"""East Data, West Compute in 2022: who is used follows from demand, price, latency and capacity."""

from __future__ import annotations

import pytest

from orbitdc.scenario.cluster import Hub
from orbitdc.scenario.reader import load
from orbitdc.validation import cases
from orbitdc.validation.clusters import clusters, picture, used_frac

NORTH_WEST = ("horinger", "qingyang", "zhongwei")
EAST = ("zhangjiakou", "yangtze", "wuhu", "shaoguan", "tianfu", "chongqing")


@pytest.mark.parametrize(
    "case", [case for case in cases.load() if case.part == "clusters"], ids=lambda case: case.id
)
def test_the_published_picture(case: cases.Case) -> None:
    """Under 30 % of the north-west, over 65 % of the east; PUE of named sites; exchange points."""
    checks = list(clusters(case))
    assert checks and all(check.ok for check in checks), (checks, case.source)


def test_no_site_has_its_use_as_an_input() -> None:
    assert not [name for name in Hub.model_fields if "util" in name or "load" in name or "fill" in name]
    racks = sum(hub.racks for hub in load("east-west-2022").hub.values())
    assert racks == pytest.approx(0.92e6, rel=0.01)  # 1.46 - 0.54 million, english.scio.gov.cn 2024-08-13


def test_without_the_penalty_of_latency_the_north_west_fills() -> None:
    as_it_is, near = picture(), picture(("job.business.latency", "40 ms"))
    assert used_frac(near, NORTH_WEST) >= used_frac(as_it_is, NORTH_WEST) + 0.10
    assert used_frac(near, EAST) < used_frac(as_it_is, EAST)
    assert used_frac(near, ()) == pytest.approx(used_frac(as_it_is, ()), abs=0.01)  # the same work elsewhere


def test_price_moves_work() -> None:
    """Dearer power at Gui'an sends the work that is free to choose to the north-west."""
    dear = picture(("hub.guian.grid.price", "0.09 USD/kWh"))
    assert used_frac(dear, NORTH_WEST) > used_frac(picture(), NORTH_WEST) + 0.05


def test_capacity_and_demand_move_use() -> None:
    as_it_is = picture()
    twice = (("int8", "136.2 Eop/s"), ("racks", 300_000), ("grid.power", "937 MW"))
    more = picture(*((f"hub.horinger.{key}", value) for key, value in twice))
    assert used_frac(more, ("horinger",)) < used_frac(as_it_is, ("horinger",))
    better = picture(("hub.horinger.int8", "136.2 Eop/s"))  # the same racks: each operation takes half
    assert used_frac(better, NORTH_WEST) > used_frac(as_it_is, NORTH_WEST)
    less = picture(("phase.2022.demand.interactive", "45 Eop/s"))
    assert used_frac(less, EAST) < used_frac(as_it_is, EAST) - 0.05
