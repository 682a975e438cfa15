"""How much of an item's words was heard, kept up to date while words and audio still come."""

from typing import Final

from app.core.audio_format import SESSION_RATE_HZ
from app.metrics.heard_words import Said, heard_chars, word_end

KEPT_PIECES: Final = 20_000
"""Pieces of words that are placed; no more characters than that are kept of an entry."""

_BYTES_PER_FRAME = 2


class SpokenItem:
    """One item of a reply: its words among its audio. One owner.

    Attributes:
        heard_ms: How much of it was played before it was cut off; None if it was not.
        complete: No more audio of it comes.
    """

    def __init__(self) -> None:
        self._said: list[Said] = []
        self._frames = 0
        self.heard_ms: float | None = None
        self.complete = False

    @property
    def audio_ms(self) -> float:
        """Its audio so far."""
        return self._frames * 1000 / SESSION_RATE_HZ

    def hear(self, pcm: bytes) -> None:
        """Take a piece of its audio, 16 bits at 24 kHz."""
        self._frames += len(pcm) // _BYTES_PER_FRAME

    def say(self, text: str) -> None:
        """Take a piece of its words."""
        if text and len(self._said) < KEPT_PIECES:
            self._said.append(Said(text, self.audio_ms))

    def heard_chars(self, text: str) -> int | None:
        """Return how many characters of ``text``, the words as they are shown, were heard.

        None if it was not cut off. Where the provider has replaced the pieces by other words,
        the same share of them counts.
        """
        if self.heard_ms is None:
            return None
        said = self._said or [Said(text, 0.0)]
        came = sum(len(piece.text) for piece in said)
        heard = heard_chars(
            said, audio_ms=self.audio_ms, heard_ms=self.heard_ms, complete=self.complete
        )
        if heard == came:
            return len(text)
        return word_end(text, heard * len(text) // came)
