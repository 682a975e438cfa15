"""What the session needs from the outside, each as small as it can be.

Fakes for tests live in ``tests/support``; the real ones are chosen in ``app.bootstrap``.
"""

from app.core.ports.audio import (
    AudioSink,
    AudioSource,
    DeviceInfo,
    DeviceLister,
    Player,
    ScriptedSource,
    VoiceActivity,
)
from app.core.ports.network import Connection, Connector, RunningServer, SpeechServers
from app.core.ports.store import (
    CalibrationStore,
    Recording,
    SecretStore,
    SessionReader,
    SessionStore,
    StoredSession,
)
from app.core.ports.weights import WeightCondition, WeightKeeper, WeightStatus

__all__ = [
    "AudioSink",
    "AudioSource",
    "CalibrationStore",
    "Connection",
    "Connector",
    "DeviceInfo",
    "DeviceLister",
    "Player",
    "Recording",
    "RunningServer",
    "ScriptedSource",
    "SecretStore",
    "SessionReader",
    "SessionStore",
    "SpeechServers",
    "StoredSession",
    "VoiceActivity",
    "WeightCondition",
    "WeightKeeper",
    "WeightStatus",
]
