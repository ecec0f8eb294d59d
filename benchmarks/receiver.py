"""Webhooks of 4 kB on disk before they are answered: how many a second, how late, how much memory.

Beside ours, a file a webhook in the same application, and what the disk itself can sync. The
sender is in `receiver_load.py`; every acknowledged webhook is looked for afterwards.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import BenchmarkError, resident
from benchmarks.receiver_load import BODY_BYTES
from benchmarks.report import PROJECT, Table, spread

SECRET = "bench"
CONNECTIONS, SECONDS = 256, 10
RATE, RATE_CONNECTIONS, RATE_SECONDS = 500, 64, 20
SOAK_SECONDS = int(os.environ.get("NERDX_SOAK_SECONDS", "60"))  # 600 for the whole of it
WARM_SECONDS = 2
OURS = (sys.executable, "-m", "nerdx_pipelines.cli", "receiver", "--port", "0")
NAIVE = (sys.executable, "-m", "benchmarks.receiver_naive")
_ID = re.compile(rb'"webhook_id":"([^"]+)"')


@dataclass(frozen=True)
class Answered:
    """What a sender saw: webhooks acknowledged, over how long, and how late in ms."""

    acknowledged: int
    seconds: float
    median_ms: float
    p99_ms: float
    worst_ms: float

    @property
    def a_second(self) -> float:
        return self.acknowledged / self.seconds


@dataclass(frozen=True)
class Run:
    """One landing: flat out, then at `RATE` a second; and its processor seconds a webhook."""

    flat_out: Answered
    steady: Answered
    cpu_us: float
    peak_rss: int


def run(repeat: int) -> list[Table]:
    """The disk, our landing and the naive one in turn, `repeat` times; then a soak of ours."""
    syncs: list[Answered] = []
    runs: dict[str, list[Run]] = {"ours": [], "a file a webhook": []}
    for _ in range(repeat):
        syncs.append(_bare_syncs())
        for name, command in zip(runs, (OURS, NAIVE), strict=True):
            runs[name].append(_measure(command))
    return [_table(syncs, runs), _soak_table()]


def _bare_syncs() -> Answered:
    """Appends of one webhook's size, each followed by fdatasync, as fast as the disk takes them."""
    data, took = b"x" * BODY_BYTES, []
    with _folder() as folder:
        handle = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < SECONDS / 2:
            before = time.perf_counter()
            os.write(handle, data)
            os.fdatasync(handle)
            took.append(1e3 * (time.perf_counter() - before))
        os.close(handle)
    took.sort()
    p99 = took[int(len(took) * 0.99)]
    return Answered(len(took), elapsed, took[len(took) // 2], p99, took[-1])


def _measure(command: tuple[str, ...]) -> Run:
    with _folder() as folder, _receiving(command, folder) as (url, process):
        warm = _load(url, CONNECTIONS, WARM_SECONDS)
        before = _processor_s(process.pid)
        flat_out = _load(url, CONNECTIONS, SECONDS)
        cpu_us = 1e6 * (_processor_s(process.pid) - before) / flat_out.acknowledged
        steady = _load(url, RATE_CONNECTIONS, RATE_SECONDS, RATE)
        peak = _peak(process.pid)
        _stop(process)
        _check(folder, warm.acknowledged + flat_out.acknowledged + steady.acknowledged)
    return Run(flat_out, steady, cpu_us, peak)


def _load(url: str, connections: int, seconds: float, rate: float = 0.0) -> Answered:
    """Send for so long; BenchmarkError if anything but 200 is answered."""
    command = [sys.executable, "-m", "benchmarks.receiver_load", url, SECRET]
    command += [str(connections), str(seconds), str(rate)]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=seconds + 60
    )
    if done.returncode:
        raise BenchmarkError(f"The sender failed:\n{done.stderr[-2000:]}")
    seen: dict[str, Any] = json.loads(done.stdout)
    if set(seen["statuses"]) != {"200"}:
        raise BenchmarkError(f"Answers were {seen['statuses']}, not 200 only.")
    figures = (seen[name] for name in ("seconds", "median_ms", "p99_ms", "worst_ms"))
    return Answered(seen["statuses"]["200"], *figures)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of the disk that the project is on; that of temporary files may be in memory."""
    cache = PROJECT / ".cache"
    cache.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="receiver-", dir=cache) as folder:
        yield Path(folder)


@contextmanager
def _receiving(
    command: tuple[str, ...], folder: Path
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    env = os.environ | {"NERDX_DATA_DIR": str(folder), "SHOPIFY_WEBHOOK_SECRET": SECRET}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            _, _, url = process.stdout.readline().strip().partition("=")
            if not url:
                raise BenchmarkError(f"No receiver:\n{(folder / 'log').read_text()[-2000:]}")
            yield url, process
        finally:
            process.kill()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    if process.wait(30):
        raise BenchmarkError(f"The receiver ended with {process.returncode}.")


def _check(folder: Path, acknowledged: int) -> None:
    """BenchmarkError unless the inbox has as many whole records as were acknowledged."""
    found = 0
    for segment in (folder / "inbox").iterdir():
        text = segment.read_bytes()
        found += text.count(b"\n") if text.endswith(b"\n") else 0
        if len(_ID.findall(text)) != text.count(b"\n"):
            raise BenchmarkError(f"{segment.name} has lines that are no records.")
    if found != acknowledged:
        raise BenchmarkError(f"{acknowledged} were acknowledged, {found} are there.")


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    """The most memory that the process ever had resident, in bytes."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(line) * 1024


def _table(syncs: list[Answered], runs: dict[str, list[Run]]) -> Table:
    def row(name: str, many: list[Run]) -> list[str]:
        ratio = [one.flat_out.a_second / s.a_second for one, s in zip(many, syncs, strict=True)]
        return [
            name,
            spread([one.flat_out.a_second for one in many], "/s"),
            f"{spread(ratio)}×",
            spread([one.cpu_us for one in many], "µs"),
            spread([one.steady.median_ms for one in many], "ms"),
            spread([one.steady.p99_ms for one in many], "ms"),
            spread([one.peak_rss / 2**20 for one in many], "MiB"),
        ]

    return Table(
        "Receiving webhooks",
        f"Signed webhooks of {BODY_BYTES:,} B over loopback, each synced to disk before it is "
        f"answered: {SECONDS} s on {CONNECTIONS} connections flat out, then {RATE_SECONDS} s at "
        f"{RATE} a second, due at equal distances on {RATE_CONNECTIONS} connections (times are "
        "from when one is due). The sender is a process on the same processors. Every "
        "acknowledged webhook is counted in the inbox afterwards. The disk row is one appending "
        "process that calls fdatasync after each, and how long one takes it. Command: "
        "`python -m benchmarks receiver`.",
        ["", "flat out", "to the disk", "CPU each", "median", "p99", "peak memory"],
        [
            [
                "the disk: fdatasync of 4 kB",
                spread([one.a_second for one in syncs], "/s"),
                "1.00×",
                "",
                spread([one.median_ms for one in syncs], "ms"),
                spread([one.p99_ms for one in syncs], "ms"),
                "",
            ],
            *(row(name, many) for name, many in runs.items()),
        ],
    )


def _soak_table() -> Table:
    with _folder() as folder, _receiving(OURS, folder) as (url, process):
        _load(url, RATE_CONNECTIONS, WARM_SECONDS, RATE)
        first = resident(process.pid)
        soaked = _load(url, RATE_CONNECTIONS, SOAK_SECONDS, RATE)
        last, peak = resident(process.pid), _peak(process.pid)
        _stop(process)
    mib = 2**20
    return Table(
        "Memory of the receiver",
        f"{SOAK_SECONDS} s at {RATE} a second (NERDX_SOAK_SECONDS): resident memory of its one "
        f"process after {WARM_SECONDS} s, at the end, and at most.",
        ["webhooks", f"after {WARM_SECONDS} s", "at the end", "peak", "p99", "worst"],
        [
            [
                f"{soaked.acknowledged:,}",
                f"{first / mib:.1f} MiB",
                f"{last / mib:.1f} MiB",
                f"{peak / mib:.1f} MiB",
                f"{soaked.p99_ms:.1f} ms",
                f"{soaked.worst_ms:.1f} ms",
            ]
        ],
    )
