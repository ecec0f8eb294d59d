"""A data folder is read as written, or refused with the place of the first fault."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.errors import FolderError
from nerdx_pipelines.folder.reading import read_content, read_table
from nerdx_pipelines.folder.tables import CONTENT_TABLES

CONTENT = "content_id,content_type,title,creator,published_at,production_cost\n"
TOUCHES = "event_id,user_id,content_id,touch_type,touched_at\n"
REFUNDS = "refund_id,order_id,line_id,quantity,amount,created_at\n"


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def write(folder: Path, **texts: str | bytes) -> Path:
    for table, text in texts.items():
        raw = text if isinstance(text, bytes) else text.encode()
        (folder / f"{table}.csv").write_bytes(raw)
    return folder


def rows(con, query):
    return con.execute(query).fetchall()


def test_absent_files_are_empty_tables(con, tmp_path):
    read_content(con, tmp_path)
    for table in CONTENT_TABLES:
        assert rows(con, f"SELECT count(*) FROM {table}") == [(0,)]
    assert read_table(con, tmp_path, "refunds") is False


def test_a_person_s_csv_is_taken(con, tmp_path):
    text = (
        "\ufeff content_id , content_type,title,creator,published_at, production_cost\r\n"
        '\r\nc1,video,"Mugs, ""big""\r\nand small",Zoë Ørsted,2026-01-02, 12.50 \r\n'
        'c2,blog,"",,,\r\n\r\n'
    )
    read_content(con, write(tmp_path, content=text))
    assert rows(con, "FROM content ORDER BY content_id") == [
        ("c1", "video", 'Mugs, "big"\r\nand small', "Zoë Ørsted",
         datetime(2026, 1, 2, tzinfo=UTC), Decimal("12.5")),
        ("c2", "blog", None, None, None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-04T01:59:59+10:00", "2026-10-03 15:59:59"),
        ("2026-10-04 01:59:59.123456 -0330", "2026-10-04 05:29:59.123456"),
        ("2026-10-04T01:59Z", "2026-10-04 01:59:00"),
        ("2026-10-04T01:59+01", "2026-10-04 00:59:00"),
        ("2026-10-04T01:59:59", "2026-10-04 01:59:59"),
        ("2026-10-04", "2026-10-04 00:00:00"),
    ],
)
def test_times_become_utc(con, tmp_path, text, utc):
    con.execute("SET TimeZone = 'Asia/Tokyo'")
    read_table(con, write(tmp_path, content=f"{CONTENT}c,,,,{text},\n"), "content")
    assert rows(con, "SELECT published_at FROM content") == [
        (datetime.fromisoformat(utc).replace(tzinfo=UTC),)
    ]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"content": ""}, ["content.csv", "empty"]),
        ({"content": CONTENT.replace("title", "titel")}, ["'titel'", "did you mean title"]),
        ({"content": CONTENT.replace(",creator", "")}, ["lacks the column creator"]),
        ({"content": CONTENT.replace("title", "creator")}, ["creator", "more than once"]),
        ({"content": f"{CONTENT}c1,,,,,\nc2,,,\n"}, ["line 3", "4 fields", "6"]),
        ({"content": f'{CONTENT}c1,,,,,\nc2,"x,,,,\n'}, ["content.csv", "quote"]),
        ({"content": CONTENT.encode() + b"c1,,\xe9t\xe9,,,\n"}, ["line 2", "UTF-8"]),
        ({"content": CONTENT.encode("utf-16")}, ["content.csv", "UTF-8"]),
        ({"content": '"content_id"s,title\n'}, ["content.csv", "line 1", "quote"]),
        ({"content": f"{CONTENT},,,,,\n"}, ["line 2", "content_id is empty"]),
        ({"content": f"{CONTENT}c1,,,,2026-02-30,\n"}, ["line 2: published_at '2026-02-30'"]),
        ({"content": f"{CONTENT}c1,,,,02/01/2026,\n"}, ["published_at", "ISO 8601"]),
        ({"content": f"{CONTENT}c1,,,,,1e3\n"}, ["production_cost '1e3'", "12.50"]),
        ({"content": f"{CONTENT}c1,,,,,1.23456\n"}, ["production_cost '1.23456'"]),
        ({"content": f"{CONTENT}c1,,,,,-1\n"}, ["production_cost", "below 0"]),
        ({"content": f'{CONTENT}c1,,"a\nb",,,\n\nc1,,,,,\n'}, ["line 5", "'c1' is there twice"]),
        ({"touches": f"{TOUCHES}e,1,c9,view,2026-01-01\n"}, ["content_id 'c9' is not in content"]),
        ({"touches": f"{TOUCHES}e,1,c,buy,2026-01-01\n"}, ["touch_type 'buy'", "view, click"]),
        ({"touches": f"{TOUCHES}e,1,c,view,\n"}, ["line 2: touched_at is empty"]),
        ({"touches": f"{TOUCHES}e,u-7,c,view,2026-01-01\n"}, ["user_id 'u-7'", "anonymous_id"]),
        ({"touches": f"{TOUCHES}e,1.5,c,view,2026-01-01\n"}, ["user_id '1.5'"]),
        ({"touches": f"{TOUCHES}e,0,c,view,2026-01-01\n"}, ["user_id '0'"]),
        ({"touches": f"{TOUCHES}e,9223372036854775808,c,view,2026-01-01\n"}, ["user_id"]),
        ({"identities": "anonymous_id,customer_id\na,1\na,2\n"}, ["line 3", "anonymous_id 'a'"]),
        ({"touch": TOUCHES}, ["touch.csv", "did you mean touches.csv"]),
    ],
)
def test_faults_are_told_with_their_place(con, tmp_path, files, told):
    with pytest.raises(FolderError) as error:
        read_content(con, write(tmp_path, **{"content": f"{CONTENT}c,,,,,\n"} | files))
    for part in told:
        assert part in str(error.value)


def test_the_first_fault_is_told(con, tmp_path):
    many = "".join(
        f"{i},1,,1,{'x' if i > 70_000 else '1.00'},2026-01-01\n" for i in range(1, 99_999)
    )
    with pytest.raises(FolderError, match="line 70002: amount 'x'"):
        read_table(con, write(tmp_path, refunds=REFUNDS + many), "refunds")


def test_places_hold_inside_a_transaction(con, tmp_path):
    con.execute("BEGIN")
    with pytest.raises(FolderError, match="line 4: content_id 'c' is there twice"):
        read_content(con, write(tmp_path, content=f"{CONTENT}c,,,,,\nd,,,,,\nc,,,,,\n"))


def test_two_files_of_one_table_are_refused(con, tmp_path):
    pq.write_table(
        pa.table({"anonymous_id": ["a"], "customer_id": [1]}), tmp_path / "identities.parquet"
    )
    write(tmp_path, identities="anonymous_id,customer_id\n")
    with pytest.raises(FolderError, match="both"):
        read_content(con, tmp_path)


def test_a_folder_s_name_is_no_pattern(con, tmp_path):
    folder = tmp_path / "it's [a] *"
    folder.mkdir()
    read_content(con, write(folder, content=f"{CONTENT}c,,,,,\n"))
    assert rows(con, "SELECT content_id FROM content") == [("c",)]


AT = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("refund_id", pa.array([7], pa.uint8()), 7),
        ("refund_id", pa.array([2**63 - 1], pa.uint64()), 2**63 - 1),
        ("refund_id", pa.array(["9223372036854775807"]), 2**63 - 1),
        ("refund_id", pa.array([Decimal(2**63 - 1)], pa.decimal128(20, 0)), 2**63 - 1),
        ("refund_id", pa.array([6.4e12], pa.float64()), 6_400_000_000_000),
        ("amount", pa.array([19], pa.int16()), Decimal(19)),
        ("amount", pa.array([19.990000000000002]), Decimal("19.99")),
        ("amount", pa.array([0.1 + 0.2]), Decimal("0.3")),
        ("amount", pa.array([Decimal("19.9900000")], pa.decimal128(30, 7)), Decimal("19.99")),
        ("amount", pa.array([b"19.99"]), Decimal("19.99")),
        ("amount", pa.array(["19.99"]).dictionary_encode(), Decimal("19.99")),
        ("created_at", pa.array([AT], pa.timestamp("s", "UTC")), AT),
        ("created_at", pa.array([AT.astimezone(timezone(timedelta(hours=11)))]), AT),
        ("created_at", pa.array([AT.replace(tzinfo=None)], pa.timestamp("ns")), AT),
        ("created_at", pa.array([AT.replace(tzinfo=None)], pa.timestamp("ms")), AT),
        ("created_at", pa.array([date(2026, 3, 1)], pa.date32()), DAY),
        ("created_at", pa.array(["2026-03-01T21:30:00+11:00"]), AT),
        ("line_id", pa.array([None], pa.null()), None),
        ("line_id", pa.array([None], pa.float64()), None),
    ],
)
def test_parquet_columns_of_any_reasonable_type(con, tmp_path, column, values, expected):
    read_table(con, refund(tmp_path, **{column: values}), "refunds")
    assert rows(con, f"SELECT {column} FROM refunds") == [(expected,)]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("refund_id", pa.array([1.5])),
        ("refund_id", pa.array([2.0**60])),
        ("refund_id", pa.array([-1])),
        ("refund_id", pa.array([2**63], pa.uint64())),
        ("amount", pa.array([19.99001])),
        ("amount", pa.array([float("nan")])),
        ("amount", pa.array([float("inf")])),
        ("amount", pa.array([Decimal("1.00001")])),
        ("amount", pa.array([Decimal(10) ** 20])),
        ("created_at", pa.array([1_772_361_000])),
        ("created_at", pa.array([True])),
    ],
)
def test_parquet_values_that_do_not_fit_are_refused(con, tmp_path, column, values):
    with pytest.raises(FolderError, match=f"refunds.parquet, row 1: {column} "):
        read_table(con, refund(tmp_path, **{column: values}), "refunds")


def test_a_file_that_only_says_it_is_parquet(con, tmp_path):
    (tmp_path / "refunds.parquet").write_text("no")
    with pytest.raises(FolderError, match=r"refunds\.parquet"):
        read_table(con, tmp_path, "refunds")


def refund(folder: Path, **columns: pa.Array) -> Path:
    base = {"refund_id": [1], "order_id": [2], "line_id": [3], "quantity": [1],
            "amount": [Decimal("1.00")], "created_at": [AT]}  # fmt: skip
    pq.write_table(pa.table(base | columns), folder / "refunds.parquet")
    return folder


touch = st.tuples(
    st.sampled_from(["e1", "e2", "e3"]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["c", "d"]),
    st.sampled_from(["view", "click"]),
    st.sampled_from(["2026-01-01T00:00:01Z", "2026-01-01T01:00:00+01:00", "2026-01-02"]),
)


@settings(max_examples=25, deadline=None)
@given(events=st.lists(touch, max_size=8), data=st.data())
def test_redeliveries_count_once_in_any_order(tmp_path_factory, events, data):
    """The same events, in another order and some of them again, give the same touches."""
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    shuffled = data.draw(st.permutations(events + repeated))
    seen = []
    for these in (events, shuffled):
        text = TOUCHES + "".join(",".join(event) + "\n" for event in these)
        folder = write(
            tmp_path_factory.mktemp("f"), touches=text, content=f"{CONTENT}c,,,,,\nd,,,,,\n"
        )
        with duckdb.connect() as con:
            read_content(con, folder)
            seen.append(rows(con, "FROM touches ORDER BY event_id"))
    assert seen[0] == seen[1]
    assert [row[0] for row in seen[0]] == sorted({event[0] for event in events})


def test_a_folder_that_is_not_there(con, tmp_path):
    with pytest.raises(FolderError, match="no folder"):
        read_content(con, tmp_path / "nowhere")
