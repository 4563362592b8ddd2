"""Money, carbon and water: annuities, launches and clusters by hand; sites add up to their side."""

from __future__ import annotations

import mini
import pytest

from orbitdc.constants import JULIAN_YEAR_S
from orbitdc.economics import Account, annuity_per_s, ground_account, orbit_rate
from orbitdc.economics.account import CARBON, MONEY
from orbitdc.report.sites import cost_lines, site_lines
from orbitdc.spacecraft import mass_kg


def test_annuity_against_the_manual() -> None:
    """Uniform capital recovery factors: 10 years 8 % 0.1490, 20 years 12 % 0.1339, 5 years 10 % 0.2638.

    Short, Packey and Holt, A Manual for the Economic Evaluation of Energy Efficiency and Renewable Energy
    Technologies, NREL/TP-462-5173 (1995), table A-4.
    """
    for years, rate, factor in ((10, 0.08, 0.1490), (20, 0.12, 0.1339), (5, 0.10, 0.2638)):
        found = annuity_per_s(1.0, rate, years * JULIAN_YEAR_S) * JULIAN_YEAR_S
        assert found == pytest.approx(factor, abs=5e-5)
    assert annuity_per_s(10.0, 0.0, 2.0 * JULIAN_YEAR_S) * JULIAN_YEAR_S == pytest.approx(5.0)


def test_a_batch_by_hand() -> None:
    """Six satellites on a CZ-8A at 5,000 USD/kg and 1,770 kg/kg over the life cycle, five years at 8 %."""
    plan = mini.scenario()
    batch = plan.phase[0].batch[0]
    model, card = plan.spacecraft[batch.spacecraft], plan.accelerator["ascend-910c"]
    year = orbit_rate(plan, batch).times(JULIAN_YEAR_S)
    factor = 0.08 / (1.0 - 1.08**-5)
    mass = 6 * mass_kg(model)
    assert year.usd["launch"] == pytest.approx(mass * 5000.0 * factor)
    assert year.carbon_kg["launch"] == pytest.approx(mass * 1770.0 / 5.0)
    n_cards = 6 * model.compute.it_power_w / card.all_in_power_w
    assert year.usd["card"] == pytest.approx(n_cards * 21354.0 * factor)
    bare = mass - 6 * model.compute.it_power_w * model.compute.mass_per_power_kg_per_w
    assert year.usd["satellite"] == pytest.approx(bare * model.price_usd_per_kg * factor)
    assert year.usd["operation"] == pytest.approx(0.02 * (bare * model.price_usd_per_kg + n_cards * 21354.0))


def test_the_boundary_moves_the_carbon_of_a_launch_thirtyfold() -> None:
    """Falcon 9: 630 t in flight, 22,384 t over the life cycle, 48,482 t at worst (arXiv 2309.02338)."""
    found = {
        boundary: orbit_rate(
            mini.scenario().replace({"economics.launch_boundary": boundary}),
            mini.scenario().phase[0].batch[0],
        ).carbon_kg["launch"]
        for boundary in ("flight", "life-cycle", "worst")
    }
    assert found["life-cycle"] / found["flight"] == pytest.approx(22_384 / 630, rel=0.02)
    assert found["worst"] / found["flight"] == pytest.approx(48_482 / 630, rel=0.02)


def test_a_cluster_by_hand() -> None:
    """A megawatt open for a year, 100,000 USD of power: buildings 2.7 USD/W, computers 14.7 USD/W."""
    plan = mini.scenario()
    use = {"it_w": 1e6, "power_usd": 1e5, "power_carbon_kg": 7e5, "water_l": 8e6, "scarce_water_l": 0.0}
    found = ground_account(plan.economics, plan.hub["horinger"], use, JULIAN_YEAR_S, 1e25)
    assert found.usd["card"] == pytest.approx(14.7e6 * 0.08 / (1.0 - 1.08**-5))
    assert found.usd["building"] == pytest.approx(2.7e6 * 0.08 / (1.0 - 1.08**-20))
    assert found.usd["operation"] == pytest.approx(0.04 * 2.7e6)
    assert found.carbon_kg["card"] == pytest.approx(0.49e6 / 5.0)
    assert found.to_dict()["usd_per_op"] == pytest.approx(sum(found.usd.values()) / 1e25)


def test_nothing_done_costs_no_quotient() -> None:
    assert Account({"launch": 1.0}).to_dict()["usd_per_op"] is None


@pytest.fixture(scope="module")
def summary() -> dict:
    return mini.summary_of()


def test_sites_add_up_to_sides_and_sides_to_the_total(summary: dict) -> None:
    parts = [f"{part}_usd" for part in MONEY] + [f"{part}_carbon_kg" for part in CARBON]
    for span in (*summary["phases"], summary["total"]):
        cost, sites = span["cost"], span["sites"]
        for name in (*parts, "usd", "carbon_kg", "water_l", "useful_op", "load_j", "grid_j"):
            for side in ("west", "east"):
                mine = sum(site[name] for site in sites if site["side"] == side)
                assert cost[side][name] == pytest.approx(mine)
            total = sum(cost[side][name] for side in ("orbit", "west", "east"))
            assert cost["total"][name] == pytest.approx(total)
        for side in ("orbit", "west", "east", "total"):
            assert cost[side]["usd"] == pytest.approx(sum(cost[side][f"{part}_usd"] for part in MONEY))


def test_phases_add_up_to_the_whole(summary: dict) -> None:
    for side in ("orbit", "west", "east"):
        for name in ("usd", "carbon_kg", "water_l", "useful_op", "load_j"):
            parts = sum(phase["cost"][side][name] for phase in summary["phases"])
            assert summary["total"]["cost"][side][name] == pytest.approx(parts)


def test_energy_of_every_site_closes(summary: dict) -> None:
    for site in summary["total"]["sites"]:
        if site["side"] == "orbit":
            continue
        into = sum(site[f"{name}_j"] for name in ("wind", "solar", "grid", "backup"))
        out = sum(site[f"{name}_j"] for name in ("load", "spilled", "lost", "stored"))
        assert into == pytest.approx(out, rel=1e-9)


def test_relays_cost_orbit_though_they_do_no_work(summary: dict) -> None:
    cost, sites = summary["phases"][1]["cost"], summary["phases"][1]["sites"]
    assert cost["orbit"]["usd"] > sum(site["usd"] for site in sites if site["side"] == "orbit")


def test_a_higher_discount_rate_makes_orbit_dearer_and_carbon_no_different() -> None:
    plan = mini.scenario()
    batch = plan.phase[0].batch[0]
    low, high = (
        orbit_rate(plan.replace({"economics.discount": rate}), batch) for rate in ("5 %/yr", "12 %/yr")
    )
    assert sum(high.usd.values()) > sum(low.usd.values()) and high.carbon_kg == low.carbon_kg


def test_tables_tell_sites_and_costs_in_eighty_columns(summary: dict) -> None:
    for span in (*summary["phases"], summary["total"]):
        lines = [*site_lines(span), *cost_lines(span)]
        assert max(map(len, lines)) <= 80
        text = "\n".join(lines)
        assert "horinger" in text and "all money" in text and "launch carbon: life-cycle" in text
    assert site_lines({**summary["total"], "sites": []}) == []
    assert cost_lines({"cost": {}}) == []
