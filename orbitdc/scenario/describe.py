"""Describe: a resolved scenario as TOML that is read back equal, and where each of its values comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from .models import HARDWARE, Orbit, Scenario, Source
from .quantities import INSTANT
from .schema import Node, labels_of, node_of, to_tables

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

HEAD = """\
# A resolved scenario: every value in use, catalogue entries included. Run it again with
#     orbitdc run scenario.toml
"""


@dataclass(frozen=True, slots=True)
class Provenance:
    """One value of a scenario and where it comes from."""

    path: str
    value: str
    year: int | None
    source: str
    confidence: str
    """cited, measured, estimate, assumed; without a source: `choice` of a name, `scenario`, `default`."""


def provenance(scenario: Scenario) -> tuple[Provenance, ...]:
    """Return every value of a scenario with its source, defaults of the program included.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Provenance
        In the order of the resolved file.
    """
    rows: list[Provenance] = []
    for path, value, is_default, node in _values(scenario, ""):
        origin = _source_of(scenario, path)
        if origin is not None:
            rows.append(Provenance(path, value, origin.year, origin.words, origin.confidence))
        elif is_default:
            rows.append(Provenance(path, value, None, node.doc, "default"))
        else:
            is_choice = path.split(".")[0] in HARDWARE and node.kind is None
            rows.append(Provenance(path, value, None, "", "choice" if is_choice else "scenario"))
    return tuple(rows)


def _source_of(scenario: Scenario, path: str) -> Source | None:
    """Return the source of a value, or of the table around it that carries one for all."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        found = scenario.sources.get(".".join(parts[:length]))
        if found is not None:
            return found
    return None


def _values(model: BaseModel, path: str) -> Iterator[tuple[str, str, bool, Node]]:
    """Yield dotted path, text, whether nobody wrote it, and what it is, of every value below a model."""
    for attribute, field in type(model).model_fields.items():
        value = getattr(model, attribute)
        unread = isinstance(model, Orbit) and attribute not in model.reads
        if attribute == "sources" or value is None or unread:
            continue
        node = node_of(field)
        here = f"{path}.{field.alias}" if path else str(field.alias)
        is_default = attribute not in model.model_fields_set
        if isinstance(value, BaseModel):
            yield from _values(value, here)
        elif isinstance(value, Mapping) and node.item is not None:
            for key, one in value.items():
                if isinstance(one, BaseModel):
                    yield from _values(one, f"{here}.{key}")
                else:
                    yield f"{here}.{key}", _shown(node.item.text(one)), is_default, node.item
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for label, one in zip(labels_of(value), value, strict=True):
                yield from _values(one, f"{here}.{label}")
        else:
            plain = (
                [node.item.text(one) for one in value] if isinstance(value, tuple) and node.item else value
            )
            yield here, _shown(node.text(plain)), is_default, node


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return INSTANT.text(value)
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def to_toml(scenario: Scenario) -> str:
    """Return the resolved scenario as TOML; reading it gives an equal scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    str
        Complete in itself: it draws on no catalogue. Sources stand beside their values.
    """
    tables = to_tables(scenario)
    sources = {path: source.model_dump(exclude_none=True) for path, source in scenario.sources.items()}
    ordered = {key: value for key, value in tables.items() if key not in HARDWARE}
    lines = [HEAD.rstrip(), "", 'catalog = "none"', ""]
    lines += _table({**ordered, **{key: tables[key] for key in HARDWARE}}, "", "", sources)
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Mapping[str, Any], header: str, path: str, sources: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: its own values first, then the tables below it."""
    below: list[tuple[str, Any]] = []
    for key, value in table.items():
        here = f"{path}.{key}" if path else key
        sourced = here in sources
        if not sourced and (isinstance(value, Mapping) or _is_list_of_tables(value)):
            below.append((key, value))
        else:
            yield f"{_key(key)} = {_sourced(value, sources.get(here))}"
    for key, value in below:
        here = f"{path}.{key}" if path else key
        inner = f"{header}.{_key(key)}" if header else _key(key)
        if isinstance(value, Mapping):
            yield from _below(value, inner, here, sources)
            continue
        for label, item in zip(labels_of(value), value, strict=True):
            yield ""
            yield f"[[{inner}]]"
            yield from _table(item, inner, f"{here}.{label}", sources)


def _below(value: Mapping[str, Any], header: str, path: str, sources: Mapping[str, Any]) -> Iterator[str]:
    only_tables = value and all(isinstance(one, Mapping) for one in value.values())
    if not only_tables:
        yield ""
        yield f"[{header}]"
    yield from _table(value, header, path, sources)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _sourced(value: Any, source: Mapping[str, Any] | None) -> str:
    if source is None:
        return _value(value)
    return _value({"value": value, **source})


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return INSTANT.text(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
