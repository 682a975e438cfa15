"""How each dialect spells turn detection, and what it has no word for.

Null is push-to-talk everywhere.

Source: OpenAI Realtime API reference, "session.update" (GA ``ServerVad`` and ``SemanticVad``;
beta, which knows no idle time-out); Azure Voice Live reference 2026-07-15, "ServerVad"; xAI
Voice Agent API, "turn_detection" (server VAD alone, threshold 0.1 to 0.9).
"""

from typing import Any, Final, TypeAlias

from app.core.config import TurnDetection, VadMode
from app.core.errors import ConfigError

Body: TypeAlias = dict[str, Any]
"""A JSON object that is to be sent."""

_XAI_THRESHOLD: Final = (0.1, 0.9)


def ga_turns(turns: TurnDetection) -> Body | None:
    """Return GA's ``turn_detection``."""
    return _with_idle(_turns(turns), turns)


def beta_turns(turns: TurnDetection) -> Body | None:
    """Return the ``turn_detection`` of beta and of Azure Voice Live.

    Raises:
        ConfigError: If an idle time-out is wanted.
    """
    if turns.mode is VadMode.SERVER and turns.idle_timeout_ms is not None:
        raise ConfigError(
            "This dialect of the protocol has no idle time-out.",
            hint="Turn it off, or choose an endpoint that speaks the GA dialect.",
        )
    return _turns(turns)


def xai_turns(turns: TurnDetection) -> Body | None:
    """Return xAI's ``turn_detection``.

    Raises:
        ConfigError: If it has no word for what is wanted.
    """
    lowest, highest = _XAI_THRESHOLD
    if turns.mode is VadMode.SEMANTIC:
        raise ConfigError(
            "xAI has no semantic turn detection.", hint="Choose server VAD, or push-to-talk."
        )
    if turns.mode is VadMode.SERVER and not lowest <= turns.threshold <= highest:
        raise ConfigError(
            f"xAI takes VAD thresholds from {lowest} to {highest}, not {turns.threshold:g}.",
            hint="Choose one in between.",
        )
    return _with_idle(_turns(turns), turns)


def without_idle(session: Body) -> Body:
    """Return a ``session`` whose server VAD, if it has one, has no idle time-out any more.

    An update keeps what it does not name, so a time-out that was asked for is taken back by
    its name.
    """
    owner = session if "turn_detection" in session else session["audio"]["input"]
    turns = owner["turn_detection"]
    if turns is not None and turns["type"] == "server_vad":
        turns.setdefault("idle_timeout_ms", None)
    return session


def _with_idle(body: Body | None, turns: TurnDetection) -> Body | None:
    if body is None or turns.mode is not VadMode.SERVER or turns.idle_timeout_ms is None:
        return body
    return {**body, "idle_timeout_ms": turns.idle_timeout_ms}


def _turns(turns: TurnDetection) -> Body | None:
    """Return what all have the same words for."""
    flags = {
        "create_response": turns.create_response,
        "interrupt_response": turns.interrupt_response,
    }
    if turns.mode is VadMode.MANUAL:
        return None
    if turns.mode is VadMode.SEMANTIC:
        return {"type": "semantic_vad", "eagerness": turns.eagerness, **flags}
    return {
        "type": "server_vad",
        "threshold": turns.threshold,
        "prefix_padding_ms": turns.prefix_padding_ms,
        "silence_duration_ms": turns.silence_ms,
        **flags,
    }
