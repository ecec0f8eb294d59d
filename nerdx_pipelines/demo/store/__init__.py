"""The demo store: a Shopify Admin API over real HTTP, served from one DuckDB file.

`create_app` is the ASGI application and `serve` runs it; the file itself is written by
`demo/dataset.py`, in the tables of `demo/store.sql`.
"""

from nerdx_pipelines.demo.store.app import create_app
from nerdx_pipelines.demo.store.server import serve

__all__ = ["create_app", "serve"]
