"""Attenuation by air: cases → the ITU-R model as orbitdc calls it, beside the recommendations' own sheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..links import itu
from .cases import Case, Check, NotCoveredError, relative


def atmosphere(case: Case) -> Iterator[Check]:
    """Compute rain, gases and cloud of the recommendations, and total attenuation over four places."""
    if not itu.installed():
        raise NotCoveredError(f"needs the extra itu: {itu.INSTALL}")
    inputs, what = case.inputs, str(case.inputs["rec"])
    if what.startswith("total attenuation"):
        yield Check("attenuation_db", _total_db(inputs), case.expected["dB"], case.tolerance["dB"])
        return
    share = case.tolerance["relative"]
    if what.startswith("P.676"):
        state = (inputs["f_GHz"], inputs["P_hPa"], inputs["rho_g_m3"], inputs["T_K"])
        for name, theirs in zip(("gamma0", "gammaw"), case.expected["value"], strict=True):
            ours = float(itu.call("models.itu676", f"{name}_exact", *state))
            yield relative(f"{name}_db_per_km", ours, theirs, share)
    elif what.startswith("P.838"):
        ours = itu.call(
            "models.itu838",
            "rain_specific_attenuation",
            inputs["R_mm_h"],
            inputs["f_GHz"],
            inputs["el_deg"],
            inputs["tau"],
        )
        yield relative("rain_db_per_km", float(ours), case.expected["value"], share)
    elif what.startswith("P.618"):
        yield relative("rain_db", _rain_db(inputs), case.expected["value"], share)
    elif what.startswith("P.840"):
        place = (inputs["lat"], inputs["lon"], inputs["el_deg"], inputs["f_GHz"], inputs["p_pct"])
        ours = float(itu.call("models.itu840", "cloud_attenuation", *place))
        yield relative("cloud_db", ours, case.expected["value"], share)
    else:
        raise NotCoveredError(f"not understood: {what}")


def _rain_db(inputs: Any) -> float:
    ours = itu.call(
        "models.itu618",
        "rain_attenuation",
        inputs["lat"],
        inputs["lon"],
        inputs["f_GHz"],
        inputs["el_deg"],
        p=inputs["p_pct"],
        R001=inputs["R001"],
        tau=0,
    )
    return float(ours)


def _total_db(inputs: Any) -> float:
    """Compute the total as the tables do, but at the height that the model's own map has there."""
    altitude_km = float(itu.call("models.itu1511", "topographic_altitude", inputs["lat"], inputs["lon"]))
    elevation_deg = np.array([inputs["el_deg"]])
    gas, cloud, rain, scintillation = itu.contributions(
        inputs["lat"],
        inputs["lon"],
        1e3 * altitude_km,
        1e9 * inputs["f_GHz"],
        elevation_deg,
        inputs["p_pct"] / 100.0,
    )
    return float(gas[0] + np.hypot(rain[0] + cloud[0], scintillation[0]))
