"""Command line: the verbs. Arguments → one call each → text on stdout, messages on stderr, an exit code.

Nothing heavy is imported at the top: `orbitdc --help` answers in a fraction of a second.
"""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from . import __project__, __version__, refuse_a_mix
from .errors import OrbitdcError

OVERVIEW = """\
orbitdc simulates an orbital data-centre constellation and its ground system.

  run       simulate a plan, write a run folder, say what it delivers
            orbitdc run beijing-2035
  coverage  when ground stations see satellites
            orbitdc coverage dawn-dusk --station kashi --days 2
  sunlight  eclipses, beta angle and sunlit share
            orbitdc sunlight dawn-dusk --days 30 --plot sunlight.png
  check     validate a scenario and print what follows from it
            orbitdc check beijing-2035
  survey    the most that light, heat and links allow, every minute of some days
            orbitdc survey gigawatt-swarm --days 30
  new       copy a shipped scenario, to make it yours
            orbitdc new my-study --from coverage-demo
  plot      draw a run: sunlight, power, waterfall, jobs, contacts, ...
            orbitdc plot runs/beijing-2035 waterfall
  report    say again what a run found
            orbitdc report runs/beijing-2035
  compare   put runs side by side in one table
            orbitdc compare runs/market runs/east-west
  validate  hold the physics against outside values
            orbitdc validate
  link      the budget of a link to a station, line by line
            orbitdc link kashi --band ka --elevation 10deg
  route     the quickest way between two ends, and its latency by part
            orbitdc route beijing orbit beijing-2035 --at 2029-11-15T06:00:00Z
  warmup    compile the physics once, so that no run waits for it
            orbitdc warmup

orbitdc VERB --help lists the options of a verb."""

PROPAGATORS = ("kernel", "skyfield")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


class Terminated(BaseException):
    """SIGTERM arrived: unwind like Ctrl-C, so that locks and temporary files go."""


def main() -> None:
    """Run the command line; the entry point of the command `orbitdc`."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal cannot show is escaped, not fatal
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="orbitdc")
    except KeyboardInterrupt:
        sys.exit(130)
    except Terminated:
        sys.exit(143)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def tell(message: str) -> None:
    """Write a message to stderr, wrapped at 80 columns."""
    for line in message.splitlines() or [""]:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        wrapped = textwrap.wrap(
            line,
            80,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
        print("\n".join(wrapped), file=sys.stderr)


def _verb(function: Callable[..., int | None]) -> Callable[..., None]:
    """Make a function a verb: whatever goes wrong in it becomes one message and an exit code."""

    @functools.wraps(function)
    def guarded(*arguments: Any, **options: Any) -> None:
        code = 0
        try:
            refuse_a_mix()
            warnings.showwarning = _show_warning  # type: ignore[assignment]
            code = function(*arguments, **options) or 0
            sys.stdout.flush()
        except OrbitdcError as error:
            tell(f"orbitdc: {error}")
            code = error.exit_code
        except ImportError as error:
            if (error.name or "").startswith("orbitdc"):
                code = _report_bug()
            else:
                tell(f"orbitdc: {error}; pip install orbitdc installs all it needs")
                code = 2
        except KeyboardInterrupt:
            tell("orbitdc: interrupted")
            code = 130
        except Terminated:
            tell("orbitdc: terminated")
            code = 143
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except MemoryError:
            tell("orbitdc: out of memory; use a coarser time.step, fewer satellites or a shorter span")
            code = 2
        except OSError as error:
            code = _explain_os_error(error)
        except Exception:
            code = _report_bug()
        raise SystemExit(code)

    return guarded


def _report_bug() -> int:
    traceback.print_exc()
    tell("orbitdc: this is a bug of orbitdc; please report it with the lines above")
    return 1


def _explain_os_error(error: OSError) -> int:
    from .results.folder import explanation

    tell(f"orbitdc: {explanation(error, error.filename or 'standard output')}")
    try:
        sys.stdout.flush()
    except OSError:  # so that the interpreter does not complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 2


def _show_warning(message: Warning | str, *_: Any) -> None:
    tell(f"orbitdc: warning: {message}")


def _version(asked: bool) -> None:
    if asked:
        print(f"orbitdc {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate an orbital data-centre constellation and its ground system."""
    if not __project__.startswith("orbitdc:"):
        tell("orbitdc: another package of the same name is installed over this one; use a new environment")
        raise SystemExit(2)
    if context.invoked_subcommand is None:
        print(OVERVIEW)


