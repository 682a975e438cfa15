"""The present connection, exchanged and lost, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.core.clock import Nanoseconds
from app.core.commands import AppendAudio, CommitInput, ConfigureSession, TruncateItem
from app.core.config import Dialect, SessionSettings
from app.core.errors import ConnectionEndedError
from app.core.events import SpeechStarted
from app.core.ids import ItemId
from app.core.wire import WireMessage
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.session.distinct import DistinctCodecs
from app.session.line import Line
from app.session.uplink import SEND_LIMIT_S, Uplink
from tests.support.clocks import run_virtual
from tests.support.guarding import cut
from tests.support.memory import MemoryRecording
from tests.support.session import Peer

SETTINGS = SessionSettings()
CREATED = '{"type": "session.created", "event_id": "e", "session": {"id": "s"}}'


def deaf(_peer: Peer, _message: object) -> None:
    """It hears and does nothing."""


def line_to(peer: Peer) -> Line:
    codec = OpenAIRealtimeClient(SETTINGS)
    codec.receive_message(CREATED, Nanoseconds(1))
    codec.messages_to_send()
    codec.events_received()
    return Line(peer, codec, SETTINGS)


def virtually(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    run_virtual(run())


def test_whoever_receives_goes_on_with_the_other_connection_at_once() -> None:
    async def work() -> None:
        first, second = Peer(deaf), Peer(deaf)
        line = line_to(first)
        receiving = asyncio.ensure_future(line.receive())  # noqa: TID251 - awaited below
        await asyncio.sleep(1)
        line.use(line_to(second))
        first.put("late", 10)
        second.put("new", 20)
        message, _ = await receiving
        assert message == "new"
        await line.close()
        assert first.closed
        assert second.closed

    virtually(work)


@pytest.mark.parametrize("last", [cut(), "late"])
def test_the_last_that_a_connection_said_when_it_was_left_is_not_the_others(
    last: ConnectionEndedError | str,
) -> None:
    async def work() -> None:
        first, second = Peer(deaf), Peer(deaf)
        line = line_to(first)
        receiving = asyncio.ensure_future(line.receive())  # noqa: TID251 - awaited below
        await asyncio.sleep(1)
        first.inbox.put_nowait(last)
        line.use(line_to(second))
        second.put("new", 20)
        assert (await receiving)[0] == "new"

    virtually(work)


def test_a_failure_is_told_to_whoever_receives_now_or_later() -> None:
    async def work() -> None:
        line = line_to(Peer(deaf))
        receiving = asyncio.ensure_future(line.receive())  # noqa: TID251 - awaited below
        await asyncio.sleep(1)
        line.fail(cut())
        for waiting in (receiving, line.receive()):
            with pytest.raises(ConnectionEndedError):
                await waiting
        assert not line.up
        with pytest.raises(ConnectionEndedError):
            line.check()
        line.use(line_to(Peer(deaf)))
        line.check()
        assert line.up

    virtually(work)


class Closed(Peer):
    async def send(self, message: WireMessage) -> Nanoseconds:
        raise cut()


class Stuck(Peer):
    async def send(self, message: WireMessage) -> Nanoseconds:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(("peer", "words"), [(Closed(deaf), "lost"), (Stuck(deaf), "took no data")])
def test_what_cannot_be_sent_breaks_the_line_and_not_the_sender(peer: Peer, words: str) -> None:
    async def work() -> None:
        line = line_to(peer)
        sent: list[object] = []
        uplink = Uplink(line, MemoryRecording(), sent.append)
        begun = asyncio.get_running_loop().time()
        assert await uplink.send(CommitInput()) is None
        assert await uplink.send(CommitInput()) is None
        assert asyncio.get_running_loop().time() - begun <= SEND_LIMIT_S
        await uplink.flush()
        assert sent == []
        assert not uplink.up
        with pytest.raises(ConnectionEndedError, match=words):
            await line.receive()

    virtually(work)


def test_a_line_that_is_down_sends_nothing_and_remembers_the_settings() -> None:
    async def work() -> None:
        peer = Peer(deaf)
        line = line_to(peer)
        uplink = Uplink(line, MemoryRecording())
        line.drop()
        other = SessionSettings(instructions="Otherwise.")
        assert await uplink.send(ConfigureSession(other)) is None
        assert await uplink.send(AppendAudio(b"\0\0")) is None
        assert (peer.sent, peer.appended_ms) == ([], 0.0)
        assert line.settings == other
        uplink.note_settings(SETTINGS)
        assert line.settings == SETTINGS

    virtually(work)


def test_what_was_sent_is_told_and_a_command_waits_for_the_one_before() -> None:
    async def work() -> None:
        first, second = Peer(deaf), Peer(deaf)
        line = line_to(first)
        sent: list[object] = []
        uplink = Uplink(line, MemoryRecording(), sent.append)
        await uplink.send(CommitInput())
        await uplink.go_on_with(line_to(second))
        await uplink.send(CommitInput())
        assert len(sent) == 2
        assert [len(peer.sent) for peer in (first, second)] == [1, 1]
        await line.retire()
        assert (first.closed, second.closed) == (True, False)

    virtually(work)


def test_ids_that_an_earlier_connection_used_are_told_apart_and_sent_as_they_were() -> None:
    codecs = DistinctCodecs(OpenAIRealtimeClient)
    heard = '{"type": "input_audio_buffer.speech_started", "audio_start_ms": 1, "item_id": "i1"}'
    names = []
    for _ in range(3):
        codec = codecs.make(SETTINGS, Dialect.OPENAI_GA)
        for message in (CREATED, heard):
            codec.receive_message(message, Nanoseconds(1))
        (event,) = (e for e in codec.events_received() if isinstance(e, SpeechStarted))
        names.append(event.item_id)
        codec.messages_to_send()
        codec.send_command(TruncateItem(ItemId(str(event.item_id)), 5))
        (sent,) = codec.messages_to_send()
        assert '"item_id":"i1"' in str(sent)
        assert codec.held_input_ns == 0

    assert names == ["i1", "i1~2", "i1~3"]
