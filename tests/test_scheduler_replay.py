"""The replay on paper: a schedule of the house fits its jobs; one changed by hand is refused, and where."""

from __future__ import annotations

from dataclasses import replace as changed
from types import SimpleNamespace

import mini
import numpy as np
import pytest

from orbitdc import simulate
from orbitdc.errors import InvariantError
from orbitdc.scheduler import NOWHERE, POLICIES, check, replay


@pytest.fixture(scope="module")
def planned() -> SimpleNamespace:
    """Jobs, sites and schedule of the last window of the mini plan."""
    kept = SimpleNamespace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            simulate,
            "check",
            lambda jobs, sites, schedule: vars(kept).update(jobs=jobs, sites=sites, schedule=schedule),
        )
        plan = simulate.prepare(mini.scenario())
        simulate.simulate_window(plan, len(plan.windows) - 1)
    return kept


def refused(planned: SimpleNamespace, words: str, **changes: np.ndarray) -> str:
    with pytest.raises(InvariantError, match=words) as caught:
        replay(planned.jobs, planned.sites, changed(planned.schedule, **changes))
    return str(caught.value)


def test_a_schedule_of_the_house_fits(planned: SimpleNamespace) -> None:
    replay(planned.jobs, planned.sites, planned.schedule)
    assert planned.schedule.used_op.sum() > 0.0 and planned.schedule.used_up_bit.sum() > 0.0


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_policy_makes_schedules_that_fit(planned: SimpleNamespace, name: str) -> None:
    schedule = POLICIES[name](planned.jobs, planned.sites)
    check(planned.jobs, planned.sites, schedule)
    replay(planned.jobs, planned.sites, schedule)


@pytest.mark.parametrize("name", ["used_op", "used_up_bit", "used_down_bit"])
def test_what_is_done_in_another_slot_does_not_fit(planned: SimpleNamespace, name: str) -> None:
    used = getattr(planned.schedule, name).copy()
    sites = planned.sites
    row = int(np.argmax(used[: sites.n_orbit].sum(axis=1)))
    # all of a site at once: what began later cannot have been done by then
    moved = np.zeros_like(used)
    moved[row, 0] = used[row].sum()
    used[row] = moved[row]
    said = refused(planned, "slot", **{name: used})
    assert sites.names[row] in said


def test_a_little_done_too_early_does_not_fit(planned: SimpleNamespace) -> None:
    jobs, sites, schedule = planned.jobs, planned.sites, planned.schedule
    ground = np.flatnonzero(schedule.site >= sites.n_orbit)
    used = schedule.used_op.copy()
    row = schedule.site[ground[0]]
    busy = np.flatnonzero(used[row] > 0.0)
    late = busy[-1]
    used[row, (late + 1) % sites.n_slots] += used[row, late] * 0.5
    used[row, late] *= 0.5
    with pytest.raises(InvariantError):
        replay(jobs, sites, changed(schedule, used_op=used))


def test_more_than_the_cards_of_the_jobs_does_not_fit(planned: SimpleNamespace) -> None:
    slow = changed(planned.sites, card_op_per_s=planned.sites.card_op_per_s * 1e-3)
    with pytest.raises(InvariantError, match="faster than its cards"):
        replay(planned.jobs, slow, planned.schedule)


def test_jobs_out_of_order_in_time(planned: SimpleNamespace) -> None:
    schedule = planned.schedule
    ran = np.flatnonzero(schedule.site != NOWHERE)
    early = schedule.start_slot.copy()
    early[ran[-1]] = -1
    refused(planned, "begins before it arrives", start_slot=early)
    before = schedule.end_slot.copy()
    before[ran[-1]] = schedule.start_slot[ran[-1]] - 1
    refused(planned, "ends before it begins", end_slot=before)
    after = schedule.end_slot.copy()
    after[ran[0]] += planned.sites.n_slots
    refused(planned, "ends after its deadline", end_slot=after)


def test_satellites_fly_what_is_planned(planned: SimpleNamespace) -> None:
    share = planned.schedule.share_frac.copy()
    row, k = np.argwhere(share > 0.0)[0]
    share[row, k] *= 0.5
    said = refused(planned, "share that is flown", share_frac=share)
    assert planned.sites.names[row] in said and f"slot {k}" in said
