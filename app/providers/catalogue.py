"""The catalogue of providers and models: TOML text in, frozen values out."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any

import msgspec

from app.core.capabilities import Capabilities
from app.core.config import AuthScheme, Dialect
from app.core.endpoint import endpoint_of
from app.core.errors import ConfigError

SCHEMA = 1
"""The version of the catalogue's shape that this program reads."""

_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
_Title = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
_Tokens = Annotated[int, msgspec.Meta(gt=0)]
_EnvName = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]*$")]
_FLAGS = frozenset(field.name for field in fields(Capabilities))


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that a provider serves.

    Attributes:
        id: The provider's own name of it.
        shutdown: The day on which the provider switches it off, where that is announced.
        flags: What it can or cannot do unlike its provider's other models.
    """

    id: _Id
    title: _Title
    notes: str = ""
    context_tokens: _Tokens | None = None
    max_output_tokens: _Tokens | None = None
    deprecated: bool = False
    shutdown: dt.date | None = None
    flags: dict[str, bool] = msgspec.field(default_factory=dict, name="capabilities")


class ProviderSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who serves models, where, and how one speaks to them.

    Attributes:
        url: WebSocket URL without the model; "" for a child that this program starts.
        auth: How the key travels.
        key_env: Environment variable that may hold the key.
        keys_url: Where a person gets a key.
        default_voice: The voice to propose, one of ``voices``.
        transcription_model: Whom to ask for the user's words.
        default_model: The model of a bare provider id, one of ``models``.
        models: Empty where the endpoint has only one, which has no name.
        source: Where these facts are from.
        flags: What its models can do, where that differs from ``Capabilities()``.
    """

    id: _Id
    title: _Title
    url: str
    auth: AuthScheme
    dialect: Dialect
    source: str
    notes: str = ""
    key_env: _EnvName | None = None
    keys_url: str | None = None
    default_voice: str | None = None
    voices: tuple[str, ...] = ()
    transcription_model: str | None = None
    default_model: str | None = None
    models: tuple[ModelSpec, ...] = ()
    flags: dict[str, bool] = msgspec.field(default_factory=dict, name="capabilities")

    def model(self, model_id: str) -> ModelSpec | None:
        """Return the model of this name, or None."""
        return next((model for model in self.models if model.id == model_id), None)


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the catalogue says. ``date`` is when it was last compared with its sources."""

    schema: int
    date: dt.date
    providers: tuple[ProviderSpec, ...]

    def provider(self, provider_id: str) -> ProviderSpec | None:
        """Return the provider of this id, or None."""
        return next((spec for spec in self.providers if spec.id == provider_id), None)


def parse_catalogue(text: str) -> Catalogue:
    """Return the catalogue that ``text`` (TOML) holds.

    Raises:
        ConfigError: If it is no TOML, has another shape than the schema, or contradicts
            itself; the message names the place.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"The model catalogue is not TOML: {exc}.") from exc
    try:
        catalogue = msgspec.convert(table, Catalogue)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"The model catalogue is wrong: {exc}.") from exc
    if catalogue.schema != SCHEMA:
        raise ConfigError(
            f"The model catalogue has schema {catalogue.schema}, this program reads {SCHEMA}."
        )
    _refuse_twice("provider", [spec.id for spec in catalogue.providers])
    for spec in catalogue.providers:
        _check_provider(spec)
    return catalogue


def _check_provider(spec: ProviderSpec) -> None:
    if spec.url:
        endpoint_of(spec.url)
    _refuse_twice(f"model of {spec.id}", [model.id for model in spec.models])
    _refuse_unknown(f"default_voice of {spec.id}", spec.default_voice, spec.voices)
    names = [model.id for model in spec.models]
    _refuse_unknown(f"default_model of {spec.id}", spec.default_model, names)
    _check_flags(spec.id, spec.flags)
    for model in spec.models:
        _check_flags(f"{spec.id}:{model.id}", model.flags)


def _check_flags(owner: str, flags: Mapping[str, Any]) -> None:
    for flag in flags.keys() - _FLAGS:
        raise ConfigError(f"The model catalogue gives {owner} the unknown capability {flag}.")


def _refuse_twice(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"The model catalogue names the {what} {name} twice.")


def _refuse_unknown(what: str, name: str | None, known: tuple[str, ...] | list[str]) -> None:
    if name is not None and name not in known:
        raise ConfigError(f"The model catalogue has an unknown {what}: {name}.")
