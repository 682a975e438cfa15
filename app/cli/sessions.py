"""``vivavoce sessions``: what was recorded, and whether the recording bears it out.

Without a word, or with ``list``: the recorded sessions, newest first, or those that are asked
for. ``tag``, ``untag``, ``note``, ``star`` and ``unstar`` write on sessions; ``trash``, ``restore``
and ``empty`` move them to the trash, back, or delete them from it; ``retain`` does so by a rule.
``usage`` tells what they take on the disk, ``rebuild`` makes the index anew. ``show``: a session in
numbers. ``verify``: a session computed anew from its stereo recording alone, held against what
was measured live; the exit code is 1 where the recording disproves it. ``columns``: what each
column of turns.csv means. ``import``: the sessions of bundles, taken in.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TextIO

from app.cli import importing, listing, sessions_deeds, sessions_library
from app.cli.plain import json_line, plain
from app.core.ports import StoredSession
from app.core.rows import TURN_COLUMNS
from app.metrics.definitions import DEFINITIONS
from app.metrics.definitions_columns import COLUMN_WORDS
from app.metrics.outcomes import ConversationFigures
from app.metrics.summary import summarise
from app.metrics.verification import is_borne_out
from app.trials.verifying import Verified

LIST, SHOW, VERIFY, COLUMNS = "list", "show", "verify", "columns"

_TURN_COLUMNS = (
    "turn_id", "u_off_ms", "audible_ms", "v2v_ms", "live_v2v_ms", "difference_ms", "reason"
)  # fmt: skip
_FIGURES: Final[Mapping[str, tuple[str, str, str]]] = {
    "response_rate": ("T14", "", "user turns answered within 10 s, before the user spoke again"),
    "response_n": ("T14", "", "user turns"),
    "takeover_rate": ("T11", "", "user turns after which the agent spoke for 1 s or more"),
    "overlap_ms": ("T16", "ms", "both speak"),
    "overlap_longest_ms": ("T16", "ms", "longest overlap"),
    "overlap_share": ("T16", "", "overlap, as a share of the agent's speech"),
    "overlap_by_agent_ms": ("T16", "ms", "overlap in which the agent came second"),
    "fto_p50_ms": ("T17", "ms", "floor transfer offset, median; negative is overlap"),
    "fto_n": ("T17", "", "floor transfers"),
    "dead_air_n": ("T17", "", "silences of both of more than 2 s"),
    "dead_air_ms": ("T17", "ms", "the same, in all"),
    "talk_ratio": ("T18", "", "agent's speech / all speech"),
    "user_speech_ms": ("T18", "ms", "user's speech"),
    "agent_speech_ms": ("T18", "ms", "agent's speech"),
    "user_wpm": ("T18", "words/min", "user's words a minute of speech"),
    "agent_wpm": ("T18", "words/min", "agent's words a minute of speech"),
    "user_turn_p50_ms": ("T18", "ms", "user's turn, median length"),
    "agent_turn_p50_ms": ("T18", "ms", "agent's turn, median length"),
    "pauses_n": ("T18", "", "pauses of 200 ms or more inside user turns"),
    "backchannels_n": ("T13", "", "agent turns under 1 s inside a user's turn"),
    "backchannels_per_min": ("T13", "1/min", "the same, a minute of the user's speech"),
    "spurious_n": ("T10", "", "agent turns after 10 s in which nobody had spoken"),
    "interruptions_n": ("T8", "", "user turns that begin while the agent is audible"),
    "yielded_n": ("T8", "", "of them, those after which the agent fell silent within 2 s"),
    "yield_rate": ("T8", "", "their share"),
    "yield_p50_ms": ("T3", "ms", "how long that took, median"),
    "self_interruptions_n": ("T19", "", "the user was heard while only the agent spoke"),
}  # fmt: skip
"""Figures of a conversation: row of the metrics specification, unit and meaning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's words and options."""
    _add_options(parser, default=None)
    sessions_library.add_filters(parser, default=lambda value: value)
    words = parser.add_subparsers(dest="word", metavar="WORD")
    listed = words.add_parser(LIST, help="the recorded sessions, newest first")
    _add_options(listed)
    sessions_library.add_filters(listed)
    for word, told in (
        (SHOW, "a session in numbers"),
        (VERIFY, "compute a session anew from its recording alone, and compare"),
    ):
        each = words.add_parser(word, help=told)
        _add_options(each)
        each.add_argument(
            "names",
            nargs="+",
            metavar="SESSION",
            help='its folder, its id, the end of its name, or "latest"',
        )
    sessions_deeds.add_words(words, _add_options)
    _add_options(importing.add_words(words))
    _add_options(words.add_parser(COLUMNS, help="what each column of turns.csv means"))


