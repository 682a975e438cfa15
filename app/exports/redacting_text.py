"""Text without what must not leave the house.

The user's own regular expressions are matched by RE2, whose time grows with the text alone, so
that no expression can hang an export; it knows no look-around and no references backwards.

Source: RE2 syntax, https://github.com/google/re2/wiki/Syntax.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import ConfigError
from app.core.key_shapes import REDACTED, without_keys
from app.core.privacy import PersonalData, Redaction
from app.exports.redacting_shapes import ORDER, without_personal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_PATTERNS: Final = 50
LONGEST_PATTERN: Final = 1_000

_STAND_IN: Final = "\ufdd0"
"""A noncharacter that stands for ``[redacted]`` while own expressions are matched, so that none
of them finds the letters of that word."""
_NO_LETTER: Final = "\ufffd"
_MOST_ROUNDS: Final = 8
_HINT: Final = (
    "Regular expressions are of the kind RE2; \\b, (?i) and {2,5} are known, (?=) is not."
)


class TextRedactor:
    """Takes out keys, the chosen personal data and what the user's expressions match.

    Redacting twice changes nothing. Not for use on several threads at once.

    Raises:
        ConfigError: If an expression is none, too long, or matches the empty text.
    """

    def __init__(self, redaction: Redaction) -> None:
        self._personal = tuple(kind for kind in ORDER if kind in redaction.personal)
        self._patterns = redaction.patterns
        self._matcher = _matcher(redaction.patterns) if redaction.patterns else None

    def text(self, text: str) -> str:
        """Return ``text`` without."""
        return self.texts((text,))[text]

    def texts(self, texts: Iterable[str]) -> Mapping[str, str]:
        """Return each of ``texts``, by itself as it was; many at once are faster."""
        told = {text: self._shaped(text) for text in texts}
        if self._matcher is None:
            return told
        for _ in range(_MOST_ROUNDS):
            matched = self._matched(self._matcher, tuple(dict.fromkeys(told.values())))
            once_more = {text: self._shaped(matched[now]) for text, now in told.items()}
            if once_more == told:
                break
            told = once_more
        return told

    def _shaped(self, text: str) -> str:
        """Take out keys and personal data until none is left."""
        if not text:
            return text
        for _ in range(_MOST_ROUNDS):
            before = text
            text = without_keys(text)
            for kind in self._personal:
                if _may_hold(text, kind):
                    text = without_personal(text, kind)
            if text == before or not self._personal:
                break
        return text

    def _matched(self, matcher: "DuckDBPyConnection", texts: Sequence[str]) -> Mapping[str, str]:
        given = [_for_matching(text) for text in texts]
        for pattern in self._patterns:
            found: list[tuple[Any, ...]] = matcher.execute(
                _REPLACE, [given, pattern, _STAND_IN]
            ).fetchall()
            given = [row[0] for row in found]
        told = (text.replace(_STAND_IN, REDACTED) for text in given)
        return dict(zip(texts, told, strict=True))


_REPLACE: Final = (
    "SELECT regexp_replace(text, $2, $3, 'g') FROM "
    "(SELECT unnest($1::VARCHAR[]) AS text, unnest(range(len($1::VARCHAR[]))) AS place) "
    "ORDER BY place"
)


def redact_text(text: str, redaction: Redaction) -> str:
    """Return ``text`` without keys, personal data and matches; for many use ``TextRedactor``.

    Raises:
        ConfigError: As ``TextRedactor``.
    """
    return TextRedactor(redaction).text(text)


def _matcher(patterns: Sequence[str]) -> "DuckDBPyConnection":
    if len(patterns) > MOST_PATTERNS:
        raise ConfigError(f"{len(patterns)} regular expressions are more than {MOST_PATTERNS}.")
    import duckdb  # noqa: PLC0415 - a third of a second, and most exports need none

    matcher = duckdb.connect(":memory:", config={"threads": 1})
    for pattern in patterns:
        if len(pattern) > LONGEST_PATTERN:
            raise ConfigError(
                f"A regular expression has {len(pattern)} characters, more than {LONGEST_PATTERN}."
            )
        try:
            found = matcher.execute("SELECT regexp_matches('', ?)", [pattern]).fetchone()
        except (duckdb.Error, UnicodeError) as exc:
            why = str(exc).partition("Error: ")[2].partition("\n")[0] or "it is no text"
            raise ConfigError(
                f"The regular expression {pattern[:80]!r} is none: {why[:120]}.", hint=_HINT
            ) from exc
        if found != (False,):
            raise ConfigError(
                f"The regular expression {pattern[:80]!r} matches the empty text, which is "
                "everywhere.",
                hint="Say + where it says *.",
            )
    return matcher


def _for_matching(text: str) -> str:
    """Return ``text`` with the stand-in for what is redacted, and without half characters."""
    text = text.replace(_STAND_IN, _NO_LETTER).replace(REDACTED, _STAND_IN)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _may_hold(text: str, kind: PersonalData) -> bool:
    """Tell fast that there can be none: most texts hold neither digits nor an @."""
    if kind is PersonalData.EMAIL:
        return "@" in text or " dot " in text.lower()
    if kind is PersonalData.IP_ADDRESS:
        return "." in text or ":" in text
    return True
