"""Words as subtitles show them: lines that fit, cues of two lines, and times for them.

Source: 42 characters a line and two lines a cue are what broadcasters and streaming services
ask for; a wide (East Asian) character takes the room of two (Unicode Standard Annex 11).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LINE_WIDTH: Final = 42
LINES: Final = 2
SHORTEST_MS: Final = 1

_SENTENCE: Final = re.compile(
    r"(?<=[.!?\u2026\u061f] )|(?<=[.!?\u2026\u061f][\"'\u201d\u2019)\]] )|(?<=[\u3002\uff01\uff1f])"
)
"""Behind the end of a sentence, in text with single blanks."""
_LONGEST_PIECE: Final = LINE_WIDTH // 2
_JOINER: Final = "\u200d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Lines that are shown for a time, ms of session time."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def spread(text: str, start_ms: int, end_ms: int, *, room: int = 0) -> list[Cue]:
    """Return ``text`` in cues that follow each other from ``start_ms`` to ``end_ms``.

    A cue ends where a sentence does, if two lines hold it; each lasts as long as its share of
    the characters.

    Args:
        text: Words, in any script; line breaks count as blanks.
        start_ms: When they begin.
        end_ms: When they end; it is later where a cue would have less than a millisecond.
        room: Columns that the first line of each cue needs for something else.
    """
    parts = list(_cues(one_line(text), room))
    lengths = [sum(map(len, lines)) for lines in parts]
    whole = max(sum(lengths), 1)
    span = max(end_ms - start_ms, SHORTEST_MS * len(parts))
    cues: list[Cue] = []
    passed, at_ms = 0, start_ms
    for number, (lines, length) in enumerate(zip(parts, lengths, strict=True), 1):
        passed += length
        least = at_ms + SHORTEST_MS
        until = max(start_ms + round(span * passed / whole), least)
        until = min(until, start_ms + span - SHORTEST_MS * (len(parts) - number))
        until = max(until, least)
        cues.append(Cue(start_ms=at_ms, end_ms=until, lines=tuple(lines)))
        at_ms = until
    return cues


def one_line(text: str) -> str:
    """Return ``text`` with single blanks and no control characters; marks of direction stay."""
    kept = (
        c if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp", "Cn"} else " " for c in text
    )
    return " ".join("".join(kept).split())


def _cues(text: str, room: int) -> Iterator[Sequence[str]]:
    """Yield the lines of each cue: as many whole sentences as two lines hold."""
    held = ""
    for sentence in filter(None, _SENTENCE.split(text)):
        if held and len(wrapped(held + sentence, room)) > LINES:
            yield wrapped(held, room)
            held = ""
        held += sentence
        while len(lines := wrapped(held, room)) > LINES:
            yield lines[:LINES]
            for line in lines[:LINES]:
                held = held.lstrip().removeprefix(line)
    if held.strip():
        yield wrapped(held, room)


def wrapped(text: str, room: int = 0) -> list[str]:
    """Return ``text`` in lines that fit; ``room`` columns of the first are taken."""
    lines: list[str] = []
    line, left = "", LINE_WIDTH - room
    for blank, piece in _pieces(text):
        glued = f"{line}{blank}{piece}" if line else piece
        if line and width(glued) > left:
            lines.append(line)
            line, left = piece, LINE_WIDTH
        else:
            line = glued
    return [*lines, line] if line else lines


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield words with the blank before them, and parts of words that are long, without.

    Nothing that a reader sees as one sign is cut.
    """
    for word in text.split():
        if width(word) <= _LONGEST_PIECE:
            yield " ", word
            continue
        blank, piece = " ", ""
        for sign in signs(word):
            if piece and width(piece) + width(sign) > _LONGEST_PIECE:
                yield blank, piece
                blank, piece = "", ""
            piece += sign
        yield blank, piece


def signs(text: str) -> Iterator[str]:
    """Yield what a reader sees as one: a letter with its marks, emoji that are joined."""
    sign = ""
    for letter in text:
        if sign and not (_extends(letter) or sign.endswith(_JOINER)):
            yield sign
            sign = ""
        sign += letter
    if sign:
        yield sign


def _extends(letter: str) -> bool:
    modifier = "\U0001f3fb" <= letter <= "\U0001f3ff"
    return unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"} or modifier


def width(text: str) -> int:
    """Return the columns that ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
