"""Figures as text: formats, the health strip, PNG, and titles that look alike."""

import struct
import zlib
from datetime import date
from decimal import Decimal

import pytest

from nerdx_pipelines.report import formats
from nerdx_pipelines.report.charts import Figure, figures
from nerdx_pipelines.report.health import health
from nerdx_pipelines.report.png import png


def plain(text):
    return text.replace("\u00a0", " ")


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
        (formats.multiple(None), "–"),
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
        for table in ("content_kpis", "model_comparison"):
            con.execute(
                f"UPDATE kpi.{table} SET title = 'Twins' WHERE content_id IN ('c01', 'c02')"
            )
    with shop.read() as con:
        time, models, _ = figures(con)
    domain = time.drawing.to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain[:2] == ["Twins (c01)", "Twins (c02)"]
    assert len(domain) == 9
    named = {row["Content"] for row in models.drawing.data.values}
    assert {"Twins (c01)", "Twins (c02)"} <= named


def test_content_without_a_title_goes_by_its_id(shop):
    with shop.write() as con:
        con.execute("UPDATE kpi.content_kpis SET title = ' ' WHERE content_id = 'c01'")
    with shop.read() as con:
        time, *_ = figures(con)
    assert time.drawing.data.values[0]["Content"] == "c01"


def test_a_png_is_small_and_whole(shop):
    with shop.read() as con:
        image = png(figures(con)[0])
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


def test_nothing_to_draw_is_no_png():
    with pytest.raises(ValueError, match="nothing to draw"):
        png(Figure("creators", "Who?", "No creator yet.", None))
