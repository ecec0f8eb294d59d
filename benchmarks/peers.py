"""Ours, tap-shopify with its DuckDB target and dlt, on one store: what an order costs each.

Every client is a process of its own, over the same HTTPS, into an empty DuckDB file; who found
what is checked after each. The clients themselves are in `strangers/` and `peers_ours.py`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measure import BenchmarkError
from benchmarks.report import PROJECT, Table, spread
from benchmarks.strangers import dlt_loading, tap
from benchmarks.strangers.store import Store, serving
from benchmarks.strangers.venvs import binaries
from nerdx_pipelines.demo.generate import generate
from tests.shopify.official import file_of

ORDERS, DAYS = 20_000, 180
LAST_DAY = date(2026, 11, 21)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS)
STREAMS = ("orders", "products", "customers")
# The fields of the tap that our tables are made of, to compare like with like.
FIELDS = {
    "orders": {
        *("id", "name", "customer", "sourceName", "processedAt", "createdAt", "updatedAt"),
        *("cancelledAt", "cancelReason", "displayFinancialStatus", "test", "currencyCode"),
        *("presentmentCurrencyCode", "totalPriceSet", "lineItems", "customerJourneySummary"),
    },
    "products": {
        *("id", "title", "handle", "productType", "vendor", "status", "tags"),
        *("createdAt", "publishedAt", "updatedAt"),
    },
    "customers": {"id", "email", "tags", "createdAt", "updatedAt"},
}
TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock, of the client's processors and of the store's, and orders loaded."""

    wall_s: float
    client_s: float
    store_s: float
    orders: int


@dataclass(frozen=True)
class Client:
    """A way to load the store: a pipe of commands, and the tables that it fills.

    `lines` is SQL giving the number of line items that it loaded.
    """

    name: str
    pipe: Callable[[Store, Path], list[list[str]]]
    database: str
    schema: str
    lines: str


def _ours(store: Store, folder: Path) -> list[list[str]]:
    days = [FIRST_DAY.isoformat(), (LAST_DAY + timedelta(days=1)).isoformat()]
    return [[sys.executable, "-m", "benchmarks.peers_ours", str(folder), *days]]


def _tap(fields: Mapping[str, Container[str] | None]) -> Callable[[Store, Path], list[list[str]]]:
    def pipe(store: Store, folder: Path) -> list[list[str]]:
        config = folder / "target.json"
        told = {"path": str(folder / "tap.duckdb"), "default_target_schema": "shop"}
        config.write_text(json.dumps(told))
        target = [str(binaries("target-duckdb") / "target-duckdb"), "--config", str(config)]
        return [tap.command(store, folder, fields, since="2020-01-01", grouped=True), target]

    return pipe


def _dlt(store: Store, folder: Path) -> list[list[str]]:
    return [dlt_loading.command(store, folder / "dlt.duckdb")]


TAP = "tap-shopify 3.13 + target-duckdb 0.8"
TAP_LINES = "SELECT sum(json_array_length(lineitems)) FROM shop.orders"
OURS = Client(
    "ours", _ours, "warehouse.duckdb", "staging", "SELECT count(*) FROM staging.order_lines"
)
CLIENTS = (
    OURS,
    Client(TAP, _tap(dict.fromkeys(STREAMS)), "tap.duckdb", "shop", TAP_LINES),
    Client(f"{TAP}, our fields only", _tap(FIELDS), "tap.duckdb", "shop", TAP_LINES),
    Client(
        "dlt 1.31 `rest_api`",
        _dlt,
        "dlt.duckdb",
        "shop",
        "SELECT count(*) FROM shop.orders__line_items",
    ),
)


def run(repeat: int) -> list[Table]:
    """All clients in turn, `repeat` times."""
    costs: dict[str, list[Cost]] = {client.name: [] for client in CLIENTS}
    with TemporaryDirectory(prefix="nerdx-peers-") as folder:
        home = Path(folder)
        generate(home / "data", orders=ORDERS, days=DAYS, end=LAST_DAY)
        expected = _rows(home / "data")
        with serving(home, home / "data", schema=file_of("2026-01"), https=True) as store:
            for _ in range(repeat):
                for client in CLIENTS:
                    costs[client.name].append(_measure(client, store, expected, _fresh(home)))
    return [_table(costs)]


