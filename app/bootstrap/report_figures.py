"""Figures of a report: the sessions' turns as ``app.metrics`` counts and prices them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.bootstrap.report_money import money_figures
from app.core.money import PriceRow
from app.core.ports import PriceBook, StoredSession
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.exports.report_figures import (
    Definition,
    Figure,
    ModelFigures,
    NearMedian,
    ReportFigures,
    SessionNumbers,
    TurnFigures,
)
from app.metrics.cost import price_turn, session_row, wasted_usd
from app.metrics.counted import FAILED, Choice, choose, measured
from app.metrics.definitions import BREAKDOWN, DEFINITIONS
from app.metrics.distribution import ecdf
from app.metrics.heard_words import Said, heard_chars
from app.metrics.meters import cached_share, meters
from app.metrics.statistics import ShownQuantile, minimum_n, quantile, shown, wilson

MOST_STEPS: Final = 400
RATE_FROM: Final = 10
"""A rate over fewer events is hidden (metrics specification, section 4)."""

_P50: Final = 0.5
_HIGH: Final = (0.9, 0.95)
_QUARTILES_FROM: Final = 5

_MEDIANS: Final[Mapping[str, str]] = MappingProxyType({
    "ttft_ms": "",
    "ttfa_stop_ms": "",
    "endpointing_ms": "",
    "server_response_ms": "",
    "leading_silence_ms": "",
    "playout_wait_ms": "",
    "tx_wait_ms": "",
    "model_latency_ms": "",
    "required_prebuffer_ms": "",
    "delivery_x": "",
    "total_tps": "",
    "client_added_ms": "",
})  # fmt: skip
_MEDIANS_OF_ALL: Final = ("tool_v2v_ms", "yield_ms", "local_stop_ms", "overspeech_ms")
"""The same, of first turns and those with a tool too."""


def report_figures(sessions: Sequence[StoredSession], prices: PriceBook | None) -> ReportFigures:
    """Return what a report of ``sessions`` shows; pure but for what ``prices`` does."""
    groups = _groups(sessions)
    models = tuple(_model(sessions, places, prices) for places in groups)
    choices = {place: _choice(sessions, places) for places in groups for place in places}
    used = {row.id for model in models for row in model.rows}
    known = [name for name in DEFINITIONS if name in used or name in _ALWAYS]
    return ReportFigures(
        models=models,
        sessions=tuple(
            _session(stored, choices[place], prices) for place, stored in enumerate(sessions)
        ),
        definitions=tuple(_definition(name) for name in known),
        part_names={name: DEFINITIONS[name].name for name in BREAKDOWN},
        price_table_date="" if prices is None else prices.table_date,
    )


_ALWAYS: Final = frozenset({"v2v_ms", "u_v2v_ms", "premature", "wasted_audio_ms", "heard_ms",
                            "missed_interrupt", "stall_ms", "stalls_n", *BREAKDOWN})  # fmt: skip


def _definition(name: str) -> Definition:
    known = DEFINITIONS[name]
    return Definition(
        id=known.id,
        name=known.name,
        unit=known.unit,
        start=known.start,
        end=known.end,
        clock=known.clock,
        formula=known.formula,
        pitfalls=known.pitfalls,
        source=known.source,
    )


def _groups(sessions: Sequence[StoredSession]) -> Sequence[tuple[int, ...]]:
    """Return sessions of one model under one set of settings together, in order."""
    groups: dict[Any, list[int]] = {}
    for place, stored in enumerate(sessions):
        groups.setdefault(_tested(stored.record), []).append(place)
    return [tuple(places) for places in groups.values()]


def _tested(record: SessionRecord) -> Any:
    """Return what makes two sessions tests of different things."""
    return (
        record.target.provider,
        record.target.model,
        record.target.title,
        record.target.dialect,
        repr(record.settings),
        record.engine_arguments,
    )


def _choice(sessions: Sequence[StoredSession], places: Sequence[int]) -> Choice:
    return choose([[turn for place in places for turn in sessions[place].turns]])


# --- a model


def _model(
    sessions: Sequence[StoredSession], places: tuple[int, ...], prices: PriceBook | None
) -> ModelFigures:
    turns = [turn for place in places for turn in sessions[place].turns]
    choice = choose([turns])
    counted = [turn for turn in turns if choice.takes(turn)]
    v2v = sorted(_known(counted, "v2v_ms"))
    median, high = shown(v2v, _P50), shown(v2v, 0.95)
    steps = ecdf(v2v, at_most=MOST_STEPS)
    return ModelFigures(
        sessions=places,
        turns_n=len(turns),
        failed_n=sum(turn.status in FAILED for turn in turns),
        excluded_n=sum(
            turn.status not in FAILED and turn.excluded_reason is not None for turn in turns
        ),
        interrupted_n=sum(turn.status is TurnStatus.INTERRUPTED for turn in turns),
        rows=_rows(turns, counted, v2v),
        v2v_ms=tuple(v2v),
        steps=tuple(zip(steps.x.tolist(), steps.share.tolist(), strict=True)),
        median_ms=median.point,
        median_low_ms=median.low,
        median_high_ms=median.high,
        quartiles_ms=_quartiles(v2v),
        p95=_quantile("v2v_p95_ms", "Voice-to-voice, P95", high),
        near_median=_near_median(sessions, places, choice, quantile(v2v, _P50)),
        uncertainty_ms=quantile(_known(counted, "u_v2v_ms"), _P50),
        client_added_ms=quantile(_known(counted, "client_added_ms"), _P50),
        rules=_rules(choice),
        money=money_figures([sessions[place] for place in places], prices),
    )


def _known(turns: Sequence[TurnRecord], column: str) -> list[float]:
    values = (getattr(turn, column) for turn in turns)
    return [value for value in values if value is not None and math.isfinite(value)]


def _quartiles(v2v: Sequence[float]) -> tuple[float, float] | None:
    low, high = quantile(v2v, 0.25), quantile(v2v, 0.75)
    if low is None or high is None or len(v2v) < _QUARTILES_FROM:
        return None
    return low, high


def _rules(choice: Choice) -> str:
    apart = [
        *(["first turns"] if choice.drops_first else []),
        *(["turns with a tool"] if choice.drops_tools else []),
    ]
    if not apart:
        return "Latencies are of turns that did not fail and are not excluded."
    return (
        "Latencies are of turns that did not fail and are not excluded; "
        f"{' and '.join(apart)} are told apart."
    )


def _rows(
    turns: Sequence[TurnRecord], counted: Sequence[TurnRecord], v2v: Sequence[float]
) -> tuple[Figure, ...]:
    every = [turn for turn in turns if measured(turn)]
    spread = shown(v2v, _P50)
    point = _quantile("v2v_ms", "Voice-to-voice, median", spread)
    rows = [
        replace(point, each=tuple(v2v) if point.value is None else ()),
        Figure(
            id="v2v_min_ms", name="Voice-to-voice, shortest", unit="ms", value=spread.smallest,
            n=len(v2v),
        ),
        Figure(
            id="v2v_max_ms", name="Voice-to-voice, longest", unit="ms", value=spread.largest,
            n=len(v2v),
        ),
        *(
            _quantile(f"v2v_p{q * 100:g}_ms", f"Voice-to-voice, P{q * 100:g}", shown(v2v, q))
            for q in _HIGH
        ),
        _first(every),
        *(_median(name, counted) for name in _MEDIANS),
        *(row for name in _MEDIANS_OF_ALL if (row := _median(name, every)).n),
    ]  # fmt: skip
    return (*rows, *_rates(turns, every), *_stalls(turns))


def _quantile(id_: str, name: str, told: ShownQuantile) -> Figure:
    return Figure(
        id=id_,
        name=name,
        unit="ms",
        value=told.point,
        n=told.n,
        low=told.low,
        high=told.high,
        note="" if told.point is not None else f"needs {minimum_n(told.q)}",
    )


def _median(name: str, turns: Sequence[TurnRecord]) -> Figure:
    known, values = DEFINITIONS[name], _known(turns, name)
    told = shown(values, _P50)
    title = f"{known.name}, median"
    return Figure(
        id=name,
        name=title,
        unit=known.unit,
        value=told.point,
        n=len(values),
        low=told.low,
        high=told.high,
        each=tuple(values) if told.point is None else (),
        note="" if told.point is not None else f"needs {minimum_n(told.q)}",
    )


def _first(every: Sequence[TurnRecord]) -> Figure:
    values = _known([turn for turn in every if turn.is_first_turn and not turn.has_tool], "v2v_ms")
    figure = _quantile(
        "first_turn_v2v_ms", "Voice-to-voice of first turns, median", shown(values, _P50)
    )
    note = "; ".join(part for part in (figure.note, "warm-up and caches tell here") if part)
    return replace(figure, each=tuple(values) if figure.value is None else (), note=note)


def _rates(turns: Sequence[TurnRecord], every: Sequence[TurnRecord]) -> Sequence[Figure]:
    answered = sum(turn.status not in FAILED for turn in turns)
    missed = _known(every, "missed_interrupt")
    early = [turn.v2v_ms < 0 for turn in every if turn.v2v_ms is not None and not turn.has_tool]
    return [
        _rate("availability", "Turns that did not fail", answered, len(turns)),
        _rate("premature", "Premature answers", sum(early), len(early)),
        _rate("yield_rate", "Interruptions yielded to within 2.0 s",
              len(missed) - round(sum(missed)), len(missed)),
    ]  # fmt: skip


def _rate(id_: str, name: str, hits: int, attempts: int) -> Figure:
    interval = wilson(hits, attempts)
    if attempts < RATE_FROM:
        note = f"{hits} of {attempts}; a rate needs {RATE_FROM}" if attempts else "there was none"
        return Figure(id=id_, name=name, unit="%", value=None, n=attempts, note=note)
    return Figure(
        id=id_,
        name=name,
        unit="%",
        value=hits / attempts,
        n=attempts,
        low=interval.low,
        high=interval.high,
        note=f"{hits} of {attempts}",
    )


def _stalls(turns: Sequence[TurnRecord]) -> Sequence[Figure]:
    played = [turn for turn in turns if turn.stalls_n is not None]
    stalled = sum(_known(played, "stall_ms"))
    figure = Figure(
        id="stalls_n",
        name="Stalls inside replies",
        unit="",
        value=sum(turn.stalls_n or 0 for turn in played) if played else None,
        n=len(played),
        note=f"{stalled:.0f} ms in all" if stalled else "",
    )
    return [figure]


def _near_median(
    sessions: Sequence[StoredSession],
    places: Sequence[int],
    choice: Choice,
    median_ms: float | None,
) -> NearMedian | None:
    if median_ms is None:
        return None
    found = [
        (abs(turn.v2v_ms - median_ms), place, turn.turn_id, turn.v2v_ms, _parts(turn))
        for place in places
        for turn in sessions[place].turns
        if choice.takes(turn) and turn.v2v_ms is not None and _parts(turn)
    ]
    if not found:
        return None
    _, place, turn_id, v2v_ms, parts = min(found)
    return NearMedian(session=place, turn_id=turn_id, v2v_ms=v2v_ms, parts=parts)


def _parts(turn: TurnRecord) -> tuple[tuple[str, float], ...]:
    values = ((name, getattr(turn, name)) for name in BREAKDOWN)
    return tuple((name, value) for name, value in values if value is not None)


# --- a session


def _session(stored: StoredSession, choice: Choice, prices: PriceBook | None) -> SessionNumbers:
    record, row = stored.record, session_row(stored.record, prices)
    return SessionNumbers(
        turns=tuple(_turn(turn, record, choice, row) for turn in stored.turns),
        money=money_figures([stored], prices),
    )


def _turn(
    turn: TurnRecord, record: SessionRecord, choice: Choice, row: PriceRow | None
) -> TurnFigures:
    why_not = _why_not(turn, choice)
    return TurnFigures(
        counts=not why_not,
        why_not=why_not,
        heard_chars=_heard(turn),
        usd=price_turn(turn, record, row).usd,
        wasted_usd=wasted_usd([turn], row),
        cached_share=cached_share(meters(turn)),
    )


def _why_not(turn: TurnRecord, choice: Choice) -> str:
    if turn.status in FAILED:
        return "failed"
    if turn.excluded_reason is not None:
        return "excluded"
    if turn.v2v_ms is None:
        return "no voice-to-voice"
    if choice.drops_first and turn.is_first_turn:
        return "first turn"
    return "with a tool" if choice.drops_tools and turn.has_tool else ""


def _heard(turn: TurnRecord) -> int | None:
    """Return how many characters were heard, spread evenly over the audio that arrived."""
    words, heard_ms, audio_ms = turn.agent_transcript, turn.heard_ms, turn.audio_out_ms
    if not words or heard_ms is None or not audio_ms or heard_ms >= audio_ms:
        return None
    return heard_chars([Said(words, 0.0)], audio_ms=audio_ms, heard_ms=heard_ms, complete=True)
