"""What a token may not see is left out with its reason, or refused; never just missing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from tests.assets.world import LAST, PULLS, Follower, serving

READ = ("read_orders", "read_all_orders", "read_products", "read_customers", "read_inventory")


def seen_with(*scopes: str, folder: Path, **options: object):
    return serving(folder / "shop", scopes=frozenset(scopes), **options)


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [e for e in result.all_node_events if e.is_step_failure]
    return str(event.event_specific_data.error)


def test_without_customers_the_rest_comes(tmp_path: Path):
    with seen_with(*set(READ) - {"read_customers"}, folder=tmp_path) as shop:
        follower = Follower(shop, tmp_path / "data")
        result = follower.run(PULLS)
        (told,) = result.asset_materializations_for_node("shopify_customers")
        assert "read_customers" in told.metadata["skipped"].value
        assert follower.rows("SELECT count(*) FROM staging.customers") == [(0,)]
        assert follower.rows("SELECT count(*), count(customer_id) FROM staging.orders") == [(40, 0)]
        warned = {
            check.check_name
            for check in result.get_asset_check_evaluations()
            if not check.passed and check.asset_key == dg.AssetKey("shopify_customers")
        }
        assert warned == {"count_matches_shop"}


@pytest.mark.parametrize("missing", ["read_orders", "read_products"])
def test_orders_need_their_scopes(tmp_path: Path, missing: str):
    with seen_with(*set(READ) - {missing}, folder=tmp_path) as shop:
        follower = Follower(shop, tmp_path / "data")
        assert missing in failure(follower.run(["shopify_orders"], ok=False))


def test_old_orders_without_read_all_orders_are_an_error_and_young_ones_are_not(tmp_path: Path):
    scopes = set(READ) - {"read_all_orders"}
    with seen_with(*scopes, folder=tmp_path) as shop:
        follower = Follower(shop, tmp_path / "data")
        told = failure(follower.run(["shopify_orders"], ok=False))
        assert "read_all_orders" in told
        assert "60 days" in told or str((datetime.now(UTC) - timedelta(days=60)).date()) in told


def test_a_retired_version_is_told(tmp_path: Path):
    with serving(tmp_path / "shop") as shop:
        follower = Follower(shop, tmp_path / "data", version="2025-01")
        result = follower.run(["shopify_orders"], LAST, LAST)
        (check,) = (
            c for c in result.get_asset_check_evaluations() if c.check_name == "api_version_served"
        )
        assert not check.passed
        assert check.severity == dg.AssetCheckSeverity.WARN
        assert check.metadata["served"].value == "2026-01"
