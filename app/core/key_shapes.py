"""What a key looks like, wherever it stands in a text."""

import re
from typing import Final

REDACTED: Final = "[redacted]"
"""Stands where something was taken out."""

_KEY_SHAPES: Final = re.compile(
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


def without_keys(text: str) -> str:
    """Return ``text`` with whatever has the shape of a key replaced by ``[redacted]``."""
    return _KEY_SHAPES.sub(REDACTED, text)
