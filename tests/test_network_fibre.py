"""Fibre: published latencies, the years in which exchanges opened, tables that are wrong."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitdc
from orbitdc.errors import InputError
from orbitdc.network.fibre import (
    FIBRE_S_PER_KM,
    FibreGraph,
    FibrePaths,
    Place,
    default_capacity_bit_per_s,
    fibre_graph,
    fibre_length_km,
    great_circle_km,
    places_of,
    shortest,
)
from orbitdc.network.fibre_table import FibreTable, read_table, shipped_table
from orbitdc.network.latency import Delays
from orbitdc.network.lines import lines_of

# Ten clusters of East Data, West Compute; positions as in configs/catalog/hubs.toml.
CLUSTERS = [
    Place("zhangjiakou", 40.4044, 115.5195), Place("yangtze", 31.1539, 121.1141),
    Place("wuhu", 31.3526, 118.4295), Place("shaoguan", 24.8, 113.5833),
    Place("tianfu", 30.5738, 103.9213), Place("chongqing", 29.5603, 106.5577),
    Place("horinger", 40.38, 111.82), Place("guian", 26.4, 106.45),
    Place("qingyang", 35.7098, 107.6446), Place("zhongwei", 37.5113, 105.1907),
]  # fmt: skip
PAIRS = np.triu_indices(len(CLUSTERS), 1)
MEASURED = date(2024, 3, 31)
TABLE = shipped_table()


def of_day(when: date, overhead_frac: float = 0.0, places: list[Place] = CLUSTERS) -> FibrePaths:
    return shortest(fibre_graph(places, when), overhead_frac)


def through(paths: FibrePaths, source: str, target: str) -> list[str]:
    names = paths.names
    return [paths.graph.names[n] for n in paths.path(names.index(source), names.index(target))]


# --- validation: values from outside ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "overhead_frac", "published_ms", "ours_ms"),
    [
        # China Academy of Information and Communications Technology, bulletin, first quarter of 2024
        # (fromgeek.com 638156): between the ten clusters, one way
        ("optical mean", 0.0, 9.7, lambda x: x.mean()),
        ("optical max", 0.0, 17.1, lambda x: x.max()),
        ("private IP mean", Delays().line_overhead_frac, 14.6, lambda x: x.mean()),
        ("private IP max", Delays().line_overhead_frac, 23.9, lambda x: x.max()),
    ],
)
def test_latencies_that_the_regulator_measured(what, overhead_frac, published_ms, ours_ms) -> None:
    share = {"optical mean": 0.05, "optical max": 0.08, "private IP mean": 0.01, "private IP max": 0.05}[what]
    assert ours_ms(1e3 * of_day(MEASURED, overhead_frac).one_way_s[PAIRS]) == pytest.approx(
        published_ms, rel=share
    )


def line_ms(a: str, b: str) -> tuple[float, float]:
    """One way in a fibre laid straight, and in one as long as ours are."""
    node = {node.name: node for node in TABLE.nodes}
    km = great_circle_km(node[a].lat_deg, node[a].lon_deg, node[b].lat_deg, node[b].lon_deg)
    return float(km * FIBRE_S_PER_KM * 1e3), float(fibre_length_km(km) * FIBRE_S_PER_KM * 1e3)


@pytest.mark.parametrize(
    "line", [line for line in TABLE.lines if line.published_ms], ids=lambda line: f"{line.a}-{line.b}"
)
def test_what_was_published_of_a_line_is_possible_and_ours_agrees(line) -> None:
    """The straight fibre is a bound; our longer one is within what the source leaves open."""
    straight_ms, ours_ms = line_ms(line.a, line.b)
    least_ms = 2.0 * straight_ms if line.direction == "round-trip" else straight_ms
    assert line.published_ms >= least_ms
    if line.direction == "one-way":
        assert line.published_ms < 2.0 * straight_ms * 1.25  # a round trip would need a fibre nearly straight
        assert ours_ms == pytest.approx(line.published_ms, rel=0.30)
    elif line.direction == "either":
        assert 0.95 * ours_ms <= line.published_ms <= 2.0 * ours_ms
    else:
        assert 2.0 * ours_ms <= line.published_ms  # with equipment


@pytest.mark.parametrize(("line", "ms"), [("Guangzhou", 1.3), ("Shenzhen", 1.66)])
def test_short_lines_of_shaoguan(line: str, ms: float) -> None:
    """China Daily 2025-06-13: one way."""
    assert line_ms("Shaoguan", line)[1] == pytest.approx(ms, rel=0.06)


def test_traffic_from_guizhou_to_chengdu_once_went_by_guangzhou() -> None:
    places = [Place("guizhou", 26.5833, 106.7167), Place("chengdu", 30.6667, 104.0667)]
    before, after = of_day(date(2013, 6, 1), places=places), of_day(date(2018, 1, 1), places=places)
    assert through(before, "guizhou", "chengdu") == ["guizhou", "Guangzhou", "chengdu"]
    assert "Guangzhou" not in through(after, "guizhou", "chengdu")
    assert before.propagation_s[0, 1] > 3.0 * after.propagation_s[0, 1]


def test_kunming_reached_mandalay_by_guangzhou_until_its_gateway_opened() -> None:
    """hh1001.com 1409: 60 ms before, 30 ms after, round trip, route of 3,000 km to 810 km."""
    places = [Place("kunming", 25.0389, 102.7183), Place("mandalay", 21.975, 96.084, abroad=True)]
    before, after = of_day(date(2025, 9, 15), places=places), of_day(date(2025, 9, 16), places=places)
    assert "Guangzhou gateway" in through(before, "kunming", "mandalay")
    assert "Guangzhou gateway" not in through(after, "kunming", "mandalay")
    assert 2e3 * before.propagation_s[0, 1] == pytest.approx(60.0, rel=0.2)
    assert 2e3 * after.propagation_s[0, 1] < 30.0


def test_great_circles() -> None:
    """Parameter book: Gui'an 1,762 km from Beijing, 777 km from Guangzhou; Shaoguan 190 and 255 km."""
    ours = great_circle_km(
        [26.4, 26.4, 24.8, 24.8], [106.45, 106.45, 113.5833, 113.5833],
        [39.9075, 23.1167, 23.1167, 22.5455], [116.3972, 113.25, 113.25, 114.0683],
    )  # fmt: skip
    assert ours == pytest.approx([1762.0, 777.0, 190.0, 255.0], abs=0.6)


