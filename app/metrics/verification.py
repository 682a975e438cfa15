"""The live figures held against the recording: what a person sees in an audio editor.

The recording's own exchanges come first (``app.metrics.exchanges``); each live turn is then
looked for among them by its instants. Nothing of the live session is taken over: where it
counts from an earlier pause of the user, or where an answer was cut short, both ends of its
figure are still read from the samples, and the row says so.

Source: metrics specification, rule 1, section 1 and L1.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.core.records import TurnRecord, TurnStatus
from app.dsp.speech import SHORTEST_MS
from app.metrics.conversation import Spans, Words, conversation
from app.metrics.exchanges import Exchange, exchanges
from app.metrics.outcomes import Verification, VerifiedTurn
from app.metrics.statistics import quantile

MATCH_MS: Final = 1_000.0
"""How far a live instant may lie from the recording's and still be meant."""
TOLERANCE_MS: Final = 10.0
"""What the recording may differ from a figure whose speech end was annotated."""
TOLERANCE_BY_EAR_MS: Final = 60.0
"""The same where the live end was found by a detector, whose spread this is (2.5)."""
LEAST_FOR_P95: Final = 20

SPOKE_FIRST: Final = "the agent spoke first"
SPOKE_AGAIN: Final = "the user spoke again before an answer"
NO_ANSWER: Final = "no answer in the recording"
NO_TURNS: Final = "the live session reported no turns"
WENT_ON: Final = "the agent may have gone on with what it was saying"
BROKEN_OFF: Final = "the live session ended before it told of this turn"
ENDS_BEFORE: Final = "the recording ends before it"
TOO_SHORT: Final = "less than 60 ms of the reply was heard"
EARLIER_PAUSE: Final = "counted from another pause of the user"
EARLIER_ANSWER: Final = "the answer was cut short; another one followed"
NO_SPEECH_END: Final = "no end of the user's speech is known of it"
NOT_AUDIBLE: Final = "the agent was not audible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the recording holds.

    Attributes:
        user: Speech of the left channel, in order and apart; ``agent`` of the right.
        t0_ns: Instant of its first frame.
        merge_gap_ms: Gaps shorter than this were bridged.
        complete: All that was said has been told of; not so while a session is under way, and
            after one that was killed.
    """

    user: Spans
    agent: Spans
    duration_ms: float
    t0_ns: Nanoseconds
    merge_gap_ms: float
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    """A live turn's ends in session time."""

    turn: TurnRecord
    u_off_ms: float
    audible_ms: float


def verify(recorded: Recorded, turns: Sequence[TurnRecord]) -> Verification:
    """Return the session as its recording has it, beside its ``turns``."""
    found = exchanges(recorded.user, recorded.agent)
    rows = _Matching(recorded, found, turns).rows()
    differences = [
        row.difference_ms
        for row, excluded in rows
        if row.difference_ms is not None and not excluded
    ]
    told = tuple(row for row, _ in rows)
    return Verification(
        duration_ms=recorded.duration_ms,
        turns=told,
        user=tuple(recorded.user),
        agent=tuple(recorded.agent),
        conversation=conversation(
            recorded.user,
            recorded.agent,
            words=_words(turns),
            detections_ms=_detections_ms(recorded, turns),
        ),
        merge_gap_ms=recorded.merge_gap_ms,
        v2v_p50_ms=quantile([row.v2v_ms for row in told if row.v2v_ms is not None], 0.5),
        matched_n=sum(row.difference_ms is not None for row in told),
        unmatched_live_n=sum(_unmatched(row, live=True) for row in told),
        unmatched_recording_n=sum(_unmatched(row, live=False) for row in told),
        difference_p50_ms=quantile(differences, 0.5),
        difference_abs_p95_ms=_p95([abs(value) for value in differences]),
        difference_max_ms=max((abs(value) for value in differences), default=None),
    )


def tolerance_ms(turns: Sequence[TurnRecord]) -> float:
    """Return what the recording may differ from these turns before it disproves them."""
    methods = {turn.speech_end_method for turn in turns if turn.v2v_ms is not None}
    return TOLERANCE_MS if methods <= {SpeechEndMethod.ANNOTATED} else TOLERANCE_BY_EAR_MS


def is_borne_out(verification: Verification, tolerance_ms: float) -> bool:
    """Whether the recording bears the live figures out: P95, and nothing left unexplained."""
    p95 = verification.difference_abs_p95_ms
    unmatched = verification.unmatched_live_n + verification.unmatched_recording_n
    return not unmatched and (p95 is None or p95 <= tolerance_ms)


