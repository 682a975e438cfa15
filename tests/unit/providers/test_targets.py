"""What a person names, and the endpoint it becomes."""

import pytest

from app.core.capabilities import Capabilities
from app.core.config import AuthScheme, Dialect, Target
from app.core.errors import ConfigError
from app.providers.catalogue import parse_catalogue
from app.providers.targets import capabilities_of, resolve

CATALOGUE = parse_catalogue("""
schema = 1
date = 2026-11-21
[[providers]]
id = "local"
title = "Embedded speech engine"
url = ""
auth = "bearer"
dialect = "openai-ga"
source = "this program"
[[providers]]
id = "openai"
title = "OpenAI Realtime"
url = "wss://api.openai.com/v1/realtime"
auth = "bearer"
dialect = "openai-ga"
source = "docs"
default_model = "gpt-realtime-2.1"
capabilities = { semantic_vad = true }
[[providers.models]]
id = "gpt-realtime-2.1"
title = "GPT Realtime 2.1"
[[providers.models]]
id = "gpt-realtime-2.1-mini"
title = "GPT Realtime 2.1 mini"
capabilities = { tools = false, semantic_vad = false }
""")


def own(url: str, *, model: str | None = None, title: str) -> Target:
    return Target(
        provider="custom",
        model=model,
        url=url,
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.BEARER,
        title=title,
    )


def test_a_catalogue_model_is_named_by_provider_and_model() -> None:
    assert resolve(CATALOGUE, "openai:gpt-realtime-2.1-mini") == Target(
        provider="openai",
        model="gpt-realtime-2.1-mini",
        url="wss://api.openai.com/v1/realtime",
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.BEARER,
        title="GPT Realtime 2.1 mini",
    )


def test_a_provider_alone_means_its_default_model() -> None:
    assert resolve(CATALOGUE, "openai").model == "gpt-realtime-2.1"


def test_the_embedded_engine_has_neither_model_nor_url() -> None:
    target = resolve(CATALOGUE, "local")

    assert (target.provider, target.model, target.url) == ("local", None, "")
    assert target.title == "Embedded speech engine"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (
            "ws://127.0.0.1:8080/v1/realtime",
            own("ws://127.0.0.1:8080/v1/realtime", title="127.0.0.1:8080"),
        ),
        ("http://127.0.0.1:80", own("ws://127.0.0.1:80/v1/realtime", title="127.0.0.1:80")),
        ("HTTPS://host/v1/", own("wss://host/v1/realtime", title="host:443")),
        ("wss://host/own/path/", own("wss://host/own/path/", title="host:443")),
        (
            "wss://host/openai?api-version=2&model=m+x&deployment=d",
            own(
                "wss://host/openai?api-version=2&deployment=d",
                model="m x",
                title="m x at host:443",
            ),
        ),
        ("wss://host/a?model=", own("wss://host/a", title="host:443")),
    ],
)
def test_an_address_of_ones_own_becomes_a_target(text: str, target: Target) -> None:
    assert resolve(CATALOGUE, text) == target


def test_the_dialect_and_the_auth_of_ones_own_endpoint_are_chosen() -> None:
    target = resolve(
        CATALOGUE,
        "wss://host/x",
        dialect=Dialect.OPENAI_BETA,
        auth=AuthScheme.API_KEY_HEADER,
    )

    assert target.dialect is Dialect.OPENAI_BETA
    assert target.auth is AuthScheme.API_KEY_HEADER


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("", "no model named ''", "Known: local, openai; or give a URL"),
        ("opanai", "no model named 'opanai'", "Did you mean openai"),
        ("a\x1b[2Jb", r"no model named 'a\?\[2Jb'", "Known"),
        ("openai:gpt-realtme-2.1", "no model of OpenAI Realtime", "Did you mean gpt-realtime-2.1"),
        ("openai:", "no model of OpenAI Realtime named ''", "Known: gpt-realtime-2.1"),
        ("local:big", "Embedded speech engine has no choice of models", "local alone"),
        ("ftp://host/", "ws://, wss://, http:// or https://", "wss://host/path"),
        ("ws://user:canary@host/", "user name or a password", "separately"),
        ("wss://host/?api-key=canary", "secret in its api-key parameter", "separately"),
        ("wss://host/?Token=canary", "secret in its Token parameter", "separately"),
        ("wss://host/\n", "control character", "without spaces"),
        ("wss://", "names no host", ""),
    ],
)
def test_what_names_nothing_is_refused_in_one_sentence(text: str, says: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        resolve(CATALOGUE, text)

    assert hint in error.value.hint
    assert str(error.value).endswith(".")
    assert "canary" not in str(error.value) + error.value.hint


def test_capabilities_come_from_the_provider_and_then_from_the_model() -> None:
    full = capabilities_of(CATALOGUE, resolve(CATALOGUE, "openai"))
    mini = capabilities_of(CATALOGUE, resolve(CATALOGUE, "openai:gpt-realtime-2.1-mini"))

    assert full == Capabilities(semantic_vad=True)
    assert mini == Capabilities(semantic_vad=False, tools=False)


def test_an_endpoint_of_ones_own_can_do_the_usual() -> None:
    assert capabilities_of(CATALOGUE, resolve(CATALOGUE, "wss://host/")) == Capabilities()
