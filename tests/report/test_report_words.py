"""Figures as text: formats, the health strip, PNG, titles that look alike, and the Sankey."""

import json
import struct
import zlib
from datetime import date
from decimal import Decimal

import pytest

from nerdx_pipelines.report import formats
from nerdx_pipelines.report.charts.paths import flows
from nerdx_pipelines.report.data import as_text, packed
from nerdx_pipelines.report.health import health
from nerdx_pipelines.report.page import Report
from nerdx_pipelines.report.png import png


def plain(text):
    return text.replace("\u00a0", " ")


def read(warehouse):
    with warehouse.read() as con:
        return Report.read(con)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.money(Decimal("1234567.8950"), "EUR"), "1,234,567.90 EUR"),
        (formats.money(Decimal("12345678901234.01"), "USD"), "12,345,678,901,234.01 USD"),
        (formats.money(Decimal("1234"), "JPY"), "1,234 JPY"),
        (formats.money(Decimal("-0.5"), "KWD"), "-0.500 KWD"),
        (formats.money(Decimal("3"), None), "3.00"),
        (formats.money(None, "EUR"), "–"),
        (formats.count(1234), "1,234"),
        (formats.percent(Decimal("0.1234")), "12.3 %"),
        (formats.number(Decimal("12.5000000000")), "12.5"),
        (formats.number(Decimal("1200.0000000000")), "1,200"),
        (formats.days(date(2026, 5, 3), date(2026, 5, 3)), "3 May 2026"),
        (formats.days(date(2026, 5, 3), date(2026, 5, 9)), "3–9 May 2026"),
        (formats.days(date(2026, 4, 28), date(2026, 5, 4)), "28 Apr – 4 May 2026"),
        (formats.days(date(2025, 12, 29), date(2026, 1, 4)), "29 Dec 2025 – 4 Jan 2026"),
    ],
)
def test_formats(text, expected):
    assert plain(text) == expected


def rows(**values):
    return [
        {"metric": metric, "value": None if value is None else Decimal(value), "note": note}
        for metric, (value, note) in values.items()
    ]


def test_a_cent_too_much_is_seen():
    strip = health(
        rows(
            net_revenue=("100.00", "EUR"),
            attributed_revenue=("60.01", "EUR"),
            unattributed_revenue=("40.00", "EUR"),
        ),
        "EUR",
    )
    assert plain(strip.balance.difference) == "-0.01 EUR"


def test_no_sales_is_no_share_and_adds_up():
    zero = ("0", "EUR")
    strip = health(
        rows(net_revenue=zero, attributed_revenue=zero, unattributed_revenue=zero), "EUR"
    )
    assert strip.balance.share is None
    assert strip.balance.difference is None


def test_a_figure_it_does_not_know_is_shown_with_its_note():
    strip = health(rows(stale_pages=("12.5", "pages older than a day")), None)
    assert strip.balance is None
    (tile,) = strip.tiles
    assert (tile.label, tile.figure, tile.definition) == (
        "Stale pages",
        "12.5",
        "pages older than a day",
    )


def test_two_contents_of_one_title_stay_two(shop):
    with shop.write() as con:
        for table in ("content_kpis", "model_comparison", "product_content"):
            con.execute(
                f"UPDATE kpi.{table} SET title = 'Twins' WHERE content_id IN ('c01', 'c02')"
            )
    main = read(shop).main
    for rows_, column in (("revenue_over_time", "label"), ("model_comparison", "label")):
        named = {row[column] for row in main[rows_] if row["page"] is None}
        assert {"Twins (c01)", "Twins (c02)"} <= named
    assert {"Twins (c01)", "Twins (c02)"} <= {row["content"] for row in main["heat_map"]}


def test_content_without_a_title_goes_by_its_id(shop):
    with shop.write() as con:
        con.execute("UPDATE kpi.content_kpis SET title = ' ' WHERE content_id = 'c01'")
    main = read(shop).main
    assert main["contents"][0]["title"] == "c01"
    assert main["revenue_over_time"][0]["label"] == "c01"


def test_money_stays_exact_text():
    (row,) = as_text(
        [{"a": Decimal("12345678901234.0100"), "b": Decimal("0.1250"), "c": float("nan")}], 2
    )
    assert row == {"a": "12345678901234.01", "b": "0.125", "c": None}
    assert as_text([{"a": Decimal("1200.0000")}], 0) == [{"a": "1200"}]


def test_packing_loses_nothing():
    table = [
        {"one": "EUR", "many": f"{n}", "few": [None, "a", True, 0.5][n % 4], "number": n}
        for n in range(40)
    ]
    unpacked = {}
    for name, places, *words in json.loads(json.dumps(packed(table))):
        if words and isinstance(places, int):
            unpacked[name] = words[0] * places
        else:
            unpacked[name] = [words[0][place] for place in places] if words else places
    assert [
        dict(zip(unpacked, row, strict=True)) for row in zip(*unpacked.values(), strict=True)
    ] == table
    assert packed([]) == []


def test_long_paths_are_cut_and_nothing_flows_twice():
    path = " > ".join(["a", "b", "a", "b", "a", "b"])
    both = flows(
        [
            {"path": path, "path_length": 6, "orders": 3},
            {"path": "a", "path_length": 1, "orders": 1},
        ]
    )
    drawn = [row for row in both if row["which"] == "all"]
    longer = [row for row in both if row["which"] == "longer" and row["target"] == "purchase"]
    assert {row["orders"] for row in longer} == {3}
    nodes = [row for row in drawn if row["kind"] == "node"]
    assert max(row["x"] for row in nodes) == 4  # four steps and the purchase
    assert [row["orders"] for row in nodes if row["target"] == "purchase"] == [4]
    ribbons = {row["ribbon"]: row["orders"] for row in drawn if row["kind"] == "ribbon"}
    assert sorted(ribbons.values()) == [1, 3, 3, 3, 3]


def test_a_png_is_small_and_whole(shop):
    made = read(shop)
    figure = made.figures[0]
    image = png(figure, made.main[figure.data])
    assert len(image) < 100_000
    at, pixels = 8, b""
    while at < len(image):
        length, kind = struct.unpack_from(">I4s", image, at)
        body = image[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", image, at + 8 + length) == (zlib.crc32(body),)
        pixels += body[4:] if kind == b"IDAT" else b""
        at += 12 + length
    width, height = struct.unpack_from(">II", image, 16)
    assert kind == b"IEND"
    assert len(zlib.decompress(pixels)) == height * (1 + 4 * width)


def test_nothing_to_draw_is_no_png(warehouse):
    made = read(warehouse)
    with pytest.raises(ValueError, match="nothing to draw"):
        png(made.figures[0], made.main[made.figures[0].data])
