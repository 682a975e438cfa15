"""Pieces of a reply that follow each other with nothing between, made one: they tell the same."""

from collections.abc import Callable, Sequence
from typing import Final

from app.core.events import ResponseAudio, ResponseText
from app.core.ids import ResponseId
from app.session.replay_events import Recalled
from app.session.replay_pieces import Piece, Sound, Words, event_of, piece_of

MOST_PIECES: Final = 1_000
"""Of one run, so that an endless reply does not fill the memory."""


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
        self._reply: str | None = None
        self._whole = False
        self._count = 0

    def put(self, event: Recalled | Piece) -> None:
        """Take in one event, or a piece of a reply."""
        if isinstance(event, ResponseText | ResponseAudio):
            event = piece_of(event)
        if isinstance(event, Words | Sound):
            self._put_piece(event)
        else:
            self.flush()
            self._take(event)

    def put_run(self, pieces: Sequence[Piece]) -> None:
        """Take in pieces that follow each other."""
        for piece in pieces:
            self._put_piece(piece)

    def flush(self) -> None:
        """Hand on what is held back."""
        if self._reply is None:
            return
        run, self._run = self._run, {}
        self._reply, self._count = None, 0
        for pieces in run.values():
            if pieces:
                self._take(event_of(pieces))

    def _put_piece(self, piece: Piece) -> None:
        if piece.response_id != self._reply or self._count >= MOST_PIECES:
            self.flush()
            self._reply = piece.response_id
            self._whole = not self._cut(ResponseId(piece.response_id))
        if not self._whole or (isinstance(piece, Sound) and not piece.pcm.bytes):
            self.flush()
            self._take(event_of((piece,)))
            return
        self._count += 1
        kind = piece.kind if isinstance(piece, Words) else None
        stream = kind, piece.item_id, piece.output_index, piece.content_index
        held = self._run.get(stream)
        if held is None:
            self._run[stream] = []
            self._take(event_of((piece,)))
        else:
            held.append(piece)
