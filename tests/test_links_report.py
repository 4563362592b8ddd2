"""The text of `orbitdc link`, and ground control: safe mode for want of a command."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitdc.constants import DEG
from orbitdc.errors import InputError
from orbitdc.links import air_of, budget_of, itu
from orbitdc.links.command import ground_control
from orbitdc.links.report import link_text
from orbitdc.links.terminals import REFERENCE, receiver_of
from orbitdc.orbit.geometry import slant_range_m
from orbitdc.scenario.models import Antenna, Radio, Station

MIYUN = Station.model_construct(
    full_name="Miyun (Beijing) RSGS", lat_deg=40.45, lon_deg=116.86, altitude_m=100.0,
    band={"x": Antenna.model_construct(g_over_t_db_per_k=37.3)},
)  # fmt: skip
TROLL = MIYUN.model_copy(update={"lat_deg": -72.0117, "lon_deg": 2.535, "altitude_m": 1270.0})


@pytest.mark.parametrize("band", ["s", "x", "ka", "optical"])
@pytest.mark.parametrize("elevation_deg", [[20.0], [20.0, 30.0, 60.0, 90.0]])
def test_the_text_fits_80_columns_and_names_every_line(band: str, elevation_deg: list[float]) -> None:
    text = link_text(MIYUN, band, elevation_deg)
    assert max(len(line) for line in text.splitlines()) <= 80
    radio = ("EIRP", "free-space loss", "of which rain", "polarisation", "noise of the air", "C/N0", "MODCOD")
    laser = ("transmit gain", "pointing", "extinction", "turbulence", "background", "margin", "rate")
    names = laser if band == "optical" else (*radio, "margin", "rate", "uplink")
    assert all(name in text for name in names)


def test_the_figures_are_those_of_the_budget() -> None:
    text = link_text(MIYUN, "x", [10.0], 0.999)
    sender = REFERENCE["x", "down"][0]
    one = budget_of(
        float(slant_range_m(750e3, 10.0 * DEG)), 10.0 * DEG, sender, receiver_of(MIYUN.band["x"], "x"),
        air_of("miyun"), 0.999,
    )  # fmt: skip
    assert f"C/N0                      {one.c_over_n0_dbhz:>11.2f}  dBHz" in text
    assert f"rate                      {one.rate_bit_per_s / 1e6:>11.2f}  Mbit/s" in text
    assert "holds 99.9 % of an average year" in text
    # the rate by elevation and availability has the same number in its row and column
    header = next(line for line in text.splitlines() if line.lstrip().startswith("elevation") and "%" in line)
    assert header.split() == ["elevation", "90", "%", "99", "%", "99.9", "%"]
    row = next(line for line in text.splitlines() if line.startswith("      10 deg"))
    assert row.split()[-1] == f"{one.rate_bit_per_s / 1e6:.1f}"


def test_a_named_radio_is_used_and_leaves_the_reference_out() -> None:
    radio = Radio.model_construct(
        band="x", frequency_hz=8.1e9, symbol_rate_hz=75e6, eirp_dbw=3.0, implementation_db=1.0
    )
    text = link_text(MIYUN, "x", [10.0], radio=radio)
    assert "carrier 8.1 GHz, 75 Msymbol/s" in text
    assert "reference" not in text and "uplink" not in text
    assert "the station lists no ka-band" in link_text(MIYUN, "ka")


def test_south_and_west_are_written_out() -> None:
    assert link_text(TROLL, "x").startswith("Miyun (Beijing) RSGS, 72.0117 S 2.535 E 1270 m\n")


@pytest.mark.parametrize(
    ("band", "elevation_deg", "message"),
    [
        ("q", [10.0], "--band: found 'q'; allowed: one of s, x, ka, optical"),
        ("x", [3.0], "--elevation: found 3 deg; allowed: 5 to 90 deg in x"),
        ("optical", [10.0], "--elevation: found 10 deg; allowed: 20 to 90 deg in optical"),
        ("x", [], "--elevation: found 0 values; allowed: one to 4"),
        ("x", [float("nan")], "--elevation: found nan deg"),
    ],
)
def test_what_cannot_be_written_is_refused(band: str, elevation_deg: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        link_text(MIYUN, band, elevation_deg)


def test_a_new_place_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itu, "installed", lambda: False)
    with pytest.raises(InputError, match=r'pip install "orbitdc\[itu\]"'):
        link_text(MIYUN.model_copy(update={"lat_deg": 1.23}), "x")


# --- ground control -----------------------------------------------------------------------------------------


def test_silence_ends_in_safe_mode_until_the_next_contact() -> None:
    of = ground_control(
        np.array([1, 0, 0]), np.array([50.0, 500.0, 100.0]), np.array([60.0, 510.0, 130.0]), 3, 1000.0,
        demand_s_per_day=3000.0, max_silence_s=200.0,
    )  # fmt: skip
    assert of.satellite.tolist() == [0, 0, 1, 2]
    assert of.start_s.tolist() == [330.0, 710.0, 260.0, 200.0]
    assert of.end_s.tolist() == [500.0, 1000.0, 1000.0, 1000.0]
    assert of.safe_mode_s().tolist() == [460.0, 740.0, 800.0]
    assert of.contact_s_per_day == pytest.approx([40.0 * 86.4, 10.0 * 86.4, 0.0])
    assert of.short.tolist() == [False, True, True]


def test_silence_from_before_the_window_counts() -> None:
    nobody = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    of = ground_control(
        *nobody, 2, 1000.0, demand_s_per_day=0.0, max_silence_s=300.0, last_heard_s=np.array([-100.0, -900.0])
    )
    assert of.start_s.tolist() == [200.0, 0.0] and of.end_s.tolist() == [1000.0, 1000.0]
    assert not of.short.any()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.0, 900.0), st.floats(1.0, 100.0)), max_size=12),
    st.floats(1.0, 1500.0),
)
def test_safe_mode_is_never_in_contact_and_shrinks_with_patience(
    contacts: list[tuple[int, float, float]], silence_s: float
) -> None:
    satellite = np.array([row[0] for row in contacts], dtype=np.int64)
    start_s = np.array([row[1] for row in contacts])
    end_s = start_s + np.array([row[2] for row in contacts])

    def safe_s(max_silence_s: float) -> np.ndarray:
        of = ground_control(
            satellite, start_s, end_s, 4, 1000.0, demand_s_per_day=0.0, max_silence_s=max_silence_s
        )
        for s, begin, finish in zip(of.satellite, of.start_s, of.end_s, strict=True):
            mine = satellite == s
            assert not np.any(mine & (start_s < finish) & (np.minimum(end_s, 1000.0) > begin))
        return of.safe_mode_s()

    assert np.all(safe_s(silence_s) >= safe_s(2.0 * silence_s) - 1e-9)
