"""Operate: hardware and what reaches it over a window → the envelope of its load, the replay of a plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..kernels import LANES
from ..kernels import operate as kernel
from ..kernels import replay as replaying
from .course import (
    LEDGER,
    LOSS_ROWS,
    SILENCE,
    Account,
    Course,
    Envelope,
    Potential,
    SlotLoads,
    Supply,
    Trajectory,
    slot_of,
    table,
)
from .drive import Followed, Policy, Solved, follow, solve
from .hardware import Hardware

Floats = NDArray[np.float64]

RESIDUAL_FRAC = 1e-9
"""Largest share of energy or heat that may be unaccounted for."""


def envelope(hardware: Hardware, supply: Supply, policy: Policy = "shed") -> Envelope:
    """Return the largest load, step by step, of which any part may be used without breaking a limit.

    First the idle satellite is followed: it is the coldest there can be, so its heater takes the most. The
    load is then what is left after housekeeping, radio, pumps, heater and the charging of the battery that
    pays for them, capped where the die would pass its limit; for the heater the most is set aside that it
    can take under any part of the load. A plan that uses any share of the load in any step thus runs cooler
    than this trajectory, warmer than the idle one, and with more charge.

    Parameters
    ----------
    hardware : Hardware
        Satellites (s,).
    supply : Supply
        What reaches them (s, t).
    policy : {"shed", "ride-through", "deplete"}
        `shed`: cards run on sunlight alone. `ride-through`: the largest constant load that the battery
        carries through the dark, orbit after orbit. `deplete`: in any shadow the cards also run on what the
        battery holds above its floor and above what the idle satellite needs until it is charged again.

    Returns
    -------
    Envelope

    Raises
    ------
    LimitError
        If the satellite cannot even stay idle.

    Assumptions
    -----------
    Charging comes before the cards, except that a riding load is sized for both.

    Source
    ------
    Energy balance of bus and battery; heat balance of die, plate and radiator, implicit Euler.
    """
    solved = solve(hardware, supply, policy, supply.n_steps * supply.step_s, supply.n_steps)
    idle = follow(
        hardware, supply, np.zeros((len(solved.load_w), 1, LANES)), solved.idle_state,
        np.zeros(supply.n_steps), None, supply.n_steps,
    )  # fmt: skip
    return Envelope(
        **vars(_potential(hardware, supply, solved)),
        most=Course(solved.course, hardware.capacity_j),
        idle=_trajectory(hardware, idle),
        packed_lost_w=solved.lost_w,
        alive_w=hardware.alive_w,
        n_alive=supply.n_alive,
    )


def potential(hardware: Hardware, supply: Supply, policy: Policy, slot_s: float) -> Potential:
    """Return what a run needs to know of `envelope`: the load itself, by step and by slot, and extremes.

    Parameters
    ----------
    hardware, supply, policy
        As given to `envelope`.
    slot_s : float [s]
        Length of a slot.

    Returns
    -------
    Potential

    Raises
    ------
    LimitError
        If the satellite cannot even stay idle.
    """
    return _potential(hardware, supply, solve(hardware, supply, policy, slot_s, 0))


def replay(hardware: Hardware, supply: Supply, plan: Potential, busy_frac: Floats) -> Trajectory:
    """Return the course of the satellites when a plan uses a share of the envelope in each step.

    Parameters
    ----------
    hardware, supply
        As given to `envelope`.
    plan : Potential
        What the plan was made against.
    busy_frac : ndarray (s, t) or (t,)
        Share of the envelope's load that works, in [0, 1]; the rest of it is on and idle.

    Returns
    -------
    Trajectory
        Loads include idle cards.

    Raises
    ------
    LimitError
        A limit was broken: which satellite, when, by how much, and what to enlarge.
    ValueError
        A share is outside [0, 1].
    InvariantError
        Energy or heat is not conserved to 1e-9.

    Assumptions
    -----------
    Starts as hot as the envelope and with its lowest charge.

    Source
    ------
    The same step function as `envelope`.
    """
    course = follow(hardware, supply, plan.packed_load_w, plan.start_state, busy_frac, None, supply.n_steps)
    return _trajectory(hardware, course)


def account(
    hardware: Hardware, supply: Supply, plan: Potential, busy_frac: Floats, weights: Floats
) -> Account:
    """Return what a run needs to know of `replay`: ledgers, extremes, and sums over the satellites.

    Parameters
    ----------
    hardware, supply, plan, busy_frac
        As given to `replay`.
    weights : ndarray (block, N_WEIGHTS x LANES)
        Rows `G_...` of `kernels.operate`.

    Returns
    -------
    Account

    Raises
    ------
    LimitError, ValueError, InvariantError
        As `replay`.
    """
    course = follow(hardware, supply, plan.packed_load_w, plan.start_state, busy_frac, weights, 0)
    return _account(hardware, course)


def n_swings(series: Floats, at_least: float) -> tuple[NDArray[np.int64], Floats]:
    """Return how often each row falls and rises again by at least so much, and the mean depth of the falls.

    Parameters
    ----------
    series : ndarray (s, t)
        State of charge, or a temperature [K].
    at_least : float
        Smaller movements are not counted.

    Returns
    -------
    n : ndarray (s,)
        Cycles.
    depth : ndarray (s,)
        Mean fall, 0 where there is none.

    Examples
    --------
    >>> n, depth = n_swings(np.array([[1.0, 0.7, 1.0, 0.9, 0.95, 0.5, 1.0]]), 0.2)
    >>> int(n[0]), float(depth[0])
    (2, 0.4)
    """
    count = np.zeros(series.shape[0], dtype=np.int64)
    depth = np.zeros(series.shape[0])
    replaying.swings(np.ascontiguousarray(series, dtype=np.float64), at_least, count, depth)
    return count, depth / np.maximum(count, 1)


def _potential(hardware: Hardware, supply: Supply, solved: Solved) -> Potential:
    n = len(hardware)
    n_block, n_slots = solved.slots.shape[:2]
    by_lane = solved.slots.reshape(n_block, n_slots, kernel.N_SLOT_SUMS, LANES).transpose(2, 0, 3, 1)
    # in C order, whatever the number of blocks: NumPy's sums follow the layout
    by_row = np.ascontiguousarray(by_lane).reshape(kernel.N_SLOT_SUMS, n_block * LANES, n_slots)[:, :n]
    slot = slot_of(supply.n_steps, supply.step_s, solved.slot_s)
    first = np.searchsorted(slot, np.arange(n_slots))
    n_up = np.clip(supply.n_alive[:, None] - first, 0, np.bincount(slot)) * (hardware.alive_w > 0.0)[:, None]
    extremes = table(solved.extremes, n)
    load_w = by_row[kernel.X_LOAD_W // LANES]
    lost_w = {name: by_row[row // LANES] for name, row in LOSS_ROWS.items()}
    return Potential(
        packed_load_w=solved.load_w,
        start_state=solved.start_state,
        loads=SlotLoads(n_up, load_w, {**lost_w, SILENCE: np.zeros_like(load_w)}),
        max_die_k=extremes[:, kernel.E_DIE_MAX_K // LANES],
        min_soc_frac=extremes[:, kernel.E_STORED_MIN_J // LANES] / hardware.capacity_j,
    )


def _account(hardware: Hardware, course: Followed) -> Account:
    book = table(course.ledger, len(hardware)).T
    extremes = table(course.extremes, len(hardware))
    found = Account(
        ledger_j=dict(zip(LEDGER, book, strict=True)),
        min_soc_frac=extremes[:, kernel.E_STORED_MIN_J // LANES] / hardware.capacity_j,
        min_plate_k=extremes[:, kernel.E_PLATE_MIN_K // LANES],
        sums=course.sums,
    )
    for name in ("energy", "heat"):
        residual = getattr(found, f"{name}_residual_frac")
        if not residual < RESIDUAL_FRAC:
            raise InvariantError(f"{name} is not conserved: {residual:.2e} of it is unaccounted for")
    return found


def _trajectory(hardware: Hardware, course: Followed) -> Trajectory:
    return Trajectory(course.course, hardware.capacity_j, course.heater_w, _account(hardware, course))
