"""The charts of text that Dagster shows beside a KPI table."""

import pytest

from nerdx_pipelines.assets.bars import CHARTS, WIDTH, bars
from nerdx_pipelines.warehouse.database import Warehouse
from tests.kpi.made import make_all
from tests.kpi.shop import RandomShop


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("bars") / "w.duckdb", "Europe/Berlin")
    with warehouse.write() as con:
        assert all(bars(con, table) is None for table in CHARTS)  # nothing sold, nothing drawn
        RandomShop(1).store(con)
        con.execute("UPDATE staging.content SET title = 'A | pipe' WHERE content_id = 'a'")
        make_all(con)
        yield con


@pytest.mark.parametrize("table", CHARTS)
def test_the_longest_bar_is_of_the_largest_figure(con, table):
    lines = [line.split(" | ") for line in bars(con, table).splitlines()[2:]]
    lengths = {float(figure): bar.count("█") for *_, figure, bar in lines}
    assert lengths[max(lengths)] == WIDTH
    assert all(length <= WIDTH for length in lengths.values())
    assert sorted(lengths.values()) == [lengths[figure] for figure in sorted(lengths)]


def test_a_name_does_not_break_the_table(con):
    assert "A \\| pipe" in bars(con, "content_kpis")


def test_what_has_no_chart(con):
    assert bars(con, "health") is None
