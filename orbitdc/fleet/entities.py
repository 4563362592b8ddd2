"""Entities: what flies, from when to when. Arrays with one row per place in orbit → masks, ages, subsets.

An entity is one place in orbit: a single satellite, or a docked batch whose `n_units` modules share one
orbit state, one light and one view of the ground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..orbit.ephemeris import Satellite
from ..orbit.time import Floats

if TYPE_CHECKING:
    from ..scenario.models import Batch

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Launched:
    """One batch of the plan with the launches it takes."""

    phase_name: str
    model: Batch
    mass_kg: float
    n_launches: int


@dataclass(frozen=True)
class Fleet:
    """Entities of the whole plan, axis `s`, in the order of phases, batches and their patterns.

    Shapes (s,) unless said: `batch` indexes `batches`, `phase` the phases of the scenario, `spacecraft`
    indexes `spacecraft_names`; `relay` marks satellites that do not compute; `n_units` modules at one
    place; `launch_s`, `end_s` seconds since `reference`, the entity flies in launch_s <= t < end_s;
    `plane` numbers the entities that share one light, `plane_representative` (p,) an entity of each;
    `warnings` what was said about the age of real element sets.
    """

    reference: datetime
    satellites: tuple[Satellite, ...]
    batches: tuple[Launched, ...]
    batch: Integers
    phase: Integers
    spacecraft_names: tuple[str, ...]
    spacecraft: Integers
    relay: Flags
    n_units: Integers
    launch_s: Floats
    end_s: Floats
    plane: Integers
    plane_representative: Integers
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self.satellites)

    @property
    def priority(self) -> Floats:
        """Worth of a bit of each entity to the stations (s,)."""
        return np.array([batch.model.priority for batch in self.batches], dtype=np.float64)[self.batch]

    @property
    def n_satellites(self) -> int:
        """Satellites and modules, each counted."""
        return int(self.n_units.sum())

    def age_s(self, when: datetime) -> Floats:
        """Return the time since launch of each entity [s]; negative before it."""
        return (when - self.reference).total_seconds() - self.launch_s

    def active(self, when: datetime) -> Flags:
        """Return which entities fly: launch <= when < launch + lifetime, so none is counted twice."""
        t_s = (when - self.reference).total_seconds()
        return (self.launch_s <= t_s) & (t_s < self.end_s)

    def active_frac(self, start: datetime, end: datetime) -> Floats:
        """Return the share of start .. end in which each entity flies (s,)."""
        first_s = (start - self.reference).total_seconds()
        last_s = (end - self.reference).total_seconds()
        overlap_s = np.minimum(self.end_s, last_s) - np.maximum(self.launch_s, first_s)
        frac: Floats = np.maximum(overlap_s, 0.0) / (last_s - first_s)
        return frac

    def launch(self, i: int) -> datetime:
        """Return the launch of entity i."""
        return self.reference + timedelta(seconds=float(self.launch_s[i]))

    def subset(self, mask: Flags) -> Fleet:
        """Return the entities of a mask, planes renumbered in their old order; batches stay whole."""
        kept = np.flatnonzero(mask)
        _, first, plane = np.unique(self.plane[kept], return_index=True, return_inverse=True)
        return replace(
            self,
            satellites=tuple(self.satellites[i] for i in kept),
            batch=self.batch[kept],
            phase=self.phase[kept],
            spacecraft=self.spacecraft[kept],
            relay=self.relay[kept],
            n_units=self.n_units[kept],
            launch_s=self.launch_s[kept],
            end_s=self.end_s[kept],
            plane=plane.astype(np.int64),
            plane_representative=first.astype(np.int64),
        )
