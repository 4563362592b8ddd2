"""Who decides what runs where: jobs and sites → schedule, its share of the possible, orbit's losses."""

from .bound import Bound, bound, bound_share_frac
from .centres import Centres, centres_of
from .ledger import ledger
from .losses import OrbitUse, orbit_use
from .policies import POLICIES, Policy, policy_of
from .replay import replay
from .schedule import NOWHERE, OUTCOMES, REASONS, Schedule, check
from .sites import Sites, site_names, sites_of
from .tenancy import shared
from .terms import latency_met_s

__all__ = [
    "NOWHERE",
    "OUTCOMES",
    "POLICIES",
    "REASONS",
    "Bound",
    "Centres",
    "OrbitUse",
    "Policy",
    "Schedule",
    "Sites",
    "bound",
    "bound_share_frac",
    "centres_of",
    "check",
    "latency_met_s",
    "ledger",
    "orbit_use",
    "policy_of",
    "replay",
    "shared",
    "site_names",
    "sites_of",
]
