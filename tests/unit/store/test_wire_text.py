import base64
import json

import pytest

from app.store.wire_text import LONGEST_LINE, shortened, without_audio

AUDIO = base64.b64encode(bytes(range(256)) * 4).decode()


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("response.output_audio.delta", "delta"),
        ("response.audio.delta", "delta"),
        ("input_audio_buffer.append", "audio"),
    ],
)
def test_audio_is_counted_and_the_rest_stays_verbatim(kind: str, field: str) -> None:
    raw = f'{{ "type": "{kind}",  "{field}" : "{AUDIO}", "n": 1}}'

    assert without_audio(raw) == f'{{ "type": "{kind}",  "{field}" : {{"bytes":1024}}, "n": 1}}'


def test_audio_inside_an_item_is_counted() -> None:
    raw = json.dumps({"item": {"content": [{"type": "input_audio", "audio": AUDIO}]}})

    content = json.loads(without_audio(raw))["item"]["content"]
    assert content == [{"type": "input_audio", "audio": {"bytes": 1024}}]


@pytest.mark.parametrize("length", [96, 97, 98])
def test_padding_is_not_counted(length: int) -> None:
    audio = base64.b64encode(bytes(length)).decode()

    stored = without_audio(json.dumps({"type": "x.audio.delta", "delta": audio}))

    assert json.loads(stored)["delta"] == {"bytes": length}


def test_escaped_slashes_are_base64_too() -> None:
    audio = base64.b64encode(b"\xff" * 300).decode().replace("/", "\\/")

    assert '{"bytes":300}' in without_audio(f'{{"type":"a.audio","delta":"{audio}"}}')


@pytest.mark.parametrize(
    "raw",
    [
        '{"type":"response.output_text.delta","delta":"%s"}' % ("a" * 200),
        '{"type":"response.output_audio_transcript.delta","delta":"%s"}' % ("word " * 40),
        '{"type":"response.output_audio.delta","delta":"short"}' + " " * 80,
        "not json " * 20,
        "",
    ],
    ids=["text", "transcript", "too short for audio", "no JSON", "empty"],
)
def test_everything_else_is_kept_as_it_is(raw: str) -> None:
    assert without_audio(raw) == raw


def test_a_huge_message_is_cut_and_its_length_told() -> None:
    raw = "x" * (LONGEST_LINE + 1)

    assert shortened(raw) == (raw[:-1], LONGEST_LINE + 1)
    assert shortened(raw[:-1]) == (raw[:-1], None)
