"""Fleet: who flies when. Scenario → entities with satellite, batch, dates and light plane."""

from .centres import NO_CENTRE, centre_names, centre_of
from .entities import Fleet, Launched
from .launch import build, plan_problems, satellites_per_launch
from .sources import satellites_from

__all__ = [
    "NO_CENTRE",
    "Fleet",
    "Launched",
    "build",
    "centre_names",
    "centre_of",
    "plan_problems",
    "satellites_from",
    "satellites_per_launch",
]
