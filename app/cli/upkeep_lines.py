"""What happens to a session itself, as ``vivavoce talk`` shows it: a line, or a JSON object."""

from typing import Any

from app.session.messages import (
    DeviceReport,
    EchoReport,
    EngineReport,
    GuardReport,
    GuardState,
)

ECHO_WORDS = (
    "The model is interrupted by its own voice: use a headset, --echo-cancellation "
    "or --half-duplex."
)


def line_of(report: EngineReport) -> str | None:
    """Return a line for people, or None where there is nothing to say."""
    match report:
        case GuardReport():
            return _guard_line(report)
        case DeviceReport(words=words):
            return words
        case EchoReport(offers_help=True):
            return ECHO_WORDS
        case _:
            return None


def _guard_line(report: GuardReport) -> str | None:
    if report.state is not GuardState.RECONNECTING:
        return report.words or None
    return (
        f"{report.words} Connecting again in {report.wait_s:.1f} s "
        f"(attempt {report.attempt} of {report.attempts})."
    )


def row_of(report: EngineReport) -> dict[str, Any] | None:
    """Return a JSON object with a ``type``, or None where there is nothing to say."""
    match report:
        case GuardReport():
            return {
                "type": "guard",
                "state": report.state.value,
                "words": report.words,
                "attempt": report.attempt,
                "attempts": report.attempts,
                "wait_s": round(report.wait_s, 3),
                "stalls": report.stalls_n,
                "renewals": report.renewals_n,
            }
        case DeviceReport():
            return {
                "type": "device",
                "words": report.words,
                "side": None if report.side is None else report.side.value,
                "name": report.name,
                "lost": report.lost,
                "offer": report.offer,
            }
        case _:
            return None
