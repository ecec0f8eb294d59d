"""The last stage: published KPIs → one HTML file that anyone can open.

Reads the published database only, never the warehouse; drawing is in `report/`.
"""

import base64

import dagster as dg

from nerdx_pipelines.files import replacing, writing
from nerdx_pipelines.resources.paths import PathsResource

PICTURED = ("revenue_over_time", "model_comparison", "creators")  # each takes a tenth of a second


@dg.asset(
    deps=["published_kpis"],
    group_name="report",
    owners=["team:analytics"],
    kinds={"html", "vegalite"},
)
def report(paths: PathsResource) -> dg.MaterializeResult[None]:
    """The report: health strip, tables, charts, a page a creator. Unpartitioned: the whole period.

    Its chief charts are in the metadata too, as pictures.
    """
    # Here, not above: loading the definitions needs none of it.
    from nerdx_pipelines.report.data import open_kpis
    from nerdx_pipelines.report.page import Report
    from nerdx_pipelines.report.png import png

    path = paths.report_path
    with open_kpis(paths.kpi_path) as con:
        made = Report.read(con)
    with writing(path), replacing(path) as fresh:
        fresh.write_bytes(made.html(path.parent).encode())
    pictures = {}
    for figure in made.figures:
        if figure.name not in PICTURED:
            continue
        rows = made.main[figure.data]
        pictures[figure.name] = dg.MetadataValue.md(
            _markdown(figure.question, png(figure, rows)) if figure.rows(rows) else figure.empty
        )
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(path),
            "size": dg.MetadataValue.int(path.stat().st_size),
            "contents": dg.MetadataValue.int(made.main["totals"][0]["contents"]),
            **pictures,
        }
    )


def _markdown(question: str, image: bytes) -> str:
    return f"![{question}](data:image/png;base64,{base64.b64encode(image).decode()})"
