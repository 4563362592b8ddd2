"""Three factors between a card's peak and useful work, by class and site: hosts + classes → `Factors`.

Utilisation is the model's own share of a card's peak; parallel efficiency what the gang's narrowest link
leaves of it; restart what interruptions, checkpoints and eclipses leave of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...workload import job_of
from .checkpoints import daly_interval_s, useful_frac
from .collectives import narrowest_s
from .eclipses import Pause, pause_frac

if TYPE_CHECKING:
    from ...scenario.models import Job, Precision, Scenario
    from .hosts import Host

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PAUSES = ("none", "wait", "migrate")
LINKS = ("none", "card", "network", "dock", "laser")
LARGE_RING = 2.0
"""What each member of a large ring sends, over the length of the message."""

LEAST_INTERVAL_S = 1.0
"""Checkpoints are never closer: saving nothing at all would otherwise be saved all the time."""


@dataclass(frozen=True)
class Gang:
    """One class on one host."""

    n_cards: float
    link: str
    """Level that limits it."""
    parallel_frac: float
    mtbi_s: float
    """Mean time between interruptions of the gang."""
    interval_s: float
    """Work between checkpoints, or the request that is lost."""
    write_s: float
    restart_s: float
    """From an interruption to full speed."""
    kept_frac: float
    """Share of the time left by interruptions and checkpoints."""
    pause: Pause
    """At an eclipse, on a day that has any."""
    pause_frac: float
    """Share of the time that pauses take, of all days."""
    upset_frac: float
    """Share of its interruptions that are upsets by radiation."""
    lost_frac: float
    """Share of its interruptions that are cards lost for good."""

    @property
    def restart_frac(self) -> float:
        """Share of the time left by interruptions, checkpoints and eclipses."""
        return self.kept_frac * (1.0 - self.pause_frac)


def gang_on(scenario: Scenario, job: Job, host: Host) -> Gang:
    """Return how one class runs on one host.

    Parameters
    ----------
    scenario : Scenario
        Its `running`: store, restart, warm-up.
    job : Job
        The class.
    host : Host
        Where it runs.

    Returns
    -------
    Gang

    Assumptions
    -----------
    A gang is no larger than its host. `collective` is what a card exchanges in a large ring; in a small one
    it is (n - 1) / n of that. Each card saves its part of the state, all at once. What a class that may not
    be stopped serves when it is interrupted is lost, its request; before an eclipse it is served out.

    Source
    ------
    `checkpoints`, `collectives` and `eclipses` name theirs.
    """
    running = scenario.running
    n_cards = max(min(float(job.width), host.n_cards), 1.0)
    # the class states what is sent, twice the message of a large ring
    payload_byte_per_op = job.collective_byte_per_op / LARGE_RING
    link, needed_s = narrowest_s(host.levels, n_cards, payload_byte_per_op)
    sends = needed_s * host.op_per_s(job.precision) * job.mfu_frac
    mtbi_s = 1.0 / (n_cards * host.stops_per_s) if host.stops_per_s > 0.0 else np.inf
    load_s = job.state_bit / n_cards / running.storage_bit_per_s
    restart_s = running.restart_s + load_s + running.warm_up_s
    write_s = load_s if job.preemptible else 0.0
    interval_s = job.request_s
    if job.preemptible:
        bounded_s = min(mtbi_s, 1e12)
        interval_s = max(float(daly_interval_s(write_s, bounded_s)), LEAST_INTERVAL_S)
    pause = _pause(job, host, n_cards, write_s, load_s, running.warm_up_s)
    return Gang(
        n_cards=n_cards,
        link=link,
        parallel_frac=min(1.0, 1.0 / sends) if sends > 0.0 else 1.0,
        mtbi_s=mtbi_s,
        interval_s=interval_s,
        write_s=write_s,
        restart_s=restart_s,
        kept_frac=float(useful_frac(interval_s, write_s, restart_s, mtbi_s)),
        pause=pause,
        pause_frac=pause.lost_frac * host.dark.days_frac,
        upset_frac=_over(host.upsets_per_s, host.stops_per_s),
        lost_frac=_over(host.lost_per_s, host.stops_per_s),
    )


def _pause(job: Job, host: Host, n_cards: float, write_s: float, load_s: float, warm_up_s: float) -> Pause:
    n_members = 1.0 if host.together else float(np.ceil(n_cards / host.cards_per_place - 1e-9))
    moved_bit = job.state_bit * min(host.cards_per_place / n_cards, 1.0)
    return pause_frac(
        host.dark.period_s,
        host.dark.length_s,
        n_members,
        1.0 if host.together else host.n_places,
        write_s,
        load_s + warm_up_s,
        moved_bit / host.laser_bit_per_s if host.laser_bit_per_s > 0.0 else np.inf,
        warm_up_s,
    )


@dataclass(frozen=True)
class Factors:
    """What is left of a card operation; shapes (c, site).

    A site of several hosts has their mean by operations, and the figures of the largest.
    """

    utilisation_frac: Floats
    """Useful operations per peak operation of a busy card: model-FLOP utilisation."""
    parallel_frac: Floats
    """Parallel efficiency: what the narrowest link spanned leaves."""
    restart_frac: Floats
    """What interruptions, checkpoints, restarts and eclipse pauses leave."""
    precision_ratio: Floats
    """Peak rate at the precision of the class over that at the report's; 0 where the card has no unit."""
    n_cards: Floats
    mtbi_s: Floats
    interval_s: Floats
    write_s: Floats
    restart_s: Floats
    kept_frac: Floats
    """Of `restart_frac`, the part of interruptions and checkpoints alone."""
    pause_frac: Floats
    """Share of the time that eclipses take, of all days of the window."""
    upset_frac: Floats
    """Share of the interruptions that are upsets by radiation."""
    lost_frac: Floats
    """Share of the interruptions that are cards lost for good."""
    wait_frac: Floats
    """Share of the sunlit time lost if every eclipse is waited for."""
    migrate_frac: Floats
    """Share lost if the work moves to the light; 1 where it cannot."""
    pause: Ints
    """Which of the two is taken, number in PAUSES."""
    link: Ints
    """The narrowest link spanned, number in LINKS."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False

    @property
    def useful_frac(self) -> Floats:
        """Useful operations, at the precision of the class, per card operation at the report's (c, site)."""
        product: Floats = self.utilisation_frac * self.parallel_frac * self.restart_frac
        return product * self.precision_ratio


