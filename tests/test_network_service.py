"""Service of a window: pooled contacts against a linear programme, relays, parts of a window, bad plans."""

from __future__ import annotations

import shutil
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mini
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_network_routes import EPOCH, network, satellites_of

import orbitdc
from orbitdc import simulate
from orbitdc.errors import InputError
from orbitdc.links.crosslink import crosslink_rate_bit_per_s
from orbitdc.links.lasers import CROSSLINK
from orbitdc.network import service as services
from orbitdc.network.lasers import lasers_of
from orbitdc.network.moments import Network
from orbitdc.network.pools import groups_of, pool
from orbitdc.network.relays import Relay
from orbitdc.network.service import Service, serve
from orbitdc.orbit.bulk import propagate_bulk
from orbitdc.orbit.ephemeris import Satellite
from orbitdc.report.connections import connections
from orbitdc.report.fibre import full_lines, line_lines
from orbitdc.report.fibre_map import fibre_map
from orbitdc.report.pictures import draw
from orbitdc.results.run import Run
from orbitdc.scenario.reader import load

SLOT_S, N_SLOTS = 600.0, 6


def contacts(satellite: list[int], slot: list[int], bit: list[float]) -> Any:
    """One contact a slot over the first station, as a plan would grant it, as fast up as down."""
    owner = np.arange(len(satellite))
    start_s = np.array(slot, dtype=np.float64) * SLOT_S
    return SimpleNamespace(
        satellite=np.array(satellite, dtype=np.int64), station=np.zeros(len(satellite), np.int64),
        start_s=start_s, end_s=start_s + SLOT_S, owner=owner, slot=np.array(slot, dtype=np.int64),
        n_slots=N_SLOTS,
        slot_down_bit=np.array(bit, dtype=np.float64), slot_up_bit=np.array(bit, dtype=np.float64),
    )  # fmt: skip


def served(net: Network, satellites: list[Satellite], plan: Any) -> Service:
    return serve(net, satellites, propagate_bulk, EPOCH, plan, step_s=60.0, slot_s=SLOT_S, n_slots=N_SLOTS)


# --- pools --------------------------------------------------------------------------------------------------

