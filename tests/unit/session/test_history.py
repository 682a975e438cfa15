"""What another session is told of a conversation."""

import json
from typing import Any

from app.core.clock import Nanoseconds
from app.core.commands import CommitInput, SendToolResult
from app.core.events import InputCommitted, ResponseStarted, ToolCalled
from app.core.ids import CallId, ItemId, ResponseId
from app.session.history import LARGEST_BYTES, MOST_BYTES, MOST_ITEMS, Carried, History
from app.session.messages import Speaker, TranscriptReport


def words(
    entry_id: str, text: str, at_ms: float = 0.0, speaker: Speaker = Speaker.USER, **more: Any
) -> TranscriptReport:
    return TranscriptReport(
        entry_id=entry_id, speaker=speaker, at_ms=at_ms, text=text, final=True, **more
    )


def called(call_id: str, at_ms: float, arguments: str = "{}") -> ToolCalled:
    return ToolCalled(
        at_ns=Nanoseconds(round(at_ms * 1e6)),
        response_id=ResponseId("r"),
        item_id=ItemId("i"),
        output_index=0,
        call_id=CallId(call_id),
        name="look",
        arguments=arguments,
    )


def committed(item_id: str, at_ms: float) -> InputCommitted:
    return InputCommitted(
        at_ns=Nanoseconds(round(at_ms * 1e6)), item_id=ItemId(item_id), previous_item_id=None
    )


def history() -> History:
    return History(Nanoseconds(0))


def items(carried: Carried) -> list[dict[str, Any]]:
    return [dict(command.item) for command in carried.commands]


def texts(carried: Carried) -> list[str]:
    return [item["content"][0]["text"] for item in items(carried)]


def test_both_sides_words_are_told_in_the_order_in_which_they_began() -> None:
    book = history()
    book.take_words(words("a1", "Hello.", 2000, Speaker.MODEL))
    book.take_words(words("u1", "Hi", 1000))
    book.take_words(words("u1", "Hi there.", 1000))

    assert items(book.carried()) == [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Hi there."}],
        },
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hello."}],
        },
    ]
    assert book.carried().left_out == 0


def test_of_an_interrupted_reply_only_what_was_heard_is_told() -> None:
    book = history()
    book.take_words(words("a1", "One, two, three.", 0, Speaker.MODEL, heard_chars=9))
    book.take_words(words("a2", "Never heard.", 1, Speaker.MODEL, heard_chars=0))

    assert texts(book.carried()) == ["One, two,"]
    assert book.carried().left_out == 1


def test_words_that_nobody_knows_are_left_out_and_counted() -> None:
    book = history()
    book.take_words(words("u1", "", 0))
    book.take_words(words("u2", " \n", 1))
    book.take(committed("u3", 2))

    assert items(book.carried()) == []
    assert book.carried().left_out == 3


def test_words_that_come_late_stand_where_they_were_said() -> None:
    book = history()
    book.take(committed("u1", 1000))
    book.take_words(words("a1", "Fine.", 1500, Speaker.MODEL))
    book.take_words(words("u1", "How are you?", 2500))
    book.take(committed("u1", 3000))

    assert texts(book.carried()) == ["How are you?", "Fine."]


def test_a_call_is_told_with_its_answer_or_not_at_all() -> None:
    book = history()
    book.take(called("c1", 1, '{"a": 1}'))
    book.take(called("c2", 2))
    book.take_sent(SendToolResult(CallId("c1"), '{"b": 2}'))
    book.take_sent(SendToolResult(CallId("c1"), "a second answer"))
    book.take_sent(SendToolResult(CallId("never called"), "{}"))
    book.take_sent(CommitInput())
    book.take(ResponseStarted(at_ns=Nanoseconds(3), response_id=ResponseId("r")))

    assert items(book.carried()) == [
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": '{"b": 2}'},
    ]
    assert book.carried().left_out == 1


def test_a_session_that_knows_some_of_it_is_told_the_rest() -> None:
    book = history()
    book.take_words(words("u1", "Hi.", 1))
    first = book.carried()
    book.take_words(words("u2", "Bye.", 2))

    assert texts(book.carried(first.entries)) == ["Bye."]
    assert book.carried(book.carried().entries).commands == ()


def test_what_came_first_is_forgotten_first() -> None:
    book = history()
    for number in range(MOST_ITEMS + 5):
        book.take_words(words(f"u{number}", f"{number}", number))

    carried = book.carried()
    assert texts(carried)[0] == "5"
    assert len(carried.commands) == MOST_ITEMS
    assert carried.left_out == 5


def test_the_whole_is_bounded_in_bytes_however_often_an_entry_grows() -> None:
    book = history()
    for number in range(20):
        for length in (100, 5_000, 10_000):
            book.take_words(
                words(f"u{number}", "\N{LATIN SMALL LETTER E WITH ACUTE}" * (length // 2), number)
            )

    carried = book.carried()
    assert len(json.dumps(items(carried), ensure_ascii=False).encode()) < MOST_BYTES * 1.1
    assert len(carried.commands) == MOST_BYTES // 10_000
    assert carried.left_out == 10


def test_one_giant_entry_does_not_drive_out_the_others() -> None:
    book = history()
    book.take_words(words("u1", "Hi.", 1))
    book.take(called("c1", 2))
    book.take_sent(SendToolResult(CallId("c1"), "x" * (5 << 20)))
    book.take_words(words("a1", "y" * (LARGEST_BYTES + 1), 3, Speaker.MODEL))

    assert texts(book.carried()) == ["Hi."]
    assert book.carried().left_out == 2
