"""Longer work that a front end asks of the engine beside its session."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.session.messages import (
    CompareSessions,
    EngineReport,
    ExportSessions,
    ImportBundle,
    ListSessions,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSweep,
    VerifySession,
)

JobRequest: TypeAlias = (
    VerifySession
    | ListSessions
    | CompareSessions
    | StartCalibration
    | StartMicTest
    | StartBattery
    | StartSweep
    | ExportSessions
    | ImportBundle
)

Tell: TypeAlias = Callable[[EngineReport], None]

RunJob: TypeAlias = Callable[[JobRequest, Tell], Awaitable[None]]
"""Does what is asked and tells the result; ``asyncio.CancelledError`` ends it early.

It tells ``JobReport`` while it works, but not its end: the service does.

Raises:
    AppError: If it cannot be done; the service tells it.
"""
