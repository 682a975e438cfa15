"""Your own endpoint: checked while it is typed, and turned into a target."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from app.core.config import AuthScheme, Dialect, Target
from app.core.endpoint import endpoint_of, refuse_key_in_clear
from app.core.errors import ConfigError
from app.providers.catalogue import SCHEMA, Catalogue
from app.providers.targets import resolve

DIALECTS = {
    Dialect.OPENAI_GA: "OpenAI Realtime (GA)",
    Dialect.OPENAI_BETA: "OpenAI Realtime (beta)",
    Dialect.XAI: "xAI Grok voice",
    Dialect.VOICE_LIVE: "Azure Voice Live",
}
AUTHS = {
    AuthScheme.BEARER: "Authorization: Bearer",
    AuthScheme.API_KEY_HEADER: "api-key header",
    AuthScheme.NONE: "No key",
}
_BY_URL_ONLY: Final = Catalogue(schema=SCHEMA, date=dt.date(2026, 11, 21), providers=())


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDraft:
    """What the form holds."""

    url: str
    model: str
    dialect: Dialect
    auth: AuthScheme

    def target(self) -> Target:
        """Return the endpoint as a target.

        Raises:
            ConfigError: With a sentence that says what cannot work and why.
        """
        url, model = self.url.strip(), self.model.strip()
        if "://" not in url:
            raise ConfigError(
                "The address must begin with wss:// or ws://.",
                hint="Write it like wss://host/v1/realtime.",
            )
        if any(not character.isprintable() or character.isspace() for character in model):
            raise ConfigError("A model name holds no spaces.", hint="Remove the space.")
        target = resolve(_BY_URL_ONLY, url, dialect=self.dialect, auth=self.auth)
        endpoint = endpoint_of(target.url)
        refuse_key_in_clear(endpoint, has_key=self.auth is not AuthScheme.NONE)
        if not model:
            return target
        return replace(target, model=model, title=f"{model} at {endpoint.name}")