def _rows(data: Path) -> list[int]:
    """How many orders, products, customers and lines there are."""
    counts = ["count(DISTINCT order_id) FROM '{}/order_lines.parquet'"]
    counts += [f"count(*) FROM '{{}}/{name}.parquet'" for name in (*STREAMS[1:], "order_lines")]
    with duckdb.connect() as con:
        return [con.sql(f"SELECT {count.format(data)}").fetchall()[0][0] for count in counts]


def _fresh(home: Path) -> Path:
    folder = home / f"run-{time.monotonic_ns()}"
    folder.mkdir()
    return folder


def _measure(client: Client, store: Store, expected: list[int], folder: Path) -> Cost:
    commands = client.pipe(store, folder)
    env = store.env | dlt_loading.QUIET
    env |= {"SHOPIFY_SHOP_URL": store.url, "SHOPIFY_ACCESS_TOKEN": store.token}
    env |= {"NERDX_DATA_DIR": str(folder), "PYTHONPATH": str(PROJECT)}
    before, start = _processor_s(store.pid), time.monotonic()
    client_s = run_pipe(commands, env, folder)
    wall_s, store_s = time.monotonic() - start, _processor_s(store.pid) - before
    with duckdb.connect(folder / client.database, read_only=True) as con:
        counts = [con.table(f"{client.schema}.{stream}").shape[0] for stream in STREAMS]
        counts += [int(con.sql(client.lines).fetchall()[0][0])]
    if counts != expected:
        raise BenchmarkError(
            f"{client.name} loaded {counts} orders, products, customers and lines of {expected}."
        )
    return Cost(wall_s, client_s, store_s, counts[0])


def run_pipe(commands: Sequence[Sequence[str]], env: dict[str, str], folder: Path) -> float:
    """Run a pipe to its end; processor seconds of its commands and of what they started."""
    source, running = None, []
    with (folder / "log").open("wb") as log:
        for number, command in enumerate(commands):
            last = number == len(commands) - 1
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=env,
                stdin=source or subprocess.DEVNULL,
                stdout=log if last else subprocess.PIPE,
                stderr=log,
            )
            if source:
                source.close()
            source = process.stdout
            running.append(process)
        seconds = 0.0
        for process in running:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds += used.ru_utime + used.ru_stime
    if any(process.returncode for process in running):
        tail = (folder / "log").read_text(errors="replace")[-2000:]
        raise BenchmarkError(f"`{' '.join(commands[0][:3])} …` failed:\n{tail}")
    return seconds


def _processor_s(pid: int) -> float:
    """Processor seconds that a running process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def _table(costs: dict[str, list[Cost]]) -> Table:
    ours = costs[OURS.name]

    def ratio(mine: list[Cost], figure: Callable[[Cost], float]) -> str:
        return f"{median(map(figure, mine)) / median(map(figure, ours)):.1f}×"

    def row(name: str, mine: list[Cost]) -> list[str]:
        return [
            name,
            spread([1000 * each.client_s / each.orders for each in mine], "ms"),
            ratio(mine, lambda each: each.client_s),
            spread([each.wall_s for each in mine], "s"),
            ratio(mine, lambda each: each.wall_s),
            spread([each.store_s for each in mine], "s"),
        ]

    return Table(
        "Beside other clients",
        f"One demo store with {ours[0].orders:,} orders, their lines, customers and products, "
        "loaded into an empty DuckDB file over HTTPS; all clients in turn, and all they loaded "
        "counted after each. Processor time is that of all of a client's processes, its start "
        "included, divided by the orders; the store's own is in the last column. By default "
        "tap-shopify and dlt load every field they know. tap-shopify looks at its bulk operation "
        "every 0.1 s here, instead of every minute, and is made to ask for lines that follow "
        "their order: without that it gives all lines to the last order, and its target fails.",
        ["", "client CPU an order", "to ours", "wall clock", "to ours", "store CPU"],
        [row(name, mine) for name, mine in costs.items()],
    )
