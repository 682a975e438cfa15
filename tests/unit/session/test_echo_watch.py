"""Who was heard: the assistant, somebody in the room, or nobody."""

from dataclasses import dataclass

import numpy as np
import pytest

from app.audio.sources import ScriptedMicrophone
from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.conduct import Processing
from app.core.events import ProcessingChanged, SelfTriggered, SessionEvent, SpeechStarted
from app.core.ids import ItemId
from app.dsp.pcm import silence
from app.session.account import Account, new_record
from app.session.echo import KEPT, PATIENCE_NS, REPORT_NS, EchoWatch
from app.session.echo_chain import VoiceChain
from app.session.line import Line
from app.session.messages import EchoReport, EndSession, EngineReport, LiveState, SetProcessing
from app.session.parts import OpenedInput
from app.session.reporter import Reporter
from app.session.speech_ends import SpeechEnds
from app.session.stage import Stage
from tests.support.clocks import run_virtual
from tests.support.room import EchoRoom, voice
from tests.support.session import LoopClock, Peer, World, start
from tests.unit.session.test_service import Window, serve
from tests.unit.session.test_user_actions import Obliging

FAR = voice(3.0)
USER = voice(2.0, active_dbfs=-24.0, first=4)[5300:]
BEGAN_NS = 5_000_000_000
HALF_DUPLEX = Processing(half_duplex=True)


