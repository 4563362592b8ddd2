"""Network: who talks to whom, when. Passes and links → contact plan with bits."""

from .contacts import Contacts, check_inside, plan_both, plan_contacts
from .control import Control, control_of
from .lines import Lines
from .offers import Offers, offers_of
from .segment import Segment, segment_of
from .service import Service, serve
from .settings import network_of, network_problems
from .telescopes import Lit, fallback_bit, laser_offers

__all__ = [
    "Contacts",
    "Control",
    "Lines",
    "Lit",
    "Offers",
    "Segment",
    "Service",
    "check_inside",
    "control_of",
    "fallback_bit",
    "laser_offers",
    "network_of",
    "network_problems",
    "offers_of",
    "plan_both",
    "plan_contacts",
    "segment_of",
    "serve",
]
