"""A recorded session's user, heard again by another model: how, and what comes after."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from app.core.observe import Signal
from app.session.messages import (
    InputChoice,
    InputKind,
    RerunTiming,
    SessionReport,
    StartSession,
)
from app.ui.vm.text import one_line

TIMINGS: Final = (
    (
        RerunTiming.TURNS,
        "Turn by turn",
        (
            "Each turn is said when the reply to the one before is over: every model answers "
            "every turn."
        ),
    ),
    (
        RerunTiming.RECORDED,
        "As recorded",
        (
            "Everything is said when it was said then, whatever the model does: interruptions "
            "stay where they were."
        ),
    ),
)


OFFERED: Final = "The re-run is over. Both sessions were spoken to by the same user."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The session whose user is heard again. ``session_id`` None: it does not say."""

    folder: str
    title: str
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A re-run is over: both folders, to be compared."""

    original: str
    rerun: str


class RerunViewModel:
    """All calls on the GUI thread.

    Attributes:
        timing: When the user speaks.
        offer: What can be compared now, or None.
        under_way: Whose user is heard now instead of the microphone, or "".

    Signals:
        changed: There is an offer, or none any more.
    """

    def __init__(self) -> None:
        self.changed = Signal[()]()
        self.timing = RerunTiming.TURNS
        self.offer: Offer | None = None
        self.under_way = ""
        self._original: Recorded | None = None

    @property
    def words(self) -> str:
        """What is under way or offered, or ""."""
        if self.under_way:
            return f"Re-run of {self.under_way}: its recorded user speaks, not the microphone."
        return OFFERED if self.offer is not None else ""

    def change(self, recorded: Recorded) -> Callable[[StartSession], StartSession]:
        """Return what makes a session hear ``recorded``; it is remembered for the offer."""
        self._original = recorded
        self.offer, self.under_way = None, one_line(recorded.title, limit=80)
        self.changed.emit()
        choice = InputChoice(kind=InputKind.SESSION, session=recorded.folder, timing=self.timing)

        def changed(request: StartSession) -> StartSession:
            return replace(request, input=choice, rerun_of=recorded.session_id, end_with_input=True)

        return changed

    def take_session(self, report: SessionReport) -> None:
        """Offer the comparison once the re-run is over."""
        known, record = self._original, report.record
        if known is None or known.session_id is None or record.rerun_of != known.session_id:
            return
        if record.ended_utc is None:
            return
        if report.folder == known.folder or not record.turns_n:
            return
        self._original = None
        self.offer = Offer(known.folder, report.folder)
        self.changed.emit()

    def rest(self) -> None:
        """No session is there any more."""
        if self.under_way:
            self.under_way = ""
            self.changed.emit()

    def dismiss(self) -> None:
        """There is nothing to offer."""
        if self.offer is not None:
            self.offer = None
            self.changed.emit()


def words(recorded: Recorded) -> str:
    """Return what is heard again, for the dialog."""
    return one_line(f"The user's side of {recorded.title} is sent to the model chosen here.")
