"""The parts of a calibration: stimuli, plan, logs, what is expected, and the table."""

import json
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.errors import EngineError
from app.core.records import TurnRecord, TurnStatus
from app.core.serving import SimulatorSettings
from app.trials.calibrating_checks import Held, Point, points
from app.trials.calibrating_log import Send, SimulatorLog, StreamDelay
from app.trials.calibrating_plan import (
    QUICK,
    Check,
    Exchange,
    Extent,
    Gap,
    Planner,
    Trial,
    with_latency_turns,
)
from app.trials.calibrating_stimuli import Stimulus, write_stimulus
from app.trials.calibrating_table import ALL, table

NO_STREAM = StreamDelay(None, None)


# --- stimuli -------------------------------------------------------------------------------------


def test_a_stimulus_is_loud_from_its_first_to_its_last_sample(tmp_path: Path) -> None:
    stimulus = write_stimulus(tmp_path / "a.wav", np.random.default_rng(1))

    with wave.open(str(stimulus.path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    loud = np.flatnonzero(np.abs(samples) > 60)
    assert loud[0] <= 24
    assert loud[-1] == stimulus.speech_frames - 1
    assert abs(int(samples[loud[-1]])) > 8000
    assert len(samples) == stimulus.speech_frames + 1200
    assert 300 <= stimulus.speech_ms < 620
    assert stimulus.name == "a.wav"


def test_no_stimulus_ends_near_the_border_of_a_frame(tmp_path: Path) -> None:
    random = np.random.default_rng(2)

    rests = [write_stimulus(tmp_path / "a.wav", random).quantisation_ms for _ in range(50)]

    assert 2 <= min(rests) < 5
    assert 15 < max(rests) <= 18


# --- plan ----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_sessions_in_a_random_order(tmp_path: Path) -> None:
    one = Planner(tmp_path, 1).trials(Extent())
    again = Planner(tmp_path, 1).trials(Extent())
    other = Planner(tmp_path, 2).trials(Extent())

    conditions = [exchange.condition for exchange in one[0].exchanges]
    assert one == again
    assert [exchange.condition for exchange in other[0].exchanges] != conditions
    assert len(conditions) == 63
    assert {conditions.count(each) for each in conditions} == {7}
    assert conditions != sorted(conditions)


@pytest.mark.parametrize(
    ("extent", "counts"),
    [
        (Extent(), [63, 12, 24, 9, 5]),
        (QUICK, [6, 4, 8, 3, 2]),
        (with_latency_turns(60), [63, 12, 24, 9, 5]),
        (with_latency_turns(1), [9, 12, 24, 9, 5]),
        (with_latency_turns(100), [108, 12, 24, 9, 5]),
    ],
)
def test_an_extent_says_how_many_turns_each_check_has(
    extent: Extent, counts: list[int], tmp_path: Path
) -> None:
    trials = Planner(tmp_path, 1).trials(extent)

    assert [trial.check for trial in trials] == list(Check)
    assert [len(trial.exchanges) for trial in trials] == counts


def test_the_simulator_reads_what_a_trial_wants_of_it(tmp_path: Path) -> None:
    trials = Planner(tmp_path, 1).trials(QUICK)

    for trial in trials:
        settings = SimulatorSettings.parse(tomllib.loads(trial.settings()))
        assert len(settings.turns) == len(trial.exchanges)
        assert settings.turn_events is (trial.check is not Check.NO_EVENTS)
    stalls = SimulatorSettings.parse(tomllib.loads(trials[1].settings()))
    assert {tuple(stalls.in_turn(turn).gaps_ms.items()) for turn in range(1, 5)} == {
        ((1, 120.0),),
        ((2, 400.0),),
        ((1, 250.0),),
        ((5, 400.0),),
    }


def test_every_second_utterance_of_the_interruptions_has_a_cue(tmp_path: Path) -> None:
    trial = Planner(tmp_path, 1).trials(QUICK)[2]

    assert [exchange.cue_ms for exchange in trial.exchanges] == [None, 300.0] * 4


def test_a_premature_answer_begins_200_ms_before_the_end_and_after_the_false_end(
    tmp_path: Path,
) -> None:
    trial = Planner(tmp_path, 3).trials(Extent(premature=30))[4]

    for exchange in trial.exchanges:
        delay_ms = float(exchange.answer["first_audio_ms"])
        assert delay_ms >= 20
        assert 160 + delay_ms == pytest.approx(exchange.stimulus.speech_ms - 200)


@pytest.mark.parametrize(
    ("gap", "prebuffer_ms", "words"),
    [
        (Gap(400, 3, 50), 250, "gap 400 ms after 3 x 50 ms"),
        (Gap(400, 6, 50), 100, "gap 400 ms after 6 x 50 ms"),
        (Gap(250, 2, 40), 170, "gap 250 ms after 2 x 40 ms"),
        (Gap(120, 2, 50), 20, "gap 120 ms after 2 x 50 ms"),
    ],
)
def test_a_gap_needs_what_the_specification_says(gap: Gap, prebuffer_ms: int, words: str) -> None:
    assert (gap.prebuffer_ms, str(gap)) == (prebuffer_ms, words)


# --- logs ----------------------------------------------------------------------------------------


def send(event: str, nominal_ms: float, sent_ms: float, **more: int) -> Send:
    return Send(
        event=event,
        turn=more.get("turn", 1),
        index=more.get("index", 0),
        nominal_ns=Nanoseconds(round(nominal_ms * 1e6)),
        sent_ns=Nanoseconds(round(sent_ms * 1e6)),
        frames=more.get("frames"),
    )


def test_a_simulators_log_is_read_by_turn(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    lines = [send("asked", 10, 10), send("audio", 60, 62), send("audio", 60, 69, index=1)]
    lines += [send("token", 20, 21, turn=2)]
    rows = [{name: getattr(one, name) for name in Send.__slots__} for one in lines]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    log = SimulatorLog.read(file)

    assert log.first(1, "audio") == lines[1]
    assert log.all(1, "audio") == lines[1:3]
    assert log.first(2, "audio") is None
    assert log.latenesses_ms() == [2.0, 1.0]


@pytest.mark.parametrize("text", ["{", "[]\n", '{"event": "audio"}\n', None])
def test_what_is_no_log_is_one_sentence(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    if text is not None:
        file.write_text(text)

    with pytest.raises(EngineError, match="log cannot be read"):
        SimulatorLog.read(file)


def test_a_stream_is_behind_by_its_start_and_every_stall_since(tmp_path: Path) -> None:
    rows = [
        {"event": "ResponseAudio", "fields": {"at_ns": 1_000_000}},
        {"t_ns": 5, "dir": "<", "raw": "{}"},
        {"event": "PlaybackStarted", "fields": {"at_ns": 13_000_000}},
        {"event": "ResponseAudio", "fields": {"at_ns": 21_000_000}},
        {"event": "PlaybackStalled", "fields": {"at_ns": 30_000_000, "stall_ms": 4.5}},
        {"event": "PlaybackStalled", "fields": {"at_ns": 90_000_000, "stall_ms": 2.0}},
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    stream = StreamDelay.read(file)

    assert stream.before_ms(20_000_000) == 12.0
    assert stream.before_ms(60_000_000) == 16.5
    assert stream.before_ms(95_000_000) == 18.5
    assert stream.before_ms(None) is None
    assert NO_STREAM.before_ms(1) is None


@pytest.mark.parametrize("text", ["{", "[]\n", '{"event": "PlaybackStarted"}\n', None])
def test_what_is_no_journal_is_one_sentence(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    if text is not None:
        file.write_text(text)

    with pytest.raises(EngineError, match="journal cannot be read"):
        StreamDelay.read(file)


# --- what is expected ----------------------------------------------------------------------------


def exchange(**answer: object) -> Exchange:
    """An utterance whose last frame has 5 ms left."""
    stimulus = Stimulus(Path("0001.wav"), 480 * 20 - 120)
    told = {"first_audio_ms": 150, "leading_silence_ms": 80, "reply_ms": 300}
    return Exchange(stimulus=stimulus, condition="c", answer=told | answer)


def expected(
    check: Check, one: Exchange, record: TurnRecord | None, *sends: Send
) -> dict[str, Point]:
    records = {} if record is None else {"0001.wav": record}
    stream = StreamDelay(0, 30_000_000)
    held = Held(records=records, log=SimulatorLog(sends), stream=stream)
    found = list(points(Trial(check=check, exchanges=(one,)), held))
    return {point.metric: point for point in found}


def turn(**fields: object) -> TurnRecord:
    return TurnRecord(turn_id=1, status=TurnStatus.OK, **fields)  # type: ignore[arg-type]


def test_voice_to_voice_is_frame_silence_delay_lead_lateness_and_our_buffer() -> None:
    sends = (send("asked", 0, 1), send("token", 75, 77), send("audio", 150, 153))

    found = expected(Check.LATENCY, exchange(), turn(v2v_ms=349.0, playout_wait_ms=7.0), *sends)

    assert found["v2v_ms"].expected == 5 + 100 + 153 + 80 + 7
    assert found["v2v_ms"].error == 4.0
    assert found["endpoint_delay_ms"].expected == 105
    assert found["ttft_stop_ms"].expected == 77
    assert found["ttfa_eos_ms"].expected == 105 + 153
    assert found["leading_silence_ms"].expected == 80
    assert found["ttfa_eos_ms"].error is None


def test_without_a_record_or_a_log_nothing_is_compared() -> None:
    assert {one.error for one in expected(Check.LATENCY, exchange(), None).values()} == {None}
    assert expected(Check.LATENCY, exchange(), turn())["v2v_ms"].expected is None
    assert expected(Check.STALLS, exchange(), turn())["stalls_n"].expected is None
    assert expected(Check.NO_EVENTS, exchange(), turn())["v2v_ms"].expected is None


@pytest.mark.parametrize(("wait_ms", "stalls"), [(10.0, 1.0), (249.0, 1.0), (251.0, 0.0)])
def test_a_reply_stalls_unless_it_waits_for_what_it_needs(wait_ms: float, stalls: float) -> None:
    sends = [send("audio", 0, 0.0, index=at, frames=1200) for at in range(3)]
    sends += [send("audio", 400, 400.0, index=3, frames=1200)]

    found = expected(Check.STALLS, exchange(), turn(playout_wait_ms=wait_ms), *sends)

    assert found["required_prebuffer_ms"].expected == 250.0
    assert found["stalls_n"].expected == stalls


def test_an_interruption_is_noticed_a_frame_and_the_delay_after_its_onset() -> None:
    sends = (send("onset", 1000, 1001), send("detected", 1150, 1152))
    seen = turn(vad_on_latency_ms=173.0, yield_ms=180.0, missed_interrupt=False)

    found = expected(Check.INTERRUPTIONS, exchange(detect_ms=150), seen, *sends)

    assert found["vad_on_latency_ms"].expected == 172.0
    assert found["yield_ms"].error == 8.0
    assert (found["missed_interrupt"].expected, found["missed_interrupt"].measured) == (0.0, 0.0)
    assert found["truncate_err_ms"].measured is None


def test_an_interruption_that_is_missed_lasts_to_the_end_of_the_reply() -> None:
    at = Nanoseconds
    seen = turn(audible_ns=at(1_000_000_000), interrupted_ns=at(1_300_000_000), yield_ms=2_705.0)

    found = expected(Check.INTERRUPTIONS, exchange(detect_ms="never", reply_ms=3000), seen)
    unknown = expected(Check.INTERRUPTIONS, exchange(detect_ms="never"), turn())

    assert found["yield_ms"].error == 5.0
    assert found["missed_interrupt"].expected == 1.0
    assert unknown["yield_ms"].expected is None


def test_who_interrupts_is_not_compared() -> None:
    assert expected(Check.INTERRUPTIONS, exchange(), turn()) == {}


def test_without_turn_events_our_players_delay_comes_from_the_stream() -> None:
    sends = (send("asked", 0, 0), send("audio", 150, 151))
    heard = turn(v2v_ms=370.0, audible_ns=Nanoseconds(5))

    found = expected(Check.NO_EVENTS, exchange(), heard, *sends)

    assert found["v2v_ms"].expected == 105 + 151 + 80 + 30


def test_a_premature_answer_is_expected_with_its_sign() -> None:
    sends = (send("asked", 0, 0), send("audio", 150, 152))
    seen = turn(v2v_ms=-190.0, playout_wait_ms=4.0, premature=True)

    found = expected(Check.PREMATURE, exchange(), seen, *sends)

    assert found["v2v_ms"].expected == -200 + 2 + 4
    assert found["premature"].error == 0.0


# --- table ---------------------------------------------------------------------------------------


def point(condition: str, expect: float | None, measured: float | None, **more: object) -> Point:
    values = {"check": Check.LATENCY, "metric": "v2v_ms"} | more
    return Point(condition=condition, expected=expect, measured=measured, **values)  # type: ignore[arg-type]


def test_each_condition_has_a_row_and_all_of_them_one_with_the_bound() -> None:
    rows = table(
        [
            point("delay 300 ms", 500, 502),
            point("delay 50 ms", 250, 249),
            point("delay 50 ms", 250, 255),
        ]
    )

    assert [(row.condition, row.n, row.bound) for row in rows] == [
        ("delay 50 ms", 2, None),
        ("delay 300 ms", 1, None),
        (ALL, 3, 6.0),
    ]
    assert (rows[2].expected, rows[2].measured) == (250, 255)
    assert (rows[2].error_p50, rows[2].error_p95, rows[2].passed) == (2, 5, True)


@pytest.mark.parametrize(
    ("errors", "passed"),
    [
        ([3.0] * 30, True),
        ([3.1] * 30, False),
        ([1.0] * 29 + [50.0], True),
        ([1.0] * 27 + [50.0] * 3, False),
        ([1.0] * 3 + [6.1], False),
    ],
    ids=["at-both-bounds", "median", "one-in-thirty", "three-in-thirty", "few"],
)
def test_the_median_and_the_95th_percentile_are_bounded(
    errors: list[float],
    passed: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    row = table([point("c", 100, 100 + error) for error in errors])[-1]

    assert row.passed is passed


def test_a_missing_value_fails_its_row_and_is_not_counted() -> None:
    (row,) = table([point("c", 100, 100), point("c", 100, None)])

    assert (row.n, row.error_p95, row.passed) == (1, 0.0, False)


def test_a_count_must_be_exact_and_has_no_unit() -> None:
    (row,) = table([point("c", 1.0, 2.0, check=Check.STALLS, metric="stalls_n")])

    assert (row.unit, row.bound, row.passed) == ("", 0.0, False)


def test_what_is_the_same_everywhere_has_one_row() -> None:
    told = [point(each, 1.0, 1.0, metric="endpoint_delay_ms") for each in ("a", "b")]

    assert [row.condition for row in table(told)] == [ALL]


@pytest.mark.parametrize(
    ("errors", "high_ms"),
    [
        pytest.param([(1.0, False), (99.0, True)], 1.0, id="a hiccup among few"),
        pytest.param([(1.0, False), (99.0, False)], 99.0, id="an error is no hiccup"),
        pytest.param([(2.0, True), (99.0, True)], 99.0, id="nothing was steady"),
        pytest.param([(1.0, False)] * 18 + [(99.0, True)] * 2, 99.0, id="enough for a percentile"),
    ],
)
def test_of_a_few_turns_a_client_limited_one_is_not_the_largest_error(
    errors: list[tuple[float, bool]], high_ms: float
) -> None:
    points = [point("one", 0.0, size, limited=limited) for size, limited in errors]

    row = table(points)[-1]

    assert row.n == len(errors)
    assert row.error_p95 == pytest.approx(high_ms, rel=0.1)
