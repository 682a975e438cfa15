"""What a key looks like, wherever it stands in a text."""

import re
from typing import Final

REDACTED: Final = "[redacted]"
"""Stands where something was taken out."""

_KEY_SHAPES: Final = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        sk-[A-Za-z0-9_*-]{12,}          # OpenAI, Anthropic and others
      | [sr]k_[A-Za-z0-9_]{16,}         # ElevenLabs, Stripe
      | ek_[A-Za-z0-9_-]{12,}           # an ephemeral key of the Realtime service
      | (?:xai|gsk|hf|pplx)[-_][A-Za-z0-9_-]{16,}
      | AIza[A-Za-z0-9_-]{30,}          # Google
      | A(?:KIA|SIA)[A-Z0-9]{16,}       # Amazon
      | g(?:h[a-z]|ithub_pat)_[A-Za-z0-9_]{20,}
      | xox[a-z]-[A-Za-z0-9-]{10,}      # Slack
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)*  # a JSON Web Token
    )
    | (?<=Bearer[ ])[A-Za-z0-9._~+/=-]{20,}
    | (?<=://)[^\s/?\#"'\\@<>\[\]]{1,300}(?=@)  # name and password of an address
    """,
    re.VERBOSE,
)
_NAMES: Final = r"""(?:x[-_])?(?:
        (?:api|access|secret|private|auth|subscription)[-_]?key
      | (?:(?:api|access|auth|refresh|session|bearer)[-_]?)?token
      | (?:client[-_]?)?secret | authorization | passw(?:or)?d | signature
    )"""
_NAME: Final = re.compile(_NAMES, re.VERBOSE | re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"""(?P<name>(?<![A-Za-z0-9]){_NAMES}
            \\{{0,3}}["']?\s?[:=]\s?\\{{0,3}}["']?(?:Basic[ ]|Bearer[ ])?)
        (?=[A-Za-z._~+/%-]{{0,100}}[0-9])(?=[0-9._~+/%-]{{0,100}}[A-Za-z])
        [A-Za-z0-9._~+/%-]{{8,}}={{0,2}}
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A key by the word in front of it: in an address, a header, JSON. It holds digits and letters."""
_WORDS: Final = ("key", "token", "secret", "authorization", "passw", "signature")


def names_a_key(name: str) -> bool:
    """Whether what stands under this name, in a header or an object, is a key."""
    return _NAME.fullmatch(name) is not None


def without_keys(text: str) -> str:
    """Return ``text`` with whatever has the shape of a key replaced by ``[redacted]``."""
    text = _KEY_SHAPES.sub(REDACTED, text)
    low = text.lower()  # looking for words is faster than looking for their pattern
    if any(word in low for word in _WORDS):
        text = _NAMED.sub(rf"\g<name>{REDACTED}", text)
    return text
