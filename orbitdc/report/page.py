"""The report of a run as one HTML page: a `Run` → text, tables and pictures in one file, no outside asset."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..results.folder import write_atomic
from . import people, text
from .comparison import ROWS as SERVICE_ROWS
from .tables import quantity_text

if TYPE_CHECKING:
    from ..results.run import Run

FILE = "report.html"

SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("power", "Power", ("power", "sunlight")),
    ("operations", "From installed to delivered operations", ("waterfall",)),
    (
        "service",
        "Jobs: where they ran, how soon, who for",
        ("demand", "jobs", "running", "utilisation", "latency", "flows"),
    ),
    ("schedule", "A day's schedule", ("gantt",)),
    ("network", "Contacts and network", ("contacts", "network")),
)
"""Anchor, heading and pictures of each section, in the order of the page."""

_STYLE = """
:root { color: #1b2733; background: #fff; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h1 + p { color: #5f6f7d; margin-top: 0; }
h2 { border-bottom: 1px solid #dde3e8; margin-top: 2.5rem; padding-bottom: .2rem; }
nav a { margin-right: 1rem; } a { color: #0072b2; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; display: block;
        overflow-x: auto; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 1px solid #5f6f7d; } tbody tr:nth-child(even) { background: #f6f8fa; }
pre { background: #f6f8fa; padding: 1rem; overflow-x: auto; font-size: .85rem; line-height: 1.35; }
figure { margin: 1.5rem 0; } figure svg { width: 100%; height: auto; }
"""


def page(run: Run) -> str:
    """Return the whole report of a run as HTML.

    Parameters
    ----------
    run : Run
        With its pictures drawn; those that are missing are left out.

    Returns
    -------
    str
        One page: styles and pictures are in it, and nothing is loaded from anywhere.
    """
    parts = [
        ("verdict", "Verdict", _pre(_without_folder(text.verdict(run)))),
        ("phases", "Service by phase", _phases(run)),
        *((anchor, heading, _pictures(run, kinds)) for anchor, heading, kinds in SECTIONS),
        ("sites", "Sites", _sites(run)),
        ("owners", "Owners", _owners(run)),
        ("events", "Extreme events", _pre("\n".join(people.events(run.results.get("events", ()))))),
        ("full", "Full text", _pre(_without_folder(text.report(run)))),
    ]
    shown = [(anchor, heading, content) for anchor, heading, content in parts if content]
    links = " ".join(f'<a href="#{anchor}">{_escape(heading)}</a>' for anchor, heading, _ in shown)
    body = "\n".join(
        f'<section id="{anchor}"><h2>{_escape(heading)}</h2>\n{content}</section>'
        for anchor, heading, content in shown
    )
    title = _escape(run.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1><p>{_escape(run.scenario.title)}</p>\n<nav>{links}</nav>\n{body}\n"
        "</body></html>\n"
    )


def write_page(run: Run) -> Path:
    """Write the report of a run into its folder and return the file."""
    path = run.folder / FILE
    write_atomic(path, page(run).encode())
    return path


def _without_folder(words: str) -> str:
    """Return a text without its last line: the page goes where its folder goes."""
    return words.rpartition("\n")[0]


def _escape(words: object) -> str:
    return html.escape(str(words))


def _pre(words: str) -> str:
    return f"<pre>{_escape(words)}</pre>" if words.strip() else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_escape(cell)}</th>" for cell in header)
    body = "\n".join("<tr>" + "".join(f"<td>{_escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"


def _phases(run: Run) -> str:
    spans = [*run.results["phases"], {**run.results["total"], "name": "whole plan"}]
    rows = [[words, *(cell(span) for span in spans)] for words, cell in SERVICE_ROWS]
    return _table(["", *(span["name"] for span in spans)], [row for row in rows if set(row[1:]) != {"-"}])


_SITE: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("site", lambda site: site["name"]),
    ("side", lambda site: site["side"]),
    ("hub", lambda site: site["hub"]),
    ("installed", lambda site: quantity_text(site["installed_op_per_s"], "op/s")),
    ("used", lambda site: f"{site['utilisation_frac']:.1%}"),
    ("energy", lambda site: quantity_text(site["load_j"] / 3600.0, "Wh")),
    ("carbon", lambda site: quantity_text(site["carbon_kg"] * 1e3, "g")),
    ("water", lambda site: quantity_text(site["water_l"], "l")),
    ("cost", lambda site: quantity_text(site["usd"], "USD")),
)


def _sites(run: Run) -> str:
    sites = run.results["total"].get("sites", ())
    if not sites:
        return ""
    return _table([words for words, _ in _SITE], [[cell(site) for _, cell in _SITE] for site in sites])


_OWNER: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("owner", lambda one: one["name"]),
    ("shares", lambda one: f"{one['shares']:g}"),
    ("guaranteed", lambda one: f"{one['guaranteed_frac']:.1%}"),
    ("asked", lambda one: quantity_text(one["asked_op_per_s"], "op/s")),
    ("owed", lambda one: quantity_text(one["owed_op_per_s"], "op/s")),
    ("done", lambda one: quantity_text(one["done_op_per_s"], "op/s")),
    ("in time", lambda one: quantity_text(one["in_time_op_per_s"], "op/s")),
    ("energy", lambda one: quantity_text(one["energy_j"] / 3600.0, "Wh")),
    ("carbon", lambda one: quantity_text(one["carbon_kg"] * 1e3, "g")),
    ("water", lambda one: quantity_text(one["water_l"], "l")),
    ("cost", lambda one: quantity_text(one["usd"], "USD")),
)


def _owners(run: Run) -> str:
    tenants = run.results["total"].get("tenants", ())
    if len(tenants) < 2:
        return ""
    return _table([words for words, _ in _OWNER], [[cell(one) for _, cell in _OWNER] for one in tenants])


_IDS = re.compile(r'(\bid="|\bxlink:href="#|url\(#)')


def _pictures(run: Run, kinds: Iterable[str]) -> str:
    """Return the drawn pictures as SVG in the page, the names inside each made its own."""
    figures = []
    for kind in kinds:
        path = run.folder / "plots" / f"{kind}.svg"
        if path.is_file():
            drawing = path.read_text(encoding="utf-8")
            drawing = drawing[drawing.index("<svg") :]
            drawing = _IDS.sub(lambda match, kind=kind: f"{match.group(1)}{kind}-", drawing)  # type: ignore[misc]
            figures.append(f'<figure id="plot-{kind}">{drawing}</figure>\n')
    return "".join(figures)
