"""The library of recorded sessions, composed: folders, figures and prices."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial

from app.core.errors import StoreError
from app.core.library import SessionFigures
from app.core.money import CostStatus
from app.core.ports import PriceBook
from app.core.ports.store import StoredSession
from app.store.layout import sessions_root
from app.store.library import FolderLibrary

NO_PRICES = "none"
"""The fingerprint where nobody knows what anything costs."""


def open_library(
    root: str | None, book: PriceBook | None, environment: Mapping[str, str]
) -> FolderLibrary:
    """Return the library of a folder of sessions; nothing is opened before it is used.

    Args:
        root: The folder, or None for the user's own.
        book: What models cost, or None where nobody knows.
        environment: Tells where the user's own sessions are.
    """
    return FolderLibrary(
        sessions_root(root, environment), _Figures(book), partial(_fingerprint, book)
    )


def _fingerprint(book: PriceBook | None) -> str:
    return NO_PRICES if book is None else book.fingerprint


@contextmanager
def _loading() -> Iterator[None]:
    """Tell a part of the program that cannot be loaded from a session that cannot be reckoned.

    Raises:
        StoreError: In place of what a broken installation raises, whatever session is looked at.
    """
    try:
        yield
    except (ImportError, ArithmeticError, ValueError) as exc:  # numpy: "dtype size changed"
        raise StoreError(
            f"Figures cannot be worked out: a part of the program cannot be loaded ({exc}).",
            hint="Install the program again.",
        ) from exc


class _Figures:
    """Implements ``Figuring``; numerical libraries are loaded when it is first asked."""

    def __init__(self, book: PriceBook | None) -> None:
        self._book = book

    def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
        with _loading():
            from app.metrics.billing import billed, to_text  # noqa: PLC0415
            from app.metrics.cost import billed_row, price_billed  # noqa: PLC0415
            from app.metrics.summary import glance  # noqa: PLC0415

        seen, used = glance(stored.turns), billed(stored.turns, stored.record)
        cost = price_billed(used, billed_row(used, self._book))
        figures = SessionFigures(
            v2v_p50_ms=seen.v2v_p50_ms,
            v2v_p95_ms=seen.v2v_p95_ms,
            interruptions_n=seen.interruptions_n,
            cost_usd=cost.usd,
            cost_status=cost.status,
        )
        return figures, to_text(used)

    def priced(self, billed: str) -> tuple[Decimal | None, CostStatus]:
        with _loading():
            from app.metrics.billing import from_text  # noqa: PLC0415
            from app.metrics.cost import billed_row, price_billed  # noqa: PLC0415

        used = from_text(billed)
        cost = price_billed(used, billed_row(used, self._book))
        return cost.usd, cost.status
