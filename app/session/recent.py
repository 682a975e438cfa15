"""A set that remembers a bounded number of things, the oldest forgotten first."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last ``limit`` things that were added. One owner."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._things: OrderedDict[T, None] = OrderedDict()

    def add(self, thing: T) -> None:
        """Remember ``thing``; the oldest is forgotten beyond the limit."""
        self._things[thing] = None
        self._things.move_to_end(thing)
        while len(self._things) > self._limit:
            self._things.popitem(last=False)

    def __contains__(self, thing: object) -> bool:
        return thing in self._things
