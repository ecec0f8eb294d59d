"""Run one command as a new user would, and measure its time and memory (Linux: reads /proc).

What is run is the benchmarks' business. Every process a command starts, however detached, is
told by the HOME it inherits, which is the benchmark's alone.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Settings and caches of whoever runs the benchmark; `make bench` itself adds MAKE*.
INHERITED = (
    *("NERDX_", "SHOPIFY_", "NEO4J_", "DAGSTER_", "PYTHON", "VIRTUAL_ENV"),
    *("XDG_", "PIP_CACHE_DIR", "UV_CACHE_DIR", "MAKE", "MFLAGS"),
)
SAMPLE_S = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")


class BenchmarkError(Exception):
    """A benchmark could not be carried out; the message says what failed and why."""


@dataclass(frozen=True)
class Measured:
    """Wall clock in seconds; peak of the summed resident memory of all processes, in bytes.

    `high_water` is the sum of each process's own peak, as the kernel noted it (VmHWM).
    """

    wall_s: float
    peak_rss: int
    high_water: int = 0


def run(
    command: Sequence[str], *, cwd: Path, home: Path, env: Mapping[str, str], timeout_s: float
) -> Measured:
    """Run `command` to its end with a bare environment; BenchmarkError if it fails."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(INHERITED)}
    log = home / "benchmark.log"
    start, peak = time.monotonic(), 0
    marks: dict[int, int] = {}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**bare, "HOME": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None and time.monotonic() - start < timeout_s:
            living = processes_of(home)
            peak = max(peak, sum(map(resident, living)))
            marks |= {pid: mark for pid in living if (mark := high_water(pid))}
            time.sleep(SAMPLE_S)
    wall_s = time.monotonic() - start
    if process.returncode != 0:
        reason = "took too long" if process.returncode is None else f"ended {process.returncode}"
        tail = log.read_text(errors="replace")[-2000:]
        stop_all(home)
        raise BenchmarkError(f"`{' '.join(command)}` {reason} after {wall_s:.0f} s:\n{tail}")
    return Measured(wall_s, peak, sum(marks.values()))


def processes_of(home: Path) -> list[int]:
    """Ids of the running processes that have `home` as their HOME."""
    mark = f"HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:  # ended meanwhile, or another user's
            continue
    return found


def resident(pid: int) -> int:
    """Resident memory of one process in bytes; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


def high_water(pid: int) -> int:
    """Most memory that one process ever had resident, in bytes; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def stop_all(home: Path, grace_s: float = 10) -> None:
    """End what commands left running under `home`, such as a graph server."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in processes_of(home):
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + grace_s
        while processes_of(home) and time.monotonic() < deadline:
            time.sleep(SAMPLE_S)
