"""Run every benchmark and write `RESULTS.md`; with names, run those and print them instead.

A benchmark is a function `(repeat) -> list[Table]` in a module of its own, listed here.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import demo, pacing, peers
from benchmarks.report import Table, render

BENCHMARKS: dict[str, Callable[[int], list[Table]]] = {
    "demo": demo.run,
    "peers": peers.run,
    "pacing": pacing.run,
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Measure everything first: a failure leaves the old results as they were."""
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

    names = arguments.names or list(BENCHMARKS)
    tables = [table for name in names for table in BENCHMARKS[name](arguments.repeat)]
    results = render(tables, arguments.repeat)
    if arguments.names:
        print(results)
    else:
        RESULTS.write_text(results, encoding="utf-8")
        print(f"Wrote benchmarks/{RESULTS.name}")


if __name__ == "__main__":
    main()
