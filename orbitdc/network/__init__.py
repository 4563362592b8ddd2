"""Network: who talks to whom, when. Passes and links → contact plan with bits."""

from .contacts import Contacts, check_inside, plan_contacts
from .offers import Offers, offers_of
from .segment import Segment, segment_of
from .service import Service, serve
from .settings import network_of, network_problems

__all__ = [
    "Contacts",
    "Offers",
    "Segment",
    "Service",
    "check_inside",
    "network_of",
    "network_problems",
    "offers_of",
    "plan_contacts",
    "segment_of",
    "serve",
]
