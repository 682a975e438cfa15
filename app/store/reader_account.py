"""``session.json`` as a record again, as far as it can be believed.

A field of another version or of a wrong type is replaced by what it is when nobody says, and
told; without the instant at which the session began there is nothing to read.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, Final, get_type_hints

import msgspec

from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.errors import StoreError
from app.core.records import SCHEMA_VERSION, SessionCounters, SessionRecord

UNKNOWN: Final = "unknown"

_NOWHERE: Final = Target(
    provider=UNKNOWN,
    model=None,
    url="",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.NONE,
    title=UNKNOWN,
)
_WHERE_NOBODY_SAYS: Final[Mapping[str, Any]] = {
    "session_id": UNKNOWN,
    "app_version": UNKNOWN,
    "schema_version": UNKNOWN,
    "state": UNKNOWN,
    "t0_utc": UNKNOWN,
    "ended_utc": None,
    "target": _NOWHERE,
    "settings": SessionSettings(),
    "input_name": UNKNOWN,
    "output_name": UNKNOWN,
    "connect": None,
    "counters": SessionCounters(),
    "turns_n": 0,
    "failed_n": 0,
    "machine": {},
}
_LATEST_NS = 2**63 - 1


def read_record(account: Mapping[str, Any]) -> tuple[SessionRecord, tuple[str, ...]]:
    """Return the record, and sentences about what is missing, damaged or newer.

    Raises:
        StoreError: If it does not say when the session began.
    """
    values: dict[str, Any] = {}
    odd: list[str] = []
    hints = _hints()
    for field in fields(SessionRecord):
        try:
            values[field.name] = msgspec.convert(account[field.name], hints[field.name])
        except KeyError:
            odd += [] if _has_default(field) else [f"session.json does not say {field.name}"]
        except (msgspec.ValidationError, RecursionError, OverflowError):
            odd.append(f"{field.name} of session.json is no value of it")
    t0_ns = values.get("t0_ns")
    if t0_ns is None or abs(t0_ns) > _LATEST_NS:
        raise StoreError(
            "The session's account does not say when it began.",
            hint="Its other files may be whole.",
        )
    record = SessionRecord(**{**_WHERE_NOBODY_SAYS, **values})
    return record, (*odd, *_about_version(record.schema_version))


@cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(SessionRecord)


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _about_version(version: str) -> tuple[str, ...]:
    """Return a sentence if a newer program wrote the session."""
    try:
        newer = _numbers(version) > _numbers(SCHEMA_VERSION)
    except ValueError:
        return (f"its schema version {version[:20]!r} is none",)
    if not newer:
        return ()
    return (f"a newer version of the program wrote it (schema {version[:20]})",)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in version.split(".")[:3])
