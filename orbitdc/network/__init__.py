"""Network: who talks to whom, when. Passes and links → contact plan with bits."""

from .contacts import Contacts, plan_contacts

__all__ = ["Contacts", "plan_contacts"]