class _Matching:
    """Finds each live turn in the recording, and names what is left."""

    def __init__(
        self, recorded: Recorded, found: Sequence[Exchange], turns: Sequence[TurnRecord]
    ) -> None:
        self._recorded = recorded
        self._found = found
        self._turns = turns
        self._taken: dict[float, TurnRecord] = {}
        self._owner = {onset: exchange for exchange in found for onset in exchange.onsets_ms}
        self._onsets = sorted(self._owner)
        self._ends = sorted(end for exchange in found for end in exchange.ends_ms)

    def rows(self) -> list[tuple[VerifiedTurn, bool]]:
        """Return the rows in order of time, and of each whether the live turn is excluded."""
        comparable = [live for turn in self._turns if (live := self._live(turn)) is not None]
        compared = {live.turn.turn_id for live in comparable}
        rows = [self._compare(live) for live in sorted(comparable, key=self._certainty)]
        left = (self._left_over(exchange, at) for at, exchange in enumerate(self._found))
        rows += [row for row in left if row is not None]
        shown = {row.turn_id for row in rows}
        rows += [
            self._without_figure(turn)
            for turn in self._turns
            if turn.turn_id not in compared and turn.turn_id not in shown
        ]
        excluded = {turn.turn_id for turn in self._turns if turn.excluded_reason}
        return [(row, row.turn_id in excluded) for row in sorted(rows, key=_instant)]

    def _live(self, turn: TurnRecord) -> _Live | None:
        u_off, audible = self._ms(turn.u_off_ns), self._ms(turn.audible_ns)
        if turn.v2v_ms is None or u_off is None or audible is None:
            return None
        return _Live(turn=turn, u_off_ms=u_off, audible_ms=audible)

    def _ms(self, at_ns: Nanoseconds | None) -> float | None:
        return None if at_ns is None else (at_ns - self._recorded.t0_ns) / 1e6

    def _certainty(self, live: _Live) -> float:
        """Return how far the nearest onset is: the surest turns choose first."""
        onset = _nearest(self._onsets, live.audible_ms)
        return abs(onset - live.audible_ms) if onset is not None else float("inf")

    def _compare(self, live: _Live) -> VerifiedTurn:
        near = _nearest(self._onsets, live.audible_ms)
        if near is None or _too_short(live.turn):
            return _row(live.turn, reason=self._why_missing(live))
        exchange = self._owner[near]
        onset, cut_short = self._onset(exchange, near)
        end = _nearest(self._ends, live.u_off_ms)
        if end is None or onset in self._taken:
            return _row(live.turn, audible_ms=onset, reason=self._why_missing(live))
        self._taken[onset] = live.turn
        notes = (
            f"excluded: {live.turn.excluded_reason}" if live.turn.excluded_reason else "",
            EARLIER_ANSWER if cut_short else "",
            EARLIER_PAUSE if not cut_short and end != exchange.u_off_ms else "",
        )
        return _row(
            live.turn,
            u_off_ms=end,
            audible_ms=onset,
            reason="; ".join(note for note in notes if note),
        )

    def _onset(self, exchange: Exchange, near: float) -> tuple[float, bool]:
        """Return the onset that is meant, and whether it comes before the answer.

        Later speech of the same answer is not its beginning, unless that is another turn's.
        """
        answer = exchange.answer_ms
        if answer is None or near <= answer or answer in self._taken:
            return near, answer is not None and near < answer
        return answer, False

    def _why_missing(self, live: _Live) -> str:
        if live.audible_ms > self._recorded.duration_ms:
            return ENDS_BEFORE
        return TOO_SHORT if _too_short(live.turn) else ""

    def _left_over(self, exchange: Exchange, at: int) -> VerifiedTurn | None:
        """Return the row of an exchange that no live figure stands for."""
        if exchange.answer_ms is not None and exchange.answer_ms in self._taken:
            return None
        if exchange.answer_ms is None and any(each in self._taken for each in exchange.onsets_ms):
            return None
        turn = self._turn_at(exchange)
        return VerifiedTurn(
            turn_id=None if turn is None else turn.turn_id,
            u_off_ms=exchange.u_off_ms,
            audible_ms=exchange.answer_ms,
            v2v_ms=exchange.v2v_ms,
            live_v2v_ms=None,
            difference_ms=None,
            reason=_why_no_figure(turn) if turn is not None else self._why_unreported(exchange, at),
        )

    def _turn_at(self, exchange: Exchange) -> TurnRecord | None:
        """Return the live turn without a figure that this was, by either of its instants."""
        for turn in self._turns:
            if turn.v2v_ms is not None:
                continue
            u_off, audible = self._ms(turn.u_off_ns), self._ms(turn.audible_ns)
            if u_off is not None and _nearest(exchange.ends_ms, u_off) is not None:
                return turn
            if audible is not None and _nearest(exchange.onsets_ms, audible) is not None:
                return turn
        return None

    def _why_unreported(self, exchange: Exchange, at: int) -> str:
        if not self._turns:
            return NO_TURNS
        if exchange.answer_ms is None:
            return SPOKE_AGAIN if at + 1 < len(self._found) else NO_ANSWER
        if exchange.u_off_ms is None:
            return SPOKE_FIRST
        if exchange.resumed:
            return WENT_ON
        return "" if self._recorded.complete or not self._is_last(exchange.u_off_ms) else BROKEN_OFF

    def _is_last(self, u_off_ms: float) -> bool:
        """Whether no live turn is as late."""
        known = (self._ms(turn.u_off_ns) for turn in self._turns)
        return all(u_off is None or u_off < u_off_ms - MATCH_MS for u_off in known)

    def _without_figure(self, turn: TurnRecord) -> VerifiedTurn:
        return VerifiedTurn(
            turn_id=turn.turn_id,
            u_off_ms=None,
            audible_ms=None,
            v2v_ms=None,
            live_v2v_ms=turn.v2v_ms,
            difference_ms=None,
            reason=_why_no_figure(turn),
        )


