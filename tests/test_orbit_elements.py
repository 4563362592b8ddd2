"""Element-set readers: what is good is Skyfield's, what is not is one clear message with its line."""

import pathlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skyfield.api import EarthSatellite

from orbitdc.errors import InputError
from orbitdc.orbit.elements import check_age, examine, nearest_sets, read_elements, synthetic
from orbitdc.orbit.omm import read_omm
from orbitdc.orbit.time import timescale
from orbitdc.orbit.tle import read_tle

ROOT = pathlib.Path(__file__).parent.parent
DATA = pathlib.Path(__file__).parent / "data"
CATALOGUE = ROOT.parent / "shared" / "data" / "catalog_large.tle"

NAME = "RADARSAT-2"
LINE_1 = "1 32382U 07061A   26234.30023544  .00000126  00000+0  65774-4 0  9991"
LINE_2 = "2 32382  98.5815 240.2954 0001283  84.1869 275.9459 14.29982649975402"
SMOS_1 = "1 36036U 09059A   26234.00274062  .00000227  00000+0  86403-4 0  9994"
SMOS_2 = "2 36036  98.4440  60.3779 0001443  91.7454 268.3899 14.39753651882921"
START = datetime(2026, 8, 23, tzinfo=UTC)


def with_checksum(line):
    total = sum(int(c) if c in "0123456789" else c == "-" for c in line[:68])
    return line[:68] + str(total % 10)


def only_problem(text, **options):
    satellites, problems = read_tle(text, "f.tle", **options)
    assert not satellites
    assert len(problems) == 1, [str(problem) for problem in problems]
    return str(problems[0])


# --- what is good ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"{LINE_1}\n{LINE_2}\n",
        f"{NAME}\n{LINE_1}\n{LINE_2}",
        f"0 {NAME}\n{LINE_1}\n{LINE_2}\n",
        f"{NAME}   \r\n{LINE_1}\r\n{LINE_2}\r\n",
        f"\ufeff# comment\n\n{NAME}\n{LINE_1}\n# between\n{LINE_2}\n\n",
        f"{NAME}\r{LINE_1}\r{LINE_2}",
    ],
)
def test_layouts_of_one_set(text):
    (satellite,), problems = read_tle(text, "f.tle")
    assert not problems
    assert satellite.norad_id == 32382
    assert satellite.name == (NAME if NAME in text else "NORAD 32382")
    assert satellite.epoch.isoformat() == "2026-08-22T07:12:20.342016+00:00"
    assert not satellite.maintained


def test_two_layouts_in_one_file():
    satellites, problems = read_tle(f"{LINE_1}\n{LINE_2}\nSMOS\n{SMOS_1}\n{SMOS_2}\n", "f.tle")
    assert not problems
    assert [satellite.name for satellite in satellites] == ["NORAD 32382", "SMOS"]


def test_numbers_are_skyfields():
    (satellite,), _ = read_tle(f"{LINE_1}\n{LINE_2}", "f.tle")
    peer = EarthSatellite(LINE_1, LINE_2, ts=timescale())
    for name in ("no_kozai", "ecco", "inclo", "nodeo", "argpo", "mo", "bstar", "jdsatepoch", "jdsatepochF"):
        assert getattr(satellite.satrec, name) == getattr(peer.model, name)


@pytest.mark.parametrize(("alpha_5", "number"), [("A0000", 100000), ("J2931", 182931), ("Z9999", 339999)])
def test_alpha_5(alpha_5, number):
    # Space-Track, "Alpha-5": A = 10 .. Z = 33 without I and O.
    text = "\n".join(with_checksum(line.replace("32382", alpha_5)) for line in (LINE_1, LINE_2))
    (satellite,), problems = read_tle(text, "f.tle")
    assert not problems
    assert satellite.norad_id == number


@pytest.mark.parametrize(
    ("name", "n"), [("dawn-dusk", 75), ("three-body", 12), ("tianlian", 7), ("starcloud", 1)]
)
def test_shipped_sets(name, n):
    satellites = read_elements(ROOT / "tle" / f"{name}.tle")
    assert len({satellite.norad_id for satellite in satellites}) == len(satellites) == n
    assert all(satellite.epoch > datetime(2026, 8, 15, tzinfo=UTC) for satellite in satellites)


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the whole catalogue is not beside the repository")
def test_the_whole_catalogue_is_good():
    satellites, problems = examine(CATALOGUE)
    assert not problems
    assert len(satellites) == 16069


