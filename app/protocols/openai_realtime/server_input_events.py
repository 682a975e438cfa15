"""Client events about audio."""

from collections.abc import Mapping

from app.core.audio_format import Samples
from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server_audio import wire_bytes
from app.protocols.openai_realtime.server_input import InputCause
from app.protocols.openai_realtime.server_state import Fields, Handler, ServerState
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    InputCleared,
    InputCommitted,
    ServerRequest,
)

MIN_COMMIT_MS = 100


def _append(state: ServerState, event: Fields) -> list[ServerRequest]:
    decoder = state.input.decoder
    audio = wire_bytes(event["audio"], decoder.encoding, "audio")
    state.input.audio_ms += decoder.duration_ms(audio)
    return _appended(decoder.decode(audio))


def _appended(samples: Samples) -> list[ServerRequest]:
    if not len(samples):
        return []
    samples.setflags(write=False)
    return [AudioAppended(samples)]


def _commit(state: ServerState, _event: Fields) -> list[ServerRequest]:
    audio_ms = state.input.audio_ms
    if audio_ms < MIN_COMMIT_MS:
        raise ClientError(
            "input_audio_buffer_commit_empty",
            "Error committing input audio buffer: buffer too small. Expected at least "
            f"{MIN_COMMIT_MS}ms of audio, but buffer only has {audio_ms:.2f}ms of audio.",
        )
    rest = _appended(state.input.decoder.flush())
    item_id = state.commit(audio_ms)
    return [*rest, InputCommitted(item_id=item_id, audio_ms=round(audio_ms))]


def _clear(state: ServerState, _event: Fields) -> list[ServerRequest]:
    state.input.move(InputCause.CLEARED)
    state.input.empty()
    state.input.decoder.flush()
    state.outbox.emit("input_audio_buffer.cleared", {})
    return [InputCleared()]


def _clear_output(_state: ServerState, _event: Fields) -> list[ServerRequest]:
    raise ClientError(
        "invalid_event",
        "'output_audio_buffer.clear' is for WebRTC and SIP connections only; drop your own "
        "playback and send 'response.cancel' and 'conversation.item.truncate' instead.",
        "type",
    )


INPUT_EVENTS: Mapping[str, Handler] = {
    "input_audio_buffer.append": _append,
    "input_audio_buffer.commit": _commit,
    "input_audio_buffer.clear": _clear,
    "output_audio_buffer.clear": _clear_output,
}
