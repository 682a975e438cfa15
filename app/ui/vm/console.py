"""The whole window without its widgets: reports go in, requests come out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from app.core.config import VadMode
from app.core.errors import ConfigError
from app.core.observe import Signal
from app.session.messages import (
    BatteryReport,
    CalibrationReport,
    ComparisonReport,
    DeviceReport,
    DevicesReport,
    EchoReport,
    EndSession,
    EngineReport,
    EngineRequest,
    EnvelopeReport,
    GuardReport,
    HealthReport,
    HoldToTalk,
    Interrupt,
    JobReport,
    ListDevices,
    LiveState,
    MarkReport,
    MeterReport,
    MicReport,
    PlayingReport,
    ProblemReport,
    Remedy,
    ReplayReport,
    SendTyped,
    SessionReport,
    SessionsReport,
    SetMuted,
    SpanReport,
    StartSession,
    StateReport,
    SweepReport,
    ToolReport,
    TranscriptReport,
    TurnReport,
    VerificationReport,
)
from app.ui.vm.accounts import AccountsViewModel
from app.ui.vm.changes import ChangesViewModel
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.connection import ConnectionViewModel
from app.ui.vm.cost import CostTone
from app.ui.vm.health import HealthViewModel
from app.ui.vm.keys import KeysViewModel
from app.ui.vm.live import LiveViewModel
from app.ui.vm.meters import MetersViewModel
from app.ui.vm.notices import NoticesViewModel
from app.ui.vm.played import PlayedViewModel
from app.ui.vm.problems import ProblemsViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.tape import Tape
from app.ui.vm.tool_calls import ToolCallsViewModel
from app.ui.vm.tools import ToolsViewModel
from app.ui.vm.transcript import TranscriptViewModel

MAX_TYPED = 20_000
Change: TypeAlias = Callable[[StartSession], StartSession]
"""Makes the request of a session that is not quite what is chosen."""
REPLAYING = ProblemReport(
    sentence="A recorded session is shown.", hint="Close the replay first (Esc), then talk."
)
REPLYING = frozenset({LiveState.MODEL_SPEAKS, LiveState.THINKING})


def unchanged(request: StartSession) -> StartSession:
    """Return the request as it is."""
    return request


class ConsoleViewModel(PlayedViewModel):
    """Everything the window knows. All calls on the GUI thread.

    Signals:
        session_changed: The session's account changed.
        tool_told: What becomes of a function call.
    """

    def __init__(
        self, setup: SetupViewModel, keys: KeysViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        super().__init__(setup, LiveViewModel(), send)
        self.keys = keys
        self.transcript = TranscriptViewModel()
        self.meters = MetersViewModel()
        self.health = HealthViewModel()
        self.connection = ConnectionViewModel()
        self.problems = ProblemsViewModel()
        self.changes = ChangesViewModel(setup, self.live, send)
        self.notices = NoticesViewModel(setup, self.changes, self.stop)
        self.session_changed = Signal[()]()
        self.tool_told = Signal[ToolReport]()
        self.tools = ToolsViewModel(setup)
        self.calls = ToolCallsViewModel(send)
        self.accounts = AccountsViewModel(setup, self.live, self.jobs, self._ask, send)
        self.tool_told.connect(self.calls.take)
        self.accounts.cost.changed.connect(self._cost_changed)
        self._tape = Tape()
        self._picture = self.lanes.taken_down()
        self._readers = self._make_readers()

    def _make_readers(self) -> dict[type[Any], Callable[[Any], None]]:
        return {
            StateReport: self._take_state,
            TranscriptReport: self.transcript.take,
            TurnReport: self._take_turn,
            MeterReport: self._take_levels,
            EnvelopeReport: self.lanes.take_envelope,
            MarkReport: self.lanes.take_mark,
            SpanReport: self.lanes.take_span,
            PlayingReport: self._take_playing,
            VerificationReport: self._take_verification,
            SessionsReport: self.sessions_listed.emit,
            ComparisonReport: self.comparison_ready.emit,
            CalibrationReport: self.calibration_ready.emit,
            BatteryReport: self.battery_told.emit,
            SweepReport: self.sweep_told.emit,
            JobReport: self._take_job,
            ToolReport: self.tool_told.emit,
            DeviceReport: self.notices.take_device,
            EchoReport: self._take_echo,
            MicReport: self._take_mic,
            GuardReport: self._take_guard,
            HealthReport: self._take_health,
            ProblemReport: self._take_problem,
            DevicesReport: self.setup.take,
            SessionReport: self._take_session,
            ReplayReport: self._take_replay,
            **self._library_readers(),
            **self.accounts.readers,
        }

    # --- from the engine

    def take(self, report: EngineReport) -> None:
        """Show what the engine tells."""
        if not self.replay.there:
            self._tape.hear(report)
        self._readers[type(report)](report)

    def engine_lost(self, sentence: str, detail: str = "") -> None:
        """The engine is gone: say so, and offer to start another."""
        if self.replay.there:
            self._leave_replay(self.replay.lost)
        self.take(StateReport(state=LiveState.FAILED))
        self._take_playing(PlayingReport(at_ms=None))
        self.jobs.lost()
        self.library.engine_lost()
        self.verification.end("the engine ended")
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
        self.take(StateReport(state=LiveState.IDLE))
        self.library.engine_back()
        self.list_devices()

    def _take_replay(self, report: ReplayReport) -> None:
        if not report.folder:
            self._leave_replay(lambda: self.replay.take(report))
            return
        if not self.replay.open:
            self._picture = self.lanes.taken_down()
        if report.folder != self.replay.folder or report.restarted:
            self._clear()
        self.replay.take(report)

    def _leave_replay(self, leave: Callable[[], None]) -> None:
        """Show the live session as it was, if a recorded one stood in its place."""
        was = self.replay.open
        if was:
            self._clear()
        leave()
        if was:
            self.lanes.put_up(self._picture)
            for report in self._tape.reports:
                self._readers[type(report)](report)

    def _take_verification(self, report: VerificationReport) -> None:
        self.verification.take(report)
        self.verified.emit(report)

    def _take_state(self, report: StateReport) -> None:
        if self.replay.there:
            self.replay.take_state(report)
            return
        self.live.take(report)
        if self.live.view.rests:
            self.transcript.settle()
            self.meters.reset()
            self.health.stop()
            self.notices.clear()
            self.calls.rest()

    def _take_levels(self, report: MeterReport) -> None:
        if self.live.view.live or self.replay.open:
            self.meters.take(report)
        self.levels_told.emit(report)

    def _take_turn(self, report: TurnReport) -> None:
        self.statistics.take(report.record)
        self.turn.take(report.record)

    def _take_health(self, report: HealthReport) -> None:
        self.health.take(report)
        self.accounts.privacy.take_health(report)
        self.connection.take_health(report)
        self.notices.tick()

    def _take_echo(self, report: EchoReport) -> None:
        self.health.take_echo(report)
        self.notices.take_echo(report)

    def _take_mic(self, report: MicReport) -> None:
        self.mic_told.emit(report)
        if self.live.view.live:
            self.notices.take_mic(report)

    def _take_guard(self, report: GuardReport) -> None:
        self.health.take_guard(report)
        self.notices.take_guard(report)
        self.live.set_guard(self.notices.reconnecting)

    def _take_session(self, report: SessionReport) -> None:
        self.session = report
        self.replay.take_record(report.record)
        self.verification.expect(report.folder)
        self.health.take_session(report.record)
        self.connection.take_session(report)
        if not self.replay.there:
            self.accounts.privacy.take_session(report)
        self.session_changed.emit()

    def _take_problem(self, report: ProblemReport) -> None:
        self.accounts.privacy.take_problem(report)
        self.replay.take_problem()
        self.problems.take(report)

    def _cost_changed(self) -> None:
        cost = self.accounts.cost
        self.notices.take_budget(cost.budget_words, over=cost.tone is CostTone.OVER)

    def _take_playing(self, report: PlayingReport) -> None:
        if not self.playing.preview:
            self.lanes.take_playing(report)
        self.playing.take(report)

    # --- from the user

    def list_devices(self) -> None:
        """Ask for the sound devices."""
        self._send(ListDevices())

    async def start(self, change: Change = unchanged) -> bool:
        """Start a session; False if it cannot be, with the reason in ``problems``.

        Args:
            change: What is other than chosen, such as the recorded session it hears.
        """
        if not self.live.view.rests:
            return False
        if self.replay.there:
            self.problems.take(REPLAYING)
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
            request = change(self.setup.request(key))
        except ConfigError as exc:
            self._refuse(str(exc), exc.hint, Remedy.EDIT_ENDPOINT)
            return False
        if self.jobs.running:
            self.stop_job()
        self.changes.begin(request)
        self._send(request)
        return True

    def _begin(self, detail: str) -> None:
        self._tape.clear()
        self._clear()
        self.live.take(StateReport(state=LiveState.CONNECTING, detail=detail))

    def _clear(self) -> None:
        """Forget the session that is shown."""
        self.transcript.clear()
        self.playing.clear()
        self.statistics.clear()
        self.turn.clear()
        self.lanes.clear()
        self.health.clear()
        self.connection.clear()
        self.verification.clear()
        self.notices.clear()
        self.calls.clear()
        self.accounts.begin()
        self.meters.reset()
        self.session = None

    def _refuse(self, sentence: str, hint: str, remedy: Remedy) -> None:
        self.live.take(StateReport(state=LiveState.IDLE))
        self.problems.take(ProblemReport(sentence=sentence, hint=hint, remedy=remedy, fatal=True))

    def stop(self) -> None:
        """End the session."""
        if self.live.view.live:
            self._send(EndSession())
            self.live.take(StateReport(state=LiveState.STOPPING))

    def escape(self) -> None:
        """Stop the reply that is spoken or on its way, else end the session.

        A second press right after does not end it: the reply has only just been stopped.
        """
        state = self.live.state
        if state in REPLYING and not self.live.seeking:
            self._send(Interrupt())
        elif state is not LiveState.INTERRUPTED:
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
        if self.replay.open:
            return self.replay.invitation
        if self.live.view.live:
            return "Say something." if self.live.view.open else self.live.words
        if self.setup.stands_in:
            return "Press Talk.\nNo microphone was found, so bundled recordings speak for you."
        return "Press Talk and say something."