# --- our own rules ------------------------------------------------------------------------------------------


def test_what_is_built_never_makes_a_way_longer() -> None:
    days = sorted({item.opened for item in (*TABLE.nodes, *TABLE.lines) if item.opened})
    later = [of_day(day).propagation_s for day in days if day >= date(2000, 1, 1)]
    for before, after in itertools.pairwise(later):
        assert np.all(after <= before + 1e-12)
    assert later[-1][PAIRS].mean() < 0.7 * later[0][PAIRS].mean()


def test_an_instant_counts_by_its_day() -> None:
    instant = datetime(2017, 6, 15, 23, 59, tzinfo=UTC)
    assert fibre_graph(CLUSTERS, instant).names == fibre_graph(CLUSTERS, date(2017, 6, 15)).names
    assert "Guiyang" not in fibre_graph(CLUSTERS, instant).names
    assert "Guiyang" in fibre_graph(CLUSTERS, date(2017, 6, 16)).names


def test_capacity_is_that_of_the_narrowest_line() -> None:
    assert default_capacity_bit_per_s(date(2023, 7, 2)) == 1.6e12
    paths = of_day(date(2026, 1, 1))
    graph = paths.graph
    lines = {
        frozenset((int(a), int(b))): float(c)
        for a, b, c in zip(graph.a, graph.b, graph.capacity_bit_per_s, strict=True)
    }
    ends = frozenset((graph.names.index("Zhongwei cluster"), graph.names.index("Beijing")))
    assert lines[ends] == 4e11  # yxiu.cn 525681: four channels of 100 Gbit/s
    for i, j in zip(*PAIRS, strict=True):
        path = paths.path(int(i), int(j))
        crossed = [lines[frozenset(step)] for step in itertools.pairwise(path)]
        assert paths.capacity_bit_per_s[i, j] == min(crossed)
        assert paths.n_hops[i, j] == len(crossed)


def test_the_places_of_a_scenario() -> None:
    scenario = orbitdc.load("beijing-2035")
    places = places_of(scenario)
    names = [place.name for place in places]
    assert len(set(names)) == len(names) == len(scenario.city) + len(scenario.ground.hubs) + 6
    assert names[-6:] == list(scenario.ground.stations) and "chongqing hub" in names
    assert not any(place.abroad for place in places)
    abroad = scenario.replace({"ground.stations": ["miyun", "kiruna"]})
    assert [place.name for place in places_of(abroad) if place.abroad] == ["kiruna"]


def test_a_network_in_pieces_says_who_is_cut_off_and_since_when_it_is_whole() -> None:
    with pytest.raises(InputError) as error:
        fibre_graph([Place("beijing", 39.9, 116.4), Place("shanghai", 31.2, 121.5)], date(1999, 12, 31))
    message = str(error.value)
    assert "1999-12-31" in message and "cannot reach the other places" in message and "2000-01-01" in message
    nodes = "name,kind,lat_deg,lon_deg,opened,opened_is,source\na,core,40,100,2001-01-01,,\nb,abroad,0,0,,,\n"
    no_lines = "a,b,opened,opened_is,capacity_bit_per_s,published_ms,direction,source,note\n"
    places = [Place("x", 40.0, 100.0), Place("island", 0.0, 0.0, abroad=True), Place("y", 41.0, 100.0)]
    with pytest.raises(InputError, match=r"island cannot reach .* add a line"):
        fibre_graph(places, date(2020, 1, 1), read_table(nodes, no_lines))


