"""Schema: the models seen as a tree of keys. Model class → what may stand under each key.

Reader, overrides and writer walk this tree, so that none of them repeats what the models say.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .models import Model
from .quantities import ClockKind, InstantKind, Kind, key_of

AnyKind = Kind | ClockKind | InstantKind
Bounds = tuple[tuple[str, float], ...]

PROVENANCE_KEYS = frozenset({"value", "year", "source", "confidence", "range"})


@dataclass(frozen=True)
class Node:
    """What may stand under a key: a `table` of a model, a `list`, a `map` of free keys, or a `leaf`."""

    shape: Literal["table", "list", "map", "leaf"]
    doc: str = ""
    model: type[BaseModel] | None = None
    item: Node | None = None
    """Of a list or a map."""
    kind: AnyKind | None = None
    """Of a leaf that is a quantity, a local time or an instant."""
    bounds: Bounds = ()
    choices: tuple[str, ...] = ()
    noun: str = ""
    """Of a leaf without unit: what it is."""

    @property
    def fields(self) -> dict[str, tuple[str, FieldInfo]]:
        """Key -> (attribute, field) of a table."""
        return _fields(self.model) if self.model else {}

    def child(self, key: str) -> Node | None:
        """Return what may stand under a key of a table or map, or any item of a list; None if nothing."""
        if self.shape in ("list", "map"):
            return self.item
        found = self.fields.get(key)
        return node_of(found[1]) if found else None

    def allowed(self, found: object) -> str:
        """Return in words what may stand here, bounds in the unit of what was found."""
        if self.choices:
            return ", ".join(self.choices)
        if self.bounds and isinstance(self.kind, Kind):
            return self.kind.interval(found, self.bounds)
        if self.kind is not None:
            return self.kind.allowed
        if self.noun:
            limits = [f"{_WORDS[sign]} {bound:g}" for sign, bound in self.bounds]
            return ", ".join([self.noun, *([" and ".join(limits)] if limits else [])])
        return {"table": "a table of keys", "map": "a table of keys", "list": "a list"}.get(self.shape, "")

    def text(self, value: Any) -> Any:
        """Return a leaf's value as TOML holds it: quantities as text, the rest as it is."""
        if isinstance(self.kind, Kind | ClockKind):
            return self.kind.text(value)
        return value


_WORDS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_NOUNS = {int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false"}
_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@functools.cache
def _fields(model: type[BaseModel]) -> dict[str, tuple[str, FieldInfo]]:
    return {field.alias or key_of(name): (name, field) for name, field in model.model_fields.items()}


@functools.cache
def root(model: type[BaseModel]) -> Node:
    """Return the tree of a model."""
    return Node("table", doc=(model.__doc__ or "").strip(), model=model)


def node_of(field: FieldInfo) -> Node:
    """Return what may stand under one field."""
    return _node(field.annotation, field.metadata, field.description or "")


def _node(annotation: Any, metadata: Sequence[Any], doc: str) -> Node:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _node(arguments[0], [*arguments[1:], *metadata], doc)
    if origin in (typing.Union, types.UnionType):
        real = next(one for one in arguments if one is not type(None))
        return _node(real, metadata, doc)
    if origin is tuple:
        return Node("list", doc, item=_node(arguments[0], [], doc), bounds=_bounds(metadata))
    if origin is dict:
        return Node("map", doc, item=_node(arguments[1], [], doc), choices=_choices(arguments[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Node("table", doc, model=annotation)
    kind = next((one for one in metadata if isinstance(one, Kind | ClockKind | InstantKind)), None)
    noun = _NOUNS.get(annotation, "")
    return Node("leaf", doc, kind=kind, bounds=_bounds(metadata), choices=_choices(annotation), noun=noun)


def _bounds(metadata: Sequence[Any]) -> Bounds:
    found: list[tuple[str, float]] = []
    for one in metadata:
        for name, sign in _SIGNS.items():
            bound = getattr(one, name, None)
            if bound is not None:
                found.append((sign, float(bound)))
    return tuple(found)


def _choices(annotation: Any) -> tuple[str, ...]:
    return typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()


# --- one scenario or catalogue as plain tables --------------------------------------------------------------


def is_sourced(value: object) -> bool:
    """Return whether a table is a value with its source beside it, `{ value = ..., source = ... }`."""
    return (
        isinstance(value, Mapping) and "value" in value and set(value) <= PROVENANCE_KEYS and len(value) > 1
    )


def split_sources(table: Any, node: Node | None, path: str, sources: dict[str, Any]) -> Any:
    """Return a copy of plain tables without sources; what is taken out goes to `sources` by dotted path."""
    ends_here = node is None or node.shape != "table"
    if ends_here and is_sourced(table):
        sources[path] = {key: value for key, value in table.items() if key != "value"}
        table = table["value"]
    if isinstance(table, Mapping):
        return {
            key: split_sources(
                value, node.child(key) if node else None, f"{path}.{key}" if path else key, sources
            )
            for key, value in table.items()
        }
    if isinstance(table, list):
        labels = labels_of(table)
        item = node.child("") if node else None
        return [
            split_sources(value, item, f"{path}.{label}", sources)
            for label, value in zip(labels, table, strict=True)
        ]
    return table


def labels_of(items: Sequence[Any]) -> list[str]:
    """Return how dotted paths name the items of a list: by a `name` of their own, or by index."""
    names = [item.get("name") if isinstance(item, Mapping) else getattr(item, "name", None) for item in items]
    return [
        name if isinstance(name, str) and names.count(name) == 1 else str(index)
        for index, name in enumerate(names)
    ]


def to_tables(model: Model) -> dict[str, Any]:
    """Return a model as plain tables, as TOML would be read: the inverse of validation."""
    tables: dict[str, Any] = {}
    for key, (attribute, field) in _fields(type(model)).items():
        value = getattr(model, attribute)
        if value is not None and attribute != "sources":
            tables[key] = _plain(value, node_of(field))
    return tables


def _plain(value: Any, node: Node) -> Any:
    if isinstance(value, Model):
        return to_tables(value)
    if isinstance(value, Mapping) and node.item:
        return {key: _plain(one, node.item) for key, one in value.items()}
    if isinstance(value, tuple) and node.item:
        return [_plain(one, node.item) for one in value]
    if isinstance(value, datetime):
        return value
    return node.text(value)
