"""A shop that lives: its store, our receiver and Dagster, each a process, as somebody runs them.

Nothing of the pipeline is called from here; what is asked are the store and the results.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import requests

from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.ports import free_port
from tests.e2e.conftest import NERDX, World, write_folder
from tests.e2e.processes import by_id

ROUTE = "/api/v1/webhooks/shopify"
LAMP, BULB, SHADE, BUYER = 7, 8, 9, 5
# Others bought what goes with the lamp, so that there is something to recommend.
BASKETS = ((LAMP, BULB), (LAMP, BULB), (BULB, SHADE), (BULB, SHADE), (LAMP, BULB, SHADE))


def folder_of_yesterday(folder: Path) -> Path:
    """A shop whose one viewer saw its one content yesterday, and bought nothing since."""
    now = datetime.now(UTC).replace(microsecond=0)

    def ago(days: float) -> str:
        return (now - timedelta(days)).isoformat().replace("+00:00", "Z")

    return write_folder(
        folder,
        shop=[{"name": "Live shop", "timezone": "Etc/UTC", "currency": "USD"}],
        products=[
            {"product_id": product, "title": title, "product_type": "Light", "vendor": "Acme",
             "price": price}
            for product, title, price in (
                (LAMP, "Lamp", "29.99"), (BULB, "Bulb", "5.00"), (SHADE, "Shade", "9.00")
            )
        ],
        customers=[
            {"customer_id": customer, "email": f"c{customer}@example.com", "created_at": ago(30)}
            for customer in range(BUYER, BUYER + len(BASKETS) + 1)
        ],
        order_lines=[
            {"order_id": 1 + order, "line_id": 10 * (1 + order) + line,
             "customer_id": BUYER + order, "product_id": product,
             "quantity": 1, "unit_price": "29.99", "discount": "0", "currency": "USD",
             "processed_at": ago(4 + order / 10)}
            for order, basket in enumerate(((LAMP,), *BASKETS))
            for line, product in enumerate(basket, start=1)
        ],
        content=[
            {"content_id": "vid", "content_type": "video", "title": "Light", "creator": "Zoë",
             "published_at": ago(30), "production_cost": "20.00"}
        ],
        content_products=[
            {"content_id": "vid", "product_id": LAMP, "valid_from": "", "valid_to": ""}
        ],
        touches=[
            {"event_id": "e1", "user_id": BUYER, "content_id": "vid", "touch_type": "view",
             "touched_at": ago(1)}
        ],
    )  # fmt: skip


@dataclass
class Live:
    """The running parts; `environment` is what all commands but the store's get."""

    world: World
    environment: dict[str, str]
    receiver: str = ""
    logs: list[Path] = field(default_factory=list)

    def change(self, do: str, **form: Any) -> dict[str, Any]:
        """Somebody does something in the store; what it touched."""
        answer = requests.post(
            f"{self.environment['SHOPIFY_SHOP_URL']}/demo/changes",
            json={"do": do, **form},
            headers=self._token,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def rest(self, path: str) -> dict[str, Any]:
        """What the store's REST API answers."""
        url = f"{self.environment['SHOPIFY_SHOP_URL']}/admin/api/2026-10/{path}"
        answer = requests.get(url, headers=self._token, timeout=30)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @property
    def _token(self) -> dict[str, str]:
        return {"X-Shopify-Access-Token": self.environment["SHOPIFY_ACCESS_TOKEN"]}

    def kpi(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the published figures, as an analyst reads them."""
        with duckdb.connect(self.world.data_dir / "kpi.duckdb", read_only=True) as con:
            return con.execute(statement).fetchall()

    def graph(self, query: str) -> list[dict[str, Any]]:
        """Rows of the graph."""
        with Graph(embedded.start(self.world.data_dir / "graph")) as graph:
            return graph.read(query)

    def until(self, what: Callable[[], Any], wanted: Any, patience: float) -> float:
        """Seconds until it is what is wanted; AssertionError with all logs if that never comes."""
        start = time.monotonic()
        while (found := what()) != wanted:
            if time.monotonic() - start > patience:
                raise AssertionError(f"{found} is not {wanted} after {patience} s\n{self.told()}")
            time.sleep(0.1)
        return time.monotonic() - start

    def told(self) -> str:
        """What the commands printed last, and how each run stands."""
        logs = [f"== {log.name}\n{log.read_text()[-4000:]}" for log in self.logs]
        with self.instance() as instance:
            runs = [record.dagster_run for record in instance.get_run_records()]
            backfills = [(each.backfill_id, each.status) for each in instance.get_backfills()]
        states = [f"{run.run_id} {run.job_name} {run.status} {run.tags}" for run in runs]
        return "\n".join([*logs, "== runs, newest first", *states, f"== backfills {backfills}"])

    def instance(self) -> dg.DagsterInstance:
        """Dagster's own account of the runs; to be closed."""
        os.environ["DAGSTER_HOME"] = str(self.world.data_dir / "dagster")
        return dg.DagsterInstance.get()

    def runs(self, job: str, *statuses: dg.DagsterRunStatus) -> list[dg.RunRecord]:
        """The runs of a job, oldest first."""
        with self.instance() as instance:
            wanted = dg.RunsFilter(job_name=job, statuses=statuses)
            return list(instance.get_run_records(wanted))[::-1]

    def kill_dagster(self) -> None:
        """kill -9 of the daemon, the web server, the code server and every run."""
        for pid, command in by_id(self.world.data_dir).items():
            if any(word in command for word in ("dagster", "multiprocessing")):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    @contextmanager
    def dagster(self) -> Iterator[str]:
        """`nerdx ui`: web server and daemon, until the block ends; its address."""
        with self.process("ui", "--port", str(free_port(0)), pattern=r"Dagster: (\S+)") as (_, url):
            yield url

    @contextmanager
    def process(
        self, *arguments: str, pattern: str, **extra: str
    ) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
        """A command that runs on, and what it said first that matches; interrupted at the end."""
        log = self.world.data_dir.parent / f"{arguments[0]}-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as file:
            process = subprocess.Popen(
                [NERDX, *arguments],
                env=self.environment | extra,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while not (told := re.search(pattern, log.read_text())):
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield process, told[1]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


@contextmanager
def serving(root: Path, *what: str) -> Iterator[Live]:
    """A demo store of `what`, and the commands of a data dir that has nothing yet."""
    store = World(root / "store")
    store.data_dir.mkdir(parents=True)
    live = Live(store, store.environment())
    pattern = r"(?s)(SHOPIFY_SHOP_URL=.*SHOPIFY_WEBHOOK_SECRET=\S+)"
    with live.process("demo-store", *what, "--port", "0", pattern=pattern) as (_, told):
        live.world = World(root / "data")
        shop = dict(line.split("=", 1) for line in told.splitlines())
        live.environment = live.world.environment(**shop)
        yield live


@contextmanager
def generated(root: Path, orders: int, days: int, **more: str) -> Iterator[tuple[Live, date]]:
    """The same of a generated shop, set to all of its days; the last of them."""
    with serving(root, "--orders", str(orders), "--days", str(days)) as live:
        (folder,) = (root / "store" / "demo").glob("generated-*")
        last = date.fromisoformat(folder.name[-10:])
        live.environment |= {
            "NERDX_CONTENT_DIR": str(folder),
            "NERDX_START_DATE": str(last - timedelta(days - 1)),
            "NERDX_END_DATE": str(last),
            **more,
        }
        yield live, last


@contextmanager
def living(root: Path) -> Iterator[Live]:
    """A store, a data dir that has been refreshed once, a receiver that the store tells all."""
    folder = folder_of_yesterday(root / "folder")
    with ExitStack() as processes:
        live = processes.enter_context(serving(root, "--data", str(folder)))
        live.environment |= {
            "NERDX_CONTENT_DIR": str(folder),
            "NERDX_START_DATE": str(datetime.now(UTC).date() - timedelta(7)),
            "NERDX_RECEIVER_TOKEN": "t",
        }
        ok(live, "refresh")
        processes.callback(ok, live, "down")
        start = live.process("receiver", "--port", "0", pattern=r"NERDX_RECEIVER_URL=(\S+)")
        _, live.receiver = processes.enter_context(start)
        ok(live, "webhooks", "register", "--url", f"{live.receiver}{ROUTE}")
        yield live


def ok(live: Live, *arguments: str) -> str:
    """The output of a command that succeeds."""
    done = subprocess.run(
        [NERDX, *arguments],
        env=live.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
