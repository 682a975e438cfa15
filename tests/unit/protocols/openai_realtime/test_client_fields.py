"""Fields of messages from outside."""

from typing import Any

import pytest

from app.protocols.openai_realtime import client_fields as fields
from app.protocols.openai_realtime.client_fields import FieldError

ANYTHING: list[Any] = [None, True, 7, 7.6, "a", [], ["a"], {}, {"a": 1}, float("inf")]


def test_a_broken_surrogate_becomes_the_replacement_character() -> None:
    told = fields.decode('{"a":["\\ud800x",{"\\udc00":1}],"b":"\\ud83d\\ude00","n":1}')

    assert told == {"a": ["�x", {"�": 1}], "b": "😀", "n": 1}


def test_a_number_out_of_range_spoils_only_its_own_field() -> None:
    told = fields.decode('{"n":1e999,"text":"a"}')

    assert told["text"] == "a"
    assert fields.known_number(told, "n") is None


@pytest.mark.parametrize("message", ["", "{", b"\xff", "[" * 100_000, '{"a":' * 3_000])
def test_what_is_no_json_is_a_value_error(message: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which one is the parser's own affair
        fields.decode(message)


@pytest.mark.parametrize(("value", "nearest"), [(7, 7), (7.6, 8), (-3, -3), (820.0, 820)], ids=str)
def test_a_whole_number_is_rounded_to_the_nearest(value: float, nearest: int) -> None:
    assert fields.whole({"n": value}, "n") == nearest


@pytest.mark.parametrize("value", [None, True, "7", [], float("nan"), float("inf")], ids=str)
def test_what_is_no_number_is_an_error_that_names_the_field(value: Any) -> None:
    for read in (fields.whole, fields.number):
        with pytest.raises(FieldError, match=r"^audio_end_ms is not a number$"):
            read({"audio_end_ms": value}, "audio_end_ms")
    assert fields.known_number({"n": value}, "n") is None


def test_a_missing_position_is_the_first_and_a_negative_one_an_error() -> None:
    assert fields.index({}, "output_index") == 0
    assert fields.index({"output_index": None}, "output_index") == 0
    assert fields.index({"output_index": 2}, "output_index") == 2
    with pytest.raises(FieldError, match="output_index is negative"):
        fields.index({"output_index": -1}, "output_index")


@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 7), (-1, None), ("7", None)])
def test_a_count_below_zero_is_unknown(value: Any, count: int | None) -> None:
    assert fields.known_count({"n": value}, "n") == count


@pytest.mark.parametrize("value", ANYTHING, ids=repr)
def test_text_is_text_or_an_error(value: Any) -> None:
    message = {"delta": value}

    assert fields.known_text(message, "delta") == ("a" if value == "a" else None)
    if value == "a":
        assert fields.text(message, "delta") == fields.text_or_empty(message, "delta") == "a"
        return
    with pytest.raises(FieldError, match="delta is not text"):
        fields.text(message, "delta")
    if value is None:
        assert fields.text_or_empty(message, "delta") == ""


@pytest.mark.parametrize("value", ANYTHING, ids=repr)
def test_an_object_is_an_object_or_an_error(value: Any) -> None:
    message = {"session": value}

    if isinstance(value, dict):
        assert fields.mapping(message, "session") is fields.known_mapping(message, "session")
        return
    assert fields.known_mapping(message, "session") == {}
    with pytest.raises(FieldError, match="session is not an object"):
        fields.mapping(message, "session")


@pytest.mark.parametrize("value", [None, 7, "a", {}, [], [7, None]], ids=repr)
def test_a_list_without_objects_is_empty(value: Any) -> None:
    assert fields.mappings({"output": value}, "output") == ()


def test_the_objects_of_a_list_are_kept_in_order() -> None:
    assert fields.mappings({"output": [{"a": 1}, 7, {"b": 2}]}, "output") == ({"a": 1}, {"b": 2})


def test_base64_is_decoded() -> None:
    assert fields.octets({"delta": "AQID"}, "delta") == b"\x01\x02\x03"
    assert fields.octets({"delta": ""}, "delta") == b""


@pytest.mark.parametrize("value", ["AQI", "AQ I", "A-_=", "====", "AQI=AQI=", "é", "AQI=\n"])
def test_what_is_not_strict_base64_is_an_error(value: str) -> None:
    with pytest.raises(FieldError, match="delta is not base64"):
        fields.octets({"delta": value}, "delta")


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**60, 1e300])
def test_a_number_that_nothing_counts_is_none(value: float) -> None:
    assert fields.known_number({"n": value}, "n") is None
    assert fields.known_count({"n": value}, "n") is None
