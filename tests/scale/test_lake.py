"""The lake keeps what the file keeps: one writer, snapshots, nothing half-written."""

import multiprocessing
import pickle
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest

from nerdx_pipelines.errors import ConfigError, WarehouseError
from nerdx_pipelines.warehouse.lake import PREFIX, LakeWarehouse, check_lake

CONTENT = "INSERT INTO staging.content (content_id) VALUES ('%s')"


def lake_at(address, folder):
    return LakeWarehouse(
        Path(folder) / "warehouse.duckdb",
        lock_timeout=120,
        url=f"{PREFIX}postgresql://{address}",
        data=str(folder / "lake"),
    )


@pytest.fixture
def lake(postgres, tmp_path):
    import psycopg2

    name = f"lake_{uuid.uuid4().hex}"
    admin = psycopg2.connect(f"postgresql://{postgres}/lake")
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {name}")
    admin.close()
    return lake_at(f"{postgres}/{name}", tmp_path)


def contents(lake):
    with lake.read() as con:
        return con.execute("SELECT content_id FROM staging.content ORDER BY ALL").fetchall()


def _write_five(lake, worker):
    for i in range(5):
        with lake.write() as con:
            con.execute(CONTENT % f"{worker}-{i}")
            con.execute(
                "INSERT INTO staging.changed_days SELECT "
                "(FROM staging.last_change) + row_number() OVER (), '2025-01-01', 'test', now()"
            )


def test_four_writers_and_a_reader(lake):
    with lake.write():
        pass
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write_five, args=(lake, n)) for n in range(4)]
    for worker in workers:
        worker.start()
    seen = []
    while any(worker.is_alive() for worker in workers):
        seen.append(len(contents(lake)))
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(contents(lake)) == 20
    assert seen == sorted(seen)
    with lake.read() as con:
        changes = con.execute("SELECT change_id FROM staging.changed_days ORDER BY 1").fetchall()
    assert changes == [(n,) for n in range(1, 21)]


def test_a_writer_killed_in_the_middle_leaves_the_old_state_and_its_turn(lake):
    with lake.write() as con:
        con.execute(CONTENT % "kept")
    script = textwrap.dedent("""
        import pickle, sys, time
        lake = pickle.load(sys.stdin.buffer)
        with lake.write() as con:
            con.execute("INSERT INTO staging.content (content_id) SELECT i FROM range(200000) t(i)")
            print("ready", flush=True)
            time.sleep(60)
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdin.write(pickle.dumps(lake))
    child.stdin.close()
    assert child.stdout.readline() == b"ready\n"
    assert contents(lake) == [("kept",)]  # nobody waits to read
    child.kill()
    child.wait()
    assert contents(lake) == [("kept",)]
    with lake.write() as con:
        con.execute(CONTENT % "more")
    assert contents(lake) == [("kept",), ("more",)]


def test_an_error_leaves_everything_as_it_was(lake):
    with lake.write() as con:
        con.execute(CONTENT % "kept")
    with pytest.raises(ZeroDivisionError), lake.write() as con:
        con.execute(CONTENT % "lost")
        raise ZeroDivisionError
    assert contents(lake) == [("kept",)]


def test_a_reader_keeps_its_snapshot(lake):
    with lake.write() as con:
        con.execute(CONTENT % "old")
    with lake.read() as con:
        with lake.write() as writer:
            writer.execute(CONTENT % "new")
        assert con.execute("SELECT content_id FROM staging.content").fetchall() == [("old",)]


def test_the_password_is_shown_nowhere(lake, postgres):
    password = postgres.split(":")[1].split("@")[0]
    with lake.write() as con:
        shown = str(con.execute("FROM duckdb_databases()").fetchall())
        shown += str(con.execute("FROM duckdb_secrets()").fetchall())
    wrong = LakeWarehouse(lake.path, url=lake.url.replace(password, "f4lse"), data=lake.data)
    with pytest.raises(WarehouseError, match="NERDX_WAREHOUSE_URL") as error:
        wrong.write().__enter__()
    assert password not in shown + repr(lake)
    assert "f4lse" not in str(error.value)


def test_half_a_lake_is_an_error_that_says_what_lacks():
    with pytest.raises(ConfigError, match="NERDX_WAREHOUSE_URL has to begin"):
        check_lake("postgresql://somewhere", "folder")
    with pytest.raises(ConfigError, match="NERDX_WAREHOUSE_DATA"):
        check_lake(f"{PREFIX}postgresql://somewhere", "")
