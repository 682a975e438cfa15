"""Which figure is being played: the same one asked for again is stopped."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.observe import Signal
from app.session.messages import (
    EngineRequest,
    OutputChoice,
    PlayingReport,
    PlaySpan,
    SessionReport,
    StopPlaying,
)
from app.ui.vm.lanes_view import Span

AROUND_MS = 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure whose span is marked: a column of the turn table, and the turn."""

    metric: str
    turn_id: int


class PlayingViewModel:
    """What was asked to be played, and whether it still sounds.

    Attributes:
        telephone: It is played as a telephone would carry it.
        preview: Folder of the session that is heard from the library, or "".

    Signals:
        changed: Another figure, or silence.
    """

    def __init__(self, send: Callable[[EngineRequest], None]) -> None:
        self._send = send
        self.asked: Asked | None = None
        self.sounding = False
        self.telephone = False
        self.preview = ""
        self.changed = Signal[()]()

    def is_on(self, asked: Asked) -> bool:
        """Whether this very figure is being played."""
        return self.sounding and self.asked == asked

    def play(
        self, session: SessionReport, span: Span, output: OutputChoice, asked: Asked | None = None
    ) -> None:
        """Have a stretch of ``session`` played.

        With a figure behind it, a little of what is around is played, too: many a figure is
        that of a silence.
        """
        around_ms = 0.0 if asked is None else AROUND_MS
        self.asked, self.sounding, self.preview = asked, True, ""
        self.changed.emit()
        self._send(
            PlaySpan(
                folder=session.folder,
                start_ms=max(span.forward.start_ms - around_ms, 0.0),
                end_ms=span.forward.end_ms + around_ms,
                output=output,
                telephone=self.telephone,
            )
        )

    def listen(self, folder: str, duration_ms: float, output: OutputChoice) -> None:
        """Have a recorded session played that is not the one shown."""
        self.asked, self.sounding, self.preview = None, True, folder
        self.changed.emit()
        self._send(PlaySpan(folder=folder, start_ms=0.0, end_ms=duration_ms, output=output))

    def stop(self) -> bool:
        """End what sounds; False if nothing does."""
        if not self.sounding:
            return False
        self._send(StopPlaying())
        self.end()
        return True

    def take(self, report: PlayingReport) -> None:
        """Follow the engine, which says when it is over."""
        if self.sounding and report.at_ms is None:
            self.end()

    def end(self) -> None:
        """Nothing sounds any more."""
        self.sounding, self.preview = False, ""
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.stop()
        self.asked = None
