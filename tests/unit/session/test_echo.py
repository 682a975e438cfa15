"""Whether the assistant hears itself: a whole session in a room, in virtual time."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.core.conduct import BargeIn, Processing
from app.core.errors import EngineError
from app.core.events import PlaybackFlushed, ProcessingChanged, SelfTriggered
from app.core.ports import VoiceProcessor
from app.session.echo import HEARS_ITSELF, STILL_HEARS_ITSELF, UNPROCESSED
from app.session.live import LiveSession
from app.session.messages import EchoReport, MeterReport, ProblemReport
from tests.support.clocks import run_virtual
from tests.support.room import EchoRoom, RoomTalk, SelfInterrupting, voice

SPEECH = voice(12.0)
USER = voice(1.5, active_dbfs=-26.0, first=4)[5300:]
"""Somebody who speaks from the first sample on."""
CANCELLING = Processing(echo_cancellation=True)


def talk(processing: Processing, room: EchoRoom | None = None) -> RoomTalk:
    return RoomTalk(room or EchoRoom(), SelfInterrupting(SPEECH), processing)


def audible(samples: Samples) -> bool:
    return bool(np.abs(samples.astype(int)).max() > 184)


def test_without_cancellation_the_assistant_interrupts_itself_and_is_told_so() -> None:
    ended = run_virtual(talk(Processing()).run(7.0))

    assert ended.outcome is not None
    assert ended.outcome.record is not None
    times = len(ended.peer.onsets_s)
    assert times >= 3
    triggered = ended.events(SelfTriggered)
    assert [event.times for event in triggered] == list(range(1, len(triggered) + 1))
    assert times - 1 <= len(triggered) <= times  # the last may be too young to be judged
    assert ended.outcome.record.self_triggers == len(triggered)
    assert ended.world.of(ProblemReport) == [HEARS_ITSELF]
    reports = ended.world.of(EchoReport)
    assert [report.offers_help for report in reports] == [r.self_triggers_n > 0 for r in reports]
    assert reports[-1].self_triggers_n == len(triggered)
    turns = [turn for turn in ended.world.store.recording.turns if turn.barge_in]
    assert all(turn.self_interrupted for turn in turns[: len(triggered)])


def test_with_cancellation_it_does_not_and_the_user_is_heard_all_the_same() -> None:
    """A quarter of a minute; the benchmark takes five minutes. Figures are those of the room."""
    room = EchoRoom(user=[(11.0, USER)])

    ended = run_virtual(talk(CANCELLING, room).run(14.0))

    assert ended.outcome is not None
    assert ended.outcome.record is not None
    first, *rest = ended.peer.onsets_s
    assert 11.0 <= first <= 11.2
    assert all(11.0 < onset < 13.0 for onset in rest)
    assert ended.outcome.record.self_triggers == 0
    assert ended.events(SelfTriggered) == []
    assert [turn for turn in ended.world.store.recording.turns if turn.self_interrupted] == []
    assert ended.world.of(ProblemReport) == []
    measured = [r for r in ended.world.of(EchoReport) if r.erle_db is not None]
    assert float(np.median([r.erle_db for r in measured])) > 20
    assert float(np.median([r.coupling_db for r in measured])) == pytest.approx(-20, abs=2)
    assert float(np.median([r.delay_ms for r in measured])) == pytest.approx(60, abs=1)
    assert max(r.residual_dbfs for r in measured) < -60


def test_in_half_duplex_nobody_is_heard_while_it_speaks_and_somebody_is_when_it_does_not() -> None:
    room = EchoRoom(user=[(0.2, USER[:9600]), (4.0, USER)])

    ended = run_virtual(talk(Processing(half_duplex=True), room).run(7.0))

    sent = ended.world.store.recording.user
    began_ns = sent[0][0]
    loud_s = [(at_ns - began_ns) / 1e9 for at_ns, samples in sent if audible(samples)]
    assert 0.2 <= loud_s[0] < loud_s[-1] < 0.7
    assert len(ended.peer.onsets_s) == 1
    assert {r.residual_dbfs for r in ended.world.of(EchoReport)} == {None}


@pytest.mark.parametrize("user_s", [None, 4.0])
def test_our_own_ears_do_not_take_the_echo_for_the_user(user_s: float | None) -> None:
    room = EchoRoom(coupling_db=-15.0, user=[] if user_s is None else [(user_s, USER)])
    watched = talk(Processing(), room)
    watched.barge_in = BargeIn(local=True)
    watched.peer.loud = 40_000  # the provider notices nothing

    ended = run_virtual(watched.run(6.0))

    stops_s = [event.at_ns / 1e9 - 1.0 for event in ended.events(PlaybackFlushed)]
    if user_s is None:
        assert stops_s == []
    else:
        assert user_s < stops_s[0] < user_s + 0.4


def test_processing_is_changed_while_the_session_runs() -> None:
    async def change(session: LiveSession) -> None:
        await asyncio.sleep(3.0)
        await session.process(CANCELLING)
        await asyncio.sleep(2.0)
        await session.process(Processing())

    ended = run_virtual(talk(Processing()).run(7.0, change))

    changes = ended.events(ProcessingChanged)
    assert [event.processing for event in changes] == [CANCELLING, Processing()]
    begun, over = (event.at_ns / 1e9 - 1.0 for event in changes)
    assert begun == pytest.approx(3.0, abs=0.1)
    onsets = ended.peer.onsets_s
    assert any(onset < begun for onset in onsets)
    assert not any(begun + 0.5 < onset < over for onset in onsets)
    assert any(onset > over for onset in onsets)


def test_what_is_recorded_is_what_is_sent_and_meters_show_the_microphone() -> None:
    ended = run_virtual(talk(CANCELLING).run(3.0))

    left = np.concatenate([samples for _, samples in ended.world.store.recording.user])
    assert ended.source is not None
    mic = np.concatenate(ended.source.heard)
    assert np.abs(left[24_000:].astype(int)).max() < 250 < np.abs(mic.astype(int)).max()
    peaks_dbfs = [report.input_peak_dbfs for report in ended.world.of(MeterReport)]
    assert max(peak for peak in peaks_dbfs if peak is not None) > -40
    assert np.diff([at_ns for at_ns, _ in ended.world.store.recording.user]).tolist() == [
        20_000_000
    ] * (len(ended.world.store.recording.user) - 1)


def test_a_sound_in_the_room_stays_at_its_instant_whatever_is_switched_on() -> None:
    """Processing takes time; what is recorded and measured lies where it was captured."""
    click = np.zeros(2400, np.int16)
    click[:48] = 16_000
    places: list[float] = []
    for processing in (Processing(), CANCELLING, replace(CANCELLING, noise_suppression=True)):
        quiet = talk(processing, EchoRoom(noise_dbfs=-90.0, user=[(1.0, click)]))
        quiet.peer.answers = False
        recording = run_virtual(quiet.run(1.3)).world.store.recording
        at_ns, loudest = max(recording.user, key=lambda sent: np.abs(sent[1].astype(int)).max())
        peak = int(np.abs(loudest.astype(int)).argmax())
        assert quiet.source is not None
        places.append((at_ns - quiet.source.began_ns) / 1e6 + peak / 24)

    assert places == [pytest.approx(1000, abs=2.5)] * 3


def test_a_residual_that_triggers_all_the_same_is_told_otherwise() -> None:
    hot = talk(CANCELLING, EchoRoom(coupling_db=0.0, clips_at=0.05))

    ended = run_virtual(hot.run(4.0))

    assert ended.events(SelfTriggered)
    assert ended.world.of(ProblemReport) == [STILL_HEARS_ITSELF]


def broken(_: Processing) -> VoiceProcessor:
    raise EngineError("the library does not load", hint="Use a headset.")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(None, UNPROCESSED.sentence, id="missing"),
        pytest.param(broken, "The library does not load.", id="broken"),
    ],
)
def test_without_the_library_the_session_goes_on_and_says_why(make: object, told: str) -> None:
    lacking = talk(replace(CANCELLING, half_duplex=True))
    lacking.processors = make

    ended = run_virtual(lacking.run(2.0))

    assert ended.outcome is not None
    assert ended.outcome.problem is None
    assert [problem.sentence for problem in ended.world.of(ProblemReport)] == [told]
    assert not ended.world.of(ProblemReport)[0].fatal
    changed = [event.processing for event in ended.events(ProcessingChanged)]
    assert changed == [Processing(half_duplex=True)]
