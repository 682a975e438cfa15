"""``vivavoce ping``, put together."""

import argparse
import sys
from collections.abc import Sequence

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.access import key_of
from app.bootstrap.engine import make_parts
from app.bootstrap.known import catalogue
from app.bootstrap.loop import run_precisely
from app.cli import ping as front
from app.cli.ping import PingPrinter
from app.cli.plain import told
from app.core.clock import MonotonicClock
from app.core.config import Dialect, SessionSettings
from app.core.errors import AppError
from app.providers.targets import resolve
from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind, StartSession
from app.session.parts import SessionParts
from app.trials.pinging import Pinger


def ping(arguments: Sequence[str]) -> int:
    """Reach a model several times and print how long each stage took."""
    parser = argparse.ArgumentParser(prog="vivavoce ping", description=front.__doc__)
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = PingPrinter(sys.stdout, as_json=parsed.json)
    try:
        known = catalogue()
        target = resolve(known, parsed.model, dialect=Dialect(parsed.dialect))
        start = StartSession(
            target=target,
            settings=SessionSettings(),
            input=InputChoice(kind=InputKind.SILENCE),
            output=OutputChoice(kind=OutputKind.NULL),
            key=key_of(known, target, from_stdin=parsed.key_stdin),
            engine_arguments=tuple(parsed.engine_option),
        )
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    parts = make_parts(MonotonicClock(), known)
    try:
        run_precisely(_ping(parts, start, parsed, printer))
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        printer.finish(error)
        return 1
    except KeyboardInterrupt:
        printer.finish()
        return INTERRUPTED
    printer.finish()
    return 0


async def _ping(
    parts: SessionParts, start: StartSession, asked: argparse.Namespace, printer: PingPrinter
) -> None:
    try:
        async for reached in Pinger(parts, start).run(asked.connections, asked.pings):
            printer.take(reached.timing, reached.rtts_ms)
    finally:
        await parts.servers.close()
