"""The running part of a session: its members, and who hears of what.

A member that hears of everything is one line of ``_listeners``; work of its own is one line of
``work``.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import Any

from app.core.audio_format import AudioBlock, Samples
from app.core.clock import Nanoseconds
from app.core.conduct import BargeIn, Processing
from app.core.config import TurnDetection
from app.core.errors import ConfigError, RemoteProtocolError
from app.core.events import SessionEvent
from app.core.records import TurnStatus
from app.session.bus import EventBus
from app.session.capture import Capture
from app.session.clock_watch import ClockWatch
from app.session.closing import Closing
from app.session.consenting import agreed
from app.session.device_desk import DeviceDesk
from app.session.dialogue import Dialogue
from app.session.echo import EchoWatch
from app.session.echo_chain import VoiceChain
from app.session.guard import SessionGuard
from app.session.handshake import Handshake
from app.session.health import Health
from app.session.hearing import Hearing
from app.session.history import History
from app.session.messages import InputKind, SessionReport, TranscriptReport, TurnReport
from app.session.mic_watch import MicWatch
from app.session.monitor import ClientDelays, LoopLag
from app.session.problems import problem_of
from app.session.replay_events import SPEECH_EDGE, TURN_OVER, TurnOver
from app.session.script import Script, reply_timeout_ns
from app.session.sounding import Sounding
from app.session.spans import Spans
from app.session.speech_detectors import SpeechDetector
from app.session.speech_ends import SpeechEdge, SpeechEnds
from app.session.spending import Spending
from app.session.stage import Stage
from app.session.states import Cause
from app.session.tool_desk import ToolDesk
from app.session.transcript import TranscriptBook
from app.session.turns import OpenTurn, TurnTracker
from app.session.typed import Typist
from app.session.uplink import Uplink

_PLAYBACK_PERIOD_S = 0.01
_SLOWLY = 5


class Running:
    """One session at work. All calls on the engine's loop.

    Args:
        stage: The session.
        detector: What hears a user without a script; None hears by energy.
    """

    def __init__(self, stage: Stage, detector: SpeechDetector | None = None) -> None:
        self._stage = stage
        self._clock = stage.clock
        self._account = stage.account
        self._handshake = Handshake(stage.clock.now_ns())
        self._history = History(stage.account.record.t0_ns)
        self._uplink = Uplink(stage.line, stage.recording, self._history.take_sent)
        self._ends = SpeechEnds(stage.opened, detector)
        how = self._ends.method.value
        stage.account.record = replace(stage.account.record, speech_ends=how)
        self._lag = LoopLag(stage.clock)
        self._delays = ClientDelays()
        self._typist = Typist(list(stage.opened.typed), stage.clock)
        self._tracker = _tracker(stage, self._typist, self._turn_closed)
        self._chain = VoiceChain(watching=_is_live(stage), refresh=self._poll_player)
        self._sounding = Sounding(stage, self._tell, self._chain.play)
        hear, pass_on = self._sounding.hear, self._chain.pass_on
        self._mic = MicWatch(stage.clock, stage.recording, stage.report)
        self._capture = Capture(
            stage,
            self._uplink,
            hear,
            self._listen,
            condition=pass_on,
            raw=self._mic.take if _is_live(stage) else None,
        )
        self._hear(stage)
        self._act(stage)
        self._bus = EventBus()
        for listener in self._listeners():
            self._bus.subscribe(listener)

    def _hear(self, stage: Stage) -> None:
        """Make the members that follow what happens."""
        t0_ns = stage.account.record.t0_ns
        self._spans = Spans(stage.report, self._tracker.turn_of, t0_ns)
        self._transcript = TranscriptBook(t0_ns, self._show_words)
        self._echo = EchoWatch(stage, self._chain, self._ends, self._publish)
        self._hearing = Hearing(
            self._ends,
            self._tracker,
            self._capture,
            publish=self._publish,
            heard=self._hear_edge,
            timeout_ns=reply_timeout_ns(stage.start),
            was_echo=self._echo.was_echo,
        )
        self._closing = Closing(stage, self._lag, self._sounding.xruns, self._hearing)
        self._spending = Spending(stage)
        self._health = Health(stage, self._tracker, self._lag, self._delays, self._ends)

    def _act(self, stage: Stage) -> None:
        """Make the members that do something about it."""
        self._dialogue = Dialogue(stage, self._uplink, self._capture, self._ends, self._tell)
        self._dialogue.ears.is_echo = self._echo.hears_echo
        self._script = Script(stage, self._tracker, self._dialogue, self._typist)
        self._watch = ClockWatch(stage.clock, stage.parts.wall_ns, self._tell)
        self.devices = DeviceDesk(stage, self._tell)
        self._guard = SessionGuard(
            stage,
            self._uplink,
            self._tracker,
            self._history,
            take=self._take,
            tell=self._tell,
            broken=self._broken,
            active=lambda: self._active,
        )

    def _listeners(self) -> Sequence[Callable[[SessionEvent], None]]:
        """Return everybody that hears of everything, in the order in which they need it."""
        return (
            self._journal,
            self._account.take,
            self._tracker.take,
            self._transcript.take,
            self._stage.reporter.take,
            self._spans.take,
            self._echo.take,
            self._script.take,
            self._history.take,
            self._guard.take,
            self.tools.hear,
            self._spending.take,
        )

    def work(self) -> Sequence[tuple[str, Coroutine[Any, Any, None]]]:
        """Return the named tasks that run until they are cancelled."""
        return (
            ("receive", self._guard.run()),
            ("guard", self._guard.watch()),
            ("capture", self._capture.run()),
            ("playback", self._playback()),
            ("loop lag", self._lag.run()),
            ("health", self._health.run()),
            ("clock watch", self._watch.run()),
            ("devices", self.devices.run()),
            ("device watch", self.devices.watch()),
            ("tools", self.tools.run()),
            ("spending", self._spending.run()),
            *([("microphone", self._mic.run())] if _is_live(self._stage) else []),
            ("view", self._sounding.view()),
        )

    # --- the front end's wishes ---------------------------------------------------------------

    def mute(self, *, muted: bool) -> None:
        """Send silence in place of the microphone, or the microphone again."""
        self._capture.muted = muted

    def deafen(self, *, deaf: bool) -> None:
        """Send silence while a recording is played beside the session."""
        self._capture.deaf = deaf

    @property
    def turn_under_way(self) -> bool:
        """Whether a turn is not over yet."""
        return self._tracker.busy

    @property
    def tools(self) -> ToolDesk:
        """Who answers function calls."""
        return self._dialogue.tools

    async def process(self, processing: Processing) -> None:
        """Process the microphone so from now on."""
        await self._echo.use(processing)

    async def hold(self, *, down: bool) -> None:
        """Take the talk key down or up.

        Raises:
            ConfigError: If it goes down while the connection is lost.
        """
        if down:
            self._check_up()
        await (self._dialogue.hold() if down else self._dialogue.release())

    async def say(self, text: str) -> None:
        """Send a typed message.

        Raises:
            ConfigError: If the connection is lost at the moment.
        """
        self._check_up()
        await self._dialogue.say(text)

    async def interrupt(self) -> None:
        """Stop the reply under way."""
        await self._dialogue.interrupt()

    async def configure_turns(self, turn_detection: TurnDetection, barge_in: BargeIn) -> None:
        """Use other turn detection from now on.

        Raises:
            ConfigError: If the provider cannot, or the connection is lost at the moment.
        """
        self._check_up()
        await self._dialogue.configure(turn_detection, barge_in)

    def prime(self, blocks: Iterable[AudioBlock], held_ns: Nanoseconds | None) -> None:
        """Take what was captured before the session was ready; see ``Capture.prime``."""
        self._capture.prime(blocks, held_ns)

    def _check_up(self) -> None:
        if not self._stage.line.up:
            raise ConfigError(
                "The connection is lost at the moment.",
                hint="Try again as soon as the session goes on.",
            )

    # --- work -----------------------------------------------------------------------------------

    async def configure(self) -> None:
        """Receive until the provider has accepted our configuration; see ``Handshake.run``."""
        await self._handshake.run(self._guard.receive_one)

    def _poll_player(self) -> None:
        self._sounding.poll()

    async def run_script(self) -> None:
        """Let the script, if there is one, speak all it has."""
        await self._script.run()

    def close(self) -> None:
        """Close the open turns and read what the loudspeaker did last."""
        self._sounding.close()
        self._sounding.xruns.poll(self._clock.now_ns())
        self.tools.close()
        self._tracker.close_all(TurnStatus.CANCELLED, "The session ended.")
        self._spans.close_all()
        self._spending.close()

    async def _take(self, event: SessionEvent) -> None:
        """Act on an event of the connection, and tell everybody of it."""
        await self._dialogue.before(event)
        self._tell(event)
        await self._dialogue.after(event)

    def _tell(self, event: SessionEvent) -> None:
        """Publish ``event``, with the user's speech that it asks for or answers."""
        self._hearing.before(event)
        self._publish(event)
        self._hearing.after(event)
        if self._handshake.take(event):
            self._account.timed(
                self._stage.line.connection.timing,
                created_ms=self._handshake.created_ms,
                ready_ms=self._handshake.ready_ms,
            )

    def _publish(self, event: SessionEvent) -> None:
        self._stage.reporter.local = self._tracker.local
        self._bus.publish(event)

    def _show_words(self, entry: TranscriptReport) -> None:
        self._history.take_words(entry)
        self._stage.report(entry)

    def _broken(self, error: RemoteProtocolError) -> None:
        if self._account.protocol_error() == 1:
            self._stage.report(problem_of(error, fatal=False))

    def _listen(self, at_ns: Nanoseconds, frame: Samples) -> None:
        """Hear what the model may hear, and yield to it where that is wished."""
        self._ends.feed(at_ns, frame)
        self._dialogue.ears.listen()

    async def _playback(self) -> None:
        ticks = 0
        while True:
            ticks += 1
            self._sounding.poll()
            now_ns = self._clock.now_ns()
            if ticks % _SLOWLY == 0:
                self._sounding.xruns.poll(now_ns)
                self._hearing.poll(now_ns)
                self._echo.poll(now_ns)
            self._tracker.poll(now_ns, active=self._active)
            await self._dialogue.poll()
            await asyncio.sleep(_PLAYBACK_PERIOD_S)

    @property
    def _active(self) -> bool:
        """Whether the user speaks or a reply sounds, so that nobody waits for the model."""
        script = self._stage.opened.script
        scripted = script is not None and not script.continuous
        speaking = script.speaking if script and scripted else self._ends.speaking
        sounding = self._sounding.queued and not self._tracker.local
        return speaking or self._capture.held or sounding or self.tools.busy

    def consent(self, who: str) -> None:
        """Keep that somebody agrees to being recorded, with the time.

        Raises:
            ConfigError: If nobody is named, or the name is too long.
        """
        event, consent = agreed(who, self._stage)
        self._account.agreed(consent)
        self._publish(event)
        self._stage.recording.session(self._account.record)
        told = SessionReport(record=self._account.record, folder=str(self._stage.recording.folder))
        self._stage.report(told)

    # --- the account --------------------------------------------------------------------------

    def _journal(self, event: SessionEvent) -> None:
        self._stage.recording.event(event.at_ns, type(event).__name__, event)

    def _hear_edge(self, edge: SpeechEdge) -> None:
        self._stage.recording.event(self._clock.now_ns(), SPEECH_EDGE, edge)
        self._spans.hear(edge)

    def _turn_closed(self, turn: OpenTurn) -> None:
        record = self._spending.metered(self._closing.record(turn, self._health.rtt_ms))
        if record.status is TurnStatus.TIMEOUT:
            self._give_up()
        self._delays.add(record)
        self._health.add(record)
        self._account.add_turn(record)
        self._stage.recording.turn(record)
        self._stage.recording.event(self._clock.now_ns(), TURN_OVER, TurnOver(record.turn_id))
        self._spans.close(turn, record)
        self._stage.report(TurnReport(record=record))
        self._spending.add(record)
        gc.collect(1)

    def _give_up(self) -> None:
        """Forget what there is of a reply that never ended, and listen again."""
        self._stage.player.flush(self._clock.now_ns())
        for cause in (Cause.ANSWERED, Cause.SILENT):
            self._stage.reporter.move(cause)


def _tracker(stage: Stage, typist: Typist, closed: Callable[[OpenTurn], None]) -> TurnTracker:
    script = stage.opened.script
    return TurnTracker(
        closed=closed,
        input_name=lambda: typist.name or (script.utterance_name if script else None),
        reply_timeout_ns=reply_timeout_ns(stage.start),
        wants_words=stage.start.settings.transcribe_input,
    )


def _is_live(stage: Stage) -> bool:
    return stage.start.input.kind is InputKind.DEVICE
