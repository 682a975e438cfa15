"""The library's page: every recorded session, found again."""

from app.ui.panes.library.page import LibraryPane

__all__ = ["LibraryPane"]