@pytest.mark.parametrize("layout", ["csv", "json", "xml"])
def test_omm_is_skyfields(layout):
    import csv
    import json

    from sgp4 import omm

    file = DATA / f"sample_omm.{layout}"
    (satellite,) = read_elements(file)
    assert (satellite.name, satellite.norad_id) == ("VANGUARD 1", 5)
    with file.open() as stream:
        if layout == "json":
            (fields,) = json.load(stream)
        elif layout == "csv":
            (fields,) = csv.DictReader(stream)
        else:
            (fields,) = omm.parse_xml(stream)
    peer = EarthSatellite.from_omm(timescale(), fields)
    for name in ("no_kozai", "ecco", "inclo", "nodeo", "argpo", "mo", "bstar", "jdsatepoch", "jdsatepochF"):
        assert getattr(satellite.satrec, name) == getattr(peer.model, name)


@pytest.mark.parametrize("layout", ["csv", "json", "xml"])
@pytest.mark.parametrize("number", [270001, 340000, 799501234])
def test_omm_numbers_of_six_digits_and_more(tmp_path, layout, number):
    text = (DATA / f"sample_omm.{layout}").read_text()
    for old, new in (
        (",5,999", f",{number},999"),
        ('ID": 5', f'ID": {number}'),
        ("ID>5<", f"ID>{number}<"),
    ):
        text = text.replace(old, new)
    file = tmp_path / "omm"
    file.write_text("\ufeff" + text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    (satellite,) = read_elements(file)
    assert satellite.norad_id == number


@pytest.mark.parametrize(
    "epoch", ["2020-10-13T04:52:48.472320Z", "2020-287T04:52:48.472320", "2020-10-13T04:52:48.47232"]
)
def test_omm_ways_to_write_an_epoch(epoch):
    text = (DATA / "sample_omm.csv").read_text().replace("2020-10-13T04:52:48.472320", epoch)
    (satellite,), problems = read_omm(text, "f.csv")
    assert not problems
    assert satellite.epoch.isoformat() == "2020-10-13T04:52:48.472320+00:00"


def test_quoted_csv_as_space_track_writes_it(tmp_path):
    rows = (DATA / "sample_omm.csv").read_text().strip().splitlines()
    file = tmp_path / "omm.csv"
    file.write_text("\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in rows))
    (satellite,) = read_elements(file)
    assert satellite.norad_id == 5


# --- what is not -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [1, 2])
def test_every_digit_flipped_is_caught(line):
    lines = [NAME, LINE_1, LINE_2]
    good = lines[line]
    for column, character in enumerate(good):
        if not character.isdigit():
            continue
        for digit in "0123456789".replace(character, ""):
            lines[line] = good[:column] + digit + good[column + 1 :]
            satellites, problems = read_tle("\n".join(lines), "f.tle")
            assert not satellites, (column, digit)
            assert problems, (column, digit)
            assert all(problem.place.startswith("f.tle") for problem in problems)
    lines[line] = good


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{LINE_2}\n{LINE_1}", "f.tle:1: found line 2 before line 1"),
        (f"{LINE_1}\n{SMOS_2}", "f.tle:2: found catalogue number 36036 under a line 1 of 32382"),
        (f"{LINE_1[:50]}\n{LINE_2}", "f.tle:1: found line 1 of 50 characters; allowed: 69"),
        (f"{LINE_1}\n{LINE_2[:-1]}", "f.tle:2: found line 2 of 68 characters"),
        (f"{LINE_1}\n{LINE_2}7", "f.tle:2: found line 2 of 70 characters"),
        (f"{LINE_1}", "f.tle:1: found line 1 without its line 2"),
        (f"{LINE_2}", "f.tle:1: found line 2 without its line 1"),
        (f"{LINE_1[:-1]}5\n{LINE_2}", "f.tle:1: found checksum 5; allowed: 1 for these digits"),
        (
            LINE_1.replace("4-4", "4\u22124") + f"\n{LINE_2}",
            "f.tle:1: found U+2212 MINUS SIGN in column 60; allowed: ASCII characters; write '-'",
        ),
        (f"{LINE_1}\n {LINE_2}", "f.tle:2: found line 2 of 70 characters"),
        (f"{LINE_1}\n {LINE_2[:-1]}", "f.tle:2: found ' 2 32382  98' in column 1"),
        (f"A\x00B\n{LINE_1}\n{LINE_2}", "f.tle:1: found U+0000 control character in a name"),
        ("", "f.tle: found no element set"),
        ("# only a comment\n", "f.tle: found no element set"),
        ("Dear reader,\nno elements here", "f.tle:1: found 'Dear reader,'"),
        (f"{LINE_1[:62]}4{LINE_1[63:]}\n{LINE_2}", "f.tle:1: found '4  9991' in column 63"),
    ],
)
def test_one_message_for_one_fault(text, message):
    assert only_problem(text).startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINE_2.replace(" 98.5815", "181.0000"), "inclination 181.0000; allowed: 0 to 180 deg"),
        (LINE_2.replace("240.2954", "360.2954"), "right ascension of the node 360.2954"),
        (LINE_2.replace("0001283", "9501283"), "a perigee 6025"),
        (LINE_2.replace("14.29982649", "17.90000000"), "a mean motion of 17.9 revolutions a day"),
        (LINE_2.replace("14.29982649", " 0.00000000"), "a mean motion of 0 revolutions a day"),
    ],
)
def test_impossible_orbits_with_right_checksums(line, message):
    assert message in only_problem(f"{LINE_1}\n{with_checksum(line)}")


