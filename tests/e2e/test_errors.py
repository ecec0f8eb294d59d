"""What can go wrong around the command: each ends in one clear line, and the data are as before."""

import copy
import hashlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nerdx_pipelines.query import cells
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from tests.e2e.conftest import World, write_folder
from tests.e2e.processes import left, living
from tests.e2e.stories import TABLES

ONE_DAY = ("refresh", "--from", "2026-01-11", "--to", "2026-01-11")
OTHER = {
    "shop": [{"name": "Other [/] shop", "timezone": "UTC", "currency": "EUR"}],
    "products": [
        {"product_id": 1, "title": "Cup", "product_type": "Cup", "vendor": "Acme", "price": "5.00"}
    ],
    "order_lines": [
        {"order_id": 1, "line_id": 1, "customer_id": 1, "product_id": 1, "quantity": 1,
         "unit_price": "5.00", "discount": "0.00", "currency": "EUR",
         "processed_at": "2026-02-02T12:00:00Z"}
    ],
    "content": [
        {"content_id": "post", "content_type": "blog", "title": "Cups", "creator": "Ann",
         "published_at": "2026-02-01T00:00:00Z", "production_cost": "1.00"}
    ],
    "content_products": [{"content_id": "post", "product_id": 1}],
    "touches": [
        {"event_id": "a", "user_id": 1, "content_id": "post", "touch_type": "view",
         "touched_at": "2026-02-02T11:00:00Z"}
    ],
}  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The line that a failed command ends with."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("nerdx: ") == 1
    *_, last = done.stderr.splitlines()
    assert last.startswith("nerdx: ")
    return last


def state(data_dir: Path) -> dict[str, str]:
    """Every file that holds data, by its content."""
    return {
        str(path.relative_to(data_dir)): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("*.duckdb", "demo/*", "published/*", "raw/**/*", "report.html")
        for path in data_dir.glob(name)
        if path.is_file()
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def demo_store(world: World, folder: Path, port: int) -> Iterator[dict[str, str]]:
    """A store that runs by itself; the environment it prints."""
    store = world.start("demo-store", "--data", str(folder), "--port", str(port))
    try:
        lines = [store.stdout.readline() for _ in range(2)]
        yield dict(line.strip().split("=", 1) for line in lines)
    finally:
        store.send_signal(signal.SIGINT)
        store.communicate(timeout=20)


@pytest.mark.parametrize("known", [{}, {"NERDX_TIMEZONE": "UTC"}], ids=["first", "configured"])
def test_nobody_answers_for_the_shop(tmp_path: Path, known: dict[str, str]):
    world = World(tmp_path / "data")
    url = f"http://127.0.0.1:{free_port()}"
    line = told(world.run("refresh", SHOPIFY_SHOP_URL=url, SHOPIFY_ACCESS_TOKEN="t", **known))
    assert url in line
    assert "Connection refused" in line
    assert "Check the network and SHOPIFY_SHOP_URL" in line
    assert not world.data_dir.exists()


def test_no_shop_is_configured(tmp_path: Path):
    world = World(tmp_path / "data")
    assert "SHOPIFY_SHOP_URL is not set" in told(world.run("refresh"))
    assert not world.data_dir.exists()


def test_a_shop_of_its_own_and_a_wrong_token(tmp_path: Path, story: World):
    store, shop = World(tmp_path / "store"), World(tmp_path / "shop")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        with demo_store(store, story.folder, taken) as address:
            assert address["SHOPIFY_SHOP_URL"] != f"http://127.0.0.1:{taken}"
            wrong = address | {"SHOPIFY_ACCESS_TOKEN": "shpat_wrong"}
            line = told(shop.run("refresh", **wrong))
            assert "HTTP 401" in line
            assert "set SHOPIFY_ACCESS_TOKEN" in line
            assert "shpat_wrong" not in line
            assert not shop.data_dir.exists()
            assert "set NERDX_DATA_DIR to another folder" in told(story.run("refresh", **address))
    assert left(store.data_dir) == []


def change(table: str, row: int, column: str, value: object) -> Callable[[dict], None]:
    def apply(tables: dict) -> None:
        tables[table][row][column] = value

    return apply


def rename(table: str, old: str, new: str) -> Callable[[dict], None]:
    def apply(tables: dict) -> None:
        tables[table] = [
            {new if name == old else name: value for name, value in row.items()}
            for row in tables[table]
        ]

    return apply


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda tables: tables.pop("order_lines"), " has no order_lines.csv"),
        (
            rename("order_lines", "unit_price", "unit_prise"),
            "/order_lines.csv has an unknown column 'unit_prise': did you mean unit_price?",
        ),
        (
            change("order_lines", 3, "quantity", "two"),
            "/order_lines.csv, line 5: quantity 'two' is not a whole number.",
        ),
        (
            change("content_products", 2, "content_id", "vidd"),
            "/content_products.csv, line 4: content_id 'vidd' is not in content.",
        ),
        (
            change("touches", 2, "touched_at", "10/01/2026 11:00"),
            "/touches.csv, line 4: touched_at '10/01/2026 11:00' is not an ISO 8601 time",
        ),
    ],
    ids=["file", "column", "type", "key", "time"],
)
def test_a_folder_with_a_fault(story: World, tmp_path: Path, spoil: Callable, problem: str):
    tables = copy.deepcopy(TABLES)
    spoil(tables)
    folder = write_folder(tmp_path / "folder", **tables)
    before = state(story.data_dir)
    line = told(story.run("demo", "--data", str(folder)))
    assert f"nerdx: {folder}{problem}" in line
    assert state(story.data_dir) == before


