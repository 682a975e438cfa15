from typing import Any

import pytest

from app.session.messages import Speaker
from app.ui.vm.transcript import MAX_LINES, TranscriptViewModel
from tests.support.reports import said


class Heard:
    """Keeps what the view-model emitted."""

    def __init__(self, vm: TranscriptViewModel) -> None:
        self.events: list[tuple[str, int]] = []
        vm.inserted.connect(lambda index: self.events.append(("inserted", index)))
        vm.changed.connect(lambda index: self.events.append(("changed", index)))
        vm.removed.connect(lambda count: self.events.append(("removed", count)))


def test_entries_stand_in_the_order_of_speaking_whenever_they_arrive() -> None:
    vm = TranscriptViewModel()
    heard = Heard(vm)

    vm.take(said("m1", Speaker.MODEL, 2_600, "Hello."))
    vm.take(said("u1", Speaker.USER, 1_000, "Hi"))

    assert [(line.clock, line.who, line.text) for line in vm.lines] == [
        ("00:01", "You", "Hi"),
        ("00:02", "Model", "Hello."),
    ]
    assert heard.events == [("inserted", 0), ("inserted", 0)]


def test_a_later_report_replaces_the_entry() -> None:
    vm = TranscriptViewModel()
    vm.take(said("m1", Speaker.MODEL, 0, "It is", final=False))
    heard = Heard(vm)

    vm.take(said("m1", Speaker.MODEL, 0, "It is sunny."))

    assert (vm.lines[0].text, vm.lines[0].interim) == ("It is sunny.", False)
    assert heard.events == [("changed", 0)]


def test_an_equal_report_changes_nothing() -> None:
    vm = TranscriptViewModel()
    vm.take(said("m1", Speaker.MODEL, 0, "It is"))
    heard = Heard(vm)

    vm.take(said("m1", Speaker.MODEL, 0, "It is"))

    assert heard.events == []


def test_an_entry_that_has_no_words_yet_shows_that_someone_speaks() -> None:
    vm = TranscriptViewModel()

    vm.take(said("u1", Speaker.USER, 0, "", final=False))
    vm.take(said("u2", Speaker.USER, 1, "", final=True))

    assert [line.text for line in vm.lines] == ["…", ""]


def test_an_interrupted_reply_says_how_much_was_heard() -> None:
    vm = TranscriptViewModel()

    vm.take(said("1", Speaker.MODEL, 0, "a", interrupted=True, heard_ms=1_800, total_ms=4_200))
    vm.take(said("2", Speaker.MODEL, 1, "b", interrupted=True))
    vm.take(said("3", Speaker.USER, 2, "c", typed=True))

    assert [line.note for line in vm.lines] == [
        "interrupted: heard 1.8 of 4.2 s",
        "interrupted",
        "typed",
    ]


def test_the_oldest_lines_go_when_there_are_too_many() -> None:
    vm = TranscriptViewModel()
    heard = Heard(vm)

    for index in range(MAX_LINES + 2):
        vm.take(said(str(index), Speaker.USER, index, "x"))

    assert len(vm.lines) == MAX_LINES
    assert vm.left_out == 2
    assert heard.events[-1] == ("removed", 1)


def test_clearing_an_empty_transcript_says_nothing() -> None:
    vm = TranscriptViewModel()
    heard = Heard(vm)

    vm.clear()

    assert heard.events == []


def test_clearing_tells_how_many_went() -> None:
    vm = TranscriptViewModel()
    vm.take(said("u1", Speaker.USER, 0, "x"))
    heard = Heard(vm)

    vm.clear()

    assert (vm.lines, heard.events) == ([], [("removed", 1)])


def test_what_was_interim_at_the_end_stays_unfinished() -> None:
    vm = TranscriptViewModel()
    vm.take(said("u1", Speaker.USER, 1_000, "Hi"))
    vm.take(said("m1", Speaker.MODEL, 2_000, "It is", final=False))
    vm.take(said("m2", Speaker.MODEL, 3_000, "We", final=False, interrupted=True))
    heard = Heard(vm)

    vm.settle()

    assert [(line.note, line.interim) for line in vm.lines] == [
        ("", False),
        ("unfinished", False),
        ("interrupted", False),
    ]
    assert heard.events == [("changed", 1), ("changed", 2)]


def test_the_clipboard_gets_plain_lines() -> None:
    vm = TranscriptViewModel()
    vm.take(said("u1", Speaker.USER, 1_000, "Hi"))
    vm.take(said("m1", Speaker.MODEL, 2_000, "Yo", interrupted=True))

    assert vm.as_text() == "00:01\tYou\tHi\n00:02\tModel\tYo\t[interrupted]"


@pytest.mark.parametrize(
    ("changes", "heard"),
    [
        ({"heard_chars": 7}, "one two"),
        ({"heard_chars": 8}, "one two "),
        ({"heard_chars": 0}, ""),
        ({"heard_chars": -3}, ""),
        ({"heard_chars": 500}, "one two three"),
        ({"heard_ms": 2_000.0, "total_ms": 3_000.0}, "one two "),
        ({"heard_ms": 0.0, "total_ms": 3_000.0}, ""),
        ({"heard_ms": 3_000.0, "total_ms": 3_000.0}, "one two three"),
        ({"heard_ms": 1_000.0, "total_ms": 0.0}, "one two three"),
        ({"heard_ms": None, "total_ms": None}, "one two three"),
    ],
)
def test_what_was_heard_is_told_from_what_was_only_generated(
    changes: dict[str, Any], heard: str
) -> None:
    vm = TranscriptViewModel()
    vm.take(said("m", Speaker.MODEL, 0, "one two three", interrupted=True, **changes))

    line = vm.lines[0]

    assert line.parts[0] == heard
    assert "".join(line.parts) == line.text


def test_a_space_before_the_first_word_is_not_counted() -> None:
    vm = TranscriptViewModel()

    vm.take(said("m", Speaker.MODEL, 0, "  one two", interrupted=True, heard_chars=5))

    assert vm.lines[0].parts == ("one", " two")
    assert vm.lines[0].told == "one [not heard: two]"
