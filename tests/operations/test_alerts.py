"""Alerts over real HTTP: of real runs that fail, of checks and tables, and never of a secret."""

import json
import logging
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from pydantic import SecretStr

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.errors import AlertError, ShopifyError
from nerdx_pipelines.operations.alert_delivery import TRIES, post
from nerdx_pipelines.operations.alerts import FAILED_RUNS, WORSE_TABLES, alerts
from nerdx_pipelines.ports import free_port
from nerdx_pipelines.settings import Settings

PATH = "/services/T0/secret-of-the-hook"


@dataclass
class Chat:
    """An incoming webhook: what it got, and what it answers, the last answer again and again."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == PATH
            assert self.headers["Content-Type"] == "application/json"
            answer = chat.answers[min(chat.asked, len(chat.answers) - 1)]
            chat.asked += 1
            if answer == 200:
                chat.got.append(json.loads(body))
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        chat.url = f"http://127.0.0.1:{server.server_port}{PATH}"
        yield chat
        server.shutdown()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield instance


def settings(chat: Chat | None, **more: Any) -> Settings:
    return Settings(_env_file=None, NERDX_ALERT_URL=chat.url if chat else None, **more)


class World:
    """What the made-up table meets."""

    error: Exception | None = None
    passed = True


@dg.asset(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=4)))
def orders() -> None:
    """Fails as it is told."""
    if World.error:
        raise World.error


@dg.asset_check(asset=orders)
def counted() -> dg.AssetCheckResult:
    """Warns as it is told."""
    return dg.AssetCheckResult(passed=World.passed, severity=dg.AssetCheckSeverity.WARN)


@pytest.fixture(autouse=True)
def in_order() -> None:
    World.error, World.passed = None, True


@dataclass
class Daemon:
    """Ticks of the alerts' sensors, each going on where the last one ended."""

    instance: dg.DagsterInstance
    settings: Settings
    cursors: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.defs = dg.Definitions(
            assets=[orders],
            asset_checks=[counted],
            jobs=[dg.define_asset_job("refresh", "*")],
            sensors=alerts(self.settings),
        )
        self.repository = self.defs.get_repository_def()
        self.tick(FAILED_RUNS)  # what failed before there was a daemon is no news

    def run(self, **about: Any) -> dg.ExecuteInProcessResult:
        job = self.defs.resolve_job_def("refresh")
        return job.execute_in_process(instance=self.instance, raise_on_error=False, **about)

    def tick(self, sensor: str) -> None:
        with dg.build_sensor_context(
            self.instance,
            self.cursors.get(sensor),
            repository_def=self.repository,
            sensor_name=sensor,
        ) as context:
            data = self.repository.get_sensor_def(sensor).evaluate_tick(context)
        self.cursors[sensor] = data.cursor
        for reaction in data.dagster_run_reactions or []:
            assert reaction.error is None, reaction.error


def test_a_failed_run_is_told_with_what_went_wrong(instance: dg.DagsterInstance, chat: Chat):
    secrets = {"SHOPIFY_ACCESS_TOKEN": 'shpat_"secret', "NEO4J_PASSWORD": "s3cret"}
    daemon = Daemon(instance, settings(chat, **secrets))
    World.error = ShopifyError(
        f'HTTP 401 for shpat_"secret with s3cret by {chat.url}: set SHOPIFY_ACCESS_TOKEN.'
    )
    run = daemon.run(tags=range_tags("2026-03-01", "2026-03-09"))
    daemon.tick(FAILED_RUNS)
    (told,) = chat.got
    assert told["text"].splitlines() == [
        "NERDX: refresh of 2026-03-01 to 2026-03-09 failed.",
        "orders: HTTP 401 for *** with *** by ***: set SHOPIFY_ACCESS_TOKEN.",
        f"Run {run.run_id}",
    ]
    assert told["kind"] == "run_failed"
    assert (told["job"], told["run_id"], told["times"]) == ("refresh", run.run_id, 1)
    daemon.tick(FAILED_RUNS)
    assert len(chat.got) == 1


def test_runs_that_succeed_or_are_tried_again_are_no_news(instance: dg.DagsterInstance, chat: Chat):
    daemon = Daemon(instance, settings(chat))
    assert daemon.run().success
    World.error = ShopifyError("later")
    daemon.run(tags={"dagster/will_retry": "true"})
    daemon.tick(FAILED_RUNS)
    assert chat.got == []


