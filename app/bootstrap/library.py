"""The library of recorded sessions, composed: folders, figures and prices."""

from collections.abc import Mapping
from functools import partial

from app.core.library import SessionFigures
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
        sessions_root(root, environment), partial(_figures, book), partial(_fingerprint, book)
    )


def _fingerprint(book: PriceBook | None) -> str:
    return NO_PRICES if book is None else book.fingerprint


def _figures(book: PriceBook | None, stored: StoredSession) -> SessionFigures:
    """Return what a session's turns come to; numerical libraries are loaded when first asked."""
    from app.metrics.cost import price_session  # noqa: PLC0415
    from app.metrics.summary import summarise  # noqa: PLC0415

    summary = summarise(stored.turns)
    cost = price_session(stored.turns, stored.record, book)
    return SessionFigures(
        v2v_p50_ms=summary.v2v_p50_ms,
        v2v_p95_ms=summary.v2v_p95_ms,
        interruptions_n=summary.interruptions_n,
        cost_usd=cost.usd,
        cost_status=cost.status,
    )