def test_all_problems_of_a_file_at_once(tmp_path):
    file = tmp_path / "bad.tle"
    file.write_text(f"A\n{LINE_1[:-1]}0\n{LINE_2}\nB\n{SMOS_1}\n{SMOS_2}\nC\n{LINE_2}\n{LINE_1}\n")
    with pytest.raises(InputError) as caught:
        read_elements(file)
    places = [problem.place for problem in caught.value.problems]
    assert places == [f"{file}:2", f"{file}:8"]
    (good,) = read_elements(file, skip_bad=True)
    assert good.name == "B"
    assert len(examine(file)[1]) == 2


def test_a_bad_record_does_not_name_the_next():
    damaged = "7" + LINE_2[1:]
    (satellite,), problems = read_tle(f"{LINE_1}\n{damaged}\n{SMOS_1}\n{SMOS_2}", "f.tle")
    assert satellite.name == "NORAD 36036"
    assert len(problems) == 1


def test_no_checksum_is_a_choice_and_columns_stay_strict():
    text = f"{LINE_1[:-1]}0\n{LINE_2[:-1]}\n"
    (satellite,), problems = read_tle(text, "f.tle", checksum=False)
    assert satellite.norad_id == 32382
    assert not problems
    assert "column 9" in only_problem(f"{LINE_1}\n{LINE_2.replace(' 98.5815', ' 98,5815')}", checksum=False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (".1845686", "1.845686", "f.csv:2: ECCENTRICITY: found 1.845686; allowed: 0 to 0.9999999"),
        (".1845686", ".9845686", "f.csv:2: found a perigee"),
        ("34.2443", "nan", "INCLINATION: found 'nan'; allowed: a decimal number"),
        ("34.2443", "1_0", "INCLINATION: found '1_0'"),
        ("34.2443", "\u221234.2", "INCLINATION: found '\u221234.2'; allowed: a decimal number; write '-'"),
        ("34.2443", "", "INCLINATION: found nothing"),
        ("10.84869164", "0", "f.csv:2: found a mean motion of 0 revolutions a day"),
        ("2020-10-13T", "2020-13-13T", "EPOCH: found '2020-13-13T04:52:48.472320'"),
        ("472320,", "472320+08:00,", "EPOCH: found"),
        (",0,U,5", ",4,U,5", "EPHEMERIS_TYPE: found 4; allowed: 0"),
        (",5,999", ",0,999", "NORAD_CAT_ID: found '0'"),
        (",5,999", ",1234567890,999", "NORAD_CAT_ID: found '1234567890'"),
        ("MEAN_MOTION,", "MEAN_MOTIO,", "f.csv:1: found no column MEAN_MOTION"),
        ("MEAN_MOTION,", "EPOCH,MEAN_MOTION,", "f.csv:1: found column EPOCH twice"),
        (",-1.6E-7,0", ",-1.6E-7", "f.csv:2: found 16 values; allowed: 17"),
    ],
)
def test_omm_faults(old, new, message):
    text = (DATA / "sample_omm.csv").read_text()
    assert old in text
    satellites, problems = read_omm(text.replace(old, new, 1), "f.csv")
    assert not satellites
    assert message in str(problems[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "f:1: found Expecting value"),
        ("[]", "f: found no element set"),
        ("[1]", "f: record 1: found str; allowed: an object"),
        ('{"EPOCH": NaN}', "f: found NaN"),
        ('{"EPOCH": "a", "EPOCH": "b"}', "f: found key EPOCH twice"),
        ('{"EPOCH": {}}', "f: record 1: EPOCH: found dict; allowed: text or a number"),
        ("[" * 100_000, "f: found maximum recursion depth"),
        ("<ndm>", "f:1: found no element found"),
        ("<html></html>", "f: found <html> without a <segment>"),
        ("<segment/>", "f: segment 1: EPOCH: found nothing"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "f: found <!DOCTYPE"),
    ],
)
def test_broken_json_and_xml(text, message):
    satellites, problems = read_omm(text, "f")
    assert not satellites
    assert str(problems[0]).startswith(message)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("REF_FRAME", "EME2000"),
        ("TIME_SYSTEM", "TAI"),
        ("MEAN_ELEMENT_THEORY", "DSST"),
        ("CENTER_NAME", "MARS"),
    ],
)
def test_omm_of_another_world_is_refused(field, value):
    import re

    text = re.sub(f"<{field}>[^<]*<", f"<{field}>{value}<", (DATA / "sample_omm.xml").read_text())
    satellites, problems = read_omm(text, "f.xml")
    assert not satellites
    assert f"{field}: found '{value}'" in str(problems[0])


