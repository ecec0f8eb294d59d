"""The `report` asset, run by Dagster on a published KPI file."""

import base64
import re
import shutil
import struct

import dagster as dg
import pytest

from nerdx_pipelines.assets.report import report
from nerdx_pipelines.errors import DiskError, WarehouseError
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.warehouse.publish import publish
from tests.report import report_shop

CHARTS = ("revenue_over_time", "model_comparison", "creators")


@pytest.fixture
def paths(tmp_path, library):
    folder = tmp_path / "it's here"  # a quote in a path must not matter
    folder.mkdir()
    shutil.copytree(library, folder / "out")  # bundling it anew takes a second
    return PathsResource(
        raw=str(folder / "raw"),
        inbox=str(folder / "inbox"),
        archive=str(folder / "archive"),
        requests=str(folder / "requests"),
        kpi=str(folder / "kpi.duckdb"),
        published=str(folder / "published"),
        report=str(folder / "out" / "report.html"),
    )


def publish_kpis(warehouse, paths):
    with warehouse.read() as con:
        publish(con, paths.kpi_path, paths.published_dir)


def kept(folder):
    """What is beside the report, but for the charts' library."""
    return [file.name for file in folder.iterdir() if not file.name.startswith(".charts-")]


def materialized(paths):
    result = dg.materialize([report], resources={"paths": paths})
    assert result.success
    return result.asset_materializations_for_node("report")[0].metadata


def test_it_writes_the_report_and_shows_its_charts_in_dagster(shop, paths):
    publish_kpis(shop, paths)
    metadata = materialized(paths)
    page = paths.report_path
    assert metadata["path"].value == str(page)
    assert metadata["size"].value == page.stat().st_size
    assert metadata["contents"].value == 12
    assert kept(page.parent) == ["report.html"]
    for chart in CHARTS:
        found = re.fullmatch(r"!\[.+\?\]\(data:image/png;base64,(.+)\)", metadata[chart].value)
        image = base64.b64decode(found.group(1))
        assert len(image) < 100_000
        assert image.startswith(b"\x89PNG")
        width, height = struct.unpack_from(">II", image, 16)
        assert 700 < width < 900
        assert 200 < height < 1000


def test_an_empty_shop_has_a_report_too(warehouse, paths):
    publish_kpis(warehouse, paths)
    metadata = materialized(paths)
    assert metadata["contents"].value == 0
    assert metadata["creators"].value == "No creator has earned anything yet."


def test_without_published_kpis_it_says_what_to_do(paths):
    with pytest.raises(WarehouseError, match=r"kpi\.duckdb.*published_kpis"):
        materialized(paths)


def test_a_damaged_kpi_file_is_named(paths):
    paths.kpi_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match=r"kpi\.duckdb"):
        materialized(paths)


def test_a_failed_run_leaves_the_former_report(shop, paths):
    publish_kpis(shop, paths)
    materialized(paths)
    former = paths.report_path.read_bytes()
    with shop.write() as con:
        con.execute("ALTER TABLE kpi.content_daily ALTER is_mature TYPE DATE USING '2026-01-01'")
    publish_kpis(shop, paths)
    with pytest.raises(WarehouseError, match="revenue_over_time"):
        materialized(paths)
    assert paths.report_path.read_bytes() == former
    assert kept(paths.report_path.parent) == ["report.html"]


def test_a_report_that_cannot_be_written_is_named(shop, paths):
    publish_kpis(shop, paths)
    shutil.rmtree(paths.report_path.parent)
    paths.report_path.parent.write_text("a file where the folder should be")
    with pytest.raises(DiskError, match=r"report\.html.*NERDX_DATA_DIR"):
        materialized(paths)


def test_the_charts_library_is_bundled_once_and_kept_beside_the_report(shop, paths):
    publish_kpis(shop, paths)
    shutil.rmtree(paths.report_path.parent)
    materialized(paths)
    (kept_file,) = paths.report_path.parent.glob(".charts-*.js")
    assert "vegaEmbed" in kept_file.read_text(encoding="utf-8")
    first = kept_file.stat().st_mtime_ns
    materialized(paths)
    assert kept_file.stat().st_mtime_ns == first


def test_a_new_run_shows_new_figures(shop, paths):
    publish_kpis(shop, paths)
    materialized(paths)
    report_shop.health(shop, net_revenue="54001.00")
    publish_kpis(shop, paths)
    materialized(paths)
    assert "off by 1.00" in paths.report_path.read_text(encoding="utf-8")
