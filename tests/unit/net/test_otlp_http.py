from collections.abc import Mapping

import pytest

from app.core.errors import ConfigError, NetworkError
from app.net.otlp_http import OtlpSender, parse_headers
from tests.support.collector import Collector, collector

BODY = b'{"resourceSpans":[]}'
METRICS = b'{"resourceMetrics":[]}'
Answer = tuple[int, Mapping[str, str], bytes]


def sender(waits: list[float] | None = None, **more: object) -> OtlpSender:
    return OtlpSender(
        "vivavoce/test", {"x-key": "s3cret"}, wait=(waits if waits is not None else []).append
    )


def test_requests_go_to_their_paths_with_their_headers() -> None:
    with collector() as there:
        assert sender().send(there.url + "/", "traces", BODY) == ""
        assert sender().send(there.url, "metrics", METRICS) == ""

    assert [path for path, _, _ in there.requests] == ["/v1/traces", "/v1/metrics"]
    (_, headers, body), _ = there.requests
    assert (headers["content-type"], headers["x-key"]) == ("application/json", "s3cret")
    assert (headers["user-agent"], body) == ("vivavoce/test", BODY)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_be_tried_again_is_after_the_wait_that_was_asked_for(status: int) -> None:
    waits: list[float] = []
    with collector((status, {"retry-after": "7"}, b""), (status, {}, b"")) as there:
        assert sender(waits).send(there.url, "traces", BODY) == ""

    assert len(there.requests) == 3
    assert waits[0] == 7
    assert 1.6 <= waits[1] <= 2.4


def test_tries_are_bounded() -> None:
    waits: list[float] = []
    with (
        collector(*[(503, {}, b"")] * 9) as there,
        pytest.raises(NetworkError, match="HTTP 503"),
    ):
        sender(waits).send(there.url, "traces", BODY)

    assert (len(there.requests), len(waits)) == (5, 4)


def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for() -> None:
    waits: list[float] = []
    with (
        collector((429, {"retry-after": "3600"}, b"")) as there,
        pytest.raises(NetworkError, match="HTTP 429"),
    ):
        sender(waits).send(there.url, "traces", BODY)

    assert waits == []


@pytest.mark.parametrize("status", [201, 301, 400, 401, 404, 500])
def test_any_other_answer_is_final_and_told_without_the_key(status: int) -> None:
    with (
        collector((status, {"location": "http://127.0.0.1:1/"}, b"s3cret")) as there,
        pytest.raises(NetworkError, match=f"HTTP {status}") as refused,
    ):
        sender().send(f"{there.url}/team-s3cret", "traces", BODY)

    assert len(there.requests) == 1
    assert "s3cret" not in f"{refused.value} {refused.value.hint} {sender()!r}"


def test_an_endpoint_that_knows_protobuf_alone_gets_it_from_then_on() -> None:
    partly = b"\x0a\x05\x08\x03\x12\x01x"
    with collector((415, {}, b""), (503, {}, b""), (200, {}, b""), (200, {}, partly)) as there:
        sending = sender()
        assert sending.send(there.url, "traces", BODY) == ""
        assert sending.send(there.url, "metrics", METRICS) == (
            "The endpoint did not take 3 of the metrics: x."
        )

    told = [(path, headers["content-type"], body) for path, headers, body in there.requests]
    protobuf = "application/x-protobuf"
    assert told == [
        ("/v1/traces", "application/json", BODY),
        ("/v1/traces", protobuf, b""),
        ("/v1/traces", protobuf, b""),
        ("/v1/metrics", protobuf, b""),
    ]


def test_an_endpoint_that_knows_neither_is_told() -> None:
    with (
        collector((415, {}, b""), (415, {}, b"")) as there,
        pytest.raises(NetworkError, match=r"refused the traces \(HTTP 415\)"),
    ):
        sender().send(there.url, "traces", BODY)

    assert len(there.requests) == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", ""),
        (b"{}", ""),
        (b"no json", ""),
        (b"[1]", ""),
        (b'{"partialSuccess": 7}', ""),
        (b'{"partialSuccess": {"rejectedSpans": "0"}}', ""),
        (
            b'{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too\\nbig."}}',
            "The endpoint did not take 3 of the traces: too big.",
        ),
        (b'{"partialSuccess": {"rejectedSpans": 3}}', "The endpoint did not take 3 of the traces."),
        (b'{"partialSuccess": {"errorMessage": "soon"}}', "The endpoint warns: soon."),
        (b'{"partialSuccess": {"rejectedSpans": "x"}}', ""),
        (b"{" * 200_000, ""),
    ],
)
def test_what_was_not_taken_is_told(body: bytes, told: str) -> None:
    with collector((200, {}, body)) as there:
        assert sender().send(there.url, "traces", BODY) == told


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        ("", "names a host"),
        ("ftp://collector", "names a host"),
        ("https://me:pass@collector.example", "no name or password"),
        ("http://collector.example:4318", "by https only"),
        ("https://collector.example/?key=1", "more than a path"),
        ("http://[::1", "names a host"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused(endpoint: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        sender().send(endpoint, "traces", BODY)


def test_plain_http_to_another_machine_is_allowed_where_that_is_said() -> None:
    waiting = OtlpSender("vivavoce/test", insecure=True)

    with pytest.raises(NetworkError, match="could not be reached"):
        waiting.send("http://0.0.0.0:9", "traces", BODY)


def test_an_endpoint_that_is_not_there_is_told() -> None:
    gone = Collector()
    with collector() as there:
        gone.url = there.url

    with pytest.raises(NetworkError, match="could not be reached"):
        sender().send(gone.url, "traces", BODY)


def test_headers_are_read_as_the_variable_has_them() -> None:
    told = parse_headers(" Authorization=Bearer%20abc , x-team = a=b,, ")

    assert told == {"authorization": "Bearer abc", "x-team": "a=b"}
    assert parse_headers("") == {}


@pytest.mark.parametrize("text", ["s3cret", "=s3cret", "na me=s3cret", "a=s3cret%0d%0ab:c", "ä=x"])
def test_headers_that_are_none_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_headers(text)

    assert "s3cret" not in str(refused.value)
