"""Where telemetry goes, and with what, as the environment says."""

import pytest

from app.bootstrap.telemetry import make_send
from app.core.errors import ConfigError, NetworkError
from tests.support.collector import collector


def test_headers_of_the_environment_go_with_every_request() -> None:
    with collector() as there:
        send = make_send({"OTEL_EXPORTER_OTLP_HEADERS": "x-key=s3cret"})
        assert send(there.url, "metrics", b'{"resourceMetrics":[]}') == ""

    ((_, headers, _),) = there.requests
    assert headers["x-key"] == "s3cret"
    assert headers["user-agent"].startswith("vivavoce/")


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({}, ConfigError),
        ({"OTEL_EXPORTER_OTLP_INSECURE": "1"}, ConfigError),
        ({"OTEL_EXPORTER_OTLP_INSECURE": " TRUE "}, NetworkError),
    ],
)
def test_plain_http_to_another_machine_must_be_wished_for(
    environment: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make_send(environment)("http://0.0.0.0:9", "traces", b"{}")


def test_headers_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        make_send({"OTEL_EXPORTER_OTLP_HEADERS": "s3cret"})