def factors(scenario: Scenario, classes: Sequence[str], sites: Sequence[Sequence[Host]]) -> Factors:
    """Return the factors of each class on each site.

    Parameters
    ----------
    scenario : Scenario
        The classes, what saving and restarting take, the report precision.
    classes : sequence of str
        Names (c,) of job classes.
    sites : sequence of sequence of Host
        Hosts of each site; a site with none, not launched yet, loses nothing.

    Returns
    -------
    Factors
    """
    shape = (len(classes), len(sites))
    found: dict[str, Any] = {field.name: np.ones(shape) for field in fields(Factors)}
    for c, name in enumerate(classes):
        job = job_of(scenario, name)
        for i, hosts in enumerate(sites):
            for key, value in _on_site(scenario, job, hosts).items():
                found[key][c, i] = value
    for key in ("pause", "link"):
        found[key] = found[key].astype(np.int64)
    return Factors(**found)


def _on_site(scenario: Scenario, job: Job, hosts: Sequence[Host]) -> dict[str, float]:
    if not hosts:
        return {
            "utilisation_frac": job.mfu_frac, "mtbi_s": np.inf, "pause_frac": 0.0, "upset_frac": 0.0,
            "lost_frac": 0.0, "wait_frac": 0.0, "pause": 0, "link": 0,
        }  # fmt: skip
    gangs = [gang_on(scenario, job, host) for host in hosts]
    weight = np.array([host.weight for host in hosts])
    weight = weight / weight.sum() if weight.any() else np.full(len(hosts), 1.0 / len(hosts))
    ratio = np.array([_ratio(host, job.precision, scenario.report_precision) for host in hosts])
    parallel = np.array([gang.parallel_frac for gang in gangs])
    lasting = np.array([gang.restart_frac for gang in gangs])
    # means whose product is the mean of the products
    parallel_mean = float(weight @ parallel)
    lasting_mean = _over(float(weight @ (parallel * lasting)), parallel_mean)
    most = gangs[int(np.argmax(weight))]
    return {
        "utilisation_frac": job.mfu_frac,
        "parallel_frac": parallel_mean,
        "restart_frac": lasting_mean,
        "precision_ratio": _over(float(weight @ (parallel * lasting * ratio)), parallel_mean * lasting_mean),
        "n_cards": most.n_cards,
        "mtbi_s": most.mtbi_s,
        "interval_s": most.interval_s,
        "write_s": most.write_s,
        "restart_s": most.restart_s,
        "kept_frac": most.kept_frac,
        "pause_frac": most.pause_frac,
        "upset_frac": most.upset_frac,
        "lost_frac": most.lost_frac,
        "wait_frac": most.pause.wait_frac,
        "migrate_frac": most.pause.migrate_frac,
        "pause": PAUSES.index(most.pause.choice),
        "link": LINKS.index(most.link),
    }


def _ratio(host: Host, precision: Precision, report: Precision) -> float:
    """Return a card's rate at one precision over that at another; 1 where it has neither."""
    return _over(host.op_per_s(precision), host.op_per_s(report)) if host.op_per_s(report) > 0.0 else 1.0


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
