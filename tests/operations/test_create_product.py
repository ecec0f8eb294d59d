"""A product made from the Launchpad's form: by the job, in a running shop, for a creator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._config import ConfigTypeKind

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.operations.create_product import create_product
from tests.assets.world import Follower, Shop, serving
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, running, write_store

OP = "create_and_feature"
FORM = {
    "title": "Linen shirt by Zoë",
    "price": "19.90",
    "creator": "Zoë Å",
    "description": "Soft & cool",
    "product_type": "Shirts",
    "tags": ["linen", "summer"],
}
READ = """{ products(first: 250) { nodes { legacyResourceId title handle vendor productType tags
    descriptionHtml variants(first: 5) { nodes { price } } } } }"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serving(tmp_path / "shop") as shop:
        yield shop


@pytest.fixture
def follower(shop: Shop, tmp_path: Path) -> Follower:
    return Follower(shop, tmp_path / "data")


def fill(follower: Follower, form: dict[str, Any], ok: bool = True) -> dict[str, Any]:
    """Run the job as the Launchpad does; the values of the run's page, and its errors."""
    job = follower.defs.resolve_job_def(create_product.name)
    result = job.execute_in_process(
        run_config={"ops": {OP: {"config": form}}}, raise_on_error=False
    )
    assert result.success == ok
    errors = [event.step_failure_data.error for event in result.get_step_failure_events()]
    told = {
        name: value.value
        for event in result.all_events
        if event.is_successful_output
        for name, value in event.step_output_data.metadata.items()
    }
    assert TOKEN not in json.dumps([str(event) for event in result.all_events])
    return told | {"errors": [str((error.cause or error).message) for error in errors if error]}


def titled(shop: Shop, title: str) -> list[dict[str, Any]]:
    nodes = Client(shop.url).data(READ)["products"]["nodes"]
    return [node for node in nodes if node["title"] == title]


def features(follower: Follower, product: int) -> list[tuple[Any, ...]]:
    statement = (
        f"SELECT content_id, valid_from FROM staging.content_products WHERE product_id = {product}"
    )
    return sorted(follower.rows(statement))


def test_the_launchpads_form_has_types_defaults_and_words():
    (op,) = (node.definition for node in create_product.nodes)
    fields = op.config_schema.config_type.fields
    assert {name: field.is_required for name, field in fields.items()} == {
        "title": True,
        "price": True,
        "creator": False,
        "description": False,
        "product_type": False,
        "tags": False,
        "content_ids": False,
    }
    assert all(field.description for field in fields.values())
    assert fields["tags"].config_type.inner_type.kind == ConfigTypeKind.ARRAY
    assert [fields[name].default_value for name in ("creator", "tags")] == ["", []]


def test_a_product_is_made_once_with_its_creator(shop: Shop, follower: Follower):
    told = fill(follower, FORM)
    (made,) = titled(shop, FORM["title"])
    assert made["vendor"] == "Zoë Å"
    assert (made["productType"], made["tags"]) == ("Shirts", ["linen", "summer"])
    assert made["variants"]["nodes"] == [{"price": "19.90"}]
    assert told["product_id"] == made["legacyResourceId"]
    assert told["handle"] == made["handle"]
    assert told["admin"] == f"{shop.url}/admin/products/{made['legacyResourceId']}"
    assert (told["creator"], told["price"], told["created"]) == ("Zoë Å", "19.90 AUD", True)
    again = fill(follower, FORM)
    assert (again["product_id"], again["created"]) == (told["product_id"], False)
    assert len(titled(shop, FORM["title"])) == 1


def test_contents_feature_it_whatever_the_folder_says_later(shop: Shop, follower: Follower):
    follower.run(["content_catalog"])
    form = FORM | {"content_ids": ["vid", "post", "vid"]}
    product = int(fill(follower, form)["product_id"])
    featured = features(follower, product)
    assert [content for content, _ in featured] == ["post", "vid"]
    assert all(since is not None for _, since in featured)  # not before there was a product
    fill(follower, form)
    assert features(follower, product) == featured
    others = follower.rows("SELECT count(*) FROM staging.content_products")
    follower.run(["content_catalog"])
    assert features(follower, product) == featured
    assert follower.rows("SELECT count(*) FROM staging.content_products") == others


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"price": "cheap"}, "price: 'cheap' is no amount of money; give one such as 19.90."),
        ({"price": "-1"}, "price: '-1' is no amount of money"),
        ({"price": "NaN"}, "price: 'NaN' is no amount of money"),
        ({"price": "19.905"}, "price: 19.905 has more decimals than the shop's currency, AUD"),
        ({"title": "  "}, "title: it is empty"),
        ({"title": "x" * 256}, "title: more than 255 characters"),
        ({"creator": "x" * 256}, "creator: more than 255 characters"),
        ({"tags": ["a, b"]}, "tags: Shopify parts tags at commas"),
        ({"content_ids": ["vid", "nope"]}, "content_ids: there is no content 'nope'"),
    ],
)
def test_what_cannot_be_is_told_by_its_field_before_anything_is_sent(
    shop: Shop, follower: Follower, change: dict[str, Any], said: str
):
    follower.run(["content_catalog"])
    before = Client(shop.url).data(READ)
    (error,) = fill(follower, FORM | change, ok=False)["errors"]
    assert said in error
    assert Client(shop.url).data(READ) == before


def test_a_form_that_is_no_form_never_runs(follower: Follower):
    job = follower.defs.resolve_job_def(create_product.name)
    for form, field in (
        ({"title": "Shirt"}, "price"),
        (FORM | {"price": 19.9}, "price"),
        (FORM | {"colour": "red"}, "colour"),
        (FORM | {"tags": "linen"}, "tags"),
    ):
        with pytest.raises(dg.DagsterInvalidConfigError, match=field):
            job.execute_in_process(run_config={"ops": {OP: {"config": form}}})


def test_without_the_scope_it_says_so(tmp_path: Path):
    path = write_store(tmp_path / "store.duckdb", SHOP)
    app = create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", scopes=["read_products"])
    with running(app) as url:
        (error,) = fill(Follower(Shop(url), tmp_path / "data"), FORM, ok=False)["errors"]
    assert "products cannot be created: grant the app write_products" in error
