"""A user's own function as a policy: what it returns is held to the laws before anything relies on it."""

from __future__ import annotations

from ...errors import InputError, InvariantError, Problem
from ...workload import Jobs
from ..schedule import Schedule, check
from ..sites import Sites
from . import POLICIES, Policy


def policy_of(chosen: str | Policy) -> tuple[str, Policy]:
    """Return a policy and its name.

    Parameters
    ----------
    chosen : a name in `POLICIES`, or a function of `Jobs` and `Sites` that returns a `Schedule`.

    Returns
    -------
    (name, policy)
        A function has its own name, and what it returns is checked every time it is called.

    Raises
    ------
    InputError if it is neither; later, if what the function returns is no schedule or breaks a law.

    Examples
    --------
    >>> policy_of("greedy")[0]
    'greedy'
    """
    if isinstance(chosen, str):
        if chosen not in POLICIES:
            raise InputError(
                Problem("policy", repr(chosen), "one of " + ", ".join(POLICIES), "or a function of your own")
            )
        return chosen, POLICIES[chosen]
    if not callable(chosen):
        raise InputError(Problem("policy", repr(chosen), "a name or a function of jobs and sites"))
    name = str(getattr(chosen, "__name__", type(chosen).__name__))
    place = f"policy '{name}'"

    def held(jobs: Jobs, sites: Sites) -> Schedule:
        schedule = chosen(jobs, sites)
        if not isinstance(schedule, Schedule):
            raise InputError(Problem(place, f"a {type(schedule).__name__} returned", "a Schedule"))
        try:
            check(jobs, sites, schedule)
        except InvariantError as error:
            raise InputError(Problem(place, str(error), "a schedule that keeps the laws")) from error
        return schedule

    return name, held
