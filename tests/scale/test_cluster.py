"""A cluster on one machine has the laptop's figures: Postgres, Redis, Celery workers and a lake."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from nerdx_pipelines.automation import REFRESH, range_tags
from nerdx_pipelines.demo.session import open_session, serving
from nerdx_pipelines.settings import PROJECT_ROOT, load_settings
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.lake import PREFIX, open_warehouse

BIN = Path(sys.executable).parent
# When something was looked at or made, which no two runs have in common.
CLOCK = {
    "as_of", "ingested_at", "rejected_at", "pulled_at", "stored_at", "changed_at", "logged_at",
    "since", "told_at", "offered_from", "offered_to",
}  # fmt: skip


def tables(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every row of every table, but for what the clock said."""
    with warehouse.read() as con:
        names = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE"
            " schema_name IN ('staging', 'attribution', 'kpi', 'loop')"
        ).fetchall()
        kept = {
            table: [name for name in con.sql(f"FROM {table}").columns if name not in CLOCK]
            for (table,) in names
        }
        return {
            table: con.sql(f"SELECT {', '.join(columns)} FROM {table} ORDER BY ALL").fetchall()
            for table, columns in kept.items()
        }


def nerdx(data_dir, *words):
    own = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
    subprocess.run([BIN / "nerdx", *words], env=own | {"NERDX_DATA_DIR": str(data_dir)}, check=True)


def test_the_demo_on_a_cluster_has_the_figures_of_the_laptop(
    postgres, redis, tmp_path, monkeypatch
):
    laptop, cluster = tmp_path / "laptop", tmp_path / "cluster"
    nerdx(laptop, "demo", "--orders", "600", "--days", "30")
    expected = tables(Warehouse(laptop / "warehouse.duckdb"))
    (folder,) = (each.parent for each in (laptop / "demo").rglob("touches.parquet"))

    home = cluster / "dagster"
    home.mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "deploy" / "dagster.yaml", home)
    for name, value in {
        "NERDX_DATA_DIR": str(cluster),
        "NERDX_WAREHOUSE_URL": f"{PREFIX}postgresql://{postgres}/lake",
        "NERDX_WAREHOUSE_DATA": str(tmp_path / "lake"),
        "NERDX_EXECUTOR": "celery",
        "NERDX_DAGSTER_POSTGRES_URL": f"postgresql+psycopg2://{postgres}/dagster",
        "NERDX_CELERY_BROKER": f"{redis}/0",
        "NERDX_CELERY_BACKEND": f"{redis}/1",
        "DAGSTER_HOME": str(home),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",  # a worker looks for `celery`
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("SHOPIFY_SHOP_URL", "SHOPIFY_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "")  # that `serving` sets, and the test's end undoes
    session = open_session(load_settings(), folder)
    log = (tmp_path / "log").open("w+")
    with serving():
        settings = session.apply()
        workers = [
            subprocess.Popen(
                [BIN / "dagster-celery", "worker", "start", "-A", "dagster_celery.app", "-n", name,
                 "-y", PROJECT_ROOT / "deploy" / "celery.yaml", "--", "--concurrency", "1"],
                stdout=log, stderr=log, start_new_session=True,
            )
            for name in ("one", "other")
        ]  # fmt: skip
        try:
            days = range_tags(session.first_day, session.last_day)
            done = subprocess.run(
                [BIN / "dagster", "job", "execute", "-m", "nerdx_pipelines.definitions",
                 "-j", REFRESH, "--tags", json.dumps(days)],
                stdout=log, stderr=log, timeout=500,
            )  # fmt: skip
            assert done.returncode == 0, Path(log.name).read_text()[-5000:]
            found = tables(open_warehouse(settings))
        finally:
            for worker in workers:  # with the Celery that each has started
                os.killpg(worker.pid, signal.SIGTERM)
            for worker in workers:
                worker.wait(60)
            nerdx(cluster, "down")
    assert found.keys() == expected.keys()
    assert {table for table in found if found[table] != expected[table]} == set()
    assert found["attribution.line_credits"]
    with duckdb.connect(cluster / "kpi.duckdb", read_only=True) as con:
        published = con.execute("SELECT * FROM content_kpis ORDER BY ALL").fetchall()
    assert published == expected["kpi.content_kpis"]