SourceArgument = Annotated[
    str, typer.Argument(help="TLE, 3LE or OMM file, a shipped scenario, or the stem of a file in tle/.")
]
StartOption = Annotated[str | None, typer.Option(help="First instant, UTC with Z [newest epoch in SOURCE].")]
DaysOption = Annotated[float, typer.Option(help="Length of the span in days.")]
CsvOption = Annotated[str | None, typer.Option(help="Write a row per event to this file (- for stdout).")]
PictureOption = Annotated[Path | None, typer.Option(help="Draw to this PNG, SVG or PDF file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ShadowOption = Annotated[
    str, typer.Option(help="oblate-cone, cone, oblate-point, point or cylinder.", metavar="NAME")
]
PropagatorOption = Annotated[
    str, typer.Option(metavar="NAME", help="kernel (checked against Skyfield) or skyfield (every step).")
]
StaleOption = Annotated[bool, typer.Option("--allow-stale", help="Accept element sets older than 60 days.")]
ChecksumOption = Annotated[bool, typer.Option("--no-checksum", help="Do not verify TLE checksums.")]
SkipOption = Annotated[bool, typer.Option("--skip-bad", help="Leave out unreadable records, and say which.")]
OutsideOption = Annotated[
    bool, typer.Option("--allow-outside", help="Let a scenario name files outside its own folder.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the scenario.")
]


@app.command()
@_verb
def run(
    scenario: Annotated[
        str, typer.Argument(help="A file or the name of a shipped scenario.")
    ] = "beijing-2035",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Run folder to make [runs/NAME].")
    ] = None,
    overrides: SetOption = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    propagator: PropagatorOption = "kernel",
    max_memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help='Largest memory, as "2 GB"; same results.')
    ] = None,
    allow_stale: StaleOption = False,
    allow_outside: OutsideOption = False,
) -> int:
    """Simulate a scenario and write a run folder."""
    from .report import text
    from .report.pictures import draw_all
    from .runner import run as simulate
    from .scenario.reader import load

    _one_of("--propagator", propagator, PROPAGATORS)
    given = list(overrides or []) + ([] if seed is None else [f"seed={seed}"])
    limit_bytes = None if max_memory is None else _size_bytes(max_memory)
    plan = load(scenario, given, allow_outside=allow_outside)
    folder = out or Path("runs") / plan.name
    try:
        finished = simulate(
            plan,
            folder,
            propagator=propagator,
            max_memory_bytes=limit_bytes,
            resume=resume,
            allow_stale=allow_stale,
            progress=True,
            tell=tell,
            finish=functools.partial(draw_all, tell=tell),
        )
    except (KeyboardInterrupt, Terminated):
        if folder.with_name(folder.name + ".partial").exists():
            tell(f"orbitdc: continue with: orbitdc run {scenario} -o {folder} --resume (and the same --set)")
        raise
    print(text.verdict(finished))
    return text.exit_code(finished)


@app.command()
@_verb
def coverage(
    source: SourceArgument,
    station: Annotated[
        list[str],
        typer.Option(metavar="S", help="Station key, its full name, or LAT,LON[,ALT] in degrees and metres."),
    ],
    start: StartOption = None,
    days: DaysOption = 1.0,
    min_elevation: Annotated[str, typer.Option(metavar="ANGLE", help="Lowest elevation.")] = "10deg",
    shadow: ShadowOption = "oblate-cone",
    propagator: PropagatorOption = "kernel",
    csv: CsvOption = None,
    plot: PictureOption = None,
    as_json: JsonOption = False,
    allow_stale: StaleOption = False,
    no_checksum: ChecksumOption = False,
    skip_bad: SkipOption = False,
    allow_outside: OutsideOption = False,
) -> None:
    """Find when ground stations see satellites."""
    from .report import events

    _check_picture(plot)
    _one_of("--propagator", propagator, PROPAGATORS)
    span = events.span_of(
        source, start, days, checksum=not no_checksum, skip_bad=skip_bad, allow_outside=allow_outside,
        allow_stale=allow_stale, propagator=propagator, tell=tell,
    )  # fmt: skip
    table = events.coverage(span, station, min_elevation, _shadow(shadow), tell=tell)
    _deliver(table, csv, plot, as_json)


