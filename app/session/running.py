"""The running part of a session: what happens while microphone and socket are open."""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds, ms
from app.core.errors import (
    ConnectionEndedError,
    ProviderError,
    ProviderFault,
    RemoteProtocolError,
)
from app.core.events import (
    ConnectionLost,
    ProviderErrorReported,
    SessionCreated,
    SessionEvent,
    SessionReady,
)
from app.core.records import ConnectTiming, TurnStatus
from app.session.bus import EventBus
from app.session.capture import Capture
from app.session.clock_watch import ClockWatch
from app.session.closing import Closing, XrunLog
from app.session.dialogue import Dialogue
from app.session.health import Health
from app.session.hearing import Hearing
from app.session.messages import TurnReport
from app.session.monitor import ClientDelays, Envelopes, LoopLag, Meters
from app.session.opening import unopened
from app.session.problems import problem_of
from app.session.script import Script
from app.session.spans import Spans
from app.session.speech_detectors import SpeechDetector
from app.session.speech_ends import SpeechEnds
from app.session.stage import Stage
from app.session.states import Cause
from app.session.transcript import TranscriptBook
from app.session.turns import OpenTurn, TurnTracker
from app.session.uplink import Uplink

CREATED_LIMIT_S = 15.0
READY_LIMIT_S = 5.0
_PLAYBACK_PERIOD_S = 0.01
_SLOWLY = 5


