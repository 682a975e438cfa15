"""Puts a report's parts together, in the order of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.money import CostStatus
from app.core.ports import StoredSession
from app.core.privacy import LeftOut, RecordingMode
from app.exports.job import ExportJob
from app.exports.redacting import redact_text
from app.exports.report_figures import ModelFigures, ReportFigures
from app.exports.report_files import sources_of
from app.exports.report_how import how, tested
from app.exports.report_labels import labels_of
from app.exports.report_pictures import Sound, lanes_of, result_pictures
from app.exports.report_sound import Stretch
from app.exports.report_tables import (
    definition_table,
    interruption_table,
    money_tables,
    price_table,
    statistics_tables,
)
from app.exports.report_text import count, digits, length, one_line, quantity, usd, visible, when
from app.exports.report_turns import (
    MOST_FAILURES,
    MOST_TURNS,
    excluded,
    failures,
    turn_views,
)
from app.exports.report_view import (
    Fact,
    Failure,
    Headline,
    Page,
    SessionView,
    Source,
)
from app.exports.report_words import RAW_BELOW, money_words, summary

MOST_EXCLUDED: Final = 200
_P95_NOTE: Final = (
    "A median stands from 5 values on and has its interval from 20, P90 and P95 stand from 20 "
    "values on (an upper bound from 59, an interval from 72), rates from 10. Intervals are 95 % "
    "and free of any distribution; turns of one session are not independent, so that they are "
    "optimistic."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a page is made of.

    Attributes:
        sessions: Redacted, as in ``job.sessions``.
        sounds: Their peaks; None where there is no sound to show.
        stretches: Turns whose sound is in the page.
        marks: What happened beside the turns.
        odd: Sentences about what is left out.
        go_on: False breaks off.
    """

    job: ExportJob
    sessions: tuple[StoredSession, ...]
    figures: ReportFigures
    sounds: tuple[Sound | None, ...]
    stretches: Sequence[Sequence[Stretch]]
    marks: tuple[tuple[tuple[float, str], ...], ...]
    odd: tuple[str, ...]
    go_on: Callable[[], bool]


def page_of(material: Material, done: Callable[[], None]) -> Page:
    """Return the page; ``done`` is called after each session."""
    job, sessions, figures = material.job, material.sessions, material.figures
    labels = labels_of([sessions[model.sessions[0]].record for model in figures.models])
    titles = [_title(place, len(sessions)) for place in range(len(sessions))]
    failed = _each(failures, sessions, titles)
    spoilt = _each(excluded, sessions, titles)
    views, sources = [], []
    for place, stored in enumerate(sessions):
        views.append(_session(material, place, titles[place], labels))
        sources += _sources(material, stored, titles[place])
        done()
    return Page(
        title=one_line(redact_text(job.title, job.redaction), 120) or _named(labels),
        subtitle=_subtitle(sessions),
        summary=summary(sessions, figures, labels, _lasted(material)),
        headlines=_headlines(figures.models, labels),
        tested=tuple(
            tested(label, [sessions[place] for place in model.sessions])
            for label, model in zip(labels, figures.models, strict=True)
        ),
        statistics=statistics_tables(figures.models, labels),
        statistics_said=(*dict.fromkeys(model.rules for model in figures.models), _P95_NOTE),
        pictures=result_pictures(sessions, figures, labels),
        sessions=tuple(views),
        money=money_tables(figures.models, labels),
        money_said=_money_said(figures, labels),
        prices=price_table(figures.models),
        failures=tuple(failed[:MOST_FAILURES]),
        failures_said=_more(failed, MOST_FAILURES),
        interruptions=interruption_table(sessions, titles),
        excluded=tuple(spoilt[:MOST_EXCLUDED]),
        how=how(sessions, figures, labels),
        definitions=definition_table(figures.definitions),
        sources=tuple(sources),
        about=_about(material),
        left_out=tuple(f"{_capital(sentence)}." for sentence in material.odd),
    )


def _each(
    find: Callable[[int, StoredSession, str], list[Failure]],
    sessions: Sequence[StoredSession],
    titles: Sequence[str],
) -> list[Failure]:
    return [
        each
        for place, (stored, title) in enumerate(zip(sessions, titles, strict=True))
        for each in find(place, stored, title)
    ]


def _more(found: Sequence[Failure], most: int) -> tuple[str, ...]:
    return (f"{len(found) - most} more are not listed.",) if len(found) > most else ()


def _title(place: int, sessions: int) -> str:
    return "Session" if sessions == 1 else f"Session {place + 1}"


def _named(labels: Sequence[str]) -> str:
    if not labels:
        return "Voice sessions"
    if len(labels) <= 3:  # noqa: PLR2004 - more do not fit into a line
        return ", ".join(labels)
    return f"{labels[0]} and {len(labels) - 1} other models"


def _subtitle(sessions: Sequence[StoredSession]) -> str:
    dates = sorted(stored.record.t0_utc for stored in sessions)
    held = when(dates[0]) if len(dates) == 1 else f"{when(dates[0])} to {when(dates[-1])}"
    return f"Recorded {held}"


def _lasted(material: Material) -> float | None:
    known = [sound.length_s for sound in material.sounds if sound is not None]
    return sum(known) if len(known) == len(material.sounds) else None


def _headlines(models: Sequence[ModelFigures], labels: Sequence[str]) -> tuple[Headline, ...]:
    return tuple(_headline(model, label) for model, label in zip(models, labels, strict=True))


