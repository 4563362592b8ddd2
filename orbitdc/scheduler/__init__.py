"""Who decides what runs where: jobs and sites → schedule, its share of the possible, orbit's losses."""

from .bound import Bound, bound, bound_share_frac
from .centres import Centres, centres_of
from .ledger import ledger
from .lines import Narrow
from .loads import line_bit
from .losses import OrbitUse, orbit_use
from .policies import POLICIES, Policy, policy_of
from .replay import replay
from .schedule import NOWHERE, OUTCOMES, REASONS, Schedule, check
from .sites import Sites, site_names, sites_of
from .tenancy import shared
from .terms import latency_met_s
from .trips import NETWORK_PARTS, demand_of, of_hot_jobs, to_orbit, trips_of

__all__ = [
    "NETWORK_PARTS",
    "NOWHERE",
    "OUTCOMES",
    "POLICIES",
    "REASONS",
    "Bound",
    "Centres",
    "Narrow",
    "OrbitUse",
    "Policy",
    "Schedule",
    "Sites",
    "bound",
    "bound_share_frac",
    "centres_of",
    "check",
    "demand_of",
    "latency_met_s",
    "ledger",
    "line_bit",
    "of_hot_jobs",
    "orbit_use",
    "policy_of",
    "replay",
    "shared",
    "site_names",
    "sites_of",
    "to_orbit",
    "trips_of",
]
