"""The last stage: published KPIs → one HTML file that anyone can open.

Reads the published database only, never the warehouse; drawing is in `report/`.
"""

import base64

import dagster as dg

from nerdx_pipelines.files import replacing, writing
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
    with writing(path), replacing(path) as fresh:
        fresh.write_bytes(page.encode())
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
