"""The battery's words, and what is asked of the engine."""

import argparse
from typing import Any

import pytest

from app.cli.battery import BatteryOptions, add_arguments, parse, request_of
from app.core.conduct import BargeIn, Processing
from app.core.config import Dialect, Target, TurnDetection, VadMode
from app.core.errors import ConfigError
from app.session.messages import InputKind, OutputKind, StartBattery, StartSweep
from tests.support.session import TARGET

SEMANTIC = VadMode.SEMANTIC


def read(*words: str) -> BatteryOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parse(parser.parse_args(words))


def asked(*words: str, recogniser: str | None = "whisper") -> Any:
    def resolve(model: str, dialect: Dialect) -> Target:
        assert (model, dialect) == ("local", Dialect.OPENAI_GA)
        return TARGET

    return request_of(read(*words), resolve, lambda _: recogniser, lambda _: "sk-1")


def test_without_words_it_is_the_whole_interruption_battery() -> None:
    request = asked()

    assert isinstance(request, StartBattery)
    assert (request.repeats, request.seed, request.stimuli) == (5, 0, ())
    start = request.start
    assert (start.target, start.key, start.sessions_dir) == (TARGET, "sk-1", None)
    assert (start.input.kind, start.output.kind) == (InputKind.SILENCE, OutputKind.NULL)
    assert start.settings.turn_detection == TurnDetection()
    assert start.settings.transcription_model == "whisper"
    assert "sk-1" not in repr(request)


def test_each_option_reaches_its_place(tmp_path: Any) -> None:
    words = ("interruption", "--repeats=2", "--seed=7", "--stimuli=stop, cough", "--voice=v")
    more = ("--instructions=Be Bob.", "--silence-ms=300", "--reply-timeout=9", "--key-stdin")

    options = read(*words, *more, "--engine-option=--x=1", "--out", str(tmp_path / "a"))
    request = asked(*words, *more, "--engine-option=--x=1", "--out", str(tmp_path / "a"))

    assert options.key_from_stdin
    assert (request.repeats, request.seed, request.stimuli) == (2, 7, ("stop", "cough"))
    start = request.start
    assert start.settings.voice == "v"
    assert start.settings.instructions == "Be Bob."
    assert start.settings.turn_detection == TurnDetection(silence_ms=300)
    assert (start.reply_timeout_s, start.engine_arguments) == (9.0, ("--x=1",))
    assert start.sessions_dir == str(tmp_path / "a")


@pytest.mark.parametrize("kind", ["interruption", "endpointing"])
def test_how_our_own_side_behaves_is_asked_for(kind: str) -> None:
    start = asked(kind, "--barge-in=local", "--high-pass", "--no-reconnect", "--stall=4").start

    assert start.conduct.barge_in == BargeIn(local=True)
    assert start.conduct.processing == Processing(high_pass=True)
    assert (start.conduct.guard.reconnect_attempts, start.conduct.guard.stall_s) == (0, 4.0)


def test_endpointing_sweeps_over_silences_by_default() -> None:
    request = asked("endpointing", recogniser=None)

    assert isinstance(request, StartSweep)
    assert [each.silence_ms for each in request.settings] == [200, 300, 500, 800]
    assert request.pauses_ms == (500.0, 1000.0, 1500.0, 2000.0)
    assert (request.repeats, request.seed) == (3, 0)
    assert request.start.settings.transcription_model == "gpt-4o-mini-transcribe"


def test_settings_of_both_kinds_can_be_swept() -> None:
    request = asked(
        "endpointing", "--silence-ms=200,900", "--eagerness=low,high", "--pauses-ms=250"
    )

    assert request.settings == (
        TurnDetection(silence_ms=200),
        TurnDetection(silence_ms=900),
        TurnDetection(mode=SEMANTIC, eagerness="low"),
        TurnDetection(mode=SEMANTIC, eagerness="high"),
    )
    assert request.pauses_ms == (250.0,)


def test_an_interruption_may_use_semantic_turn_detection() -> None:
    request = asked("--eagerness=auto")

    assert request.start.settings.turn_detection == TurnDetection(mode=SEMANTIC)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--silence-ms=200,300",), "uses one setting"),
        (("--silence-ms=200", "--eagerness=low"), "uses one setting"),
        (("--silence-ms=x",), "must be numbers"),
        (("--silence-ms=nan",), "must be numbers"),
        (("endpointing", "--silence-ms=inf"), "must be numbers"),
        (("--silence-ms=-1",), "between 0 and 10000"),
        (("--silence-ms=10001",), "between 0 and 10000"),
        (("--eagerness=wild",), "must be of low"),
        (("--pauses-ms=500",), "is for `battery endpointing`"),
        (("endpointing", "--stimuli=stop"), "is for `battery interruption`"),
        (("--reply-timeout=0",), "must be above 0"),
        (("--reply-timeout=nan",), "must be above 0"),
    ],
)
def test_what_cannot_work_is_refused(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read(*words)
