"""When what the player plays is audible at the loudspeaker."""

from collections.abc import Sequence

import pytest

from app.audio.player import ReplyPlayer
from app.core.audio_format import Samples
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    SessionEvent,
)
from app.core.ids import ItemId, ResponseId
from app.dsp.pcm import concat, silence
from tests.support.audio import SECOND, ManualSpeaker, ns, tone
from tests.support.clocks import ManualClock

R1, R2 = ResponseId("r1"), ResponseId("r2")
I1 = ItemId("i1")
EXACT_NS = ns(0.1)
"""A sine begins and ends at zero: its first loud sample is a sample or two inside."""


class Rig:
    def __init__(self, *, rate_hz: int = 24_000) -> None:
        self.clock = ManualClock()
        self.speaker = ManualSpeaker(self.clock, rate_hz=rate_hz)
        self.player = ReplyPlayer(self.speaker)
        self.events: list[SessionEvent] = []

    def run(self, blocks: int) -> None:
        for _ in range(blocks):
            self.speaker.play_blocks()
            self.events += self.player.poll()[0]

    def say(self, response_id: ResponseId, *pieces: Samples, end: bool = True) -> None:
        self.player.play(response_id, I1, concat(pieces))
        if end:
            self.player.end(response_id)

    def flush(self) -> Sequence[PlaybackFlushed]:
        events = self.player.flush(self.clock.now_ns())
        self.events += events
        return [e for e in events if isinstance(e, PlaybackFlushed)]

    def speech(self) -> list[tuple[str, float, ResponseId | None]]:
        """Edges with their instants in ms, to the tenth."""
        return [
            ("on" if isinstance(e, AgentSpeechStarted) else "off", e.at_ns / 1e6, e.response_id)
            for e in self.events
            if isinstance(e, AgentSpeechStarted | AgentSpeechEnded)
        ]


def only(events: Sequence[SessionEvent], kind: type[SessionEvent]) -> SessionEvent:
    (found,) = (e for e in events if isinstance(e, kind))
    return found


