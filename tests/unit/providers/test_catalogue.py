"""The catalogue: the one that is shipped, and wrong ones."""

import datetime as dt
import json
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.core.capabilities import Capabilities
from app.core.config import AuthScheme, Dialect
from app.core.errors import ConfigError
from app.providers.catalogue import parse_catalogue

RESOURCES = Path(__file__).parents[3] / "resources"
SHIPPED = (RESOURCES / "catalogue" / "models.toml").read_text("utf-8")
SCHEMA = json.loads((RESOURCES / "schema" / "models.schema.json").read_text("utf-8"))
HEAD = "schema = 1\ndate = 2026-11-21\n"
PROVIDER = """
[[providers]]
id = "a"
title = "A"
url = "wss://a.example/v1/realtime"
auth = "bearer"
dialect = "openai-ga"
source = "docs"
"""
MODEL = '\n[[providers.models]]\nid = "m"\ntitle = "M"\n'


def plain(text: str) -> Any:
    """Return TOML as JSON sees it: dates as text."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_the_shipped_catalogue_names_who_can_be_talked_to() -> None:
    catalogue = parse_catalogue(SHIPPED)

    assert [spec.id for spec in catalogue.providers] == ["local", "simulator", "openai"]
    openai = catalogue.provider("openai")
    assert openai is not None
    assert openai.url == "wss://api.openai.com/v1/realtime"
    assert openai.auth is AuthScheme.BEARER
    assert openai.dialect is Dialect.OPENAI_GA
    assert openai.key_env == "OPENAI_API_KEY"
    assert openai.default_voice == "marin"
    assert [model.id for model in openai.models][:3] == [
        "gpt-realtime-2.1",
        "gpt-realtime-2.1-mini",
        "gpt-realtime-2",
    ]


def test_a_model_tells_when_it_is_switched_off() -> None:
    openai = parse_catalogue(SHIPPED).provider("openai")
    assert openai is not None

    old, new = openai.model("gpt-realtime"), openai.model("gpt-realtime-2.1")

    assert old is not None
    assert old.deprecated
    assert old.shutdown == dt.date(2027, 1, 20)
    assert new is not None
    assert new.shutdown is None
    assert openai.model("gpt-2") is None


def test_the_shipped_catalogue_matches_its_schema() -> None:
    jsonschema.validate(plain(SHIPPED), SCHEMA)


def test_the_least_provider_is_enough() -> None:
    jsonschema.validate(plain(HEAD + PROVIDER), SCHEMA)

    (spec,) = parse_catalogue(HEAD + PROVIDER).providers

    assert spec.models == ()
    assert spec.key_env is None
    assert parse_catalogue(HEAD + PROVIDER).provider("b") is None


WRONG_SHAPE = [
    ("", "schema"),
    ("schema = 1\n" + PROVIDER, "date"),
    (HEAD, "providers"),
    (HEAD + PROVIDER.replace('id = "a"', ""), "id"),
    (HEAD + PROVIDER.replace('id = "a"', 'id = "A b"'), r"providers\[0\]\.id"),
    (HEAD + PROVIDER.replace('"bearer"', '"magic"'), "magic"),
    (HEAD + PROVIDER.replace('"openai-ga"', '"klingon"'), "klingon"),
    (HEAD + PROVIDER.replace('title = "A"', "title = 7"), r"providers\[0\]\.title"),
    (HEAD + PROVIDER + "colour = 1\n", "colour"),
    (HEAD + PROVIDER + 'key_env = "my key"\n', "key_env"),
    (HEAD + PROVIDER + MODEL + "context_tokens = 0\n", "context_tokens"),
    (HEAD + PROVIDER + MODEL + 'shutdown = "soon"\n', "shutdown"),
    (HEAD + PROVIDER + '[providers.capabilities]\ntools = "yes"\n', "bool"),
]


@pytest.mark.parametrize(("text", "says"), WRONG_SHAPE)
def test_a_wrong_shape_is_refused_and_its_place_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_catalogue(text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(text), SCHEMA)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("= 7", "not TOML"),
        ((HEAD + PROVIDER).replace("schema = 1", "schema = 2"), "schema 2, this program reads 1"),
        (HEAD + PROVIDER + PROVIDER, "provider a twice"),
        (HEAD + PROVIDER + MODEL + MODEL, "model of a m twice"),
        (HEAD + PROVIDER + 'default_voice = "x"\n', "unknown default_voice of a: x"),
        (HEAD + PROVIDER + 'default_model = "x"\n', "unknown default_model of a: x"),
        (HEAD + PROVIDER + "[providers.capabilities]\nflies = true\n", "a the unknown .* flies"),
        (HEAD + PROVIDER + MODEL + "capabilities = { flies = true }\n", "a:m the unknown"),
        (HEAD + PROVIDER.replace("wss://a.example", "wss://u:p@a.example"), "user name"),
    ],
)
def test_a_contradiction_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_catalogue(text)


def test_the_schema_knows_what_the_program_knows() -> None:
    provider = SCHEMA["$defs"]["provider"]["properties"]
    flags = SCHEMA["$defs"]["capabilities"]["properties"]

    assert set(provider["dialect"]["enum"]) == {dialect.value for dialect in Dialect}
    assert set(provider["auth"]["enum"]) == {auth.value for auth in AuthScheme}
    assert set(flags) == {field.name for field in fields(Capabilities)}