@pytest.mark.parametrize("data", [b"\xff\xfeA\x00", b"\x80", b"A\x00\n" + b"\xc3(" * 3])
def test_files_that_are_not_text(tmp_path, data):
    file = tmp_path / "f.tle"
    file.write_bytes(data)
    with pytest.raises(InputError, match="UTF-8"):
        read_elements(file)


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "dawn-dusk.tle").write_text("")
    with pytest.raises(InputError, match=r"did you mean '.*dawn-dusk\.tle'\?"):
        read_elements(tmp_path / "dawn-dsk.tle")
    with pytest.raises(InputError, match="directory"):
        read_elements(tmp_path)
    with pytest.raises(InputError, match="null"):
        read_elements("a\x00b")


def test_at_most_fifty_problems_are_listed(tmp_path):
    file = tmp_path / "f.tle"
    file.write_text(f"{LINE_1}\n" * 300)
    with pytest.raises(InputError, match="250 more problems"):
        read_elements(file)


# --- anything at all -------------------------------------------------------------------------------------

fuzz = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
LINES = st.sampled_from([NAME, LINE_1, LINE_2, SMOS_1, SMOS_2, "0 SMOS", "", "#", "1", "2 "])


def judged(satellites, problems):
    """Either good satellites or clear one-line problems, never both empty."""
    assert satellites or problems
    for problem in problems:
        assert problem.place and problem.found and problem.allowed
        assert "\n" not in str(problem)
    for satellite in satellites:
        code, r_km, _ = satellite.satrec.sgp4_tsince(0.0)
        assert code == 0
        assert all(abs(x) < 1e8 for x in r_km)


@fuzz
@given(st.text(max_size=300))
def test_arbitrary_text_as_tle(text):
    judged(*read_tle(text, "f"))


@fuzz
@given(st.one_of(st.text(max_size=200), st.text('[]{}",:0123456789eEN<>/a', max_size=60)))
def test_arbitrary_text_as_omm(text):
    judged(*read_omm(text, "f"))


@fuzz
@given(st.lists(LINES, max_size=8).map("\n".join), st.booleans())
def test_lines_in_any_order(text, checksum):
    judged(*read_tle(text, "f", checksum=checksum))


@st.composite
def mutated(draw, text):
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(st.text(max_size=3)) + text[at + cut :]
    return text


@fuzz
@given(mutated(f"{NAME}\n{LINE_1}\n{LINE_2}\n{SMOS_1}\n{SMOS_2}\n"), st.booleans())
def test_mutated_tle(text, checksum):
    judged(*read_tle(text, "f", checksum=checksum))


