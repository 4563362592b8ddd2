"""Sites on the ground: climate, wind, Sun and grid of each cluster → what it can compute, and its energy."""

from .climate import ambient_k, pue, year_frac
from .clusters import Clusters, clusters_of
from .dispatch import Dispatch, dispatch

__all__ = ["Clusters", "Dispatch", "ambient_k", "clusters_of", "dispatch", "pue", "year_frac"]
