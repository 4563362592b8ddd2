"""Contacts: cases → our passes beside another library's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from ..constants import DAY_S, DEG
from ..orbit.access import Passes, find_passes
from ..orbit.site import Site, Sites
from .cases import Case, Check, NotCoveredError, load, relative, share_of
from .orbits import instant_of, satellite_of_case

_SPAN_S = 14.0 * DAY_S


def contacts(case: Case) -> Iterator[Check]:
    """Find passes and compare how many, how long, and the edges of the first ones."""
    if "step_s" in case.inputs:
        yield from _whatever_the_step(case)
    elif "station" in case.inputs:
        yield from _fortnight(case)
    else:
        yield from _one_pass(case)


def _whole_passes(case: Case, step_s: float = 60.0) -> Passes:
    """Return the passes of a fortnight, those cut by its edges left out, as the source counts them."""
    place = case.inputs["station"]
    sites = Sites.at([Site(case.id, place["lat_deg"], place["lon_deg"], place["h_m"])])
    start = instant_of("2026-01-01T00:00:00", case)
    mask_rad = case.inputs["min_el_deg"] * DEG
    found = find_passes([satellite_of_case(case)], sites, start, _SPAN_S, mask_rad, step_s=step_s)
    return found.take(~found.clipped)


def _fortnight(case: Case) -> Iterator[Check]:
    found, expected, tolerance = _whole_passes(case), case.expected, case.tolerance
    total_s = float(found.duration_s.sum())
    yield Check("n_passes", len(found), expected["whole_passes"], tolerance["passes"])
    yield relative("contact_s", total_s, expected["total_seconds"], share_of(tolerance["total_s"]))
    edge_s = tolerance["aos_los_s"]
    yield Check("longest_s", float(found.duration_s.max()), expected["longest_s"], 2.0 * edge_s)
    for k, theirs in enumerate(expected["first_passes"]):
        for what, ours_s, text in (
            ("rise", found.rise_s[k], theirs["aos"]),
            ("set", found.set_s[k], theirs["los"]),
        ):
            theirs_s = (instant_of(text, case) - found.start) / timedelta(seconds=1)
            yield Check(f"pass_{k}_{what}_s", float(ours_s), theirs_s, edge_s)
        top_deg = float(found.max_elevation_deg[k])
        yield Check(f"pass_{k}_max_elevation_deg", top_deg, theirs["max_el_deg"], tolerance["max_el_deg"])


def _whatever_the_step(case: Case) -> Iterator[Check]:
    """Find passes on the grids of a table of sampling errors: at every step they are the exact ones.

    The source gives no tolerance of its own: that of the same orbit over the same station stands.
    """
    expected = case.expected
    name = f"{case.inputs['tle']}-{expected['station']}"
    exact = next((other for other in load() if other.id == name), None)
    if exact is None:
        raise NotCoveredError(f"no case {name} to take the orbit from")
    found = _whole_passes(exact, case.inputs["step_s"])
    share = share_of(exact.tolerance["total_s"])
    yield Check("n_passes", len(found), expected["passes_exact"], exact.tolerance["passes"])
    yield relative("contact_s", float(found.duration_s.sum()), expected["seconds_exact"], share)


def _one_pass(case: Case) -> Iterator[Check]:
    inputs, expected, allowed_s = case.inputs, case.expected, case.tolerance["s"]
    sites = Sites.at([Site(case.id, inputs["lat"], inputs["lon"], inputs["h_m"])])
    start = instant_of(inputs["from_utc"], case)
    found = find_passes([satellite_of_case(case)], sites, start, 3600.0, inputs["min_el_deg"] * DEG)
    yield Check("n_passes", len(found), 1, 0.0)
    for what, ours_s, text in (
        ("rise", np.ravel(found.rise_s)[0], expected["skyfield_aos"]),
        ("set", np.ravel(found.set_s)[0], expected["skyfield_los"]),
    ):
        yield Check(
            f"{what}_s", float(ours_s), (instant_of(text, case) - start) / timedelta(seconds=1), allowed_s
        )
    yield Check("length_s", float(found.duration_s[0]), expected["length_s"], allowed_s)
