"""Jobs that really run: gangs, links, upsets, checkpoints, eclipses → useful share of a card operation."""

from .checkpoints import daly_interval_s, useful_frac, wall_s, young_interval_s
from .collectives import Level, narrowest_s, parallel_efficiency_frac, ring_all_reduce_frac
from .eclipses import Pause, pause_frac
from .events import Ran, poisson_failures, run_through

__all__ = [
    "Level",
    "Pause",
    "Ran",
    "daly_interval_s",
    "narrowest_s",
    "parallel_efficiency_frac",
    "pause_frac",
    "poisson_failures",
    "ring_all_reduce_frac",
    "run_through",
    "useful_frac",
    "wall_s",
    "young_interval_s",
]
