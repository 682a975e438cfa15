import json
from urllib.parse import quote

import pytest

from app.store.redact import Redactor

KEY = 'canary"\\/+key'


@pytest.mark.parametrize(
    "written",
    [KEY, json.dumps(KEY), json.dumps(json.dumps(KEY)), quote(KEY, safe="")],
    ids=["as it is", "in JSON", "in JSON in JSON", "in a URL"],
)
def test_a_known_secret_is_found_however_it_is_written(written: str) -> None:
    text = Redactor([KEY]).text(f"before {written} after")

    assert "canary" not in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "[redacted]" in text


def test_the_longer_of_two_secrets_is_taken_first() -> None:
    assert Redactor(["abcd", "abcdef"]).text("x abcdef y") == "x [redacted] y"


@pytest.mark.parametrize("secret", ["", "   ", "abc"])
def test_words_too_short_for_a_secret_stay(secret: str) -> None:
    assert Redactor([secret]).text("abc  abc") == "abc  abc"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-a1B2c3D4e5F6.",
        "ek_68af296e8e408191a1120ab6383263c2",
        '"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc"',
        "xai-0123456789abcdef0123",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "sk-proj-********************abcd",
    ],
)
def test_what_has_the_shape_of_a_key_goes(text: str) -> None:
    redacted = Redactor().text(text)

    assert "[redacted]" in redacted
    assert not any(piece in redacted for piece in ("a1B2", "68af", "eyJ", "0123", "abcd"))


@pytest.mark.parametrize(
    "text",
    [
        "a task-oriented-dialogue-system",
        "the bearer of the ring",
        "Bearer notwithstanding",
        "sk-8 and ek_1",
        "AAAA/+sk==",
        "",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor().text(text) == text
