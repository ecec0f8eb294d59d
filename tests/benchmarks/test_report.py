"""RESULTS.md: a section a benchmark, each replaced alone."""

from benchmarks.report import Table, render, replaced

TABLE = Table("Speed", "Of two.", ["", "s"], [["ours", "1"]])


def test_a_section_takes_the_place_of_its_own_and_of_no_other():
    first = replaced("", render("a", [TABLE], 1))
    both = replaced(first, render("b", [TABLE], 1))
    other = Table("Slow", "Of two.", ["", "s"], [["ours", "9"]])
    again = replaced(both, render("a", [other], 1))
    assert first.startswith("# Benchmark results")
    assert again.count("<!-- a -->") == again.count("<!-- b -->") == 1
    assert again.index("<!-- a -->") < again.index("## Slow") < again.index("<!-- b -->")
    assert "## Speed" in again[again.index("<!-- b -->") :]
    assert replaced(again, render("a", [other], 1)) == again