@fuzz
@given(mutated(f"{LINE_1[:-1]}"), mutated(f"{LINE_2[:-1]}"))
def test_mutated_lines_with_checksums_put_right(line_1, line_2):
    judged(*read_tle(f"{with_checksum(line_1)}\n{with_checksum(line_2)}", "f"))


@fuzz
@given(
    column=st.integers(0, 67),
    line=st.sampled_from([LINE_1, LINE_2]),
    character=st.characters(min_codepoint=32, max_codepoint=126),
)
def test_one_character_with_the_checksum_put_right(column, line, character):
    lines = {LINE_1: LINE_1, LINE_2: LINE_2}
    lines[line] = with_checksum(line[:column] + character + line[column + 1 :])
    judged(*read_tle("\n".join(lines.values()), "f"))


@pytest.mark.parametrize("layout", ["csv", "json", "xml"])
def test_mutated_omm(layout):
    text = (DATA / f"sample_omm.{layout}").read_text()

    @fuzz
    @given(mutated(text))
    def inner(changed):
        judged(*read_omm(changed, "f"))

    inner()


@fuzz
@given(
    field=st.sampled_from(
        ["34.2443", "10.84869164", ".1845686", "225.5254", "-.22483E-4", "-1.6E-7", "1958-002B"]
    ),
    value=st.one_of(
        st.floats().map(repr),
        st.integers().map(str),
        st.text("0123456789.eE+-", max_size=12),
        st.text(max_size=5),
    ),
)
def test_any_value_in_an_omm_field(field, value):
    judged(*read_omm((DATA / "sample_omm.csv").read_text().replace(field, value, 1), "f"))


@fuzz
@given(st.binary(max_size=200))
def test_arbitrary_bytes_as_a_file(tmp_path, data):
    file = tmp_path / "f"
    file.write_bytes(data)
    try:
        assert read_elements(file)
    except InputError as error:
        assert str(error)


# --- age and choice --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "level"), [(0, "fresh"), (13.9, "fresh"), (14.1, "warned"), (59.9, "warned"), (60.1, "refused")]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_age(days, level, sign):
    (satellite,), _ = read_tle(f"{NAME}\n{LINE_1}\n{LINE_2}", "f.tle")
    when = satellite.epoch + sign * timedelta(days=days)
    span = (when, when) if sign < 0 else (satellite.epoch, when)
    if level == "refused":
        with pytest.raises(
            InputError, match=r"RADARSAT-2: element set of .* 60\.1 days away; allowed: at most 60"
        ):
            check_age([satellite], *span)
        assert len(check_age([satellite], *span, allow_stale=True)) == 1
    else:
        assert len(check_age([satellite], *span)) == (level == "warned")


def test_maintained_satellites_do_not_age():
    satellite = synthetic("a", START, 7128137.0, 1.7177, 0.0)
    assert check_age([satellite], START, START + timedelta(days=4000)) == []


def test_the_nearest_epoch_is_chosen_and_said():
    old = read_elements(DATA / "dawn-dusk-2026-08-11.tle")
    new = read_elements(ROOT / "tle" / "dawn-dusk.tle")
    chosen, notes = nearest_sets([*old, *new], START)
    assert len({satellite.norad_id for satellite in chosen}) == len(chosen) == 77
    assert sum(satellite.epoch.day >= 21 for satellite in chosen) == 75
    assert notes == [
        "20 objects have several element sets; the epoch nearest 2026-08-23T00:00:00.000000Z is used "
        "(for CORIOLIS: 2026-08-22T00:16:00.271200Z)"
    ]
    chosen, _ = nearest_sets([*new, *old], datetime(2026, 8, 1, tzinfo=UTC))
    assert sum(satellite.epoch.day < 12 for satellite in chosen) == 22
    assert nearest_sets(new, START) == (new, [])


def test_synthetic_orbits_are_judged_too():
    with pytest.raises(InputError, match=r"deep: found a perigee 675\.6 km below the surface"):
        synthetic("deep", START, 7128137.0, 1.7, 0.0, eccentricity=0.2)
    with pytest.raises(InputError, match=r"eccentricity of 1\.2"):
        synthetic("open", START, 7128137.0, 1.7, 0.0, eccentricity=1.2)
