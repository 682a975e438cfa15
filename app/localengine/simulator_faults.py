"""What goes wrong in a turn that has a fault, and when."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from app.core.serving import Fault, SimulatorSettings
from app.dsp.pcm import to_bytes
from app.localengine.ports import (
    ReplyAudio,
    ReplyCut,
    ReplyFailed,
    ReplyIncomplete,
    ReplyOver,
    ReplyRaw,
    ReplyRequest,
    ReplyStray,
    ReplyText,
)
from app.localengine.simulator_schedule import FRAMES_PER_MS, Due, Schedule, answer, speech
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_response import ResponseWriter

HUGE_AUDIO_BYTES: Final = 10 * 1024 * 1024
MALFORMED: Final = '{"type":"response.output_audio.delta","delta":'
UNKNOWN: Final = (
    '{"type":"vendor.mood.changed","event_id":"event_unknown","mood":{"name":"curious"}}'
)
_CUTTING: Final = frozenset({Fault.CUT, Fault.CUT_MID_REPLY})
_STRAY_MS: Final = 250.0
_STRAY_AFTER_MS: Final = 50.0


def _error(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    del request
    failed = ReplyFailed(code="server_error", message="The simulator was told to fail this turn.")
    return Schedule(pieces=(Due(after_ms=settings.first_token_ms, piece=failed),))


def _incomplete(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    half = _half(settings, request)
    last = Due(after_ms=half[-1].after_ms, piece=ReplyIncomplete(reason="max_output_tokens"))
    return Schedule(pieces=(*half, last))


def _cut(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    half = _half(settings, request)
    return Schedule(pieces=(*half, Due(after_ms=half[-1].after_ms, piece=ReplyCut())))


def _cut_mid_reply(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """Cut when half of the audio would have been played, however early it all was sent."""
    whole = answer(settings, request)
    heard = [due.piece.samples for due in whole if isinstance(due.piece, ReplyAudio)]
    half_ms = sum(map(len, heard)) / FRAMES_PER_MS / 2
    cut_ms = (settings.first_audio_ms if heard else settings.first_token_ms) + half_ms
    before = (due for due in whole if due.after_ms <= cut_ms)
    return Schedule(pieces=(*before, Due(after_ms=cut_ms, piece=ReplyCut())))


def without_cuts(settings: SimulatorSettings) -> SimulatorSettings:
    """Return the settings without the faults that cut the connection."""
    kept = {turn: fault for turn, fault in settings.faults.items() if fault not in _CUTTING}
    return replace(settings, faults=kept)


def _unfinished(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return Schedule(pieces=_half(settings, request), ends=False)


def _half(settings: SimulatorSettings, request: ReplyRequest) -> tuple[Due, ...]:
    whole = answer(settings, request)
    return whole[: max(len(whole) // 2, 1)]


def _raw(message: str, settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    first = Due(after_ms=settings.first_token_ms, piece=ReplyRaw(message=message))
    return Schedule(pieces=(first, *answer(settings, request)))


def _malformed(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return _raw(MALFORMED, settings, request)


def _unknown(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return _raw(UNKNOWN, settings, request)


def _huge(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """One delta of 10 MB of base64."""
    frames = HUGE_AUDIO_BYTES * 3 // 4 // 2
    piece = ReplyAudio(samples=speech(frames / FRAMES_PER_MS, settings.level_dbfs))
    texts = [due for due in answer(settings, request) if isinstance(due.piece, ReplyText)]
    audio = Due(after_ms=settings.first_audio_ms, piece=piece)
    return Schedule(pieces=tuple(sorted((*texts, audio), key=lambda due: due.after_ms)))


def _silent(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    late = [
        Due(after_ms=due.after_ms + settings.silent_ms, piece=due.piece)
        for due in answer(settings, request)
    ]
    return Schedule(pieces=tuple(late))


def _late_deltas(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """All of it, done, and then a quarter of a second of audio more."""
    whole = answer(settings, request)
    over_ms = whole[-1].after_ms
    more = speech(_STRAY_MS, settings.level_dbfs)
    strays = (
        Due(after_ms=over_ms, piece=ReplyOver()),
        Due(after_ms=over_ms + _STRAY_AFTER_MS, piece=ReplyStray(samples=more)),
    )
    return Schedule(pieces=(*whole, *strays))


def _overlapping(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """A second reply begins and ends while the first goes on."""
    whole = answer(settings, request)
    half = whole[len(whole) // 2].after_ms
    writer, messages = _second_voice(request)
    writer.text("And another thing.")
    writer.audio(to_bytes(speech(_STRAY_MS, settings.level_dbfs)))
    writer.finish()
    second = (Due(after_ms=half, piece=ReplyRaw(message=each)) for each in messages())
    return Schedule(pieces=tuple(sorted((*whole, *second), key=lambda due: due.after_ms)))


def _uncreated(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """A reply that nobody has heard of is done before the one that was asked for."""
    writer, messages = _second_voice(request)
    messages()
    writer.finish()
    (done,) = messages()
    return _raw(done, settings, request)


def _second_voice(request: ReplyRequest) -> tuple[ResponseWriter, Callable[[], list[str]]]:
    """Return a reply of another conversation, and what takes its messages."""
    server = OpenAIRealtimeServer(
        session_id="sess_second",
        model="simulator",
        voices=("simulated",),
        ids=_SecondIds(request.turn_index + 1),
        expires_at_s=0,
    )
    return server.begin_response(server.default_options()), server.messages_to_send


class _SecondIds:
    """Names that no other reply has."""

    def __init__(self, turn: int) -> None:
        self._turn = turn
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return a new name."""
        self._count += 1
        return f"{prefix}_second{self._turn:06d}{self._count:06d}"


def _never_done(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return Schedule(pieces=answer(settings, request), ends=False)


def _no_transcript(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    whole = answer(settings, request)
    return Schedule(pieces=tuple(due for due in whole if not isinstance(due.piece, ReplyText)))


def _no_audio(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    whole = answer(settings, request)
    return Schedule(pieces=tuple(due for due in whole if not isinstance(due.piece, ReplyAudio)))


FAULTY: Final[Mapping[Fault, Callable[[SimulatorSettings, ReplyRequest], Schedule]]] = {
    Fault.ERROR: _error,
    Fault.CUT: _cut,
    Fault.CUT_MID_REPLY: _cut_mid_reply,
    Fault.UNFINISHED: _unfinished,
    Fault.MALFORMED: _malformed,
    Fault.UNKNOWN: _unknown,
    Fault.HUGE: _huge,
    Fault.SILENT: _silent,
    Fault.INCOMPLETE: _incomplete,
    Fault.LATE_DELTAS: _late_deltas,
    Fault.OVERLAPPING: _overlapping,
    Fault.NEVER_DONE: _never_done,
    Fault.NO_TRANSCRIPT: _no_transcript,
    Fault.NO_AUDIO: _no_audio,
    Fault.UNCREATED: _uncreated,
}
"""How each fault answers a turn."""
