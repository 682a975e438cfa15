"""A session as metrics: what was measured between its beginning and its end.

Latencies are those of turns that neither failed nor are excluded; the turns are counted all
(metrics specification, rule 9). Names: section 12.3.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from app.core.exporting import SemConv
from app.core.records import TurnRecord
from app.exports.otlp_figures import HISTOGRAMS, cost_attributes, interruption_outcome
from app.exports.otlp_journal import Heard, Response
from app.exports.otlp_session import FAILED, Telling, common, failure_of, first_chunk_s, seconds
from app.exports.otlp_wire import Attributes, Histogram, histogram_json, metric_json, sum_json

_SECONDS: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
)  # fmt: skip
_FIRST_SECONDS: Final = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0
)  # fmt: skip
_TOKENS: Final = tuple(float(4**power) for power in range(14))
"""Bounds that the conventions advise."""

UNFINISHED: Final = "unfinished"
"""A reply whose end never came."""

_OF_A_COST: Final = (
    "vc.cost.currency", "vc.cost.status", "vc.cost.price_date", "vc.cost.price_origin"
)  # fmt: skip
"""Attributes that the point of a cost has; the parts stand on the spans."""

_DURATION: Final = "gen_ai.client.operation.duration"
_FIRST: Final = "gen_ai.client.operation.time_to_first_chunk"
_MAIN: Final[Mapping[str, str]] = MappingProxyType({
    _DURATION: "gen_ai.client.inference.duration",
    _FIRST: "gen_ai.client.inference.time_to_first_chunk",
})  # fmt: skip

_COUNTERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({
    "gen_ai.client.inference.usage.input_tokens": ("input", "input_total"),
    "gen_ai.client.inference.usage.output_tokens": ("output", "output_total"),
    "gen_ai.client.inference.usage.cache_read.input_tokens": ("cached", "cached_total"),
    "gen_ai.client.inference.usage.reasoning.output_tokens": ("reasoning", "output_reasoning"),
})  # fmt: skip
"""Counters of tokens: what begins the names of their modalities in ``TokenUsage``, and the name
of the total."""

_MODALITIES: Final = ("text", "audio", "image")

_Key: TypeAlias = tuple[tuple[str, str | bool], ...]
_Points: TypeAlias = dict[_Key, Histogram]


def metrics_of(telling: Telling, conventions: SemConv) -> Iterator[dict[str, Any]]:
    """Yield the metrics of a session; one without a value is not there."""
    responses = [
        each for each in (telling.heard or Heard()).responses.values() if each.end_ns is not None
    ]
    base = {**common(telling), "gen_ai.operation.name": "realtime_inference"}
    for name, points in _timed(responses).items():
        shown = _MAIN[name] if conventions is SemConv.MAIN else name
        yield from _histogram(telling, shown, points, base)
    if conventions is SemConv.MAIN:
        yield from _counters(telling, responses, base)
        yield from _tools(telling)
    else:
        points = _tokens(responses)
        yield from _histogram(telling, "gen_ai.client.token.usage", points, base)
    yield from _ours(telling)


def _timed(responses: Sequence[Response]) -> Mapping[str, _Points]:
    durations: _Points = {}
    firsts: _Points = {}
    for response in responses:
        length_ns = (response.end_ns or response.start_ns) - response.start_ns
        failure = failure_of(response)
        key: _Key = () if failure is None else (("error.type", failure),)
        durations.setdefault(key, Histogram(_SECONDS)).add(length_ns / 1e9)
        if (first_s := first_chunk_s(response)) is not None:
            firsts.setdefault((), Histogram(_FIRST_SECONDS)).add(first_s)
    return {_DURATION: durations, _FIRST: firsts}


def _tokens(responses: Sequence[Response]) -> _Points:
    points: _Points = {}
    for response in responses:
        for kind in ("input", "output"):
            if (count := response.usage.get(f"{kind}_total")) is not None:
                key = (("gen_ai.token.type", kind),)
                points.setdefault(key, Histogram(_TOKENS)).add(count)
    return points


def _counters(
    telling: Telling, responses: Sequence[Response], base: Attributes
) -> Iterator[dict[str, Any]]:
    for name, (prefix, total) in _COUNTERS.items():
        counts: Counter[str] = Counter()
        for response in responses:
            counts.update(_by_modality(response.usage, prefix, total))
        keyed: dict[_Key, int] = {
            (("gen_ai.token.modality", each),): n for each, n in counts.items() if n > 0
        }
        yield from _sum(telling, name, keyed, base)


def _by_modality(usage: Mapping[str, int], prefix: str, total: str) -> Mapping[str, int]:
    """Return tokens by modality; what the provider does not split is "unknown"."""
    counts = {each: usage.get(f"{prefix}_{each}", 0) for each in _MODALITIES}
    rest = usage.get(total, 0) - sum(counts.values())
    return {**counts, "unknown": max(rest, 0)}


def _tools(telling: Telling) -> Iterator[dict[str, Any]]:
    points: _Points = {}
    for call in (telling.heard or Heard()).tools.values():
        if call.end_ns is not None:
            failed = call.outcome != "answered"
            key: _Key = (("error.type", call.outcome or "_OTHER"),) if failed else ()
            points.setdefault(key, Histogram(_SECONDS)).add((call.end_ns - call.start_ns) / 1e9)
    base = {"gen_ai.operation.name": "execute_tool"}
    yield from _histogram(telling, "gen_ai.execute_tool.duration", points, base)


def _ours(telling: Telling) -> Iterator[dict[str, Any]]:
    base = common(telling)
    turns = telling.stored.turns
    counted = [turn for turn in turns if _counts(turn)]
    for name, column in HISTOGRAMS.items():
        points: _Points = {}
        for turn in counted:
            if (value_s := seconds(getattr(turn, column))) is not None:
                points.setdefault((), Histogram(_SECONDS)).add(value_s)
        yield from _histogram(telling, name, points, base)
    stalls = [turn.stalls_n for turn in counted if turn.stalls_n is not None]
    yield from _sum(telling, "vc.audio.stalls", {(): sum(stalls)} if stalls else {}, base)
    for name, key, words in (
        ("vc.turns", "vc.turn.status", [turn.status.value for turn in turns]),
        ("vc.turns.timed", "vc.turn.premature", [turn.premature for turn in counted]),
        ("vc.interruptions", "vc.interruption.outcome", list(map(interruption_outcome, counted))),
        ("vc.replies", "vc.response.status", _statuses(telling)),
    ):
        counts: Counter[str | bool] = Counter(word for word in words if word is not None)
        yield from _sum(telling, name, {((key, word),): n for word, n in counts.items()}, base)
    yield from _cost(telling, base)


def _statuses(telling: Telling) -> list[str | None]:
    """Return what became of each reply that began."""
    replies = (telling.heard or Heard()).responses.values()
    return [UNFINISHED if each.end_ns is None else each.status for each in replies]


def _cost(telling: Telling, base: Attributes) -> Iterator[dict[str, Any]]:
    """Yield what the session comes to; nothing where nothing of it is priced."""
    cost = telling.total
    if cost is None or cost.usd is None:
        return
    about = cost_attributes(cost, telling.pricing)
    told = {name: value for name in _OF_A_COST if (value := about.get(name)) is not None}
    yield from _sum(telling, "vc.cost", {(): float(cost.usd)}, {**base, **told})


def _counts(turn: TurnRecord) -> bool:
    return turn.status not in FAILED and turn.excluded_reason is None


def _histogram(
    telling: Telling, name: str, points: _Points, base: Attributes
) -> Iterator[dict[str, Any]]:
    made = [
        histogram_json(histogram, {**base, **dict(key)}, *_span(telling))
        for key, histogram in sorted(points.items())
    ]
    yield from _metric(telling, name, made)


def _sum(
    telling: Telling, name: str, counts: Mapping[_Key, float], base: Attributes
) -> Iterator[dict[str, Any]]:
    made = [
        sum_json(count, {**base, **dict(key)}, *_span(telling))
        for key, count in sorted(counts.items())
    ]
    yield from _metric(telling, name, made)


def _metric(
    telling: Telling, name: str, points: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    if points:
        known = telling.names.metrics[name]
        yield metric_json(name, known.unit, known.words, known.instrument, points)


def _span(telling: Telling) -> tuple[int, int]:
    return telling.wall(telling.begin_ns), telling.wall(telling.end_ns)
