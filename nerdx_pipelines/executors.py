"""Who executes the steps of a run: this process, processes of its own, or Celery's workers.

Chosen by NERDX_EXECUTOR; where runs themselves start is said by `dagster.yaml`.
"""

from typing import Literal

import dagster as dg

from nerdx_pipelines.errors import ConfigError


def executor_named(name: Literal["in_process", "multiprocess", "celery"]) -> dg.ExecutorDefinition:
    """The executor of that name. Celery's finds its broker in the environment.

    Raises ConfigError if the packages of Celery are not installed.
    """
    if name == "in_process":
        # A process a step would start Python 30 times for seconds of SQL, and the warehouse takes
        # one writer at a time anyway.
        return dg.in_process_executor
    if name == "multiprocess":
        return dg.multiprocess_executor
    try:
        from dagster_celery import celery_executor
    except ImportError:
        raise ConfigError(
            "NERDX_EXECUTOR=celery needs the cluster's packages: "
            "pip install 'nerdx-pipelines[cluster]'."
        ) from None
    configured: dg.ExecutorDefinition = celery_executor.configured(
        {"broker": {"env": "NERDX_CELERY_BROKER"}, "backend": {"env": "NERDX_CELERY_BACKEND"}},
        name="celery",
    )
    return configured
