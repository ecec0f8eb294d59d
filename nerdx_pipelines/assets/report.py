"""The last stage: published KPIs → one HTML file that anyone can open.

Reads the published database only, never the warehouse; drawing is in `report/`.
"""

import base64
import os
from pathlib import Path

import dagster as dg

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.report.charts import Figure, figures
from nerdx_pipelines.report.data import open_kpis, query
from nerdx_pipelines.report.page import render
from nerdx_pipelines.report.png import png
from nerdx_pipelines.resources.paths import PathsResource


@dg.asset(
    deps=["published_kpis"],
    group_name="report",
    owners=["team:analytics"],
    kinds={"html", "altair"},
)
def report(paths: PathsResource) -> dg.MaterializeResult[None]:
    """The report: health strip, best contents, three charts. Unpartitioned: the whole period."""
    with open_kpis(paths.kpi_path) as con:
        page = render(con)
        drawn = figures(con)
        (count,) = query(con, "content_count")
    path = paths.report_path
    _replace(path, page.encode())
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(path),
            "size": dg.MetadataValue.int(path.stat().st_size),
            "contents": dg.MetadataValue.int(count["contents"]),
            **{figure.name: dg.MetadataValue.md(_markdown(figure)) for figure in drawn},
        }
    )


def _markdown(figure: Figure) -> str:
    if figure.drawing is None:
        return figure.note
    return f"![{figure.question}](data:image/png;base64,{base64.b64encode(png(figure)).decode()})"


def _replace(path: Path, content: bytes) -> None:
    """Write beside `path`, then move over it: a reader sees the old file or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"Cannot write {path}: {error.strerror}. Free some space, mend the folder's "
            "permissions, or set NERDX_DATA_DIR to another folder."
        ) from error
