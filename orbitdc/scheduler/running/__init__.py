"""Jobs that really run: gangs, links, upsets, checkpoints, eclipses → useful share of a card operation."""

from .checkpoints import daly_interval_s, useful_frac, wall_s, young_interval_s
from .collectives import Level, narrowest_s, parallel_efficiency_frac, ring_all_reduce_frac
from .eclipses import Pause, pause_frac
from .events import Ran, poisson_failures, run_through
from .factors import LINKS, PAUSES, Factors, Gang, factors, gang_on
from .hosts import Host, hosts_at
from .realised import Realised, realise
from .spent import LOSSES, Spent, spent

__all__ = [
    "LINKS",
    "LOSSES",
    "PAUSES",
    "Factors",
    "Gang",
    "Host",
    "Level",
    "Pause",
    "Ran",
    "Realised",
    "Spent",
    "daly_interval_s",
    "factors",
    "gang_on",
    "hosts_at",
    "narrowest_s",
    "parallel_efficiency_frac",
    "pause_frac",
    "poisson_failures",
    "realise",
    "ring_all_reduce_frac",
    "run_through",
    "spent",
    "useful_frac",
    "wall_s",
    "young_interval_s",
]
