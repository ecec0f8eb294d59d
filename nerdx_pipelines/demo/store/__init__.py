"""The demo store: a Shopify Admin API over real HTTP, served from one DuckDB file.

`create_app` is the ASGI application and `serve` runs it; the file itself is written by
`demo/dataset.py`, in the tables of `demo/store.sql`. HTTP, tokens, limits and faults are in this
folder; `graphql/` and `rest/` are the two APIs, `reads/` makes SQL of what GraphQL asks for and
`writes/` changes the shop, `bulk/` exports it, `webhooks/` tells of it, and `changes/` is what its
people do on demand.
"""

from nerdx_pipelines.demo.store.app import create_app
from nerdx_pipelines.demo.store.server import serve

__all__ = ["create_app", "serve"]
