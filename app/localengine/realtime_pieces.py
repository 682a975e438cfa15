"""Writing an engine's pieces as the wire's events, and counting them."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds
from app.core.errors import ConnectionEndedError
from app.core.ids import CallId, ItemId
from app.dsp.pcm import to_bytes
from app.localengine.ports import (
    ReplyAudio,
    ReplyCall,
    ReplyCut,
    ReplyFailed,
    ReplyIncomplete,
    ReplyOver,
    ReplyPiece,
    ReplyRaw,
    ReplyStray,
    ReplyText,
)
from app.localengine.realtime_line import Line
from app.localengine.realtime_usage import ASSISTANT_TOKENS_PER_S, audio_tokens
from app.protocols.openai_realtime.server_response import Failure, ResponseWriter
from app.protocols.openai_realtime.server_values import ContextCall, Finish, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a reply ends. ``goes_on``: more is sent of it nevertheless."""

    status: Finish
    reason: str | None = None
    failure: Failure | None = None
    goes_on: bool = False


@dataclass(slots=True)
class Progress:
    """How far a reply has come.

    Attributes:
        audio_ms: Audio of all its items.
        text_tokens: Tokens of its words.
        first_audio_ns: When its first audio was handed over, or None.
    """

    writer: ResponseWriter
    audio_ms: float = 0.0
    text_tokens: int = 0
    calls: list[str] = field(default_factory=list)
    first_audio_ns: Nanoseconds | None = None
    _words: dict[ItemId, list[str]] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Keep words of the item that is being written."""
        if self.writer.item_id is not None:
            self._words.setdefault(self.writer.item_id, []).append(text)

    def words_of(self, item_id: ItemId) -> str:
        """Return what an item says so far."""
        return "".join(self._words.get(item_id, ()))

    def usage(self, given: Usage, count: Callable[[str], int]) -> Usage:
        """Return the reply's tokens; ``given`` is their input side."""
        return Usage(
            input_text=given.input_text,
            input_audio=given.input_audio,
            cached_text=given.cached_text,
            cached_audio=given.cached_audio,
            output_text=self.text_tokens + sum(count(call) for call in self.calls),
            output_audio=audio_tokens(self.audio_ms / 1000, ASSISTANT_TOKENS_PER_S),
        )


def _text(progress: Progress, piece: ReplyText, line: Line) -> None:
    del line
    progress.writer.text(piece.text)
    progress.say(piece.text)
    progress.text_tokens += piece.tokens


def _audio(progress: Progress, piece: ReplyAudio, line: Line) -> None:
    del line
    progress.writer.audio(to_bytes(piece.samples))
    progress.audio_ms += len(piece.samples) * 1000 / SESSION_RATE_HZ


def _call(progress: Progress, piece: ReplyCall, line: Line) -> None:
    del line
    call = piece.call
    progress.writer.call(
        ContextCall(call_id=CallId(call.call_id), name=call.name, arguments=call.arguments)
    )
    progress.calls.append(call.name + call.arguments)


def _incomplete(progress: Progress, piece: ReplyIncomplete, line: Line) -> End:
    del progress, line
    return End(status=Finish.INCOMPLETE, reason=piece.reason)


def _failed(progress: Progress, piece: ReplyFailed, line: Line) -> End:
    del progress, line
    return End(status=Finish.FAILED, failure=Failure(code=piece.code, message=piece.message))


def _raw(progress: Progress, piece: ReplyRaw, line: Line) -> None:
    del progress
    line.raw(piece.message)


def _over(progress: Progress, piece: ReplyOver, line: Line) -> End:
    del progress, piece, line
    return End(status=Finish.COMPLETED, goes_on=True)


def _stray(progress: Progress, piece: ReplyStray, line: Line) -> None:
    """Send audio as the reply's own, whatever has become of it."""
    writer = progress.writer
    delta = {
        "type": "response.output_audio.delta",
        "event_id": f"event_{secrets.token_hex(8)}",
        "response_id": writer.response_id,
        "item_id": writer.item_id,
        "output_index": 0,
        "content_index": 0,
        "delta": base64.b64encode(to_bytes(piece.samples)).decode(),
    }
    line.raw(json.dumps(delta))


def _cut(progress: Progress, piece: ReplyCut, line: Line) -> None:
    del progress, piece
    line.cut()
    raise ConnectionEndedError("the simulator was told to die", code=None, reason="", clean=False)


Write: TypeAlias = Callable[[Progress, Any, Line], End | None]
WRITERS: Final[Mapping[type[ReplyPiece], Write]] = {
    ReplyText: _text,
    ReplyAudio: _audio,
    ReplyCall: _call,
    ReplyIncomplete: _incomplete,
    ReplyFailed: _failed,
    ReplyRaw: _raw,
    ReplyOver: _over,
    ReplyStray: _stray,
    ReplyCut: _cut,
}
"""How each piece is written; an ``End`` ends the reply."""
