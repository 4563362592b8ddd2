"""The whole step: propagation, light, 20 stations, links, power, battery and heat of a day → rows.

One day without an eclipse and one in the middle of eclipse season, against Skyfield and NumPy at their best
and against idiomatic Skyfield.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import objects
from numpy.typing import NDArray
from step_operate import Numbers
from step_twin import Question, Totals, best, idiomatic
from timing import DisagreementError, Side, Work

import orbitdc
from orbitdc.kernels import LANES, thermal
from orbitdc.kernels.step import L_ARRAY_J, L_LIGHT_S, L_LINK_BIT
from orbitdc.links import link_table
from orbitdc.orbit.sun import sun_teme_km
from orbitdc.orbit.time import TimeGrid
from orbitdc.spacecraft.hardware import Hardware, hardware
from orbitdc.survey import Lot, sky_of

Floats = NDArray[np.float64]

N_STATIONS = 20
SLOT_STEPS = 10
ALLOWED = 1e-9
MASK_DEG = 10.0
SCENARIO = "beijing-2035"
SPACECRAFT = "chenguang-10kw"
DAYS = {"no eclipse": datetime(2026, 3, 20, tzinfo=UTC), "eclipse season": datetime(2026, 6, 21, tzinfo=UTC)}
"""A dawn-dusk orbit crossing northward at 18:00 passes the shadow over the south pole around June."""


def works(quick: bool) -> list[Work]:
    """Return a row set for each of the two days."""
    n, n_steps = (128, 360) if quick else (512, 1440)
    n_best, n_idiomatic = (64, 2) if quick else (256, 8)
    found = []
    for season, start in DAYS.items():
        lines = objects.shell_lines(n, start)
        question = Case(lines, start, 60.0, n_steps)
        peers: dict[str, Callable[[], Side]] = {
            "Skyfield positions + vectorised NumPy": functools.partial(_side, best, question, n_best),
            "Skyfield, idiomatic": functools.partial(_side, idiomatic, question, n_idiomatic),
        }
        name = f"whole step, {season}, {n} satellites x {N_STATIONS} stations x {n_steps} minutes"
        found.append(Work(name, question.ready(), peers, functools.partial(_remark, n * n_steps)))
    return found


class Case:
    """Satellites of one model over the stations for a day, and our way through it."""

    def __init__(
        self,
        lines: tuple[tuple[str, str], ...],
        start: datetime,
        step_s: float,
        n_steps: int,
        n_stations: int = N_STATIONS,
    ) -> None:
        scenario = orbitdc.load(SCENARIO)
        model = scenario.spacecraft[SPACECRAFT]
        station = next(s for s in scenario.station.values() if model.radio.band in s.band)
        self.lines, self.start, self.step_s, self.n_steps, self.n_stations = (
            lines,
            start,
            step_s,
            n_steps,
            n_stations,
        )
        self.satellites = objects.satellites(lines)
        self.sites = objects.sites(n_stations)
        self.links = link_table([model.radio], [station] * n_stations)
        self.hardware = hardware(scenario, [SPACECRAFT] * len(lines))
        self.alone = hardware(scenario, [SPACECRAFT])

    def question(self, n: int) -> Question:
        """Return the same for the first `n` satellites, as the others read it."""
        grid = TimeGrid(self.start, self.step_s, self.n_steps)
        return Question(
            self.lines[:n], self.n_stations, self.start, self.step_s, self.n_steps, math.radians(MASK_DEG),
            _numbers(self.alone, self.step_s), self.links, sun_teme_km(grid),
        )  # fmt: skip

    def first(self, n: int) -> Case:
        """Return the case of the first `n` satellites."""
        return Case(self.lines[:n], self.start, self.step_s, self.n_steps, self.n_stations)

    def ready(self) -> Callable[[], Totals]:
        """Return our way: satellites packed, Sun and Earth's turn known, as the others have their times."""
        grid = TimeGrid(self.start, self.step_s, self.n_steps)
        lot = Lot.of(
            self.satellites, self.hardware, self.sites, self.links, math.radians(MASK_DEG), self.start,
            self.step_s, self.step_s * SLOT_STEPS, "oblate-cone",
        )  # fmt: skip
        sky = sky_of(grid)

        def run() -> Totals:
            found = lot.day(grid, sky, lot.start_state(), first=True)
            return Totals(
                float(found.row(L_LIGHT_S).sum()) / self.step_s,
                float(found.row(L_ARRAY_J).sum()),
                float(found.load_w.sum()) * self.step_s,
                float(found.row(L_LINK_BIT).sum()),
            )

        return run


def _side(make: Callable[[Question], Callable[[], Totals]], case: Case, n: int) -> Side:
    return Side(make(case.question(n)), n / len(case.lines), functools.partial(_compare, case.first(n)))


def _compare(case: Case, ours: Totals, theirs: Totals) -> str:
    """Compare the sums over the satellites that both did, to 1e-9."""
    mine = case.ready()()
    apart = {f.name: abs(getattr(mine, f.name) / getattr(theirs, f.name) - 1.0) for f in fields(Totals)}
    wrong = [f"{name} by {value:.1e}" for name, value in apart.items() if not value < ALLOWED]
    if wrong:
        raise DisagreementError(", ".join(wrong))
    return "sums apart by " + ", ".join(f"{value:.1e} ({name})" for name, value in apart.items())


def _remark(n_states: int, found: Totals, took_s: float) -> str:
    sunlit = found.light / n_states
    return f"{1e9 * took_s / n_states:.0f} ns a satellite-step, {sunlit:.1%} of the light"


def _numbers(one: Hardware, step_s: float) -> Numbers:
    row = {
        name: float(one.rows[0, getattr(thermal, name) // LANES])
        for name in dir(thermal)
        if name.startswith("P_")
    }
    return Numbers(
        array_m2=float(one.array_m2[0]),
        infrared_m2=float(one.infrared_m2[0]),
        albedo_m2=float(one.albedo_m2[0]),
        die=row["P_DIE_W_PER_K"] / step_s,
        plate=row["P_PLATE_W_PER_K"] / step_s,
        radiator=row["P_RADIATOR_W_PER_K"] / step_s,
        g_die=row["P_DIE_PLATE_W_PER_K"],
        g_radiator=row["P_PLATE_RADIATOR_W_PER_K"],
        emit=row["P_EMIT_W_PER_K4"],
        die_limit_k=row["P_DIE_LIMIT_K"],
        coolant_min_k=row["P_COOLANT_MIN_K"],
        heater_max_w=row["P_HEATER_MAX_W"],
        pump=row["P_PUMP_FRAC"],
        housekeeping_w=row["P_HOUSEKEEPING_W"],
        radio_w=row["P_RADIO_W"],
        conversion=row["P_CONVERSION_FRAC"],
        alive_w=row["P_ALIVE_W"],
        capacity_j=row["P_CAPACITY_J"],
        rate_w=row["P_RATE_W"],
        charge=row["P_CHARGE_FRAC"],
        discharge=row["P_DISCHARGE_FRAC"],
    )
