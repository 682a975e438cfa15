"""One live session, from the first address look-up to the last line of the recording."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.core.clock import Nanoseconds
from app.core.conduct import Processing
from app.core.errors import AppError, ConfigError, EngineError
from app.core.events import SpeechEndMethod
from app.core.money import PriceRow
from app.core.ports import Connection, Player, Recording, VoiceActivity
from app.core.records import SessionRecord
from app.session.account import Account, new_record
from app.session.distinct import DistinctCodecs
from app.session.line import Line
from app.session.manual import told
from app.session.messages import (
    AllowTool,
    AnswerTool,
    ConfigureTurns,
    EngineReport,
    InputKind,
    ProblemReport,
    SessionReport,
    StartSession,
)
from app.session.opening import Opening, listened
from app.session.parts import OpenedInput, SessionOutcome, SessionParts
from app.session.problems import problem_of, unwritten, warning_of
from app.session.reporter import Reporter
from app.session.running import Running
from app.session.speech_detectors import SpeechDetector, VoiceDetector
from app.session.spending import price_of
from app.session.stage import Stage
from app.session.states import Cause
from app.session.tasks import EndedError, app_error_in, unless_ended
from app.session.tool_box import Toolbox, open_toolbox

_log = logging.getLogger("app.session")


class LiveSession:
    """Runs one session. All calls on the engine's loop.

    The user may mute the microphone and hold the talk key before the connection is open; both
    are remembered.

    Args:
        parts: The outside world.
        start: What to connect to and how.
        report: Gets everything that a front end shows.
        unreported: Tells how many reports the front end has not been given.
    """

    def __init__(
        self,
        parts: SessionParts,
        start: StartSession,
        report: Callable[[EngineReport], None],
        unreported: Callable[[], int] = lambda: 0,
    ) -> None:
        self._parts = parts
        self._report = report
        self._reporter = Reporter(report)
        self._opening = Opening(parts, start, self._reporter)
        self._start = replace(start, key=None)
        self._codecs = DistinctCodecs(parts.make_codec)
        self._toolbox = Toolbox()
        self._price: PriceRow | None = None
        self._ending = asyncio.Event()
        self._end_reason: str | None = None
        self._unreported = unreported
        self._muted = self._held = False
        self._held_ns: Nanoseconds | None = None
        self._turns: ConfigureTurns | None = None
        self._processing = start.conduct.processing
        self.running: Running | None = None

    def mute(self, *, muted: bool) -> None:
        """Send silence in place of the microphone, or the microphone again."""
        self._muted = muted
        if self.running is not None:
            self.running.mute(muted=muted)

    def deafen(self, *, deaf: bool) -> None:
        """Send silence while a recording is played, whether or not the user muted it."""
        if self.running is not None:
            self.running.deafen(deaf=deaf)

    @property
    def turn_under_way(self) -> bool:
        """Whether a turn is not over yet."""
        return self.running is not None and self.running.turn_under_way

    async def hold(self, *, down: bool) -> None:
        """Take the talk key down or up."""
        if down and not self._held:
            self._held_ns = self._parts.clock.now_ns()
        self._held = down
        if self.running is not None:
            await self.running.hold(down=down)

    async def configure_turns(self, turns: ConfigureTurns) -> None:
        """Use other turn detection from now on; before the session runs, from its start on.

        Raises:
            ConfigError: If the provider cannot, or the connection is lost at the moment.
        """
        if self.running is None:
            self._turns = turns
        else:
            await self.running.configure_turns(turns.turn_detection, turns.barge_in)

    async def process(self, processing: Processing) -> None:
        """Process the microphone so from now on; before it is open, from the start on."""
        self._processing = processing
        if self.running is not None:
            await self.running.process(processing)

    async def say(self, text: str) -> None:
        """Send a typed message.

        Raises:
            ConfigError: If the session is not connected yet.
        """
        if self.running is None:
            raise ConfigError(
                "The session is not connected yet.", hint="Send the message again in a moment."
            )
        await self.running.say(text)

    async def interrupt(self) -> None:
        """Stop the reply under way, if there is one."""
        if self.running is not None:
            await self.running.interrupt()

    def allow_tool(self, word: AllowTool) -> None:
        """Take the user's word on a function call that asked."""
        if self.running is not None:
            self.running.tools.allow(word.call_id, allow=word.allow, remember=word.remember)

    def answer_tool(self, answer: AnswerTool) -> None:
        """Take the user's own answer to a function call."""
        if self.running is not None:
            self.running.tools.answer(answer.call_id, answer.output, failed=answer.failed)

    def consent(self, who: str) -> None:
        """Keep that somebody agrees to being recorded.

        Raises:
            ConfigError: If the session is not connected yet, nobody is named, or the name is
                longer than ``LONGEST_NAME``.
        """
        if self.running is None:
            raise ConfigError(
                "The session is not connected yet.", hint="Name who agrees again in a moment."
            )
        self.running.consent(who)

    def end(self, reason: str) -> None:
        """End the session soon. Safe to call at any time and twice."""
        if not self._ending.is_set():
            self._end_reason = reason
            self._reporter.move(Cause.STOP)
            self._ending.set()

    async def run(self) -> SessionOutcome:
        """Hold the session; return how it ended. Errors become its problem, never a raise."""
        with contextlib.ExitStack() as devices:
            try:
                opened = await self._microphone()
                devices.callback(opened.source.close)
                sink = self._parts.make_output(self._start.output)
                devices.callback(sink.close)
                target = await unless_ended(self._opening.resolve(), self._ending)
                record = new_record(self._parts, self._start, opened.source.name, sink.name)
                record = replace(record, target=target)
                secrets = self._opening.secrets
                store = self._parts.make_store(self._start.sessions_dir, secrets)
                recording = store.begin(record)
            except AppError as error:
                return self._failed(error, None, None)
            except EndedError:
                return self._stopped(None, None)
            player = self._parts.make_player(sink)
            account = Account(record)
            return await self._recorded(opened, player, recording, account)

    async def _microphone(self) -> OpenedInput:
        """Return what stands for the microphone; a recorded session may be listened to first."""
        wanted = self._start.input
        if wanted.kind is not InputKind.SESSION:
            return self._parts.make_input(wanted)
        listening = listened(self._parts, self._start, self._report)
        return await unless_ended(listening, self._ending)

    async def _recorded(
        self, opened: OpenedInput, player: Player, recording: Recording, account: Account
    ) -> SessionOutcome:
        self._reporter.begin(account.record.t0_ns)
        error: AppError | None = None
        try:
            await self._open_tools()
            self._price = await price_of(self._parts, account.record)
            connection = await unless_ended(self._opening.connect(), self._ending)
            line = self._line(connection, account)
            try:
                await self._live(line, opened, player, recording, account)
            finally:
                await line.close()
        except EndedError:
            pass
        except Exception as failure:  # noqa: BLE001 - the session's supervisor: a recording must be closed
            error = app_error_in(failure)
            if error is None:
                _log.exception("session failed")
                error = EngineError(
                    f"The measuring engine failed ({type(failure).__name__}).",
                    hint="The recording is complete up to here; start again.",
                )
        finally:
            await self._toolbox.close()
        live = account.record.connect is not None and account.record.connect.ready_ms is not None
        state = "failed" if error is not None and not live else "complete"
        record = account.ended(state, self._parts.today(), str(error or self._end_reason))
        await self._parts.aside(lambda: recording.close(record))
        if error is not None:
            return self._failed(error, record, recording)
        return self._stopped(record, recording, unwritten(recording))

    async def _open_tools(self) -> None:
        """Offer the model the user's tools; the slow part of it is done before anything is live."""
        opening = open_toolbox(self._parts, self._start.conduct, self._report)
        self._toolbox = await unless_ended(opening, self._ending)
        settings = self._start.settings
        tools = (*settings.tools, *self._toolbox.tools)
        self._start = replace(self._start, settings=replace(settings, tools=tools))

    def _line(self, connection: Connection, account: Account) -> Line:
        settings = told(self._start.settings, self._start.conduct.barge_in)
        codec = self._codecs.make(settings, account.record.target.dialect)
        return Line(connection, codec, settings)

    async def _live(
        self,
        line: Line,
        opened: OpenedInput,
        player: Player,
        recording: Recording,
        account: Account,
    ) -> None:
        stage = Stage(
            parts=self._parts,
            start=self._start,
            line=line,
            make_codec=self._codecs.make,
            reopen=self._opening.again,
            opened=opened,
            player=player,
            recording=recording,
            account=account,
            reporter=self._reporter,
            report=self._report,
            toolbox=self._toolbox,
            price=self._price,
            end=self.end,
        )
        running = Running(stage, await self._detector(stage))
        if self._processing != Processing():
            await running.process(self._processing)
        await self._parts.aside(player.sink.open)
        await self._parts.aside(opened.source.open)
        await self._parts.aside(lambda: _note_devices(stage))
        with _quiet_collector():
            await self._configured(stage, running)

    async def _configured(self, stage: Stage, running: Running) -> None:
        """Configure the session and hold it.

        From here on nothing may take long: a provider whose audio flows in real time from the
        start would be heard that much later for as long as the session goes on.
        """
        account, recording, opened = stage.account, stage.recording, stage.opened
        await unless_ended(running.configure(), self._ending)
        # What was captured before the session was ready is none of it, but for a key's first words.
        running.prime(opened.source.poll(), self._held_ns if self._held else None)
        self._warn(opened)
        self._reporter.move(Cause.READY)
        recording.session(account.record)
        self._report(SessionReport(record=account.record, folder=str(recording.folder)))
        running.mute(muted=self._muted)
        if self._turns is not None:
            await self._configure_late(running, self._turns)
        for who in self._start.consents:
            running.consent(who)
        if self._held:
            await running.hold(down=True)
        self.running = running
        try:
            await self._supervise(running)
        finally:
            self.running = None
            running.close()
            account.refresh(stage, self._unreported())

    async def _configure_late(self, running: Running, turns: ConfigureTurns) -> None:
        """Use the turn detection that was chosen while the connection opened, if it can be."""
        try:
            await running.configure_turns(turns.turn_detection, turns.barge_in)
        except ConfigError as error:
            self._report(problem_of(error, fatal=False))

    async def _detector(self, stage: Stage) -> SpeechDetector | None:
        """Return the network that hears a live user, or None where energy must do."""
        make = self._parts.make_activity
        if stage.opened.script is not None or make is None:
            return None
        if self._start.input.kind is not InputKind.DEVICE:
            return None
        loaded: list[VoiceActivity] = []
        try:
            await self._parts.aside(lambda: loaded.append(make()))
        except AppError as error:
            fields = {"method": SpeechEndMethod.ENERGY.value, "reason": str(error)}
            stage.recording.event(stage.clock.now_ns(), "SpeechDetector", fields)
            return None
        return VoiceDetector(loaded[0])

    def _warn(self, opened: OpenedInput) -> None:
        for warning in opened.script.warnings if opened.script else ():
            self._report(warning_of(warning))

    async def _supervise(self, running: Running) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work, name=name) for name, work in running.work()]
            tasks.append(group.create_task(self._script(running), name="script"))
            await self._ending.wait()
            for task in tasks:
                task.cancel()

    async def _script(self, running: Running) -> None:
        await running.run_script()
        if self._start.end_with_input:
            self.end("All input was answered.")

    def _failed(
        self, error: AppError, record: SessionRecord | None, recording: Recording | None
    ) -> SessionOutcome:
        problem = problem_of(error)
        self._report(problem)
        self._tell_record(record, recording)
        self._reporter.move(Cause.FAILED)
        folder = recording.folder if recording else None
        return SessionOutcome(record=record, folder=folder, problem=problem)

    def _stopped(
        self,
        record: SessionRecord | None,
        recording: Recording | None,
        problem: ProblemReport | None = None,
    ) -> SessionOutcome:
        self._tell_record(record, recording)
        self._reporter.move(Cause.STOPPED)
        folder = recording.folder if recording else None
        return SessionOutcome(record=record, folder=folder, problem=problem)

    def _tell_record(self, record: SessionRecord | None, recording: Recording | None) -> None:
        if record is not None and recording is not None:
            self._report(SessionReport(record=record, folder=str(recording.folder)))


def _note_devices(stage: Stage) -> None:
    """Say in the account which devices were opened, and what is known of them."""
    input_name, output_name = stage.opened.source.name, stage.player.sink.name
    note = stage.parts.calibrations.note(input_name, output_name)
    stage.account.record = replace(
        stage.account.record, input_name=input_name, output_name=output_name, calibration=note
    )


@contextlib.contextmanager
def _quiet_collector() -> Iterator[None]:
    """Keep the cyclic collector from pausing a turn; ``Running`` collects between turns."""
    others = gc.get_freeze_count()  # what the program froze itself stays frozen
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        if not others:
            gc.unfreeze()
