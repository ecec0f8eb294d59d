"""The commands that write to the shop: products, stock and webhook subscriptions.

The work is in `shopify/`; the other commands are in `__init__.py`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.shopify.topics import TOPICS

if TYPE_CHECKING:
    from nerdx_pipelines.shopify.transport.client import ShopifyClient
    from nerdx_pipelines.shopify.webhooks import Webhook

form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@contextmanager
def _shop() -> Iterator["ShopifyClient"]:
    """A client of the shop that is set, or of the demo's store while this block runs."""
    from nerdx_pipelines.demo.session import around
    from nerdx_pipelines.shopify.transport.connect import connect

    with around(load_settings()) as settings:
        yield connect(settings)


@click.group()
def products() -> None:
    """Products of the shop."""


@products.command("create")
@click.option("--title", required=True)
@click.option("--price", required=True, help="In the shop's currency, such as 19.90.")
@click.option("--description", default="", help="Plain text.")
@click.option("--type", "product_type", default="", help="Such as Shirts.")
@click.option("--vendor", default="", help="Default: the shop's name.")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@form
def create_product(form: str, **about: Any) -> None:
    """Create a product; repeating the very same command does not make a second one."""
    from nerdx_pipelines.shopify import push

    product = push.new_product(**about)
    with _shop() as client:
        done = push.create_product(client, product)
    _say(
        form,
        done,
        f"{'Created' if done['created'] else 'The shop has it already:'} product "
        f"{done['product_id']}, variant {done['variant_id']}, {done['title']!r} at {done['price']} "
        f"(handle {done['handle']})",
    )


@click.group()
def inventory() -> None:
    """What the shop has in stock."""


@inventory.command("set")
@click.argument("product_id")
@click.argument("variant_id")
@click.argument("quantity", type=click.IntRange(0, 1_000_000_000))
@click.option("--location", help="Id or name; needed where the shop stocks it at several.")
@form
def set_inventory(form: str, **about: Any) -> None:
    """Set what is available of a variant, whatever is sold meanwhile."""
    from nerdx_pipelines.shopify.inventory import update_product_inventory

    with _shop() as client:
        done = update_product_inventory(client, **about)
    _say(
        form,
        done,
        f"Variant {done['variant_id']} at {done['location']}: {done['quantity']} available, "
        + (f"{done['previous_quantity']} before" if done["changed"] else "as before"),
    )


@click.group()
def webhooks() -> None:
    """Where the shop sends word of what happens in it."""


@webhooks.command("register")
@click.option("--url", required=True, help="Of the receiver, https://…")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    type=click.Choice(TOPICS),
    help="May be given several times; default: all of them.",
)
@click.option("--beside", is_flag=True, help="Leave subscriptions to other addresses there.")
@form
def register(url: str, topics: Sequence[str], beside: bool, form: str) -> None:
    """Have deliveries sent to an address; doing it again changes nothing."""
    from nerdx_pipelines.shopify.webhooks import checked
    from nerdx_pipelines.shopify.webhooks import register as run

    url = checked(url)  # before a store is started
    with _shop() as client:
        _show(form, run(client, url, topics or TOPICS, move=not beside))


@webhooks.command("list")
@form
def list_webhooks(form: str) -> None:
    """The subscriptions of this app."""
    from nerdx_pipelines.shopify.webhooks import subscriptions

    with _shop() as client:
        _show(form, subscriptions(client))


@webhooks.command("delete")
@click.argument("webhook_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Every one, or every one to --url.")
@click.option("--url", help="With --all: only those to this address.")
@form
def delete(webhook_id: str | None, everything: bool, url: str | None, form: str) -> None:
    """End the subscription of an id, or all of them."""
    from nerdx_pipelines.shopify import webhooks

    if (webhook_id is None) != everything or (url and not everything):
        raise click.UsageError("Give an id, or --all, or --all and --url.")
    with _shop() as client:
        gone = (
            [webhooks.delete(client, webhook_id)]
            if webhook_id
            else webhooks.delete_all(client, url)
        )
    _show(form, gone, "deleted")


def _show(form: str, found: Sequence["Webhook"], state: str | None = None) -> None:
    rows = [asdict(one) | ({"state": state} if state else {}) for one in found]
    if form == "json":
        click.echo(_json([{key: row[key] for key in _COLUMNS} for row in rows]))
        return
    if not rows:
        click.echo("There is no subscription.")
    for row in rows:
        was = f" (was {row['was']})" if row["was"] else ""
        click.echo("  ".join(_COLUMNS[key](row[key]) for key in _COLUMNS) + was)


_COLUMNS: dict[str, Callable[[Any], str]] = {
    "id": "{:>14}".format,
    "topic": "{:<17}".format,
    "state": "{:<10}".format,
    "address": str,
}


def _say(form: str, done: Mapping[str, Any], text: str) -> None:
    click.echo(_json(done) if form == "json" else text)


def _json(value: Any) -> str:
    """JSON text; ids as text, because many readers of JSON round large numbers."""
    return json.dumps(_exact(value), ensure_ascii=False, indent=1, default=str)


def _exact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: str(item) if key == "id" or key.endswith("_id") else _exact(item)
            for key, item in value.items()
        }
    return [_exact(item) for item in value] if isinstance(value, list) else value
