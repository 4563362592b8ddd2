"""The smallest plan, run in memory: overrides → digest of everything that came out."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from orbitdc import simulate
from orbitdc.errors import LimitError
from orbitdc.results.files import names_of
from orbitdc.results.summary import summarise
from orbitdc.scenario.models import Scenario
from orbitdc.scenario.reader import load

MINI = Path(__file__).parent / "data" / "mini.toml"


@functools.cache
def scenario() -> Scenario:
    return load(MINI)


def results(plan: simulate.Plan) -> list[Any]:
    return [simulate.simulate_window(plan, i) for i in range(len(plan.windows))]


def summary_of(changes: dict[str, object] | None = None) -> dict[str, Any]:
    plan = simulate.prepare(scenario().replace(changes) if changes else scenario())
    return summarise(plan, results(plan))


def digest(plan: simulate.Plan) -> str:
    """Return a hash of the names, of every array of every window and of the summary."""
    found = results(plan)
    text = json.dumps([names_of(plan.scenario), summarise(plan, found)], sort_keys=True)
    content = hashlib.sha256(text.encode())
    for result in found:
        for name, array in sorted(result.to_arrays().items()):
            content.update(name.encode())
            content.update(array.tobytes())
    return content.hexdigest()


@functools.cache
def outcome(changes: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the digest of the plan with these changes, or the limit that it breaks."""
    try:
        return digest(simulate.prepare(load(MINI, [f"{key}={value}" for key, value in changes])))
    except LimitError as error:
        return str(error)
