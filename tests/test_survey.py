"""The streamed step against the same day in Skyfield and NumPy, and against our own ways of one part each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numba
import numpy as np
import pytest

import orbitdc
from orbitdc.errors import InputError, LimitError
from orbitdc.fleet import build
from orbitdc.orbit.eclipse import find_eclipses
from orbitdc.survey import survey

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SUMMER = datetime(2026, 8, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo() -> orbitdc.Scenario:
    return orbitdc.load("coverage-demo")


@pytest.mark.parametrize(
    ("season", "n", "n_steps"),
    [
        ("no eclipse", 70, 600),
        ("eclipse season", 70, 600),
        pytest.param("eclipse season", 3, 40, marks=pytest.mark.kernel),
    ],
)
def test_a_day_agrees_with_skyfield_and_numpy(
    season: str, n: int, n_steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 70 satellites are two blocks, one of them not full; 20 stations; positions by Skyfield, all else written
    # again in NumPy (benchmarks/step_twin.py)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import objects
    import step_rows
    import step_twin

    start = step_rows.DAYS[season]
    case = step_rows.Case(objects.shell_lines(n, start), start, 60.0, n_steps)
    ours, theirs = case.ready()(), step_twin.best(case.question(n))()
    for name in ("light", "array_j", "compute_j", "link_bit"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-9), name
    assert (theirs.light < n * n_steps) == (season == "eclipse season")
    assert theirs.link_bit > 0.0 or n < 70


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread")
def test_threads_change_no_bit() -> None:
    swarm = orbitdc.load("gigawatt-swarm")
    when = swarm.phase[-1].end.replace(hour=0, minute=0, second=0)
    when = when.replace(year=when.year - 1)
    small = swarm.replace({"phase.*.batch.*.count": 200})
    found = []
    before = numba.get_num_threads()
    for n in (1, 2):
        numba.set_num_threads(n)
        found.append(survey(small, when))
    numba.set_num_threads(before)
    for name in ("sunlit_frac", "array_j", "compute_j", "view_s", "link_bit", "slot_load_w"):
        assert np.array_equal(getattr(found[0], name), getattr(found[1], name)), name


def test_light_is_that_of_the_eclipses(demo: orbitdc.Scenario) -> None:
    # sampled every 60 s against edges found to the millisecond
    found = survey(demo, SUMMER)
    fleet = build(demo)
    flying = [fleet.satellites[i] for i in np.flatnonzero(fleet.active(SUMMER))]
    dark = find_eclipses(flying, SUMMER, 86400.0)
    eclipse_s = np.bincount(dark.satellite, dark.eclipse_s, len(flying))
    assert found.sunlit_frac == pytest.approx(1.0 - eclipse_s / 86400.0, abs=3e-3)


def test_days_add_up(demo: orbitdc.Scenario) -> None:
    one, two = survey(demo, SUMMER), survey(demo, SUMMER, 2)
    n = len(one.slot_load_w)
    assert len(two.slot_load_w) == 2 * n
    assert np.array_equal(two.slot_load_w[:n], one.slot_load_w)
    assert np.all(two.link_bit > one.link_bit)
    assert two.compute_j.sum() == pytest.approx((two.slot_load_w * two.slot_s).sum(), rel=1e-12)


def test_more_stations_carry_more_and_change_no_light(demo: orbitdc.Scenario) -> None:
    more = demo.replace({"ground.stations": ["kashi", "miyun", "sanya"]})
    less = demo.replace({"ground.stations": ["kashi"]})
    wide, narrow = survey(more, SUMMER), survey(less, SUMMER)
    assert wide.totals()["link_bit_per_day"] > narrow.totals()["link_bit_per_day"]
    assert np.array_equal(wide.sunlit_frac, narrow.sunlit_frac)


def test_below_the_tables_a_station_is_seen_and_carries_nothing(demo: orbitdc.Scenario) -> None:
    # ITU-R tables begin at 5 degrees; how far down links are prepared follows from the mask
    ten, five, none = (
        survey(demo.replace({"ground.min_elevation": f"{mask} deg"}), SUMMER) for mask in (10, 5, 0)
    )
    assert ten.view_s.sum() < five.view_s.sum() < none.view_s.sum()
    assert ten.link_bit.sum() < five.link_bit.sum()
    assert none.link_bit == pytest.approx(five.link_bit, rel=1e-12)


def test_what_cannot_be_surveyed_is_said(demo: orbitdc.Scenario) -> None:
    with pytest.raises(InputError, match="1 day or more"):
        survey(demo, SUMMER, 0)
    with pytest.raises(InputError, match="a date on which a satellite flies"):
        survey(demo, datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(LimitError, match="with all cards off"):
        survey(
            demo.replace({"spacecraft.*.thermal.heater_max": "0 W", "spacecraft.*.bus.housekeeping": "1 W"}),
            SUMMER,
        )
