"""Reply audio of any wire format, as PCM16 at 24 kHz."""

from typing import Any

import numpy as np
import pytest

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.ids import ItemId
from app.dsp.g711 import alaw_encode, ulaw_encode
from app.dsp.pcm import from_bytes, to_bytes
from app.protocols.openai_realtime.client_audio import PCM_24K, ReplyAudioReader, reply_format

ITEM = ItemId("i")


def tone(rate_hz: int, seconds: float = 0.5) -> Samples:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return (8_000 * np.sin(2 * np.pi * 400 * at)).astype(np.int16)


def nested(kind: str, **more: Any) -> dict[str, Any]:
    return {"audio": {"output": {"format": {"type": kind, **more}}}}


def test_pcm_at_24_khz_passes_untouched() -> None:
    octets = b"\x01\x02\x03\x04"

    assert ReplyAudioReader().read(octets, ITEM, 0) is octets


def test_half_a_sample_waits_for_the_next_piece() -> None:
    reader = ReplyAudioReader()

    pieces = [reader.read(octets, ITEM, 0) for octets in (b"\x01\x02\x03", b"\x04", b"\x05\x06")]

    assert pieces == [b"\x01\x02", b"\x03\x04", b"\x05\x06"]


def test_half_a_sample_is_forgotten_where_another_part_begins() -> None:
    reader = ReplyAudioReader()
    reader.read(b"\x01", ITEM, 0)

    assert reader.read(b"\x07\x08", ITEM, 1) == b"\x07\x08"
    assert reader.finish(ITEM, 1) == b""


@pytest.mark.parametrize(
    ("session", "encode", "rate_hz"),
    [
        (nested("audio/pcmu"), ulaw_encode, 8_000),
        (nested("audio/pcma"), alaw_encode, 8_000),
        (nested("audio/pcm", rate=16_000), to_bytes, 16_000),
        ({"output_audio_format": "g711_ulaw"}, ulaw_encode, 8_000),
        ({"output_audio_format": "g711_alaw"}, alaw_encode, 8_000),
        ({"output_audio_format": "pcm16_8000hz"}, to_bytes, 8_000),
        ({"output_audio_format": "pcm16_16000hz"}, to_bytes, 16_000),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_another_format_becomes_pcm_at_24_khz(session: Any, encode: Any, rate_hz: int) -> None:
    reader = ReplyAudioReader()
    reader.use(reply_format(session))
    octets = encode(tone(rate_hz))
    cut = len(octets) // 3

    heard = from_bytes(
        reader.read(octets[:cut], ITEM, 0)
        + reader.read(octets[cut:], ITEM, 0)
        + reader.finish(ITEM, 0)
    )

    expected = tone(SESSION_RATE_HZ)
    assert len(heard) == len(expected)
    inner = slice(1_000, -1_000)
    error = np.abs(heard[inner].astype(int) - expected[inner])
    assert np.max(error) < 600  # a clean 400 Hz tone of 8000; one frame's shift would be 830


def test_a_part_ends_once() -> None:
    reader = ReplyAudioReader()
    reader.use(reply_format(nested("audio/pcmu")))
    reader.read(ulaw_encode(tone(8_000)), ITEM, 0)

    assert reader.finish(ItemId("another"), 0) == b""
    assert reader.finish(ITEM, 0) != b""
    assert reader.finish(ITEM, 0) == b""


def test_the_same_format_told_again_does_not_cut_a_running_part() -> None:
    reader = ReplyAudioReader()
    reader.read(b"\x01", ITEM, 0)

    reader.use(PCM_24K)

    assert reader.read(b"\x02", ITEM, 0) == b"\x01\x02"


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"audio": None, "output_audio_format": None},
        {"output_audio_format": "not specified"},
        nested("audio/pcm"),
        nested("audio/pcm", rate=24_000),
        nested("audio/pcm", rate=1),
        nested("audio/pcm", rate="fast"),
        nested("audio/opus"),
        {**nested("audio/pcm"), "output_audio_format": "g711_ulaw"},
    ],
    ids=str,
)
def test_anything_else_is_pcm_at_24_khz(session: Any) -> None:
    assert reply_format(session) == PCM_24K
