"""Pieces of a reply as the journal has them: nine lines of ten are such, and they are read fast."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from app.core.clock import Nanoseconds
from app.core.events import ResponseAudio, ResponseText, TextKind
from app.core.ids import ItemId, ResponseId
from app.core.ports import ScoreLine
from app.session.replay_events import LONGEST_AUDIO, Recalled, recalled


class Counted(msgspec.Struct, gc=False):
    """Audio of which the journal keeps its length."""

    bytes: int


class Words(msgspec.Struct, gc=False):
    """A piece of a reply's words; members are those of ``ResponseText``."""

    at_ns: int
    response_id: str
    item_id: str
    output_index: int
    content_index: int
    kind: TextKind
    text: str


class Sound(msgspec.Struct, gc=False):
    """A piece of a reply's audio; members are those of ``ResponseAudio``, but for its samples."""

    at_ns: int
    response_id: str
    item_id: str
    output_index: int
    content_index: int
    pcm: Counted


Piece: TypeAlias = Words | Sound
_DAMAGE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_DECODERS: Final[Mapping[str, msgspec.json.Decoder[Piece]]] = MappingProxyType(
    {
        ResponseText.__name__: msgspec.json.Decoder(Words),
        ResponseAudio.__name__: msgspec.json.Decoder(Sound),
    }
)


def gone_over(line: ScoreLine, *, wordless: bool) -> Recalled | Piece | None:
    """Return what ``recalled`` does, but a piece of a reply as one.

    Args:
        line: Of the journal.
        wordless: See ``recalled``; then every piece is an event.
    """
    decoder = None if wordless else _DECODERS.get(line.name)
    if decoder is None:
        return recalled(line, wordless=wordless)
    try:
        piece = decoder.decode(line.fields)
    except _DAMAGE:
        return None
    return piece if isinstance(piece, Words) or _counts(piece) else None


class _WordsLine(msgspec.Struct, gc=False, tag_field="event", tag=ResponseText.__name__):
    fields: Words


class _SoundLine(msgspec.Struct, gc=False, tag_field="event", tag=ResponseAudio.__name__):
    fields: Sound


_RUN: Final = msgspec.json.Decoder(_WordsLine | _SoundLine)


def run_of(lines: bytes) -> tuple[Sequence[Piece], int]:
    """Return the pieces that lines of the journal tell, and how many lines do not fit."""
    try:
        found = [line.fields for line in _RUN.decode_lines(lines)]
    except _DAMAGE:
        found = [each for line in lines.splitlines() for each in _one(line)]
    fit = [each for each in found if isinstance(each, Words) or _counts(each)]
    return fit, lines.count(b"\n") - len(fit)


def _one(line: bytes) -> Sequence[Piece]:
    try:
        return (_RUN.decode(line).fields,)
    except _DAMAGE:
        return ()


def _counts(piece: Sound) -> bool:
    return 0 <= piece.pcm.bytes <= LONGEST_AUDIO


def piece_of(event: ResponseText | ResponseAudio) -> Piece:
    """Return what was said or sounded in an event."""
    ids = (
        event.at_ns,
        event.response_id,
        event.item_id,
        event.output_index,
        event.content_index,
    )
    if isinstance(event, ResponseText):
        return Words(*ids, event.kind, event.text)
    return Sound(*ids, Counted(len(event.pcm)))


def event_of(pieces: Sequence[Piece]) -> ResponseText | ResponseAudio:
    """Return pieces of one stream as one event, at the instant of the last; audio is silence."""
    last = pieces[-1]
    at_ns, item_id = Nanoseconds(last.at_ns), ItemId(last.item_id)
    if isinstance(last, Words):
        return ResponseText(
            at_ns=at_ns,
            response_id=ResponseId(last.response_id),
            item_id=item_id,
            output_index=last.output_index,
            content_index=last.content_index,
            kind=last.kind,
            text="".join(each.text for each in pieces if isinstance(each, Words)),
        )
    return ResponseAudio(
        at_ns=at_ns,
        response_id=ResponseId(last.response_id),
        item_id=item_id,
        output_index=last.output_index,
        content_index=last.content_index,
        pcm=bytes(sum(each.pcm.bytes for each in pieces if isinstance(each, Sound))),
    )
