"""The beta dialect of the server half: the same engine in other words.

What a client says is put into GA's words before it is checked, and what it is told is put
back into beta's: other names of events and content parts, a flat session, no ``.done`` of
items. What beta has no word for (rates of PCM, the idle time-out, GA's nested audio) is an
unknown parameter, as it is to the service.

Source: OpenAI Realtime API reference, beta of 2024-10 to 2026 (``openai`` 2.30.0,
``types/beta/realtime``).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from app.protocols.openai_realtime.schema import invalid, number, one_of, unknown

Fields: TypeAlias = Mapping[str, Any]
Body: TypeAlias = dict[str, Any]

DEFAULT_TEMPERATURE: Final = 0.8
_temperature = number(0.6, 1.2)
_FORMATS: Final = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_TOLD_FORMATS: Final = {theirs: ours for ours, theirs in _FORMATS.items()}
_format = one_of(*_FORMATS)

_KINDS: Final = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "conversation.item.added": "conversation.item.created",
}
_UNTOLD: Final = frozenset({"conversation.item.done"})
_PARTS: Final = {"text": "output_text", "audio": "output_audio"}
_TOLD_PARTS: Final = {theirs: ours for ours, theirs in _PARTS.items()}
_SAME: Final = ("model", "instructions", "tools", "tool_choice", "tracing", "metadata", "input")
_SESSION: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: (name,) for name in (*_SAME, "conversation")},
    "modalities": ("output_modalities",),
    "max_response_output_tokens": ("max_output_tokens",),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "output_audio_format": ("audio", "output", "format"),
    "input_audio_format": ("audio", "input", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
}
"""Each of beta's settings, and where GA has it."""

_PLACES: Final = tuple(
    (f"{owner}.{'.'.join(path)}{'.type' if path[-1] == 'format' else ''}", f"{owner}.{name}")
    for owner in ("session", "response")
    for name, path in _SESSION.items()
    if path != (name,)
)


class BetaWords:
    """Puts one connection's words from beta into GA and back."""

    def __init__(self) -> None:
        self._temperature = DEFAULT_TEMPERATURE
        self._wanted = DEFAULT_TEMPERATURE
        self._reading = False

    def heard(self, event: Fields) -> Fields:
        """Return a client event in GA's words.

        Raises:
            ClientError: If it has a parameter that beta does not know.
        """
        body = dict(event)
        self._reading = True
        match body:
            case {"type": "session.update", "session": dict(session)}:
                self._wanted = _checked_temperature(session, "session", self._temperature)
                body["session"] = {"type": "realtime", **_nested(session, "session")}
            case {"type": "response.create", "response": dict(response)}:
                _checked_temperature(response, "response", self._temperature)
                body["response"] = _nested(response, "response")
            case {"type": "conversation.item.create", "item": dict(item)}:
                body["item"] = _respelled(item, _PARTS)
            case _:
                pass
        self._reading = False
        return body

    def told(self, event: Fields) -> Body | None:
        """Return a server event in beta's words, or None where it has none for it."""
        kind = event["type"]
        if kind in _UNTOLD:
            return None
        body = {**event, "type": _KINDS.get(kind, kind)}
        if kind == "session.updated":
            self._temperature = self._wanted
        if "session" in body:
            body["session"] = {**_flat_session(body["session"]), "temperature": self._temperature}
        if "response" in body:
            body["response"] = {
                **_flat_response(body["response"]),
                "temperature": self._temperature,
            }
        if "item" in body:
            body["item"] = _respelled(body["item"], _TOLD_PARTS)
        if "error" in body and not self._reading:  # what beta refuses is in its words already
            body["error"] = _respelled_error(body["error"])
        return body


# --- from beta ---------------------------------------------------------------------------------


def _checked_temperature(settings: Fields, place: str, usual: float) -> float:
    if settings.get("temperature") is None:
        return usual
    return float(_temperature(settings["temperature"], f"{place}.temperature"))