def edges(*expected: tuple[str, float, ResponseId]) -> list[object]:
    return [(kind, pytest.approx(at_ms, abs=0.2), reply) for kind, at_ms, reply in expected]


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_the_first_and_the_last_audible_frame_are_told_with_their_instants(rate_hz: int) -> None:
    rig = Rig(rate_hz=rate_hz)
    rig.say(R1, silence(SECOND // 5), tone(0.5), silence(SECOND // 10))

    rig.run(90)

    audible = only(rig.events, PlaybackAudible)
    finished = only(rig.events, PlaybackFinished)
    assert isinstance(audible, PlaybackAudible)
    assert isinstance(finished, PlaybackFinished)
    assert audible.at_ns == pytest.approx(ns(200), abs=EXACT_NS)
    assert audible.media_ms == pytest.approx(200, abs=0.1)
    assert finished.audible_end_ns == pytest.approx(ns(700), abs=EXACT_NS)
    assert finished.at_ns == pytest.approx(ns(800), abs=EXACT_NS)


def test_a_trailing_silence_of_seconds_leaves_the_audible_end_where_it_was(rig: Rig) -> None:
    rig.say(R1, tone(0.2), silence(5 * SECOND))

    rig.run(530)

    finished = only(rig.events, PlaybackFinished)
    assert isinstance(finished, PlaybackFinished)
    assert finished.audible_end_ns == pytest.approx(ns(200), abs=EXACT_NS)


def test_a_silent_reply_was_never_audible(rig: Rig) -> None:
    rig.say(R1, silence(SECOND // 2))

    rig.run(60)

    finished = only(rig.events, PlaybackFinished)
    assert isinstance(finished, PlaybackFinished)
    assert finished.audible_end_ns is None
    assert not any(isinstance(e, PlaybackAudible | AgentSpeechStarted) for e in rig.events)


def test_audible_is_told_even_when_pieces_come_just_in_time(rig: Rig) -> None:
    for _ in range(10):
        rig.say(R1, tone(0.01, hz=500), end=False)
        rig.run(1)

    audible = only(rig.events, PlaybackAudible)
    assert audible.at_ns == pytest.approx(0, abs=EXACT_NS)


def test_the_last_block_may_be_a_short_one(rig: Rig) -> None:
    rig.say(R1, tone(0.1)[: 2_400 - 120])

    rig.run(30)

    finished = only(rig.events, PlaybackFinished)
    assert isinstance(finished, PlaybackFinished)
    assert finished.audible_end_ns == pytest.approx(ns(95), abs=EXACT_NS)


def test_how_much_had_to_wait_is_told_with_the_start(rig: Rig) -> None:
    rig.say(R1, tone(0.02), end=False)
    rig.run(5)
    rig.say(R1, tone(0.02))
    rig.run(3)
    rig.say(R2, tone(0.1))
    rig.run(15)
    rig.say(ResponseId("short"), tone(0.004))
    rig.run(2)

    starts = [e for e in rig.events if isinstance(e, PlaybackStarted)]
    assert [e.buffer_ms for e in starts] == [10.0, 40.0, 4.0]


def test_speech_of_an_endless_reply_is_split_by_its_own_silence(rig: Rig) -> None:
    speech = tone(0.3), silence(SECOND * 15 // 100), tone(0.2), silence(SECOND), tone(0.4)
    rig.say(R1, *speech, silence(SECOND), end=False)

    rig.run(310)

    assert rig.speech() == edges(
        ("on", 0, R1), ("off", 650, R1), ("on", 1_650, R1), ("off", 2_050, R1)
    )
    assert len([e for e in rig.events if isinstance(e, PlaybackAudible)]) == 1


@pytest.mark.parametrize(
    ("pause_ms", "count"),
    [pytest.param(190, 2, id="inside"), pytest.param(200, 4, id="apart")],
)
def test_two_hundred_milliseconds_of_silence_separate(pause_ms: int, count: int) -> None:
    rig = Rig()
    rig.say(R1, tone(0.3), silence(24 * pause_ms), tone(0.3))

    rig.run(120)

    assert len(rig.speech()) == count


def test_the_end_is_told_before_a_reply_has_ended(rig: Rig) -> None:
    rig.say(R1, tone(0.3), end=False)

    rig.run(52)
    early = rig.speech()
    rig.run(2)

    assert early == edges(("on", 0, R1))
    assert rig.speech() == edges(("on", 0, R1), ("off", 300, R1))


def test_the_rest_of_a_block_that_is_judged_late_begins_no_speech(rig: Rig) -> None:
    rig.say(R1, tone(0.309, hz=1_000), end=False)
    rig.run(60)

    rig.player.end(R1)
    rig.run(60)

    assert rig.speech() == edges(("on", 0, R1), ("off", 300, R1))
    finished = only(rig.events, PlaybackFinished)
    assert isinstance(finished, PlaybackFinished)
    assert finished.audible_end_ns == pytest.approx(ns(309), abs=EXACT_NS)


def test_replies_without_a_pause_are_one_speech_of_the_first(rig: Rig) -> None:
    rig.say(R1, tone(0.2))
    rig.say(R2, silence(SECOND // 10), tone(0.2))

    rig.run(80)

    assert rig.speech() == edges(("on", 0, R1), ("off", 500, R1))


def test_a_stall_is_silence_like_any_other(rig: Rig) -> None:
    rig.say(R1, tone(0.2), end=False)
    rig.run(50)
    rig.say(R1, tone(0.2))
    rig.run(50)

    assert rig.speech() == edges(("on", 0, R1), ("off", 200, R1), ("on", 500, R1), ("off", 700, R1))


@pytest.mark.parametrize("rate_hz", [24_000, 48_000])
def test_a_flush_foresees_when_the_loudspeaker_falls_silent(rate_hz: int) -> None:
    rig = Rig(rate_hz=rate_hz)
    rig.say(R1, tone(2))
    rig.run(50)

    (flushed,) = rig.flush()
    rig.run(40)

    heard = concat(rig.speaker.heard)
    last = max(frame for frame, value in enumerate(heard.tolist()) if value)
    assert flushed.silent_ns == ns(510)
    assert flushed.audible_end_ns == pytest.approx(ns(510), abs=ns(0.5))
    assert flushed.audible_end_ns == pytest.approx(last * 1e9 / rate_hz, abs=ns(1))
    assert rig.speech()[-1][1] == pytest.approx(510, abs=0.5)


def test_a_flush_in_a_pause_tells_when_it_was_last_audible(rig: Rig) -> None:
    rig.say(R1, tone(0.2), silence(SECOND), tone(1))
    rig.run(50)

    (flushed,) = rig.flush()

    assert flushed.silent_ns == ns(510)
    assert flushed.audible_end_ns == pytest.approx(ns(200), abs=EXACT_NS)


def test_a_reply_that_only_waited_was_never_heard(rig: Rig) -> None:
    rig.say(R1, tone(1))
    rig.say(R2, tone(1))
    rig.run(10)

    _, waiting = rig.flush()

    assert (waiting.response_id, waiting.audible_end_ns, waiting.silent_ns) == (R2, None, None)


def test_a_reply_of_which_one_block_slips_out_has_begun(rig: Rig) -> None:
    rig.run(1)
    rig.say(R1, tone(1))

    (flushed,) = rig.flush()

    started = only(rig.events, PlaybackStarted)
    assert (started.at_ns, flushed.silent_ns, flushed.played_ms) == (ns(10), ns(20), 10.0)


def test_before_the_loudspeaker_runs_nothing_is_foreseen(rig: Rig) -> None:
    rig.say(R1, tone(1))

    (flushed,) = rig.flush()

    assert (flushed.silent_ns, flushed.played_ms) == (None, 10.0)


def test_a_block_that_slips_out_may_belong_to_two_replies(rig: Rig) -> None:
    rig.run(1)
    rig.say(R1, tone(0.004))
    rig.say(R2, tone(1))

    first, second = rig.flush()

    assert (first.silent_ns, first.played_ms) == (ns(14), 4.0)
    assert (second.silent_ns, second.played_ms) == (ns(20), 6.0)
