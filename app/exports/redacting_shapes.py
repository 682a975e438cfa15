"""Personal data that has a shape: found in text, as it is written and as it is said.

Where two readings are possible the text goes: a number taken out in error is a smaller loss
than a number left in. Transcripts hold what was said, so that "anna at example dot com" and
seven digits spelled as English words are found, too.

Source: RFC 5322 and RFC 6531 (addresses), ITU-T E.164 (length of numbers), ISO/IEC 7812-1 (check
digit of cards), ISO 13616-1 and ISO 7064 (IBAN), RFC 791 and RFC 4291 (IP addresses).
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from app.core.key_shapes import REDACTED
from app.core.privacy import PersonalData

_Check: TypeAlias = Callable[["re.Match[str]"], int | None]
"""Returns where what was found ends, or None if it is nothing of the kind."""

_SPOKEN_DOT = r"(?:\ dot\ [\w-]{1,63})"
_EMAIL: Final = re.compile(
    rf"""(?<![\w.+-])[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@(?:[\w-]{{1,63}}\.){{1,8}}[\w-]{{2,63}}
    | (?<![\w.+-])[\w+-]{{1,64}}{_SPOKEN_DOT}{{0,4}}\ at\ [\w-]{{1,63}}{_SPOKEN_DOT}{{1,4}}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGIT_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_PHONE: Final = re.compile(
    rf"""(?<![\w.])(?:\+\s?)?\(?\d(?:[\s().\-/\u00a0\u2010-\u2015]{{0,3}}\d){{6,16}}(?!\w)
    | (?<!\w){_DIGIT_WORD}(?:[\s,.\-]{{1,3}}{_DIGIT_WORD}){{6,18}}(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ \u00a0-]?\d){12,30}(?!\d)")
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ \u00a0-]?[A-Za-z0-9]{4}){2,7}"
    r"(?:[ \u00a0-]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])"
)
_IP: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|(?<![\w:])[0-9A-Fa-f:]{2,39}(?:\d+\.[\d.]{5,11})?(?![\w:])"
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d+\.\d+$|\d{1,3}(?:\.\d{1,3}){3}$")
_GROUP: Final = re.compile(r"[^\W_]+")
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
_CARD_DIGITS: Final = range(13, 20)
_PLAIN_PHONE_DIGITS: Final = range(9, 16)
_IBAN_LENGTHS: Final = range(15, 35)


def without_personal(text: str, kind: PersonalData) -> str:
    """Return ``text`` with data of a kind replaced by ``[redacted]``; time is linear in it."""
    pattern, check = _SHAPES[kind]
    pieces: list[str] = []
    kept, position = 0, 0
    while (found := pattern.search(text, position)) is not None:
        end = check(found)
        if end is None:
            position = found.start() + 1
            continue
        pieces += (text[kept : found.start()], REDACTED)
        kept = position = end
    return "".join((*pieces, text[kept:])) if pieces else text


def _whole(found: "re.Match[str]") -> int | None:
    return found.end()


def _phone(found: "re.Match[str]") -> int | None:
    text = found.group()
    digits = sum(letter.isdigit() for letter in text)
    if not digits:  # spelled as words
        return found.end()
    if _DATE.match(text):
        return None
    grouped = len(text) > digits
    return found.end() if grouped or digits in _PLAIN_PHONE_DIGITS else None


def _card(found: "re.Match[str]") -> int | None:
    """Find the longest number with a right check digit that ends where a group does."""
    return _longest(found, lambda packed: len(packed) in _CARD_DIGITS and _luhn(packed))


def _luhn(packed: str) -> bool:
    single, doubled = packed[-1::-2], packed[-2::-2].translate(_DOUBLED)
    total = sum(map(int, single)) + sum(map(int, doubled))
    return total > 0 and total % 10 == 0


def _iban(found: "re.Match[str]") -> int | None:
    """Find the longest number with a right checksum that ends where a group does."""
    return _longest(found, lambda packed: len(packed) in _IBAN_LENGTHS and _mod_97(packed) == 1)


def _longest(found: "re.Match[str]", is_one: Callable[[str], bool]) -> int | None:
    end = None
    packed = ""
    for group in _GROUP.finditer(found.group()):
        packed += group.group()
        if is_one(packed):
            end = found.start() + group.end()
    return end


def _mod_97(packed: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in packed[4:] + packed[:4])) % 97


def _ip(found: "re.Match[str]") -> int | None:
    text = found.group().rstrip(".")
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return None
    named = any(letter.isalnum() for letter in text)
    return found.start() + len(text) if named else None


_SHAPES: Final[Mapping[PersonalData, tuple["re.Pattern[str]", _Check]]] = MappingProxyType({
    PersonalData.IBAN: (_IBAN, _iban),
    PersonalData.CARD: (_CARD, _card),
    PersonalData.EMAIL: (_EMAIL, _whole),
    PersonalData.IP_ADDRESS: (_IP, _ip),
    PersonalData.PHONE: (_PHONE, _phone),
})  # fmt: skip

ORDER: Final = tuple(_SHAPES)
"""The most certain first: what has a checksum must not be taken for a telephone's number."""
