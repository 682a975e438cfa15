"""The whole window without its widgets: reports go in, requests come out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.config import VadMode
from app.core.errors import ConfigError
from app.core.observe import Signal
from app.session.messages import (
    DevicesReport,
    EndSession,
    EngineReport,
    EngineRequest,
    EnvelopeReport,
    HealthReport,
    HoldToTalk,
    Interrupt,
    ListDevices,
    LiveState,
    MarkReport,
    MeterReport,
    ProblemReport,
    Remedy,
    SendTyped,
    SessionReport,
    SetMuted,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.health import HealthViewModel
from app.ui.vm.keys import KeysViewModel
from app.ui.vm.lanes import LanesViewModel, Span
from app.ui.vm.live import LiveViewModel
from app.ui.vm.meters import MetersViewModel
from app.ui.vm.problems import ProblemsViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.transcript import TranscriptViewModel
from app.ui.vm.turn import TurnViewModel

MAX_TYPED = 20_000


class ConsoleViewModel:
    """Everything the window knows. All calls on the GUI thread.

    Signals:
        started: A session was asked for.
        session_changed: The session's account changed.
    """

    def __init__(
        self, setup: SetupViewModel, keys: KeysViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        self.setup = setup
        self.keys = keys
        self.live = LiveViewModel()
        self.transcript = TranscriptViewModel()
        self.meters = MetersViewModel()
        self.turn = TurnViewModel()
        self.statistics = StatisticsViewModel()
        self.lanes = LanesViewModel()
        self.health = HealthViewModel()
        self.problems = ProblemsViewModel()
        self.session: SessionReport | None = None
        self.session_changed = Signal[()]()
        self._send = send
        self._readers: dict[type[Any], Callable[[Any], None]] = {
            StateReport: self._take_state,
            TranscriptReport: self.transcript.take,
            TurnReport: self._take_turn,
            MeterReport: self.meters.take,
            EnvelopeReport: self.lanes.take_envelope,
            MarkReport: self.lanes.take_mark,
            HealthReport: self.health.take,
            ProblemReport: self.problems.take,
            DevicesReport: self.setup.take,
            SessionReport: self._take_session,
        }

    # --- from the engine

    def take(self, report: EngineReport) -> None:
        """Show what the engine tells."""
        self._readers[type(report)](report)

    def engine_lost(self, sentence: str, detail: str = "") -> None:
        """The engine is gone: say so, and offer to start another."""
        self._take_state(StateReport(state=LiveState.FAILED))
        self.problems.take(
            ProblemReport(
                sentence=sentence,
                hint="What was recorded is kept. Retry starts the engine anew.",
                remedy=Remedy.RETRY,
                fatal=True,
                detail=detail,
            )
        )

    def engine_back(self) -> None:
        """Another engine runs."""
        self.live.take(StateReport(state=LiveState.IDLE))
        self.list_devices()

    def _take_state(self, report: StateReport) -> None:
        self.live.take(report)
        if self.live.view.rests:
            self.transcript.settle()
            self.meters.reset()
            self.health.stop()

    def _take_turn(self, report: TurnReport) -> None:
        self.turn.take(report.record)
        self.statistics.take(report.record)

    def _take_session(self, report: SessionReport) -> None:
        self.session = report
        self.session_changed.emit()

    # --- from the user

    def list_devices(self) -> None:
        """Ask for the sound devices."""
        self._send(ListDevices())

    async def start(self) -> bool:
        """Start a session; False if it cannot be, with the reason in ``problems``."""
        if not self.live.view.rests:
            return False
        self.problems.dismiss()
        self._begin("reading the key" if self.setup.option.needs_key else "")
        option = self.setup.option
        key = await self.keys.find(option)
        if key is None and option.needs_key:
            self._refuse(
                f"{option.title} needs a key.",
                self.keys.view(option.key_name).problem
                or "Enter one; it is stored in the keyring, or used once.",
                Remedy.ENTER_KEY,
            )
            return False
        try:
            request = self.setup.request(key)
        except ConfigError as exc:
            self._refuse(str(exc), exc.hint, Remedy.EDIT_ENDPOINT)
            return False
        self._send(request)
        return True

    def _begin(self, detail: str) -> None:
        self.transcript.clear()
        self.turn.clear()
        self.statistics.clear()
        self.lanes.clear()
        self.health.clear()
        self.session = None
        self.live.take(StateReport(state=LiveState.CONNECTING, detail=detail))

    def _refuse(self, sentence: str, hint: str, remedy: Remedy) -> None:
        self.live.take(StateReport(state=LiveState.IDLE))
        self.problems.take(ProblemReport(sentence=sentence, hint=hint, remedy=remedy, fatal=True))

    def stop(self) -> None:
        """End the session."""
        if self.live.view.live:
            self._send(EndSession())
            self.live.take(StateReport(state=LiveState.STOPPING))

    def escape(self) -> None:
        """Interrupt the reply if one is spoken, else end the session."""
        if self.live.state is LiveState.MODEL_SPEAKS:
            self._send(Interrupt())
        else:
            self.stop()

    def toggle_muted(self) -> None:
        """Mute the microphone, or open it again."""
        if self.live.view.live:
            self.live.set_muted(muted=not self.live.muted)
            self._send(SetMuted(self.live.muted))

    def hold(self, *, down: bool) -> None:
        """The talk key went down or up. Repeats and keys up without a key down do nothing."""
        if down == self.live.holding or (down and not self.live.view.live):
            return
        self.live.set_holding(holding=down)
        self._send(HoldToTalk(down))

    def send_typed(self, text: str) -> bool:
        """Say ``text``; False if it is empty or no session takes it."""
        words = text.strip()
        if not words or not self.can_type:
            return False
        self._send(SendTyped(words[:MAX_TYPED]))
        return True

    @property
    def can_type(self) -> bool:
        """Whether a typed message would reach the model now."""
        return self.live.view.open and self.setup.option.capabilities.text_input

    @property
    def holds_on_start(self) -> bool:
        """Whether the press that starts the session is the first push-to-talk as well."""
        return self.setup.mode is VadMode.MANUAL

    def choose_model(self, model_id: str) -> None:
        """Use another model from the next session on."""
        self.setup.update(replace(self.setup.preferences, model_id=model_id))
        self.problems.dismiss()

    @property
    def endpoint_missing(self) -> bool:
        """Whether your own endpoint is chosen and has yet to be entered."""
        option = self.setup.option
        return option.model_id == CUSTOM_ID and option.target is None

    @property
    def invitation(self) -> str:
        """What to do while there is no conversation."""
        if self.live.view.live:
            return "Say something." if self.live.view.open else self.live.words
        if self.setup.stands_in:
            return "Press Talk.\nNo microphone was found, so bundled recordings speak for you."
        return "Press Talk and say something."

    def show_turn_span(self) -> None:
        """Mark the newest turn's voice-to-voice span in the lanes."""
        turn, session = self.turn.turn, self.session
        if turn is None or session is None or turn.u_off_ns is None or turn.audible_ns is None:
            return
        zero = session.record.t0_ns
        self.lanes.show_span(Span((turn.u_off_ns - zero) / 1e6, (turn.audible_ns - zero) / 1e6))
