"""The window's end of the engine's pipe, read as the window reads it."""

import select
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.bootstrap.known import catalogue
from app.core.config import Dialect, SessionSettings
from app.providers.targets import resolve
from app.session.host import EngineProcess
from app.session.messages import (
    EngineReport,
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartSession,
)
from tests.support.sound_server import LIMIT_S

_R = TypeVar("_R", bound=EngineReport)


def simulated(sessions: Path, *paths: Path) -> StartSession:
    """Return a session with the simulator; it ends when every file was answered."""
    return StartSession(
        target=resolve(catalogue(), "simulator", dialect=Dialect.OPENAI_GA),
        settings=SessionSettings(),
        input=InputChoice(kind=InputKind.FILES, paths=tuple(map(str, paths))),
        output=OutputChoice(kind=OutputKind.NULL),
        sessions_dir=str(sessions),
        engine_arguments=("--reply-ms=300", "--tokens-per-s=1000"),
        end_with_input=True,
    )


@dataclass(slots=True)
class Window:
    """Takes what the engine tells."""

    engine: EngineProcess
    reports: list[EngineReport] = field(default_factory=list)

    def pump(self, limit_s: float) -> None:
        """Wait for reports, heartbeats included, and take them.

        Raises:
            EngineError: If the engine is gone.
        """
        ready = select.select([self.engine.fileno()], [], [], limit_s)[0]
        assert ready, f"the engine told nothing for {limit_s:.1f} s"
        self.reports += self.engine.receive()

    def until(self, kind: type[_R], *, count: int = 1, limit_s: float = LIMIT_S) -> list[_R]:
        """Pump until so many reports of a kind were told; return them."""
        deadline = time.monotonic() + limit_s
        while True:
            found: list[_R] = [each for each in self.reports if isinstance(each, kind)]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count} within {limit_s} s"
            self.pump(limit_s)
