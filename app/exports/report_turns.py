"""The turns of a session as rows: words of both sides, figures, what went wrong."""

from collections.abc import Sequence
from typing import Final

from app.core.ports import StoredSession
from app.core.turn_record import TurnRecord, TurnStatus
from app.core.turn_words import end_notes
from app.exports.report_figures import SessionNumbers, TurnFigures
from app.exports.report_sound import MOST_S, Stretch
from app.exports.report_text import UNKNOWN, clock, digits, quantity, usd, visible
from app.exports.report_view import Failure, TurnView

MOST_TURNS: Final = 1_000
"""Of one session that are listed; failures are listed apart and all the same."""
MOST_FAILURES: Final = 200
MOST_CHARACTERS: Final = 10_000
PARTS: Final = ("endpointing_ms", "server_response_ms")
FAILED: Final = frozenset({TurnStatus.TIMEOUT, TurnStatus.ERROR})

_MARGIN_S: Final = 0.3
_STATUS: Final = {
    TurnStatus.OK: "answered",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.CANCELLED: "cancelled",
    TurnStatus.TIMEOUT: "failed: no answer in time",
    TurnStatus.ERROR: "failed",
}
_LIMITS: Final = {
    "xrun": "lost sound blocks",
    "loop_lag": "a busy program",
    "callback_lag": "a late sound device",
    "clock_jump": "a jump of the clock",
    "device_clock": "an implausible device clock",
}


def since(t0_ns: int, at_ns: int | None) -> float | None:
    """Return an instant in session time, s."""
    return None if at_ns is None else (at_ns - t0_ns) / 1e9


def spoken(turn: TurnRecord, t0_ns: int) -> tuple[float, float] | None:
    """Return from when to when the user spoke, s, as far as it is known."""
    return _span(since(t0_ns, turn.u_on_ns), since(t0_ns, turn.u_off_ns))


def answered(turn: TurnRecord, t0_ns: int) -> tuple[float, float] | None:
    """Return from when to when the model was audible, s, as far as it is known."""
    return _span(since(t0_ns, turn.audible_ns), since(t0_ns, turn.audible_end_ns))


def _span(start: float | None, end: float | None) -> tuple[float, float] | None:
    if start is None or end is None or end < start:
        return None
    return start, end


def stretch(turn: TurnRecord, t0_ns: int) -> Stretch | None:
    """Return the turn's part of the recording; None where no instant of it is known."""
    spans = [span for span in (spoken(turn, t0_ns), answered(turn, t0_ns)) if span is not None]
    if not spans:
        return None
    start = max(0.0, min(span[0] for span in spans) - _MARGIN_S)
    end = max(span[1] for span in spans) + _MARGIN_S
    cut = end > start + MOST_S
    return Stretch(turn.turn_id, start, min(end, start + MOST_S), cut) if end > start else None


def began(turn: TurnRecord, t0_ns: int) -> float | None:
    """Return when a turn began, s: the first instant that is known of it."""
    known = (turn.u_on_ns, turn.u_off_ns, turn.commit_ns, turn.create_ns, turn.audible_ns)
    return since(t0_ns, next((at for at in known if at is not None), None))


def anchor(session: int, place: int) -> str:
    """Return a row's name in the page."""
    return f"s{session + 1}t{place + 1}"


def turn_views(
    session: int,
    stored: StoredSession,
    original: StoredSession,
    numbers: SessionNumbers | None,
    kept: Sequence[Stretch],
) -> tuple[TurnView, ...]:
    """Return the rows of one session, at most MOST_TURNS.

    Args:
        session: Its place, from 0.
        stored: What is shown, redacted.
        original: The same before that: an unchanged text may be cut where it was heard.
        numbers: Its figures.
        kept: Stretches whose sound is in the report.
    """
    sounding = {each.turn_id: each.end_s - each.start_s for each in kept}
    views = []
    for place, turn in enumerate(stored.turns[:MOST_TURNS]):
        figures = numbers.turns[place] if numbers is not None else TurnFigures(counts=False)
        same = turn.agent_transcript == original.turns[place].agent_transcript
        sound_s = sounding.get(turn.turn_id)
        views.append(
            _view(anchor(session, place), stored, turn, figures, sound_s=sound_s, same=same)
        )
    return tuple(views)


