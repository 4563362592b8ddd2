"""Ground segment: stations in use, their links to each spacecraft. Scenario → tables, antennas, outages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..links import LinkTable, link_table, uplink_table
from ..links import weather as clouds
from ..links.lasers import receiving_end, sending_end
from ..links.turbulence import ClearSky
from ..orbit.site import Sites
from ..orbit.time import Floats
from .planner import Machines
from .telescopes import Optics

if TYPE_CHECKING:
    from ..links.optical import Terminal
    from ..scenario.models import Outage, Scenario, Station

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """What the ground offers in every window of a plan.

    `sites`: stations in use, axis g; `down`, `up`: links of each spacecraft of the fleet (row) to each
    station, and back; (g,): `n_antennas`, `slew_s` between two contacts, `acquisition_s` at the start of one;
    `outages` as the scenario names them; `n_command` (g,), `telemetry` and `command`: antennas of ground
    control and their links, by the same rows; `n_telescopes` (g,), `optics` and the `climate` over the
    telescopes, None where there are none.
    """

    sites: Sites
    down: LinkTable
    up: LinkTable
    n_antennas: Integers
    slew_s: Floats
    acquisition_s: Floats
    outages: tuple[Outage, ...]
    n_command: Integers
    telemetry: LinkTable
    command: LinkTable
    n_telescopes: Integers
    optics: Optics
    climate: clouds.Climate | None

    def weather(self, seed: int, start: datetime, duration_s: float) -> clouds.Weather | None:
        """Return the cloud of a window: that of its date and the seed, whatever other windows there are."""
        if self.climate is None:
            return None
        day = (start - _EPOCH) // timedelta(days=1)
        stream = np.random.SeedSequence(seed, spawn_key=(_WEATHER, day))
        return clouds.draw(self.climate, start, math.ceil(duration_s / clouds.STEP_S), stream)

    @property
    def has_telemetry(self) -> NDArray[np.bool_]:
        """Whether each kind of spacecraft has a radio that a command station hears and commands."""
        both = (self.telemetry.constant_db > -np.inf) & (self.command.constant_db > -np.inf)
        return np.asarray(both.any(axis=1))

    def command_antennas(self, n_units: Integers, start: datetime, duration_s: float) -> Machines:
        """Return the antennas of ground control in a window; they are out with their station."""
        whole = tuple(one for one in self.outages if one.antenna is None)
        return self._machines(self.n_command, whole, n_units, start, duration_s)

    def machines(self, n_units: Integers, start: datetime, duration_s: float) -> tuple[Machines, Machines]:
        """Return antennas and telescopes of a window, with the outages that fall into it.

        Each entity has as many radios, and as many lasers, as units (s,). A telescope is closed with its
        station.
        """
        span = (n_units, start, duration_s)
        whole = tuple(one for one in self.outages if one.antenna is None)
        return (
            self._machines(self.n_antennas, self.outages, *span),
            self._machines(self.n_telescopes, whole, *span),
        )

    def _machines(
        self, n: Integers, outages: Sequence[Outage], n_units: Integers, start: datetime, duration_s: float
    ) -> Machines:
        rows = []
        for outage in outages:
            g = self.sites.names.index(outage.station)
            begin_s = max((outage.start - start).total_seconds(), 0.0)
            stop_s = min((outage.end - start).total_seconds(), duration_s)
            numbers = range(n[g]) if outage.antenna is None else (outage.antenna,)
            rows += [(g, number, begin_s, stop_s) for number in numbers if begin_s < stop_s]
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        station, number = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        out = (station, number, table[:, 2].copy(), table[:, 3].copy())
        return Machines(n, self.slew_s, n_units, *out)


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_WEATHER = 0x636C6F7564
"""Number of the random stream of the weather, apart from those of windows."""


def segment_of(scenario: Scenario, spacecraft: Sequence[str]) -> Segment:
    """Return the ground segment of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Stations in use, availability, outages.
    spacecraft : sequence of str
        Names of the kinds of spacecraft, rows of the tables.

    Returns
    -------
    Segment

    Raises
    ------
    InputError
        A carrier outside its band, a station whose air is not tabulated.
    """
    stations = {key: scenario.station[key] for key in scenario.ground.stations}
    models = list(stations.values())
    radios = [scenario.spacecraft[name].radio for name in spacecraft]
    margins_db = {str(name): margin_db for name, margin_db in scenario.links.dense_margin_db.items()}
    planned = (scenario.links.availability_frac, margins_db)
    return Segment(
        Sites.of(stations),
        link_table(radios, models, *planned),
        uplink_table(radios, models, *planned),
        np.array([model.n_antennas for model in models], dtype=np.int64),
        np.array([model.slew_s for model in models]),
        np.array([model.acquisition_s for model in models]),
        scenario.ground.outage,
        *_command(scenario, spacecraft, models, planned),
        *_optics(scenario, spacecraft, stations),
    )


def _command(
    scenario: Scenario,
    spacecraft: Sequence[str],
    models: Sequence[Station],
    planned: tuple[float, dict[str, float]],
) -> tuple[Integers, LinkTable, LinkTable]:
    """Return command antennas by station, and the links of telemetry and command to those that have some."""
    n_command = np.array([model.n_command for model in models], dtype=np.int64)
    own = [scenario.spacecraft[name].telemetry for name in spacecraft]
    rows = [q for q, radio in enumerate(own) if radio is not None]
    radios = [radio for radio in own if radio is not None]
    tables = []
    for found in (link_table(radios, models, *planned), uplink_table(radios, models, *planned)):
        constant_db = np.full((len(own), len(models)), -np.inf)
        constant_db[rows] = np.where(n_command > 0, found.constant_db, -np.inf)
        attenuation_db = np.zeros((len(own), *found.attenuation_db.shape[1:]))
        attenuation_db[rows] = found.attenuation_db
        rungs = [np.zeros((len(own), found.threshold_db.shape[1])) for _ in range(2)]
        rungs[0][rows], rungs[1][rows] = found.threshold_db, found.rate_bit_per_s
        tables.append(LinkTable(constant_db, found.cosecant, attenuation_db, *rungs))
    return n_command, tables[0], tables[1]


def _optics(
    scenario: Scenario, spacecraft: Sequence[str], stations: Mapping[str, Station]
) -> tuple[Integers, Optics, clouds.Climate | None]:
    """Return telescopes by station, lasers by spacecraft, and the climate over the telescopes."""
    names = [scenario.spacecraft[name].downlaser for name in spacecraft]
    senders = tuple(None if name is None else sending_end(scenario.downlaser[name]) for name in names)
    receivers: list[Terminal | None] = []
    column = np.full(len(stations), -1)
    sites: list[clouds.CloudSite] = []
    problems = []
    for g, (key, model) in enumerate(stations.items()):
        receivers.append(
            None if model.telescope is None else receiving_end(scenario.telescope[model.telescope])
        )
        if model.telescope is None:
            continue
        known = model.cloud or key
        if known not in clouds.cloud_sites():
            allowed = "a site with cloud statistics: " + ", ".join(clouds.cloud_sites())
            problems.append(Problem(f"station.{key}.cloud", repr(known), allowed, "or no telescope"))
            continue
        column[g] = len(sites)
        at = clouds.cloud_site(known).at(scenario.links.cloud_hour, scenario.links.cloud)
        sites.append(replace(at, name=key, lat_deg=model.lat_deg, lon_deg=model.lon_deg))
    if problems:
        raise InputError(*problems)
    skies = tuple(ClearSky.over(model.altitude_m) for model in stations.values())
    n_telescopes = np.array(
        [0 if model.telescope is None else model.n_telescopes for model in stations.values()], dtype=np.int64
    )
    optics = Optics(senders, tuple(receivers), skies, column)
    length_m = scenario.links.cloud_correlation_m
    joint = clouds.climate(sites, correlation_length_m=length_m) if sites and optics.in_use else None
    return n_telescopes, optics, joint
