"""The summary: what was tested and what came out, for somebody who was not there.

It claims no more than the sample bears out: below five values they are named one by one, a
median has its range, and P95 is named from 20 values on (metrics specification, 9.1).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.core.money import CostStatus
from app.core.ports import StoredSession
from app.exports.report_figures import Figure, ModelFigures, MoneyFigures, ReportFigures
from app.exports.report_text import count, digits, length, listed, quantity, usd, when

RAW_BELOW: Final = 5
P95_FROM: Final = 20
_MOST_NAMED: Final = 6


def summary(
    sessions: Sequence[StoredSession],
    figures: ReportFigures,
    labels: Sequence[str],
    lasted_s: float | None,
) -> tuple[str, ...]:
    """Return paragraphs. ``labels`` name the models of ``figures``."""
    turns = sum(model.turns_n for model in figures.models)
    opening = [_what(labels, sessions), _how_much(sessions, turns, lasted_s)]
    if not turns:
        return (" ".join([*opening, _no_turn(sessions)]),)
    alone = len(figures.models) == 1
    if alone:
        return (" ".join(opening), _model(figures.models[0], ""))
    told = [_model(model, label) for model, label in zip(figures.models, labels, strict=True)]
    few = any(len(model.v2v_ms) < P95_FROM for model in figures.models)
    closing = f"{_TAIL_UNKNOWN} {_CAUTION}" if few else _CAUTION
    opening.append(_MEANING)
    return (" ".join(opening), *told[:_MOST_NAMED], *_more(len(told)), closing)


_MEANING: Final = (
    "Voice-to-voice latency is the time from the end of the user's speech to the model's first "
    "audible sound."
)
_TAIL_UNKNOWN: Final = (
    f"What the slowest turns are like cannot be said of fewer than {P95_FROM} values: where there "
    "are so few, no P95 is named."
)
_CAUTION: Final = (
    "The models stand side by side here; whether a difference between them is real needs "
    "sessions held in turns and a paired test, which this report is not."
)


def _more(n: int) -> list[str]:
    return [f"{n - _MOST_NAMED} more stand in the tables below."] if n > _MOST_NAMED else []


def _what(labels: Sequence[str], sessions: Sequence[StoredSession]) -> str:
    if not sessions:
        return "No session was given."
    named = listed(list(labels[:_MOST_NAMED])) if len(labels) <= _MOST_NAMED else "those below"
    if len(labels) == 1:
        return f"This report is about live spoken conversations with {named}."
    return f"This report is about live spoken conversations with {len(labels)} models: {named}."


def _how_much(sessions: Sequence[StoredSession], turns: int, lasted_s: float | None) -> str:
    dates = sorted({stored.record.t0_utc[:10] for stored in sessions if stored.record.t0_utc})
    span = f" on {when(dates[0])}" if len(dates) == 1 else ""
    if len(dates) > 1:
        span = f" between {when(dates[0])} and {when(dates[-1])}"
    lasted = f" of {length(lasted_s)} in all" if lasted_s else ""
    were = f"was {count(1, 'turn')}" if turns == 1 else f"were {count(turns, 'turn')}"
    return (
        f"There {were if turns else 'was no turn'} (the user says something, the model answers) in "
        f"{count(len(sessions), 'recorded session')}{lasted}{span}."
    )


def _no_turn(sessions: Sequence[StoredSession]) -> str:
    states = {stored.record.state for stored in sessions}
    if states == {"running"}:
        return "The session was still running when this was made."
    if "failed" in states:
        return "No conversation came about, so that nothing was measured."
    return "Nobody said anything that a model could answer, so that nothing was measured."


def _model(model: ModelFigures, label: str) -> str:
    parts = [
        _latency(model, label),
        _tail(model, label),
        _failures(model),
        money_words(model.money),
    ]
    return " ".join(part for part in parts if part)


def _latency(model: ModelFigures, label: str) -> str:
    n = len(model.v2v_ms)
    if not n:
        who = f"{label}: no" if label else "No"
        return f"{who} voice-to-voice latency could be measured."
    begins = (
        f"{label}: voice-to-voice latency was "
        if label
        else "From the end of the user's speech to the model's first audible sound "
        "(voice-to-voice latency) it took "
    )
    if n < RAW_BELOW:
        each = listed([digits(value) for value in model.v2v_ms])
        noun = "value is" if n == 1 else "values are"
        return f"{begins}{each} ms. {_number(n)} {noun} too few for a median."
    values = f"{quantity(model.v2v_ms[0])} to {quantity(model.v2v_ms[-1])}"
    return f"{begins}{quantity(model.median_ms)} at the median ({_spread(model)}{values}, n = {n})."


def _number(n: int) -> str:
    return ("No", "One", "Two", "Three", "Four")[n] if n < RAW_BELOW else str(n)


def _spread(model: ModelFigures) -> str:
    if model.median_low_ms is None or model.median_high_ms is None:
        return ""
    low, high = quantity(model.median_low_ms), quantity(model.median_high_ms)
    return f"95 % interval of the median {low} to {high}; all values "


def _tail(model: ModelFigures, label: str) -> str:
    n, p95 = len(model.v2v_ms), model.p95
    if n < RAW_BELOW or p95 is None:
        return ""
    if p95.value is None:
        told = (
            f"What the slowest turns are like cannot be said of {n} values: P95 needs {P95_FROM}."
        )
        return "" if label else told
    rough = "" if p95.high is not None else " (rough: without an upper bound at this n)"
    return f"95 of 100 turns took up to {quantity(p95.value)}{rough}."


def _failures(model: ModelFigures) -> str:
    failed = (
        f"None of {count(model.turns_n, 'turn')} failed"
        if not model.failed_n
        else f"{model.failed_n} of {count(model.turns_n, 'turn')} failed"
    )
    if model.turns_n == 1:
        failed = "The turn failed" if model.failed_n else "The turn did not fail"
    more = [
        *([f"{_were(model.interrupted_n)} interrupted"] if model.interrupted_n else []),
        *([f"{_were(model.excluded_n)} kept out of the latencies"] if model.excluded_n else []),
    ]
    return f"{'; '.join([failed, *more])}."


def _were(n: int) -> str:
    return f"{n} was" if n == 1 else f"{n} were"


def money_words(money: MoneyFigures) -> str:
    """Return what it cost, in a sentence."""
    match money.status:
        case CostStatus.LOCAL:
            return "It ran on the tester's own computer: nobody bills it."
        case CostStatus.UNPRICED:
            return "Its cost is unpriced: no price is known for it, or its use was not reported."
        case CostStatus.PRICED | CostStatus.PARTIAL:
            return _priced(money)


def _priced(money: MoneyFigures) -> str:
    least = "at least " if money.status is CostStatus.PARTIAL else ""
    minute = money.per_minute_usd
    rate = f", {least}{usd(minute)} a minute of session" if minute is not None else ""
    wasted = money.wasted_usd or Decimal(0)
    lost = f"; {usd(wasted)} of it for audio that was never heard" if wasted else ""
    why = "; not all use is priced" if least else ""
    return f"It cost {least}{usd(money.usd)}{rate}{lost}{why}."


def interval(figure: Figure) -> str:
    """Return a figure's 95 % interval, with what is open of it; "" where there is none."""
    unit = "%" if figure.unit == "%" else ""
    low, high = quantity(figure.low, unit), quantity(figure.high, unit)
    if figure.low is None and figure.high is None:
        return ""
    if figure.high is None:
        return f"at least {low}"
    return f"at most {high}" if figure.low is None else f"{low} to {high}"
