"""One writer at a time, readers on a snapshot, and nothing half-written whatever dies."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import duckdb
import pytest

from nerdx_pipelines.errors import DiskError, WarehouseError
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.publish import publish, published

CONTENT = "INSERT INTO staging.content (content_id) VALUES ('%s')"


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse.duckdb", lock_timeout=60)


def contents(warehouse):
    with warehouse.read() as con:
        return con.execute("SELECT content_id FROM staging.content ORDER BY ALL").fetchall()


def _write_ten(path, worker):
    for i in range(10):
        with Warehouse(path).write() as con:
            con.execute(CONTENT % f"{worker}-{i}")


def test_four_writers_and_a_reader_never_fail_on_a_lock(warehouse):
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write_ten, args=(warehouse.path, w)) for w in range(4)]
    for worker in workers:
        worker.start()
    seen = []
    while any(worker.is_alive() for worker in workers):
        if warehouse.path.exists():
            with warehouse.read() as con:
                tables = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'content'"
                if con.execute(tables).fetchone() == (1,):
                    seen.append(con.execute("SELECT count(*) FROM staging.content").fetchone()[0])
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(contents(warehouse)) == 40
    assert seen == sorted(seen)


def test_an_error_leaves_everything_as_it_was(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "kept")
    with pytest.raises(ZeroDivisionError), warehouse.write() as con:
        con.execute(CONTENT % "lost")
        raise ZeroDivisionError
    assert contents(warehouse) == [("kept",)]


def test_a_writer_killed_in_the_middle_leaves_the_old_state(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "kept")
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from nerdx_pipelines.warehouse.database import Warehouse
        with Warehouse(Path({str(warehouse.path)!r})).write() as con:
            con.execute("INSERT INTO staging.content (content_id) SELECT i FROM range(200000) t(i)")
            print("ready", flush=True)
            time.sleep(60)
    """)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert contents(warehouse) == [("kept",)]


def test_a_reader_keeps_its_snapshot_and_leaves_no_file_behind(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "old")
    with warehouse.read() as con:
        with warehouse.write() as writer:
            writer.execute(CONTENT % "new")
        assert con.execute("SELECT content_id FROM staging.content").fetchall() == [("old",)]
    assert list((warehouse.path.parent / "snapshots").iterdir()) == []


def test_a_stranger_who_holds_the_file_is_waited_for(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "kept")
    script = f"import duckdb, time; c = duckdb.connect({str(warehouse.path)!r}); " + (
        "print('ready', flush=True); time.sleep(1)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    with warehouse.write() as con:
        con.execute(CONTENT % "more")
    child.wait()
    assert len(contents(warehouse)) == 2


def test_a_busy_lock_is_an_error_that_says_so(warehouse):
    impatient = Warehouse(warehouse.path, lock_timeout=0.1)
    with warehouse.write(), pytest.raises(WarehouseError, match="Another process"):
        impatient.write().__enter__()


def test_an_impossible_folder_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DiskError, match="NERDX_DATA_DIR"),
        Warehouse(tmp_path / "file" / "warehouse.duckdb").write(),
    ):
        pass


def test_reading_before_there_is_anything_says_how_to_begin(warehouse):
    with pytest.raises(WarehouseError, match="nerdx demo"), warehouse.read():
        pass


def test_published_tables_are_read_while_they_are_replaced(warehouse, tmp_path):
    database, folder = tmp_path / "kpi.duckdb", tmp_path / "published"
    with warehouse.write() as con:
        con.execute("INSERT INTO kpi.health VALUES ('net_revenue', 59.98, 'USD')")
    with warehouse.read() as con:
        assert publish(con, database, folder)["health"] == 1
    with published(database) as reader:
        started = time.monotonic()
        with warehouse.write() as con:
            con.execute("UPDATE kpi.health SET value = 1")
        with warehouse.read() as con:
            publish(con, database, folder)
        assert time.monotonic() - started < 60
        assert str(reader.execute("SELECT value FROM kpi.health").fetchone()[0])[:5] == "59.98"
    with duckdb.connect(database, read_only=True) as analyst:  # as a person would open it
        assert analyst.execute("SELECT value FROM kpi.health").fetchone()[0] == 1
        assert analyst.execute("SELECT value FROM health").fetchone()[0] == 1
    assert {file.suffix for file in folder.iterdir()} == {".parquet"}
