"""Catalogue: hardware, sites, job classes and their sources. configs/catalog/*.toml → tables, sources."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem, nearest
from .models import HARDWARE, Batch, Ground, Scenario
from .quantities import show
from .schema import Node, labels_of, node_of, root, split_sources

Tables = dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """All shipped entries as plain tables by section, and the sources of their values by dotted path."""

    tables: dict[str, Tables]
    sources: dict[str, Tables]


def shipped_folder(name: str) -> Path:
    """Return a folder that is shipped beside the code, `configs` or `tle`: in the wheel, or one level up."""
    package = Path(__file__).resolve().parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios."""
    return tuple(sorted(path.stem for path in shipped_folder("configs").glob("*.toml")))


@functools.cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue, read once.

    Raises
    ------
    InputError
        If a file is missing or is no TOML: the installation is damaged.
    """
    tables: dict[str, Tables] = {section: {} for section in HARDWARE}
    sources: dict[str, Tables] = {}
    folder = shipped_folder("configs") / "catalog"
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise InputError(
            Problem(str(folder), "no catalogue", "the files shipped with orbitdc", "reinstall it")
        )
    for path in files:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(Problem(str(path), str(error), "a catalogue in TOML")) from error
        for section, entries in content.items():
            tables[section].update(entries)
    plain = split_sources(tables, root(Scenario), "", sources)
    return Catalogue(plain, sources)


def shipped_elements() -> dict[str, Path]:
    """Return the shipped files of element sets by stem."""
    return {path.stem: path for path in sorted(shipped_folder("tle").glob("*.tle"))}


def element_file(elements: str) -> Path:
    """Return the file of element sets that an orbit names: the stem of a shipped one, or a path."""
    return shipped_elements().get(elements, Path(elements))


# --- a scenario's own entries on top of the catalogue -----------------------------------------------------


@dataclass(frozen=True)
class Entries:
    """Hardware tables of a scenario by section and name, catalogue included.

    `origins` tells which entry stands behind another (dotted path -> dotted path): itself in the
    catalogue, or the one it was made from with `like`.
    """

    tables: dict[str, Tables]
    origins: dict[str, str]
    own: frozenset[str]
    """Dotted paths of the entries that the scenario itself writes."""


def shipped_entries(tables: dict[str, Tables], own: dict[str, Tables]) -> Entries:
    """Return complete entries of a resolved scenario, with the catalogue behind them."""
    merged = {section: {**tables.get(section, {}), **own.get(section, {})} for section in HARDWARE}
    origins = {
        f"{section}.{name}": f"{section}.{name}"
        for section in HARDWARE
        for name in tables.get(section, {})
        if name not in own.get(section, {})
    }
    return Entries(merged, origins, frozenset())


def merge(document: Tables, shipped: dict[str, Tables], place: str) -> tuple[Entries, list[Problem]]:
    """Lay a scenario's own hardware tables over the catalogue.

    Parameters
    ----------
    document : plain tables of the scenario, without sources.
    shipped : tables of the catalogue, or none for a scenario that is complete in itself.
    place : file, for messages.
    """
    merged = {section: dict(shipped.get(section, {})) for section in HARDWARE}
    origins = {f"{section}.{name}": f"{section}.{name}" for section in HARDWARE for name in merged[section]}
    problems: list[Problem] = []
    own: set[str] = set()
    for section in HARDWARE:
        entries = document.get(section, {})
        if not isinstance(entries, dict):
            problems.append(Problem(f"{place}: {section}", show(entries), f"tables [{section}.NAME]"))
            continue
        node = node_of(Scenario.model_fields[section]).item
        for name, entry in entries.items():
            here = f"{section}.{name}"
            own.add(here)
            if not isinstance(entry, dict):
                problems.append(Problem(f"{place}: {here}", show(entry), f"a table [{here}]"))
                continue
            base: Tables = merged[section].get(name, {})
            if "like" in entry:
                like = entry["like"]
                if not isinstance(like, str) or like not in merged[section]:
                    hint = nearest(str(like)[:80], merged[section])
                    problems.append(
                        Problem(f"{place}: {here}.like", show(like), f"an entry of {section}", hint)
                    )
                    continue
                base = merged[section][like]
                origins[here] = origins.get(f"{section}.{like}", f"{section}.{like}")
            changes = {key: value for key, value in entry.items() if key != "like"}
            merged[section][name] = overlay(base, changes, node)
    return Entries(merged, origins, frozenset(own)), problems


def overlay(base: Tables, changes: Tables, node: Node | None) -> Tables:
    """Return base with changes laid over it, table by table; a map of plain values is replaced whole."""
    result = dict(base)
    for key, value in changes.items():
        child = node.child(key) if node else None
        into = result.get(key)
        item = child.item if child is not None and child.shape == "map" else None
        if isinstance(value, dict) and isinstance(into, dict) and not (item and item.shape == "leaf"):
            result[key] = overlay(into, value, child)
        else:
            result[key] = value
    return result


# --- which entries a scenario names -------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """A place where a scenario names an entry that does not exist."""

    path: str
    section: str
    name: str


def named(document: Tables, entries: Entries) -> tuple[dict[str, Tables], list[Missing]]:
    """Return the entries a scenario reaches, in the order it names them, and the names that do not exist."""
    used: dict[str, Tables] = {section: {} for section in HARDWARE}
    missing: dict[Missing, None] = {}

    def use(path: str, section: str, name: object) -> Tables:
        if not isinstance(name, str):
            return {}  # another type, or absent: the models refuse it
        if name not in entries.tables[section]:
            missing[Missing(path, section, name)] = None
            return {}
        used[section][name] = entries.tables[section][name]
        return _table(used[section][name])

    def use_job(path: str, name: object) -> None:
        job = use(path, "job", name)
        use(f"job.{name}.profile", "profile", job.get("profile"))
        for city in _table(job.get("origins")):
            use(f"job.{name}.origins.{city}", "city", city)

    def use_card(path: str, name: object) -> None:
        entry = use(path, "accelerator", name)
        use(f"accelerator.{name}.unrestricted", "accelerator", entry.get("unrestricted"))

    ground = _table(document.get("ground"))
    for key, section in (("stations", "station"), ("hubs", "hub")):
        for index, name in enumerate(_list(ground.get(key))):
            entry = use(f"ground.{key}.{index}", section, name)
            if section == "hub":
                use(f"hub.{name}.cooling", "cooling", entry.get("cooling"))
            if section == "station":
                use(f"station.{name}.telescope", "telescope", entry.get("telescope"))
    use_card("ground.accelerator", ground.get("accelerator", Ground.model_fields["accelerator"].default))
    for index, name in enumerate(_list(_table(document.get("network")).get("relays"))):
        use(f"network.relays.{index}", "relay", name)
    for label, phase in _labelled(document.get("phase")):
        for inner, batch in _labelled(phase.get("batch")):
            here = f"phase.{label}.batch.{inner}"
            craft = use(f"{here}.spacecraft", "spacecraft", batch.get("spacecraft"))
            use(f"{here}.launcher", "launcher", batch.get("launcher", Batch.model_fields["launcher"].default))
            terminal = _table(craft.get("lasers")).get("terminal")
            use(f"spacecraft.{batch.get('spacecraft')}.lasers.terminal", "laser", terminal)
            use(f"spacecraft.{batch.get('spacecraft')}.downlaser", "downlaser", craft.get("downlaser"))
            card = _table(craft.get("compute")).get("accelerator")
            use_card(f"spacecraft.{batch.get('spacecraft')}.compute.accelerator", card)
        for name in _table(phase.get("demand")):
            use_job(f"phase.{label}.demand.{name}", name)
    trace = _table(_table(document.get("workload")).get("trace"))
    use_job("workload.trace.like", trace.get("like"))
    return used, list(missing)


def _table(value: object) -> Tables:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _labelled(value: object) -> list[tuple[str, Tables]]:
    items = _list(value)
    labels = labels_of(items)
    return [(label, item) for label, item in zip(labels, items, strict=True) if isinstance(item, dict)]
