"""Fairness: published examples of max-min, dominant resource fairness and Jain's index; their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.scheduler.fairness import (
    decayed_usage,
    dominant_resource_fairness,
    dominant_share_frac,
    fairness_index,
    half_life_fade,
    weighted_max_min,
)

# --- validation: values from outside ----------------------------------------------------------------------


def test_drf_of_its_paper() -> None:
    """Ghodsi et al. 2011, section 4.1: user A gets (3 CPU, 12 GB), user B (6 CPU, 2 GB); both hold 2/3."""
    demand, capacity = 1000.0 * np.array([[1.0, 4.0], [3.0, 1.0]]), np.array([9.0, 18.0])
    got = dominant_resource_fairness(demand, capacity, [1.0, 1.0])[:, None] * demand
    np.testing.assert_allclose(got, [[3.0, 12.0], [6.0, 2.0]], rtol=1e-12)
    np.testing.assert_allclose(dominant_share_frac(got, capacity), [2 / 3, 2 / 3], rtol=1e-12)


def test_max_min_of_the_routing_textbook() -> None:
    """Keshav, An Engineering Approach to Computer Networking (1997), 9.2.2: demands 2, 2.6, 4, 5 of 10;
    with weights 2.5, 4, 0.5 and 1, demands 4, 2, 10 and 4 of 16 get 4, 2, 6 and 4."""
    even = weighted_max_min([2.0, 2.6, 4.0, 5.0], 10.0, np.ones(4))
    np.testing.assert_allclose(even, [2.0, 2.6, 2.7, 2.7], rtol=1e-12)
    weighted = weighted_max_min([4.0, 2.0, 10.0, 4.0], 16.0, [2.5, 4.0, 0.5, 1.0])
    np.testing.assert_allclose(weighted, [4.0, 2.0, 6.0, 4.0], rtol=1e-12)


def test_jain_index_of_its_report() -> None:
    """Jain et al. 1984: if k of n users share evenly and the others get nothing, the index is k / n."""
    assert fairness_index([5.0] * 3 + [0.0] * 7) == pytest.approx(0.3, rel=1e-12)


# --- properties -------------------------------------------------------------------------------------------

amounts = st.floats(0.0, 100.0).map(lambda x: round(x, 3))


@st.composite
def problems(draw):
    n_user, n_resource = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    demand = np.array([[draw(amounts) for _ in range(n_resource)] for _ in range(n_user)])
    capacity = np.array([draw(st.floats(1.0, 100.0)) for _ in range(n_resource)])
    weight = np.array([draw(st.floats(0.1, 10.0)) for _ in range(n_user)])
    return demand, capacity, weight


@settings(max_examples=80, deadline=None)
@given(problems())
def test_drf_is_feasible_efficient_and_worth_joining(problem) -> None:
    demand, capacity, weight = problem
    granted = dominant_resource_fairness(demand, capacity, weight)
    used = granted @ demand
    assert np.all(used <= capacity * (1 + 1e-9))
    full = used >= capacity * (1 - 1e-9)
    wanting = granted < 1.0 - 1e-9
    # Pareto: whoever is not served whole needs a resource that is used up
    assert np.all(np.any((demand > 0) & full, axis=1)[wanting])
    # sharing incentive: nobody gets less than from its own slice of everything
    slice_frac = weight / weight.sum()
    own = np.array([min([1.0, *(f * c / d for d, c in zip(row, capacity, strict=True) if d > 0)])
                    for row, f in zip(demand, slice_frac, strict=True)])  # fmt: skip
    assert np.all(granted >= own * (1 - 1e-9))


@settings(max_examples=80, deadline=None)
@given(problems())
def test_drf_envies_nobody(problem) -> None:
    """No user would do more of its work with what another holds, weights considered."""
    demand, capacity, weight = problem
    granted = dominant_resource_fairness(demand, capacity, weight)
    bundle = granted[:, None] * demand
    for i, own in enumerate(demand):
        needs = own > 0
        if not needs.any():
            continue
        for j in range(len(demand)):
            theirs = bundle[j] * weight[i] / weight[j]
            could = min(1.0, float(np.min(theirs[needs] / own[needs])))
            assert could <= granted[i] * (1 + 1e-9) + 1e-12


def test_one_more_user_of_no_demand_changes_nothing() -> None:
    demand = np.array([[5.0, 1.0], [2.0, 8.0]])
    alone = dominant_resource_fairness(demand, [4.0, 4.0], [1.0, 2.0])
    joined = dominant_resource_fairness(np.vstack([demand, [0.0, 0.0]]), [4.0, 4.0], [1.0, 2.0, 9.0])
    np.testing.assert_array_equal(joined, [*alone, 1.0])


def test_what_does_not_exist_is_not_granted() -> None:
    assert dominant_resource_fairness([[1.0, 1.0], [1.0, 0.0]], [1.0, 0.0], [1.0, 1.0]).tolist() == [0.0, 1.0]


# --- usage over time --------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 3.0))
def test_usage_is_the_sum_of_what_has_not_faded(seed: int, half_life_windows: float) -> None:
    rng = np.random.default_rng(seed)
    n, n_slots, slot_s = 40, 24, 3600.0
    user, slot, charge = rng.integers(0, 3, n), rng.integers(0, n_slots, n), rng.uniform(0.0, 5.0, n)
    half_life_s = half_life_windows * n_slots * slot_s
    found = decayed_usage(user, slot, charge, 3, half_life_fade(n_slots, slot_s, half_life_s))
    by_hand = [
        sum(
            charge[i] * 0.5 ** (((slot[j] - slot[i]) % n_slots) * slot_s / half_life_s)
            for i in range(j)
            if user[i] == user[j]
        )
        for j in range(n)
    ]
    np.testing.assert_allclose(found, by_hand, rtol=1e-12, atol=1e-12)


def test_a_very_short_memory_forgets_all_but_the_same_slot() -> None:
    fade = half_life_fade(6, 600.0, 1.0)
    used = decayed_usage(np.zeros(4, int), np.array([0, 2, 4, 4]), np.ones(4), 1, fade)
    np.testing.assert_allclose(used, [0.0, 0.0, 0.0, 1.0], atol=1e-100)