def test_of_failures_in_a_row_few_are_told(instance: dg.DagsterInstance, chat: Chat):
    daemon = Daemon(instance, settings(chat))
    World.error = ShopifyError("still")
    for _ in range(11):
        daemon.run()
        daemon.tick(FAILED_RUNS)
    assert [told["times"] for told in chat.got] == [1, 10]
    assert "for the 10th time in a row" in chat.got[1]["text"]
    World.error = None
    daemon.run()
    World.error = ShopifyError("again")
    daemon.run()
    daemon.tick(FAILED_RUNS)
    assert [told["times"] for told in chat.got] == [1, 10, 1]


def late(instance: dg.DagsterInstance, state: FreshnessState) -> None:
    """What Dagster's own daemon writes down when a table's state changes."""
    instance._report_runless_asset_event(
        FreshnessStateChange(
            key=orders.key,
            previous_state=FreshnessState.UNKNOWN,
            new_state=state,
            state_change_timestamp=time.time(),
        )
    )


def test_checks_and_tables_are_told_when_they_change(instance: dg.DagsterInstance, chat: Chat):
    daemon = Daemon(instance, settings(chat))
    daemon.run()
    daemon.tick(WORSE_TABLES)
    assert chat.got == []
    World.passed = False
    daemon.run()
    late(instance, FreshnessState.FAIL)
    daemon.tick(WORSE_TABLES)
    daemon.tick(WORSE_TABLES)
    (told,) = chat.got
    assert told["changed"] == {"check orders:counted": "warn", "freshness of orders": "fail"}
    assert told["text"].splitlines() == [
        "NERDX:",
        "check orders:counted warns",
        "freshness of orders has failed",
    ]
    World.passed = True
    daemon.run()
    daemon.tick(WORSE_TABLES)
    assert chat.got[1]["text"] == "NERDX:\ncheck orders:counted is in order again"


def test_an_alert_that_nobody_took_is_told_by_the_next_tick(
    instance: dg.DagsterInstance, chat: Chat
):
    daemon = Daemon(instance, settings(chat))
    World.passed = False
    daemon.run()
    chat.answers = [404]
    with pytest.raises(AlertError, match="HTTP 404"):
        daemon.tick(WORSE_TABLES)
    assert chat.asked == 1  # the address is wrong, and stays so
    chat.answers = [200]
    daemon.tick(WORSE_TABLES)
    assert [told["changed"] for told in chat.got] == [{"check orders:counted": "warn"}]


@pytest.mark.parametrize(
    ("answers", "taken", "asked"),
    [([503, 429, 200], True, 3), ([500], False, TRIES), ([403], False, 1), ([302], False, 1)],
)
def test_tries_have_an_end_and_the_address_is_never_shown(
    chat: Chat,
    answers: list[int],
    taken: bool,
    asked: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    chat.answers = answers
    problem = ""
    with caplog.at_level(logging.INFO):
        try:
            post(SecretStr(chat.url), {"text": "told"})
        except AlertError as error:
            problem = "".join(traceback.format_exception(error))
    assert (problem == "", chat.asked, len(chat.got)) == (taken, asked, int(taken))
    assert PATH not in problem + caplog.text
    assert PATH not in "".join(capfd.readouterr())


def test_nobody_answers(caplog: pytest.LogCaptureFixture):
    url = f"http://127.0.0.1:{free_port(0)}{PATH}"
    with pytest.raises(AlertError, match="Connection refused") as refused:
        post(SecretStr(url), {"text": "told"})
    assert PATH not in "".join(traceback.format_exception(refused.value))
    assert PATH not in caplog.text


def test_nothing_set_is_silence():
    status = dg.DefaultSensorStatus
    quiet = {each.name: each.default_status for each in alerts(settings(None))}
    assert quiet == {FAILED_RUNS: status.STOPPED, WORSE_TABLES: status.STOPPED}
    loud = build_defs(
        Settings(
            _env_file=None,
            NERDX_ALERT_URL="https://chat.example/hook",
            NERDX_ALERT_EMAIL="ann@shop.example, bob@shop.example",
            NERDX_SMTP_HOST="smtp.example",
            NERDX_SMTP_USER="nerdx@shop.example",
            NERDX_SMTP_PASSWORD="s3cret",
        )
    )
    for name in (FAILED_RUNS, WORSE_TABLES, "email_on_failed_runs"):
        assert loud.resolve_sensor_def(name).default_status == status.RUNNING
