"""Links, heat and power: cases → our budgets, temperatures and sizes beside theirs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ..constants import (
    DEG,
    EARTH_RADIUS_KM,
    SOLAR_CONSTANT_W_PER_M2,
    STEFAN_BOLTZMANN_W_PER_M2_K4,
    ZERO_CELSIUS_K,
)
from ..kernels import LANES, ceilings, operate
from ..kernels import thermal as rows
from ..links.lasers import CROSSLINK, TBIRD, TBIRD_TELESCOPE
from ..links.modcod import dvb_s2, shannon_esn0_db
from ..links.optical import diffraction_divergence_rad, laser_budget, required_photons_per_s
from ..links.rf import c_over_n0_dbhz, cascade_dbhz, energy_ratio_db, free_space_loss_db, g_over_t_db_per_k
from ..links.turbulence import ELEVATION_DEG as LASER_ELEVATION_DEG
from ..links.turbulence import ClearSky
from ..orbit.geometry import central_angle_rad, kepler_period_s, slant_range_m
from ..orbit.time import Floats
from ..spacecraft.equilibrium import (
    equilibrium_k,
    radiated_w_per_m2,
    radiator_area_m2,
    sphere_absorbed_w_per_m2,
    sphere_view_factor,
)
from ..spacecraft.power import array_for_load_m2, battery_for_eclipse_j
from ..spacecraft.view import nadir_view_frac
from .cases import Case, Check, NotCoveredError, relative

_J_PER_WH = 3600.0
_COOLING_STEP_S = 0.1


def link(case: Case) -> Iterator[Check]:
    """Compute free-space losses, published budgets, the modulation-and-coding table, lasers."""
    if case.id.startswith("fspl-"):
        loss_db = float(free_space_loss_db(case.inputs["km"] * 1e3, case.inputs["GHz"] * 1e9))
        yield Check("free_space_loss_db", loss_db, case.expected["dB"], case.tolerance["dB"])
    elif case.id == "link-emwin":
        yield from _emwin(case)
    elif case.id == "link-sband-eurasip":
        yield from _s_band(case)
    elif "modcod" in case.inputs:
        yield from _modcod(case)
    elif "lambda_nm" in case.inputs:
        yield from _far_field(case)
    else:
        yield from _tbird(case)


def _emwin(case: Case) -> Iterator[Check]:
    inputs, published, allowed = case.inputs, case.expected["published"], case.tolerance["dB"]
    range_m = inputs["range_km"] * 1e3
    up_db = float(free_space_loss_db(range_m, inputs["uplink_MHz"] * 1e6))
    down_db = float(free_space_loss_db(range_m, inputs["downlink_MHz"] * 1e6))
    loss_db = down_db + inputs["atm_dB"] + inputs["pol_dB"]
    eirp_dbw = inputs["eirp_down_dBm"] - 30.0
    down_dbhz = float(c_over_n0_dbhz(eirp_dbw, loss_db, inputs["G_T_dB_K"]))
    total_dbhz = cascade_dbhz(inputs["uplink_C_N0_dBHz"], down_dbhz)
    ebn0_db = float(energy_ratio_db(total_dbhz, inputs["bit_rate"]))
    yield Check("free_space_up_db", up_db, published["fspl_up"], allowed)
    yield Check("free_space_down_db", down_db, published["fspl_down"], allowed)
    yield Check("c_over_n0_down_dbhz", down_dbhz, published["C_N0_down"], allowed)
    yield Check("c_over_n0_total_dbhz", total_dbhz, published["C_N0_total"], allowed)
    yield Check("ebn0_db", ebn0_db, published["EbN0"], allowed)
    yield Check("margin_db", ebn0_db - inputs["required_EbN0_dB"], published["margin"], allowed)


def _s_band(case: Case) -> Iterator[Check]:
    inputs, published, allowed = case.inputs, case.expected["published"], case.tolerance["dB"]
    g_over_t = g_over_t_db_per_k(inputs["rx_gain_dBi"], inputs["Tsys_K"])
    loss_db = inputs["fsl_dB"] + inputs["depointing_dB"]
    c_n0_dbhz = float(c_over_n0_dbhz(inputs["eirp_dBm"] - 30.0, loss_db, g_over_t))
    ebn0_db = float(energy_ratio_db(c_n0_dbhz, inputs["rate_bps"]))
    margin_db = ebn0_db - inputs["demod_loss_dB"] - inputs["required_EbN0_dB"]
    yield Check("c_over_n0_dbhz", c_n0_dbhz, published["C_N0"], allowed)
    yield Check("ebn0_db", ebn0_db, published["EbN0"], allowed)
    yield Check("margin_db", margin_db, published["margin"], allowed)


def _modcod(case: Case) -> Iterator[Check]:
    ladder = dvb_s2()
    row = ladder.name.index(case.inputs["modcod"])
    efficiency, esn0_db = float(ladder.efficiency_bit_per_symbol[row]), float(ladder.esn0_db[row])
    ebn0_db = float(energy_ratio_db(esn0_db, efficiency))
    yield Check("efficiency_bit_per_symbol", efficiency, case.expected["eff"], case.tolerance["eff"])
    yield Check("esn0_db", esn0_db, case.expected["esn0_db"], case.tolerance["dB"])
    yield Check("ebn0_db", ebn0_db, case.expected["ebn0_db"], case.tolerance["dB"])
    limit_db = float(shannon_esn0_db(efficiency))
    yield Check("shannon_limit_db", limit_db, case.expected["shannon_limit_db"], case.tolerance["dB"])


def _far_field(case: Case) -> Iterator[Check]:
    """Compute a laser between two uniform apertures in vacuum, no losses."""
    inputs, expected, allowed = case.inputs, case.expected, case.tolerance["dB"]
    wavelength_m = inputs["lambda_nm"] * 1e-9
    sender, receiver = (
        replace(
            CROSSLINK,
            wavelength_m=wavelength_m,
            power_w=inputs["P_tx_W"],
            aperture_m=diameter_m,
            divergence_rad=diffraction_divergence_rad(diameter_m, wavelength_m),
            jitter_rad=0.0,
            transmit_loss_db=0.0,
            receive_loss_db=0.0,
            photons_per_bit=10.0,
        )
        for diameter_m in (inputs["d_tx_m"], inputs["d_rx_m"])
    )
    ours = laser_budget(inputs["range_km"] * 1e3, sender, receiver)
    yield Check("transmit_gain_db", ours.transmit_gain_db, expected["G_tx_dBi"], allowed)
    yield Check("receive_gain_db", ours.receive_gain_db, expected["G_rx_dBi"], allowed)
    yield Check("free_space_db", ours.free_space_db, expected["space_loss_dB"], allowed)
    yield Check("received_dbm", ours.received_dbw + 30.0, expected["P_rx_dBm_no_losses"], allowed)
    share = 10.0 ** (allowed / 10.0) - 1.0
    yield relative("photons_per_s", ours.photons_per_s, expected["photons_per_s"], share)
    dark = required_photons_per_s(expected["bits_per_s_at_10_photons_per_bit"], 10.0, 0.0)
    yield relative("required_photons_per_s", float(dark), ours.photons_per_s, share)


_TBIRD_ALTITUDE_M = 530e3
_TBIRD_SITE_ALTITUDE_M = 2286.0  # Table Mountain


def _tbird(case: Case) -> Iterator[Check]:
    """Compute how long the fastest rate closes in a pass overhead; the case asks for no less than it took."""
    rate, expected = case.inputs["rate_bps"], case.expected
    seconds = expected["seconds_needed_at_full_rate"]
    yield Check("terabyte_in_the_time", rate * seconds / 8e12, expected["TB_in_one_pass"], 1e-9)
    sky, lowest_rad = ClearSky.over(_TBIRD_SITE_ALTITUDE_M), LASER_ELEVATION_DEG[-1] * DEG
    period_s = float(kepler_period_s(EARTH_RADIUS_KM * 1e3 + _TBIRD_ALTITUDE_M))
    elevation_rad = np.linspace(lowest_rad, 0.5 * math.pi, 200)
    closes = [
        laser_budget(float(slant_range_m(_TBIRD_ALTITUDE_M, one)), TBIRD, TBIRD_TELESCOPE, sky, one)
        for one in elevation_rad.tolist()
    ]
    lowest_closing = min(
        one for one, link in zip(elevation_rad, closes, strict=True) if link.rate_bit_per_s >= rate
    )
    half_pass_rad = float(central_angle_rad(_TBIRD_ALTITUDE_M, lowest_closing))
    closed_s = 2.0 * half_pass_rad / math.tau * period_s - TBIRD.acquisition_s
    yield Check("seconds_short_of_full_rate_s", max(0.0, seconds - closed_s), 0.0, 0.0)


_SUN = SOLAR_CONSTANT_W_PER_M2
_CLOSED_FORMS: dict[str, tuple[str, Callable[[], float]]] = {
    "blackbody_293.15K_one_side_W_m2": ("radiated_w_per_m2", lambda: radiated_w_per_m2(293.15)),
    "blackbody_293.15K_two_sides_W_m2": ("radiated_w_per_m2", lambda: radiated_w_per_m2(293.15, 1.0, 2)),
    "starcloud_eps_0.92_two_sides_W_m2": ("radiated_w_per_m2", lambda: radiated_w_per_m2(293.15, 0.92, 2)),
    "isothermal_sphere_1361_alpha1_eps1_K": (
        "sphere_k",
        lambda: equilibrium_k(sphere_absorbed_w_per_m2(math.inf, 1.0, 1.0, sunlit=True)),
    ),
    "isothermal_sphere_1361_alpha_0.2_eps_0.8_K": (
        "sphere_k",
        lambda: equilibrium_k(sphere_absorbed_w_per_m2(math.inf, 0.2, 0.8, sunlit=True), 0.8),
    ),
    "flat_plate_sun_one_side_both_radiate_alpha_eps_equal_K": (
        "plate_k",
        lambda: equilibrium_k(_SUN, 1.0, 2),
    ),
    "flat_plate_sun_one_side_insulated_back_K": ("plate_k", lambda: equilibrium_k(_SUN)),
    "sphere_700km_view_factor_to_earth": ("view_frac", lambda: sphere_view_factor(700e3)),
    "plate_facing_nadir_700km_view_factor": ("view_frac", lambda: float(nadir_view_frac(700e3))),
    "plate_facing_nadir_800km_view_factor": ("view_frac", lambda: float(nadir_view_frac(800e3))),
    "sphere_hot_case_700km_alpha0.3_eps0.8_albedo0.3_ir237_K": (
        "sphere_k",
        lambda: equilibrium_k(sphere_absorbed_w_per_m2(700e3, 0.3, 0.8, sunlit=True), 0.8),
    ),
    "sphere_eclipse_case_same_K": (
        "sphere_k",
        lambda: equilibrium_k(sphere_absorbed_w_per_m2(700e3, 0.3, 0.8, sunlit=False), 0.8),
    ),
}
"""Name of a closed form → the quantity, and our functions for it."""


def thermal(case: Case) -> Iterator[Check]:
    """Compute heat balances, radiator areas, and a body that cools, by the simulation's integrator."""
    inputs, expected, tolerance = case.inputs, case.expected, case.tolerance
    if "name" in inputs:
        quantity, compute = _CLOSED_FORMS[inputs["name"]]
        yield relative(quantity, compute(), expected["value"], tolerance["relative"])
    elif "sink_K" in inputs:
        area_m2 = radiator_area_m2(1e6, inputs["T_K"], inputs["sink_K"], inputs["eps"], inputs["sides"])
        yield relative("radiator_per_mw_m2", area_m2, expected["m2_per_MW"], tolerance["relative"])
    elif "T_C" in inputs:
        emitted = radiated_w_per_m2(inputs["T_C"] + ZERO_CELSIUS_K, inputs["emissivity"], inputs["sides"])
        yield Check("emitted_w_per_m2", emitted, expected["emitted"], tolerance["W_m2"])
        yield Check("net_w_per_m2", emitted - expected["absorbed"], expected["net"], tolerance["W_m2"])
    else:
        capacities, temperature_k, duration_s = _cooling_inputs(case)
        light_k, heavy_k = cooled_k(capacities, temperature_k, duration_s, _COOLING_STEP_S)
        yield Check("light_body_k", light_k, expected["T_K"], tolerance["K"])
        yield Check("heavy_body_k", heavy_k, expected["T_K_for_C_1e6"], tolerance["K"])


