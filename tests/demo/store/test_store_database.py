"""The store's file: changes stay, one file is served once, older files are completed."""

import logging
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.errors import ConfigError
from tests.demo.store.demo_shop import write_store

TITLE = "SELECT title FROM store.products WHERE id = 100"
RETITLE = "UPDATE store.products SET title = 'New' WHERE id = 100"


def title(database: StoreDatabase) -> str:
    ((found,),) = database.cursor().execute(TITLE).fetchall()
    return found


def test_changes_stay(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store.duckdb")
    database = StoreDatabase(path, tmp_path / "spill")
    with database.writing() as cursor:
        cursor.execute(RETITLE)
    database.close()
    again = StoreDatabase(path, tmp_path / "spill")
    assert title(again) == "New"
    again.close()


def test_what_fails_changes_nothing(tmp_path: Path) -> None:
    database = StoreDatabase(write_store(tmp_path / "store.duckdb"), tmp_path / "spill")
    with pytest.raises(ZeroDivisionError), database.writing() as cursor:
        cursor.execute(RETITLE)
        raise ZeroDivisionError
    assert title(database) == "Product 0"
    with database.writing() as cursor:
        cursor.execute(RETITLE)
    assert title(database) == "New"
    database.close()


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    database = StoreDatabase(write_store(tmp_path / "store.duckdb"), tmp_path / "spill")
    with database.reading() as reader:
        before = reader.execute(TITLE).fetchall()
        with database.writing() as cursor:
            cursor.execute(RETITLE)
        assert reader.execute(TITLE).fetchall() == before
    assert title(database) == "New"
    database.close()


def test_a_file_in_use_is_served_from_a_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_store(tmp_path / "store.duckdb")
    hold = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with caplog.at_level(logging.WARNING):
            database = StoreDatabase(path, tmp_path / "spill")
        other.communicate("\n")
    assert "changes made here end with it" in caplog.text
    with database.writing() as cursor:
        cursor.execute(RETITLE)
    assert title(database) == "New"
    database.close()
    assert list((tmp_path / "spill").iterdir()) == []
    kept = StoreDatabase(path, tmp_path / "spill")
    assert title(kept) == "Product 0"
    kept.close()


def test_a_second_server_in_this_process_does_not_disturb_the_first(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store.duckdb")
    first, second = (StoreDatabase(path, tmp_path / "spill") for _ in range(2))
    with second.writing() as cursor:
        cursor.execute(RETITLE)
    assert (title(first), title(second)) == ("Product 0", "New")
    second.close()
    first.close()


def test_an_older_file_is_completed(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store.duckdb")
    with duckdb.connect(path) as con:
        con.execute("ALTER TABLE customers DROP COLUMN redacted")
    database = StoreDatabase(path, tmp_path / "spill")
    found = database.cursor().execute("SELECT DISTINCT redacted FROM store.customers").fetchall()
    assert found == [(False,)]
    assert database.cursor().execute("SELECT * FROM store.idempotency_keys").fetchall() == []
    database.close()


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_no_store(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"other\.duckdb is not a demo store"):
        StoreDatabase(path, tmp_path / "spill")
