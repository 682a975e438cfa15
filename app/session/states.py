"""What a live session is doing, as a table.

Everything that can change the state is in TRANSITIONS; a cause that is absent for a state
leaves it as it is, since causes arrive from several independent sides. Nothing else may
change it.
"""

from enum import StrEnum

from app.session.messages import LiveState


class Cause(StrEnum):
    """What can move a session from one state to another."""

    START_ENGINE = "start_engine"
    CONNECT = "connect"
    READY = "ready"
    USER_STARTED = "user_started"
    USER_STOPPED = "user_stopped"
    ASKED = "asked"
    SOUNDING = "sounding"
    SILENT = "silent"
    INTERRUPTED = "interrupted"
    ANSWERED = "answered"
    STOP = "stop"
    STOPPED = "stopped"
    FAILED = "failed"


_S = LiveState
_LIVE: dict[Cause, LiveState] = {
    Cause.USER_STARTED: _S.YOU_SPEAK,
    Cause.ASKED: _S.THINKING,
    Cause.STOP: _S.STOPPING,
    Cause.STOPPED: _S.STOPPED,
    Cause.FAILED: _S.FAILED,
}

TRANSITIONS: dict[LiveState, dict[Cause, LiveState]] = {
    _S.IDLE: {
        Cause.START_ENGINE: _S.STARTING_ENGINE,
        Cause.CONNECT: _S.CONNECTING,
        Cause.FAILED: _S.FAILED,
        Cause.STOPPED: _S.STOPPED,
    },
    _S.STARTING_ENGINE: {
        Cause.CONNECT: _S.CONNECTING,
        Cause.STOP: _S.STOPPING,
        Cause.STOPPED: _S.STOPPED,
        Cause.FAILED: _S.FAILED,
    },
    _S.CONNECTING: {
        Cause.READY: _S.LISTENING,
        Cause.STOP: _S.STOPPING,
        Cause.STOPPED: _S.STOPPED,
        Cause.FAILED: _S.FAILED,
    },
    _S.LISTENING: {**_LIVE, Cause.SOUNDING: _S.MODEL_SPEAKS},
    _S.YOU_SPEAK: {
        **_LIVE,
        Cause.USER_STOPPED: _S.THINKING,
        Cause.SOUNDING: _S.MODEL_SPEAKS,
        Cause.ANSWERED: _S.LISTENING,
    },
    _S.THINKING: {
        **_LIVE,
        Cause.SOUNDING: _S.MODEL_SPEAKS,
        Cause.ANSWERED: _S.LISTENING,
        Cause.INTERRUPTED: _S.INTERRUPTED,
    },
    _S.MODEL_SPEAKS: {
        **_LIVE,
        Cause.SILENT: _S.LISTENING,
        Cause.INTERRUPTED: _S.INTERRUPTED,
    },
    _S.INTERRUPTED: {
        **_LIVE,
        Cause.USER_STOPPED: _S.THINKING,
        Cause.SOUNDING: _S.MODEL_SPEAKS,
        Cause.ANSWERED: _S.LISTENING,
        Cause.SILENT: _S.LISTENING,
    },
    _S.STOPPING: {Cause.STOPPED: _S.STOPPED, Cause.FAILED: _S.FAILED},
    _S.STOPPED: {Cause.START_ENGINE: _S.STARTING_ENGINE, Cause.CONNECT: _S.CONNECTING},
    _S.FAILED: {Cause.START_ENGINE: _S.STARTING_ENGINE, Cause.CONNECT: _S.CONNECTING},
}