def _cooling_inputs(case: Case) -> tuple[list[float], float, float]:
    """Return heat capacities [J/K], start [K] and duration [s] from the sentence that states the case."""
    found = re.match(r"C=(\d+) J/K, eps A=1 m2, no input, (\d+) K, after (\d+) s", case.inputs["case"])
    if found is None:
        raise NotCoveredError(f"not understood: {case.inputs['case']}")
    return [float(found[1]), 1e6], float(found[2]), float(found[3])


def cooled_k(capacity_j_per_k: list[float], start_k: float, duration_s: float, step_s: float) -> list[float]:
    """Return the temperatures of black radiators of 1 m2 left alone, by the heat chain's implicit steps.

    Parameters
    ----------
    capacity_j_per_k : list of float [J/K]
        Heat capacity of each body.
    start_k, duration_s, step_s : float [K], [s], [s]
        Temperature at the start, time left alone, step of the integrator.

    Returns
    -------
    list of float [K]
    """
    n_steps = round(duration_s / step_s)
    parameters, state = _idle_block()
    for lane, capacity in enumerate(capacity_j_per_k):
        parameters[0, rows.P_RADIATOR_W_PER_K + lane] = capacity / step_s
    parameters[0, rows.P_EMIT_W_PER_K4 : rows.P_EMIT_W_PER_K4 + LANES] = STEFAN_BOLTZMANN_W_PER_M2_K4
    state[0, : 3 * LANES] = start_k
    rows.derive(parameters[0], step_s)
    no_supply, silent = np.zeros((1, n_steps, operate.N_SUPPLY * LANES)), np.zeros((1, n_steps, LANES))
    nothing = np.zeros((1, LANES))
    ceilings.hottest(parameters, no_supply, silent, nothing, 0, n_steps, state, np.zeros((1, LANES)))
    return [float(state[0, rows.S_RADIATOR_K + lane]) for lane in range(len(capacity_j_per_k))]


