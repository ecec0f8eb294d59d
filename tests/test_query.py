"""What an analyst gets to see: every kind of value in every format, whatever runs meanwhile."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.query import QueryError, cells, query
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.publish import publish

# The SQL of a value, its JSON, and its text for people and CSV files.
VALUES = {
    "price": ("59.98::DECIMAL(18, 4)", "59.98", "59.98"),
    "places": ("1.234::DECIMAL(18, 4)", "1.234", "1.234"),
    "zero": ("0::DECIMAL(18, 4)", "0.00", "0.00"),
    "negative": ("-30::DECIMAL(18, 4)", "-30.00", "-30.00"),
    "millions": ("1234567::DECIMAL(18, 4)", "1234567.00", "1234567.00"),
    "tiny": ("0.0000000001::DECIMAL(28, 10)", "0.0000000001", "0.0000000001"),
    "one_place": ("0.5::DECIMAL(9, 1)", "0.5", "0.5"),
    "nothing": ("NULL", "null", ""),
    "empty": ("''", '""', ""),
    "day": ("DATE '2026-01-02'", '"2026-01-02"', "2026-01-02"),
    "instant": (
        "TIMESTAMPTZ '2026-01-02T03:04:05+11:00'",
        '"2026-01-01T16:04:05Z"',
        "2026-01-01T16:04:05Z",
    ),
    "local": ("TIMESTAMP '2026-01-02 03:04:05'", '"2026-01-02T03:04:05"', "2026-01-02T03:04:05"),
    "list": ("[1.5::DECIMAL(9, 2), NULL]", "[1.50, null]", "[1.50, null]"),
    "nested": (
        "{'Größe': [[DATE '2026-01-02']], 'when': TIMESTAMPTZ '2026-01-02T00:00:00Z'}",
        '{"Größe": [["2026-01-02"]], "when": "2026-01-02T00:00:00Z"}',
        '{"Größe": [["2026-01-02"]], "when": "2026-01-02T00:00:00Z"}',
    ),
    "none_in_list": ("[]::VARCHAR[]", "[]", "[]"),
    "text": ("'Zoë 日本 😀'", '"Zoë 日本 😀"', "Zoë 日本 😀"),
    "quoted": ("""'a, "b"'""", '"a, \\"b\\""', 'a, "b"'),
    "markup": ("'[red]x[/red]'", '"[red]x[/red]"', "[red]x[/red]"),
    "id": ("9223372036854775807", "9223372036854775807", "9223372036854775807"),
    "lowest": ("(-9223372036854775807 - 1)", "-9223372036854775808", "-9223372036854775808"),
    "flag": ("true", "true", "true"),
    "ratio": ("0.25::DOUBLE", "0.25", "0.25"),
    "not_a_number": ("'nan'::DOUBLE", "null", "nan"),
    "without_end": ("'inf'::DOUBLE", "null", "inf"),
}
ALL = "SELECT " + ", ".join(f"{sql} AS {name}" for name, (sql, _, _) in VALUES.items())


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data dir with one order and one published KPI."""
    root = tmp_path_factory.mktemp("query")
    settings = Settings(_env_file=None, NERDX_DATA_DIR=root)
    with Warehouse(settings.warehouse_path).write() as con:
        con.execute("INSERT INTO staging.orders (order_id, name) VALUES (1, 'first')")
        con.execute("INSERT INTO kpi.health VALUES ('orders', 1, NULL)")
        publish(con, settings.kpi_path, settings.published_dir)
    return settings


def ask(settings: Settings, statement: str, form: str) -> str:
    to = io.StringIO(newline="")
    query(settings, statement, to, form)
    return to.getvalue()


@pytest.mark.parametrize("name", VALUES)
def test_a_value_as_json(settings: Settings, name: str):
    sql, expected, _ = VALUES[name]
    assert ask(settings, f"SELECT {sql} AS v", "json") == f'[\n {{"v": {expected}}}\n]\n'


@pytest.mark.parametrize("name", VALUES)
def test_a_value_as_text(settings: Settings, name: str):
    sql, _, expected = VALUES[name]
    statement = f"SELECT {sql} AS v, 'end' AS e"
    assert cells(settings, statement) == (["v", "e"], [[expected, "end"]])
    parsed = list(csv.reader(io.StringIO(ask(settings, statement, "csv"))))
    assert parsed == [["v", "e"], [expected, "end"]]
    heading, row = ask(settings, statement, "table").splitlines()
    assert heading.split() == ["v", "e"]
    assert row.removesuffix("end").strip() == expected


