"""Kuiper-630 against Hypatia: the very satellites of a path, not only its length."""

from __future__ import annotations

from orbitdc.validation import cases, network


def test_the_cases_hold() -> None:
    found = [case for case in cases.load() if case.part == "network"]
    assert len(found) == 3
    for case in found:
        checks = list(network.network(case))
        assert len(checks) >= 15 and all(check.ok for check in checks), case.id


def test_manila_to_dalian_goes_by_the_satellites_that_hypatia_names() -> None:
    """snkas/hypatia, networkx_path_1173_to_1241.txt at t = 0: 1173-184-183-217-1241, 29,423,138 ns."""
    case = next(case for case in cases.load() if case.part == "network")
    ways = network.kuiper_ways(case.inputs["stations"], 0)
    nodes = [ways.landing(0, 0, 1)[0]]
    while nodes[-1] != 34 * 34:  # the first station
        nodes.append(int(ways.previous[0, nodes[-1]]))
    assert nodes[-2::-1] == [184, 183, 217]
    assert abs(2e9 * ways.to_station_s[0, 0, 1] - 29_423_138) < 500.0
