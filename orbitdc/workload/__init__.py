"""What is asked of the system: demand by class and city → seeded jobs with deadlines, data and value."""

from .arrivals import Jobs, draw
from .classes import Thresholds, classify

__all__ = ["Jobs", "Thresholds", "classify", "draw"]
