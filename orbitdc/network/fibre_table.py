"""Exchange points and named lines of the backbone with their dates. Two tables in CSV → `FibreTable`."""

from __future__ import annotations

import csv
import functools
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TypeVar

from ..errors import InputError, Problem, nearest

EXCHANGES = frozenset({"core", "backbone_point", "new_type_exchange"})
"""Kinds of node where networks meet; any two in service are joined by a trunk."""

GATEWAY = "international_gateway"
ABROAD = "abroad"
KINDS = (*sorted(EXCHANGES), GATEWAY, "line_end", ABROAD)
DIRECTIONS = ("", "one-way", "round-trip", "either")


@dataclass(frozen=True)
class Node:
    """A place of the backbone; `opened` is its first day in service, None if it never serves here."""

    name: str
    kind: str
    lat_deg: float
    lon_deg: float
    opened: date | None
    source: str

    def serves(self, when: date) -> bool:
        """Tell whether it is in service on a day."""
        return self.opened is not None and self.opened <= when


@dataclass(frozen=True)
class Line:
    """A line reported by name.

    `capacity_bit_per_s` None: not published. `published_ms` is a reported latency, `direction` what it is:
    one-way, round-trip, or either where the report does not say.
    """

    a: str
    b: str
    opened: date | None
    capacity_bit_per_s: float | None
    published_ms: float | None
    direction: str
    source: str

    def serves(self, when: date) -> bool:
        """Tell whether it is in service on a day."""
        return self.opened is not None and self.opened <= when


@dataclass(frozen=True)
class FibreTable:
    """The backbone through the years: nodes and named lines, in the order of their files."""

    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


NODES, LINES = "fibre_nodes.csv", "fibre_lines.csv"


def table_of(nodes: str | None, lines: str | None, places: tuple[str, ...] = ()) -> FibreTable:
    """Return the backbone of a scenario: its own tables, files, in place of the shipped ones.

    Parameters
    ----------
    nodes, lines : str or None
        Paths of the scenario's own tables, None for the shipped one.
    places : tuple of str
        Cities, clusters and stations of the scenario: lines may end there too.

    Raises
    ------
    InputError
        A file that cannot be read, and all that `read_table` refuses.

    Examples
    --------
    >>> table_of(None, None) is shipped_table()
    True
    """
    if nodes is None and lines is None:
        return shipped_table()
    names = (nodes or NODES, lines or LINES)
    texts = [
        _shipped(name) if file is None else _own(file) for name, file in ((NODES, nodes), (LINES, lines))
    ]
    return _read(texts[0], texts[1], *names, places)


