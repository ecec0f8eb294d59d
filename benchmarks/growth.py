"""How cost grows with the shop: a tenth, one and ten million orders in two years, run by Dagster.

The runs are those of `years.py`. Linear cost has an exponent of 1.
"""

import math
import os
import shutil
from statistics import linear_regression

from benchmarks.raw_files import Shop
from benchmarks.report import Table
from benchmarks.years import PHASES, Run, one_run, workspace

SIZES = [
    int(size)
    for size in (os.environ.get("NERDX_BENCH_SIZES") or "100000,1000000,10000000").split(",")
]


def run(repeat: int) -> list[Table]:
    """Each size `repeat` times; the quickest counts, as what disturbs a run only slows it."""
    runs: dict[int, Run] = {}
    for size in SIZES:
        shop = Shop(size)
        with workspace() as folder:
            shop.write(folder / "files")
            found = []
            for _ in range(repeat):
                found.append(one_run(shop, folder / "files", folder / "data"))
                shutil.rmtree(folder / "data")
        runs[size] = min(found, key=lambda each: each.measured.wall_s)
    walls = {size: each.measured.wall_s for size, each in runs.items()}
    rows = [["wall clock", *(f"{each:,.1f} s" for each in walls.values()), _exponent(walls)]]
    for phase in PHASES:
        seconds = {size: each.phases[phase] for size, each in runs.items()}
        rows.append([phase, *(f"{each:,.1f} s" for each in seconds.values()), _exponent(seconds)])
    peaks = {size: each.measured.high_water for size, each in runs.items()}
    rows.append(
        ["peak memory", *(f"{each / 2**30:.2f} GiB" for each in peaks.values()), _exponent(peaks)]
    )
    return [
        Table(
            "Growth with the number of orders",
            "730 days with 2.5 lines and 3 touches an order, from files to KPIs in one run of "
            "Dagster with all checks. The exponent is the slope of cost over orders, both as "
            "logarithms, by least squares. Peak memory is the sum of the highest that the kernel "
            "noted of every process (VmHWM).",
            ["", *(f"{size:,} orders" for size in runs), "exponent"],
            rows,
        )
    ]


def _exponent(costs: dict[int, float]) -> str:
    sizes = [math.log(size) for size in costs]
    if len(sizes) < 2:
        return ""
    return f"{linear_regression(sizes, [math.log(cost) for cost in costs.values()]).slope:.2f}"
