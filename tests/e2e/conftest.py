"""The command line from outside: a folder of data in, `nerdx` run, tables out."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.database import Warehouse

NERDX = Path(sys.executable).with_name("nerdx")


@dataclass
class World:
    """One data dir and the commands run on it."""

    data_dir: Path

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
        return kept | {"NERDX_DATA_DIR": str(self.data_dir)} | extra

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [NERDX, *arguments],
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def start(self, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [NERDX, *arguments],
            env=self.environment(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ok(self, *arguments: str, **extra: str) -> str:
        done = self.run(*arguments, **extra)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def rows(self, statement: str) -> list[dict]:
        done = self.run("query", statement, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, parse_float=Decimal)

    def value(self, statement: str):
        (row,) = self.rows(statement)
        (value,) = row.values()
        return value

    def contents(self) -> dict[str, list[tuple]]:
        """Every row of every table that is made from facts, in one snapshot."""
        with Warehouse(self.data_dir / "warehouse.duckdb").read() as con:
            tables = con.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
                " WHERE schema_name IN ('staging', 'attribution', 'kpi', 'loop')"
                # but for when something was looked at, or shown
                " AND table_name NOT IN ('pulls', 'changes_seen', 'explorations')"
            ).fetchall()
            return {table: con.sql(f"FROM {table} ORDER BY ALL").fetchall() for (table,) in tables}


def write_folder(folder: Path, **tables: list[dict]) -> Path:
    """A CSV file a table; the columns are those of its first row."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def story(tmp_path_factory) -> Iterator[World]:
    """The seed's stories and the awkward cases, run once and used by many tests."""
    from tests.e2e.stories import TABLES

    root = tmp_path_factory.mktemp("story")
    world = World(root / "data")
    world.folder = write_folder(root / "folder", **TABLES)
    world.output = world.ok("demo", "--data", str(world.folder))
    yield world
    world.ok("down")  # `nerdx refresh` leaves the graph server running, for the next run
