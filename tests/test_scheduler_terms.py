"""Terms of jobs: width, runs without a gap, latency by slot; the kernel against a plain loop; bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scheduler import COLD, HOT, SPACE_DATA, WARM, flat, job_list, one, outcomes, site_list

from orbitdc.scheduler import OUTCOMES, POLICIES, REASONS, bound_share_frac, check, latency_met_s
from orbitdc.scheduler.placing import Board, ranked_by
from orbitdc.scheduler.terms import terms

SLOT_S = 600.0


def wide(sites, card_op_per_slot):
    return replace(sites, card_op_per_s=np.full(len(sites.names), card_op_per_slot / SLOT_S))


def test_a_job_is_no_faster_than_its_cards():
    jobs = replace(job_list(6, [one(WARM, deadline=6, work=9.0)]), width=np.full(4, 2))
    _, schedule = outcomes(jobs, wide(flat(), 2.0))
    assert schedule.used_op[2].tolist() == [4, 4, 1, 0, 0, 0]
    hurried = replace(jobs, deadline_s=np.array([2 * SLOT_S]))
    assert outcomes(hurried, wide(flat(), 2.0))[0][0][:2] == ("rejected", "capacity")
    many = replace(hurried, n_jobs=np.array([2]))  # two jobs side by side
    assert outcomes(many, wide(flat(), 2.0))[1].used_op[2].tolist() == [8, 1, 0, 0, 0, 0]


def test_a_gang_needs_as_many_cards_as_it_is_wide_and_hot_work_does_not():
    jobs = replace(job_list(6, [one(WARM), one(COLD), one(HOT)]), width=np.full(4, 6))
    placed, _ = outcomes(jobs, wide(flat(), 2.0))  # five cards a site
    assert [reason for _, reason, _ in placed] == ["width", "width", "none"]


def test_a_site_of_one_card_that_runs_a_little_slower_still_has_a_card():
    jobs = job_list(6, [one(COLD, deadline=6, work=5.0)])
    slow = wide(flat(orbit=1.96, east=1.96, west=1.96), 2.0)
    placed, schedule = outcomes(jobs, slow)
    assert placed == [("completed", "none", "orbit")]
    assert schedule.used_op[0].tolist() == pytest.approx([1.96, 1.96, 1.08, 0, 0, 0])
    two = replace(jobs, width=np.full(4, 2))
    assert outcomes(two, slow)[0][0][:2] == ("rejected", "width")


def test_what_may_not_be_cut_waits_for_a_run_without_a_gap():
    op = [[0] * 6, [0] * 6, [2, 4, 1, 4, 4, 4]]
    cut = replace(job_list(6, [one(WARM, deadline=6, work=9.0)]), width=np.full(4, 2))
    whole = replace(cut, preemptible=np.zeros(4, bool))
    sites = wide(site_list(op, 0.0), 2.0)
    assert outcomes(cut, sites)[1].used_op[2].tolist() == [2, 4, 1, 2, 0, 0]
    # the second slot alone, then a slot with less than its rate: it starts in that slot instead
    assert outcomes(whole, sites)[1].used_op[2].tolist() == [0, 0, 1, 4, 4, 0]
    short = replace(whole, deadline_s=np.array([4 * SLOT_S]))
    assert outcomes(short, sites)[0][0][:2] == ("rejected", "capacity")


def test_hot_work_runs_only_in_slots_in_which_the_answer_is_soon_enough():
    latency_s = np.full((3, 1, 6), 9.0)
    latency_s[0, 0, [2, 4]] = 0.04
    sites = replace(flat(), latency_s=latency_s)
    jobs = job_list(6, [one(HOT, deadline=6, work=15.0)])
    placed, schedule = outcomes(jobs, sites)
    assert placed == [("completed", "none", "orbit")]
    assert schedule.used_op[0].tolist() == [0, 0, 10, 0, 5, 0]
    assert latency_met_s(jobs, sites, schedule).tolist() == [0.04]
    # who may wait longer than a slot is held to the best slot: contacts are in the link's bits
    patient = replace(job_list(6, [one(COLD, deadline=6, work=15.0)]), latency_s=np.full(4, 3600.0))
    assert outcomes(patient, sites)[1].used_op[0].tolist() == [10, 5, 0, 0, 0, 0]


def test_useful_work_takes_more_of_a_card_where_less_of_it_is_useful():
    useful = np.ones((4, 3))
    useful[:, 2] = 0.25
    sites = site_list(flat().op, 100.0, useful_frac=useful)
    _, schedule = outcomes(job_list(6, [one(WARM, deadline=6, work=5.0)]), sites)
    assert schedule.used_op[2].tolist() == [10, 10, 0, 0, 0, 0]
    useful = useful * np.array([1.0, 1.0, 0.0])
    assert (
        outcomes(job_list(6, [one(WARM)]), site_list(flat().op, 100.0, useful_frac=useful))[0][0][2]
        == "delta"
    )


# --- the kernel against a plain loop ------------------------------------------------------------------------


def plainly(jobs, sites, order, ranked, n_levels=1):
    """The rules of `dispatch` in plain Python: slot by slot, no skipping, every trial on a copy."""
    given = terms(jobs, sites)
    n = sites.n_slots
    room = [sites.op.tolist(), sites.up_bit.tolist(), sites.down_bit.tolist()]
    found = {}

    def level(site, slot):
        whole = sites.op[site, slot % n]
        used = whole - room[0][site][slot % n]
        return min(int(n_levels * used / whole + 1e-6), n_levels - 1) if whole else 0

    def emptiest(site, first, last, need, most, whole, shut):
        """Slots that give and how much: of all runs the emptiest, or the emptiest slots; None if too few."""
        rows = room[0][site]
        if whole:
            runs = [
                run(rows, start, last, need, most, True, shut, only=True) for start in range(first, last + 1)
            ]
            found = [pieces for pieces in runs if pieces]
            return min(
                found, key=lambda run: sum(give * level(site, slot) for slot, give in run), default=None
            )
        left, pieces = need, []
        for slot in sorted(range(first, last + 1), key=lambda slot: level(site, slot)):
            give = 0.0 if shut[slot % n] else min(rows[slot % n], most, left)
            if give > 0.0:
                pieces.append((slot, give))
                left -= give
        return sorted(pieces) if left <= 1e-12 * need else None

    def run(rows, first, last, need, most, whole, shut, only=False):
        """Slots that give and how much, or None."""
        starts = range(first, last + 1) if whole and not only else [first]
        for start in starts:
            left, pieces = need, []
            for slot in range(start, last + 1):
                if left <= 0.0:
                    break
                give = 0.0 if shut[slot % n] else min(rows[slot % n], most, left)
                enough = slot == start or give >= min(most, left) * (1.0 - 1e-12)
                if whole and (not give or not enough):
                    break
                if give > 0.0:
                    pieces.append((slot, give))
                    left -= give
            if left <= 1e-12 * need:
                return pieces
        return None

    open_ = [False] * n
    for j in order:
        first, last = int(given.release[j]), int(given.release[j] + given.span[j]) - 1
        for site in ranked[given.group[j]]:
            if site < 0:
                break
            need = jobs.work_op[j] * given.per_op[jobs.job_class[j], site]
            most = given.most_op[jobs.job_class[j], site] * jobs.n_jobs[j]
            whole = given.whole[jobs.job_class[j]] and (jobs.n_jobs[j] == 1 or need > most)
            up = run(room[1][site], first, last, jobs.input_bit[j], np.inf, False, open_)
            if up is None:
                continue
            fed = up[-1][0] if up else first
            shut = given.closed[given.mask[given.group[j], site]]
            for work in (
                emptiest(site, fed, last, need, most, whole, shut),
                run(room[0][site], fed, last, need, most, whole, shut),
            ):
                down = work and run(
                    room[2][site], work[-1][0], last, jobs.output_bit[j], np.inf, False, open_
                )
                if down is not None:
                    break
            if down is None:
                continue
            for kind, pieces in enumerate((work, up, down)):
                for slot, amount in pieces:
                    room[kind][site][slot % n] -= amount
            found[j] = (int(site), work[0][0], (down or work)[-1][0])
            break
    return [found.get(j, (-1, -1, -1)) for j in range(jobs.n_entries)]


def placed(jobs, sites, order, ranked, n_levels):
    given = terms(jobs, sites)
    board = Board(jobs, sites, given, n_levels)
    board.offer(order, ranked, given.group)
    return board.finish("as they come", order, ranked, given.group)


N = 8
whole_numbers = st.integers(0, 12)
rows = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, N - 1).map(float),
        st.integers(1, 2 * N).map(float),
        st.integers(1, 30).map(float),
        whole_numbers.map(float),
        whole_numbers.map(float),
        st.sampled_from([0.5, 1.0, 3.0]),
        st.just(False),
    ),
    max_size=25,
)


@pytest.mark.kernel
@given(
    rows=rows,
    numbers=st.lists(whole_numbers, min_size=4 * N, max_size=4 * N),
    width=st.lists(st.sampled_from([1, 2, 4, 99]), min_size=4, max_size=4),
    cut=st.lists(st.booleans(), min_size=4, max_size=4),
    far=st.lists(st.booleans(), min_size=N, max_size=N),
    n_levels=st.sampled_from([1, 3, 32]),
)
@settings(max_examples=300, deadline=None)
def test_the_kernel_does_what_a_plain_loop_does(rows, numbers, width, cut, far, n_levels):
    """Whole numbers, so that both count exactly; hot work, so that wide jobs are slow and not refused."""
    table = np.array(numbers, float).reshape(4, N)
    latency_s = np.full((3, 1, N), 0.01)
    latency_s[0, 0] = np.where(far, 9.0, 0.01)
    sites = replace(wide(site_list(table[:3], table[3]), 1.0), latency_s=latency_s)
    jobs = replace(job_list(N, rows), width=np.array(width), preemptible=np.array(cut))
    jobs = replace(jobs, temperature=("hot", "hot", "hot", "space"))
    given = terms(jobs, sites)
    ranked = ranked_by(sites, given.allowed)
    order = np.arange(jobs.n_entries)
    schedule = placed(jobs, sites, order, ranked, n_levels)
    check(jobs, sites, schedule)
    ours = list(
        zip(schedule.site.tolist(), schedule.start_slot.tolist(), schedule.end_slot.tolist(), strict=True)
    )
    assert ours == plainly(jobs, sites, order, ranked, n_levels)
    soon = latency_met_s(jobs, sites, schedule)
    ran = schedule.site >= 0
    assert np.all(soon[ran] <= jobs.latency_s[jobs.job_class[ran]])  # nothing is late here


def test_work_in_the_emptiest_slots_leaves_a_gang_its_width():
    """Four slots of four; each job uses two a slot. Two of four side by side would fill half of the slots."""
    sites = wide(site_list(np.outer([0.0, 4.0, 0.0], np.ones(4)), np.zeros(4)), 2.0)
    jobs = job_list(4, [one(WARM, work=work, deadline=4) for work in (4.0, 4.0, 8.0)])
    jobs = replace(jobs, width=np.ones(4, np.int64))
    ranked = ranked_by(sites, terms(jobs, sites).allowed)
    for n_levels, used, last in ((1, [4, 4, 0, 0], -1), (32, [4, 4, 4, 4], 1)):
        schedule = placed(jobs, sites, np.arange(3), ranked, n_levels)
        check(jobs, sites, schedule)
        assert schedule.used_op[1].tolist() == used and schedule.site[2] == last


# --- more never hurts, units do not matter ------------------------------------------------------------------


@given(rows=rows, numbers=st.lists(whole_numbers, min_size=4 * N, max_size=4 * N), scale=st.integers(-40, 40))
@settings(max_examples=30, deadline=None)
def test_scaling_all_units_changes_nothing(rows, numbers, scale):
    table = np.array(numbers, float).reshape(4, N)
    jobs, sites = job_list(N, rows), site_list(table[:3], table[3])
    op, bit = 2.0**scale, 2.0 ** (-scale // 2)
    larger = replace(
        jobs, work_op=jobs.work_op * op, input_bit=jobs.input_bit * bit, output_bit=jobs.output_bit * bit
    )
    roomy = replace(sites, op=sites.op * op, up_bit=sites.up_bit * bit, down_bit=sites.down_bit * bit)
    for policy in ("greedy", "market", "carbon"):
        one_way, other = POLICIES[policy](jobs, sites), POLICIES[policy](larger, roomy)
        assert np.array_equal(one_way.site, other.site) and np.array_equal(one_way.outcome, other.outcome)


# --- bad input: finished, counted, explained ----------------------------------------------------------------


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_what_cannot_be_done_is_finished_counted_and_explained(policy):
    rows = [
        one(SPACE_DATA, work=1e9),  # more than all there is
        one(WARM, deadline=-3.0),  # due before it came: it still has the slot it came in
        one(HOT, deadline=1e-9),
        one(COLD, work=1e-9, up=1e12),
    ]
    for sites in (flat(), flat(0.0, 0.0, 0.0, 0.0), flat(orbit=1e-300)):
        jobs = job_list(6, rows)
        schedule = POLICIES[policy](jobs, sites)
        check(jobs, sites, schedule)
        assert 0.0 <= bound_share_frac(jobs, sites, schedule) <= 1.0
        assert OUTCOMES[schedule.outcome[0]] == "rejected"
        assert list(REASONS)[schedule.reason[0]] in ("capacity", "width")
        counts = schedule.n_by_outcome(jobs)
        assert counts["n_submitted"] == 4 == sum(n for name, n in counts.items() if name != "n_submitted")


def test_a_million_fold_demand_is_turned_away_and_what_fits_is_still_done():
    rows = [one(WARM, k % 6, 3, 5.0, value=1.0 + k % 3) for k in range(40)]
    jobs = job_list(6, rows)
    flood = replace(jobs, work_op=np.where(np.arange(40) % 2, jobs.work_op * 1e6, jobs.work_op))
    schedule = POLICIES["greedy"](flood, flat())
    check(flood, flat(), schedule)
    counts = schedule.n_by_outcome(flood)
    assert counts["n_rejected"] == 20 and counts["n_completed"] == 20
    assert set(schedule.reason[schedule.outcome == 2]) == {list(REASONS).index("capacity")}
    assert bound_share_frac(flood, flat(), schedule) == pytest.approx(1.0)
