"""What happened, in our words. One vocabulary for every provider.

``at_ns`` is the instant the cause reached this process: the socket read for a wire event,
the ADC or DAC instant for an audio event. It is never the instant of parsing or drawing.
"""

from typing import TypeAlias

from app.core.events.base import Event
from app.core.events.items import (
    ItemChange,
    ItemChanged,
    ItemDeleted,
    ItemTruncated,
)
from app.core.events.local import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    BargeInCause,
    CancelSent,
    ClockJumped,
    CommitSent,
    ConnectionLost,
    DeleteSent,
    ItemHeard,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ResponseRequested,
    SpeechEndMethod,
    TextSent,
    ToolResultSent,
    TruncateSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.events.reply import (
    McpProgress,
    McpStage,
    RemotePlayback,
    RemotePlaybackChanged,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseItem,
    ResponsePart,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    TextKind,
    TokenUsage,
    ToolArgumentsDelta,
    ToolCalled,
)
from app.core.events.session import (
    ConversationCreated,
    FormatDiffers,
    ProviderErrorReported,
    RateLimit,
    RateLimitsUpdated,
    SessionCreated,
    SessionReady,
    UnknownMessage,
)
from app.core.events.upkeep import (
    ConnectionRenewed,
    ConsentGiven,
    DeviceBack,
    DeviceLost,
    DevicesChanged,
    DeviceSide,
    ProcessingChanged,
    Reconnecting,
    SelfTriggered,
    StallNoticed,
    ToolFinished,
    ToolOutcome,
    ToolStarted,
    TurnsConfigured,
)
from app.core.events.user import (
    InputCleared,
    InputCommitted,
    InputTimedOut,
    InputTranscriptDelta,
    InputTranscriptDone,
    InputTranscriptFailed,
    InputTranscriptSegment,
    KeypadPressed,
    SpeechStarted,
    SpeechStopped,
    TranscriptionUsage,
)

SessionEvent: TypeAlias = (
    SessionCreated
    | UserSpeechStarted
    | UserSpeechEnded
    | CommitSent
    | TextSent
    | ResponseRequested
    | CancelSent
    | TruncateSent
    | DeleteSent
    | ToolResultSent
    | SessionReady
    | ConversationCreated
    | FormatDiffers
    | RateLimitsUpdated
    | ProviderErrorReported
    | UnknownMessage
    | SpeechStarted
    | SpeechStopped
    | InputCommitted
    | InputCleared
    | InputTimedOut
    | KeypadPressed
    | InputTranscriptDelta
    | InputTranscriptDone
    | InputTranscriptSegment
    | InputTranscriptFailed
    | ItemChanged
    | ItemTruncated
    | ItemDeleted
    | ResponseStarted
    | ResponseItem
    | ResponsePart
    | ResponseText
    | ResponseTextDone
    | ResponseAudio
    | ResponseAudioDone
    | ToolArgumentsDelta
    | ToolCalled
    | McpProgress
    | ResponseFinished
    | RemotePlaybackChanged
    | PlaybackStarted
    | PlaybackAudible
    | PlaybackFinished
    | PlaybackStalled
    | PlaybackFlushed
    | ConnectionLost
    | ClockJumped
    | AgentSpeechStarted
    | AgentSpeechEnded
    | ConnectionRenewed
    | ConsentGiven
    | DeviceBack
    | DeviceLost
    | DevicesChanged
    | ProcessingChanged
    | Reconnecting
    | SelfTriggered
    | StallNoticed
    | ToolFinished
    | ToolStarted
    | TurnsConfigured
)

__all__ = [
    "AgentSpeechEnded",
    "AgentSpeechStarted",
    "BargeInCause",
    "CancelSent",
    "ClockJumped",
    "CommitSent",
    "ConnectionLost",
    "ConnectionRenewed",
    "ConsentGiven",
    "ConversationCreated",
    "DeleteSent",
    "DeviceBack",
    "DeviceLost",
    "DeviceSide",
    "DevicesChanged",
    "Event",
    "FormatDiffers",
    "InputCleared",
    "InputCommitted",
    "InputTimedOut",
    "InputTranscriptDelta",
    "InputTranscriptDone",
    "InputTranscriptFailed",
    "InputTranscriptSegment",
    "ItemChange",
    "ItemChanged",
    "ItemDeleted",
    "ItemHeard",
    "ItemTruncated",
    "KeypadPressed",
    "McpProgress",
    "McpStage",
    "PlaybackAudible",
    "PlaybackFinished",
    "PlaybackFlushed",
    "PlaybackStalled",
    "PlaybackStarted",
    "ProcessingChanged",
    "ProviderErrorReported",
    "RateLimit",
    "RateLimitsUpdated",
    "Reconnecting",
    "RemotePlayback",
    "RemotePlaybackChanged",
    "ResponseAudio",
    "ResponseAudioDone",
    "ResponseFinished",
    "ResponseItem",
    "ResponsePart",
    "ResponseRequested",
    "ResponseStarted",
    "ResponseText",
    "ResponseTextDone",
    "SelfTriggered",
    "SessionCreated",
    "SessionEvent",
    "SessionReady",
    "SpeechEndMethod",
    "SpeechStarted",
    "SpeechStopped",
    "StallNoticed",
    "TextKind",
    "TextSent",
    "TokenUsage",
    "ToolArgumentsDelta",
    "ToolCalled",
    "ToolFinished",
    "ToolOutcome",
    "ToolResultSent",
    "ToolStarted",
    "TranscriptionUsage",
    "TruncateSent",
    "TurnsConfigured",
    "UnknownMessage",
    "UserSpeechEnded",
    "UserSpeechStarted",
]
