"""What weakens a comparison, each in a sentence.

Source: metrics specification, rules 6, 7 and 9, 2.5 and 9.2.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from app.core.ports.store import StoredSession
from app.core.recogniser import recogniser_of
from app.core.records import SessionRecord
from app.core.turn_record import TurnRecord
from app.metrics.comparison_pairs import Choice, Design, measured, turns_of
from app.metrics.comparison_words import number
from app.metrics.statistics import quantile

FEW: Final = 20
"""Below this many pairs only large differences show."""

_DRIFT: Final = (
    "The sides were measured one after the other: in simulations with a slow drift such a design "
    "found differences that were not there in 23 to 74 of 100 comparisons. Interleave the sessions."
)
_UNPAIRED: Final = (
    "No turns of the two sides belong to the same recording, so they are compared unpaired: what "
    "the user said may explain a difference."
)
_RTT_MS: Final = 10.0
_RTT_RATIO: Final = 1.5
_LONGEST: Final = 80


def _formats(record: SessionRecord) -> str | None:
    """Return the formats that the provider says it uses, both ways, or None if it does not."""
    effective = record.effective_settings or {}
    audio = effective.get("audio")
    if not isinstance(audio, dict):
        told = [effective.get(name) for name in ("input_audio_format", "output_audio_format")]
    else:
        told = [side.get("format") for name in ("input", "output")
                if isinstance(side := audio.get(name), dict)]  # fmt: skip
    named = [_format(each) for each in told if each]
    return " in, ".join(named) or None


def _format(told: object) -> str:
    return str(told.get("type")) if isinstance(told, dict) else str(told)


_SETTINGS: Final[tuple[tuple[str, Callable[[SessionRecord], object]], ...]] = (
    ("The voice", lambda r: r.settings.voice),
    ("The instructions", lambda r: r.settings.instructions),
    ("Who ends the turns", lambda r: r.settings.turn_detection.mode.value),
    ("The silence that ends a turn, ms,", lambda r: r.settings.turn_detection.silence_ms),
    ("The threshold of speech", lambda r: r.settings.turn_detection.threshold),
    ("The eagerness", lambda r: r.settings.turn_detection.eagerness),
    ("Audio replies", lambda r: r.settings.audio_replies),
    ("The recogniser", recogniser_of),
    ("The tools", lambda r: ", ".join(tool.name for tool in r.settings.tools)),
    ("The protocol's dialect", lambda r: r.target.dialect.value),
    ("The audio format", _formats),
    ("The input", lambda r: r.input_name),
    ("The output", lambda r: r.output_name),
    ("The system", lambda r: r.machine.get("system")),
    ("The number of cores", lambda r: r.machine.get("cores")),
    ("The program's version", lambda r: r.app_version),
    ("The reply timeout, s,", lambda r: r.reply_timeout_s),
)


def warnings_of(
    first: Sequence[StoredSession],
    second: Sequence[StoredSession],
    *,
    names: tuple[str, str],
    design: Design,
    pairs: int,
    choice: Choice,
) -> tuple[str, ...]:
    """Return the sentences, the gravest first.

    Args:
        first: Sessions of the first side.
        second: Those of the second.
        names: What the sides are called.
        design: How they lie in time.
        pairs: Pairs of turns that the figures are of.
        choice: Which turns the figures are of.
    """
    sides = (first, second)
    found: list[str] = []
    for part in (
        _of_design(sides, design, pairs),
        _of_sides(sides, names),
        _of_settings(sides, names),
        _of_network(sides, names),
        _of_turns(sides, names, choice),
    ):
        found += part
    return tuple(found)


def _of_design(
    sides: tuple[Sequence[StoredSession], Sequence[StoredSession]], design: Design, pairs: int
) -> Iterator[str]:
    if design is Design.IN_SEQUENCE:
        yield _DRIFT
    if design is Design.UNPAIRED and all(map(turns_of, sides)):
        yield _UNPAIRED
    both = {s.record.session_id for s in sides[0]} & {s.record.session_id for s in sides[1]}
    if both:
        yield f"On both sides at once: {_listed(sorted(both))}."
    if design is not Design.UNPAIRED and pairs < FEW:
        verb = "is" if pairs == 1 else "are"
        few = _counted(pairs, "pair")
        yield f"There {verb} only {few}: below {FEW}, only large differences show."


def _of_sides(
    sides: tuple[Sequence[StoredSession], Sequence[StoredSession]], names: tuple[str, str]
) -> Iterator[str]:
    for held, name in zip(sides, names, strict=True):
        models = {(s.record.target.provider, s.record.target.model) for s in held}
        if len(models) > 1:
            yield f"{name} holds sessions of {len(models)} models."
        if not turns_of(held):
            yield f"{name} has no turns."
        failed = sum(session.record.state == "failed" for session in held)
        if failed:
            yield f"{_counted(failed, 'session')} of {name} never got as far as a conversation."
        for session in held:
            for sentence in session.odd:
                yield f"{name}, session {session.folder.name}: {sentence}"


def _of_settings(
    sides: tuple[Sequence[StoredSession], Sequence[StoredSession]], names: tuple[str, str]
) -> Iterator[str]:
    for title, read in _SETTINGS:
        first, second = ({_shown(read(s.record)) for s in held} for held in sides)
        if first and second and first != second:
            told = (f"{_listed(sorted(side))} for {name}" for side, name in
                    zip((first, second), names, strict=True))  # fmt: skip
            yield f"{title} differs: {' and '.join(told)}."


def _of_network(
    sides: tuple[Sequence[StoredSession], Sequence[StoredSession]], names: tuple[str, str]
) -> Iterator[str]:
    one, other = (quantile([t for s in held for t in s.record.rtts_ms], 0.5) for held in sides)
    if one is not None and other is not None and _apart_by_network(one, other):
        yield (
            f"The networks differ: the usual round trip is {number(one)} ms to {names[0]} "
            f"and {number(other)} ms to {names[1]}, and every latency holds it."
        )
    cold = [_cold(held) for held in sides]
    if cold[0] != cold[1]:
        yield (
            f"Connections were cold in {cold[0]} for {names[0]} and in {cold[1]} for {names[1]}."
        )


def _apart_by_network(one_ms: float, other_ms: float) -> bool:
    less, more = sorted((one_ms, other_ms))
    return more - less >= _RTT_MS and more >= _RTT_RATIO * less


def _of_turns(
    sides: tuple[Sequence[StoredSession], Sequence[StoredSession]],
    names: tuple[str, str],
    choice: Choice,
) -> Iterator[str]:
    turns = tuple(turns_of(held) for held in sides)
    excluded = Counter(
        turn.excluded_reason for side in turns for turn in side if turn.excluded_reason
    )
    if excluded:
        told = ", ".join(f"{count} for {reason}" for reason, count in excluded.most_common())
        yield f"Turns left out of the latencies: {told}."
    limited = [sum(turn.client_limited is not None for turn in side) for side in turns]
    if any(limited):
        yield (
            f"Our own side may have spoilt {limited[0]} of {len(turns[0])} turns of {names[0]} "
            f"and {limited[1]} of {len(turns[1])} of {names[1]}; they are counted."
        )
    yield from _apart(turns, names, lambda turn: turn.is_first_turn, "First", choice.drops_first)
    yield from _apart(turns, names, lambda turn: turn.has_tool, "Tool", choice.drops_tools)


def _apart(
    turns: tuple[Sequence[TurnRecord], ...],
    names: tuple[str, str],
    apart: Callable[[TurnRecord], bool],
    title: str,
    dropped: bool,  # noqa: FBT001 - the last of a table's columns
) -> Iterator[str]:
    """Tell of turns that are another population: their number and their own median."""
    found = [[turn for turn in side if measured(turn) and apart(turn)] for side in turns]
    if not any(found):
        return
    counts = " and ".join(
        f"{len(side)} of {name}{_median(side)}" for side, name in zip(found, names, strict=True)
    )
    if dropped:
        yield f"{title} turns are left out of the figures: {counts}."
    else:
        yield f"{title} turns are among the figures, for want of others: {counts}."


def _median(turns: Sequence[TurnRecord]) -> str:
    middle = quantile([turn.v2v_ms for turn in turns if turn.v2v_ms is not None], 0.5)
    return "" if middle is None else f" (voice to voice {number(middle)} ms)"


def _cold(held: Sequence[StoredSession]) -> str:
    opened = [s.record.connect for s in held if s.record.connect is not None]
    return f"{sum(timing.cold for timing in opened)} of {len(opened)} sessions"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "not set"
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\N{HORIZONTAL ELLIPSIS}"


def _listed(words: Sequence[str]) -> str:
    few = 3
    rest = f" and {len(words) - few} more" if len(words) > few else ""
    return ", ".join(words[:few]) + rest


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
