"""Loads of the graph, and its server, that are killed at any moment: the graph of a quiet load."""

import os
import random
import signal
from pathlib import Path

from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import dump
from tests.kill.victims import KILLS, killed, load, seconds

ROUNDS = KILLS // 3
SERVER_TOO = 5  # every so many kills
USERS, VIEWS = 500, 20_000


def change(warehouse: Warehouse, dice: random.Random) -> None:
    """Views and purchases come, go and change."""
    gone, seed = dice.randint(0, 9), dice.randint(1, 10**6)
    with warehouse.write() as con:
        con.execute(f"DELETE FROM staging.touches WHERE hash(event_id) % 10 = {gone}")
        con.execute(f"DELETE FROM staging.orders WHERE order_id % 10 = {gone}")
        con.execute("DELETE FROM staging.content")
        con.execute(
            "INSERT INTO staging.content BY NAME SELECT 'c' || i AS content_id,"
            f" 'Content {seed}' AS title FROM range(10) t(i)"
        )
        con.execute(
            "INSERT INTO staging.touches BY NAME SELECT * FROM ("
            f" SELECT 'e' || (i * {seed} % {2 * VIEWS}) AS event_id, i % {USERS} AS user_id,"
            " 'c' || i % 10 AS content_id, 'view' AS touch_type,"
            f" TIMESTAMPTZ '2026-03-01T00:00:00Z' + to_seconds(i) AS touched_at"
            f" FROM range({VIEWS // 4}) t(i))"
            " WHERE event_id NOT IN (SELECT event_id FROM staging.touches)"
            " QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY touched_at) = 1"
        )
        con.execute(
            f"INSERT INTO staging.orders BY NAME SELECT i * 10 + {gone} AS order_id,"
            f" i % {USERS} AS customer_id, 'EUR' AS currency, {seed} % 100 AS total_price,"
            " TIMESTAMPTZ '2026-03-02T00:00:00Z' AS processed_at, 'PAID' AS financial_status,"
            " FALSE AS test FROM range(200) t(i)"
        )


def test_the_graph_is_that_of_a_quiet_load_whatever_is_killed(tmp_path: Path):
    dice = random.Random(KILLS)
    disturbed, quiet = tmp_path / "disturbed", tmp_path / "quiet"
    warehouse = Warehouse(disturbed / "warehouse.duckdb")
    disturbed.mkdir()
    try:
        change(warehouse, dice)
        seconds(load, disturbed)  # imports, starts the server
        change(warehouse, dice)
        usual = seconds(load, disturbed)
        kills = tries = 0
        while kills < ROUNDS:
            change(warehouse, dice)
            kills += killed(load, disturbed, usual, dice)
            if kills % SERVER_TOO == 0 and (server := embedded.status(disturbed / "graph")):
                os.kill(server.pid, signal.SIGKILL)
            tries += 1
            assert tries < 5 * ROUNDS
        with Graph(embedded.start(disturbed / "graph")) as graph:
            project(warehouse, graph)
            found = dump(graph)
            assert not any(result.written for result in project(warehouse, graph))
        with warehouse.write() as con:
            con.execute("DELETE FROM graph.loaded")
            con.execute("DELETE FROM graph.load_state")
        with Graph(embedded.start(quiet)) as graph:
            project(warehouse, graph)
            assert dump(graph) == found
    finally:
        for folder in (disturbed / "graph", quiet):
            embedded.stop(folder)
