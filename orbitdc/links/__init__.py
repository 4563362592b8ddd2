"""Links: one radio or laser link. Geometry, both ends and the air → loss, C/N0, MODCOD and bit rate."""

from .attenuation import Air, Losses, air_at, air_of, air_problems, availability_problems
from .budget import Budget, budget, budget_of
from .modcod import Ladder, dvb_s2, dvb_s2x, shannon_esn0_db
from .rf import (
    antenna_gain_dbi,
    c_over_n0_dbhz,
    cascade_dbhz,
    energy_ratio_db,
    free_space_loss_db,
    g_over_t_db_per_k,
)
from .table import LinkTable, link_table, rate_bit_per_s, uplink_table
from .terminals import Receiver, Transmitter, link_problems, receiver_of, transmitter_of, uplink_of

__all__ = [
    "Air",
    "Budget",
    "Ladder",
    "LinkTable",
    "Losses",
    "Receiver",
    "Transmitter",
    "air_at",
    "air_of",
    "air_problems",
    "antenna_gain_dbi",
    "availability_problems",
    "budget",
    "budget_of",
    "c_over_n0_dbhz",
    "cascade_dbhz",
    "dvb_s2",
    "dvb_s2x",
    "energy_ratio_db",
    "free_space_loss_db",
    "g_over_t_db_per_k",
    "link_problems",
    "link_table",
    "rate_bit_per_s",
    "receiver_of",
    "shannon_esn0_db",
    "transmitter_of",
    "uplink_of",
    "uplink_table",
]
