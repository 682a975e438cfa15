"""Object graph of ``vivavoce compare``."""

import argparse
import asyncio
import itertools
import os
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.audio.wav import read_wav_info
from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.access import check_start, key_of, recogniser
from app.bootstrap.engine import make_parts
from app.bootstrap.known import CUSTOM_KEY_VARIABLE, catalogue
from app.bootstrap.loop import run_precisely
from app.bootstrap.mending import mend_sessions
from app.cli import compare as compare_front
from app.cli.compare import CompareOptions
from app.cli.comparison import ComparisonPrinter
from app.cli.plain import told
from app.core.clock import MonotonicClock
from app.core.errors import AppError, ConfigError
from app.metrics.outcomes import Comparison
from app.providers.catalogue import Catalogue
from app.providers.targets import CUSTOM, resolve
from app.session.live import LiveSession
from app.session.messages import EngineReport, ProblemReport, StartSession
from app.session.parts import SessionOutcome, SessionParts
from app.trials.comparing import SessionJobs
from app.trials.comparing_run import Contestant, InterleavedRun

_BY_USER = "Interrupted by the user."


def compare(arguments: Sequence[str]) -> int:
    """Compare models, or recorded sessions."""
    parser = argparse.ArgumentParser(
        prog="vivavoce compare",
        description=compare_front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare_front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = ComparisonPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        options = compare_front.parse(parsed)
        known = catalogue()
        contestants = _contestants(options, known)
        mend_sessions(options.out)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    parts = make_parts(MonotonicClock(), known)
    if contestants:
        return run_precisely(_run(contestants, options.rounds, parts, printer))
    return run_precisely(_recorded(options, parts, printer))


def _contestants(options: CompareOptions, known: Catalogue) -> tuple[Contestant, ...]:
    """Return the models of the run; none where recorded sessions are compared.

    Raises:
        ConfigError: If one cannot be talked to, a file cannot be spoken, or one key would
            reach several hosts.
    """
    for path in options.inputs:
        read_wav_info(Path(path))  # before anything starts, and not once a session
    found = compare_front.contestants_of(
        options,
        lambda text, dialect: resolve(known, text, dialect=dialect),
        partial(recogniser, known),
        partial(key_of, known, from_stdin=options.key_from_stdin),
    )
    for each in found:
        check_start(known, each.start.target, each.start.settings)
    own = {each.start.target.url for each in found if each.start.target.provider == CUSTOM}
    if len(own) > 1 and not options.key_from_stdin and os.environ.get(CUSTOM_KEY_VARIABLE):
        raise ConfigError(
            f"The key in {CUSTOM_KEY_VARIABLE} would be sent to {len(own)} endpoints.",
            hint="Unset it and give a key for each with --key-stdin.",
        )
    return found


class _Holder:
    """Holds one session after the other, and ends the one under way."""

    def __init__(self, parts: SessionParts, report: Callable[[EngineReport], None]) -> None:
        self._parts = parts
        self._report = report
        self._current: LiveSession | None = None

    async def hold(self, start: StartSession) -> SessionOutcome:
        """Hold a session to its end."""
        self._current = LiveSession(self._parts, start, self._report)
        try:
            return await self._current.run()
        finally:
            self._current = None

    def end(self) -> None:
        """End the session under way; its recording is closed."""
        if self._current is not None:
            self._current.end(_BY_USER)


async def _run(
    contestants: Sequence[Contestant], rounds: int, parts: SessionParts, printer: ComparisonPrinter
) -> int:
    def report(said: EngineReport) -> None:
        if isinstance(said, ProblemReport):
            printer.once(f"{said.sentence} {said.hint}".strip())

    holder = _Holder(parts, report)
    run = InterleavedRun(
        contestants,
        rounds,
        hold=holder.hold,
        run_id=f"run_{uuid.uuid4().hex}",
        tell=printer.progress,
    )
    interrupted = asyncio.Event()

    def stop() -> None:
        interrupted.set()
        run.stop(_BY_USER)
        holder.end()

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop)
    try:
        blocks = await run.run()
    finally:
        await parts.servers.close()
    try:
        compared = await _compared(run, len(contestants), parts, printer)
    except AppError as error:
        printer.note(told(error))
        printer.show((), blocks, error=run.ended_early or error.sentence)
        return INTERRUPTED if interrupted.is_set() else 1
    printer.show(compared, blocks, error=run.ended_early or None)
    if interrupted.is_set():
        return INTERRUPTED
    failed = any(block.problem or block.failed_turns for block in blocks)
    return 1 if failed or run.ended_early else 0


async def _compared(
    run: InterleavedRun, sides: int, parts: SessionParts, printer: ComparisonPrinter
) -> Sequence[Comparison]:
    """Return each model against each other, all of them judged together."""
    from app.metrics.comparison import judged_together  # noqa: PLC0415 - see the module

    jobs = SessionJobs(parts.reader, parts.aside)
    compared = [
        await jobs.comparison(run.folders(one), run.folders(other), printer.progress)
        for one, other in itertools.combinations(range(sides), 2)
    ]
    return judged_together(compared)


async def _recorded(
    options: CompareOptions, parts: SessionParts, printer: ComparisonPrinter
) -> int:
    jobs = SessionJobs(parts.reader, parts.aside)
    try:
        compared = await jobs.comparison(options.sessions, options.against, printer.progress)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    printer.show((compared,))
    return 0
