"""Which parts of our own engine ran on this machine, and who bills the one that did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from app.core.endpoint import is_loopback_address
from app.core.money import OURS


class EnginePart(StrEnum):
    """What our own engine is made of."""

    RECOGNISER = "recogniser"
    LANGUAGE_MODEL = "language_model"
    VOICE = "voice"


ELSEWHERE: Final = "elsewhere"
"""Somebody whom no price table names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """Who served which part.

    Attributes:
        local: The parts that this machine served; nobody bills them.
        billed_by: Who served the language model otherwise: a provider as price tables name it,
            or ELSEWHERE; None where it was local.
        host: Where that was; None where it was local, "" where nobody says.
        model: That language model, or None where the endpoint chose it.
    """

    local: tuple[EnginePart, ...] = tuple(EnginePart)
    billed_by: str | None = None
    host: str | None = None
    model: str | None = None


_BILLED_BY: Final[Mapping[str, str]] = MappingProxyType({
    "anthropic.com": "anthropic",
    "cerebras.ai": "cerebras",
    "cohere.ai": "cohere",
    "cohere.com": "cohere",
    "deepseek.com": "deepseek",
    "fireworks.ai": "fireworks",
    "googleapis.com": "google",
    "groq.com": "groq",
    "mistral.ai": "mistral",
    "openai.com": "openai",
    "openrouter.ai": "openrouter",
    "perplexity.ai": "perplexity",
    "together.ai": "together",
    "together.xyz": "together",
    "x.ai": "x-ai",
})  # fmt: skip
"""Providers of price tables by the domain of their endpoints."""

_URL: Final = "--llm-url"
_MODEL: Final = "--llm-model"
_LEAST_LETTERS: Final = len("--llm-u")
"""So much of an option's name tells it from the others; our server takes it so, too."""


def engine_parts(provider: str, arguments: Sequence[str]) -> EngineParts | None:
    """Return who served the parts of our own engine; None of anybody else's.

    Args:
        provider: As in ``Target.provider``.
        arguments: Options that our server was given, as of ``vivavoce serve``.
    """
    if provider not in OURS:
        return None
    url = _value(arguments, _URL)
    host = _host(url or "")
    if not url or host == "localhost" or is_loopback_address(host):
        return EngineParts()
    here = tuple(part for part in EnginePart if part is not EnginePart.LANGUAGE_MODEL)
    return EngineParts(
        local=here, billed_by=_biller(host), host=host, model=_value(arguments, _MODEL)
    )


def _value(arguments: Sequence[str], option: str) -> str | None:
    """Return an option's last value, given as one word or as two; its name may be cut short."""
    found = None
    for word, following in zip(arguments, (*arguments[1:], None), strict=False):
        name, apart, value = word.partition("=")
        if len(name) >= _LEAST_LETTERS and option.startswith(name):
            found = value if apart else following
    return found


def _host(url: str) -> str:
    """Return the host of a URL, "" where there is none: then nobody knows that it is ours."""
    try:
        return (urlsplit(url.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _biller(host: str) -> str:
    return next(
        (
            name
            for domain, name in _BILLED_BY.items()
            if host == domain or host.endswith(f".{domain}")
        ),
        ELSEWHERE,
    )
