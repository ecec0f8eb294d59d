"""The demos as a new user meets them: a fresh clone, a fresh HOME, `make demo`, again, real data.

Times of the pipeline's own steps come from the file that `nerdx demo` writes; a figure of a
single part of the pipeline belongs in another benchmark.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import BenchmarkError, Measured, stop_all
from benchmarks.measure import run as measure
from benchmarks.report import PROJECT, Table, spread

# What is shown, the make target, and the data directory it works in.
RUNS = (
    ("`make demo`, fresh clone", "demo", "data"),
    ("`make demo`, again", "demo", "data"),
    ("`make demo-real`", "demo-real", "data-real"),
)
TIMEOUT_S = 3600


@dataclass(frozen=True)
class Timings:
    """What `nerdx demo` measured itself, in seconds: all, the pipeline, each asset by name."""

    total_s: float
    pipeline_s: float
    steps: dict[str, float]


@dataclass(frozen=True)
class Run:
    """One run of a demo, seen from outside and by itself."""

    measured: Measured
    timings: Timings


def run(repeat: int, source: Path = PROJECT) -> list[Table]:
    """Each of RUNS, `repeat` times, on the committed state of the checkout `source`."""
    rounds = [_round(source) for _ in range(repeat)]
    by_run = [[one_round[i] for one_round in rounds] for i in range(len(RUNS))]
    header = ["", *(label for label, _, _ in RUNS)]

    def row(name: str, unit: str, figure: Callable[[Run], float]) -> list[str]:
        return [name, *(spread([figure(one) for one in runs], unit) for runs in by_run)]

    ratio = [
        spread(
            [
                one.measured.wall_s / base.measured.wall_s
                for one, base in zip(runs, by_run[0], strict=True)
            ]
        )
        for runs in by_run
    ]
    whole = Table(
        "The demos",
        "Wall clock of the whole command, the first with installing every dependency. Memory is "
        "the peak of the summed resident memory of all processes, the graph server included.",
        header,
        [
            row("wall clock", "s", lambda one: one.measured.wall_s),
            ["ratio to the first", *ratio],
            row("`nerdx` itself", "s", lambda one: one.timings.total_s),
            row("pipeline", "s", lambda one: one.timings.pipeline_s),
            row("peak memory", "GiB", lambda one: one.measured.peak_rss / 2**30),
        ],
    )
    return [whole, Table("Steps of the demos", "Seconds in each asset.", header, _steps(by_run))]


def read_timings(file: Path) -> Timings:
    """The timings a demo wrote; BenchmarkError names the file and the field that is wrong."""
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        timings = Timings(
            float(given["total_s"]),
            float(given["pipeline_s"]),
            {str(step): float(seconds) for step, seconds in given["steps"].items()},
        )
    except OSError as error:
        raise BenchmarkError(f"The demo left no {file.name}: {error.strerror}.") from error
    except KeyError as error:
        raise BenchmarkError(f"{file.name} has no {error}.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise BenchmarkError(
            f'{file.name} is not {{"total_s": ..., "pipeline_s": ..., "steps": {{...}}}} '
            f"with seconds: {error}."
        ) from error
    seconds = (timings.total_s, timings.pipeline_s, *timings.steps.values())
    if not all(isfinite(value) and value >= 0 for value in seconds):
        raise BenchmarkError(f"{file.name} holds seconds that are negative or not finite.")
    return timings


def _round(source: Path) -> list[Run]:
    with TemporaryDirectory(prefix="nerdx-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        clone, home = work / "nerdx", work / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(source), str(clone)], check=True)
        runs = []
        try:
            for _, target, data in RUNS:
                if not (work / data).exists():
                    stop_all(home)  # another data set's servers are no part of this one's memory
                runs.append(_run(clone, home, target, work / data))
        finally:
            stop_all(home)
        return runs


def _run(clone: Path, home: Path, target: str, data: Path) -> Run:
    file = data / "demo" / "timings.json"
    file.unlink(missing_ok=True)  # never an earlier run's
    measured = measure(
        ["make", target],
        cwd=clone,
        home=home,
        env={"NERDX_DATA_DIR": str(data)},
        timeout_s=TIMEOUT_S,
    )
    return Run(measured, read_timings(file))


def _steps(by_run: Sequence[Sequence[Run]]) -> list[list[str]]:
    names = dict.fromkeys(step for runs in by_run for one in runs for step in one.timings.steps)
    return [
        [
            step,
            *(
                spread(values) if values else "-"
                for values in (
                    [one.timings.steps[step] for one in runs if step in one.timings.steps]
                    for runs in by_run
                )
            ),
        ]
        for step in names
    ]
