"""What sends telemetry, from the environment as OpenTelemetry's own exporters read it."""

from collections.abc import Mapping
from typing import Final

from app.core.version import VERSION
from app.net.otlp_http import HEADERS_VARIABLE, OtlpSender, Send, parse_headers

INSECURE_VARIABLE: Final = "OTEL_EXPORTER_OTLP_INSECURE"
"""``true`` allows plain http to other machines, too."""


def make_send(environment: Mapping[str, str]) -> Send:
    """Return what sends a request of OTLP; the endpoint is named with each.

    Raises:
        ConfigError: If the headers in the environment cannot be read.
    """
    headers = parse_headers(environment.get(HEADERS_VARIABLE, ""))
    insecure = environment.get(INSECURE_VARIABLE, "").strip().lower() == "true"
    return OtlpSender(f"vivavoce/{VERSION}", headers, insecure=insecure).send
