"""Accounts of owners and of what users saw: hand-worked windows, sums that close, percentiles."""

import sys
from pathlib import Path

import numpy as np
import pytest

from orbitdc.results.service import _percentiles

sys.path.insert(0, str(Path(__file__).parent))
import mini


@pytest.fixture(scope="module")
def total() -> dict:
    return mini.summary_of()["total"]


def test_percentiles_are_of_jobs_not_of_rows() -> None:
    found = _percentiles("latency", [{1000: 98.0, 2000: 1.0}, {5000: 1.0}])
    assert found == {"latency_p50_s": pytest.approx(1e-3), "latency_p99_s": pytest.approx(2e-3)}
    assert _percentiles("latency", [{}]) == {"latency_p50_s": None, "latency_p99_s": None}


def test_owners_add_up_to_the_whole(total: dict) -> None:
    jobs = total["jobs"]
    tenants = total["tenants"]
    assert [one["name"] for one in tenants] == ["institute", "member-1", "member-2"]
    assert sum(one["n_submitted"] for one in tenants) == jobs["n_submitted"]
    assert sum(one["n_completed"] for one in tenants) == jobs["n_completed"]
    for one in tenants:
        assert one["in_time_op_per_s"] <= one["done_op_per_s"] <= one["asked_op_per_s"] * (1 + 1e-9)
        assert one["owed_op_per_s"] <= one["asked_op_per_s"] * (1 + 1e-9)
    assert 0.9 < total["service"]["fairness_index"] <= 1.0


def test_hot_latency_keeps_its_bound(total: dict) -> None:
    bound_s = mini.scenario().job["ai-inference"].latency_s
    service = total["service"]
    assert 0.0 < service["hot_latency_p50_s"] <= service["hot_latency_p99_s"] <= bound_s
    rows = {row["class"]: row for row in total["latency"]}
    assert rows["ai-inference"]["latency_p99_s"] == service["hot_latency_p99_s"]  # the only hot class


def test_the_ledger_of_a_window_closes() -> None:
    from orbitdc import simulate

    found = simulate.simulate_window(simulate.prepare(mini.scenario()), 1)
    ran = found["job_site"] >= 0
    np.testing.assert_allclose(found["owner_done_op"].sum(), found["job_work_op"][ran].sum(), rtol=1e-12)
    by_site = np.bincount(found["stake_site"], found["stake_card_op"], len(found["site_used_op"]))
    np.testing.assert_allclose(by_site, found["site_used_op"], rtol=1e-9)
