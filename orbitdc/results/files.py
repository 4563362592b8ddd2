"""Files of a run: the prepared plan and its chunks → series, passes, schedule, sites and fleet (.nc)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..constants import DAY_S
from ..network.offers import KINDS
from ..scheduler import site_names
from ..scheduler.running import LINKS, PAUSES
from ..scheduler.schedule import OUTCOMES, REASONS
from ..scheduler.sites import SIDES
from ..workload import class_names, owners_of
from .folder import Arrays
from .netcdf import File, Table, columns_of, write_tables

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Scenario
    from ..simulate import Plan

ELEMENTS = {
    "bstar": "bstar",
    "ndot": "ndot",
    "nddot": "nddot",
    "eccentricity": "ecco",
    "argument_of_perigee_rad": "argpo",
    "inclination_rad": "inclo",
    "mean_anomaly_rad": "mo",
    "mean_motion_rad_per_min": "no_kozai",
    "raan_rad": "nodeo",
    "epoch_whole_jd": "jdsatepoch",
    "epoch_part_jd": "jdsatepochF",
}
"""Column of fleet.nc → attribute of `sgp4.api.Satrec`: all that SGP4 needs to be started again."""


def write_files(path: Path, plan: Plan, chunks: Sequence[Arrays]) -> None:
    """Write the NetCDF files of a run.

    Parameters
    ----------
    path : Path
        Folder to write into.
    plan : Plan
        Windows, fleet and daily light.
    chunks : sequence of dict
        One window's arrays each, read one at a time, twice.
    """
    scenario = plan.scenario
    epoch = scenario.phase[0].start
    attributes = {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "shadow": scenario.operations.shadow,
        "precision": scenario.report_precision,
        "frame": "TEME of date; geometric elevation over the WGS84 horizon",
    }
    names = names_of(scenario)
    once = {**light_arrays(plan), **fleet_arrays(plan.fleet)}
    starts_s = [0.0, *((window.start - epoch).total_seconds() for window in plan.windows)]
    light, slots = Table("light", "light", prefixed=True), Table("slot", "slot_time", prefixed=True)
    schedule = (Table("job", "job", names), Table("site", "site_row", names, prefixed=True))
    tracked = (Table("contact", "contact", names), Table("command", "command", names, prefixed=True))
    contents: dict[str, tuple[str, tuple[Table, ...]]] = {
        "series.nc": ("fleet totals in windows; light of every day", (Table("step", "time"), slots, light)),
        "passes.nc": ("contact windows", (Table("pass", "contact", names),)),
        "contacts.nc": ("contact plan: who is tracked when", tracked),
        "schedule.nc": ("jobs and their outcomes", schedule),
        "sites.nc": ("what sites could do and did, slot by slot", (Table("use", "use_row", names),)),
        "running.nc": (
            "what is left of a card operation by class and site, and what befell the gangs there",
            (Table("gang", "gang_row", names),),
        ),
        "fibre.nc": ("what lines of fibre carried", (Table("line", "line"),)),
        "fleet.nc": ("who flies when", (Table("fleet", "satellite"), Table("place", "place", prefixed=True))),
    }
    write_tables(
        [File(path / name, f"{scenario.name}: {title}", own) for name, (title, own) in contents.items()],
        lambda: itertools.chain([once], (_with_phase(chunk, scenario, names) for chunk in chunks)),
        starts_s,
        epoch,
        attributes,
    )


def names_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return what the integers of each column stand for."""
    return {
        "station": tuple(scenario.ground.stations),
        "class": _classes(scenario),
        "origin": tuple(scenario.city),
        "site": site_names(scenario),
        "side": SIDES,
        "tenant": owners_of(scenario),
        "outcome": OUTCOMES,
        "reason": tuple(REASONS),
        "pause": PAUSES,
        "link": LINKS,
        "kind": KINDS,
    }


def _classes(scenario: Scenario) -> tuple[str, ...]:
    phases = range(len(scenario.phase))
    return tuple(sorted({name for phase in phases for name in class_names(scenario, phase)}))


def _with_phase(chunk: Arrays, scenario: Scenario, names: dict[str, tuple[str, ...]]) -> Arrays:
    """Return a chunk whose tables carry their phase, and whose job classes count through all phases."""
    phase = int(chunk["phase"])
    tables = {}
    for prefix in ("step", "slot", "pass", "contact", "command", "job", "site", "use", "place", "line"):
        columns = columns_of(chunk, prefix)
        if columns:
            n = len(next(iter(columns.values())))
            tables[f"{prefix}_phase"] = np.full(n, phase)
            tables[f"{prefix}_window"] = np.full(n, int(chunk["window"]))
    for column in ("job_class", "gang_class"):
        if column in chunk:
            own = np.array(
                [names["class"].index(name) for name in class_names(scenario, phase)], dtype=np.int64
            )
            tables[column] = own[chunk[column]]
    if "site_used_op" in chunk:
        tables["site_site"] = np.arange(len(chunk["site_used_op"]))
    return {**chunk, **tables}


def light_arrays(plan: Plan) -> Arrays:
    """Return the daily light as columns: a row per light plane and day.

    Parameters
    ----------
    plan : Plan
        Light of each plane, all over the same days.

    Returns
    -------
    dict of ndarray
        Each name with the prefix `light_`; the plane is the number in `fleet.plane`.
    """
    if not plan.light:
        return {}
    epoch = plan.scenario.phase[0].start
    columns = {
        name: np.concatenate([np.asarray(getattr(light, name)) for light in plan.light])
        for name in ("sunlit_frac", "flux_w_per_m2", "beta_deg", "n_eclipses", "max_eclipse_s", "max_umbra_s")
    }
    n_days = [len(light.sunlit_frac) for light in plan.light]
    columns["plane"] = np.repeat(np.arange(len(plan.light)), n_days)
    columns["time_s"] = np.concatenate(
        [
            (light.first_day - epoch).total_seconds() + DAY_S * np.arange(n)
            for light, n in zip(plan.light, n_days, strict=True)
        ]
    )
    return {f"light_{name}": value for name, value in columns.items()}


def fleet_arrays(fleet: Fleet) -> Arrays:
    """Return a fleet as columns, elements included.

    Parameters
    ----------
    fleet : Fleet
        All entities of the plan.

    Returns
    -------
    dict of ndarray (s,)
        Text, numbers and the SGP4 elements of `ELEMENTS`, each name with the prefix `fleet_`.
    """
    satellites = fleet.satellites
    batches = fleet.batches
    columns: dict[str, Any] = {
        "name": [satellite.name for satellite in satellites],
        "norad_id": [satellite.norad_id for satellite in satellites],
        "batch": [batches[i].model.name for i in fleet.batch],
        "phase": [batches[i].phase_name for i in fleet.batch],
        "spacecraft": [fleet.spacecraft_names[i] for i in fleet.spacecraft],
        "role": ["relay" if relay else "compute" for relay in fleet.relay],
        "n_units": fleet.n_units,
        "launch_s": fleet.launch_s,
        "end_s": fleet.end_s,
        "plane": fleet.plane,
        "maintained": [satellite.maintained for satellite in satellites],
        "source": [satellite.source for satellite in satellites],
    }
    for column, attribute in ELEMENTS.items():
        columns[column] = [float(getattr(satellite.satrec, attribute)) for satellite in satellites]
    return {f"fleet_{name}": np.asarray(value) for name, value in columns.items()}
