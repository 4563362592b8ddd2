"""Decision: plans follow an envelope policy; charge is no variable of the scheduler.

    PYTHONPATH=. python benchmarks/decisions/009_envelope_policy_against_free_charge.py

A satellite of 100 kW, 97-minute orbits with 17 minutes in the dark, and two kinds of work: urgent work that
comes all the time and must be done within ten minutes, worth three, and work that may wait, worth one. Under
each envelope policy the best plan is found inside the envelope that the policy promises; beside it stands the
best plan of all, for which the charge of the battery in every step is a variable of the programme and heaters
and heat cost nothing, so that it is a limit from above. Measured on the catalogue's integrator, share of that
limit with urgent work for 10, 50 and 90 % of the cards: shed 89.0, 90.2, 88.7 %; deplete 95.1, 97.2, 94.3 %;
ride-through, for which its battery is small, 59.2, 71.4, 50.3 %. The cost is known before a run and changes
with the policy; a thousand envelopes take a tenth of a second, the programme as long for one satellite.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import bmat, coo_matrix, csr_matrix, identity

import orbitdc
from orbitdc.kernels import LANES
from orbitdc.kernels import thermal as rows
from orbitdc.spacecraft.course import Supply
from orbitdc.spacecraft.hardware import hardware
from orbitdc.spacecraft.operate import envelope

STEP_S, ORBIT, DARK, N_ORBITS = 60.0, 97, 17, 2
URGENT_STEPS = 10
POLICIES = ("shed", "ride-through", "deplete")


def satellite(**changes):
    """Return a satellite of the catalogue and what reaches it in a few orbits."""
    scenario = orbitdc.load("beijing-2035").replace(changes)
    hard = hardware(scenario, ["integrator-100kw"])
    n = ORBIT * N_ORBITS
    light = np.where(np.arange(n) % ORBIT < ORBIT - DARK, 1.0, 0.0)[None]
    supply = Supply.of(
        start=datetime(2031, 6, 21, tzinfo=UTC),
        step_s=STEP_S,
        array_w=np.full((1, n), float(hard.array_m2[0]) * 1361.0),
        light_frac=light,
        absorbed_w=np.full((1, n), float(hard.infrared_m2[0]) * 237.0 * 0.226),
        radio_frac=np.zeros((1, n)),
    )
    return hard, supply


def _work(n, urgent_w, alive_w):
    """Return the rows that tie work to its time: urgent in its ten steps, the rest at any; circular."""
    step = np.arange(n)
    came = np.repeat(step, URGENT_STEPS)
    done = (came + np.tile(np.arange(URGENT_STEPS), n)) % n
    ones = np.ones(came.size)
    per_arrival = csr_matrix((ones, (came, np.arange(came.size))), shape=(n, came.size))
    per_step = csr_matrix((ones, (done, np.arange(came.size))), shape=(n, came.size))
    worth = np.concatenate([np.full(came.size, 3.0), np.ones(n)])
    limit = np.full(n, urgent_w)
    most = np.concatenate([np.full(came.size, urgent_w), np.full(n, alive_w)])
    return per_arrival, per_step, worth, limit, most


def best_w(load_w, urgent_w, alive_w):
    """Return the mean worth of the best plan inside a largest load (t,) [W]."""
    n = load_w.size
    per_arrival, per_step, worth, limit, most = _work(n, urgent_w, alive_w)
    matrix = bmat([[per_arrival, None], [per_step, identity(n)]])
    found = linprog(
        -worth,
        A_ub=matrix,
        b_ub=np.concatenate([limit, load_w]),
        bounds=np.column_stack([np.zeros(worth.size), most]),
        method="highs",
    )
    return -found.fun / n


def free_w(hard, supply, urgent_w):
    """Return the mean worth of the best plan when charge is a variable of every step [W]."""
    n = supply.n_steps
    par = {name: float(hard.rows[0, getattr(rows, f"P_{name}") // LANES]) for name in NAMES}
    alive_w = float(hard.alive_w[0])
    sun_w = supply.array_w[0] * supply.light_frac[0] * par["CONVERSION_FRAC"]
    per_arrival, per_step, worth, limit, most = _work(n, urgent_w, alive_w)
    eye, nothing = identity(n), csr_matrix((n, n))
    # variables: urgent, patient, charge, discharge, stored at the end of each step (a circle)
    before = coo_matrix((np.ones(n), (np.arange(n), (np.arange(n) - 1) % n)))
    pump = 1.0 + par["PUMP_FRAC"]
    upper = bmat(
        [
            [per_arrival, csr_matrix((n, n)), nothing, nothing, nothing],
            [per_step, eye, nothing, nothing, nothing],
            [pump * per_step, pump * eye, eye, -eye, nothing],
        ]
    )
    stored = bmat(
        [
            [
                csr_matrix(per_step.shape),
                nothing,
                -par["CHARGE_FRAC"] * STEP_S * eye,
                STEP_S / par["DISCHARGE_FRAC"] * eye,
                eye - before,
            ]
        ]
    )
    rate = np.full(2 * n, par["RATE_W"])
    floor, full = par["FLOOR_J"], par["CAPACITY_J"]
    found = linprog(
        -np.concatenate([worth, np.zeros(3 * n)]),
        A_ub=upper,
        b_ub=np.concatenate([limit, np.full(n, alive_w), sun_w - par["HOUSEKEEPING_W"]]),
        A_eq=stored,
        b_eq=np.zeros(n),
        bounds=np.column_stack(
            [
                np.concatenate([np.zeros(worth.size + 2 * n), np.full(n, floor)]),
                np.concatenate([most, rate, np.full(n, full)]),
            ]
        ),
        method="highs",
    )
    return -found.fun / n


NAMES = (
    "CONVERSION_FRAC", "PUMP_FRAC", "CHARGE_FRAC", "DISCHARGE_FRAC", "RATE_W", "FLOOR_J", "CAPACITY_J",
    "HOUSEKEEPING_W",
)  # fmt: skip


def shares(urgent_frac, **changes):
    """Return what each envelope policy reaches of the best with free charge."""
    hard, supply = satellite(**changes)
    alive_w = float(hard.alive_w[0])
    most = free_w(hard, supply, urgent_frac * alive_w)
    return {
        policy: best_w(envelope(hard, supply, policy).load_w[0], urgent_frac * alive_w, alive_w) / most
        for policy in POLICIES
    }


def main():
    for urgent_frac in (0.1, 0.5, 0.9):
        found = shares(urgent_frac)
        said = ", ".join(f"{policy} {share:.1%}" for policy, share in found.items())
        print(f"urgent work for {urgent_frac:.0%} of the cards: of the best with free charge {said}")


if __name__ == "__main__":
    main()
