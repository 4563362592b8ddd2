"""Real element sets of three kinds, and Skyfield as the oracle beside ours."""

from datetime import UTC, datetime

import numpy as np
from sgp4.api import Satrec

from orbitdc.orbit.mean import satellite_of
from orbitdc.orbit.site import Site, Sites
from orbitdc.orbit.time import timescale

# US Space Force general-perturbation data as redistributed by CelesTrak, August 2026
REAL = {
    "low": (
        "1 27640U 03001A   26234.01111425  .00000087  00000+0  61285-4 0  9995",
        "2 27640  98.7159 239.8989 0014554  27.8510 332.3442 14.19960603223568",
    ),
    "very eccentric": (
        "1 40482U 15011A   26234.33335648 -.00002233  00000+0  00000+0 0  9997",
        "2 40482  72.7792 348.0342 8274594 168.8359 206.1850  0.28354027  1371",
    ),
    "eccentric": (
        "1 26113U 00017A   26226.37962656  .00000045  00000+0  00000+0 0  9990",
        "2 26113  94.2716 316.1184 7393663 281.2715  10.9228  1.68667794162488",
    ),
    "geostationary": (
        "1 41866U 16071A   26234.26780986 -.00000093  00000+0  00000+0 0  9994",
        "2 41866   0.4963  85.0062 0001230 103.0975 134.1537  1.00273215 35767",
    ),
}
START = datetime(2026, 8, 23, tzinfo=UTC)
SITES = Sites.at(
    [
        Site("kashi", 39.5043, 75.9292, 1310.0),
        Site("kiruna", 67.8833, 21.0667, 340.0),
        Site("quito", -0.2, -78.5, 2850.0),
        Site("pole", -90.0, 0.0, 2800.0),
    ]
)


def satellite(lines, name="test", maintained=False):
    record = Satrec.twoline2rv(*lines)
    return satellite_of(record, name, record.satnum, "test", "test", maintained=maintained)


def instants(start, after_s):
    """Skyfield times, built apart from our TimeGrid (TAI - UTC = 37 s since 2017)."""
    jd = (
        start.toordinal()
        + 1721424.5
        + (start - start.replace(hour=0, minute=0, second=0)).total_seconds() / 86400
    )
    return timescale().tai_jd(jd, 37.0 / 86400.0 + np.asarray(after_s, dtype=float) / 86400.0)
