"""Run every benchmark, or those named, and write their sections of `RESULTS.md`.

A benchmark is a function `(repeat) -> list[Table]` in a module of its own, listed here.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    attribution,
    cypher,
    demo,
    freshness,
    graph_load,
    growth,
    ingest,
    load,
    markov,
    pacing,
    peers,
    receiver,
    recommendations,
    ui_pages,
    workers,
    years,
)
from benchmarks.report import Table, render, replaced

BENCHMARKS: dict[str, Callable[[int], list[Table]]] = {
    "attribution": attribution.run,
    "cypher": cypher.run,
    "demo": demo.run,
    "freshness": freshness.run,
    "graph_load": graph_load.run,
    "growth": growth.run,
    "ingest": ingest.run,
    "load": load.run,
    "markov": markov.run,
    "peers": peers.run,
    "pacing": pacing.run,
    "receiver": receiver.run,
    "recommendations": recommendations.run,
    "workers": workers.run,
    "ui_pages": ui_pages.run,
    "years": years.run,
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """One after the other: a failure leaves the results of the rest."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default: 3)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    if arguments.repeat < 1:
        parser.error("--repeat must be at least 1")

    for name in arguments.names or BENCHMARKS:
        section = render(name, BENCHMARKS[name](arguments.repeat), arguments.repeat)
        former = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(replaced(former, section), encoding="utf-8")
        print(f"{section}\nWritten to benchmarks/{RESULTS.name}")


if __name__ == "__main__":
    main()
