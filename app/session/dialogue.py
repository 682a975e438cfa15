"""What we do about what happens: yield to the user, send what is typed, hold the talk key."""

from collections.abc import Callable, Sequence

from app.core.clock import Nanoseconds
from app.core.commands import ClearInput, CommitInput, ConfigureSession, SendText
from app.core.conduct import BargeIn
from app.core.config import TurnDetection, VadMode
from app.core.events import (
    BargeInCause,
    CommitSent,
    ConnectionLost,
    ConnectionRenewed,
    PlaybackFlushed,
    ProviderErrorReported,
    ResponseStarted,
    SessionEvent,
    SessionReady,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    TurnsConfigured,
)
from app.session.asking import Asking
from app.session.capture import Capture
from app.session.floor import Floor
from app.session.local_ears import LocalEars
from app.session.manual import manual
from app.session.speech_ends import SpeechEnds
from app.session.stage import Stage
from app.session.tool_desk import ToolDesk
from app.session.turn_choice import TurnChoice
from app.session.uplink import Uplink

LEAST_FRAMES = 5
"""100 ms: services refuse to commit less."""

_OF_SETTINGS = "session.update"
"""How the codec names a message of settings."""


class Dialogue:
    """Reacts to one session's events and to its user. All calls on the engine's loop.

    Args:
        stage: The session; its turn detection decides who ends turns and whether speech
            interrupts.
        ends: Our own ears on the user.
        publish: Tells everybody of an event of ours.

    Attributes:
        ears: Stops a reply when our own ears hear the user, where that is wished.
        tools: Answers the model's calls.
    """

    def __init__(
        self,
        stage: Stage,
        uplink: Uplink,
        capture: Capture,
        ends: SpeechEnds,
        publish: Callable[[SessionEvent], None],
    ) -> None:
        self._uplink = uplink
        self._capture = capture
        self._publish = publish
        self._clock = stage.clock
        capabilities = stage.parts.capabilities(stage.account.record.target)
        self._choice = TurnChoice(stage.start, capabilities)
        self._asking = Asking(uplink, stage.clock, publish)
        self._floor = Floor(stage, uplink, publish)
        self._untold: list[Sequence[PlaybackFlushed]] = []
        self._held_from = 0
        self._user_speaks = False
        self.tools = ToolDesk(stage, uplink, self._publish_noted)
        self.ears = LocalEars(ends, stage.clock, lambda: self._floor.sounding, self._hear_user)
        self._adopt()

    @property
    def mode(self) -> VadMode:
        """Who ends the user's turns at present."""
        return self._choice.mode

    @property
    def replying(self) -> bool:
        """Whether a reply that was not stopped sounds, or is still to come."""
        return self._floor.replying

    # --- what happens ---------------------------------------------------------------------------

    async def before(self, event: SessionEvent) -> None:
        """Act on what must be done before the event is told to the others: yield the floor."""
        if isinstance(event, SpeechStarted) and self._choice.provider_interrupts:
            await self._floor.stop(event.at_ns, BargeInCause.SERVER, cancel=False)
            await self.tools.interrupt()

    async def after(self, event: SessionEvent) -> None:
        """Act on an event that everybody knows by now."""
        self._floor.take(event)
        await self._asking.take(event)
        match event:
            case ResponseStarted():
                await self._refuse_unwanted()
            case SpeechStarted() | SpeechStopped():
                self._user_speaks = isinstance(event, SpeechStarted)
            case SessionReady():
                self._choice.accepted()
            case ProviderErrorReported(caused_by=str() as name) if name.startswith(_OF_SETTINGS):
                self._undo()
            case ConnectionLost() | ConnectionRenewed():
                await self._let_go(lost=isinstance(event, ConnectionLost))
            case _:
                pass
        await self.tools.take(event)

    async def poll(self) -> None:
        """Tell the provider what our own ears have decided since the last call."""
        untold, self._untold = self._untold, []
        for flushed in untold:
            await self._floor.tell(flushed, cancel=True)
            await self.tools.interrupt()

    def _hear_user(self, at_ns: Nanoseconds) -> None:
        """Yield at once; the provider is told as soon as the loop comes round."""
        self._untold.append(self._floor.silence(at_ns, BargeInCause.LOCAL))

    async def _refuse_unwanted(self) -> None:
        """Stop a reply that begins though the user has the floor, or has given it up."""
        unwanted = self._asking.take_unwanted()
        if self._capture.held:
            await self._stop(BargeInCause.TALK_KEY)
        elif unwanted is not None:
            await self._stop(unwanted)

    # --- the user's wishes ----------------------------------------------------------------------

    async def interrupt(self, cause: BargeInCause = BargeInCause.STOP_KEY) -> None:
        """Stop the reply at the user's wish, be it announced already or only asked for."""
        self._asking.give_up(cause)
        await self._stop(cause)
        await self.tools.interrupt()

    async def say(self, text: str) -> None:
        """Send a typed message and ask for the reply; a reply under way is stopped first."""
        await self.interrupt(BargeInCause.TYPED)
        sent_ns = await self._uplink.send(SendText(text))
        self._publish(TextSent(at_ns=sent_ns or self._clock.now_ns(), text=text))
        await self._asking.ask()

    async def hold(self) -> None:
        """The talk key went down: the user has the floor until it comes up."""
        if self._capture.held:
            return
        await self.interrupt(BargeInCause.TALK_KEY)
        if self.mode is not VadMode.MANUAL:
            await self._uplink.send(ConfigureSession(manual(self._choice.told)))
        self._capture.manual = True
        await self._uplink.send(ClearInput())
        await self._capture.hold()
        self._held_from = self._capture.frames_sent

    async def release(self) -> None:
        """The talk key came up: the turn ends here. A mere tap of the key says nothing."""
        if not self._capture.held:
            return
        self._capture.held = False
        if self._capture.frames_sent - self._held_from < LEAST_FRAMES:
            await self._uplink.send(ClearInput())
        else:
            await self._commit()
        if self.mode is not VadMode.MANUAL:
            await self._uplink.send(ConfigureSession(self._choice.told))
            self._capture.manual = False

    async def configure(self, turn_detection: TurnDetection, barge_in: BargeIn) -> None:
        """Use other turn detection from now on; a turn that is under way is not lost.

        While the talk key is held it is kept for when the key comes up. Where the user is
        speaking and turns are ended by hand from now on, what was said so far is committed.

        Raises:
            ConfigError: If the provider cannot, or not while the session runs.
        """
        was = self.mode
        tells = self._choice.change(turn_detection, barge_in)
        at_ns = self._clock.now_ns()
        if tells and not self._capture.held:
            at_ns = await self._uplink.send(ConfigureSession(self._choice.told)) or at_ns
        self._adopt()
        self._publish(self._configured(at_ns))
        if was is not VadMode.MANUAL and self.mode is VadMode.MANUAL and self._user_speaks:
            self._user_speaks = False
            await self._commit()

    # --- settings -------------------------------------------------------------------------------

    def _adopt(self) -> None:
        """Behave by the present choice; the talk key keeps the microphone while it is held."""
        self.ears.wish = self._choice.barge_in
        turns = self._choice.settings.turn_detection
        self._asking.by_itself = turns.create_response
        if not self._capture.held:
            self._capture.manual = self.mode is VadMode.MANUAL

    def _undo(self) -> None:
        """Go back to what the provider took last: it has refused the last choice."""
        if self._choice.refused():
            self._uplink.note_settings(self._choice.told)
            self._adopt()
            self._publish(self._configured(self._clock.now_ns()))

    def _configured(self, at_ns: Nanoseconds) -> TurnsConfigured:
        choice = self._choice
        return TurnsConfigured(
            at_ns=at_ns,
            turn_detection=choice.settings.turn_detection,
            barge_in=choice.barge_in,
        )

    async def _let_go(self, *, lost: bool) -> None:
        """Forget what the user was saying on a connection that has ended, also by the key."""
        self._user_speaks = False
        if lost and self._capture.held:
            self._capture.held = False
            await self._uplink.send(ConfigureSession(self._choice.told))
            self._adopt()

    # --- asking and stopping --------------------------------------------------------------------

    async def _stop(self, cause: BargeInCause) -> None:
        await self._floor.stop(self._clock.now_ns(), cause, cancel=True)

    async def _commit(self) -> None:
        sent_ns = await self._uplink.send(CommitInput())
        self._asking.committed()
        self._publish(CommitSent(at_ns=sent_ns or self._clock.now_ns()))
        await self._asking.ask()

    def _publish_noted(self, event: SessionEvent) -> None:
        """Publish an event of the tools': they ask for replies too."""
        self._asking.hear(event)
        self._publish(event)
