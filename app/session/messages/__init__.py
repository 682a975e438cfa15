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
    RerunTiming,
)
from app.session.messages.library import (
    ChangeLibrary,
    CloseReplay,
    CostReport,
    ExportReport,
    ExportSessions,
    ImportBundle,
    ImportReport,
    LibraryAnswer,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
    LibraryRequest,
    ListPrices,
    OpenReplay,
    PricesReport,
    QueryLibrary,
    RecordConsent,
    RemovePrice,
    ReplayReport,
    SetPrice,
    Solo,
    SteerReplay,
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
    AllowTool,
    AnswerTool,
    CalibrationKind,
    CompareSessions,
    ConfigureTurns,
    EndSession,
    HoldToTalk,
    Interrupt,
    ListDevices,
    ListSessions,
    PlaySpan,
    SendTyped,
    SessionRequest,
    SetMuted,
    SetProcessing,
    Shutdown,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSession,
    StartSweep,
    StopJob,
    StopPlaying,
    SwitchDevices,
    VerifySession,
)
from app.session.messages.results import (
    BatteryReport,
    CalibrationReport,
    ComparisonReport,
    JobReport,
    SessionLine,
    SessionsReport,
    SweepReport,
    VerificationReport,
)
from app.session.messages.upkeep import (
    DeviceReport,
    EchoReport,
    GuardReport,
    GuardState,
    MicFault,
    MicFinding,
    MicReport,
    ToolReport,
    ToolState,
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
    | ToolReport
    | DeviceReport
    | EchoReport
    | MicReport
    | GuardReport
    | BatteryReport
    | SweepReport
    | LibraryAnswer
)

EngineRequest: TypeAlias = SessionRequest | LibraryRequest

__all__ = [
    "AllowTool",
    "AnswerTool",
    "BatteryReport",
    "CalibrationKind",
    "CalibrationReport",
    "ChangeLibrary",
    "ClientDelayReport",
    "CloseReplay",
    "CompareSessions",
    "ComparisonReport",
    "ConfigureTurns",
    "CostReport",
    "DeviceReport",
    "DevicesReport",
    "EchoReport",
    "EndSession",
    "EngineReport",
    "EngineRequest",
    "EnvelopeReport",
    "ExportReport",
    "ExportSessions",
    "GuardReport",
    "GuardState",
    "HealthReport",
    "HoldToTalk",
    "ImportBundle",
    "ImportReport",
    "InputChoice",
    "InputKind",
    "Interrupt",
    "JobReport",
    "LibraryAnswer",
    "LibraryChanged",
    "LibraryDeed",
    "LibraryReport",
    "LibraryRequest",
    "ListDevices",
    "ListPrices",
    "ListSessions",
    "LiveState",
    "MarkKind",
    "MarkReport",
    "MeterReport",
    "MicFault",
    "MicFinding",
    "MicReport",
    "OpenReplay",
    "OutputChoice",
    "OutputKind",
    "PlaySpan",
    "PlayingReport",
    "PricesReport",
    "ProblemReport",
    "QueryLibrary",
    "RecordConsent",
    "Remedy",
    "RemovePrice",
    "ReplayReport",
    "RerunTiming",
    "SendTyped",
    "SessionLine",
    "SessionReport",
    "SessionRequest",
    "SessionsReport",
    "SetMuted",
    "SetPrice",
    "SetProcessing",
    "Shutdown",
    "Solo",
    "SpanKind",
    "SpanReport",
    "Speaker",
    "StartBattery",
    "StartCalibration",
    "StartMicTest",
    "StartSession",
    "StartSweep",
    "StateReport",
    "SteerReplay",
    "StopJob",
    "StopPlaying",
    "SweepReport",
    "SwitchDevices",
    "ToolReport",
    "ToolState",
    "TranscriptReport",
    "TurnReport",
    "VerificationReport",
    "VerifySession",
]
