"""Latency: what a request and its answer wait for, part by part. Delays of equipment + a route → seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError, Problem
from ..orbit.time import Floats

PARTS = ("access", "propagation", "hops", "queue", "processing", "wait")
"""Parts of a latency, in the order in which they are reported."""


@dataclass(frozen=True)
class Delays:
    """What equipment adds to light.

    `access_s`, one way, from a user to the network of the city: the metropolitan tier of 1 ms of the China
    Academy of Information and Communications Technology (2024). `line_overhead_frac` of the time of light in
    the lines of a route on the ground: 45 % makes the ten clusters of East Data, West Compute lie 14.6 ms
    apart in the mean, what that academy measured over private IP in the first quarter of 2024, where 9.7 ms
    is the fibre's (longest 23.9 ms, here 23.1; 16.7 in the mean over the public internet). `space_hop_s`
    for each link of a route through space: a switch and the coding of an optical link, 0.1 ms (estimate; 0.02
    to 1 ms).
    """

    access_s: float = 1e-3
    line_overhead_frac: float = 0.45
    space_hop_s: float = 1e-4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value <= 1.0:
                raise InputError(Problem(f"delays.{name}", f"{value:g}", "0 to 1"))


LIGHT_ONLY = Delays(0.0, 0.0, 0.0)
"""No equipment at all: what is left is propagation."""


@dataclass(frozen=True)
class Latency:
    """Request to response, part by part [s], all of one shape; infinite `wait_s` where there is no route.

    `access_s`, `propagation_s` and `hops_s` count both ways; `queue_s` and `processing_s` are the site's;
    `wait_s` is the time until a contact, once.
    """

    access_s: Floats
    propagation_s: Floats
    hops_s: Floats
    queue_s: Floats
    processing_s: Floats
    wait_s: Floats

    def __post_init__(self) -> None:
        for value in vars(self).values():
            value.flags.writeable = False

    @classmethod
    def of(
        cls, access_s: ArrayLike, propagation_s: ArrayLike, hops_s: ArrayLike, wait_s: ArrayLike = 0.0
    ) -> Latency:
        """Return the latency of routes to idle sites that answer at once, parts broadcast to one shape."""
        parts = np.broadcast_arrays(access_s, propagation_s, hops_s, 0.0, 0.0, wait_s)
        return cls(*(np.array(part, dtype=np.float64) for part in parts))

    @property
    def total_s(self) -> Floats:
        """The sum of all parts."""
        total_s: Floats = np.sum([getattr(self, f"{part}_s") for part in PARTS], axis=0)
        return total_s

    def at_site(self, queue_s: ArrayLike, processing_s: ArrayLike) -> Latency:
        """Return the same routes to sites where a request queues and is worked on this long.

        >>> busy = Latency.of(0.002, 0.020, 0.004).at_site(queue_s=0.5, processing_s=2.0)
        >>> f"{float(busy.total_s):.3f} s"
        '2.526 s'
        """
        shape = self.wait_s.shape
        queue = np.array(np.broadcast_to(queue_s, shape), dtype=np.float64)
        processing = np.array(np.broadcast_to(processing_s, shape), dtype=np.float64)
        return replace(self, queue_s=queue, processing_s=processing)
