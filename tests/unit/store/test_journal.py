import threading
from collections.abc import Callable

import pytest

from app.store import journal
from app.store.journal import Journal
from tests.support.clocks import ManualClock


class Notebook:
    """A writer that keeps what it is given; ``on_write`` runs on the writer thread."""

    def __init__(self, on_write: Callable[[str], None] = lambda _item: None) -> None:
        self.items: list[str] = []
        self.flushes = 0
        self.flushed = threading.Event()
        self.closed = False
        self._on_write = on_write

    def write(self, item: str) -> None:
        self._on_write(item)
        self.items.append(item)

    def flush(self) -> None:
        self.flushes += 1
        self.flushed.set()

    def close(self) -> None:
        self.closed = True


def test_items_are_written_in_order_and_the_writer_closed() -> None:
    notebook = Notebook()
    keeper = Journal[str](notebook, ManualClock(), "test")
    keeper.start()

    taken = [keeper.put(word, 1) for word in ("a", "b", "c")]

    assert keeper.close()
    assert taken == [True] * 3
    assert notebook.items == ["a", "b", "c"]
    assert notebook.closed
    assert keeper.refused == 0


def test_a_full_queue_refuses_and_counts_and_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_ITEMS", 2)
    keeper = Journal[str](Notebook(), ManualClock(), "test")

    assert [keeper.put(word, 1) for word in "abcd"] == [True, True, False, False]
    assert keeper.refused == 2


def test_the_queue_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 100)
    keeper = Journal[str](Notebook(), ManualClock(), "test")

    assert [keeper.put("x", size) for size in (60, 41, 40, 1)] == [True, False, True, False]
    assert keeper.refused == 2


def test_what_was_written_makes_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 100)
    written = threading.Event()
    clock = ManualClock()
    notebook = Notebook(lambda _item: written.set())
    keeper = Journal[str](notebook, clock, "test")
    keeper.put("large", 100)
    clock.advance_ms(500)

    keeper.start()

    assert written.wait(5)
    assert keeper.close()
    assert notebook.items == ["large"]


def test_half_a_second_after_the_last_flush_comes_the_next() -> None:
    clock = ManualClock()
    notebook = Notebook()
    keeper = Journal[str](notebook, clock, "test")
    keeper.start()

    clock.advance_ms(500)

    assert notebook.flushed.wait(5)
    assert keeper.close()
    assert notebook.flushes == 1


def test_after_the_end_nothing_is_taken() -> None:
    keeper = Journal[str](Notebook(), ManualClock(), "test")
    keeper.start()
    keeper.close()

    assert keeper.put("late", 1) is False
    assert keeper.refused == 1


def test_a_writer_that_hangs_does_not_keep_the_caller() -> None:
    go_on = threading.Event()
    keeper = Journal[str](Notebook(lambda _item: [go_on.wait(10)].clear()), ManualClock(), "test")
    keeper.start()
    keeper.put("a", 1)

    assert keeper.close(timeout_s=0.05) is False

    go_on.set()
    assert keeper.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_in_the_writer_is_noticed_and_its_files_are_closed() -> None:
    def fail(_item: str) -> None:
        raise AssertionError("bug")

    notebook = Notebook(fail)
    keeper = Journal[str](notebook, ManualClock(), "test")
    keeper.start()
    keeper.put("a", 1)

    assert keeper.close()
    assert keeper.crashed
    assert notebook.closed
    assert keeper.put("b", 1) is False
