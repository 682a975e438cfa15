"""The user's audio on its way to any wire format, and reply audio on its way back."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.ids import ItemId
from app.dsp.g711 import ulaw_encode
from app.dsp.pcm import from_bytes, to_bytes
from app.protocols.openai_realtime.client_audio import ReplyAudioReader, UserAudioWriter
from app.protocols.openai_realtime.client_formats import (
    ALAW_8K,
    PCM_24K,
    ULAW_8K,
    Law,
    WireSound,
)
from tests.support.signals import snr_db

ITEM = ItemId("i")
PCM_16K = WireSound(Law.LINEAR, 16_000)
PCM_8K = WireSound(Law.LINEAR, 8_000)
ODD = WireSound(Law.LINEAR, 44_100)
SOUNDS = [PCM_16K, PCM_8K, ULAW_8K, ALAW_8K, ODD]
LEAST_DB = {PCM_16K: 70.0, PCM_8K: 70.0, ULAW_8K: 36.0, ALAW_8K: 36.0, ODD: 25.0}
"""G.711 has 37 to 39 dB for a tone at this level; odd rates are exact to half a frame."""


def tone(rate_hz: int, seconds: float = 0.5, pitch_hz: float = 400.0) -> Samples:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.asarray(np.rint(8_000 * np.sin(2 * np.pi * pitch_hz * at)), dtype=np.int16)


def read_all(sound: WireSound, octets: bytes, cuts: list[int]) -> Samples:
    reader, at, heard = ReplyAudioReader(), 0, b""
    reader.use(sound)
    for cut in cuts:
        heard += reader.read(octets[at : at + cut], ITEM, 0)
        at += cut
    heard += reader.read(octets[at:], ITEM, 0) + reader.finish(ITEM, 0)
    return from_bytes(heard)


def write_all(sound: WireSound, samples: Samples, cuts: list[int]) -> bytes:
    writer, at, written = UserAudioWriter(), 0, b""
    writer.use(sound)
    for cut in cuts:
        written += writer.write(to_bytes(samples[at : at + cut]))
        at += cut
    return written + writer.write(to_bytes(samples[at:])) + writer.finish()


@pytest.mark.parametrize("sound", SOUNDS, ids=str)
def test_reply_audio_of_another_format_becomes_pcm_at_24_khz(sound: WireSound) -> None:
    octets = sound.compress(tone(sound.rate_hz))

    heard = read_all(sound, octets, [len(octets) // 3])

    assert len(heard) == len(tone(SESSION_RATE_HZ))
    assert snr_db(heard, tone(SESSION_RATE_HZ)) > LEAST_DB[sound]


@pytest.mark.parametrize("sound", SOUNDS, ids=str)
def test_the_users_audio_arrives_in_the_wires_format(sound: WireSound) -> None:
    octets = write_all(sound, tone(SESSION_RATE_HZ), [480] * 20)

    arrived = sound.expand(octets)
    assert len(arrived) == len(tone(sound.rate_hz))
    assert snr_db(arrived, tone(sound.rate_hz)) > LEAST_DB[sound]


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 1_000), max_size=12),
    sound=st.sampled_from([PCM_24K, PCM_16K, PCM_8K, ULAW_8K, ALAW_8K]),
)
def test_how_audio_is_cut_into_pieces_changes_nothing(cuts: list[int], sound: WireSound) -> None:
    octets = sound.compress(tone(sound.rate_hz, 0.1))

    assert write_all(sound, tone(SESSION_RATE_HZ, 0.1), cuts) == write_all(
        sound, tone(SESSION_RATE_HZ, 0.1), []
    )
    assert np.array_equal(read_all(sound, octets, cuts), read_all(sound, octets, []))


@pytest.mark.parametrize(
    ("sound", "held_ms"), [(PCM_24K, 0), (PCM_16K, 1.4), (PCM_8K, 2.9), (ULAW_8K, 2.9)], ids=str
)
def test_what_is_held_on_the_way_out_is_known_and_short(sound: WireSound, held_ms: float) -> None:
    writer = UserAudioWriter()
    writer.use(sound)
    frames = len(sound.expand(b"".join(writer.write(bytes(960)) for _ in range(10))))

    held = writer.held_ns / 1e6
    assert held == pytest.approx(held_ms, abs=0.15)
    assert frames * 1000 / sound.rate_hz == pytest.approx(200 - held, abs=1e-3)


def test_what_is_forgotten_is_not_sent_with_what_comes_next() -> None:
    writer = UserAudioWriter(ULAW_8K)
    writer.write(to_bytes(tone(SESSION_RATE_HZ)))

    writer.forget()

    assert writer.held_ns == 0
    assert set(writer.write(bytes(960)) + writer.finish()) == {0xFF}


def test_the_same_format_asked_for_again_does_not_cut_the_stream() -> None:
    writer = UserAudioWriter(PCM_8K)
    writer.write(to_bytes(tone(SESSION_RATE_HZ)))

    writer.use(PCM_8K)

    assert writer.held_ns > 0


def test_pcm_at_24_khz_passes_untouched() -> None:
    octets = b"\x01\x02\x03\x04"

    assert ReplyAudioReader().read(octets, ITEM, 0) is octets
    assert UserAudioWriter().write(octets) is octets
    assert UserAudioWriter().finish() == b""


def test_half_a_sample_waits_for_the_next_piece() -> None:
    reader = ReplyAudioReader()

    pieces = [reader.read(octets, ITEM, 0) for octets in (b"\x01\x02\x03", b"\x04", b"\x05\x06")]

    assert pieces == [b"\x01\x02", b"\x03\x04", b"\x05\x06"]


def test_half_a_sample_is_forgotten_where_another_part_begins() -> None:
    reader = ReplyAudioReader()
    reader.read(b"\x01", ITEM, 0)

    assert reader.read(b"\x07\x08", ITEM, 1) == b"\x07\x08"
    assert reader.finish(ITEM, 1) == b""


def test_a_part_ends_once() -> None:
    reader = ReplyAudioReader()
    reader.use(ULAW_8K)
    reader.read(ulaw_encode(tone(8_000)), ITEM, 0)

    assert reader.finish(ItemId("another"), 0) == b""
    assert reader.finish(ITEM, 0) != b""
    assert reader.finish(ITEM, 0) == b""


def test_the_same_format_told_again_does_not_cut_a_running_part() -> None:
    reader = ReplyAudioReader()
    reader.read(b"\x01", ITEM, 0)

    reader.use(PCM_24K)

    assert reader.read(b"\x02", ITEM, 0) == b"\x01\x02"
