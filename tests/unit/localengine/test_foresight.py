from collections.abc import Callable

import pytest

from app.localengine.foresight import Foresight
from app.localengine.pipeline import ReadyWords
from app.localengine.ports import Message, ReplyRequest, Role


def asked(text: str, **more: object) -> ReplyRequest:
    return ReplyRequest(messages=[Message(role=Role.USER, text=text)], **more)  # type: ignore[arg-type]  # keyword values of many types


class Begun:
    """Begins replies to everything but "skill"; knows which of them were stopped."""

    def __init__(self) -> None:
        self.words: dict[str, ReadyWords] = {}

    def __call__(self, request: ReplyRequest) -> ReadyWords | None:
        text = request.messages[0].text
        if text == "skill":
            return None
        self.words[text] = ReadyWords(["An answer."], len)
        return self.words[text]

    @property
    def stopped(self) -> list[str]:
        return [text for text, words in self.words.items() if words.ended]


@pytest.fixture
def begun() -> Begun:
    return Begun()


def guess(begun: Begun, *texts: str | None) -> Foresight:
    foresight = Foresight(begun)
    on_guess = foresight.watch(asked)
    for text in texts:
        on_guess(text)
    return foresight


def test_what_was_begun_is_taken_once(begun: Begun) -> None:
    foresight = guess(begun, "hello")

    assert foresight.take(asked("hello")) is begun.words["hello"]
    assert foresight.take(asked("hello")) is None
    assert begun.stopped == []


@pytest.mark.parametrize(
    "other",
    [asked("hallo"), asked("hello", instructions="Shout."), asked("hello", max_output_tokens=1)],
    ids=["words", "instructions", "bound"],
)
def test_a_different_request_does_not_get_it(begun: Begun, other: ReplyRequest) -> None:
    assert guess(begun, "hello").take(other) is None


@pytest.mark.parametrize("after", [None, "hello you"], ids=["speech goes on", "a better guess"])
def test_a_guess_that_falls_is_stopped(begun: Begun, after: str | None) -> None:
    foresight = guess(begun, "hello", after)

    assert begun.stopped == ["hello"]
    assert foresight.take(asked("hello")) is None


@pytest.mark.parametrize("text", ["", "skill"], ids=["no words", "a skill"])
def test_nothing_is_begun_without_need(begun: Begun, text: str) -> None:
    assert guess(begun, text).take(asked(text)) is None


def test_four_are_kept_and_the_oldest_is_dropped(begun: Begun) -> None:
    foresight = Foresight(begun)
    tell: list[Callable[[str | None], None]] = [foresight.watch(asked) for _ in range(5)]

    for number, on_guess in enumerate(tell):
        on_guess(f"text {number}")

    assert begun.stopped == ["text 0"]
    foresight.close()
    assert len(begun.stopped) == 5
