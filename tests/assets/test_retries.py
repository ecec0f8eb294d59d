"""An asset that the shop leaves without an answer is tried again; one that it refuses is not."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.assets import retries
from nerdx_pipelines.assets.retries import NEVER, RETRIES
from nerdx_pipelines.automation import REFRESH
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.refresh import told
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import Asked, Fault, FaultyShop, always, graphql_error, serving

ASSETS = [dg.AssetKey("shopify_products"), dg.AssetKey("shopify_product_variants")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0)


def silent(times: int) -> Iterator[Fault]:
    """No answer so often, then answers."""
    yield from (Response(status_code=503) for _ in range(times))
    while True:
        yield None


def materialize(
    shop: FaultyShop, root: Path, tags: dict[str, str] | None = None
) -> tuple[dg.ExecuteInProcessResult, list[float], dict[str, str]]:
    """The run, the pauses of the connector, the run's tags in the end."""
    waits: list[float] = []
    client = ShopifyClient(shop.url, SecretStr(TOKEN), "2026-10", attempts=2, sleep=waits.append)
    defs = build_defs(
        Settings(_env_file=None, NERDX_DATA_DIR=str(root)),
        {"shopify": dg.ResourceDefinition.hardcoded_resource(client)},
    )
    with dg.instance_for_test() as instance:
        result = defs.resolve_job_def(REFRESH).execute_in_process(
            instance=instance,
            asset_selection=ASSETS,
            partition_key="2026-03-10",
            tags=tags or {},
            raise_on_error=False,
        )
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        return result, waits, dict(run.tags)


def restarts(result: dg.ExecuteInProcessResult) -> int:
    return len([each for each in result.all_events if each.is_step_restarted])


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = (each for each in result.all_events if each.is_step_failure)
    return told(event.step_failure_data.error)


@pytest.mark.parametrize("times", [2, 2 * RETRIES])
def test_an_outage_is_sat_out(shop: FaultyShop, tmp_path: Path, times: int):
    answers = silent(times)
    shop.reset(lambda _: next(answers))
    result, waits, tags = materialize(shop, tmp_path)
    assert result.success
    assert restarts(result) == times // 2
    assert len(waits) == times // 2  # the connector's own second try, each time
    assert "dagster/max_retries" not in tags


def test_no_outage_is_sat_out_for_ever(shop: FaultyShop, tmp_path: Path):
    shop.reset(always(lambda: Response(status_code=503)))
    result, _, tags = materialize(shop, tmp_path)
    assert not result.success
    assert restarts(result) == RETRIES
    assert "HTTP 503" in failure(result)
    assert failure(result).startswith(shop.url)
    assert "dagster/max_retries" not in tags  # later the daemon may have better luck


@pytest.mark.parametrize(
    "fault",
    [
        lambda: JSONResponse({"errors": "[API] Invalid API key or access token"}, 401),
        lambda: graphql_error("ACCESS_DENIED", "Access denied for products field."),
    ],
    ids=["token", "scope"],
)
def test_what_no_repetition_mends_is_not_repeated(shop: FaultyShop, tmp_path: Path, fault):
    shop.reset(always(fault))
    result, _, tags = materialize(shop, tmp_path)
    assert not result.success
    assert restarts(result) == 0
    assert tags.items() >= NEVER.items()  # so that the daemon does not repeat the run either


def test_whoever_repeats_it_themselves_does_not_wait(shop: FaultyShop, tmp_path: Path):
    asked: list[Asked] = []

    def plan(request: Asked) -> Fault:
        asked.append(request)
        return Response(status_code=503)

    shop.reset(plan)
    result, _, _ = materialize(shop, tmp_path, NEVER)
    assert not result.success
    assert restarts(result) == 0
    assert len(asked) == 2
    assert "HTTP 503" in failure(result)
