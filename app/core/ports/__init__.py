"""What the session needs from the outside, each as small as it can be.

Fakes for tests live in ``tests/support``; the real ones are chosen in ``app.bootstrap``.
"""

from app.core.ports.audio import (
    AudioSink,
    AudioSource,
    Player,
    ScriptedSource,
    VoiceActivity,
    VoiceProcessor,
)
from app.core.ports.devices import (
    DeviceChange,
    DeviceInfo,
    DeviceLister,
    DeviceNotice,
    DeviceWatch,
    HotDevice,
    NoticeKind,
    ServedDevice,
)
from app.core.ports.library import Library, PriceBook
from app.core.ports.network import Connection, Connector, RunningServer, SpeechServers
from app.core.ports.replay import JOINED, ScoreLine, ScorePage, ScorePlace, SessionScore
from app.core.ports.store import (
    CalibrationStore,
    Recording,
    SecretStore,
    SessionReader,
    SessionStore,
    StoredSession,
)
from app.core.ports.tools import McpConnection, McpConnector, ToolCaller
from app.core.ports.weights import WeightCondition, WeightKeeper, WeightStatus

__all__ = [
    "JOINED",
    "AudioSink",
    "AudioSource",
    "CalibrationStore",
    "Connection",
    "Connector",
    "DeviceChange",
    "DeviceInfo",
    "DeviceLister",
    "DeviceNotice",
    "DeviceWatch",
    "HotDevice",
    "Library",
    "McpConnection",
    "McpConnector",
    "NoticeKind",
    "Player",
    "PriceBook",
    "Recording",
    "RunningServer",
    "ScoreLine",
    "ScorePage",
    "ScorePlace",
    "ScriptedSource",
    "SecretStore",
    "ServedDevice",
    "SessionReader",
    "SessionScore",
    "SessionStore",
    "SpeechServers",
    "StoredSession",
    "ToolCaller",
    "VoiceActivity",
    "VoiceProcessor",
    "WeightCondition",
    "WeightKeeper",
    "WeightStatus",
]
