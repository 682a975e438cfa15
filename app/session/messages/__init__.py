"""What a front end asks of the measuring engine, and what the engine tells it.

Frozen values only: they cross the pipe between the two processes as JSON (``link``) and are
handed over as they are where both live in one process. Audio never crosses; waveforms go as
envelopes.
"""

from typing import TypeAlias

from app.session.messages.choices import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
)
from app.session.messages.reports import (
    ClientDelayReport,
    DevicesReport,
    EnvelopeReport,
    HealthReport,
    LiveState,
    MarkKind,
    MarkReport,
    MeterReport,
    PlayingReport,
    ProblemReport,
    Remedy,
    SessionReport,
    SpanKind,
    SpanReport,
    Speaker,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from app.session.messages.requests import (
    CalibrationKind,
    CompareSessions,
    EndSession,
    EngineRequest,
    HoldToTalk,
    Interrupt,
    ListDevices,
    ListSessions,
    PlaySpan,
    SendTyped,
    SetMuted,
    Shutdown,
    StartCalibration,
    StartSession,
    StopJob,
    StopPlaying,
    VerifySession,
)
from app.session.messages.results import (
    CalibrationReport,
    ComparisonReport,
    JobReport,
    SessionLine,
    SessionsReport,
    VerificationReport,
)

EngineReport: TypeAlias = (
    StateReport
    | TranscriptReport
    | TurnReport
    | MeterReport
    | EnvelopeReport
    | MarkReport
    | HealthReport
    | ProblemReport
    | DevicesReport
    | SessionReport
    | SpanReport
    | PlayingReport
    | VerificationReport
    | SessionsReport
    | ComparisonReport
    | JobReport
    | CalibrationReport
)

__all__ = [
    "CalibrationKind",
    "CalibrationReport",
    "ClientDelayReport",
    "CompareSessions",
    "ComparisonReport",
    "DevicesReport",
    "EndSession",
    "EngineReport",
    "EngineRequest",
    "EnvelopeReport",
    "HealthReport",
    "HoldToTalk",
    "InputChoice",
    "InputKind",
    "Interrupt",
    "JobReport",
    "ListDevices",
    "ListSessions",
    "LiveState",
    "MarkKind",
    "MarkReport",
    "MeterReport",
    "OutputChoice",
    "OutputKind",
    "PlaySpan",
    "PlayingReport",
    "ProblemReport",
    "Remedy",
    "SendTyped",
    "SessionLine",
    "SessionReport",
    "SessionsReport",
    "SetMuted",
    "Shutdown",
    "SpanKind",
    "SpanReport",
    "Speaker",
    "StartCalibration",
    "StartSession",
    "StateReport",
    "StopJob",
    "StopPlaying",
    "TranscriptReport",
    "TurnReport",
    "VerificationReport",
    "VerifySession",
]
