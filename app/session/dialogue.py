"""What we do about what happens: yield to the user, send what is typed, hold the talk key."""

from collections.abc import Callable

from app.core.commands import (
    ClearInput,
    CommitInput,
    ConfigureSession,
    CreateResponse,
    SendText,
)
from app.core.config import VadMode
from app.core.events import (
    BargeInCause,
    CommitSent,
    ResponseRequested,
    SessionEvent,
    SpeechStarted,
    TextSent,
)
from app.session.capture import Capture
from app.session.floor import Floor
from app.session.manual import manual
from app.session.stage import Stage
from app.session.tool_desk import ToolDesk
from app.session.uplink import Uplink

LEAST_FRAMES = 5
"""100 ms: services refuse to commit less."""


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
        self._uplink = uplink
        self._capture = capture
        self._publish = publish
        self._clock = stage.clock
        self._settings = settings = stage.start.settings
        self._floor = Floor(stage, uplink, publish)
        self._tools = ToolDesk(stage, uplink, publish)
        self._held_from = 0
        capture.manual = settings.turn_detection.mode is VadMode.MANUAL

    async def before(self, event: SessionEvent) -> None:
        """Act on what must be done before the event is told to the others: yield the floor."""
        if isinstance(event, SpeechStarted) and self._settings.turn_detection.interrupt_response:
            await self._floor.stop(event.at_ns, BargeInCause.SERVER, cancel=False)

    async def after(self, event: SessionEvent) -> None:
        """Act on an event that everybody knows by now."""
        self._floor.take(event)
        await self._tools.take(event)

    async def interrupt(self, cause: BargeInCause = BargeInCause.STOP_KEY) -> None:
        """Stop the reply at the user's wish."""
        await self._floor.stop(self._clock.now_ns(), cause, cancel=True)

    async def say(self, text: str) -> None:
        """Send a typed message and ask for the reply; a reply under way is stopped first."""
        await self.interrupt(BargeInCause.TYPED)
        sent_ns = await self._uplink.send(SendText(text))
        self._publish(TextSent(at_ns=sent_ns or self._clock.now_ns(), text=text))
        await self._ask()

    async def hold(self) -> None:
        """The talk key went down: the user has the floor until it comes up."""
        if self._capture.held:
            return
        await self.interrupt(BargeInCause.TALK_KEY)
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
