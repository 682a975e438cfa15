"""``vivavoce serve``: from options to a running server, until it is told to end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from app.core.clock import Clock
from app.core.errors import AppError, ConfigError
from app.core.serving import EXIT_DONE, ServeOptions
from app.localengine.auth import Gate, make_token
from app.localengine.ports import SpeechEngine
from app.localengine.server import LOOPBACK, REALTIME_PATH, listening, open_port
from app.localengine.simulator import Simulator
from app.localengine.simulator_stream import sessions_of
from app.localengine.site import AS_THE_SERVICE, make_site

if TYPE_CHECKING:
    from app.localengine.tls import Certificate

MakeEngine: TypeAlias = Callable[[ServeOptions], Awaitable[SpeechEngine]]


async def serve(
    options: ServeOptions,
    make_engine: MakeEngine,
    announce: Callable[[str], None],
    clock: Clock,
) -> int:
    """Serve until a signal, or the end of standard input where the options say so.

    Args:
        options: What to serve.
        make_engine: Loads the embedded engine; not called for the simulator.
        announce: Gets the JSON ready line, once.
        clock: The clock of all stamps.

    Returns:
        The process's exit code.

    Raises:
        ConfigError: If the options cannot work.
        EngineError: If the port is in use.
        WeightsError: If weights are missing or damaged.
    """
    async with AsyncExitStack() as stack:
        port = stack.enter_context(open_port(options.port))
        certificate = _certificate(stack) if options.tls else None
        end = await stack.enter_async_context(_told_to_end(with_stdin=options.end_with_stdin))
        engine = await _unless(end, _engine(options, make_engine, clock))
        if engine is None:
            return EXIT_DONE
        stack.push_async_callback(engine.close)
        token = make_token() if options.token is None else options.token
        sessions = sessions_of(engine) if isinstance(engine, Simulator) else AS_THE_SERVICE
        sessions = replace(sessions, beta=options.beta)
        site = make_site(engine, Gate(token, clock), clock, sessions=sessions)
        tls = None if certificate is None else certificate.context
        async with listening(site, port, tls=tls):
            announce(_ready_line(engine, port.getsockname()[1], token, certificate))
            await end.wait()
    return EXIT_DONE


def _ready_line(
    engine: SpeechEngine, port: int, token: str, certificate: "Certificate | None"
) -> str:
    scheme = "ws" if certificate is None else "wss"
    ready = {
        "type": "ready",
        "url": f"{scheme}://{LOOPBACK}:{port}{REALTIME_PATH}",
        "token": token,
        "model": engine.model,
        "voices": list(engine.voices),
        "pid": os.getpid(),
        "ca_file": None if certificate is None else str(certificate.ca_file),
    }
    return json.dumps(ready)


def serve_blocking(
    options: ServeOptions, make_engine: MakeEngine, announce: Callable[[str], None], clock: Clock
) -> int:
    """Run ``serve`` on a loop of its own; for the main thread."""
    return asyncio.run(serve(options, make_engine, announce, clock))


def _certificate(stack: AsyncExitStack) -> "Certificate":
    # Loading the cryptography package takes longer than all else; few servers need it.
    from app.localengine.tls import fresh_certificate  # noqa: PLC0415

    return stack.enter_context(fresh_certificate())


async def _engine(options: ServeOptions, make_engine: MakeEngine, clock: Clock) -> SpeechEngine:
    if options.simulator is not None:
        return Simulator(options.simulator, clock)
    return await make_engine(options)


async def _unless(end: asyncio.Event, making: Awaitable[SpeechEngine]) -> SpeechEngine | None:
    """Return the engine, or None where the end came first."""
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(_outcome(making), name="load engine")
        ending = tasks.create_task(end.wait(), name="end")
        await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        ending.cancel()
    if work.cancelled():
        return None
    outcome = work.result()
    if isinstance(outcome, AppError):
        raise outcome
    return outcome


async def _outcome(making: Awaitable[SpeechEngine]) -> SpeechEngine | AppError:
    """Return what was made, or why not: a task group would wrap what is raised."""
    try:
        return await making
    except AppError as error:
        return error


class _EndOfStdin(asyncio.Protocol):
    """Sets an event when standard input has ended; what it carries is ignored."""

    def __init__(self, end: asyncio.Event) -> None:
        self._end = end

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._end.set()


@asynccontextmanager
async def _told_to_end(*, with_stdin: bool) -> AsyncIterator[asyncio.Event]:
    """Give an event that SIGINT, SIGTERM and, if asked, the end of standard input set.

    Raises:
        ConfigError: If standard input has no end to wait for.
    """
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    stdin: asyncio.BaseTransport | None = None
    if with_stdin:
        try:
            stdin, _ = await loop.connect_read_pipe(lambda: _EndOfStdin(end), sys.stdin)
        except (ValueError, OSError) as exc:
            raise ConfigError(
                "--end-with-stdin needs a pipe on standard input",
                hint="Leave it out in a terminal.",
            ) from exc
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows ends a process its own way
            loop.add_signal_handler(number, end.set)
    try:
        yield end
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
        if stdin is not None:
            stdin.close()
