"""Overrides: dotted paths with new values, for `--set` and `replace`. Tables, changes → changed tables."""

from __future__ import annotations

import tomllib
from typing import Any

from ..errors import InputError, Problem, nearest
from .models import Scenario
from .quantities import show
from .schema import Node, labels_of, root

Tables = dict[str, Any]


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return path and value of `path=value`; the value is TOML, and a bare word is a string.

    >>> parse_assignment("spacecraft.*.radiator.area=180 m2")
    ('spacecraft.*.radiator.area', '180 m2')
    >>> parse_assignment("phase.2025-2027.batch.chenguang-1.count=20")
    ('phase.2025-2027.batch.chenguang-1.count', 20)
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        allowed = "PATH=VALUE, such as spacecraft.*.radiator.area=180 m2"
        raise InputError(Problem("--set", show(text), allowed))
    return path.strip(), _value(value.strip())


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if list(parsed) == ["value"] else text


def apply(tables: Tables, path: str, value: Any) -> list[str]:
    """Set the value at a dotted path, in place.

    Parameters
    ----------
    tables : plain tables of a whole scenario, catalogue entries included.
    path : keys by name, list items by `name` or index, `*` for all of them.
    value : as TOML would give it.

    Returns
    -------
    list of str
        The dotted paths that were set; `*` sets only where the table around the last key exists.

    Raises
    ------
    InputError
        If nothing is at the path; it lists the nearest keys.
    """
    parts = path.split(".")
    changed: list[str] = []
    _descend(tables, root(Scenario), parts, "", value, changed)
    if not changed:
        raise InputError(Problem(path, "no entry with these keys", "a path that exists in some entry"))
    return changed


def _descend(
    holder: Any,
    node: Node,
    parts: list[str],
    done: str,
    value: Any,
    changed: list[str],
    *,
    many: bool = False,
) -> None:
    key, rest = parts[0], parts[1:]
    child_choices = _choices(holder, node)
    if key == "*":
        for choice in (
            child_choices if node.shape != "table" else [one for one in child_choices if one in holder]
        ):
            _descend(holder, node, [choice, *rest], done, value, changed, many=True)
        return
    here = f"{done}.{key}" if done else key
    child = node.child(key)
    if child is None or not _reachable(holder, node, key, child_choices, last=not rest):
        if many and child is not None:
            return
        raise InputError(
            Problem(here, "no such key", f"a key of {done or 'the scenario'}", nearest(key, child_choices))
        )
    slot: Any = _index(holder, key) if node.shape == "list" else key
    if not rest:
        holder[slot] = value
        changed.append(here)
        return
    if child.shape == "leaf":
        raise InputError(Problem(".".join([here, *rest]), "keys below a value", f"{here}, which is a value"))
    if node.shape != "list" and key not in holder:
        if many:
            return
        holder[key] = [] if child.shape == "list" else {}
    if not isinstance(holder[slot], list if child.shape == "list" else dict):
        raise InputError(Problem(here, show(holder[slot]), child.allowed(None)))
    _descend(holder[slot], child, rest, here, value, changed, many=many)


def _choices(holder: Any, node: Node) -> list[str]:
    if node.shape == "list":
        return labels_of(holder)
    if node.shape == "table":
        return [key for key in node.fields if key != "sources"]
    return list(node.choices) + [key for key in holder if key not in node.choices]


def _reachable(holder: Any, node: Node, key: str, choices: list[str], *, last: bool) -> bool:
    if node.shape == "list":
        return _index(holder, key) is not None
    if node.shape == "map" and last and node.item is not None and node.item.shape == "leaf":
        return True  # a new demand, a new origin: any key may be added
    return key in choices


def _index(holder: list[Any], key: str) -> int | None:
    labels = labels_of(holder)
    if key in labels:
        return labels.index(key)
    return int(key) if key.isascii() and key.isdigit() and len(key) < 6 and int(key) < len(holder) else None
