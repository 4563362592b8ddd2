"""Network: who talks to whom, when. Passes and links → contact plan with bits."""

from .contacts import Contacts, Offers, offers_of, plan_contacts

__all__ = ["Contacts", "Offers", "offers_of", "plan_contacts"]
