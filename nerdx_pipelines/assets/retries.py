"""When an asset that asks the shop is tried again: for what may pass, after growing pauses.

What passes within seconds the connector has tried again already (`shopify/transport`).
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec

import dagster as dg

from nerdx_pipelines.errors import ConfigError, ShopifyError, ShopUnavailableError

P = ParamSpec("P")
Results = Iterator[dg.MaterializeResult[Any]]

RETRIES, FIRST_PAUSE = 3, 20  # seconds, doubled each time: an outage of two minutes is sat out
NEVER = {"dagster/max_retries": "0"}  # whoever sets it on a run repeats it themselves


def asks_shop(asset: Callable[P, Results]) -> Callable[P, Results]:
    """The asset's function, tried again after ShopUnavailableError.

    After an error of the shop that no repetition mends, the daemon does not repeat the run either.
    """

    @wraps(asset)
    def trying(*args: P.args, **kwargs: P.kwargs) -> Results:
        try:
            yield from asset(*args, **kwargs)
        except ShopUnavailableError as error:
            context = dg.AssetExecutionContext.get()
            if NEVER.items() <= context.run.tags.items():
                raise
            pause = FIRST_PAUSE * 2**context.retry_number
            context.log.warning("%s Trying again in %d s, if not too often.", error, pause)
            raise dg.RetryRequested(RETRIES, pause) from error
        except (ShopifyError, ConfigError):
            context = dg.AssetExecutionContext.get()
            context.instance.add_run_tags(context.run.run_id, NEVER)
            raise

    return trying
