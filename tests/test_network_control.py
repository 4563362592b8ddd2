"""Ground control: demand met by who waited longest, no antenna twice, silence that stops the computing."""

from __future__ import annotations

import functools
from typing import Any

import mini
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc import simulate
from orbitdc.network.contacts import Contacts
from orbitdc.network.control import Control, control_of
from orbitdc.network.offers import COMMAND, Offers
from orbitdc.network.planner import Machines
from orbitdc.results.summary import summarise
from orbitdc.scenario.reader import load

DAY_S = 86400.0


def no_contacts() -> Contacts:
    none, never = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Contacts(
        none, none, none, none, never, never, never, never, none, none, never, never, 600.0, 144,
        0.0, 0.0, 0.0, 0.0,
    )  # fmt: skip


def offers_at(rows: list[tuple[int, int, float, float]]) -> Offers:
    """Passes (satellite, station, start, end) that carry a bit a second both ways."""
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 4)
    n, length_s = len(table), table[:, 3] - table[:, 2]
    whole = table[:, :2].astype(np.int64)
    pieces = np.arange(n), np.zeros(n, dtype=np.int64), length_s, length_s.copy()
    kinds = np.full(n, COMMAND)
    return Offers(whole[:, 0], whole[:, 1], kinds, table[:, 2], table[:, 3], *pieces)


def control(rows: list[tuple[int, int, float, float]], n: int, antennas: Machines, **rules: float) -> Control:
    asked = {"demand_s_per_day": 300.0, "max_silence_s": DAY_S, **rules}
    wait_s = np.zeros(len(antennas.n))
    own = np.ones(n, dtype=np.bool_)
    return control_of(offers_at(rows), no_contacts(), antennas, wait_s, own, duration_s=DAY_S, **asked)


def one_station(n: int, n_antennas: int = 1, slew_s: float = 0.0) -> Machines:
    return Machines.of(np.array([n_antennas]), np.ones(n, dtype=np.int64), slew_s)


def test_a_contact_ends_when_the_demand_is_met() -> None:
    found = control([(0, 0, 1000.0, 2000.0), (0, 0, 9000.0, 9900.0)], 1, one_station(1))
    assert found.start_s.tolist() == [1020.0] and found.end_s.tolist() == [1320.0]
    assert found.command.contact_s_per_day.tolist() == [300.0]
    assert found.up_bit.tolist() == pytest.approx([300.0])
    assert not found.command.short[0] and len(found.command.start_s) == 0


def test_who_waits_longest_goes_first_and_antennas_turn() -> None:
    rows = [(s, 0, 0.0, 1200.0) for s in range(3)]
    found = control(rows, 3, one_station(3, slew_s=60.0))
    assert found.satellite.tolist() == [0, 1, 2]
    assert np.all(found.start_s[1:] >= found.end_s[:-1] + 60.0)
    assert found.command.contact_s_per_day.tolist() == [300.0, 300.0, 300.0]


def test_silence_puts_a_satellite_to_sleep_until_it_is_heard_again() -> None:
    rows = [(0, 0, 36000.0, 36600.0)]
    found = control(rows, 2, one_station(2), max_silence_s=4 * 3600.0)
    # the day repeats: heard until 36,300 s, asleep from four hours later until the contact of the next day
    spans = list(zip(found.command.satellite, found.command.start_s, found.command.end_s, strict=True))
    assert spans == [(0, 0.0, 36000.0), (0, 36300.0 + 4 * 3600.0, DAY_S), (1, 0.0, DAY_S)]
    asleep = found.asleep(60.0, 1440).packed(0, 2)
    assert asleep[0, :, 1].sum() * 60.0 == pytest.approx(DAY_S)
    assert found.command.safe_mode_s() == pytest.approx(asleep[0, :, :2].sum(axis=0) * 60.0)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 5000), st.integers(60, 900)),
        max_size=25,
    ),
    n_antennas=st.lists(st.integers(0, 2), min_size=2, max_size=2),
    slew_s=st.integers(0, 120),
)
def test_no_antenna_twice_nobody_outside_a_pass_nobody_beyond_the_demand(
    rows: list[tuple[int, int, int, int]], n_antennas: list[int], slew_s: int
) -> None:
    passes = [(s, g, float(start_s), float(start_s + length_s)) for s, g, start_s, length_s in rows]
    antennas = Machines.of(np.array(n_antennas), np.ones(5, dtype=np.int64), float(slew_s))
    found = control(passes, 5, antennas)
    for g in range(2):
        for a in range(n_antennas[g]):
            mine = np.flatnonzero((found.station == g) & (found.antenna == a))
            mine = mine[np.argsort(found.start_s[mine])]
            assert np.all(found.start_s[mine][1:] >= found.end_s[mine][:-1] + slew_s)
    for s, g, start_s, end_s in zip(found.satellite, found.station, found.start_s, found.end_s, strict=True):
        assert any(p[:2] == (s, g) and p[2] <= start_s and end_s <= p[3] for p in passes)
    assert np.all(found.command.contact_s_per_day <= 300.0 + 1e-6)


@functools.cache
def summary_of(*changes: str) -> dict[str, Any]:
    plan = simulate.prepare(load(mini.MINI, list(changes)))
    return summarise(plan, mini.results(plan))


def test_satellites_in_safe_mode_compute_nothing_and_the_loss_is_the_links() -> None:
    whole, silent = summary_of(), summary_of("control.max_silence=30 min")
    assert whole["total"]["control"]["safe_mode_frac"] < silent["total"]["control"]["safe_mode_frac"]
    assert silent["total"]["limits"]["link"] > whole["total"]["limits"]["link"] + 0.1
    assert sum(silent["total"]["limits"].values()) == pytest.approx(1.0)
    assert silent["total"]["mean_compute_power_w"] < whole["total"]["mean_compute_power_w"]
    levels = [stage["op_per_s"] for stage in silent["total"]["waterfall"]]
    assert levels == sorted(levels, reverse=True)