def _nested(settings: Fields, place: str) -> Body:
    body: Body = {}
    for name, value in settings.items():
        if name == "temperature":
            continue
        if name not in _SESSION:
            raise unknown(f"{place}.{name}")
        *outer, last = _SESSION[name]
        inner = body
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = _ga_value(name, value, f"{place}.{name}")
    return body


def _ga_value(name: str, value: Any, place: str) -> Any:
    if name.endswith("_audio_format"):
        return {"type": _FORMATS[_format(value, place)]}
    if name == "modalities" and isinstance(value, list):
        return _modality(value, place)
    if name == "turn_detection" and isinstance(value, dict) and "idle_timeout_ms" in value:
        raise unknown(f"{place}.idle_timeout_ms")
    if name == "input" and isinstance(value, list):
        return [_respelled(item, _PARTS) if isinstance(item, dict) else item for item in value]
    return value


def _modality(value: list[Any], place: str) -> list[Any]:
    if value == ["text"]:
        return value
    if value in (["text", "audio"], ["audio", "text"]):
        return ["audio"]
    raise invalid(
        place,
        "Invalid modalities. Supported combinations are: ['text'] and ['audio', 'text'].",
    )


# --- to beta -----------------------------------------------------------------------------------


def _flat_session(session: Fields) -> Body:
    audio = session["audio"]
    turns = audio["input"]["turn_detection"]
    return {
        "id": session["id"],
        "object": "realtime.session",
        "model": session["model"],
        "expires_at": session["expires_at"],
        "modalities": _both(session["output_modalities"]),
        "instructions": session["instructions"],
        "voice": audio["output"]["voice"],
        "speed": audio["output"]["speed"],
        "input_audio_format": _TOLD_FORMATS[audio["input"]["format"]["type"]],
        "output_audio_format": _TOLD_FORMATS[audio["output"]["format"]["type"]],
        "input_audio_transcription": audio["input"]["transcription"],
        "input_audio_noise_reduction": audio["input"]["noise_reduction"],
        "turn_detection": turns
        and {name: value for name, value in turns.items() if name != "idle_timeout_ms"},
        "tools": session["tools"],
        "tool_choice": session["tool_choice"],
        "max_response_output_tokens": session["max_output_tokens"],
        "tracing": session["tracing"],
    }


def _flat_response(response: Fields) -> Body:
    body = dict(response)
    body["modalities"] = _both(body.pop("output_modalities"))
    output = body.pop("audio")["output"]
    body["voice"] = output["voice"]
    body["output_audio_format"] = _TOLD_FORMATS[output["format"]["type"]]
    body["output"] = [_respelled(item, _TOLD_PARTS) for item in body["output"]]
    if body["usage"] is not None:
        body["usage"] = _plain_usage(body["usage"])
    return body


def _plain_usage(usage: Fields) -> Body:
    """Return the usage without what beta does not count."""
    given = usage["input_token_details"]
    known = {name: given[name] for name in ("text_tokens", "audio_tokens", "cached_tokens")}
    return {**usage, "input_token_details": known}


def _both(modalities: list[str]) -> list[str]:
    return ["text", "audio"] if modalities == ["audio"] else list(modalities)


def _respelled(item: Fields, parts: Mapping[str, str]) -> Body:
    """Return ``item`` with an assistant's content parts renamed."""
    body = dict(item)
    if body.get("role") == "assistant" and isinstance(body.get("content"), list):
        body["content"] = [_respelled_part(part, parts) for part in body["content"]]
    return body


def _respelled_part(part: Any, parts: Mapping[str, str]) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    return {**part, "type": parts[kind]} if isinstance(kind, str) and kind in parts else part


def _respelled_error(error: Fields) -> Body:
    message, param = str(error["message"]), error["param"]
    for theirs, ours in _PLACES:
        message = message.replace(theirs, ours)
        param = param and str(param).replace(theirs, ours)
    return {**error, "message": message, "param": param}
