"""Decision: where not all fits, work fills the emptiest of its slots, at the site that a programme gives it.

    PYTHONPATH=.:benchmarks python benchmarks/decisions/011_emptiest_slots_and_the_programmes_sites.py [DAYS]

The plan of `greedy` on contended days (benchmarks/contended.py), work in its earliest slots or its emptiest,
at the site that is cheapest at the prices of a linear programme, or at the one where that programme puts it
(the prices of its dual alone do not say how much of each class goes where they are equal). Measured on 200
days, worst and median share of the bound, CPU time a day: earliest and cheapest 96.2 and 98.9 % in 41 ms;
earliest at the programme's sites 95.9 and 99.4 % in 25; emptiest and cheapest 97.2 and 99.1 % in 39; both
97.4 and 99.5 % in 18: a plan that comes near its bound sooner is sooner done.
"""

import importlib
import sys
import time

import numpy as np
from contended import contended

from orbitdc.scheduler.canonical import in_canonical_order
from orbitdc.scheduler.prices import Prices, costs, divide, limit_op
from orbitdc.scheduler.terms import terms

greedy = importlib.import_module("orbitdc.scheduler.policies.greedy")

WAYS = {
    "earliest slots, cheapest site": (1, False),
    "earliest slots, the programme's site": (1, True),
    "emptiest slots, cheapest site": (greedy.N_LEVELS, False),
    "emptiest slots, the programme's site": (greedy.N_LEVELS, True),
}


def main():
    n_days = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for name, (n_levels, at_home) in WAYS.items():
        greedy.N_LEVELS = n_levels
        shares, took_s = [], 0.0

        def planned(jobs, sites, at_home=at_home, shares=shares):
            given = terms(jobs, sites)
            found = divide(jobs, sites, given, costs(jobs, sites, given, Prices.none(sites)))
            cost = costs(jobs, sites, given, found.prices)
            home = found.home if at_home else None
            plan = greedy.plan_by_prices("greedy", jobs, sites, given, found.prices, cost, home)
            shares.append(plan.completed_value(jobs) / limit_op(jobs, sites, found.prices, cost))
            return plan

        for seed in range(n_days):
            jobs, sites = contended(seed)
            began_s = time.process_time()
            in_canonical_order(planned, jobs, sites)
            took_s += time.process_time() - began_s
        print(
            f"{name:38s} worst {min(shares):.2%}, median {np.median(shares):.2%} of the bound, "
            f"{1e3 * took_s / n_days:.0f} CPU ms a day"
        )


if __name__ == "__main__":
    main()
