"""The pipe: what goes in comes out, whatever the chunking; what is not ours is refused."""

import struct

import pytest
from hypothesis import given, strategies as st

from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.errors import LocalProtocolError
from app.core.records import TurnRecord, TurnStatus
from app.session.link import FRAME_LIMIT, VERSION, Decoder, Heartbeat, Hello, LinkMessage, encode
from app.session.messages import (
    EndSession,
    EnvelopeReport,
    HoldToTalk,
    InputChoice,
    InputKind,
    LiveState,
    OutputChoice,
    OutputKind,
    PlaySpan,
    SendTyped,
    StartSession,
    StateReport,
    TurnReport,
)

START = StartSession(
    target=Target(
        provider="openai",
        model="m",
        url="wss://example/v1/realtime",
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.BEARER,
        title="M",
    ),
    settings=SessionSettings(instructions="Be brief."),
    input=InputChoice(kind=InputKind.FILES, paths=("a.wav",)),
    output=OutputChoice(kind=OutputKind.NULL),
    key="sk-canary",
)
MESSAGES: list[LinkMessage] = [
    Hello(version=VERSION, pid=7),
    Heartbeat(12),
    START,
    EndSession(),
    HoldToTalk(down=True),
    SendTyped("\N{SNOWMAN} <b>"),
    StateReport(state=LiveState.LISTENING),
    TurnReport(record=TurnRecord(turn_id=1, status=TurnStatus.OK, v2v_ms=-12.5)),
    EnvelopeReport(start_ms=0.0, step_ms=20.0, user=(0.1,), model=(0.0,)),
]


@given(cuts=st.lists(st.integers(1, 200), max_size=30))
def test_any_chunking_gives_the_same_messages(cuts: list[int]) -> None:
    data = encode(MESSAGES[:4]) + encode(MESSAGES[4:])
    decoder, found, at = Decoder(), list[LinkMessage](), 0
    for size in [*cuts, len(data)]:
        found += decoder.feed(data[at : at + size])
        at += size

    assert found == MESSAGES


def test_a_key_is_not_in_the_repr() -> None:
    assert "canary" not in repr(START)


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"{}",
        b'[["Nobody", {}]]',
        b'[["__import__", "os"]]',
        b"[" * 100_000,
        b'[["SendTyped", {"text": "\xff"}]]',
    ],
)
def test_what_is_not_ours_is_refused(body: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        Decoder().feed(struct.pack(">I", len(body)) + body)


def test_a_frame_that_announces_too_much_is_refused_before_it_comes() -> None:
    with pytest.raises(LocalProtocolError, match="announced"):
        Decoder().feed(struct.pack(">I", FRAME_LIMIT + 1))


def test_a_frame_that_would_be_too_large_is_not_sent() -> None:
    with pytest.raises(LocalProtocolError, match="exceeds"):
        encode([SendTyped("x" * FRAME_LIMIT)])


def test_a_stretch_without_a_number_arrives_and_is_refused_where_it_is_played() -> None:
    nowhere = OutputChoice(kind=OutputKind.NULL)
    sent = PlaySpan(folder="/s", start_ms=float("nan"), end_ms=float("inf"), output=nowhere)

    (arrived,) = Decoder().feed(encode([sent]))

    assert arrived == PlaySpan(folder="/s", start_ms=None, end_ms=None, output=nowhere)
