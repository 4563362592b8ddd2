"""The normal law of one and two variates: thresholds, correlation → chances, on arrays."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(32)


def normal_cdf(x: ArrayLike) -> Floats:
    """Return the chance that a standard normal variate falls below x.

    >>> float(normal_cdf(0.0))
    0.5
    """
    from scipy.special import ndtr

    return np.asarray(ndtr(np.asarray(x, dtype=np.float64)))


def normal_quantile(chance: ArrayLike) -> Floats:
    """Return the threshold below which a standard normal variate falls with some chance.

    >>> round(float(normal_quantile(0.99)), 4)
    2.3263
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(np.asarray(chance, dtype=np.float64)))


def pair_cdf(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Floats:
    """Return the chance that two standard normal variates fall below h and k.

    Parameters
    ----------
    h, k : array_like
        Thresholds.
    rho : array_like
        Correlation, -1 < rho < 1; all three broadcast.

    Returns
    -------
    ndarray

    Source
    ------
    Plackett 1954: the derivative by the correlation is the density at the corner; Drezner and Wesolowsky 1990
    for the substitution rho = sin(t), here by 32-point Gauss-Legendre quadrature.

    Examples
    --------
    >>> round(float(pair_cdf(0.0, 0.0, 0.5)), 12)  # 1/4 + asin(rho) / 2 pi
    0.333333333333
    """
    x, y, r = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (h, k, rho)))
    half = 0.5 * np.arcsin(r)[..., None]
    sine = np.sin(half * (1.0 + _NODE))
    cosine_2 = 1.0 - sine**2
    power = (x[..., None] ** 2 + y[..., None] ** 2 - 2.0 * (x * y)[..., None] * sine) / (2.0 * cosine_2)
    joint = (half * _WEIGHT * np.exp(-power)).sum(axis=-1) / (2.0 * math.pi)
    return np.asarray(normal_cdf(x) * normal_cdf(y) + joint)
