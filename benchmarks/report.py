"""Tables of results, the facts of the machine they were measured on, and their Markdown.

What is measured, and how, is in the benchmarks themselves.
"""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
TITLE = """# Benchmark results

Each section is written by the command in its first line; `make bench` runs them all.

"""


@dataclass(frozen=True)
class Table:
    """A titled Markdown table; every row has as many cells as the header."""

    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def spread(values: Sequence[float], unit: str = "") -> str:
    """Median of the repetitions, with their range: `12.3 s (11.9-13.0)`."""
    middle = f"{median(values):,.2f} {unit}".rstrip()
    return middle if len(values) == 1 else f"{middle} ({min(values):,.2f}-{max(values):,.2f})"


def machine() -> str:
    """Cores, memory and versions; nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), {memory:.1f} GiB memory, "
        f"{platform.system()}, Python {platform.python_version()}, DuckDB {version('duckdb')}, "
        f"Dagster {version('dagster')}"
    )


def render(name: str, tables: Sequence[Table], repeat: int) -> str:
    """The section of RESULTS.md of one benchmark: how it was measured, then its tables."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    parts = [
        f"{_mark(name)}\n`python -m benchmarks {name} --repeat {repeat}` at commit {commit} on "
        f"{datetime.now(UTC):%Y-%m-%d}, median of {repeat} (range in brackets): {machine()}.",
    ]
    for table in tables:
        lines = [table.header, ["---"] * len(table.header), *table.rows]
        parts += [
            f"## {table.title}",
            table.note,
            "\n".join(f"| {' | '.join(cells)} |" for cells in lines),
        ]
    return "\n\n".join(parts) + "\n"


def replaced(results: str, section: str) -> str:
    """`results`, the text of RESULTS.md, with `section` in place of the one of its benchmark."""
    mark = section.split("\n", 1)[0]
    parts = re.split(r"(?m)^(?=<!-- )", results or TITLE)
    if not any(part.startswith(mark) for part in parts):
        parts.append(section)
    fresh = [section if part.startswith(mark) else part for part in parts]
    return "\n".join(part.rstrip() + "\n" for part in fresh)


def _mark(name: str) -> str:
    return f"<!-- {name} -->"
