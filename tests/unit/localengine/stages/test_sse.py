import pytest

from app.localengine.stages.sse import LONGEST_EVENT, EventStream

WIRE = (
    ": keep-alive\n\ndata: one\n\ndata:two\r\n\r\nevent: x\ndata: a\ndata: b\nid: 1\n\n"
    "data: caf\u00e9\n\ndata: last"
).encode()
DATA = ["one", "two", "a\nb", "caf\u00e9", "last"]


def events(*pieces: bytes) -> list[str]:
    stream = EventStream()
    return [*(event for piece in pieces for event in stream.push(piece)), *stream.flush()]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_do_not_depend_on_how_the_bytes_are_cut(size: int) -> None:
    assert events(*(WIRE[at : at + size] for at in range(0, len(WIRE), size))) == DATA


def test_bytes_that_are_no_text_do_not_stop_the_stream() -> None:
    assert events(b"data: \xff\xfe\n\ndata: ok\n\n") == ["\ufffd\ufffd", "ok"]


@pytest.mark.parametrize("wire", [b"", b"\n\n\n", b": only a comment\n\n", b"id: 7\n\n"])
def test_what_has_no_data_is_no_event(wire: bytes) -> None:
    assert events(wire) == []


def test_an_endless_event_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        events(b"data: " + b"x" * (LONGEST_EVENT + 10))


def test_an_event_of_endless_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        events(*[b"data: " + b"x" * 1000 + b"\n"] * 1100)
