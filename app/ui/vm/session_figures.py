"""What a session comes to, as rows for people: outcome, interruptions, stream, what we add."""

from app.metrics.definitions import DEFINITIONS
from app.ui.vm.series import unit_of
from app.ui.vm.statistics import QUANTILES, StatisticsViewModel
from app.ui.vm.tally import INTERRUPTED, YIELDED, listed
from app.ui.vm.text import THIN_SPACE, UNKNOWN, number, quantity
from app.ui.vm.verification import FigureGroup, SessionFigure, VerificationViewModel

INTERRUPTION = (
    "local_on_latency_ms",
    "vad_on_latency_ms",
    "handover_stop_ms",
    "local_stop_ms",
    "yield_ms",
    "server_stop_ms",
    "overspeech_ms",
    "truncate_err_ms",
)
STREAM = (
    "required_prebuffer_ms",
    "delivery_x",
    "jitter_p95_ms",
    "jitter_smoothed_ms",
    "stall_ratio",
)
TOKENS = ("text_tps", "total_tps", "e2e_tps", "audio_tokens_per_s")
ADDED = (
    "client_added_ms",
    "tx_quantisation_ms",
    "tx_lateness_ms",
    "jitter_buffer_ms",
    "playout_rest_ms",
)
RATES = (
    ("Yielded within 2 s", YIELDED, "T8"),
    ("Missed interruptions", "missed_interrupt", "T8"),
    ("False interruptions", "false_interrupt", "T9"),
    ("Premature replies", "premature", "T12"),
    ("Takeovers", "takeover", "T11"),
    ("Self-interruptions", "self_interrupted", "T19"),
)


def session_figures(
    statistics: StatisticsViewModel, verification: VerificationViewModel
) -> tuple[FigureGroup, ...]:
    """Return the figures of the whole session by topic."""
    chosen = DEFINITIONS[statistics.metric].name
    unit = unit_of(statistics.metric)
    heading = f"{chosen}, {unit}" if unit else chosen
    spread = tuple(SessionFigure(name=n, text=t, hover=h) for n, t, h in statistics.spread())
    groups = [
        FigureGroup(heading, spread),
        FigureGroup("Outcome", _outcome(statistics)),
        FigureGroup("Interruptions and turn-taking", _interruptions(statistics)),
        FigureGroup("Stream", (_stalls(statistics), *_rows(statistics, STREAM))),
        FigureGroup("Tokens", _rows(statistics, TOKENS)),
        FigureGroup("What we add", _rows(statistics, ADDED)),
    ]
    if verification.figures:
        groups.append(FigureGroup("Turn-taking, from the recording", verification.figures))
    return tuple(group for group in groups if group.rows)


def _outcome(statistics: StatisticsViewModel) -> tuple[SessionFigure, ...]:
    tally = statistics.tally
    return (
        SessionFigure(name="Turns", text=str(tally.turns), hover="Turns that were attempted"),
        SessionFigure(
            name="Availability",
            text=tally.availability,
            hover="Turns that did not fail\nformula\tanswered / attempted\n"
            "interval\tWilson, 95 %\nsource\tmetrics specification, L21 and 9.3",
        ),
        SessionFigure(
            name="Failed, by class",
            text=listed(tally.errors),
            hover="Turns without a reply. They stay in the denominator.",
        ),
        SessionFigure(
            name="Left out, by reason",
            text=listed(tally.excluded),
            hover="Turns kept out of the quantiles; drawn hollow and faint",
        ),
        SessionFigure(
            name="Client-limited, by reason",
            text=listed(tally.limited, tally.limited_turns),
            hover="Turns that our own side may have spoilt; drawn hollow\n"
            "note\ta turn may have several causes",
        ),
        SessionFigure(
            name="In the quantiles",
            text=_in_the_quantiles(statistics),
            hover="Turns whose figures are in the quantiles. The first turn and those with a tool "
            "are told apart where there are others; figures of tools and of interruptions are of "
            "every turn that is neither failed nor left out.\n"
            "source\tmetrics specification, rule 9, L1 and L17",
        ),
    )


def _in_the_quantiles(statistics: StatisticsViewModel) -> str:
    population = statistics.population
    apart = population.apart()
    words = f"{population.counted} of {len(statistics.turns)}"
    return f"{words}: {apart}" if apart else words


def _interruptions(statistics: StatisticsViewModel) -> tuple[SessionFigure, ...]:
    tally = statistics.tally
    count = tally.flags[INTERRUPTED, True]
    rows = [
        SessionFigure(
            name="Interrupted replies",
            text=str(count),
            hover="Replies that you interrupted while they could be heard",
        ),
        SessionFigure(
            name="Stopped by",
            text=listed(tally.causes),
            hover="Who decided that a reply stops: the provider's detector, our own, or a hand",
        ),
    ]
    rows += [
        SessionFigure(
            name=name,
            text=tally.rate(flag),
            hover=f"{name}\ninterval\tWilson, 95 %\nnote\ta rate needs 10 events\n"
            f"source\tmetrics specification, {row}",
        )
        for name, flag, row in RATES
    ]
    return (*rows, *_rows(statistics, INTERRUPTION), *_wasted(statistics))


def _wasted(statistics: StatisticsViewModel) -> tuple[SessionFigure, ...]:
    """Of all replies, those of failed turns included."""
    audio = [each.wasted_audio_ms for each in statistics.turns if each.wasted_audio_ms is not None]
    tokens = [each.wasted_tokens for each in statistics.turns if each.wasted_tokens is not None]
    turns = sum(1 for each in audio if each > 0)
    heard = f"{quantity(sum(audio) / 1000, 's')} in {turns} of {len(audio)} turns"
    paid = f"about {number(round(sum(tokens)))} in {len(tokens)} turns"
    return (
        SessionFigure(
            name="Wasted audio", text=heard if audio else UNKNOWN, metric="wasted_audio_ms"
        ),
        SessionFigure(
            name="Wasted audio tokens", text=paid if tokens else UNKNOWN, metric="wasted_tokens"
        ),
    )


def _stalls(statistics: StatisticsViewModel) -> SessionFigure:
    """Of all replies that were played, those of failed turns included."""
    played = [turn for turn in statistics.turns if turn.stalls_n is not None]
    count = sum(turn.stalls_n or 0 for turn in played)
    total = quantity(sum(turn.stall_ms or 0.0 for turn in played), "ms")
    text = f"{count} in {len(played)} turns, {total} in all" if played else UNKNOWN
    return SessionFigure(name="Stalls", text=text, metric="stalls_n")


def _rows(statistics: StatisticsViewModel, metrics: tuple[str, ...]) -> tuple[SessionFigure, ...]:
    return tuple(
        SessionFigure(
            name=DEFINITIONS[metric].name, text=_quantiles(statistics, metric), metric=metric
        )
        for metric in metrics
        if metric in statistics.metrics
    )


def _quantiles(statistics: StatisticsViewModel, metric: str) -> str:
    count = len(statistics.ordered(metric))
    if not count:
        return UNKNOWN
    found = {name: statistics.cell(metric, q) for name, q in QUANTILES.items()}
    unit = f"{THIN_SPACE}{unit_of(metric)}" if unit_of(metric) else ""
    words = [f"{name} {found[name]}{unit}" for name in ("P50", "P95") if found[name] != UNKNOWN]
    return f"{', '.join(words)} (n {count})" if words else f"n {count}, too few"
