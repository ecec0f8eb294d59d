"""`nerdx attribute`: what it reads and writes, and what it says of files it cannot read."""

import csv
import io
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from nerdx_pipelines.attribution import attribute
from nerdx_pipelines.cli import main

TABLE = "path,conversions,value,null\nA > B,2,100,1\nB > A > A,1,30.50,4\n"


def called(*arguments, given=None):
    return CliRunner().invoke(main, ["attribute", *map(str, arguments)], input=given)


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def table(tmp_path):
    def written(text, encoding="utf-8"):
        file = tmp_path / "paths.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return written


def test_file_to_file(table, tmp_path):
    output = tmp_path / "out.csv"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "nerdx_pipelines.cli", "attribute", str(table(TABLE))),
            *("--models", "first_touch,linear,markov,shapley_set"),
            *("--order", "1", "--output", str(output)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = read(output.read_text())
    assert list(rows[0]) == ["channel", "model", "conversions", "value", "removal_effect"]
    expected = attribute(read(TABLE), ["first_touch", "linear", "markov", "shapley_set"], 1)
    # Every digit: what is read is the same float.
    assert [
        (r["channel"], r["model"], *(float(r[k]) if r[k] else None for k in list(r)[2:]))
        for r in rows
    ] == expected
    assert {r["removal_effect"] for r in rows if r["model"] != "markov"} == {""}


def test_standard_input_to_standard_output():
    done = called("-", "--models", "linear", given=TABLE)
    assert done.stdout == (
        "channel,model,conversions,value,removal_effect\n"
        f"A,linear,{1 + 2 / 3!r},{50 + 30.5 * 2 / 3!r},\n"
        f"B,linear,{1 + 1 / 3!r},{50 + 30.5 / 3!r},\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("A > B", '"A > B"'),
        TABLE.replace("path,conversions", " Path,CONVERSIONS "),
        TABLE.replace("A > B,2,100,1", "A > B,1,60,1\n\nA >  B,1,40,0"),
        "note,null,value,conversions,path\nx,1,100,2,A > B\n,4,30.50,1,B > A > A\n",
    ],
)
def test_the_same_table_written_otherwise(table, text):
    assert called(table(text)).stdout == called("-", given=TABLE).stdout


def test_without_value_and_null_nothing_is_invented(table):
    done = called(table("path,conversions\nA > B,2\n"), "--models", "linear,markov")
    assert [row["value"] for row in read(done.stdout)] == [""] * 4
    assert "no journey without conversion" in done.stderr


def test_nothing_converted(table):
    done = called(table("path,conversions,null\nA > B,0,3\n"), "--models", "markov")
    assert done.stdout.splitlines()[1:] == ["A,markov,,,", "B,markov,,,"]


def test_a_channel_may_have_any_name(table):
    done = called(table('path,conversions\n"start > a,""b"" > null > None > 日本",1\n'))
    names = [row["channel"] for row in read(done.stdout) if row["model"] == "markov"]
    assert names == ["None", 'a,"b"', "null", "start", "日本"]


def test_another_separator(table):
    done = called(table("path,conversions\nA/B,2\n"), "--separator", "/", "--models", "linear")
    assert [row["channel"] for row in read(done.stdout)] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: it needs the header path,conversions"),
        ("path,conversions\n", "has no line of data"),
        ("route,conversions\nA,1\n", "has no column path: its header has 'route', 'conversions'"),
        ("path;conversions\nA;1\n", "'path;conversions'. Needed are .* separated by commas"),
        ("path,conversions,Path\nA,1,B\n", "the column path twice"),
        ("path,conversions\nA,1\nB,-1\n", "line 3, column conversions: -1 is below 0"),
        ("path,conversions,null\nA,1,-2\n", "line 2, column null: -2 is below 0"),
        ("path,conversions\nA,\n", "line 2, column conversions: '' is not a number"),
        ("path,conversions\nA,many\n", "line 2, column conversions: 'many' is not a number"),
        ("path,conversions\nA,nan\n", "'nan' is not a number"),
        ("path,conversions\nA,inf\n", "'inf' is not a number"),
        ("path,conversions\nA,1e400\n", "'1e400' is not a number"),
        ('path,conversions,value\nA,1,"1,000"\n', "column value: '1,000' is not a number"),
        ("path,conversions\nA,1\n  ,1\n", "line 3, column path: it is empty"),
        ("path,conversions\nA,1\nA >  > B,1\n", "line 3, column path: a channel is missing"),
        ("path,conversions\nA >,1\n", "line 2, column path: a channel is missing"),
        ("path,conversions\nA,1,2\n", "line 2: it has 3 columns, the header 2"),
        ('path,conversions\nA,"1\n', "line 3?2?: it is no CSV"),
    ],
)
def test_what_is_wrong_is_said(table, text, words):
    done = called(file := table(text))
    assert done.exit_code == 1
    said = done.stderr
    assert said.startswith("nerdx: ") and str(file) in said and said.count("\n") == 1
    assert re.search(words, said), said


def test_text_of_another_encoding(table):
    done = called(table("path,conversions\nBücher,1\n", encoding="latin-1"))
    assert (done.exit_code, "is not UTF-8" in done.stderr) == (1, True)


def test_a_file_that_is_not_there_and_one_that_cannot_be_written(table, tmp_path):
    assert "Cannot read" in called(tmp_path / "none.csv").stderr
    assert "Cannot write" in called(table(TABLE), "--output", tmp_path / "paths.csv" / "o").stderr
    assert "no times" in called(table(TABLE), "--models", "time_decay").stderr
