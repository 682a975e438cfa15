"""The engine's reports, brought to the view-models on the GUI thread; requests, sent to it."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

from app.core.errors import EngineError, LocalProtocolError
from app.session.messages import EngineReport, EngineRequest, ProblemReport, Shutdown
from app.ui.ports import EngineLink

LOG = logging.getLogger("app.ui")

TOO_LONG = ProblemReport(
    sentence="That is more than can be sent at once; nothing of it was.", hint="Shorten the text."
)


class Bridge(QObject):
    """Owns the link. Every call and every callback is on the GUI thread."""

    def __init__(
        self, link_factory: Callable[[], EngineLink], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._factory = link_factory
        self._link: EngineLink | None = None
        self._notifier: QSocketNotifier | None = None
        self._take: Callable[[EngineReport], None] = _ignore
        self._lost: Callable[[str, str], None] = _ignore_loss

    @property
    def running(self) -> bool:
        """Whether the engine is there, as far as is known."""
        return self._notifier is not None

    def listen(
        self, take: Callable[[EngineReport], None], lost: Callable[[str, str], None]
    ) -> None:
        """Say who takes reports, and who is told a sentence and a detail when it is gone."""
        self._take, self._lost = take, lost

    def start(self) -> bool:
        """Start the engine, or start it anew; False if it did not start."""
        self._unwatch()
        try:
            if self._link is None:
                self._link = self._factory()
            else:
                self._link.restart()
            descriptor = self._link.fileno()
        except EngineError as exc:
            self._gone("The measuring engine did not start.", exc)
            return False
        self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self.drain)
        return True

    def drain(self) -> None:
        """Hand on the reports that wait."""
        if self._link is None:
            return
        try:
            reports = self._link.receive()
        except EngineError as exc:
            self._gone("The measuring engine ended unexpectedly.", exc)
            return
        for report in reports:
            self._take(report)

    def send(self, request: EngineRequest) -> None:
        """Send ``request``; if it is too long or the engine is gone, that is told instead."""
        if self._link is None or self._notifier is None:
            self._gone("The measuring engine does not run.", None)
            return
        try:
            self._link.send(request)
        except LocalProtocolError:
            self._take(TOO_LONG)
        except EngineError as exc:
            self._gone("The measuring engine ended unexpectedly.", exc)

    def close(self) -> None:
        """End the engine; from here on nobody is told anything. Safe to call twice."""
        self._unwatch()
        self._take, self._lost = _ignore, _ignore_loss  # its owner would keep the window alive
        link, self._link = self._link, None
        if link is None:
            return
        try:
            link.send(Shutdown())
        except EngineError:
            LOG.debug("! the engine was gone before it was asked to leave")
        link.close()

    def _gone(self, sentence: str, error: EngineError | None) -> None:
        self._unwatch()
        detail = "" if error is None else f"{error} {error.hint}".strip()
        self._lost(sentence, detail)

    def _unwatch(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None


def _ignore(_report: EngineReport) -> None:
    """Nobody listens yet."""


def _ignore_loss(_sentence: str, _detail: str) -> None:
    """Nobody listens yet."""
