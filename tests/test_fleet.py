"""Fleet: batches and dates → entities, masks, planes, launches; sources of the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.errors import InputError
from orbitdc.fleet import build, plan_problems, satellites_from, satellites_per_launch
from orbitdc.scenario import models as m

YEAR_S = 365.25 * 86400.0

# A real set, checksums valid: Vanguard 1 as in SGP4-VER.TLE of AIAA 2006-6753
TWO_LINES = """\
1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753
2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667
"""


def craft(dry_mass_kg: float = 1000.0, band: str = "x", frequency_hz: float = 8.2e9) -> m.Spacecraft:
    build_ = m.Spacecraft.model_construct
    return build_(
        array=m.Array.model_construct(
            area_m2=0.0, efficiency_frac=0.3, packing_frac=0.9, loss_per_yr_frac=0.0, conversion_frac=0.9,
            attitude="sun", specific_power_w_per_kg=100.0,
        ),
        battery=m.Battery.model_construct(capacity_j=0.0, specific_energy_j_per_kg=1.0),
        radiator=m.Radiator.model_construct(area_m2=0.0, areal_mass_kg_per_m2=1.0),
        bus=m.Bus.model_construct(dry_mass_kg=dry_mass_kg),
        compute=None,
        radio=m.Radio.model_construct(
            band=band, frequency_hz=frequency_hz, symbol_rate_hz=1e8, eirp_dbw=10.0, implementation_db=1.0
        ),
    )  # fmt: skip


def batch(name: str, launch: datetime, count: int, pattern: str = "ring", **orbit: Any) -> m.Batch:
    place = {"altitude_m": 750e3, "ltan_h": 6.0} if pattern != "elements" else {}
    return m.Batch.model_construct(
        name=name, role="relay" if "relay" in name else "compute", spacecraft="bus", launcher="rocket",
        count=count, launch=launch, lifetime_s=5.0 * YEAR_S,
        orbit=m.Orbit.model_construct(pattern=pattern, **{**place, **orbit}),
    )  # fmt: skip


def scenario(
    *phases: list[m.Batch], craft_: m.Spacecraft | None = None, payload_kg: float = 3500.0
) -> m.Scenario:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return m.Scenario.model_construct(
        phase=tuple(
            m.Phase.model_construct(
                name=f"p{i}", start=start.replace(year=2026 + 3 * i), end=start.replace(year=2029 + 3 * i),
                batch=tuple(members),
            )
            for i, members in enumerate(phases)
        ),
        spacecraft={"bus": craft_ or craft()},
        launcher={"rocket": m.Launcher.model_construct(payload_kg=payload_kg)},
        station={
            "mohe": m.Station.model_construct(
                lat_deg=52.97, lon_deg=122.52, altitude_m=560.0, band={"x": None}
            )
        },
        ground=m.Ground.model_construct(stations=("mohe",)),
    )  # fmt: skip


JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = scenario(
    [batch("ring", JANUARY, 6), batch("relays", JANUARY + timedelta(days=100), 2)],
    [
        batch("docked", datetime(2029, 6, 1, tzinfo=UTC), 40, "docked"),
        batch("evening", datetime(2030, 6, 1, tzinfo=UTC), 3, ltan_h=18.0),
    ],
)


def test_entities_follow_phases_batches_and_patterns() -> None:
    fleet = build(PLAN)
    assert len(fleet) == 6 + 2 + 1 + 3
    assert fleet.n_satellites == 6 + 2 + 40 + 3
    assert fleet.n_units.tolist() == [1] * 8 + [40] + [1] * 3
    assert fleet.phase.tolist() == [0] * 8 + [1] * 4
    assert fleet.relay.tolist() == [False] * 6 + [True] * 2 + [False] * 4
    assert [launched.model.name for launched in fleet.batches] == ["ring", "relays", "docked", "evening"]
    assert [fleet.batches[i].phase_name for i in fleet.batch] == ["p0"] * 8 + ["p1"] * 4


def test_launches_lift_whole_satellites() -> None:
    assert [launched.n_launches for launched in build(PLAN).batches] == [2, 1, 14, 1]
    assert satellites_per_launch(7000.0, 7000.0) == 1
    assert satellites_per_launch(7000.1, 7000.0) == 0


def test_batches_of_one_orbit_share_a_plane_and_no_other() -> None:
    fleet = build(PLAN)
    assert fleet.plane.tolist() == [0] * 9 + [1] * 3
    assert fleet.plane_representative.tolist() == [0, 9]


def test_walker_planes_have_each_their_light() -> None:
    walker = build(scenario([batch("w", JANUARY, 6, "walker", n_planes=3, node_span_rad=0.3)]))
    assert walker.plane.tolist() == [0, 0, 1, 1, 2, 2]


def test_flying_is_from_launch_to_end_of_life_exclusive() -> None:
    fleet = build(PLAN)
    end = JANUARY + timedelta(seconds=5.0 * YEAR_S)
    second = timedelta(seconds=1)
    assert fleet.active(JANUARY - second).sum() == 0
    assert fleet.active(JANUARY).tolist() == [True] * 6 + [False] * 6
    assert fleet.active(end - second)[0] and not fleet.active(end)[0]
    assert fleet.age_s(end)[0] == 5.0 * YEAR_S
    assert fleet.launch(6) == JANUARY + timedelta(days=100)


@settings(max_examples=30, deadline=None)
@given(first=st.integers(0, 3000), days=st.integers(1, 2000))
def test_active_share_is_the_mean_of_the_mask(first: int, days: int) -> None:
    fleet = build(PLAN)
    start = JANUARY + timedelta(days=first)
    middle_of_days = [start + timedelta(days=d, hours=12) for d in range(days)]
    mean = np.mean([fleet.active(when) for when in middle_of_days], axis=0)
    np.testing.assert_allclose(
        fleet.active_frac(start, start + timedelta(days=days)), mean, atol=1.0 / days
    )  # fmt: skip


def test_a_subset_keeps_planes_consistent() -> None:
    part = build(PLAN).subset(np.array([False] * 8 + [True] * 4))
    assert part.plane.tolist() == [0, 1, 1, 1]
    assert part.plane_representative.tolist() == [0, 1]
    assert part.batches[part.batch[0]].model.name == "docked"
    assert len(part.subset(np.zeros(4, dtype=bool))) == 0


def test_a_fleet_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        build(PLAN).launch_s[0] = 0.0


# --- what cannot be -----------------------------------------------------------------------------------------


def test_a_module_heavier_than_its_vehicle_lifts_is_refused() -> None:
    heavy = scenario([batch("a", JANUARY, 1)], craft_=craft(dry_mass_kg=7500.0), payload_kg=7000.0)
    with pytest.raises(InputError, match=r"phase.p0.batch.a: found bus of 7,500 kg on rocket; .*7,000 kg"):
        build(heavy)


def test_a_radio_nobody_receives_is_refused() -> None:
    deaf = scenario([batch("a", JANUARY, 1)], craft_=craft(band="ka", frequency_hz=8.2e9))
    messages = "\n".join(map(str, plan_problems(deaf)))
    assert "spacecraft.bus.radio.frequency: found 8.2 GHz; allowed: 22.5 to 31 GHz in band ka" in messages
    assert "spacecraft.bus.radio.band: found 'ka'; allowed: a band of the stations: x" in messages


def element_plan(path: Path, launch: datetime, count: int = 1) -> m.Scenario:
    real = batch("real", launch, count, "elements", elements=str(path))
    plan = scenario([real])
    phase = plan.phase[0].model_copy(update={"start": launch, "end": launch + timedelta(days=7)})
    return plan.model_copy(update={"phase": (phase,)})


def test_real_elements_are_flown_warned_of_and_refused_by_age(tmp_path: Path) -> None:
    file = tmp_path / "real.tle"
    file.write_text(TWO_LINES)
    epoch = datetime(2000, 6, 27, 18, tzinfo=UTC)
    fresh = build(element_plan(file, epoch))
    assert len(fresh) == 1 and fresh.warnings == () and not fresh.satellites[0].maintained
    assert "14 days" in build(element_plan(file, epoch + timedelta(days=20))).warnings[0]
    with pytest.raises(InputError, match="at most 60 days"):
        build(element_plan(file, epoch + timedelta(days=61)))
    assert build(element_plan(file, epoch + timedelta(days=61)), allow_stale=True).warnings
    with pytest.raises(InputError, match="found 1 satellites; allowed: at least 2, the batch's count"):
        build(element_plan(file, epoch, count=2))


# --- sources ------------------------------------------------------------------------------------------------


def test_a_source_is_a_file_or_a_shipped_stem(tmp_path: Path) -> None:
    file = tmp_path / "real.tle"
    file.write_text(TWO_LINES)
    assert [satellite.norad_id for satellite in satellites_from(str(file))] == [5]
    assert len(satellites_from("dawn-dusk")) > 50


def test_a_source_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"SOURCE: found 'down-dusk'; .* did you mean 'dawn-dusk'\?"):
        satellites_from("down-dusk")


def test_bad_records_are_left_out_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "bad.tle"
    file.write_text(TWO_LINES + TWO_LINES.replace("4753", "4754"))
    with pytest.raises(InputError):
        satellites_from(str(file))
    told: list[str] = []
    assert len(satellites_from(str(file), skip_bad=True, tell=told.append)) == 1
    assert "problems skipped" in told[0]
