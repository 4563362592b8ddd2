"""Angles from sine and cosine, without a call or a branch: loops over lanes that need one stay vectors."""

from ..constants import PI
from . import contracted_inline

ROOT_HALF = 0.70710678118654752440


@contracted_inline
def arcsin(x):
    """Angle of a sine of magnitude 1/2 at most, to 2e-16 (fit at Chebyshev nodes of the square)."""
    z = x * x
    z2 = z * z
    even = (((((-0.010749050339697808 * z2 + 0.0078029494773533175) * z2 + 0.013929652902326633) * z2
              + 0.02237204763174451) * z2 + 0.044642857103423646) * z2 + 0.1666666666666665)  # fmt: skip
    odd = (((((0.028169218060881414 * z2 + 0.01603551434914882) * z2 + 0.011875494382636922) * z2
             + 0.017355259955786323) * z2 + 0.03038194736709848) * z2 + 0.07500000000020764)  # fmt: skip
    return x + x * z * (even + z * odd)


@contracted_inline
def angle(sine, cosine):
    """Angle between 0 and 180 degrees from its sine (>= 0) and cosine: from the smaller, or their difference.

    Below 30 degrees from the sine, above 60 from the cosine, between from the sine of the angle less 45.
    """
    size = cosine if cosine >= 0.0 else -cosine
    is_low = sine < 0.5
    is_high = size < 0.5
    x = sine if is_low else (-size if is_high else (sine - size) * ROOT_HALF)
    start = 0.0 if is_low else (0.5 * PI if is_high else 0.25 * PI)
    acute = start + arcsin(x)
    return acute if cosine >= 0.0 else PI - acute
