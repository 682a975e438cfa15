import pytest

from app.core.key_shapes import REDACTED, names_a_key, without_keys


@pytest.mark.parametrize(
    "text", ["key sk-proj-a1B2c3D4e5F6.", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc"]
)
def test_what_has_the_shape_of_a_key_goes(text: str) -> None:
    told = without_keys(text)

    assert REDACTED in told
    assert "a1B2" not in told
    assert "eyJ" not in told


def test_other_words_stay_and_a_second_time_changes_nothing() -> None:
    told = without_keys("a task-oriented sk-8 with sk-proj-a1B2c3D4e5F6")

    assert told == f"a task-oriented sk-8 with {REDACTED}"
    assert without_keys(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "sk_live_SECRET0123456789", "ghp_SECRET0123456789abcdef", "AKIASECRET0123456789",
        "xoxb-123-SECRET-456789", "eyJhbGciOiJIUzI1NiJ9.SECRET.x", "wss://SECRET@h.example/",
        "wss://me:SECRET@h.example/", "https://h.example/?api_key=SECRET012",
        '{"access_token": "SECRET012"}', '{\\"authorization\\":\\"Basic SECRET012==\\"}',
        "x-api-key: SECRET012",
    ],
)  # fmt: skip
def test_keys_of_all_kinds_go_once_and_for_all(text: str) -> None:
    told = without_keys(text)

    assert REDACTED in told
    assert "SECRET" not in told
    assert without_keys(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "my password is fine", "token: 12345678", '"input_token_details": 12345678',
        "wss://127.0.0.1:8000/x?model=gpt-4o", "anna@example.com", '"signature": null',
    ],
)  # fmt: skip
def test_what_only_resembles_a_key_stays(text: str) -> None:
    assert without_keys(text) == text


def test_a_name_tells_a_key() -> None:
    assert all(map(names_a_key, ("authorization", "X-API-Key", "client_secret", "token")))
    assert not any(map(names_a_key, ("tokens", "total_tokens", "key", "name")))
