"""What is asked of the system: demand by class and city, or a log of jobs → jobs, classified and dated.

The plan serves data in three steps. *Classify*: how often data is used and how late its answer may come makes
it hot, warm or cold (`classes`). *Transmit*: each job brings what must reach the site before it starts and
what must come back before it counts (`Jobs.input_bit`, `Jobs.output_bit`). *Serve*: its work in useful
operations, on so many cards at once, by its deadline (`Jobs.work_op`, `width`, `deadline_s`). The last two
are for the scheduler to place.
"""

from .arrivals import draw, owners_of
from .classes import Classify, Thresholds, classified, classify, temperatures
from .jobs import Jobs

__all__ = ["Classify", "Jobs", "Thresholds", "classified", "classify", "draw", "owners_of", "temperatures"]
