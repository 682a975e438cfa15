"""Whether the assistant hears itself: measured, counted, and told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from app.core.clock import Nanoseconds
from app.core.conduct import Processing
from app.core.errors import AppError
from app.core.events import ProcessingChanged, SelfTriggered, SessionEvent, SpeechStarted
from app.core.ports import VoiceProcessor
from app.session.echo_chain import VoiceChain
from app.session.messages import EchoReport, ProblemReport
from app.session.problems import problem_of
from app.session.speech_ends import SpeechEnds
from app.session.stage import Stage

REPORT_NS: Final = 1_000_000_000
SOUNDED_NS: Final = 800_000_000
"""What sounded so long before the provider heard speech may be what it heard."""
PATIENCE_NS: Final = 300_000_000
"""Speech is judged so much later, when more of it was heard than its first samples."""
SILENT_NS: Final = 1_000_000_000
"""For so long no speech must have been found for an onset to be none of the user's."""
STEADY_NS: Final = 2_000_000_000
"""Cancellation that began so long ago is measured."""
KEPT: Final = 64

UNPROCESSED: Final = ProblemReport(
    sentence="The microphone is not processed: the library for it is not installed.",
    hint="Use a headset, or half-duplex mode.",
)
HALF_DUPLEX: Final = (
    "or half-duplex: then nobody can interrupt by speaking, and nothing that is said while the "
    "assistant speaks is heard or measured."
)
HEARS_ITSELF: Final = ProblemReport(
    sentence="The assistant hears itself: the provider took its own voice for yours.",
    hint=f"Use a headset, turn on echo cancellation, {HALF_DUPLEX}",
)
STILL_HEARS_ITSELF: Final = ProblemReport(
    sentence="The assistant hears itself in spite of echo cancellation.",
    hint=f"Use a headset, lower the volume, {HALF_DUPLEX}",
)


@dataclass(slots=True)
class _Pending:
    """An onset that cannot be judged yet."""

    at_ns: Nanoseconds
    due_ns: Nanoseconds


class EchoWatch:
    """Watches the microphone for the assistant's own voice. All calls on the engine's loop.

    Args:
        stage: The session.
        chain: What the microphone passes.
        ends: Knows what speech we found in what is sent, whosever.
        publish: Tells everybody of an event of ours.

    Attributes:
        times: How often the provider took the assistant's voice for the user's.
    """

    def __init__(
        self,
        stage: Stage,
        chain: VoiceChain,
        ends: SpeechEnds,
        publish: Callable[[SessionEvent], None],
    ) -> None:
        self._stage = stage
        self._chain = chain
        self._ends = ends
        self._publish = publish
        self._judged: dict[Nanoseconds, bool] = {}
        self._pending: list[_Pending] = []
        self._reported_ns = Nanoseconds(0)
        self._told = False
        self.times = 0

    async def use(self, processing: Processing) -> None:
        """Process the microphone so from now on, and tell everybody.

        Where that cannot be had, the front end is told why, and what can be is done.
        """
        processor: VoiceProcessor | None = None
        if processing.filters:
            processor = await self._make(processing)
            if processor is None:
                processing = Processing(half_duplex=processing.half_duplex)
        now_ns = self._stage.clock.now_ns()
        self._chain.use(processing, processor, now_ns)
        self._publish(ProcessingChanged(at_ns=now_ns, processing=processing))

    def take(self, event: SessionEvent) -> None:
        """Take in an event that everybody knows by now."""
        if isinstance(event, SpeechStarted):
            self._consider(event.at_ns)

    def poll(self, now_ns: Nanoseconds) -> None:
        """Judge what waits for it; about once a second report what is heard of a reply."""
        for pending in [each for each in self._pending if each.due_ns <= now_ns]:
            self._settle(pending.at_ns)
        if now_ns - self._reported_ns < REPORT_NS:
            return
        if self._chain.active and self._chain.sounding(Nanoseconds(now_ns - REPORT_NS), now_ns):
            self._report(now_ns)

    def was_echo(self, at_ns: Nanoseconds) -> bool | None:
        """Whether what the provider heard at ``at_ns`` was the assistant's own voice.

        None where that was not looked into: no echo can have been heard, or nobody watched.
        """
        if any(pending.at_ns == at_ns for pending in self._pending):
            self._settle(at_ns)
        return self._judged.get(at_ns)

    def hears_echo(self, now_ns: Nanoseconds) -> bool:
        """Whether all that the microphone hears at the moment is a reply that sounds.

        Takes two milliseconds: ask where speech begins, not with every frame.
        """
        if not self._sounded(now_ns):
            return False
        verdict = self._chain.meter.verdict()
        return verdict.echo and not verdict.somebody

    async def _make(self, processing: Processing) -> VoiceProcessor | None:
        make = self._stage.parts.make_processor
        if make is None:
            self._stage.report(UNPROCESSED)
            return None
        made: list[VoiceProcessor] = []
        try:
            await self._stage.parts.aside(lambda: made.append(make(processing)))
        except AppError as error:
            self._stage.report(problem_of(error, fatal=False))
            return None
        return made[0]

    def _consider(self, at_ns: Nanoseconds) -> None:
        """Remember to find out whom the provider heard."""
        chain = self._chain
        if chain.processing.half_duplex or not self._sounded(at_ns) or not chain.meter.sending:
            return
        if self._stage.opened.script is not None and not self._silent(at_ns):
            return  # what a script speaks is known, not guessed
        due_ns = Nanoseconds(at_ns + PATIENCE_NS)
        self._pending = [*self._pending[-KEPT:], _Pending(at_ns, due_ns)]

    def _settle(self, at_ns: Nanoseconds) -> None:
        """Judge an onset by what is known now."""
        self._pending = [each for each in self._pending if each.at_ns != at_ns]
        verdict = self._chain.meter.verdict()
        self._judged[at_ns] = echo = verdict.echo and not verdict.somebody
        while len(self._judged) > KEPT:
            self._judged.pop(next(iter(self._judged)))
        if echo:
            self._count(at_ns)

    def _silent(self, at_ns: Nanoseconds) -> bool:
        """Whether we found no speech at an instant nor shortly before."""
        return not self._ends.spoke_between(Nanoseconds(at_ns - SILENT_NS), at_ns)

    def _sounded(self, at_ns: Nanoseconds) -> bool:
        """Whether a reply sounded at an instant, or so shortly before that a room still does."""
        if not self._chain.active:
            return False
        return self._chain.sounding(Nanoseconds(at_ns - SOUNDED_NS), at_ns)

    def _count(self, at_ns: Nanoseconds) -> None:
        self.times += 1
        account = self._stage.account
        account.record = replace(account.record, self_triggers=self.times)
        self._publish(SelfTriggered(at_ns=at_ns, times=self.times))
        self._report(self._stage.clock.now_ns())
        if not self._told:
            self._told = True
            cancelling = self._chain.processing.echo_cancellation
            self._stage.report(STILL_HEARS_ITSELF if cancelling else HEARS_ITSELF)

    def _report(self, now_ns: Nanoseconds) -> None:
        self._reported_ns = now_ns
        chain = self._chain
        steady = chain.cancelling_since(Nanoseconds(now_ns - STEADY_NS))
        found = chain.meter.measure(cancelling=steady)
        heard = not chain.processing.half_duplex
        self._stage.report(
            EchoReport(
                coupling_db=found.coupling_db,
                delay_ms=found.delay_ms,
                erle_db=found.erle_db,
                residual_dbfs=found.residual_dbfs if heard else None,
                self_triggers_n=self.times,
                offers_help=self.times > 0,
            )
        )
