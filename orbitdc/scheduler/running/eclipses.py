"""Eclipse and gangs: how often, how long, how large → wait for the light or move to it, and what it costs.

Dark time itself is booked on eclipse before any job is placed; here is what stopping and starting takes off
the time in sunlight. A gang needs all its cards, so that one dark satellite stops all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Pause:
    """What a gang does at an eclipse and the share of its sunlit time that this costs."""

    choice: str
    """`none`: no eclipse stops it; `wait`: checkpoint, dark, restart; `migrate`: state over the laser."""
    lost_frac: float
    wait_frac: float
    """Share lost by waiting."""
    migrate_frac: float
    """Share lost by migrating; 1 where there is nowhere to go."""


def pause_frac(
    period_s: float,
    dark_s: float,
    n_members: float,
    n_places: float,
    write_s: float,
    resume_s: float,
    transfer_s: float,
    warm_up_s: float,
) -> Pause:
    """Return the cheaper answer to an eclipse on every orbit: wait for the light, or migrate to it.

    Parameters
    ----------
    period_s : float [s]
        From one eclipse to the next.
    dark_s : float [s]
        Length of one; 0 if the orbit has none, or if the batteries carry the cards through it.
    n_members : float
        Satellites that the gang spans, >= 1.
    n_places : float
        Satellites on the orbit; a gang of all of them cannot move.
    write_s, resume_s : float [s]
        Checkpoint before the dark; reload and warm-up after it, nothing to notice or to replace.
    transfer_s, warm_up_s : float [s]
        State of one satellite over the laser, and warm-up on the next.

    Returns
    -------
    Pause

    Assumptions
    -----------
    Eclipses are known ahead, so no work is lost, only time. Members are neighbours, evenly spaced. Waiting:
    the gang stands still from the first member's dark until the last member's light, and members in the light
    wait with it. Migrating: whenever a member goes dark, the gang halts for as long as the state of one
    satellite needs to a sunlit one, on links that keep their full rate.

    Source
    ------
    Geometry: the shadow sweeps along an evenly spaced ring once a period.

    Examples
    --------
    One satellite of 81, a minute to save and five to resume; 80 Gbit over 100 Gbit/s in 0.8 s:

    >>> found = pause_frac(6000.0, 1000.0, 1, 81, 60.0, 300.0, 0.8, 120.0)
    >>> found.choice, round(found.wait_frac, 4), round(found.migrate_frac, 4)
    ('migrate', 0.072, 0.0242)
    """
    if dark_s <= 0.0:
        return Pause("none", 0.0, 0.0, 1.0)
    sunlit_s = period_s - dark_s
    if sunlit_s <= 0.0:
        return Pause("wait", 1.0, 1.0, 1.0)
    apart_s = period_s / max(n_places, 1.0)
    halted_s = dark_s + (n_members - 1.0) * apart_s
    running_s = max(period_s - halted_s - write_s - resume_s, 0.0)
    wait = 1.0 - running_s / sunlit_s
    # on average a member is in the dark `dark_s` of every period: that many satellites more are needed
    spare = n_places - n_members * period_s / sunlit_s
    migrate = 1.0
    if spare >= 0.0 and n_places > n_members and math.isfinite(transfer_s):
        migrate = min(n_members * (transfer_s + warm_up_s) / sunlit_s, 1.0)
    return Pause("migrate" if migrate < wait else "wait", min(wait, migrate), wait, migrate)