@app.command()
@_verb
def sunlight(
    source: SourceArgument,
    start: StartOption = None,
    days: DaysOption = 1.0,
    shadow: ShadowOption = "oblate-cone",
    propagator: PropagatorOption = "kernel",
    csv: CsvOption = None,
    plot: PictureOption = None,
    as_json: JsonOption = False,
    allow_stale: StaleOption = False,
    no_checksum: ChecksumOption = False,
    skip_bad: SkipOption = False,
    allow_outside: OutsideOption = False,
) -> None:
    """Find eclipses, the beta angle and the sunlit share."""
    from .report import events

    _check_picture(plot)
    _one_of("--propagator", propagator, PROPAGATORS)
    span = events.span_of(
        source, start, days, checksum=not no_checksum, skip_bad=skip_bad, allow_outside=allow_outside,
        allow_stale=allow_stale, propagator=propagator, tell=tell,
    )  # fmt: skip
    _deliver(events.sunlight(span, _shadow(shadow), tell=tell), csv, plot, as_json)


@app.command()
@_verb
def check(
    scenario: Annotated[str, typer.Argument(help="A file or the name of a shipped scenario.")],
    overrides: SetOption = None,
    allow_stale: StaleOption = False,
    allow_outside: OutsideOption = False,
) -> None:
    """Validate a scenario and print what follows from it; run nothing."""
    from .report.check import describe
    from .scenario.reader import load

    plan = load(scenario, list(overrides or []), allow_outside=allow_outside)
    print(describe(plan, allow_stale=allow_stale))


@app.command()
@_verb
def survey(
    scenario: Annotated[str, typer.Argument(help="A file or the name of a shipped scenario.")],
    start: Annotated[
        str | None, typer.Option(help="First instant, UTC with Z [so that the plan's end is the last].")
    ] = None,
    days: Annotated[int, typer.Option(help="Whole days.")] = 1,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    allow_outside: OutsideOption = False,
    allow_stale: StaleOption = False,
) -> None:
    """Say the most that light, heat and links would let a fleet do, minute by minute."""
    from datetime import timedelta

    from .orbit.time import parse_utc
    from .report.potential import survey_json, survey_text
    from .scenario.reader import load
    from .survey import survey as look
    from .warmup import say_if_cold

    plan = load(scenario, list(overrides or []), allow_outside=allow_outside)
    say_if_cold(tell)
    last = plan.phase[-1].end - timedelta(days=max(days, 1))
    begin = last if start is None else parse_utc(start, "--start")
    found = look(plan, begin, days, allow_stale=allow_stale)
    for warning in found.warnings:
        tell(f"Warning: {warning}")
    print(survey_json(found) if as_json else survey_text(plan, found))


@app.command()
@_verb
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    origin: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Shipped scenario.")
    ] = "coverage-demo",
) -> None:
    """Copy a shipped scenario with its comments."""
    from .results.folder import explained, refuse_existing, write_atomic
    from .scenario.catalogue import scenario_names, shipped_folder

    _one_of("--from", origin, scenario_names())
    text = (shipped_folder("configs") / f"{origin}.toml").read_bytes()
    refuse_existing(folder)
    with explained(folder):
        folder.mkdir(parents=True)
    write_atomic(folder / f"{origin}.toml", text)
    print(f"{folder / origin}.toml")
    tell(f"edit it, then: orbitdc check {folder / origin}.toml")


@app.command()
@_verb
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: JsonOption = False,
) -> int:
    """Say what a run found."""
    from .report import text
    from .results.run import Run

    finished = Run.open(folder)
    if as_json:
        from .results.folder import to_json

        print(to_json(finished.results), end="")
    else:
        print(text.report(finished))
    return text.exit_code(finished)


@app.command()
@_verb
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Run folders, two or more.")],
    phase: Annotated[str | None, typer.Option(metavar="NAME", help="One phase [the whole plan].")] = None,
    as_json: JsonOption = False,
) -> None:
    """Put runs side by side in one table."""
    from .report.comparison import comparison
    from .results.run import Run
    from .results.run import compare as side_by_side

    if len(folders) < 2:
        from .errors import InputError, Problem

        raise InputError(Problem("RUN", "one run folder", "two or more"))
    runs = [Run.open(folder) for folder in folders]
    if as_json:
        print(side_by_side(*runs).to_json(orient="split"))
    else:
        print(comparison(runs, phase))


