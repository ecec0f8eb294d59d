"""The demo benchmark on a stand-in project: a repository whose Makefile claims some memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.demo import RUNS, read_timings, run
from benchmarks.measure import BenchmarkError, resident
from benchmarks.report import render

TIMINGS = {"total_s": 4.5, "pipeline_s": 3, "steps": {"shopify_orders": 1.25, "credits": 0.5}}

# Leaves a detached process behind that holds 200 MB, as a graph server would.
STAND_IN = """
import json, os, subprocess, sys, time
from pathlib import Path
assert not os.environ.get("NEO4J_URI")
held = subprocess.Popen(
    [sys.executable, "-c", "import time; held = b'x' * 200_000_000; time.sleep(600)"],
    start_new_session=True,
)
with Path(PIDS).open("a") as pids:
    print(held.pid, file=pids)
time.sleep(1.5)
file = Path(os.environ["NERDX_DATA_DIR"], "demo", "timings.json")
file.parent.mkdir(parents=True, exist_ok=True)
file.write_text(TIMINGS)
"""


def project(folder: Path, script: str) -> Path:
    folder.mkdir()
    (folder / "demo.py").write_text(script)
    recipe = f"\t@{sys.executable} demo.py"
    (folder / "Makefile").write_text(f"demo:\n{recipe}\n\ndemo-real:\n{recipe}\n")
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "t"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_every_run_is_measured_with_all_its_processes_and_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://not.the.benchmark.s")
    pids = tmp_path / "pids"
    script = STAND_IN.replace("TIMINGS", repr(json.dumps(TIMINGS))).replace("PIDS", repr(str(pids)))
    source = project(tmp_path / "project", script)
    whole, steps = run(1, source)
    figures = {name: cells for name, *cells in whole.rows}
    assert [len(cells) for cells in figures.values()] == [len(RUNS)] * len(figures)
    assert figures["pipeline"] == ["3.00 s"] * 3
    assert figures["ratio to the first"][0] == "1.00"
    assert float(figures["peak memory"][0].removesuffix(" GiB")) > 0.18
    assert "| pipeline | 3.00 s | 3.00 s | 3.00 s |" in render("demo", [whole], 1)
    assert steps.rows == [["shopify_orders"] + ["1.25"] * 3, ["credits"] + ["0.50"] * 3]
    started = [int(pid) for pid in pids.read_text().split()]
    assert [resident(pid) for pid in started] == [0] * len(RUNS)


def test_a_failing_demo_is_reported_with_the_end_of_its_output(tmp_path: Path) -> None:
    source = project(tmp_path / "project", "raise SystemExit('the store did not start')")
    with pytest.raises(BenchmarkError, match=r"make demo.* ended 2 (.|\n)*store did not start"):
        run(1, source)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "seconds"),
        ("[]", "seconds"),
        ('{"total_s": 1, "steps": {}}', "pipeline_s"),
        ('{"total_s": 1, "pipeline_s": null, "steps": {}}', "seconds"),
        ('{"total_s": 1, "pipeline_s": 1, "steps": [1]}', "seconds"),
        ('{"total_s": 1, "pipeline_s": 1, "steps": {"a": "soon"}}', "soon"),
        ('{"total_s": NaN, "pipeline_s": 1, "steps": {}}', "finite"),
        ('{"total_s": 1, "pipeline_s": -1, "steps": {}}', "negative"),
    ],
)
def test_unusable_timings_say_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "timings.json"
    file.write_text(text)
    with pytest.raises(BenchmarkError, match=problem):
        read_timings(file)


def test_missing_timings_say_so(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="left no timings"):
        read_timings(tmp_path / "timings.json")


def test_timings_may_say_more_than_is_read(tmp_path: Path) -> None:
    file = tmp_path / "timings.json"
    file.write_text(json.dumps({**TIMINGS, "orders": 20_000}))
    assert read_timings(file).steps == TIMINGS["steps"]


def test_results_name_the_machine_s_size_but_no_path() -> None:
    results = render("demo", [], 3)
    assert "cores" in results
    assert "DuckDB" in results
    assert str(Path.cwd()) not in results
