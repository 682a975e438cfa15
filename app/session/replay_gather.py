"""Pieces of a reply that follow each other with nothing between, made one: they tell the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from app.core.events import ResponseAudio, ResponseText
from app.core.ids import ResponseId
from app.session.replay_events import Recalled

MOST_PIECES: Final = 1_000
"""Of one run, so that an endless reply does not fill the memory."""

Piece: TypeAlias = ResponseAudio | ResponseText


class Gather:
    """Hands events on; of a run of one reply's words and audio, the first of each and the rest.

    The first piece keeps its instant, and the rest comes at the instant of its last. Of a reply
    that was cut off every piece is handed on: how its words lie among its audio matters.

    Args:
        take: Gets the events.
        cut: Whether a reply was cut off.
    """

    def __init__(self, take: Callable[[Recalled], None], cut: Callable[[ResponseId], bool]) -> None:
        self._take = take
        self._cut = cut
        self._run: dict[object, list[Piece]] = {}
        self._reply: ResponseId | None = None
        self._count = 0

    def put(self, event: Recalled) -> None:
        """Take in one event."""
        if not isinstance(event, ResponseAudio | ResponseText) or self._stands_alone(event):
            self.flush()
            self._take(event)
            return
        if event.response_id != self._reply or self._count >= MOST_PIECES:
            self.flush()
            self._reply = event.response_id
        self._count += 1
        pieces = self._run.get(_stream(event))
        if pieces is None:
            self._run[_stream(event)] = []
            self._take(event)
        else:
            pieces.append(event)

    def flush(self) -> None:
        """Hand on what is held back."""
        run, self._run = self._run, {}
        self._reply, self._count = None, 0
        for pieces in run.values():
            if pieces:
                self._take(_one(pieces))

    def _stands_alone(self, event: Piece) -> bool:
        empty = isinstance(event, ResponseAudio) and not event.pcm
        return empty or self._cut(event.response_id)


def _stream(event: Piece) -> object:
    """Return what pieces have in common that belong one behind the other."""
    kind = event.kind if isinstance(event, ResponseText) else None
    return kind, event.item_id, event.output_index, event.content_index


def _one(pieces: list[Piece]) -> Piece:
    last = pieces[-1]
    if isinstance(last, ResponseText):
        text = "".join(each.text for each in pieces if isinstance(each, ResponseText))
        return replace(last, text=text)
    return replace(
        last, pcm=bytes(sum(len(each.pcm) for each in pieces if isinstance(each, ResponseAudio)))
    )