amounts = st.lists(
    st.tuples(
        st.integers(0, 2), st.booleans(), st.floats(0.1, 9.0), st.floats(0.0, 9.0), st.floats(0.1, 9.0)
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def pooled(rows: list[tuple[int, bool, float, float, float]], more: float = 0.0) -> tuple[Any, ...]:
    group, relay, weight, contact, carried = (np.array(column) for column in zip(*rows, strict=True))
    centre = np.where(relay, -1, np.arange(len(rows)))
    carried = carried + more
    return (
        group,
        relay,
        contact,
        carried,
        *pool(group, centre, np.where(relay, 0.0, weight), contact, carried),
    )


@settings(max_examples=60, deadline=None)
@given(amounts)
def test_a_pool_gives_out_what_comes_and_no_more_than_links_carry(rows: Any) -> None:
    group, relay, contact, carried, own, through = pooled(rows)
    for number in np.unique(group):
        here, works = group == number, (group == number) & ~relay
        room = (contact[works] + carried[works]).sum()
        brought = contact[works].sum() + np.minimum(contact, carried)[here & relay].sum()
        assert own[here].sum() == pytest.approx(min(brought, room) if works.any() else 0.0, rel=1e-9)
    assert np.all(own[relay] == 0.0) and np.all(through <= contact + 1e-12)
    assert np.all(np.abs(own - contact)[~relay] <= carried[~relay] + 1e-9)


@settings(max_examples=60, deadline=None)
@given(amounts, st.floats(0.0, 9.0))
def test_wider_links_never_bring_less(rows: Any, more: float) -> None:
    assert pooled(rows, more)[4].sum() >= pooled(rows)[4].sum() * (1.0 - 1e-9)


def test_wide_links_share_by_work() -> None:
    args = np.zeros(3, int), np.arange(3), np.array([1.0, 2.0, 3.0]), np.array([12.0, 0.0, 0.0])
    assert pool(*args, np.full(3, np.inf))[0] == pytest.approx([2.0, 4.0, 6.0])


def test_groups_are_those_that_reach_each_other() -> None:
    assert groups_of(5, np.array([0, 3]), np.array([1, 4])).tolist() == [0, 0, 1, 2, 2]


# --- a window -----------------------------------------------------------------------------------------------


def test_a_ring_brings_the_contact_of_one_to_all_centres_in_it() -> None:
    satellites = satellites_of(12)
    centre = np.arange(12) % 2
    net = network(satellites, centre=centre, n_centres=2, weight=np.where(centre, 3.0, 1.0))
    found = served(net, satellites, contacts([0, 5], [1, 4], [8e9, 4e9]))
    assert found.down_bit.sum(axis=0) == pytest.approx([0.0, 8e9, 0.0, 0.0, 4e9, 0.0])
    assert found.down_bit[1] == pytest.approx(3.0 * found.down_bit[0])
    assert np.array_equal(found.up_bit, found.down_bit)
    alone = network(satellites, "none", centre=centre, n_centres=2)
    found = served(alone, satellites, contacts([0, 5], [1, 4], [8e9, 4e9]))
    assert found.down_bit.tolist() == [[0.0, 8e9, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 4e9, 0.0]]


def test_contacts_of_a_relay_serve_whom_it_reaches_and_are_stranded_else() -> None:
    satellites = satellites_of(13)
    relay = np.arange(13) == 12
    roles = {"centre": np.where(relay, -1, 0), "weight": np.where(relay, 0.0, 1.0), "user": ~relay}
    plan = contacts([12], [2], [6e9])
    idle = served(network(satellites, "none", **roles), satellites, plan)
    assert idle.stranded_bit[2] == 6e9 and idle.down_bit.sum() == 0.0
    carrying = served(network(satellites, "none", n_beams=2 * relay, **roles), satellites, plan)
    assert carrying.stranded_bit.sum() == 0.0
    assert carrying.down_bit[0, 2] == carrying.relayed_bit[2] == 6e9


def test_a_geostationary_relay_brings_down_what_its_beams_carry() -> None:
    satellites = satellites_of(12)
    net = network(satellites, relays=(Relay("a", 100.0, 2, 6e8, 5e7),), caller_w=np.full(12, 100.0))
    found = served(net, satellites, contacts([], [], []))
    assert found.down_bit[0] == pytest.approx(np.full(N_SLOTS, 2 * 6e8 * SLOT_S))
    assert found.up_bit[0] == pytest.approx(np.full(N_SLOTS, 2 * 5e7 * SLOT_S))
    assert np.array_equal(found.relayed_bit, found.down_bit[0])
    assert found.terminal_w.sum() == pytest.approx(200.0)
    assert found.routes.reachable_frac.min() == pytest.approx(1.0)


def test_relays_that_fly_against_their_users_link_only_if_asked_for() -> None:
    satellites = satellites_of(13)
    relay = np.arange(13) == 12
    roles = {"centre": np.where(relay, -1, 0), "n_beams": 2 * relay, "user": ~relay}
    normal = np.where(relay[:, None], [[0.0, 0.0, -1.0]], [[0.0, 0.0, 1.0]])
    plan = contacts([12], [2], [6e9])
    assert served(network(satellites, "none", normal=normal, **roles), satellites, plan).n_links.max() == 0
    assert served(network(satellites, "none", **roles), satellites, plan).n_links.max() == 2


def test_a_window_in_parts_is_the_window_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    satellites = satellites_of(24, 2)
    net = network(satellites, "grid", relays=(Relay("a", 100.0, 2, 6e8, 5e7),))
    plan = contacts([0, 3, 7], [0, 1, 4], [8e9, 1e9, 4e9])
    whole = served(net, satellites, plan)
    monkeypatch.setattr(services, "STATES_AT_ONCE", 2 * 24 * 10)
    parts = served(net, satellites, plan)
    for name in ("down_bit", "up_bit", "relayed_bit", "terminal_w", "n_links"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-9), name
    assert parts.latency.total_s == pytest.approx(whole.latency.total_s, rel=1e-9)
    assert np.array_equal(parts.routes.satellite, whole.routes.satellite)


def test_memory_of_ten_thousand_in_a_ring_does_not_grow_with_the_window() -> None:
    satellites = satellites_of(10_000)
    net = network(satellites)
    peaks = []
    for n_slots in (2, 6):
        tracemalloc.start()
        serve(
            net, satellites, propagate_bulk, EPOCH, contacts([0], [1], [8e9]),
            step_s=300.0, slot_s=SLOT_S, n_slots=n_slots,
        )  # fmt: skip
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


# --- from a scenario ----------------------------------------------------------------------------------------


def test_rates_fall_with_range_as_in_the_budget_of_one_link() -> None:
    """`links.crosslink` works a link out from power, beam and photons; the shipped terminal is that one."""
    plan = simulate.prepare(mini.scenario())
    lasers = lasers_of(plan.scenario, plan.fleet)
    ring = np.flatnonzero(lasers.n_terminals == 3)[:2]
    km = np.array([100.0, 3000.0, 6000.0, 9000.0, 20_000.0, 50_000.0])
    found = lasers.between(np.full(6, ring[0]), np.full(6, ring[1]), km)
    assert found.tolist() == crosslink_rate_bit_per_s(1e3 * km, CROSSLINK, CROSSLINK).tolist()
    assert found[0] == 1e11 and 0.0 < found[4] < 1e11


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("network.topology=docked", "docked, with nothing docked"),
        ("network.topology=cluster", "cluster, with satellites .* km apart"),
        ("network.topology=star", "none, docked, ring, grid, cluster"),
        ("network.fibre_as_of=1999-01-01T00:00:00Z", "a network in pieces"),
        ('network.relays=["tianlian-9"]', "an entry of relay"),
        ('relay.tianlian-2-01.lon="400 deg"', "-180 deg to 360 deg"),
        ("relay.tianlian-2-01.n_beams=0", "at least 1"),
        ("spacecraft.chenguang-10kw.lasers.count=1", "at least 2"),
        ('laser.crosslink-100g.rates=["2 Gbit/s", "1 Gbit/s"]', "each faster than the last"),
    ],
)
def test_networks_that_cannot_be_are_said_before_anything_runs(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        docked = ["phase.two.batch.centre.orbit.pattern=ring"] if "docked" in change else []
        simulate.prepare(load(mini.MINI, [*docked, change]))


NODES = "name,kind,lat_deg,lon_deg,opened,opened_is,source\n"
LINES = "a,b,opened,opened_is,capacity_bit_per_s,published_ms,direction,source,note\n"
CORE = (
    NODES + "Beijing,core,39.9,116.4,2000-01-01,about,\nBeijing gateway,international_gateway,39.9,116.4,,,\n"
)


@pytest.mark.parametrize(
    ("nodes", "lines", "message"),
    [
        (None, LINES + "Beijing,Atlantis,2020-01-01,cited,,,,,\n", r"lines.csv:2: b: found 'Atlantis'"),
        (None, LINES + "horinge,Beijing,2020-01-01,cited,,,,,\n", "did you mean 'horinger'"),
        (
            None,
            "# mine\n" + LINES + "Beijing,Shanghai,2020-01-01,cited,0,,,,\n",
            r"lines.csv:3: capacity_bit",
        ),
        (
            None,
            LINES + "Beijing,Shanghai,2020-13-01,cited,,,,,\n",
            r"lines.csv:2: opened: found '2020-13-01'",
        ),
        (None, "a,b\n", "found the columns a, b"),
        (NODES + "Beijing,hub,39.9,116.4,2000-01-01,about,\n", LINES, r"nodes.csv:2: kind: found 'hub'"),
        (CORE, LINES, "a network in pieces: kiruna station cannot|a network in pieces: kiruna cannot"),
        (None, b"\xff\xfe", "a file that cannot be read"),
    ],
)
def test_fibre_of_ones_own_that_cannot_be_is_said(tmp_path: Path, nodes, lines, message: str) -> None:
    shutil.copytree(mini.MINI.parent, tmp_path, dirs_exist_ok=True)
    changes = []
    for name, text in (("nodes", nodes), ("lines", lines)):
        if text is not None:
            (tmp_path / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
            changes.append(f"network.fibre_{name}={name}.csv")
    with pytest.raises(InputError, match=message):
        simulate.prepare(load(tmp_path / "mini.toml", changes))


def test_a_table_of_ones_own_lies_beside_the_scenario(tmp_path: Path) -> None:
    for change, message in (("none.csv", "a file beside the scenario"), ("/etc/hostname", "allow-outside")):
        with pytest.raises(InputError, match=message):
            load(mini.MINI, [f"network.fibre_lines={change}"])


def test_a_line_of_ones_own_limits_the_cluster_at_its_end() -> None:
    few = mini.summary_of({"network.fibre_lines": str(mini.MINI.parent / "fibre_lines.csv")})
    many = mini.summary_of()
    for phase, before in zip(few["phases"], many["phases"], strict=True):
        first = phase["network"]["lines"][0]
        assert (first["from"], first["to"]) == ("Beijing", "horinger")
        assert 0.99 < first["used_frac"] <= 1.0 and first["peak_frac"] == 1.0
        assert first["bit_per_day"] <= 1e8 * 86400.0 and phase["network"]["n_lines_full"] >= 1
        assert before["network"]["n_lines_full"] == 0 and before["network"]["lines"][0]["peak_frac"] < 0.01
    assert few["phases"][0]["jobs"]["n_rejected"] > many["phases"][0]["jobs"]["n_rejected"]
    assert "Fibre was full at times: Beijing - horinger." in full_lines(few["phases"])
    assert max(len(line) for line in line_lines(few["phases"][0])) <= 80


def test_a_relay_without_a_longitude_says_so(tmp_path: Path) -> None:
    mine = 'relays = ["mine"]\n[relay.mine]\nn_beams = 2\ndown = "1 Gbit/s"\nup = "1 Mbit/s"'
    text = mini.MINI.read_text(encoding="utf-8").replace('relays = ["tianlian-2-01"]', mine)
    assert mine in text
    shutil.copytree(mini.MINI.parent, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "no-longitude.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"relay\.mine\.lon: found nothing"):
        load(file)


def test_what_a_phase_gets_of_its_network_adds_up() -> None:
    summary = mini.summary_of()
    for phase in summary["phases"]:
        found = phase["network"]
        for kind, parts in (("to_orbit", 4), ("hot", 6)):
            seconds = [v for k, v in found.items() if k.startswith(kind) and k != f"{kind}_total_s"]
            assert len(seconds) == parts and sum(seconds) == pytest.approx(found[f"{kind}_total_s"])
        assert 0.0 < found["reachable_frac"] <= 1.0 and 0.0 < found["answered_frac"] <= 1.0
        assert 0.0 < found["relayed_bit_per_day"] <= found["down_bit_per_day"]


def test_without_relays_less_comes_down_and_requests_wait_longer() -> None:
    having, without = mini.summary_of(), mini.summary_of({"network.relays": ()})
    for one, other in zip(having["phases"], without["phases"], strict=True):
        one, other = one["network"], other["network"]
        assert other["down_bit_per_day"] < one["down_bit_per_day"]
        assert other["reachable_frac"] < one["reachable_frac"]
        assert other["to_orbit_wait_s"] > one["to_orbit_wait_s"]


# --- a run, read again --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return orbitdc.run(load(mini.MINI), tmp_path_factory.mktemp("runs") / "mini", progress=False)


def test_a_run_tells_who_reaches_whom_at_an_instant(run: Run) -> None:
    first = run.contacts.iloc[0]
    when = first["start_utc"].floor("s").to_pydatetime().replace(tzinfo=UTC) + timedelta(seconds=1)
    seen = run.network(when)
    links, names = seen.links, seen.nodes["name"]
    tracked = links[links["kind"] == "contact"]
    pairs = {(names[a], names[b]) for a, b in zip(tracked["a"], tracked["b"], strict=True)}
    assert (first["station"], first["satellite"]) in pairs
    assert {"fibre", "beam", "feeder"} <= set(links["kind"]) and (links["length_km"] >= 0.0).all()
    assert seen.nodes["lat_deg"].abs().max() <= 90.0 and seen.nodes["lon_deg"].abs().max() <= 180.0
    route = seen.routes["beijing"]
    assert route is not None and route.legs[0].source == "beijing"
    with pytest.raises(InputError, match="at which a satellite flies"):
        run.network(datetime(2024, 1, 1, tzinfo=UTC))


def test_what_sites_reach_slot_by_slot_is_kept(run: Run) -> None:
    columns = ("site", "reachable_frac", "down_bit", "propagation_s", "wait_s")
    table = next(run.pieces("sites", columns))
    ring, hub = table[table["site"] == "ring"], table[table["site"] == "horinger"]
    assert 0.0 < ring["reachable_frac"].max() <= 1.0 and ring["down_bit"].sum() > 0.0
    assert (hub["wait_s"] == 0.0).all() and hub["propagation_s"].max() < ring["propagation_s"].max()


def test_the_picture_is_drawn(run: Run, tmp_path: Path) -> None:
    (file,) = draw(run, "network", tmp_path / "network.png")
    assert file.stat().st_size > 40_000
    lines = run.lines
    assert set(lines["from"]) | set(lines["to"]) <= set(run.places)
    shares = lines["peak_bit_per_s"] / lines["capacity_bit_per_s"]
    assert (lines["mean_bit_per_s"] <= lines["peak_bit_per_s"]).all() and 0.0 < shares.max() < 1.0


def test_the_map_of_fibre_is_drawn_where_nothing_flies(run: Run) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    fibre_map(axes, run)
    written = {text.get_text() for text in axes.texts}
    assert {"beijing", "horinger"} <= written
    n_pairs = len({frozenset(ends) for ends in zip(run.lines["from"], run.lines["to"], strict=True)})
    assert len(axes.lines) == n_pairs


def test_check_says_how_all_are_joined() -> None:
    words = "\n".join(connections(load("beijing-2035")))
    assert max(map(len, words.splitlines())) <= 80
    told = " ".join(words.split())
    assert "lijiang 4 S, X, Ka 1 -" in told and "jiamusi 2 S, X 1 -" in told
    assert "relay Ka yes S - 6 x crosslink-100g -" in told
    assert "tianlian-2-01 77 E 2 600 Mbit/s 50.0 Mbit/s" in told
    assert (
        "Topology ring: each satellite and the next in its plane, never to one that flies against it" in told
    )
    assert (
        "Fibre: China's, of each day: on 2025-12-01" in told and "Open to this system: 100% of each" in told
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["network.topology=none"], "Topology none: no links between satellites"),
        (["network.counter_rotating=true"], "the next in its plane; lasers clear of"),
        (["network.relays=[]"], "Topology ring"),
        (["network.fibre_as_of=2012-01-01T00:00:00Z"], "China's, as of 2012-01-01: on 2012-01-01"),
        (["network.fibre_lines=fibre_lines.csv"], "Fibre: its own fibre_lines, of each day"),
        (["network.line_open=0.5 %"], "Open to this system: 0.5% of each line"),
        (['ground.stations=["kashi"]', "station.kashi.n_command=0"], "kashi 3 S, X, Ka - -"),
    ],
)
def test_what_a_scenario_says_of_its_network_is_in_check(changes: list[str], said: str) -> None:
    words = " ".join(" ".join(connections(load(mini.MINI, changes))).split())
    assert said in words
    assert ("tianlian" in words) is (changes != ["network.relays=[]"])