def test_no_folder(story: World, tmp_path: Path):
    before = state(story.data_dir)
    line = told(story.run("demo", "--data", str(tmp_path / "nowhere")))
    assert f"no folder {tmp_path / 'nowhere'}" in line
    assert state(story.data_dir) == before


def test_the_data_of_a_real_shop_are_no_demos(story: World, tmp_path: Path):
    world = World(tmp_path)
    with Warehouse(tmp_path / "warehouse.duckdb").write() as con:
        con.execute("INSERT INTO staging.orders (order_id) VALUES (1)")
    before = state(tmp_path)
    line = told(world.run("demo", "--data", str(story.folder)))
    assert "holds the data of a shop, not of a demo: set NERDX_DATA_DIR" in line
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    "command", [("demo",), ("refresh",), ("demo-store",), ("ui",)], ids=lambda words: words[0]
)
def test_a_data_dir_that_cannot_be_one(story: World, tmp_path: Path, command: tuple[str, ...]):
    (tmp_path / "file").write_text("root may write anywhere, but not below a file")
    world = World(tmp_path / "file" / "data")
    if command[0].startswith("demo"):
        command = (*command, "--data", str(story.folder))
    shop = {}
    if command == ("refresh",):
        shop = {"SHOPIFY_SHOP_URL": "http://127.0.0.1:9", "SHOPIFY_ACCESS_TOKEN": "t"}
    line = told(world.run(*command, **shop))
    if command != ("refresh",):  # which asks the shop first
        assert f"Cannot write {world.data_dir}" in line
        assert "NERDX_DATA_DIR" in line


def test_the_doctor_survives_what_it_finds(tmp_path: Path):
    (tmp_path / "file").touch()
    done = World(tmp_path / "file" / "data").run("doctor")
    assert done.returncode == 1
    assert "Cannot write" in done.stdout
    assert "✓ graph" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("http://localhost:7474", "the URI must start with bolt:// or neo4j://"),
        ("neo4j://no-such-host.invalid", "no-such-host.invalid"),
        ("bolt://127.0.0.1:{port}", "Connection refused"),
    ],
    ids=["scheme", "host", "port"],
)
def test_the_doctor_tries_the_graph(tmp_path: Path, uri: str, problem: str):
    uri = uri.format(port=free_port())
    done = World(tmp_path).run("doctor", NEO4J_URI=uri)
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("✗"))
    assert f"Cannot use the graph at {uri} as user 'neo4j'" in line
    assert problem in line
    assert "Check NEO4J_URI" in line