@dataclass
class Rig:
    """An ``EchoWatch`` and what it told."""

    watch: EchoWatch
    chain: VoiceChain
    published: list[SessionEvent]
    reported: list[EngineReport]

    def hear(self, near: Samples, far: Samples = FAR) -> Nanoseconds:
        """Let ``far`` sound and ``near`` be heard; return the instant of the end."""
        for at in range(0, len(near), 480):
            at_ns = Nanoseconds(BEGAN_NS + at * 1_000_000_000 // 24_000)
            played = far[at : at + 480]
            self.chain.play(PlayedBlock(played, 24_000, at_ns, at, 480 * bool(played.any())))
            self.chain.pass_on(at_ns, near[at : at + 480])
        return Nanoseconds(BEGAN_NS + len(near) * 1_000_000_000 // 24_000)

    def onset(self, at_ns: Nanoseconds) -> None:
        """The provider hears speech."""
        self.watch.take(SpeechStarted(at_ns=at_ns, item_id=ItemId("u1"), audio_ms=0))


def rig(
    *,
    processing: Processing | None = None,
    watching: bool = True,
    script: ScriptedMicrophone | None = None,
) -> Rig:
    """Everything but a connection at work."""
    begin = start()
    world = World(Peer(Obliging()))
    parts, reported = world.parts(), list[EngineReport]()
    opened, sink = parts.make_input(begin.input), parts.make_output(begin.output)
    if script is not None:
        opened = OpenedInput(source=script, script=script)
    settings = begin.settings
    stage = Stage(
        parts=parts,
        start=begin,
        line=Line(world.peer, parts.make_codec(settings, begin.target.dialect), settings),
        make_codec=parts.make_codec,
        reopen=lambda: world.connect(begin.target, None),
        opened=opened,
        player=parts.make_player(sink),
        recording=world.store.recording,
        account=Account(new_record(parts, begin, "silence", sink.name)),
        reporter=Reporter(reported.append),
        report=reported.append,
    )
    published: list[SessionEvent] = []
    chain = VoiceChain(watching=watching, refresh=lambda: None)
    chain.use(processing or Processing(), None, Nanoseconds(0))
    watch = EchoWatch(stage, chain, SpeechEnds(opened), published.append)
    return Rig(watch, chain, published, reported)


def in_room(room: EchoRoom) -> Samples:
    steps = range(0, len(FAR), 240)
    return np.concatenate([room.pass_block(FAR[at : at + 240], at / 24_000) for at in steps])


async def judged(rig: Rig, near: Samples, far: Samples = FAR) -> tuple[bool | None, bool]:
    """Return what is said of an onset at the end, and whether it counted."""
    at_ns = rig.hear(near, far)
    rig.onset(at_ns)
    return rig.watch.was_echo(at_ns), rig.watch.times == 1


@pytest.mark.parametrize(
    ("near", "far", "says"),
    [
        pytest.param(in_room(EchoRoom()), FAR, (True, True), id="echo"),
        pytest.param(in_room(EchoRoom(user=[(2.5, USER)])), FAR, (False, False), id="somebody"),
        pytest.param(voice(3.0, first=5), FAR, (False, False), id="a headset"),
        pytest.param(silence(len(FAR)), FAR, (None, False), id="muted"),
        pytest.param(in_room(EchoRoom()), silence(len(FAR)), (None, False), id="nothing sounded"),
    ],
)
def test_whom_the_provider_heard(
    near: Samples, far: Samples, says: tuple[bool | None, bool]
) -> None:
    async def asked() -> tuple[bool | None, bool]:
        return await judged(rig(), near, far)

    assert run_virtual(asked()) == says


def test_it_is_judged_only_after_more_was_heard_and_once() -> None:
    async def main() -> None:
        made = rig()
        at_ns = made.hear(in_room(EchoRoom()))
        made.onset(at_ns)

        made.watch.poll(Nanoseconds(at_ns + PATIENCE_NS - 1))
        assert made.published == []
        for _ in range(2):
            made.watch.poll(Nanoseconds(at_ns + PATIENCE_NS))
        assert made.published == [SelfTriggered(at_ns=at_ns, times=1)]
        assert made.watch.was_echo(at_ns)

    run_virtual(main())


def test_in_half_duplex_the_provider_heard_silence() -> None:
    async def asked() -> tuple[bool | None, bool]:
        return await judged(rig(processing=HALF_DUPLEX), in_room(EchoRoom()))

    assert run_virtual(asked()) == (None, False)


class Speaking(ScriptedMicrophone):
    """A script that is speaking whenever it is asked."""

    def speech_start_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        return Nanoseconds(at_ns - 100_000_000)

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        return at_ns


def test_what_a_script_speaks_is_known_and_not_guessed() -> None:
    async def asked() -> tuple[bool | None, bool]:
        return await judged(rig(script=Speaking([], LoopClock())), in_room(EchoRoom()))

    assert run_virtual(asked()) == (None, False)


def test_a_storm_of_onsets_is_bounded() -> None:
    async def main() -> None:
        made = rig()
        at_ns = made.hear(in_room(EchoRoom()))
        for index in range(KEPT + 5):
            onset_ns = Nanoseconds(at_ns + index)
            made.onset(onset_ns)
            assert made.watch.was_echo(onset_ns)

        assert made.watch.was_echo(at_ns) is None
        assert made.watch.times == KEPT + 5

    run_virtual(main())


def test_it_reports_once_a_second_while_a_reply_sounds_and_not_otherwise() -> None:
    async def main() -> None:
        made = rig()
        at_ns = made.hear(in_room(EchoRoom()))
        for tenth in range(-9, 40):
            made.watch.poll(Nanoseconds(at_ns + tenth * REPORT_NS // 10))

        assert len([each for each in made.reported if isinstance(each, EchoReport)]) == 2

    run_virtual(main())


def test_without_a_reply_nothing_is_taken_for_an_echo() -> None:
    async def main() -> None:
        made = rig()
        at_ns = made.hear(in_room(EchoRoom()))

        assert made.watch.hears_echo(at_ns)
        assert not made.watch.hears_echo(Nanoseconds(at_ns + 2_000_000_000))

    run_virtual(main())


def test_who_does_not_watch_says_nothing() -> None:
    async def main() -> None:
        idle = rig(watching=False)
        assert await judged(idle, in_room(EchoRoom())) == (None, False)
        assert not idle.watch.hears_echo(Nanoseconds(BEGAN_NS))

    run_virtual(main())


def test_processing_is_changed_from_the_window() -> None:
    world = World(Peer(Obliging()))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(SetProcessing(processing=HALF_DUPLEX), EndSession())
        await window.state(LiveState.STOPPED)

    serve(world, scenario)

    told = [fields for _, fields in world.store.recording.events]
    assert [e.processing for e in told if isinstance(e, ProcessingChanged)] == [HALF_DUPLEX]