def _headline(model: ModelFigures, label: str) -> Headline:
    n = len(model.v2v_ms)
    value = digits(model.median_ms) if model.median_ms is not None else "\u2013"
    about = f"voice to voice, median of n = {n}"
    if n < RAW_BELOW:
        value = " \u00b7 ".join(digits(each) for each in model.v2v_ms) or "\u2013"
        about = "voice to voice, each value" if n else "no voice-to-voice latency measured"
    return Headline(
        label=label,
        value=value,
        unit="ms" if n else "",
        about=about,
        more=(
            *([Fact(name="Range", value=_spread(model))] if n > 1 else []),
            Fact(name="Failed", value=f"{model.failed_n} of {count(model.turns_n, 'turn')}"),
            Fact(name="Cost a minute", value=_cost(model)),
        ),
    )


def _spread(model: ModelFigures) -> str:
    low, high = digits(model.v2v_ms[0]), quantity(model.v2v_ms[-1])
    return f"{low} to {high}"


def _cost(model: ModelFigures) -> str:
    match model.money.status:
        case CostStatus.LOCAL:
            return "$0 (own computer)"
        case CostStatus.PARTIAL if model.money.per_minute_usd is not None:
            return f"at least {usd(model.money.per_minute_usd)}"
        case _:
            return usd(model.money.per_minute_usd)


def _money_said(figures: ReportFigures, labels: Sequence[str]) -> tuple[str, ...]:
    alone = len(figures.models) == 1
    told = [
        money_words(model.money) if alone else f"{label}: {money_words(model.money)}"
        for label, model in zip(labels, figures.models, strict=True)
    ]
    dated = figures.price_table_date
    billed = any(model.money.rows for model in figures.models)
    return (*told, f"Prices as read on {dated} at the latest." if dated and billed else "")


def _session(material: Material, place: int, title: str, labels: Sequence[str]) -> SessionView:
    stored, original = material.sessions[place], material.job.sessions[place]
    numbers = material.figures.sessions[place] if material.figures.sessions else None
    turns = turn_views(place, stored, original, numbers, material.stretches[place])
    label = next(
        (name for name, model in zip(labels, material.figures.models, strict=True)
         if place in model.sessions),
        "",
    )  # fmt: skip
    sound = material.sounds[place]
    lanes = lanes_of(place, stored, title, sound, material.marks[place])
    return SessionView(
        id=f"s{place + 1}",
        title=title,
        model=label,
        facts=_facts(stored, sound),
        lanes=lanes,
        turns=turns,
        priced=any(turn.usd not in {"unpriced", "$0"} for turn in turns),
        worded=any(turn.user or turn.heard or turn.unheard for turn in turns),
        sounding=any(turn.sound_s for turn in turns),
        said=_said(material, place),
    )


def _facts(stored: StoredSession, sound: Sound | None) -> tuple[Fact, ...]:
    record = stored.record
    told = [
        ("Began", when(record.t0_utc)),
        ("Length", "" if sound is None else length(sound.length_s)),
        ("State", record.state),
        ("Ended because", record.end_reason or ""),
        ("Recorded", "figures only" if record.recording_mode is RecordingMode.FIGURES else ""),
        ("Agreed to be recorded", "; ".join(f"{each.who}, {when(each.at_utc)}"
                                            for each in record.consents)),
        ("Run again of", record.rerun_of or ""),
        ("Id", record.session_id),
    ]  # fmt: skip
    return tuple(Fact(name=name, value=visible(value)) for name, value in told if value)


def _said(material: Material, place: int) -> tuple[str, ...]:
    stored, left_out = material.sessions[place], material.job.redaction.left_out
    told = [f"{_capital(visible(sentence))}." for sentence in stored.odd]
    if stored.record.recording_mode is RecordingMode.FIGURES:
        told.append("Figures only were recorded: neither sound nor words.")
    elif LeftOut.AUDIO in left_out:
        told.append("Its sound is left out of this report.")
    elif material.sounds[place] is None:
        told.append("There is no recording of its sound that can be read.")
    if LeftOut.TRANSCRIPTS in left_out:
        told.append("Its words are left out of this report.")
    if len(stored.turns) > MOST_TURNS:
        told.append(f"The first {MOST_TURNS} of {len(stored.turns)} turns are listed.")
    if not stored.turns:
        told.append("It has no turns.")
    return tuple(told)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _sources(material: Material, stored: StoredSession, title: str) -> list[Source]:
    return sources_of(stored.folder, title, material.go_on)


def _about(material: Material) -> tuple[Fact, ...]:
    job = material.job
    versions = dict.fromkeys(stored.record.schema_version for stored in material.sessions)
    redaction = job.redaction
    parts = [
        *(f"{part.value}" for part in redaction.left_out),
        *(kind.value.replace("_", " ") for kind in redaction.personal),
        *(["text that matches own patterns"] if redaction.patterns else []),
    ]
    told = [
        ("Made", when(job.made_utc)),
        ("Made by", f"Viva Voce {job.app_version}"),
        ("Schema of the recordings", ", ".join(versions)),
        ("Price table", material.figures.price_table_date or "none"),
        ("Left out on request", ", ".join(parts) or "nothing but keys"),
    ]
    return tuple(Fact(name=name, value=visible(value)) for name, value in told)
