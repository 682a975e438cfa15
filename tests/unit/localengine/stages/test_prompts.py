import json

import pytest

from app.localengine.ports import Message, Role, ToolCall
from app.localengine.stages.prompts import FewShotPrompt, PlainPrompt, estimate_tokens

EXAMPLES = 17


def talk(count: int) -> list[Message]:
    roles = (Role.USER, Role.ASSISTANT)
    return [Message(role=roles[n % 2], text=f"message {n}") for n in range(count)]


def few_shot(messages: list[Message]) -> list[tuple[str, str]]:
    return [(row["role"], row["content"]) for row in FewShotPrompt().wire_messages(messages)]


def test_every_prompt_begins_with_the_same_examples() -> None:
    one, other = few_shot(talk(1)), few_shot(talk(31))

    assert one[:EXAMPLES] == other[:EXAMPLES]
    assert one[0][0] == "system"
    assert one[EXAMPLES:] == [("user", "message 0")]


@pytest.mark.parametrize(("count", "first"), [(1, 0), (11, 0), (12, 0), (13, 8), (20, 8), (21, 16)])
def test_the_window_moves_eight_messages_at_once(count: int, first: int) -> None:
    shown = few_shot(talk(count))[EXAMPLES:]

    assert shown[0] == ("user", f"message {first}")
    assert len(shown) == count - first


def test_instructions_come_after_the_examples_and_are_cut() -> None:
    messages = [Message(role=Role.SYSTEM, text="x" * 1000), *talk(1)]

    assert few_shot(messages)[EXAMPLES:] == [("system", "x" * 400), ("user", "message 0")]


def test_long_and_empty_messages_are_cut_and_left_out() -> None:
    messages = [Message(role=Role.USER, text=" "), Message(role=Role.USER, text="y" * 1000)]

    assert few_shot(messages)[EXAMPLES:] == [("user", "y" * 400)]


def test_a_larger_model_gets_the_conversation_as_it_is() -> None:
    call = ToolCall(call_id="c1", name="get_weather", arguments='{"city": "Rome"}')
    messages = [
        Message(role=Role.SYSTEM, text="Be brief."),
        Message(role=Role.USER, text="Weather?"),
        Message(role=Role.ASSISTANT, text="", call=call),
        Message(role=Role.TOOL, text="sunny", call_id="c1"),
    ]

    rows = list(PlainPrompt().wire_messages(messages))

    assert rows[0] == {"role": "system", "content": "Be brief."}
    assert rows[2]["content"] is None
    assert rows[2]["tool_calls"][0]["function"]["arguments"] == '{"city": "Rome"}'
    assert rows[3] == {"role": "tool", "content": "sunny", "tool_call_id": "c1"}
    json.dumps(rows)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("Hello, world!", 4), ("a 2026 model", 6), ("internationalisation", 3)],
)
def test_tokens_are_estimated(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_the_oldest_messages_are_left_out_where_there_is_no_room() -> None:
    orders = Message(role=Role.SYSTEM, text="Be brief.")

    rows = list(PlainPrompt(most_tokens=40).wire_messages([orders, *talk(9)]))

    assert [row["content"] for row in rows] == ["Be brief.", "message 7", "message 8"]


def test_the_last_message_is_sent_however_long_it_is() -> None:
    rows = list(PlainPrompt(most_tokens=5).wire_messages(talk(3)))

    assert [row["content"] for row in rows] == ["message 2"]
