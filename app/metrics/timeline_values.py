"""Small values that a turn's timeline is made of."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar, overload

from app.core.clock import Nanoseconds
from app.core.ids import ResponseId

MAX_KEPT: Final = 100_000
"""Values that a series keeps: of pieces of 20 ms, half an hour. Totals go on beyond it."""

FOREVER: Final = Nanoseconds(2**63 - 1)

T = TypeVar("T")


class Modality(StrEnum):
    """What the first token of a reply was."""

    TEXT = "text"
    TRANSCRIPT = "transcript"
    AUDIO = "audio"
    FUNCTION = "function"


class AudioArrival(NamedTuple):
    """A piece of reply audio of ``frames`` at 24 kHz reached us."""

    response_id: ResponseId
    at_ns: Nanoseconds
    frames: int


class TextArrival(NamedTuple):
    """A piece of the reply's words reached us."""

    response_id: ResponseId
    at_ns: Nanoseconds
    text: str = ""


class Span(NamedTuple):
    """From one instant to another; ``end_ns`` is None while it goes on."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds | None


class Series(Sequence[T]):
    """An immutable sequence that grows in constant time.

    ``plus`` gives a longer one and leaves this one as it is; both share what they have in
    common. Past MAX_KEPT values nothing is added. One thread only.
    """

    __slots__ = ("_length", "_shared")

    def __init__(self, values: Sequence[T] = ()) -> None:
        self._shared = list(values[:MAX_KEPT])
        self._length = len(self._shared)

    def plus(self, value: T) -> "Series[T]":
        """Return this series with ``value`` at its end."""
        if self._length >= MAX_KEPT:
            return self
        longer: Series[T] = Series.__new__(Series)
        # Where another series has gone on from here already, the two part company.
        mine = len(self._shared) == self._length
        longer._shared = self._shared if mine else self._shared[: self._length]
        longer._shared.append(value)
        longer._length = self._length + 1
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return self._shared[: self._length][index]
        return self._shared[range(self._length)[index]]

    def __iter__(self) -> Iterator[T]:
        return iter(self._shared[: self._length])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Series({list(self)!r})"
