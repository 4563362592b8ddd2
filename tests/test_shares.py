"""What greedy reaches of the bound: on contended days and on windows of every shipped scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

AT_LEAST = 0.97
"""What is asked for on each; 0.99 is aimed at."""


@pytest.fixture
def shares(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
    import shares

    return shares


def of_days(shares, days):
    from contended import contended

    return np.array([shares.share_frac(*contended(day)) for day in days])


def test_greedy_on_contended_days_the_hardest_among_them(shares):
    """Non-regression: of 200 days 103 and 16 are the worst, with wide gangs and links full of small jobs."""
    found = of_days(shares, [103, 16, 79, 0, 1, 2, 3, 4])
    assert found.min() >= AT_LEAST and np.median(found) >= 0.99


@pytest.mark.slow
def test_greedy_on_two_hundred_contended_days(shares):
    found = of_days(shares, range(200))
    assert found.min() >= AT_LEAST and np.median(found) >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_windows"),
    [
        ("beijing-2035", 9),
        ("east-west-2022", 3),
        ("gigawatt-swarm", 2),
        ("guangxi-2026", 2),
        ("one-machine", 6),
        ("coverage-demo", 1),
    ],
)
def test_greedy_on_windows_of_the_shipped_scenarios(shares, name, n_windows):
    found = [shares.share_frac(jobs, sites) for _, jobs, sites in shares.asked(name, n_windows)]
    assert len(found) == n_windows and min(found) >= AT_LEAST


def test_every_shipped_scenario_is_in_the_table(shares):
    configs = Path(__file__).resolve().parents[1] / "configs"
    assert sorted(shares.SHIPPED) == sorted(path.stem for path in configs.glob("*.toml"))
