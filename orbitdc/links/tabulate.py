"""Attenuation table: ITU-R recommendations through `itur` → `attenuation.csv` beside this file.

Run as `python -m orbitdc.links.tabulate` with the package `itur` 0.4.0 installed; nothing else needs it.
"""

from __future__ import annotations

import importlib
import pathlib

FREQUENCY_GHZ = {"s": 2.2, "x": 8.2, "ka": 26.0}
ELEVATION_DEG = (90.0, 70.0, 55.0, 45.0, 37.5, 30.0, 25.0, 20.0, 17.0, 14.0, 12.0, 10.0, 8.5, 7.0, 6.0, 5.0)
LAT_DEG, LON_DEG = 39.9042, 116.4074  # Beijing
EXCEEDED_PERCENT = 1.0
DISH_M = 5.0

HEADER = f"""\
# Total attenuation by gases, cloud, rain and scintillation, exceeded {EXCEEDED_PERCENT} % of an average year,
# at Beijing ({LAT_DEG} N, {LON_DEG} E), dish {DISH_M} m; never less than at a higher elevation.
# Source: ITU-R P.618-13, P.676-12, P.838-3, P.840-8 by itur 0.4.0; made by orbitdc/links/tabulate.py.
band,frequency_ghz,elevation_deg,attenuation_db
"""


def main() -> None:
    """Write the table."""
    itur = importlib.import_module("itur")
    lines = []
    for band, ghz in FREQUENCY_GHZ.items():
        highest_db = 0.0  # P.618's rain path is 0.1 dB longer at the zenith than at 70 deg: keep the larger
        for elevation_deg in ELEVATION_DEG:
            total = itur.atmospheric_attenuation_slant_path(
                LAT_DEG, LON_DEG, ghz, elevation_deg, EXCEEDED_PERCENT, DISH_M
            )
            highest_db = max(highest_db, float(total.value))
            lines.append(f"{band},{ghz},{elevation_deg:g},{highest_db:.4f}\n")
    pathlib.Path(__file__).with_name("attenuation.csv").write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
