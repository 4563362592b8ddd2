"""What it costs: satellites, clusters and the energy they used → money, carbon and water, part by part."""

from .account import Account
from .annuity import annuity_per_s
from .ground import ground_account, ground_use
from .orbit import orbit_rate

__all__ = ["Account", "annuity_per_s", "ground_account", "ground_use", "orbit_rate"]
