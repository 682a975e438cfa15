"""What we do about what happens: play replies, yield to the user, answer calls."""

import json
from collections.abc import Callable

from app.core.clock import Nanoseconds
from app.core.commands import (
    CancelResponse,
    ClearInput,
    CommitInput,
    ConfigureSession,
    CreateResponse,
    SendText,
    SendToolResult,
    TruncateItem,
)
from app.core.config import VadMode
from app.core.events import (
    CancelSent,
    CommitSent,
    PlaybackFlushed,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    TextSent,
    ToolCalled,
    ToolResultSent,
    TruncateSent,
)
from app.core.ids import CallId, ResponseId
from app.dsp.pcm import from_bytes
from app.session.capture import Capture
from app.session.manual import manual
from app.session.stage import Stage
from app.session.uplink import Uplink

LEAST_FRAMES = 5
"""100 ms: services refuse to commit less."""

NO_SUCH_TOOL = json.dumps({"error": "This tool is not connected in the present session."})


class Dialogue:
    """Reacts to one session's events and to its user. All calls on the engine's loop.

    Args:
        stage: The session; its turn detection decides who ends turns and whether speech
            interrupts.
        publish: Tells everybody of an event of ours.
    """

    def __init__(
        self,
        stage: Stage,
        uplink: Uplink,
        capture: Capture,
        publish: Callable[[SessionEvent], None],
    ) -> None:
        self._player = stage.player
        self._uplink = uplink
        self._capture = capture
        self._publish = publish
        self._clock = stage.clock
        self._capabilities = stage.parts.capabilities(stage.account.record.target)
        self._settings = settings = stage.start.settings
        self._running: set[ResponseId] = set()
        self._with_audio: set[ResponseId] = set()
        self._silenced: set[ResponseId] = set()
        self._held_from = 0
        self._calls: list[CallId] = []
        capture.manual = settings.turn_detection.mode is VadMode.MANUAL

    async def before(self, event: SessionEvent) -> None:
        """Act on what must be done before the event is told to the others: yield the floor."""
        if isinstance(event, SpeechStarted) and self._settings.turn_detection.interrupt_response:
            await self._yield_floor(event.at_ns, cancel=False)

    async def after(self, event: SessionEvent) -> None:
        """Act on an event that everybody knows by now."""
        match event:
            case ResponseStarted(response_id=response_id):
                self._running.add(response_id)
            case ResponseAudio() if event.response_id not in self._silenced:
                self._with_audio.add(event.response_id)
                self._player.play(event.response_id, event.item_id, from_bytes(event.pcm))
            case ResponseAudioDone(response_id=response_id):
                self._player.end(response_id)
            case ToolCalled(call_id=str() as call_id):
                self._calls.append(call_id)
            case ResponseFinished():
                await self._finished(event)
            case _:
                pass

    async def interrupt(self) -> None:
        """Stop the reply at the user's wish."""
        await self._yield_floor(self._clock.now_ns(), cancel=True)

    async def say(self, text: str) -> None:
        """Send a typed message and ask for the reply; a reply under way is stopped first."""
        await self.interrupt()
        sent_ns = await self._uplink.send(SendText(text))
        self._publish(TextSent(at_ns=sent_ns or self._clock.now_ns(), text=text))
        await self._ask()

    async def hold(self) -> None:
        """The talk key went down: the user has the floor until it comes up."""
        if self._capture.held:
            return
        await self.interrupt()
        if self._settings.turn_detection.mode is not VadMode.MANUAL:
            await self._uplink.send(ConfigureSession(manual(self._settings)))
        await self._uplink.send(ClearInput())
        self._capture.held = True
        await self._capture.send_preroll()
        self._capture.manual = True
        self._held_from = self._capture.frames_sent

    async def release(self) -> None:
        """The talk key came up: the turn ends here. A mere tap of the key says nothing."""
        if not self._capture.held:
            return
        self._capture.held = False
        if self._capture.frames_sent - self._held_from < LEAST_FRAMES:
            await self._uplink.send(ClearInput())
        else:
            sent_ns = await self._uplink.send(CommitInput())
            self._publish(CommitSent(at_ns=sent_ns or self._clock.now_ns()))
            await self._ask()
        if self._settings.turn_detection.mode is not VadMode.MANUAL:
            await self._uplink.send(ConfigureSession(self._settings))
            self._capture.manual = False

    async def _ask(self) -> None:
        sent_ns = await self._uplink.send(CreateResponse())
        self._publish(ResponseRequested(at_ns=sent_ns or self._clock.now_ns()))

    async def _yield_floor(self, at_ns: Nanoseconds, *, cancel: bool) -> None:
        flushed = [*self._player.flush(at_ns), *self._silence(at_ns)]
        for event in flushed:
            self._publish(event)
        if cancel and self._running and self._capabilities.cancels_responses:
            sent_ns = await self._uplink.send(CancelResponse())
            self._publish(CancelSent(at_ns=sent_ns or self._clock.now_ns()))
        if self._capabilities.truncates_items:
            for event in flushed:
                await self._truncate(event)

    def _silence(self, at_ns: Nanoseconds) -> list[SessionEvent]:
        """Give up the replies that have not sounded: what is in flight must not be played."""
        unheard = self._running - self._with_audio - self._silenced
        self._silenced |= unheard
        return [
            PlaybackFlushed(
                at_ns=at_ns, response_id=each, item_id=None, played_ms=0.0, dropped_ms=0.0
            )
            for each in sorted(unheard)
        ]

    async def _truncate(self, event: SessionEvent) -> None:
        """Tell the provider what was heard; a reply of which nothing sounded is left alone."""
        if not isinstance(event, PlaybackFlushed) or event.item_id is None:
            return
        played_ms = int(event.played_ms)
        if played_ms <= 0:
            return
        sent_ns = await self._uplink.send(TruncateItem(event.item_id, played_ms))
        self._publish(
            TruncateSent(
                at_ns=sent_ns or self._clock.now_ns(),
                item_id=event.item_id,
                audio_end_ms=played_ms,
            )
        )

    async def _finished(self, event: ResponseFinished) -> None:
        if event.response_id is not None:
            self._running.discard(event.response_id)
            self._player.end(event.response_id)
        calls, self._calls = self._calls, []
        if not calls or event.status != "completed":
            return
        for call_id in calls:
            sent_ns = await self._uplink.send(SendToolResult(call_id, NO_SUCH_TOOL))
            self._publish(ToolResultSent(at_ns=sent_ns or self._clock.now_ns(), call_id=call_id))
        await self._ask()
