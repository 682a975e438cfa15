"""Starts the embedded engine or the simulator as a child, and ends it by its process id."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from app.core.errors import AppError, EngineError, WeightsError
from app.core.ports.network import RunningServer
from app.core.serving import EXIT_WEIGHTS

READY_DEADLINE_S: Final = 60.0
END_DEADLINE_S: Final = 3.0
KEPT_LINES: Final = 12
_LINE_LIMIT_BYTES: Final = 1024 * 1024
_ENGINE_HINT: Final = "Run `vivavoce doctor`, or `vivavoce serve` to see all it says."
_WEIGHTS_HINT: Final = "Run `vivavoce weights fetch`."


class ChildServers:
    """The children of this process. Implements ``SpeechServers``.

    Args:
        command: The words before ``serve``: an interpreter and this program.
        drop: Environment variables that a child does not get: keys are not for it.
    """

    def __init__(
        self, command: Sequence[str] = (sys.executable, "-m", "app"), *, drop: Iterable[str] = ()
    ) -> None:
        self._command = tuple(command)
        self._drop = frozenset(drop)
        self._children: list[_Child] = []

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        """Start one and wait until it is ready. A second call starts another.

        Raises:
            EngineError: If it did not start; the message holds its last words.
            WeightsError: If its weights are missing or damaged.
        """
        words = ("serve", "--end-with-stdin", *(("--simulated",) if simulated else ()), *arguments)
        child = _Child(await self._spawn(words))
        self._children.append(child)
        try:
            return await _ready_in_time(child)
        except BaseException:  # also a start that is given up: it would go on loading models
            await child.end()
            with suppress(ValueError):  # closed meanwhile
                self._children.remove(child)
            raise

    def alive(self, server: RunningServer) -> bool:
        """Whether the server's process still runs."""
        return any(child.runs(server.pid) for child in self._children)

    async def close(self) -> None:
        """End every child by its process id. Safe to call twice."""
        children, self._children = self._children, []
        for child in children:
            await child.end()

    async def _spawn(self, words: Sequence[str]) -> Process:
        environment = {k: v for k, v in os.environ.items() if k not in self._drop}
        try:
            return await asyncio.create_subprocess_exec(
                *self._command,
                *words,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent
                limit=_LINE_LIMIT_BYTES,
            )
        except OSError as exc:
            raise EngineError(
                f"the speech server could not be started: {exc.strerror}", hint=_ENGINE_HINT
            ) from exc


async def _ready_in_time(child: "_Child") -> RunningServer:
    try:
        async with asyncio.timeout(READY_DEADLINE_S):
            return await child.ready()
    except TimeoutError as exc:
        raise EngineError(
            f"the speech server was not ready within {READY_DEADLINE_S:.0f} s",
            hint=_ENGINE_HINT,
        ) from exc


class _Child:
    """One child. Its standard error is drained for as long as it lives; the last lines stay."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._last: deque[str] = deque(maxlen=KEPT_LINES)
        self._draining = asyncio.create_task(self._drain(), name=f"stderr of {process.pid}")

    async def ready(self) -> RunningServer:
        line = await _line(self._process.stdout)
        if not line:
            raise await self._failure()
        try:
            ready: dict[str, Any] = json.loads(line)
            return RunningServer(url=ready["url"], token=ready["token"], pid=ready["pid"])
        except (ValueError, KeyError, TypeError):
            raise EngineError(
                "the speech server said something else than that it is ready", hint=_ENGINE_HINT
            ) from None

    def runs(self, pid: int) -> bool:
        """Whether this is the process ``pid`` and it has not ended."""
        return self._process.pid == pid and self._process.returncode is None

    async def end(self) -> None:
        """Close its standard input, then ask, then kill; wait for its end each time."""
        for step in (self._hang_up, self._process.terminate, self._process.kill):
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    step()
            try:
                async with asyncio.timeout(END_DEADLINE_S):
                    await self._process.wait()
                    break
            except TimeoutError:
                continue
        self._draining.cancel()
        await asyncio.gather(self._draining, return_exceptions=True)

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _failure(self) -> AppError:
        code = await self._process.wait()
        await asyncio.gather(self._draining, return_exceptions=True)
        # Its last line is a sentence, and then what to do.
        said, _, advice = (self._last[-1] if self._last else f"exit code {code}").partition(". ")
        if code == EXIT_WEIGHTS:
            return WeightsError(said, hint=advice or _WEIGHTS_HINT)
        return EngineError(f"the speech server did not start: {said}", hint=advice or _ENGINE_HINT)

    async def _drain(self) -> None:
        while line := await _line(self._process.stderr):
            self._last.append(line.decode(errors="replace").rstrip())


async def _line(stream: asyncio.StreamReader | None) -> bytes:
    """Return the next line; an overlong one is cut away, the end is b""."""
    if stream is None:
        return b""
    while True:
        try:
            return await stream.readline()
        except ValueError:
            continue
