"""Cut off or not, and how long it took: a sweep's points and what lies between them."""

from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.turn_record import TurnRecord, TurnStatus
from app.metrics.battery_outcomes import SweepPoint
from app.metrics.battery_sweep import (
    PauseStimulus,
    PauseTrial,
    delay_at_ms,
    rate_at,
    score_pause,
    sweep_point,
)

PAUSE = PauseStimulus(
    input_name="00-pause-500.wav", pause_ms=500.0, before_ms=1000.0, after_ms=800.0
)
"""Begins at 1 s: a pause from 2.0 to 2.5 s, and its end at 3.3 s."""


def at(milliseconds: float) -> Nanoseconds:
    return Nanoseconds(round(milliseconds * 1e6))


def turn(**more: Any) -> TurnRecord:
    usual: dict[str, Any] = {
        "turn_id": 1,
        "status": TurnStatus.OK,
        "input_name": "00-pause-500.wav",
        "u_on_ns": at(1000),
    }
    return TurnRecord(**{**usual, **more})


@pytest.mark.parametrize("instant", ["vad_off", "commit", "create", "first_audio", "audible"])
def test_whatever_shows_that_the_turn_was_taken_before_its_end_is_a_cut_off(instant: str) -> None:
    early, late = (turn(**{f"{instant}_ns": at(ms)}) for ms in (3299, 3300))

    assert score_pause(PAUSE, [early]).cut_off is True
    assert score_pause(PAUSE, [late]).cut_off is not True


def test_a_cut_off_has_no_delay() -> None:
    trial = score_pause(PAUSE, [turn(vad_off_ns=at(2300), audible_ns=at(3500))])

    assert (trial.cut_off, trial.v2v_ms) == (True, None)


def test_an_answer_after_the_end_is_timed_from_the_known_end() -> None:
    trial = score_pause(PAUSE, [turn(vad_off_ns=at(3800), audible_ns=at(4000))])

    assert (trial.cut_off, trial.v2v_ms) == (False, 700.0)


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [turn(input_name="01-pause-500.wav", audible_ns=at(4000))],
        [turn(u_on_ns=None, audible_ns=at(4000))],
        [turn(vad_off_ns=at(3800))],
    ],
    ids=["none", "of another", "without speech", "unanswered"],
)
def test_what_was_neither_cut_off_nor_answered_is_unknown(turns: list[TurnRecord]) -> None:
    assert score_pause(PAUSE, turns) == PauseTrial(stimulus=PAUSE, cut_off=None)


def test_the_first_turn_of_a_stimulus_decides() -> None:
    later = turn(turn_id=2, u_on_ns=at(2500), vad_off_ns=at(3800), audible_ns=at(4000))

    assert score_pause(PAUSE, [turn(vad_off_ns=at(2300)), later]).cut_off is True


# --- a point -------------------------------------------------------------------------------------


def trials(count: int, cut: int, *, failed: int = 0, v2v_ms: float = 500.0) -> list[PauseTrial]:
    good = [PauseTrial(stimulus=PAUSE, cut_off=True) for _ in range(cut)]
    good += [PauseTrial(stimulus=PAUSE, cut_off=False, v2v_ms=v2v_ms) for _ in range(count - cut)]
    return good + [PauseTrial(stimulus=PAUSE, cut_off=None) for _ in range(failed)]


def test_a_point_has_its_rate_from_ten_stimuli_on() -> None:
    point = sweep_point("server VAD 300 ms", trials(10, 1, failed=2), "folder")

    assert (point.setting, point.n, point.failed_n, point.cut_off_n) == (
        "server VAD 300 ms",
        10,
        2,
        1,
    )
    assert point.rate == 0.1
    assert (point.rate_low, point.rate_high) == pytest.approx((0.0179, 0.4042), abs=1e-4)
    assert (point.v2v_p50_ms, point.v2v_p95_ms, point.folder) == (500.0, None, "folder")


def test_of_nine_stimuli_only_the_counts_are_known() -> None:
    point = sweep_point("s", trials(9, 9))

    assert (point.n, point.cut_off_n) == (9, 9)
    assert point.rate is point.rate_low is point.rate_high is point.v2v_p50_ms is None


def test_high_delays_need_twenty() -> None:
    assert sweep_point("s", trials(20, 0)).v2v_p95_ms == 500.0


def test_each_pause_has_its_own_counts() -> None:
    long = PauseStimulus(input_name="x", pause_ms=2000.0, before_ms=1, after_ms=1)
    held = [*trials(3, 1, failed=1), PauseTrial(stimulus=long, cut_off=True)]

    assert sweep_point("s", held).by_pause == ((500.0, 3, 1), (2000.0, 1, 1))


# --- between the points --------------------------------------------------------------------------


def point(v2v_ms: float | None, rate: float | None) -> SweepPoint:
    return SweepPoint(
        setting="s",
        n=12,
        failed_n=0,
        cut_off_n=0,
        rate=rate,
        rate_low=None,
        rate_high=None,
        v2v_p50_ms=v2v_ms,
        v2v_p95_ms=None,
    )


CURVE = (point(900, 0.0), point(200, 0.5), point(400, 0.1), point(None, 0.9), point(1000, None))


def test_the_delay_at_five_percent_lies_on_the_line_between_two_points() -> None:
    assert delay_at_ms(CURVE) == 650.0


def test_the_rate_at_300_ms_does_too() -> None:
    assert rate_at(CURVE) == pytest.approx(0.3)


def test_what_the_points_do_not_enclose_is_unknown() -> None:
    assert delay_at_ms(CURVE, 0.6) is None
    assert rate_at(CURVE, 100.0) is None
    assert rate_at(CURVE, 901.0) is None
    assert delay_at_ms(CURVE[:1]) is rate_at(()) is None


def test_of_a_curve_that_comes_back_the_smallest_delay_counts() -> None:
    noisy = (point(100, 0.1), point(200, 0.0), point(300, 0.1))

    assert delay_at_ms(noisy) == 150.0


def test_level_stretches_give_their_beginning() -> None:
    level = (point(100, 0.05), point(200, 0.05), point(200, 0.2))

    assert delay_at_ms(level) == 100.0
    assert rate_at(level, 200.0) == 0.05
    assert rate_at((point(300, 0.3), point(300, 0.1))) == 0.1