class Running:
    """One connection at work. All calls on the engine's loop.

    Args:
        stage: The session.
        detector: What hears a user without a script; None hears by energy.
    """

    def __init__(self, stage: Stage, detector: SpeechDetector | None = None) -> None:
        self._stage = stage
        self._clock = stage.clock
        self._opened_ns = stage.clock.now_ns()
        self._created = self._ready = False
        self._refused: ProviderErrorReported | None = None
        self._player = stage.player
        self._recording = stage.recording
        self._account = stage.account
        self._codec = stage.parts.make_codec(stage.start.settings, stage.start.target.dialect)
        self._uplink = Uplink(stage.connection, self._codec, stage.recording)
        self._ends = SpeechEnds(stage.opened, detector)
        how = self._ends.method.value
        stage.account.record = replace(stage.account.record, speech_ends=how)
        self._meters = Meters()
        self._envelopes = Envelopes(stage.account.record.t0_ns)
        self._lag = LoopLag(stage.clock)
        self._delays = ClientDelays()
        self._xruns = XrunLog(stage.opened.source, stage.player.sink)
        self._tracker = _tracker(stage, self._turn_closed)
        t0_ns = stage.account.record.t0_ns
        self._spans = Spans(stage.report, self._tracker.turn_of, t0_ns)
        self._capture = Capture(stage, self._uplink, self._heard, self._ends.feed)
        self._hearing = Hearing(
            self._ends,
            self._tracker,
            self._capture,
            publish=self._publish,
            heard=self._spans.hear,
            timeout_ns=_timeout_ns(stage),
        )
        self._closing = Closing(stage, self._lag, self._xruns, self._hearing)
        self._dialogue = Dialogue(stage, self._uplink, self._capture, self._tell)
        self._script = Script(stage, self._tracker, self._dialogue)
        self._health = Health(stage, self._tracker, self._lag, self._delays, self._ends)
        self._watch = ClockWatch(stage.clock, stage.parts.wall_ns, self._tell)
        self._bus = EventBus()
        self._subscribe()

    def _subscribe(self) -> None:
        """Let everybody hear of everything, in the order in which they need it."""
        stage = self._stage
        transcript = TranscriptBook(stage.account.record.t0_ns, stage.report)
        for listener in (
            self._journal,
            stage.account.take,
            self._tracker.take,
            transcript.take,
            stage.reporter.take,
            self._spans.take,
            self._script.take,
        ):
            self._bus.subscribe(listener)

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

    async def hold(self, *, down: bool) -> None:
        """Take the talk key down or up."""
        await (self._dialogue.hold() if down else self._dialogue.release())

    async def say(self, text: str) -> None:
        """Send a typed message."""
        await self._dialogue.say(text)

    async def interrupt(self) -> None:
        """Stop the reply under way."""
        await self._dialogue.interrupt()

    # --- work -----------------------------------------------------------------------------------

    async def configure(self) -> None:
        """Receive until the provider has accepted our configuration.

        A provider that opens a session and never confirms its settings is used as it is.

        Raises:
            ProviderError: If it refused our settings.
            RemoteProtocolError: If it opened no session within CREATED_LIMIT_S.
            ConnectionEndedError: If it closed.
        """
        try:
            async with asyncio.timeout(CREATED_LIMIT_S):
                while not self._created:
                    await self._receive_one()
        except TimeoutError:
            raise unopened(CREATED_LIMIT_S) from None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_LIMIT_S):
                while not self._ready:
                    await self._receive_one()
                    self._check_accepted()

    def _check_accepted(self) -> None:
        if self._refused is None:
            return
        raise ProviderError(
            f"The provider refused the settings: {self._refused.message}",
            fault=ProviderFault.REFUSED,
            code=self._refused.code,
            hint="Change the setting that it names, and start again.",
        )

    def work(self) -> Sequence[tuple[str, Coroutine[Any, Any, None]]]:
        """Return the named tasks that run until they are cancelled."""
        return (
            ("receive", self._receive()),
            ("capture", self._capture.run()),
            ("playback", self._playback()),
            ("loop lag", self._lag.run()),
            ("health", self._health.run()),
            ("clock watch", self._watch.run()),
            ("view", self._view()),
        )

    async def run_script(self) -> None:
        """Let the script, if there is one, speak all it has."""
        await self._script.run()

    def close(self) -> None:
        """Close the open turns and read what the loudspeaker did last."""
        self._poll_player()
        self._xruns.poll(self._clock.now_ns())
        self._tracker.close_all(TurnStatus.CANCELLED, "The session ended.")
        self._spans.close_all()

    async def _receive(self) -> None:
        while True:
            await self._receive_one()

    async def _receive_one(self) -> None:
        try:
            message, received_ns = await self._stage.connection.receive()
        except ConnectionEndedError as error:
            self._lost(error)
            raise
        self._recording.wire("<", received_ns, message)
        try:
            self._codec.receive_message(message, received_ns)
        except RemoteProtocolError as error:
            if self._account.protocol_error() == 1:
                self._stage.report(problem_of(error, fatal=False))
        await self._uplink.flush()
        for event in self._codec.events_received():
            await self._dialogue.before(event)
            self._tell(event)
            await self._dialogue.after(event)

    def _lost(self, error: ConnectionEndedError) -> None:
        event = ConnectionLost(
            at_ns=self._clock.now_ns(), code=error.code, reason=str(error), clean=False
        )
        self._tell(event)
        self._tracker.close_all(TurnStatus.ERROR, str(error))

    def _tell(self, event: SessionEvent) -> None:
        """Publish ``event``, with the user's speech that it asks for or answers."""
        self._hearing.before(event)
        self._publish(event)
        self._hearing.after(event)
        match event:
            case SessionCreated():
                self._created = True
                self._time(created_ms=ms(Nanoseconds(event.at_ns - self._opened_ns)))
            case ProviderErrorReported() if not self._ready and _is_of_update(event):
                self._refused = event
            case SessionReady() if not self._ready:
                self._ready = True
                since = self._account.record.connect or ConnectTiming()
                spent = ms(Nanoseconds(event.at_ns - self._opened_ns))
                self._time(ready_ms=spent - (since.created_ms or 0.0))
            case _:
                pass

    def _time(self, **stages: Any) -> None:
        record = self._account.record
        timing = replace(record.connect or self._stage.connection.timing, **stages)
        self._account.record = replace(record, connect=timing)

    def _publish(self, event: SessionEvent) -> None:
        self._stage.reporter.local = self._tracker.local
        self._bus.publish(event)

    # --- audio and view ---------------------------------------------------------------------

    def _heard(self, at_ns: Nanoseconds, frame: Samples) -> None:
        self._meters.add_input(frame)
        self._envelopes.add_user(at_ns, frame)

    async def _playback(self) -> None:
        ticks = 0
        while True:
            ticks += 1
            self._poll_player()
            now_ns = self._clock.now_ns()
            if ticks % _SLOWLY == 0:
                self._xruns.poll(now_ns)
                self._hearing.poll(now_ns)
            self._tracker.poll(now_ns, active=self._active)
            await asyncio.sleep(_PLAYBACK_PERIOD_S)

    @property
    def _active(self) -> bool:
        """Whether the user speaks or a reply sounds, so that nobody waits for the model."""
        script = self._stage.opened.script
        speaking = script.speaking if script else self._ends.speaking
        sounding = self._player.sink.queued_frames > 0 and not self._tracker.local
        return speaking or self._capture.held or sounding

    def _poll_player(self) -> None:
        events, blocks = self._player.poll()
        for block in blocks:
            self._recording.agent_audio(block.played_ns, block.samples)
            self._meters.add_output(block.samples)
            self._envelopes.add_model(block.played_ns, block.samples)
        for event in events:
            self._tell(event)

    async def _view(self) -> None:
        while True:
            await asyncio.sleep(1 / 30)
            for report in (self._meters.take(), self._envelopes.take(self._clock.now_ns())):
                if report is not None:
                    self._stage.report(report)

    # --- the account --------------------------------------------------------------------------

    def _journal(self, event: SessionEvent) -> None:
        self._recording.event(event.at_ns, type(event).__name__, event)

    def _turn_closed(self, turn: OpenTurn) -> None:
        record = self._closing.record(turn, self._health.rtt_ms)
        if record.status is TurnStatus.TIMEOUT:
            self._give_up()
        self._delays.add(record)
        self._health.add(record)
        self._account.add_turn(record)
        self._recording.turn(record)
        self._spans.close(turn, record)
        self._stage.report(TurnReport(record=record))
        gc.collect(1)

    def _give_up(self) -> None:
        """Forget what there is of a reply that never ended, and listen again."""
        self._player.flush(self._clock.now_ns())
        for cause in (Cause.ANSWERED, Cause.SILENT):
            self._stage.reporter.move(cause)


def _is_of_update(event: ProviderErrorReported) -> bool:
    """Whether it complains of our settings: the codec names its messages by their kind."""
    return (event.caused_by or "").startswith("session.update")


def _tracker(stage: Stage, closed: Callable[[OpenTurn], None]) -> TurnTracker:
    script = stage.opened.script
    return TurnTracker(
        closed=closed,
        input_name=lambda: script.utterance_name if script else None,
        reply_timeout_ns=_timeout_ns(stage),
        wants_words=stage.start.settings.transcribe_input,
    )


def _timeout_ns(stage: Stage) -> Nanoseconds:
    return Nanoseconds(round(stage.start.reply_timeout_s * 1e9))
