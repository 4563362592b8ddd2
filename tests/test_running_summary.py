"""Running jobs in summary.json and in words: what befell, the yardsticks, and which way each cause acts."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import mini
import pytest

from orbitdc.report.running import assumption_lines, running_lines, yardstick_words
from orbitdc.results.running import OP_PER_TOKEN, RUN_OP


@functools.cache
def summary_of(*changes: tuple[str, Any]) -> dict[str, Any]:
    return mini.summary_of(dict(changes))


def orbit(phase: dict[str, Any], key: str = "running") -> dict[str, Any]:
    (found,) = (one for one in phase[key] if one["side"] == "orbit")
    return found


def test_the_waterfall_ends_with_restarts_links_and_the_model() -> None:
    for phase in summary_of()["phases"]:
        stages = [step["stage"] for step in phase["waterfall"]]
        assert stages[-5:] == ["queue", "restart", "parallel efficiency", "utilisation", "delivered"]
        assert phase["limits"]["restart"] > 0.0 and phase["limits"]["utilisation"] > 0.3


def test_delivered_is_the_sum_of_what_classes_are_useful_for() -> None:
    for phase in summary_of()["phases"]:
        ours = orbit(phase)
        assert sum(one["useful_op_per_s"] for one in ours["classes"]) == pytest.approx(
            phase["delivered_op_per_s"], rel=1e-9
        )
        for one in ours["classes"]:
            product = one["utilisation_frac"] * one["parallel_efficiency_frac"] * one["restart_frac"]
            # means over sites and windows: of a product, not the product of means, but nearly
            assert one["useful_op_per_s"] / one["card_op_per_s"] == pytest.approx(product, rel=2e-3)


def test_the_time_of_cards_adds_up_to_what_the_factors_expect() -> None:
    ours = orbit(summary_of()["phases"][1])
    shares = [ours[f"{name}_frac"] for name in ("worked", "written", "lost", "restarted", "paused")]
    assert sum(shares) == pytest.approx(1.0)
    op = sum(one["card_op_per_s"] for one in ours["classes"])
    expected = sum(one["restart_frac"] * one["card_op_per_s"] for one in ours["classes"]) / op
    assert ours["worked_frac"] == pytest.approx(expected, abs=0.02)  # a day of 20 interruptions
    assert ours["n_upsets_per_day"] <= ours["n_interruptions_per_day"]


def test_yardsticks_by_hand() -> None:
    summary = summary_of()
    assert summary["yardstick"]["run_op"] == 1e25 and summary["yardstick"]["op_per_token"] == 7.4e10
    for phase in summary["phases"]:
        one = orbit(phase, "yardsticks")
        assert one["useful_op_per_s"] == pytest.approx(phase["delivered_op_per_s"], rel=1e-9)
        assert one["tokens_per_s"] == pytest.approx(one["useful_op_per_s"] / OP_PER_TOKEN)
        assert one["run_days"] == pytest.approx(RUN_OP / one["useful_op_per_s"] / 86_400)


def test_published_token_rates_are_within_a_cards_peak() -> None:
    # 910C: 6,688 token/s to fill, 1,943 to write, each card (arXiv 2506.12708): 32 and 9 % of 1.56 Pop/s
    peak = mini.scenario().accelerator["ascend-910c"].int8_op_per_s
    shares = [rate * OP_PER_TOKEN / peak for rate in (6688.0, 1943.0)]
    assert shares == pytest.approx([0.317, 0.092], abs=1e-3)


@pytest.mark.parametrize(
    ("path", "value", "stage"),
    [
        ("accelerator.*.upsets", "2 /d", "restart"),
        ("running.restart", "5 h", "restart"),
        ("accelerator.*.link", "300 Gbit/s", "parallel efficiency"),
        ("job.*.mfu", "10 %", "utilisation"),
    ],
)
def test_each_cause_takes_from_what_is_delivered(path: str, value: str, stage: str) -> None:
    more = {"job.batch.collective": "1e-4 byte/op"}.items()
    before, after = (summary_of(*more, *changes)["phases"][1] for changes in ((), ((path, value),)))

    def share_of_busy(phase: dict[str, Any]) -> float:
        level = {step["stage"]: step["op_per_s"] for step in phase["waterfall"]}
        at = [step["stage"] for step in phase["waterfall"]]
        before_it = level[at[at.index(stage) - 1]]
        return level[stage] / before_it

    assert share_of_busy(after) < share_of_busy(before) - 0.02


def test_words_fit_the_page_and_carry_the_assumptions() -> None:
    summary = summary_of()
    lines = [line for phase in summary["phases"] for line in running_lines(phase, summary["yardstick"])]
    lines += assumption_lines(summary["yardstick"])
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for words in ("interruptions", "work lost", "DeepSeek-V3", "1e25 op", "active"):
        assert words in text
    words = yardstick_words(summary["phases"][1], summary["yardstick"])
    assert "token/s" in words and "in orbit" in words and "western hubs" in words


def test_nothing_ran_nothing_said() -> None:
    idle = {
        "running": [{"side": "orbit", "classes": []}],
        "yardsticks": [{"side": "orbit", "run_days": None}],
    }
    stick = {"model": "m", "run_op": 1e25}
    assert running_lines(idle, stick) == [] and yardstick_words(idle, stick) == ""


def test_the_picture_shows_every_class_that_ran() -> None:
    from orbitdc.report.gangs import running

    summary = summary_of()
    run = SimpleNamespace(name="mini", results=summary)
    figure = running(run)  # type: ignore[arg-type]
    shown = {label.get_text() for axes in figure.axes for label in axes.get_yticklabels()}
    ran = {one["name"] for side in summary["phases"][1]["running"][:2] for one in side["classes"]}
    assert shown == ran
