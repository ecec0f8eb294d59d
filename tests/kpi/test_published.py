"""What analysts open: the same figures in every form, whole at every instant, for any reader."""

import csv
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import nerdx_pipelines
from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.kpi_definitions import definition
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.publish import publish, publishing

AWKWARD = 'A "quoted", comma;\nline – é'


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NERDX_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def warehouse(data_dir: Path) -> Warehouse:
    warehouse = Warehouse(data_dir / "warehouse.duckdb", "Europe/Berlin")
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO kpi.content_kpis BY NAME SELECT 'a' AS content_id, $1 AS title,"
            " '' AS content_type, '2026-07-01 12:00:00.5+02'::TIMESTAMPTZ AS published_at,"
            " 'EUR' AS currency, 12345678901234.05 AS attributed_revenue, 0.1 AS roi,"
            " 3 AS views, true AS is_mature",
            [AWKWARD],
        )
        con.execute(
            "INSERT INTO kpi.cohorts BY NAME SELECT DATE '2026-07-01' AS cohort_month,"
            " 2 AS customers, 'EUR' AS currency"
        )
    return warehouse


def published_once(warehouse: Warehouse, data_dir: Path) -> Path:
    folder = data_dir / "published"
    with publishing(folder), warehouse.read() as con:
        publish(con, data_dir / "kpi.duckdb", folder)
    return folder


def test_csv_says_everything_in_words_that_any_program_reads(warehouse, data_dir):
    folder = published_once(warehouse, data_dir)
    with (folder / "content_kpis.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["title"] == AWKWARD
    assert row["published_at"] == "2026-07-01T10:00:00.500000Z"
    assert row["attributed_revenue"] == "12345678901234.0500"
    assert (row["roi"], row["views"], row["is_mature"]) == ("0.1", "3", "true")
    assert row["production_cost"] == ""
    with (folder / "cohorts.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["cohort_month"] == "2026-07-01"


def test_every_form_has_every_table_and_the_same_rows(warehouse, data_dir):
    folder = published_once(warehouse, data_dir)
    with duckdb.connect(data_dir / "kpi.duckdb", read_only=True) as con:
        tables = [name for (name,) in con.execute("SHOW TABLES").fetchall()]
        assert len(tables) > 10
        assert {path.stem for path in folder.glob("*.parquet")} == set(tables)
        assert {path.stem for path in folder.glob("*.csv")} == set(tables)
        for table in tables:
            rows = con.execute(f"FROM {table}").fetchall()
            assert con.execute(f"FROM '{folder}/{table}.parquet'").fetchall() == rows


def test_a_frame_keeps_money_exact(warehouse, data_dir):
    published_once(warehouse, data_dir)
    frame = nerdx_pipelines.kpis("content_kpis")
    assert isinstance(frame, pd.DataFrame)
    row = frame.iloc[0]
    assert row["attributed_revenue"] == Decimal("12345678901234.0500")
    assert row["published_at"] == datetime(2026, 7, 1, 10, 0, 0, 500000, UTC)
    assert nerdx_pipelines.kpis("cohorts").iloc[0]["cohort_month"] == date(2026, 7, 1)


def test_a_table_that_is_not_there_names_those_that_are(warehouse, data_dir):
    with pytest.raises(WarehouseError, match="nerdx demo"):
        nerdx_pipelines.kpis("content_kpis")
    published_once(warehouse, data_dir)
    with pytest.raises(WarehouseError, match=r"'contents'.*cohorts, content_daily, content_kpis"):
        nerdx_pipelines.kpis("contents")


def test_importing_the_package_loads_nothing(tmp_path):
    heavy = "{'pandas', 'duckdb', 'dagster', 'numpy', 'pyarrow', 'pydantic'}"
    told = subprocess.run(
        [sys.executable, "-c", f"import nerdx_pipelines, sys; print({heavy} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "set()\n"


def test_columns_of_the_database_say_what_they_are(warehouse, data_dir):
    published_once(warehouse, data_dir)
    with duckdb.connect(data_dir / "kpi.duckdb", read_only=True) as con:
        told = con.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'content_kpis'"
            " AND column_name = 'net_roi'"
        ).fetchone()
    assert told == (definition("content_kpis", "net_roi"),)


def test_a_folder_of_files_of_former_versions_is_taken_over(warehouse, data_dir):
    folder = data_dir / "published"
    folder.mkdir()
    (folder / "content_kpis.parquet").write_bytes(b"of an older version")
    (folder / "gone.parquet").write_bytes(b"a table that is no more")
    published_once(warehouse, data_dir)
    assert len(nerdx_pipelines.kpis("content_kpis")) == 1
    assert not (folder / "gone.parquet").exists()


def test_a_reader_never_meets_a_half_published_set(warehouse, data_dir):
    """While another publishes again and again, all tables of `current` tell of one version."""
    folder = published_once(warehouse, data_dir)
    done, failed, rounds = threading.Event(), [], threading.Semaphore(0)

    def keep_publishing() -> None:
        try:
            for version in range(12):
                with warehouse.write() as con:
                    con.execute("DELETE FROM kpi.health; DELETE FROM kpi.platform_kpis")
                    for table in ("health", "platform_kpis"):
                        con.execute(f"INSERT INTO kpi.{table} VALUES ('version', {version}, '')")
                published_once(warehouse, data_dir)
                assert rounds.acquire(timeout=60)  # the reader goes on while the next is written
        except Exception as error:
            failed.append(error)
        finally:
            done.set()

    publisher = threading.Thread(target=keep_publishing)
    publisher.start()
    seen = set()
    while not done.is_set():
        now = (folder / "current").resolve()
        with duckdb.connect() as con:
            read = "SELECT value FROM '{}' WHERE metric = 'version'"
            found = [
                con.execute(read.format(now / name)).fetchall()
                for name in ("health.parquet", "platform_kpis.parquet")
            ]
            con.execute(f"FROM '{folder}/health.parquet'").fetchall()  # there at every instant
            con.execute(f"FROM read_csv('{folder}/health.csv')").fetchall()
        with duckdb.connect(data_dir / "kpi.duckdb", read_only=True) as con:
            for table in ("health", "platform_kpis"):
                found.append(con.execute(read.format(table).replace("'", "", 2)).fetchall())
        assert found[0] == found[1]
        assert found[2] == found[3]
        seen.add(str(found[0]))
        rounds.release()
    publisher.join()
    assert not failed
    assert len(seen) > 1, "nothing was published while the reader looked"
