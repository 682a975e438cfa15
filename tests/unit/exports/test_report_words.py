"""The summary claims no more than its sample bears out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.bootstrap.report_figures import report_figures
from app.core.money import CostStatus
from app.core.records import TurnStatus
from app.exports.report_figures import Figure, MoneyFigures
from app.exports.report_labels import labels_of
from app.exports.report_words import interval, money_words, summary
from tests.support.reporting import session, turn


def told(*latencies: float, **changed: object) -> str:
    turns = [turn(n, ms, is_first_turn=False, **changed) for n, ms in enumerate(latencies, 1)]
    sessions = (session(turns),)
    return " ".join(summary(sessions, report_figures(sessions, None), ["Model A"], 61.0))


def test_a_few_values_are_named_one_by_one_and_no_median() -> None:
    words = told(612.0, 640.0, 701.0)

    assert "612, 640 and 701 ms. Three values are too few for a median." in words
    assert "P95" not in words


def test_from_five_values_on_there_is_a_median_with_its_range_and_no_p95() -> None:
    words = told(600, 610, 620, 630, 640)

    assert "it took 620\u202fms at the median (600\u202fms to 640\u202fms, n = 5)" in words
    assert "cannot be said of 5 values: P95 needs 20" in words


def test_from_twenty_values_on_p95_is_named_and_called_rough() -> None:
    words = told(*(600.0 + 10 * n for n in range(20)))

    assert "95 % interval of the median" in words
    assert "95 of 100 turns took up to 780\u202fms (rough" in words


def test_failures_and_interruptions_are_counted() -> None:
    words = told(600, 610, status=TurnStatus.ERROR)

    assert "2 of 2 turns failed" in words
    assert "No voice-to-voice latency could be measured." in words
    assert "1 was interrupted" in told(600, status=TurnStatus.INTERRUPTED)


def test_it_says_how_much_was_tested_and_when() -> None:
    assert (
        "There were 5 turns (the user says something, the model answers) in 1 recorded session "
        "of 1\u202fmin 1\u202fs in all on 2026-11-21."
    ) in told(1, 2, 3, 4, 5)


def test_models_stand_side_by_side_without_a_verdict() -> None:
    sessions = (
        session([turn(1), turn(2)]),
        session([turn(1, 900.0)], engine_arguments=("--first-audio=300",)),
    )
    figures = report_figures(sessions, None)
    labels = labels_of([stored.record for stored in sessions])

    words = " ".join(summary(sessions, figures, labels, None))

    assert labels == ("Simulator", "Simulator (--first-audio=300)")
    assert "2 models: Simulator and Simulator (--first-audio=300)" in words
    assert "a paired test, which this report is not" in words


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (MoneyFigures(), "unpriced"),
        (MoneyFigures(status=CostStatus.LOCAL, usd=Decimal(0)), "nobody bills it"),
        (
            MoneyFigures(
                status=CostStatus.PRICED, usd=Decimal("0.0412"), per_minute_usd=Decimal("0.062"),
                wasted_usd=Decimal("0.01"),
            ),
            "It cost $0.0412, $0.0620 a minute of session; $0.0100 of it for audio that was never",
        ),
        (
            MoneyFigures(status=CostStatus.PARTIAL, usd=Decimal("0.04")),
            "It cost at least $0.0400; not all use is priced.",
        ),
    ],
)  # fmt: skip
def test_money_that_is_not_known_is_said(money: MoneyFigures, words: str) -> None:
    assert words in money_words(money)


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (None, None, "ms", ""),
        (600.0, 700.0, "ms", "600 to 700"),
        (600.0, None, "ms", "at least 600"),
        (None, 0.25, "%", "at most 25.0\u202f%"),
    ],
)
def test_an_interval_says_what_of_it_is_open(
    low: float | None, high: float | None, unit: str, words: str
) -> None:
    figure = Figure(id="x", name="x", unit=unit, value=1.0)

    assert interval(replace(figure, low=low, high=high)) == words


def test_labels_differ_in_what_differs_and_by_letter_where_nothing_does() -> None:
    record = session().record
    voiced = replace(record, settings=replace(record.settings, voice="marin"))
    instructed = replace(record, settings=replace(record.settings, instructions="Be brief."))

    assert labels_of([record]) == ("Simulator",)
    assert labels_of([record, voiced]) == ("Simulator", "Simulator (voice marin)")
    assert labels_of([record, instructed]) == ("Simulator A", "Simulator B")
    assert len(set(labels_of([record] * 60))) == 60
