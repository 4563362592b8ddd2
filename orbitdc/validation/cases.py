"""The cases: values from outside with their source and tolerance. cases.json → Case; a comparison → Check."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Case:
    """One thing that somebody else knows: inputs, expected values, tolerance, source.

    `kind` says how the values came about: `exact` (closed form), `cited` (the source's own value),
    `measured` (brute force or another library), `cited+measured` (both, agreeing).
    """

    id: str
    part: str
    kind: str
    inputs: Mapping[str, Any]
    expected: Mapping[str, Any]
    tolerance: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class Check:
    """One quantity of a case: our value beside theirs; the name ends in its unit."""

    quantity: str
    ours: float
    theirs: float
    tolerance: float

    @property
    def difference(self) -> float:
        """The absolute difference; two truths differ by 0 or 1."""
        return abs(float(self.ours) - float(self.theirs))

    @property
    def ok(self) -> bool:
        """Within the tolerance; a value that is not finite never is."""
        return math.isfinite(self.ours) and self.difference <= self.tolerance

    @property
    def strain(self) -> float:
        """Difference over tolerance, by which the tightest check of a case is found."""
        if not math.isfinite(self.ours):
            return math.inf
        if self.tolerance == 0.0:
            return 0.0 if self.difference == 0.0 else math.inf
        return self.difference / self.tolerance

    def to_dict(self) -> dict[str, Any]:
        """Return the check for JSON, which has no NaN: a value that is not finite becomes null."""
        numbers = {"ours": self.ours, "theirs": self.theirs, "difference": self.difference}
        finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        return {"quantity": self.quantity, **finite, "tolerance": self.tolerance}


class NotCoveredError(Exception):
    """No part of orbitdc to hold the case against; the message says why."""


def relative(quantity: str, ours: float, theirs: float, share: float) -> Check:
    """Return the check of a quantity whose tolerance is a share of the expected value.

    >>> relative("area_m2", 101.0, 100.0, 0.02).ok
    True
    """
    return Check(quantity, ours, theirs, share * abs(theirs))


def share_of(text: str) -> float:
    """Return the number that a tolerance like "0.1 %" stands for.

    >>> share_of("0.1 %")
    0.001
    """
    return float(text.removesuffix("%")) / 100.0


@functools.cache
def load() -> tuple[Case, ...]:
    """Return every shipped case, in the order of the file.

    >>> len(load()) > 250
    True
    """
    text = resources.files(__package__).joinpath("cases.json").read_text(encoding="utf-8")
    return tuple(Case(**entry) for entry in json.loads(text)["cases"])
