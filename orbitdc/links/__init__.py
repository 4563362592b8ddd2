"""Links: one radio link. Geometry, radio and antenna → loss, C/N0, MODCOD and bit rate."""

from .attenuation import AttenuationTable, attenuation_table
from .modcod import Ladder, dvb_s2
from .rf import (
    Budget,
    LinkTable,
    antenna_gain_dbi,
    budget,
    c_over_n0_dbhz,
    cascade_dbhz,
    energy_ratio_db,
    free_space_loss_db,
    g_over_t_db_per_k,
    link_problems,
    link_table,
    rate_bit_per_s,
)

__all__ = [
    "AttenuationTable",
    "Budget",
    "Ladder",
    "LinkTable",
    "antenna_gain_dbi",
    "attenuation_table",
    "budget",
    "c_over_n0_dbhz",
    "cascade_dbhz",
    "dvb_s2",
    "energy_ratio_db",
    "free_space_loss_db",
    "g_over_t_db_per_k",
    "link_problems",
    "link_table",
    "rate_bit_per_s",
]
