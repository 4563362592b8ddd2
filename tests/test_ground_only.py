"""A plan without satellites: checked, run, reported; nothing in it says that anything flies."""

from __future__ import annotations

from pathlib import Path

import pytest

import orbitdc as odc
from orbitdc.errors import InputError
from orbitdc.report.check import describe
from orbitdc.report.pictures import draw_all
from orbitdc.report.text import exit_code, report, verdict
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

PLAN = """
name = "only-ground"
seed = 3
[time]
windows_per_year = 1
window = "6 h"
step = "10 min"
[ground]
hubs = ["horinger", "shaoguan"]
[[phase]]
name = "2022"
start = 2022-03-01T00:00:00Z
end = 2022-04-01T00:00:00Z
[phase.demand]
video = "1 Eop/s"
backup = "2 Eop/s"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path: Path = tmp_path_factory.mktemp("ground") / "only-ground.toml"
    path.write_text(PLAN, encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def run(plan: Scenario) -> odc.Run:
    return odc.run(plan)


def test_it_runs_and_reports_sites_alone(run: odc.Run) -> None:
    words = report(run)
    assert exit_code(run) == 0
    for said in (words, verdict(run)):
        assert "western hubs" in said and "horinger" in said and "satellite" not in said
        assert max(map(len, said.splitlines()[:-1])) <= 80
    total = run.results["total"]
    assert [site["name"] for site in total["sites"]] == ["horinger", "shaoguan"]
    assert total["cost"]["orbit"]["usd"] == 0.0 and total["cost"]["west"]["usd"] > 0.0
    assert total["jobs"]["n_submitted"] == sum(
        total["jobs"][name] for name in ("n_completed", "n_late", "n_rejected", "n_unfinished")
    )


@pytest.mark.slow
def test_every_picture_is_drawn(run: odc.Run) -> None:
    said: list[str] = []
    draw_all(run, said.append)
    assert said == []


def test_check_says_that_nothing_flies(plan: Scenario) -> None:
    words = describe(plan)
    assert "Nothing flies." in words and "Ground clusters: horinger, shaoguan." in words


def test_the_same_plan_without_hubs_or_with_deaf_satellites_is_refused(plan: Scenario) -> None:
    with pytest.raises(InputError, match="no batch in any phase, no hub"):
        plan.replace({"ground.hubs": []})
    with pytest.raises(InputError, match="found no station"):
        load("coverage-demo", ["ground.stations=[]"])
