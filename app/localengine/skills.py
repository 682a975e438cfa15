"""What the embedded engine always gets right, so that a test can assert it.

A very small language model is fluent and often wrong. These skills are asked first, in the
order of ``SKILLS``; what none of them knows goes to the model. They read the words as a
recogniser spells them: with or without punctuation, numbers in digits or in words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from app.localengine.ports import Message, ReplyRequest, Role, ToolCall
from app.localengine.skills_numbers import NUMBER, parse_number, plain_words, show_number
from app.localengine.skills_story import STORY
from app.localengine.skills_tools import call_tool, tell_results

_MOST_COUNTED = 200
_LONGEST_REPEAT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a skill gets to see.

    Attributes:
        heard: The user's last words as they are.
        words: The same in lower case without punctuation.
        now: Wall time with its zone.
    """

    heard: str
    words: str
    now: datetime
    request: ReplyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An answer in words, sentence by sentence."""

    sentences: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An answer that is a function call."""

    call: ToolCall


Answer: TypeAlias = Say | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One thing that is known for certain. ``answer`` gives None where it is not asked for."""

    name: str
    example: str
    answer: Callable[[Ask], Answer | None]


def answer(request: ReplyRequest, now: datetime) -> Answer | None:
    """Return what the first skill that is asked for says, or None if the model must think."""
    heard = _last_words(request.messages)
    ask = Ask(heard=heard, words=plain_words(heard), now=now, request=request)
    return next((found for skill in SKILLS if (found := skill.answer(ask)) is not None), None)


def _last_words(messages: Sequence[Message]) -> str:
    for message in reversed(messages):
        if message.role is Role.USER:
            return message.text
    return ""


def _tool_result(ask: Ask) -> Answer | None:
    told = tell_results(ask.request.messages)
    return None if told is None else Say(sentences=told)


def _tool_call(ask: Ask) -> Answer | None:
    call = call_tool(ask.request, ask.heard)
    return None if call is None else Call(call=call)


def _silence(ask: Ask) -> Answer | None:
    asked = any(message.role is Role.USER for message in ask.request.messages)
    if ask.words or not asked or ask.request.instructions.strip():
        return None
    return Say(sentences=("I did not hear any words.", "Could you say that again?"))


_REPEAT = re.compile(
    r"\b(?:repeat|say) (?:this )?after me\b[\s,.:;!-]*(.+)", re.IGNORECASE | re.DOTALL
)


def _repeat(ask: Ask) -> Answer | None:
    found = _REPEAT.search(ask.heard)
    if found is None or not plain_words(found[1]):
        return None
    said = found[1].strip()[:_LONGEST_REPEAT]
    return Say(sentences=(said[0].upper() + said[1:],))


_HOW = r"(?:(?:up|slowly|aloud|out loud|for me) )*"
_COUNT_UP = re.compile(rf"\bcount {_HOW}(?:from ({NUMBER}) )?{_HOW}to ({NUMBER})\b")


def _count(ask: Ask) -> Answer | None:
    found = _COUNT_UP.search(ask.words)
    if found is None:
        return None
    first = parse_number(found[1]) if found[1] else Fraction(1)
    last = parse_number(found[2])
    if first is None or last is None or {first.denominator, last.denominator} != {1}:
        return None
    if abs(last - first) >= _MOST_COUNTED:
        return Say(sentences=(f"That is a long way. I count {_MOST_COUNTED} numbers at most.",))
    step = 1 if last >= first else -1
    numbers = [str(n) for n in range(int(first), int(last) + step, step)]
    rows = [", ".join(numbers[at : at + 10]) for at in range(0, len(numbers), 10)]
    return Say(sentences=(*(row + "," for row in rows[:-1]), rows[-1] + "."))


_OPERATORS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "multiplied by": lambda a, b: a * b,
    "divided by": lambda a, b: a / b,
    "over": lambda a, b: a / b,
}
_BINDS_FIRST = ("times", "multiplied by", "divided by", "over")
_OPERATOR = "|".join(_OPERATORS)
_SUM = re.compile(
    r"(?:.*\b(?:what is|what's|whats|how much is|how much are|calculate|compute|work out) )?"
    rf"({NUMBER}(?: (?:{_OPERATOR}) {NUMBER})+)(?: (?:please|equals|equal|is))*"
)
_TERM = re.compile(rf"({NUMBER})(?: ({_OPERATOR})(?= ))?")


def _arithmetic(ask: Ask) -> Answer | None:
    found = _SUM.fullmatch(ask.words)
    if found is None:
        return None
    spoken = found[1]
    numbers: list[Fraction] = []
    operators: list[str] = []
    for term in re.split(rf" ({_OPERATOR}) (?={NUMBER})", spoken):
        if term in _OPERATORS:
            operators.append(term)
        elif (value := parse_number(term)) is not None:
            numbers.append(value)
    if len(numbers) != len(operators) + 1:
        return None
    try:
        result = _evaluate(numbers, operators)
    except ZeroDivisionError:
        return Say(sentences=("Nothing can be divided by zero.",))
    terms = [show_number(numbers[0])]
    for operator, number in zip(operators, numbers[1:], strict=True):
        terms += [operator, show_number(number)]
    return Say(sentences=(f"{' '.join(terms)} is {show_number(result)}.",))


def _evaluate(numbers: list[Fraction], operators: list[str]) -> Fraction:
    """Apply products before sums, each from left to right."""
    sums, left = list[tuple[str, Fraction]](), numbers[0]
    pending = "plus"
    for operator, number in zip(operators, numbers[1:], strict=True):
        if operator in _BINDS_FIRST:
            left = _OPERATORS[operator](left, number)
        else:
            sums.append((pending, left))
            pending, left = operator, number
    total = Fraction(0)
    for operator, number in [*sums, (pending, left)]:
        total = _OPERATORS[operator](total, number)
    return total


_TIME = re.compile(
    r"\b(?:what time is it|what's the time|whats the time|what is the time"
    r"|tell me the time|what time it is|the current time|time is it)\b"
)
_DATE = re.compile(
    r"\b(?:what day is (?:it|today)|what's the date|whats the date|what is the date"
    r"|what date is (?:it|today)|what(?:'s| is) today's date|what(?:'s| is) todays date"
    r"|tell me the date|tell me today's date|what day it is|the current date)\b"
)


def _time(ask: Ask) -> Answer | None:
    if _TIME.search(ask.words) is None:
        return None
    hour = ask.now.hour % 12 or 12
    return Say(sentences=(f"It is {hour}:{ask.now:%M} {'AM' if ask.now.hour < 12 else 'PM'}.",))  # noqa: PLR2004


def _date(ask: Ask) -> Answer | None:
    if _DATE.search(ask.words) is None:
        return None
    return Say(sentences=(f"Today is {ask.now:%A}, {ask.now:%B} {ask.now.day}, {ask.now.year}.",))


_STORY = re.compile(
    r"\b(?:tell|read|give) (?:me|us) (?:a|another|your) (?:very )?(?:long )?(?:bedtime )?story\b"
    r"|\btell (?:me |us )?a (?:very )?long\b|\blong (?:answer|story)\b|\btalk for a long time\b"
)


def _story(ask: Ask) -> Answer | None:
    return Say(sentences=STORY) if _STORY.search(ask.words) else None


SKILLS: tuple[Skill, ...] = (
    Skill(name="answer after a tool", example="(a function's result)", answer=_tool_result),
    Skill(name="call a tool", example="What is the weather in Paris?", answer=_tool_call),
    Skill(name="nothing heard", example="(noise)", answer=_silence),
    Skill(name="repeat after me", example="Repeat after me: red lorry", answer=_repeat),
    Skill(name="count", example="Count to ten", answer=_count),
    Skill(name="arithmetic", example="What is 12 times 7?", answer=_arithmetic),
    Skill(name="time", example="What time is it?", answer=_time),
    Skill(name="date", example="What day is it today?", answer=_date),
    Skill(name="long story", example="Tell me a long story", answer=_story),
)
"""Every skill, in the order they are asked."""
