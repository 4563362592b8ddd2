"""Potential: a survey → what the fleet could do at most, as text of 80 columns or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..orbit.time import format_utc
from .tables import quantity_text

if TYPE_CHECKING:
    from ..scenario.models import Scenario
    from ..survey import Survey

_SHOWN = (
    ("array_power_w", "array power, mean", "W"),
    ("compute_power_w", "power of the cards, mean of the largest load", "W"),
    ("op_per_s", "operations of the cards", "op/s"),
    ("link_bit_per_day", "bits to every station in view, a day", "bit"),
)


def survey_text(scenario: Scenario, found: Survey) -> str:
    """Return what a fleet could do, with what is assumed.

    Parameters
    ----------
    scenario : Scenario
    found : Survey

    Returns
    -------
    str
        Lines of at most 80 columns.
    """
    totals = found.totals()
    days = found.duration_s / 86400.0
    lines = [
        f"{scenario.name}: {int(totals['n_satellites'])} satellites from {format_utc(found.start)[:10]} on, "
        f"{days:g} {'day' if days == 1.0 else 'days'}, every {scenario.time.step_s:g} s",
        "",
        f"  {'time in sunlight':<46}{totals['sunlit_frac']:.2%}",
        f"  {'a station in view, a satellite and day':<46}{totals['view_s_per_day'] / 60.0:.1f} min",
        *(f"  {label:<46}{quantity_text(totals[key], unit)}" for key, label, unit in _SHOWN),
        f"  {'hottest die':<46}{found.max_die_k.max() - 273.15:.1f} degC",
        "",
        "The most there can be: every satellite sends to every station in view, and",
        f"work is always at hand. Shadow: {scenario.operations.shadow}; operations: "
        f"{scenario.report_precision};",
        "cards on sunlight alone. `orbitdc run` shares out antennas and jobs.",
    ]
    return "\n".join(lines)


def survey_json(found: Survey) -> str:
    """Return the figures of the fleet and of each satellite as one JSON object."""
    satellites = [
        {
            "satellite": name,
            "n_units": int(found.n_units[s]),
            "sunlit_frac": float(found.sunlit_frac[s]),
            "array_j": float(found.array_j[s]),
            "compute_j": float(found.compute_j[s]),
            "view_s": float(found.view_s[s]),
            "link_bit": float(found.link_bit[s]),
            "max_die_k": float(found.max_die_k[s]),
        }
        for s, name in enumerate(found.names)
    ]
    head = {"start_utc": format_utc(found.start), "duration_s": found.duration_s, **found.totals()}
    return json.dumps({**head, "satellites": satellites}, indent=1)