def test_a_place_named_twice() -> None:
    with pytest.raises(InputError, match="beijing twice"):
        fibre_graph([Place("beijing", 39.9, 116.4)] * 2, date(2020, 1, 1))


def test_every_problem_of_both_tables_at_once() -> None:
    nodes = (
        "# comment\nname,kind,lat_deg,lon_deg,opened,opened_is,source\n"
        "Beijing,core,39.9,116.4,2000-01-01,,\nBeijing,hub,95,x,yesterday,,\nshort,core\n"
    )
    lines = (
        "a,b,opened,opened_is,capacity_bit_per_s,published_ms,direction,source,note\n"
        "Bejing,Beijing,2000-01-01,,-1,nan,sideways,,\nBeijing,Beijing,,,,,,,\n"
    )
    with pytest.raises(InputError) as error:
        read_table(nodes, lines, "n.csv", "l.csv")
    said = str(error.value)
    for expected in (
        "n.csv:4: kind: found 'hub'", "n.csv:4: lat_deg: found '95'", "n.csv:4: lon_deg: found 'x'",
        "n.csv:4: opened: found 'yesterday'", "n.csv:4: name: found 'Beijing'",
        "n.csv:5: found another number",
        "l.csv:2: a: found 'Bejing'; allowed: a node or a place of the scenario; did you mean 'Beijing'?",
        "l.csv:2: capacity_bit_per_s: found '-1'", "l.csv:2: published_ms: found 'nan'",
        "l.csv:2: direction: found 'sideways'", "l.csv:3: b: found 'Beijing'",
    ):  # fmt: skip
        assert expected in said
    with pytest.raises(InputError, match="the columns a, b; allowed: name, kind"):
        read_table("a,b\n", lines)


# --- properties ---------------------------------------------------------------------------------------------

somewhere = st.tuples(st.floats(20.0, 50.0), st.floats(75.0, 130.0))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(somewhere, min_size=3, max_size=6), st.sampled_from([0.0, 0.5]), st.sampled_from([2005, 2026])
)
def test_ways_are_symmetric_and_obey_the_triangle(where, overhead_frac: float, year: int) -> None:
    places = [Place(f"p{i}", lat, lon) for i, (lat, lon) in enumerate(where)]
    one_way_s = of_day(date(year, 1, 1), overhead_frac, places).one_way_s
    assert np.allclose(one_way_s, one_way_s.T, rtol=1e-12)
    assert np.all(one_way_s[:, :, None] + one_way_s[None] >= one_way_s[:, None, :] - 1e-12)
    straight_s = great_circle_km(*np.array(where).T[:, :, None], *np.array(where).T) * FIBRE_S_PER_KM
    assert np.all(one_way_s >= straight_s - 1e-12)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, len(TABLE.lines) - 1), max_size=8))
def test_a_line_more_never_raises_latency(left_out: set[int]) -> None:
    fewer = FibreTable(TABLE.nodes, tuple(x for i, x in enumerate(TABLE.lines) if i not in left_out))

    def latency(graph: FibreGraph) -> np.ndarray:
        return shortest(graph, 0.5).one_way_s

    day = date(2026, 6, 1)
    assert np.all(latency(fibre_graph(CLUSTERS, day)) <= latency(fibre_graph(CLUSTERS, day, fewer)) + 1e-12)


# --- lines on the ways --------------------------------------------------------------------------------------


def test_ways_are_the_quickest_paths_and_lines_carry_what_the_table_says():
    paths = of_day(date(2026, 6, 1))
    cities, places = np.arange(3), np.arange(3, len(CLUSTERS))
    lines = lines_of(paths, cities, places)
    graph = paths.graph
    capacity = {
        frozenset((graph.names[a], graph.names[b])): bit
        for a, b, bit in zip(graph.a, graph.b, graph.capacity_bit_per_s, strict=True)
    }
    for p, h in itertools.product(range(len(cities)), range(len(places))):
        nodes = [graph.names[n] for n in paths.path(cities[p], places[h])]
        numbers = [n for n in lines.way[p, h] if n >= 0]
        assert [lines.ends[n] for n in numbers] == list(itertools.pairwise(nodes))
        assert [lines.ends[n] for n in lines.way_back[p, h] if n >= 0] == [
            (b, a) for a, b in itertools.pairwise(nodes)
        ]
        assert [lines.bit_per_s[n] for n in numbers] == [
            capacity[frozenset(leg)] for leg in itertools.pairwise(nodes)
        ]


def test_a_place_is_reached_from_itself_without_a_line():
    lines = lines_of(of_day(date(2026, 6, 1)), np.array([0]), np.array([0]))
    assert lines.way.shape == (1, 1, 0) and lines.names == ()
