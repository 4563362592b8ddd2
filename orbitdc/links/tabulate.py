"""Attenuation tables: the stations of the catalogue, ITU-R models → `air.csv` beside this file.

Run as `python -m orbitdc.links.tabulate` with the extra `itu` installed; takes a minute.
"""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Iterator

from .attenuation import BANDS, ELEVATION_DEG, EXCEEDED_FRAC, Air, compute

BEIJING = ("beijing", 39.9042, 116.4074, 50.0)
"""Where no station is named."""

COLUMNS = ("gas", "cloud", "scintillation", *(f"rain_{elevation:g}" for elevation in ELEVATION_DEG))

HEADER = """\
# Attenuation over the stations of configs/catalog/stations.toml, and Beijing [dB], each exceeded in a share
# of an average year. gas, cloud, scintillation: at the zenith, the last for a dish of 5 m, efficiency 0.5.
# rain_N: at N deg of elevation, never more than at a lower one. Circular polarisation.
# Source: ITU-R P.618-13, P.676-12, P.838-3, P.840-8 by itur 0.4.0; python -m orbitdc.links.tabulate makes it.
"""


def catalogue(path: pathlib.Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield key, latitude [deg], longitude [deg] and height [m] of each station of a catalogue file."""
    for key, entry in tomllib.loads(path.read_text(encoding="utf-8"))["station"].items():
        lat, lon, altitude = (entry[name]["value"].split() for name in ("lat", "lon", "altitude"))
        if (lat[1], lon[1], altitude[1]) != ("deg", "deg", "m"):
            raise ValueError(f"{path}: {key}: expected deg, deg, m")
        yield key, float(lat[0]), float(lon[0]), float(altitude[0])


def rows(air: Air) -> Iterator[str]:
    """Yield the lines of one place, carriers and shares of time in order."""
    hz = [node for nodes in BANDS.values() for node in nodes]
    for f, frequency_hz in enumerate(hz):
        for p, share in enumerate(EXCEEDED_FRAC):
            values = (air.gas_db[f, p], air.cloud_db[f, p], air.scintillation_db[f, p], *air.rain_db[f, p])
            numbers = ",".join(f"{round(float(value), 3 if value < 10.0 else 2):g}" for value in values)
            place = f"{air.place},{air.lat_deg:g},{air.lon_deg:g},{air.altitude_m:g}"
            yield f"{place},{frequency_hz / 1e9:g},{share:g},{numbers}\n"


def main() -> None:
    """Write the table."""
    here = pathlib.Path(__file__)
    places = [BEIJING, *catalogue(here.parents[2] / "configs" / "catalog" / "stations.toml")]
    names = ",".join(("place,lat_deg,lon_deg,altitude_m,frequency_ghz,exceeded", *COLUMNS))
    lines = [line for place in places for line in rows(compute(*place))]
    here.with_name("air.csv").write_text(f"{HEADER}{names}\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
