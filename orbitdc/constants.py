"""Physical constants, each with its source on the line; nothing else.

The only module of ours that `kernels/` may import.
"""

PI = 3.141592653589793
TAU = 2.0 * PI
DEG = PI / 180.0

DAY_S = 86400.0
JULIAN_YEAR_S = 365.25 * DAY_S  # IAU

SPEED_OF_LIGHT_M_PER_S = 299792458.0  # SI definition
BOLTZMANN_J_PER_K = 1.380649e-23  # SI definition
STEFAN_BOLTZMANN_W_PER_M2_K4 = 5.670374419e-8  # CODATA 2018
ZERO_CELSIUS_K = 273.15  # SI definition

EARTH_RADIUS_KM = 6378.137  # equatorial, WGS84, NIMA TR8350.2
EARTH_FLATTENING = 1.0 / 298.257223563  # WGS84, NIMA TR8350.2
SUN_RADIUS_KM = 695700.0  # IAU 2015 resolution B3, nominal
AU_KM = 149597870.7  # IAU 2012 resolution B2

SOLAR_CONSTANT_W_PER_M2 = 1361.0  # Kopp and Lean 2011, doi 10.1029/2010GL045777
EARTH_INFRARED_W_PER_M2 = 237.0  # global mean emitted, facts of the solar-power literature; range 220-250
EARTH_ALBEDO_FRAC = 0.30  # global mean Bond albedo

TROPICAL_YEAR_D = 365.242190402  # Simon et al. 1994, A&A 282, 663
