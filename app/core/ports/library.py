"""The library of recorded sessions, and what things cost."""

from collections.abc import Callable, Sequence
from typing import Protocol

from app.core.library import Annotation, LibraryPage, LibraryQuery, Refreshed, Retention
from app.core.money import PriceRow


class Library(Protocol):
    """An index over folders of sessions. Every call may block on the disk; any thread.

    The folders are the truth: the index may be thrown away at any time. What the user writes
    on a session (tags, note, star) lies in the session's folder.
    """

    def query(self, query: LibraryQuery) -> LibraryPage:
        """Return a page; never raises for what is asked."""
        ...

    def refresh(self, told: Callable[[int, int], bool] | None = None) -> Refreshed:
        """Bring the index up to date with the folders.

        Args:
            told: Is told how many of how many are done; False breaks off.
        """
        ...

    def rebuild(self, told: Callable[[int, int], bool] | None = None) -> Refreshed:
        """Throw the index away and make it anew."""
        ...

    def annotate(self, keys: Sequence[str], change: Annotation) -> tuple[str, ...]:
        """Write on sessions; return a sentence for each that could not be written on."""
        ...

    def trash(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Put sessions into the trash; return a sentence for each that stays."""
        ...

    def restore(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Take sessions out of the trash; return a sentence for each that stays there."""
        ...

    def delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Delete sessions that are in the trash, for good."""
        ...

    def retain(
        self, rule: Retention, *, dry: bool, go_on: Callable[[], bool] = ...
    ) -> tuple[str, ...]:
        """Trash, and empty from the trash, what ``rule`` says; ``dry`` only tells the keys.

        Args:
            rule: What is kept.
            dry: Only tell.
            go_on: Is asked between two sessions; False breaks off.
        """
        ...

    def close(self) -> None:
        """Give back what it holds open; the next call opens it again."""
        ...


class PriceBook(Protocol):
    """What models cost, from all sources. Any thread; ``set`` and ``remove`` touch the disk.

    Attributes:
        table_date: The newest date on which a source was read, ISO.
        fingerprint: Changes whenever a price does.
    """

    @property
    def table_date(self) -> str:
        """See the class."""
        ...

    @property
    def fingerprint(self) -> str:
        """See the class."""
        ...

    def row(self, provider: str, model: str | None, on: str | None = None) -> PriceRow | None:
        """Return what a model is billed at on an ISO date (None: today's), or None: unpriced."""
        ...

    def history(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """Return all that is known of a model, oldest first, of every source."""
        ...

    def rows(self) -> tuple[PriceRow, ...]:
        """Return what is believed today, one row a model."""
        ...

    def set(self, row: PriceRow) -> None:
        """Keep a price of the user's own, in place of theirs of the same model and first day.

        Raises:
            StoreError: If it cannot be written.
        """
        ...

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        """Forget a price of the user's own; False if there was none.

        Raises:
            StoreError: If it cannot be written.
        """
        ...
