"""A session as the terminal shows it: as text for people, or as JSON lines."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from app.cli.plain import json_line, plain, told
from app.cli.upkeep_lines import line_of, row_of
from app.core.errors import AppError
from app.core.money import Cost
from app.core.records import SessionCounters, SessionRecord, TurnRecord
from app.core.rows import Cell, turn_row
from app.core.turn_words import ended_words
from app.metrics.cost_words import cost_words
from app.metrics.counted import FAILED, measured
from app.metrics.summary import Summary, summarise
from app.session.messages import (
    CostReport,
    EngineReport,
    ProblemReport,
    Remedy,
    SessionReport,
    Speaker,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from app.session.turns import CONNECTION_LOST

NO_VALUE = "\N{EN DASH}"
_FAILED = "What the model sent is in events.jsonl; try again, or with a longer --reply-timeout."
_FIGURES = (
    ("voice to voice", "v2v_ms", "ms"),
    ("first token", "ttft_ms", "ms"),
    ("first audio", "ttfa_stop_ms", "ms"),
    ("endpointing", "endpointing_ms", "ms"),
    ("text", "text_tps", "tok/s"),
)


class ConversationPrinter:
    """Prints reports as they come. Standard output holds results, standard error the rest.

    Args:
        out: Standard output.
        err: Standard error.
        as_json: Results as JSON lines.
    """

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._session: SessionRecord | None = None
        self._folder: str | None = None
        self._turns: list[TurnRecord] = []
        self._told: set[str] = set()
        self._first_problem: str | None = None
        self._shown: set[str] = set()
        self._cost: Cost | None = None

    def take(self, report: EngineReport) -> None:
        """Print what ``report`` says, if it is worth a line."""
        match report:
            case SessionReport():
                self._session, self._folder = report.record, report.folder
            case StateReport(state=state, detail=detail) if detail:
                self._note(f"{state.value.replace('_', ' ')}: {detail}")
            case TranscriptReport():
                self._words(report)
            case TurnReport(record=record):
                self._turn(record)
            case ProblemReport():
                self._problem(report)
            case CostReport():
                self._cost = report.total
            case _:
                self._upkeep(report)

    def refuse(self, error: AppError) -> None:
        """Print why no session was even tried."""
        self._note(told(error))
        if self._as_json:
            self._json({"type": "summary", **self._summary(), "error": error.sentence})

    def finish(self, problem: ProblemReport | None) -> int:
        """Print the summary; return how many turns failed.

        Turns that ended with a connection do not count if the session went on in another.
        """
        summary = self._summary()
        if self._as_json:
            error = self._first_problem if problem is None else problem.sentence
            self._json({"type": "summary", **summary, "error": error})
        elif self._session is not None:
            print(
                f"\n{summary['turns']} turns, {summary['failed']} failed, "
                f"voice to voice {_voice_to_voice(self._turns)}\n"
                f"{_cost_line(self._cost)}"
                f"Recorded in {plain(str(self._folder))}",
                file=self._out,
            )
        return sum(1 for turn in self._turns if turn.status in FAILED and not self._mended(turn))

    def _mended(self, turn: TurnRecord) -> bool:
        session = self._session
        lost = turn.error_type == CONNECTION_LOST
        return lost and session is not None and session.lost_after_ms is None

    def _summary(self) -> dict[str, Any]:
        session = self._session
        counters = SessionCounters() if session is None else session.counters
        return {
            "session_id": session.session_id if session else None,
            "session_dir": self._folder,
            "provider": session.target.provider if session else None,
            "model": session.target.model if session else None,
            "state": session.state if session else None,
            "end_reason": session.end_reason if session else None,
            **_flat(summarise(self._turns)),
            "renewals": session.renewals if session else 0,
            "provider_stalls": session.provider_stalls if session else 0,
            "self_triggers": session.self_triggers if session else 0,
            "unknown_messages": counters.unknown_messages,
            "protocol_errors": counters.protocol_errors,
            "xruns": counters.capture.xruns + counters.playback.xruns,
            "dropped_journal_lines": counters.dropped_journal_lines,
            "cost_usd": self._cost.usd if self._cost else None,
            "cost_status": self._cost.status.value if self._cost else None,
        }

    def _words(self, report: TranscriptReport) -> None:
        if self._as_json or not report.final or report.entry_id in self._shown:
            return
        self._shown.add(report.entry_id)
        who = "You  " if report.speaker is Speaker.USER else "Model"
        print(f"{who}  {plain(report.text)}", file=self._out, flush=True)

    def _upkeep(self, report: EngineReport) -> None:
        """Print what happens to the session itself."""
        line, row = line_of(report), row_of(report)
        if line is not None:
            self._note_once(line) if row is None else self._note(line)
        if row is not None and self._as_json:
            self._json(row)

    def _problem(self, report: ProblemReport) -> None:
        """Print a problem, once; what calls for a remedy is the session's ``error``."""
        self._note_once(f"{report.sentence} {report.hint}".strip())
        if report.remedy is not None:
            self._first_problem = self._first_problem or report.sentence

    def _turn(self, record: TurnRecord) -> None:
        self._turns.append(record)
        if record.status in FAILED and record.error_type != CONNECTION_LOST:
            why = (record.error_message or record.status.value).rstrip(".")
            sentence = f"Turn {record.turn_id} failed: {why}."
            self._problem(ProblemReport(sentence=sentence, hint=_FAILED, remedy=Remedy.RETRY))
        if self._session is None:
            return
        row = turn_row(self._session, record)
        if self._as_json:
            self._json({"type": "turn", **row})
            return
        figures = "  ".join(
            f"{name} {_figure(row[column], unit)}" for name, column, unit in _FIGURES
        )
        ended = plain(ended_words(record))
        status = f"  [{ended}]" if ended else ""
        print(f"       {figures}{status}", file=self._out, flush=True)

    def _json(self, value: dict[str, Any]) -> None:
        print(json_line(value), file=self._out, flush=True)

    def _note_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._note(text)

    def _note(self, text: str) -> None:
        print(plain(text), file=self._err, flush=True)


def _voice_to_voice(turns: Sequence[TurnRecord]) -> str:
    """Return the median with its n; of fewer turns than it needs, each of them."""
    summary = summarise(turns, for_people=True)
    if summary.v2v_p50_ms is not None:
        return f"P50 {summary.v2v_p50_ms:.0f} ms (n {summary.v2v_n})"
    known = [f"{turn.v2v_ms:.0f}" for turn in turns if measured(turn) and turn.v2v_ms is not None]
    return f"{', '.join(known)} ms" if known else NO_VALUE


def _cost_line(cost: Cost | None) -> str:
    return "" if cost is None else f"Cost {cost_words(cost)}\n"


def _flat(summary: Summary) -> dict[str, Any]:
    named = ("excluded_by", "error_classes", "client_limited_by")
    return {**asdict(summary), **{name: dict(getattr(summary, name)) for name in named}}


def _figure(value: Cell, unit: str) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return NO_VALUE
    return f"{value:.0f} {unit}"