def _add_options(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """Add the options that may stand before or after the word."""
    parser.add_argument(
        "--json", action="store_true", default=default or False, help="one JSON object a line"
    )
    parser.add_argument(
        "--out", metavar="DIR", default=default, help="the folder that they were recorded below"
    )


_COUNTED: Final = ("error_classes", "excluded_by", "client_limited_by")

# --- show ------------------------------------------------------------------------------------


def show_summary(stored: StoredSession, out: TextIO, *, as_json: bool) -> None:
    """Print a session in numbers."""
    record = stored.record
    told: dict[str, Any] = {
        "folder": str(stored.folder),
        "session_id": record.session_id,
        "title": record.target.title,
        "model": record.target.model,
        "state": record.state,
        "began_utc": record.t0_utc,
        "input": record.input_name,
        "output": record.output_name,
        "renewals": record.renewals,
        "provider_stalls": record.provider_stalls,
        "self_triggers": record.self_triggers,
        **asdict(summarise(stored.turns, for_people=not as_json)),
        "odd": list(stored.odd),
    }
    for name in _COUNTED:
        counts = dict(told[name])
        listed = ", ".join(f"{cause}: {count}" for cause, count in counts.items())
        told[name] = counts if as_json else listed
    if as_json:
        _line("session_summary", told, out)
        return
    rows = [{"figure": name, "value": value} for name, value in told.items() if name != "odd"]
    listing.show(rows, ("figure", "value"), out, kind="", as_json=False)
    _sentences(stored.odd, out)


# --- verify ----------------------------------------------------------------------------------


def show_verified(verified: Verified, out: TextIO, *, as_json: bool) -> bool:
    """Print what the recording says; return whether it bears the live figures out."""
    result, parameters = verified.verification, verified.parameters
    borne_out = is_borne_out(result, parameters.tolerance_ms)
    end = {
        "folder": str(verified.stored.folder),
        "duration_ms": result.duration_ms,
        "v2v_p50_ms": result.v2v_p50_ms,
        "matched_n": result.matched_n,
        "unmatched_live_n": result.unmatched_live_n,
        "unmatched_recording_n": result.unmatched_recording_n,
        "difference_p50_ms": result.difference_p50_ms,
        "difference_abs_p95_ms": result.difference_abs_p95_ms,
        "difference_max_ms": result.difference_max_ms,
        "borne_out": borne_out,
    }
    figures = list(_figures(result.conversation))
    if as_json:
        listing.show([asdict(turn) for turn in result.turns], (), out, kind="turn", as_json=True)
        listing.show(figures, (), out, kind="figure", as_json=True)
        more = {"parameters": asdict(parameters), "odd": list(verified.odd)}
        _line("verification", {**end, **more}, out)
        return borne_out
    where = plain(str(verified.stored.folder))
    print(f"{where}: voice to voice, recording against live, ms", file=out)
    listing.show(
        [asdict(turn) for turn in result.turns], _TURN_COLUMNS, out, kind="", as_json=False
    )
    print(file=out)
    rounded = [{**row, "value": _rounded(row)} for row in figures]
    listing.show(rounded, ("id", "figure", "value", "unit", "meaning"), out, kind="", as_json=False)
    print(file=out)
    rows = [
        {"figure": name, "value": value}
        for name, value in (*end.items(), *asdict(parameters).items())
    ]
    listing.show(rows, ("figure", "value"), out, kind="", as_json=False)
    _sentences(verified.odd, out)
    print(_verdict(borne_out=borne_out, n=result.matched_n), file=out)
    return borne_out


def _verdict(*, borne_out: bool, n: int) -> str:
    if not borne_out:
        return "The recording disproves the live figures."
    if not n:
        return "There is no live figure that the recording could bear out."
    return f"The recording bears the live figures out (n = {n})."


def _figures(figures: ConversationFigures) -> Iterable[dict[str, Any]]:
    for name, value in asdict(figures).items():
        row, unit, meaning = _FIGURES[name]
        yield {"id": row, "figure": name, "value": value, "unit": unit, "meaning": meaning}


def _rounded(row: Mapping[str, Any]) -> Any:
    """Return a share with two digits: one would not tell 0.04 from none."""
    value = row["value"]
    return f"{value:.2f}" if isinstance(value, float) and not row["unit"] else value


# --- columns ---------------------------------------------------------------------------------


def show_columns(out: TextIO, *, as_json: bool) -> None:
    """Print what each column of turns.csv means."""
    rows = [_column(name) for name in TURN_COLUMNS]
    shown = ("id", "unit", "definition", "formula", "start", "end", "clock", "source")
    listing.show(rows, shown, out, kind="column", as_json=as_json)


def _column(name: str) -> dict[str, Any]:
    known = DEFINITIONS.get(name)
    return {
        "id": name,
        "unit": known.unit if known else None,
        "definition": known.name if known else COLUMN_WORDS[name],
        "formula": known.formula if known else None,
        "start": known.start if known else None,
        "end": known.end if known else None,
        "clock": known.clock if known else None,
        "pitfalls": known.pitfalls if known else None,
        "source": known.source if known else None,
    }


def _line(kind: str, values: Mapping[str, Any], out: TextIO) -> None:
    print(json_line({"type": kind, **values}), file=out)


def _sentences(odd: Sequence[str], out: TextIO) -> None:
    for sentence in odd:
        print(plain(f"Note: {sentence}."), file=out)
