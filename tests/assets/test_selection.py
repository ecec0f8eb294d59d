"""What the UI and the daemon may ask for: any asset alone, with just its own checks."""

import dagster as dg
import pytest

from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.settings import Settings

DEFS = build_defs(Settings(_env_file=None))
# In one order, so that processes that share the tests agree on them.
ASSETS = sorted(DEFS.resolve_asset_graph().assets_defs, key=lambda a: a.node_def.name)


@pytest.mark.parametrize("assets", ASSETS, ids=lambda a: a.node_def.name)
def test_an_asset_can_be_materialized_without_the_others(assets):
    checks = {
        key for key in DEFS.resolve_asset_graph().asset_check_keys if key.asset_key in assets.keys
    }
    job = DEFS.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(assets.keys), asset_check_selection=checks
    )
    assert isinstance(job, dg.JobDefinition)
