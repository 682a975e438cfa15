"""The battery's table: what is shown of how many trials."""

from typing import Any

import pytest

from app.metrics.battery_outcomes import BatteryResult, BatteryRow, BatteryTrial, StimulusKind
from app.metrics.battery_table import battery_result, table

INTERRUPTION, NOISE = StimulusKind.INTERRUPTION, StimulusKind.NOISE


def trial(stimulus: str = "stop", kind: StimulusKind = INTERRUPTION, **more: Any) -> BatteryTrial:
    usual: dict[str, Any] = {"repeat": 1, "sounding": True, "detected": True, "yielded": True}
    return BatteryTrial(stimulus=stimulus, kind=kind, **{**usual, **more})


def result(*trials: BatteryTrial, **more: Any) -> BatteryResult:
    return battery_result(trials, model="m", seed=3, repeats=5, folders=("a", "b"), **more)


def test_rows_are_stimuli_and_then_kinds_in_the_order_of_the_kinds() -> None:
    rows = table([trial("door", NOISE), trial("stop"), trial("cough", NOISE), trial("question")])

    assert [(row.stimulus, row.kind) for row in rows] == [
        ("question", INTERRUPTION),
        ("stop", INTERRUPTION),
        ("cough", NOISE),
        ("door", NOISE),
        ("", INTERRUPTION),
        ("", NOISE),
    ]


def test_rates_of_ten_trials_are_shown_with_their_interval() -> None:
    stopped = [trial(yielded=at < 9) for at in range(10)]

    row = table(stopped)[-1]

    assert (row.n, row.stopped_n, row.detected_n, row.rate) == (10, 9, 10, 0.9)
    assert (row.rate_low, row.rate_high) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert row.selectivity is None


def test_of_nine_trials_only_the_counts_are_shown() -> None:
    row = table([trial("cough", NOISE) for _ in range(9)])[0]

    assert (row.n, row.stopped_n) == (9, 9)
    assert row.rate is row.rate_low is row.rate_high is row.selectivity is None


def test_selectivity_is_what_is_left_of_the_false_stops() -> None:
    row = table([trial("cough", NOISE, yielded=at < 3) for at in range(10)])[0]

    assert (row.rate, row.selectivity) == (0.3, 0.7)


def test_what_was_no_trial_is_counted_apart() -> None:
    row = table([trial(), trial(problem="Too short.", yielded=None, detected=None)])[0]

    assert (row.n, row.failed_n, row.stopped_n, row.detected_n) == (1, 1, 1, 1)


def test_a_provider_that_tells_no_speech_has_no_count_of_it() -> None:
    assert table([trial(detected=None)])[0].detected_n is None


def test_answers_are_counted() -> None:
    several = [trial(answered=True), trial(answered=True), trial(answered=False), trial()]

    assert table(several)[0].answered_n == 2


def test_medians_need_five_values_and_the_largest_error_one() -> None:
    four = [trial(yield_ms=200.0, truncate_err_ms=-3.0, wasted_audio_ms=10.0) for _ in range(4)]
    five = [*four, trial(yield_ms=300.0, detection_ms=100.0, truncate_err_ms=2.0)]

    assert table(four)[0].yield_p50_ms is None
    row = table(five)[0]
    assert (row.yield_p50_ms, row.yield_p95_ms, row.detection_p50_ms) == (200.0, None, None)
    assert (row.truncate_err_max_ms, row.wasted_audio_ms) == (3.0, 40.0)


def test_each_figure_is_its_own_column() -> None:
    figures: dict[str, Any] = {
        "detection_ms": 1.0,
        "local_stop_ms": 2.0,
        "yield_ms": 3.0,
        "overspeech_ms": 4.0,
    }

    row = table([trial(**figures) for _ in range(20)])[0]

    assert row == BatteryRow(
        stimulus="stop",
        kind=INTERRUPTION,
        n=20,
        failed_n=0,
        detected_n=20,
        stopped_n=20,
        answered_n=0,
        rate=1.0,
        rate_low=row.rate_low,
        rate_high=1.0,
        detection_p50_ms=1.0,
        detection_p95_ms=1.0,
        local_stop_p50_ms=2.0,
        yield_p50_ms=3.0,
        yield_p95_ms=3.0,
        overspeech_p50_ms=4.0,
    )


# --- the whole -----------------------------------------------------------------------------------


def test_a_result_holds_its_circumstances_and_what_was_wasted() -> None:
    wasted = trial(wasted_audio_ms=1500.0, wasted_tokens=30.0)

    found = result(wasted, wasted, trial())

    assert (found.model, found.seed, found.repeats, found.folders) == ("m", 3, 5, ("a", "b"))
    assert (found.wasted_audio_ms, found.wasted_tokens) == (3000.0, 60.0)
    assert len(found.rows) == 2


def test_what_is_not_known_to_be_wasted_is_unknown() -> None:
    found = result(trial())

    assert found.wasted_audio_ms is found.wasted_tokens is None


def test_what_weakens_a_result_is_said_once() -> None:
    held = [trial() for _ in range(10)]
    none = trial("cough", NOISE, problem="Too short.")

    found = result(*held, none, limited_n=2, problems=("It was cut.", "It was cut."))

    assert found.warnings == (
        "1 of 11 trials were none; see each for why.",
        "Rates over fewer than 10 trials are not shown: noise.",
        "In 2 trials this computer itself may have been late.",
        "It was cut.",
    )


def test_a_whole_result_has_no_warning() -> None:
    assert result(*(trial() for _ in range(10))).warnings == ()


def test_a_battery_of_which_nothing_is_held_yet_is_empty() -> None:
    found = result()

    assert (found.rows, found.trials, found.warnings) == ((), (), ())