def _view(
    name: str,
    stored: StoredSession,
    turn: TurnRecord,
    figures: TurnFigures,
    *,
    sound_s: float | None,
    same: bool,
) -> TurnView:
    at_s = began(turn, stored.record.t0_ns)
    heard, unheard = _words(turn, figures.heard_chars if same else None)
    return TurnView(
        id=name,
        number=turn.turn_id,
        folder=stored.folder,
        turn_id=turn.turn_id,
        at=UNKNOWN if at_s is None else clock(at_s),
        at_sort=-1.0 if at_s is None else at_s,
        input_name=_shown(turn.input_name),
        user=_shown(turn.user_transcript),
        heard=heard,
        unheard=unheard,
        cut=_cut(turn),
        v2v=UNKNOWN if turn.v2v_ms is None else digits(turn.v2v_ms),
        v2v_sort=turn.v2v_ms,
        counts=figures.counts,
        parts=tuple(_part(turn, name) for name in PARTS),
        usd=usd(figures.usd),
        status=_STATUS[turn.status],
        bad=turn.status in FAILED,
        notes=_notes(turn, figures),
        sound_s=sound_s,
    )


def _part(turn: TurnRecord, name: str) -> str:
    value = getattr(turn, name)
    return UNKNOWN if value is None else digits(value)


def _shown(text: str | None) -> str:
    if not text:
        return ""
    return visible(text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}\u2026")


def _words(turn: TurnRecord, heard_chars: int | None) -> tuple[str, str]:
    text = turn.agent_transcript or ""
    if heard_chars is None or heard_chars >= len(text):
        return _shown(text), ""
    return _shown(text[:heard_chars].rstrip()), _shown(text[heard_chars:].lstrip())


def _cut(turn: TurnRecord) -> str:
    if turn.heard_ms is None or not turn.audio_out_ms or turn.heard_ms >= turn.audio_out_ms:
        return ""
    heard, arrived = (f"{ms / 1000:.1f}" for ms in (turn.heard_ms, turn.audio_out_ms))
    return f"heard {heard} of {arrived} s"


def _notes(turn: TurnRecord, figures: TurnFigures) -> tuple[str, ...]:
    """Return what must be known of a turn's figures, in a few words each."""
    notes = []
    if figures.why_not in {"first turn", "with a tool"}:
        notes.append(f"{figures.why_not}: told apart")
    if turn.excluded_reason:
        notes.append(f"excluded: {_limits(turn.excluded_reason)}")
    elif turn.client_limited:
        notes.append(f"this computer: {_limits(turn.client_limited)}")
    if turn.v2v_ms is not None and turn.v2v_ms < 0:
        notes.append("premature: answered before the user had ended")
    notes += [visible(note) for note in end_notes(turn)]
    if turn.stalls_n:
        notes.append(f"stalled {quantity(turn.stall_ms)}")
    if turn.missed_interrupt:
        notes.append("did not yield within 2 s")
    if turn.false_interrupt:
        notes.append("stopped without being interrupted")
    return tuple(notes)


def _limits(codes: str) -> str:
    return visible(
        ", ".join(_LIMITS.get(code, code.replace("_", " ")) for code in codes.split("+"))
    )


# --- what went wrong


def failures(session: int, stored: StoredSession, title: str) -> list[Failure]:
    """Return a line for each turn that failed, and for what went wrong with the session."""
    record = stored.record
    found = [
        Failure(
            where=f"{title}, turn {turn.turn_id}",
            href=f"#{anchor(session, place)}" if place < MOST_TURNS else "",
            what="no answer in time" if turn.status is TurnStatus.TIMEOUT else "error",
            sentence=visible(
                turn.error_message or turn.error_type or "Nobody said what went wrong."
            ),
        )
        for place, turn in enumerate(stored.turns)
        if turn.status in FAILED
    ]
    if record.state in {"failed", "interrupted", "running"}:
        words = {
            "failed": "never got as far as a conversation",
            "interrupted": "its program was killed; what it had recorded is here",
            "running": "still under way when this was made",
        }
        found.insert(0, _of_session(title, words[record.state], record.end_reason))
    if record.lost_after_ms is not None:
        lost = f"{quantity(record.lost_after_ms / 1000, 's')} after it was made"
        found.append(_of_session(title, "connection lost", lost))
    return found


def _of_session(title: str, what: str, sentence: str | None) -> Failure:
    return Failure(where=title, href="", what=what, sentence=visible(sentence or ""))


def excluded(session: int, stored: StoredSession, title: str) -> list[Failure]:
    """Return a line for each turn whose latencies do not count, and for what spoilt them."""
    return [
        Failure(
            where=f"{title}, turn {turn.turn_id}",
            href=f"#{anchor(session, place)}" if place < MOST_TURNS else "",
            what="excluded" if turn.excluded_reason else "marked",
            sentence=_limits(turn.excluded_reason or turn.client_limited or ""),
        )
        for place, turn in enumerate(stored.turns)
        if turn.excluded_reason or turn.client_limited
    ]
