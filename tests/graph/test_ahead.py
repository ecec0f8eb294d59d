import threading

import pytest

from nerdx_pipelines.graph.ahead import one_ahead


def test_names_come_in_order_and_each_after_its_work() -> None:
    done: list[int] = []
    for name in one_ahead(done.append, iter([("a", 1), ("b", 2), ("c", 3)])):
        assert {"a": 1, "b": 2, "c": 3}[name] in done
    assert done == [1, 2, 3]
    assert not list(one_ahead(done.append, iter(())))


def test_next_is_made_while_one_is_worked_on() -> None:
    made = threading.Event()

    def things():
        yield "first", made
        made.set()  # the work on the first waits for it
        yield "second", made

    def work(event: threading.Event) -> None:
        assert event.wait(30)

    assert list(one_ahead(work, things())) == ["first", "second"]


def test_nothing_after_a_failure_is_worked_on() -> None:
    tried: list[int] = []

    def work(number: int) -> None:
        tried.append(number)
        if number == 2:
            raise ValueError("the graph has gone")

    names: list[int] = []
    with pytest.raises(ValueError, match="gone"):
        names.extend(one_ahead(work, iter((number, number) for number in range(9))))
    assert tried == [0, 1, 2]


def test_caller_that_gives_up_waits_for_no_more_than_what_is_under_way() -> None:
    tried: list[int] = []
    for _ in one_ahead(tried.append, iter((number, number) for number in range(9))):
        break
    assert len(tried) < 4
