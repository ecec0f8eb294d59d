"""Other people's attribution libraries, asked by a Python of their own.

These tests install them and so take minutes: `make test-oracles` runs them.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.strangers.venvs import UnavailableError, binaries

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("NERDX_ORACLES"):
        return
    skip = pytest.mark.skip(reason="other people's libraries: `make test-oracles` runs them")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def ask() -> Callable[[str, Any], Any]:
    """Run `ask_<library>.py` on a question; skips where the index cannot give the libraries."""
    try:
        python = binaries("attribution") / "python"
    except UnavailableError as error:
        pytest.skip(str(error))

    def answer(library: str, question: Any) -> Any:
        done = subprocess.run(
            [python, HERE / f"ask_{library}.py"],
            input=json.dumps(question),
            env={"MPLBACKEND": "Agg", "HOME": str(python.parent)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return answer
