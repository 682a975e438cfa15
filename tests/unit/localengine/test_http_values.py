import json
from http import HTTPStatus

import pytest

from app.localengine.http_values import HttpRequest, refusal


def test_a_target_is_path_and_first_query_values() -> None:
    request = HttpRequest(method="GET", target="/v1/realtime?model=a&model=b", headers=())

    assert request.path == "/v1/realtime"
    assert request.query == {"model": "a"}


def test_comma_lists_of_several_headers_are_one_list() -> None:
    headers = (("x", "a, b"), ("y", "z"), ("x", " c,"))
    request = HttpRequest(method="GET", target="/", headers=headers)

    assert request.tokens("x") == ("a", "b", "c")
    assert request.header("x") == "a, b"
    assert request.header("nothing") is None


@pytest.mark.parametrize(
    ("connection", "upgrade", "expected"),
    [
        ("keep-alive, Upgrade", "WebSocket", True),
        ("close", "websocket", False),
        ("upgrade", "h2c", False),
    ],
)
def test_an_upgrade_is_asked_for_by_both_headers(
    connection: str,
    upgrade: str,
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    headers = (("connection", connection), ("upgrade", upgrade))

    assert HttpRequest(method="GET", target="/", headers=headers).upgrades is expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.UNAUTHORIZED, "invalid_request_error"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "server_error"),
    ],
)
def test_a_refusal_has_the_services_shape(status: HTTPStatus, kind: str) -> None:
    answer = refusal(status, "some_code", "Some sentence.")

    assert json.loads(answer.body) == {
        "error": {"message": "Some sentence.", "type": kind, "param": None, "code": "some_code"}
    }
