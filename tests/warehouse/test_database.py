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
    assert [file.name for file in (warehouse.path.parent / "spill").iterdir()] == ["lock"]


def snapshots(warehouse):
    return [(file.name, file.stat().st_ino) for file in warehouse.path.parent.glob("snapshots/*")]


def test_readers_share_a_copy_until_something_is_written(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "old")
    assert contents(warehouse) == [("old",)]
    copy = snapshots(warehouse)
    with warehouse.write() as con:  # which only looks
        con.execute("FROM staging.content").fetchall()
    assert contents(warehouse) == [("old",)]
    assert snapshots(warehouse) == copy
    assert len(copy) == 1
    with warehouse.write() as con:
        con.execute("UPDATE staging.content SET content_id = 'new'")
    assert snapshots(warehouse) == []
    assert contents(warehouse) == [("new",)]


def test_a_copy_that_was_cut_short_is_never_read(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "kept")
    assert contents(warehouse) == [("kept",)]
    (copy,) = warehouse.path.parent.glob("snapshots/*")
    with copy.open("r+b") as file:  # as a reader would leave it that is killed
        file.truncate(5000)
    copy.rename(copy.with_suffix(".partial"))
    assert contents(warehouse) == [("kept",)]
    assert [name for name, _ in snapshots(warehouse)] == [copy.name]


def test_another_file_in_its_place_is_another_warehouse(warehouse, tmp_path):
    for name in ("one", "other"):
        warehouse.path.unlink(missing_ok=True)
        with warehouse.write() as con:
            con.execute(CONTENT % name)
        assert contents(warehouse) == [(name,)]


def test_a_look_at_the_file_itself_copies_nothing_and_keeps_writers_out(warehouse):
    with warehouse.write() as con:
        con.execute(CONTENT % "kept")
    impatient = Warehouse(warehouse.path, lock_timeout=0.1)
    with warehouse.inspect() as con:
        assert con.execute("SELECT content_id FROM staging.content").fetchall() == [("kept",)]
        with pytest.raises(WarehouseError, match="Another process"):
            impatient.write().__enter__()
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            con.execute(CONTENT % "more")
    assert snapshots(warehouse) == []


SORTED = "CREATE TEMP TABLE t AS SELECT md5(i::VARCHAR) AS x FROM range(2000000) AS r(i) ORDER BY x"


def test_what_memory_does_not_hold_is_spilled_beside_the_file(warehouse):
    small = Warehouse(warehouse.path, memory_limit="80MB")
    with small.write() as con:
        con.execute("SET threads = 1")
        con.execute(SORTED)
        (folder,) = (each for each in (warehouse.path.parent / "spill").iterdir() if each.is_dir())
        assert sum(file.stat().st_size for file in folder.iterdir()) > 10 * 2**20
    assert not folder.exists()


def test_too_little_memory_is_an_error_that_says_what_to_set(warehouse):
    with (
        pytest.raises(WarehouseError, match="NERDX_MEMORY_LIMIT"),
        Warehouse(warehouse.path, memory_limit="80MB").write() as con,
    ):
        con.execute("SELECT list(repeat(i::VARCHAR, 50)) FROM range(4000000) AS r(i)").fetchall()


def test_what_a_killed_process_spilled_is_removed(warehouse):
    script = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from nerdx_pipelines.warehouse.database import Warehouse
        with Warehouse(Path({str(warehouse.path)!r}), memory_limit="80MB").write() as con:
            con.execute("SET threads = 1")
            con.execute({SORTED!r})
            print("ready", flush=True)
            time.sleep(60)
    """)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert "ready\n" in iter(child.stdout.readline, "")  # after a bar of progress
    child.kill()
    child.wait()
    spill = warehouse.path.parent / "spill"
    assert len(list(spill.iterdir())) == 2
    with warehouse.write():
        pass
    assert [file.name for file in spill.iterdir()] == ["lock"]


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
    assert {file.suffix for file in folder.glob("[!.]*.*")} == {".parquet", ".csv"}
