"""Reading scenarios: every kind of bad input with its message, and overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from orbitdc.errors import InputError
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

GOOD = """\
name = "small"
seed = 1
[ground]
stations = ["kashi"]
min_elevation = "10 deg"
[[phase]]
name = "one"
start = 2026-01-01T00:00:00Z
end = 2027-01-01T00:00:00Z
demand = { imagery = "1 Pop/s" }
[[phase.batch]]
name = "a"
spacecraft = "chenguang-1"
count = 1
launch = 2026-02-01T00:00:00Z
lifetime = "5 yr"
orbit = { pattern = "ring", altitude = "750 km", ltan = "18:00" }
"""

LENGTH = 'allowed: a length with its unit, such as "750 km"'
ALTITUDE = "small.toml: phase.one.batch.a.orbit.altitude: "
COUNT = "small.toml: phase.one.batch.a.count: "
ELEMENTS = ('pattern = "ring", altitude = "750 km", ltan = "18:00"', 'pattern = "elements", elements = "{}"')
MILESTONE = (
    "[[phase.batch]]",
    '[[phase.milestone]]\nwhat = "{}"\nat_least = "{}"\nby = {}\nsource = "us"\n[[phase.batch]]',
)

BAD = [
    (
        '"750 km"',
        '"750"',
        f'{ALTITUDE}found "750"; {LENGTH}; a bare number has no unit: write "750 km"',
    ),
    ('"750 km"', "750", f'{ALTITUDE}found 750; {LENGTH}; a bare number has no unit: write "750 km"'),
    ('"750 km"', '"750 kg"', f'{ALTITUDE}found "750 kg", a unit of mass; {LENGTH}'),
    ('"750 km"', "nan", f"{ALTITUDE}found nan; {LENGTH}"),
    ('"750 km"', '"inf km"', f'{ALTITUDE}found "inf km"; {LENGTH}'),
    ('"750 km"', '"100 km"', f'{ALTITUDE}found "100 km"; allowed: 200 km to 2000 km'),
    ('"750 km"', '"3e6 m"', f'{ALTITUDE}found "3e6 m"; allowed: 200000 m to 2e+06 m'),
    (
        "altitude =",
        "altitud =",
        "small.toml: phase.one.batch.a.orbit.altitud: found an unknown key; allowed: one of pattern, "
        "altitude, ltan, n_planes, phasing, node_span, phase, elements; did you mean 'altitude'?",
    ),
    (
        'altitude = "750 km", ',
        "",
        f"{ALTITUDE}found nothing; allowed: a value: the pattern ring needs it",
    ),
    (
        '"ring"',
        '"rng"',
        'small.toml: phase.one.batch.a.orbit.pattern: found "rng"; allowed: ring, walker, docked, elements; '
        "did you mean 'ring'?",
    ),
    (
        '"ring"',
        '"ring", n_planes = 2',
        "small.toml: phase.one.batch.a.orbit.n_planes: found a value; "
        "allowed: nothing: the pattern ring does not read it",
    ),
    (
        '"ring"',
        '"walker", n_planes = 2',
        f"{COUNT}found 1 satellites in 2 planes; allowed: a count that the number of planes divides",
    ),
    (
        '"ring"',
        '"walker", phasing = 1',
        "small.toml: phase.one.batch.a.orbit.phasing: found 1; allowed: 0 to n_planes - 1, 0",
    ),
    (
        '"18:00"',
        '"25:00"',
        'small.toml: phase.one.batch.a.orbit.ltan: found "25:00"; allowed: a local time, such as "06:00"',
    ),
    ("count = 1", "count = 0", f"{COUNT}found 0; allowed: a whole number, at least 1 and at most 100000"),
    ("count = 1", 'count = "1"', f'{COUNT}found "1"; allowed: a whole number without quotes'),
    ("count = 1", "count = nan", f"{COUNT}found nan; allowed: a whole number without quotes"),
    ("count = 1", "count = true", f"{COUNT}found true; allowed: a whole number without quotes"),
    (
        "count = 1",
        "",
        f"{COUNT}found nothing; allowed: a whole number, at least 1 and at most 100000",
    ),
    (
        "end = 2027-01-01T00:00:00Z",
        "end = 2025-01-01T00:00:00Z",
        "small.toml: phase.one.end: found 2025-01-01T00:00:00Z; "
        "allowed: an instant after the start, 2026-01-01T00:00:00Z",
    ),
    (
        "end = 2027-01-01T00:00:00Z",
        "end = 2027-01-01T00:00:00",
        "small.toml: phase.one.end: found 2027-01-01T00:00:00, a time without a zone; allowed: an instant "
        "in UTC with Z, such as 2026-08-23T00:00:00Z; write 2027-01-01T00:00:00Z",
    ),
    (
        "launch = 2026-02-01",
        "launch = 2036-02-01",
        "small.toml: phase.one.batch.a.launch: found 2036-02-01T00:00:00Z; "
        "allowed: a launch within the phase, 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z",
    ),
    (
        'lifetime = "5 yr"',
        'lifetime = "-5 yr"',
        'small.toml: phase.one.batch.a.lifetime: found "-5 yr"; allowed: more than 0 yr and at most 50 yr',
    ),
    (
        'lifetime = "5 yr"',
        "lifetime = 5 yr",
        "small.toml:16:14: found expected newline or end of document after a statement; "
        "allowed: TOML; text with a unit goes in quotes",
    ),
    ("seed = 1", "seed = 1\nseed = 2", "small.toml:3:9: found a key written twice; allowed: TOML"),
    ("seed = 1", "seed = -1", "small.toml: seed: found -1; allowed: a whole number, at least 0"),
    (
        'name = "small"',
        'name = "../up"',
        'small.toml: name: found "../up"; '
        "allowed: a name of letters, digits, - and _ that begins with a letter or digit",
    ),
    (
        '"kashi"',
        '"kasi"',
        'small.toml: ground.stations.0: found "kasi"; allowed: an entry of station; '
        "did you mean 'kashi' or 'kashi-dsn'?",
    ),
    (
        '"chenguang-1"',
        '"chenguang1"',
        'small.toml: phase.one.batch.a.spacecraft: found "chenguang1"; allowed: an entry of spacecraft; '
        "did you mean 'chenguang-1' or 'chenguang-10kw'?",
    ),
    (
        '"chenguang-1"',
        '"relay"',
        "small.toml: phase.one.batch.a.spacecraft: found relay, which has no [compute]; "
        "allowed: a spacecraft for the role compute",
    ),
    (
        "imagery",
        "imagry",
        'small.toml: phase.one.demand.imagry: found "imagry"; allowed: an entry of job; '
        "did you mean 'imagery'?",
    ),
    (
        '["kashi"]',
        "[]",
        "small.toml: ground.stations: found no station; allowed: at least one, for the satellites to talk to",
    ),
    ('["kashi"]', '"kashi"', 'small.toml: ground.stations: found "kashi"; allowed: a list'),
    (
        '["kashi"]',
        '["kashi", "kashi"]',
        'small.toml: ground.stations: found the name "kashi" 2 times; allowed: a name of its own for each',
    ),
    (
        '"10 deg"',
        '"95 deg"',
        'small.toml: ground.min_elevation: found "95 deg"; allowed: at least 0 deg and less than 89.9945 deg',
    ),
    (
        "[ground]",
        '[station.kashi]\nlat = "95 deg"\n[ground]',
        'small.toml: station.kashi.lat: found "95 deg"; allowed: -90 deg to 90 deg',
    ),
    (
        "[ground]",
        '[spacecraft.chenguang-1.radiator]\narea = "-4 m2"\n[ground]',
        'small.toml: spacecraft.chenguang-1.radiator.area: found "-4 m2"; allowed: more than 0 m2',
    ),
    (
        "[ground]",
        '[spacecraft.module-250.radiator]\narea = "4 m2"\n[ground]',
        "small.toml: spacecraft.module-250: found an entry that nothing names; allowed: entries in use; "
        "choose one of chenguang-1",
    ),
    (
        "[ground]",
        "[station.kashi]\n"
        'lat = { value = "39 deg", year = 2020, source = "map", confidence = "sure" }\n[ground]',
        'small.toml: station.kashi.lat.confidence: found "sure"; '
        "allowed: year, source, confidence (cited, measured, estimate or, with a range, assumed)",
    ),
    (
        "[ground]",
        '[time]\nstep = "7 min"\n[ground]',
        "small.toml: time.slot: found 600 s; allowed: a whole number of steps of 420 s",
    ),
    (
        "[[phase.batch]]",
        "[[phase.bach]]",
        "small.toml: phase.one.bach: found an unknown key; "
        "allowed: one of name, start, end, goal, batch, milestone, demand, in_orbit; did you mean 'batch'?",
    ),
    (
        MILESTONE[0],
        MILESTONE[1].format("it_power", "200", "2026-12-31T00:00:00Z"),
        'small.toml: phase.one.milestone.0.at_least: found "200"; '
        'allowed: a power with its unit, such as "10 kW"; a bare number has no unit: write "200 kW"',
    ),
    (
        MILESTONE[0],
        MILESTONE[1].format("installed_op", "200 Pop/s", "2026-12-31T00:00:00Z"),
        "small.toml: phase.one.milestone.0.precision: found nothing; "
        "allowed: int8, fp16 or fp4: operations carry their precision",
    ),
    (
        MILESTONE[0],
        MILESTONE[1].format("it_power", "200 kW", "2029-12-31T00:00:00Z"),
        "small.toml: phase.one.milestone.0.by: found 2029-12-31T00:00:00Z; "
        "allowed: a date within the plan, 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z",
    ),
    (
        ELEMENTS[0],
        ELEMENTS[1].format("starclod"),
        'small.toml: phase.one.batch.a.orbit.elements: found "starclod"; '
        "allowed: the stem of a file in tle/, or a file beside the scenario; did you mean 'starcloud'?",
    ),
    (
        ELEMENTS[0],
        ELEMENTS[1].format("../outside.tle"),
        'small.toml: phase.one.batch.a.orbit.elements: found "../outside.tle"; '
        "allowed: a file in the scenario's own folder; pass --allow-outside if you trust this file",
    ),
    (
        "[ground]",
        "[ground",
        "small.toml:3:8: found expected ']' at the end of a table declaration; allowed: TOML",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside.tle").write_text("nothing yet")
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def read(folder: Path, text: str | bytes, *overrides: str, allow_outside: bool = False) -> Scenario:
    path = folder / "small.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, overrides, allow_outside=allow_outside)


@pytest.mark.parametrize(
    ("old", "new", "message"), BAD, ids=[f"{old[:12]}-{new[:24]}" for old, new, _ in BAD]
)
def test_bad_input_gives_exactly_this_message(folder: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read(folder, GOOD.replace(old, new, 1))
    assert str(caught.value) == message


def test_all_problems_of_a_file_come_at_once(folder: Path) -> None:
    text = GOOD.replace("seed = 1", "sed = 1").replace('"750 km"', '"750 kg"').replace('"kashi"', '"kasi"')
    with pytest.raises(InputError) as caught:
        read(folder, text)
    assert sorted(problem.place for problem in caught.value.problems) == [
        "small.toml: ground.stations.0",
        "small.toml: phase.one.batch.a.orbit.altitude",
        "small.toml: sed",
        "small.toml: seed",
    ]


def test_a_fleet_without_satellites_is_refused(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, GOOD.split("[[phase.batch]]", maxsplit=1)[0])
    assert str(caught.value) == (
        "small.toml: phase: found no batch in any phase, no hub; allowed: a [[phase.batch]], or ground.hubs"
    )


def test_phases_and_batches_have_names_of_their_own_and_come_in_order(folder: Path) -> None:
    phase = GOOD[GOOD.index("[[phase]]") :]
    with pytest.raises(InputError, match='the name "one" 2 times'):
        read(folder, GOOD + phase)
    with pytest.raises(InputError, match="not before the end of one, 2027-01-01T00:00:00Z"):
        read(folder, GOOD + phase.replace('"one"', '"two"'))
    with pytest.raises(InputError, match='the name "a" 2 times'):
        read(folder, GOOD + GOOD[GOOD.index("[[phase.batch]]") :])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xff\xfe", "small.toml: found a byte that is no UTF-8, number 0; allowed: TOML in UTF-8"),
        (b"a = " + b"[" * 5000, "small.toml: found brackets nested too deep; allowed: TOML"),
        (b"#" * 4_000_001, "small.toml: found 4000001 bytes; allowed: at most 4000000 bytes"),
    ],
)
def test_files_that_are_no_toml(folder: Path, text: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    assert str(caught.value) == message


def test_byte_order_mark_and_windows_line_ends_are_read(folder: Path) -> None:
    text = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert read(folder, text) == read(folder, GOOD)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "beijing-2036",
            "beijing-2036: found no such file; allowed: a scenario file, or one of {}; "
            "did you mean 'beijing-2035'?",
        ),
        ("nul\0", "nul\N{REPLACEMENT CHARACTER}: found no such file; allowed: a scenario file, or one of {}"),
    ],
)
def test_names_that_are_not_there(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load(name)
    from orbitdc.scenario.catalogue import scenario_names

    assert str(caught.value) == message.format(", ".join(scenario_names()))


# --- overrides ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("time.stp=30 s", "--set time.stp: found no such key; allowed: a key of time; did you mean 'step'?"),
        (
            "time.step=30",
            '--set time.step: found 30; allowed: a duration with its unit, such as "10 min"; '
            'a bare number has no unit: write "30 min"',
        ),
        (
            "phase.one.batch.b.count=2",
            "--set phase.one.batch.b: found no such key; allowed: a key of phase.one.batch; choose one of a",
        ),
        (
            "spacecraft.*.radiator.aera=1 m2",
            "--set spacecraft.chenguang-1.radiator.aera: found no such key; "
            "allowed: a key of spacecraft.chenguang-1.radiator; did you mean 'area'?",
        ),
        (
            "spacecraft.module-250.radiator.area=1 m2",
            "--set spacecraft.module-250.radiator.area: found an entry that nothing names; "
            "allowed: entries in use; choose one of chenguang-1",
        ),
        (
            "accelerators=unrestrictd",
            '--set accelerators: found "unrestrictd"; allowed: domestic, unrestricted; '
            "did you mean 'unrestricted'?",
        ),
        ("seed", '--set: found "seed"; allowed: PATH=VALUE, such as spacecraft.*.radiator.area=180 m2'),
        (
            "phase.one.end=2020-01-01T00:00:00Z",
            "--set phase.one.end: found 2020-01-01T00:00:00Z; "
            "allowed: an instant after the start, 2026-01-01T00:00:00Z",
        ),
        (
            "seed.x=1",
            "--set seed.x: found keys below a value; allowed: seed, which is a value",
        ),
    ],
)
def test_bad_overrides_name_themselves(folder: Path, override: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, GOOD, override)
    assert str(caught.value) == message


def test_overrides_reach_every_part(folder: Path) -> None:
    scenario = read(
        folder,
        GOOD,
        "seed=7",
        "time.step=30 s",
        "phase.one.batch.a.count=20",
        "phase.0.batch.0.orbit.ltan=06:00",
        "phase.*.batch.*.lifetime=3 yr",
        "spacecraft.*.radiator.area=180 m2",
        "station.kashi.n_antennas=9",
        'ground.stations=["kashi", "sanya"]',
        "phase.one.demand.batch=2 Pop/s",
        "phase.one.batch.a.spacecraft=module-250",
        "time.sampling=every-day",
    )
    batch = scenario.phase[0].batch[0]
    assert (scenario.seed, scenario.time.step_s, scenario.time.sampling) == (7, 30.0, "every-day")
    assert (batch.count, batch.orbit.ltan_h, batch.lifetime_s) == (20, 6.0, 3 * 365.25 * 86400.0)
    assert list(scenario.spacecraft) == ["module-250"]
    assert scenario.spacecraft["module-250"].radiator.area_m2 == 180.0
    assert scenario.station["kashi"].n_antennas == 9
    assert list(scenario.station) == ["kashi", "sanya"]
    assert scenario.phase[0].demand == {"imagery": 1e15, "batch": 2e15}


def test_overrides_do_not_leak_into_the_next_scenario(folder: Path) -> None:
    before = read(folder, GOOD)
    read(folder, GOOD, "spacecraft.*.radiator.area=180 m2")
    assert read(folder, GOOD) == before


def test_replace_makes_a_new_scenario(folder: Path) -> None:
    before = read(folder, GOOD)
    after = before.replace({"spacecraft.*.radiator.area": "180 m2", "phase.one.batch.a.count": 3})
    assert before == read(folder, GOOD)
    assert after.spacecraft["chenguang-1"].radiator.area_m2 == 180.0
    assert after.phase[0].batch[0].count == 3
    assert after.hash() != before.hash()
    assert before.replace({}) == before
    assert before.replace({"phase.one.batch.a.spacecraft": "module-580"}).spacecraft.keys() == {"module-580"}
    with pytest.raises(InputError, match="did you mean 'area'"):
        before.replace({"spacecraft.chenguang-1.radiator.aria": "180 m2"})


def test_an_entry_made_from_another(folder: Path) -> None:
    text = GOOD.replace('"chenguang-1"', '"mine"') + (
        '[spacecraft.mine]\nlike = "module-250"\narray.area = "900 m2"\ncompute.accelerator = "h100"\n'
    )
    scenario = read(folder, text)
    assert list(scenario.spacecraft) == ["mine"]
    assert scenario.spacecraft["mine"].array.area_m2 == 900.0
    # the card of the hubs and what stands in for it, then its own
    assert list(scenario.accelerator) == ["ascend-910c", "b200", "h100"]
    assert "spacecraft.mine.array.efficiency" in scenario.sources
    assert "spacecraft.mine.array.area" not in scenario.sources


def test_element_sets_of_ones_own(folder: Path) -> None:
    (folder / "own.tle").write_text("nothing yet")
    text = GOOD.replace(ELEMENTS[0], ELEMENTS[1].format("own.tle"))
    scenario = read(folder, text)
    assert scenario.phase[0].batch[0].orbit.elements == str((folder / "own.tle").resolve())
    outside = read(folder, text.replace("own.tle", "../outside.tle"), allow_outside=True)
    assert outside.phase[0].batch[0].orbit.elements == str((folder.parent / "outside.tle").resolve())
    shipped = read(folder, text.replace("own.tle", "starcloud"))
    assert shipped.phase[0].batch[0].orbit.elements == "starcloud"
