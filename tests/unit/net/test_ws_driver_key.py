"""A key leaves no trace but the request header."""

import json
import logging
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

from app.core.errors import (
    AppError,
)
from tests.support.dialling import (
    CANARY,
    NO_UPGRADE,
    PATIENT,
    closes_mid_sentence,
    connector,
    failing,
    refusing,
    run,
    target,
    without_proxies,
)
from tests.support.sockets import (
    HOST,
    saying,
    silent,
    tcp_server,
    websocket_server,
)


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


def frames_of(error: BaseException) -> Iterator[TracebackType]:
    """Return the frames of ``error`` and of whatever clings to it, but not those of tests."""
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        queue += [current.__cause__, current.__context__]
        step = current.__traceback__
        while step is not None:
            if "/tests/" not in step.tb_frame.f_code.co_filename:
                yield step
            step = step.tb_next


def traces_of(error: BaseException) -> str:
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    shown += traceback.format_exception(error)
    shown += [repr(step.tb_frame.f_locals) for step in frames_of(error)]
    return "\n".join(shown)


@pytest.mark.parametrize(
    "failure",
    ["refused", "redirected", "silent", "garbage", "absent", "in clear", "wrong key", "closed"],
)
def test_a_key_leaves_no_trace_in_an_error_or_a_log(
    failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echoing = json.dumps({"error": {"code": CANARY, "message": f"Wrong: {CANARY}"}})

    async def attempt(port: int, **where: Any) -> AppError:
        key = f"{CANARY} x" if failure == "wrong key" else CANARY
        opener = connector(NO_UPGRADE if failure == "silent" else PATIENT)
        return await failing(opener.connect(target(port, **where), key))

    async def main() -> AppError:
        match failure:
            case "refused" | "redirected":
                status = 401 if failure == "refused" else 307
                async with websocket_server(answer=refusing(status, echoing)) as port:
                    return await attempt(port)
            case "silent":
                async with tcp_server(silent) as port:
                    return await attempt(port)
            case "garbage":
                async with tcp_server(saying(CANARY.encode())) as port:
                    return await attempt(port)
            case "closed":
                async with websocket_server(closes_mid_sentence) as port:
                    connection = await connector().connect(target(port), CANARY)
                    await connection.receive()
                    return await failing(connection.receive())
            case _:
                return await attempt(1, host="10.0.0.1" if failure == "in clear" else HOST)

    error = run(main())

    assert CANARY not in traces_of(error)
    assert CANARY not in caplog.text
