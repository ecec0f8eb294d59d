"""The demo command: run the whole loop on a data set, and show a person what came out."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from nerdx_pipelines.demo.session import generated_folder, open_session, period, serving
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.query import cells
from nerdx_pipelines.refresh import Refreshed, meet_graph, refresh
from nerdx_pipelines.settings import Settings

TABLES = {
    "Content that sold most": """
        SELECT title AS content, content_type AS type, creator, views, clicks, conversions,
            attributed_revenue AS "attributed", currency, round(roi, 2) AS roi
        FROM kpi.content_kpis ORDER BY attributed_revenue DESC, content_id LIMIT 10""",
    "Creators": """
        SELECT creator, contents, views, conversions, attributed_revenue AS "attributed",
            currency, round(revenue_per_content, 2) AS "per content", round(roi, 2) AS roi
        FROM kpi.creator_kpis ORDER BY attributed_revenue DESC, creator LIMIT 5""",
    "The shop": "SELECT metric, round(value, 4) AS value, note FROM kpi.platform_kpis",
    "Health": "SELECT metric, round(value, 4) AS value, note FROM kpi.health",
}


WIDTH = 140  # characters, where the output is no terminal


def run_demo(settings: Settings, data: Path | None, orders: int, days: int, seed: int) -> None:
    """Generate data, or read the folder `data`, then run the pipeline and print the KPIs."""
    started = time.monotonic()
    check_writable(settings.demo_dir)
    meet_graph(settings)
    folder = data or generated_folder(settings, orders, days, seed)
    _run(settings, folder, started)


def run_demo_real(settings: Settings) -> None:
    """The same on The Complete Journey."""
    from nerdx_pipelines.demo.complete_journey import write_folder

    started = time.monotonic()
    check_writable(settings.demo_dir)
    meet_graph(settings)
    folder = settings.demo_dir / "complete_journey"
    if not (folder / "touches.parquet").exists():
        write_folder(folder)
    _run(settings, folder, started)


def _run(settings: Settings, folder: Path, started: float) -> None:
    console = Console(stderr=True, highlight=False)
    session = open_session(settings, folder)
    first, last = period(session)
    console.print(f"[bold]{escape(session.name)}[/], {first} to {last} ({session.timezone})")
    was_running = embedded.status(settings.graph_dir) is not None
    try:
        with serving(), ThreadPoolExecutor(1) as pool:
            if not settings.neo4j_uri:
                # The server takes seconds to start and nobody needs it before the graph assets.
                pool.submit(embedded.start, settings.graph_dir)
            settings = session.apply()
            done = refresh(settings, first, last)
    finally:
        if not was_running:
            embedded.stop(settings.graph_dir)
    total = time.monotonic() - started
    _write_timings(settings, done, total)
    _show(settings)
    console.print(
        f"\nPipeline {done.seconds:.1f} s, everything {total:.1f} s.\n"
        f"Report:  {settings.report_path}\n"
        f"Next:    make ui   (the Dagster UI, with this run in it)\n"
        f'         nerdx query "FROM kpi.content_kpis LIMIT 5"'
    )


def _show(settings: Settings) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    for title, statement in TABLES.items():
        columns, rows = cells(settings, statement)
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        for index, column in enumerate(columns):
            number = any(row[index][:1].isdigit() for row in rows)
            table.add_column(
                column, justify="right" if number else "left", no_wrap=True, max_width=48
            )
        for row in rows:
            table.add_row(*map(Text, row))
        console.print()
        console.print(table)


def _write_timings(settings: Settings, done: Refreshed, total: float) -> None:
    timings = {"total_s": total, "pipeline_s": done.seconds, "steps": done.steps}
    (settings.demo_dir / "timings.json").write_text(json.dumps(timings, indent=1), encoding="utf-8")
