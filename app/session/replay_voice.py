"""The loudspeaker of a replay: opened when it is needed, and done without when it is lost."""

from collections.abc import Callable
from typing import TypeAlias

from app.core.clock import Nanoseconds
from app.core.errors import AppError, DeviceError
from app.core.ports import AudioSink
from app.session.jobs import Tell
from app.session.messages import OutputChoice, OutputKind, ProblemReport, Remedy, Solo
from app.session.parts import SessionParts
from app.session.problems import problem_of
from app.session.replay_clock import ReplayClock
from app.session.replay_sound import ReadSound, ReplaySound
from app.session.tasks import to_its_end

MakeOutput: TypeAlias = Callable[[OutputChoice], AudioSink]
"""Makes a loudspeaker of its own: of an audio child that no session uses."""


class Voice:
    """Sounds while time passes, if it can. All calls on the engine's loop but ``prepare``.

    Without a loudspeaker, with one that does not open and with one that is lost, the replay
    goes on in silence, at its own timing.

    Args:
        parts: The clock, and what runs aside.
        make_output: Makes the loudspeaker.
        choice: Which one.
        read: Returns user and agent from a frame to before another.
        tell: Gets a problem, once.
    """

    def __init__(
        self,
        parts: SessionParts,
        make_output: MakeOutput,
        choice: OutputChoice,
        read: ReadSound,
        tell: Tell,
    ) -> None:
        self._parts = parts
        self._make_output = make_output
        self._choice = choice
        self._read = read
        self._tell = tell
        self._sink: AudioSink | None = None
        self._sound: ReplaySound | None = None
        self._mute = choice.kind is OutputKind.NULL
        self._stale = True

    @property
    def is_open(self) -> bool:
        """Whether a loudspeaker is held."""
        return self._sink is not None

    def turn(self) -> None:
        """What is replayed goes on from elsewhere, or otherwise."""
        self._stale = True

    async def go_on(self, clock: ReplayClock, solo: Solo) -> None:
        """Sound what ``clock`` says; open the loudspeaker for that, and fall silent with it."""
        if clock.playing and self._sink is None and not self._mute:
            await self._open()
        if self._sound is None or not self._stale:
            return
        self._stale = False
        self._sound.solo = solo
        if clock.playing:
            self._sound.start(clock.at_ns, clock.speed)
        else:
            self._sound.stop()

    def prepare(self) -> None:
        """Have enough ready. Blocks on the disk: runs aside."""
        if self._sound is not None:
            self._sound.prepare()

    async def feed(self) -> tuple[Nanoseconds, Nanoseconds] | None:
        """Hand on what is ready; see ``ReplaySound.feed``."""
        if self._sound is None or self._sink is None:
            return None
        found = self._sound.feed()
        if self._sound.problem:
            lost = DeviceError(
                f"the loudspeaker {self._sink.name} stopped: {self._sound.problem}",
                hint="The replay goes on in silence.",
            )
            await self.close()
            self._complain(lost)
        return found

    async def close(self) -> None:
        """Give the loudspeaker back."""
        sink, self._sink, self._sound = self._sink, None, None
        self._stale = True
        if sink is not None:
            await to_its_end(self._parts.aside(sink.close))

    async def _open(self) -> None:
        try:
            sink = self._make_output(self._choice)
            try:
                await to_its_end(self._parts.aside(sink.open))
            except BaseException:
                await to_its_end(self._parts.aside(sink.close))
                raise
        except AppError as error:
            self._complain(error)
            return
        self._sink = sink
        self._sound = ReplaySound(self._parts.clock, sink, self._read)

    def _complain(self, error: AppError) -> None:
        self._mute = True
        problem = problem_of(error, fatal=False)
        self._tell(
            ProblemReport(
                sentence=problem.sentence,
                hint="The replay goes on in silence.",
                remedy=Remedy.CHOOSE_DEVICE,
                detail=problem.detail,
            )
        )
