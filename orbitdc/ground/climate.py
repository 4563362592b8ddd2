"""Climate: monthly means of the outside air + how a site is cooled → air, PUE, scarcity of water."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import DAY_S

if TYPE_CHECKING:
    from ..scenario.models import Cooling

Floats = NDArray[np.float64]

ABSOLUTE_SCARCITY_M3, STRESS_M3 = 500.0, 1700.0
"""Renewable water a person and year, m3: absolute scarcity below the first, stress below the second
(Falkenmark 1989, the United Nations' lines)."""

_MID_MONTH = (np.arange(12) + 0.5) / 12.0


def year_frac(start: datetime, offset_s: ArrayLike) -> Floats:
    """Return how much of its calendar year has passed at instants, 0 .. 1.

    Parameters
    ----------
    start : datetime
        UTC.
    offset_s : array_like (k,) [s]
        Since the start.

    Examples
    --------
    >>> from datetime import UTC
    >>> year_frac(datetime(2026, 7, 2, 12, tzinfo=UTC), [0.0]).tolist()
    [0.5]
    """
    first = datetime(start.year, 1, 1, tzinfo=start.tzinfo)
    days = (datetime(start.year + 1, 1, 1, tzinfo=start.tzinfo) - first).days
    passed_s = (start - first).total_seconds() + np.asarray(offset_s, dtype=np.float64)
    return np.asarray(passed_s / (days * DAY_S) % 1.0)


def ambient_k(monthly_k: ArrayLike, when_frac: ArrayLike) -> Floats:
    """Return the outside air's temperature: monthly means joined by straight lines, around the year.

    Parameters
    ----------
    monthly_k : array_like (12,) [K]
        January to December.
    when_frac : array_like (k,)
        Parts of the year, 0 .. 1.

    Returns
    -------
    ndarray (k,) [K]

    Assumptions
    -----------
    No day and night, no weather; twelve equal months.

    Examples
    --------
    >>> ambient_k([260.0 + 5.0 * m for m in range(12)], [0.5 / 12.0, 0.0]).tolist()
    [260.0, 287.5]
    """
    return np.asarray(np.interp(np.asarray(when_frac), _MID_MONTH, np.asarray(monthly_k), period=1.0))


def pue(air_k: ArrayLike, cooling: Cooling) -> Floats:
    """Return the power of a site over that of its computers, by the temperature outside.

    Parameters
    ----------
    air_k : array_like (k,) [K]
    cooling : Cooling

    Returns
    -------
    ndarray (k,)

    Assumptions
    -----------
    The share of heat that chillers carry rises in a straight line between two air temperatures; humidity
    acts only through them. Overheads are in proportion to the power of the computers.

    Source
    ------
    Definition of PUE: ISO/IEC 30134-2:2016. Shape: economiser hours of ASHRAE TC 9.9 (2011), linear between.

    Examples
    --------
    >>> from types import SimpleNamespace as N
    >>> dry = N(pue_free=1.1, pue_chiller=1.4, free_below_k=288.15, chiller_above_k=303.15)
    >>> [round(float(x), 2) for x in pue([270.0, 295.65, 310.0], dry)]
    [1.1, 1.25, 1.4]
    """
    span_k = cooling.chiller_above_k - cooling.free_below_k
    chilled = np.clip((np.asarray(air_k) - cooling.free_below_k) / span_k, 0.0, 1.0)
    return np.asarray(cooling.pue_free + (cooling.pue_chiller - cooling.pue_free) * chilled)


def water_stress_frac(per_person_m3: float) -> float:
    """Return how scarce water is: 1 in absolute scarcity, 1/2 under stress, 0 where it is plenty.

    >>> [water_stress_frac(x) for x in (150.0, 715.0, 3020.0)]
    [1.0, 0.5, 0.0]
    """
    return 1.0 if per_person_m3 < ABSOLUTE_SCARCITY_M3 else 0.5 if per_person_m3 < STRESS_M3 else 0.0