def until(command: subprocess.Popen[str], words: str) -> None:
    """Wait until the command says so."""
    for line in command.stdout:
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_demo_that_is_told_to_end_leaves_nothing_running(
    story: World, tmp_path: Path, number: signal.Signals
):
    world = World(tmp_path)
    demo = world.start("demo", "--data", str(story.folder))
    until(demo, "✓ content_catalog")
    demo.send_signal(number)
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode not in (0, None)
    assert "Traceback" not in output
    assert living(tmp_path) == []


def test_a_killed_demo_and_then_another_one_behind_a_proxy(story: World, tmp_path: Path):
    world = World(tmp_path / "data")
    demo = world.start("demo", "--data", str(story.folder))
    until(demo, "✓ attribution_credits")
    demo.kill()
    demo.communicate()
    assert left(world.data_dir) == []
    other = write_folder(tmp_path / "other", **OTHER)
    proxy = f"http://127.0.0.1:{free_port()}"  # answers nobody: the demo must not ask it
    output = world.ok("demo", "--data", str(other), HTTP_PROXY=proxy, http_proxy=proxy)
    assert "Other [/] shop" in output
    (kpis,) = world.rows("SELECT content_id, attributed_revenue, views FROM kpi.content_kpis")
    assert kpis == {"content_id": "post", "attributed_revenue": 5, "views": 1}
    assert world.value("SELECT count(*) FROM staging.orders") == 1
    assert world.value("SELECT sum(credit) FROM attribution.credits WHERE model = 'linear'") == 5
    world.ok("down")
    assert living(world.data_dir) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB, less than the story takes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        World(disk / "data").run("down")
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_and_then_a_larger_one(story: World, small_disk: Path):
    world = World(small_disk / "data")
    line = told(world.run("demo", "--data", str(story.folder)))
    assert "free some space" in line.lower()
    assert living(world.data_dir) == []
    subprocess.run(["mount", "-o", "remount,size=500m", small_disk], check=True)
    world.ok("demo", "--data", str(story.folder))
    revenue = "SELECT sum(attributed_revenue) FROM kpi.content_kpis"
    assert world.value(revenue) == story.value(revenue)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("DELETE FROM staging.orders", "Give one SELECT"),
    ],
)
def test_a_query_that_is_none(story: World, statement: str, problem: str):
    before = state(story.data_dir)
    done = story.run("query", statement)
    assert (done.returncode, done.stdout) == (1, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert state(story.data_dir) == before


def test_a_query_without_a_warehouse(tmp_path: Path):
    line = told(World(tmp_path / "data").run("query", "FROM kpi.health"))
    assert "no warehouse" in line
    assert not (tmp_path / "data").exists()


def test_queries_beside_a_run_that_finds_no_graph(story: World):
    questions = (
        "SELECT sum(attributed_revenue) FROM kpi.content_kpis",
        "SELECT sum(credit) FROM attribution.credits WHERE model = 'linear'",
        "SELECT count(*) FROM staging.order_lines",
    )
    settings = Settings(_env_file=None, NERDX_DATA_DIR=story.data_dir)
    expected = [cells(settings, question) for question in questions]
    uri = f"bolt://127.0.0.1:{free_port()}"
    run = story.start(*ONE_DAY, NEO4J_URI=uri)
    while run.poll() is None:
        assert [cells(settings, question) for question in questions] == expected
        time.sleep(0.1)
    output, _ = run.communicate()
    assert run.returncode == 1
    assert f"nerdx: Cannot use the graph at {uri}" in output  # before anything is written
    assert "Check NEO4J_URI" in output
    assert "Traceback" not in output
    assert [cells(settings, question) for question in questions] == expected
