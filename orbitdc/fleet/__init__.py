"""Fleet: who flies when. Scenario → entities with satellite, batch, dates and light plane."""

from .entities import Fleet, Launched
from .launch import build, plan_problems, satellites_per_launch
from .sources import satellites_from

__all__ = ["Fleet", "Launched", "build", "plan_problems", "satellites_from", "satellites_per_launch"]
