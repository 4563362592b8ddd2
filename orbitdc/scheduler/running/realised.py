"""What befell the gangs of one window: schedule + factors + seed → interruptions, work lost, restarts.

The schedule pays for the expected loss; here one seeded course of events is drawn, gang by gang on one line
of time for each class and site, so that a run shows what happened as numbers.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...workload import Jobs
from ..sites import Sites
from .factors import Factors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOWHERE = -1

MOST_DRAWN = 1_000_000
"""Interruptions of one class and site drawn one by one; they stand for the rest of more."""


@dataclass(frozen=True)
class Realised:
    """One course of events; shapes (c, site). Times are those of gangs, added up [s]."""

    span_s: Floats
    """Planned on the cards; the six parts below add up to it."""
    paused_s: Floats
    """Stopped by eclipses, expected."""
    worked_s: Floats
    """Work that stays done."""
    written_s: Floats
    """Checkpoints."""
    lost_s: Floats
    """Work and checkpoints thrown away."""
    restarted_s: Floats
    n_interruptions: Ints
    n_upsets: Ints
    """Of the interruptions, those by radiation."""
    n_cards_lost: Ints
    """Of the interruptions, cards lost for good."""
    n_jobs_interrupted: Ints
    """Jobs that at least one interruption struck."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False

    @property
    def kept_frac(self) -> Floats:
        """Share of the time in the light that stayed done (c, site); 1 where nothing ran."""
        ran_s = self.span_s - self.paused_s
        return np.divide(self.worked_s, ran_s, out=np.ones_like(ran_s), where=ran_s > 0.0)


def realise(
    seed: np.random.SeedSequence,
    jobs: Jobs,
    site: Ints,
    sites: Sites,
    found: Factors,
) -> Realised:
    """Draw what befalls the gangs of a window.

    Parameters
    ----------
    seed : SeedSequence
        Of the window; each class and site derives its own by name.
    jobs : Jobs
        Of the window.
    site : ndarray (j,)
        Where each runs, -1 nowhere.
    sites : Sites
        Their names and the peak rate of one card; where that is not finite, nothing is drawn.
    found : Factors

    Returns
    -------
    Realised

    Assumptions
    -----------
    Those of `checkpoints.useful_frac`; gangs of a class and site are alike, so that their times can be laid
    end to end. Eclipse pauses are known ahead and not drawn.

    Source
    ------
    Of a Poisson process with n events in a span, the gaps are those of n uniform points: Kingman, Poisson
    Processes (1993), 2.4.
    """
    shape = found.restart_frac.shape
    result: dict[str, Any] = {field.name: np.zeros(shape) for field in fields(Realised)}
    card_op_per_s = sites.card_op_per_s
    ran = np.flatnonzero(site != NOWHERE)
    cell = jobs.job_class[ran] * shape[1] + site[ran]
    order = np.argsort(cell, kind="stable")
    edges = np.searchsorted(cell[order], np.arange(shape[0] * shape[1] + 1))
    for number in np.unique(cell):
        c, i = divmod(int(number), shape[1])
        mine = ran[order[edges[number] : edges[number + 1]]]
        if not (np.isfinite(card_op_per_s[i]) and card_op_per_s[i] > 0.0 and found.useful_frac[c, i] > 0.0):
            continue
        words = (b"running", sites.names[i].encode(), jobs.class_names[c].encode())
        own = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *map(zlib.crc32, words)))
        gang_s = jobs.work_op[mine] / found.useful_frac[c, i] / card_op_per_s[i] / found.n_cards[c, i]
        for name, value in _course(
            np.random.default_rng(own), gang_s, jobs.n_jobs[mine], found, c, i
        ).items():
            result[name][c, i] = value
    for key in result:
        if key.startswith("n_"):
            result[key] = result[key].astype(np.int64)
    return Realised(**result)


def _course(
    rng: np.random.Generator, gang_s: Floats, n_jobs: Ints, found: Factors, c: int, i: int
) -> dict[str, float]:
    total_s = float(gang_s.sum())
    paused_s = total_s * float(found.pause_frac[c, i])
    span_s = total_s - paused_s
    mtbi_s, restart_s = float(found.mtbi_s[c, i]), float(found.restart_s[c, i])
    piece_s, write_s = float(found.interval_s[c, i]), float(found.write_s[c, i])
    n = int(rng.poisson(min(span_s / mtbi_s, 1e15))) if np.isfinite(mtbi_s) else 0
    drawn = min(n, MOST_DRAWN)
    times = n / drawn if drawn else 1.0
    gap_s = rng.exponential(1.0, drawn + 1)
    gap_s *= span_s / times / gap_s.sum()
    owed_s = np.full(drawn + 1, restart_s)
    owed_s[0] = 0.0  # the first gap begins with work
    up_s = np.maximum(gap_s - owed_s, 0.0)
    pieces = np.floor(up_s / (piece_s + write_s))
    left_s = up_s - pieces * (piece_s + write_s)
    worked_s = float(pieces.sum() * piece_s + min(left_s[-1], piece_s))
    written_s = float(pieces.sum() * write_s + max(left_s[-1] - piece_s, 0.0))
    struck = rng.multinomial(n, gang_s / total_s) if n else np.zeros(n_jobs.size, np.int64)
    upsets = int(rng.binomial(n, found.upset_frac[c, i]))
    of_rest = found.lost_frac[c, i] / max(1.0 - found.upset_frac[c, i], 1e-12)
    return {
        "span_s": total_s,
        "paused_s": paused_s,
        "worked_s": times * worked_s,
        "written_s": times * written_s,
        "lost_s": times * float(left_s[:-1].sum()),
        "restarted_s": times * float((gap_s - up_s).sum()),
        "n_interruptions": n,
        "n_upsets": upsets,
        "n_cards_lost": int(rng.binomial(n - upsets, min(of_rest, 1.0))),
        "n_jobs_interrupted": float(_n_struck(n_jobs, struck).sum()),
    }


def _n_struck(n: Ints, blows: Ints) -> Floats:
    """Return how many of n jobs so many blows at random strike at least once, in the mean, rounded.

    >>> _n_struck(np.array([1, 1, 1, 1000]), np.array([0, 1, 7, 3])).tolist()
    [0.0, 1.0, 1.0, 3.0]
    """
    spared = np.where(n > 1, 1.0 - 1.0 / np.maximum(n, 1), 0.0) ** blows
    return np.asarray(np.round(n * (1.0 - spared)))
