"""East Data, West Compute in 2022: our use of the sites beside the published, and what latency does to it.

    python benchmarks/east_west.py

The scenario east-west-2022 three times: as it is; with the west's latency no longer a bar to company systems;
on the backbone of three cores, before the exchange points. No site has its use as an input.
"""

from __future__ import annotations

import textwrap

from orbitdc.report.tables import to_text
from orbitdc.validation import cases
from orbitdc.validation.clusters import latency_ms, picture, used_frac

NORTH_WEST = ("horinger", "qingyang", "zhongwei")
EAST = ("zhangjiakou", "yangtze", "wuhu", "shaoguan", "tianfu", "chongqing")
ROWS = (
    ("north-west", NORTH_WEST, "under 30 %", "article on the system, 2022"),
    ("east", EAST, "over 65 %", "article on the system, 2022; target of the plan"),
    ("ten clusters", (), "59 %", "businessupturn.com 49572, 2022"),
    ("Guizhou", ("guian",), "60.5 %", "prnewswire.co.uk 301833485, March 2023"),
    ("north-west and Guizhou", (*NORTH_WEST, "guian"), "26 %", "Hua Chuang Securities, prosyscom.tech, 2020"),
)
NEAR = (("job.business.latency", "40 ms"),)
OLD = (("network.fibre_as_of", "2013-12-31T00:00:00Z"),)


def use_table() -> str:
    """Return the use of groups of sites: published, ours, without the penalty, on the old backbone."""
    runs = picture(), picture(*NEAR), picture(*OLD)
    rows = [
        [label, published, *(f"{used_frac(run, names):.1%}" for run in runs)]
        for label, names, published, _ in ROWS
    ]
    header = ("used in 2022", "published", "ours", "west near", "old backbone")
    notes = [f"{label}: {source}" for label, _, _, source in ROWS]
    return "\n".join([to_text(header, rows, right=range(1, 5)), *textwrap.wrap("; ".join(notes), 80)])


def exchange_table() -> str:
    """Return the latency between places before and after the exchange points of their provinces opened."""
    rows, notes = [], []
    for case in cases.load():
        if not case.id.startswith("exchange-"):
            continue
        places, days = case.inputs["places"], case.inputs["days"]
        before, after = (latency_ms(places, day) for day in days)
        names = list(places)
        rows.append([names[0], ", ".join(names[1:])[:32], f"{before:.1f}", f"{after:.1f}", days[1]])
        notes.append(case.source)
    header = ("from", "to", "before ms", "after ms", "opened by")
    return "\n".join([to_text(header, rows, right=(2, 3)), *textwrap.wrap("; ".join(notes), 80)])


if __name__ == "__main__":
    print(use_table(), exchange_table(), sep="\n\n")
