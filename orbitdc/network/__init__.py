"""Network: who talks to whom, when. Passes and links → contact plan with bits."""

from .contacts import Contacts, check_inside, plan_contacts
from .offers import Offers, offers_of
from .segment import Segment, segment_of

__all__ = [
    "Contacts",
    "Offers",
    "Segment",
    "check_inside",
    "offers_of",
    "plan_contacts",
    "segment_of",
]