def _row(
    turn: TurnRecord,
    *,
    u_off_ms: float | None = None,
    audible_ms: float | None = None,
    reason: str,
) -> VerifiedTurn:
    v2v = audible_ms - u_off_ms if u_off_ms is not None and audible_ms is not None else None
    live = turn.v2v_ms
    return VerifiedTurn(
        turn_id=turn.turn_id,
        u_off_ms=u_off_ms,
        audible_ms=audible_ms,
        v2v_ms=v2v,
        live_v2v_ms=live,
        difference_ms=live - v2v if live is not None and v2v is not None else None,
        reason=reason,
    )


def _too_short(turn: TurnRecord) -> bool:
    """Whether so little of the reply was heard that it is no speech of the recording."""
    if turn.audible_ns is None or turn.audible_end_ns is None:
        return False
    return turn.audible_end_ns - turn.audible_ns < SHORTEST_MS * 1e6


def _why_no_figure(turn: TurnRecord) -> str:
    if turn.status in {TurnStatus.TIMEOUT, TurnStatus.ERROR}:
        return f"the turn failed: {turn.error_type or turn.status.value}"
    if turn.u_off_ns is None:
        return NO_SPEECH_END
    return NOT_AUDIBLE


def _nearest(instants: Sequence[float], at_ms: float) -> float | None:
    """Return the one of sorted ``instants`` that is nearest, if it is near enough."""
    index = bisect_left(instants, at_ms)
    near = instants[max(index - 1, 0) : index + 1]
    best = min(near, key=lambda instant: abs(instant - at_ms), default=None)
    return best if best is not None and abs(best - at_ms) <= MATCH_MS else None


def _instant(row: VerifiedTurn) -> tuple[float, int]:
    known = [at for at in (row.u_off_ms, row.audible_ms) if at is not None]
    return (known[0] if known else float("inf"), row.turn_id or 0)


def _unmatched(row: VerifiedTurn, *, live: bool) -> bool:
    if row.reason or row.difference_ms is not None:
        return False
    return (row.live_v2v_ms is not None) is live


def _p95(values: Sequence[float]) -> float | None:
    if len(values) < LEAST_FOR_P95:
        return max(values, default=None)
    return quantile(values, 0.95)


def _words(turns: Sequence[TurnRecord]) -> Words:
    return Words(
        user=_count(turn.user_transcript for turn in turns),
        agent=_heard_words(turns),
    )


def _heard_words(turns: Sequence[TurnRecord]) -> float | None:
    """Return the agent's words, of an interrupted reply by the share of it that was heard."""
    heard: list[float] = []
    for turn in turns:
        if turn.agent_transcript is None:
            continue
        share = _heard_share(turn)
        if share is None:
            return None
        heard.append(share * len(turn.agent_transcript.split()))
    return sum(heard) if heard else None


def _heard_share(turn: TurnRecord) -> float | None:
    if turn.interrupted_ns is None and turn.status is not TurnStatus.INTERRUPTED:
        return 1.0
    if turn.heard_ms is None or not turn.audio_out_ms:
        return None
    return min(turn.heard_ms / turn.audio_out_ms, 1.0)


def _count(texts: Iterable[str | None]) -> int | None:
    known = [text for text in texts if text is not None]
    return sum(len(text.split()) for text in known) if known else None


def _detections_ms(recorded: Recorded, turns: Sequence[TurnRecord]) -> list[float] | None:
    """Return when the provider heard the user begin, where only the user could be heard."""
    methods = {turn.speech_end_method for turn in turns}
    if methods != {SpeechEndMethod.ANNOTATED}:
        return None
    heard = (turn.vad_on_ns for turn in turns)
    return [(at - recorded.t0_ns) / 1e6 for at in heard if at is not None]
