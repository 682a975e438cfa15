"""Keys never reach the disk."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from app.core.key_shapes import REDACTED, without_keys

_SHORTEST = 4


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
        return without_keys(text)


def _forms(secret: str) -> Iterable[str]:
    secret = secret.strip()
    if len(secret) < _SHORTEST:
        return ()
    escaped = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
    return (secret, *escaped, *(json.dumps(form)[1:-1] for form in escaped), quote(secret, safe=""))