def _shipped(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _own(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(file, f"a file that cannot be read: {error}", "a table in UTF-8")) from error


@functools.cache
def shipped_table() -> FibreTable:
    """Return the backbone of China as the package ships it.

    >>> table = shipped_table()
    >>> sum(node.kind == "core" for node in table.nodes), len(table.lines)
    (3, 22)
    """
    return read_table(_shipped(NODES), _shipped(LINES), NODES, LINES)


def read_table(
    nodes_text: str,
    lines_text: str,
    nodes_place: str = "nodes",
    lines_place: str = "lines",
    places: tuple[str, ...] = (),
) -> FibreTable:
    r"""Return the backbone written in two tables.

    Parameters
    ----------
    nodes_text : str
        CSV with the columns name, kind, lat_deg, lon_deg, opened, opened_is, source; lines with `#` are
        comments; `opened` is an ISO date or empty.
    lines_text : str
        CSV with the columns a, b, opened, opened_is, capacity_bit_per_s, published_ms, direction, source,
        note.
    nodes_place, lines_place : str
        Names of both, for messages.
    places : tuple of str, optional
        Names beside those of the nodes at which lines may end.

    Returns
    -------
    FibreTable

    Raises
    ------
    InputError
        Everything wrong with both tables at once: a column missing, a kind, number or date that is none, a
        name twice, a line from or to an unknown node or onto itself.

    Examples
    --------
    >>> nodes = "name,kind,lat_deg,lon_deg,opened,opened_is,source\nBeijing,core,39.9,116.4,2000-01-01,,\n"
    >>> lines = "a,b,opened,opened_is,capacity_bit_per_s,published_ms,direction,source,note\n"
    >>> read_table(nodes, lines).nodes[0].opened.year
    2000
    """
    problems: list[Problem] = []
    nodes = []
    for row in _rows(nodes_text, nodes_place, _NODE_COLUMNS, problems):
        kind = row.one_of("kind", KINDS)
        lat_deg, lon_deg = row.number("lat_deg", -90.0, 90.0), row.number("lon_deg", -180.0, 360.0)
        nodes.append(Node(row["name"], kind, lat_deg, lon_deg, row.day("opened"), row["source"]))
        if [node.name for node in nodes].count(nodes[-1].name) > 1:
            row.refuse("name", repr(row["name"]), "a name of its own")
    names = list(dict.fromkeys([*(node.name for node in nodes), *places]))
    lines = []
    for row in _rows(lines_text, lines_place, _LINE_COLUMNS, problems):
        for end in ("a", "b"):
            if row[end] not in names:
                row.refuse(
                    end,
                    repr(row[end]),
                    "a node or a place of the scenario",
                    nearest(row[end], names),
                )
        if row["a"] == row["b"]:
            row.refuse("b", repr(row["b"]), "another node than a")
        direction = row.one_of("direction", DIRECTIONS)
        capacity, published = row.positive("capacity_bit_per_s"), row.positive("published_ms")
        lines.append(
            Line(row["a"], row["b"], row.day("opened"), capacity, published, direction, row["source"])
        )
    if problems:
        raise InputError(*problems)
    return FibreTable(tuple(nodes), tuple(lines))


_read = functools.lru_cache(maxsize=8)(read_table)
"""The same texts, window after window, are read once."""

_NODE_COLUMNS = ("name", "kind", "lat_deg", "lon_deg", "opened", "opened_is", "source")
_LINE_COLUMNS = (
    "a", "b", "opened", "opened_is", "capacity_bit_per_s", "published_ms", "direction", "source", "note",
)  # fmt: skip


_Value = TypeVar("_Value")


class _Row:
    """One row of a table; what it cannot read it puts on the list of problems."""

    def __init__(self, place: str, values: dict[str, str], problems: list[Problem]) -> None:
        self._place, self._values, self._problems = place, values, problems

    def __getitem__(self, column: str) -> str:
        return self._values[column].strip()

    def refuse(self, column: str, found: str, allowed: str, suggestion: str = "") -> None:
        self._problems.append(Problem(f"{self._place}: {column}", found, allowed, suggestion))

    def one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        if self[column] not in allowed:
            self.refuse(column, repr(self[column]), ", ".join(word or "empty" for word in allowed))
        return self[column]

    def number(self, column: str, low: float, high: float) -> float:
        value = _or_none(float, self[column])
        if value is None or not low <= value <= high:
            self.refuse(column, repr(self[column]), f"a number from {low:g} to {high:g}")
            return math.nan
        return value

    def positive(self, column: str) -> float | None:
        if not self[column]:
            return None
        value = _or_none(float, self[column])
        if value is None or not 0.0 < value < math.inf:
            self.refuse(column, repr(self[column]), "a number above 0, or nothing")
        return value

    def day(self, column: str) -> date | None:
        if not self[column]:
            return None
        value = _or_none(date.fromisoformat, self[column])
        if value is None:
            self.refuse(column, repr(self[column]), "a date like 2017-06-16, or nothing")
        return value


def _or_none(read: Callable[[str], _Value], text: str) -> _Value | None:
    try:
        return read(text)
    except ValueError:
        return None


def _rows(text: str, place: str, columns: tuple[str, ...], problems: list[Problem]) -> Iterator[_Row]:
    """Yield the rows of a table with all its columns; otherwise list what is wrong and yield none."""
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    reader = csv.DictReader(io.StringIO("\n".join(line for _, line in numbered)))
    found = tuple(reader.fieldnames or ())
    if found != columns:
        problems.append(Problem(place, f"the columns {', '.join(found) or 'none'}", ", ".join(columns)))
        return
    for (line, _), values in zip(numbered[1:], reader, strict=False):
        where = f"{place}:{line}"
        if None in values or None in values.values():
            problems.append(Problem(where, "another number of columns", f"{len(columns)} columns"))
            continue
        yield _Row(where, values, problems)
