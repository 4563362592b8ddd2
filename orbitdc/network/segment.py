"""Ground segment: stations in use, their links to each spacecraft. Scenario → tables, antennas, outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..links import LinkTable, link_table, uplink_table
from ..orbit.site import Sites
from ..orbit.time import Floats
from .planner import Machines

if TYPE_CHECKING:
    from ..scenario.models import Outage, Scenario

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """What the ground offers in every window of a plan.

    `sites`: stations in use, axis g; `down`, `up`: links of each spacecraft of the fleet (row) to each
    station, and back; (g,): `n_antennas`, `slew_s` between two contacts, `acquisition_s` at the start of one;
    `outages` as the scenario names them.
    """

    sites: Sites
    down: LinkTable
    up: LinkTable
    n_antennas: Integers
    slew_s: Floats
    acquisition_s: Floats
    outages: tuple[Outage, ...]

    def antennas(self, n_units: Integers, start: datetime, duration_s: float) -> Machines:
        """Return the antennas of a window, with the outages that fall into it, and the satellites' radios."""
        rows = []
        for outage in self.outages:
            g = self.sites.names.index(outage.station)
            begin_s = max((outage.start - start).total_seconds(), 0.0)
            stop_s = min((outage.end - start).total_seconds(), duration_s)
            numbers = range(self.n_antennas[g]) if outage.antenna is None else (outage.antenna,)
            rows += [(g, number, begin_s, stop_s) for number in numbers if begin_s < stop_s]
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        station, number = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        out = (station, number, table[:, 2].copy(), table[:, 3].copy())
        return Machines(self.n_antennas, self.slew_s, n_units, *out)


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
    )
