"""What each check expects of each turn, from the settings and the simulator's log alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.core.audio_format import SESSION_RATE_HZ
from app.core.records import TurnRecord
from app.trials.calibrating_log import Send, SimulatorLog, StreamDelay
from app.trials.calibrating_plan import NEVER, PREMATURE_MS, SILENCE_MS, Check, Exchange, Trial

_WIRE_FRAME_MS: Final = 20.0
_NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one turn. ``expected`` None: the ruler itself failed there.

    Attributes:
        metric: Column of the turn table.
        measured: What the session says, or None.
        limited: Our own side may have spoilt the turn: an xrun, or a loop that woke late.
    """

    check: Check
    condition: str
    metric: str
    expected: float | None
    measured: float | None
    limited: bool = False

    @property
    def error(self) -> float | None:
        """Measured less expected."""
        if self.expected is None or self.measured is None:
            return None
        return self.measured - self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that was held: what it says of each utterance, and the simulator's log.

    Attributes:
        records: By the utterance's file name.
        stream: Our player's delay of a reply that never ends.
    """

    records: Mapping[str, TurnRecord]
    log: SimulatorLog
    stream: StreamDelay


_Expected: TypeAlias = Mapping[str, float | None]
_Expect: TypeAlias = Callable[["_Turn"], _Expected]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One exchange with what is known of it. ``number`` counts the simulator's replies from 1."""

    number: int
    exchange: Exchange
    record: TurnRecord | None
    log: SimulatorLog
    stream: StreamDelay

    @property
    def delay_ms(self) -> float:
        return float(self.exchange.answer["first_audio_ms"])

    @property
    def lead_ms(self) -> float:
        return float(self.exchange.answer["leading_silence_ms"])

    @property
    def settled_ms(self) -> float:
        """End of speech until the audio that settles the turn is on its way."""
        return self.exchange.stimulus.quantisation_ms + SILENCE_MS

    @property
    def playout_wait_ms(self) -> float:
        """What our own player adds: it is no part of what the simulator decides."""
        record = self.record
        return 0.0 if record is None or record.playout_wait_ms is None else record.playout_wait_ms

    def after_asked_ms(self, event: str) -> float | None:
        """Return when the first of a kind was sent, from the audio that settled the turn."""
        asked, sent = self.log.first(self.number, "asked"), self.log.first(self.number, event)
        if asked is None or sent is None:
            return None
        return (sent.sent_ns - asked.nominal_ns) / _NS_PER_MS


def points(trial: Trial, held: Held) -> Iterator[Point]:
    """Return every value that the session should have got right."""
    for number, exchange in enumerate(trial.exchanges, 1):
        record = held.records.get(exchange.stimulus.name)
        turn = _Turn(
            number=number, exchange=exchange, record=record, log=held.log, stream=held.stream
        )
        for metric, expected in _EXPECTED[trial.check](turn).items():
            yield Point(
                check=trial.check,
                condition=exchange.condition,
                metric=metric,
                expected=expected,
                measured=None if record is None else _number(getattr(record, metric)),
                limited=record is not None and record.client_limited is not None,
            )


def _number(value: float | bool | None) -> float | None:  # noqa: FBT001 - a column's value
    return None if value is None else float(value)


def _latency(turn: _Turn) -> _Expected:
    token_ms, audio_ms = turn.after_asked_ms("token"), turn.after_asked_ms("audio")
    return {
        "v2v_ms": _sum(turn.settled_ms, audio_ms, turn.lead_ms, turn.playout_wait_ms),
        "endpoint_delay_ms": turn.settled_ms,
        "ttft_stop_ms": token_ms,
        "ttft_eos_ms": _sum(turn.settled_ms, token_ms),
        "ttfa_stop_ms": audio_ms,
        "ttfa_eos_ms": _sum(turn.settled_ms, audio_ms),
        "leading_silence_ms": turn.lead_ms,
        "breakdown_residual_ms": 0.0,
    }


def _stalls(turn: _Turn) -> _Expected:
    sends = turn.log.all(turn.number, "audio")
    prebuffer_ms = _prebuffer_ms(sends) if sends else None
    stalls = None if prebuffer_ms is None else float(prebuffer_ms > turn.playout_wait_ms)
    return {"required_prebuffer_ms": prebuffer_ms, "stalls_n": stalls}


def _prebuffer_ms(sends: Sequence[Send]) -> float:
    """Return the smallest start delay without a stall. Source: metrics specification, L9."""
    needed, media_ms = 0.0, 0.0
    for send in sends:
        arrived_ms = (send.sent_ns - sends[0].sent_ns) / _NS_PER_MS
        needed = max(needed, arrived_ms - media_ms)
        media_ms += (send.frames or 0) * 1000 / SESSION_RATE_HZ
    return needed


def _interruptions(turn: _Turn) -> _Expected:
    """Return what the interrupted turn of a pair should say; the other one only interrupts.

    The user's onset is the first sample of a frame, which is sent when it is whole. A reply
    that stops sounds for one block of the device more.
    """
    answer, record = turn.exchange.answer, turn.record
    if "detect_ms" not in answer:
        return {}
    onset, detected = (turn.log.first(turn.number, event) for event in ("onset", "detected"))
    noticed_ms = None
    if onset is not None and detected is not None:
        noticed_ms = _WIRE_FRAME_MS + (detected.sent_ns - onset.nominal_ns) / _NS_PER_MS
    if answer["detect_ms"] != NEVER:
        return {
            "vad_on_latency_ms": noticed_ms,
            "yield_ms": noticed_ms,
            "missed_interrupt": 0.0,
            "truncate_err_ms": 0.0,
        }
    left_ms = None
    if record is not None and record.audible_ns is not None and record.interrupted_ns is not None:
        spoken_ms = (record.interrupted_ns - record.audible_ns) / _NS_PER_MS
        left_ms = float(answer["reply_ms"]) + (record.stall_ms or 0.0) - spoken_ms
    return {"yield_ms": left_ms, "missed_interrupt": 1.0}


def _no_events(turn: _Turn) -> _Expected:
    audio_ms = turn.after_asked_ms("audio")
    behind_ms = turn.stream.before_ms(None if turn.record is None else turn.record.audible_ns)
    return {"v2v_ms": _sum(turn.settled_ms, audio_ms, turn.lead_ms, behind_ms)}


def _premature(turn: _Turn) -> _Expected:
    late_ms = _sum(turn.after_asked_ms("audio"), -turn.delay_ms)
    return {"v2v_ms": _sum(PREMATURE_MS, late_ms, turn.playout_wait_ms), "premature": 1.0}


_EXPECTED: Final[Mapping[Check, _Expect]] = {
    Check.LATENCY: _latency,
    Check.STALLS: _stalls,
    Check.INTERRUPTIONS: _interruptions,
    Check.NO_EVENTS: _no_events,
    Check.PREMATURE: _premature,
}


def _sum(*parts: float | None) -> float | None:
    total = 0.0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
