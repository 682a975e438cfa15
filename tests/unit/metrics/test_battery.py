"""What became of a trial, from the turns and the speech of its session."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.events import BargeInCause
from app.core.turn_record import InterruptKind, TurnRecord, TurnStatus
from app.metrics.battery import HeardSession, Planned, Stretch, score
from app.metrics.battery_outcomes import BatteryTrial, StimulusKind

STOP = Planned(
    stimulus="stop",
    kind=StimulusKind.INTERRUPTION,
    repeat=2,
    position_ms=1600.0,
    prompt_name="00-prompt.wav",
    input_name="00-stop.wav",
    sound_ms=800.0,
)
COUGH = replace(STOP, stimulus="cough", kind=StimulusKind.NOISE, input_name="00-cough.wav")


def at(milliseconds: float) -> Nanoseconds:
    return Nanoseconds(round(milliseconds * 1e6))


def stretches(*bounds_ms: tuple[float, float]) -> tuple[Stretch, ...]:
    return tuple(Stretch(at(first), at(last)) for first, last in bounds_ms)


def prompt(**more: Any) -> TurnRecord:
    """A prompt whose reply sounds from 3 s on; the user interrupts at 4.6 s, noticed at 4.8 s."""
    usual: dict[str, Any] = {
        "turn_id": 1,
        "status": TurnStatus.INTERRUPTED,
        "input_name": "00-prompt.wav",
        "audible_ns": at(3000),
        "vad_on_ns": at(1100),
        "interrupted_ns": at(4600),
        "interrupter_name": "00-stop.wav",
        "interrupt_kind": InterruptKind.GENERATION,
        "interrupt_cause": BargeInCause.SERVER,
        "vad_on_latency_ms": 200.0,
        "local_stop_ms": 10.0,
        "yield_ms": 210.0,
        "flush_ns": at(4810),
        "overspeech_ms": 210.0,
        "overspeech_words": 0.5,
        "truncate_err_ms": 0.25,
        "wasted_audio_ms": 5000.0,
        "wasted_tokens": 100.0,
        "audio_out_ms": 6800.0,
    }
    return TurnRecord(**{**usual, **more})


def cut_by_hand(**more: Any) -> TurnRecord:
    """The same, stopped by nobody but the script, 3.5 s after the stimulus."""
    return prompt(
        **{
            "interrupt_cause": BargeInCause.SCRIPT,
            "vad_on_latency_ms": None,
            "yield_ms": 4300.0,
            "flush_ns": at(8900),
            "audio_out_ms": 9000.0,
            **more,
        }
    )


def answer(**more: Any) -> TurnRecord:
    usual: dict[str, Any] = {
        "turn_id": 2,
        "status": TurnStatus.OK,
        "input_name": "00-stop.wav",
        "audible_ns": at(6500),
    }
    return TurnRecord(**{**usual, **more})


def came(
    planned: Planned,
    *turns: TurnRecord,
    agent: tuple[Stretch, ...] = stretches((3000, 4810)),
    user: tuple[Stretch, ...] = stretches((1000, 2500), (4600, 5400)),
) -> BatteryTrial:
    return score(planned, HeardSession(turns=turns, agent=agent, user=user))


def test_a_reply_that_is_stopped_by_speech_yields_and_says_how_fast() -> None:
    trial = came(STOP, prompt(), answer())

    assert trial == BatteryTrial(
        stimulus="stop",
        kind=StimulusKind.INTERRUPTION,
        repeat=2,
        turn_id=1,
        position_ms=1600.0,
        started_ms=1600.0,
        sounding=True,
        detected=True,
        yielded=True,
        false_stop=None,
        interrupt_kind="generation",
        detection_ms=200.0,
        local_stop_ms=10.0,
        yield_ms=210.0,
        overspeech_ms=210.0,
        overspeech_words=0.5,
        truncate_err_ms=0.25,
        wasted_audio_ms=5000.0,
        wasted_tokens=100.0,
        answered=True,
    )


def test_a_reply_that_goes_on_until_it_is_cut_by_hand_did_not_yield() -> None:
    trial = came(STOP, cut_by_hand(), agent=stretches((3000, 8900)))

    assert (trial.problem, trial.sounding) == ("", True)
    assert (trial.detected, trial.yielded, trial.answered) == (False, False, False)
    assert trial.detection_ms is trial.yield_ms is trial.overspeech_ms is None
    assert trial.local_stop_ms is trial.wasted_audio_ms is trial.wasted_tokens is None
    assert trial.truncate_err_ms == 0.25


@pytest.mark.parametrize(("silent_ms", "yielded"), [(0, False), (999, False), (1000, True)])
def test_a_cut_by_hand_inside_the_window_is_no_yielding(silent_ms: int, *, yielded: bool) -> None:
    cut = cut_by_hand(flush_ns=at(6300))

    trial = came(STOP, cut, agent=stretches((3000, 6300 - silent_ms)))

    assert trial.yielded is yielded


@pytest.mark.parametrize(
    ("planned", "yield_ms", "yielded"),
    [
        (STOP, 2000.0, True),
        (STOP, 2001.0, False),
        (COUGH, 1000.0, True),
        (COUGH, 1001.0, False),
    ],
)
def test_the_window_is_two_seconds_for_a_turn_and_one_for_what_is_none(
    planned: Planned, yield_ms: float, *, yielded: bool
) -> None:
    turn = prompt(yield_ms=yield_ms, interrupter_name=planned.input_name)

    trial = came(planned, turn)

    assert trial.yielded is yielded
    assert trial.false_stop is (yielded if planned is COUGH else None)
    assert trial.yield_ms == (yield_ms if yielded else None)


def test_an_agent_that_falls_silent_by_itself_yields_too() -> None:
    unstopped = cut_by_hand(interrupt_kind=None, flush_ns=None, audio_out_ms=2200.0)

    trial = came(STOP, unstopped, agent=stretches((3000, 4500), (4550, 5200)))

    assert (trial.yielded, trial.yield_ms) == (True, 600.0)


def test_a_pause_of_the_agent_is_no_yielding() -> None:
    trial = came(STOP, cut_by_hand(), agent=stretches((3000, 5000), (5900, 8850)))

    assert (trial.yielded, trial.sounding) == (False, True)


@pytest.mark.parametrize(
    ("silent_ms", "flushed_at_ms", "stall_ms", "trial"),
    [
        (300, 4810, None, True),
        (999, 4810, None, True),
        (1000, 4810, None, False),
        (300, 4590, None, False),
        (300, 4810, 40.0, False),
    ],
)
def test_a_stop_in_a_pause_of_the_agent_is_one_but_does_not_tell_how_soon(
    silent_ms: int, flushed_at_ms: int, stall_ms: float | None, *, trial: bool
) -> None:
    said = prompt(yield_ms=-float(silent_ms), flush_ns=at(flushed_at_ms), stall_ms=stall_ms)

    found = came(STOP, said, answer(), agent=stretches((3000, 4600 - silent_ms)))

    assert found.sounding is trial
    assert found.yielded is (True if trial else None)
    assert found.yield_ms is None


def test_silence_of_a_second_before_the_cut_is_a_stop() -> None:
    trial = came(STOP, cut_by_hand(), agent=stretches((3000, 5000), (6100, 8850)))

    assert (trial.yielded, trial.yield_ms) == (True, 400.0)


def test_a_reply_that_nobody_cut_stopped_where_it_was_last_heard() -> None:
    whole = prompt(interrupt_cause=None, flush_ns=None, yield_ms=6000.0, audio_out_ms=7600.0)

    trial = came(STOP, whole, agent=stretches((3000, 10600)))

    assert (trial.yielded, trial.problem) == (False, "")


def test_a_stop_whose_end_is_unknown_is_taken_from_what_was_heard() -> None:
    trial = came(STOP, prompt(yield_ms=None, flush_ns=None), agent=stretches((3000, 4900)))

    assert (trial.yielded, trial.yield_ms) == (True, 300.0)


def test_a_provider_that_tells_no_speech_has_not_missed_it() -> None:
    silent = prompt(vad_on_ns=None, vad_on_latency_ms=None)

    assert came(STOP, silent).detected is None


def test_without_a_kind_the_interruption_has_none() -> None:
    assert came(STOP, prompt(interrupt_kind=None)).interrupt_kind is None


# --- what is no trial ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turns", "agent", "problem"),
    [
        ((), (), "The prompt did not become a turn."),
        (
            (prompt(audible_ns=None, error_message="The model said nothing for 8 s."),),
            (),
            "The model said nothing for 8 s.",
        ),
        ((prompt(audible_ns=None),), (), "The prompt was not answered by speech."),
        (
            (prompt(interrupter_name="00-cough.wav"),),
            stretches((3000, 4810)),
            "The stimulus was not spoken while the reply was being heard.",
        ),
        (
            (prompt(),),
            stretches((3000, 3600)),
            "The agent was not speaking when the stimulus came.",
        ),
        (
            (prompt(stall_ms=900.0),),
            stretches((3000, 4599)),
            "The reply had run dry, or was silent, when the stimulus came.",
        ),
        (
            (prompt(interrupt_kind=None, flush_ns=None, audio_out_ms=940.0),),
            stretches((3000, 3940)),
            "The reply was only 0.9 s long.",
        ),
        (
            (prompt(interrupt_kind=InterruptKind.PLAYBACK_ONLY, audio_out_ms=5999.0),),
            stretches((3000, 4810)),
            "The reply was only 6.0 s long.",
        ),
        (
            (prompt(flush_ns=None, audio_out_ms=2500.0),),
            stretches((3000, 5500)),
            "The reply was only 2.5 s long.",
        ),
    ],
)
def test_what_is_no_trial_says_why(
    turns: tuple[TurnRecord, ...], agent: tuple[Stretch, ...], problem: str
) -> None:
    trial = came(STOP, *turns, agent=agent)

    assert trial.problem == problem
    assert trial.yielded is trial.detected is trial.answered is None
    assert not trial.sounding


def test_a_long_reply_that_was_all_there_is_a_trial() -> None:
    turn = prompt(interrupt_kind=InterruptKind.PLAYBACK_ONLY, audio_out_ms=6000.0)

    assert came(STOP, turn).problem == ""


def test_a_reply_of_unknown_length_is_a_trial() -> None:
    assert came(STOP, prompt(audio_out_ms=None)).problem == ""


@pytest.mark.parametrize(
    ("user", "started_ms"),
    [
        (stretches((1000, 2500), (4100, 4900)), 1100.0),
        (stretches((1000, 2500), (5101, 5900)), None),
        ((), None),
    ],
)
def test_a_stimulus_that_no_turn_knows_of_is_looked_for_where_it_should_be(
    user: tuple[Stretch, ...], started_ms: float | None
) -> None:
    turn = cut_by_hand(interrupted_ns=None, interrupter_name=None)

    trial = came(STOP, turn, agent=stretches((3000, 8900)), user=user)

    assert trial.started_ms == started_ms
    assert bool(trial.problem) is (started_ms is None)


def test_of_several_turns_of_the_prompt_the_last_one_heard_counts() -> None:
    unheard = prompt(turn_id=3, audible_ns=None)

    assert came(STOP, prompt(turn_id=1), prompt(turn_id=2), unheard).turn_id == 2


# --- what follows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planned", "audible_ms", "answered"),
    [
        (STOP, 60_000, True),
        (COUGH, 7400, True),
        (COUGH, 7401, False),
        (COUGH, None, False),
    ],
)
def test_what_is_no_turn_is_answered_only_soon_after_it(
    planned: Planned, audible_ms: float | None, *, answered: bool
) -> None:
    heard_ns = None if audible_ms is None else at(audible_ms)
    reply = answer(input_name=planned.input_name, audible_ns=heard_ns)
    turn = prompt(interrupter_name=planned.input_name)

    assert came(planned, turn, reply).answered is answered


def test_the_answer_to_a_late_stop_is_counted_from_the_stop() -> None:
    turn = prompt(interrupter_name=COUGH.input_name, yield_ms=1500.0)
    reply = answer(input_name=COUGH.input_name, audible_ns=at(8050))

    assert came(COUGH, turn, reply).answered


@pytest.mark.parametrize(
    ("planned", "agent", "resumed_ms"),
    [
        (COUGH, stretches((3000, 4810), (6810, 9000)), 2000.0),
        (COUGH, stretches((3000, 4810), (20_500, 21_000)), None),
        (COUGH, stretches((3000, 4810)), None),
        (STOP, stretches((3000, 4810), (6810, 9000)), None),
    ],
)
def test_the_way_back_from_a_false_stop_ends_at_the_next_prompt(
    planned: Planned, agent: tuple[Stretch, ...], resumed_ms: float | None
) -> None:
    user = stretches((1000, 2500), (4600, 5400), (20_000, 22_000))

    trial = came(planned, prompt(interrupter_name=planned.input_name), agent=agent, user=user)

    assert trial.resumed_ms == resumed_ms
