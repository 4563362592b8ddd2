"""Annuity: a price paid once + the years it serves → the same amount every second, interest included."""

from __future__ import annotations

from ..constants import JULIAN_YEAR_S


def annuity_per_s(price: float, discount_per_yr_frac: float, life_s: float) -> float:
    """Return the constant payment that is worth a price over a life.

    Parameters
    ----------
    price : float [USD]
    discount_per_yr_frac : float
        What money costs a year; 0 spreads the price evenly.
    life_s : float [s]

    Returns
    -------
    float [USD/s]

    Source
    ------
    Capital recovery factor r / (1 - (1 + r)^-n): Short, Packey and Holt, NREL/TP-462-5173 (1995), section 3.

    Examples
    --------
    A hundred over ten years at 8 %:

    >>> round(annuity_per_s(100.0, 0.08, 10.0 * JULIAN_YEAR_S) * JULIAN_YEAR_S, 2)
    14.9
    """
    years = life_s / JULIAN_YEAR_S
    rate = discount_per_yr_frac
    factor = rate / (1.0 - (1.0 + rate) ** -years) if rate > 0.0 else 1.0 / years
    return price * factor / JULIAN_YEAR_S