def test_many_columns_and_rows(settings: Settings):
    statement = f"{ALL} FROM range(3)"
    found = json.loads(ask(settings, statement, "json"), parse_float=Decimal)
    assert len(found) == 3
    assert found[0]["price"] == Decimal("59.98")
    assert found[2]["id"] == 2**63 - 1
    lines = list(csv.DictReader(io.StringIO(ask(settings, statement, "csv"))))
    assert [line["text"] for line in lines] == ["Zoë 日本 😀"] * 3


def test_a_text_of_two_lines(settings: Settings):
    text = ask(settings, "SELECT E'one\\ntwo' AS v", "csv")
    assert text == 'v\n"one\ntwo"\n'
    assert json.loads(ask(settings, "SELECT E'one\\ntwo' AS v", "json")) == [{"v": "one\ntwo"}]


def test_no_rows(settings: Settings):
    statement = 'SELECT 1 AS a, 2 AS "[b]" WHERE false'
    assert json.loads(ask(settings, statement, "json")) == []
    assert ask(settings, statement, "csv") == "a,[b]\n"
    assert ask(settings, statement, "table").split() == ["a", "[b]"]


@pytest.mark.parametrize(
    "statement",
    [
        "FROM kpi.health",
        "SELECT * FROM KPI.Health",
        "WITH good AS (FROM kpi.health) SELECT good.* FROM good JOIN staging.orders ON true",
        "SELECT health.* FROM kpi.health, kpi.daily_sales RIGHT JOIN kpi.content_kpis ON true "
        "UNION ALL FROM kpi.health",
        "-- with a comment\nFROM kpi.health;",
        "SELECT a.* FROM kpi.health a JOIN kpi.health b USING (metric)",
    ],
)
def test_kpis_however_they_are_asked_for(settings: Settings, statement: str):
    assert json.loads(ask(settings, statement, "json")) == [
        {"metric": "orders", "value": 1, "note": None}
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("SELECT * FROM staging.ordrs", "Table with name ordrs does not exist"),
        ("SELECT nme FROM staging.orders", 'column "nme" not found'),
        ("", "not nothing"),
        ("SELECT 1; SELECT 2", "not SELECT, SELECT"),
        ("DELETE FROM staging.orders", "not DELETE"),
        ("DELETE FROM kpi.health", "not DELETE"),
        ("UPDATE staging.orders SET name = 'x'", "not UPDATE"),
        ("INSERT INTO kpi.health VALUES ('x', 1, NULL)", "not INSERT"),
        ("CREATE TABLE kpi.mine AS FROM kpi.health", "not CREATE"),
        ("DROP TABLE staging.orders", "not DROP"),
        ("FROM kpi.health; DELETE FROM kpi.health", "not SELECT, DELETE"),
        ("ATTACH 'other.duckdb'", "not ATTACH"),
        ("EXPLAIN ANALYZE DELETE FROM staging.orders", "not EXPLAIN"),
    ],
)
def test_what_is_no_question(settings: Settings, statement: str, problem: str):
    with pytest.raises(QueryError) as raised:
        ask(settings, statement, "json")
    assert problem in str(raised.value)
    assert cells(settings, "SELECT name FROM staging.orders")[1] == [["first"]]
    assert cells(settings, "SELECT metric FROM kpi.health")[1] == [["orders"]]


def test_a_question_writes_no_file(settings: Settings, tmp_path: Path):
    with pytest.raises(QueryError, match="not COPY"):
        ask(settings, f"COPY kpi.health TO '{tmp_path / 'health.csv'}'", "json")
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_middle_of_the_rows(settings: Settings):
    statement = "SELECT (CASE WHEN i < 5000 THEN '1' ELSE 'x' END)::INTEGER FROM range(9000) t(i)"
    with pytest.raises(QueryError, match="Could not convert string 'x'"):
        ask(settings, statement, "csv")


def test_without_a_warehouse(tmp_path: Path):
    settings = Settings(_env_file=None, NERDX_DATA_DIR=tmp_path)
    for statement in ("SELECT 1", "FROM kpi.health"):
        with pytest.raises(WarehouseError, match=r"no warehouse at .* run `nerdx demo`"):
            ask(settings, statement, "json")
    assert list(tmp_path.iterdir()) == []


HOLD = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
con.execute("BEGIN; DELETE FROM kpi.health; DELETE FROM staging.orders")
print("holding", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_open(warehouse: Path) -> Iterator[None]:
    """Another process is in the middle of writing."""
    command = [sys.executable, "-c", HOLD, str(warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holding\n"
        yield
        holder.communicate()


def test_kpis_are_there_while_another_process_writes(settings: Settings):
    with held_open(settings.warehouse_path):
        assert cells(settings, "SELECT metric FROM kpi.health")[1] == [["orders"]]
    assert cells(settings, "SELECT name FROM staging.orders")[1] == [["first"]]
