"""What a person names as the model, made into the endpoint to talk to."""

import difflib
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.core.capabilities import Capabilities
from app.core.config import AuthScheme, Dialect, Target
from app.core.endpoint import endpoint_of
from app.core.errors import ConfigError
from app.providers.catalogue import Catalogue, ProviderSpec

CUSTOM = "custom"
"""Provider id of an endpoint that was given by its URL."""

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_SECRET_PARAMETERS = frozenset(
    {"key", "api-key", "api_key", "apikey", "token", "access_token", "authorization", "secret"}
)
_DEFAULT_PATH = "/v1/realtime"


def resolve(
    catalogue: Catalogue,
    text: str,
    *,
    dialect: Dialect = Dialect.OPENAI_GA,
    auth: AuthScheme = AuthScheme.BEARER,
) -> Target:
    """Return the endpoint that ``text`` names.

    ``local``, ``simulator``, ``openai`` and ``openai:gpt-realtime-2.1-mini`` come from the
    catalogue. Anything with ``://`` is an endpoint of the user's own, spoken to in ``dialect``
    with a key, if there is one, sent as ``auth`` says; ``http`` means ``ws`` and ``https``
    means ``wss``; a missing path is ``/v1/realtime`` and ``/v1`` is completed to it; a
    ``model`` in its query is the target's model.

    Raises:
        ConfigError: If it names nothing that can be talked to; one sentence says why.
    """
    if "://" in text:
        return _own(text, dialect, auth)
    provider_id, colon, model_id = text.partition(":")
    spec = catalogue.provider(provider_id)
    if spec is None:
        raise _unknown("model", text, [entry.id for entry in catalogue.providers])
    if not colon:
        return _target(spec, spec.default_model)
    if not spec.models:
        raise ConfigError(
            f"{spec.title} has no choice of models.", hint=f"Name it as {spec.id} alone."
        )
    if spec.model(model_id) is None:
        raise _unknown(f"model of {spec.title}", model_id, [model.id for model in spec.models])
    return _target(spec, model_id)


def capabilities_of(catalogue: Catalogue, target: Target) -> Capabilities:
    """Return what ``target`` can do; of an endpoint of the user's own, the usual."""
    spec = catalogue.provider(target.provider)
    if spec is None:
        return Capabilities()
    model = spec.model(target.model or "")
    return Capabilities(**{**spec.flags, **(model.flags if model else {})})


def _target(spec: ProviderSpec, model_id: str | None) -> Target:
    model = spec.model(model_id or "")
    return Target(
        provider=spec.id,
        model=model_id,
        url=spec.url,
        dialect=spec.dialect,
        auth=spec.auth,
        title=model.title if model else spec.title,
    )


def _own(text: str, dialect: Dialect, auth: AuthScheme) -> Target:
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in _SCHEMES:
        raise ConfigError(
            "The address does not begin with ws://, wss://, http:// or https://.",
            hint="Write it as wss://host/path, or ws://127.0.0.1:port/path on this machine.",
        )
    url = f"{_SCHEMES[scheme.lower()]}://{rest}"
    endpoint = endpoint_of(url)
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for name, _value in query:
        if name.lower() in _SECRET_PARAMETERS:
            raise ConfigError(
                f"The address holds a secret in its {name} parameter.",
                hint="Leave the parameter out and give the key separately.",
            )
    model = next((value for name, value in query if name == "model" and value), None)
    rest_query = urlencode([(name, value) for name, value in query if name != "model"])
    return Target(
        provider=CUSTOM,
        model=model,
        url=urlunsplit((parts.scheme, parts.netloc, _path(parts.path), rest_query, "")),
        dialect=dialect,
        auth=auth,
        title=endpoint.name if model is None else f"{model} at {endpoint.name}",
    )


def _path(path: str) -> str:
    trimmed = path.rstrip("/")
    if trimmed in {"", "/v1"}:
        return _DEFAULT_PATH
    return path


def _unknown(what: str, name: str, known: list[str]) -> ConfigError:
    shown = "".join(c if c.isprintable() else "?" for c in name[:60])
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}; or give a URL."
    return ConfigError(f"There is no {what} named '{shown}'.", hint=hint)
