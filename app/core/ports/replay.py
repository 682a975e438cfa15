"""A recorded session, prepared for being played back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.ports.store import StoredSession


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """A place in a score: where its next line begins, and the instant that has been reached."""

    offset: int
    due_ns: Nanoseconds


class ScoreLine(NamedTuple):
    """An event of the program, or a run of them; there are millions.

    Attributes:
        due_ns: When it was told, as near as the journal knows: never before an earlier line. Of
            a run: its last.
        name: Of the event; "" is a run of ``JOINED`` with no other event between.
        fields: A JSON object, as it was read; of a run: its lines, whole.
        offset: Where it begins; ``before_ns``: the instant that was reached before it.
    """

    due_ns: Nanoseconds
    name: str
    fields: bytes
    offset: int
    before_ns: int

    @property
    def before(self) -> ScorePlace:
        """The place from which it is read."""
        return ScorePlace(self.offset, Nanoseconds(self.before_ns))


@dataclass(frozen=True, slots=True)
class ScorePage:
    """Lines in their order, and where the next ones begin; ``after`` None: there are none."""

    lines: Sequence[ScoreLine]
    after: ScorePlace | None


JOINED: Final = frozenset({"ResponseText", "ResponseAudio"})
"""Pieces of replies: nine events of ten are such."""


class SessionScore(Protocol):
    """Reads a session in the order in which it happened. Every call may block on the disk.

    Any thread, one at a time. Nothing of it grows with the length of the session but a mark a
    second.

    Attributes:
        stored: The account and the turns.
        start: Where it begins; None where no events were kept.
        end_ns: Instant of its last sound or event.
        names: Which events there are, with how many of each.
        odd: Sentences about what is missing, damaged or of a newer version.
        frames: Frames of sound, 24 kHz; 0 where none was kept.
    """

    @property
    def stored(self) -> StoredSession:
        """See the class."""
        ...

    @property
    def start(self) -> ScorePlace | None:
        """See the class."""
        ...

    @property
    def end_ns(self) -> Nanoseconds:
        """See the class."""
        ...

    @property
    def names(self) -> "dict[str, int]":
        """See the class."""
        ...

    @property
    def odd(self) -> Sequence[str]:
        """See the class."""
        ...

    @property
    def frames(self) -> int:
        """See the class."""
        ...

    def read(self, place: ScorePlace, until_ns: Nanoseconds, *, joined: bool = False) -> ScorePage:
        """Return what is due before ``until_ns``, at most a page of it.

        ``joined``: runs of ``JOINED`` may come as one line each.
        What can no longer be read ends the score; it never raises.
        """
        ...

    def cut_off(self, response_id: str) -> bool:
        """Whether a reply may have been cut off before it was heard. Does not block."""
        ...

    def sound(self, first: int, last: int) -> tuple[Samples, Samples]:
        """Return user and agent from a frame to before another, as far as there are any.

        What can no longer be read is silence; it never raises.
        """
        ...

    def kept(self) -> bytes | None:
        """Return what ``keep`` was given last, of the session as it is; it may be anything."""
        ...

    def keep(self, data: bytes) -> None:
        """Keep ``data`` for the next time, where that is worth it; it never raises."""
        ...

    def close(self) -> None:
        """Give the files back. Safe to call twice."""
        ...
