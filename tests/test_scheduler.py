"""Scheduler: jobs and sites → schedule; capacity, deadlines, the circle, reasons, the bound, speed."""

import doctest
import importlib
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError, InvariantError
from orbitdc.scheduler import (
    OUTCOMES,
    POLICIES,
    REASONS,
    Narrow,
    Sites,
    bound,
    bound_share_frac,
    check,
    orbit_use,
)
from orbitdc.scheduler.terms import slots_allowed
from orbitdc.workload import Jobs

greedy, market = POLICIES["greedy"], POLICIES["market"]
ORBIT = 0
SLOT_S = 600.0
TEMPERATURES = ("hot", "warm", "cold", "space")


def job_list(n_slots, rows, latency_s=(0.05, 2.0, 60.0, 60.0)):
    """Jobs from (class, arrival in slots, deadline in slots, work, input, output, value, late_ok)."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    job_class = np.array(columns[0], np.int64)
    return Jobs(
        window_s=n_slots * SLOT_S,
        class_names=TEMPERATURES,
        temperature=TEMPERATURES,
        latency_s=np.array(latency_s),
        precision=("int8",) * 4,
        mfu_frac=np.ones(4),
        width=np.ones(4, np.int64),
        collective_byte_per_op=np.zeros(4),
        preemptible=np.ones(4, np.bool_),
        replicas=np.ones(4, np.int64),
        in_orbit=np.ones(4, np.bool_),
        cities=("beijing",),
        tenants=("all",),
        job_class=job_class,
        origin=np.zeros_like(job_class),
        arrival_s=np.array(columns[1], float) * SLOT_S,
        deadline_s=np.array(columns[2], float) * SLOT_S,
        work_op=np.array(columns[3], float),
        input_bit=np.array(columns[4], float),
        output_bit=np.array(columns[5], float),
        value=np.array(columns[6], float),
        late_ok=np.array(columns[7], np.bool_),
        n_jobs=np.ones(job_class.size, np.int64),
        tenant=np.zeros_like(job_class),
        priority=np.zeros_like(job_class),
    )


def sites_like(names, sides, op, link_bit, latency_s, **more):
    """Sites with one city and one link, as fast up as down, to what is in orbit."""
    op = np.array(op, float)
    n_site, n_slot = op.shape
    bit = np.full(op.shape, np.inf)
    bit[[side == "orbit" for side in sides]] = link_bit
    fields = {
        "slot_s": SLOT_S,
        "names": names,
        "sides": sides,
        "op": op,
        "card_op_per_s": np.full(n_site, np.inf),
        "up_bit": bit,
        "down_bit": bit.copy(),
        "latency_s": np.broadcast_to(np.array(latency_s, float)[:, None, None], (n_site, 1, n_slot)).copy(),
        "useful_frac": np.ones((4, n_site)),
        "price_usd_per_op": np.zeros(op.shape),
        "carbon_kg_per_op": np.zeros(op.shape),
        "water_l_per_op": np.zeros(op.shape),
        "paired": np.zeros((1, n_site), bool),
        "narrow": Narrow.none(1, *op.shape),
    }
    return Sites(**fields | more)


def site_list(op, link_bit, latency_s=(1.0, 0.01, 0.03), **more):
    return sites_like(
        ("orbit", "delta", "plateau"), ("orbit", "east", "west"), op, link_bit, latency_s, **more
    )


def flat(orbit=10.0, east=10.0, west=10.0, bit=100.0, n_slots=6):
    return site_list(np.outer([orbit, east, west], np.ones(n_slots)), np.full(n_slots, bit))


def outcomes(jobs, sites):
    schedule = greedy(jobs, sites)
    check(jobs, sites, schedule)
    names = list(REASONS)
    return [
        (OUTCOMES[outcome], names[reason], sites.names[site] if site >= 0 else None)
        for outcome, reason, site in zip(schedule.outcome, schedule.reason, schedule.site, strict=True)
    ], schedule


HOT, WARM, COLD, SPACE_DATA = range(4)


def one(job_class, arrival=0.0, deadline=3.0, work=1.0, up=0.0, down=0.0, value=1.0, late=False):
    return (job_class, arrival, deadline, work, up, down, value, late)


def test_temperature_chooses_the_site():
    jobs = job_list(6, [one(HOT), one(WARM), one(COLD), one(SPACE_DATA)])
    placed, _ = outcomes(jobs, flat())
    assert [site for _, _, site in placed] == ["delta", "plateau", "orbit", "orbit"]


def test_what_is_full_passes_work_on():
    jobs = job_list(6, [one(WARM), one(COLD, work=1.5)])
    assert [site for *_, site in outcomes(jobs, flat(west=0.0))[0]] == ["delta", "orbit"]
    assert [site for *_, site in outcomes(jobs, flat(orbit=0.0))[0]] == ["plateau", "plateau"]
    assert [site for *_, site in outcomes(jobs, flat(east=0.0, west=0.0))[0]] == ["orbit", "orbit"]


def test_every_reason_is_given():
    jobs = job_list(6, [one(SPACE_DATA, work=1e3), one(SPACE_DATA, down=1e6), one(HOT)])
    placed, _ = outcomes(jobs, flat())
    assert [reason for _, reason, _ in placed] == ["capacity", "link", "none"]
    slow = site_list(flat().op, 100.0, (1.0, 0.06, 0.06))
    assert outcomes(job_list(6, [one(HOT)]), slow)[0] == [("rejected", "latency", None)]
    grounded = sites_like(("delta",), ("east",), np.ones((1, 6)), 0.0, [0.01])
    assert outcomes(job_list(6, [one(SPACE_DATA)]), grounded)[0] == [("rejected", "class", None)]


def test_work_is_split_over_free_slots_of_one_site():
    sites = site_list([[0] * 6, [0] * 6, [4, 0, 3, 0, 5, 5]], [0] * 6)
    placed, schedule = outcomes(job_list(6, [one(WARM, deadline=6, work=9.0)]), sites)
    assert placed[0][0] == "completed"
    assert schedule.used_op[2].tolist() == [4, 0, 3, 0, 2, 0]
    assert (schedule.start_slot[0], schedule.end_slot[0]) == (0, 4)


def test_a_job_alive_at_the_end_goes_on_at_the_beginning():
    jobs = job_list(6, [one(WARM, arrival=4.5, deadline=4.0, work=35.0)])
    placed, schedule = outcomes(jobs, flat())
    assert placed == [("completed", "none", "plateau")]
    assert schedule.used_op[2].tolist() == [10, 5, 0, 0, 10, 10]
    assert (schedule.start_slot[0], schedule.end_slot[0]) == (4, 7)


def test_a_deadline_longer_than_the_window_is_cut_to_it():
    jobs = job_list(6, [one(WARM, arrival=3.0, deadline=1e9, work=60.0)])
    placed, schedule = outcomes(jobs, flat())
    assert placed[0][0] == "completed" and schedule.end_slot[0] == 8
    assert outcomes(replace(jobs, work_op=np.array([60.1])), flat(orbit=0))[0][0][:2] == (
        "rejected",
        "capacity",
    )


def test_data_comes_up_before_the_work_and_down_after_it():
    op = [[10] * 6, [0] * 6, [0] * 6]
    jobs = job_list(6, [one(COLD, deadline=6, work=15.0, up=4.0, down=3.0)])
    placed, schedule = outcomes(jobs, site_list(op, [0, 5, 0, 0, 2, 2]))
    assert placed[0][0] == "completed"
    assert schedule.used_up_bit[ORBIT].tolist() == [0, 4, 0, 0, 0, 0]
    assert schedule.used_down_bit[ORBIT].tolist() == [0, 0, 0, 0, 2, 1]
    assert schedule.used_op[ORBIT].tolist() == [0, 10, 5, 0, 0, 0]
    assert (schedule.start_slot[0], schedule.end_slot[0]) == (1, 5)
    for link in ([0, 5, 0, 0, 2, 0], [5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 9]):  # too little, early, late
        assert outcomes(jobs, site_list(op, link))[0] == [("rejected", "link", None)]


def test_what_comes_up_does_not_slow_what_comes_down():
    op = [[10] * 6, [0] * 6, [0] * 6]
    jobs = job_list(6, [one(COLD, deadline=6, up=4.0, down=3.0)])
    assert outcomes(jobs, site_list(op, [4, 0, 0, 0, 0, 0]))[0][0][0] == "completed"
    for up, down in ((3.5, 9.0), (9.0, 2.5)):
        narrow = replace(site_list(op, 0.0), up_bit=limited_to(up, 6), down_bit=limited_to(down, 6))
        assert outcomes(jobs, narrow)[0][0][:2] == ("rejected", "link")


def limited_to(bit, n_slots):
    return np.vstack([[bit, *[0.0] * (n_slots - 1)], np.full((2, n_slots), np.inf)])


def test_late_jobs_run_after_all_others_if_they_may():
    jobs = job_list(6, [one(SPACE_DATA, deadline=1, work=12.0, late=True), one(SPACE_DATA, 1, 1, 10.0)])
    placed, schedule = outcomes(jobs, flat())
    assert placed == [("late", "capacity", "orbit"), ("completed", "none", "orbit")]
    assert schedule.used_op[ORBIT].tolist() == [10, 10, 2, 0, 0, 0]
    never = replace(jobs, late_ok=np.zeros(2, np.bool_))
    assert outcomes(never, flat())[0][0] == ("rejected", "capacity", None)


def test_the_dearer_job_wins_a_contended_slot():
    rows = [one(SPACE_DATA, 0, 1, 10.0, value=1.0), one(SPACE_DATA, 0.1, 1, 10.0, value=2.0)]
    assert [outcome for outcome, *_ in outcomes(job_list(6, rows), flat())[0]] == ["rejected", "completed"]


def test_worth_before_haste_when_work_is_turned_away():
    """Earliest deadline first would fill the slots with cheap work."""
    rows = [one(SPACE_DATA, 0, 2, 20.0, value=1.0), one(SPACE_DATA, 0, 3, 30.0, value=5.0)]
    sites = flat()
    placed, schedule = outcomes(job_list(6, rows), sites)
    assert [outcome for outcome, *_ in placed] == ["rejected", "completed"]
    assert schedule.completed_value(job_list(6, rows)) == 150.0


def test_counts_are_of_jobs_and_add_up():
    jobs = job_list(
        6, [one(HOT), one(SPACE_DATA, work=1e3), one(SPACE_DATA, deadline=1, work=12.0, late=True)]
    )
    jobs = replace(jobs, n_jobs=np.array([5, 7, 11]))
    schedule = greedy(jobs, flat())
    assert schedule.n_by_outcome(jobs) == {
        "n_submitted": 23,
        "n_completed": 5,
        "n_late": 11,
        "n_rejected": 7,
        "n_unfinished": 0,
    }
    assert schedule.n_by_reason(jobs) == {
        "capacity": 18,
        **dict.fromkeys(("link", "latency", "class", "width", "quota", "fibre"), 0),
    }
    assert schedule.op_by_class(jobs, 3).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0], [12, 0, 0]]


def test_nothing_to_do_and_nothing_to_do_it_with():
    empty = job_list(6, [])
    schedule = greedy(empty, flat())
    check(empty, flat(), schedule)
    assert bound_share_frac(empty, flat(), schedule) == 1.0 and not schedule.share_frac.any()
    jobs, dead = job_list(6, [one(kind) for kind in range(4)]), flat(0, 0, 0, 0)
    assert {reason for _, reason, _ in outcomes(jobs, dead)[0]} == {"capacity"}
    assert bound(jobs, dead).value_op == 0.0 and bound_share_frac(jobs, dead, greedy(jobs, dead)) == 1.0


def test_bound_of_a_case_worked_by_hand():
    """Orbit 60 op, link 30 bit: 30 op of space data at 1 bit each, worth 90; 30 op of cold work besides."""
    sites = flat(orbit=10.0, east=0.0, west=0.0, bit=5.0)
    small = [one(SPACE_DATA, k % 6, 6, 1.0, down=1.0, value=3.0) for k in range(60)]
    jobs = job_list(6, [*small, one(COLD, 0, 6, 40.0)])
    assert bound(jobs, sites).value_op == pytest.approx(30 * 3 + 30 * 1, rel=1e-9)
    assert bound(jobs, sites).all_op == 60 * 3 + 40


def test_bound_of_a_few_whole_jobs_worked_by_hand():
    """The same in six jobs of space data: beside three the cold one has no room, beside two it has."""
    sites = flat(orbit=10.0, east=0.0, west=0.0, bit=5.0)
    large = [one(SPACE_DATA, k, 6, 10.0, down=10.0, value=3.0) for k in range(6)]
    jobs = job_list(6, [*large, one(COLD, 0, 6, 40.0)])
    assert bound(jobs, sites).value_op == pytest.approx(20 * 3 + 40 * 1, rel=1e-5)


def test_what_the_links_cost_is_what_idle_cards_would_do_of_the_rest():
    sites = flat(orbit=10.0, bit=1.0)
    jobs = job_list(6, [one(SPACE_DATA, 0, 6, 20.0, down=4.0), one(SPACE_DATA, 0, 6, 25.0, down=4.0)])
    asked = []

    def policy(some, there):
        asked.append((some.work_op.tolist(), there.op[ORBIT].sum(), np.isinf(there.down_bit).all()))
        return greedy(some, there)

    orbit_use(policy, jobs, sites, greedy(jobs, sites))
    assert asked == [([20.0], 35.0, True)]


def test_the_unused_orbit_is_split_into_link_and_queue():
    sites = flat(orbit=10.0, bit=1.0)
    jobs = job_list(6, [one(SPACE_DATA, 0, 6, 20.0, down=4.0), one(SPACE_DATA, 0, 6, 25.0, down=4.0)])
    schedule = greedy(jobs, sites)
    use = orbit_use(POLICIES["greedy"], jobs, sites, schedule)
    assert (use.delivered_op, use.link_op, use.queue_op) == (25.0, 20.0, 15.0)


def test_a_broken_schedule_is_found():
    jobs, sites = job_list(6, [one(HOT), one(SPACE_DATA)]), flat()
    schedule = greedy(jobs, sites)
    for field, value, law in (
        ("used_op", schedule.used_op * 20.0, "slot does more"),
        ("used_op", schedule.used_op * 0.5, "work is conserved"),
        ("used_up_bit", np.full((3, 6), 101.0), "more bits than its link"),
        ("used_down_bit", np.full((3, 6), 101.0), "more bits than its link"),
        ("used_up_bit", np.full((3, 6), 1.0), "bits are conserved"),
        ("used_down_bit", np.full((3, 6), 1.0), "bits are conserved"),
        ("outcome", np.array([0, 2]), "if and only if"),
        ("outcome", np.array([0, 9]), "one outcome"),
        ("share_frac", np.full((1, 6), 1.1), "between 0 and 1"),
    ):
        with pytest.raises(InvariantError, match=law):
            check(jobs, sites, replace(schedule, **{field: value}))


def test_sites_refuse_what_is_no_capacity():
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=r"sites\.op"):
            flat(orbit=bad)
    with pytest.raises(InputError, match="at least one slot"):
        site_list(np.zeros((3, 0)), [])
    with pytest.raises(InputError, match="orbital centres first"):
        sites_like(("delta", "orbit"), ("east", "orbit"), np.ones((2, 6)), 1.0, [1.0, 1.0])
    with pytest.raises(InputError, match="delta twice"):
        sites_like(("delta", "delta"), ("east", "west"), np.ones((2, 6)), 1.0, [1.0, 1.0])
    with pytest.raises(InputError, match=r"sites\.up_bit: found the shape"):
        replace(flat(), up_bit=np.ones(6))


# --- properties -------------------------------------------------------------------------------------------

N_SLOTS = 8
amounts = st.one_of(st.just(0.0), st.floats(1e-3, 30.0))
job_rows = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.floats(0.0, N_SLOTS, exclude_max=True),
        st.floats(1e-3, 2.5 * N_SLOTS),
        st.floats(1e-3, 40.0),
        amounts,
        amounts,
        st.sampled_from([0.5, 1.0, 3.0]),
        st.booleans(),
    ),
    max_size=30,
)
capacities = st.lists(
    st.one_of(st.just(0.0), st.floats(0.0, 20.0)), min_size=4 * N_SLOTS, max_size=4 * N_SLOTS
)


def contended(rows, numbers):
    table = np.array(numbers).reshape(4, N_SLOTS)
    return job_list(N_SLOTS, rows), site_list(table[:3], table[3])


@pytest.mark.kernel
@given(rows=job_rows, numbers=capacities)
@settings(max_examples=150, deadline=None)
def test_no_schedule_breaks_a_law_or_beats_the_bound(rows, numbers):
    jobs, sites = contended(rows, numbers)
    schedule = greedy(jobs, sites)
    check(jobs, sites, schedule)
    counts = schedule.n_by_outcome(jobs)
    assert counts["n_unfinished"] == 0 and sum(counts.values()) == 2 * counts["n_submitted"]
    assert sum(schedule.n_by_reason(jobs).values()) == counts["n_late"] + counts["n_rejected"]
    assert 0.0 <= bound_share_frac(jobs, sites, schedule) <= 1.0

    release, span = slots_allowed(jobs, sites)
    ran = schedule.site >= 0
    on_time = schedule.end_slot < release + span
    assert np.all((schedule.start_slot >= release)[ran]) and np.all(
        (schedule.end_slot >= schedule.start_slot)[ran]
    )
    assert np.array_equal(on_time[ran], (schedule.outcome == 0)[ran])
    assert np.all((schedule.end_slot < release + N_SLOTS)[ran])
    assert np.all(sites.latency_s[schedule.site[ran], 0, 0] <= jobs.latency_s[jobs.job_class[ran]])
    assert np.all(schedule.site[ran & (jobs.job_class == SPACE_DATA)] == ORBIT)


@pytest.mark.kernel
@given(rows=job_rows, numbers=capacities, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_permuting_jobs_changes_only_names(rows, numbers, seed):
    jobs, sites = contended(rows, numbers)
    order = np.random.default_rng(seed).permutation(jobs.n_entries)
    schedule, shuffled = greedy(jobs, sites), greedy(jobs.take(order), sites)
    assert np.array_equal(schedule.used_op, shuffled.used_op)
    assert np.allclose(schedule.used_up_bit, shuffled.used_up_bit, rtol=1e-12, atol=0.0)
    assert np.allclose(schedule.used_down_bit, shuffled.used_down_bit, rtol=1e-12, atol=0.0)
    described = [
        sorted(
            zip(
                *(column.tolist() for column in (*columns, plan.site, plan.outcome, plan.end_slot)),
                strict=True,
            )
        )
        for columns, plan in (
            ((jobs.arrival_s, jobs.work_op, jobs.job_class), schedule),
            ((jobs.arrival_s[order], jobs.work_op[order], jobs.job_class[order]), shuffled),
        )
    ]
    assert described[0] == described[1]


@given(rows=job_rows, numbers=capacities, scale=st.sampled_from([2.0**60, 2.0**-20]))
@settings(max_examples=30, deadline=None)
def test_scaling_all_operations_changes_nothing(rows, numbers, scale):
    jobs, sites = contended(rows, numbers)
    schedule = greedy(jobs, sites)
    bigger = greedy(replace(jobs, work_op=jobs.work_op * scale), replace(sites, op=sites.op * scale))
    assert np.array_equal(schedule.site, bigger.site) and np.array_equal(schedule.outcome, bigger.outcome)
    assert np.array_equal(schedule.share_frac, bigger.share_frac)


@given(rows=job_rows, numbers=capacities, more=st.floats(1.0, 3.0))
@settings(max_examples=40, deadline=None)
def test_more_capacity_never_lowers_the_bound(rows, numbers, more):
    jobs, sites = contended(rows, numbers)
    larger = replace(sites, op=sites.op * more, up_bit=sites.up_bit * more, down_bit=sites.down_bit * more)
    assert bound(jobs, larger).value_op >= bound(jobs, sites).value_op * (1.0 - 1e-6)


@given(rows=job_rows, numbers=capacities)
@settings(max_examples=40, deadline=None)
def test_the_orbit_is_accounted_for(rows, numbers):
    jobs, sites = contended(rows, numbers)
    use = orbit_use(greedy, jobs, sites, greedy(jobs, sites))
    assert min(use.delivered_op, use.link_op, use.queue_op) >= 0.0
    assert use.delivered_op + use.link_op + use.queue_op == pytest.approx(sites.op[ORBIT].sum(), abs=1e-9)


# --- sites of a scenario ----------------------------------------------------------------------------------


def many_jobs(n, load, seed=0):
    """Jobs and three sites; a third of the work is space data, deadlines from a slot to a day."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, n)
    jobs = Jobs(
        window_s=86400.0,
        class_names=TEMPERATURES,
        temperature=TEMPERATURES,
        latency_s=np.array([0.05, 2.0, 60.0, 60.0]),
        precision=("int8",) * 4,
        mfu_frac=np.ones(4),
        width=np.ones(4, np.int64),
        collective_byte_per_op=np.zeros(4),
        preemptible=np.ones(4, np.bool_),
        replicas=np.ones(4, np.int64),
        in_orbit=np.ones(4, np.bool_),
        cities=("beijing",),
        tenants=("all",),
        job_class=kind,
        origin=np.zeros_like(kind),
        arrival_s=np.sort(rng.random(n)) * 86400.0,
        deadline_s=rng.uniform(600.0, 86400.0, n),
        work_op=rng.uniform(0.5, 1.5, n),
        input_bit=np.zeros(n),
        output_bit=np.ones(n),
        value=1.0 + kind,
        late_ok=np.zeros(n, np.bool_),
        n_jobs=np.ones(n, np.int64),
        tenant=np.zeros_like(kind),
        priority=np.zeros_like(kind),
    )
    op = rng.uniform(0.5, 1.5, (3, 144))
    return jobs, site_list(op * n / load / op.sum(), np.full(144, n / 144))


