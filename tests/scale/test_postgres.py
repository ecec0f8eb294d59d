"""Dagster's events in Postgres."""

import shutil

from nerdx_pipelines.settings import PROJECT_ROOT
from tests.operations.test_runs_first import assert_told_in_order


def test_a_failure_is_told_when_its_run_has_failed(postgres, tmp_path, monkeypatch):
    shutil.copy(PROJECT_ROOT / "deploy" / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("NERDX_DAGSTER_POSTGRES_URL", f"postgresql+psycopg2://{postgres}/dagster")
    assert_told_in_order()
