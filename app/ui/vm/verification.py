"""What the recording alone says about the session: whether it bears out the live figures."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.observe import Signal
from app.metrics.outcomes import ConversationFigures, Verification
from app.session.messages import VerificationReport
from app.ui.vm.text import UNKNOWN, number, quantity

AGREES_MS = 10.0
RATE_FROM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigure:
    """One figure of the whole session, in words.

    Attributes:
        hover: What it means; may hold tabs, for two columns.
        metric: Column of the turn table that says what it means, where ``hover`` is "".
    """

    name: str
    text: str
    hover: str = ""
    metric: str = ""


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The figures of one topic."""

    topic: str
    rows: tuple[SessionFigure, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    row: str
    meaning: str
    read: Callable[[ConversationFigures], str]


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else quantity(value * 100, "%")


def _ms(value: float | None) -> str:
    return quantity(value, "ms")


def _seconds(value_ms: float | None) -> str:
    return quantity(None if value_ms is None else value_ms / 1000, "s")


def _times(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


ROWS = (
    _Row(
        "Answered turns",
        "T14",
        "user turns that were answered before the user spoke again, or within 10 s",
        lambda each: f"{_percent(each.response_rate)} of {each.response_n}",
    ),
    _Row(
        "Takeovers",
        "T11",
        "share of the agent's turns that last 1 s or more",
        lambda each: _percent(each.takeover_rate),
    ),
    _Row(
        "Gap between speakers",
        "T17",
        "floor transfer offset, median; negative where the two overlap",
        lambda each: f"{_ms(each.fto_p50_ms)} (n {each.fto_n})",
    ),
    _Row(
        "Dead air",
        "T17",
        "silences of both sides of more than 2 s",
        lambda each: f"{each.dead_air_n}, {_seconds(each.dead_air_ms)} in all",
    ),
    _Row(
        "Overlap",
        "T16",
        "both speak: in all, the longest, and as a share of the agent's speech",
        lambda each: (
            f"{_seconds(each.overlap_ms)}, longest {_seconds(each.overlap_longest_ms)}, "
            f"{_percent(each.overlap_share)}"
        ),
    ),
    _Row(
        "Overlap begun by the agent",
        "T16",
        "of the overlap, where the agent came second",
        lambda each: _seconds(each.overlap_by_agent_ms),
    ),
    _Row(
        "Agent's share of speech",
        "T18",
        "agent speech / all speech",
        lambda each: _percent(each.talk_ratio),
    ),
    _Row(
        "Speech, you and the model",
        "T18",
        "time that each side spoke",
        lambda each: f"{_seconds(each.user_speech_ms)}, {_seconds(each.agent_speech_ms)}",
    ),
    _Row(
        "Words a minute, you and the model",
        "T18",
        "words of the transcripts / minutes of speech",
        lambda each: f"{number(each.user_wpm)}, {number(each.agent_wpm)}",
    ),
    _Row(
        "Usual turn, you and the model",
        "T18",
        "median length of a turn",
        lambda each: f"{_seconds(each.user_turn_p50_ms)}, {_seconds(each.agent_turn_p50_ms)}",
    ),
    _Row(
        "Your pauses",
        "T18",
        "gaps of 200 ms or more inside user turns",
        lambda each: str(each.pauses_n),
    ),
    _Row(
        "Interruptions that were yielded to",
        "T8",
        "after which the agent fell silent within 2 s; their median",
        lambda each: (
            f"{each.yielded_n} of {each.interruptions_n}, {_percent(each.yield_rate)}, "
            f"P50 {_ms(each.yield_p50_ms)}"
        ),
    ),
    _Row(
        "Backchannels",
        "T13",
        "agent turns under 1 s inside a user's turn, and a minute of it",
        lambda each: f"{each.backchannels_n}, {number(each.backchannels_per_min)} a minute",
    ),
    _Row(
        "Spurious replies",
        "T10",
        "agent turns that begin more than 10 s after any user speech",
        lambda each: str(each.spurious_n),
    ),
    _Row(
        "Self-interruptions",
        "T19",
        "speech detected while only the agent spoke; known for a silent user only",
        lambda each: _times(each.self_interruptions_n),
    ),
)


def conversation_figures(figures: ConversationFigures) -> tuple[SessionFigure, ...]:
    """Return the turn-taking of a session as rows for people."""
    return tuple(
        SessionFigure(
            name=row.name,
            text=row.read(figures),
            hover=(
                f"{row.name}\nmeaning\t{row.meaning}\nfrom\tthe recording alone\n"
                f"note\trates over fewer than {RATE_FROM} events are not shown\n"
                f"source\tmetrics specification, {row.row}"
            ),
        )
        for row in ROWS
    )


def _line(found: Verification) -> str:
    if not found.matched_n:
        return "The recording holds no exchange that the live figures could be held against."
    count = f"{found.matched_n} turn{'' if found.matched_n == 1 else 's'}"
    median, largest = _ms(found.difference_p50_ms), _ms(found.difference_max_ms)
    middle = f"{count}, median difference {median}, largest {largest}"
    if not _odd(found):
        return f"The recording agrees: {middle}"
    lacking = [
        words
        for number_of, words in (
            (found.unmatched_live_n, f"{found.unmatched_live_n} not found in the recording"),
            (found.unmatched_recording_n, f"{found.unmatched_recording_n} not seen live"),
        )
        if number_of
    ]
    return "; ".join([f"The recording disagrees: {middle}", *lacking])


def _odd(found: Verification) -> bool:
    spread = found.difference_abs_p95_ms
    return bool(
        found.unmatched_live_n
        or found.unmatched_recording_n
        or (spread is not None and spread > AGREES_MS)
    )


class VerificationViewModel:
    """The check of the present session against its own recording.

    Signals:
        changed: It was asked for, came or was forgotten.
    """

    def __init__(self) -> None:
        self.found: Verification | None = None
        self.folder = ""
        self.waiting = False
        self.problem = ""
        self.changed = Signal[()]()

    @property
    def line(self) -> str:
        """One sentence, or "" while nothing was asked for."""
        if self.waiting:
            return "Checking the figures against the recording"
        if self.problem:
            return f"The recording could not be checked: {self.problem}"
        return "" if self.found is None else _line(self.found)

    @property
    def bad(self) -> bool:
        """Whether the recording contradicts the live figures, or could not be checked."""
        return bool(self.problem) or (self.found is not None and _odd(self.found))

    @property
    def hover(self) -> str:
        """How it was checked, and the turns that differ most."""
        if self.found is None:
            return ""
        found = self.found
        turns = [each for each in found.turns if each.difference_ms is not None]
        turns.sort(key=lambda each: abs(each.difference_ms or 0.0), reverse=True)
        lines = [
            "Voice to voice, computed anew from the stereo recording alone",
            "difference\tlive less recording",
            f"95 % within\t{_ms(found.difference_abs_p95_ms)}",
            f"P50 of the recording\t{_ms(found.v2v_p50_ms)}",
            f"bridged gaps\tunder {_ms(found.merge_gap_ms)}",
        ]
        lines += [
            f"turn {each.turn_id}\tlive {_ms(each.live_v2v_ms)}, recording {_ms(each.v2v_ms)}"
            for each in turns[:3]
        ]
        reasons = [each for each in found.turns if each.reason]
        lines += [f"turn {each.turn_id or UNKNOWN}\t{each.reason}" for each in reasons[:3]]
        return "\n".join(lines)

    @property
    def figures(self) -> tuple[SessionFigure, ...]:
        """Turn-taking of the session; empty until it is known."""
        return () if self.found is None else conversation_figures(self.found.conversation)

    def expect(self, folder: str) -> None:
        """The session is recorded in ``folder``; the engine checks it of itself at its end."""
        self.folder = folder

    def begin(self, folder: str) -> None:
        """The check of the recording in ``folder`` was asked for."""
        self.clear()
        self.folder, self.waiting = folder, True
        self.changed.emit()

    def take(self, report: VerificationReport) -> None:
        """Show what was found; that of another recording is not ours."""
        if report.folder != self.folder:
            return
        self.found, self.waiting, self.problem = report.verification, False, ""
        self.changed.emit()

    def end(self, problem: str) -> None:
        """The check is over; ``problem`` says why it brought nothing, or ""."""
        if self.waiting:
            self.waiting, self.problem = False, problem
            self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.found, self.folder, self.waiting, self.problem = None, "", False, ""
        self.changed.emit()
