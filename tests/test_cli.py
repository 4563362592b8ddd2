"""The command line: verbs, exit codes, one message for each mistake, and help that is quick."""

# ruff: noqa: F811 (a fixture is imported, then named by the tests that use it)

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import orbitdc
from orbitdc import cli
from orbitdc.errors import InvariantError
from orbitdc.orbit.access import Passes
from orbitdc.report import tables
from orbitdc.report.plots import KINDS
from orbitdc.results.run import Run

sys.path.insert(0, str(Path(__file__).parent))
import fake_simulate as fake
from fake_fixtures import fake_run, faked, run_fake  # noqa: F401

REPOSITORY = Path(orbitdc.__file__).parents[1]
Answer = tuple[int, str, str]
Command = Callable[..., Answer]

TLE = """\
CORIOLIS
1 27640U 03001A   26234.01111425  .00000087  00000+0  61285-4 0  9995
2 27640  98.7159 239.8989 0014554  27.8510 332.3442 14.19960603223568
"""
"""Element set of 2026-08-22 as redistributed by CelesTrak (GitHub Hitesh-Gala/sat-orbit-map, active.tle)."""


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    import warnings

    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as end:
            cli.app([str(argument) for argument in arguments], prog_name="orbitdc")
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


@pytest.fixture
def elements(tmp_path: Path) -> Path:
    path = tmp_path / "one.tle"
    path.write_text(TLE)
    return path


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orbitdc", *arguments],
        cwd=REPOSITORY,
        text=True,
        timeout=120,
        **{"capture_output": True, **options},
    )


VERBS = (
    "run",
    "coverage",
    "sunlight",
    "check",
    "new",
    "plot",
    "report",
    "validate",
    "link",
    "route",
    "warmup",
)


# --- help -------------------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy() -> None:
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "orbitdc", "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in answer.stderr.splitlines()}
    heavy = {
        "numpy",
        "numba",
        "scipy",
        "astropy",
        "skyfield",
        "sgp4",
        "pydantic",
        "xarray",
        "pandas",
        "matplotlib",
    }
    assert loaded & heavy == set()
    ours = {line.rsplit("|", 1)[-1].strip() for line in answer.stderr.splitlines() if "orbitdc" in line}
    assert ours <= {"orbitdc", "orbitdc.cli", "orbitdc.errors"}


def test_help_is_quick() -> None:
    def seconds() -> float:
        begin = time.perf_counter()
        assert process("--help").returncode == 0
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(5)) < 0.3


def test_no_arguments_show_every_verb_with_an_example(command: Command) -> None:
    code, out, _ = command()
    assert code == 0
    for verb in VERBS:
        assert f"\n  {verb}" in out and f"orbitdc {verb}" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_within_80_columns(command: Command, verb: str) -> None:
    code, out, _ = command(verb, "--help")
    assert code == 0 and max(map(len, out.splitlines())) <= 80


def test_version(command: Command) -> None:
    assert command("--version")[1] == f"orbitdc {orbitdc.__version__}\n"


# --- coverage and sunlight --------------------------------------------------------------------------------


