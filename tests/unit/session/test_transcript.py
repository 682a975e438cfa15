"""What the transcript shows of a reply that was cut off: what was heard, and the rest."""

from collections.abc import Iterable

import pytest

from app.core.clock import Nanoseconds
from app.core.events import (
    InputTranscriptDelta,
    InputTranscriptDone,
    ItemHeard,
    PlaybackFlushed,
    ResponseAudio,
    ResponseFinished,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    TextKind,
)
from app.core.ids import ItemId, ResponseId
from app.session.messages import TranscriptReport
from app.session.transcript import ENTRY_LIMIT, TranscriptBook

R1 = ResponseId("r1")
A1, A2 = ItemId("a1"), ItemId("a2")
AT = Nanoseconds(0)


def text(words: str, item: ItemId = A1, kind: TextKind = TextKind.TRANSCRIPT) -> ResponseText:
    return ResponseText(
        at_ns=AT,
        response_id=R1,
        item_id=item,
        output_index=0,
        content_index=0,
        kind=kind,
        text=words,
    )


def whole(words: str, item: ItemId = A1) -> ResponseTextDone:
    return ResponseTextDone(
        at_ns=AT,
        response_id=R1,
        item_id=item,
        output_index=0,
        content_index=0,
        kind=TextKind.TRANSCRIPT,
        text=words,
    )


def audio(ms: int, item: ItemId = A1) -> ResponseAudio:
    return ResponseAudio(
        at_ns=AT, response_id=R1, item_id=item, output_index=0, content_index=0, pcm=b"\0" * ms * 48
    )


def flushed(*items: ItemHeard) -> PlaybackFlushed:
    return PlaybackFlushed(
        at_ns=AT, response_id=R1, item_id=A1, played_ms=0.0, dropped_ms=0.0, items=items
    )


def done(status: str = "cancelled") -> ResponseFinished:
    return ResponseFinished(
        at_ns=AT,
        response_id=R1,
        status=status,
        reason=None,
        error_code=None,
        error_message=None,
        usage=None,
        output=(),
    )


def shown(events: Iterable[SessionEvent]) -> dict[str, TranscriptReport]:
    """Return the last report of each entry."""
    last: dict[str, TranscriptReport] = {}

    def keep(report: TranscriptReport) -> None:
        last[report.entry_id] = report

    book = TranscriptBook(AT, keep)
    for event in events:
        book.take(event)
    return last


def heard(report: TranscriptReport) -> tuple[str, str]:
    """Return the words that were heard, and those that were only generated."""
    assert report.heard_chars is not None
    return report.text[: report.heard_chars], report.text[report.heard_chars :]


IN_TURNS: list[SessionEvent] = [text("One two. "), audio(1000), text("Three four."), audio(2000)]
HALF = ItemHeard(A1, 2200.0, 3000.0)


def test_words_are_parted_where_the_user_cut_in() -> None:
    entry = shown([*IN_TURNS, flushed(HALF), done()])["a1"]

    assert heard(entry) == ("One two. Three", " four.")
    assert (entry.interrupted, entry.heard_ms, entry.total_ms) == (True, 2200.0, 3000.0)
    assert entry.final


@pytest.mark.parametrize(
    ("late", "words"),
    [
        ([text(" Five six.")], ("One two. Three", " four. Five six.")),
        ([whole("One two. Three four. Five.")], ("One two. Three", " four. Five.")),
        ([audio(500), done()], ("One two. Three", " four.")),
    ],
    ids=["a piece", "all the words", "audio in flight"],
)
def test_what_comes_after_the_cut_was_only_generated(
    late: list[SessionEvent], words: tuple[str, str]
) -> None:
    entry = shown([*IN_TURNS, flushed(HALF), *late])["a1"]

    assert heard(entry) == words
    assert entry.heard_ms == 2200.0


def test_a_second_flush_changes_nothing_of_what_was_heard() -> None:
    entry = shown([*IN_TURNS, flushed(HALF), flushed(ItemHeard(A1, 2900.0, 3000.0))])["a1"]

    assert heard(entry) == ("One two. Three", " four.")
    assert entry.heard_ms == 2200.0


def test_of_several_items_the_later_ones_were_not_heard() -> None:
    events: list[SessionEvent] = [*IN_TURNS, text("More.", A2), audio(400, A2)]
    cut = flushed(ItemHeard(A1, 3000.0, 3000.0), ItemHeard(A2, 0.0, 400.0))

    entries = shown([*events, cut, done()])

    assert heard(entries["a2"]) == ("", "More.")
    assert entries["a2"].interrupted


def test_an_item_whose_words_come_only_after_the_cut_was_not_heard() -> None:
    entries = shown([*IN_TURNS, flushed(HALF), text("Later.", A2)])

    assert heard(entries["a2"]) == ("", "Later.")
    assert (entries["a2"].interrupted, entries["a2"].heard_ms) == (True, 0.0)


def test_a_reply_that_was_stopped_before_it_sounded_shows_all_as_generated() -> None:
    entry = shown([text("Hello there."), flushed(ItemHeard(A1, 0.0, 0.0)), text(" Bye.")])["a1"]

    assert heard(entry) == ("", "Hello there. Bye.")


def test_what_is_written_was_read_and_is_not_parted() -> None:
    entry = shown([flushed(), text("Read this.", kind=TextKind.TEXT)])["a1"]

    assert (entry.heard_chars, entry.interrupted) == (None, False)


def test_a_reply_that_was_heard_whole_is_not_parted() -> None:
    entry = shown([*IN_TURNS, done("completed")])["a1"]

    assert entry.heard_chars is None


def test_cut_off_after_its_last_word_all_was_heard() -> None:
    cut = flushed(ItemHeard(A1, 3000.0, 3000.0))

    entry = shown([*IN_TURNS, done("completed"), cut])["a1"]

    assert heard(entry) == ("One two. Three four.", "")


def test_words_that_replace_the_pieces_are_parted_at_the_same_share() -> None:
    entry = shown([text("aaaa bbbb"), audio(1000), done("completed"), whole("aa bb")])
    cut = shown(
        [
            text("aaaa bbbb"),
            audio(1000),
            done("completed"),
            whole("aa bb cc dd"),
            flushed(ItemHeard(A1, 700.0, 1000.0)),
        ]
    )["a1"]

    assert entry["a1"].heard_chars is None
    assert heard(cut) == ("aa", " bb cc dd")


def test_words_that_came_without_pieces_are_spread_over_the_audio() -> None:
    events: list[SessionEvent] = [audio(1000), whole("aa bb cc dd"), done("completed")]

    entry = shown([*events, flushed(ItemHeard(A1, 500.0, 1000.0))])["a1"]

    assert heard(entry) == ("aa bb", " cc dd")


def test_a_flood_of_words_is_bounded_and_still_parted() -> None:
    flood: list[SessionEvent] = [text("x " * 5000) for _ in range(5)]

    entry = shown([*flood, audio(1000), flushed(ItemHeard(A1, 100.0, 1000.0)), text("late")])["a1"]

    assert len(entry.text) == ENTRY_LIMIT + 4
    assert entry.heard_chars is not None
    assert entry.heard_chars < len(entry.text)


def test_a_turn_that_nobody_spoke_has_no_words_of_the_user() -> None:
    item = ItemId("u1")
    nothing = InputTranscriptDone(at_ns=AT, item_id=item, content_index=0, text="", usage=None)
    piece = InputTranscriptDelta(at_ns=AT, item_id=item, content_index=0, text="Hm")

    assert shown([nothing]) == {}
    assert shown([piece, nothing])["u1"].text == ""
