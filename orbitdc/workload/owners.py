"""Owners of jobs: tenants of the scenario, of a class, or of a log → names and shares of the demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .traces import trace_of

if TYPE_CHECKING:
    from ..scenario.models import Job, Scenario

NOBODY = "all"
"""The one owner where nobody is named."""


def owners_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all who own jobs of any phase, in the order of their numbers."""
    named = {owner for job in scenario.job.values() for owner in shares_of(job, scenario)}
    asked = scenario.workload.trace
    if asked is not None and named == {NOBODY}:
        return trace_of(asked).users
    return tuple(sorted(named))


def shares_of(job: Job, scenario: Scenario) -> dict[str, float]:
    """Return who asks for a class and how much: its own owners, or all of the scenario by their demand."""
    everybody = {name: tenant.demand for name, tenant in scenario.tenants.items()}
    return job.tenants or everybody or {NOBODY: 1.0}