def test_coverage_csv_has_the_columns_of_the_contract(
    command: Command, elements: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"
    code, out, err = command(
        "coverage", elements, "--station", "kashi", "--station", "-33.4,-70.6,500",
        "--start", "2026-08-23T00:00:00Z", "--days", "2", "--csv", target,
    )  # fmt: skip
    assert code == 0
    assert "10 deg" in err and "oblate-cone" in err
    assert "kashi" in out and max(map(len, out.splitlines())) <= 80
    text = target.read_text()
    assert text.splitlines()[0] == (
        "satellite,norad_id,station,rise_utc,culmination_utc,set_utc,duration_s,max_elevation_deg,clipped,"
        "rise_azimuth_deg,culmination_azimuth_deg,set_azimuth_deg,sunlit_frac"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["station"] for row in rows} == {"kashi", "-33.4,-70.6,500"}
    for row in rows:
        rise, top, end = (
            datetime.fromisoformat(row[f"{name}_utc"]) for name in ("rise", "culmination", "set")
        )
        assert rise <= top <= end and rise.tzinfo is not None
        assert row["rise_utc"].endswith("Z") and len(row["rise_utc"]) == 27
        assert float(row["duration_s"]) == pytest.approx((end - rise).total_seconds(), abs=2e-6)
        assert row["norad_id"] == "27640" and row["clipped"] in ("true", "false")


def test_coverage_json_adds_the_stations(command: Command, elements: Path) -> None:
    code, out, _ = command("coverage", elements, "--station", "Kashi", "--json")
    found = json.loads(out)
    assert code == 0
    (station,) = found["stations"]
    assert station["station"] == "kashi"
    assert {"covered_frac", "n_most_in_view", "longest_gap_s", "mean_gap_s"} <= set(station)
    assert set(found["passes"][0]) == set(tables.COVERAGE_COLUMNS)


def test_the_start_is_the_newest_epoch_and_is_said(command: Command, elements: Path) -> None:
    _, out, err = command("coverage", elements, "--station", "kashi", "--csv", "-")
    assert "2026-08-22T00:16" in err and out.startswith("satellite,norad_id")


def test_sunlight_csv_and_json(command: Command, elements: Path) -> None:
    winter = ("sunlight", str(elements), "--start", "2026-06-10T00:00:00Z", "--allow-stale")
    code, out, err = command(*winter, "--csv", "-")
    assert code == 0 and "more than 14 days" in err
    assert out.splitlines()[0] == "satellite,norad_id,enter_utc,exit_utc,eclipse_s,umbra_s,clipped"
    assert len(out.splitlines()) > 10
    found = json.loads(command(*winter, "--json")[1])
    keys = (
        "satellite norad_id sunlit_frac n_eclipses max_eclipse_s max_umbra_s beta_min_deg beta_max_deg shadow"
    )
    assert list(found["satellites"][0]) == keys.split()
    text = command(*winter)[1]
    assert "CORIOLIS" in text and max(map(len, text.splitlines())) <= 80


def test_both_propagators_find_the_same_passes_and_are_named(command: Command, elements: Path) -> None:
    words = ("coverage", elements, "--station", "kashi", "--station", "78.23,15.39", "--csv", "-")
    tables_of = {}
    for name, said in (
        ("kernel", "compiled SGP4, checked against Skyfield's"),
        ("skyfield", "SGP4 by Skyfield"),
    ):
        code, out, err = command(*words, "--propagator", name)
        assert code == 0 and f"propagator: {said}" in " ".join(err.split())
        tables_of[name] = list(csv.DictReader(io.StringIO(out)))
    assert len(tables_of["kernel"]) == len(tables_of["skyfield"]) > 5
    for one, other in zip(*tables_of.values(), strict=True):
        for column in ("rise_utc", "set_utc"):
            apart = datetime.fromisoformat(one[column]) - datetime.fromisoformat(other[column])
            assert abs(apart.total_seconds()) < 1e-3


def test_what_the_compiled_propagator_leaves_to_skyfield_is_said(command: Command, tmp_path: Path) -> None:
    """GPS BIIR-2, twelve hours a turn: deep space."""
    deep = tmp_path / "two.tle"
    lines = (
        "GPS BIIR-2\n"
        "1 24876U 97035A   26234.50000000 -.00000050  00000+0  00000+0 0  9990\n"
        "2 24876  55.7000 120.0000 0070000  55.0000 305.0000  2.00560000214990\n"
    )
    deep.write_text(TLE + lines)
    _, _, err = command("sunlight", deep, "--start", "2026-08-23T00:00:00Z", "--no-checksum")
    assert "checked against Skyfield's, 1 of 2 by Skyfield's" in " ".join(err.split())


def test_compiling_is_said_once_and_only_then(
    command: Command, elements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orbitdc import warmup

    for n, is_said in ((0, True), (27, False)):
        monkeypatch.setattr(warmup, "n_kept", lambda n=n: n)
        for verb in (("coverage", elements, "--station", "kashi"), ("sunlight", elements)):
            assert ("compiling (once)" in command(*verb)[2]) == is_said


def test_coverage_of_coordinates_loads_nothing_it_does_not_need(elements: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from orbitdc import cli\n"
        "sys.argv[0] = 'orbitdc'\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(*sorted(set(sys.modules) & {'astropy', 'pandas', 'xarray', 'matplotlib', 'rich'}), sep='!')"
    )
    words = ("coverage", str(elements), "--station", "39.5,76", "--csv", str(tmp_path / "a.csv"))
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_pictures_of_coverage_and_sunlight(
    command: Command, elements: Path, tmp_path: Path, ending: str
) -> None:
    for verb, more in (("coverage", ("--station", "kashi")), ("sunlight", ("--days", "5"))):
        target = tmp_path / f"{verb}.{ending}"
        code, _, err = command(verb, elements, *more, "--plot", target)
        assert code == 0, err
        assert target.read_bytes()[:4] in (b"\x89PNG", b"<?xm")


STALE = (
    "coverage-demo", "--set", "phase.week.start=2027-03-01T00:00:00Z", "--set",
    "phase.week.end=2027-03-02T00:00:00Z",
)  # fmt: skip
"""A day half a year after the epoch of the scenario's element set."""

MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "station": (("coverage", "dawn-dusk", "--station", "kasi"), "did you mean 'kashi'"),
    "latitude": (("coverage", "dawn-dusk", "--station", "95,20"), "latitude 95"),
    "twice": (("coverage", "dawn-dusk", "--station", "kashi", "--station", "KASHI"), "each station once"),
    "source": (("coverage", "dawn-dsk", "--station", "kashi"), "did you mean 'dawn-dusk'"),
    "naive": (("sunlight", "dawn-dusk", "--start", "2026-08-23T00:00:00"), "UTC with Z"),
    "days": (("sunlight", "dawn-dusk", "--days", "-1"), "--days"),
    "nan": (("sunlight", "dawn-dusk", "--days", "nan"), "--days"),
    "angle": (("coverage", "dawn-dusk", "--station", "kashi", "--min-elevation", "10"), "with its unit"),
    "elevation": (
        ("coverage", "dawn-dusk", "--station", "kashi", "--min-elevation", "91deg"),
        "less than 90",
    ),
    "shadow": (("sunlight", "dawn-dusk", "--shadow", "cube"), "oblate-cone"),
    "stale": (("sunlight", "dawn-dusk", "--start", "2027-08-23T00:00:00Z"), "--allow-stale"),
    "stale check": (("check", *STALE), "or say --allow-stale"),
    "stale survey": (("survey", *STALE), "or say --allow-stale"),
    "stale run": (("run", *STALE, "-o", "r"), "or say --allow-stale"),
    "stale route": (
        ("route", "miyun", "orbit", *STALE, "--at", "2027-03-01T01:00:00Z"),
        "or say --allow-stale",
    ),
    "picture": (("sunlight", "dawn-dusk", "--plot", "a.gif"), ".png"),
    "scenario": (("check", "beijing-2036"), "beijing-2035"),
    "propagator": (("run", "--propagator", "magic"), "skyfield"),
    "coverage by": (("coverage", "dawn-dusk", "--station", "kashi", "--propagator", "kernal"), "kernel"),
    "sunlight by": (("sunlight", "dawn-dusk", "--propagator", "magic"), "skyfield"),
    "memory": (("run", "coverage-demo", "--max-memory", "2"), "write it like"),
    "memory unit": (("run", "coverage-demo", "--max-memory", "2 kg"), "write it like"),
    "memory size": (("run", "coverage-demo", "-o", "r", "--max-memory", "90 MB"), "64 satellites at a time"),
    "from": (("new", "x", "--from", "beijing"), "beijing-2035"),
    "kind": (("plot", "nowhere", "waterfal"), "waterfall"),
    "run": (("report", "nowhere"), "no such run folder"),
    "option": (("run", "--sed", "1"), "--sed"),
    "verb": (("covrage",), "covrage"),
    "missing": (("coverage",), "source"),
}


def test_old_element_sets_are_taken_when_told_to_and_a_warning_says_so(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = command("check", *STALE, "--allow-stale")
    assert code == 0 and "Warning: 1 of 1 element sets are more than 14 days" in out
    assert max(map(len, out.split("Values:")[0].splitlines())) <= 80
    code, out, _ = command("route", "miyun", "orbit", *STALE, "--at", "2027-03-01T01:00:00Z", "--allow-stale")
    assert code == 0 and "Route from miyun to orbit" in out
    code, out, err = command("survey", *STALE, "--allow-stale")
    assert code == 0 and "more than 14 days" in " ".join(err.split()) and "time in sunlight" in out
    code, out, err = command("run", *STALE, "-o", "r", "--allow-stale")
    assert code == 0 and "more than 14 days" in " ".join(err.split()) and "Run folder: r" in out
    assert max(map(len, err.splitlines())) <= 80
    code, out, err = command("plot", "r", "network")
    assert code == 0 and (tmp_path / "r" / "plots" / "network.png").is_file()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_message_and_exit_2(
    command: Command, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, expected = MISTAKES[name]
    code, out, err = command(*arguments)
    assert code == 2 and out == ""
    assert expected in " ".join(err.split())
    assert "Traceback" not in err and max(map(len, err.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


# --- runs -------------------------------------------------------------------------------------------------


def test_report_and_plot_read_a_run(
    command: Command,
    fake_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Run, "scenario", fake.scenario())
    code, out, _ = command("report", fake_run.folder)
    assert code == 0
    assert "NOT MET" in out and "no work waiting" in out and "energy residual" in out
    assert max(map(len, out.splitlines())) <= 80
    assert json.loads(command("report", fake_run.folder, "--json")[1]) == fake_run.results
    for kind in KINDS:
        target = tmp_path / f"{kind}.png"
        code, out, err = command("plot", fake_run.folder, kind, "-o", target)
        assert code == 0 and out.strip() == str(target), err
        assert target.stat().st_size > 10_000


def test_the_page_is_one_file_without_outside_assets(fake_run: Run) -> None:
    from orbitdc.report.page import page
    from orbitdc.report.pictures import draw

    draw(fake_run, "utilisation")
    draw(fake_run, "flows")
    text = page(fake_run)
    assert text.count("<svg") == 2 and 'id="utilisation-' in text and 'id="flows-' in text
    assert (
        not re.search(r'(src|href)="(?!#|data:)', text) and "@import" not in text and "Run folder" not in text
    )
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(names)


def test_runs_are_compared_in_one_table(
    command: Command, fake_run: Run, run_fake: Any, tmp_path: Path
) -> None:
    other = run_fake(fake.scenario("other", seed=9), tmp_path / "other")
    code, out, _ = command("compare", fake_run.folder, other.folder)
    assert code == 0
    assert out.splitlines()[0].split() == ["whole", "plan", "fake", "other"]
    assert "value, of its bound" in out and max(map(len, out.splitlines())) <= 80
    code, out, _ = command("compare", fake_run.folder, other.folder, "--phase", "second")
    assert code == 0 and out.startswith("second")
    code, _, err = command("compare", fake_run.folder, other.folder, "--phase", "third")
    assert code == 2 and "second" in err
    assert command("compare", fake_run.folder)[0] == 2
    assert "columns" in json.loads(command("compare", fake_run.folder, other.folder, "--json")[1])


def test_the_verdict_is_one_screen(fake_run: Run) -> None:
    from orbitdc.report.text import verdict

    lines = verdict(fake_run).splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 80


def test_a_required_milestone_that_is_missed_gives_3(fake_run: Run) -> None:
    from orbitdc.report.text import exit_code

    phase: dict[str, Any] = {"milestones": [{"met": False, "required": True}]}
    assert exit_code(Run(Path("x"), {"phases": [phase]}, {})) == 3
    assert exit_code(fake_run) == 0


def test_a_picture_that_fails_costs_the_run_nothing(
    fake_run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from orbitdc.report import pictures, plots

    def broken(_: Run) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(plots, "KINDS", {"power": broken})
    said: list[str] = []
    pictures.draw_all(fake_run, said.append)
    assert "power" in said[0] and "the results are whole" in said[0]


def test_runs_without_events_are_drawn_with_a_reason(run_fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from orbitdc.report import plots

    window = fake.simulate_window

    def nothing(prepared: Any, i: int, _: int) -> Any:
        arrays = window(prepared, i).arrays
        emptied = {
            name: value[:0] if name.startswith(("pass_", "job_", "use_")) else value
            for name, value in arrays.items()
        }
        return fake.ChunkResult(emptied)

    monkeypatch.setattr(fake, "simulate_window", nothing)
    run = run_fake(fake.scenario("empty"))
    for draw in plots.KINDS.values():
        assert draw(run) is not None


def test_new_copies_a_scenario_with_its_comments(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    code, out, err = command("new", folder)
    assert code == 0 and out.strip() == str(folder / "coverage-demo.toml")
    assert (folder / "coverage-demo.toml").read_text() == (
        Path(__file__).parents[1] / "configs/coverage-demo.toml"
    ).read_text()
    assert "orbitdc check" in err
    assert command("new", folder)[0] == 2
    answer = process("check", str(folder / "coverage-demo.toml"))  # away from the fake
    assert answer.returncode == 0, answer.stderr


def test_check_says_what_follows() -> None:
    answer = process("check", "beijing-2035")  # away from the fake
    assert answer.returncode == 0, answer.stderr
    for words in ("98.419", "18:00", "launches", "windows", "of memory", "Estimates", "Defaults nobody set"):
        assert words in answer.stdout


def test_validate_counts_only_what_is_covered(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from orbitdc import validation

    answers = [{"id": "a", "ok": True}, {"id": "b", "ok": None}]
    monkeypatch.setattr(validation, "validate", lambda cases, on_result: answers)
    monkeypatch.setattr(validation, "to_dict", lambda results: {"cases": results})
    monkeypatch.setattr(validation, "passed", lambda results: all(r["ok"] is not False for r in results))
    code, out, _ = command("validate", "--json")
    assert code == 0 and json.loads(out) == {"cases": answers}
    answers[0]["ok"] = False
    assert command("validate", "--json")[0] == 3


# --- what can go wrong with a process ---------------------------------------------------------------------


def test_a_bug_of_ours_gives_1_and_asks_for_a_report(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("hello")

    monkeypatch.setattr("orbitdc.results.run.Run.open", broken)
    code, _, err = command("report", "x")
    assert code == 1 and "please report" in err and "ZeroDivisionError" in err

    def open_law(*_: Any) -> Any:
        raise InvariantError("energy does not close")

    monkeypatch.setattr("orbitdc.results.run.Run.open", open_law)
    code, _, err = command("report", "x")
    assert code == 1 and "energy does not close" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_gives_2(elements: Path) -> None:
    with open("/dev/full", "w") as full:
        answer = process(
            "sunlight", str(elements), "--json", capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
    assert answer.returncode == 2
    assert "no space left" in answer.stderr and "Traceback" not in answer.stderr


def test_a_reader_that_leaves_is_no_error(elements: Path) -> None:
    verb = f"{sys.executable} -m orbitdc sunlight {elements} --start 2026-06-10T00:00:00Z --allow-stale"
    line = f"{verb} --days 20 --csv - | head -1"
    answer = subprocess.run(line, shell=True, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert answer.stdout.startswith("satellite") and "Traceback" not in answer.stderr


def test_the_table_of_an_unwritable_place_is_not_half_written(
    command: Command, elements: Path, tmp_path: Path
) -> None:
    code, _, err = command("sunlight", elements, "--csv", tmp_path / "nothing" / "a.csv")
    assert code == 2 and "a.csv" in " ".join(err.split())


def test_a_mix_with_the_other_package_of_this_name_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "orbitdc"
    (package / "mdao").mkdir(parents=True)
    orbitdc.refuse_a_mix(package)  # an empty folder is what pip leaves behind
    (package / "mdao" / "problem.py").write_text("")
    with pytest.raises(ImportError, match="spacedc-mdao"):
        orbitdc.refuse_a_mix(package)
    (package / "mdao" / "problem.py").unlink()
    (tmp_path / "spacedc_mdao-0.4.2.dist-info").mkdir()
    with pytest.raises(ImportError, match="cannot share an environment"):
        orbitdc.refuse_a_mix(package)


def test_the_public_names_load_and_an_unknown_one_does_not() -> None:
    for name in orbitdc.__all__:
        assert getattr(orbitdc, name) is not None
    assert orbitdc.open_run == Run.open
    with pytest.raises(AttributeError):
        _ = orbitdc.nothing


def test_messages_wrap_and_paths_stay_whole(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/" + "x" * 120
    cli.tell("a message " * 12 + path)
    lines = capsys.readouterr().err.splitlines()
    assert path in [line.strip() for line in lines]
    assert all(len(line) <= 80 for line in lines if path not in line)


# --- tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["=cmd()", "+1+1", "-1+cmd", "@SUM(A1)", "\t=x", "\r=x", " -x"])
def test_no_cell_is_a_formula(name: str) -> None:
    text = tables.to_csv({"satellite": [name], "x": [-1.5]})
    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert row == ["'" + name.replace("\t", " ").replace("\r", " "), "-1.500000"]


@pytest.mark.parametrize("name", ["-33.4,-70.6,500", "67.8,21", "plain", 'with "quotes", and commas'])
def test_harmless_cells_stay_as_they_are(name: str) -> None:
    text = tables.to_csv({"station": ["beijing", name]})
    assert list(csv.reader(io.StringIO(text)))[2] == [name]


def test_a_table_of_passes_is_what_it_was_to_the_last_byte() -> None:
    """Non-regression: our own output of the first version."""
    passes = Passes(
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
        *(np.array(column) for column in ([1, 0], [0, 1], [0.0, 59.9999996], [30.5, 61.0], [61.25, 62.0])),
        *(np.array(column) for column in ([10.0, 89.9999999], [True, False], [0.1, 359.0])),
        *(np.array(column) for column in ([1e-9, 0.5], [180.0, 12.3456785], [np.nan, -1e-9])),
    )
    moons = [SimpleNamespace(name=name, norad_id=i) for i, name in enumerate(("=A(1)", 'B, "2"'))]
    columns = tables.coverage_columns(passes, moons, ("-33.4,-70.6", "kashi"), passes.start)
    assert tables.to_csv(columns).splitlines()[1:] == [
        '"B, ""2""",1,"-33.4,-70.6",2026-12-31T23:59:00.000000Z,2026-12-31T23:59:30.500000Z,'
        "2027-01-01T00:00:01.250000Z,61.250000,10.000000,true,0.100000,0.000000,180.000000,",
        "'=A(1),0,kashi,2027-01-01T00:00:00.000000Z,2027-01-01T00:00:01.000000Z,"
        "2027-01-01T00:00:02.000000Z,2.000000,90.000000,false,359.000000,0.500000,12.345678,-0.000000",
    ]
    first = tables.rows_of(columns)[0]
    assert tuple(first) == tables.COVERAGE_COLUMNS
    assert first["sunlit_frac"] is None and first["clipped"] is True and first["norad_id"] == 1


def test_times_round_to_the_microsecond_and_missing_numbers_are_empty() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert tables.instants(start, np.array([0.1234567, -0.5])) == [
        "2026-01-01T00:00:00.123457Z",
        "2025-12-31T23:59:59.500000Z",
    ]
    values = {"a": [None, 1.0], "b": [True, False], "c": [None, "x"], "d": [0, 1]}
    assert tables.to_csv(values) == "a,b,c,d\n,true,,0\n1.000000,false,x,1\n"


def test_sky_arcs_pass_through_their_three_points() -> None:
    from orbitdc.report.sky import _arc

    rng = np.random.default_rng(3)
    for _ in range(50):
        azimuth = rng.uniform(0, 360, 3)
        elevation = (10.0, rng.uniform(11, 90), 10.0)
        theta, radius = _arc(azimuth, elevation)
        points = radius * np.exp(1j * theta)
        wanted = (90 - np.array(elevation)) * np.exp(1j * np.radians(azimuth))
        assert abs(points[0] - wanted[0]) < 1e-6 and abs(points[-1] - wanted[2]) < 1e-6
        assert np.abs(points - wanted[1]).min() < 1e-6 + np.abs(np.diff(points)).max()


def test_a_bar_writes_to_a_log_no_more_than_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from orbitdc import runner

    clock = iter(np.arange(0.0, 100.0, 1.0))
    monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with runner.bar("study") as advance:
        for i in range(30):
            advance(i, 30, "Jan 2030")
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 3 and "of 30" in lines[0]


def test_link_prints_a_budget_line_by_line(command):
    code, out, _ = command("link", "kashi", "--band", "ka", "--elevation", "10deg", "--elevation", "90deg")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    for word in ("EIRP", "free", "C/N0", "margin"):
        assert word.lower() in out.lower()
    assert command("link", "nowhere")[0] == command("link", "kashi", "--band", "q")[0] == 2


def test_route_prints_a_path_and_its_latency(command):
    code, out, _ = command("route", "beijing", "guian", "beijing-2035", "--at", "2029-11-15T06:00:00Z")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "ms" in out
    assert command("route", "beijing", "nowhere", "beijing-2035", "--at", "2029-11-15T06:00:00Z")[0] == 2
    assert command("route", "beijing", "guian", "beijing-2035", "--at", "yesterday")[0] == 2
