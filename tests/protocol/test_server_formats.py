"""Every audio format both ways: what is asked for, what is refused, what arrives."""

import base64
from typing import Any

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.dsp.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from app.dsp.pcm import from_bytes, from_float, rms_dbfs, to_bytes
from app.dsp.resample import resample
from app.protocols.openai_realtime.server_values import AudioAppended, InputCommitted
from tests.support.clips import clip
from tests.support.realtime_server import Talk
from tests.support.signals import snr_db

PCM_24K = {"type": "audio/pcm", "rate": 24_000}
PCM_16K = {"type": "audio/pcm", "rate": 16_000}
PCM_8K = {"type": "audio/pcm", "rate": 8_000}
PCMU = {"type": "audio/pcmu"}
PCMA = {"type": "audio/pcma"}
WIRES: list[Any] = [
    pytest.param(PCM_16K, 16_000, to_bytes, from_bytes, 70.0, id="PCM at 16 kHz"),
    pytest.param(PCM_8K, 8_000, to_bytes, from_bytes, 70.0, id="PCM at 8 kHz"),
    pytest.param(PCMU, 8_000, ulaw_encode, ulaw_decode, 36.0, id="mu-law"),
    pytest.param(PCMA, 8_000, alaw_encode, alaw_decode, 36.0, id="A-law"),
]
"""Format, rate, from samples to octets, from octets to samples, SNR of a tone in dB."""


def tone(rate_hz: int, seconds: float = 1.0) -> Samples:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.asarray(np.rint(8_000 * np.sin(2 * np.pi * 440 * at)), dtype=np.int16)


def spoken(talk: Talk, samples: Samples) -> bytes:
    """Let the server speak; return the audio of its events."""
    writer = talk.server.begin_response(talk.server.default_options())
    for first in range(0, len(samples), 2_400):
        writer.audio(to_bytes(samples[first : first + 2_400]))
    writer.finish()
    return b"".join(
        base64.b64decode(event["delta"])
        for event in talk.events()
        if event["type"] == "response.output_audio.delta"
    )


def heard(talk: Talk, octets: bytes, size: int = 161) -> Samples:
    """Send octets in pieces, commit, and return what the shell is given."""
    requests = []
    for first in range(0, len(octets), size):
        audio = base64.b64encode(octets[first : first + size]).decode()
        requests += talk.send("input_audio_buffer.append", audio=audio)
    requests += talk.send("input_audio_buffer.commit")
    assert isinstance(requests[-1], InputCommitted)
    return np.concatenate([one.samples for one in requests if isinstance(one, AudioAppended)])


@pytest.mark.parametrize(("wire", "rate_hz", "compress", "expand", "least_db"), WIRES)
def test_a_tone_survives_both_ways(
    wire: Any, rate_hz: int, compress: Any, expand: Any, least_db: float
) -> None:
    talk = Talk().configured(audio={"input": {"format": wire}, "output": {"format": wire}})

    arrived = heard(talk, compress(tone(rate_hz)), 320)
    talk.events()
    said = expand(spoken(talk, tone(24_000)))

    assert len(arrived) == 24_000
    assert snr_db(arrived, tone(24_000)) > least_db
    assert len(said) == rate_hz
    assert snr_db(said, tone(rate_hz)) > least_db


@pytest.mark.parametrize("wire", [PCMU, PCMA], ids=lambda one: str(one["type"]))
def test_speech_keeps_its_level_over_the_telephone(wire: Any) -> None:
    talk = Talk().configured(audio={"input": {"format": wire}, "output": {"format": wire}})
    speech = resample(from_float(clip("ljspeech_LJ001-0002").waveform()), 16_000, 24_000)

    there = spoken(talk, speech)
    back = heard(talk, there, 160)

    assert len(back) == pytest.approx(len(speech), abs=3)
    level, before = rms_dbfs(back), rms_dbfs(speech)
    assert level is not None
    assert before is not None
    assert abs(level - before) < 1.0  # what lies above 3.8 kHz is gone


@pytest.mark.parametrize("wire", [PCM_24K, PCM_16K, PCM_8K, PCMU, PCMA], ids=str)
def test_the_account_tells_the_format_that_was_asked_for(wire: Any) -> None:
    talk = Talk()

    talk.update(audio={"input": {"format": wire}, "output": {"format": wire}})

    (event,) = talk.events()
    audio = event["session"]["audio"]
    assert (audio["input"]["format"], audio["output"]["format"]) == (wire, wire)


@pytest.mark.parametrize("rate", [7_999, 11_025, 22_050, 44_100, 48_000])
def test_other_rates_are_refused_and_change_nothing(rate: int) -> None:
    talk = Talk().configured(audio={"input": {"format": PCM_16K}})

    assert talk.update(audio={"input": {"format": {"type": "audio/pcm", "rate": rate}}}) == []

    assert talk.error()["param"] == "session.audio.input.format.rate"
    assert talk.server.config.wire["audio"]["input"]["format"] == PCM_16K


def test_half_a_sample_is_refused_where_samples_have_two_octets() -> None:
    talk = Talk().configured(audio={"input": {"format": PCM_8K}})
    odd = base64.b64encode(b"\x01\x02\x03").decode()

    assert talk.send("input_audio_buffer.append", audio=odd) == []
    assert talk.error()["code"] == "invalid_value"
    talk.configured(audio={"input": {"format": PCMA}})
    assert talk.send("input_audio_buffer.append", audio=odd) != [] or talk.events() == []


@pytest.mark.parametrize(("wire", "octets"), [(PCM_16K, 3_200), (PCM_8K, 1_600), (PCMU, 800)])
def test_a_hundred_milliseconds_are_enough_to_commit_at_any_rate(wire: Any, octets: int) -> None:
    talk = Talk().configured(audio={"input": {"format": wire}})

    def committed(size: int) -> bool:
        talk.send("input_audio_buffer.append", audio=base64.b64encode(bytes(size)).decode())
        return bool(talk.send("input_audio_buffer.commit"))

    assert committed(octets)
    assert not committed(octets - 2)
    assert talk.events()[-1]["error"]["code"] == "input_audio_buffer_commit_empty"


def test_truncation_counts_milliseconds_of_the_wires_audio() -> None:
    talk = Talk().configured(audio={"output": {"format": PCMU}})
    writer = talk.server.begin_response(talk.server.default_options())
    writer.audio(to_bytes(tone(24_000, 0.5)))
    found = writer.item_id
    writer.finish()
    talk.events()

    talk.send("conversation.item.truncate", item_id=found, content_index=0, audio_end_ms=501)
    assert talk.error()["message"] == "Audio content of 500ms is already shorter than 501ms"
    talk.send("conversation.item.truncate", item_id=found, content_index=0, audio_end_ms=500)
    (event,) = talk.events()
    assert event["type"] == "conversation.item.truncated"
