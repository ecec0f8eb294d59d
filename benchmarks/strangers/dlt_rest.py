"""dlt's rest_api source as its users write it: `python dlt_rest.py ADDRESS TOKEN DATABASE`.

Run by the Python that dlt is installed in; the tables end up in schema `shop` of the DuckDB file.
"""

import sys
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source

RESOURCES = {"orders": {"status": "any"}, "customers": {}, "products": {}}


def main(address: str, token: str, database: str) -> None:
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{address}/admin/api/2026-10/",
                "headers": {"X-Shopify-Access-Token": token},
                "paginator": {"type": "header_link"},
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "replace"},
            "resources": [
                {
                    "name": name,
                    "endpoint": {
                        "path": f"{name}.json",
                        "params": {"limit": 250, **parameters},
                        "data_selector": name,
                    },
                }
                for name, parameters in RESOURCES.items()
            ],
        }
    )
    pipeline = dlt.pipeline(
        "shop",
        destination=dlt.destinations.duckdb(database),
        dataset_name="shop",
        pipelines_dir=str(Path(database).with_suffix(".pipelines")),
    )
    print(pipeline.run(source))


if __name__ == "__main__":
    main(*sys.argv[1:])
