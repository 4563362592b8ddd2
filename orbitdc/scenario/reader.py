"""Reader: a scenario file or the name of a shipped one, and overrides → `Scenario`, or every problem."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import InputError, Problem, nearest
from .catalogue import (
    Entries,
    catalogue,
    merge,
    named,
    scenario_names,
    shipped_elements,
    shipped_entries,
    shipped_folder,
)
from .models import HARDWARE, Scenario, Source
from .overrides import apply, parse_assignment
from .quantities import PROBLEM, Kind, show
from .schema import Node, labels_of, root, split_sources, to_tables

Tables = dict[str, Any]

MAX_BYTES = 4_000_000


def load(source: str | Path, overrides: Sequence[str] = (), *, allow_outside: bool = False) -> Scenario:
    """Read a scenario and everything it names.

    Parameters
    ----------
    source : path of a TOML file, or the name of a shipped scenario.
    overrides : `path=value` each, as for `--set`.
    allow_outside : let the file name element sets outside its own folder.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        With every problem of the file: place, what was found, what is allowed, the nearest match.

    Examples
    --------
    >>> load("beijing-2035", ["seed=7"]).seed
    7
    """
    path = _find(source)
    place = path.name
    document = _parse(_read(path), place)
    sources: Tables = {}
    document = split_sources(document, root(Scenario), "", sources)
    mode = document.pop("catalog", "shipped")
    problems: list[Problem] = []
    if mode not in ("shipped", "none"):
        problems.append(
            Problem(f"{place}: catalog", show(mode), "shipped, none", nearest(str(mode)[:80], ["shipped"]))
        )
    if "sources" in document:
        del document["sources"]
        allowed = "sources beside their values: { value = ..., year = ..., source = ..., confidence = ... }"
        problems.append(Problem(f"{place}: sources", "an unknown key", allowed))
    entries, found = merge(document, catalogue().tables if mode != "none" else {}, place)
    problems += found + _bad_sources(sources, place)
    assignments = [parse_assignment(text) for text in overrides]
    return _resolve(document, entries, sources, assignments, place, problems, path.parent, allow_outside)


def replaced(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    """Return the scenario with values at dotted paths changed; see `Scenario.replace`."""
    document = to_tables(scenario)
    own = {section: document[section] for section in HARDWARE}
    entries = shipped_entries(catalogue().tables, own)
    sources = {path: one.model_dump(exclude_none=True) for path, one in scenario.sources.items()}
    items = [(path, _plain(value)) for path, value in changes.items()]
    return _resolve(document, entries, sources, items, "replace", [], None, True)


def _plain(value: object) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- the file -----------------------------------------------------------------------------------------------


def _find(source: str | Path) -> Path:
    names = scenario_names()
    if isinstance(source, str) and source in names:
        return shipped_folder("configs") / f"{source}.toml"
    path = Path(source)
    try:
        if path.is_file():
            return path
        found = "a folder" if path.is_dir() else "no such file"
    except (OSError, ValueError):  # a name too long, or with a null byte
        found = "no such file"
    allowed = "a scenario file, or one of " + ", ".join(names)
    raise InputError(Problem(show(str(source)).strip('"'), found, allowed, _close(path.stem, names)))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(Problem(path.name, f"{path.stat().st_size} bytes", f"at most {MAX_BYTES} bytes"))
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(path.name, f"a byte that is no UTF-8, number {error.start}", "TOML in UTF-8")
        ) from error
    except OSError as error:
        raise InputError(
            Problem(path.name, error.strerror or str(error), "a file that can be read")
        ) from error


def _parse(text: str, place: str) -> Tables:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise InputError(Problem(place, "brackets nested too deep", "TOML")) from error
    except ValueError as error:
        where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        message = str(error).split(" (at ")[0]
        here = f"{place}:{where.group(1)}:{where.group(2)}" if where else place
        twice = message.startswith(("Cannot overwrite", "Cannot declare"))
        found = "a key written twice" if twice else message[0].lower() + message[1:]
        hint = "text with a unit goes in quotes" if "after a statement" in message else ""
        raise InputError(Problem(here, found, "TOML", hint)) from error


def _bad_sources(sources: Tables, place: str) -> list[Problem]:
    problems = []
    for path, source in sources.items():
        try:
            Source.model_validate(source)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or (first.get("ctx") or {}).get("key", "")
            allowed = "year, source, confidence (cited, measured, estimate or, with a range, assumed)"
            problems.append(Problem(f"{place}: {path}.{key}", show(source.get(key)), allowed))
    return problems


# --- from tables to the scenario ----------------------------------------------------------------------------


def _resolve(
    document: Tables,
    entries: Entries,
    sources: Tables,
    assignments: Iterable[tuple[str, Any]],
    place: str,
    problems: list[Problem],
    folder: Path | None,
    allow_outside: bool,
) -> Scenario:
    """Apply the assignments, keep the entries that are named, and validate; raise all problems together."""
    tables = copy.deepcopy({**document, **entries.tables})
    changed: list[str] = []
    explicit: list[str] = []
    for path, value in assignments:
        try:
            done = apply(tables, path, copy.deepcopy(value))
            changed += done
            explicit += [] if "*" in path.split(".") else done  # `*` also reaches entries out of use
        except InputError as error:
            problems += [
                Problem(f"--set {p.place}", p.found, p.allowed, p.suggestion) for p in error.problems
            ]
    entries = Entries({section: tables[section] for section in HARDWARE}, entries.origins, entries.own)
    used, missing = named(tables, entries)
    for reference in missing:
        hint = nearest(reference.name[:80], entries.tables[reference.section])
        allowed = f"an entry of {reference.section}"
        problems.append(Problem(_place(reference.path, place, changed), show(reference.name), allowed, hint))
    problems += _unused(entries, used, document, explicit, place)
    tables.update(used)
    problems += _locate_files(tables, folder, allow_outside, place, changed)
    scenario = None
    try:
        scenario = Scenario.model_validate(tables)
    except ValidationError as error:
        problems += _readable(error, tables, place, changed)
    if scenario is None or problems:
        raise InputError(*dict.fromkeys(problems))
    kept = _sources_of(tables, sources, entries, changed, document)
    return scenario.model_copy(update={"sources": kept})


def _place(path: str, place: str, changed: Sequence[str]) -> str:
    """Return where a problem is: in the file, or in the `--set` that put it there."""
    by_hand = any(path == one or path.startswith(one + ".") for one in changed)
    return f"--set {path}" if by_hand and place != "replace" else f"{place}: {path}"


def _unused(
    entries: Entries, used: dict[str, Tables], document: Tables, changed: Sequence[str], place: str
) -> list[Problem]:
    """Refuse entries that nothing names: they would change no output."""
    behind = {entries.origins.get(f"{section}.{name}") for section in used for name in used[section]}
    problems = []
    for path in sorted(entries.own):
        section, name = path.split(".", 1)
        as_base = path in behind or any(
            isinstance(entry, dict) and entry.get("like") == name for entry in document[section].values()
        )
        if name not in used[section] and not as_base:
            hint = nearest(name, used[section])
            problems.append(
                Problem(f"{place}: {path}", "an entry that nothing names", "entries in use", hint)
            )
    for one in changed:
        section, _, rest = one.partition(".")
        name = rest.split(".")[0]
        if section in HARDWARE and name not in used[section]:
            hint = nearest(name, used[section])
            problems.append(Problem(f"--set {one}", "an entry that nothing names", "entries in use", hint))
    return problems


def _locate_files(
    tables: Tables, folder: Path | None, allow_outside: bool, place: str, changed: Sequence[str]
) -> list[Problem]:
    """Leave stems of shipped element sets as they are and make other files full paths, in place."""
    problems = []
    stems = shipped_elements()
    home = (folder or Path()).resolve()
    for path, holder, key in _named_files(tables):
        text = holder.get(key)
        is_elements = key == "elements"
        if not isinstance(text, str) or (is_elements and text in stems):
            continue
        here = _place(f"{path}.{key}", place, changed)
        try:
            file = (home / text).resolve()
            exists = file.is_file()
        except (OSError, ValueError, RuntimeError):  # too long, a null byte, a circle of links
            exists = False
        if not exists:
            allowed = "a file beside the scenario"
            allowed = f"the stem of a file in tle/, or {allowed}" if is_elements else allowed
            hint = nearest(text[:80], stems) if is_elements else ""
            problems.append(Problem(here, show(text), allowed, hint))
        elif not allow_outside and not file.is_relative_to(home):
            hint = "pass --allow-outside if you trust this file"
            problems.append(Problem(here, show(text), "a file in the scenario's own folder", hint))
        else:
            holder[key] = str(file)
    return problems


def _named_files(tables: Tables) -> Iterator[tuple[str, Tables, str]]:
    """Yield the dotted path of each table that may name a file, the table, and the key."""
    phases = tables.get("phase")
    for path, orbit in _orbits(phases if isinstance(phases, list) else []):
        yield path, orbit, "elements"
    workload = tables.get("workload")
    trace = workload.get("trace") if isinstance(workload, dict) else None
    if isinstance(trace, dict):
        yield "workload.trace", trace, "file"
    network = tables.get("network")
    if isinstance(network, dict):
        yield "network", network, "fibre_nodes"
        yield "network", network, "fibre_lines"


def _orbits(phases: list[Any]) -> Iterator[tuple[str, Tables]]:
    for label, phase in zip(labels_of(phases), phases, strict=True):
        batches = phase.get("batch") if isinstance(phase, dict) else None
        if not isinstance(batches, list):
            continue
        for inner, batch in zip(labels_of(batches), batches, strict=True):
            orbit = batch.get("orbit") if isinstance(batch, dict) else None
            if isinstance(orbit, dict):
                yield f"phase.{label}.batch.{inner}.orbit", orbit


# --- where each value comes from ----------------------------------------------------------------------------


def _sources_of(
    tables: Tables, sources: Tables, entries: Entries, changed: Sequence[str], document: Tables
) -> dict[str, Source]:
    """Return the sources of the values in use: the scenario's own, else the catalogue's."""
    shipped = catalogue().sources
    by_hand = set(changed)
    found: dict[str, Source] = {}
    for path in _leaves(tables, ""):
        if path in by_hand:
            continue
        source = sources.get(path)
        if source is None and not _written(document, path):
            entry, inner = ".".join(path.split(".")[:2]), path.split(".")[2:]
            source = shipped.get(".".join([entries.origins.get(entry, entry), *inner]))
        if source is not None:
            found[path] = Source.model_validate(source)
    return found


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Yield the dotted paths of all values, and of the tables that may carry one source for all they hold."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for label, one in zip(labels_of(value), value, strict=True):
            yield from _leaves(one, f"{path}.{label}")


def _written(document: Tables, path: str) -> bool:
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


# --- what pydantic says, in our words -----------------------------------------------------------------------


def _readable(error: ValidationError, tables: Tables, place: str, changed: Sequence[str]) -> list[Problem]:
    problems = []
    for one in error.errors(include_url=False):
        path, parent, node, raw = _follow(tables, one["loc"])
        if one["type"] == "too_short" and raw:
            continue  # pydantic counts only the good items: a list with one bad item is not too short
        key = (one.get("ctx") or {}).get("key") if one["type"] == PROBLEM else ""
        here = _place(".".join(part for part in (path, key) if part), place, changed)
        problems.append(_one(dict(one), here, parent, node, raw))
    return problems


def _one(error: Tables, here: str, parent: Node | None, node: Node | None, raw: Any) -> Problem:
    context, kind = error.get("ctx") or {}, error["type"]
    if kind == PROBLEM:
        allowed = context["allowed"]
        if node is not None and node.bounds and isinstance(node.kind, Kind) and " to " in allowed:
            allowed = node.allowed(raw)  # the field's own bounds are tighter than those of its kind
        return Problem(here, context["found"], allowed, context["suggestion"])
    if kind == "extra_forbidden":
        keys = [key for key in parent.fields if key != "sources"] if parent else []
        return Problem(
            here, "an unknown key", "one of " + ", ".join(keys), _close(str(error["loc"][-1]), keys)
        )
    if kind == "missing":
        needs = (
            ", ".join(key for key, (_, field) in node.fields.items() if field.is_required()) if node else ""
        )
        allowed = f"a table with {needs}" if needs else node.allowed(None) if node else "a value"
        return Problem(here, "nothing", allowed)
    if kind == "literal_error":
        choices = node.choices if node else ()
        return Problem(here, show(raw), ", ".join(choices), _close(str(raw)[:80], choices))
    said = {
        "too_short": "at least one entry",
        "string_too_short": "text in quotes, not empty",
        "bool_type": "true or false, without quotes",
    }
    allowed = said.get(kind) or (node.allowed(raw) if node else "")
    return Problem(here, show(raw), allowed or str(error["msg"]))


def _close(word: str, choices: Iterable[str]) -> str:
    hint = nearest(word[:80], choices)
    return hint if hint.startswith("did you mean") else ""


def _follow(tables: Tables, loc: Sequence[Any]) -> tuple[str, Node | None, Node | None, Any]:
    """Return dotted path, the node around the last key, the node of the last key and its value as written."""
    parts: list[str] = []
    loc = [part for part in loc if part != "[key]"]
    value: Any = tables
    parent: Node | None = None
    node: Node | None = root(Scenario)
    for step in loc:
        parent, node = node, node.child(str(step)) if node else None
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            parts.append(labels_of(value)[step])
            value = value[step]
        else:
            parts.append(str(step))
            value = value.get(step) if isinstance(value, dict) else None
    return ".".join(parts), parent, node, value
