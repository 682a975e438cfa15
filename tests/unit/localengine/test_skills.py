from datetime import UTC, datetime

import pytest

from app.localengine.ports import Message, ReplyRequest, Role, ToolCall
from app.localengine.skills import SKILLS, Call, Say, answer

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def say(text: str, now: datetime = NOW) -> str | None:
    """Return what is answered in words to ``text``, or None."""
    found = answer(ReplyRequest(messages=[Message(role=Role.USER, text=text)]), now)
    return " ".join(found.sentences) if isinstance(found, Say) else None


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("What is 12 times 7?", "12 times 7 is 84."),
        ("what's twelve times seven", "12 times 7 is 84."),
        ("How much is 12 x 7, please?", "12 times 7 is 84."),
        ("Hello, what is one hundred and five minus six?", "105 minus 6 is 99."),
        ("10 divided by 4", "10 divided by 4 is 2.5."),
        ("Calculate 2 + 3 * 4.", "2 plus 3 times 4 is 14."),
        ("What is 20 minus 3 minus 4?", "20 minus 3 minus 4 is 13."),
        ("What is 100 divided by 5 divided by 2?", "100 divided by 5 divided by 2 is 10."),
        ("What is minus five plus two?", "-5 plus 2 is -3."),
        ("What is 3.5 multiplied by 2?", "3.5 multiplied by 2 is 7."),
        ("What is 7 divided by zero?", "Nothing can be divided by zero."),
    ],
)
def test_arithmetic(asked: str, answered: str) -> None:
    assert say(asked) == answered


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Count to five.", "1, 2, 3, 4, 5."),
        ("Please count up to 3", "1, 2, 3."),
        ("Please count slowly from one to three.", "1, 2, 3."),
        ("Count aloud slowly up to 3", "1, 2, 3."),
        ("Count from 2 up to 3 please", "2, 3."),
        ("Can you count from 8 to 6?", "8, 7, 6."),
        ("Count to twelve", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12."),
        ("Count to a million.", "That is a long way. I count 200 numbers at most."),
        ("Count to 2.5", None),
    ],
)
def test_counting(asked: str, answered: str | None) -> None:
    assert say(asked) == answered


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Repeat after me: red lorry, yellow lorry.", "Red lorry, yellow lorry."),
        ("Please repeat after me, hello world", "Hello world"),
        ("Say after me good morning.", "Good morning."),
        ("Repeat after me.", None),
    ],
)
def test_repeating(asked: str, answered: str | None) -> None:
    assert say(asked) == answered


@pytest.mark.parametrize(
    ("asked", "hour", "answered"),
    [
        ("What time is it?", 14, "It is 2:05 PM."),
        ("Can you tell me the time, please?", 0, "It is 12:05 AM."),
        ("what's the time", 12, "It is 12:05 PM."),
        ("Do you know what time it is?", 9, "It is 9:05 AM."),
    ],
)
def test_the_time(asked: str, hour: int, answered: str) -> None:
    assert say(asked, NOW.replace(hour=hour)) == answered


@pytest.mark.parametrize(
    "asked", ["What day is it today?", "What's the date?", "What is today's date?"]
)
def test_the_date(asked: str) -> None:
    assert say(asked) == "Today is Saturday, November 21, 2026."


@pytest.mark.parametrize("asked", ["Tell me a long story.", "please tell me a story"])
def test_the_long_story_lasts_two_minutes(asked: str) -> None:
    told = say(asked)

    assert told is not None
    assert len(told.split()) > 300
    assert told.startswith("Here is a long story")


@pytest.mark.parametrize(
    "asked",
    [
        "What is the capital of France?",
        "I have twelve cats.",
        "Time flies.",
        "My number is 555 0123.",
        "What is love?",
        "I counted to ten.",
        "And so, my fellow Americans, ask not what your country can do for you.",
    ],
)
def test_what_no_skill_knows_is_left_to_the_model(asked: str) -> None:
    assert say(asked) is None


def test_noise_is_not_answered_by_the_model() -> None:
    assert say("  ") == "I did not hear any words. Could you say that again?"


def test_instructions_alone_are_left_to_the_model() -> None:
    assert answer(ReplyRequest(messages=[], instructions="Greet the user."), NOW) is None


def test_the_last_words_count() -> None:
    messages = [
        Message(role=Role.USER, text="Count to three."),
        Message(role=Role.ASSISTANT, text="1, 2, 3."),
        Message(role=Role.USER, text="What is 2 plus 2?"),
    ]

    assert answer(ReplyRequest(messages=messages), NOW) == Say(sentences=("2 plus 2 is 4.",))


def test_a_tool_comes_before_the_other_skills_and_its_result_before_all() -> None:
    tool = {"type": "function", "name": "get_time", "parameters": {"type": "object"}}
    asked = Message(role=Role.USER, text="What time is it?")
    call = ToolCall(call_id="call_1", name="get_time", arguments="{}")
    told = Message(role=Role.TOOL, text='{"time": "noon"}', call_id="call_1")
    made = Message(role=Role.ASSISTANT, text="", call=call)

    first = answer(ReplyRequest(messages=[asked], tools=[tool]), NOW)
    second = answer(ReplyRequest(messages=[asked, made, told], tools=[tool]), NOW)

    assert isinstance(first, Call)
    assert first.call.name == "get_time"
    assert second == Say(sentences=("The get_time result says: time noon.",))


def test_every_skill_has_a_name_and_an_example() -> None:
    assert len({skill.name for skill in SKILLS}) == len(SKILLS)
    assert all(skill.example for skill in SKILLS)
