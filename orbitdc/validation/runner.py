"""The runner: cases → our values beside theirs, as JSON and as a table that fits 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import OrbitdcError
from . import atmosphere, clusters, hardware, light, network, orbits, passes, running, scheduling
from .cases import Case, Check, NotCoveredError, load

PARTS: dict[str, Callable[[Case], Iterable[Check]]] = {
    "propagation": orbits.propagation,
    "frames": orbits.frames,
    "sun": orbits.sun,
    "topocentric": orbits.topocentric,
    "orbit design": orbits.design,
    "geometry": orbits.geometry,
    "line of sight": orbits.sight,
    "shadow": light.shadow,
    "eclipse year": light.eclipse_year,
    "contacts": passes.contacts,
    "link": hardware.link,
    "atmosphere": atmosphere.atmosphere,
    "network": network.network,
    "thermal": hardware.thermal,
    "power": hardware.power,
    "running jobs": running.running,
    "scheduling": scheduling.scheduling,
    "clusters": clusters.clusters,
}
"""What compares the cases of each part; a part that is missing here is listed as not covered."""

SLOW_PARTS = frozenset({"eclipse year", "clusters"})
"""Parts that simulate whole years, a second or so a case."""


@dataclass(frozen=True)
class Result:
    """A case and what came of it: checks, or the reason why there are none."""

    case: Case
    checks: tuple[Check, ...]
    reason: str = ""
    failed: bool = False

    @property
    def ok(self) -> bool | None:
        """All checks hold; None where the case is not covered."""
        if self.failed:
            return False
        return all(check.ok for check in self.checks) if self.checks else None

    @property
    def tightest(self) -> Check | None:
        """The check nearest to its tolerance, or furthest beyond it."""
        return max(self.checks, key=lambda check: check.strain, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the case as one object of the command's JSON: the tightest check, then all of them."""
        none = dict.fromkeys(("quantity", "ours", "theirs", "difference", "tolerance"))
        return {
            "id": self.case.id,
            "part": self.case.part,
            **(none if self.tightest is None else self.tightest.to_dict()),
            "ok": self.ok,
            "source": self.case.source,
            "reason": self.reason,
            "checks": [{**check.to_dict(), "ok": check.ok} for check in self.checks],
        }


def run_case(case: Case) -> Result:
    """Hold our physics against one case.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Result
        A case that our own code refuses counts as failed, with the message as the reason.
    """
    compare = PARTS.get(case.part)
    if compare is None:
        return Result(case, (), f"{case.part}: no part of orbitdc yet")
    try:
        checks = tuple(compare(case))
    except NotCoveredError as answer:
        return Result(case, (), str(answer))
    except OrbitdcError as error:
        return Result(case, (), str(error), failed=True)
    return Result(case, checks)


def validate(
    cases: Sequence[Case] | None = None, on_result: Callable[[Result], None] | None = None
) -> tuple[Result, ...]:
    """Hold our physics against the cases.

    Parameters
    ----------
    cases : sequence of Case, optional
        All shipped cases by default.
    on_result : callable, optional
        Called with each result as it comes, for a progress bar.

    Returns
    -------
    tuple of Result
        In the order of the cases.
    """
    results = []
    for case in load() if cases is None else cases:
        results.append(run_case(case))
        if on_result is not None:
            on_result(results[-1])
    return tuple(results)


def passed(results: Iterable[Result]) -> bool:
    """Tell whether no case failed; cases that are not covered do not count."""
    return all(result.ok is not False for result in results)


def to_dict(results: Iterable[Result]) -> dict[str, Any]:
    """Return the object that `orbitdc validate --json` prints."""
    return {"cases": [result.to_dict() for result in results]}
