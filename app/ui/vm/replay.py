"""A recorded session shown as if it were live: where it is, and every way to steer it."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from app.core.observe import Signal
from app.core.records import SessionRecord
from app.session.messages import (
    CloseReplay,
    EngineRequest,
    LiveState,
    OpenReplay,
    OutputChoice,
    ReplayReport,
    Solo,
    StateReport,
    SteerReplay,
)
from app.ui.vm.library_lines import local_time
from app.ui.vm.text import clock, one_line

SPEEDS: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0, 8.0)
SOUNDS_TO: Final = 2.0
"""Faster than that it is silent."""
STEP_MS: Final = 5_000.0
PATIENCE: Final = 15
"""So many reports from elsewhere, and what was sought is not believed any more."""
NEAR_MS: Final = 1_500.0
"""Previous turn, so soon after a turn's beginning, is the one before."""
SOLOS: Final[Mapping[Solo, str]] = {Solo.BOTH: "Both", Solo.USER: "You", Solo.AGENT: "Model"}


class ReplayViewModel:
    """All calls on the GUI thread.

    Attributes:
        report: The newest one; None while no replay is open.
        opening: The folder that was asked for and is not there yet, or "".
        state: What the session did then.
        ticks: Turn ids and the session times, ms, at which they begin.

    Signals:
        changed: It moved, or does something else now.
        opened: A replay is there; carries whether.

    Args:
        send: To the engine.
        output: Where it is to sound.
    """

    def __init__(
        self, send: Callable[[EngineRequest], None], output: Callable[[], OutputChoice]
    ) -> None:
        self.changed = Signal[()]()
        self.opened = Signal[bool]()
        self.report: ReplayReport | None = None
        self.record: SessionRecord | None = None
        self.ticks: tuple[tuple[int, float], ...] = ()
        self.opening = ""
        self._send = send
        self._output = output
        self._name = ""
        self._sought_ms: float | None = None
        self._patience = 0
        self.state = StateReport(state=LiveState.IDLE)

    # --- what is shown

    @property
    def open(self) -> bool:
        """Whether a recorded session is shown."""
        return self.report is not None

    @property
    def there(self) -> bool:
        """Whether one is shown, or on its way."""
        return self.open or bool(self.opening)

    @property
    def folder(self) -> str:
        """Of the session that is shown, or ""."""
        return "" if self.report is None else self.report.folder

    @property
    def playing(self) -> bool:
        """Whether it goes on."""
        return self.report is not None and self.report.playing

    @property
    def at_ms(self) -> float:
        """Where it is, or where it was just sent."""
        if self._sought_ms is not None:
            return self._sought_ms
        return 0.0 if self.report is None else self.report.at_ms

    @property
    def duration_ms(self) -> float:
        """How long the session is."""
        return 0.0 if self.report is None else self.report.duration_ms

    @property
    def speed(self) -> float:
        """How fast it goes."""
        return 1.0 if self.report is None else self.report.speed

    @property
    def silent(self) -> bool:
        """Whether it goes too fast to be heard."""
        return self.speed > SOUNDS_TO

    @property
    def solo(self) -> Solo:
        """Which side sounds."""
        return Solo.BOTH if self.report is None else self.report.solo

    @property
    def loops(self) -> bool:
        """Whether a turn is repeated."""
        return self.report is not None and self.report.loop_turn is not None

    @property
    def ended(self) -> bool:
        """Whether it stands at its end."""
        return self.open and not self.playing and self.at_ms >= self.duration_ms > 0

    @property
    def turn(self) -> int | None:
        """The turn that is heard, or the next one before the first; None without any."""
        if not self.ticks:
            return None
        index = bisect_right([at_ms for _turn, at_ms in self.ticks], self.at_ms) - 1
        return self.ticks[max(index, 0)][0]

    def title(self, zone: tzinfo | None = None) -> str:
        """Return whose replay it is, e.g. "Replay of gpt-realtime, 2026-11-21 12:00"."""
        record = self.record
        if record is None:
            name = self._name or self.folder.rstrip("/").rpartition("/")[2] or "a session"
            return one_line(f"Replay of {name}")
        name = record.target.title or record.target.model or record.session_id
        return one_line(f"Replay of {name}, {local_time(record.t0_utc, zone)}")

    @property
    def invitation(self) -> str:
        """What stands where nothing was said yet."""
        return "Nothing was said yet." if self.playing else "Press Play (Space)."

    @property
    def times(self) -> str:
        """Where it is and how long it is, and how much of a long way there is done."""
        times = f"{clock(self.at_ms)} / {clock(self.duration_ms)}"
        gone = None if self.report is None else self.report.gone
        return times if gone is None else f"{times}, reading {gone:.0%}"

    @property
    def odd(self) -> tuple[str, ...]:
        """What is missing or damaged."""
        return () if self.report is None else tuple(one_line(each) for each in self.report.odd)

    # --- from the engine

    def take(self, report: ReplayReport) -> None:
        """Follow the engine."""
        before = self.report
        if not report.folder:
            self._leave()
            return
        same = before is not None and before.folder == report.folder and not self.opening
        kept = before if same else None
        if kept is None:
            self.record, self.ticks = None, ()
        elif not report.odd and kept.odd:
            report = replace(report, odd=kept.odd)
        if report.turns:
            self.ticks = tuple(sorted(report.turns, key=lambda each: each[1]))
        self.report, self.opening = report, ""
        if kept is None or report.restarted or not self._on_its_way(report):
            self._sought_ms = None
        if kept is None:
            self.opened.emit(True)
            self._steer(SteerReplay(playing=True))
        self.changed.emit()

    def _on_its_way(self, report: ReplayReport) -> bool:
        """Whether a report may still be from before what was asked last."""
        sought = self._sought_ms
        self._patience -= 1
        if self._patience < 0:
            return False
        return sought is not None and abs(report.at_ms - sought) > NEAR_MS

    def _leave(self) -> None:
        was = self.open
        self.report = self.record = None
        self.opening = ""
        self.state = StateReport(state=LiveState.IDLE)
        self.ticks = ()
        self._sought_ms = None
        if was:
            self.opened.emit(False)
        self.changed.emit()

    def take_state(self, report: StateReport) -> None:
        """What the session did at this time."""
        self.state = report
        self.changed.emit()

    def take_problem(self) -> None:
        """Something went wrong: what was asked for may never come."""
        if self.opening:
            self.opening = ""
            self.changed.emit()

    def take_record(self, record: SessionRecord) -> None:
        """The account of the session that is shown."""
        if self.open:
            self.record = record
            self.changed.emit()

    def lost(self) -> None:
        """The engine is gone, and the replay with it."""
        self._leave()

    # --- from the user

    def begin(self, folder: str, name: str = "") -> None:
        """Show a recorded session from its start; ``name`` is shown until its account is there."""
        self.opening, self._name = folder, name
        self._send(OpenReplay(folder=folder, output=self._output()))
        self.changed.emit()

    def close(self) -> None:
        """Leave it."""
        if self.open:
            self._send(CloseReplay())

    def toggle(self) -> None:
        """Play or pause; at the end it begins anew."""
        if self.ended:
            self.seek(0.0)
            self._steer(SteerReplay(playing=True))
        elif self.open:
            self._steer(SteerReplay(playing=not self.playing))

    def seek(self, at_ms: float) -> None:
        """Go to a session time, as far as there is one."""
        if self.open:
            self._sought_ms, self._patience = min(max(at_ms, 0.0), self.duration_ms), PATIENCE
            self._steer(SteerReplay(seek_ms=self._sought_ms))
            self.changed.emit()

    def skip(self, by_ms: float) -> None:
        """Go on or back by so much."""
        self.seek(self.at_ms + by_ms)

    def step(self, by: int) -> None:
        """Go to the next turn's beginning (1), or to the previous one's (-1)."""
        places = [at_ms for _turn, at_ms in self.ticks]
        if by > 0:
            index = bisect_right(places, self.at_ms + 1.0)
            if index < len(places):
                self.seek(places[index])
        elif places:
            index = bisect_left(places, self.at_ms - NEAR_MS) - 1
            self.seek(places[index] if index >= 0 else 0.0)

    def choose_speed(self, speed: float) -> None:
        """Go so fast."""
        self._steer(SteerReplay(speed=speed))

    def choose_solo(self, solo: Solo) -> None:
        """Have both sides sound, or one."""
        self._steer(SteerReplay(solo=solo))

    def toggle_loop(self) -> None:
        """Repeat the turn that is heard, or go on."""
        turn = self.turn
        if self.loops:
            self._steer(SteerReplay(loop_turn=-1))
        elif turn is not None:
            self._steer(SteerReplay(loop_turn=turn))

    def _steer(self, request: SteerReplay) -> None:
        if self.open:
            self._send(request)
