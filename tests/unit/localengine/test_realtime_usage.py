import pytest

from app.core.ids import CallId, ItemId
from app.localengine.realtime_usage import UsageCounter, audio_tokens
from app.protocols.openai_realtime.server_values import ContextCall, ContextMessage, Usage


def words(text: str) -> int:
    return len(text.split())


def said(role: str, text: str, item: str) -> ContextMessage:
    return ContextMessage(role=role, text=text, item_id=ItemId(item))


@pytest.mark.parametrize(
    ("seconds", "per_s", "tokens"), [(0.0, 10, 0), (0.7, 10, 7), (0.71, 10, 8), (1.0, 20, 20)]
)
def test_a_begun_token_of_audio_counts(seconds: float, per_s: int, tokens: int) -> None:
    assert audio_tokens(seconds, per_s) == tokens


def test_the_whole_conversation_is_counted_again_and_what_was_there_before_is_cached() -> None:
    counter = UsageCounter(words)
    first = [said("user", "what I said", "a")]
    counter.note_audio(ItemId("a"), 2.0)
    counter.note_audio(ItemId("b"), 1.0)
    second = [*first, said("assistant", "my answer", "b"), said("user", "in writing", "c")]

    before = counter.input_of(first, "be brief", (), in_conversation=True)
    after = counter.input_of(second, "be brief", (), in_conversation=True)

    assert (before.input_text, before.input_audio, before.cached_text) == (2, 20, 0)
    assert (after.input_text, after.input_audio) == (2 + 2, 20 + 20)
    assert (after.cached_text, after.cached_audio) == (2, 20)


def test_other_instructions_leave_nothing_cached() -> None:
    counter = UsageCounter(words)
    heard = [said("user", "hello", "a")]
    counter.input_of(heard, "be brief", (), in_conversation=True)

    after = counter.input_of(heard, "be loud", (), in_conversation=True)

    assert (after.cached_text, after.cached_audio) == (0, 0)


def test_a_reply_beside_the_conversation_does_not_change_what_is_cached() -> None:
    counter = UsageCounter(words)
    heard = [said("user", "hello there", "a")]
    counter.input_of(heard, "", (), in_conversation=True)
    counter.input_of([], "another question", (), in_conversation=False)

    assert counter.input_of(heard, "", (), in_conversation=True).cached_text == 2


def test_tools_and_calls_are_text_and_a_deleted_item_is_no_audio() -> None:
    counter = UsageCounter(words)
    counter.note_audio(ItemId("a"), 2.0)
    counter.forget(ItemId("a"))
    call = ContextCall(call_id=CallId("c"), name="get ", arguments="some thing")
    message = ContextMessage(role="assistant", text="", item_id=ItemId("a"), call=call)

    usage = counter.input_of([message], "", ({"name": "get"},), in_conversation=True)

    assert (usage.input_text, usage.input_audio) == (3 + 2, 0)


def test_a_service_elsewhere_reads_all_of_it_as_text_and_nothing_cached() -> None:
    counter = UsageCounter(words)
    counter.note_audio(ItemId("a"), 2.0)
    heard = [said("user", "what I said", "a"), said("user", "in writing", "b")]
    counter.input_of(heard, "be brief", (), in_conversation=True)

    usage = counter.input_of(heard, "be brief", (), in_conversation=True, as_text=True)

    assert usage == Usage(input_text=2 + 3 + 2)
