"""When a cut session is worth another connection, as tables."""

import itertools

import pytest

from app.core.clock import Nanoseconds
from app.core.errors import (
    AppError,
    ConfigError,
    ConnectionEndedError,
    EngineError,
    NetworkError,
    ProviderError,
    ProviderFault,
    RemoteProtocolError,
    WeightsError,
)
from app.core.events import (
    ProviderErrorReported,
    ResponseFinished,
    ResponseStarted,
    SessionCreated,
    SessionEvent,
)
from app.core.ids import ResponseId
from app.session.guard_rules import Backoff, CutRule, worth_another
from tests.support.guarding import cut

AT = Nanoseconds(1)


def error(code: str | None, kind: str | None = None) -> SessionEvent:
    return ProviderErrorReported(
        at_ns=AT, kind=kind, code=code, message="No.", param=None, caused_by=None
    )


def failed(code: str | None) -> SessionEvent:
    return ResponseFinished(
        at_ns=AT,
        response_id=ResponseId("r"),
        status="failed",
        reason=None,
        error_code=code,
        error_message=None,
        usage=None,
        output=(),
    )


STARTED = ResponseStarted(at_ns=AT, response_id=ResponseId("r"))
CREATED = SessionCreated(at_ns=AT, session_id="s", model=None, expires_at_s=None)


@pytest.mark.parametrize("code", [None, 1001, 1005, 1006, 1011, 1012, 1013, 1015])
def test_these_closes_say_nothing_against_another_connection(code: int | None) -> None:
    assert CutRule().recoverable(cut(code))
    assert worth_another(cut(code))


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4000, 4001])
def test_these_closes_are_final(code: int) -> None:
    assert not CutRule().recoverable(cut(code))
    assert not worth_another(cut(code))


@pytest.mark.parametrize(
    ("said", "code", "recoverable"),
    [
        ([error("insufficient_quota")], 1011, False),
        ([error("invalid_api_key")], None, False),
        ([error(None, "authentication_error")], 1006, False),
        ([failed("insufficient_quota")], 1006, False),
        ([failed("server_error")], 1006, True),
        ([error("invalid_value")], 1006, True),
        ([error(None)], 1006, True),
        ([error("session_expired")], 1000, True),
        ([error("session_expired")], 1008, True),
        ([error("session_expired"), error("insufficient_quota")], 1000, False),
        ([error("insufficient_quota"), STARTED], 1006, True),
        ([error("session_expired"), CREATED], 1000, False),
    ],
)
def test_what_the_provider_said_before_counts(
    said: list[SessionEvent], code: int | None, *, recoverable: bool
) -> None:
    rule = CutRule()
    for event in said:
        rule.take(event)

    assert rule.recoverable(cut(code)) is recoverable


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (NetworkError("No way."), True),
        (RemoteProtocolError("Nothing was opened."), True),
        (EngineError("It died."), True),
        (ProviderError("Slow down.", fault=ProviderFault.RATE), True),
        (ProviderError("Broken.", fault=ProviderFault.SERVER), True),
        (ProviderError("Who?", fault=ProviderFault.AUTH), False),
        (ProviderError("Pay.", fault=ProviderFault.QUOTA), False),
        (ProviderError("Never.", fault=ProviderFault.REFUSED), False),
        (ConfigError("No such thing."), False),
        (WeightsError("Gone."), False),
        (ConnectionEndedError("Bye.", code=1008, reason="", clean=True), False),
    ],
)
def test_an_attempt_that_failed_is_followed_by_another_or_not(
    error: AppError, *, worth: bool
) -> None:
    assert worth_another(error) is worth


def test_waits_double_up_to_eight_seconds_less_a_share_that_the_seed_decides() -> None:
    waits = [[Backoff(seed).wait_s(attempt) for attempt in range(1, 8)] for seed in (1, 1, 2)]

    assert waits[0] == waits[1] != waits[2]
    for series in waits:
        for wait_s, most_s in zip(series, [0.5, 1, 2, 4, 8, 8, 8], strict=True):
            assert 0.75 * most_s < wait_s <= most_s
    backoff = Backoff(3)
    first, second = (backoff.wait_s(1) for _ in range(2))
    assert first != second


def test_a_thousand_clients_do_not_come_at_once() -> None:
    waits = sorted(Backoff(seed).wait_s(5) for seed in range(1000))

    assert max(later - earlier for earlier, later in itertools.pairwise(waits)) < 0.05
