"""Bad input about links and contacts: one clear message, what was found and what is allowed."""

from __future__ import annotations

import pytest

from orbitdc.errors import InputError
from orbitdc.fleet import build
from orbitdc.links import itu
from orbitdc.scenario.reader import load

CRAFT = "spacecraft.starcloud-1"
DAY = "start=2026-08-23T00:00:00Z, end=2026-08-24T00:00:00Z"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("station.kashi.n_antennas=0", "at least 1"),
        ("links.availability=30 %", "50 %"),
        (f"{CRAFT}.radio.band=ku", "s, x, ka"),
        (f'ground.outage=[{{station="kiruna", {DAY}}}]', "in use"),
        (f'ground.outage=[{{station="kashi", antenna=9, {DAY}}}]', "0 to 2"),
        ('ground.outage=[{station="kashi", start=2026-08-25T00:00:00Z, end=2026-08-24T00:00:00Z}]', "after"),
        ("phase.week.batch.starcloud.priority=0.0", "more than 0"),
        ("control.demand=0 s", "more than 0"),
        (f"{CRAFT}.downlaser=nothing", "nothing"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(change: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load("coverage-demo", [change])


@pytest.mark.parametrize(
    "change",
    [
        f"{CRAFT}.radio.frequency=12 GHz",
        f"{CRAFT}.radio.uplink.frequency=30 GHz",
        f"{CRAFT}.telemetry.frequency=8 GHz",
    ],
)
def test_a_band_without_a_table_is_refused(change: str) -> None:
    with pytest.raises(InputError, match="in band"):
        build(load("coverage-demo", [change]))


def test_a_new_station_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itu, "installed", lambda: False)
    with pytest.raises(InputError, match=r"no attenuation is tabulated(.|\n)*orbitdc\[itu\]"):
        build(load("coverage-demo", ["station.kashi.lat=10 deg"]))
