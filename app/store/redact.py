"""Keys never reach the disk."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

REDACTED = "[redacted]"
_SHORTEST = 4
_KEY_SHAPES = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        sk-[A-Za-z0-9_*-]{12,}          # OpenAI, Anthropic and others
      | ek_[A-Za-z0-9_-]{12,}           # an ephemeral key of the Realtime service
      | (?:xai|gsk|hf|pplx)[-_][A-Za-z0-9_-]{16,}
      | AIza[A-Za-z0-9_-]{30,}          # Google
    )
    | (?<=Bearer[ ])[A-Za-z0-9._~+/=-]{20,}
    """,
    re.VERBOSE,
)


class Redactor:
    """Replaces known secrets, and whatever has the shape of a key, by ``[redacted]``.

    Secrets are matched as they are, as JSON writes them and as a URL writes them. Those of
    fewer than four characters are not matched: they would take ordinary words with them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Return ``text`` without keys."""
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        return _KEY_SHAPES.sub(REDACTED, text)


def _forms(secret: str) -> Iterable[str]:
    secret = secret.strip()
    if len(secret) < _SHORTEST:
        return ()
    escaped = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
    return (secret, *escaped, *(json.dumps(form)[1:-1] for form in escaped), quote(secret, safe=""))