@pytest.mark.parametrize("load", [0.5, 1.0, 1.5])
def test_greedy_comes_near_the_bound(load):
    """Non-regression: mean of five contended days, 3,000 jobs each."""
    shares = []
    for seed in range(5):
        jobs, sites = many_jobs(3000, load, seed)
        shares.append(bound_share_frac(jobs, sites, greedy(jobs, sites)))
    assert np.mean(shares) > 0.95


@pytest.mark.parametrize(("load", "at_most_s"), [(0.5, 1.0), (1.0, 8.0)])
def test_a_million_jobs_take_a_second_and_a_few_where_not_all_fit(load, at_most_s):
    """Three million a second are asked for where all fit; a busy machine gets three times as long."""
    jobs, sites = many_jobs(1_000_000, load)
    greedy(*many_jobs(1000, 2.0))
    begin = time.process_time()
    schedule = greedy(jobs, sites)
    took_s = time.process_time() - begin
    check(jobs, sites, schedule)
    assert took_s < at_most_s


@pytest.mark.parametrize("module", ["placing", "terms", "sites", "bound", "losses", "schedule"])
def test_examples_in_the_documentation(module):
    assert doctest.testmod(importlib.import_module(f"orbitdc.scheduler.{module}")).failed == 0


@given(rows=job_rows, numbers=capacities)
@settings(max_examples=40, deadline=None)
def test_links_with_room_to_spare_cost_nothing(rows, numbers):
    """For a list scheduler exactly: what found no room beside work in orbit finds none in what is left."""
    jobs, sites = contended(rows, numbers)
    ample = np.where(np.isfinite(sites.up_bit), 1e12, np.inf)
    sites = replace(sites, up_bit=ample, down_bit=ample)
    assert orbit_use(market, jobs, sites, market(jobs, sites)).link_op == 0.0
