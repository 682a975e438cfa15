"""The command line's object graph."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.access import check_start, key_of, recogniser
from app.bootstrap.engine import make_parts
from app.bootstrap.inputs import found_again
from app.bootstrap.known import catalogue
from app.bootstrap.loop import run_precisely
from app.bootstrap.mending import mend_sessions
from app.cli import talk as talk_front
from app.cli.conversation import ConversationPrinter
from app.cli.tools import ToolClerk
from app.core.clock import MonotonicClock
from app.core.errors import AppError
from app.providers.targets import resolve
from app.session.live import LiveSession
from app.session.messages import EngineReport, StartSession, ToolReport
from app.session.parts import SessionOutcome, SessionParts
from app.store.reader import FolderReader


def talk(arguments: Sequence[str]) -> int:
    """Hold a session in the terminal."""
    parser = argparse.ArgumentParser(prog="vivavoce talk", description=talk_front.__doc__)
    talk_front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = ConversationPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        options = talk_front.parse(parsed)
        known = catalogue()
        start = talk_front.start_of(
            options,
            lambda text, dialect: resolve(known, text, dialect=dialect),
            partial(recogniser, known),
            partial(key_of, known, from_stdin=options.key_from_stdin),
        )
        check_start(known, start.target, start.settings)
        mend_sessions(options.out)
        start = found_again(start, FolderReader(os.environ), options.out)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    clerk = ToolClerk(sys.stderr, allow=options.allow_tools)
    return run_precisely(_hold(start, make_parts(MonotonicClock(), known), printer, clerk))


async def _hold(
    start: StartSession, parts: SessionParts, printer: ConversationPrinter, clerk: ToolClerk
) -> int:
    def take(report: EngineReport) -> None:
        printer.take(report)
        if isinstance(report, ToolReport):
            clerk.take(report, session)

    session = LiveSession(parts, start, take)
    interrupted = asyncio.Event()

    def stop() -> None:
        interrupted.set()
        session.end("Interrupted by the user.")

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop)
    try:
        outcome = await session.run()
    finally:
        await parts.servers.close()
    failed = printer.finish(outcome.problem)
    return INTERRUPTED if interrupted.is_set() else _exit_code(outcome, failed=failed)


def _exit_code(outcome: SessionOutcome, *, failed: int) -> int:
    broken = outcome.record.counters.protocol_errors if outcome.record else 0
    return 1 if outcome.problem is not None or failed or broken else 0