def power(case: Case) -> Iterator[Check]:
    """Size batteries and arrays, and charge and discharge a battery."""
    inputs, expected = case.inputs, case.expected
    if "battery_Ws" in inputs:
        allowed_j = case.tolerance["Ws"]
        charged_j = _battery_after_j(500.0, array_w=1.0, load_w=0.0)
        yield Check("after_charge_j", charged_j, expected["after_first_Ws"], allowed_j)
        discharged_j = _battery_after_j(10000.0, array_w=0.0, load_w=1.0)
        yield Check("after_discharge_j", discharged_j, expected["after_second_Ws"], allowed_j)
        return
    share = case.tolerance["relative"]
    if "eclipse_min" in inputs:
        energy_j = battery_for_eclipse_j(
            inputs["load_W"], inputs["eclipse_min"] * 60.0, inputs["dod"], inputs["eta_dis"]
        )
        yield relative("battery_wh", energy_j / _J_PER_WH, expected["Wh"], share)
    else:
        area_m2 = array_for_load_m2(1e6, inputs["irradiance"], inputs["eff"], inputs["incidence_deg"] * DEG)
        yield relative("array_per_mw_m2", area_m2, expected["m2"], share)


def _battery_after_j(stored_j: float, *, array_w: float, load_w: float) -> float:
    """Return the charge of a lossless battery of 10 kJ after 42 s, by the battery of the simulation."""
    n_steps = 42
    parameters, _ = _idle_block()
    for row, value in (
        (rows.P_CONVERSION_FRAC, 1.0),
        (rows.P_CAPACITY_J, 10000.0),
        (rows.P_RATE_W, 10.0),
        (rows.P_CHARGE_FRAC, 1.0),
        (rows.P_DISCHARGE_FRAC, 1.0),
    ):
        parameters[0, row : row + LANES] = value
    rows.derive(parameters[0], 1.0)
    stored = np.full((1, LANES), stored_j)
    supply = np.zeros((1, n_steps, operate.N_SUPPLY * LANES))
    supply[..., operate.Q_ARRAY_W : operate.Q_ARRAY_W + LANES] = array_w
    supply[..., operate.Q_LIGHT_FRAC : operate.Q_LIGHT_FRAC + LANES] = 1.0
    ceilings.ride(
        parameters,
        supply,
        np.zeros((1, n_steps, LANES)),
        np.zeros((1, n_steps, LANES)),
        np.full((1, LANES), load_w),
        1.0,
        0,
        n_steps,
        stored,
        np.zeros((1, 2 * LANES)),
        np.zeros((1, LANES)),
    )
    return float(stored[0, 0])


def _idle_block() -> tuple[Floats, Floats]:
    """Return parameters and state of a block in which nothing flows and no division is by zero."""
    parameters = np.zeros((1, rows.N_ROWS * LANES))
    for row in (
        rows.P_DIE_W_PER_K,
        rows.P_PLATE_W_PER_K,
        rows.P_RADIATOR_W_PER_K,
        rows.P_CHARGE_FRAC,
        rows.P_DISCHARGE_FRAC,
    ):
        parameters[0, row : row + LANES] = 1.0
    return parameters, np.zeros((1, rows.N_STATES * LANES))
