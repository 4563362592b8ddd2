"""Ground control: command contacts, time limits → safe mode of each satellite, and its daily contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Command:
    """What ground control of some satellites comes to over a span.

    `contact_s_per_day` (s,), command and telemetry contact had; `short` (s,), less than was asked for;
    `satellite`, `start_s`, `end_s` (n,): spans in safe mode, sorted by satellite and start.
    """

    contact_s_per_day: Floats
    short: NDArray[np.bool_]
    satellite: Integers
    start_s: Floats
    end_s: Floats

    def __post_init__(self) -> None:
        for values in vars(self).values():
            values.flags.writeable = False

    def safe_mode_s(self) -> Floats:
        """Return the time that each satellite computes nothing, for want of a command (s,)."""
        spans_s = self.end_s - self.start_s
        return np.bincount(self.satellite, spans_s, len(self.contact_s_per_day)).astype(np.float64)


def ground_control(
    satellite: Integers,
    start_s: Floats,
    end_s: Floats,
    n_satellites: int,
    span_s: float,
    *,
    demand_s_per_day: float,
    max_silence_s: float,
    last_heard_s: Floats | None = None,
) -> Command:
    """Return which satellites go to safe mode, and when.

    A satellite that has heard no command for too long stops its payload until the next contact begins.

    Parameters
    ----------
    satellite, start_s, end_s : arrays (c,) [s]
        Contacts over command stations, seconds since the start of the span, in any order.
    n_satellites : int
    span_s : float [s]
        Length of the span.
    demand_s_per_day : float [s]
        Command and telemetry contact demanded per satellite and day.
    max_silence_s : float [s]
        Longest time without contact before safe mode.
    last_heard_s : array (s,), optional [s]
        End of the last contact before the span, not above 0; 0 by default.

    Returns
    -------
    Command

    Assumptions
    -----------
    Every contact commands the satellite, whatever its length; a command ends safe mode at once.

    Examples
    --------
    >>> one = ground_control(np.array([0]), np.array([100.0]), np.array([200.0]), 1, 1000.0,
    ...     demand_s_per_day=0.0, max_silence_s=300.0)
    >>> one.start_s.tolist(), one.end_s.tolist()
    ([500.0], [1000.0])
    """
    order = np.lexsort((start_s, satellite))
    rows = satellite[order]
    begin, finish = np.clip(start_s[order], 0.0, span_s), np.clip(end_s[order], 0.0, span_s)
    heard_s = np.zeros(n_satellites) if last_heard_s is None else np.array(last_heard_s, dtype=np.float64)
    spans: list[tuple[int, float, float]] = []
    for s, rise_s, set_s in zip(rows.tolist(), begin.tolist(), finish.tolist(), strict=True):
        _add_silence(spans, s, float(heard_s[s]) + max_silence_s, rise_s)
        heard_s[s] = max(heard_s[s], set_s)
    for s in range(n_satellites):
        _add_silence(spans, s, float(heard_s[s]) + max_silence_s, span_s)
    table = np.array(sorted(spans), dtype=np.float64).reshape(-1, 3)
    daily_s = np.bincount(rows, finish - begin, n_satellites) * (DAY_S / span_s)
    return Command(
        daily_s.astype(np.float64),
        daily_s < demand_s_per_day,
        table[:, 0].astype(np.int64),
        table[:, 1].copy(),
        table[:, 2].copy(),
    )


def _add_silence(spans: list[tuple[int, float, float]], satellite: int, from_s: float, to_s: float) -> None:
    """Note a span in safe mode; the silence may have begun before the span."""
    if to_s > max(from_s, 0.0):
        spans.append((satellite, max(from_s, 0.0), to_s))
