"""The bundle for an orchestrator: its figures, its schema, whom it is sent to and how."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import jsonschema
import pytest

from nerdx_pipelines.assets.handover import orchestrator_bundle
from nerdx_pipelines.loop.bundle import schema
from nerdx_pipelines.resources.orchestrator import OrchestratorResource
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Serum sells twice lately and once before, the mask once long ago; a guest counts for both."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.write() as con:
        con.execute("INSERT INTO staging.products (product_id, title) VALUES (1, 'Serum')")
        con.execute("INSERT INTO staging.content (content_id, title) VALUES ('look', 'The look')")
        con.execute("INSERT INTO staging.customers (customer_id, email) VALUES (7, 'ann@x.de')")
        sold = [(100, 7, 1, 0), (101, 7, 1, 3), (102, None, 1, 30), (103, 8, 2, 100)]
        for order, customer, product, days_ago in sold:
            at = NOW - timedelta(days=days_ago)
            con.execute(
                "INSERT INTO staging.orders (order_id, customer_id, processed_at, order_day, test,"
                " currency) VALUES ($1, $2, $3, $4, FALSE, 'EUR')",
                [order, customer, at, at.date()],
            )
            con.execute(
                "INSERT INTO staging.order_lines (line_id, order_id, product_id, quantity,"
                " returned_quantity, returns, net_revenue, is_gift_card, order_day)"
                " VALUES ($1, $1, $2, 2, 0, 0, 10.1, FALSE, $3)",
                [order, product, at.date()],
            )
            con.execute(
                "INSERT INTO kpi.daily_sales (day, currency, orders, net_revenue,"
                " attributed_revenue) VALUES ($1, 'EUR', 1, 10.1, 4)",
                [at.date()],
            )
        con.execute(
            "INSERT INTO loop.taste_profiles (user_id, family, value, weight) VALUES"
            " (7, 'brand', 'Acme', 1), (8, 'brand', 'Other', 1)"
        )
        con.execute(
            "INSERT INTO loop.recommendations (user_id, slot, rank, product_id, score) VALUES"
            " (7, 'repeat', 1, 1, 1.5), (8, 'discovery', 1, 1, 0.5)"
        )
        con.execute(
            "INSERT INTO loop.recommendations (user_id, slot, rank, content_id, score,"
            " is_exploration) VALUES (7, 'content', 1, 'look', 1, FALSE),"
            " (9, 'content', 2, 'look', 0, TRUE)"
        )
        con.execute(
            "INSERT INTO kpi.product_content (product_id, content_id, currency, orders,"
            " attributed_revenue) VALUES (1, 'look', 'EUR', 1, 4.04)"
        )
    return warehouse


def handed(warehouse: Warehouse, **about: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document that a run writes, and the run's metadata."""
    path = warehouse.path.parent / "bundle.json"
    result = dg.materialize(
        [orchestrator_bundle],
        resources={
            "warehouse": WarehouseResource(path=str(warehouse.path)),
            "orchestrator": OrchestratorResource(path=str(path), **about),
        },
    )
    (materialization,) = result.asset_materializations_for_node("orchestrator_bundle")
    return json.loads(path.read_bytes()), {
        name: value.value for name, value in materialization.metadata.items()
    }


def test_document(warehouse: Warehouse) -> None:
    document, told = handed(warehouse)
    jsonschema.validate(document, schema(), format_checker=jsonschema.FormatChecker())
    trends = document["purchase_trends"]
    assert document["as_of_day"] == "2026-05-20"
    # Weeks that have ended: not the present one.
    assert [(week["week"], week["orders"]) for week in trends["purchases"]] == [
        ("2026-04-20", 1),
        ("2026-05-11", 1),
    ]
    (serum,) = trends["products"]  # the mask has not sold for 28 days
    assert (serum["product_id"], serum["units"], serum["units_before"]) == ("1", 4, 2)
    assert Decimal(serum["net_revenue"]) == Decimal("20.2")
    segments = {row["segment"]: row["customers"] for row in trends["customer_segments"]}
    assert segments == {"returning": 1, "lapsed": 1}
    script = document["script"]
    assert script["product"] == serum
    assert script["audience"]["tastes"] == [
        {"family": "brand", "value": "Acme", "weight": 1.0, "weight_of_all": 0.5}
    ]
    assert [content["content_id"] for content in script["contents"]] == ["look"]
    told_of = {user["user_id"]: user for user in document["recommender"]["users"]}
    (repeat,) = told_of["7"]["recommendations"]
    assert repeat == {"slot": "repeat", "rank": 1, "product_id": "1", "score": 1.5} | {
        "is_exploration": False
    }
    assert {user: of["contents"] for user, of in told_of.items()} == {
        "7": [{"rank": 1, "content_id": "look", "score": 1.0, "is_exploration": False}],
        "8": [],
        "9": [{"rank": 2, "content_id": "look", "score": 0.0, "is_exploration": True}],
    }
    assert told_of["9"]["recommendations"] == []
    assert told["sent"].startswith("not sent")


def test_persons_are_ids_unless_switched_on(warehouse: Warehouse) -> None:
    document, _ = handed(warehouse)
    assert "@" not in json.dumps(document)
    with_addresses, _ = handed(warehouse, with_addresses=True)
    emails = [user["email"] for user in with_addresses["recommender"]["users"]]
    assert emails == ["ann@x.de", None, None]


def test_equal_data_equal_bundle(warehouse: Warehouse) -> None:
    first, _ = handed(warehouse)
    again, _ = handed(warehouse)
    assert first == again
    with warehouse.write() as con:
        con.execute("UPDATE staging.order_lines SET net_revenue = 9 WHERE line_id = 100")
    changed, _ = handed(warehouse)
    assert changed["bundle_id"] != first["bundle_id"]


def test_empty_shop(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.write():
        pass
    document, _ = handed(warehouse)
    jsonschema.validate(document, schema())
    assert document["script"] is None


class Taking(ThreadingHTTPServer):
    """An orchestrator that answers with the next of `answers`, the last one for ever."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/bundles"


class _Handler(BaseHTTPRequestHandler):
    server: Taking

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers), body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def taking(request: pytest.FixtureRequest) -> Iterator[Taking]:
    server = Taking(*request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("taking", [(503, 200)], indirect=True)
def test_sent_signed_until_it_is_taken(warehouse: Warehouse, taking: Taking) -> None:
    document, told = handed(warehouse, url=taking.url, secret="hush")
    assert told["sent"] == "HTTP 200"
    assert len(taking.taken) == 2
    headers, body = taking.taken[-1]
    assert json.loads(body) == document
    digest = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert headers["X-NERDX-Signature"] == f"sha256={digest}"
    assert headers["X-NERDX-Bundle-Id"] == document["bundle_id"]


@pytest.mark.parametrize("taking", [(401,)], indirect=True)
def test_refusal_is_not_repeated_and_the_file_stays(warehouse: Warehouse, taking: Taking) -> None:
    with pytest.raises(Exception, match="HTTP 401"):
        handed(warehouse, url=taking.url, secret="hush")
    assert len(taking.taken) == 1
    assert (warehouse.path.parent / "bundle.json").exists()
