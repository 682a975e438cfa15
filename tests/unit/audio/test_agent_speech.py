from app.audio.agent_speech import AgentSpeech
from app.core.events import AgentSpeechEnded, AgentSpeechStarted
from app.core.ids import ResponseId
from tests.support.audio import ns

R1, R2 = ResponseId("r1"), ResponseId("r2")


def test_stretches_are_joined_to_speech_until_200_ms_are_silent() -> None:
    speech = AgentSpeech()

    told = [
        *speech.hear(ns(100), ns(300), R1),
        *speech.reach(ns(300)),
        *speech.hear(ns(499), ns(600), R2),
        *speech.reach(ns(829)),
        *speech.reach(ns(830)),
        *speech.reach(ns(2_000)),
    ]

    assert told == [
        AgentSpeechStarted(at_ns=ns(100), response_id=R1),
        AgentSpeechEnded(at_ns=ns(600), response_id=R1),
    ]


def test_speech_after_a_pause_ends_the_one_before_first() -> None:
    speech = AgentSpeech()
    speech.hear(ns(0), ns(300), R1)

    assert speech.hear(ns(500), ns(600), R2) == [
        AgentSpeechEnded(at_ns=ns(300), response_id=R1),
        AgentSpeechStarted(at_ns=ns(500), response_id=R2),
    ]


def test_a_rest_that_is_judged_late_moves_nothing() -> None:
    speech = AgentSpeech()
    speech.hear(ns(0), ns(300), R1)
    speech.reach(ns(530))

    late = speech.hear(ns(300), ns(309), R1)

    assert late == []
    assert speech.hear(ns(505), ns(600), R1) == [AgentSpeechStarted(at_ns=ns(505), response_id=R1)]


def test_nothing_heard_is_nothing_ended() -> None:
    assert AgentSpeech().reach(ns(9_000)) == []
