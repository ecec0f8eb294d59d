"""Alerts: who hears of a run that failed, of a check that did, of a table that is late.

Sensors that say it to whatever is set, an incoming webhook or e-mail; what fails or is late is
decided elsewhere (`assets/checks.py`, `freshness.py`). Nothing set: they are there, and stopped.
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from nerdx_pipelines.operations.alert_delivery import post, scrubbed
from nerdx_pipelines.refresh import told
from nerdx_pipelines.settings import Settings

FAILED_RUNS, WORSE_TABLES = "alert_on_failed_runs", "alert_on_checks_and_freshness"
TIMES_TOLD = (1, 10, 100, 1_000)  # of a job that fails again and again
OK, WARN, FAIL = "ok", "warn", "fail"
FRESHNESS = {"PASS": OK, "WARN": WARN, "FAIL": FAIL}  # what else there is says nothing


def alerts(settings: Settings) -> list[Any]:
    """The sensors. They run where `NERDX_ALERT_URL` is set; that of e-mail is there if it is."""
    sensors = [_failed_runs(settings), _worse_tables(settings)]
    if settings.alert_email and settings.smtp_host:
        sensors.append(_email(settings))
    return sensors


def _failed_runs(settings: Settings) -> Any:
    @dg.run_failure_sensor(
        name=FAILED_RUNS,
        minimum_interval_seconds=15,
        default_status=_status(settings),
        description="Tells NERDX_ALERT_URL of a run that failed and is not tried again; of a job "
        "that fails in a row the 1st, 10th, 100th and 1000th time.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        run, times = context.dagster_run, failures_in_a_row(context.instance, context.dagster_run)
        if settings.alert_url is None:
            return dg.SkipReason("NERDX_ALERT_URL is not set.")
        if run.tags.get("dagster/will_retry") == "true":
            return dg.SkipReason(f"Run {run.run_id} is tried again.")
        if times not in TIMES_TOLD:
            return dg.SkipReason(f"{run.job_name} has failed {times} times in a row.")
        post(settings.alert_url, scrubbed(about_run(context, times), settings))
        return None

    return failed_runs


def failures_in_a_row(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    """How many runs of the same job have failed up to this one since the last that did not."""
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    before = instance.get_runs(
        dg.RunsFilter(job_name=run.job_name, statuses=ended),
        cursor=run.run_id,
        limit=TIMES_TOLD[-1],
    )
    for times, earlier in enumerate(before, 1):
        if earlier.status == dg.DagsterRunStatus.SUCCESS:
            return times
    return len(before) + 1


def about_run(context: dg.RunFailureSensorContext, times: int) -> dict[str, Any]:
    """The message: `text` for people, and what it is made of."""
    run = context.dagster_run
    days = [run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end")]
    day = run.tags.get("dagster/partition") or (f"{days[0]} to {days[1]}" if all(days) else None)
    steps = {
        str(event.step_key): told(event.step_failure_data.error)
        for event in context.get_step_failure_events()
        if event.step_failure_data.error
    }
    again = f" for the {times}th time in a row" if times > 1 else ""
    causes = [f"{step}: {error}" for step, error in steps.items()]
    causes = causes or [str(context.failure_event.message)]
    heading = f"{run.job_name}{f' of {day}' if day else ''} failed{again}"
    return {
        "text": "\n".join([f"NERDX: {heading}.", *causes, f"Run {run.run_id}"]),
        "kind": "run_failed",
        "job": run.job_name,
        "run_id": run.run_id,
        "days": day,
        "times": times,
        "steps": steps,
    }


def _worse_tables(settings: Settings) -> Any:
    @dg.sensor(
        name=WORSE_TABLES,
        minimum_interval_seconds=60,
        default_status=_status(settings),
        description="Tells NERDX_ALERT_URL when a check fails or a table is late, and when that "
        "is over.",
    )
    def worse_tables(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        graph = context.repository_def.asset_graph if context.repository_def else None
        if settings.alert_url is None or graph is None:
            return dg.SensorResult(skip_reason="NERDX_ALERT_URL is not set.")
        before = json.loads(context.cursor or "{}")
        now = before | states(context.instance, graph)
        message = about_tables(before, now)
        if message:
            post(settings.alert_url, scrubbed(message, settings))
        told_of = "" if message else "Nothing has changed."
        return dg.SensorResult(skip_reason=told_of or None, cursor=json.dumps(now, sort_keys=True))

    return worse_tables


def states(instance: dg.DagsterInstance, graph: Any) -> dict[str, str]:
    """ok, warn or fail of each check that has been made and of each table with a deadline."""
    found = {}
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        list(graph.asset_check_keys)
    )
    for key, record in latest.items():
        if record.status.value == "SUCCEEDED":
            found[f"check {key.to_user_string()}"] = OK
        elif record.status.value == "FAILED" and record.evaluation:
            warns = record.evaluation.severity == dg.AssetCheckSeverity.WARN
            found[f"check {key.to_user_string()}"] = WARN if warns else FAIL
    freshness = instance.get_freshness_state_records(list(graph.get_all_asset_keys()))
    for asset, state in freshness.items():
        if state.freshness_state.value in FRESHNESS:
            name = f"freshness of {asset.to_user_string()}"
            found[name] = FRESHNESS[state.freshness_state.value]
    return found


def about_tables(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, Any] | None:
    """The message of what changed; None if nothing did that anybody has to hear of."""
    changed = {name: state for name, state in sorted(now.items()) if before.get(name, OK) != state}
    if not changed:
        return None
    words = {OK: "is in order again", WARN: "warns", FAIL: "has failed"}
    lines = [f"{name} {words[state]}" for name, state in changed.items()]
    return {
        "text": "\n".join(["NERDX:", *lines]),
        "kind": "tables",
        "changed": changed,
    }


def _email(settings: Settings) -> Any:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
    return dg.make_email_on_run_failure_sensor(
        name="email_on_failed_runs",
        email_from=settings.smtp_user,
        email_password=password,
        email_to=[each.strip() for each in settings.alert_email.split(",")],
        smtp_host=settings.smtp_host,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )


def _status(settings: Settings) -> dg.DefaultSensorStatus:
    if settings.alert_url:
        return dg.DefaultSensorStatus.RUNNING
    return dg.DefaultSensorStatus.STOPPED
