"""Errors as people meet them: one sentence, and what to do next."""

from app.core.errors import (
    AppError,
    ConfigError,
    ConnectionEndedError,
    DeviceError,
    EngineError,
    NetworkError,
    ProviderError,
    ProviderFault,
    RemoteProtocolError,
    StoreError,
    WeightsError,
)
from app.core.events import FormatDiffers, ProviderErrorReported
from app.core.ports import Recording
from app.session.messages import ProblemReport, Remedy

_REMEDIES: tuple[tuple[type[AppError], Remedy], ...] = (
    (DeviceError, Remedy.CHOOSE_DEVICE),
    (WeightsError, Remedy.FETCH_WEIGHTS),
    (StoreError, Remedy.FREE_SPACE),
    (ConfigError, Remedy.EDIT_ENDPOINT),
    (NetworkError, Remedy.RETRY),
    (ConnectionEndedError, Remedy.RETRY),
    (EngineError, Remedy.RETRY),
    (RemoteProtocolError, Remedy.RETRY),
)

_NONSENSE = "What it sent is in events.jsonl; check that the address speaks the chosen dialect."

HARMLESS_CODES = frozenset({
    "response_cancel_not_active",
    "conversation_already_has_active_response",
    "item_delete_invalid_item_id",
})  # fmt: skip
"""Provider errors that only say that our request came too late to matter, or too soon: a reply
that is asked for while another is being stopped is asked for again."""


def problem_of(error: AppError, *, fatal: bool = True) -> ProblemReport:
    """Return ``error`` as a report; its text is ours or already cleaned of secrets."""
    if isinstance(error, RemoteProtocolError) and not error.hint:
        error = RemoteProtocolError(f"The server broke the protocol: {error}.", hint=_NONSENSE)
    return ProblemReport(
        sentence=error.sentence, hint=error.hint, remedy=_remedy(error), fatal=fatal
    )


def _remedy(error: AppError) -> Remedy | None:
    if isinstance(error, ProviderError):
        return Remedy.ENTER_KEY if error.fault is ProviderFault.AUTH else Remedy.RETRY
    return next((remedy for kind, remedy in _REMEDIES if isinstance(error, kind)), None)


def warning_of(text: str) -> ProblemReport:
    """Return what is odd with a file that is used all the same."""
    return ProblemReport(sentence=AppError(text).sentence, hint="What there is of it is used.")


def unreadable_problem(kind: str, reason: str) -> ProblemReport:
    """Return what it means that the window and the engine did not understand each other."""
    return ProblemReport(
        sentence=f"The window and the measuring engine did not understand each other: {kind}.",
        hint="Nothing came of it; check the number or the name that was entered last.",
        detail=reason,
    )


def unwritten(recording: Recording) -> ProblemReport | None:
    """Return what kept the session from being recorded whole, or None."""
    failure = recording.failure
    if failure is None:
        return None
    return ProblemReport(sentence=failure, hint="", remedy=Remedy.FREE_SPACE)


_PROVIDER_HINT = "The session goes on; change the setting it names, or start again."
_PROVIDER_HINTS = {"session_expired": "Where reconnecting is on, the session goes on in a new one."}


def provider_problem(event: ProviderErrorReported) -> ProblemReport | None:
    """Return what the provider complained of, or None where it does not matter."""
    if event.code in HARMLESS_CODES:
        return None
    detail = " ".join(
        f"{name}={value}"
        for name, value in (("type", event.kind), ("code", event.code), ("param", event.param))
        if value
    )
    return ProblemReport(
        sentence=f"The provider reported an error: {event.message}",
        hint=_PROVIDER_HINTS.get(event.code or "", _PROVIDER_HINT),
        remedy=Remedy.RETRY,
        detail=detail,
    )


def format_problem(event: FormatDiffers) -> ProblemReport:
    """Return what a provider that uses another audio format than asked for means for the user."""
    whose = "your voice" if event.direction == "input" else "its replies"
    return ProblemReport(
        sentence=f"The provider takes {whose} as {event.told}, not as the {event.asked} asked for.",
        hint="The session goes on in the provider's format.",
    )