@app.command()
@_verb
def plot(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    kind: Annotated[str, typer.Argument(help="What to draw; one that does not exist lists them.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="PNG, SVG or PDF [RUN/plots/KIND.*].")
    ] = None,
) -> None:
    """Draw a run; both PNG and SVG unless a file is named."""
    from .report.pictures import draw
    from .report.plots import KINDS
    from .results.run import Run

    _one_of("KIND", kind, tuple(KINDS))
    for path in draw(Run.open(folder), kind, out):
        print(path)


@app.command()
@_verb
def link(
    station: Annotated[str, typer.Argument(metavar="STATION", help="Station key.")],
    band: Annotated[str, typer.Option(metavar="NAME", help="s, x, ka or optical.")] = "x",
    elevation: Annotated[
        list[str] | None,
        typer.Option(metavar="ANGLE", help="Columns, at most 4 [10deg 30deg 90deg; optical from 20deg]."),
    ] = None,
    availability: Annotated[
        str, typer.Option(metavar="SHARE", help="Of an average year in which the radio budget holds.")
    ] = "99 %",
) -> None:
    """Print the budget of a link between a station and a satellite, line by line."""
    from .report import ends

    print(ends.link_text(station, band, elevation, availability))


@app.command()
@_verb
def route(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="A city, hub, station, satellite or exchange.")
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same; orbit: any computing satellite.")],
    scenario: Annotated[str, typer.Argument(help="A file or the name of a shipped scenario.")],
    at: Annotated[str, typer.Option(metavar="ISO", help="Instant in UTC, with Z.")],
    overrides: SetOption = None,
    allow_stale: StaleOption = False,
    allow_outside: OutsideOption = False,
) -> None:
    """Print the quickest route between two ends at an instant, and its latency by part."""
    from .report import ends

    print(
        ends.route_text(
            scenario, source, target, at, overrides or (), allow_outside=allow_outside,
            allow_stale=allow_stale,
        )
    )  # fmt: skip


@app.command()
@_verb
def validate(as_json: JsonOption = False) -> int:
    """Hold the physics against outside values: ours, theirs, difference, tolerance, source."""
    from . import validation
    from .runner import bar
    from .warmup import say_if_cold

    cases = validation.load()
    say_if_cold(tell)
    with bar("validate") as advance:
        done: list[object] = []

        def count(result: Any) -> None:
            done.append(result)
            advance(len(done), len(cases), result.case.part)

        results = validation.validate(cases, count)
    if as_json:
        from .results.folder import to_json

        print(to_json(validation.to_dict(results)), end="")
    else:
        print(validation.table(results))
    return 0 if validation.passed(results) else 3


@app.command()
@_verb
def warmup() -> None:
    """Compile every kernel once for this machine; later runs start at once."""
    from .warmup import say_if_cold, warm_up

    say_if_cold(tell)
    print(warm_up())


def _deliver(table: Any, csv: str | None, picture: Path | None, as_json: bool) -> None:
    from .results.folder import to_json, write_atomic

    if csv is not None and csv != "-":
        write_atomic(Path(csv), table.csv().encode())
        tell(f"{len(table)} rows in {csv}")
    if as_json:
        print(to_json(table.json()), end="")
    elif csv == "-":
        print(table.csv(), end="")
    else:
        print(table.text())
    if picture is not None:
        from .report.pictures import save

        save(table.figure(), picture)
        tell(f"drawn to {picture}")


def _check_picture(picture: Path | None) -> None:
    # a wrong name is said before the work, not after it
    if picture is not None:
        from .report.pictures import check_format

        check_format(picture)


def _shadow(name: str) -> Any:
    _one_of("--shadow", name, ("oblate-cone", "cone", "oblate-point", "point", "cylinder"))
    return name


def _size_bytes(text: str) -> float:
    from pydantic_core import PydanticCustomError

    from .errors import InputError, Problem
    from .estimate import MEMORY

    try:
        return MEMORY.parse(text)
    except PydanticCustomError as error:
        allowed = "an amount of memory with its unit"
        raise InputError(Problem("--max-memory", repr(text), allowed, 'write it like "2 GB"')) from error


def _one_of(option: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        from .errors import InputError, Problem, nearest

        raise InputError(Problem(option, repr(word), ", ".join(allowed), nearest(word, allowed)))
