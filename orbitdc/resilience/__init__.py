"""What survives an extreme event: a plan, its sites and its data → what is lost, and when it is back."""

from .damage import Damage, World, damage_of, event_problems, window_of
from .drill import Drill, drill
from .record import drills
from .replicas import Recovery, recovery_of, transfer_s

__all__ = [
    "Damage",
    "Drill",
    "Recovery",
    "World",
    "damage_of",
    "drill",
    "drills",
    "event_problems",
    "recovery_of",
    "transfer_s",
    "window_of",
]
